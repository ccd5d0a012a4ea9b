//! The secretariat's queue of powers: what waits, the paper beside what it is said to be, and the decision (S-4).

use super::{
    Done, Fact, Filled, Words, columns, facts_of_application, facts_of_power, held, listed, named, number, parse_key,
    row, search, shown_day, written,
};
use crate::form::Errors;
use crate::list::{List, Wish};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_operations::powers::acts::{Verdict, decide, revoke};
use ebirlik_operations::powers::{self, Entry, EntryId, Order, PowerState, find, find_application, list_between};
use ebirlik_operations::status::Answer;
use ebirlik_store::power_applications::ApplicationRow;
use std::sync::Arc;

/// The queue.
#[derive(Template)]
#[template(path = "powers/queue.html")]
struct Queue {
    frame: Frame,
    words: &'static Words,
    list: List,
}

/// An application or a power, to be decided on.
#[derive(Template)]
#[template(path = "powers/decide.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    title: &'static str,
    /// Where its forms go.
    address: String,
    facts: Vec<Fact>,
    class: &'static str,
    word: &'static str,
    /// Its paper, where there is one.
    paper: Option<i64>,
    told: Option<&'static str>,
    waits: bool,
    may_revoke: bool,
    reason: String,
    /// The powers of the same firms.
    others: Vec<Other>,
}

/// A power of the same firms.
struct Other {
    address: String,
    scope: String,
    term: String,
    class: &'static str,
    word: &'static str,
}

/// `GET /staff/powers`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let words = Words::of(asker.language);
    let columns = columns(words, words.exporter, true);
    let mut wish = Wish::of(pairs, &columns);
    // What waits, unless something else is asked for.
    if wish.filter("state").is_empty() && wish.filter("firm").is_empty() {
        wish = wish.with_filter("state", PowerState::Waiting.as_str());
    }
    let mut search = search(&wish, Order::Exporter, None);
    if wish.order().is_none() {
        search.order = (Order::Made, false);
    }
    let Ok(entries) = powers::list_for_staff(&portal.office, &session.client, &search).await else {
        return notice::unavailable(&asker);
    };
    let row = |entry: &Entry| row(entry, &[&entry.exporter, &entry.declarant], &address(entry), asker.language);
    let title = (words.queue_title, words.queue_none);
    let list = match listed(&portal, &asker, "/staff/powers", title, &columns, (&entries, wish), row).await {
        Ok(list) => list,
        Err(file) => return *file,
    };
    html(StatusCode::OK, &Queue { frame: Frame::of(&asker, words.queue_title), words, list })
}

/// `GET /staff/powers/{id}`
pub(crate) async fn show_application(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(id): Path<String>,
    FromAddress(done): FromAddress<Done>,
) -> Response {
    let id = number(&id);
    application(&portal, &asker, &session, id, (Errors::default(), StatusCode::OK, &done.done, "")).await
}

/// `POST /staff/powers/{id}`
pub(crate) async fn decide_application(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted(asker, session, filled): Posted<Filled>,
) -> Response {
    let id = number(&id);
    let (verdict, done) = match filled.act.as_str() {
        "approve" => (Verdict::Approve, "approved"),
        "reject" => (Verdict::Reject(filled.reason.clone()), "rejected"),
        _ => return notice::stale_form(&asker),
    };
    match decide(&portal.office, &session.client, id, &verdict).await {
        Ok(Answer::Given(())) => Redirect::to(&format!("/staff/powers/{id}?done={done}")).into_response(),
        Ok(Answer::Refused(refusal)) => {
            let (errors, status) = refused(&asker, &refusal);
            application(&portal, &asker, &session, id, (errors, status, "", &filled.reason)).await
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /staff/powers/held/{key}`
pub(crate) async fn show_held(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(key): Path<String>,
    FromAddress(done): FromAddress<Done>,
) -> Response {
    power(&portal, &asker, &session, &key, (Errors::default(), StatusCode::OK, &done.done, "")).await
}

/// `POST /staff/powers/held/{key}`
pub(crate) async fn end(
    State(portal): State<Arc<Portal>>,
    Path(key): Path<String>,
    Posted(asker, session, filled): Posted<Filled>,
) -> Response {
    let Some(named) = parse_key(&key) else { return notice::not_found(asker).await };
    match revoke(&portal.office, &session.client, &named, &filled.reason).await {
        Ok(Answer::Given(())) => {
            Redirect::to(&format!("/staff/powers/held/{}?done=revoked", written(&named))).into_response()
        }
        Ok(Answer::Refused(refusal)) => {
            let (errors, status) = refused(&asker, &refusal);
            power(&portal, &asker, &session, &key, (errors, status, "", &filled.reason)).await
        }
        Err(_) => notice::unavailable(&asker),
    }
}

fn refused(asker: &Asker, refusal: &Refusal) -> (Errors, StatusCode) {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    (Errors::refused("reason", refusal, asker.language), status)
}

/// What a page tells besides its subject: errors and status, what was done, the reason as it was typed.
type Around<'a> = (Errors, StatusCode, &'a str, &'a str);

async fn application(portal: &Portal, asker: &Asker, session: &Session, id: i64, around: Around<'_>) -> Response {
    let row = match find_application(&portal.office, &session.client, id).await {
        Ok(Some(row)) => row,
        Ok(None) => return notice::not_found(asker.clone()).await,
        Err(_) => return notice::unavailable(asker),
    };
    let Ok(others) = others(portal, asker, &row).await else { return notice::unavailable(asker) };
    let words = Words::of(asker.language);
    let (class, word) = match PowerState::of_application(&row) {
        Some(state) => super::words::state(state, asker.language),
        None => ("good", words.did_granted),
    };
    let (errors, status, done, reason) = around;
    let mut facts = facts_of_application(portal, &row, asker.language);
    facts.push((words.made_by, format!("{} · {}", row.made_by, row.made_by_firm)));
    let page = Page {
        frame: Frame::of(asker, errors.title(words.application, asker.language)),
        words,
        errors,
        token: session.token(),
        title: words.application,
        address: format!("/staff/powers/{id}"),
        facts,
        class,
        word,
        paper: Some(id),
        told: held::told(done, words),
        waits: row.state == "waiting",
        may_revoke: false,
        reason: reason.to_owned(),
        others,
    };
    html(status, &page)
}

async fn power(portal: &Portal, asker: &Asker, session: &Session, key: &str, around: Around<'_>) -> Response {
    let Some(named) = parse_key(key) else { return notice::not_found(asker.clone()).await };
    let shown = match find(&portal.office, &session.client, &named).await {
        Ok(Some(shown)) => shown,
        Ok(None) => return notice::not_found(asker.clone()).await,
        Err(_) => return notice::unavailable(asker),
    };
    let words = Words::of(asker.language);
    let (class, word) = super::words::state(shown.state, asker.language);
    let (errors, status, done, reason) = around;
    // The paper is shown by the application that one may see.
    let paper = match shown.application {
        Some(id) => find_application(&portal.office, &session.client, id).await.ok().flatten().map(|row| row.id),
        None => None,
    };
    let page = Page {
        frame: Frame::of(asker, errors.title(words.one_title, asker.language)),
        words,
        errors,
        token: session.token(),
        title: words.one_title,
        address: format!("/staff/powers/held/{}", written(&named)),
        facts: facts_of_power(portal, &shown.power, asker.language),
        class,
        word,
        paper,
        told: held::told(done, words),
        waits: false,
        may_revoke: shown.state.is_alive(),
        reason: reason.to_owned(),
        others: Vec::new(),
    };
    html(status, &page)
}

async fn others(portal: &Portal, asker: &Asker, row: &ApplicationRow) -> Result<Vec<Other>, Fault> {
    let entries = list_between(&portal.office, &row.exporter, &row.declarant).await?;
    let other = |entry: Entry| {
        let (class, word) = super::words::state(entry.state, asker.language);
        let days = [&entry.valid_from, &entry.valid_to].map(|day| shown_day(day, asker.language));
        Other {
            address: address(&entry),
            scope: named(portal, &entry.scope, asker.language),
            term: days.join(" - "),
            class,
            word,
        }
    };
    Ok(entries.into_iter().map(other).collect())
}

/// Where an entry is shown to staff.
fn address(entry: &Entry) -> String {
    match &entry.id {
        EntryId::Power(key) => format!("/staff/powers/held/{}", written(key)),
        EntryId::Application(id) => format!("/staff/powers/{id}"),
    }
}
