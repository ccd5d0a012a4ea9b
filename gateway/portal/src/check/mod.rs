//! Is this slip genuine? For everybody who holds one, without a sign-in: its code and its exporter's tax number, and then
//! what it has to say, so that paper and register can be compared.

pub(crate) mod list;

use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::{day, fill, lira, time, words};
use crate::visitor::FromAddress;
use crate::{Portal, desk};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use crypto_code::CryptoCode;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::tax_number::TaxNumber;
use ebirlik_operations::slips::{SlipContent, check_slip, code_of_slip};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "check/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    filled: Filled,
    /// Nothing before anything was asked.
    answer: Option<Answer>,
}

/// What the register says.
struct Answer {
    is_genuine: bool,
    /// As they stand on the slip, in its order; names are Turkish on any page.
    lines: Vec<(&'static str, String)>,
    asked_at: String,
}

/// What was asked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    #[serde(rename = "kod")]
    code: String,
    #[serde(rename = "vkn")]
    exporter: String,
}

/// `GET /check`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    FromAddress(filled): FromAddress<Filled>,
) -> Response {
    let words = Words::of(asker.language);
    let is_asked = !(filled.code.trim().is_empty() && filled.exporter.trim().is_empty());
    let exporter: String = filled.exporter.chars().filter(|letter| !letter.is_whitespace()).collect();
    let mut errors =
        if is_asked { wrong(&filled, &exporter, words, asker.language.texts()) } else { Errors::default() };
    let mut status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut answer = None;
    if is_asked && errors.is_empty() {
        let guesser = format!("slip {}", asker.network);
        if let Ok(found) = check_slip(&portal.office, &guesser, &filled.code, &exporter).await {
            answer = Some(Answer::of(&portal, &asker, words, found.as_ref()));
        } else {
            status = StatusCode::SERVICE_UNAVAILABLE;
            errors.add("kod", words.unavailable);
        }
    }
    let title = errors.title(words.title, asker.language);
    html(status, &Page { frame: Frame::of(&asker, title), words, errors, filled, answer })
}

fn wrong(filled: &Filled, exporter: &str, words: &Words, text: &crate::text::Texts) -> Errors {
    let mut errors = Errors::default();
    if code_of_slip(&filled.code).is_none() {
        let place = CryptoCode::parse(&filled.code).err().and_then(|mistyped| mistyped.typo_at);
        errors.add("kod", place.map_or_else(|| words.mistyped.to_owned(), |place| fill(text.mistyped_at, "n", place)));
    }
    if let Err(rule) = TaxNumber::parse(exporter) {
        errors.add("vkn", if rule == Rule::CheckDigit { text.tax_number_digit } else { text.tax_number_form });
    }
    errors
}

impl Answer {
    fn of(portal: &Portal, asker: &Asker, words: &'static Words, found: Option<&SlipContent>) -> Self {
        let lines = found.map(|slip| lines(asker, words, slip)).unwrap_or_default();
        Self { is_genuine: found.is_some(), lines, asked_at: time(portal.office.clock.now()) }
    }
}

fn lines(asker: &Asker, words: &'static Words, slip: &SlipContent) -> Vec<(&'static str, String)> {
    let text = asker.language.texts();
    let until = slip.valid_until.map(|last| (text.valid_until, day(last)));
    let lines = [
        (text.code, desk::printed(&slip.code)),
        (text.secretariat, format!("{} ({})", slip.secretariat_name, slip.secretariat)),
        (words.exporter, slip.exporter.clone()),
        (words.declarant, slip.declarant.clone()),
        (text.reference, slip.reference.clone()),
        (text.record_no, slip.record_no.clone()),
        (text.approved_at, time(slip.approved_at)),
        (text.kind, desk::kind_in_words(text, slip.kind).to_owned()),
        (words.fee, lira(slip.fee, asker.language)),
    ];
    lines.into_iter().chain(until).collect()
}

words! {
    Words;
    title: "Bilgi fişi sorgulama", "Check an information slip";
    lede: "Elinizdeki bilgi fişinin gerçek olup olmadığını öğrenin. Fişteki kodu ve ihracatçının vergi numarasını yazın; kayıttaki bilgileri kâğıttakilerle karşılaştırın.", "Find out whether the information slip in your hand is genuine. Enter its code and the exporter's tax number, and compare what the register says with the paper.";
    code: "Fişteki kod", "Code on the slip";
    code_hint: "16 karakter ya da barkodun altındaki 26 rakam.", "16 characters, or the 26 digits below the bars.";
    exporter_no: "İhracatçının vergi numarası", "The exporter's tax number";
    check: "Sorgula", "Check";
    mistyped: "Kodu fişle karşılaştırın: 16 karakter ya da 26 rakam olmalı.", "Compare the code with the slip: it has 16 characters, or 26 digits.";
    genuine: "FİŞ GERÇEK", "THE SLIP IS GENUINE";
    genuine_do: "Aşağıdakiler kâğıttakilerle aynı olmalı. Farklı bir satır varsa kâğıt değiştirilmiştir.", "What follows has to be the same as on the paper. Where a line differs, the paper was altered.";
    unknown: "BÖYLE BİR FİŞ YOK", "THERE IS NO SUCH SLIP";
    unknown_do: "Bu kod ve vergi numarasıyla kayıtlı bir fiş yok. İkisine de bir kez daha bakın; doğruysa kâğıda güvenmeyin.", "No slip is recorded with this code and tax number. Look at both once more; if they are right, do not trust the paper.";
    limits: "Bu sayfa fişte yazanı gösterir; onayın bugün geçerli olup olmadığını söylemez.", "This page shows what the slip says; it does not tell whether the approval is valid today.";
    exporter: "İhracatçı", "Exporter";
    declarant: "Beyan sahibi", "Declarant";
    fee: "Nispi aidat", "Proportional fee";
    list: "Basılı liste doğrulama", "Check a printed list";
    unavailable: "Kayıtlara ulaşılamadı. Bu, fişin gerçek olmadığını göstermez; birazdan yeniden deneyin.", "The records could not be reached. That does not mean that the slip is not genuine; try again soon.";
}

#[cfg(test)]
mod tests;
