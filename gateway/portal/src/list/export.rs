//! A list as a file: the same columns and values as on the page, every row of it.

use super::{Cell, Column, Value, Wish};
use crate::notice;
use crate::session::Asker;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ebirlik_documents::{Column as WorkbookColumn, table_xlsx};

/// Rows of a file at most; who needs more narrows the filter.
pub(crate) const ROWS_MAX: u32 = 100_000;

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Xlsx,
    Csv,
}

impl Format {
    /// From `xlsx` or `csv`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "xlsx" => Some(Self::Xlsx),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }

    fn media(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// The rows as a file to keep. `name` is the file's name without its ending, in plain letters.
pub(crate) async fn export(
    asker: &Asker,
    format: Format,
    (name, title): (&'static str, String),
    columns: &[Column],
    rows: Vec<Vec<Cell>>,
    wish: &Wish,
) -> Response {
    let shown: Vec<(usize, Column)> =
        columns.iter().copied().enumerate().filter(|(_, column)| !wish.hides(column.key)).collect();
    let made = tokio::task::spawn_blocking(move || match format {
        Format::Xlsx => workbook(&title, &shown, &rows),
        Format::Csv => Some(csv(&shown, &rows)),
    });
    match made.await {
        Ok(Some(bytes)) => {
            let disposition = format!("attachment; filename=\"{name}.{}\"", format.ending());
            ([(CONTENT_TYPE, format.media().to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
        }
        _ => notice::unavailable(asker),
    }
}

fn workbook(title: &str, shown: &[(usize, Column)], rows: &[Vec<Cell>]) -> Option<Vec<u8>> {
    let heads: Vec<String> = shown.iter().map(|(place, column)| head(column, *place, rows)).collect();
    let columns: Vec<_> =
        shown.iter().zip(&heads).map(|((_, column), head)| WorkbookColumn { head, width: column.width }).collect();
    let cells = rows.iter().map(|row| shown.iter().map(|(place, _)| at(row, *place).in_workbook()).collect());
    let mut bytes = Vec::new();
    match table_xlsx(title, &columns, cells, &mut bytes) {
        Ok(()) => Some(bytes),
        Err(error) => {
            tracing::error!(%error, "a list cannot be written as a workbook");
            None
        }
    }
}

/// Semicolons and a byte order mark, as a Turkish spreadsheet opens it. No text begins like a formula.
pub(super) fn csv(shown: &[(usize, Column)], rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut text = String::from('\u{feff}');
    let heads = shown.iter().map(|(place, column)| quoted(&head(column, *place, rows)));
    text.push_str(&heads.collect::<Vec<_>>().join(";"));
    text.push_str("\r\n");
    for row in rows {
        let cells = shown.iter().map(|(place, _)| quoted(&at(row, *place).in_csv()));
        text.push_str(&cells.collect::<Vec<_>>().join(";"));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// A column's head; of times it says by which clock, since a file is opened anywhere.
fn head(column: &Column, place: usize, rows: &[Vec<Cell>]) -> String {
    let is_of_times = rows.iter().any(|row| matches!(at(row, place), Value::Time(_)));
    if is_of_times { format!("{} (UTC+03:00)", column.head) } else { column.head.to_owned() }
}

fn at(row: &[Cell], place: usize) -> &Value {
    row.get(place).map_or(&Value::Empty, |cell| &cell.value)
}

fn quoted(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([';', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}
