//! What can go wrong between us and the database, and whether trying again can help.

use ebirlik_domain::decision::Fault;
use rusqlite::{ErrorCode, ffi};
use sqlx::migrate::MigrateError;
use tokio::sync::Notify;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine failed, or could not be reached.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// SQLite failed in the writer's hands.
    #[error("database: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// A migration could not be applied.
    #[error("migration: {0}")]
    Migration(MigrateError),
    /// A newer program has changed the schema.
    #[error("a newer program made the store's schema ({0}); start that program, or restore the backup from before it")]
    Newer(i64),
    /// The address names no store that we know.
    #[error("the store's address must start with sqlite: or postgres://, not {0:?}")]
    Address(String),
    /// None of several PostgreSQL servers takes writes.
    #[error("none of the {0} PostgreSQL servers of the store's address answers and takes writes")]
    Leaderless(usize),
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
            Self::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
            }
            _ => false,
        }
    }

    /// True when PostgreSQL went away under the work, or takes no writes now: lost connections (class 08), a server
    /// that stops, crashes or starts (57P01 to 57P03), a standby (25006). Whether a commit was done is not known.
    pub(crate) fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Io(_)) => true,
            Self::Database(sqlx::Error::Database(error)) => error.code().is_some_and(|code| is_gone(&code)),
            _ => false,
        }
    }

    /// True when SQLite failed for what lies under it or in its file, not for what it was asked to write.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        matches!(self, Self::Sqlite(_)) && !self.is_transient() && !self.is_about_rows()
    }

    /// True when a row was refused, or cannot be read: another batch may well pass. Not so when the database has no
    /// room, was stopped or gave up a statement: half the batch would fare no better, and 256 would be tried 511 times.
    pub(crate) fn is_about_rows(&self) -> bool {
        match self {
            Self::Inconsistent { .. } | Self::Database(sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }) => {
                true
            }
            Self::Database(sqlx::Error::Database(error)) => error.code().is_some_and(|code| is_of_rows(&code)),
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => is_of_rows(&error.extended_code.to_string()),
            _ => false,
        }
    }

    /// What kind of failure it is, for figures.
    pub fn kind(&self) -> &'static str {
        match self {
            error if error.is_transient() => "overtaken",
            Self::Late | Self::Database(sqlx::Error::PoolTimedOut) => "late",
            Self::Inconsistent { .. } => "inconsistent",
            error if error.is_of_the_connection() => "unreachable",
            Self::Database(sqlx::Error::Database(_)) | Self::Missing(_) | Self::Conflict(_) => "refused",
            _ => "unreachable",
        }
    }

    /// True when a code that was to be issued stands already.
    pub(crate) fn is_code_clash(&self) -> bool {
        // PostgreSQL names the index, SQLite the column.
        self.is_unique_violation()
            && match self {
                Self::Database(sqlx::Error::Database(error)) => {
                    error.constraint() == Some("approval_code") || error.message().contains(CODE_COLUMN)
                }
                Self::Sqlite(error) => error.to_string().contains(CODE_COLUMN),
                _ => false,
            }
    }

    /// True when a unique key refused the work: a twin was committed meanwhile, or a code clashed.
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.is_unique_violation(),
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => {
                matches!(error.extended_code, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
            }
            _ => false,
        }
    }
}

/// SQLSTATEs of a server that is gone or takes no writes. Source: PostgreSQL, appendix A.
fn is_gone(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "25006" | "57P01" | "57P02" | "57P03")
}

/// As SQLite names it when it refuses a code.
const CODE_COLUMN: &str = "approval.code";
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

impl From<rusqlite::Error> for StoreError {
    /// As those of the other driver.
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::SqliteFailure(error, _) = &error
            && SYNC_FAILED.contains(&error.extended_code.to_string().as_str())
        {
            FAILED_SYNC.notify_one();
        }
        Self::Sqlite(error)
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

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            other => Self::Migration(other),
        }
    }
}

impl From<StoreError> for Fault {
    /// Whatever broke, the sender is told that we cannot tell now. The cause is for our log.
    fn from(error: StoreError) -> Self {
        metrics::counter!("ebirlik_store_errors_total", "kind" => error.kind()).increment(1);
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

    /// What a server says when it goes away, is short of something or refuses a row; and whom that is held against.
    #[test]
    fn a_server_that_goes_away_is_never_held_against_the_rows() {
        for code in ["08006", "08003", "25006", "57P01", "57P02", "57P03"] {
            assert!(is_gone(code) && !is_of_rows(code), "{code}");
        }
        for code in ["53100", "58030", "23505", "40001", "42P01", "57014"] {
            assert!(!is_gone(code), "{code}");
        }
        let cut = StoreError::Database(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()));
        assert!(cut.is_of_the_connection() && !cut.is_about_rows() && !cut.is_transient());
        assert!(!StoreError::Late.is_of_the_connection());
    }
}
