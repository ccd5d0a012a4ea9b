//! What is hurt? The real program with the demo's data on one of the two stores, in processes of its own.

use super::load::Client;
use super::postgres::Cluster;
use super::shim::{Control, Shim};
use crate::networks::wire::request;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// One of the two stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(crate) const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A demo installation whose server is not running.
pub(crate) struct Installation {
    program: PathBuf,
    folder: tempfile::TempDir,
    /// Runs the store, if it is PostgreSQL's.
    pub(crate) cluster: Option<Arc<Cluster>>,
    /// The store's address.
    pub(crate) database: String,
    /// What the demo says of itself.
    pub(crate) info: Value,
}

/// What a server is started with beside its configuration.
#[derive(Default)]
pub(crate) struct Start<'a> {
    /// Variables of its environment.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Stands between it and the disk.
    pub(crate) shim: Option<(&'a Shim, &'a Control)>,
    /// Everything that reaches its disk is written down here.
    pub(crate) journal: Option<PathBuf>,
}

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Installation {
    /// Runs the demo once, in memory: what a fault leaves is the same, and no round waits for a disk.
    pub(crate) fn new(program: &Path, engine: Engine, cluster: Option<&Arc<Cluster>>) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("ebirlik-faults-").tempdir_in(crate::tools::memory())?;
        let (info, data) = (folder.path().join("info.json"), folder.path().join("data"));
        let (database, cluster) = match (engine, cluster) {
            (Engine::Sqlite, _) => (format!("sqlite:{}", data.join("ebirlik.sqlite").display()), None),
            (Engine::Postgres, Some(cluster)) => (cluster.create_database()?, Some(Arc::clone(cluster))),
            (Engine::Postgres, None) => bail!("there is no cluster"),
        };
        let output = Command::new(program)
            .args(["demo", "--once", "--listen", "127.0.0.1:0", "--database", &database, "--dir"])
            .arg(&data)
            .arg("--info")
            .arg(&info)
            .output()
            .with_context(|| format!("{}", program.display()))?;
        ensure!(output.status.success(), "the demo failed:\n{}", String::from_utf8_lossy(&output.stderr));
        let info = serde_json::from_slice(&fs::read(info)?)?;
        Ok(Self { program: program.to_owned(), folder, cluster, database, info })
    }

    /// Where its files lie; SQLite's store among them.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A place beside its files.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts a server and waits until it is ready.
    pub(crate) async fn serve(&self, start: &Start<'_>) -> Result<Server> {
        let mut server = self.launch(start)?;
        match server.until_ready().await {
            Ok(()) => Ok(server),
            Err(error) => bail!("{error:#}; its log ends:\n{}", self.log()),
        }
    }

    /// Starts a server.
    pub(crate) fn launch(&self, start: &Start<'_>) -> Result<Server> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = fs::File::options().create(true).append(true).open(self.beside("serve.log"))?;
        let mut command = Command::new(&self.program);
        command
            .args(["serve", "--config"])
            .arg(self.data().join("ebirlik.toml"))
            .env("EBIRLIK_LISTEN", format!("127.0.0.1:{port}"))
            .env("EBIRLIK_LOG", "warn")
            // A few users send what a whole country does.
            .env("EBIRLIK_LIMITS__REQUESTS_PER_SECOND_USER", "1000000")
            .envs(start.environment.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::null())
            .stderr(log);
        if let Some((shim, control)) = start.shim {
            shim.preload(&mut command, control, &self.data(), start.journal.as_deref());
        }
        Ok(Server { child: command.spawn()?, port })
    }

    /// What `ebirlik audit` says: how many approvals there are, and everything that does not hold.
    pub(crate) fn audit(&self) -> Result<(usize, Vec<String>)> {
        let mut command = Command::new(&self.program);
        let output = command.args(["audit", "--json", "--config"]).arg(self.data().join("ebirlik.toml")).output()?;
        let report: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("the audit failed:\n{}", String::from_utf8_lossy(&output.stderr)))?;
        let broken = report.get("broken").and_then(Value::as_array).context("no list")?;
        let approvals = report.get("approvals").and_then(Value::as_u64).context("no count")?;
        Ok((usize::try_from(approvals)?, broken.iter().map(ToString::to_string).collect()))
    }

    /// The last lines that its servers logged.
    pub(crate) fn log(&self) -> String {
        let log = fs::read_to_string(self.beside("serve.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }
}

impl Server {
    /// kill -9.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn until_ended(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "the server still runs after {} s", patience.as_secs());
            sleep(LOOK).await;
        }
    }

    /// Waits until store and writer work.
    pub(crate) async fn until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_MAX;
        loop {
            if let Some(status) = self.ended()? {
                bail!("the server ended: {status}");
            }
            if self.is_ready().await {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the server is not ready after {} s", START_MAX.as_secs());
            sleep(LOOK).await;
        }
    }

    /// Whether it says that store and writer work.
    pub(crate) async fn is_ready(&self) -> bool {
        let answer = Client::to(self.port).ask(&request("GET /health/ready", "", b"")).await;
        answer.is_ok_and(|answer| answer.status == 200)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Between two looks whether it is ready.
const LOOK: Duration = Duration::from_millis(10);
const START_MAX: Duration = Duration::from_mins(1);
/// Of the log, in a complaint.
const LOG_LINES: usize = 12;
