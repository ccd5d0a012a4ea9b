//! How does a statement become a workbook?

use super::{Statement, StatementLine, Sums};
use crate::table::{Cell, Column, TableXlsx};
use crate::{DocumentError, text};
use ebirlik_domain::money::Money;
use std::borrow::Cow;
use std::io::Write;

/// Writes a statement as one workbook. See [`StatementXlsx`] for lines that come one by one.
///
/// # Errors
/// As [`StatementXlsx::add`] and [`StatementXlsx::finish`].
pub fn statement_xlsx(
    statement: &Statement,
    lines: impl IntoIterator<Item = StatementLine>,
    out: impl Write + Send,
) -> Result<(), DocumentError> {
    let mut xlsx = StatementXlsx::begin(statement)?;
    for line in lines {
        xlsx.add(&line)?;
    }
    xlsx.finish(out)
}

/// A statement on its way into a workbook: the opening balance, a row for each entry, the totals.
pub struct StatementXlsx {
    table: TableXlsx,
    statement: Statement,
    sums: Sums,
}

impl StatementXlsx {
    /// Opens the workbook.
    ///
    /// # Errors
    /// As [`TableXlsx::begin`].
    pub fn begin(statement: &Statement) -> Result<Self, DocumentError> {
        let columns = [
            (text::LINE_NO, 10),
            (text::BOOKED_AT, 17),
            (text::WHAT, 36),
            (text::PAYMENT_REFERENCE, 24),
            (text::DECLARATION, 28),
            (text::RECORD_NO, 20),
            (text::DEBIT, 16),
            (text::CREDIT, 16),
            (text::BALANCE, 18),
        ];
        let columns = columns.map(|(text, width)| Column { head: text.tr, width });
        let Statement { account, holder, from, to, .. } = statement;
        let (name, number, period) = (&holder.title, &holder.tax_number, text::period(*from, *to));
        let title =
            format!("{} · {account} · {name} · {} {number} · {period}", text::STATEMENT.tr, text::TAX_NUMBER.tr);
        let mut table = TableXlsx::begin(&title, &columns)?;
        table.add(&sum(text::OPENING.tr, None, statement.opening))?;
        Ok(Self { table, statement: statement.clone(), sums: Sums::of(statement) })
    }

    /// Writes one line.
    ///
    /// # Errors
    /// [`DocumentError::DoesNotAddUp`] where the balance is not what it must be after this line; else as
    /// [`TableXlsx::add`].
    pub fn add(&mut self, line: &StatementLine) -> Result<(), DocumentError> {
        self.sums.book(line)?;
        let letters = |text: &Option<String>| text.clone().map_or(Cell::Empty, |text| Cell::Text(Cow::Owned(text)));
        self.table.add(&[
            Cell::Number(line.number),
            Cell::Time(line.booked_at),
            Cell::Text(Cow::Borrowed(&line.what)),
            letters(&line.reference),
            letters(&line.declaration),
            letters(&line.record_no),
            line.debit.map_or(Cell::Empty, Cell::Money),
            line.credit.map_or(Cell::Empty, Cell::Money),
            Cell::Money(line.balance),
        ])
    }

    /// Writes the workbook.
    ///
    /// # Errors
    /// [`DocumentError::WrongClosing`] when the lines do not end at the closing balance; else as
    /// [`TableXlsx::finish`].
    pub fn finish(mut self, out: impl Write + Send) -> Result<(), DocumentError> {
        self.sums.close(&self.statement)?;
        let moved = Some((self.sums.debit, self.sums.credit));
        self.table.add(&sum(text::CLOSING.tr, moved, self.statement.closing))?;
        self.table.finish(out)
    }
}

/// A row that is no entry: a balance, and what moved.
fn sum(what: &'static str, moved: Option<(Money, Money)>, balance: Money) -> [Cell<'static>; 9] {
    let [debit, credit] = match moved {
        Some((debit, credit)) => [debit, credit].map(Cell::Money),
        None => [Cell::Empty, Cell::Empty],
    };
    let what = Cell::Text(Cow::Borrowed(what));
    [Cell::Empty, Cell::Empty, what, Cell::Empty, Cell::Empty, Cell::Empty, debit, credit, Cell::Money(balance)]
}
