//! Is this the client's password? Argon2id, off the async threads, a few at a time.

use crate::client::{Client, Roles};
use crate::office::Office;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use ebirlik_domain::decision::Fault;
use ebirlik_store::clients::ClientRow;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Argon2 runs at once: each takes 19 MiB and a core for tens of milliseconds.
const RUNS_MAX: usize = 2;
/// Longest password that is looked at, in bytes. A longer one is wrong without a run.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// Limits how many passwords are checked at once.
#[derive(Debug, Clone)]
pub(crate) struct PasswordCheck {
    runs: Arc<Semaphore>,
}

impl Default for PasswordCheck {
    fn default() -> Self {
        Self { runs: Arc::new(Semaphore::new(RUNS_MAX)) }
    }
}

/// Which of a client's two passwords (G-55, G-56).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To send and to look.
    Operate,
    /// To pay.
    Pay,
}

/// Proves a client's password. `None` for a wrong one, an unknown or a locked client, after the same work.
///
/// # Errors
/// When the store does not answer.
pub async fn sign_in(office: &Office, code: &str, password: &str, purpose: Purpose) -> Result<Option<Client>, Fault> {
    let row = office.store.find_client(code).await?;
    let hash = row.as_ref().map(|row| match purpose {
        Purpose::Operate => row.password_hash.clone(),
        Purpose::Pay => row.payment_password_hash.clone(),
    });
    let usable = row.as_ref().is_some_and(|row| row.locked == 0);
    // An unknown client costs the same run as a known one.
    let hash = hash.filter(|hash| !hash.is_empty());
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODYS_HASH.clone());
    let proved = office.passwords.verify(hash, password.to_owned()).await?;
    Ok(row.filter(|_| proved && known && usable).and_then(client_of))
}

/// A client by its code, without a password: for a session that proved it before.
///
/// # Errors
/// When the store does not answer.
pub async fn find_client(office: &Office, code: &str) -> Result<Option<Client>, Fault> {
    let row = office.store.find_client(code).await?;
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

impl PasswordCheck {
    async fn verify(&self, hash: String, password: String) -> Result<bool, Fault> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        let run = Arc::clone(&self.runs).acquire_owned().await.map_err(|_| Fault::Unavailable)?;
        let proved = tokio::task::spawn_blocking(move || {
            let _run = run;
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        proved.await.map_err(|_| Fault::Unavailable)
    }
}

fn client_of(row: ClientRow) -> Option<Client> {
    let roles = Roles::parse(&row.roles)?;
    Some(Client { code: row.code, firm: row.firm, secretariat: row.secretariat, roles })
}

/// What an unknown client's password is checked against.
static NOBODYS_HASH: LazyLock<String> = LazyLock::new(|| hash_password("nobody").unwrap_or_default());
