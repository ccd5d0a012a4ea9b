//! One proposal: what it writes, what it comes to, and the second person's word.

use super::columns::{self, name};
use super::preview::{Rows, Shown};
use super::propose::{refusal, told};
use super::state_in_words;
use super::words::Words;
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{fill, time};
use crate::visitor::Posted;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::changes::{self, Judged, Proposed, Refused};
use ebirlik_store::changes::ChangeState;
use serde::Deserialize;
use std::sync::Arc;

/// A proposal.
#[derive(Template)]
#[template(path = "tables/change.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    title: String,
    token: String,
    errors: Errors,
    id: i64,
    facts: Vec<(&'static str, String)>,
    class: &'static str,
    state: &'static str,
    rows: Rows,
    before: Rows,
    is_open: bool,
    /// Whether who looks at it made it.
    is_own: bool,
    preview: Option<Shown>,
    code: String,
    reason: String,
}

/// What the buttons send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Decision {
    reason: String,
}

/// `GET /staff/changes/{id}`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, asker: Asker, Path(id): Path<i64>) -> Response {
    page(&portal, &asker, id, Errors::default(), String::new()).await
}

/// `POST /staff/changes/{id}/confirm`
pub(crate) async fn confirm(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<i64>,
    Posted(asker, session, sent): Posted<Decision>,
) -> Response {
    let judged = changes::confirm(&portal.office, &session.client, id).await;
    answer(&portal, &asker, id, judged, sent).await
}

/// `POST /staff/changes/{id}/refuse`
pub(crate) async fn refuse(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<i64>,
    Posted(asker, session, sent): Posted<Decision>,
) -> Response {
    let judged = changes::refuse(&portal.office, &session.client, id, &sent.reason).await;
    answer(&portal, &asker, id, judged, sent).await
}

/// `POST /staff/changes/{id}/withdraw`
pub(crate) async fn withdraw(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<i64>,
    Posted(asker, session, sent): Posted<Decision>,
) -> Response {
    let judged = changes::withdraw(&portal.office, &session.client, id).await;
    answer(&portal, &asker, id, judged, sent).await
}

async fn answer(
    portal: &Portal,
    asker: &Asker,
    id: i64,
    judged: Result<Judged<()>, Fault>,
    sent: Decision,
) -> Response {
    let errors = match judged {
        Ok(Judged::Given(())) => return Redirect::to(&format!("/staff/changes/{id}")).into_response(),
        Ok(Judged::Refused(Refused::NotFound)) => return notice::not_found(asker.clone()).await,
        Ok(Judged::Refused(refused)) => refusal(refused, asker.language),
        Ok(Judged::Wrong(found)) => {
            let Ok(Some(session)) = &asker.session else { return notice::unavailable(asker) };
            match changes::find(&portal.office, &session.client, id).await {
                Ok(Some(proposed)) => told(proposed.kind, &found, asker.language),
                _ => return notice::unavailable(asker),
            }
        }
        Err(_) => return notice::unavailable(asker),
    };
    page(portal, asker, id, errors, sent.reason).await
}

async fn page(portal: &Portal, asker: &Asker, id: i64, errors: Errors, reason: String) -> Response {
    let Ok(Some(session)) = &asker.session else { return notice::unavailable(asker) };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    match changes::find(&portal.office, &session.client, id).await {
        Ok(None) => notice::not_found(asker.clone()).await,
        Ok(Some(proposed)) => match Page::of(portal, asker, session, proposed, (errors, reason)).await {
            Ok(page) => html(status, &page),
            Err(_) => notice::unavailable(asker),
        },
        Err(_) => notice::unavailable(asker),
    }
}

impl Page {
    async fn of(
        portal: &Portal,
        asker: &Asker,
        session: &Session,
        proposed: Proposed,
        (errors, reason): (Errors, String),
    ) -> Result<Self, Fault> {
        let (words, language) = (Words::of(asker.language), asker.language);
        let is_open = proposed.change.state == ChangeState::Open;
        let preview =
            if is_open { changes::preview_proposed(&portal.office, &session.client, &proposed).await? } else { None };
        let Proposed { change, kind, rows, before } = proposed;
        let (class, state) = state_in_words(change.state, words);
        let mut facts = vec![
            (words.table, name(kind, columns::Words::of(language)).to_owned()),
            (words.proposed_by, change.proposed_by.clone()),
            (words.proposed_at, time(change.proposed_at)),
            (words.reason, change.reason.clone()),
        ];
        facts.extend(change.decided_by.map(|by| (words.decided_by, by)));
        facts.extend(change.decided_at.map(|at| (words.decided_at, time(at))));
        facts.extend(change.decision_reason.map(|reason| (words.decision_reason, reason)));
        let title = fill(words.change_title, "n", change.id);
        Ok(Self {
            frame: Frame::of(asker, errors.title(&title, language)),
            title,
            token: session.token(),
            id: change.id,
            facts,
            class,
            state,
            rows: Rows::written(kind, &rows, &before, language),
            before: Rows::standing(kind, &before, language),
            is_open,
            is_own: change.proposed_by == session.client.code,
            preview: preview.map(|preview| Shown::of(preview, language)),
            code: session.client.code.clone(),
            reason,
            errors,
            words,
        })
    }
}
