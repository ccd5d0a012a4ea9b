//! Signing up, before a person is known: which kind of firm, which firm, who; then the mail is on its way.

mod words;

use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::{fill, time};
use crate::visitor::FromAddress;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::applications::{
    AccountType, Asking, DetailFlaw, Details, FirmFlaw, Starting, ask_again, choices, find_by_handle, find_firm, start,
};
use ebirlik_operations::links::Token;
use ebirlik_store::applications::Application;
use ebirlik_store::parties::Firm;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;
use words::Words;

/// Exactly two account types.
#[derive(Template)]
#[template(path = "signup/types.html")]
struct TypesPage {
    frame: Frame,
    words: &'static Words,
}

/// The tax number, and the firm that it is of.
#[derive(Template)]
#[template(path = "signup/firm.html")]
struct FirmPage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    kind: AccountType,
    tax_no: String,
    firm: Option<Firm>,
}

/// Who applies.
#[derive(Template)]
#[template(path = "signup/person.html")]
struct PersonPage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    kind: AccountType,
    firm: Firm,
    /// Secretariats to choose from; none where the firm's memberships say it.
    choices: Vec<(String, String)>,
    filled: Person,
}

/// The mail is on its way.
#[derive(Template)]
#[template(path = "signup/waiting.html")]
struct WaitingPage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    handle: String,
    application: Application,
    ends_at: String,
    /// The mail was asked for again just now.
    is_again: bool,
}

/// What the address says of the firm.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct OfFirm {
    tax_no: String,
}

/// What the form about the person sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Person {
    tax_no: String,
    secretariat: String,
    name: String,
    email: String,
    phone: String,
}

/// What the waiting page's address says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Again {
    asked: String,
}

/// `GET /signup`
pub(crate) async fn choose(asker: Asker) -> Response {
    let words = Words::of(asker.language);
    html(StatusCode::OK, &TypesPage { frame: Frame::of(&asker, words.title), words })
}

/// `GET /signup/{kind}`: asks for the tax number; with one it shows the firm.
pub(crate) async fn show_firm(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(kind): Path<String>,
    FromAddress(OfFirm { tax_no }): FromAddress<OfFirm>,
) -> Response {
    let Some(kind) = AccountType::parse(&kind) else { return notice::not_found(asker).await };
    if tax_no.is_empty() {
        return FirmPage::response(StatusCode::OK, &asker, kind, tax_no, Ok(None));
    }
    if let Err(seconds) = slowed(&portal, &asker) {
        return FirmPage::slowed(&asker, kind, tax_no, seconds);
    }
    match find_firm(&portal.office, kind, &tax_no).await {
        Ok(Ok(firm)) => FirmPage::response(StatusCode::OK, &asker, kind, tax_no, Ok(Some(firm))),
        Ok(Err(flaw)) => FirmPage::response(StatusCode::UNPROCESSABLE_ENTITY, &asker, kind, tax_no, Err(flaw)),
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /signup/{kind}/person`
pub(crate) async fn show_person(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(kind): Path<String>,
    FromAddress(OfFirm { tax_no }): FromAddress<OfFirm>,
) -> Response {
    let filled = Person { tax_no, ..Person::default() };
    match PersonPage::of(&portal, &asker, &kind, filled, Errors::default()).await {
        Ok(Some(page)) => html(StatusCode::OK, &page),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /signup/{kind}/person`: begins the application.
pub(crate) async fn begin(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(kind): Path<String>,
    form: Result<Form<Person>, FormRejection>,
) -> Response {
    let Form(filled) = form.unwrap_or_default();
    let words = Words::of(asker.language);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut errors = Errors::default();
    match begun(&portal, &asker, &kind, &filled).await {
        Ok(Begun::Started(handle)) => {
            return Redirect::to(&format!("/signup/waiting/{}", handle.to_text())).into_response();
        }
        Ok(Begun::Flawed(flaws)) => {
            for flaw in flaws {
                let (field, sentence) = match flaw {
                    Flaw::Secretariat => ("secretariat", words.secretariat_missing),
                    Flaw::Detail(DetailFlaw::Name) => ("name", words.name_wrong),
                    Flaw::Detail(DetailFlaw::Email) => ("email", words.email_wrong),
                    Flaw::Detail(DetailFlaw::Phone) => ("phone", words.phone_wrong),
                };
                errors.add(field, sentence);
            }
        }
        Ok(Begun::TooOften) => {
            status = StatusCode::TOO_MANY_REQUESTS;
            errors.add("email", words.too_often);
        }
        Ok(Begun::NoFirm) => return notice::not_found(asker).await,
        Err(_) => return notice::unavailable(&asker),
    }
    match PersonPage::of(&portal, &asker, &kind, filled, errors).await {
        Ok(Some(page)) => html(status, &page),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /signup/waiting/{handle}`
pub(crate) async fn wait(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(handle): Path<String>,
    FromAddress(again): FromAddress<Again>,
) -> Response {
    waiting(&portal, asker, &handle, StatusCode::OK, Errors::default(), !again.asked.is_empty()).await
}

/// `POST /signup/waiting/{handle}`: the mail once more.
pub(crate) async fn mail_again(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(handle): Path<String>,
) -> Response {
    let Some(token) = Token::parse(&handle) else { return notice::not_found(asker).await };
    let words = Words::of(asker.language);
    let sentence = match ask_again(&portal.office, &token).await {
        Ok(Asking::Asked) => return Redirect::to(&format!("/signup/waiting/{handle}?asked=yes")).into_response(),
        Ok(Asking::Wait(until)) => {
            let seconds = (until.as_second() - portal.office.clock.now().as_second()).max(1);
            fill(words.again_wait, "n", seconds)
        }
        Ok(Asking::TooOften) => words.again_too_often.to_owned(),
        Ok(Asking::Closed) => return notice::not_found(asker).await,
        Err(_) => return notice::unavailable(&asker),
    };
    let mut errors = Errors::default();
    errors.add("again", sentence);
    waiting(&portal, asker, &handle, StatusCode::TOO_MANY_REQUESTS, errors, false).await
}

async fn waiting(
    portal: &Portal,
    asker: Asker,
    handle: &str,
    status: StatusCode,
    errors: Errors,
    is_again: bool,
) -> Response {
    let found = match Token::parse(handle) {
        Some(token) => find_by_handle(&portal.office, &token).await,
        None => Ok(None),
    };
    let application = match found {
        Ok(Some(application)) => application,
        Ok(None) => return notice::not_found(asker).await,
        Err(_) => return notice::unavailable(&asker),
    };
    let words = Words::of(asker.language);
    let ends_at = Timestamp::from_microsecond(application.ends_at).map(time).unwrap_or_default();
    let frame = Frame::of(&asker, errors.title(words.waiting_title, asker.language));
    html(status, &WaitingPage { frame, words, errors, handle: handle.to_owned(), application, ends_at, is_again })
}

/// What became of the form.
enum Begun {
    Started(Token),
    Flawed(Vec<Flaw>),
    TooOften,
    NoFirm,
}

/// What is wrong with it, in the order of its fields.
enum Flaw {
    Secretariat,
    Detail(DetailFlaw),
}

async fn begun(portal: &Portal, asker: &Asker, kind: &str, filled: &Person) -> Result<Begun, Fault> {
    let Some(kind) = AccountType::parse(kind) else { return Ok(Begun::NoFirm) };
    let Ok(firm) = find_firm(&portal.office, kind, &filled.tax_no).await? else { return Ok(Begun::NoFirm) };
    let choices = choices(&portal.office, &firm).await?;
    let mut flaws = Vec::new();
    if !choices.is_empty() && choices.iter().all(|(code, _)| *code != filled.secretariat) {
        flaws.push(Flaw::Secretariat);
    }
    let details = match Details::parse(&filled.name, &filled.email, &filled.phone) {
        Ok(details) if flaws.is_empty() => details,
        Ok(_) => return Ok(Begun::Flawed(flaws)),
        Err(found) => {
            flaws.extend(found.into_iter().map(Flaw::Detail));
            return Ok(Begun::Flawed(flaws));
        }
    };
    if slowed(portal, asker).is_err() {
        return Ok(Begun::TooOften);
    }
    Ok(match start(&portal.office, &firm, &filled.secretariat, &details).await? {
        Starting::Started(handle) => Begun::Started(handle),
        Starting::TooOften => Begun::TooOften,
        Starting::NoSecretariat => Begun::Flawed(vec![Flaw::Secretariat]),
    })
}

/// A network that asks much is slowed down; this machine's own address is not, since behind a proxy everybody has it.
pub(crate) fn slowed(portal: &Portal, asker: &Asker) -> Result<(), i64> {
    if asker.network.is_loopback() {
        return Ok(());
    }
    portal.tries.begin(UNKNOWN_PERSON, asker.network, portal.office.clock.now()).map_err(|wait| wait.seconds)
}

/// Stands for whoever signs up or forgot the password; no user code holds a line feed.
const UNKNOWN_PERSON: &str = "\nunknown";

impl FirmPage {
    fn response(
        status: StatusCode,
        asker: &Asker,
        kind: AccountType,
        tax_no: String,
        found: Result<Option<Firm>, FirmFlaw>,
    ) -> Response {
        let words = Words::of(asker.language);
        let mut errors = Errors::default();
        if let Err(flaw) = &found {
            let sentence = match flaw {
                FirmFlaw::Form => words.tax_no_form,
                FirmFlaw::CheckDigit => words.tax_no_digit,
                FirmFlaw::Unknown if kind == AccountType::Broker => words.unknown_broker,
                FirmFlaw::Unknown => words.unknown_exporter,
            };
            errors.add("tax_no", sentence);
        }
        let frame = Frame::of(asker, errors.title(words.firm_title, asker.language));
        html(status, &Self { frame, words, errors, kind, tax_no, firm: found.unwrap_or_default() })
    }

    fn slowed(asker: &Asker, kind: AccountType, tax_no: String, seconds: i64) -> Response {
        let words = Words::of(asker.language);
        let mut errors = Errors::default();
        errors.add("tax_no", fill(words.slowed, "n", seconds));
        let frame = Frame::of(asker, errors.title(words.firm_title, asker.language));
        let page = Self { frame, words, errors, kind, tax_no, firm: None };
        ([(RETRY_AFTER, HeaderValue::from(seconds))], html(StatusCode::TOO_MANY_REQUESTS, &page)).into_response()
    }
}

impl PersonPage {
    async fn of(
        portal: &Portal,
        asker: &Asker,
        kind: &str,
        filled: Person,
        errors: Errors,
    ) -> Result<Option<Self>, Fault> {
        let words = Words::of(asker.language);
        let Some(kind) = AccountType::parse(kind) else { return Ok(None) };
        let Ok(firm) = find_firm(&portal.office, kind, &filled.tax_no).await? else { return Ok(None) };
        let choices = choices(&portal.office, &firm).await?;
        let frame = Frame::of(asker, errors.title(words.person_title, asker.language));
        Ok(Some(Self { frame, words, errors, kind, firm, choices, filled }))
    }
}

#[cfg(test)]
pub(crate) mod tests;
