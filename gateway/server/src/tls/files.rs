//! What do the files of TLS hold, and have they changed?

use super::certificate::Certificate;
use super::{Settings, Standing, TlsError};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};
use zeroize::Zeroizing;

/// How files look from outside. Whatever is done to one moves its change time.
pub(super) type Looks = Vec<(u64, i64, i64, u64)>;

/// How the files look now.
///
/// # Errors
/// When one is not there.
pub(super) fn looks(settings: &Settings) -> io::Result<Looks> {
    let files = [Some(&settings.certificate), Some(&settings.key), settings.client_ca.as_ref()];
    let look = |file| fs::metadata(file).map(|found| (found.ino(), found.ctime(), found.ctime_nsec(), found.size()));
    files.into_iter().flatten().map(look).collect()
}

/// Reads the files and proves that they fit together.
///
/// # Errors
/// With the setting of the first file that is wrong.
pub(super) fn read(settings: &Settings) -> Result<Standing, TlsError> {
    let wrong = |reason: String| content(CERTIFICATE, &settings.certificate, reason);
    let chain = certificates(CERTIFICATE, &settings.certificate)?;
    let first = chain.first().ok_or_else(|| wrong(NO_CERTIFICATE.to_owned()))?;
    let valid_until = Certificate::of_der(first).map_err(|error| wrong(error.to_string()))?.valid_until;
    let key = private_key(&settings.key)?;
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| wrong(error.to_string()))?;
    let builder = match &settings.client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let wrong = |reason: String| content(CLIENT_CA, file, reason);
            let mut roots = RootCertStore::empty();
            for certificate in certificates(CLIENT_CA, file)? {
                roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = verifier.allow_unauthenticated().build();
            builder.with_client_cert_verifier(verifier.map_err(|error| wrong(error.to_string()))?)
        }
    };
    // Here a key of another certificate is found out.
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| content(KEY, &settings.key, format!("does not fit tls.certificate: {error}")))?;
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    // Tickets die with the identity: whoever comes back after a change is examined anew.
    config.ticketer = ring::Ticketer::new().map_err(|error| wrong(error.to_string()))?;
    Ok(Standing { config: Arc::new(config), valid_until })
}

fn certificates(setting: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = fs::read(path).map_err(|source| TlsError::File { setting, path: path.to_owned(), source })?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(content(setting, path, NO_CERTIFICATE.to_owned())),
        Err(error) => Err(content(setting, path, error.to_string())),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let failed = |source| TlsError::File { setting: KEY, path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.mode() & FOR_OTHERS != 0 {
        return Err(TlsError::Open(path.to_owned()));
    }
    let text = Zeroizing::new(fs::read(path).map_err(failed)?);
    // What the reader says of a key may hold a part of it.
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| content(KEY, path, NO_KEY.to_owned()))
}

fn content(setting: &'static str, path: &Path, reason: String) -> TlsError {
    TlsError::Content { setting, path: path.to_owned(), reason }
}

/// HTTP/2 as ALPN names it.
pub(super) const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";
/// All that others may do with a file, and all but reading for its group.
const FOR_OTHERS: u32 = 0o037;
const CERTIFICATE: &str = "tls.certificate";
const KEY: &str = "tls.key";
const CLIENT_CA: &str = "tls.client_ca";
const NO_CERTIFICATE: &str = "there is no X.509 certificate in PEM";
const NO_KEY: &str = "there is no private key in PEM (PKCS#8, PKCS#1 or SEC1, without a passphrase)";
