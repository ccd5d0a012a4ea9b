//! Which secrets and certificates do a user's machines sign in with?
//!
//! A secret is drawn, never chosen, and shown once. Its 160 bits cannot be guessed, so that a fast SHA-256 keeps it as
//! safe as a slow hash would: slowness protects what people make up. It is stored without a key, so that every server
//! on the store finds it, and by its digest, so that looking it up tells nothing of it by its time.
//!
//! A certificate is bound by the SHA-256 of the whole of it: the operator registers the very certificate that was
//! looked at, with its validity, and tools print the same fingerprint. A renewed one is bound beside the old one before
//! it is used.

use crate::client::Client;
use crate::office::Office;
use crate::sign_in::find_client_behind;
use ebirlik_domain::decision::Fault;
use ebirlik_store::credentials::{CertificateRow, SecretRow};
use ebirlik_store::{StoreError, Wall};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use zeroize::Zeroizing;

/// A generated secret: `ebirlik_` and 40 hexadecimal digits. The beginning lets scanners of leaked secrets know it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// From bytes that nobody can foresee.
    pub fn of(bytes: &[u8; SECRET_BYTES]) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 2 * SECRET_BYTES));
        text.push_str(PREFIX);
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// From a text that has the form of one; anything else is a password.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let sound = digits.len() == 2 * SECRET_BYTES && digits.bytes().all(|digit| HEXADECIMAL.contains(&digit));
        sound.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// To be shown once.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// Gives a user a secret.
///
/// # Errors
/// When there is no such user, or it has a secret of that name.
pub async fn add_secret(office: &Office, user: &str, name: &str, secret: &Secret) -> Result<(), StoreError> {
    must_exist(office, user).await?;
    office.store.add_secret(&secret.digest(), user, name, office.clock.now().as_microsecond()).await
}

/// The secrets of a user, by name.
///
/// # Errors
/// When there is no such user, or the store does not answer.
pub async fn list_secrets(office: &Office, user: &str) -> Result<Vec<SecretRow>, StoreError> {
    must_exist(office, user).await?;
    office.store.list_secrets(user).await
}

/// Binds a certificate to a user.
///
/// # Errors
/// When there is no such user, or the certificate is bound already.
pub async fn bind_certificate(office: &Office, user: &str, certificate: &CertificateRow) -> Result<(), StoreError> {
    must_exist(office, user).await?;
    office.store.bind_certificate(user, certificate).await
}

/// The certificates bound to a user.
///
/// # Errors
/// When there is no such user, or the store does not answer.
pub async fn list_certificates(office: &Office, user: &str) -> Result<Vec<CertificateRow>, StoreError> {
    must_exist(office, user).await?;
    office.store.list_certificates(user).await
}

/// The client whose secret this is. `None` for another's, a revoked one, or a locked client.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn client_of_secret(
    office: &Office,
    wall: Wall,
    user: &str,
    secret: &Secret,
) -> Result<Option<Client>, Fault> {
    let digest = secret.digest();
    let Some(last_used_on) = office.behind(wall).find_secret(&digest, user).await? else { return Ok(None) };
    let client = find_client_behind(office, wall, user).await?;
    let today = office.clock.today().to_string();
    if client.is_some() && last_used_on != today {
        // Once a day, and in nobody's way.
        let store = office.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.note_secret_use(&digest, &today).await {
                tracing::warn!(%error, "a secret's use could not be noted");
            }
        });
    }
    Ok(client)
}

/// The client that a certificate, proved in a handshake, is bound to. `None` for an unbound one or a locked client.
///
/// # Errors
/// When the store does not answer.
pub async fn client_of_certificate(
    office: &Office,
    wall: Wall,
    fingerprint: &[u8; 32],
) -> Result<Option<Client>, Fault> {
    match office.behind(wall).find_certificate_client(fingerprint).await? {
        Some(user) => find_client_behind(office, wall, &user).await,
        None => Ok(None),
    }
}

async fn must_exist(office: &Office, user: &str) -> Result<(), StoreError> {
    let found = office.store.find_client(user).await?;
    found.map(|_| ()).ok_or_else(|| StoreError::Missing(format!("there is no user {user}")))
}

/// Random bytes of a secret: 160 bits.
pub const SECRET_BYTES: usize = 20;
const PREFIX: &str = "ebirlik_";
const HEXADECIMAL: &[u8] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_form() {
        let secret = Secret::of(&[0xa7; SECRET_BYTES]);
        assert_eq!(secret.as_str(), format!("ebirlik_{}", "a7".repeat(20)));
        assert!(Secret::parse(secret.as_str()) == Some(secret.clone()));
        for password in ["ebirlik_", "demo-broker1", &secret.as_str()[..47], &secret.as_str().to_uppercase()] {
            assert!(Secret::parse(password).is_none(), "{password}");
        }
        assert_ne!(Secret::of(&[1; SECRET_BYTES]).digest(), secret.digest());
    }
}
