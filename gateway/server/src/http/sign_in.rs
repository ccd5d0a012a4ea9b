//! Who is asking? HTTP Basic with e-birlik user code and password or generated secret, or a client certificate that is
//! bound to a user code; to SOAP, also what the message itself says.
//!
//! A password is hashed slowly on purpose, so a pair that was right is remembered for a minute: not the
//! password, but a keyed hash of it under a key that dies with the process. A change or lock of any client or
//! credential empties the memory. What the header held is never logged.

use super::connection::Shown;
use super::credentials::Outcome;
use super::limits::network;
use super::{Edge, gate};
use crate::tls::certificate::printed;
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::credentials::client_of_certificate;
use ebirlik_operations::sign_in::{failed, sign_in_machine};
use ebirlik_store::Wall;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;

/// What a 401 asks for.
pub(crate) const CHALLENGE: &str = "Basic realm=\"e-birlik\", charset=\"UTF-8\"";

/// The client that the request signs in as; `None` when it does not, or wrongly.
///
/// A certificate that is bound to nobody says nothing. One that is bound signs in alone; with a header beside it both
/// must be the same user. A header that does not sign in, or a certificate that does not count now, is a wrong sign-in
/// whatever the other says. Whom the message names is held to the same, beside either or alone.
///
/// # Errors
/// When we cannot tell now.
pub(crate) async fn client_of(edge: &Edge, wall: Wall, parts: &Parts, named: Option<&Pair>) -> Result<Outcome, Fault> {
    let bound = match parts.extensions.get::<Shown>() {
        Some(Shown(certificate)) if !certificate.counts_at(edge.office.clock.now()) => return Ok(None),
        Some(Shown(certificate)) => by_certificate(edge, wall, &certificate.fingerprint).await?,
        None => None,
    };
    let basic = Pair::of(&parts.headers);
    if basic.is_none() && parts.headers.contains_key(AUTHORIZATION) {
        return Ok(None);
    }
    let network = network(gate::address(&parts.extensions));
    let mut client = bound;
    for pair in basic.iter().chain(named) {
        let Some(proved) = by_password(edge, wall, pair, network).await? else {
            failed(&edge.office, &pair.user, network).await;
            return Ok(None);
        };
        if client.as_ref().is_some_and(|client| client.code != proved.code) {
            return Ok(None);
        }
        client = Some(proved);
    }
    Ok(client)
}

async fn by_password(
    edge: &Edge,
    wall: Wall,
    Pair { user, password }: &Pair,
    network: IpAddr,
) -> Result<Outcome, Fault> {
    // No user code has a line break.
    let guest = format!("{user}\n{network}");
    let ask = || async { Ok(sign_in_machine(&edge.office, wall, user, password).await?.map(Arc::new)) };
    edge.credentials.of(wall).check(&guest, [user, password], || edge.office.clients_version(), ask).await
}

async fn by_certificate(edge: &Edge, wall: Wall, fingerprint: &[u8; 32]) -> Result<Outcome, Fault> {
    let printed = printed(fingerprint);
    let ask = || async { Ok(client_of_certificate(&edge.office, wall, fingerprint).await?.map(Arc::new)) };
    // No user code is empty, so that no password is taken for a certificate.
    edge.credentials.of(wall).check(&printed, ["", &printed], || edge.office.clients_version(), ask).await
}

/// A user code and password as sent.
pub(crate) struct Pair {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Pair {
    /// From the one `Authorization` header; two of them are as good as none.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        let (scheme, encoded) = value.to_str().ok()?.trim().split_once(' ')?;
        let encoded = encoded.trim();
        if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > ENCODED_BYTES_MAX {
            return None;
        }
        let pair = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
        let (user, password) = pair.split_once(':')?;
        let sound = !user.is_empty() && !pair.contains(char::is_control);
        sound.then(|| Self { user: user.to_owned(), password: password.to_owned() })
    }
}

/// With padding or without: clients do both.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Longest pair, encoded. Generated secrets have some 40 bytes.
const ENCODED_BYTES_MAX: usize = 2_048;

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_a_sound_basic_header_signs_in() {
        let check = |value: &str, expected: Option<(&str, &str)>| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            let basic = Pair::of(&headers);
            let found = basic.as_ref().map(|basic| (basic.user.as_str(), basic.password.as_str()));
            assert_eq!(found, expected, "{value}");
        };
        check("Basic YnJva2VyMTpzaWZyZQ==", Some(("broker1", "sifre")));
        check("basic  YnJva2VyMTpzaWZyZQ", Some(("broker1", "sifre")));
        check("Basic YnJva2VyMTphOmI=", Some(("broker1", "a:b")));
        check("Basic YnJva2VyMTo=", Some(("broker1", "")));
        check("Basic OnNpZnJl", None);
        check("Basic YnJva2VyMQ==", None);
        check("Basic !!!", None);
        check("Basic", None);
        check("Bearer YnJva2VyMTpzaWZyZQ==", None);
        check(&format!("Basic {}", "YWFh".repeat(600)), None);
    }

    #[test]
    fn two_headers_are_none() {
        let mut headers = HeaderMap::new();
        for _ in 0..2 {
            headers.append(AUTHORIZATION, HeaderValue::from_static("Basic YnJva2VyMTpzaWZyZQ=="));
        }
        assert!(Pair::of(&headers).is_none());
    }
}
