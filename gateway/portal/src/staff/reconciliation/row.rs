//! One row of the monthly match: both sides beside each other; somebody takes it on, gives it away, writes to the firm, and
//! settles it with a reason.

use super::super::declarations;
use super::super::words::{self, Words};
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{fill, time};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::letters;
use ebirlik_operations::queues::difference;
use ebirlik_operations::reconcile::{fields_of, give};
use ebirlik_operations::status::Answer;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// A row.
#[derive(Template)]
#[template(path = "staff/reconciliation/row.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    id: i64,
    list: &'static str,
    facts: Vec<(&'static str, String)>,
    fields: Vec<(String, String, String)>,
    declaration: Option<String>,
    /// Who may look after it.
    staff_of: Vec<String>,
    reason: String,
    secretariat: String,
    /// Why it was settled.
    settled: Option<String>,
}

/// Where a row is told.
pub(super) fn address(id: i64) -> String {
    format!("/staff/reconciliation/{id}")
}

/// What the buttons send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pressed {
    decision: String,
    to: String,
    reason: String,
}

/// `GET /staff/reconciliation/{id}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(id): Path<String>,
) -> Response {
    match Page::find(&portal, &asker, &session, &id).await {
        Ok(Some(page)) => html(StatusCode::OK, &page),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /staff/reconciliation/{id}`: takes it on, gives it to somebody, or settles it.
pub(crate) async fn decide(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted(asker, session, sent): Posted<Pressed>,
) -> Response {
    let mut page = match Page::find(&portal, &asker, &session, &id).await {
        Ok(Some(page)) => page,
        Ok(None) => return notice::not_found(asker).await,
        Err(_) => return notice::unavailable(&asker),
    };
    let (office, client) = (&portal.office, &session.client);
    let (field, decided) = match sent.decision.as_str() {
        "give" => ("to", give(office, client, page.id, &sent.to).await),
        "settle" => {
            let reason = Some(sent.reason.as_str());
            ("reason", ebirlik_operations::reconcile::decide(office, client, page.id, reason).await)
        }
        _ => ("to", ebirlik_operations::reconcile::decide(office, client, page.id, None).await),
    };
    match decided {
        Ok(Answer::Given(())) => Redirect::to(&address(page.id)).into_response(),
        Ok(Answer::Refused(refusal)) => {
            page.errors = Errors::refused(field, &refusal, asker.language);
            page.reason = sent.reason;
            page.frame.title = page.errors.title(&page.frame.title, asker.language);
            html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /staff/reconciliation/{id}/letter`: the letter to the firm as PDF.
pub(crate) async fn letter(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(id): Path<String>,
) -> Response {
    match letters::letter(&portal.office, &session.client, id.parse().unwrap_or_default()).await {
        Ok(Some(bytes)) => declarations::pdf(&format!("mutabakat-{id}"), bytes),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

impl Page {
    async fn find(portal: &Portal, asker: &Asker, session: &Session, id: &str) -> Result<Option<Self>, Fault> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let Some(found) = difference(&portal.office, &session.client, id).await? else { return Ok(None) };
        let (words, row) = (Words::of(asker.language), &found.row);
        let now = portal.office.clock.now();
        let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let fields = fields_of(row).into_iter().map(|field| {
            let name = words::field(&field.field, words).map_or(field.field, ToOwned::to_owned);
            (name, shown(field.customs), shown(field.ours))
        });
        let facts = [
            (words.month, Some(row.month.clone())),
            (words.registration_no, row.registration_no.clone()),
            (words.reference, row.reference.clone()),
            (words.exporter, row.exporter.clone()),
            (words.declarant, row.declarant.clone()),
            (words.owner, Some(row.owner.clone().unwrap_or_else(|| words.nobody.to_owned()))),
            (words.found_at, Timestamp::from_microsecond(row.found_at).ok().map(time)),
            (words.age_days, Some(row.age_days(now).to_string())),
        ];
        Ok(Some(Self {
            frame: Frame::of(asker, words.row_title),
            errors: Errors::default(),
            token: session.token(),
            id,
            list: words::queue(&row.kind, words),
            facts: facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect(),
            fields: fields.collect(),
            declaration: found.declaration_id.map(declarations::address),
            staff_of: portal.office.store.list_staff_of(&session.client.secretariat).await?,
            reason: String::new(),
            secretariat: session.client.secretariat.clone(),
            settled: (row.state != "open").then(|| fill(words.row_is_settled, "reason", &found.reason)),
            words,
        }))
    }
}
