//! The monthly match with customs (G-81 to G-85): a month's file, the three lists, and each row with both sides, its owner
//! and its end.

mod row;

pub(crate) use row::{decide, letter, show as show_row};

use super::MONTH_FORM_BYTES_MAX;
use super::words::{self, Words};
use crate::form::{Errors, Sent};
use crate::list::export::ROWS_MAX;
use crate::list::{Cell, Column, Field, FieldKind, List, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::fill;
use crate::visitor::{FromAddress, Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_operations::queues::{LISTS, MatchFilter, MatchRow, differences};
use ebirlik_operations::reconcile::{Matched, Month, fields_of, reconcile};
use ebirlik_operations::status::Answer;
use jiff::Timestamp;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The form for a file, and the lists.
#[derive(Template)]
#[template(path = "staff/reconciliation/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    megabytes: usize,
    month: String,
    banner: Option<String>,
    list: List,
}

/// `GET /staff/reconciliation`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let banner = told(&pairs, Words::of(asker.language));
    page(&portal, &asker, &session, (pairs, String::new(), banner), (StatusCode::OK, Errors::default())).await
}

/// `POST /staff/reconciliation`: takes in a month's file and matches it.
pub(crate) async fn import(State(portal): State<Arc<Portal>>, Posted(asker, session, sent): Posted<Sent>) -> Response {
    let (words, mut errors) = (Words::of(asker.language), Errors::default());
    let typed = sent.text("month").trim().to_owned();
    let month = Month::parse(&typed);
    if month.is_none() && !typed.is_empty() {
        errors.add("month", words.bad_month);
    }
    if sent.file().is_none() {
        errors.add("file", if sent.is_cut { words.too_long } else { words.file_missing });
    }
    if errors.is_empty() {
        let office = Arc::clone(&portal.office);
        // Whoever goes away, or is told that it takes longer, stops nothing.
        let run = tokio::spawn(async move { reconcile(&office, month, Cursor::new(sent.into_file())).await });
        match timeout(ANSWERED_BY, run).await {
            Err(_) => return Redirect::to("/staff/reconciliation?running=1").into_response(),
            Ok(Ok(Ok(Answer::Given(matched)))) => return Redirect::to(&address_of(&matched)).into_response(),
            Ok(Ok(Ok(Answer::Refused(refusal)))) => errors = Errors::refused("file", &refusal, asker.language),
            Ok(_) => return notice::unavailable(&asker),
        }
    }
    let told = (Vec::new(), typed, None);
    page(&portal, &asker, &session, told, (StatusCode::UNPROCESSABLE_ENTITY, errors)).await
}

async fn page(
    portal: &Portal,
    asker: &Asker,
    session: &Session,
    (pairs, month, banner): (Vec<(String, String)>, String, Option<String>),
    (status, errors): (StatusCode, Errors),
) -> Response {
    let (language, words) = (asker.language, Words::of(asker.language));
    let columns = columns(words);
    let wish = Wish::of(pairs.into_iter().filter(|(name, _)| !TOLD.contains(&name.as_str())).collect(), &columns);
    let window = wish.format().map_or((ROWS_OF_A_PAGE, wish.offset()), |_| (ROWS_MAX, 0));
    let today = portal.office.clock.today();
    let mut filter = MatchFilter {
        settled: wish.filter("state") == "settled",
        month: Month::parse(wish.filter("month")).map(|month| month.text()).unwrap_or_default(),
        kind: wish.filter("kind").to_owned(),
        owner: wish.filter("owner").to_owned(),
    };
    if filter.settled && filter.month.is_empty() {
        filter.month = Month::of(today).text();
    }
    let found = differences(&portal.office, &session.client, &filter, window).await;
    let staff_of = portal.office.store.list_staff_of(&session.client.secretariat).await;
    let (Ok((rows, total)), Ok(staff_of)) = (found, staff_of) else { return notice::unavailable(asker) };
    let now = portal.office.clock.now();
    let rows: Vec<Vec<Cell>> = rows.into_iter().map(|row| cells(row, now, words)).collect();
    if let Some(format) = wish.format() {
        return export(asker, format, ("mutabakat", words.match_title.to_owned()), &columns, rows, &wish).await;
    }
    let fields = fields(&wish, staff_of, words);
    let names = (words.match_title, words.match_none);
    let list = List::new((language, "/staff/reconciliation"), names, (&columns, fields), (rows, total), wish);
    let page = Page {
        frame: Frame::of(asker, errors.title(words.match_title, language)),
        token: session.token(),
        megabytes: MONTH_FORM_BYTES_MAX >> 20,
        words,
        errors,
        month,
        banner,
        list,
    };
    html(status, &page)
}

fn fields(wish: &Wish, staff_of: Vec<String>, words: &'static Words) -> Vec<Field> {
    let field =
        |name: &'static str, label, kind| Field { name, label, kind, value: wish.filter(name).to_owned(), error: None };
    let lists = LISTS.map(|list| (list.to_owned(), words::queue(list, words).to_owned()));
    let owners = std::iter::once(("-".to_owned(), words.nobody.to_owned()));
    let owners = owners.chain(staff_of.into_iter().map(|code| (code.clone(), code)));
    let states = [("open", words.row_open), ("settled", words.row_closed)];
    let states = states.map(|(state, word)| (state.to_owned(), word.to_owned()));
    let state = if wish.filter("state") == "settled" { "settled" } else { "open" };
    vec![
        field("kind", words.list, FieldKind::Choice(lists.to_vec())),
        field("month", words.month, FieldKind::Text),
        field("owner", words.owner, FieldKind::Choice(owners.collect())),
        // Never all at once: open ones of any month, or settled ones of one.
        Field { value: state.to_owned(), ..field("state", words.state, FieldKind::Choice(states.to_vec())) },
    ]
}

/// The fields that differ, one behind the other, customs' value first.
fn differing(row: &MatchRow, words: &Words) -> String {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let told = fields_of(&row.row).into_iter().map(|field| {
        let name = words::field(&field.field, words).map_or(field.field.clone(), ToOwned::to_owned);
        format!("{name}: {} / {}", shown(field.customs), shown(field.ours))
    });
    told.collect::<Vec<_>>().join("; ")
}

fn cells(found: MatchRow, now: Timestamp, words: &Words) -> Vec<Cell> {
    let differing = differing(&found, words);
    let row = found.row;
    let state = if row.state == "open" { ("warn", words.row_open) } else { ("good", words.row_closed) };
    let code = |text: Option<String>| text.map_or(Value::Empty, Value::Code).into();
    let list = words::queue(&row.kind, words).to_owned();
    vec![
        Cell { value: Value::Text(list), link: Some(row::address(row.id)) },
        Value::Code(row.month.clone()).into(),
        code(row.registration_no.clone()),
        code(row.reference.clone()),
        code(row.exporter.clone()),
        code(row.declarant.clone()),
        Value::Text(differing).into(),
        row.owner.clone().map_or(Value::Empty, Value::Text).into(),
        Value::Tag(state.0, state.1.to_owned()).into(),
        Timestamp::from_microsecond(row.found_at).map_or(Value::Empty, Value::Time).into(),
        Value::Number(row.age_days(now)).into(),
    ]
}

fn columns(words: &'static Words) -> [Column; 11] {
    let column = |key, head, width, figures| Column { key, head, width, figures, sorts: false };
    [
        column("kind", words.list, 28, false),
        column("month", words.month, 10, false),
        column("registration", words.registration_no, 20, false),
        column("ref", words.reference, 24, false),
        column("exporter", words.exporter, 14, false),
        column("declarant", words.declarant, 14, false),
        column("fields", words.fields_differing, 60, false),
        column("owner", words.owner, 16, false),
        column("state", words.state, 10, false),
        column("found", words.found_at, 18, false),
        column("days", words.age_days, 8, true),
    ]
}

/// Where a match's result is told.
fn address_of(matched: &Matched) -> String {
    let Matched { rows, known, matched, without_approval, never_registered, differing } = matched;
    format!(
        "/staff/reconciliation?rows={rows}&known={known}&matched={matched}&without={without_approval}\
         &never={never_registered}&differing={differing}"
    )
}

/// What the address tells of what was just done.
fn told(pairs: &[(String, String)], words: &Words) -> Option<String> {
    let said = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if said("running").is_some() {
        return Some(words.matching.to_owned());
    }
    let mut sentence = words.matched.to_owned();
    for name in COUNTS {
        sentence = fill(&sentence, name, said(name)?.parse::<u64>().ok()?);
    }
    Some(sentence)
}

/// What became of a file, by name.
const COUNTS: [&str; 6] = ["rows", "known", "matched", "without", "never", "differing"];
/// Pairs of the address that are no filters.
const TOLD: [&str; 7] = ["running", "rows", "known", "matched", "without", "never", "differing"];
/// Afterwards whoever sent the file is told that it goes on.
const ANSWERED_BY: Duration = Duration::from_secs(20);
