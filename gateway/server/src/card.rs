//! Which bank takes cards for this installation, and how does it know us?

use crate::config::{ConfigError, PASSPHRASE};
use crate::server::StartError;
use ebirlik_operations::card::hosted::{HostedPage, HostedSettings};
use ebirlik_operations::card::signature::Secret;
use ebirlik_operations::card::{Cards, OPEN_FOR};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The section `[card]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Our number with the bank.
    pub(crate) merchant: String,
    /// What signs; better in a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<Hidden>,
    /// A file with what signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_file: Option<PathBuf>,
    /// Where the bank answers us, such as `https://sanalpos.example`.
    gateway_url: String,
    /// Our own address as the bank and browsers reach it, such as `https://onay.example.org`.
    return_url_base: String,
    /// How often the bank is asked for an order of which nothing is known.
    #[serde(default = "ask_again_ms")]
    ask_again_ms: u64,
    /// Longest wait for an answer of the bank.
    #[serde(default = "answer_timeout_ms")]
    answer_timeout_ms: u64,
}

/// A text that is not shown where settings are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hidden")
    }
}

impl Settings {
    /// Relative paths count from this folder.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        self.secret_file = self.secret_file.take().map(|file| folder.join(file));
    }

    /// The first setting that would be unsafe: its name, what it says, and why it is refused.
    pub(crate) fn unsafe_setting(&self) -> Option<(&'static str, String, &'static str)> {
        let unsafe_url = |url: &str| Url::parse(url).map_or(true, |url| !is_safe(&url));
        if unsafe_url(&self.gateway_url) {
            return Some(("card.gateway_url", self.gateway_url.clone(), HTTPS));
        }
        if unsafe_url(&self.return_url_base) {
            return Some(("card.return_url_base", self.return_url_base.clone(), HTTPS));
        }
        if self.secret.is_some() == self.secret_file.is_some() {
            return Some(("card.secret_file", String::new(), ONE_SECRET));
        }
        if self.secret.as_ref().is_some_and(|secret| secret.0.trim().is_empty()) {
            return Some(("card.secret", String::new(), EMPTY));
        }
        if self.ask_again_ms < 2 {
            return Some(("card.ask_again_ms", self.ask_again_ms.to_string(), NEVER));
        }
        if self.answer_timeout_ms == 0 {
            return Some(("card.answer_timeout_ms", self.answer_timeout_ms.to_string(), NO_ANSWER));
        }
        None
    }

    /// How often the bank is asked for an order of which nothing is known.
    pub(crate) fn ask_again(&self) -> Duration {
        Duration::from_millis(self.ask_again_ms)
    }

    /// Ready to take cards.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub(crate) fn open(&self) -> Result<Cards, StartError> {
        let settings = HostedSettings {
            merchant: self.merchant.clone(),
            secret: self.read_secret()?,
            url: self.gateway_url.clone(),
            timeout: Duration::from_millis(self.answer_timeout_ms),
        };
        let gateway = Box::new(HostedPage::new(settings)?);
        Ok(Cards { gateway, own_url: self.return_url_base.clone(), open_for: OPEN_FOR })
    }

    fn read_secret(&self) -> Result<Secret, ConfigError> {
        let Some(file) = &self.secret_file else {
            return Ok(Secret::new(self.secret.as_ref().map_or("", |secret| &secret.0)));
        };
        let failed = |error| ConfigError::File(file.clone(), error);
        if fs::metadata(file).map_err(failed)?.permissions().mode() & 0o007 != 0 {
            let value = file.display().to_string();
            return Err(ConfigError::Unsafe { setting: "card.secret_file", value, reason: PASSPHRASE });
        }
        let text = Zeroizing::new(fs::read_to_string(file).map_err(failed)?);
        if text.trim().is_empty() {
            let value = file.display().to_string();
            return Err(ConfigError::Unsafe { setting: "card.secret_file", value, reason: EMPTY });
        }
        Ok(Secret::new(text.trim()))
    }
}

/// Whether nobody between can read or change what goes there.
fn is_safe(url: &Url) -> bool {
    let is_own = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && is_own)
}

fn ask_again_ms() -> u64 {
    60_000
}

fn answer_timeout_ms() -> u64 {
    10_000
}

const HTTPS: &str = "money is spoken of there; give an address with https://, or a loopback one to try it";
const ONE_SECRET: &str = "the bank's secret is needed once; give secret_file (or secret), not both";
const EMPTY: &str = "whoever knows that nothing is the secret could sign as the bank; give the one that the bank gave";
const NO_ANSWER: &str = "give at least a millisecond, or leave it out for ten seconds";
const NEVER: &str = "give at least two milliseconds, or leave it out for a minute";

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        toml::from_str(text).unwrap()
    }

    const LEAST: &str = "merchant = \"M\"\nsecret = \"gizli\"\ngateway_url = \"http://127.0.0.1:8090\"\n\
        return_url_base = \"https://onay.example.org\"\n";

    #[test]
    fn what_would_be_unsafe_is_refused_by_name_and_the_secret_is_not_shown() {
        let least = settings(LEAST);
        assert_eq!((least.unsafe_setting(), least.ask_again()), (None, Duration::from_mins(1)));
        assert!(!format!("{least:?}").contains("gizli"));
        let check = |change: (&str, &str), setting: &str| {
            let found = settings(&LEAST.replace(change.0, change.1)).unsafe_setting();
            assert_eq!(found.map(|(name, ..)| name), Some(setting));
        };
        check(("127.0.0.1:8090", "banka.example"), "card.gateway_url");
        check(("https://onay", "http://onay"), "card.return_url_base");
        check(("secret = \"gizli\"", ""), "card.secret_file");
        check(("secret =", "secret_file = \"f\"\nsecret ="), "card.secret_file");
        check(("merchant", "ask_again_ms = 0\nmerchant"), "card.ask_again_ms");
    }
}
