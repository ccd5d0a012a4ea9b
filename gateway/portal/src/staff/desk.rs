//! The approval desk (G-95): watched goods that wait for a person. A row leads to the declaration, where it is let pass or
//! refused.

use super::words::Words;
use crate::list::export::ROWS_MAX;
use crate::list::{Cell, Column, Field, FieldKind, List, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_operations::queues::{DeskRow, at_desk};
use jiff::Timestamp;
use std::sync::Arc;

/// A list under its title.
#[derive(Template)]
#[template(path = "staff/list.html")]
struct Page {
    frame: Frame,
    title: &'static str,
    lede: &'static str,
    list: List,
}

/// `GET /staff/desk`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let words = Words::of(asker.language);
    let columns = columns(words);
    let wish = Wish::of(pairs, &columns);
    let window = wish.format().map_or((ROWS_OF_A_PAGE, wish.offset()), |_| (ROWS_MAX, 0));
    let of = (wish.filter("firm"), wish.filter("ref"));
    let Ok((rows, total)) = at_desk(&portal.office, &session.client, of, window).await else {
        return notice::unavailable(&asker);
    };
    let rows: Vec<Vec<Cell>> = rows.into_iter().map(cells).collect();
    if let Some(format) = wish.format() {
        return export(&asker, format, ("onay-masasi", words.desk.to_owned()), &columns, rows, &wish).await;
    }
    let field =
        |name, label| Field { name, label, kind: FieldKind::Text, value: wish.filter(name).to_owned(), error: None };
    let fields = vec![field("ref", words.reference), field("firm", words.firm)];
    let names = (words.desk, words.desk_none);
    let list = List::new((asker.language, "/staff/desk"), names, (&columns, fields), (rows, total), wish);
    let page = Page { frame: Frame::of(&asker, words.desk), title: words.desk, lede: words.desk_lede, list };
    html(StatusCode::OK, &page)
}

fn cells(row: DeskRow) -> Vec<Cell> {
    let link = Some(super::declarations::address(row.id));
    vec![
        Cell { value: Value::Code(row.reference), link },
        Timestamp::from_microsecond(row.received_at).map_or(Value::Empty, Value::Time).into(),
        Value::Code(row.exporter).into(),
        Value::Text(row.exporter_title).into(),
        Value::Code(row.declarant).into(),
        Value::Number(u64::try_from(row.version).unwrap_or_default()).into(),
    ]
}

fn columns(words: &'static Words) -> [Column; 6] {
    let column = |key, head, width, figures| Column { key, head, width, figures, sorts: false };
    [
        column("ref", words.reference, 24, false),
        column("received", words.received, 18, false),
        column("exporter", words.exporter, 14, false),
        column("title", words.title_of_firm, 40, false),
        column("declarant", words.declarant, 14, false),
        column("version", words.version, 8, true),
    ]
}
