//! Where does each fact of a receipt stand on its paper?
//!
//! Blocks from top to bottom; each leaves the place where the next begins. Tables go on to another page where one is
//! full, everything before them always fits.

use super::sheet::{
    A4_HEIGHT, CURRENCY, Column, DIGITS, ENGLISH, FEE, FOB, ISSUER, LABEL, NUMBER, PLAIN, RATE, ROW, SECTOR, SMALL,
    STRONG, Sheet, TITLE,
};
use super::{Paper, Receipt, Row, Slip};
use crate::pdf::{Length, Pdf, Style, mm};
use crate::symbols::Symbols;
use crate::text::{self, Text};
use ebirlik_domain::decision::ApprovalKind;
use std::io::{self, Write};

/// One receipt on its way to paper.
pub(super) struct Layout<'a, W> {
    pdf: &'a mut Pdf<W>,
    sheet: &'static Sheet,
    slip: Slip,
    receipt: &'a Receipt,
    /// How far down the page is filled.
    y: Length,
}

impl<'a, W: Write> Layout<'a, W> {
    pub(super) fn begin(pdf: &'a mut Pdf<W>, paper: Paper, slip: Slip, receipt: &'a Receipt) -> Self {
        let sheet = Sheet::of(paper);
        Self { pdf, sheet, slip, receipt, y: sheet.top }
    }

    /// The page of a document without receipts.
    pub(super) fn nothing(pdf: &mut Pdf<W>, paper: Paper) -> io::Result<()> {
        let sheet = Sheet::of(paper);
        let bottom = pdf.canvas.both(sheet.margin, sheet.top, sheet.inner(), (TITLE, SMALL), text::NO_RECEIPTS);
        pdf.close_page(sheet.width, if sheet.narrow() { bottom } else { A4_HEIGHT })
    }

    /// Who issues it, what it is, its number.
    pub(super) fn head(&mut self) {
        let (sheet, receipt, heading) = (self.sheet, self.receipt, self.heading());
        let office = receipt.office.as_ref().map(|office| format!(" · {office}")).unwrap_or_default();
        let issuer = format!("{} · {}{office}", receipt.secretariat, text::ACCOUNTING.tr);
        let number = format!("{} {}", text::RECEIPT_NO.tr, receipt.number);
        if sheet.narrow() {
            for (style, words) in [(TITLE, receipt.secretariat_name.as_str()), (SMALL, &issuer)] {
                self.centred(style, words);
            }
            self.y += mm(4);
            self.centred(sheet.heading, heading.tr);
            self.y -= mm(2);
            self.centred(SMALL, heading.en);
            self.y += mm(1);
            self.centred(STRONG, &number);
        } else {
            let (column, canvas) = (mm(108), &mut self.pdf.canvas);
            let left = canvas.wrapped(sheet.margin, self.y, column, ISSUER, &receipt.secretariat_name);
            let left = canvas.wrapped(sheet.margin, left, column, PLAIN, &issuer);
            let left = canvas.wrapped(sheet.margin, left, column, SMALL, text::ACCOUNTING.en);
            let (right, width) = (sheet.right(), sheet.inner() - column - mm(4));
            canvas.right(right, self.y + mm(2), width, sheet.heading, heading.tr);
            canvas.right(right, self.y + mm(6), width, SMALL, heading.en);
            canvas.right(right, self.y + mm(11), width, STRONG, &number);
            self.y = left.max(self.y + mm(14));
        }
        if self.slip == Slip::Information {
            self.y += mm(2);
            self.y = self.pdf.canvas.both(sheet.margin, self.y, sheet.inner(), (STRONG, SMALL), text::NOT_A_RECEIPT);
        }
        self.rule();
    }

    /// The exporter, in whose name it is, and the declarant.
    pub(super) fn parties(&mut self) {
        let exporter = match self.slip {
            Slip::Receipt => text::ISSUED_TO,
            Slip::Information => text::EXPORTER,
        };
        let columns = if self.sheet.narrow() { 1 } else { 2 };
        let parties = [(exporter, &self.receipt.exporter), (text::DECLARANT, &self.receipt.declarant)];
        for pair in parties.chunks(columns) {
            let mut bottom = self.y;
            for ((label, party), column) in pair.iter().zip(0..) {
                let (x, width) = self.column(column, columns);
                let below = self.cell(x, width, *label, TITLE, &party.title);
                let number = format!("{} {}", text::TAX_NUMBER.tr, party.tax_number);
                bottom = bottom.max(self.pdf.canvas.wrapped(x, below, width, PLAIN, &number));
            }
            self.y = bottom + mm(2);
        }
        self.rule();
    }

    /// Reference, numbers, days.
    pub(super) fn facts(&mut self) {
        let receipt = self.receipt;
        let kind = text::kind(receipt.kind);
        let mut facts = vec![
            (text::REFERENCE, receipt.reference.clone()),
            (text::RECORD_NO, receipt.record_no.clone()),
            (text::PAID_AT, text::time(receipt.paid_at)),
            (text::KIND, format!("{} / {}", kind.tr, kind.en)),
        ];
        facts.extend(receipt.registration_no.clone().map(|number| (text::REGISTRATION_NO, number)));
        facts.extend(receipt.valid_until.map(|day| (text::VALID_UNTIL, text::day(day))));
        if self.sheet.narrow() {
            for (label, value) in &facts {
                self.pair(*label, STRONG, value);
            }
        } else {
            for row in facts.chunks(FACTS_A_ROW) {
                let mut bottom = self.y;
                for ((label, value), column) in row.iter().zip(0..) {
                    let (x, width) = self.column(column, FACTS_A_ROW);
                    bottom = bottom.max(self.cell(x, width, *label, STRONG, value));
                }
                self.y = bottom + mm(2);
            }
        }
        self.y += mm(1);
    }

    /// What was paid, in figures and in words.
    pub(super) fn amount(&mut self) {
        let (sheet, amount) = (self.sheet, text::lira(self.receipt.amount));
        let words = text::in_words(self.receipt.amount);
        let (pad, canvas) = (mm(3), &mut self.pdf.canvas);
        let (x, inner) = (sheet.margin + pad, sheet.inner() - 2 * pad);
        let figures = if sheet.narrow() { inner } else { mm(62) };
        let told = if sheet.narrow() { inner } else { inner - figures - pad };
        let lines = i32::try_from(canvas.lines(PLAIN, &words, told).len()).unwrap_or(1);
        let above = if sheet.narrow() { sheet.amount.leading() } else { 0 };
        let height = mm(8) + above + PLAIN.leading() * lines;
        canvas.area(sheet.margin, self.y, sheet.inner(), height, 7);
        let label = self.y + mm(5);
        canvas.both(x, label, told, (LABEL, ENGLISH), text::PAID);
        canvas.wrapped(x, label + above + mm(4), told, PLAIN, &words);
        let base = if sheet.narrow() { label + above - mm(1) } else { self.y + height / 2 + mm(2) };
        canvas.right(sheet.right() - pad, base, figures, sheet.amount, &amount);
        self.y += height + mm(3);
    }

    /// The code for eyes, for cameras and for scanners that type.
    pub(super) fn code(&mut self, symbols: &Symbols) {
        let (sheet, code) = (self.sheet, text::spaced(&self.receipt.code, 4));
        let digits = text::spaced(&symbols.digits, 4);
        let canvas = &mut self.pdf.canvas;
        let square = sheet.square * Length::from(symbols.square.width);
        let bars = sheet.bar * Length::from(symbols.bars.width);
        if sheet.narrow() {
            let middle = |wide: Length| (sheet.width - wide) / 2;
            canvas.both(sheet.margin, self.y + mm(3), sheet.inner(), (LABEL, ENGLISH), text::CODE);
            canvas.centred(sheet.margin, self.y + mm(10), sheet.inner(), sheet.code, &code);
            // Four modules of white around the square, as its standard asks; ten beside the bars.
            let top = self.y + mm(11) + 4 * sheet.square;
            canvas.symbol(middle(square), top, (sheet.square, sheet.square), &symbols.square);
            let top = top + square + 4 * sheet.square;
            canvas.symbol(middle(bars), top, (sheet.bar, mm(12)), &symbols.bars);
            canvas.centred(sheet.margin, top + mm(15), sheet.inner(), DIGITS, &digits);
            canvas.centred(sheet.margin, top + mm(18), sheet.inner(), ENGLISH, text::DIGITS.tr);
            self.y = top + mm(20);
        } else {
            let x = sheet.margin + square + 8 * sheet.square;
            let top = self.y + 2 * sheet.square;
            canvas.symbol(sheet.margin + 2 * sheet.square, top, (sheet.square, sheet.square), &symbols.square);
            canvas.both(x, top + mm(2), sheet.right() - x, (LABEL, ENGLISH), text::CODE);
            canvas.text(x, top + mm(10), sheet.code, &code);
            canvas.symbol(x, top + mm(14), (sheet.bar, mm(11)), &symbols.bars);
            canvas.text(x, top + mm(28), DIGITS, &digits);
            let beside = x + bars + 10 * sheet.bar;
            let below = canvas.wrapped(beside, top + mm(17), sheet.right() - beside, LABEL, text::DIGITS.tr);
            canvas.wrapped(beside, below, sheet.right() - beside, ENGLISH, text::DIGITS.en);
            self.y = top + square + 4 * sheet.square;
        }
        self.rule();
    }

    /// The items, or their sums.
    pub(super) fn items(&mut self, rows: &[Row], sums: bool) -> io::Result<()> {
        if sums {
            self.y =
                self.pdf.canvas.both(self.sheet.margin, self.y, self.sheet.inner(), (SMALL, ENGLISH), text::SUMS_ONLY)
                    + mm(2);
        }
        self.item_head(sums);
        for row in rows {
            if self.is_full(ROW * 3) {
                self.next_page()?;
                self.item_head(sums);
            }
            self.item(row, sums);
        }
        Ok(())
    }

    fn item_head(&mut self, sums: bool) {
        if self.sheet.narrow() {
            return;
        }
        let number = if sums { text::ITEMS } else { text::ITEM };
        let heads = [(NUMBER, number), (SECTOR, text::SECTOR), (CURRENCY, text::CURRENCY)];
        let numbers = [(FOB, text::FOB), (RATE, text::RATE), (FEE, text::FEE)];
        let (left, canvas) = (self.sheet.margin, &mut self.pdf.canvas);
        for (style, down) in [(LABEL, 0), (ENGLISH, ENGLISH.leading())] {
            let words = |text: Text| if down == 0 { text.tr } else { text.en };
            for (column, text) in heads {
                canvas.text(left + column.left, self.y + down, style, words(text));
            }
            for (column, text) in numbers {
                canvas.right(left + column.left + column.width, self.y + down, column.width, style, words(text));
            }
        }
        canvas.rule(left, self.y + ENGLISH.leading() + mm(1), self.sheet.inner(), 50);
        self.y += ENGLISH.leading() + mm(1) + ROW;
    }

    fn item(&mut self, row: &Row, sums: bool) {
        let (sheet, canvas) = (self.sheet, &mut self.pdf.canvas);
        let (fob, rate, fee) = (text::decimal(row.fob), text::rate(row.rate), text::money(row.fee));
        if sheet.narrow() {
            let number = if sums { format!("{}: {}", text::ITEMS.tr, row.number) } else { format!("{}.", row.number) };
            canvas.right(sheet.right(), self.y, mm(28), PLAIN, &fee);
            let named = format!("{number} {}", row.sector);
            let below = canvas.wrapped(sheet.margin, self.y, sheet.inner() - mm(30), PLAIN, &named);
            let counted = format!("{fob} {} × {rate}", row.currency);
            self.y = canvas.wrapped(sheet.margin, below, sheet.inner(), SMALL, &counted) + mm(1);
            return;
        }
        let at = |column: Column| sheet.margin + column.left;
        canvas.text(at(NUMBER), self.y, PLAIN, &row.number.to_string());
        canvas.text(at(CURRENCY), self.y, PLAIN, &row.currency);
        for (column, value) in [(FOB, fob), (RATE, rate), (FEE, fee)] {
            canvas.right(at(column) + column.width, self.y, column.width, PLAIN, &value);
        }
        let below = canvas.wrapped(at(SECTOR), self.y, SECTOR.width, PLAIN, &row.sector);
        self.y = below - PLAIN.leading() + ROW;
    }

    /// The sums and the exchange rates that they rest on.
    pub(super) fn sums(&mut self) -> io::Result<()> {
        if self.is_full(ROW * 6) {
            self.next_page()?;
        }
        let (sheet, price) = (self.sheet, &self.receipt.price);
        self.pdf.canvas.rule(sheet.margin, self.y - mm(3), sheet.inner(), 50);
        self.y += mm(1);
        self.pair(text::FOB_IN_LIRA, PLAIN, &text::lira(price.fob_try));
        if self.receipt.amount == price.fee {
            self.pair(text::FEE, STRONG, &text::lira(price.fee));
        } else {
            self.pair(text::FEE_OF_DECLARATION, PLAIN, &text::lira(price.fee));
            self.pair(text::PAID_HERE, STRONG, &text::lira(self.receipt.amount));
        }
        if price.rates.is_empty() {
            return Ok(());
        }
        self.y += mm(1);
        self.y =
            self.pdf.canvas.both(sheet.margin, self.y, sheet.inner(), (LABEL, ENGLISH), text::RATES_USED) + mm(1) / 2;
        for rate in &price.rates {
            if self.is_full(ROW) {
                self.next_page()?;
            }
            let (unit, currency) = (rate.unit, &rate.currency);
            let (buying, day) = (text::decimal(rate.buying), text::day(rate.date));
            let source = format!("{} {}", text::BULLETIN.tr, rate.bulletin);
            let line = format!("{unit} {currency} = {buying} TL · {source} · {day}");
            self.y = self.pdf.canvas.wrapped(sheet.margin, self.y, sheet.inner(), SMALL, &line);
        }
        Ok(())
    }

    /// What to do with it, and what not.
    pub(super) fn notes(&mut self) {
        let sheet = self.sheet;
        let notes = match (self.receipt.kind, self.slip) {
            (ApprovalKind::Cash, Slip::Receipt) => vec![text::SHOW_TO_CUSTOMS, text::INSTEAD_OF_STAMP],
            (ApprovalKind::Cash | ApprovalKind::Paper, _) => vec![text::INSTEAD_OF_STAMP],
            _ => vec![text::NOT_SHOWN_TO_CUSTOMS, text::INSTEAD_OF_STAMP],
        };
        if sheet.narrow() {
            self.y += mm(1);
        } else {
            self.y = sheet.end + mm(4);
        }
        self.pdf.canvas.rule(sheet.margin, self.y, sheet.inner(), 30);
        self.y += mm(4);
        for note in notes {
            self.y = self.pdf.canvas.both(sheet.margin, self.y, sheet.inner(), (SMALL, ENGLISH), note) + mm(1) / 2;
        }
    }

    /// The last page leaves.
    pub(super) fn end(self) -> io::Result<()> {
        let height = if self.sheet.narrow() { self.y + mm(4) } else { A4_HEIGHT };
        self.pdf.close_page(self.sheet.width, height)
    }

    /// The page leaves, the next one says whose continuation it is.
    fn next_page(&mut self) -> io::Result<()> {
        let sheet = self.sheet;
        self.pdf.close_page(sheet.width, if sheet.narrow() { self.y + mm(4) } else { A4_HEIGHT })?;
        let line = format!("{} {} · {}", self.heading().tr, self.receipt.number, text::CONTINUED.tr);
        self.y = self.pdf.canvas.wrapped(sheet.margin, sheet.top, sheet.inner(), STRONG, &line);
        self.rule();
        Ok(())
    }

    fn is_full(&self, needed: Length) -> bool {
        self.y + needed > self.sheet.end
    }

    fn heading(&self) -> Text {
        match self.slip {
            Slip::Receipt => text::RECEIPT,
            Slip::Information => text::INFORMATION,
        }
    }

    /// A label and below it its value, from where the block begins; gives the base line after it.
    fn cell(&mut self, x: Length, width: Length, label: Text, style: Style, value: &str) -> Length {
        let canvas = &mut self.pdf.canvas;
        let below = canvas.both(x, self.y, width, (LABEL, ENGLISH), label);
        canvas.wrapped(x, below + mm(1), width, style, value)
    }

    /// A label at the left and its value at the right, or below where both do not fit on the line.
    fn pair(&mut self, label: Text, style: Style, value: &str) {
        let (sheet, canvas) = (self.sheet, &mut self.pdf.canvas);
        let taken = canvas.width(style, value) + mm(2);
        let named = canvas.width(LABEL, label.tr);
        let english = canvas.width(ENGLISH, label.en) + mm(2);
        canvas.text(sheet.margin, self.y, LABEL, label.tr);
        if named + english + taken <= sheet.inner() {
            canvas.text(sheet.margin + named + mm(1), self.y, ENGLISH, label.en);
        }
        if named + taken <= sheet.inner() {
            canvas.right(sheet.right(), self.y, sheet.inner(), style, value);
            self.y += style.leading();
        } else {
            self.y += style.leading();
            self.y = canvas.wrapped(sheet.margin, self.y, sheet.inner(), style, value);
        }
        self.y += mm(1) / 2;
    }

    fn centred(&mut self, style: Style, words: &str) {
        let (sheet, canvas) = (self.sheet, &mut self.pdf.canvas);
        for line in canvas.lines(style, words, sheet.inner()) {
            canvas.centred(sheet.margin, self.y, sheet.inner(), style, line);
            self.y += style.leading();
        }
    }

    /// Left end and width of one of several equal columns.
    fn column(&self, column: i32, columns: usize) -> (Length, Length) {
        let columns = i32::try_from(columns).unwrap_or(1).max(1);
        let width = (self.sheet.inner() - mm(6) * (columns - 1)) / columns;
        (self.sheet.margin + column * (width + mm(6)), width)
    }

    /// A line across, with white above and below.
    fn rule(&mut self) {
        self.pdf.canvas.rule(self.sheet.margin, self.y, self.sheet.inner(), 30);
        self.y += mm(5);
    }
}

/// Facts beside each other on A4.
const FACTS_A_ROW: usize = 3;
