//! The name of a request in answers and logs: the client's own if it is harmless, else a fresh one.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The header that carries it, both ways.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The client's `X-Request-Id` when it is 1 to 64 characters of letters, digits, `-`, `_`, `.`, `:`; else one of ours.
pub(crate) fn of(headers: &HeaderMap) -> HeaderValue {
    let sent = headers.get(HEADER).filter(|value| is_harmless(value.as_bytes()));
    sent.cloned().unwrap_or_else(fresh)
}

fn is_harmless(text: &[u8]) -> bool {
    (1..=LENGTH_MAX).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
}

/// A number drawn once for this process, and a count.
fn fresh() -> HeaderValue {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| {
        let mut bytes = [0; 8];
        // Without randomness the names repeat, which is a nuisance in the log and nothing more.
        let _ = SystemRandom::new().fill(&mut bytes);
        u64::from_be_bytes(bytes)
    });
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let text = format!("{:016x}{:016x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("-"))
}

/// Longest name taken from a client.
const LENGTH_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harmless_name_is_kept_and_any_other_replaced() {
        let check = |sent: &'static str, kept: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_static(sent));
            let name = of(&headers);
            assert_eq!(name == sent, kept, "{sent}");
            assert!(is_harmless(name.as_bytes()));
        };
        check("broker1-2026.11.21:7_a", true);
        check("", false);
        check("a b", false);
        check("a\"b", false);
        check("0123456789012345678901234567890123456789012345678901234567890123", true);
        check("01234567890123456789012345678901234567890123456789012345678901234", false);
        assert_ne!(of(&HeaderMap::new()), of(&HeaderMap::new()));
    }
}
