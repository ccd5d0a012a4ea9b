//! Opening the one store, on SQLite or PostgreSQL, and proving that it keeps what it acknowledges.

use crate::direct::DirectReaders;
use crate::error::StoreError;
use crate::lent::{LendingPool, PostgresTransaction};
use crate::nodes::{self, Follower, Nodes, Turned};
use crate::row_writer::RowWriter;
use crate::sql::Sql;
use crate::wall::{Connections, READERS_MAX, Wall, Walled};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Transaction};
use std::fs::OpenOptions;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Connections that write to PostgreSQL: the approval writer, the chain, and what people change.
const WRITERS: u32 = 4;
/// Of each SQLite connection that reads, in KiB as SQLite counts them; the system's own cache lies behind.
const READER_CACHE: &str = "-16384";
/// How long a statement waits for another process's write lock. Commands work beside a busy server.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an answer of the database is waited for where nothing is written.
const READ_TIMEOUT: Duration = Duration::from_secs(12);
/// How long a connection may take to say that it lives.
const PING_TIMEOUT: Duration = Duration::from_secs(2);
/// A connection that rested for longer is asked before it is used.
const RESTED: Duration = Duration::from_secs(1);
/// How long a caller waits for a connection that writes before the store counts as unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Of connections that write. Nobody waits for ever: not for a row that a lost client holds, nor that client for its own
/// next statement. And a statement is planned once: left to itself PostgreSQL often plans each batch anew, for the length of
/// its arrays, which takes longer than to write small ones.
const WRITING: [(&str, &str); 4] = [
    ("lock_timeout", "5s"),
    ("statement_timeout", "60s"),
    ("idle_in_transaction_session_timeout", "30s"),
    ("plan_cache_mode", "force_generic_plan"),
];
/// A commit is not waited for: the log keeps the order, so whatever commits behind it makes it durable too.
const UNAWAITED: [(&str, &str); 5] = [WRITING[0], WRITING[1], WRITING[2], WRITING[3], ("synchronous_commit", "off")];

/// The schema on each engine, step by step.
pub(crate) static SQLITE_SCHEMA: Migrator = sqlx::migrate!("./migrations/sqlite");
pub(crate) static POSTGRES_SCHEMA: Migrator = sqlx::migrate!("./migrations/postgres");

/// Runs one expression on whichever store this is.
macro_rules! on {
    ($self:expr, $store:ident => $body:expr) => {
        match $self {
            $crate::Store::Sqlite($store) => $body,
            $crate::Store::Postgres($store) => $body,
        }
    };
}
pub(crate) use on;

/// One query on whichever store this is, by a connection that only reads; see [`reading`].
macro_rules! read {
    ($self:expr, $store:ident => $query:expr) => {
        $crate::connection::reading(async || Ok($crate::connection::on!($self, $store => $query.await?))).await
    };
}
pub(crate) use read;

/// What we remember, in one database.
#[derive(Debug, Clone)]
pub enum Store {
    /// Embedded; nothing to install.
    Sqlite(SqliteStore),
    /// A server, possibly shared by several of ours.
    Postgres(PostgresStore),
}

/// A store in an SQLite file: one connection that writes, several for each wall that read.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pub(crate) path: PathBuf,
    writer: SqlitePool,
    readers: Walled<SqlitePool>,
    /// For single rows on the way to an answer.
    pub(crate) direct: Arc<DirectReaders>,
    turn: Arc<Mutex<RowWriter>>,
    /// Where it was opened.
    pub(crate) runtime: Handle,
    wall: Wall,
}

/// A transaction that writes to an SQLite file, with its turn among those of this process.
pub(crate) struct SqliteTransaction {
    transaction: Transaction<'static, Sqlite>,
    _turn: OwnedMutexGuard<RowWriter>,
}

impl SqliteTransaction {
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }
}

impl Deref for SqliteTransaction {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for SqliteTransaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

/// A store in a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    writer: LendingPool,
    /// Draws record numbers, each draw a transaction of its own that no disk is waited for; see [`UNAWAITED`].
    numbers: LendingPool,
    readers: Walled<LendingPool>,
    wall: Wall,
    /// Follows the leader of several servers; nothing with one.
    watch: Option<Arc<JoinSet<()>>>,
}

impl Store {
    /// Opens the store at `sqlite:PATH` or `postgres://...` (with one host, or several of which one takes writes), brings its schema up to date and checks its settings.
    ///
    /// # Errors
    /// When the address is unknown, the database cannot be reached, or it would lose acknowledged work.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let store = Self::connect(url).await?;
        match &store {
            Self::Sqlite(store) => SQLITE_SCHEMA.run(&store.writer).await?,
            Self::Postgres(store) => POSTGRES_SCHEMA.run(store.writer.pool()).await?,
        }
        Ok(store)
    }

    /// Opens the store as [`Store::open`] and leaves its schema as it is, for a copy of it or into it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Ok(Self::Sqlite(SqliteStore::open(path).await?));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(PostgresStore::open(url).await?));
        }
        Err(StoreError::Address(url.split("://").next().unwrap_or_default().to_owned()))
    }

    /// What a process before us left in SQLite's log but never synced, since it was killed in between, is read like all
    /// else and would be answered for. Moves the log into the database and syncs both; to be called before the first
    /// answer. PostgreSQL does the like when it recovers.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub async fn settle_log(&self) -> Result<(), StoreError> {
        if let Self::Sqlite(store) = self {
            // Commands of the operator may be reading: then the log stays, and its next commit syncs all of it.
            sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(&store.writer).await?;
            if let Ok(log) = std::fs::File::open(format!("{}-wal", store.path.display())) {
                log.sync_all().map_err(sqlx::Error::Io)?;
            }
        }
        Ok(())
    }

    /// The same store, read through the connections of a wall. As opened it reads through those of [`Wall::People`].
    #[must_use]
    pub fn behind(&self, wall: Wall) -> Self {
        match self {
            Self::Sqlite(store) => Self::Sqlite(SqliteStore { wall, ..store.clone() }),
            Self::Postgres(store) => Self::Postgres(PostgresStore { wall, ..store.clone() }),
        }
    }

    /// What a wall's connections are doing.
    pub fn connections(&self, wall: Wall) -> Connections {
        on!(self, store => {
            let pool = store.readers.of(wall);
            let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
            Connections { open: pool.size(), busy: pool.size().saturating_sub(idle), most: wall.connections() }
        })
    }

    /// Closes every connection, after what is under way.
    pub async fn close(&self) {
        on!(self, store => {
            for wall in Wall::ALL {
                store.readers.of(wall).close().await;
            }
            store.writer.close().await;
        });
        match self {
            Self::Sqlite(store) => {
                store.direct.close();
                store.turn.lock().await.close();
            }
            Self::Postgres(store) => store.numbers.close().await,
        }
    }
}

impl SqliteStore {
    async fn open(path: &str) -> Result<Self, StoreError> {
        // Made before SQLite would make it, for its owner alone; the files beside it take its mode.
        let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        made.map_err(sqlx::Error::Io)?;
        let options = SqliteConnectOptions::from_str("sqlite:")?
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit that returned survives power loss.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", "-65536");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY_TIMEOUT)
            // SQLite ends a transaction by itself when the disk is full or fails. The ROLLBACK that follows finds none
            // and fails, and the connection would count as inside a transaction for ever: a new one takes its place.
            .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await?;
        let synchronous: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(&writer).await?;
        if synchronous < 2 {
            return Err(StoreError::Unsafe { setting: "synchronous", value: synchronous.to_string(), wanted: "FULL" });
        }
        let reading = options.create_if_missing(false).read_only(true).pragma("cache_size", READER_CACHE);
        let readers = Walled::each(|wall| {
            SqlitePoolOptions::new()
                .max_connections(wall.connections())
                .acquire_timeout(wall.patience())
                .connect_lazy_with(reading.clone())
        });
        let path = PathBuf::from(path);
        let direct = Arc::new(DirectReaders::of(&path));
        let turn = Arc::new(Mutex::new(RowWriter::of(&path)));
        Ok(Self { path, writer, readers, direct, turn, runtime: Handle::current(), wall: Wall::People })
    }

    pub(crate) async fn begin(&self) -> Result<SqliteTransaction, StoreError> {
        let turn = self.turn().await?;
        // A deferred transaction that turns into a writer fails at once; this one waits for other processes.
        Ok(SqliteTransaction { transaction: self.writer.begin_with("begin immediate").await?, _turn: turn })
    }

    /// The turn to write, in the order of asking, with the connection for many rows. SQLite itself has whoever waits look
    /// again after a pause, and the approvals of that pause would be lost.
    ///
    /// # Errors
    /// When others take longer than one waits for another process.
    pub(crate) async fn turn(&self) -> Result<OwnedMutexGuard<RowWriter>, StoreError> {
        timeout(BUSY_TIMEOUT, Arc::clone(&self.turn).lock_owned()).await.map_err(|_| StoreError::Late)
    }

    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.readers().begin().await?)
    }

    /// The connections that only read, of this handle's wall.
    pub(crate) fn readers(&self) -> &SqlitePool {
        self.readers.of(self.wall)
    }

    #[expect(clippy::unused_self, reason = "`store.text(&SQL)` picks the text by the store's type")]
    pub(crate) fn text(&self, sql: &Sql) -> &'static str {
        sql.sqlite
    }

    /// Whoever writes is alone: the chain's head stands still meanwhile.
    #[expect(clippy::unused_self, reason = "as for `text`")]
    pub(crate) fn is_written_by_one(&self) -> bool {
        true
    }
}

impl PostgresStore {
    async fn open(url: &str) -> Result<Self, StoreError> {
        let options = nodes::parse(url)?;
        if let [options] = options.as_slice() {
            let store = Self::on(options, alive).await?;
            require_durable(&mut *store.writer.pool().acquire().await?).await?;
            return Ok(store);
        }
        let nodes = Nodes::find(&options).await?;
        let leader = nodes.leader().ok_or(StoreError::Leaderless(options.len()))?;
        let turned = Turned::now();
        let mut store = Self::on(leader, |pool| turned.guard(pool)).await?;
        let mut follower = Follower::new(turned);
        follower.follow(store.writer.pool(), &WRITING);
        follower.follow(store.numbers.pool(), &UNAWAITED);
        for wall in Wall::ALL {
            follower.follow(store.readers.of(wall).pool(), &[]);
        }
        store.watch = Some(follower.watch(nodes));
        Ok(store)
    }

    /// Its pools, on one server.
    async fn on(
        options: &PgConnectOptions,
        guard: impl Fn(PgPoolOptions) -> PgPoolOptions,
    ) -> Result<Self, StoreError> {
        let writers = guard(PgPoolOptions::new()).max_connections(WRITERS).acquire_timeout(ACQUIRE_TIMEOUT);
        let writer = LendingPool::of(writers.connect_with(options.clone().options(WRITING)).await?);
        let numbers = guard(PgPoolOptions::new()).max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
        let numbers = LendingPool::of(numbers.connect_lazy_with(options.clone().options(UNAWAITED)));
        let readers = Walled::each(|wall| {
            let readers = guard(PgPoolOptions::new());
            let readers = readers.max_connections(wall.connections()).acquire_timeout(wall.patience());
            LendingPool::of(readers.connect_lazy_with(options.clone()))
        });
        Ok(Self { writer, numbers, readers, wall: Wall::People, watch: None })
    }

    pub(crate) async fn begin(&self) -> Result<PostgresTransaction, StoreError> {
        Ok(self.writer.begin("begin").await?)
    }

    /// For record numbers alone.
    pub(crate) fn numbers(&self) -> &LendingPool {
        &self.numbers
    }

    pub(crate) async fn snapshot(&self) -> Result<PostgresTransaction, StoreError> {
        Ok(self.readers().begin("begin isolation level repeatable read read only").await?)
    }

    /// The connections that only read, of this handle's wall.
    pub(crate) fn readers(&self) -> &LendingPool {
        self.readers.of(self.wall)
    }

    #[expect(clippy::unused_self, reason = "`store.text(&SQL)` picks the text by the store's type")]
    pub(crate) fn text(&self, sql: &Sql) -> &'static str {
        sql.postgres
    }

    /// Several write at once.
    #[expect(clippy::unused_self, reason = "as for `text`")]
    pub(crate) fn is_written_by_one(&self) -> bool {
        false
    }
}

/// A connection that rested is asked whether it lives before it is used.
fn alive(pool: PgPoolOptions) -> PgPoolOptions {
    pool.test_before_acquire(false).before_acquire(|connection, meta| {
        Box::pin(async move { Ok(meta.idle_for < RESTED || lives(connection).await?) })
    })
}

/// Whether a connection still answers, within a time.
async fn lives(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    timeout(PING_TIMEOUT, connection.ping()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    Ok(true)
}

/// Reads within a time: a network that drops everything never says so. A connection that its server closed since it was
/// used last tells so only when it is used again; it is gone from the pool then, and the read is done on another one.
pub(crate) async fn reading<T, F>(mut read: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let in_time = async {
        for _ in 0..READERS_MAX {
            match read().await {
                Err(error) if error.is_of_the_connection() => {}
                result => return result,
            }
        }
        read().await
    };
    timeout(READ_TIMEOUT, in_time).await.unwrap_or(Err(StoreError::Late))
}

/// Proves that a PostgreSQL server keeps what it acknowledges.
pub(crate) async fn require_durable(connection: &mut PgConnection) -> Result<(), StoreError> {
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value: String =
            sqlx::query_scalar("select current_setting($1)").bind(setting).fetch_one(&mut *connection).await?;
        // remote_apply is on, and more.
        if value != "on" && value != "remote_apply" {
            return Err(StoreError::Unsafe { setting, value, wanted: "on" });
        }
    }
    Ok(())
}

/// Tries a transaction again while another one was faster. Each try starts from nothing.
pub(crate) async fn retrying<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut tries = 0_u32;
    loop {
        match attempt().await {
            Err(error) if error.is_transient() && tries < TRIES_MAX => {
                tries += 1;
                metrics::counter!("ebirlik_store_retries_total").increment(1);
                tokio::time::sleep(Duration::from_millis(u64::from(tries) * 2)).await;
            }
            result => return result,
        }
    }
}

/// Tries of one transaction. Serializable isolation under load needs several; an end there must be.
pub(crate) const TRIES_MAX: u32 = 50;
