//! Bank statements (G-92): taken in as files; what nobody could tell is booked to an account or set aside, with a reason.

use super::STATEMENT_FORM_BYTES_MAX;
use super::words::Words;
use crate::form::{Errors, Sent};
use crate::list::export::ROWS_MAX;
use crate::list::{Cell, Column, List, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{fill, lira};
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::money::Money;
use ebirlik_operations::bank::{self, Decision, Imported};
use ebirlik_operations::queues::{UnmatchedLine, unmatched};
use ebirlik_operations::status::Answer;
use ebirlik_store::bank::KeptLine;
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::Arc;

/// The form for a statement, and what waits.
#[derive(Template)]
#[template(path = "staff/bank/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    megabytes: usize,
    banner: Option<String>,
    list: List,
}

/// One line: the form, or with an account the page to check it.
#[derive(Template)]
#[template(path = "staff/bank/line.html")]
struct LinePage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    key: String,
    facts: Vec<(&'static str, String)>,
    tax_no: String,
    reason: String,
    secretariat: String,
    check: Option<Check>,
}

/// What would be done to a line.
struct Check {
    /// The name of the account with its owner; nothing to set the line aside.
    account: Option<String>,
}

/// `GET /staff/bank`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let words = Words::of(asker.language);
    let banner = told(&pairs, words);
    page(&portal, &asker, &session, (pairs, banner), (StatusCode::OK, Errors::default())).await
}

/// `POST /staff/bank`: takes in a statement.
pub(crate) async fn import(State(portal): State<Arc<Portal>>, Posted(asker, session, sent): Posted<Sent>) -> Response {
    let (words, mut errors) = (Words::of(asker.language), Errors::default());
    let status = match sent.file() {
        None => {
            errors.add("file", if sent.is_cut { words.too_long } else { words.file_missing });
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Some(file) => match bank::import(&portal.office, &session.client.secretariat, file).await {
            Ok(Answer::Given(imported)) => return Redirect::to(&address_of(&imported)).into_response(),
            Ok(Answer::Refused(refusal)) => {
                errors = Errors::refused("file", &refusal, asker.language);
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Err(_) => return notice::unavailable(&asker),
        },
    };
    page(&portal, &asker, &session, (Vec::new(), None), (status, errors)).await
}

/// What the buttons send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct LineForm {
    step: String,
    decision: String,
    tax_no: String,
    reason: String,
}

/// `GET /staff/bank/{key}`
pub(crate) async fn show_line(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(key): Path<String>,
) -> Response {
    match bank::find_line(&portal.office, &session.client, &key).await {
        Ok(Some(line)) => html(StatusCode::OK, &LinePage::of(&asker, &session, &line)),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /staff/bank/{key}`: books a line or sets it aside, after a look at what that means.
pub(crate) async fn decide(
    State(portal): State<Arc<Portal>>,
    Path(key): Path<String>,
    Posted(asker, session, sent): Posted<LineForm>,
) -> Response {
    let line = match bank::find_line(&portal.office, &session.client, &key).await {
        Ok(Some(line)) => line,
        Ok(None) => return notice::not_found(asker).await,
        Err(_) => return notice::unavailable(&asker),
    };
    let mut page = LinePage::of(&asker, &session, &line);
    sent.tax_no.trim().clone_into(&mut page.tax_no);
    sent.reason.trim().clone_into(&mut page.reason);
    if sent.step == "edit" {
        return page.respond(&asker, StatusCode::OK);
    }
    let account = (sent.decision == "book").then(|| format!("{}-{}", page.secretariat, page.tax_no));
    if sent.step != "do" {
        return check(&portal, &asker, page, account).await;
    }
    let decision = Decision { line: key, account, reason: page.reason.clone() };
    match bank::decide(&portal.office, &session.client, &decision).await {
        Ok(Answer::Given(state)) => Redirect::to(&format!("/staff/bank?decided={state}")).into_response(),
        Ok(Answer::Refused(refusal)) => {
            page.errors = Errors::refused("reason", &refusal, asker.language);
            page.respond(&asker, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// Shows what would be done, once the account is there and a reason is given.
async fn check(portal: &Portal, asker: &Asker, mut page: LinePage, account: Option<String>) -> Response {
    let store = &portal.office.store;
    let mut owner = None;
    if let Some(name) = account {
        let found = store.find_account(&page.tax_no, &page.secretariat).await;
        let firm = store.find_firm(&page.tax_no).await;
        let (Ok(found), Ok(firm)) = (found, firm) else { return notice::unavailable(asker) };
        if found.is_none() {
            page.errors.add("tax_no", page.words.line_no_account);
        }
        owner = Some(format!("{name} · {}", firm.map(|firm| firm.title).unwrap_or_default()));
    }
    if page.reason.is_empty() {
        let missing = ebirlik_domain::finding::Finding::new(ebirlik_domain::catalogue::Rule::ReasonMissing);
        page.errors.add("reason", crate::form::told(&missing, asker.language));
    }
    if !page.errors.is_empty() {
        return page.respond(asker, StatusCode::UNPROCESSABLE_ENTITY);
    }
    page.check = Some(Check { account: owner });
    page.respond(asker, StatusCode::OK)
}

async fn page(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    (pairs, banner): (Vec<(String, String)>, Option<String>),
    (status, errors): (StatusCode, Errors),
) -> Response {
    let words = Words::of(asker.language);
    let columns = columns(words);
    let wish = Wish::of(pairs.into_iter().filter(|(name, _)| !TOLD.contains(&name.as_str())).collect(), &columns);
    let window = wish.format().map_or((ROWS_OF_A_PAGE, wish.offset()), |_| (ROWS_MAX, 0));
    let Ok((rows, total)) = unmatched(&portal.office, &session.client, window).await else {
        return notice::unavailable(asker);
    };
    let rows: Vec<Vec<Cell>> = rows.into_iter().map(cells).collect();
    if let Some(format) = wish.format() {
        return export(asker, format, ("banka-satirlari", words.bank_lines.to_owned()), &columns, rows, &wish).await;
    }
    let names = (words.bank_lines, words.bank_none);
    let list = List::new((asker.language, "/staff/bank"), names, (&columns, Vec::new()), (rows, total), wish);
    let page = Page {
        frame: Frame::of(asker, errors.title(words.bank_title, asker.language)),
        token: session.token(),
        megabytes: STATEMENT_FORM_BYTES_MAX >> 20,
        words,
        errors,
        banner,
        list,
    };
    html(status, &page)
}

impl LinePage {
    fn of(asker: &Asker, session: &Session, line: &KeptLine) -> Self {
        let words = Words::of(asker.language);
        let amount = Money::from_kurus(line.amount_kurus).map(|amount| lira(amount, asker.language));
        let facts = [
            (words.booked_on, line.booked_on.parse().map_or_else(|_| line.booked_on.clone(), crate::text::day)),
            (words.amount, amount.unwrap_or_default()),
            (words.bank_reference, line.bank_reference.clone()),
            (words.bank_text, line.text.clone()),
        ];
        Self {
            frame: Frame::of(asker, words.line_title),
            words,
            errors: Errors::default(),
            token: session.token(),
            key: line.line_key.clone(),
            facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            tax_no: String::new(),
            reason: String::new(),
            secretariat: session.client.secretariat.clone(),
            check: None,
        }
    }

    fn respond(mut self, asker: &Asker, status: StatusCode) -> Response {
        self.frame.title = self.errors.title(&self.frame.title, asker.language);
        html(status, &self)
    }
}

/// Where a statement's result is told.
fn address_of(imported: &Imported) -> String {
    let Imported { lines, outgoing, released } = imported;
    let (booked, unmatched, before) = (lines.booked, lines.unmatched, lines.before);
    format!("/staff/bank?booked={booked}&unmatched={unmatched}&before={before}&outgoing={outgoing}&released={released}")
}

/// What the address tells of what was just done.
fn told(pairs: &[(String, String)], words: &Words) -> Option<String> {
    let said = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match said("decided") {
        Some("booked") => return Some(words.line_booked.to_owned()),
        Some("set_aside") => return Some(words.line_set_aside.to_owned()),
        _ => {}
    }
    let mut sentence = words.imported.to_owned();
    for name in COUNTS {
        sentence = fill(&sentence, name, said(name)?.parse::<u64>().ok()?);
    }
    Some(sentence)
}

fn cells(line: UnmatchedLine) -> Vec<Cell> {
    let day = line.booked_on.parse::<Date>().map_or(Value::Text(line.booked_on), Value::Day);
    vec![
        day.into(),
        Cell { value: Value::Text(line.text), link: Some(format!("/staff/bank/{}", line.line_key)) },
        Money::from_kurus(line.amount_kurus).map_or(Value::Empty, Value::Lira).into(),
        Value::Code(line.bank_reference).into(),
    ]
}

fn columns(words: &'static Words) -> [Column; 4] {
    let column = |key, head, width, figures| Column { key, head, width, figures, sorts: false };
    [
        column("day", words.booked_on, 12, false),
        column("text", words.bank_text, 50, false),
        column("amount", words.amount, 16, true),
        column("bankref", words.bank_reference, 20, false),
    ]
}

/// What became of a statement's lines, by name.
const COUNTS: [&str; 5] = ["booked", "unmatched", "before", "outgoing", "released"];
/// Pairs of the address that are no filters.
const TOLD: [&str; 6] = ["decided", "booked", "unmatched", "before", "outgoing", "released"];
