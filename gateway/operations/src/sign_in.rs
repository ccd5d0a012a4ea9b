//! Is this the client's password? Argon2id, off the async threads, a few at a time.

use crate::client::{Client, Roles};
use crate::credentials::{Secret, client_of_secret};
use crate::office::Office;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use ebirlik_domain::decision::Fault;
use ebirlik_store::clients::ClientRow;
use ebirlik_store::{Wall, Walled};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Argon2 runs at once behind a wall: each takes 19 MiB and a core for tens of milliseconds. An officer's program never
/// waits for the passwords of brokers' programs or of people.
fn runs_max(wall: Wall) -> usize {
    match wall {
        Wall::Submission | Wall::People => 2,
        Wall::Verification | Wall::Background => 1,
    }
}

/// Longest password that is looked at, in bytes. A longer one is wrong without a run.
pub(crate) const PASSWORD_BYTES_MAX: usize = 1_024;
/// Of a longer user code only the beginning is remembered when it fails.
const CODE_LETTERS_MAX: usize = 64;

/// Limits how many passwords are checked at once, wall by wall.
#[derive(Debug)]
pub(crate) struct PasswordChecks(Walled<Arc<Semaphore>>);

impl Default for PasswordChecks {
    fn default() -> Self {
        Self(Walled::each(|wall| Arc::new(Semaphore::new(runs_max(wall)))))
    }
}

/// Which of a client's two passwords (G-55, G-56).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To send and to look. On pages this is the password alone; for machines see [`sign_in_machine`].
    Operate,
    /// To pay.
    Pay,
}

/// Proves the password of a person. `None` for a wrong one, an unknown or a locked client, after the same work.
///
/// # Errors
/// When the store does not answer.
pub async fn sign_in(office: &Office, code: &str, password: &str, purpose: Purpose) -> Result<Option<Client>, Fault> {
    sign_in_behind(office, Wall::People, code, password, purpose).await
}

async fn sign_in_behind(
    office: &Office,
    wall: Wall,
    code: &str,
    password: &str,
    purpose: Purpose,
) -> Result<Option<Client>, Fault> {
    let row = office.behind(wall).find_client(code).await?;
    let hash = row.as_ref().map(|row| match purpose {
        Purpose::Operate => row.password_hash.clone(),
        Purpose::Pay => row.payment_password_hash.clone(),
    });
    let usable = row.as_ref().is_some_and(|row| row.locked == 0);
    // An unknown client costs the same run as a known one.
    let hash = hash.filter(|hash| !hash.is_empty());
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODYS_HASH.clone());
    let proved = office.passwords.verify(wall, hash, password.to_owned()).await?;
    Ok(row.filter(|_| proved && known && usable).and_then(client_of))
}

/// Proves what a machine sends as its password: a generated secret, or the password to send and to look. The wall is
/// that of what it asks for.
///
/// # Errors
/// When the store does not answer.
pub async fn sign_in_machine(office: &Office, wall: Wall, code: &str, password: &str) -> Result<Option<Client>, Fault> {
    match Secret::parse(password) {
        Some(secret) => client_of_secret(office, wall, code, &secret).await,
        None => sign_in_behind(office, wall, code, password, Purpose::Operate).await,
    }
}

/// To be called when a machine's user code and password did not sign in: counts it, and lets the answer wait after
/// many. A count is of one user code from one network, so that a stranger slows down a stranger and nobody else; a
/// right password never waits. This machine's own address does not either: behind a proxy everybody has it.
pub async fn failed(office: &Office, code: &str, network: IpAddr) {
    metrics::counter!("ebirlik_sign_ins_failed_total", "at" => "programs").increment(1);
    if network.to_canonical().is_loopback() {
        return;
    }
    let code: String = code.chars().take(CODE_LETTERS_MAX).collect();
    let consequence = office.password_guesses.record(&format!("{code}\n{network}"), 1, office.clock.now());
    if consequence.alarm {
        tracing::warn!(%network, "sign-ins fail in numbers; the last one came from this network");
    }
    consequence.bear("password").await;
}

/// A client by its code, without a password: for a session that proved it before.
///
/// # Errors
/// When the store does not answer.
pub async fn find_client(office: &Office, code: &str) -> Result<Option<Client>, Fault> {
    find_client_behind(office, Wall::People, code).await
}

/// As [`find_client`], for what a wall's requests ask.
pub(crate) async fn find_client_behind(office: &Office, wall: Wall, code: &str) -> Result<Option<Client>, Fault> {
    let row = office.behind(wall).find_client(code).await?;
    Ok(row.filter(|row| row.locked == 0).and_then(client_of))
}

/// The argon2id hash of a password in PHC form, with a salt of its own. Takes tens of milliseconds.
///
/// # Errors
/// When the system gives no randomness.
pub fn hash_password(password: &str) -> Result<String, Fault> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| {
        tracing::error!(%error, "a password cannot be hashed");
        Fault::Unavailable
    })
}

impl PasswordChecks {
    async fn verify(&self, wall: Wall, hash: String, password: String) -> Result<bool, Fault> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        let run = Arc::clone(self.0.of(wall)).acquire_owned().await.map_err(|_| Fault::Unavailable)?;
        let proved = tokio::task::spawn_blocking(move || {
            let _run = run;
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        proved.await.map_err(|_| Fault::Unavailable)
    }
}

impl PasswordChecks {
    /// As [`hash_password`], off the async threads and with the checks of a wall.
    pub(crate) async fn hash(&self, wall: Wall, password: String) -> Result<String, Fault> {
        let run = Arc::clone(self.0.of(wall)).acquire_owned().await.map_err(|_| Fault::Unavailable)?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _run = run;
            hash_password(&password)
        });
        hashed.await.map_err(|_| Fault::Unavailable)?
    }
}

fn client_of(row: ClientRow) -> Option<Client> {
    let roles = Roles::parse(&row.roles)?;
    Some(Client { code: row.code, firm: row.firm, secretariat: row.secretariat, roles })
}

/// What an unknown client's password is checked against.
static NOBODYS_HASH: LazyLock<String> = LazyLock::new(|| hash_password("nobody").unwrap_or_default());
