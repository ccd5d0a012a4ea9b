//! What an installation can be told: one TOML file, and `EBIRLIK_*` variables over it.
//!
//! Every number carries its unit in its name. A setting that would make the server unsafe is refused by name
//! before anything starts; a setting that we do not know is refused too, since it is a misspelt one.

mod limits;

pub(crate) use limits::Limits;

use crate::http::trail;
use crate::{card, log, mail, tls};
use ebirlik_operations::keys::Passphrase;
use ebirlik_portal::{Contact, Site};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The settings of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, as the file names it")]
pub(crate) struct Config {
    /// Where programs and people are answered.
    pub(crate) listen: SocketAddr,
    /// Allows plain HTTP on an address that others can reach; for use behind a proxy that does TLS. Without meaning
    /// where we do TLS ourselves.
    #[serde(default)]
    pub(crate) allow_plaintext: bool,
    /// People come by HTTPS, through a proxy in front: their cookies then never travel without it. Follows by itself
    /// where we do TLS ourselves.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) behind_https: bool,
    /// What becomes of EDIFACT interchanges with the test indicator.
    #[serde(default)]
    pub(crate) test_interchanges: TestInterchanges,
    /// Own listener of `/metrics` and `/health`; without it `/metrics` is for the role `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Own listener may be reached by others.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) metrics_public: bool,
    /// The store: `sqlite:PATH` or `postgres://...`.
    pub(crate) database: String,
    /// The file of the code keys.
    pub(crate) keys: PathBuf,
    /// A file with the passphrase of sealed code keys, such as a credential of systemd. `EBIRLIK_KEYS_PASSPHRASE` goes
    /// before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keys_passphrase_file: Option<PathBuf>,
    /// Where everything else that this installation keeps lies.
    pub(crate) data_dir: PathBuf,
    /// Below this balance an answer carries the notice N4003. 1,000 TL pay for about fifty small declarations.
    #[serde(default = "low_balance_kurus")]
    pub(crate) low_balance_kurus: i64,
    /// Staff acts that move more than this need a second person (corrections, cancellations, refunds). 10,000 TL are a
    /// fee of some twenty million lira of exports.
    #[serde(default = "two_people_above_kurus")]
    pub(crate) two_people_above_kurus: i64,
    /// Tells this server's identifiers from those of others on the same store; random when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server_number: Option<u8>,
    /// What is logged, such as `info` or `info,ebirlik_store=debug`.
    #[serde(default = "log_filter")]
    pub(crate) log: String,
    /// Our own address as people reach it, such as `https://onay.example.org`: where links in mails lead. Without it, the
    /// address that we listen on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
    /// Everybody may read every mail at `/mailbox`, links that set passwords among them: to try the product out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) mailbox: bool,
    /// Where brokers apply for a firm's membership in a union.
    #[serde(default = "membership_url")]
    pub(crate) membership_url: String,
    /// TLS on `listen`, and on `metrics_listen` where others reach it; plain HTTP without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<tls::Settings>,
    /// Where traces are sent, by programs built with the feature `traces`; nowhere without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) traces: Option<trail::Settings>,
    /// The bank that takes cards; without it nobody pays by card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<card::Settings>,
    /// Who takes our mails; without it they wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mail: Option<mail::Settings>,
    /// Whom people call, as `/contact` shows it.
    #[serde(default)]
    pub(crate) contact: Contact,
    /// How much of everything is taken.
    #[serde(default)]
    pub(crate) limits: Limits,
}

/// What becomes of an EDIFACT interchange that its sender marked as a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestInterchanges {
    /// It is priced and nothing is recorded.
    #[default]
    DryRun,
    /// It is approved like any other: this is an installation for tests.
    Approve,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file is not there or cannot be read.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A setting is missing, misspelt or of the wrong kind.
    #[error("{0}")]
    Unreadable(Box<figment::Error>),
    /// A setting that would be unsafe.
    #[error("{setting} = {value}: {reason}")]
    Unsafe {
        /// Which one.
        setting: &'static str,
        /// What it says.
        value: String,
        /// Why that is refused, and what to do.
        reason: &'static str,
    },
}

impl Config {
    /// A fresh installation in a folder, everything else by default.
    pub(crate) fn fresh(listen: SocketAddr, database: String, data_dir: PathBuf) -> Self {
        Self {
            listen,
            allow_plaintext: false,
            behind_https: false,
            test_interchanges: TestInterchanges::DryRun,
            metrics_listen: None,
            metrics_public: false,
            database,
            keys: data_dir.join("code-keys"),
            keys_passphrase_file: None,
            data_dir,
            low_balance_kurus: low_balance_kurus(),
            two_people_above_kurus: two_people_above_kurus(),
            server_number: None,
            log: log_filter(),
            tls: None,
            traces: None,
            card: None,
            public_url: None,
            mail: None,
            mailbox: false,
            contact: Contact::default(),
            membership_url: membership_url(),
            limits: Limits::default(),
        }
    }

    /// Addresses that pages show or lead to.
    pub(crate) fn site(&self) -> Site {
        Site { contact: self.contact.clone(), membership_url: self.membership_url.clone() }
    }

    /// Whether people come by HTTPS, to us or to a proxy in front.
    pub(crate) fn is_https(&self) -> bool {
        self.behind_https || self.tls.is_some()
    }

    /// Our own address as people reach it.
    pub(crate) fn public_url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", self.listen))
    }

    /// Reads the file, then the variables: `EBIRLIK_LISTEN`, `EBIRLIK_LIMITS__CONNECTIONS` and so on.
    /// Relative paths count from the folder of the file.
    ///
    /// # Errors
    /// When the file or a setting cannot be read, or would be unsafe.
    pub(crate) fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(file).map_err(|error| ConfigError::File(file.to_owned(), error))?;
        let known = |key: &figment::value::UncasedStr| {
            let first = key.as_str().split("__").next().unwrap_or_default().to_ascii_lowercase();
            SETTINGS.contains(&first.as_str())
        };
        let variables = Env::prefixed("EBIRLIK_").filter(known).split("__");
        let mut config: Self = Figment::from(Toml::string(&text))
            .merge(variables)
            .extract()
            .map_err(|error| ConfigError::Unreadable(Box::new(error)))?;
        config.resolve(file.parent().unwrap_or(Path::new("")));
        config.refuse_unsafe()?;
        Ok(config)
    }

    /// Writes the file that [`Config::read`] takes, readable by its owner alone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let opening = "# Settings of one e-birlik server; `ebirlik serve --config FILE` runs it.\n\n";
        crate::files::write_private(file, format!("{opening}{text}").as_bytes())
    }

    /// The passphrase of sealed code keys, if one was given. Never an argument, which others see, nor a setting.
    ///
    /// # Errors
    /// When its file cannot be read, or everybody may read it.
    pub(crate) fn keys_passphrase(&self) -> Result<Option<Passphrase>, ConfigError> {
        if let Ok(text) = env::var("EBIRLIK_KEYS_PASSPHRASE")
            && !text.is_empty()
        {
            return Ok(Some(Passphrase::new(&Zeroizing::new(text))));
        }
        let Some(file) = &self.keys_passphrase_file else { return Ok(None) };
        let failed = |error| ConfigError::File(file.clone(), error);
        if fs::metadata(file).map_err(failed)?.permissions().mode() & 0o007 != 0 {
            let value = file.display().to_string();
            return Err(ConfigError::Unsafe { setting: "keys_passphrase_file", value, reason: PASSPHRASE });
        }
        let mut text = Zeroizing::new(String::with_capacity(PASSPHRASE_BYTES_MAX));
        let opened = fs::File::open(file).map_err(failed)?;
        opened.take(PASSPHRASE_BYTES_MAX as u64).read_to_string(&mut text).map_err(failed)?;
        Ok(Some(Passphrase::new(&text)))
    }

    fn resolve(&mut self, folder: &Path) {
        self.keys = folder.join(&self.keys);
        self.keys_passphrase_file = self.keys_passphrase_file.take().map(|file| folder.join(file));
        self.data_dir = folder.join(&self.data_dir);
        if let Some(tls) = &mut self.tls {
            tls.resolve(folder);
        }
        if let Some(card) = &mut self.card {
            card.resolve(folder);
        }
        if let Some(path) = self.database.strip_prefix("sqlite:") {
            self.database = format!("sqlite:{}", folder.join(path).display());
        }
    }

    /// Refuses what would be unsafe, saying which setting.
    ///
    /// # Errors
    /// With the first such setting.
    pub(crate) fn refuse_unsafe(&self) -> Result<(), ConfigError> {
        let unsafe_setting = |setting, value: String, reason| Err(ConfigError::Unsafe { setting, value, reason });
        if !self.listen.ip().is_loopback() && self.tls.is_none() && !self.allow_plaintext {
            return unsafe_setting("listen", self.listen.to_string(), PLAINTEXT);
        }
        if let Some(address) = self.metrics_listen.filter(|address| !address.ip().is_loopback() && !self.metrics_public)
        {
            return unsafe_setting("metrics_listen", address.to_string(), METRICS);
        }
        if self.low_balance_kurus < 0 {
            return unsafe_setting("low_balance_kurus", self.low_balance_kurus.to_string(), NEGATIVE);
        }
        if self.two_people_above_kurus < 0 {
            return unsafe_setting("two_people_above_kurus", self.two_people_above_kurus.to_string(), NEGATIVE);
        }
        if let Some((setting, value, reason)) = self.card.as_ref().and_then(card::Settings::unsafe_setting) {
            return unsafe_setting(setting, value, reason);
        }
        if let Some((setting, value, reason)) = self.mail.as_ref().and_then(mail::Settings::unsafe_setting) {
            return unsafe_setting(setting, value, reason);
        }
        if self.mailbox && !self.listen.ip().is_loopback() {
            return unsafe_setting("mailbox", "true".to_owned(), MAILBOX);
        }
        if !log::is_filter(&self.log) {
            return unsafe_setting("log", self.log.clone(), FILTER);
        }
        if let Some((setting, value, reason)) = self.limits.unsafe_setting() {
            return unsafe_setting(setting, value, reason);
        }
        Ok(())
    }
}

fn low_balance_kurus() -> i64 {
    100_000
}

fn two_people_above_kurus() -> i64 {
    1_000_000
}

fn membership_url() -> String {
    "https://uyelik.tim.org.tr".to_owned()
}

fn log_filter() -> String {
    "info".to_owned()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Longest passphrase read.
const PASSPHRASE_BYTES_MAX: usize = 4_096;
/// The variables that are settings; others with our prefix, such as `EBIRLIK_PASSWORD`, are not.
const SETTINGS: &[&str] = &[
    "listen",
    "allow_plaintext",
    "behind_https",
    "test_interchanges",
    "metrics_listen",
    "metrics_public",
    "database",
    "keys",
    "keys_passphrase_file",
    "data_dir",
    "low_balance_kurus",
    "two_people_above_kurus",
    "server_number",
    "log",
    "tls",
    "traces",
    "card",
    "public_url",
    "mail",
    "mailbox",
    "contact",
    "membership_url",
    "limits",
];

const PLAINTEXT: &str = "passwords would cross the network in the clear; give a certificate in [tls], listen on a \
    loopback address, or set allow_plaintext = true when a proxy in front does TLS";
const METRICS: &str = "anyone in the network could read the figures; listen on a loopback address, \
    or set metrics_public = true";
pub(crate) const PASSPHRASE: &str = "everybody on this machine may read it; take its mode for others away";
const MAILBOX: &str = "whoever reaches this server could read links that set passwords; listen on a loopback address, or \
    leave it out";
const NEGATIVE: &str = "a balance is never below zero; give a sum in kuruş";
const FILTER: &str = "not a log filter; give one such as info or info,ebirlik_store=debug";
#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ebirlik.toml");
        fs::write(&file, text).unwrap();
        Config::read(&file)
    }

    const LEAST: &str =
        "listen = \"127.0.0.1:8080\"\ndatabase = \"sqlite:store.db\"\nkeys = \"code-keys\"\ndata_dir = \".\"\n";

    #[test]
    fn relative_paths_count_from_the_files_folder() {
        let config = read(LEAST).unwrap();
        assert!(config.keys.is_absolute());
        let path = config.database.strip_prefix("sqlite:").unwrap();
        assert!(Path::new(path).is_absolute() && path.ends_with("store.db"));
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn an_unsafe_setting_is_refused_by_name() {
        let check = |change: (&str, &str), setting: &str| {
            let error = read(&LEAST.replace(change.0, change.1)).unwrap_err().to_string();
            assert!(error.contains(setting), "{error}");
        };
        check(("127.0.0.1", "0.0.0.0"), "listen = 0.0.0.0:8080");
        check(("data_dir", "metrics_listen = \"0.0.0.0:9\"\ndata_dir"), "metrics_listen");
        check(("data_dir", "low_balance_kurus = -1\ndata_dir"), "low_balance_kurus = -1");
        check(("data_dir", "log = \"a=b=c\"\ndata_dir"), "log = a=b=c");
        check(("data_dir", "limits = { connections = 0 }\ndata_dir"), "limits.connections = 0");
        check(("data_dir", "limits = { bodies_in_flight_bytes_max = 5 }\ndata_dir"), "bodies_in_flight");
        check(("127.0.0.1:8080\"", "0.0.0.0:8080\"\nallow_plaintext = true\nmailbox = true"), "mailbox = true");
        check(("data_dir", "mail = { smtp = \"smtp://mail.example\", from = \"a@b.co\" }\ndata_dir"), "mail.smtp");
        check(("data_dir", "listn = \"127.0.0.1:1\"\ndata_dir"), "listn");
        check(("keys = \"code-keys\"", ""), "keys");
    }

    #[test]
    fn a_passphrase_that_everybody_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (file, secret) = (folder.path().join("ebirlik.toml"), folder.path().join("passphrase"));
        fs::write(&file, format!("keys_passphrase_file = \"passphrase\"\n{LEAST}")).unwrap();
        fs::write(&secret, "beş rastgele kelime\n").unwrap();
        let mode = |mode| fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
        mode(0o644);
        let config = Config::read(&file).unwrap();
        assert!(config.keys_passphrase().unwrap_err().to_string().contains("keys_passphrase_file"));
        mode(0o440);
        assert_eq!(config.keys_passphrase().unwrap(), Some(Passphrase::new("beş rastgele kelime")));
    }

    #[test]
    fn plain_http_for_others_is_allowed_only_when_said() {
        let text = format!("allow_plaintext = true\n{}", LEAST.replace("127.0.0.1", "0.0.0.0"));
        assert!(read(&text).unwrap().allow_plaintext);
    }

    #[test]
    fn with_a_certificate_others_may_reach_it_and_cookies_stay_on_https() {
        let text = format!(
            "{}[tls]\ncertificate = \"tls/own.pem\"\nkey = \"/etc/key.pem\"\n[limits.http2]\nstreams = 7\n",
            LEAST.replace("127.0.0.1", "0.0.0.0")
        );
        let config = read(&text).unwrap();
        assert!(config.is_https() && !config.behind_https && !read(LEAST).unwrap().is_https());
        let tls = config.tls.unwrap();
        assert!(tls.certificate.is_absolute() && tls.certificate.ends_with("tls/own.pem") && tls.client_ca.is_none());
        assert_eq!((tls.key.to_str(), config.limits.http2.streams), (Some("/etc/key.pem"), 7));
        let misspelt = read(&text.replace("key =", "kye =")).unwrap_err().to_string();
        assert!(misspelt.contains("kye"), "{misspelt}");
        let zero = read(&text.replace("streams = 7", "streams = 0")).unwrap_err().to_string();
        assert!(zero.contains("limits.http2.streams = 0"), "{zero}");
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ebirlik.toml");
        let database = format!("sqlite:{}", folder.path().join("store.db").display());
        let config = Config::fresh("127.0.0.1:4711".parse().unwrap(), database, folder.path().to_owned());
        config.write(&file).unwrap();
        assert_eq!(Config::read(&file).unwrap(), config);
    }
}
