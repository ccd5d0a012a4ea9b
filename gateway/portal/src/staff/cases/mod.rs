//! Acts that wait for a second person: a list, and each with all that the decision rests on.

use super::declarations;
use super::words::{Words, case_kind};
use crate::form::Errors;
use crate::list::export::ROWS_MAX;
use crate::list::{Cell, Column, Field, FieldKind, List, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, lira, time};
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_operations::cases::{confirm, refuse};
use ebirlik_operations::lookup;
use ebirlik_operations::preview::changes_of;
use ebirlik_operations::queues::{OpenCaseRow, open_cases};
use ebirlik_operations::status::Answer;
use ebirlik_store::cases::{Case, CaseKind, CaseState};
use ebirlik_store::declarations::Recorded;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// The list.
#[derive(Template)]
#[template(path = "staff/list.html")]
struct ListPage {
    frame: Frame,
    title: &'static str,
    lede: &'static str,
    list: List,
}

/// One case.
#[derive(Template)]
#[template(path = "staff/cases/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    id: i64,
    declaration: String,
    reference: String,
    facts: Vec<(&'static str, String)>,
    changes: Vec<(String, String, String)>,
    secretariat: String,
    reason: String,
    /// Why nothing can be decided here.
    closed: Option<&'static str>,
}

/// What the buttons send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pressed {
    decision: String,
    reason: String,
}

/// `GET /staff/cases`
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let words = Words::of(asker.language);
    let columns = columns(words);
    let wish = Wish::of(pairs, &columns);
    let window = wish.format().map_or((ROWS_OF_A_PAGE, wish.offset()), |_| (ROWS_MAX, 0));
    let Ok((rows, total)) = open_cases(&portal.office, &session.client, wish.filter("kind"), window).await else {
        return notice::unavailable(&asker);
    };
    let rows: Vec<Vec<Cell>> = rows.into_iter().map(|row| cells(row, words)).collect();
    if let Some(format) = wish.format() {
        return export(&asker, format, ("bekleyen-islemler", words.cases_title.to_owned()), &columns, rows, &wish)
            .await;
    }
    let choices = CaseKind::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), case_kind(kind, words).to_owned()));
    let value = wish.filter("kind").to_owned();
    let kind = FieldKind::Choice(choices.collect());
    let fields = vec![Field { name: "kind", label: words.kind, kind, value, error: None }];
    let names = (words.cases_title, words.cases_none);
    let list = List::new((asker.language, "/staff/cases"), names, (&columns, fields), (rows, total), wish);
    let (title, lede) = (words.cases_title, words.cases_lede);
    html(StatusCode::OK, &ListPage { frame: Frame::of(&asker, title), title, lede, list })
}

/// `GET /staff/cases/{id}`
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

/// `POST /staff/cases/{id}`
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
    let (office, reason) = (&portal.office, sent.reason.as_str());
    let decided = match sent.decision.as_str() {
        "confirm" => Box::pin(confirm(office, &session.client, page.id, reason)).await,
        _ => refuse(office, &session.client, page.id, reason).await,
    };
    match decided {
        Ok(Answer::Given(done)) => Redirect::to(&format!("{}?done={}", page.declaration, done.case)).into_response(),
        Ok(Answer::Refused(refusal)) => {
            page.errors = Errors::refused("reason", &refusal, asker.language);
            reason.clone_into(&mut page.reason);
            page.frame.title = page.errors.title(&page.frame.title, asker.language);
            html(StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY), &page)
        }
        Err(_) => notice::unavailable(&asker),
    }
}

impl Page {
    async fn find(portal: &Portal, asker: &Asker, session: &Session, id: &str) -> Result<Option<Self>, Fault> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let Some((case, recorded)) = lookup::case(&portal.office, &session.client, id).await? else { return Ok(None) };
        let words = Words::of(asker.language);
        let is_open = case.state == CaseState::Open;
        let changes = if is_open { changes_of(&portal.office, &case, &recorded).await? } else { Vec::new() };
        let closed = if is_open {
            (case.proposed_by == session.client.code).then_some(words.yours)
        } else {
            Some(words.decided_already)
        };
        Ok(Some(Self {
            frame: Frame::of(asker, case_kind(case.kind, words)),
            errors: Errors::default(),
            token: session.token(),
            id,
            declaration: declarations::address(recorded.id),
            reference: recorded.reference.clone(),
            facts: facts(&case, &recorded, asker.language),
            changes: declarations::changes(&changes),
            secretariat: case.secretariat,
            reason: String::new(),
            closed,
            words,
        }))
    }
}

/// An amount that may be nothing.
pub(super) fn amount(kurus: i64, language: Language) -> String {
    Money::from_kurus(kurus).filter(|amount| !amount.is_zero()).map(|amount| lira(amount, language)).unwrap_or_default()
}

fn facts(case: &Case, recorded: &Recorded, language: Language) -> Vec<(&'static str, String)> {
    let words = Words::of(language);
    let facts = [
        (words.kind, case_kind(case.kind, words).to_owned()),
        (words.amount, amount(case.amount_kurus, language)),
        (words.exporter, recorded.exporter.clone()),
        (words.declarant, recorded.declarant.clone()),
        (words.reason, case.reason.clone()),
        (words.proof, case.proof.clone()),
        (words.proposed_by, case.proposed_by.clone()),
        (words.proposed_at, time(case.proposed_at)),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn cells(row: OpenCaseRow, words: &Words) -> Vec<Cell> {
    let kind = CaseKind::parse(&row.kind).map_or(row.kind.as_str(), |kind| case_kind(kind, words)).to_owned();
    vec![
        Cell { value: Value::Text(kind), link: Some(format!("/staff/cases/{}", row.id)) },
        Value::Code(row.reference).into(),
        Money::from_kurus(row.amount_kurus).map_or(Value::Empty, Value::Lira).into(),
        Value::Text(row.reason).into(),
        Value::Text(row.proposed_by).into(),
        Timestamp::from_microsecond(row.proposed_at).map_or(Value::Empty, Value::Time).into(),
        Value::Code(row.exporter).into(),
        Value::Code(row.declarant).into(),
    ]
}

fn columns(words: &'static Words) -> [Column; 8] {
    let column = |key, head, width, figures| Column { key, head, width, figures, sorts: false };
    [
        column("kind", words.kind, 24, false),
        column("ref", words.reference, 24, false),
        column("amount", words.amount, 16, true),
        column("reason", words.reason, 40, false),
        column("by", words.proposed_by, 16, false),
        column("at", words.proposed_at, 18, false),
        column("exporter", words.exporter, 14, false),
        column("declarant", words.declarant, 14, false),
    ]
}
