//! Powers of attorney: an exporter's own and a broker's, how they are applied for, decided on, ended and frozen, and what
//! was done by them. Source: P-4.7, P-5.4, S-4.

pub(crate) mod activity;
pub(crate) mod application;
pub(crate) mod held;
pub(crate) mod new;
pub(crate) mod staff;
#[cfg(test)]
mod tests;
mod words;

use crate::list::{Cell, Column, Field, FieldKind, List, ROWS_MAX, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::session::{Asker, Audience};
use crate::text::{Language, day, fill, time};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ebirlik_operations::powers::{self, Entry, EntryId, Order, PowerState, Search};
use ebirlik_operations::uploads::FileKind;
use ebirlik_store::power_applications::ApplicationRow;
use ebirlik_store::powers::{PowerKey, PowerRow};
use ebirlik_store::uploads::Upload;
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::Arc;
use words::Words;

/// The list of a firm.
#[derive(Template)]
#[template(path = "powers/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    is_exporter: bool,
    list: List,
}

/// What the small forms about a power send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    act: String,
    reason: String,
    /// The power to go back to.
    key: String,
}

/// What was done a moment ago, for the page that tells it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Done {
    done: String,
}

/// A line of facts.
type Fact = (&'static str, String);

/// `GET /powers`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let is_exporter = session.audience == Some(Audience::Exporter);
    let words = Words::of(asker.language);
    let columns = columns(words, if is_exporter { words.broker } else { words.exporter }, false);
    let wish = Wish::of(pairs, &columns);
    let search = search(&wish, if is_exporter { Order::Declarant } else { Order::Exporter }, None);
    let Ok(entries) = powers::list(&portal.office, &session.client, &search).await else {
        return notice::unavailable(&asker);
    };
    let row = |entry: &Entry| {
        let other = if is_exporter { &entry.declarant } else { &entry.exporter };
        row(entry, &[other], &address(entry), asker.language)
    };
    let list =
        match listed(&portal, &asker, "/powers", (words.title, words.none), &columns, (&entries, wish), row).await {
            Ok(list) => list,
            Err(file) => return *file,
        };
    html(StatusCode::OK, &Page { frame: Frame::of(&asker, words.title), words, is_exporter, list })
}

/// A page of a list that is in memory, or all of it as a file.
async fn listed(
    portal: &Portal,
    asker: &Asker,
    path: &'static str,
    (title, none): (&'static str, &'static str),
    columns: &[Column],
    (entries, wish): (&[Entry], Wish),
    row: impl Fn(&Entry) -> Vec<Cell>,
) -> Result<List, Box<Response>> {
    if let Some(format) = wish.format() {
        let rows = entries.iter().take(ROWS_MAX as usize).map(row).collect();
        let name = ("vekaletnameler", title.to_owned());
        return Err(Box::new(export(asker, format, name, columns, rows, &wish).await));
    }
    let skipped = usize::try_from(wish.offset()).unwrap_or(usize::MAX);
    let rows = entries.iter().skip(skipped).take(ROWS_OF_A_PAGE as usize).map(row).collect();
    let fields = fields(portal, asker.language, &wish);
    let total = entries.len() as u64;
    Ok(List::new((asker.language, path), (title, none), (columns, fields), (rows, total), wish))
}

fn columns(words: &'static Words, firm: &'static str, both: bool) -> Vec<Column> {
    let column = |key, head, width, sorts| Column { key, head, width, figures: false, sorts };
    let mut columns = vec![column("firm", firm, 40, true), column("tax_no", words.tax_no, 12, false)];
    if both {
        columns.extend([column("holder", words.broker, 40, true), column("holder_no", words.tax_no, 12, false)]);
    }
    columns.extend([
        column("secretariat", words.scope, 12, true),
        column("from", words.from, 12, true),
        column("to", words.to, 12, true),
        column("state", words.state, 14, true),
        column("made", words.made_at, 16, true),
    ]);
    columns
}

fn fields(portal: &Portal, language: Language, wish: &Wish) -> Vec<Field> {
    let words = Words::of(language);
    let states = PowerState::ALL.map(|state| (state.as_str().to_owned(), words::state(state, language).1.to_owned()));
    let secretariats = portal.office.rules().secretariats.keys().map(|code| (code.clone(), code.clone())).collect();
    let field = |name, label, kind| Field { name, label, kind, value: wish.filter(name).to_owned(), error: None };
    vec![
        field("firm", words.search, FieldKind::Text),
        field("state", words.state, FieldKind::Choice(states.to_vec())),
        field("secretariat", words.scope, FieldKind::Choice(secretariats)),
    ]
}

/// What a wish asks of the store; `firm` is what the first column is sorted by.
fn search(wish: &Wish, firm: Order, state: Option<PowerState>) -> Search<'_> {
    let order = match wish.order() {
        Some(("firm", descending)) => (firm, descending),
        Some(("holder", descending)) => (Order::Declarant, descending),
        Some(("secretariat", descending)) => (Order::Scope, descending),
        Some(("from", descending)) => (Order::From, descending),
        Some(("to", descending)) => (Order::To, descending),
        Some(("made", descending)) => (Order::Made, descending),
        Some(("state", descending)) => (Order::State, descending),
        _ => (Order::State, false),
    };
    let state = PowerState::parse(wish.filter("state")).or(state);
    Search { text: wish.filter("firm"), state, secretariat: wish.filter("secretariat"), order }
}

fn row(entry: &Entry, firms: &[&(String, String)], link: &str, language: Language) -> Vec<Cell> {
    let words = Words::of(language);
    let (class, word) = words::state(entry.state, language);
    let date = |text: &str| text.parse::<Date>().map_or(Value::Empty, Value::Day);
    let is_endless = entry.valid_to.is_empty() && entry.state != PowerState::Draft;
    let mut cells: Vec<Cell> = Vec::new();
    for (tax_no, title) in firms {
        let link = cells.is_empty().then(|| link.to_owned());
        cells.push(Cell { value: Value::Text(title.clone()), link });
        cells.push(Value::Code(tax_no.clone()).into());
    }
    let scope = if entry.scope == "*" { words.everywhere.to_owned() } else { entry.scope.clone() };
    cells.extend([
        Value::Text(scope).into(),
        date(&entry.valid_from).into(),
        if is_endless { Value::Text(words.no_end.to_owned()) } else { date(&entry.valid_to) }.into(),
        Value::Tag(class, word.to_owned()).into(),
        entry.made_at.map_or(Value::Empty, Value::Time).into(),
    ]);
    cells
}

/// Where an entry is shown to its firms.
fn address(entry: &Entry) -> String {
    match &entry.id {
        EntryId::Power(key) => format!("/powers/held/{}", written(key)),
        EntryId::Application(id) => format!("/powers/applications/{id}"),
    }
}

/// A power's name in addresses: `1234567890.9876543217.IMMIB.2026-01-01`, with `all` for every secretariat.
fn written(key: &PowerKey) -> String {
    let scope = if key.secretariat == "*" { ALL } else { &key.secretariat };
    [&key.exporter, &key.declarant, scope, &key.valid_from].join(".")
}

/// A power from its name in an address.
fn parse_key(text: &str) -> Option<PowerKey> {
    let mut parts = text.split('.').map(str::to_owned);
    let (exporter, declarant, scope, valid_from) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let secretariat = if scope == ALL { "*".to_owned() } else { scope };
    parts.next().is_none().then_some(PowerKey { exporter, declarant, secretariat, valid_from })
}

/// An application from its number in an address; 0 is nobody's.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}

/// What an application says.
fn facts_of_application(portal: &Portal, row: &ApplicationRow, language: Language) -> Vec<Fact> {
    let words = Words::of(language);
    let file = if row.file_name.is_empty() { words.unnamed.to_owned() } else { row.file_name.clone() };
    let mut facts = vec![
        (words.number, row.id.to_string()),
        (words.exporter, format!("{} · {}", row.exporter_title, row.exporter)),
        (words.broker, format!("{} · {}", row.declarant_title, row.declarant)),
        (words.secretariat, named(portal, &row.secretariat, language)),
        (words.scope, named(portal, &row.scope, language)),
        (words.from, shown_day(&row.valid_from, language)),
        (words.to, shown_day(&row.valid_to, language)),
        (words.refunds_short, (if row.takes_refunds == 1 { words.yes } else { words.no }).to_owned()),
        (words.paper, file),
    ];
    if let (Ok(made_at), true) = (row.made_at(), row.state != "draft") {
        facts.push((words.made_at, time(made_at)));
    }
    if let (Ok(Some(decided_at)), true) = (row.decided_at(), row.state != "draft") {
        facts.push((words.decided_at, time(decided_at)));
    }
    if !row.reason.is_empty() {
        facts.push((words.reason, row.reason.clone()));
    }
    facts
}

/// What a power of the register says.
fn facts_of_power(portal: &Portal, power: &PowerRow, language: Language) -> Vec<Fact> {
    let words = Words::of(language);
    let mut facts = vec![
        (words.exporter, format!("{} · {}", power.exporter_title, power.exporter)),
        (words.broker, format!("{} · {}", power.declarant_title, power.declarant)),
        (words.scope, named(portal, &power.secretariat, language)),
        (words.from, shown_day(&power.valid_from, language)),
        (words.to, shown_day(&power.valid_to, language)),
        (words.refunds_short, (if power.takes_refunds == 1 { words.yes } else { words.no }).to_owned()),
    ];
    if let Ok(Some(at)) = power.revoked_at() {
        facts.extend([(words.revoked_at, time(at)), (words.revoked_by, power.revoked_by.clone())]);
    }
    if !power.revoke_reason.is_empty() {
        facts.push((words.reason, power.revoke_reason.clone()));
    }
    facts
}

fn shown_day(text: &str, language: Language) -> String {
    text.parse::<Date>().map_or_else(|_| Words::of(language).no_end.to_owned(), day)
}

/// A secretariat by its code and name.
fn named(portal: &Portal, secretariat: &str, language: Language) -> String {
    if secretariat == "*" {
        return Words::of(language).everywhere.to_owned();
    }
    match portal.office.rules().secretariats.get(secretariat) {
        Some(name) => format!("{secretariat} · {name}"),
        None => secretariat.to_owned(),
    }
}

/// A paper as a file to keep, never as a page.
fn attachment(upload: Upload, id: i64) -> Response {
    let ending = FileKind::of_media_type(&upload.media_type).map_or("bin", FileKind::ending);
    let disposition = format!("attachment; filename=\"vekaletname-{id}.{ending}\"");
    ([(CONTENT_TYPE, upload.media_type), (CONTENT_DISPOSITION, disposition)], upload.bytes).into_response()
}

/// "X A.Ş. adına", above a final button.
fn on_behalf(frame: &Frame, words: &Words) -> String {
    frame.acting().map(|acting| fill(words.on_behalf, "firm", &acting.title)).unwrap_or_default()
}

const ALL: &str = "all";
