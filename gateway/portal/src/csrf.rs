//! Was this form filled in on a page of ours? The token in each form, and what the browser says of its origin.
//!
//! The token is derived from the session's identifier, so that any server can check it and nothing is stored: who
//! knows the identifier holds the session anyway, and the token does not lead back to it.

use crate::session::{SessionId, hex};
use axum::http::HeaderMap;
use axum::http::header::{HeaderName, ORIGIN, REFERER};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What stands in the hidden field `token` of every form of a session.
pub(crate) fn token_of(session: &SessionId) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(session.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(DOMAIN);
    hex(&mac.finalize().into_bytes())
}

/// Whether a form brought its session's token.
pub(crate) fn is_token_of(session: &SessionId, token: &str) -> bool {
    token_of(session).as_bytes().ct_eq(token.as_bytes()).into()
}

/// Whether the browser says that the form came from a page of this host. A browser that says nothing is let through:
/// the token is still asked for, and to sign in one must know a password.
pub(crate) fn is_from_here(headers: &HeaderMap, host: Option<&str>) -> bool {
    let said = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = said(SEC_FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(page) = said(ORIGIN).or_else(|| said(REFERER)) else {
        return true;
    };
    let authority = page.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    authority.is_some() && authority == host
}

/// What the key is used for here.
const DOMAIN: &[u8] = b"e-birlik form token\0";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_one_session() {
        let one = SessionId::parse(&"0a".repeat(32)).unwrap();
        let other = SessionId::parse(&"0b".repeat(32)).unwrap();
        let token = token_of(&one);
        assert_eq!(token.len(), 64);
        assert!(is_token_of(&one, &token));
        assert!(!is_token_of(&other, &token));
        assert!(!is_token_of(&one, ""));
        assert!(!is_token_of(&one, &token[..63]));
        assert!(!token.contains(&"0a".repeat(4)), "the token does not show the identifier");
    }

    #[test]
    fn a_form_of_another_site_is_told_apart() {
        let check = |sent: &[(&'static str, &str)], expected: bool| {
            let headers = sent.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            assert_eq!(is_from_here(&headers.collect(), Some("birlik.example:8443")), expected, "{sent:?}");
        };
        check(&[], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://birlik.example:8443")], false);
        check(&[("origin", "https://birlik.example:8443")], true);
        check(&[("origin", "https://birlik.example")], false);
        check(&[("origin", "https://birlik.example:8443.evil.example")], false);
        check(&[("origin", "null")], false);
        check(&[("referer", "http://birlik.example:8443/login")], true);
        check(&[("referer", "http://evil.example/birlik.example:8443")], false);
    }
}
