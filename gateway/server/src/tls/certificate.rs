//! Which certificate is this, whose is it, and from when to when does it count?

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_cert::der::Decode;
use x509_cert::time::Time;

/// What we need to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// SHA-256 of the whole certificate, as `openssl x509 -fingerprint -sha256` prints it.
    pub(crate) fingerprint: [u8; 32],
    /// Whose it is, as the certificate writes it.
    pub(crate) subject: String,
    /// First instant at which it counts.
    pub(crate) valid_from: Timestamp,
    /// Last instant at which it counts.
    pub(crate) valid_until: Timestamp,
}

/// These bytes are no certificate that we understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no X.509 certificate in PEM")]
pub(crate) struct NotACertificate;

/// This is no SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint has 64 hexadecimal digits, with or without colons")]
pub(crate) struct NotAFingerprint;

impl Certificate {
    /// From its DER.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn of_der(der: &[u8]) -> Result<Self, NotACertificate> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|_| NotACertificate)?;
        let about = parsed.tbs_certificate();
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest(&SHA256, der).as_ref());
        Ok(Self {
            fingerprint,
            subject: about.subject().to_string(),
            valid_from: instant(about.validity().not_before)?,
            valid_until: instant(about.validity().not_after)?,
        })
    }

    /// The first certificate of a PEM text.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn of_pem(text: &[u8]) -> Result<Self, NotACertificate> {
        Self::of_der(&CertificateDer::from_pem_slice(text).map_err(|_| NotACertificate)?)
    }

    /// Whether it counts at an instant.
    pub(crate) fn counts_at(&self, now: Timestamp) -> bool {
        self.valid_from <= now && now <= self.valid_until
    }
}

/// A fingerprint as tools print it: pairs of hexadecimal digits with colons between.
pub(crate) fn printed(fingerprint: &[u8]) -> String {
    fingerprint.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// A fingerprint as people copy it.
///
/// # Errors
/// When it is none.
pub(crate) fn fingerprint_of(text: &str) -> Result<[u8; 32], NotAFingerprint> {
    let digits: String = text.chars().filter(|letter| *letter != ':').collect();
    let mut fingerprint = [0; 32];
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(NotAFingerprint);
    }
    for (byte, pair) in fingerprint.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| NotAFingerprint)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| NotAFingerprint)?;
    }
    Ok(fingerprint)
}

fn instant(time: Time) -> Result<Timestamp, NotACertificate> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| NotACertificate)?;
    Timestamp::from_second(seconds).map_err(|_| NotACertificate)
}
