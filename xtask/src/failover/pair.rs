//! How do two PostgreSQL servers with a synchronous standby come to be, on loopback, and how does their leader die?

use crate::tools;
use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The pair. The first server leads until it is killed.
pub(crate) struct Pair {
    nodes: Vec<Node>,
    etcd: Option<Child>,
    place: Place,
}

/// Where everything lies and who it belongs to: PostgreSQL refuses to run as root.
struct Place {
    folder: TempDir,
    programs: PathBuf,
    account: Option<(u32, u32)>,
}

/// What happens to a leader.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    /// kill -9.
    Dies,
    /// It stands still: its connections stay and nothing comes back, as from a machine that lost its power.
    Hangs,
}

struct Node {
    data: PathBuf,
    port: u16,
    /// PostgreSQL, or the Patroni that has started it.
    child: Child,
}

impl Pair {
    /// Two servers; whoever kills the leader promotes the other one.
    pub(crate) fn plain() -> Result<Self> {
        let place = Place::new()?;
        let mut pair = Self { nodes: Vec::new(), etcd: None, place };
        let (first, second) = (pair.place.path("1"), pair.place.path("2"));
        let words = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"];
        run(pair.place.tool("initdb").args(words).arg(&first))?;
        let leader = pair.add(first)?;
        let copy = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync", "--pgdata"];
        let mut backup = pair.place.tool("pg_basebackup");
        backup
            .args(["--host=127.0.0.1", "--username=postgres"])
            .arg(format!("--port={leader}"))
            .args(copy)
            .arg(&second);
        run(&mut backup)?;
        pair.add(second)?;
        pair.place.ask(leader, "alter system set synchronous_standby_names = '*'")?;
        pair.place.ask(leader, "select pg_reload_conf()")?;
        pair.wait_for_standby()?;
        Ok(pair)
    }

    /// Two servers, each under a Patroni, and an etcd between them.
    pub(crate) fn under_patroni() -> Result<Self> {
        let place = Place::new()?;
        let (client, peer) = (free_port()?, free_port()?);
        let [client_url, peer_url] = [client, peer].map(|port| format!("http://127.0.0.1:{port}"));
        let mut etcd = place.guarded("etcd", "etcd", "KILL")?;
        etcd.arg("--data-dir").arg(place.path("etcd")).args(["--listen-client-urls", &client_url]);
        etcd.args(["--advertise-client-urls", &client_url, "--listen-peer-urls", &peer_url]);
        etcd.args(["--initial-advertise-peer-urls", &peer_url, "--initial-cluster", &format!("default={peer_url}")]);
        let etcd = Some(etcd.spawn().context("etcd")?);
        let mut pair = Self { nodes: Vec::new(), etcd, place };
        for name in ["1", "2"] {
            let (port, rest, data) = (free_port()?, free_port()?, pair.place.path(name));
            let file = pair.place.path(&format!("{name}.yml"));
            fs::write(&file, pair.place.patroni(name, port, rest, client))?;
            let mut patroni = pair.place.guarded("patroni", name, "TERM")?;
            let child = patroni.arg(&file).spawn().context("patroni")?;
            pair.nodes.push(Node { data, port, child });
            pair.wait(name, |node| is_up(&node.data))?;
        }
        pair.wait_for_standby()?;
        Ok(pair)
    }

    /// As our servers are given it.
    pub(crate) fn url(&self) -> String {
        let hosts: Vec<String> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("postgres://postgres@{}/postgres?target_session_attrs=read-write", hosts.join(","))
    }

    /// What befalls the leader, its children and its Patroni.
    pub(crate) fn strike_leader(&self, fate: Fate) -> Result<()> {
        self.nodes.first().context("a leader")?.strike(fate);
        Ok(())
    }

    /// Returns when the other one leads.
    pub(crate) fn promote(&self) -> Result<()> {
        let standby = self.nodes.get(1).context("a standby")?;
        if self.etcd.is_none() {
            run(self.place.tool("pg_ctl").args(["promote", "-w", "-D"]).arg(&standby.data))?;
        }
        let leads = |node: &Node| self.place.ask(node.port, "select pg_is_in_recovery()").is_ok_and(|told| told == "f");
        wait_until("a leader", || Ok(leads(standby)))
    }

    /// Starts a server on a folder; its port.
    fn add(&mut self, data: PathBuf) -> Result<u16> {
        let port = free_port()?;
        let name = data.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
        let mut server = self.place.guarded(self.place.programs.join("postgres"), &name, "QUIT")?;
        server.arg("-D").arg(&data).arg("-p").arg(port.to_string());
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let sockets = format!("unix_socket_directories={}", self.place.folder.path().display());
        let child = server.args(["-c", &sockets]).spawn().context("postgres")?;
        self.nodes.push(Node { data, port, child });
        self.wait(&name, |node| is_up(&node.data))?;
        Ok(port)
    }

    /// Waits for the node that was added last.
    fn wait(&mut self, name: &str, holds: impl Fn(&Node) -> bool) -> Result<()> {
        let log = self.place.path(&format!("{name}.log"));
        let node = self.nodes.last_mut().context("a node")?;
        let told = || fs::read_to_string(&log).unwrap_or_default();
        wait_until(name, || {
            ensure!(node.child.try_wait()?.is_none(), "it ended:\n{}", told());
            Ok(holds(node))
        })
        .with_context(told)
    }

    fn wait_for_standby(&self) -> Result<()> {
        let leader = self.nodes.first().context("a leader")?.port;
        let standbys = "select count(*) from pg_stat_replication where sync_state = 'sync'";
        wait_until("a synchronous standby", || Ok(self.place.ask(leader, standbys).is_ok_and(|told| told == "1")))
    }
}

impl Node {
    fn strike(&self, fate: Fate) {
        let postmaster = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        let postmaster: Option<i32> = postmaster.lines().next().and_then(|line| line.parse().ok());
        let children = postmaster.map(|id| fs::read_to_string(format!("/proc/{id}/task/{id}/children")));
        let children = children.and_then(Result::ok).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|word| word.parse().ok());
        // Parents first: they would start new ones.
        let all = i32::try_from(self.child.id()).ok().into_iter().chain(postmaster).chain(children);
        let signal = match fate {
            Fate::Dies => Signal::KILL,
            Fate::Hangs => Signal::STOP,
        };
        for process in all.filter_map(Pid::from_raw) {
            let _gone = kill_process(process, signal);
        }
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            node.strike(Fate::Dies);
            let _ended = node.child.wait();
        }
        if let Some(etcd) = &mut self.etcd {
            let _gone = etcd.kill();
            let _ended = etcd.wait();
        }
    }
}

impl Place {
    fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("ebirlik-failover-").tempdir()?;
        let programs = tools::postgresql().context("PostgreSQL's programs were not found")?;
        // On the path there may be links to a few of them only.
        let initdb = fs::canonicalize(programs.join("initdb"))?;
        let programs = initdb.parent().context("a folder")?.to_owned();
        let account = if fs::metadata(folder.path())?.uid() == 0 { Some(tools::postgres_account()?) } else { None };
        if let Some((user, group)) = account {
            chown(folder.path(), Some(user), Some(group))?;
        }
        Ok(Self { folder, programs, account })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One of PostgreSQL's programs.
    fn tool(&self, program: &str) -> Command {
        self.owned(self.programs.join(program))
    }

    fn owned(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("HOME", self.folder.path()).stdin(Stdio::null());
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }

    /// A program that is sent a signal when we end, in whatever way. What it says goes into a file.
    fn guarded(&self, program: impl AsRef<OsStr>, name: &str, signal: &str) -> Result<Command> {
        let log = fs::File::create(self.path(&format!("{name}.log")))?;
        let mut command = self.owned("setpriv");
        command.args(["--pdeathsig", signal]).arg(program).stdout(log.try_clone()?).stderr(log);
        Ok(command)
    }

    fn ask(&self, port: u16, statement: &str) -> Result<String> {
        let mut psql = self.tool("psql");
        psql.args(["--host=127.0.0.1", "--username=postgres", "--no-psqlrc", "-At"]).env("PGCONNECT_TIMEOUT", "2");
        run(psql.arg(format!("--port={port}")).args(["--command", statement]))
    }

    /// The configuration of a Patroni.
    fn patroni(&self, name: &str, port: u16, rest: u16, etcd: u16) -> String {
        let folder = self.folder.path().display();
        let programs = self.programs.display();
        format!(
            r#"
scope: ebirlik
name: "node{name}"
restapi: {{listen: "127.0.0.1:{rest}", connect_address: "127.0.0.1:{rest}"}}
etcd3: {{hosts: ["127.0.0.1:{etcd}"]}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 3
    synchronous_mode: true
    postgresql: {{use_pg_rewind: true, parameters: {{max_connections: 100}}}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}, no-sync]
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {folder}/{name}
  bin_dir: {programs}
  pgpass: {folder}/pgpass{name}
  authentication:
    superuser: {{username: postgres, password: x}}
    replication: {{username: replicator, password: x}}
    rewind: {{username: rewinder, password: x}}
  parameters: {{unix_socket_directories: "{folder}"}}
"#
        )
    }
}

/// Runs a program to its end; what it said.
fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The eighth line of its lock file says what a server is doing.
fn is_up(data: &Path) -> bool {
    let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    lock.lines().nth(7).is_some_and(|state| matches!(state.trim(), "ready" | "standby"))
}

fn wait_until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + START_MAX;
    while !holds()? {
        ensure!(Instant::now() < deadline, "{what}: not there after {} s", START_MAX.as_secs());
        sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

const START_MAX: Duration = Duration::from_secs(90);
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "max_connections=100",
    "shared_buffers=64MB",
    "wal_keep_size=256MB",
    "hot_standby=on",
    "synchronous_commit=on",
];
