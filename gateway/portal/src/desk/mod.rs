//! The officer's desk: one box, one verdict. Every question is an address, so that the page works without script;
//! `desk.js` asks for the verdict alone and saves the reload.

pub(crate) mod decisions;
pub(crate) mod list;
pub(crate) mod mark;
pub(crate) mod scanner;
mod typed;
pub(crate) mod verdict;
pub(crate) mod words;

pub(crate) use verdict::{kind_in_words, printed};

use crate::access::sign_in_first;
use crate::assets;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Texts, time};
use crate::visitor::FromAddress;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Redirect, Response};
use crypto_code::CryptoCode;
use ebirlik_documents::code_of_digits;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::tax_number::TaxNumber;
use ebirlik_operations::verify::{Asked, verify_for};
use ebirlik_operations::{Client, Role};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::sync::Arc;
use verdict::{Answer, Asking, CODE, Look, REFERENCE};
use words::Words;

/// The whole page.
#[derive(Template)]
#[template(path = "desk/page.html")]
struct Page<'a> {
    frame: Frame,
    words: &'static Words,
    scripts: [&'static str; 4],
    /// What the fields hold.
    filled: Filled,
    compare_open: bool,
    /// The field that has the focus.
    focus: &'static str,
    answer: Option<&'a Answer>,
    /// For the script: without network, and without a code.
    unreachable: &'a Answer,
    mistyped: &'a Answer,
}

/// The verdict alone, for the script.
#[derive(Template)]
#[template(path = "desk/verdict.html")]
struct Fragment<'a> {
    answer: &'a Answer,
}

/// What was asked, cleaned of what cannot be meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    #[serde(rename = "kod")]
    code: String,
    #[serde(rename = "ref")]
    reference: String,
    #[serde(rename = "ihracatci")]
    exporter: String,
    /// Anything here: only fill in the fields, so that they can be corrected.
    #[serde(rename = "duzelt")]
    only_fill: String,
}

impl Filled {
    fn cleaned(self) -> Self {
        // Scanners send control characters around what they read.
        let clean = |text: String| text.chars().filter(|letter| !letter.is_control()).collect::<String>();
        let trimmed = |text: String| clean(text).trim().to_owned();
        let code = trimmed(self.code);
        Self {
            // The digits below the bars stand for the code.
            code: code_of_digits(&code).unwrap_or(code),
            reference: trimmed(self.reference),
            exporter: clean(self.exporter).chars().filter(|letter| !is_between_digits(*letter)).collect(),
            only_fill: self.only_fill,
        }
    }

    /// The address that fills in the same again.
    fn address_to_correct(&self) -> String {
        let part = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (code, reference, exporter) = (part(&self.code), part(&self.reference), part(&self.exporter));
        format!("/desk?kod={code}&ref={reference}&ihracatci={exporter}&duzelt=1")
    }
}

/// Whether a client may come to the desk.
pub(crate) fn is_open_to(client: &Client) -> bool {
    client.roles.has_any(&[Role::Customs, Role::Staff, Role::Admin])
}

/// The officer who asks; nobody where that cannot be told now. Who may not come here, or has to sign in first and then
/// return, is sent elsewhere.
fn officer<'a>(asker: &'a Asker, back_to: &str) -> Result<Option<&'a Session>, Box<Response>> {
    match &asker.session {
        Ok(Some(session)) if is_open_to(&session.client) => Ok(Some(session)),
        Ok(Some(_)) => Err(Box::new(notice::not_allowed(asker))),
        Ok(None) => Err(Box::new(Redirect::to(&sign_in_first(back_to)).into_response())),
        Err(_) => Ok(None),
    }
}

/// `GET /desk`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    FromAddress(filled): FromAddress<Filled>,
) -> Response {
    let officer = match officer(&asker, &asker.asked_for) {
        Ok(officer) => officer,
        Err(elsewhere) => return *elsewhere,
    };
    let filled = filled.cleaned();
    let asking = asking(&portal, &asker, officer);
    let only_fill = !filled.only_fill.is_empty();
    let (status, answer) = match officer {
        Some(_) if filled.code.is_empty() || only_fill => (StatusCode::OK, None),
        Some(officer) => {
            let (status, answer) = answer(&portal, &officer.client, &asking, &filled).await;
            (status, Some(answer))
        }
        // Who it is cannot be told now, and neither can the code: the same grey as for any fault.
        None => (StatusCode::SERVICE_UNAVAILABLE, Some(Answer::unknown(&asking, &filled.code))),
    };
    // After a verdict the fields are empty for the next truck: what is left in them would be compared with its code.
    let is_done = answer.as_ref().is_some_and(|answer| !answer.keep);
    let left = if is_done { Filled::default() } else { Filled { code: printed(&filled.code), ..filled } };
    let title = answer.as_ref().map_or_else(
        || asking.text.desk_title.to_owned(),
        |answer| format!("{} - {}", answer.word, asking.text.desk_title),
    );
    let page = Page {
        frame: Frame::of(&asker, title),
        words: Words::of(asker.language),
        scripts: SCRIPTS.map(assets::Asset::address),
        compare_open: only_fill || !(left.reference.is_empty() && left.exporter.is_empty()),
        focus: if only_fill { REFERENCE } else { answer.as_ref().map_or(CODE, |answer| answer.focus) },
        filled: left,
        answer: answer.as_ref(),
        unreachable: &Answer::unknown_blank(&asking),
        mistyped: &Answer::mistyped_blank(&asking),
    };
    html(status, &page)
}

/// `GET /desk/verdict`
pub(crate) async fn show_verdict(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    FromAddress(filled): FromAddress<Filled>,
) -> Response {
    // The script then asks for the whole page, which leads to the sign-in and back.
    let officer = match officer(&asker, "/desk") {
        Ok(officer) => officer,
        Err(elsewhere) => return *elsewhere,
    };
    let filled = filled.cleaned();
    let asking = asking(&portal, &asker, officer);
    let (status, answer) = match officer {
        Some(officer) => answer(&portal, &officer.client, &asking, &filled).await,
        None => (StatusCode::SERVICE_UNAVAILABLE, Answer::unknown(&asking, &filled.code)),
    };
    ([(FRAGMENT, "verdict")], html(status, &Fragment { answer: &answer })).into_response()
}

/// What can be told without the register: that something was not typed right.
fn answer_alone(asking: &Asking, filled: &Filled) -> Option<Answer> {
    if let Err(mistyped) = CryptoCode::parse(&filled.code) {
        return Some(Answer::mistyped(asking, filled, mistyped));
    }
    let exporter = Some(&filled.exporter).filter(|exporter| !exporter.is_empty())?;
    TaxNumber::parse(exporter).err().map(|rule| Answer::doubtful_exporter(asking, filled, rule))
}

fn asked_by(filled: &Filled) -> Asked {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Asked { code: filled.code.clone(), reference: given(&filled.reference), exporter: given(&filled.exporter) }
}

async fn answer(portal: &Portal, officer: &Client, asking: &Asking, filled: &Filled) -> (StatusCode, Answer) {
    if let Some(doubt) = answer_alone(asking, filled) {
        return (StatusCode::OK, doubt);
    }
    let verification = verify_for(&portal.office, officer, &[asked_by(filled)])
        .await
        .and_then(|all| all.into_iter().next().ok_or(Fault::Unavailable));
    match verification {
        Ok(verification) => {
            let rules = portal.office.rules();
            let name = |code: &str| rules.secretariats.get(code).cloned();
            (StatusCode::OK, Answer::of(asking, filled, &verification, name))
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Answer::unknown(asking, &filled.code)),
    }
}

fn asking(portal: &Portal, asker: &Asker, officer: Option<&Session>) -> Asking {
    let text: &'static Texts = asker.language.texts();
    let officer = officer.map_or_else(String::new, |session| session.client.code.clone());
    Asking { text, officer, at: time(portal.office.clock.now()) }
}

/// Between the digits of a tax number people write spaces, dots and hyphens.
fn is_between_digits(letter: char) -> bool {
    typed::only_separates(letter)
}

/// Reading codes, hands and scanners, the desk itself, and what its officer decides.
const SCRIPTS: [&assets::Asset; 4] = [&assets::DESK_CODE, &assets::DESK_HANDS, &assets::DESK, &assets::DESK_DECISIONS];
/// Says that the answer is a part of a page. What comes without it is not put into the page.
const FRAGMENT: HeaderName = HeaderName::from_static("x-fragment");

#[cfg(test)]
mod tests;
