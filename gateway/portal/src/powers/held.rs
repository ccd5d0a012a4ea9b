//! One power of the register: what it says, and for its exporter how to end or freeze it.

use super::{Done, Fact, Filled, Words, facts_of_power, on_behalf, parse_key, written};
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_operations::powers::acts::{freeze, revoke};
use ebirlik_operations::powers::{PowerState, Shown, find};
use ebirlik_operations::status::Answer;
use std::sync::Arc;

/// The power.
#[derive(Template)]
#[template(path = "powers/held.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    key: String,
    facts: Vec<Fact>,
    class: &'static str,
    word: &'static str,
    /// The application whose paper it rests on.
    application: Option<i64>,
    declarant: String,
    /// Whether its exporter asks.
    is_giver: bool,
    is_frozen: bool,
    is_alive: bool,
    told: Option<&'static str>,
    on_behalf: String,
}

/// `GET /powers/held/{key}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(key): Path<String>,
    FromAddress(done): FromAddress<Done>,
) -> Response {
    page(&portal, &asker, &session, &key, (Errors::default(), StatusCode::OK, &done.done)).await
}

/// `POST /powers/held/{key}`: it is ended.
pub(crate) async fn end(
    State(portal): State<Arc<Portal>>,
    Path(key): Path<String>,
    Posted(asker, session, filled): Posted<Filled>,
) -> Response {
    let Some(power) = parse_key(&key) else { return notice::not_found(asker).await };
    match revoke(&portal.office, &session.client, &power, &filled.reason).await {
        Ok(Answer::Given(())) => {
            Redirect::to(&format!("/powers/held/{}?done=revoked", written(&power))).into_response()
        }
        Ok(Answer::Refused(refusal)) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            let errors = Errors::refused("revoke", &refusal, asker.language);
            page(&portal, &asker, &session, &key, (errors, status, "")).await
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /powers/brokers/{tax_no}`: the broker is frozen or released.
pub(crate) async fn stop(
    State(portal): State<Arc<Portal>>,
    Path(declarant): Path<String>,
    Posted(asker, session, filled): Posted<Filled>,
) -> Response {
    let is_frozen = match filled.act.as_str() {
        "freeze" => true,
        "release" => false,
        _ => return notice::stale_form(&asker),
    };
    let back = match parse_key(&filled.key) {
        Some(key) => format!("/powers/held/{}", written(&key)),
        None => "/powers/activity".to_owned(),
    };
    match freeze(&portal.office, &session.client, &declarant, is_frozen).await {
        Ok(Answer::Given(())) => {
            let done = if is_frozen { "frozen" } else { "released" };
            Redirect::to(&format!("{back}?done={done}")).into_response()
        }
        Ok(Answer::Refused(_)) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

async fn page(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    key: &str,
    (errors, status, done): (Errors, StatusCode, &str),
) -> Response {
    let Some(power) = parse_key(key) else { return notice::not_found(asker.clone()).await };
    match find(&portal.office, &session.client, &power).await {
        Ok(Some(shown)) => html(status, &Page::of(portal, asker, session, &shown, (errors, done))),
        Ok(None) => notice::not_found(asker.clone()).await,
        Err(_) => notice::unavailable(asker),
    }
}

/// What was done a moment ago, in words.
pub(super) fn told(done: &str, words: &'static Words) -> Option<&'static str> {
    match done {
        "frozen" => Some(words.froze_done),
        "released" => Some(words.released_done),
        "revoked" => Some(words.revoked_done),
        "approved" => Some(words.approved_done),
        "rejected" => Some(words.rejected_done),
        _ => None,
    }
}

impl Page {
    fn of(portal: &Portal, asker: &Asker, session: &Session, shown: &Shown, (errors, done): (Errors, &str)) -> Self {
        let words = Words::of(asker.language);
        let (class, word) = super::words::state(shown.state, asker.language);
        let frame = Frame::of(asker, errors.title(words.one_title, asker.language));
        Self {
            on_behalf: on_behalf(&frame, words),
            frame,
            words,
            errors,
            token: session.token(),
            key: written(&shown.power.key()),
            facts: facts_of_power(portal, &shown.power, asker.language),
            class,
            word,
            application: shown.application,
            declarant: shown.power.declarant.clone(),
            is_giver: shown.power.exporter == session.client.firm,
            is_frozen: shown.state == PowerState::Frozen,
            is_alive: shown.state.is_alive(),
            told: told(done, words),
        }
    }
}
