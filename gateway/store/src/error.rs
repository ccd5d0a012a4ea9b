//! What can go wrong between us and the database, and whether trying again can help.

use ebirlik_domain::decision::Fault;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine failed, or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
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

    /// True when the database refused the work itself, or a row cannot be read: another batch may well pass.
    pub(crate) fn is_about_rows(&self) -> bool {
        let refused = matches!(
            self,
            Self::Database(sqlx::Error::Database(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. })
        );
        matches!(self, Self::Inconsistent { .. }) || (refused && !self.is_transient())
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

impl From<StoreError> for Fault {
    /// Whatever broke, the sender is told that we cannot tell now. The cause is for our log.
    fn from(error: StoreError) -> Self {
        metrics::counter!("ebirlik_store_errors_total", "kind" => error.kind()).increment(1);
        tracing::error!(%error, "the store failed");
        Self::Unavailable
    }
}
