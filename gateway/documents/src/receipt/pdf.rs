//! How do receipts become a PDF?

use super::layout::Layout;
use super::{Paper, Receipt, Slip, rows};
use crate::DocumentError;
use crate::pdf::Pdf;
use crate::symbols::Symbols;
use crate::text;
use std::io::Write;

/// Writes receipts as one PDF, each on a page of its own. See [`ReceiptsPdf`] for receipts that come one by one.
///
/// # Errors
/// As [`ReceiptsPdf::add`]; the first ends it.
pub fn receipts_pdf<W: Write>(
    receipts: impl IntoIterator<Item = Receipt>,
    paper: Paper,
    slip: Slip,
    out: W,
) -> Result<W, DocumentError> {
    let mut pdf = ReceiptsPdf::begin(out, paper, slip)?;
    for receipt in receipts {
        pdf.add(&receipt)?;
    }
    pdf.finish()
}

/// Receipts on their way into one PDF. Each leaves as soon as it is added, so memory does not grow with their number.
pub struct ReceiptsPdf<W> {
    pdf: Pdf<W>,
    paper: Paper,
    slip: Slip,
}

impl<W: Write> ReceiptsPdf<W> {
    /// Opens the document.
    ///
    /// # Errors
    /// [`DocumentError::Write`] when nothing can be written.
    pub fn begin(out: W, paper: Paper, slip: Slip) -> Result<Self, DocumentError> {
        Ok(Self { pdf: Pdf::begin(out)?, paper, slip })
    }

    /// Writes one receipt.
    ///
    /// # Errors
    /// [`DocumentError::NotACode`] for a code that is none and [`DocumentError::TooLarge`] for sums that cannot be
    /// held: nothing of this receipt is written, others may follow. [`DocumentError::Write`] when it cannot be
    /// written: the document is broken.
    pub fn add(&mut self, receipt: &Receipt) -> Result<(), DocumentError> {
        let symbols = Symbols::of(&receipt.code).ok_or_else(|| DocumentError::NotACode(receipt.number.clone()))?;
        let (rows, sums) = rows(&receipt.price).ok_or(DocumentError::TooLarge)?;
        let mut page = Layout::begin(&mut self.pdf, self.paper, self.slip, receipt);
        page.head();
        page.parties();
        page.facts();
        page.amount();
        page.code(&symbols);
        page.items(&rows, sums)?;
        page.sums()?;
        page.notes();
        Ok(page.end()?)
    }

    /// Closes the document and gives back what was written to. A document without receipts says so on its one page.
    ///
    /// # Errors
    /// [`DocumentError::Write`] when the end cannot be written: the document is broken.
    pub fn finish(mut self) -> Result<W, DocumentError> {
        if self.pdf.pages() == 0 {
            Layout::nothing(&mut self.pdf, self.paper)?;
        }
        let title = match self.slip {
            Slip::Receipt => text::RECEIPTS,
            Slip::Information => text::INFORMATION_SLIPS,
        };
        Ok(self.pdf.finish(title.tr)?)
    }
}
