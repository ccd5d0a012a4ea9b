//! `ebirlik verify`: is a code good? By asking a server, by reading the store, or from the key ring alone.

use super::client::{Asking, Trust};
use super::{CommandError, office, output};
use crate::config::Config;
use clap::Args;
use ebirlik_domain::verdict::{Verdict, Verification};
use ebirlik_message::{RequestFacts, Wire};
use ebirlik_operations::keys::KeyFile;
use ebirlik_operations::verify::{Asked, Recomputed, recompute, verify};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Ask whether codes are good
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  EBIRLIK_PASSWORD=... ebirlik verify 7K3M-XXXX-XXXX-XXXX --ref BRK-2026-0042 \
    --exporter 1234567890 --url https://onay.example.org --user customs\n  \
    ebirlik verify 7K3MXXXXXXXXXXXX --config ebirlik.toml\n  \
    ebirlik verify 7K3MXXXXXXXXXXXX --declaration declaration.xml --offline --config ebirlik.toml\n\n\
    Ends with 0 when all are valid, 1 when one is not, 3 when it cannot tell. Offline, a code whose key has leaked is\n\
    not valid: the key ring alone proves nothing then.")]
pub(crate) struct Verify {
    /// Codes as printed; case, spaces, hyphens and dots do not matter
    #[arg(required = true, value_name = "CODE")]
    codes: Vec<String>,
    /// Reference of the declaration
    #[arg(long = "ref", value_name = "R", requires = "exporter")]
    reference: Option<String>,
    /// Tax number of its exporter
    #[arg(long, value_name = "T", requires = "reference")]
    exporter: Option<String>,
    /// Address of the server to ask
    #[arg(long, conflicts_with = "config")]
    url: Option<String>,
    /// User code; the password or secret comes from `EBIRLIK_PASSWORD` or standard input
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    trust: Trust,
    /// Configuration file of the store to read, or of the key ring
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Recompute the code from the declaration, without store or server
    #[arg(long, requires = "declaration", requires = "config")]
    offline: bool,
    /// The declaration whose code it should be
    #[arg(long, value_name = "FILE", requires = "offline")]
    declaration: Option<PathBuf>,
    /// The secretariat, for a declaration without wrapper
    #[arg(long, value_name = "CODE", requires = "declaration")]
    secretariat: Option<String>,
}

/// One result: the code, its verdict, and what else has to be known.
type Told = (String, String, &'static str);

impl Verify {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let told = match (&self.url, &self.config, &self.declaration) {
            (_, Some(config), Some(declaration)) => self.recomputed(config, declaration)?,
            (Some(url), _, _) if self.user.is_some() || self.trust.signs_in() => self.asked_of(url).await?,
            (None, Some(config), None) => self.looked_up(config).await?,
            _ => return Err(CommandError::Usage("say whom to ask: --url and --user or --certificate, or --config")),
        };
        let mut exit = 0;
        for (code, verdict, besides) in told {
            output::line(format_args!("{code}  {verdict}{besides}"));
            exit = exit.max(exit_of(&verdict));
        }
        Ok(exit)
    }

    fn questions(&self) -> Vec<Asked> {
        let asked = |code: &String| Asked {
            code: code.clone(),
            reference: self.reference.clone(),
            exporter: self.exporter.clone(),
        };
        self.codes.iter().map(asked).collect()
    }

    /// By asking a server. What it cannot tell, we cannot.
    async fn asked_of(&self, url: &str) -> Result<Vec<Told>, CommandError> {
        let asking = Asking::trusting(&self.trust, url, self.user.as_deref())?;
        let questions = self
            .questions()
            .into_iter()
            .map(|asked| serde_json::json!({ "code": asked.code, "ref": asked.reference, "exporter": asked.exporter }));
        let body = questions.collect::<Value>().to_string().into_bytes();
        let answered = asking.post("v1/codes/verify", &[], "application/json", body).await?;
        let foreign = || super::client::ClientError::Foreign(answered.status);
        let problem: Option<Value> = serde_json::from_slice(&answered.body).ok();
        if let Some(reason) = problem.as_ref().and_then(|problem| problem.get("detail_en")).and_then(Value::as_str) {
            return Err(
                super::client::ClientError::Refused { status: answered.status, reason: reason.to_owned() }.into()
            );
        }
        let answers: Vec<Value> = serde_json::from_slice(&answered.body).map_err(|_| foreign())?;
        if answers.len() != self.codes.len() {
            return Err(foreign().into());
        }
        let text = |answer: &Value, key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let told = |answer| {
            let besides = if text(answer, "key") == "leaked" { KEY_LEAKED } else { "" };
            (text(answer, "code"), text(answer, "verdict"), besides)
        };
        Ok(answers.iter().map(told).collect())
    }

    /// By reading the store beside a running server.
    async fn looked_up(&self, config: &Path) -> Result<Vec<Told>, CommandError> {
        let verifications = office::with(config, async |office| Ok(verify(office, &self.questions()).await?)).await?;
        Ok(verifications.into_iter().map(told).collect())
    }

    /// From the declaration and the key ring alone: proves who made the code, not what became of it since.
    fn recomputed(&self, config: &Path, declaration: &Path) -> Result<Vec<Told>, CommandError> {
        let config = Config::read(config)?;
        let passphrase = config.keys_passphrase()?;
        let ring = KeyFile::at(config.keys, passphrase).read()?;
        let body = fs::read(declaration).map_err(|error| CommandError::File(declaration.to_owned(), error))?;
        let facts = RequestFacts { secretariat: self.secretariat.as_deref(), ..RequestFacts::default() };
        let read = Wire::of(&body).read(&body, &facts).map_err(|error| {
            output::note(error);
            CommandError::Usage("the declaration cannot be read; ebirlik check says more")
        })?;
        if read.declaration.secretariat.text().is_none() {
            return Err(CommandError::Usage("the code binds the secretariat: name it by --secretariat"));
        }
        let recomputed = recompute(&ring, &self.codes, &read.declaration)
            .ok_or(CommandError::Usage("the declaration holds what is no number; ebirlik check says more"))?;
        Ok(recomputed.into_iter().map(told_offline).collect())
    }
}

fn told(verification: Verification) -> Told {
    let besides = if verification.key_leaked { KEY_LEAKED } else { "" };
    (verification.code, verification.verdict.as_str().to_owned(), besides)
}

/// A leaked key makes codes for everybody: what it alone says is never "valid".
fn told_offline(recomputed: Recomputed) -> Told {
    match (recomputed.verdict, recomputed.key_leaked) {
        (Verdict::Valid, true) => (recomputed.code, "leaked".to_owned(), LEAKED_OFFLINE),
        (verdict, _) => (recomputed.code, verdict.as_str().to_owned(), ""),
    }
}

const KEY_LEAKED: &str = "  (its key has leaked; the register says so all the same)";
const LEAKED_OFFLINE: &str = "  (its key has leaked: the key ring alone proves nothing; ask a server, or the store)";

/// 0 for a verdict with which goods may leave, 3 for one that says nothing, 1 for every other.
fn exit_of(verdict: &str) -> u8 {
    match verdict {
        "valid" | "valid_used" => 0,
        "unavailable" | "" => super::CANNOT_TELL,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cannot_tell_is_neither_valid_nor_invalid() {
        assert_eq!([exit_of("valid"), exit_of("valid_used"), exit_of("expired"), exit_of("unavailable")], [0, 0, 1, 3]);
    }
}
