//! One application: the answers to check before it is sent, and how it stands afterwards.

use super::{Done, Fact, Filled, Words, attachment, facts_of_application, number, on_behalf, written};
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_operations::powers::apply::{cancel, paper, send};
use ebirlik_operations::powers::{PowerState, find_application};
use ebirlik_operations::status::Answer;
use ebirlik_store::power_applications::ApplicationRow;
use ebirlik_store::powers::PowerKey;
use std::sync::Arc;

/// The application.
#[derive(Template)]
#[template(path = "powers/application.html")]
#[expect(clippy::struct_excessive_bools, reason = "each says whether a part of the page is shown")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    title: &'static str,
    id: i64,
    facts: Vec<Fact>,
    /// Colour and word of its state; nothing for a draft.
    state: Option<(&'static str, &'static str)>,
    is_draft: bool,
    /// Whether it may be given up.
    may_cancel: bool,
    /// The other party made it.
    by_other: bool,
    /// What was done a moment ago.
    done: bool,
    waits: bool,
    on_behalf: String,
    /// Tax number of the other firm.
    other: String,
    /// The power that it became.
    power: Option<String>,
    is_rejected: bool,
}

/// `GET /powers/applications/{id}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(id): Path<String>,
    FromAddress(done): FromAddress<Done>,
) -> Response {
    let id = number(&id);
    page(&portal, &asker, &session, id, (Errors::default(), StatusCode::OK, done.done == "sent")).await
}

/// `POST /powers/applications/{id}`
pub(crate) async fn act(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted(asker, session, filled): Posted<Filled>,
) -> Response {
    let id = number(&id);
    let (done, after) = match filled.act.as_str() {
        "send" => (send(&portal.office, &session.client, id).await, format!("/powers/applications/{id}?done=sent")),
        _ => (cancel(&portal.office, &session.client, id).await, "/powers".to_owned()),
    };
    match done {
        Ok(Answer::Given(())) => Redirect::to(&after).into_response(),
        Ok(Answer::Refused(refusal)) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            let errors = Errors::refused("act", &refusal, asker.language);
            page(&portal, &asker, &session, id, (errors, status, false)).await
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /powers/applications/{id}/paper`, and `/staff/powers/{id}/paper`
pub(crate) async fn show_paper(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(id): Path<String>,
) -> Response {
    let id = number(&id);
    match paper(&portal.office, &session.client, id).await {
        Ok(Some(upload)) => attachment(upload, id),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

async fn page(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    id: i64,
    (errors, status, done): (Errors, StatusCode, bool),
) -> Response {
    match find_application(&portal.office, &session.client, id).await {
        Ok(Some(row)) => html(status, &Page::of(portal, asker, session, &row, (errors, done))),
        Ok(None) => notice::not_found(asker.clone()).await,
        Err(_) => notice::unavailable(asker),
    }
}

impl Page {
    fn of(
        portal: &Portal,
        asker: &Asker,
        session: &Session,
        row: &ApplicationRow,
        (errors, done): (Errors, bool),
    ) -> Self {
        let words = Words::of(asker.language);
        let firm = &session.client.firm;
        let (is_draft, waits) = (row.state == "draft", row.state == "waiting");
        let title = if is_draft { words.check_title } else { words.application };
        let frame = Frame::of(asker, errors.title(title, asker.language));
        let key = PowerKey {
            exporter: row.exporter.clone(),
            declarant: row.declarant.clone(),
            secretariat: row.scope.clone(),
            valid_from: row.valid_from.clone(),
        };
        let state = PowerState::of_application(row).filter(|state| *state != PowerState::Draft);
        let approved = (row.state == "approved").then_some(("good", words.did_granted));
        Self {
            on_behalf: on_behalf(&frame, words),
            frame,
            words,
            errors,
            token: session.token(),
            title,
            id: row.id,
            facts: facts_of_application(portal, row, asker.language),
            state: state.map(|state| super::words::state(state, asker.language)).or(approved),
            is_draft,
            may_cancel: waits && (row.made_by_firm == *firm || row.exporter == *firm),
            by_other: !is_draft && row.made_by_firm != *firm,
            done: done && waits,
            waits,
            other: if row.exporter == *firm { row.declarant.clone() } else { row.exporter.clone() },
            power: (row.state == "approved").then(|| written(&key)),
            is_rejected: row.state == "rejected",
        }
    }
}
