//! Where do tests get a database? From here: an SQLite file of their own, or a database in a PostgreSQL cluster that
//! the test process starts for itself.
//!
//! Knows nothing of our tables: every database is handed out empty. Only for tests, behind the feature `testing`.
//!
//! The cluster is started at the first call, once per process, in a temporary folder and on a free port of 127.0.0.1.
//! A small shell holds the reading end of a pipe whose writing end lives in this process; when the process ends, in
//! whatever way, the pipe closes, and the shell stops the cluster and removes the folder.
//!
//! ```text
//! ebirlik_store::on_each_store! {
//!     /// G-43: asking again returns the same code.
//!     async fn resend_returns_the_first_answer(database: TestDatabase) {
//!         let store = Store::open(&database.url).await.unwrap();
//!     }
//! }
//! ```

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{
    collections::HashMap,
    env, fs, io,
    net::{Ipv4Addr, TcpListener},
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, LazyLock, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A fresh, empty database for one test.
///
/// SQLite's file is removed when this is dropped; a PostgreSQL database goes with its cluster.
#[derive(Debug)]
pub struct TestDatabase {
    /// What the product is given as its store: `sqlite:///…` or `postgres://…`.
    pub url: String,
    /// Which of the two stores it is.
    pub engine: Engine,
    folder: Option<TempDir>,
}

/// The two stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl TestDatabase {
    /// A database in an SQLite file that does not exist yet.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub fn sqlite() -> Self {
        let (folder, url) = sqlite_database();
        Self { url, engine: Engine::Sqlite, folder: Some(folder) }
    }

    /// An empty PostgreSQL database.
    ///
    /// # Panics
    /// As [`postgres_database`].
    pub async fn postgres() -> Self {
        Self { url: postgres_database().await, engine: Engine::Postgres, folder: None }
    }

    /// An empty PostgreSQL database whose transactions are SERIALIZABLE: the stand-in for engines that know no less.
    ///
    /// # Panics
    /// As [`postgres_database`].
    pub async fn serializable() -> Self {
        let url = postgres_database().await;
        let url = format!("{url}?options=-c%20default_transaction_isolation%3Dserializable");
        Self { url, engine: Engine::Postgres, folder: None }
    }

    /// Another fresh, empty database on the same store.
    ///
    /// # Panics
    /// As [`TestDatabase::sqlite`] and [`TestDatabase::postgres`].
    pub async fn another(&self) -> Self {
        match self.engine {
            Engine::Sqlite => Self::sqlite(),
            Engine::Postgres => Self::postgres().await,
        }
    }

    /// The folder around the SQLite file, for what a test wants to lay beside it; none for PostgreSQL.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }
}

/// The URL of a fresh SQLite file and the folder it will be in; dropping the folder removes both.
///
/// # Panics
/// When no temporary folder can be made.
pub fn sqlite_database() -> (TempDir, String) {
    let folder = tempfile::Builder::new().prefix("ebirlik-sqlite-").tempdir().expect("a temporary folder can be made");
    let url = format!("sqlite://{}", folder.path().join("ebirlik.sqlite").display());
    (folder, url)
}

/// The URL of a fresh, empty database in this process's own PostgreSQL cluster, which the first call starts.
///
/// # Panics
/// When PostgreSQL is not installed, with the name of the package; when the cluster does not start, with its log.
pub async fn postgres_database() -> String {
    create_database("template1").await
}

/// The URL of a fresh database that is a copy of the one which `prepare` filled.
///
/// `prepare` is given the URL of an empty database and runs once per process and `name`; it has to close its
/// connections before it returns, since PostgreSQL copies no database that is in use.
///
/// # Panics
/// As [`postgres_database`], and when a connection to the template stays open for five seconds.
pub async fn postgres_database_from_template(name: &str, prepare: impl AsyncFnOnce(String)) -> String {
    static TEMPLATES: LazyLock<Mutex<HashMap<String, Arc<OnceCell<String>>>>> = LazyLock::new(Mutex::default);
    let template = {
        let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(templates.entry(name.to_owned()).or_default())
    };
    let template = template
        .get_or_init(async || {
            let url = postgres_database().await;
            prepare(url.clone()).await;
            url
        })
        .await;
    let (_, database) = template.rsplit_once('/').expect("our URLs end in the database's name");
    create_database(database).await
}

/// Runs a statement of a test past the product, on either store: states that no operation reaches yet, and damage.
///
/// # Panics
/// When the database does not take it.
pub async fn execute(url: &str, statement: &str) {
    let statement = AssertSqlSafe(statement.to_owned());
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.expect("the database answers");
        sqlx::raw_sql(statement).execute(&mut connection).await.expect("a statement");
    } else {
        let mut connection = sqlx::SqliteConnection::connect(url).await.expect("the database answers");
        sqlx::raw_sql(statement).execute(&mut connection).await.expect("a statement");
    }
}

/// Another process that keeps every approval waiting, until it is dropped or told to let go. What only reads goes on.
pub enum Hold {
    /// The file's one write lock.
    Sqlite(sqlx::SqliteConnection),
    /// A lock on the declarations.
    Postgres(PgConnection),
}

impl Hold {
    /// On a store.
    ///
    /// # Panics
    /// When the database gives no lock.
    pub async fn on(url: &str) -> Self {
        if url.starts_with("postgres") {
            let mut connection = PgConnection::connect(url).await.expect("the database answers");
            let lock = "begin; lock table declaration in exclusive mode";
            sqlx::raw_sql(lock).execute(&mut connection).await.expect("a lock");
            return Self::Postgres(connection);
        }
        let mut connection = sqlx::SqliteConnection::connect(url).await.expect("the database answers");
        sqlx::raw_sql("begin immediate").execute(&mut connection).await.expect("a lock");
        Self::Sqlite(connection)
    }

    /// Gives the lock back.
    ///
    /// # Panics
    /// When the database is gone.
    pub async fn let_go(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.expect("closed"),
            Self::Postgres(connection) => connection.close().await.expect("closed"),
        }
    }
}

/// Every column of a store as `table.column`, in order.
///
/// # Panics
/// When the database cannot be read.
pub async fn columns(url: &str) -> Vec<String> {
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.expect("the database answers");
        let columns = "select table_name || '.' || column_name from information_schema.columns
            where table_schema = 'public' and table_name not like '\\_sqlx%' order by 1";
        return sqlx::query_scalar(columns).fetch_all(&mut connection).await.expect("columns");
    }
    let mut connection = sqlx::SqliteConnection::connect(url).await.expect("the database answers");
    let columns = "select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c
        where m.type = 'table' and m.name not like '\\_sqlx%' escape '\\' order by 1";
    sqlx::query_scalar(columns).fetch_all(&mut connection).await.expect("columns")
}

/// Every row of every table of a store as text, so that a test can look for what must not be there.
///
/// # Panics
/// When the database cannot be read.
pub async fn everything_stored(url: &str) -> String {
    let mut text = String::new();
    if url.starts_with("postgres") {
        let mut connection = PgConnection::connect(url).await.expect("the database answers");
        let tables: Vec<String> =
            sqlx::query_scalar("select table_name::text from information_schema.tables where table_schema = 'public'")
                .fetch_all(&mut connection)
                .await
                .expect("tables");
        for table in tables {
            let rows = AssertSqlSafe(format!("select row_to_json(t)::text from \"{table}\" t"));
            let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.expect("rows");
            text.extend(rows);
        }
    } else {
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        for suffix in ["", "-wal"] {
            let bytes = fs::read(format!("{path}{suffix}")).unwrap_or_default();
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    text
}

/// Writes each test twice, once per store, as `<name>::sqlite` and `<name>::postgres`.
///
/// The crate that uses it needs `tokio` with the features `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! on_each_store {
    ($( $(#[$note:meta])* async fn $name:ident($database:ident : $kind:ty) $body:block )+) => { $(
        $(#[$note])*
        #[cfg(test)]
        async fn $name($database: $kind) $body

        #[cfg(test)]
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name($crate::testing::TestDatabase::sqlite()).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$name($crate::testing::TestDatabase::postgres().await).await
            }
        }
    )+ };
}

async fn create_database(template: &str) -> String {
    static CREATED: AtomicU32 = AtomicU32::new(0);
    let cluster = cluster();
    let name = format!("test_{}", CREATED.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.expect("our cluster answers");
    let statement = format!("create database {name} template {template}");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect("the template is not in use");
    connection.close().await.expect("our cluster answers");
    cluster.url(&name)
}

/// A running cluster; it ends with the process, not before.
struct Cluster {
    port: u16,
    /// Its standard input is the writing end of the pipe: dropping it would stop the cluster.
    _watchdog: Child,
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| start_cluster().unwrap_or_else(|reason| panic!("no PostgreSQL for the tests: {reason}")))
}

/// Takes several goes: somebody else may take the port between our look and the server's start.
fn start_cluster() -> Result<Cluster, String> {
    let programs = programs()?;
    let mut log = String::new();
    for _ in 0..GOES {
        match start_once(&programs).map_err(|fault| fault.to_string())? {
            Started::Up { port, watchdog } => return Ok(Cluster { port, _watchdog: watchdog }),
            Started::Ended(its_log) => log = its_log,
        }
    }
    Err(format!("the server did not start; its log:\n{log}"))
}

enum Started {
    Up {
        port: u16,
        watchdog: Child,
    },
    /// Holds the server's log.
    Ended(String),
}

fn start_once(programs: &Path) -> io::Result<Started> {
    let folder = tempfile::Builder::new().prefix("ebirlik-postgresql-").tempdir()?;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let mut command = Command::new("sh");
    if fs::metadata(folder.path())?.uid() == ROOT {
        let (user, group) = postgres_account()?; // the server refuses to run as root
        chown(folder.path(), Some(user), Some(group))?;
        command.uid(user).gid(group);
    }
    let mut watchdog = command
        .args(["-c", WATCHDOG, "sh"])
        .args([programs, folder.path()])
        .arg(port.to_string())
        .current_dir(folder.path())
        .process_group(0) // an interrupt from the keyboard is for the tests; the watchdog outlives them
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let folder = folder.keep(); // from here on the watchdog removes it
    let patience = Instant::now() + START_MAX;
    while Instant::now() < patience && !folder.join("ended").exists() {
        if is_ready(&folder) {
            return Ok(Started::Up { port, watchdog });
        }
        sleep(Duration::from_millis(20));
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    drop(watchdog.stdin.take());
    watchdog.wait()?;
    Ok(Started::Ended(log))
}

/// The eighth line of its lock file tells what the server is doing, to `pg_ctl` as to us.
fn is_ready(folder: &Path) -> bool {
    let lock = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    lock.lines().nth(7).is_some_and(|state| state.trim() == "ready")
}

/// The folder of the server's programs: on the path, or where Debian keeps them, the newest version first.
fn programs() -> Result<PathBuf, String> {
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    debian.sort_unstable_by(|left, right| right.cmp(left));
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(debian.into_iter().map(|(_, folder)| folder))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .ok_or_else(|| "initdb and postgres were not found; install the package `postgresql`".to_owned())
}

/// The numbers of the user and the group `postgres`, which the package makes.
fn postgres_account() -> io::Result<(u32, u32)> {
    fs::read_to_string("/etc/passwd")?
        .lines()
        .find_map(|line| {
            let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        })
        .ok_or_else(|| io::Error::other("there is no user `postgres`; install the package `postgresql`"))
}

/// Makes and runs the server in the foreground; a reader beside it sees the pipe close when the tests' process has
/// ended, and then tells the whole process group to quit, until it has. The shells themselves do not listen.
/// Six seconds between two calls: the server gives its children five, and counts anew when called again.
const WATCHDOG: &str = r#"
trap '' QUIT
exec 3<&0 </dev/null
{
    read -r _ <&3
    until [ -e "$2/ended" ]; do
        kill -QUIT 0
        waits=0
        until [ -e "$2/ended" ] || [ "$waits" -eq 60 ]; do sleep 0.1; waits=$((waits + 1)); done
    done
} &
{
    "$1/initdb" --pgdata="$2/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync &&
        "$1/postgres" -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
            -c max_connections=200 -c shared_buffers=32MB -c fsync=on
} >"$2/log" 2>&1 3<&-
: >"$2/ended"
wait
rm -rf "$2"
"#;

const ROOT: u32 = 0;
const GOES: u32 = 3;
/// Making a cluster takes about two seconds; a busy machine gets thirty times that.
const START_MAX: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    on_each_store! {
        async fn a_database_is_fresh_and_takes_a_table(database: TestDatabase) {
            let create = "create table mark (id bigint primary key)";
            match database.engine {
                Engine::Sqlite => {
                    let url = format!("{}?mode=rwc", database.url);
                    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
                    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
                    assert!(database.folder().unwrap().join("ebirlik.sqlite").exists());
                }
                Engine::Postgres => {
                    let mut connection = PgConnection::connect(&database.url).await.unwrap();
                    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
                    let fsync: String = sqlx::query_scalar("show fsync").fetch_one(&mut connection).await.unwrap();
                    assert_eq!(fsync, "on");
                }
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_databases_share_nothing() {
        let (first, second) = tokio::join!(postgres_database(), postgres_database());
        assert_ne!(first, second);
        run(&first, "create table mark (id bigint)").await;
        run(&second, "create table mark (id bigint)").await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_copy_holds_what_the_template_held_and_is_prepared_once() {
        let prepared = AtomicU32::new(0);
        let copy = || {
            postgres_database_from_template("mark", async |url: String| {
                prepared.fetch_add(1, Ordering::Relaxed);
                run(&url, "create table mark (id bigint)").await;
            })
        };
        let (first, second) = tokio::join!(copy(), copy());
        assert_ne!(first, second);
        for url in [first, second] {
            run(&url, "insert into mark values (1)").await;
        }
        assert_eq!(prepared.into_inner(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn closing_the_pipe_stops_the_cluster_and_removes_its_folder() {
        let Started::Up { port, mut watchdog } = start_once(&programs().unwrap()).unwrap() else {
            panic!("the server does not start");
        };
        let folder = fs::read_link(format!("/proc/{}/cwd", watchdog.id())).unwrap();
        assert!(folder.join("data").exists());
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let mut connection = PgConnection::connect(&url).await.unwrap();
        drop(watchdog.stdin.take());
        assert!(watchdog.wait().unwrap().success());
        assert!(connection.ping().await.is_err(), "the server still runs");
        assert!(!folder.exists());
    }

    async fn run(url: &str, statement: &'static str) {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}
