//! What can go wrong between us and the database, and whether trying again can help.

use ebirlik_domain::decision::Fault;
use rusqlite::{ErrorCode, ffi};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine failed, or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// SQLite failed in the writer's hands.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
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
            Self::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
            }
            _ => false,
        }
    }

    /// True when SQLite failed for what lies under it or in its file, not for what it was asked to write.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        matches!(self, Self::Sqlite(_)) && !self.is_transient() && !self.is_about_rows()
    }

    /// True when the database refused the work itself, or a row cannot be read: another batch may well pass.
    pub(crate) fn is_about_rows(&self) -> bool {
        let refused = matches!(
            self,
            Self::Database(sqlx::Error::Database(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. })
        );
        let refused_by_sqlite = matches!(
            self,
            Self::Sqlite(error) if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
            )
        );
        matches!(self, Self::Inconsistent { .. }) || refused_by_sqlite || (refused && !self.is_transient())
    }

    /// What kind of failure it is, for figures.
    pub fn kind(&self) -> &'static str {
        match self {
            error if error.is_transient() => "overtaken",
            Self::Late | Self::Database(sqlx::Error::PoolTimedOut) => "late",
            Self::Inconsistent { .. } => "inconsistent",
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

/// As SQLite names it when it refuses a code.
const CODE_COLUMN: &str = "approval.code";

impl From<StoreError> for Fault {
    /// Whatever broke, the sender is told that we cannot tell now. The cause is for our log.
    fn from(error: StoreError) -> Self {
        metrics::counter!("ebirlik_store_errors_total", "kind" => error.kind()).increment(1);
        tracing::error!(%error, "the store failed");
        Self::Unavailable
    }
}
