//! A PostgreSQL cluster of our own, with the same durable settings for the product and for the peer.

use crate::process::{Process, Start, free_port, run};
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) process: Process,
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let programs = programs()?;
        fs::create_dir_all(folder)?;
        let account = if fs::metadata(folder)?.uid() == 0 { Some(postgres_account()?) } else { None };
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--pgdata"]);
        initdb.arg(folder.join("data")).current_dir("/");
        if let Some((user, group)) = account {
            chown(folder, Some(user), Some(group))?; // the server refuses to run as root
            initdb.uid(user).gid(group);
        }
        run(&mut initdb)?;
        let (port, log) = (free_port()?, folder.with_extension("log"));
        let mut words = vec![programs.join("postgres").into(), "-D".into(), folder.join("data").into()];
        words.extend(["-p".into(), port.to_string().into()]);
        let sockets = format!("unix_socket_directories={}", folder.display());
        for setting in SETTINGS.iter().copied().chain([sockets.as_str()]) {
            words.extend(["-c".into(), setting.into()]);
        }
        let process = Process::start(&Start { words, variables: Vec::new(), log: &log, signal: "INT", account })?;
        // The eighth line of its lock file says what the server is doing.
        let ready = || {
            let lock = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
            lock.lines().nth(7).is_some_and(|state| state.trim() == "ready")
        };
        process.wait_until("PostgreSQL", &log, ready)?;
        Ok(Self { process, programs, folder: folder.to_owned(), port })
    }

    /// A new database; its address for the product.
    pub(crate) fn create(&self, name: &str) -> Result<String> {
        run(self.client("createdb").arg(name))?;
        Ok(format!("postgres://postgres@127.0.0.1:{}/{name}", self.port))
    }

    /// One of PostgreSQL's own programs, speaking to this cluster over its socket.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.env("PGHOST", &self.folder).env("PGPORT", self.port.to_string()).env("PGUSER", "postgres");
        command
    }
}

/// The folder of the server's programs: where Debian keeps them, or on the path.
fn programs() -> Result<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let path = env::var_os("PATH").unwrap_or_default();
    debian
        .map(|version| version.path().join("bin"))
        .chain(env::split_paths(&path))
        .find(|folder| folder.join("pgbench").is_file() && folder.join("postgres").is_file())
        .context("postgres and pgbench were not found; install the package `postgresql`")
}

/// The numbers of the user and the group `postgres`.
fn postgres_account() -> Result<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd")?;
    let numbers = accounts.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    numbers.context("there is no user `postgres`; install the package `postgresql`")
}

/// Every commit is durable; memory and checkpoints as one would set them on a machine of this size.
const SETTINGS: [&str; 14] = [
    "listen_addresses=127.0.0.1",
    "max_connections=200",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=1GB",
    "wal_buffers=64MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=15min",
    "wal_compression=lz4",
    "random_page_cost=1.1",
    "effective_io_concurrency=100",
    "jit=off",
    "logging_collector=off",
];
