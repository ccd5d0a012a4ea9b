//! A card payment: on its way to the bank, being checked, paid, or not paid. What is not certain is never told as failed,
//! and nothing is paid a second time meanwhile.

use super::done::Row;
use super::words::Words;
use super::{Payer, is_open_to};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{lira, time};
use crate::visitor::Posted;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::card::{self, Shown};
use ebirlik_operations::pay::{self as paying, Outcome};
use ebirlik_operations::status::Answer;
use ebirlik_store::cards::OrderState;
use serde::de::IgnoredAny;
use std::sync::Arc;

/// A card payment as it stands.
#[derive(Template)]
#[template(path = "payments/order.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    title: &'static str,
    token: String,
    order_no: String,
    facts: Vec<(&'static str, String)>,
    class: &'static str,
    sentence: &'static str,
    rows: Vec<Row>,
    next: Next,
}

/// What comes next.
#[derive(PartialEq, Eq)]
enum Next {
    /// To the bank's page, now.
    Bank(String),
    /// The page looks again; whether the bank's page may still be open.
    Wait { may_go_on: bool },
    /// Receipts.
    Paid,
    /// The same once more; the declarations as an address names them.
    Again(String),
}

/// `GET /payments/card/{order}`: where the bank sends the browser back to. That it comes proves nothing.
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Payer(asker, session): Payer,
    Path(order_no): Path<String>,
) -> Response {
    let found = async {
        let Some(shown) = card::show(&portal.office, &session.client, &order_no).await? else { return Ok(None) };
        let ids: Vec<i64> = shown.declarations.iter().map(|recorded| recorded.id).collect();
        Ok(Some((shown, paying::outcomes(&portal.office, &session.client, &ids).await?)))
    };
    match found.await {
        Ok::<_, Fault>(Some((shown, outcomes))) => html(StatusCode::OK, &Page::of(&asker, &session, &shown, &outcomes)),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /payments/card/{order}`: back to the bank's page that was left.
pub(crate) async fn go_on(
    State(portal): State<Arc<Portal>>,
    Path(order_no): Path<String>,
    Posted(asker, session, _): Posted<IgnoredAny>,
) -> Response {
    if !is_open_to(&session.client) {
        return notice::not_a_payer(&asker);
    }
    match card::page_of(&portal.office, &session.client, &order_no).await {
        Ok(Answer::Given(page)) => to_the_bank(&asker, &session, page),
        Ok(Answer::Refused(refusal)) if refusal.status == StatusCode::NOT_FOUND.as_u16() => {
            notice::not_found(asker).await
        }
        // Ended meanwhile: the page tells how.
        Ok(Answer::Refused(_)) => {
            let order_no: String = order_no.chars().filter(char::is_ascii_alphanumeric).collect();
            Redirect::to(&format!("/payments/card/{order_no}")).into_response()
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// The way to the bank is a link of its own: a form that leads to another host would be stopped by browsers.
pub(super) fn to_the_bank(asker: &Asker, session: &Session, page: card::Page) -> Response {
    let words = Words::of(asker.language);
    let facts =
        vec![(words.order_number, page.order_no.clone()), (words.order_amount, lira(page.amount, asker.language))];
    let page = Page {
        frame: Frame::of(asker, words.order_title),
        words,
        title: words.order_title,
        token: session.token(),
        order_no: page.order_no,
        facts,
        class: "",
        sentence: words.order_to_bank,
        rows: Vec::new(),
        next: Next::Bank(page.url),
    };
    html(StatusCode::OK, &page)
}

impl Page {
    fn of(asker: &Asker, session: &Session, shown: &Shown, outcomes: &[Outcome]) -> Self {
        let (words, order) = (Words::of(asker.language), &shown.order);
        let named: Vec<String> =
            outcomes.iter().map(|outcome| format!("declaration={}", outcome.recorded.id)).collect();
        let again = || Next::Again(named.join("&"));
        let (class, title, sentence, next) = match order.state {
            OrderState::Begun => ("warn", words.order_checked, words.order_pending, Next::Wait { may_go_on: true }),
            OrderState::Paid if order.settled => ("good", words.order_done, words.order_paid, Next::Paid),
            OrderState::Paid => ("good", words.order_done, words.order_settling, Next::Wait { may_go_on: false }),
            OrderState::Failed => ("bad", words.order_not_done, words.order_failed, again()),
            OrderState::Expired => ("bad", words.order_not_done, words.order_expired, again()),
        };
        let rows = outcomes.iter().map(|outcome| {
            let row = Row::of(outcome, asker.language);
            let sentence = match (row.class, &next) {
                ("good", _) => row.sentence,
                (_, Next::Paid) => words.order_left.to_owned(),
                _ => String::new(),
            };
            Row { sentence, ..row }
        });
        let facts = [
            (words.order_number, Some(order.order_no.clone())),
            (words.order_amount, Some(lira(order.amount, asker.language))),
            (words.order_begun, Some(time(order.begun_at))),
            (words.order_closed, order.closed_at.map(time)),
            (words.order_bank, order.bank_reference.clone()),
        ];
        Self {
            frame: Frame::of(asker, title),
            words,
            title,
            token: session.token(),
            order_no: order.order_no.clone(),
            facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            class,
            sentence,
            rows: rows.collect(),
            next,
        }
    }
}
