//! Declarations as staff see them: found by any number that somebody reads out on the telephone, and told whole.

pub(crate) mod act;
mod shown;

use super::words;
use super::words::{Words, case_kind, state};
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::{Language, day, lira, time};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use act::Step;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ebirlik_operations::lookup::{self, Story};
use ebirlik_operations::papers::{Paper, Slip, one_receipt};
use ebirlik_store::cases::{Case, CaseState};
use ebirlik_store::declarations::Recorded;
use serde::Deserialize;
pub(super) use shown::{Content, changes, content};
use std::sync::Arc;

/// The box, and what was found.
#[derive(Template)]
#[template(path = "staff/declarations/find.html")]
struct FindPage {
    frame: Frame,
    words: &'static Words,
    asked: Wanted,
    rows: Vec<FoundRow>,
}

/// What is looked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    q: String,
    tax: String,
}

struct FoundRow {
    address: String,
    reference: String,
    declarant: String,
    exporter: String,
    state: (&'static str, &'static str),
    received: String,
}

/// The whole story.
#[derive(Template)]
#[template(path = "staff/declarations/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    reference: String,
    state: (&'static str, &'static str),
    /// What was just done.
    banner: Option<(&'static str, &'static str)>,
    facts: Vec<(&'static str, String)>,
    code: Option<String>,
    content: Content,
    versions: Vec<VersionRow>,
    cases: Vec<CaseRow>,
    receipts: Vec<(String, String)>,
    steps: Vec<(String, &'static str)>,
}

struct VersionRow {
    version: u32,
    sent_at: String,
    sent_by: String,
    changes: Vec<(String, String, String)>,
}

/// What the secretariat did, or wants to do.
struct CaseRow {
    kind: &'static str,
    state: (&'static str, &'static str),
    amount: String,
    by: String,
    at: String,
    decided_by: String,
    reason: String,
    proof: String,
    address: Option<String>,
}

/// What an address says beside the number.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    /// The case that was just made or decided.
    done: i64,
    /// It was just entered at the counter.
    entered: u8,
}

/// Where a declaration is told.
pub(super) fn address(id: i64) -> String {
    format!("/staff/declarations/{id}")
}

/// `GET /staff/declarations`
pub(crate) async fn find(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(wish): FromAddress<Wanted>,
) -> Response {
    let words = Words::of(asker.language);
    let Ok(found) = lookup::find(&portal.office, &session.client, &wish.q, &wish.tax).await else {
        return notice::unavailable(&asker);
    };
    let rows = found.into_iter().map(|recorded| FoundRow::of(recorded, words)).collect();
    html(StatusCode::OK, &FindPage { frame: Frame::of(&asker, words.find_title), words, asked: wish, rows })
}

/// `GET /staff/declarations/{id}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(id): Path<String>,
    FromAddress(told): FromAddress<Told>,
) -> Response {
    let story = lookup::story(&portal.office, &session.client, id.parse().unwrap_or_default()).await;
    match story {
        Ok(Some(story)) => html(StatusCode::OK, &Page::of(&asker, &story, &told)),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// What a paper is printed on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Printing {
    paper: String,
}

/// `GET /staff/receipts/{number}`: a receipt as PDF.
pub(crate) async fn receipt(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(number): Path<String>,
    FromAddress(printing): FromAddress<Printing>,
) -> Response {
    let paper = if printing.paper == "80mm" { Paper::Roll80mm } else { Paper::A4 };
    match one_receipt(&portal.office, &session.client, &number, paper, Slip::Receipt).await {
        Ok(Some(bytes)) => pdf(&number, bytes),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// A PDF to keep.
pub(super) fn pdf(name: &str, bytes: Vec<u8>) -> Response {
    let kept: String = name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let disposition = format!("attachment; filename=\"{kept}.pdf\"");
    ([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

impl FoundRow {
    fn of(recorded: Recorded, words: &Words) -> Self {
        Self {
            address: address(recorded.id),
            state: state(recorded.state, words),
            received: time(recorded.received_at),
            reference: recorded.reference,
            declarant: recorded.declarant,
            exporter: recorded.exporter,
        }
    }
}

impl Page {
    fn of(asker: &Asker, story: &Story, told: &Told) -> Self {
        let (language, words) = (asker.language, Words::of(asker.language));
        let recorded = &story.recorded;
        let case = story.cases.iter().find(|case| case.id == told.done);
        let banner = case.map(|case| done(case, words)).or((told.entered == 1).then_some(("good", words.entered)));
        let versions = story.status.versions.iter().map(|version| VersionRow {
            version: version.version,
            sent_at: time(version.sent_at),
            sent_by: version.sent_by.clone(),
            changes: changes(&version.changes),
        });
        let steps = Step::possible(recorded.state, story.status.approved_at.is_some());
        Self {
            frame: Frame::of(asker, recorded.reference.clone()),
            reference: recorded.reference.clone(),
            state: state(recorded.state, words),
            banner,
            facts: facts(story, language, words),
            code: story.status.code.as_deref().map(crate::desk::printed),
            content: content(&story.declaration, story.status.price.as_deref(), language),
            versions: versions.collect(),
            cases: story.cases.iter().map(|case| CaseRow::of(case, language, words)).collect(),
            receipts: story.receipts.iter().map(|receipt| (receipt.name(), lira(receipt.amount, language))).collect(),
            steps: steps.into_iter().map(|step| (step.address(recorded.id), step.label(words))).collect(),
            words,
        }
    }
}

impl CaseRow {
    fn of(case: &Case, language: Language, words: &Words) -> Self {
        let state = match case.state {
            CaseState::Open => ("warn", words.open),
            CaseState::Done => ("good", words.state_done),
            CaseState::Refused => ("bad", words.state_refused),
        };
        let (reason, decided) = (&case.reason, case.decision_reason.as_deref());
        Self {
            kind: case_kind(case.kind, words),
            state,
            amount: super::cases::amount(case.amount_kurus, language),
            by: case.proposed_by.clone(),
            at: time(case.proposed_at),
            decided_by: case.decided_by.clone().unwrap_or_default(),
            reason: decided.map_or_else(|| reason.clone(), |decided| format!("{reason} / {decided}")),
            proof: case.proof.clone(),
            address: (case.state == CaseState::Open).then(|| format!("/staff/cases/{}", case.id)),
        }
    }
}

fn done(case: &Case, words: &Words) -> (&'static str, &'static str) {
    match case.state {
        CaseState::Done => ("good", words.done),
        CaseState::Open => ("warn", words.done_open),
        CaseState::Refused => ("bad", words.done_refused),
    }
}

fn facts(story: &Story, language: Language, words: &Words) -> Vec<(&'static str, String)> {
    let (recorded, status) = (&story.recorded, &story.status);
    let firm =
        |tax_no: &str, title: &str| if title.is_empty() { tax_no.to_owned() } else { format!("{tax_no} · {title}") };
    let fee = status.price.as_ref().map(|price| lira(price.fee, language));
    let fee_label = if status.approved_at.is_some() { words.fee } else { words.fee_today };
    let refunded = (!story.refunded.is_zero()).then(|| lira(story.refunded, language));
    let facts = [
        (words.exporter, Some(firm(&recorded.exporter, &story.exporter_title))),
        (words.declarant, Some(firm(&recorded.declarant, &story.declarant_title))),
        (words.received, Some(time(recorded.received_at))),
        (words.approved_at, status.approved_at.map(time)),
        (words.approval_kind, status.kind.map(|kind| words::approval_kind(kind, language).to_owned())),
        (fee_label, fee),
        (words.refunded, refunded),
        (words.record_no, status.record_no.clone()),
        (words.registration_no, status.registration_no.clone()),
        (words.valid_until, status.valid_until.map(day)),
        (words.ended_at, status.ended_at.map(time)),
    ];
    facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}
