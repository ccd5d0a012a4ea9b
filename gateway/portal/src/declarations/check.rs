//! Check your answers: what a message says, what it costs and what to know, before it is sent. The message travels in the
//! form itself, so nothing is kept of what was only tried out, and the form may be sent again after a break.

use super::price::PriceView;
use super::words::{Words as Shared, country};
use crate::form::{Errors, told};
use crate::list::Value;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{self, Language, words};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::Trial;
use ebirlik_operations::sending::{Facts, Sent};

/// The page.
#[derive(Template)]
#[template(path = "declarations/check.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    shared: &'static Shared,
    errors: Errors,
    token: String,
    facts: Vec<(&'static str, String)>,
    items: Vec<(String, String, String, String)>,
    more: usize,
    price: PriceView,
    notices: Vec<String>,
    /// What is sent, where it may be.
    message: Option<String>,
    /// Where the way back leads, and what it carries.
    edit: &'static str,
    edited: Vec<(String, String)>,
}

/// The page of a message that was tried out and is sound. `edited` is what the form before it held.
pub(crate) fn page(
    asker: &Asker,
    session: &Session,
    (sent, trial): (&Sent, &Trial),
    (edit, edited): (&'static str, Vec<(String, String)>),
) -> Response {
    let language = asker.language;
    let words = Words::of(language);
    let mut errors = Errors::default();
    if sent.message.is_none() {
        errors.add("main", words.is_test);
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let items = sent.facts.items.iter().take(ITEMS_SHOWN).map(|[number, gtip, weight, amount, currency]| {
        let figure = |text: &str, unit: &str| Value::Amount(text.to_owned(), unit.to_owned()).shown(language);
        (number.clone(), text::gtip(gtip), figure(weight, "kg"), figure(amount, currency))
    });
    let page = Page {
        frame: Frame::of(asker, errors.title(words.title, language)),
        words,
        shared: Shared::of(language),
        errors,
        token: session.token(),
        facts: facts(&sent.facts, language),
        items: items.collect(),
        more: sent.facts.items.len().saturating_sub(ITEMS_SHOWN),
        price: PriceView::of(&trial.price, false, language),
        notices: sent.findings.iter().map(|notice| told(notice, language)).collect(),
        message: sent.message.clone(),
        edit,
        edited,
    };
    html(status, &page)
}

fn facts(facts: &Facts, language: Language) -> Vec<(&'static str, String)> {
    let (words, shared) = (Words::of(language), Shared::of(language));
    let exporter = if facts.exporter_title.is_empty() {
        facts.exporter.clone()
    } else {
        format!("{} · {}", facts.exporter_title, facts.exporter)
    };
    let invoice = Value::Amount(facts.invoice_total.clone(), facts.invoice_currency.clone()).shown(language);
    vec![
        (shared.reference, facts.reference.clone()),
        (shared.exporter, exporter),
        (shared.secretariat, facts.secretariat.clone()),
        (words.payment, if facts.waits { words.waits } else { words.from_account }.to_owned()),
        (words.regime, facts.regime.clone()),
        (words.office, facts.office.clone()),
        (shared.destination, country(&facts.destination, language)),
        (words.delivery_term, facts.delivery_term.clone()),
        (shared.invoice, invoice),
    ]
}

/// Items on the page.
const ITEMS_SHOWN: usize = 100;

words! {
    Words;
    title: "Göndermeden önce kontrol edin", "Check before you send";
    lede: "Prova bitti: beyannamede hata bulunmadı. Henüz hiçbir şey kaydedilmedi.", "The dry run is done: no error was found in the declaration. Nothing is recorded yet.";
    payment: "Ödeme", "Payment";
    from_account: "Cari hesaptan, gönderince", "From the current account, when sent";
    waits: "Kaydedilsin, ödemesi beklesin", "Record it, and let the payment wait";
    regime: "Rejim", "Regime";
    office: "Gümrük idaresi", "Customs office";
    delivery_term: "Teslim şekli", "Delivery term";
    items: "Kalemler", "Items";
    number: "Kalem no", "Item number";
    weight: "Net ağırlık", "Net weight";
    amount: "Fatura tutarı", "Invoice amount";
    more_items: "Gösterilmeyen kalem sayısı: {n}", "Items not shown: {n}";
    know: "Bilmeniz gerekenler", "What you should know";
    again: "Bağlantı koparsa bu formu yeniden gönderebilirsiniz: aynı referans iki kez onaylanmaz, iki kez ücret alınmaz.", "If the connection breaks you may send this form again: one reference is never approved twice and never charged twice.";
    send: "Gönder", "Send";
    edit: "Düzelt", "Change";
    is_test: "Mesaj deneme işaretli olduğundan gönderilmedi. Göndermek için deneme işaretini kaldırın.", "The message is marked as a test and was not sent. To send it, take the mark away.";
}
