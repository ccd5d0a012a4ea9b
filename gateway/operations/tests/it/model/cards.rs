//! Card payments in the random run: a bank in memory behind the product's own seam, and what must come of its word.

use super::{Model, World, fee};
use crate::till::named;
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State;
use ebirlik_domain::time::Clock;
use ebirlik_operations::card::gateway::{Answering, BankAnswer, CardGateway, Forged, Notice, StartedOrder};
use ebirlik_operations::card::{self, Cards, NoticeError};
use ebirlik_operations::status::Answer;
use ebirlik_operations::{Office, pay};
use ebirlik_store::cards::OrderState;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// The bank leaves its page open for so long: some hundred steps.
const OPEN_FOR: SignedDuration = SignedDuration::from_secs(20);

/// What the bank says of the orders that it knows.
#[derive(Debug, Clone, Default)]
pub(super) struct ModelBank(Arc<Mutex<HashMap<String, BankAnswer>>>);

/// What the model knows of an order.
#[derive(Debug, Clone)]
pub(super) struct CardModel {
    order_no: String,
    /// Each declaration with the fee of the day.
    lines: BTreeMap<usize, i64>,
    begun_at: Timestamp,
    state: OrderState,
}

impl CardModel {
    pub(super) fn is_paid(&self) -> bool {
        self.state == OrderState::Paid
    }

    fn amount(&self) -> i64 {
        self.lines.values().sum()
    }
}

impl ModelBank {
    /// Takes cards for an office.
    pub(super) fn serve(&self, office: &Office) {
        let own_url = "http://127.0.0.1".to_owned();
        office.take_cards(Cards { gateway: Box::new(self.clone()), own_url, open_for: OPEN_FOR });
    }

    fn says(&self, order_no: &str) -> BankAnswer {
        let orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.get(order_no).cloned().unwrap_or(BankAnswer::Pending)
    }

    fn decides(&self, order_no: &str, answer: BankAnswer) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(order_no.to_owned(), answer);
    }
}

impl CardGateway for ModelBank {
    fn start<'a>(&'a self, order: &'a StartedOrder) -> Answering<'a, String> {
        Box::pin(async { Ok(format!("http://127.0.0.1/{}", order.order_no)) })
    }

    fn ask<'a>(&'a self, order_no: &'a str) -> Answering<'a, BankAnswer> {
        Box::pin(async move {
            // A place where a process may end, as on the way to a real bank.
            tokio::task::yield_now().await;
            Ok(self.says(order_no))
        })
    }

    /// In this bank's form a notice is number, space and kuruş.
    fn read_notice(&self, body: &[u8]) -> Result<Notice, Forged> {
        let text = std::str::from_utf8(body).map_err(|_| Forged::Form)?;
        let (order_no, kurus) = text.split_once(' ').ok_or(Forged::Form)?;
        let amount = kurus.parse().ok().and_then(Money::from_kurus).ok_or(Forged::Amount)?;
        Ok(Notice { order_no: order_no.to_owned(), amount })
    }
}

impl World {
    /// A payer chooses one to three of what waits, or of what does not.
    pub(super) async fn begin_card(&mut self) {
        let mut chosen: Vec<usize> = Vec::new();
        for _ in 0..=self.random.place(3) {
            let picked = if self.random.place(6) == 0 { self.pick() } else { self.pick_waiting() };
            chosen.extend(picked);
        }
        let expected = self.choice(&chosen);
        let declarations: Vec<pay::Named> =
            chosen.iter().map(|index| named(&self.declarations[*index].reference)).collect();
        let payer = self.payer.clone();
        let begun = self.act(async |stage| card::begin(&stage.office, &payer, "öde", &declarations).await);
        let (begun, again) = begun.await;
        let order_no = match (expected, begun.expect("no fault")) {
            (Ok(()), Answer::Given(page)) => page.order_no,
            // The order of the first try stands; its payer is shown it.
            (Ok(()), Answer::Refused(refusal)) if again => {
                let Some(Finding { value: Some(order_no), .. }) = refusal.findings.first() else {
                    panic!("{refusal:?}");
                };
                let page = card::page_of(&self.stage.office, &self.payer, order_no).await.expect("no fault");
                assert!(matches!(page, Answer::Given(_)), "{page:?}");
                order_no.clone()
            }
            (Err(code), Answer::Refused(refusal)) => {
                return assert_eq!(refusal.findings[0].code().as_str(), code, "{refusal:?}");
            }
            (expected, begun) => panic!("{expected:?}: {begun:?}"),
        };
        let lines = chosen.iter().map(|index| (*index, fee(self.declarations[*index].amount))).collect();
        let begun_at = self.stage.clock.now();
        let order = CardModel { order_no, lines, begun_at, state: OrderState::Begun };
        let stored = self.stage.office.store.find_card_order(&order.order_no).await.expect("an answer");
        assert_eq!(stored.expect("an order").amount.kurus(), order.amount());
        self.orders.push(order);
    }

    /// One of the young declarations that wait for payment.
    fn pick_waiting(&mut self) -> Option<usize> {
        let waits = |index: &usize| self.declarations[*index].state == State::WaitingPayment;
        let waiting: Vec<usize> = (0..self.declarations.len()).rev().filter(waits).take(20).collect();
        let place = self.random.place(waiting.len().max(1));
        waiting.get(place).copied()
    }

    /// What the model says of a choice of declarations.
    fn choice(&self, chosen: &[usize]) -> Result<(), &'static str> {
        for index in chosen {
            let is_open = |order: &CardModel| order.state == OrderState::Begun && order.lines.contains_key(index);
            if self.declarations[*index].state != State::WaitingPayment {
                return Err("E5005");
            }
            if self.orders.iter().any(is_open) {
                return Err("E4007");
            }
        }
        if chosen.is_empty() { Err("E4007") } else { Ok(()) }
    }

    /// One of the orders, rather a young one.
    fn pick_order(&mut self) -> Option<usize> {
        let known = self.orders.len();
        let back = self.random.place(known.clamp(1, 20));
        known.checked_sub(back + 1)
    }

    /// The payer pays, or does not; now and then what had failed is paid after all.
    pub(super) fn bank_decides(&mut self) {
        let Some(index) = self.pick_order() else { return };
        let (order_no, amount) = (self.orders[index].order_no.clone(), self.orders[index].amount());
        let is_paid = self.random.place(3) > 0;
        let answer = match self.bank.says(&order_no) {
            BankAnswer::Paid { .. } => return,
            BankAnswer::Pending | BankAnswer::Failed if is_paid => BankAnswer::Paid {
                bank_reference: format!("B-{order_no}"),
                amount: Money::from_kurus(amount).expect("money"),
            },
            BankAnswer::Pending | BankAnswer::Failed => BankAnswer::Failed,
        };
        self.bank.decides(&order_no, answer);
    }

    /// A notice comes: early, late, a second time, or forged.
    pub(super) async fn notice(&mut self) {
        let Some(index) = self.pick_order() else { return };
        let is_forged = self.random.place(8) == 0;
        let order = &self.orders[index];
        let body = format!("{} {}", order.order_no, order.amount() + i64::from(is_forged)).into_bytes();
        let (done, _) = self.act(async |stage| card::notice(&stage.office, &body).await).await;
        if is_forged {
            assert!(matches!(done, Err(NoticeError::Forged(Forged::Order))), "{done:?}");
        } else {
            assert!(done.is_ok(), "{done:?}");
            self.conclude(index).await;
        }
    }

    /// The sweeper asks for every open order.
    pub(super) async fn sweep(&mut self) {
        let (swept, _) = self.act(async |stage| card::sweep(&stage.office, SignedDuration::ZERO).await).await;
        swept.expect("no fault");
        for index in 0..self.orders.len() {
            if self.orders[index].state == OrderState::Begun {
                self.conclude(index).await;
            }
        }
    }

    /// What the model says of an order that the bank was asked for.
    async fn conclude(&mut self, index: usize) {
        let order = self.orders[index].clone();
        let state = match self.bank.says(&order.order_no) {
            _ if order.state == OrderState::Paid => OrderState::Paid,
            BankAnswer::Paid { .. } => {
                self.balance += order.amount();
                for (declaration, charged) in &order.lines {
                    let Model { state, amount, .. } = self.declarations[*declaration];
                    if state == State::WaitingPayment && fee(amount) <= *charged {
                        assert!(self.settle(*declaration), "its money has come");
                        self.learn_code(*declaration).await;
                    }
                }
                OrderState::Paid
            }
            BankAnswer::Failed if order.state == OrderState::Begun => OrderState::Failed,
            BankAnswer::Pending
                if order.state == OrderState::Begun
                    && self.stage.clock.now().duration_since(order.begun_at) >= OPEN_FOR =>
            {
                OrderState::Expired
            }
            BankAnswer::Failed | BankAnswer::Pending => order.state,
        };
        self.orders[index].state = state;
        let stored = self.stage.office.store.find_card_order(&order.order_no).await.expect("an answer");
        let stored = stored.expect("an order");
        assert_eq!((stored.state, stored.settled), (state, state == OrderState::Paid), "{order:?}");
    }

    /// What was approved without an answer to us is found under its reference.
    pub(super) async fn learn_code(&mut self, index: usize) {
        let status = self.stage.status(&self.declarations[index].reference).await;
        let declaration = &mut self.declarations[index];
        assert_eq!(status.state, declaration.state, "{declaration:?}");
        declaration.code = status.code.expect("a code");
    }
}
