//! How does a list become a workbook that a spreadsheet can reckon with?
//!
//! Rows go to a file in the system's temporary folder as they come; memory does not grow with their number. Texts are
//! always text: what looks like a formula stays letters.

use crate::DocumentError;
use crate::text;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::TURKEY;
use jiff::{Timestamp, civil::Date, civil::DateTime};
use rust_decimal::Decimal;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, XlsxError};
use std::borrow::Cow;
use std::io::Write;

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Letters, never a formula.
    Text(Cow<'a, str>),
    /// Lira with two decimals.
    Money(Money),
    /// A number with the decimals that it has.
    Decimal(Decimal),
    /// A whole number.
    Number(u64),
    /// A civil day.
    Date(Date),
    /// An instant, shown to the minute as clocks in Türkiye do.
    Time(Timestamp),
}

/// A column: its head and its width in letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<'a> {
    /// The words at its top.
    pub head: &'a str,
    /// About how many letters are seen.
    pub width: u16,
}

/// Writes a list as one workbook. See [`TableXlsx`] for rows that come one by one.
///
/// # Errors
/// As [`TableXlsx::add`].
pub fn table_xlsx<'a, W: Write + Send>(
    title: &str,
    columns: &[Column<'_>],
    rows: impl IntoIterator<Item = Vec<Cell<'a>>>,
    out: W,
) -> Result<(), DocumentError> {
    let mut table = TableXlsx::begin(title, columns)?;
    for row in rows {
        table.add(&row)?;
    }
    table.finish(out)
}

/// A list on its way into one workbook: a title, a head that stays in sight, rows. A list that is too long for one sheet
/// goes on in the next.
pub struct TableXlsx {
    workbook: Workbook,
    title: String,
    columns: Vec<(String, u16)>,
    formats: Formats,
    /// The sheet at hand, from 0, and its next row.
    sheet: usize,
    row: u32,
}

struct Formats {
    title: Format,
    head: Format,
    money: Format,
    decimal: Format,
    number: Format,
    date: Format,
    time: Format,
}

impl TableXlsx {
    /// Opens the workbook.
    ///
    /// # Errors
    /// [`DocumentError::Workbook`] when there is no place for the temporary file.
    pub fn begin(title: &str, columns: &[Column<'_>]) -> Result<Self, DocumentError> {
        let mut workbook = Workbook::new();
        // A fixed instant: the same facts give the same bytes.
        let properties = DocProperties::new().set_title(title).set_author("e-birlik");
        workbook.set_properties(&properties.set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
        let mut table = Self {
            workbook,
            title: title.to_owned(),
            columns: columns.iter().map(|column| (column.head.to_owned(), column.width)).collect(),
            formats: Formats::new(),
            sheet: 0,
            row: 0,
        };
        table.open_sheet()?;
        Ok(table)
    }

    /// Writes one row.
    ///
    /// # Errors
    /// [`DocumentError::Workbook`] for a text of more than 32,767 letters, a day before 1900, or a full disk.
    pub fn add(&mut self, row: &[Cell<'_>]) -> Result<(), DocumentError> {
        if self.row == ROWS_OF_A_SHEET {
            self.sheet += 1;
            self.open_sheet()?;
        }
        let (at, formats) = (self.row, &self.formats);
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        for (cell, column) in row.iter().zip(0_u16..) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    sheet.write_string(at, column, text.as_ref())?;
                }
                Cell::Money(money) => match as_cell(&money.to_string()) {
                    Some(number) => {
                        sheet.write_number_with_format(at, column, number, &formats.money)?;
                    }
                    None => {
                        sheet.write_string(at, column, text::money(*money))?;
                    }
                },
                Cell::Decimal(decimal) => match as_cell(&decimal.to_string()) {
                    Some(number) => {
                        sheet.write_number_with_format(at, column, number, &formats.decimal)?;
                    }
                    None => {
                        sheet.write_string(at, column, text::decimal(*decimal))?;
                    }
                },
                Cell::Number(number) => match as_cell(&number.to_string()) {
                    Some(number) => {
                        sheet.write_number_with_format(at, column, number, &formats.number)?;
                    }
                    None => {
                        sheet.write_string(at, column, number.to_string())?;
                    }
                },
                Cell::Date(date) => {
                    let day = excel_day(date.to_datetime(jiff::civil::Time::midnight()))?;
                    sheet.write_datetime_with_format(at, column, &day, &formats.date)?;
                }
                Cell::Time(instant) => {
                    let time = excel_day(TURKEY.to_datetime(*instant))?;
                    sheet.write_datetime_with_format(at, column, &time, &formats.time)?;
                }
            }
        }
        self.row += 1;
        Ok(())
    }

    /// Writes the workbook.
    ///
    /// # Errors
    /// [`DocumentError::Workbook`] when it cannot be written.
    pub fn finish(mut self, out: impl Write + Send) -> Result<(), DocumentError> {
        Ok(self.workbook.save_to_writer(out)?)
    }

    fn open_sheet(&mut self) -> Result<(), DocumentError> {
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(HEAD_ROW + 1, 0)?.set_repeat_rows(HEAD_ROW, HEAD_ROW)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        sheet.write_string_with_format(0, 0, &self.title, &self.formats.title)?;
        for ((head, width), column) in self.columns.iter().zip(0_u16..) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(HEAD_ROW, column, head, &self.formats.head)?;
        }
        self.row = HEAD_ROW + 1;
        Ok(())
    }
}

impl Formats {
    fn new() -> Self {
        let number = |format: &str| Format::new().set_num_format(format);
        Self {
            title: Format::new().set_bold().set_font_size(13),
            head: Format::new().set_bold().set_text_wrap().set_border_bottom(FormatBorder::Thin),
            money: number("#,##0.00"),
            decimal: number("#,##0.00####"),
            number: number("0"),
            date: number("dd\\.mm\\.yyyy"),
            time: number("dd\\.mm\\.yyyy\\ hh:mm"),
        }
    }
}

/// A decimal number as a cell holds it: the nearest 64-bit float, found from its digits, so that no arithmetic of ours
/// is inexact.
///
/// `None` for more than fifteen digits: there a spreadsheet shows zeros instead, and a text tells the truth. Up to that
/// every number of kuruş is shown as it is, and so is a sum of such cells that has fifteen digits at most itself.
fn as_cell(digits: &str) -> Option<f64> {
    let significant = digits.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    (significant <= 15).then(|| digits.parse().ok()).flatten()
}

fn excel_day(local: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    let day = ExcelDateTime::from_ymd(
        u16::try_from(local.year()).unwrap_or_default(),
        part(local.month()),
        part(local.day()),
    )?;
    day.and_hms(part(local.hour()).into(), part(local.minute()), f64::from(part(local.second())))
}

/// The title stands in row 0.
const HEAD_ROW: u32 = 1;

/// As many as a spreadsheet takes: 2^20. Source: Excel specifications and limits.
const ROWS_OF_A_SHEET: u32 = 1_048_576;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cells_as_long_as_a_spreadsheet_shows_every_digit() {
        assert_eq!(as_cell("1234.56"), Some(1234.56));
        assert_eq!(as_cell("0.01"), Some(0.01));
        assert_eq!(as_cell("9999999999999.99"), Some(9_999_999_999_999.99));
        assert_eq!(as_cell("92233720368547758.07"), None);
        assert_eq!(as_cell("-1000.5"), Some(-1000.5));
    }

    #[test]
    fn a_list_too_long_for_one_sheet_goes_on_in_the_next() {
        let mut table = TableXlsx::begin("Liste", &[Column { head: "No", width: 8 }]).unwrap();
        table.row = ROWS_OF_A_SHEET - 1;
        for number in 1..=2 {
            table.add(&[Cell::Number(number)]).unwrap();
        }
        assert_eq!((table.sheet, table.row), (1, HEAD_ROW + 2), "the last row of one sheet, the first of the next");
        let mut workbook = Vec::new();
        table.finish(&mut workbook).unwrap();
        let sheet = b"xl/worksheets/sheet2.xml";
        assert!(workbook.windows(sheet.len()).any(|window| window == sheet));
    }
}
