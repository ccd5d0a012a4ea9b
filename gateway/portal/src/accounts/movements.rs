//! The movements of one account, as a list with its running balance, as a chart, and as a statement to keep.

use super::chart::Chart;
use super::words::Words;
use crate::list::{Cell, Column, Field, FieldKind, List, Period, ROWS_MAX, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::papers::{Asked, document};
use crate::session::{Asker, Session};
use crate::text::{Language, fill, lira};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_operations::accounts::{self, Movement, Movements, Wanted};
use ebirlik_operations::forecast::outlook;
use ebirlik_operations::papers::write_statement;
use ebirlik_store::accounts::Account;
use jiff::Timestamp;
use std::sync::Arc;

/// Chart, statement and list.
#[derive(Template)]
#[template(path = "accounts/movements.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    opening: String,
    closing: String,
    /// The address of the statement of the days shown, without its format.
    statement: String,
    chart: Chart,
    list: List,
}

/// `GET /accounts/{account}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(account): Path<String>,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let wish = Wish::of(pairs, &columns(asker.language));
    match page(&portal, (&asker, &session), &account, wish).await {
        Ok(Some(response)) => response,
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /accounts/{account}/statement`: of the days of the list, as PDF or workbook (G-72).
pub(crate) async fn statement(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(account): Path<String>,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let Asked { form, .. } = Asked::of(&pairs);
    let period = Period::of(&Wish::of(pairs, &[]), portal.office.clock.today(), asker.language);
    let made = async {
        let Some(account) = accounts::find(&portal.office, &session.client, &account).await? else { return Ok(None) };
        let (name, days) = (format!("ekstre-{}", account.name()), (period.from, period.to));
        let make =
            move |runtime: &_, office: &_, pipe: &mut _| write_statement(runtime, office, &account, days, form, pipe);
        document((&portal.office, &session.client), (&name, form), make).await.map(Some)
    };
    match made.await {
        Ok::<_, Fault>(Some(document)) => document,
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// Nothing where the account is not the firm's.
async fn page(
    portal: &Portal,
    (asker, session): (&Asker, &Session),
    name: &str,
    wish: Wish,
) -> Result<Option<Response>, Fault> {
    let (office, language) = (&portal.office, asker.language);
    let words = Words::of(language);
    let Some(account) = accounts::find(office, &session.client, name).await? else { return Ok(None) };
    let period = Period::of(&wish, office.clock.today(), language);
    let page = match wish.format() {
        None => (wish.offset(), ROWS_OF_A_PAGE),
        Some(_) => (0, ROWS_MAX),
    };
    let wanted = Wanted {
        from: period.from,
        to: period.to,
        kind: wish.filter(KIND).to_owned(),
        reference: wish.filter(REFERENCE).to_owned(),
        newest_first: wish.order().is_none_or(|(_, descending)| descending),
        page,
    };
    let found = accounts::movements(office, &account, &wanted).await?;
    let rows: Vec<Vec<Cell>> = found.lines.iter().map(|movement| row(movement, words)).collect();
    if let Some(format) = wish.format() {
        let title = (FILE, fill(words.movements_title, "account", account.name()));
        return Ok(Some(export(asker, format, title, &columns(language), rows, &wish).await));
    }
    let chart = chart(portal, &account, &found, &wanted, language).await?;
    let statement = format!("/accounts/{}/statement?{}", account.name(), period.query());
    let mut fields = period.into_fields();
    fields.extend(filters(&wish, words));
    let title = fill(words.movements_title, "account", account.name());
    let list = List::new(
        (language, format!("/accounts/{}", account.name())),
        (title.clone(), words.movements_none),
        (&columns(language), fields),
        (rows, found.total),
        wish,
    );
    let page = Page {
        frame: Frame::of(asker, title),
        words,
        opening: lira(found.opening, language),
        closing: lira(found.closing, language),
        statement,
        chart,
        list,
    };
    Ok(Some(html(StatusCode::OK, &page)))
}

async fn chart(
    portal: &Portal,
    account: &Account,
    found: &Movements,
    wanted: &Wanted,
    language: Language,
) -> Result<Chart, Fault> {
    let limit = outlook(&portal.office, account).await?.limit;
    let until = wanted.to.min(portal.office.clock.today()).max(wanted.from);
    Ok(Chart::of((wanted.from, until), found.opening, &found.days, limit, language))
}

fn filters(wish: &Wish, words: &Words) -> Vec<Field> {
    let kinds = KINDS.map(|kind| (kind.to_owned(), kind_in_words(kind, words).to_owned()));
    let field =
        |name: &'static str, label, kind| Field { name, label, kind, value: wish.filter(name).to_owned(), error: None };
    vec![field(KIND, words.kind, FieldKind::Choice(kinds.to_vec())), field(REFERENCE, words.of, FieldKind::Text)]
}

fn columns(language: Language) -> [Column; 8] {
    let words = Words::of(language);
    let column = |key, head, width, figures| Column { key, head, width, figures, sorts: false };
    [
        Column { sorts: true, ..column("at", words.booked_at, 18, false) },
        column(KIND, words.kind, 18, false),
        column(REFERENCE, words.of, 24, false),
        column("exporter", words.exporter, 14, false),
        column("declarant", words.declarant, 14, false),
        column("out", words.out, 16, true),
        column("in", words.incoming, 16, true),
        column("balance", words.after, 18, true),
    ]
}

fn row(movement: &Movement, words: &Words) -> Vec<Cell> {
    let line = &movement.line;
    let code = |text: Option<String>| text.map_or(Value::Empty, Value::Code);
    let amount = Money::from_kurus(line.amount_kurus.abs()).unwrap_or_default();
    let (out, incoming) =
        if line.amount_kurus < 0 { (Value::Lira(amount), Value::Empty) } else { (Value::Empty, Value::Lira(amount)) };
    let values = [
        Timestamp::from_microsecond(line.booked_at).map_or(Value::Empty, Value::Time),
        Value::Text(kind_in_words(&line.kind, words).to_owned()),
        code(movement.reference.clone()),
        code(line.exporter.clone()),
        code(line.declarant.clone()),
        out,
        incoming,
        Value::Lira(Money::from_kurus(line.balance_kurus).unwrap_or_default()),
    ];
    values.into_iter().map(Cell::from).collect()
}

fn kind_in_words(kind: &str, words: &Words) -> &'static str {
    match kind {
        "declaration.approved" => words.fee,
        "declaration.corrected" => words.corrected,
        "fee.refunded" => words.refunded,
        _ => words.deposited,
    }
}

/// The events that move an account.
const KINDS: [&str; 4] = ["declaration.approved", "declaration.corrected", "fee.refunded", "account.deposited"];
const KIND: &str = "kind";
const REFERENCE: &str = "reference";
/// The name of the list as a file.
const FILE: &str = "hareketler";
