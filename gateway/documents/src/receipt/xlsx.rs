//! How do receipts become rows of a workbook?

use super::Receipt;
use crate::table::{Cell, Column, TableXlsx};
use crate::{DocumentError, text};
use std::borrow::Cow;
use std::io::Write;

/// Writes receipts as one workbook, a row each. See [`ReceiptsXlsx`] for receipts that come one by one.
///
/// # Errors
/// As [`ReceiptsXlsx::add`].
pub fn receipts_xlsx(receipts: impl IntoIterator<Item = Receipt>, out: impl Write + Send) -> Result<(), DocumentError> {
    let mut xlsx = ReceiptsXlsx::begin()?;
    for receipt in receipts {
        xlsx.add(&receipt)?;
    }
    xlsx.finish(out)
}

/// Receipts on their way into one workbook.
pub struct ReceiptsXlsx(TableXlsx);

impl ReceiptsXlsx {
    /// Opens the workbook.
    ///
    /// # Errors
    /// As [`TableXlsx::begin`].
    pub fn begin() -> Result<Self, DocumentError> {
        let columns = [
            (text::RECEIPT_NO, 22),
            (text::SECRETARIAT, 12),
            (text::OFFICE, 18),
            (text::EXPORTER, 40),
            (text::EXPORTER_TAX_NUMBER, 14),
            (text::DECLARANT, 40),
            (text::DECLARANT_TAX_NUMBER, 14),
            (text::REFERENCE, 28),
            (text::RECORD_NO, 20),
            (text::CODE, 20),
            (text::KIND, 14),
            (text::PAID_AT, 17),
            (text::VALID_UNTIL, 12),
            (text::REGISTRATION_NO, 20),
            (text::FOB_IN_LIRA, 18),
            (text::FEE, 16),
            (text::PAID, 16),
        ];
        let columns = columns.map(|(text, width)| Column { head: text.tr, width });
        Ok(Self(TableXlsx::begin(text::RECEIPTS.tr, &columns)?))
    }

    /// Writes one receipt.
    ///
    /// # Errors
    /// As [`TableXlsx::add`].
    pub fn add(&mut self, receipt: &Receipt) -> Result<(), DocumentError> {
        let words = |text: &'static str| Cell::Text(Cow::Borrowed(text));
        self.0.add(&[
            letters(&receipt.number),
            letters(&receipt.secretariat),
            receipt.office.as_deref().map_or(Cell::Empty, letters),
            letters(&receipt.exporter.title),
            letters(&receipt.exporter.tax_number),
            letters(&receipt.declarant.title),
            letters(&receipt.declarant.tax_number),
            letters(&receipt.reference),
            letters(&receipt.record_no),
            letters(&receipt.code),
            words(text::kind(receipt.kind).tr),
            Cell::Time(receipt.paid_at),
            receipt.valid_until.map_or(Cell::Empty, Cell::Date),
            receipt.registration_no.as_deref().map_or(Cell::Empty, letters),
            Cell::Money(receipt.price.fob_try),
            Cell::Money(receipt.price.fee),
            Cell::Money(receipt.amount),
        ])
    }

    /// Writes the workbook.
    ///
    /// # Errors
    /// As [`TableXlsx::finish`].
    pub fn finish(self, out: impl Write + Send) -> Result<(), DocumentError> {
        self.0.finish(out)
    }
}

fn letters(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}
