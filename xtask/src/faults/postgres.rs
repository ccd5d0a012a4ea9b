//! Where does a PostgreSQL come from that may be killed? From here: a cluster of our own, in memory, on a port of its
//! own, that is stopped at once, started again and asked by `psql`.

use super::shim::{Control, Shim};
use crate::tools;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A cluster; it ends with this, or with the process.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: tempfile::TempDir,
    account: Option<(u32, u32)>,
    pub(crate) port: u16,
    databases: AtomicU32,
    /// A shell around the server. The closing of its standard input stops the server at once.
    running: Mutex<Option<Child>>,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub(crate) fn new() -> Result<Self> {
        tools::ensure_postgresql()?;
        let programs = tools::postgresql().context("PostgreSQL was found a moment ago")?;
        let folder = tempfile::Builder::new().prefix("ebirlik-faults-pg-").tempdir_in(tools::memory())?;
        let account = if fs::metadata(folder.path())?.uid() == 0 { Some(account()?) } else { None };
        if let Some((user, group)) = account {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let cluster = Self { programs, folder, account, port, databases: AtomicU32::new(0), running: Mutex::new(None) };
        let output = cluster
            .command("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(cluster.data())
            .output()?;
        ensure!(output.status.success(), "initdb:\n{}", String::from_utf8_lossy(&output.stderr));
        cluster.start(&[])?;
        Ok(cluster)
    }

    /// Starts the server and waits until it takes connections.
    pub(crate) fn start(&self, settings: &[&str]) -> Result<()> {
        self.launch(self.command("sh"), settings)
    }

    /// The same on a disk of which the tables' files may fail. What PostgreSQL itself must have, its log above all, does
    /// not: without it the whole server ends, which is another fault.
    pub(crate) fn start_on(&self, shim: &Shim) -> Result<Control> {
        let control = Control::new(self.folder.path().join("control"))?;
        if let Some((user, group)) = self.account {
            chown(self.folder.path().join("control"), Some(user), Some(group))?;
        }
        let mut command = self.command("sh");
        // The server names its tables' files from its own folder on.
        shim.preload(&mut command, &control, Path::new("base/"), None);
        // With room for all pages, so that who reads never has to write one first.
        self.launch(command, &["shared_buffers=128MB"])?;
        Ok(control)
    }

    fn launch(&self, mut command: Command, settings: &[&str]) -> Result<()> {
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        command.args(["-c", SHELL, "sh"]).arg(self.programs.join("postgres")).arg("-D").arg(self.data());
        command.args(["-p", &self.port.to_string()]).args(["-c", "listen_addresses=127.0.0.1"]);
        command.args(SETTINGS.iter().chain(settings).flat_map(|setting| ["-c", setting]));
        let child = command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn()?;
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        let deadline = Instant::now() + START_MAX;
        while !self.is_ready() {
            ensure!(Instant::now() < deadline, "PostgreSQL does not start:\n{}", self.log());
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Stops the server at once, as a crash would: nothing is finished, nothing is written.
    pub(crate) fn kill(&self) -> Result<()> {
        let child = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = child {
            drop(child.stdin.take());
            child.wait()?;
        }
        Ok(())
    }

    /// Stops the server at once and starts it with other settings.
    pub(crate) fn restart(&self, settings: &[&str]) -> Result<()> {
        self.kill()?;
        self.start(settings)
    }

    /// An empty database; its address.
    pub(crate) fn create_database(&self) -> Result<String> {
        let name = format!("faults_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("create database {name}"))?;
        Ok(format!("postgres://postgres@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs statements and gives what they print.
    pub(crate) fn execute(&self, database: &str, statements: &str) -> Result<String> {
        let output = self.psql(database).args(["--command", statements]).output()?;
        ensure!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Runs statements beside everything else until it is dropped.
    pub(crate) fn disturb(&self, database: &str, statements: &str) -> Result<Disturbance> {
        let script = self.folder.path().join(format!("script-{}", self.databases.fetch_add(1, Ordering::Relaxed)));
        fs::write(&script, statements)?;
        let mut command = self.psql(database);
        command.arg("--file").arg(script).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Disturbance(command.spawn()?))
    }

    /// Ends what [`Cluster::disturb`] has started: a session goes on with its statement when its client is gone.
    pub(crate) fn calm(&self) -> Result<()> {
        let others = "application_name = 'psql' and pid <> pg_backend_pid()";
        self.execute("postgres", &format!("select pg_terminate_backend(pid) from pg_stat_activity where {others}"))?;
        Ok(())
    }

    /// How often the server has reported an error so far.
    pub(crate) fn times(&self, code: &str) -> usize {
        self.log().lines().filter(|line| line.starts_with(code)).count()
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = self.command("psql");
        command
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--host=127.0.0.1", "--username=postgres"])
            .args(["--port", &self.port.to_string(), "--dbname", database]);
        command
    }

    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = Command::new(if path.exists() { path } else { program.into() });
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group); // the server refuses to run as root
        }
        command.current_dir(self.folder.path());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The eighth line of its lock file tells what the server is doing; and then it has to answer.
    fn is_ready(&self) -> bool {
        let lock = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        lock.lines().nth(7).is_some_and(|state| state.trim() == "ready")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _stopped = self.kill();
    }
}

/// Statements that run beside the server until this is dropped.
pub(crate) struct Disturbance(Child);

impl Drop for Disturbance {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// The name of a database in its address.
pub(crate) fn name_of(database: &str) -> &str {
    database.rsplit_once('/').map_or(database, |(_, name)| name)
}

/// The numbers of the user and the group `postgres`, which the package makes.
fn account() -> Result<(u32, u32)> {
    for line in fs::read_to_string(Path::new("/etc/passwd"))?.lines() {
        if let Some(rest) = line.strip_prefix("postgres:") {
            let mut fields = rest.split(':').skip(1);
            let mut number = || fields.next().context("a number").and_then(|field| Ok(field.parse()?));
            return Ok((number()?, number()?));
        }
    }
    bail!("there is no user `postgres`; install the package `postgresql`")
}

/// The server runs beside a reader of the pipe; when the pipe closes, in whatever way, it is told to stop at once.
const SHELL: &str = r#"
"$@" </dev/null &
read -r _
kill -QUIT $!
wait $!
"#;
const SETTINGS: &[&str] = &[
    "unix_socket_directories=",
    "max_connections=100",
    "shared_buffers=32MB",
    "fsync=on",
    "log_min_messages=error",
    "log_min_error_statement=panic",
    "log_line_prefix=%e ",
    "deadlock_timeout=50ms",
];
const START_MAX: Duration = Duration::from_mins(1);
