//! Receipts of what a firm paid or declared: as a list, one by one with its refunds, and on paper.

mod one;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use one::{paper, show as show_one};

use crate::list::{Cell, Column, Field, FieldKind, List, Period, ROWS_MAX, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::papers::{Asked, document};
use crate::session::{Asker, Session};
use crate::text::{Language, fill, lira};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_operations::papers::{Wanted, period, write_receipts};
use ebirlik_store::receipts::{FoundReceipt, ReceiptFilter, ReceiptOrder};
use jiff::Timestamp;
use std::sync::Arc;
use words::Words;

/// The list and its papers.
#[derive(Template)]
#[template(path = "receipts/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    /// The address of the papers of everything that is listed; none where nothing is.
    papers: Option<String>,
    list: List,
}

/// `GET /receipts`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let wish = Wish::of(pairs, &columns(asker.language));
    page(&portal, (&asker, &session), wish).await.unwrap_or_else(|_| notice::unavailable(&asker))
}

/// `GET /receipts/papers`: everything that the list's filter takes, as one document (G-73).
pub(crate) async fn papers(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let Asked { form, paper, slip } = Asked::of(&pairs);
    let wish = Wish::of(pairs, &[]);
    let days = Period::of(&wish, portal.office.clock.today(), asker.language);
    let wanted = Wanted { filter: filter(&wish, &days, &session), year: 0, slip, paper, form };
    let client = session.client.clone();
    let make = move |runtime: &_, office: &_, pipe: &mut _| write_receipts(runtime, office, &client, &wanted, pipe);
    document((&portal.office, &session.client), (FILE, form), make)
        .await
        .unwrap_or_else(|_| notice::unavailable(&asker))
}

async fn page(portal: &Portal, (asker, session): (&Asker, &Session), wish: Wish) -> Result<Response, Fault> {
    let (office, language) = (&portal.office, asker.language);
    let words = Words::of(language);
    office.catch_up().await?;
    let days = Period::of(&wish, office.clock.today(), language);
    let filter = filter(&wish, &days, session);
    let (by, descending) = wish.order().unwrap_or((TIME, true));
    let order = ReceiptOrder { by_amount: by == AMOUNT, descending };
    let page = wish.format().map_or((wish.offset(), ROWS_OF_A_PAGE), |_| (0, ROWS_MAX));
    let (found, total) = office.store.find_receipts(&session.client.firm, &filter, order, page).await?;
    let rows: Vec<Vec<Cell>> = found.iter().map(|receipt| row(receipt, words, language)).collect();
    if let Some(format) = wish.format() {
        let title = (FILE, words.title.to_owned());
        return Ok(export(asker, format, title, &columns(language), rows, &wish).await);
    }
    let papers = (!rows.is_empty()).then(|| address_of_papers(&wish, &days));
    let mut fields = days.into_fields();
    fields.extend(filters(portal, &wish, session, words));
    let list = List::new(
        (language, "/receipts"),
        (words.title, words.none),
        (&columns(language), fields),
        (rows, total),
        wish,
    );
    Ok(html(StatusCode::OK, &Page { frame: Frame::of(asker, words.title), words, papers, list }))
}

/// Whoever acts by an exporter's power sees what it declared for that exporter.
fn filter(wish: &Wish, days: &Period, session: &Session) -> ReceiptFilter {
    let (from, until) = period(days.from, days.to);
    let exporter = session.exporter().unwrap_or_else(|| wish.filter(EXPORTER));
    ReceiptFilter {
        from,
        until,
        exporter: exporter.to_owned(),
        declarant: wish.filter(DECLARANT).to_owned(),
        secretariat: wish.filter(SECRETARIAT).to_owned(),
    }
}

fn address_of_papers(wish: &Wish, days: &Period) -> String {
    let named = [EXPORTER, DECLARANT, SECRETARIAT].map(|name| (name, wish.filter(name)));
    let named = named.into_iter().filter(|(_, value)| !value.is_empty());
    let written = named.map(|(name, value)| {
        format!("&{name}={}", percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC))
    });
    format!("/receipts/papers?{}{}", days.query(), written.collect::<String>())
}

fn filters(portal: &Portal, wish: &Wish, session: &Session, words: &Words) -> Vec<Field> {
    let secretariats = portal.office.rules().secretariats.keys().map(|code| (code.clone(), code.clone())).collect();
    let field =
        |name: &'static str, label, kind| Field { name, label, kind, value: wish.filter(name).to_owned(), error: None };
    let mut fields = Vec::new();
    if session.exporter().is_none() {
        fields.push(field(EXPORTER, words.exporter_no, FieldKind::Text));
    }
    fields.push(field(DECLARANT, words.declarant_no, FieldKind::Text));
    fields.push(field(SECRETARIAT, words.secretariat, FieldKind::Choice(secretariats)));
    fields
}

fn columns(language: Language) -> [Column; 8] {
    let words = Words::of(language);
    let column = |key, head, width, figures, sorts| Column { key, head, width, figures, sorts };
    [
        column("number", words.number, 20, false, false),
        column(TIME, words.paid_at, 18, false, true),
        column(AMOUNT, words.amount, 16, true, true),
        column("reference", words.reference, 24, false, false),
        column(EXPORTER, words.exporter, 14, false, false),
        column(DECLARANT, words.declarant, 14, false, false),
        column(SECRETARIAT, words.secretariat, 12, false, false),
        column("refund", words.refund, 26, false, false),
    ]
}

fn row(receipt: &FoundReceipt, words: &Words, language: Language) -> Vec<Cell> {
    let (name, lira_of) = (receipt.name(), |kurus| Money::from_kurus(kurus).unwrap_or_default());
    let link = Some(format!("/receipts/{name}"));
    let rest = [
        Timestamp::from_microsecond(receipt.paid_at).map_or(Value::Empty, Value::Time),
        Value::Lira(lira_of(receipt.amount_kurus)),
        Value::Code(receipt.reference.clone()),
        Value::Code(receipt.exporter.clone()),
        Value::Code(receipt.declarant.clone()),
        Value::Text(receipt.secretariat.clone()),
        match (receipt.pending_kurus, receipt.refunded_kurus) {
            (0, 0) => Value::Empty,
            (0, given) => Value::Tag("good", fill(words.refunded, "sum", lira(lira_of(given), language))),
            (pending, _) => Value::Tag("warn", fill(words.pending, "sum", lira(lira_of(pending), language))),
        },
    ];
    std::iter::once(Cell { value: Value::Code(name), link }).chain(rest.into_iter().map(Cell::from)).collect()
}

const TIME: &str = "at";
const AMOUNT: &str = "amount";
const EXPORTER: &str = "exporter";
const DECLARANT: &str = "declarant";
const SECRETARIAT: &str = "secretariat";
/// The name of the list, and of its papers, as files.
const FILE: &str = "makbuzlar";
