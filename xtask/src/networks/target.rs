//! What is attacked? The real program with the demo's data, in a process of its own.

use super::wire::Address;
use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_rustls::TlsConnector;

/// A demo installation.
pub(crate) struct Installation {
    program: PathBuf,
    folder: tempfile::TempDir,
    /// What the demo says of itself.
    pub(crate) info: Value,
}

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: Address,
}

impl Installation {
    /// Runs the demo once, on this database or a file of its own.
    pub(crate) fn new(program: &Path, database: Option<&str>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let info = folder.path().join("info.json");
        let output = Command::new(program)
            .args(["demo", "--once", "--listen", "127.0.0.1:0", "--dir"])
            .arg(folder.path().join("data"))
            .arg("--info")
            .arg(&info)
            .args(database.map(|database| format!("--database={database}")))
            .output()
            .with_context(|| format!("{}", program.display()))?;
        ensure!(output.status.success(), "the demo failed:\n{}", String::from_utf8_lossy(&output.stderr));
        let info = serde_json::from_slice(&fs::read(info)?)?;
        Ok(Self { program: program.to_owned(), folder, info })
    }

    /// Starts the server with these settings, with TLS if asked, and waits until it listens.
    pub(crate) fn serve(&self, settings: &[(&str, String)], with_tls: bool) -> Result<Server> {
        // Free again at the end of this line.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        self.serve_on(port, settings, with_tls)
    }

    /// The same on a port that one of its servers had before.
    pub(crate) fn serve_on(&self, port: u16, settings: &[(&str, String)], with_tls: bool) -> Result<Server> {
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .arg("--config")
            .arg(self.folder.path().join("data/ebirlik.toml"))
            .env("EBIRLIK_LISTEN", format!("127.0.0.1:{port}"))
            .env("EBIRLIK_LOG", "error")
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::null())
            .stderr(fs::File::options().create(true).append(true).open(self.folder.path().join("serve.log"))?);
        let tls = if with_tls { Some(Arc::new(self.identity(&mut command)?)) } else { None };
        let mut server = Server { child: command.spawn()?, address: Address { port, tls } };
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(server.child.try_wait()?.is_none() && Instant::now() < deadline, "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Runs one of its commands to the end.
    pub(crate) fn run(&self, words: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.program);
        Ok(command.args(words).arg("--config").arg(self.folder.path().join("data/ebirlik.toml")).output()?)
    }

    /// What its servers said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("serve.log")).unwrap_or_default()
    }

    /// A certificate of its own for the server, and a client that believes it.
    fn identity(&self, command: &mut Command) -> Result<TlsConnector> {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let files = [self.folder.path().join("tls.pem"), self.folder.path().join("tls.key")];
        let [certificate, key] = &files;
        fs::write(certificate, issued.cert.pem())?;
        fs::write(key, issued.signing_key.serialize_pem())?;
        fs::set_permissions(key, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        command.env("EBIRLIK_TLS__CERTIFICATE", certificate).env("EBIRLIK_TLS__KEY", key);
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(issued.cert.der().to_vec()))?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

impl Server {
    /// Tells the process to end as an operator does, and waits until it has; how long that took.
    pub(crate) fn end(mut self) -> Result<Duration> {
        let told = Instant::now();
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "a server that was told to end: {status}");
        Ok(told.elapsed())
    }

    /// Bytes of memory that the process holds now.
    pub(crate) fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).context("the server is gone")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS: the server ended")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1_024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Descriptors for thousands of connections: as many as this process may give itself; the server inherits it.
pub(crate) fn raise_descriptors(needed: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum.unwrap_or(u64::MAX);
    ensure!(maximum >= needed, "{needed} descriptors are needed, {maximum} allowed: raise the hard limit (ulimit -Hn)");
    setrlimit(
        Resource::Nofile,
        Rlimit { current: Some(needed.max(limit.current.unwrap_or(0))), maximum: limit.maximum },
    )
    .context("the limit of descriptors cannot be raised")
}
