//! Registers and dated tables: what they hold, and their changes by two people. Memberships have a page of their own.

mod change;
mod columns;
mod preview;
mod propose;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use change::{confirm, refuse, show as show_change, withdraw};
pub(crate) use propose::{show as show_form, submit};

use crate::list::{Cell, Column, Field, FieldKind, List, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{day, time};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use columns::{Shape, label, name, parse_day, shape, value};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::changes;
use ebirlik_operations::changes::table::{Filter, ListedRow, TABLES, key_columns, may_change};
use ebirlik_operations::import::Kind;
use ebirlik_store::changes::{ChangeState, TableChange};
use jiff::civil::Date;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use words::Words;

/// What waits, the tables, and what was decided.
#[derive(Template)]
#[template(path = "tables/index.html")]
struct Index {
    frame: Frame,
    words: &'static Words,
    waiting: Vec<ChangeLine>,
    tables: Vec<(&'static str, &'static str)>,
    decided: Vec<ChangeLine>,
}

/// A proposal in a list.
struct ChangeLine {
    id: i64,
    table: &'static str,
    by: String,
    at: String,
    reason: String,
    class: &'static str,
    state: &'static str,
}

/// The rows of a table.
#[derive(Template)]
#[template(path = "tables/list.html")]
struct ListPage {
    frame: Frame,
    words: &'static Words,
    title: &'static str,
    lede: &'static str,
    propose: (String, &'static str),
    list: List,
}

/// `GET /staff/tables`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    match Index::of(&portal, &asker, &session).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /staff/tables/{table}`
pub(crate) async fn show_table(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(table): Path<String>,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let Some(kind) = Kind::parse(&table).filter(|kind| TABLES.contains(kind)) else {
        return notice::not_found(asker).await;
    };
    if !may_change(&session.client, kind) {
        return notice::not_allowed(&asker);
    }
    let table = Table { kind, path: format!("/staff/tables/{kind}"), is_own_page: false };
    table.show(&portal, &asker, &session, pairs).await
}

/// `GET /staff/memberships`
pub(crate) async fn show_memberships(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    if !may_change(&session.client, Kind::Memberships) {
        return notice::not_allowed(&asker);
    }
    let table = Table { kind: Kind::Memberships, path: "/staff/memberships".to_owned(), is_own_page: true };
    table.show(&portal, &asker, &session, pairs).await
}

/// A table under an address.
struct Table {
    kind: Kind,
    path: String,
    /// Whether it is the page of memberships.
    is_own_page: bool,
}

impl Table {
    async fn show(&self, portal: &Portal, asker: &Asker, session: &Session, pairs: Vec<(String, String)>) -> Response {
        let words = Words::of(asker.language);
        let columns = self.columns(asker);
        let wish = Wish::of(pairs, &columns);
        let holds_on = wish.filter("day");
        let parsed = parse_day(holds_on);
        let wrong_day = (!holds_on.is_empty() && parsed.is_none()).then_some(words.not_a_day);
        let order = wish.order().map(|(column, last)| (column.to_owned(), last));
        let filter = Filter { key: wish.filter("key").to_owned(), day: parsed, order };
        let page = match wish.format() {
            Some(_) => (crate::list::ROWS_MAX, 0),
            None => (ROWS_OF_A_PAGE, wish.offset()),
        };
        let found = changes::table::list(&portal.office, &session.client, self.kind, &filter, page).await;
        let Ok((rows, total)) = found else { return notice::unavailable(asker) };
        let today = portal.office.clock.today();
        let rows = rows.into_iter().map(|row| self.row(asker, &row, today)).collect();
        let title = if self.is_own_page {
            words.memberships_title
        } else {
            name(self.kind, columns::Words::of(asker.language))
        };
        if let Some(format) = wish.format() {
            return export(asker, format, ("table", title.to_owned()), &columns, rows, &wish).await;
        }
        let key_label = if has_firms(self.kind) { words.firm_filter } else { words.key_filter };
        let field = |name, label, kind, value: &str, error| Field { name, label, kind, value: value.to_owned(), error };
        let fields = vec![
            field("key", key_label, FieldKind::Text, wish.filter("key"), None),
            field("day", words.valid_on, FieldKind::Day, wish.filter("day"), wrong_day),
        ];
        let path = self.path.clone();
        let list = List::new((asker.language, path), (title, words.none), (&columns, fields), (rows, total), wish);
        let frame = Frame::of(asker, title);
        let lede = if self.is_own_page { words.memberships_lede } else { words.lede };
        let said = if self.is_own_page { words.propose_membership } else { words.propose };
        let propose = (format!("/staff/tables/{}/propose", self.kind), said);
        html(StatusCode::OK, &ListPage { frame, words, title, lede, propose, list })
    }

    fn columns(&self, asker: &Asker) -> Vec<Column> {
        let (words, names) = (Words::of(asker.language), columns::Words::of(asker.language));
        // The store sorts registers by firm, title and first day; small tables sort by anything.
        let first = key_columns(self.kind).first().copied().unwrap_or_default();
        let sorts = |column: &str| !has_firms(self.kind) || column == "valid_from";
        let mut columns: Vec<Column> = Vec::new();
        for column in self.kind.column_names() {
            let is_firm = has_firms(self.kind) && column == first;
            let width = if shape(self.kind, column) == Shape::Text { 40 } else { 16 };
            let key = if is_firm { "tax_no" } else { column };
            let sorts = is_firm || sorts(column);
            columns.push(Column { key, head: label(column, names), width, figures: false, sorts });
            if is_firm {
                columns.push(Column { key: "title", head: words.firm_title, width: 40, figures: false, sorts: true });
            }
        }
        if self.kind != Kind::Holidays && self.kind != Kind::ContactOffices {
            columns.push(Column { key: "state", head: words.state, width: 12, figures: false, sorts: false });
        }
        columns.push(Column { key: "act", head: words.act, width: 12, figures: false, sorts: false });
        columns
    }

    fn row(&self, asker: &Asker, row: &ListedRow, today: Date) -> Vec<Cell> {
        let words = Words::of(asker.language);
        let first = key_columns(self.kind).first().copied().unwrap_or_default();
        let mut cells: Vec<Cell> = Vec::new();
        for column in self.kind.column_names() {
            let value = value(self.kind, column, &row.cells, asker.language);
            let is_firm = has_firms(self.kind) && column == first;
            let link = is_firm.then(|| format!("/staff/firms/{}", row.cells.get(column)));
            cells.push(Cell { value, link });
            if is_firm {
                cells.push(Value::Text(row.title.clone()).into());
            }
        }
        if self.kind != Kind::Holidays && self.kind != Kind::ContactOffices {
            cells.push(self.standing(words, row, today).into());
        }
        let pairs = self.kind.column_names().map(|column| (column, row.cells.get(column)));
        let pairs: Vec<String> = pairs
            .filter(|(_, text)| !text.is_empty())
            .map(|(column, text)| format!("{column}={}", utf8_percent_encode(text, NON_ALPHANUMERIC)))
            .collect();
        let link = format!("/staff/tables/{}/propose?{}", self.kind, pairs.join("&"));
        cells.push(Cell { value: Value::Text(words.change_row.to_owned()), link: Some(link) });
        cells
    }

    /// Whether a row holds today.
    fn standing(&self, words: &Words, row: &ListedRow, today: Date) -> Value {
        let (today, from, to) = (today.to_string(), row.cells.get("valid_from"), row.cells.get("valid_to"));
        let is_membership = self.kind == Kind::Memberships;
        if from > today.as_str() {
            Value::Tag("warn", words.begins.to_owned())
        } else if !to.is_empty() && to < today.as_str() {
            Value::Tag("", if is_membership { words.passive } else { words.ended }.to_owned())
        } else {
            Value::Tag("good", if is_membership { words.active } else { words.holds }.to_owned())
        }
    }
}

impl Index {
    async fn of(portal: &Portal, asker: &Asker, session: &Session) -> Result<Self, Fault> {
        let words = Words::of(asker.language);
        let names = columns::Words::of(asker.language);
        let list = async |state| changes::list(&portal.office, &session.client, state).await;
        let mut decided = Vec::new();
        for state in [ChangeState::Confirmed, ChangeState::Refused, ChangeState::Withdrawn] {
            decided.extend(list(state).await?);
        }
        decided.sort_by_key(|change| std::cmp::Reverse(change.decided_at));
        decided.truncate(DECIDED_MAX);
        let line = |change: TableChange| ChangeLine::of(change, words, names);
        let tables = TABLES.into_iter().filter(|kind| may_change(&session.client, *kind));
        Ok(Self {
            waiting: list(ChangeState::Open).await?.into_iter().map(line).collect(),
            decided: decided.into_iter().map(line).collect(),
            tables: tables.map(|kind| (kind.as_str(), name(kind, names))).collect(),
            frame: Frame::of(asker, words.title),
            words,
        })
    }
}

impl ChangeLine {
    fn of(change: TableChange, words: &'static Words, names: &columns::Words) -> Self {
        let (class, state) = state_in_words(change.state, words);
        Self {
            id: change.id,
            table: Kind::parse(&change.table).map_or("", |kind| name(kind, names)),
            by: change.proposed_by,
            at: time(change.proposed_at),
            reason: change.reason,
            class,
            state,
        }
    }
}

/// The colour and the word of a proposal's state.
fn state_in_words(state: ChangeState, words: &'static Words) -> (&'static str, &'static str) {
    match state {
        ChangeState::Open => ("warn", words.is_open),
        ChangeState::Confirmed => ("good", words.is_confirmed),
        ChangeState::Refused => ("bad", words.is_refused),
        ChangeState::Withdrawn => ("", words.is_withdrawn),
    }
}

/// Whether rows of a table are about firms.
fn has_firms(kind: Kind) -> bool {
    matches!(kind, Kind::Memberships | Kind::Commitments | Kind::Payers)
}

/// A day in words, or nothing.
fn day_or_nothing(date: Option<Date>) -> String {
    date.map(day).unwrap_or_default()
}

/// Decided proposals that are listed.
const DECIDED_MAX: usize = 20;
