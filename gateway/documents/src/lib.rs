//! How do facts become paper? Receipts, information slips, account statements and petitions as PDF, lists as workbooks.
//!
//! Knows what a price and an amount are, and nothing of where facts come from: no store, no clock, no network. Pages and
//! rows leave as they are made; documents of any length take the same memory. The same facts give the same bytes.
//!
//! Each document comes in two shapes: a function for facts at hand, and a value to add them to as they are read.
//!
//! ```
//! use ebirlik_documents::{Cell, Column, table_xlsx};
//! let columns = [Column { head: "Genel sekreterlik", width: 20 }, Column { head: "Tutar", width: 12 }];
//! let amount = ebirlik_domain::money::Money::parse("1234.56").unwrap();
//! let mut workbook = Vec::new();
//! table_xlsx("Toplamlar", &columns, [vec![Cell::Text("IMMIB".into()), Cell::Money(amount)]], &mut workbook)?;
//! # Ok::<(), ebirlik_documents::DocumentError>(())
//! ```

mod digits;
mod letter;
mod pdf;
mod petition;
mod receipt;
mod statement;
mod symbols;
mod table;
mod text;

pub use digits::{code_of_digits, digits_of};
pub use letter::{Letter, LetterField, LetterSubject, letter_pdf};
pub use petition::{Petition, petition_pdf};
pub use receipt::{Paper, Party, Receipt, ReceiptsPdf, ReceiptsXlsx, Slip, receipts_pdf, receipts_xlsx};
pub use statement::{Statement, StatementLine, StatementPdf, StatementXlsx, statement_pdf, statement_xlsx};
pub use symbols::{Symbol, bars_of, square_of};
pub use table::{Cell, Column, TableXlsx, table_xlsx};

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The code of a receipt, which is named, is not sixteen symbols of Crockford's base 32.
    #[error("receipt {0} has no code of sixteen symbols")]
    NotACode(String),
    /// The balance after a line is not the balance before it, plus credit, less debit: a line is missing or twice there.
    #[error("the statement does not add up at line {line}")]
    DoesNotAddUp {
        /// The line's number.
        line: u64,
    },
    /// The lines do not end at the closing balance.
    #[error("the statement's lines do not end at its closing balance")]
    WrongClosing,
    /// A sum cannot be held.
    #[error("a sum is too large")]
    TooLarge,
    /// The document could not be written.
    #[error("the document cannot be written: {0}")]
    Write(#[from] std::io::Error),
    /// The workbook could not be made or written.
    #[error("the workbook cannot be made: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}
