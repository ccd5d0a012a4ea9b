//! The declarations of a firm: the list with its filters and files.
//!
//! Beside it lie one declaration's whole story (`detail`), giving it up (`withdraw`), and the two ways to send one in the
//! browser: customs' file (`send`) and a form (`fill`), which meet in the same check (`check`).

pub(crate) mod check;
pub(crate) mod detail;
pub(crate) mod fill;
pub(crate) mod price;
pub(crate) mod send;
pub(crate) mod withdraw;
pub(crate) mod words;

use crate::list::{Cell, Column, Field, FieldKind, List, ROWS_MAX, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, day, words};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use crypto_code::CryptoCode;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State as Standing;
use ebirlik_operations::listing::{self, Listed, Order, Side, Summary, Wanted};
use ebirlik_operations::sending::may_send;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use std::sync::Arc;
use words::Words as Shared;

/// The list, and the way to send another one.
#[derive(Template)]
#[template(path = "declarations/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    shared: &'static Shared,
    list: List,
    sends: bool,
}

/// `GET /declarations`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    answer(&portal, &asker, &session, pairs).await.unwrap_or_else(|_| notice::unavailable(&asker))
}

async fn answer(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    pairs: Vec<(String, String)>,
) -> Result<Response, Fault> {
    let (language, words) = (asker.language, Words::of(asker.language));
    let columns = columns(words, Shared::of(language));
    let wish = Wish::of(pairs, &columns);
    let days = Days::of(&wish, portal.office.clock.today());
    let format = wish.format();
    let (limit, offset) = if format.is_some() { (ROWS_MAX, 0) } else { (ROWS_OF_A_PAGE, wish.offset()) };
    listing::catch_up(&portal.office).await?;
    let wanted = wanted(&wish, &days, language, (limit, offset));
    let Listed { rows, total, titles } =
        listing::list(&portal.office, &session.client, session.exporter(), &wanted).await?;
    let subject = session.exporter().unwrap_or(&session.client.firm);
    let title = |number: &str| titles.get(number).cloned().unwrap_or_else(|| number.to_owned());
    let rows = rows.iter().map(|row| cells(row, (subject, &session.client.firm), title, language)).collect();
    if let Some(format) = format {
        let name = ("beyannameler", words.title.to_owned());
        return Ok(export(asker, format, name, &columns, rows, &wish).await);
    }
    let fields = fields(portal, &wish, &days, language);
    let list =
        List::new((language, "/declarations"), (words.title, words.none), (&columns, fields), (rows, total), wish);
    let frame = Frame::of(asker, words.title);
    let page = Page { frame, words, shared: Shared::of(language), list, sends: may_send(&session.client) };
    Ok(html(StatusCode::OK, &page))
}

fn columns(words: &'static Words, shared: &'static Shared) -> Vec<Column> {
    let column = |key, head, width| Column { key, head, width, figures: false, sorts: false };
    let sorted = |key, head, width| Column { sorts: true, ..column(key, head, width) };
    vec![
        sorted("date", words.date, 17),
        sorted("reference", shared.reference, 22),
        column("secretariat", shared.secretariat, 12),
        sorted("destination", shared.destination, 18),
        Column { figures: true, ..column("invoice", shared.invoice, 18) },
        Column { figures: true, ..sorted("fee", shared.fee, 14) },
        sorted("state", shared.state, 20),
        column("party", words.party, 34),
        column("side", words.side, 20),
        column("code", shared.code, 21),
    ]
}

fn wanted(wish: &Wish, days: &Days, language: Language, (limit, offset): (u32, u64)) -> Wanted {
    let (key, descending) = wish.order().unwrap_or(("date", true));
    let order = match key {
        "reference" => Order::Reference,
        "fee" => Order::Fee,
        "state" => Order::State,
        "destination" if language == Language::English => Order::CountryEnglish,
        "destination" => Order::CountryTurkish,
        _ => Order::Time,
    };
    Wanted {
        from: days.from,
        to: days.to,
        secretariat: wish.filter("secretariat").to_owned(),
        destination: wish.filter("destination").to_owned(),
        state: wish.filter("state").to_owned(),
        sought: wish.filter("reference").to_owned(),
        side: Side::ALL.into_iter().find(|side| side.as_str() == wish.filter("side")),
        order: (order, descending),
        limit,
        offset,
    }
}

fn cells(
    row: &Summary,
    (subject, firm): (&str, &str),
    title: impl Fn(&str) -> String,
    language: Language,
) -> Vec<Cell> {
    let shared = Shared::of(language);
    let other = if row.exporter == firm { &row.declarant } else { &row.exporter };
    let sides: Vec<_> = Side::of(row, subject).into_iter().map(|side| words::side_in_words(side, shared)).collect();
    let (class, state) = words::state_in_words(&row.state, shared);
    let invoice = match row.invoice_total.as_str() {
        "" => Value::Empty,
        total => Value::Amount(total.to_owned(), row.invoice_currency.clone()),
    };
    let code = CryptoCode::parse(&row.code).map_or(Value::Empty, |code| Value::Code(code.printed()));
    vec![
        Value::Time(Timestamp::from_microsecond(row.received_at).unwrap_or_default()).into(),
        Cell { value: Value::Code(row.reference.clone()), link: Some(address_of(row.declaration_id)) },
        Value::Text(row.secretariat.clone()).into(),
        Value::Text(words::country(&row.destination, language)).into(),
        invoice.into(),
        row.fee_kurus.and_then(Money::from_kurus).map_or(Value::Empty, Value::Lira).into(),
        Value::Tag(class, state.to_owned()).into(),
        Value::Text(title(other)).into(),
        Value::Text(sides.join(", ")).into(),
        code.into(),
    ]
}

fn fields(portal: &Portal, wish: &Wish, days: &Days, language: Language) -> Vec<Field> {
    let (words, shared) = (Words::of(language), Shared::of(language));
    let field = |name, label, kind| Field { name, label, kind, value: wish.filter(name).to_owned(), error: None };
    let rules = portal.office.rules();
    let secretariats = rules.secretariats.iter().map(|(code, name)| (code.clone(), format!("{code} · {name}")));
    let sides = Side::ALL.map(|side| (side.as_str().to_owned(), words::side_in_words(side, shared).to_owned()));
    let states =
        STATES.map(|state| (state.as_str().to_owned(), words::state_in_words(state.as_str(), shared).1.to_owned()));
    let date = |name, label, shown: &str, wrong: bool| Field {
        value: shown.to_owned(),
        error: wrong.then_some(words.no_day),
        ..field(name, label, FieldKind::Day)
    };
    vec![
        date("from", words.from, &days.from_shown, days.from_is_wrong),
        date("to", words.to, &days.to_shown, days.to_is_wrong),
        field("secretariat", shared.secretariat, FieldKind::Choice(secretariats.collect())),
        field("side", words.side, FieldKind::Choice(sides.to_vec())),
        field("destination", shared.destination, FieldKind::Choice(words::country_choices(language))),
        field("state", shared.state, FieldKind::Choice(states.to_vec())),
        field("reference", words.sought, FieldKind::Text),
    ]
}

/// The days that are shown: as wished, else the last thirty.
#[derive(Debug, PartialEq, Eq)]
struct Days {
    from: Date,
    to: Date,
    from_shown: String,
    to_shown: String,
    from_is_wrong: bool,
    to_is_wrong: bool,
}

impl Days {
    fn of(wish: &Wish, today: Date) -> Self {
        let read = |typed: &str, otherwise: Date| match (typed, parse_day(typed)) {
            ("", _) => (otherwise, day(otherwise), false),
            (_, Some(found)) => (found, day(found), false),
            (typed, None) => (otherwise, typed.to_owned(), true),
        };
        let (to, to_shown, to_is_wrong) = read(wish.filter("to"), today);
        let (from, from_shown, from_is_wrong) = read(wish.filter("from"), before(to));
        Self { from, to, from_shown, to_shown, from_is_wrong, to_is_wrong }
    }
}

/// The first of thirty days that end with this one.
pub(crate) fn before(last: Date) -> Date {
    last.saturating_sub(Span::new().days(29))
}

/// `21.11.2026`, also `1.2.2026`.
fn parse_day(typed: &str) -> Option<Date> {
    let mut parts = typed.split('.').map(str::trim);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next().filter(|year| year.len() == 4)?);
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    parts.next().is_none().then_some(date)
}

/// A declaration's page.
pub(crate) fn address_of(id: i64) -> String {
    format!("/declarations/{id}")
}

/// States to choose from. What customs registered is approved.
const STATES: [Standing; 5] =
    [Standing::Approved, Standing::Cancelled, Standing::Withdrawn, Standing::WaitingPayment, Standing::AtDesk];

words! {
    Words;
    title: "Beyannameler", "Declarations";
    lede: "Firmanızın ihracatçı ya da beyan sahibi olduğu beyannameler. Süzgeç boşken son otuz gün gösterilir.", "Declarations of which your firm is exporter or declarant. Without a filter the last thirty days are shown.";
    none: "Bu süzgece uyan beyanname yok.", "No declaration passes these filters.";
    date: "Tarih", "Date";
    party: "Karşı taraf", "Other party";
    side: "Tip", "Type";
    from: "Başlangıç", "From";
    to: "Bitiş", "To";
    sought: "Referans, kod ya da tescil no", "Reference, code or registration number";
    no_day: "Tarihi 21.11.2026 gibi yazın.", "Enter the date like 21.11.2026.";
}

#[cfg(test)]
mod tests;
