//! How does a statement become pages?
//!
//! A4 across. The head of the table stands on each page, the balance is carried from page to page.

use super::{Statement, StatementLine, Sums};
use crate::DocumentError;
use crate::pdf::{FOOT, Face, Length, Pdf, Style, mm};
use crate::text::{self, Text};
use ebirlik_domain::money::Money;
use std::io::{self, Write};

/// Writes a statement as one PDF. See [`StatementPdf`] for lines that come one by one.
///
/// # Errors
/// As [`StatementPdf::add`] and [`StatementPdf::finish`].
pub fn statement_pdf<W: Write>(
    statement: &Statement,
    lines: impl IntoIterator<Item = StatementLine>,
    out: W,
) -> Result<W, DocumentError> {
    let mut pdf = StatementPdf::begin(statement, out)?;
    for line in lines {
        pdf.add(&line)?;
    }
    pdf.finish()
}

/// A statement on its way into a PDF. Each page leaves as soon as it is full, so memory does not grow with the lines.
pub struct StatementPdf<W> {
    pdf: Pdf<W>,
    statement: Statement,
    sums: Sums,
    /// How far down the page is filled.
    y: Length,
}

impl<W: Write> StatementPdf<W> {
    /// Opens the document.
    ///
    /// # Errors
    /// [`DocumentError::Write`] when nothing can be written.
    pub fn begin(statement: &Statement, out: W) -> Result<Self, DocumentError> {
        let (statement, sums) = (statement.clone(), Sums::of(statement));
        let mut begun = Self { pdf: Pdf::begin(out)?, statement, sums, y: TOP };
        begun.head();
        begun.table_head();
        begun.sum(text::OPENING, None, begun.statement.opening);
        Ok(begun)
    }

    /// Writes one line.
    ///
    /// # Errors
    /// [`DocumentError::DoesNotAddUp`] where the balance is not what it must be after this line;
    /// [`DocumentError::Write`] when it cannot be written. Both break the document.
    pub fn add(&mut self, line: &StatementLine) -> Result<(), DocumentError> {
        let before = self.sums.balance;
        self.sums.book(line)?;
        let cells = [
            (NUMBER, line.number.to_string()),
            (BOOKED_AT, text::time(line.booked_at)),
            (WHAT, line.what.clone()),
            (REFERENCE, line.reference.clone().unwrap_or_default()),
            (DECLARATION, line.declaration.clone().unwrap_or_default()),
            (RECORD_NO, line.record_no.clone().unwrap_or_default()),
        ];
        let canvas = &mut self.pdf.canvas;
        let tall = cells.iter().map(|(column, words)| canvas.lines(CELL, words, column.width).len()).max().unwrap_or(1);
        let height = ROW + CELL.leading() * (Length::try_from(tall).unwrap_or(1) - 1).max(0);
        if self.y + height > END {
            self.next_page(before)?;
        }
        let (y, canvas) = (self.y, &mut self.pdf.canvas);
        for (column, words) in &cells {
            canvas.wrapped(LEFT + column.left, y, column.width, CELL, words);
        }
        for (column, amount) in [(DEBIT, line.debit), (CREDIT, line.credit), (BALANCE, Some(line.balance))] {
            if let Some(amount) = amount {
                canvas.right(LEFT + column.left + column.width, y, column.width, CELL, &text::money(amount));
            }
        }
        self.y += height;
        self.pdf.canvas.rule(LEFT, self.y - ROW + mm(1), WIDTH, 15);
        Ok(())
    }

    /// Writes the totals, closes the document and gives back what was written to.
    ///
    /// # Errors
    /// [`DocumentError::WrongClosing`] when the lines do not end at the closing balance, [`DocumentError::Write`] when
    /// the end cannot be written. Both break the document.
    pub fn finish(mut self) -> Result<W, DocumentError> {
        self.sums.close(&self.statement)?;
        if self.y + 2 * ROW > END {
            self.next_page(self.sums.balance)?;
        }
        if self.sums.debit.is_zero() && self.sums.credit.is_zero() {
            self.pdf.canvas.text(LEFT + WHAT.left, self.y, CELL, text::NO_LINES.tr);
            self.y += ROW;
        }
        let moved = Some((self.sums.debit, self.sums.credit));
        self.sum(text::TOTALS, moved, self.statement.closing);
        self.foot()?;
        Ok(self.pdf.finish(&format!("{} {}", text::STATEMENT.tr, self.statement.account))?)
    }

    /// Whose account, which days, from which balance to which.
    fn head(&mut self) {
        let Statement { account, holder, from, to, opening, closing } = &self.statement;
        let (canvas, half) = (&mut self.pdf.canvas, mm(150));
        canvas.text(LEFT, TOP, TITLE, text::STATEMENT.tr);
        canvas.text(LEFT, TOP + mm(4), ENGLISH, text::STATEMENT.en);
        let mut y = TOP + mm(11);
        let number = format!("{} {}", text::TAX_NUMBER.tr, holder.tax_number);
        for (label, words) in [(text::HOLDER, &holder.title), (text::ACCOUNT, account)] {
            y = canvas.both(LEFT, y, half, (LABEL, ENGLISH), label) + mm(1) / 2;
            y = canvas.wrapped(LEFT, y, half, STRONG, words);
            if label == text::HOLDER {
                y = canvas.wrapped(LEFT, y, half, CELL, &number);
            }
            y += mm(1);
        }
        let (left, mut beside) = (LEFT + WIDTH - mm(95), TOP);
        let figures = [
            (text::PERIOD, text::period(*from, *to)),
            (text::OPENING, text::lira(*opening)),
            (text::CLOSING, text::lira(*closing)),
        ];
        for (label, value) in figures {
            canvas.both(left, beside, mm(55), (LABEL, ENGLISH), label);
            canvas.right(LEFT + WIDTH, beside, mm(60), STRONG, &value);
            beside += mm(6);
        }
        self.y = y.max(beside) + mm(4);
    }

    fn table_head(&mut self) {
        let (canvas, y) = (&mut self.pdf.canvas, self.y);
        canvas.area(LEFT - mm(1), y - mm(4), WIDTH + mm(2), mm(9), 7);
        let second = y + mm(3);
        for (column, text) in [
            (NUMBER, text::LINE_NO),
            (BOOKED_AT, text::BOOKED_AT),
            (WHAT, text::WHAT),
            (REFERENCE, text::PAYMENT_REFERENCE),
            (DECLARATION, text::DECLARATION),
            (RECORD_NO, text::RECORD_NO),
        ] {
            canvas.text(LEFT + column.left, y, HEAD, text.tr);
            canvas.text(LEFT + column.left, second, ENGLISH, text.en);
        }
        for (column, text) in [(DEBIT, text::DEBIT), (CREDIT, text::CREDIT), (BALANCE, text::BALANCE)] {
            let right = LEFT + column.left + column.width;
            canvas.right(right, y, column.width, HEAD, text.tr);
            canvas.right(right, second, column.width, ENGLISH, text.en);
        }
        self.y += mm(9);
    }

    /// A row that is no entry: a balance, and what moved.
    fn sum(&mut self, label: Text, moved: Option<(Money, Money)>, balance: Money) {
        let (y, canvas) = (self.y, &mut self.pdf.canvas);
        canvas.both(LEFT + WHAT.left, y, DEBIT.left - WHAT.left, (HEAD, ENGLISH), label);
        let [debit, credit] = moved.map_or([None, None], |(debit, credit)| [Some(debit), Some(credit)]);
        for (column, amount) in [(DEBIT, debit), (CREDIT, credit), (BALANCE, Some(balance))] {
            if let Some(amount) = amount {
                canvas.right(LEFT + column.left + column.width, y, column.width, HEAD, &text::money(amount));
            }
        }
        self.y += ROW;
        self.pdf.canvas.rule(LEFT, self.y - ROW + mm(1), WIDTH, 50);
    }

    /// The page leaves with its balance, which the next one takes up.
    fn next_page(&mut self, balance: Money) -> io::Result<()> {
        self.sum(text::CARRIED_FORWARD, None, balance);
        self.foot()?;
        self.y = TOP - mm(2);
        let Statement { account, holder, from, to, .. } = &self.statement;
        let line = format!("{} · {} · {account} · {}", text::STATEMENT.tr, holder.title, text::period(*from, *to));
        self.y = self.pdf.canvas.wrapped(LEFT, self.y, WIDTH, HEAD, &line) + mm(3);
        self.table_head();
        self.sum(text::BROUGHT_FORWARD, None, balance);
        Ok(())
    }

    /// `Sayfa 2 / 17`, and the page leaves.
    fn foot(&mut self) -> io::Result<()> {
        let page = format!("{} / {} {} / ", text::PAGE.tr, text::PAGE.en, self.pdf.pages() + 1);
        let (y, x, canvas) = (HEIGHT - mm(9), LEFT, &mut self.pdf.canvas);
        let width = canvas.text(x, y, FOOT, &page);
        canvas.total_pages(x + width, y);
        self.pdf.close_page(mm(297), HEIGHT)
    }
}

/// A column of the table, from the left margin.
#[derive(Clone, Copy)]
struct Column {
    left: Length,
    width: Length,
}

const NUMBER: Column = Column { left: 0, width: mm(16) };
const BOOKED_AT: Column = Column { left: mm(17), width: mm(26) };
const WHAT: Column = Column { left: mm(44), width: mm(52) };
const REFERENCE: Column = Column { left: mm(98), width: mm(32) };
const DECLARATION: Column = Column { left: mm(132), width: mm(44) };
const RECORD_NO: Column = Column { left: mm(178), width: mm(30) };
const DEBIT: Column = Column { left: mm(209), width: mm(19) };
const CREDIT: Column = Column { left: mm(229), width: mm(19) };
const BALANCE: Column = Column { left: mm(249), width: mm(22) };

const LEFT: Length = mm(13);
const WIDTH: Length = mm(271);
const HEIGHT: Length = mm(210);
const TOP: Length = mm(17);

/// The last base line of an entry; the carried balance and the foot stand below.
const END: Length = HEIGHT - mm(18);

const TITLE: Style = Style::new(Face::Bold, 150, 100);
const STRONG: Style = Style::new(Face::Bold, 90, 100);
const HEAD: Style = Style::new(Face::Bold, 72, 100);
const CELL: Style = Style::new(Face::Regular, 72, 100);
const LABEL: Style = Style::new(Face::Regular, 70, 70);
const ENGLISH: Style = Style::new(Face::Regular, 58, 55);

/// A line of the table.
const ROW: Length = mm(38) / 10;
