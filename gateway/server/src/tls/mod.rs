//! With which certificate does this server speak TLS, and what becomes of it when its files change?
//!
//! TLS 1.2 and 1.3 by rustls with ring. A connection takes the identity that stands when it is accepted and keeps it
//! to its end; changed files make a new identity for those that come after. Files that do not fit together change
//! nothing: the identity before stays.

pub(crate) mod certificate;
mod files;

use certificate::Certificate;
use jiff::Timestamp;
use rustls::ServerConfig;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;

/// The files of TLS, in PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The server's certificate, then those that lead to its root.
    pub(crate) certificate: PathBuf,
    /// Its private key (PKCS#8, PKCS#1 or SEC1), readable by its owner, and at most its group.
    pub(crate) key: PathBuf,
    /// Who issues certificates to clients. With it clients may show one; nobody has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_ca: Option<PathBuf>,
}

impl Settings {
    /// Relative paths count from this folder.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        self.certificate = folder.join(&self.certificate);
        self.key = folder.join(&self.key);
        self.client_ca = self.client_ca.as_ref().map(|file| folder.join(file));
    }
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file cannot be read.
    #[error("{setting} = {path}: {source}")]
    File {
        /// Which setting names it.
        setting: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read the private key.
    #[error("tls.key = {0}: others may read the private key; set its mode to 0600, or 0640 for its group")]
    Open(PathBuf),
    /// A file holds something else.
    #[error("{setting} = {path}: {reason}")]
    Content {
        /// Which setting names it.
        setting: &'static str,
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The identity that stands, and the files that it was read from.
pub(crate) struct Identity {
    settings: Settings,
    standing: RwLock<Standing>,
    /// How the files looked when they were last read; none when that went wrong.
    seen: Mutex<Option<files::Looks>>,
}

/// What connections are accepted with.
#[derive(Clone)]
struct Standing {
    config: Arc<ServerConfig>,
    valid_until: Timestamp,
}

impl Identity {
    /// Reads the files.
    ///
    /// # Errors
    /// When one cannot be read, is open to others, holds something else, or key and certificate are no pair.
    pub(crate) fn open(settings: Settings) -> Result<Self, TlsError> {
        let looks = files::looks(&settings).ok();
        let standing = files::read(&settings)?;
        Ok(Self { settings, standing: RwLock::new(standing), seen: Mutex::new(looks) })
    }

    /// What a connection is accepted with now.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.standing().config)
    }

    /// Reads the files again if they look changed or could not be read the last time; says whether it did.
    ///
    /// # Errors
    /// As [`Identity::open`]; the identity before stays.
    pub(crate) fn reread(&self) -> Result<bool, TlsError> {
        // The looks first: what changes while the files are read is read again at the next turn.
        let looks = files::looks(&self.settings).ok();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.is_some() && *seen == looks {
            return Ok(false);
        }
        *seen = None;
        let standing = files::read(&self.settings)?;
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = standing;
        *seen = looks;
        Ok(true)
    }

    /// Whole days until the certificate ends; below zero when it has ended.
    pub(crate) fn days_left(&self, now: Timestamp) -> i32 {
        let seconds = self.standing().valid_until.as_second().saturating_sub(now.as_second());
        i32::try_from(seconds.div_euclid(DAY_S)).unwrap_or(i32::MAX)
    }

    fn standing(&self) -> Standing {
        self.standing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What was agreed with the client of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Agreed {
    /// HTTP/2 was chosen by ALPN.
    pub(crate) is_http2: bool,
    /// The certificate that the client proved, if it showed one.
    pub(crate) certificate: Option<Arc<Certificate>>,
}

impl Agreed {
    /// Reads it off a connection after its handshake.
    ///
    /// # Errors
    /// When the client's certificate cannot be understood.
    pub(crate) fn of(connection: &rustls::ServerConnection) -> Result<Self, certificate::NotACertificate> {
        let shown = connection.peer_certificates().and_then(|chain| chain.first());
        let certificate = shown.map(|der| Certificate::of_der(der)).transpose()?.map(Arc::new);
        Ok(Self { is_http2: connection.alpn_protocol() == Some(files::HTTP2), certificate })
    }
}

const DAY_S: i64 = 24 * 60 * 60;

#[cfg(test)]
mod tests;
