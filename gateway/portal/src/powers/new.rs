//! "VEKALETNAME TANIMLA": whose number, then the terms and the paper; what comes after is [`super::application`].

use super::{Words, named};
use crate::form::{Errors, Sent, told};
use crate::page::{Frame, html};
use crate::session::{Asker, Audience, Session};
use crate::text::{Language, day, fill};
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::finding::Finding;
use ebirlik_operations::powers::apply::{self, Paper, Sides, Terms, draft_of, judge, sides, terms_of};
use ebirlik_operations::status::Answer;
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::Arc;

/// The first question.
#[derive(Template)]
#[template(path = "powers/ask.html")]
struct Ask {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    label: &'static str,
    tax_no: String,
}

/// Terms and paper.
#[derive(Template)]
#[template(path = "powers/terms.html")]
struct TermsPage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    other: String,
    sides: Sides,
    /// Code and name.
    secretariats: Vec<(String, String)>,
    filled: Typed,
    /// The draft that holds a paper already: its number and what to say of it.
    kept: Option<(i64, String)>,
}

/// The terms as they were typed.
#[derive(Default)]
struct Typed {
    secretariat: String,
    everywhere: bool,
    refunds: bool,
    from: String,
    to: String,
}

/// What the first form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Other {
    tax_no: String,
}

/// Which draft is gone on with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    draft: Option<i64>,
}

/// `GET /powers/new`
pub(crate) async fn show(Visitor(asker, session): Visitor) -> Response {
    ask(&asker, &session, String::new(), Errors::default(), StatusCode::OK)
}

/// `POST /powers/new`
pub(crate) async fn choose(State(portal): State<Arc<Portal>>, Posted(asker, session, sent): Posted<Other>) -> Response {
    match sides(&portal.office, &session.client, &sent.tax_no).await {
        Ok(Answer::Given(sides)) => Redirect::to(&format!("/powers/new/{}", other(&session, &sides))).into_response(),
        Ok(Answer::Refused(refusal)) => {
            let errors = Errors::refused("tax_no", &refusal, asker.language);
            ask(&asker, &session, sent.tax_no, errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /powers/new/{tax_no}`
pub(crate) async fn show_terms(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(tax_no): Path<String>,
    FromAddress(wanted): FromAddress<Wanted>,
) -> Response {
    let sides = match sides(&portal.office, &session.client, &tax_no).await {
        Ok(Answer::Given(sides)) => sides,
        Ok(Answer::Refused(_)) => return Redirect::to("/powers/new").into_response(),
        Err(_) => return notice::unavailable(&asker),
    };
    let Ok(kept) = kept(&portal, &asker, &session, &sides, wanted.draft).await else {
        return notice::unavailable(&asker);
    };
    let filled = kept.as_ref().map(|(_, _, terms)| Typed::of(terms)).unwrap_or_default();
    let kept = kept.map(|(id, name, _)| (id, name));
    html(StatusCode::OK, &TermsPage::of(&portal, &asker, &session, sides, (filled, kept), Errors::default()))
}

/// `POST /powers/new/{tax_no}`
pub(crate) async fn take(
    State(portal): State<Arc<Portal>>,
    Path(tax_no): Path<String>,
    Posted(asker, session, mut sent): Posted<Sent>,
) -> Response {
    let sides = match sides(&portal.office, &session.client, &tax_no).await {
        Ok(Answer::Given(sides)) => sides,
        Ok(Answer::Refused(_)) => return Redirect::to("/powers/new").into_response(),
        Err(_) => return notice::unavailable(&asker),
    };
    let (typed, words) = (Typed::sent(&sent), Words::of(asker.language));
    let (terms, mut errors) = typed.judged(&portal, &sides, asker.language);
    if sent.is_cut {
        errors.add("paper", told(&Finding::new(Rule::FileTooLarge).detail("5 MB"), asker.language));
    }
    let id = sent.text("draft").parse().ok();
    let paper = sent.take_file().map(|(name, bytes)| Paper { name, bytes });
    // A paper that is right is kept, whatever else is wrong.
    let id = match apply::draft(&portal.office, &session.client, (&sides, &terms), id, paper).await {
        Ok(Answer::Given(id)) => Some(id),
        Ok(Answer::Refused(refusal)) => {
            for finding in refusal.findings.iter().filter(|_| !sent.is_cut) {
                let missing = finding.rule == Rule::Missing;
                let sentence = if missing { words.paper_missing.to_owned() } else { told(finding, asker.language) };
                errors.add("paper", sentence);
            }
            id
        }
        Err(_) => return notice::unavailable(&asker),
    };
    if let (Some(id), true) = (id, errors.is_empty()) {
        return Redirect::to(&format!("/powers/applications/{id}")).into_response();
    }
    let Ok(kept) = kept(&portal, &asker, &session, &sides, id).await else { return notice::unavailable(&asker) };
    let kept = kept.map(|(id, name, _)| (id, name));
    let page = TermsPage::of(&portal, &asker, &session, sides, (typed, kept), errors);
    html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn ask(asker: &Asker, session: &Session, tax_no: String, errors: Errors, status: StatusCode) -> Response {
    let words = Words::of(asker.language);
    let is_exporter = session.audience == Some(Audience::Exporter);
    let page = Ask {
        frame: Frame::of(asker, errors.title(words.define, asker.language)),
        words,
        errors,
        token: session.token(),
        label: if is_exporter { words.ask_broker } else { words.ask_exporter },
        tax_no,
    };
    html(status, &page)
}

/// The other firm's number.
fn other<'s>(session: &Session, sides: &'s Sides) -> &'s str {
    let is_exporter = sides.exporter.tax_no == session.client.firm;
    if is_exporter { &sides.declarant.tax_no } else { &sides.exporter.tax_no }
}

/// The draft that is gone on with, what is said of its paper, and its terms.
async fn kept(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    sides: &Sides,
    id: Option<i64>,
) -> Result<Option<(i64, String, Terms)>, Fault> {
    let Some(id) = id else { return Ok(None) };
    let words = Words::of(asker.language);
    let found = draft_of(&portal.office, &session.client, sides, id).await?;
    Ok(found.map(|row| {
        let name = if row.file_name.is_empty() { words.unnamed } else { &row.file_name };
        (row.id, fill(words.paper_kept, "name", name), terms_of(&row))
    }))
}

impl Typed {
    fn of(terms: &Terms) -> Self {
        let written = |date: Option<Date>| date.map(day).unwrap_or_default();
        Self {
            secretariat: terms.secretariat.clone(),
            everywhere: terms.everywhere,
            refunds: terms.takes_refunds,
            from: written(terms.valid_from),
            to: written(terms.valid_to),
        }
    }

    fn sent(sent: &Sent) -> Self {
        Self {
            secretariat: sent.text("secretariat").to_owned(),
            everywhere: sent.text("scope") == super::ALL,
            refunds: sent.text("refunds") == "yes",
            from: sent.text("from").trim().to_owned(),
            to: sent.text("to").trim().to_owned(),
        }
    }

    /// The terms, and what is wrong with them.
    fn judged(&self, portal: &Portal, sides: &Sides, language: Language) -> (Terms, Errors) {
        let words = Words::of(language);
        let (terms, mut errors) = self.read(words);
        for finding in judge(&portal.office, sides, &terms) {
            match finding.rule {
                Rule::PowerTerm if errors.at("from").is_none() && errors.at("to").is_none() => {
                    errors.add("to", told(&finding, language));
                }
                Rule::NotMember => errors.add("secretariat", words.secretariat_missing),
                _ => {}
            }
        }
        (terms, errors)
    }

    fn read(&self, words: &'static Words) -> (Terms, Errors) {
        let mut errors = Errors::default();
        let (valid_from, valid_to) = (read_day(&self.from), read_day(&self.to));
        if valid_from.is_none() {
            errors.add("from", words.from_missing);
        }
        if valid_to.is_none() && !self.to.is_empty() {
            errors.add("to", words.to_wrong);
        }
        let terms = Terms {
            secretariat: self.secretariat.clone(),
            everywhere: self.everywhere,
            takes_refunds: self.refunds,
            valid_from,
            valid_to,
        };
        (terms, errors)
    }
}

impl TermsPage {
    fn of(
        portal: &Portal,
        asker: &Asker,
        session: &Session,
        sides: Sides,
        (mut filled, kept): (Typed, Option<(i64, String)>),
        errors: Errors,
    ) -> Self {
        let words = Words::of(asker.language);
        let codes = sides.secretariats.iter();
        let secretariats = codes.map(|code| (code.clone(), named(portal, code, asker.language))).collect();
        if let ([only], true) = (sides.secretariats.as_slice(), filled.secretariat.is_empty()) {
            filled.secretariat.clone_from(only);
        }
        Self {
            frame: Frame::of(asker, errors.title(words.define, asker.language)),
            words,
            errors,
            token: session.token(),
            other: other(session, &sides).to_owned(),
            sides,
            secretariats,
            filled,
            kept,
        }
    }
}

/// `21.11.2026`, also with `/`, or as 2026-11-21.
fn read_day(text: &str) -> Option<Date> {
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let mut parts = text.split(['.', '/']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}
