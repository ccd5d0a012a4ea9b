//! The pages of a secretariat's staff: what waits, the desk, declarations and what is done to them, second persons, bank
//! lines, the monthly match, the counter, and who did what.
//!
//! The rules are `operations`'; the same functions serve the programs' interface.

pub(crate) mod bank;
pub(crate) mod cases;
pub(crate) mod counter;
pub(crate) mod declarations;
pub(crate) mod desk;
pub(crate) mod reconciliation;
pub(crate) mod search;
mod words;

use crate::form::Sent;
use crate::page::{Frame, html};
use crate::text::{fill, time};
use crate::visitor::Visitor;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_operations::incoming::pasted;
use ebirlik_operations::queues::{LISTS, queues};
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::Arc;
use words::Words;

/// What waits.
#[derive(Template)]
#[template(path = "staff/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    rows: Vec<Row>,
}

/// A queue.
struct Row {
    address: String,
    label: &'static str,
    count: u64,
    oldest: String,
    age: String,
    /// It waits longer than a working day.
    late: bool,
}

/// `GET /staff`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    let words = Words::of(asker.language);
    let Ok(queues) = queues(&portal.office, &session.client).await else { return notice::unavailable(&asker) };
    let now = portal.office.clock.now();
    let rows = queues.into_iter().map(|queue| Row {
        address: address_of(queue.name),
        label: words::queue(queue.name, words),
        count: queue.count,
        oldest: queue.oldest.map(time).unwrap_or_default(),
        age: queue.oldest.map(|oldest| age(oldest, now, words)).unwrap_or_default(),
        late: queue.oldest.is_some_and(|oldest| hours(oldest, now) >= DAY_HOURS),
    });
    let page = Page { frame: Frame::of(&asker, words.title), words, rows: rows.collect() };
    html(StatusCode::OK, &page)
}

/// Where a queue is worked on.
fn address_of(queue: &str) -> String {
    match queue {
        "desk" => "/staff/desk".to_owned(),
        "applications" => "/staff/applications".to_owned(),
        "powers" => "/staff/powers".to_owned(),
        "cases" => "/staff/cases".to_owned(),
        list if LISTS.contains(&list) => format!("/staff/reconciliation?kind={list}"),
        _ => "/staff/bank".to_owned(),
    }
}

fn hours(since: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(since).as_hours().max(0)
}

fn age(since: Timestamp, now: Timestamp, words: &Words) -> String {
    match hours(since, now) {
        hours if hours < DAY_HOURS => fill(words.hours, "n", hours),
        hours => fill(words.days, "n", hours / DAY_HOURS),
    }
}

/// `21.11.2026`; nothing for what is no day.
fn day_typed(text: &str) -> Option<Date> {
    let mut parts = text.trim().split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The message of a form: its file, what was pasted, or what the page before carried along.
fn message_of(sent: &Sent) -> Option<Vec<u8>> {
    use base64::Engine;
    if let Some(file) = sent.file() {
        return Some(file.to_vec());
    }
    let pasted = pasted(sent.text("pasted"));
    if !pasted.is_empty() {
        return Some(pasted);
    }
    base64::prelude::BASE64_STANDARD.decode(sent.text("message")).ok().filter(|bytes| !bytes.is_empty())
}

/// As the next page carries it along.
fn carried(message: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(message)
}

const DAY_HOURS: i64 = 24;
/// What a form with a message may hold: the message, as base64 a third longer, and the fields.
pub(crate) const MESSAGE_FORM_BYTES_MAX: usize = 2 << 20;
/// What a form with a bank statement may hold.
pub(crate) const STATEMENT_FORM_BYTES_MAX: usize = 5 << 20;
/// What a form with a month of registrations may hold: about 200,000 rows.
pub(crate) const MONTH_FORM_BYTES_MAX: usize = 32 << 20;

#[cfg(test)]
mod tests;
