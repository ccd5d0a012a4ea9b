//! Receipts, information slips and statements on paper and as workbooks: the facts, read as they are written.
//!
//! A document of any length takes the same memory: rows are read in pages and leave as soon as they are laid out. What is
//! written to may block; call this where that is allowed.

use crate::client::{Client, Role};
use crate::office::Office;
use crate::reconcile::{self, Month};
use ebirlik_documents::{
    Cell, Column, DocumentError, Party, ReceiptsPdf, ReceiptsXlsx, Statement, StatementLine, StatementPdf,
    StatementXlsx, TableXlsx,
};
pub use ebirlik_documents::{Paper, Receipt, Slip};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::TURKEY;
use ebirlik_store::StoreError;
use ebirlik_store::accounts::Account;
use ebirlik_store::clients::ContactOffice;
use ebirlik_store::feed::AccountLine;
use ebirlik_store::receipts::{ReceiptFilter, ReceiptRow};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::HashMap;
use std::io::Write;
use tokio::runtime::Handle;

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For the eye and the printer.
    Pdf,
    /// For the spreadsheet.
    Xlsx,
}

/// Why a document was not made, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The store does not answer; why is in the log.
    #[error("the store does not answer")]
    Unavailable,
    /// Nobody takes the document any more.
    #[error("nobody takes the document: {0}")]
    Gone(std::io::Error),
    /// What a receipt is for is not there.
    #[error("receipt {0} is for a declaration that is not there")]
    Lost(String),
}

impl From<PaperError> for Fault {
    /// Whoever asked is told that we cannot tell now; the cause is for our log.
    fn from(error: PaperError) -> Self {
        tracing::error!(%error, "a document was not made");
        Self::Unavailable
    }
}

/// Which receipts are printed.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Days, exporter, declarant.
    pub filter: ReceiptFilter,
    /// For staff: the year of the numbers.
    pub year: i64,
    /// Receipt or information slip.
    pub slip: Slip,
    /// What it is printed on.
    pub paper: Paper,
    /// PDF or workbook.
    pub form: Form,
}

/// From the first instant of a day to the end of another, in microseconds UTC.
pub fn period(from: Date, to: Date) -> (i64, i64) {
    let instant = |day: Date| TURKEY.to_timestamp(day.at(0, 0, 0, 0)).map_or(0, Timestamp::as_microsecond);
    (instant(from), instant(to.saturating_add(jiff::Span::new().days(1))))
}

/// Receipts that a client may see behind a place of its list: a firm's own, or those of the staff's secretariat with
/// numbers of a year (G-73, G-75).
///
/// # Errors
/// When the store does not answer.
pub async fn list_receipts(
    office: &Office,
    client: &Client,
    (year, filter): (i64, &ReceiptFilter),
    after: i64,
    limit: u32,
) -> Result<Vec<ReceiptRow>, StoreError> {
    if reads_for_secretariat(client) {
        return office.store.list_receipts_of(&client.secretariat, year, after, filter, limit).await;
    }
    office.store.list_receipts(&client.firm, after, filter, limit).await
}

fn reads_for_secretariat(client: &Client) -> bool {
    client.firm.is_empty() && client.roles.has(Role::Staff)
}

/// Writes the receipts that a client may see: a firm's own, or those of the staff's secretariat (G-73, G-75). Blocks.
///
/// # Errors
/// When the store does not answer or the document cannot be written.
pub fn write_receipts(
    runtime: &Handle,
    office: &Office,
    client: &Client,
    wanted: &Wanted,
    out: impl Write + Send,
) -> Result<(), PaperError> {
    let mut facts = runtime.block_on(Facts::of(office))?;
    let mut after = 0;
    let mut page = || {
        let of = (wanted.year, &wanted.filter);
        let rows = runtime.block_on(list_receipts(office, client, of, after, PAGE))?;
        after = rows.last().map_or(after, |row| row.after);
        Ok::<_, PaperError>(rows)
    };
    match wanted.form {
        Form::Pdf => {
            let mut pdf = ReceiptsPdf::begin(out, wanted.paper, wanted.slip)?;
            loop {
                let rows = page()?;
                if rows.is_empty() {
                    break;
                }
                for row in rows {
                    pdf.add(&runtime.block_on(facts.receipt(&row))?)?;
                }
            }
            pdf.finish()?;
        }
        Form::Xlsx => {
            let mut workbook = ReceiptsXlsx::begin()?;
            loop {
                let rows = page()?;
                if rows.is_empty() {
                    break;
                }
                for row in rows {
                    workbook.add(&runtime.block_on(facts.receipt(&row))?)?;
                }
            }
            workbook.finish(out)?;
        }
    }
    Ok(())
}

/// One receipt as PDF, by its number such as `IMMIB-2026-0000042`; `None` where the client may see none such.
///
/// # Errors
/// When the store does not answer or the document cannot be made.
pub async fn one_receipt(
    office: &Office,
    client: &Client,
    number: &str,
    paper: Paper,
    slip: Slip,
) -> Result<Option<Vec<u8>>, PaperError> {
    let Some((_, receipt)) = find_receipt(office, client, number).await? else { return Ok(None) };
    let mut pdf = ReceiptsPdf::begin(Vec::new(), paper, slip)?;
    pdf.add(&receipt)?;
    Ok(Some(pdf.finish()?))
}

/// A receipt by its number, with what is printed on it; `None` where the client may see none such.
///
/// # Errors
/// When the store does not answer.
pub async fn find_receipt(
    office: &Office,
    client: &Client,
    number: &str,
) -> Result<Option<(ReceiptRow, Receipt)>, PaperError> {
    let mut parts = number.rsplitn(3, '-');
    let parsed = (parts.next().and_then(|part| part.parse().ok()), parts.next().and_then(|part| part.parse().ok()));
    let (Some(serial), Some(year)) = parsed else { return Ok(None) };
    let secretariat = parts.next().unwrap_or_default();
    let Some(row) = office.store.find_receipt(secretariat, year, serial).await? else { return Ok(None) };
    let receipt = Facts::of(office).await?.receipt(&row).await?;
    let own = [&receipt.exporter.tax_number, &receipt.declarant.tax_number].contains(&&client.firm);
    let staff = reads_for_secretariat(client) && client.secretariat == row.secretariat;
    Ok(((own && !client.firm.is_empty()) || staff).then_some((row, receipt)))
}

/// Writes the statement of an account. Blocks.
///
/// # Errors
/// When the store does not answer or the document cannot be written.
pub fn write_statement(
    runtime: &Handle,
    office: &Office,
    account: &Account,
    (from, to): (Date, Date),
    form: Form,
    out: impl Write + Send,
) -> Result<(), PaperError> {
    let (start, end) = period(from, to);
    let store = &office.store;
    let (before, opening) = runtime.block_on(store.balance_before(account.id, start))?;
    // What is numbered from here on is no part of it.
    let (last, closing) = runtime.block_on(store.balance_before(account.id, end))?;
    let mut facts = runtime.block_on(Facts::of(office))?;
    let statement = Statement {
        account: account.name(),
        holder: runtime.block_on(facts.party(&account.firm))?,
        from,
        to,
        opening: money(opening),
        closing: money(closing),
    };
    let mut after = before;
    let mut page = || {
        let lines = runtime.block_on(store.list_lines(account.id, after, last, PAGE))?;
        after = lines.last().map_or(after, |line| line.number);
        Ok::<_, PaperError>(lines)
    };
    match form {
        Form::Pdf => {
            let mut pdf = StatementPdf::begin(&statement, out)?;
            loop {
                let lines = page()?;
                if lines.is_empty() {
                    break;
                }
                lines.iter().try_for_each(|line| pdf.add(&statement_line(line)))?;
            }
            pdf.finish()?;
        }
        Form::Xlsx => {
            let mut workbook = StatementXlsx::begin(&statement)?;
            loop {
                let lines = page()?;
                if lines.is_empty() {
                    break;
                }
                lines.iter().try_for_each(|line| workbook.add(&statement_line(line)))?;
            }
            workbook.finish(out)?;
        }
    }
    Ok(())
}

/// Writes the three lists of a month's match, or one of them, as a workbook. Blocks.
///
/// # Errors
/// When the store does not answer or the workbook cannot be written.
pub fn write_differences(
    runtime: &Handle,
    office: &Office,
    client: &Client,
    (month, kind): (&Month, &str),
    out: impl Write + Send,
) -> Result<(), PaperError> {
    const COLUMNS: [Column<'_>; 11] = [
        Column { head: "Liste", width: 22 },
        Column { head: "Tescil no", width: 20 },
        Column { head: "Referans", width: 24 },
        Column { head: "Beyan sahibi", width: 14 },
        Column { head: "Gönderici", width: 14 },
        Column { head: "Genel sekreterlik", width: 18 },
        Column { head: "Farklar", width: 60 },
        Column { head: "Durum", width: 10 },
        Column { head: "Sorumlu", width: 16 },
        Column { head: "Bulunma zamanı", width: 18 },
        Column { head: "Gün", width: 6 },
    ];
    let now = office.clock.now();
    let mut workbook = TableXlsx::begin(&format!("Mutabakat {}", month.text()), &COLUMNS)?;
    let mut after = 0;
    loop {
        let rows = runtime.block_on(reconcile::list(office, client, month, kind, after, PAGE));
        let rows = rows.map_err(|_| PaperError::Unavailable)?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in &rows {
            let found_at = Timestamp::from_microsecond(row.found_at).unwrap_or(now);
            let words = match row.kind.as_str() {
                "without_approval" => "Onaysız tescil",
                "never_registered" => "Tescil edilmemiş onay",
                _ => "Farklı tescil",
            };
            let text = |text: &Option<String>| Cell::Text(text.clone().unwrap_or_default().into());
            workbook.add(&[
                Cell::Text(words.into()),
                text(&row.registration_no),
                text(&row.reference),
                text(&row.declarant),
                text(&row.exporter),
                Cell::Text(row.secretariat.as_str().into()),
                Cell::Text(fields_in_words(&row.fields).into()),
                Cell::Text(if row.state == "open" { "açık" } else { "kapandı" }.into()),
                text(&row.owner),
                Cell::Time(found_at),
                Cell::Number(row.age_days(now)),
            ])?;
        }
    }
    Ok(workbook.finish(out)?)
}

/// The fields that differ, one behind the other: `invoice_total: 10.00 / 12.00`, customs' value first.
fn fields_in_words(fields: &str) -> String {
    let fields: Vec<serde_json::Value> = serde_json::from_str(fields).unwrap_or_default();
    let word = |field: &serde_json::Value| {
        let part = |name: &str| field.get(name).and_then(serde_json::Value::as_str).unwrap_or("-").to_owned();
        format!("{}: {} / {}", part("field"), part("customs"), part("ours"))
    };
    fields.iter().map(word).collect::<Vec<_>>().join("; ")
}

/// What receipts are made of, with the firms read so far.
struct Facts<'o> {
    office: &'o Office,
    parties: HashMap<String, Party>,
    offices: Vec<ContactOffice>,
}

impl<'o> Facts<'o> {
    async fn of(office: &'o Office) -> Result<Self, StoreError> {
        let offices = office.store.list_contact_offices().await?;
        Ok(Self { office, parties: HashMap::new(), offices })
    }

    async fn receipt(&mut self, row: &ReceiptRow) -> Result<Receipt, PaperError> {
        let store = &self.office.store;
        let lost = || PaperError::Lost(row.name());
        let declaration = store.find_declaration_by_id(row.declaration).await?.ok_or_else(lost)?;
        let stored = store.find_approval_of(row.declaration, row.version).await?.ok_or_else(lost)?;
        let approval = stored.approval;
        let sent_by = store.find_version(row.declaration, row.version).await?.map(|version| version.sent_by);
        let seat = sent_by.as_deref().and_then(|by| by.split_once('/')).map(|(_, seat)| seat.to_owned());
        let names = self.office.rules();
        Ok(Receipt {
            number: row.name(),
            secretariat_name: names.secretariats.get(&row.secretariat).cloned().unwrap_or_default(),
            secretariat: row.secretariat.clone(),
            office: seat.map(|seat| {
                self.offices.iter().find(|office| office.code == seat).map_or(seat, |found| found.name.clone())
            }),
            exporter: self.party(&declaration.exporter).await?,
            declarant: self.party(&declaration.declarant).await?,
            reference: declaration.reference,
            record_no: approval.record_no,
            code: approval.code,
            kind: approval.kind,
            paid_at: row.paid_at,
            valid_until: approval.valid_until,
            registration_no: declaration.registration_no,
            price: approval.price,
            amount: row.amount,
        })
    }

    async fn party(&mut self, tax_number: &str) -> Result<Party, StoreError> {
        if let Some(known) = self.parties.get(tax_number) {
            return Ok(known.clone());
        }
        let firm = self.office.store.find_firm(tax_number).await?;
        let party = Party { title: firm.map(|firm| firm.title).unwrap_or_default(), tax_number: tax_number.to_owned() };
        if self.parties.len() >= PARTIES_MAX {
            self.parties.clear();
        }
        self.parties.insert(tax_number.to_owned(), party.clone());
        Ok(party)
    }
}

fn statement_line(line: &AccountLine) -> StatementLine {
    let body: serde_json::Value = serde_json::from_str(&line.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
    let amount = money(line.amount_kurus.abs());
    let what = match line.kind.as_str() {
        "declaration.approved" => "Nispi aidat",
        "declaration.corrected" => "Düzeltme farkı",
        "fee.refunded" => "Aidat iadesi",
        _ => "Yatırılan para",
    };
    StatementLine {
        number: u64::try_from(line.number).unwrap_or_default(),
        booked_at: Timestamp::from_microsecond(line.booked_at).unwrap_or_default(),
        what: what.to_owned(),
        reference: text("reference").or_else(|| text("code")),
        declaration: line.reference.clone(),
        record_no: text("record_no"),
        debit: (line.amount_kurus < 0).then_some(amount),
        credit: (line.amount_kurus >= 0).then_some(amount),
        balance: money(line.balance_kurus),
    }
}

/// An amount that is not below zero; a line of the statement that was is told by the audit.
fn money(kurus: i64) -> Money {
    Money::from_kurus(kurus).unwrap_or_default()
}

/// Rows of one page.
const PAGE: u32 = 500;
/// Firms that are remembered.
const PARTIES_MAX: usize = 10_000;
