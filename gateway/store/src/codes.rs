//! What was a code issued for, and how does that stand?

use crate::Store;
use crate::connection::{read, reading};
use crate::declarations::{instant, number, parse_state};
use crate::error::StoreError;
use crate::rules::day;
use crate::sql::statements;
use crate::writer::rows::json;
use ebirlik_domain::decision::ApprovalKind;
use ebirlik_domain::state::State;
use jiff::Timestamp;
use rusqlite::OptionalExtension;

statements! {
    OF_CODE = "select declaration_id, version from approval where code = $1 order by version desc limit 1";
    @differ
    NEAREST_CODE = sqlite "select code, kind, approved_at, declaration.secretariat, record_no, valid_until, reference,
        exporter, state, registration_no, ended_at, approval.version, declaration.version as stands
        from approval join declaration on declaration.id = approval.declaration_id
        where code = coalesce((select code from approval where code >= substr($1, 1, 14) order by code limit 1),
            (select min(code) from approval))
        order by kept desc limit 1"
        postgres "select code, kind, approved_at, declaration.secretariat, record_no, valid_until, reference,
        exporter, state, registration_no, ended_at, approval.version, declaration.version as stands
        from approval join declaration on declaration.id = approval.declaration_id
        where code = coalesce((select code from approval where code = $1 limit 1), (select min(code) from approval))
        order by kept desc limit 1";
    CODES = sqlite "select code, kind, approved_at, declaration.secretariat, record_no, valid_until, reference, exporter,
        state, registration_no, ended_at, approval.version, declaration.version as stands
        from approval join declaration on declaration.id = approval.declaration_id
        where code in (select value from json_each($1)) order by kept"
        postgres "select code, kind, approved_at, declaration.secretariat, record_no, valid_until, reference, exporter,
        state, registration_no, ended_at, approval.version, declaration.version as stands
        from approval join declaration on declaration.id = approval.declaration_id
        where code in (select value from json_array_elements_text($1::json)) order by kept";
}

/// What the store knows about a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCode {
    /// The code, bare.
    pub code: String,
    /// Kind of approval.
    pub kind: ApprovalKind,
    /// When it was issued.
    pub approved_at: Timestamp,
    /// By which secretariat.
    pub secretariat: String,
    /// Record number.
    pub record_no: String,
    /// Last day, where goods have a term.
    pub valid_until: Option<jiff::civil::Date>,
    /// The declaration's reference.
    pub reference: String,
    /// Its exporter.
    pub exporter: String,
    /// Its state.
    pub state: State,
    /// Customs registration number, once used.
    pub registration_no: Option<String>,
    /// When the declaration was withdrawn or cancelled.
    pub ended_at: Option<Timestamp>,
    /// A correction gave the declaration another code.
    pub is_superseded: bool,
}

#[derive(sqlx::FromRow)]
struct CodeRow {
    code: String,
    kind: String,
    approved_at: i64,
    secretariat: String,
    record_no: String,
    valid_until: Option<String>,
    reference: String,
    exporter: String,
    state: String,
    registration_no: Option<String>,
    ended_at: Option<i64>,
    version: i64,
    /// The version of the declaration that stands.
    stands: i64,
}

impl Store {
    /// The store's number of the declaration that a code was issued for, and the approved version.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_code(&self, code: &str) -> Result<Option<(i64, u32)>, StoreError> {
        let row: Option<(i64, i64)> = read!(self, store => sqlx::query_as(store.text(&OF_CODE)).bind(code)
            .fetch_optional(store.readers()))?;
        row.map(|(id, version)| Ok((id, number("approval", "version", version)?))).transpose()
    }

    /// The code itself where it was issued, else some other one: both take the same time, and the caller compares.
    /// `None` only while there are no codes at all.
    ///
    /// SQLite looks for the code's first 14 symbols, which no code equals, so that a search never ends early; the two
    /// check symbols follow from them, so the first code from there on is the one asked for or another.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn nearest_code(&self, code: &str) -> Result<Option<IssuedCode>, StoreError> {
        let row: Option<CodeRow> = match self {
            Self::Sqlite(store) => store.direct.read(|connection| {
                connection.prepare_cached(NEAREST_CODE.sqlite)?.query_row([code], CodeRow::of_sqlite).optional()
            })?,
            Self::Postgres(store) => {
                let read = async || {
                    let query = sqlx::query_as(NEAREST_CODE.postgres).bind(code);
                    Ok(query.fetch_optional(store.readers()).await?)
                };
                reading(read).await?
            }
        };
        row.map(issued_code).transpose()
    }

    /// Those of many codes that were issued, in no order.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_codes(&self, codes: &[&str]) -> Result<Vec<IssuedCode>, StoreError> {
        let rows: Vec<CodeRow> = read!(self, store => sqlx::query_as(store.text(&CODES))
            .bind(json(codes)).fetch_all(store.readers()))?;
        rows.into_iter().map(issued_code).collect()
    }
}

impl CodeRow {
    /// From the columns of [`NEAREST_CODE`].
    fn of_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            code: row.get(0)?,
            kind: row.get(1)?,
            approved_at: row.get(2)?,
            secretariat: row.get(3)?,
            record_no: row.get(4)?,
            valid_until: row.get(5)?,
            reference: row.get(6)?,
            exporter: row.get(7)?,
            state: row.get(8)?,
            registration_no: row.get(9)?,
            ended_at: row.get(10)?,
            version: row.get(11)?,
            stands: row.get(12)?,
        })
    }
}

fn issued_code(row: CodeRow) -> Result<IssuedCode, StoreError> {
    let kind = ApprovalKind::parse(&row.kind).ok_or_else(|| StoreError::Inconsistent {
        table: "approval",
        column: "kind",
        value: row.kind.clone(),
    })?;
    Ok(IssuedCode {
        kind,
        approved_at: instant("approval", "approved_at", row.approved_at)?,
        valid_until: row.valid_until.as_deref().map(|text| day("approval", "valid_until", text)).transpose()?,
        state: parse_state(&row.state)?,
        ended_at: row.ended_at.map(|micros| instant("declaration", "ended_at", micros)).transpose()?,
        code: row.code,
        secretariat: row.secretariat,
        record_no: row.record_no,
        reference: row.reference,
        exporter: row.exporter,
        registration_no: row.registration_no,
        is_superseded: row.version < row.stands,
    })
}
