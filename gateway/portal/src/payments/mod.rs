//! Paying what waits, in three steps: choose and say how; check; what became of it. The payment password is typed at the
//! second. How a card payment stands has a page of its own.

mod check;
mod done;
mod order;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use check::{pay, show as check};
pub(crate) use done::show as show_done;
pub(crate) use order::{go_on, show as show_order};

use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, lira};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use ebirlik_domain::money::Money;
use ebirlik_operations::pay::{self as paying, PAYABLE_MAX, Payable};
use ebirlik_operations::{Client, Role};
use std::sync::Arc;
use words::Words;

/// What waits, and the form around it.
#[derive(Template)]
#[template(path = "payments/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    rows: Vec<Row>,
    /// Where later ones begin, if there may be some.
    after: Option<i64>,
    cards: bool,
    by_card: bool,
}

impl Page {
    /// Whether there is one to choose: what is being paid by card already cannot be.
    fn may_pay(&self) -> bool {
        self.rows.iter().any(|row| row.card_order.is_none() && row.kurus.is_some())
    }
}

/// A declaration to choose.
struct Row {
    id: i64,
    reference: String,
    secretariat: String,
    exporter: String,
    declarant: String,
    /// What it costs today, and as whole kuruş for the running sum; none where it cannot be priced today.
    fee: String,
    kurus: Option<i64>,
    card_order: Option<String>,
    chosen: bool,
}

/// What the forms send; a name comes once for each declaration.
#[derive(Default)]
struct Filled {
    chosen: Vec<i64>,
    method: String,
    password: String,
    /// Kuruş that were shown as the total.
    total: Option<i64>,
    after: i64,
}

impl Filled {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut filled = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "declaration" => filled.chosen.extend(value.parse::<i64>()),
                "method" => filled.method = value,
                "password" => filled.password = value,
                "total" => filled.total = value.parse().ok(),
                "after" => filled.after = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        filled.chosen.truncate(PAYABLE_MAX);
        filled
    }

    fn is_by_card(&self) -> bool {
        self.method == BY_CARD
    }

    /// The chosen ones as an address names them.
    fn query(&self) -> String {
        let named: Vec<String> = self.chosen.iter().map(|id| format!("declaration={id}")).collect();
        named.join("&")
    }
}

/// Whether a client pays for a firm.
pub(crate) fn is_open_to(client: &Client) -> bool {
    client.roles.has(Role::Payer) && !client.firm.is_empty()
}

/// A visitor who pays for a firm; others are told that they do not.
pub(crate) struct Payer(Asker, Session);

impl FromRequestParts<Arc<Portal>> for Payer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Response> {
        let Visitor(asker, session) = Visitor::from_request_parts(parts, portal).await?;
        if is_open_to(&session.client) { Ok(Self(asker, session)) } else { Err(notice::not_a_payer(&asker)) }
    }
}

/// `GET /payments`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Payer(asker, session): Payer,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    choice(&portal, (&asker, &session), &Filled::of(pairs), Errors::default()).await
}

/// The first step, as filled in.
async fn choice(portal: &Portal, (asker, session): (&Asker, &Session), filled: &Filled, errors: Errors) -> Response {
    let listed = paying::list_payable(&portal.office, &session.client, session.exporter(), filled.after).await;
    let Ok(payable) = listed else { return notice::unavailable(asker) };
    let words = Words::of(asker.language);
    let after = payable.last().filter(|_| payable.len() == PAYABLE_MAX);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        frame: Frame::of(asker, errors.title(words.title, asker.language)),
        words,
        errors,
        after: after.map(|last| last.recorded.received_at.as_microsecond()),
        rows: payable.into_iter().map(|payable| Row::of(payable, filled, asker.language)).collect(),
        cards: portal.office.cards().is_some(),
        by_card: filled.is_by_card(),
    };
    html(status, &page)
}

impl Row {
    fn of(payable: Payable, filled: &Filled, language: Language) -> Self {
        let Payable { recorded, fee, card_order } = payable;
        let unpriced = || Words::of(language).unpriced.to_owned();
        Self {
            id: recorded.id,
            chosen: filled.chosen.contains(&recorded.id),
            reference: recorded.reference,
            secretariat: recorded.secretariat,
            exporter: recorded.exporter,
            declarant: recorded.declarant,
            fee: fee.map_or_else(unpriced, |fee| lira(fee, language)),
            kurus: fee.map(Money::kurus),
            card_order,
        }
    }
}

const BY_ACCOUNT: &str = "account";
const BY_CARD: &str = "card";
/// Fields that an error leads to.
const CHOICES: &str = "choices";
const METHOD: &str = "method";
const PASSWORD: &str = "password";
