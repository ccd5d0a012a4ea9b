//! What can go wrong between us and the database, and whether trying again can help.

use ebirlik_domain::decision::Fault;
use tokio::sync::Notify;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine failed, or could not be reached.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// A migration could not be applied.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The address names no store that we know.
    #[error("the store's address must start with sqlite: or postgres://, not {0:?}")]
    Address(String),
    /// The engine is set so that a reply would not mean durable.
    #[error("the database runs with {setting} = {value}; {wanted} is needed, or acknowledged approvals could be lost")]
    Unsafe {
        /// Name of the setting.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// Stored data breaks a rule of the domain.
    #[error("{table}.{column} holds what cannot be: {value:?}")]
    Inconsistent {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// The value found.
        value: String,
    },
    /// Another transaction was faster; everything was rolled back and may be tried again.
    #[error("another transaction was faster")]
    Overtaken,
    /// The database took too long; whether it did the work is not known.
    #[error("the database took too long")]
    Late,
    /// A row that a caller named is not there.
    #[error("{0}")]
    Missing(String),
    /// The caller's reference stands for something else already.
    #[error("{0}")]
    Conflict(String),
}

impl StoreError {
    /// True when the same work may succeed if tried again at once: serialization failure, deadlock, busy.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Overtaken => true,
            Self::Database(sqlx::Error::Database(error)) => {
                matches!(error.code().as_deref(), Some("40001" | "40P01" | "55P03" | "5" | "261" | "517" | "6" | "262"))
            }
            _ => false,
        }
    }

    /// True when a row was refused, or cannot be read: another batch may well pass. Not so when the database has no
    /// room, was stopped or gave up a statement: half the batch would fare no better, and 256 would be tried 511 times.
    pub(crate) fn is_about_rows(&self) -> bool {
        match self {
            Self::Inconsistent { .. } | Self::Database(sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }) => {
                true
            }
            Self::Database(sqlx::Error::Database(error)) => error.code().is_some_and(|code| is_of_rows(&code)),
            _ => false,
        }
    }

    /// True when a code that was to be issued stands already.
    pub(crate) fn is_code_clash(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        // PostgreSQL names the index, SQLite the column.
        let names = error.constraint().unwrap_or_default();
        self.is_unique_violation() && (names == "approval_code" || error.message().contains("approval.code"))
    }

    /// True when a unique key refused the work: a twin was committed meanwhile, or a code clashed.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

impl From<sqlx::Error> for StoreError {
    /// Every error of the engines passes here, whatever was being done: so nobody can miss the one after which the
    /// process must not go on.
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(error) = &error
            && error.code().is_some_and(|code| SYNC_FAILED.contains(&code.as_ref()))
        {
            FAILED_SYNC.notify_one();
        }
        Self::Database(error)
    }
}

/// Returns when a disk has failed to sync what was written to it. What it holds is not known from then on: the system
/// drops what it could not write and says yes the next time. The process should end.
pub async fn sync_failed() {
    FAILED_SYNC.notified().await;
}

/// PostgreSQL's classes 22 (data), 23 (constraints) and 54 (limits); SQLite's too big, constraint and mismatch, with
/// whatever detail their upper bits tell.
fn is_of_rows(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() != SQLSTATE => matches!(number & 0xff, 18..=20),
        _ => ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
    }
}

/// Letters of a code of PostgreSQL's; those of SQLite are numbers of up to four digits.
const SQLSTATE: usize = 5;
/// SQLite's `SQLITE_IOERR_FSYNC` and `SQLITE_IOERR_DIR_FSYNC`. PostgreSQL ends by itself where it happens.
const SYNC_FAILED: &[&str] = &["1034", "1290"];
static FAILED_SYNC: Notify = Notify::const_new();

impl From<StoreError> for Fault {
    /// Whatever broke, the sender is told that we cannot tell now. The cause is for our log.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_row_is_refused_for_is_about_rows() {
        for (code, expected) in [
            ("22P02", true),
            ("23505", true),
            ("54000", true),
            ("57014", false),
            ("57P01", false),
            ("53100", false),
            ("53300", false),
            ("40001", false),
            ("2067", true), // SQLITE_CONSTRAINT_UNIQUE
            ("19", true),
            ("13", false),  // SQLITE_FULL
            ("778", false), // SQLITE_IOERR_WRITE
        ] {
            assert_eq!(is_of_rows(code), expected, "{code}");
        }
    }
}
