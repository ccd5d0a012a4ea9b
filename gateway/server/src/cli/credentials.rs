//! `ebirlik users secret` and `ebirlik users certificate`: what a user's machines sign in with.

use super::{CommandError, office, output};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::random;
use crate::tls::certificate::{Certificate, fingerprint_of, printed};
use clap::Args;
use ebirlik_domain::time::{Clock, day_of};
use ebirlik_operations::Office;
use ebirlik_operations::credentials::{Secret, add_secret, bind_certificate, list_certificates, list_secrets};
use ebirlik_store::credentials::{CertificateRow, SecretRow};
use jiff::Timestamp;
use std::fs;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct OfSecret {
    /// User code
    #[arg(long)]
    user: String,
    /// What to call the new secret; the day's date when not given
    #[arg(long, value_name = "NAME", conflicts_with_all = ["revoke", "list"])]
    name: Option<String>,
    /// Take the secret of this name away
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    revoke: Option<String>,
    /// List the secrets by name, never the secrets themselves
    #[arg(long)]
    list: bool,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct OfCertificate {
    /// User code
    #[arg(long)]
    user: String,
    /// The certificate, in PEM
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    file: Option<PathBuf>,
    /// With --remove: the certificate by its SHA-256 fingerprint, as the list prints it
    #[arg(long, value_name = "SHA256", requires = "remove")]
    fingerprint: Option<String>,
    /// Take the certificate away
    #[arg(long)]
    remove: bool,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl OfSecret {
    pub(super) async fn run(self) -> Result<u8, CommandError> {
        let user = &self.user;
        if let Some(name) = &self.revoke {
            office::with(&self.config, async |office| Ok(office.store.revoke_secret(user, name).await?)).await?;
            output::line(format_args!("{user}  {name}  revoked"));
            return Ok(0);
        }
        if self.list {
            let secrets = office::with(&self.config, async |office| Ok(list_secrets(office, user).await?)).await?;
            for SecretRow { name, created_at, last_used_on } in secrets {
                let last = if last_used_on.is_empty() { "never" } else { &last_used_on };
                output::line(format_args!("{name}  made {}  last used {last}", day(created_at)));
            }
            return Ok(0);
        }
        let name = self.name.clone().unwrap_or_else(|| SystemClock.today().to_string());
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains(char::is_control) {
            return Err(CommandError::Usage("a secret's name has 1 to 100 bytes and no control characters"));
        }
        let secret = Secret::of(&random::bytes()?);
        office::with(&self.config, async |office| Ok(add_secret(office, user, &name, &secret).await?)).await?;
        output::note(format_args!("the secret {name} of {user}; it is shown this once and kept nowhere:"));
        output::line(secret.as_str());
        Ok(0)
    }
}

impl OfCertificate {
    pub(super) async fn run(self) -> Result<u8, CommandError> {
        let certificate = match &self.file {
            Some(file) => {
                let text = fs::read(file).map_err(|error| CommandError::File(file.clone(), error))?;
                Some(Certificate::of_pem(&text)?)
            }
            None => None,
        };
        if self.remove {
            return self.remove(certificate).await;
        }
        match certificate {
            Some(certificate) => self.bind(&certificate).await,
            None => self.list().await,
        }
    }

    async fn bind(&self, certificate: &Certificate) -> Result<u8, CommandError> {
        let now = SystemClock.now();
        if certificate.valid_until < now {
            return Err(CommandError::Usage("the certificate has ended; bind the one that replaces it"));
        }
        if Config::read(&self.config)?.tls.is_none_or(|tls| tls.client_ca.is_none()) {
            output::note("certificates count where tls.client_ca is set; it is not set here");
        }
        let row = CertificateRow {
            fingerprint: certificate.fingerprint.to_vec(),
            subject: certificate.subject.clone(),
            valid_from: certificate.valid_from.as_microsecond(),
            valid_until: certificate.valid_until.as_microsecond(),
            bound_at: now.as_microsecond(),
        };
        office::with(&self.config, async |office| Ok(bind_certificate(office, &self.user, &row).await?)).await?;
        output::line(format_args!("{}  bound  {}", self.user, in_words(&row)));
        Ok(0)
    }

    async fn list(&self) -> Result<u8, CommandError> {
        let bound = office::with(&self.config, async |office| Ok(list_certificates(office, &self.user).await?)).await?;
        for row in &bound {
            output::line(in_words(row));
        }
        Ok(0)
    }

    async fn remove(&self, certificate: Option<Certificate>) -> Result<u8, CommandError> {
        let fingerprint = match (certificate, &self.fingerprint) {
            (Some(certificate), _) => certificate.fingerprint,
            (None, Some(typed)) => fingerprint_of(typed)?,
            (None, None) => return Err(CommandError::Usage("say which certificate: --file or --fingerprint")),
        };
        let remove = async |office: &Office| Ok(office.store.release_certificate(&self.user, &fingerprint).await?);
        office::with(&self.config, remove).await?;
        output::line(format_args!("{}  removed  {}", self.user, printed(&fingerprint)));
        Ok(0)
    }
}

fn in_words(row: &CertificateRow) -> String {
    let CertificateRow { fingerprint, subject, valid_from, valid_until, .. } = row;
    format!("{}  {subject}  {} to {}", printed(fingerprint), day(*valid_from), day(*valid_until))
}

fn day(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds).map(|at| day_of(at).to_string()).unwrap_or_default()
}

/// Longest name of a secret.
const NAME_BYTES_MAX: usize = 100;
