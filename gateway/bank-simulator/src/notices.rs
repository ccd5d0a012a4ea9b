//! How the bank tells its merchant what became of an order, until it is understood; and what strangers tell beside it.

use crate::Inside;
use crate::ledger::{Order, State};
use crate::signature::sign;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Times that a notice is said until the merchant has understood it.
const TRIES_MAX: u32 = 6;

/// What is wrong with a false notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// Made without the secret.
    Signature,
    /// Rightly signed for an order, with the amount of another.
    Amount,
    /// Rightly signed as paid, for an order that nobody has paid.
    Unpaid,
    /// Rightly signed, for another merchant.
    Merchant,
    /// Rightly signed, for an order that does not exist.
    Unknown,
    /// No message at all.
    Form,
}

impl Forgery {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Signature, Self::Amount, Self::Unpaid, Self::Merchant, Self::Unknown, Self::Form];
}

/// What is said of an order, signed as `kind`.
pub(crate) fn message(inside: &Inside, kind: &str, said: &Said<'_>) -> String {
    let amount = said.amount_kurus.to_string();
    let fields = [kind, said.merchant, said.order_no, &amount, said.currency, said.state, said.bank_reference];
    json!({
        "merchant": said.merchant, "order_no": said.order_no, "amount_kurus": said.amount_kurus,
        "currency": said.currency, "state": said.state, "bank_reference": said.bank_reference,
        "signature": sign(&inside.settings.secret, &fields),
    })
    .to_string()
}

/// The fields of what is said.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) merchant: &'a str,
    pub(crate) order_no: &'a str,
    pub(crate) amount_kurus: i64,
    pub(crate) currency: &'a str,
    pub(crate) state: &'a str,
    pub(crate) bank_reference: &'a str,
}

impl<'a> Said<'a> {
    /// The truth about an order.
    pub(crate) fn of(inside: &'a Inside, order: &'a Order) -> Self {
        let (state, bank_reference) = match &order.state {
            State::Open | State::Challenged => ("pending", ""),
            State::Paid(reference) => ("paid", reference.as_str()),
            State::Failed => ("failed", ""),
        };
        Self {
            merchant: &inside.settings.merchant,
            order_no: &order.number,
            amount_kurus: order.amount_kurus,
            currency: "TRY",
            state,
            bank_reference,
        }
    }
}

/// A false notice around an order; `None` where there is nothing to lie about.
pub(crate) fn forged(inside: &Inside, order_no: &str, forgery: Forgery) -> Option<String> {
    let ledger = inside.ledger();
    let order = ledger.find(order_no)?;
    let truth = Said { state: "paid", bank_reference: "SAHTE", ..Said::of(inside, order) };
    Some(match forgery {
        Forgery::Signature => {
            let wrong = sign("yanlış anahtar", &["notice", order_no]);
            let mut notice: serde_json::Value = serde_json::from_str(&message(inside, "notice", &truth)).ok()?;
            *notice.get_mut("signature")? = wrong.into();
            notice.to_string()
        }
        Forgery::Amount => {
            let other = ledger.other(order_no).map_or(order.amount_kurus + 1, |other| other.amount_kurus);
            let other = if other == order.amount_kurus { other + 1 } else { other };
            message(inside, "notice", &Said { amount_kurus: other, ..truth })
        }
        Forgery::Unpaid => {
            let unpaid = ledger.unpaid()?;
            let lie = Said { state: "paid", bank_reference: "SAHTE", ..Said::of(inside, unpaid) };
            message(inside, "notice", &lie)
        }
        Forgery::Merchant => message(inside, "notice", &Said { merchant: "BASKA", ..truth }),
        Forgery::Unknown => message(inside, "notice", &Said { order_no: "EB0", ..truth }),
        Forgery::Form => "<xml/>".to_owned(),
    })
}

/// Tells the merchant what became of an order, in the bank's mood.
pub(crate) fn tell(inside: &Arc<Inside>, order: &Order) {
    let (url, order_no, mood, pace) =
        (order.notice_url.clone(), order.number.clone(), inside.mood(), inside.settings.pace);
    let notice = message(inside, "notice", &Said::of(inside, order));
    let inside = Arc::clone(inside);
    tokio::spawn(async move {
        if inside.happens(mood.forged) {
            for forgery in Forgery::ALL {
                if let Some(lie) = forged(&inside, &order_no, forgery) {
                    send(&inside, &url, lie).await;
                }
            }
        }
        if inside.happens(mood.lost) {
            return;
        }
        if inside.happens(mood.late) {
            sleep(pace * inside.below(40)).await;
        }
        // Whoever comes next takes along what was kept back.
        let kept = if inside.happens(mood.reordered) {
            inside.keep_back((url.clone(), notice.clone()))
        } else {
            deliver(&inside, &url, &notice, pace).await;
            inside.take_kept()
        };
        if let Some((url, notice)) = kept {
            deliver(&inside, &url, &notice, pace).await;
        }
        if inside.happens(mood.repeated) {
            for _ in 0..=inside.below(4) {
                sleep(pace * inside.below(10)).await;
                send(&inside, &url, notice.clone()).await;
            }
        }
    });
}

/// Says a notice until it is understood, a few times.
async fn deliver(inside: &Inside, url: &str, notice: &str, pace: Duration) {
    for attempt in 1..=TRIES_MAX {
        if send(inside, url, notice.to_owned()).await {
            return;
        }
        sleep(pace * attempt).await;
    }
}

/// True when the merchant answered OK.
async fn send(inside: &Inside, url: &str, notice: String) -> bool {
    let sent = inside.client.post(url).header("content-type", "application/json").body(notice).send().await;
    match sent {
        Ok(answer) if answer.status().is_success() => answer.text().await.is_ok_and(|text| text.trim() == "OK"),
        Ok(_) | Err(_) => false,
    }
}
