//! What machines sign in with beside passwords: generated secrets, and certificates bound to a user.
//!
//! Only digests are kept. Every change but a note of use raises the counter of the clients, in its own commit, so that
//! servers forget what they remember of credentials.

use crate::Store;
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::parties::RAISE_COUNTER;
use crate::sql::statements;

statements! {
    ADD_SECRET = "insert into client_secret (hash, client, name, created_at) values ($1, $2, $3, $4)
        on conflict do nothing";
    REVOKE_SECRET = "delete from client_secret where client = $1 and name = $2";
    SECRETS = "select name, created_at, last_used_on from client_secret where client = $1 order by name";
    SECRET = "select last_used_on from client_secret where hash = $1 and client = $2";
    USE_SECRET = "update client_secret set last_used_on = $2 where hash = $1";
    BIND_CERTIFICATE = "insert into client_certificate (fingerprint, client, subject, valid_from, valid_until, bound_at)
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
    RELEASE_CERTIFICATE = "delete from client_certificate where client = $1 and fingerprint = $2";
    CERTIFICATES = "select fingerprint, subject, valid_from, valid_until, bound_at from client_certificate
        where client = $1 order by valid_until, fingerprint";
    CERTIFICATE_CLIENT = "select client from client_certificate where fingerprint = $1";
}

/// A generated secret as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SecretRow {
    /// What it is called.
    pub name: String,
    /// When it was made, in microseconds UTC.
    pub created_at: i64,
    /// The last day of its use; empty while unused.
    pub last_used_on: String,
}

/// A certificate bound to a user.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CertificateRow {
    /// SHA-256 of the certificate.
    pub fingerprint: Vec<u8>,
    /// Whose it is, as it says itself.
    pub subject: String,
    /// First instant at which it counts, in microseconds UTC.
    pub valid_from: i64,
    /// Last instant at which it counts.
    pub valid_until: i64,
    /// When it was bound.
    pub bound_at: i64,
}

/// Runs one statement with its values and raises the clients' counter if it changed a row; true when it did.
macro_rules! change {
    ($self:expr, $statement:expr, $($value:expr),+) => {
        retrying(async || {
            Ok(on!($self, store => {
                let mut tx = store.begin().await?;
                let done = sqlx::query(store.text(&$statement))$(.bind($value))+.execute(&mut *tx).await?;
                let changed = done.rows_affected() > 0;
                if changed {
                    sqlx::query(store.text(&RAISE_COUNTER)).bind("clients").execute(&mut *tx).await?;
                }
                tx.commit().await?;
                changed
            }))
        })
        .await
    };
}

impl Store {
    /// Adds a secret to a client. Servers notice within two seconds.
    ///
    /// # Errors
    /// When the client has a secret of that name, or there is no such client.
    pub async fn add_secret(&self, hash: &[u8], client: &str, name: &str, now: i64) -> Result<(), StoreError> {
        let added: bool = change!(self, ADD_SECRET, hash, client, name, now)?;
        let taken = || StoreError::Conflict(format!("{client} has a secret named {name}; give this one another name"));
        added.then_some(()).ok_or_else(taken)
    }

    /// Takes a secret away. Servers notice within two seconds.
    ///
    /// # Errors
    /// When the client has none of that name.
    pub async fn revoke_secret(&self, client: &str, name: &str) -> Result<(), StoreError> {
        let revoked: bool = change!(self, REVOKE_SECRET, client, name)?;
        revoked.then_some(()).ok_or_else(|| StoreError::Missing(format!("{client} has no secret named {name}")))
    }

    /// The secrets of a client, by name.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_secrets(&self, client: &str) -> Result<Vec<SecretRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&SECRETS)).bind(client).fetch_all(store.readers()))
    }

    /// The last day on which a client's secret was used, empty while unused; `None` when it is none of that client.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_secret(&self, hash: &[u8], client: &str) -> Result<Option<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&SECRET))
            .bind(hash).bind(client).fetch_optional(store.readers()))
    }

    /// Notes the day of a secret's use.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn note_secret_use(&self, hash: &[u8], day: &str) -> Result<(), StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&USE_SECRET)).bind(hash).bind(day).execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// Binds a certificate to a client. Servers notice within two seconds.
    ///
    /// # Errors
    /// When it is bound already, or there is no such client.
    pub async fn bind_certificate(&self, client: &str, row: &CertificateRow) -> Result<(), StoreError> {
        let CertificateRow { fingerprint, subject, valid_from, valid_until, bound_at } = row;
        let bound: bool =
            change!(self, BIND_CERTIFICATE, fingerprint, client, subject, valid_from, valid_until, bound_at)?;
        if bound {
            return Ok(());
        }
        let holder = self.find_certificate_client(fingerprint).await?.unwrap_or_default();
        Err(StoreError::Conflict(format!("the certificate is bound to {holder} already")))
    }

    /// Takes a certificate away from a client. Servers notice within two seconds.
    ///
    /// # Errors
    /// When it is not bound to that client.
    pub async fn release_certificate(&self, client: &str, fingerprint: &[u8]) -> Result<(), StoreError> {
        let released: bool = change!(self, RELEASE_CERTIFICATE, client, fingerprint)?;
        let missing = || StoreError::Missing(format!("{client} has no certificate of that fingerprint"));
        released.then_some(()).ok_or_else(missing)
    }

    /// The certificates bound to a client, those that end first before the others.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_certificates(&self, client: &str) -> Result<Vec<CertificateRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&CERTIFICATES)).bind(client).fetch_all(store.readers()))
    }

    /// The code of the client that a certificate is bound to.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_certificate_client(&self, fingerprint: &[u8]) -> Result<Option<String>, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&CERTIFICATE_CLIENT))
            .bind(fingerprint).fetch_optional(store.readers()))
    }
}
