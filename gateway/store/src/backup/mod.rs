//! Everything remembered, out of one snapshot, and back into an empty store: in one form for both engines.
//!
//! A row travels as one line of JSON, an array of its columns: numbers, texts, bytes in hexadecimal, nulls. The engines
//! write and read these lines themselves; which columns there are is asked of them. What a file looks like is not known
//! here.

pub(crate) mod catalog;

use crate::Store;
use crate::connection::{POSTGRES_SCHEMA, SQLITE_SCHEMA, on};
use crate::error::StoreError;
use crate::left_out::{LEAVE_OUT_FEED, LEAVE_OUT_LINES, LEAVE_OUT_RECEIPTS};
use crate::sql::statements;
use catalog::{Catalog, Dialect};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::migrate::Migrator;
use std::collections::BTreeSet;
use std::io;
use std::ops::RangeInclusive;

statements! {
    SCHEMA = "select coalesce(max(version), 0) from _sqlx_migrations";
    RAISE_RECORD_COUNTERS = "insert into record_counter (secretariat, year, last)
        select secretariat, cast($1 as bigint), cast($2 as bigint) from (
            select secretariat from record_counter union select secretariat from membership
            union select secretariat from account) as known where true
        on conflict (secretariat, year) do update set last = record_counter.last + excluded.last";
    NEWEST_CHANGE = "select coalesce(max(version), 0) from change_counter";
    RAISE_CHANGES = "update change_counter set version = version + $1";
}

/// Every table that a backup holds, each after those that it refers to. The one list: the tests hold the schema to it.
const COPIED: &[&str] = &[
    "change_counter",
    "fee_rate",
    "regime_rule",
    "fee_exemption",
    "watched_goods",
    "bound_goods",
    "holiday",
    "tariff",
    "bulletin",
    "bulletin_rate",
    "firm",
    "membership",
    "power",
    "commitment",
    "account",
    "payer_commitment",
    "client",
    "client_secret",
    "client_certificate",
    "client_firm",
    "client_profile",
    "declaration",
    "declaration_version",
    "approval",
    "record_counter",
    "transfer",
    "event",
    "event_unchained",
    "audit_block",
    "contact_office",
    "registration",
    "staff_case",
    "refund",
    "sequencer",
    "feed",
    "account_line",
    "receipt",
    "account_choice",
    "bank_line",
    "card_order",
    "card_order_line",
    "customs_row",
    "reconciliation_row",
    "register_change",
    "upload",
    "attachment",
    "application",
    "application_branch",
    "application_file",
    "left_out",
    "table_change",
    "table_change_key",
    "client_act",
    "power_freeze",
    "power_application",
    "power_day",
    "deposit_account",
    "declaration_summary",
    "declaration_event",
    "desk_decision",
];
/// Tables of earlier schemas, which older copies hold.
const FORMER: &[&str] = &["audit_chain"];
/// Never copied: a session in a backup could be taken up again by whoever reads it, and so could the links of mails that
/// wait, which were sent since or are asked for anew.
const LEFT_OUT: &[&str] = &["session", "mail", "mail_link", "password_request"];
/// Filled by migrations or by a first start. Rows in these do not make a store anybody's.
const FILLED_BY_US: &[&str] = &[
    "change_counter",
    "fee_rate",
    "regime_rule",
    "fee_exemption",
    "watched_goods",
    "bound_goods",
    "holiday",
    "sequencer",
    "register_change",
];
/// Rows go back in sets of so many bytes, so that memory stays small.
const SET_BYTES: usize = 1 << 20;

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Which engine it was read from: `sqlite` or `postgres`.
    pub engine: String,
    /// Number of the newest migration of its schema.
    pub schema: i64,
    /// The tables, in the order of their rows.
    pub tables: Vec<Table>,
}

/// One table of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of a row's values.
    pub columns: Vec<String>,
    /// How many rows it has.
    pub rows: u64,
}

impl Contents {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// Takes a copy as it is read.
pub trait Sink: Send {
    /// What will come; called once, first.
    ///
    /// # Errors
    /// When it cannot be kept. The copy ends.
    fn contents(&mut self, contents: &Contents) -> io::Result<()>;

    /// The next row, in the order of the tables: one line of JSON.
    ///
    /// # Errors
    /// When it cannot be kept. The copy ends.
    fn row(&mut self, row: &str) -> io::Result<()>;
}

/// Numbers left out so that none is given twice: record numbers, receipts, lines of accounts and places in feeds that were
/// given after the copy was made are known outside, and the store does not know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The years in which such a number may have been given.
    pub years: RangeInclusive<i16>,
    /// How many numbers are left out: in each secretariat and year, in each account, in each firm's feed.
    pub numbers: u32,
}

/// Why a copy was not made or not taken.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rows' other end.
    #[error(transparent)]
    Rows(#[from] io::Error),
    /// Its tables are not ours, or not those of its schema.
    #[error("the tables are not those of this program's schema: {0}")]
    Foreign(String),
    /// The store that is to take the copy holds something.
    #[error("the store is not empty: {0} has rows; nothing was changed")]
    NotEmpty(String),
    /// A newer program made the copy.
    #[error("the copy has schema {found}, this program knows {known}; take the program that made it, or a newer one")]
    Newer {
        /// The copy's.
        found: i64,
        /// Ours.
        known: i64,
    },
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// The engine's words, and its schema step by step.
    fn engine(&self) -> (Dialect, &'static Migrator) {
        match self {
            Self::Sqlite(_) => (Dialect::Sqlite, &SQLITE_SCHEMA),
            Self::Postgres(_) => (Dialect::Postgres, &POSTGRES_SCHEMA),
        }
    }

    /// Reads every table from one snapshot, beside whoever writes.
    ///
    /// # Errors
    /// When the database cannot be read, holds tables that are not ours, or the sink takes no more.
    pub async fn copy_out(&self, sink: &mut dyn Sink) -> Result<(), CopyError> {
        let (dialect, _) = self.engine();
        on!(self, store => {
            let mut tx = store.snapshot().await?;
            let catalog = Catalog::of(sqlx::query_as(store.text(&catalog::COLUMNS)).fetch_all(&mut *tx).await?)?;
            let known: Vec<&str> = COPIED.iter().chain(FORMER).copied().filter(|name| catalog.has(name)).collect();
            refuse_foreign(&catalog)?;
            if known.is_empty() {
                return Err(StoreError::Missing("there is no store at this address".to_owned()).into());
            }
            let schema = sqlx::query_scalar(store.text(&SCHEMA)).fetch_one(&mut *tx).await?;
            let mut tables = Vec::with_capacity(known.len());
            for name in &known {
                let count = AssertSqlSafe(format!("select count(*) from {name}"));
                let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut *tx).await?;
                let columns = catalog.columns(name).map(ToOwned::to_owned).collect();
                tables.push(Table { name: (*name).to_owned(), columns, rows: rows.unsigned_abs() });
            }
            sink.contents(&Contents { engine: dialect.name().to_owned(), schema, tables })?;
            for name in known {
                let mut rows =
                    sqlx::query_scalar::<_, String>(AssertSqlSafe(catalog.select(dialect, name))).fetch(&mut *tx);
                while let Some(row) = rows.try_next().await? {
                    sink.row(&row)?;
                }
            }
            tx.commit().await?;
        });
        Ok(())
    }

    /// Takes a copy into an empty store, all of it or nothing, and leaves it at the copy's schema, or with a gap at ours:
    /// the next [`Store::open`] brings it up to date. `rows` ends when the copy is known to be whole; nothing is committed before.
    ///
    /// # Errors
    /// When the store is not empty or holds foreign tables, when a newer program made the copy, or when the rows, the
    /// store or their tables do not fit. Then the store is as before.
    pub async fn copy_in(
        &self,
        contents: &Contents,
        rows: &mut (dyn Iterator<Item = io::Result<String>> + Send),
        gap: Option<&Gap>,
    ) -> Result<(), CopyError> {
        let (dialect, schema) = self.engine();
        if !schema.version_exists(contents.schema) {
            let known = schema.iter().map(|migration| migration.version).max().unwrap_or_default();
            return Err(CopyError::Newer { found: contents.schema, known });
        }
        on!(self, store => {
            let mut tx = store.begin().await?;
            let catalog = Catalog::of(sqlx::query_as(store.text(&catalog::COLUMNS)).fetch_all(&mut *tx).await?)?;
            refuse_foreign(&catalog)?;
            if let Some(lock) = dialect.lock(catalog.tables()) {
                sqlx::query(AssertSqlSafe(lock)).execute(&mut *tx).await?;
            }
            let standing = || COPIED.iter().chain(FORMER).chain(LEFT_OUT).copied().filter(|name| catalog.has(name));
            for name in standing().filter(|name| !FILLED_BY_US.contains(name)) {
                let any = AssertSqlSafe(format!("select 1 from {name} limit 1"));
                if sqlx::query(any).fetch_optional(&mut *tx).await?.is_some() {
                    return Err(CopyError::NotEmpty(name.to_owned()));
                }
            }
            let seen: i64 = if catalog.has("change_counter") {
                sqlx::query_scalar(store.text(&NEWEST_CHANGE)).fetch_one(&mut *tx).await?
            } else {
                0
            };
            // The schema is built anew as it was when the copy was made; what refers goes before what is referred to.
            for name in standing().collect::<Vec<_>>().into_iter().rev().chain(["_sqlx_migrations"]) {
                sqlx::query(AssertSqlSafe(format!("drop table if exists {name}"))).execute(&mut *tx).await?;
            }
            schema.run_direct(Some(contents.schema), &mut *tx, false).await.map_err(StoreError::from)?;
            let catalog = Catalog::of(sqlx::query_as(store.text(&catalog::COLUMNS)).fetch_all(&mut *tx).await?)?;
            for name in standing_after(&catalog, contents)? {
                sqlx::query(AssertSqlSafe(format!("delete from {name}"))).execute(&mut *tx).await?;
            }
            for table in &contents.tables {
                let insert = catalog.insert(dialect, &table.name, &table.columns)?;
                let mut left = table.rows;
                while left > 0 {
                    let (set, count) = next_set(rows, left)?;
                    let done = sqlx::query(AssertSqlSafe(insert.clone())).bind(set).execute(&mut *tx).await?;
                    if done.rows_affected() != count {
                        return Err(CopyError::Foreign(format!("{} took not every row", table.name)));
                    }
                    left -= count;
                }
            }
            if let Some(beyond) = rows.next() {
                beyond?;
                return Err(CopyError::Foreign("there are more rows than announced".to_owned()));
            }
            // Above what a server that runs on the empty store has seen, so that it reads everything anew.
            sqlx::query(store.text(&RAISE_CHANGES)).bind(seen).execute(&mut *tx).await?;
            if let Some(gap) = gap {
                // What is left out is kept in tables that an old copy has not got.
                schema.run_direct(None, &mut *tx, false).await.map_err(StoreError::from)?;
                let numbers = i64::from(gap.numbers);
                for year in gap.years.clone() {
                    sqlx::query(store.text(&RAISE_RECORD_COUNTERS)).bind(i64::from(year)).bind(numbers)
                        .execute(&mut *tx).await?;
                    sqlx::query(store.text(&LEAVE_OUT_RECEIPTS)).bind(numbers).bind(year.to_string())
                        .execute(&mut *tx).await?;
                }
                for series in [&LEAVE_OUT_FEED, &LEAVE_OUT_LINES] {
                    sqlx::query(store.text(series)).bind(numbers).execute(&mut *tx).await?;
                }
            }
            tx.commit().await?;
        });
        Ok(())
    }
}

/// A table that we do not know would be left out of a backup, or lost by a restore: neither is done.
fn refuse_foreign(catalog: &Catalog) -> Result<(), CopyError> {
    let foreign = catalog.tables().find(|name| ![COPIED, FORMER, LEFT_OUT].iter().any(|names| names.contains(name)));
    foreign.map_or(Ok(()), |name| Err(CopyError::Foreign(format!("{name} is not known"))))
}

/// The tables to fill, once they are known to be those of the copy.
fn standing_after<'a>(catalog: &'a Catalog, contents: &Contents) -> Result<Vec<&'a str>, CopyError> {
    let standing: BTreeSet<&str> = catalog.tables().filter(|name| !LEFT_OUT.contains(name)).collect();
    let copied: BTreeSet<&str> = contents.tables.iter().map(|table| table.name.as_str()).collect();
    let once = copied.len() == contents.tables.len();
    match standing.symmetric_difference(&copied).next() {
        None if once => Ok(standing.into_iter().collect()),
        None => Err(CopyError::Foreign("a table stands twice".to_owned())),
        Some(name) => Err(CopyError::Foreign(format!("{name} is on one side only"))),
    }
}

/// The next rows of a table as one array of JSON, and how many they are: at least one.
fn next_set(
    rows: &mut (dyn Iterator<Item = io::Result<String>> + Send),
    left: u64,
) -> Result<(String, u64), CopyError> {
    let mut set = String::from("[");
    let mut count = 0;
    while count < left && set.len() < SET_BYTES {
        let row = rows.next().ok_or_else(|| CopyError::Foreign("there are fewer rows than announced".to_owned()))??;
        if count > 0 {
            set.push(',');
        }
        set.push_str(&row);
        count += 1;
    }
    set.push(']');
    Ok((set, count))
}

#[cfg(test)]
mod tests;
