//! Whom do the brokers talk to? The product, in a process of its own, on an installation with ten thousand exporters
//! whose own accounts pay.

use crate::process::{Process, Start, free_port, run};
use crate::wire::Address;
use anyhow::{Context, Result};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::Value;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// An installation that is prepared.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    program: PathBuf,
    folder: PathBuf,
    database: String,
    /// Who sends declarations: user code and password.
    pub(crate) broker: (String, String),
    /// Who verifies.
    pub(crate) customs: (String, String),
    /// Tax numbers of the exporters.
    pub(crate) exporters: Arc<Vec<String>>,
}

/// A server that runs.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) address: Address,
}

impl Installation {
    /// Makes one by `ebirlik demo` and `ebirlik import`; the store is a file in the folder.
    pub(crate) fn new(program: &Path, folder: &Path) -> Result<Self> {
        let made = Self::demo(program, folder)?;
        made.import(&made.info()?)?;
        Ok(made)
    }

    fn demo(program: &Path, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let info = folder.join("info.json");
        let database = sqlite(folder);
        let mut demo = Command::new(program);
        demo.args(["demo", "--once", "--listen", "127.0.0.1:0", "--database", &database, "--dir"]);
        run(demo.arg(folder.join("data")).arg("--info").arg(&info))?;
        Self::with(program, folder, database, &serde_json::from_slice(&fs::read(&info)?)?)
    }

    /// What the demo told of itself.
    pub(crate) fn info(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&fs::read(self.folder.join("info.json"))?)?)
    }

    /// One whose only exporter is the demo's first, which has people who sign in.
    pub(crate) fn of_one_exporter(program: &Path, folder: &Path) -> Result<Self> {
        let mut made = Self::demo(program, folder)?;
        let info = made.info()?;
        let exporter = info.pointer("/exporters/0/tax_no").and_then(Value::as_str).context("no exporter")?;
        made.exporters = Arc::new(vec![exporter.to_owned()]);
        made.import(&info)?;
        Ok(made)
    }

    /// Another one, equal and on its own; for a store in a file.
    pub(crate) fn copy(&self, folder: &Path) -> Result<Self> {
        run(Command::new("cp").arg("-r").arg(&self.folder).arg(folder))?;
        Ok(Self { folder: folder.to_owned(), database: sqlite(folder), ..self.clone() })
    }

    /// An equal one on another store, by `ebirlik backup` and `ebirlik restore`.
    pub(crate) fn restored(&self, folder: &Path, database: String) -> Result<Self> {
        let restored = Self { database, ..self.copy(folder)? };
        let file = folder.join("backup");
        run(self.command(&["backup"]).arg(&file))?;
        run(restored.command(&["restore"]).arg(&file))?;
        Ok(restored)
    }

    /// One that was made by [`Installation::new`] or a generator that knows the same exporters, where it lies.
    pub(crate) fn existing(program: &Path, folder: &Path) -> Result<Self> {
        let info: Value = serde_json::from_slice(&fs::read(folder.join("info.json"))?)?;
        let database = info.get("database").and_then(Value::as_str).context("info.json names no database")?.to_owned();
        Self::with(program, folder, database, &info)
    }

    /// Starts a server of this installation with these settings over the file's.
    pub(crate) fn serve(&self, program: &Path, settings: &[(&'static str, String)], with_tls: bool) -> Result<Server> {
        let (port, log) = (free_port()?, self.folder.join("serve.log"));
        let mut variables = self.variables();
        variables.extend(LIMITS.map(|(name, value)| (name, value.to_owned())));
        variables.extend([("EBIRLIK_LISTEN", format!("127.0.0.1:{port}"))]);
        variables.extend(settings.iter().cloned());
        let tls = if with_tls { Some(Arc::new(self.identity(&mut variables)?)) } else { None };
        let words: Vec<OsString> = vec![program.into(), "serve".into(), "--config".into(), self.config().into()];
        let process = Process::start(&Start { words, variables, log: &log, signal: "TERM", account: None })?;
        process.wait_until("the server", &log, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(Server { process, address: Address { port, tls } })
    }

    /// Notes how many declarations its store holds, from number 0.
    pub(crate) fn holds(&self, declarations: u64) -> Result<()> {
        Ok(fs::write(self.folder.join(HELD), declarations.to_string())?)
    }

    /// How many that is.
    pub(crate) fn held(&self) -> Result<u64> {
        let path = self.folder.join(HELD);
        Ok(fs::read_to_string(&path).with_context(|| path.display().to_string())?.trim().parse()?)
    }

    /// Bytes of a backup of its store, which is removed.
    pub(crate) fn back_up(&self) -> Result<u64> {
        let file = self.folder.join("copy");
        run(self.command(&["backup"]).arg(&file))?;
        let bytes = fs::metadata(&file)?.len();
        fs::remove_file(file)?;
        Ok(bytes)
    }

    /// The product's program.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Recomputes every invariant of the store.
    pub(crate) fn audit(&self) -> Result<()> {
        run(&mut self.command(&["audit"])).map(drop)
    }

    /// Bytes of the store, of a file with everything beside it.
    pub(crate) fn store_bytes(&self) -> u64 {
        let path = self.database.trim_start_matches("sqlite:");
        let size = |suffix: &str| fs::metadata(format!("{path}{suffix}")).map_or(0, |file| file.len());
        ["", "-wal", "-shm"].map(size).iter().sum()
    }

    fn with(program: &Path, folder: &Path, database: String, info: &Value) -> Result<Self> {
        let sign_in = |place: &str| -> Result<(String, String)> {
            let text = |name: &str| Some(info.pointer(place)?.get(name)?.as_str()?.to_owned());
            text("user").zip(text("password")).with_context(|| format!("info.json has no sign-in at {place}"))
        };
        let (broker, customs) = (sign_in("/brokers/0")?, sign_in("/customs")?);
        let exporters = Arc::new(tax_numbers());
        Ok(Self { program: program.to_owned(), folder: folder.to_owned(), database, broker, customs, exporters })
    }

    /// The exporters, by the operator's own way.
    fn import(&self, info: &Value) -> Result<()> {
        let declarant = info.pointer("/brokers/0/tax_no").and_then(Value::as_str).context("no broker")?;
        let table = |heading: &str, row: &dyn Fn(&str) -> String| {
            self.exporters.iter().fold(format!("{heading}\n"), |mut text, exporter| {
                let _written = writeln!(text, "{}", row(exporter));
                text
            })
        };
        let files = [
            ("firms", table("tax_no,title,kind", &|exporter| format!("{exporter},İhracatçı {exporter},exporter"))),
            ("memberships", table("tax_no,union,valid_from", &|exporter| format!("{exporter},IKMIB,2024-01-01"))),
            (
                "powers",
                table("exporter,declarant,secretariats,valid_from", &|exporter| {
                    format!("{exporter},{declarant},*,2024-01-01")
                }),
            ),
            (
                "payers",
                table("exporter,secretariat,declarant,payer,automatic,valid_from", &|exporter| {
                    format!("{exporter},IMMIB,,{exporter},yes,2024-01-01")
                }),
            ),
            (
                "balances",
                table("firm,secretariat,amount,reference", &|exporter| {
                    format!("{exporter},IMMIB,{BALANCE},ACILIS-{exporter}")
                }),
            ),
        ];
        for (kind, text) in files {
            let file = self.folder.join(format!("{kind}.csv"));
            fs::write(&file, text)?;
            run(self.command(&["import", kind]).arg(&file))?;
        }
        Ok(())
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--config").arg(self.config()).envs(self.variables());
        command
    }

    fn config(&self) -> PathBuf {
        self.folder.join("data/ebirlik.toml")
    }

    /// Where this installation's things lie, also when it was copied.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let data = self.folder.join("data");
        vec![
            ("EBIRLIK_DATABASE", self.database.clone()),
            ("EBIRLIK_KEYS", data.join("code-keys").display().to_string()),
            ("EBIRLIK_DATA_DIR", data.display().to_string()),
            ("EBIRLIK_LOG", "warn".to_owned()),
        ]
    }

    /// A certificate for the server, and a client that believes it.
    fn identity(&self, variables: &mut Vec<(&'static str, String)>) -> Result<TlsConnector> {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (certificate, key) = (self.folder.join("tls.pem"), self.folder.join("tls.key"));
        fs::write(&certificate, issued.cert.pem())?;
        fs::write(&key, issued.signing_key.serialize_pem())?;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
        variables.push(("EBIRLIK_TLS__CERTIFICATE", certificate.display().to_string()));
        variables.push(("EBIRLIK_TLS__KEY", key.display().to_string()));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(issued.cert.der().to_vec()))?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

fn sqlite(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("ebirlik.db").display())
}

/// Ten thousand tax numbers with right check digits, the same in every run. Source: rule R-6.
pub(crate) fn tax_numbers() -> Vec<String> {
    let number = |place: u32| {
        let body = format!("{:09}", 700_000_000 + place * 13);
        let sum: u32 = body
            .bytes()
            .zip((1..=9).rev())
            .map(|(digit, power)| {
                let shifted = (u32::from(digit - b'0') + power) % 10;
                let value = (shifted << power) % 9;
                if shifted != 0 && value == 0 { 9 } else { value }
            })
            .sum();
        format!("{body}{}", (10 - sum % 10) % 10)
    };
    (0..EXPORTERS).map(number).collect()
}

/// Where it is noted how many declarations a store holds.
const HELD: &str = "declarations";
/// Accounts of a run on many accounts.
const EXPORTERS: u32 = 10_000;
/// Of each exporter, in lira: more than any run takes.
const BALANCE: &str = "1000000000.00";
/// One broker sends what a whole country does: its own limits are lifted. Everything else is as shipped.
const LIMITS: [(&str, &str); 2] = [
    ("EBIRLIK_LIMITS__REQUESTS_PER_SECOND_USER", "10000000"),
    ("EBIRLIK_LIMITS__VERIFICATIONS_PER_SECOND_USER", "10000000"),
];

#[cfg(test)]
mod tests {
    use super::tax_numbers;
    use ebirlik_domain::tax_number::TaxNumber;
    use std::collections::HashSet;

    #[test]
    fn the_exporters_have_tax_numbers_of_their_own() {
        let numbers = tax_numbers();
        assert!(numbers.iter().all(|number| TaxNumber::parse(number).is_ok()));
        assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), numbers.len());
    }
}
