//! What waits for the staff of a secretariat: how much of each kind and since when, and a page of each.
//!
//! Each page is one statement, filtered and counted by the database.

use crate::Store;
use crate::connection::read;
use crate::error::StoreError;
use crate::reconciliations::FoundRow;
use crate::sql::statements;

statements! {
    QUEUES = "select cast('desk' as text), count(*), min(received_at) from declaration
            where state in ('waiting_payment', 'at_desk') and state = 'at_desk' and secretariat = $1
        union all select 'cases', count(*), min(proposed_at) from staff_case where state = 'open' and secretariat = $1
        union all select 'bank', count(*), min(imported_at) from bank_line
            where state = 'unmatched' and secretariat = $1
        union all select kind, count(*), min(found_at) from reconciliation_row
            where state = 'open' and secretariat in ($1, '') group by kind";
    DESK = "select declaration.id, reference, declarant, exporter, coalesce(title, '') as exporter_title, version,
            received_at, count(*) over () as total
        from declaration left join firm on firm.tax_no = declaration.exporter
        where state in ('waiting_payment', 'at_desk') and state = 'at_desk' and secretariat = $1
            and ($2 = '' or exporter = $2 or declarant = $2) and ($3 = '' or reference = $3)
        order by received_at limit $4 offset $5";
    CASES = "select staff_case.id, kind, amount_kurus, staff_case.reason, proposed_by, proposed_at, reference, declarant,
            exporter, count(*) over () as total
        from staff_case join declaration on declaration.id = staff_case.declaration_id
        where staff_case.state = 'open' and staff_case.secretariat = $1 and ($2 = '' or kind = $2)
        order by proposed_at limit $3 offset $4";
    LINES = "select line_key, booked_on, amount_kurus, bank_reference, text, imported_at, count(*) over () as total
        from bank_line where secretariat = $1 and state = 'unmatched'
        order by booked_on, line_key limit $2 offset $3";
    OPEN_ROWS = "select reconciliation_row.id, month, kind, reconciliation_row.registration_no, declaration.reference,
            declaration.declarant, declaration.exporter, reconciliation_row.secretariat, fields,
            reconciliation_row.state, owner, found_at, reconciliation_row.declaration_id, reason,
            count(*) over () as total
        from reconciliation_row left join declaration on declaration.id = reconciliation_row.declaration_id
        where reconciliation_row.state = 'open' and reconciliation_row.secretariat in ($1, '')
            and ($2 = '' or month = $2) and ($3 = '' or kind = $3)
            and ($4 = '' or owner = $4 or ($4 = '-' and owner is null))
        order by found_at, reconciliation_row.id limit $5 offset $6";
    SETTLED_ROWS = "select reconciliation_row.id, month, kind, reconciliation_row.registration_no, declaration.reference,
            declaration.declarant, declaration.exporter, reconciliation_row.secretariat, fields,
            reconciliation_row.state, owner, found_at, reconciliation_row.declaration_id, reason,
            count(*) over () as total
        from reconciliation_row left join declaration on declaration.id = reconciliation_row.declaration_id
        where month = $2 and reconciliation_row.state = 'settled' and reconciliation_row.secretariat in ($1, '')
            and ($3 = '' or kind = $3) and ($4 = '' or owner = $4 or ($4 = '-' and owner is null))
        order by found_at, reconciliation_row.id limit $5 offset $6";
    ONE_ROW = "select reconciliation_row.id, month, kind, reconciliation_row.registration_no, declaration.reference,
            declaration.declarant, declaration.exporter, reconciliation_row.secretariat, fields,
            reconciliation_row.state, owner, found_at, reconciliation_row.declaration_id, reason,
            count(*) over () as total
        from reconciliation_row left join declaration on declaration.id = reconciliation_row.declaration_id
        where reconciliation_row.id = $2 and reconciliation_row.secretariat in ($1, '')";
}

/// How much waits of one kind, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// `desk`, `cases`, `bank`, or one of the three lists of the monthly match.
    pub kind: String,
    /// How many.
    pub count: i64,
    /// Since when the oldest waits, in microseconds UTC.
    pub oldest: Option<i64>,
}

/// A declaration at the desk.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DeskRow {
    /// The store's number.
    pub id: i64,
    /// The declarant's reference.
    pub reference: String,
    /// Declarant's tax number.
    pub declarant: String,
    /// Exporter's tax number.
    pub exporter: String,
    /// Its title.
    pub exporter_title: String,
    /// The version that stands, from 1.
    pub version: i64,
    /// Microseconds UTC.
    pub received_at: i64,
    /// Rows of the whole list.
    pub total: i64,
}

/// A case that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenCaseRow {
    /// The store's number.
    pub id: i64,
    /// The stored word of its kind.
    pub kind: String,
    /// The money that it moves, in kuruş.
    pub amount_kurus: i64,
    /// Why.
    pub reason: String,
    /// User code of who proposed it.
    pub proposed_by: String,
    /// Microseconds UTC.
    pub proposed_at: i64,
    /// Of its declaration.
    pub reference: String,
    /// Likewise.
    pub declarant: String,
    /// Likewise.
    pub exporter: String,
    /// Rows of the whole list.
    pub total: i64,
}

/// A line of a bank statement that nobody could tell.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnmatchedLine {
    /// Its key.
    pub line_key: String,
    /// The bank's day.
    pub booked_on: String,
    /// Kuruş.
    pub amount_kurus: i64,
    /// The bank's own reference.
    pub bank_reference: String,
    /// What the sender wrote.
    pub text: String,
    /// Microseconds UTC.
    pub imported_at: i64,
    /// Rows of the whole list.
    pub total: i64,
}

/// A row of the monthly match, with its declaration and the reason of its end.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MatchRow {
    /// The row.
    #[sqlx(flatten)]
    pub row: FoundRow,
    /// The store's number of our declaration, where there is one.
    pub declaration_id: Option<i64>,
    /// Why it was settled.
    pub reason: String,
    /// Rows of the whole list.
    pub total: i64,
}

/// Which rows of the monthly match.
#[derive(Debug, Clone, Default)]
pub struct MatchFilter {
    /// Settled ones of a month instead of open ones.
    pub settled: bool,
    /// As `2026-11`; empty is any, for open rows.
    pub month: String,
    /// One of the three lists; empty is all.
    pub kind: String,
    /// Whose; `-` is nobody's, empty is anybody's.
    pub owner: String,
}

/// How many rows, and how many before them.
pub type Window = (u32, u64);

impl Store {
    /// What waits for a secretariat's staff. Lists of the monthly match in which nothing is open are not there.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_queues(&self, secretariat: &str) -> Result<Vec<Queue>, StoreError> {
        let rows: Vec<(String, i64, Option<i64>)> = read!(self, store => sqlx::query_as(store.text(&QUEUES))
            .bind(secretariat).fetch_all(store.readers()))?;
        Ok(rows.into_iter().map(|(kind, count, oldest)| Queue { kind, count, oldest }).collect())
    }

    /// Declarations at a secretariat's desk, first come first; of a firm or a reference where one is given.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_desk(
        &self,
        secretariat: &str,
        (firm, reference): (&str, &str),
        window: Window,
    ) -> Result<Vec<DeskRow>, StoreError> {
        let (limit, offset) = bounds(window);
        read!(self, store => sqlx::query_as(store.text(&DESK)).bind(secretariat).bind(firm).bind(reference).bind(limit)
            .bind(offset).fetch_all(store.readers()))
    }

    /// Cases of a secretariat that wait for a second person, first come first; of one kind where it is given.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_open_case_rows(
        &self,
        secretariat: &str,
        kind: &str,
        window: Window,
    ) -> Result<Vec<OpenCaseRow>, StoreError> {
        let (limit, offset) = bounds(window);
        read!(self, store => sqlx::query_as(store.text(&CASES)).bind(secretariat).bind(kind).bind(limit).bind(offset)
            .fetch_all(store.readers()))
    }

    /// Lines of a secretariat's bank statements that a person must decide on, first come first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_unmatched_page(
        &self,
        secretariat: &str,
        window: Window,
    ) -> Result<Vec<UnmatchedLine>, StoreError> {
        let (limit, offset) = bounds(window);
        read!(self, store => sqlx::query_as(store.text(&LINES)).bind(secretariat).bind(limit).bind(offset)
            .fetch_all(store.readers()))
    }

    /// Rows of the monthly match of a secretariat, and those that nobody can tell whose they are, the oldest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_match_rows(
        &self,
        secretariat: &str,
        filter: &MatchFilter,
        window: Window,
    ) -> Result<Vec<MatchRow>, StoreError> {
        let (limit, offset) = bounds(window);
        let statement = if filter.settled { &SETTLED_ROWS } else { &OPEN_ROWS };
        read!(self, store => sqlx::query_as(store.text(statement)).bind(secretariat).bind(&filter.month)
            .bind(&filter.kind).bind(&filter.owner).bind(limit).bind(offset).fetch_all(store.readers()))
    }

    /// One row of the monthly match that a secretariat may see.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_match_row(&self, secretariat: &str, id: i64) -> Result<Option<MatchRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&ONE_ROW)).bind(secretariat).bind(id)
            .fetch_optional(store.readers()))
    }
}

fn bounds((limit, offset): Window) -> (i64, i64) {
    (i64::from(limit), i64::try_from(offset).unwrap_or(i64::MAX))
}
