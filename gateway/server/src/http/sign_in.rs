//! Who is asking? HTTP Basic with e-birlik user code and password.
//!
//! A password is hashed slowly on purpose, so a pair that was right is remembered for a minute: not the
//! password, but a keyed hash of it under a key that dies with the process. A change or lock of any client
//! empties the memory. What the header held is never logged.

use super::credentials::{Credentials, Outcome};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::sign_in::{self, Purpose};
use ebirlik_operations::{Client, Office};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::sync::Arc;

/// What a 401 asks for.
pub(crate) const CHALLENGE: &str = "Basic realm=\"e-birlik\", charset=\"UTF-8\"";

/// The client that the request signs in as; `None` when it does not, or wrongly.
///
/// # Errors
/// When we cannot tell now.
pub(crate) async fn client_of(
    office: &Office,
    credentials: &Credentials,
    headers: &HeaderMap,
) -> Result<Outcome, Fault> {
    let Some(Basic { user, password }) = Basic::of(headers) else {
        return Ok(None);
    };
    let ask = || async {
        let client = sign_in::sign_in(office, &user, &password, Purpose::Operate).await?;
        Ok(client.map(Arc::<Client>::new))
    };
    credentials.check(&user, &password, || office.clients_version(), ask).await
}

/// A user code and password as sent.
struct Basic {
    user: String,
    password: String,
}

impl Basic {
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
            let basic = Basic::of(&headers);
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
        assert!(Basic::of(&headers).is_none());
    }
}
