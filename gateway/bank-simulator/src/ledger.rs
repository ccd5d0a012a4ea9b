//! What the bank knows of its orders, and what it really took.

use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// A card that the payer typed. Numbers as printed on the page.
pub const GOOD_CARD: &str = "4508034508034509";
/// A card without money.
pub const POOR_CARD: &str = "5406675406675403";
/// The one code that the 3-D Secure step takes.
pub const CODE: &str = "147852";
/// Wrong codes until an order has failed.
const WRONG_MAX: u32 = 3;

/// What the bank took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The merchant's number of the order.
    pub order_no: String,
    /// Kuruş.
    pub amount_kurus: i64,
    /// The bank's reference.
    pub bank_reference: String,
}

/// How far an order came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// Its page is open.
    Open,
    /// A card was typed; the code is awaited.
    Challenged,
    /// Taken, with the bank's reference.
    Paid(String),
    /// Nothing was taken and nothing will be.
    Failed,
}

#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) number: String,
    pub(crate) amount_kurus: i64,
    pub(crate) return_url: String,
    pub(crate) notice_url: String,
    pub(crate) token: String,
    pub(crate) state: State,
    wrong_codes: u32,
    opened: Instant,
}

/// All orders.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    orders: HashMap<String, Order>,
    by_token: HashMap<String, String>,
    taken: Vec<Taken>,
}

impl Ledger {
    /// Opens an order, or gives the one that stands; `None` where it stands with another amount.
    pub(crate) fn open(&mut self, order_no: &str, amount_kurus: i64, urls: [&str; 2], token: String) -> Option<&Order> {
        let [return_url, notice_url] = urls.map(ToOwned::to_owned);
        let order = self.orders.entry(order_no.to_owned()).or_insert_with(|| {
            self.by_token.insert(token.clone(), order_no.to_owned());
            Order {
                number: order_no.to_owned(),
                amount_kurus,
                return_url,
                notice_url,
                token,
                state: State::Open,
                wrong_codes: 0,
                opened: Instant::now(),
            }
        });
        Some(&*order).filter(|order| order.amount_kurus == amount_kurus)
    }

    pub(crate) fn find(&self, order_no: &str) -> Option<&Order> {
        self.orders.get(order_no)
    }

    pub(crate) fn of_token(&self, token: &str) -> Option<&Order> {
        self.orders.get(self.by_token.get(token)?)
    }

    /// Any other order than this one.
    pub(crate) fn other(&self, order_no: &str) -> Option<&Order> {
        self.orders.values().find(|order| order.number != order_no)
    }

    /// An order that nobody has paid.
    pub(crate) fn unpaid(&self) -> Option<&Order> {
        self.orders.values().find(|order| matches!(order.state, State::Open | State::Challenged))
    }

    pub(crate) fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// A card was typed on the page.
    pub(crate) fn card(&mut self, token: &str, card: &str, open_for: Duration) -> Option<&Order> {
        let digits: String = card.chars().filter(char::is_ascii_digit).collect();
        let order = self.orders.get_mut(self.by_token.get(token)?)?;
        if order.opened.elapsed() > open_for && matches!(order.state, State::Open | State::Challenged) {
            order.state = State::Failed;
        }
        if order.state == State::Open {
            order.state = if digits == GOOD_CARD { State::Challenged } else { State::Failed };
        }
        Some(order)
    }

    /// A code was typed: the money is taken, once.
    pub(crate) fn code(&mut self, token: &str, code: &str) -> Option<&Order> {
        let number = self.taken.len() + 1;
        let order = self.orders.get_mut(self.by_token.get(token)?)?;
        if order.state == State::Challenged {
            if code.trim() == CODE {
                let bank_reference = format!("SIM{number:09}");
                order.state = State::Paid(bank_reference.clone());
                let (order_no, amount_kurus) = (order.number.clone(), order.amount_kurus);
                self.taken.push(Taken { order_no, amount_kurus, bank_reference });
            } else {
                order.wrong_codes += 1;
                if order.wrong_codes >= WRONG_MAX {
                    order.state = State::Failed;
                }
            }
        }
        Some(order)
    }

    /// The payer gave up.
    pub(crate) fn give_up(&mut self, token: &str) -> Option<&Order> {
        let order = self.orders.get_mut(self.by_token.get(token)?)?;
        if matches!(order.state, State::Open | State::Challenged) {
            order.state = State::Failed;
        }
        Some(order)
    }
}
