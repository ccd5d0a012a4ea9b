//! Receipts: what is read of them. Their numbers are given by [`Store::number_events`].

use crate::Store;
use crate::connection::read;
use crate::declarations::instant;
use crate::error::StoreError;
use crate::feed::paid_in;
use crate::sql::statements;
use crate::trail::first_number;
use ebirlik_domain::money::Money;
use jiff::Timestamp;
use serde_json::Value;

statements! {
    RECEIPTS = "select receipt.secretariat, receipt.year, receipt.number, event.declaration_id, event.kind, event.body,
            event.happened_at, feed.position
        from feed join receipt on receipt.event_id = feed.event_id join event on event.id = feed.event_id
        join declaration on declaration.id = event.declaration_id
        where feed.firm = $1 and feed.position > $2 and event.happened_at >= $3 and event.happened_at < $4
            and ($5 = '' or declaration.exporter = $5) and ($6 = '' or declaration.declarant = $6)
            and ($8 = '' or receipt.secretariat = $8)
        order by feed.position limit $7";
    RECEIPT = "select receipt.secretariat, receipt.year, receipt.number, event.declaration_id, event.kind, event.body,
            event.happened_at, receipt.number
        from receipt join event on event.id = receipt.event_id
        where receipt.secretariat = $1 and receipt.year = $2 and receipt.number = $3";
    RECEIPTS_OF = "select receipt.secretariat, receipt.year, receipt.number, event.declaration_id, event.kind, event.body,
            event.happened_at, receipt.number
        from receipt join event on event.id = receipt.event_id
        join declaration on declaration.id = event.declaration_id
        where receipt.secretariat = $1 and receipt.year = $2 and receipt.number > $3
            and event.happened_at >= $4 and event.happened_at < $5
            and ($6 = '' or declaration.exporter = $6) and ($7 = '' or declaration.declarant = $7)
        order by receipt.number limit $8";
    FOUND = "select page.secretariat, page.year, page.number, page.declaration_id, page.exporter, page.declarant,
            page.amount_kurus, page.paid_at, declaration.reference,
            (select cast(coalesce(sum(refund.amount_kurus), 0) as bigint) from refund
                where refund.declaration_id = page.declaration_id) as refunded_kurus,
            (select cast(coalesce(sum(staff_case.amount_kurus), 0) as bigint) from staff_case
                where staff_case.declaration_id = page.declaration_id and staff_case.kind = 'refund'
                    and staff_case.state = 'open') as pending_kurus
        from (select secretariat, year, number, declaration_id, exporter, declarant, amount_kurus, paid_at
            from receipt where (exporter = $1 or declarant = $1) and paid_at >= $2 and paid_at < $3
                and ($4 = '' or exporter = $4) and ($5 = '' or declarant = $5) and ($6 = '' or secretariat = $6)
            order by (case when $7 = 'amount' then amount_kurus else paid_at end) * $8, secretariat, number * $8
            limit $9 offset $10) page
        join declaration on declaration.id = page.declaration_id
        order by (case when $7 = 'amount' then page.amount_kurus else page.paid_at end) * $8, page.secretariat,
            page.number * $8";
    COUNT = "select count(*) from receipt where (exporter = $1 or declarant = $1) and paid_at >= $2 and paid_at < $3
        and ($4 = '' or exporter = $4) and ($5 = '' or declarant = $5) and ($6 = '' or secretariat = $6)";
    RECEIPTS_FOR = "select receipt.secretariat, receipt.year, receipt.number, event.declaration_id, event.kind, event.body,
            event.happened_at, receipt.number
        from event join receipt on receipt.event_id = event.id
        where event.id >= $1 and event.id < $2 and event.declaration_id = $3 order by event.id";
}

/// A receipt as a firm's list shows it, with what was given back of its declaration's fee (G-62).
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FoundReceipt {
    /// The secretariat that took the money.
    pub secretariat: String,
    /// Year of the number.
    pub year: i64,
    /// From 1 without gaps, in each secretariat and year.
    pub number: i64,
    /// The store's number of the declaration.
    pub declaration_id: i64,
    /// Tax number of the exporter, in whose name it is.
    pub exporter: String,
    /// Tax number of the declarant.
    pub declarant: String,
    /// Kuruş.
    pub amount_kurus: i64,
    /// Microseconds UTC.
    pub paid_at: i64,
    /// The declarant's reference.
    pub reference: String,
    /// Kuruş given back of the declaration's fees so far.
    pub refunded_kurus: i64,
    /// Kuruş of refunds that wait for a second person.
    pub pending_kurus: i64,
}

impl FoundReceipt {
    /// As it is printed: `IMMIB-2026-0000042`.
    pub fn name(&self) -> String {
        name(&self.secretariat, self.year, self.number)
    }
}

fn name(secretariat: &str, year: i64, number: i64) -> String {
    format!("{secretariat}-{year}-{number:07}")
}

/// In which order receipts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptOrder {
    /// By what was paid; else by when.
    pub by_amount: bool,
    /// The most, or the last, first.
    pub descending: bool,
}

/// A receipt's number and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The secretariat that took the money.
    pub secretariat: String,
    /// Year of the number.
    pub year: i64,
    /// From 1 without gaps, in each secretariat and year.
    pub number: i64,
    /// The store's number of the declaration.
    pub declaration: i64,
    /// The version that was paid.
    pub version: u32,
    /// What was paid.
    pub amount: Money,
    /// When.
    pub paid_at: Timestamp,
    /// Where the list that it was read from goes on.
    pub after: i64,
}

impl ReceiptRow {
    /// As it is printed: `IMMIB-2026-0000042`.
    pub fn name(&self) -> String {
        name(&self.secretariat, self.year, self.number)
    }
}

/// Which receipts.
#[derive(Debug, Clone, Default)]
pub struct ReceiptFilter {
    /// First instant, in microseconds UTC.
    pub from: i64,
    /// First instant after them.
    pub until: i64,
    /// Of this exporter alone; empty is any.
    pub exporter: String,
    /// Of this declarant alone; empty is any.
    pub declarant: String,
    /// Of a firm's receipts, those of this secretariat alone; empty is any.
    pub secretariat: String,
}

/// Secretariat, year, number, declaration, kind of event, its body, instant, place in the list.
type ReceiptTuple = (String, i64, i64, i64, String, String, i64, i64);

impl Store {
    /// Receipts of a firm, as exporter or declarant, behind a position of its feed; with the position of the last.
    ///
    /// # Errors
    /// When the database cannot answer, or an event is not what a receipt's must be.
    pub async fn list_receipts(
        &self,
        firm: &str,
        after: i64,
        filter: &ReceiptFilter,
        limit: u32,
    ) -> Result<Vec<ReceiptRow>, StoreError> {
        let rows: Vec<ReceiptTuple> = read!(self, store => sqlx::query_as(store.text(&RECEIPTS)).bind(firm).bind(after)
            .bind(filter.from).bind(filter.until).bind(&filter.exporter).bind(&filter.declarant)
            .bind(i64::from(limit)).bind(&filter.secretariat).fetch_all(store.readers()))?;
        rows.into_iter().map(receipt).collect()
    }

    /// Receipts of a firm, as exporter or declarant, behind an offset, and how many the filter takes in all (G-75).
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_receipts(
        &self,
        firm: &str,
        filter: &ReceiptFilter,
        order: ReceiptOrder,
        (offset, limit): (u64, u32),
    ) -> Result<(Vec<FoundReceipt>, u64), StoreError> {
        let by = if order.by_amount { "amount" } else { "time" };
        let direction = if order.descending { -1 } else { 1_i64 };
        // Counted apart: to count while sorting would keep every row.
        let total: i64 = read!(self, store => sqlx::query_scalar(store.text(&COUNT)).bind(firm).bind(filter.from)
            .bind(filter.until).bind(&filter.exporter).bind(&filter.declarant).bind(&filter.secretariat)
            .fetch_one(store.readers()))?;
        let rows = read!(self, store => sqlx::query_as(store.text(&FOUND)).bind(firm).bind(filter.from)
            .bind(filter.until).bind(&filter.exporter).bind(&filter.declarant).bind(&filter.secretariat).bind(by)
            .bind(direction).bind(i64::from(limit)).bind(i64::try_from(offset).unwrap_or(i64::MAX))
            .fetch_all(store.readers()))?;
        Ok((rows, total.unsigned_abs()))
    }

    /// A receipt by its number.
    ///
    /// # Errors
    /// As [`Store::list_receipts`].
    pub async fn find_receipt(
        &self,
        secretariat: &str,
        year: i64,
        number: i64,
    ) -> Result<Option<ReceiptRow>, StoreError> {
        let row: Option<ReceiptTuple> = read!(self, store => sqlx::query_as(store.text(&RECEIPT)).bind(secretariat)
            .bind(year).bind(number).fetch_optional(store.readers()))?;
        row.map(receipt).transpose()
    }

    /// Receipts of a secretariat's year behind a number.
    ///
    /// # Errors
    /// As [`Store::list_receipts`].
    pub async fn list_receipts_of(
        &self,
        secretariat: &str,
        year: i64,
        after: i64,
        filter: &ReceiptFilter,
        limit: u32,
    ) -> Result<Vec<ReceiptRow>, StoreError> {
        let rows: Vec<ReceiptTuple> = read!(self, store => sqlx::query_as(store.text(&RECEIPTS_OF)).bind(secretariat)
            .bind(year).bind(after).bind(filter.from).bind(filter.until).bind(&filter.exporter).bind(&filter.declarant).bind(i64::from(limit))
            .fetch_all(store.readers()))?;
        rows.into_iter().map(receipt).collect()
    }

    /// Receipts of a declaration for what was paid at an instant, once they have their numbers.
    ///
    /// # Errors
    /// As [`Store::list_receipts`].
    pub async fn list_receipts_for(&self, declaration: i64, at: Timestamp) -> Result<Vec<ReceiptRow>, StoreError> {
        // The event has the number that was drawn next at that instant; those of a moment are looked through.
        let from = first_number(at.as_microsecond());
        let until = first_number(at.as_microsecond() + MOMENT_MICROS);
        let rows: Vec<ReceiptTuple> = read!(self, store => sqlx::query_as(store.text(&RECEIPTS_FOR)).bind(from).bind(until)
            .bind(declaration).fetch_all(store.readers()))?;
        rows.into_iter().map(receipt).collect()
    }
}

/// Ten seconds.
const MOMENT_MICROS: i64 = 10_000_000;

fn receipt(row: ReceiptTuple) -> Result<ReceiptRow, StoreError> {
    let (secretariat, year, number, declaration, kind, body, happened_at, after) = row;
    let value: Value = serde_json::from_str(&body).unwrap_or_default();
    let amount = paid_in(&kind).and_then(|field| value.get(field)).and_then(Value::as_str).and_then(Money::parse);
    let version = value.get("version").and_then(Value::as_u64).and_then(|version| u32::try_from(version).ok());
    let (Some(amount), Some(version)) = (amount, version) else {
        return Err(StoreError::Inconsistent { table: "event", column: "body", value: body });
    };
    let paid_at = instant("event", "happened_at", happened_at)?;
    Ok(ReceiptRow { secretariat, year, number, declaration, version, amount, paid_at, after })
}
