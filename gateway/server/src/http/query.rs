//! The query of an address, decoded: `?ref=BRK%2F1&exporter=1234567890`.

use http::Uri;
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// Every parameter in its order, decoded; what is no UTF-8 is replaced, never refused.
pub(crate) fn parameters(uri: &Uri) -> impl Iterator<Item = (Cow<'_, str>, String)> {
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (Cow::Owned(decoded(name)), decoded(value))
    })
}

/// The first parameter of this name that says anything.
pub(crate) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    parameters(uri).find(|(found, value)| found == name && !value.trim().is_empty()).map(|(_, value)| value)
}

/// What follows `before` in the path, up to `after`, decoded: a reference may hold `/` as `%2F`.
pub(crate) fn in_path(uri: &Uri, before: &str, after: &str) -> String {
    let rest = uri.path().strip_prefix(before).unwrap_or_default();
    in_segment(rest.strip_suffix(after).unwrap_or(rest))
}

/// What stands in the path on both sides of a middle, decoded: `BRK%2F1` and `17` in `/v1/approvals/BRK%2F1/papers/17`.
pub(crate) fn around_in_path(uri: &Uri, before: &str, middle: &str) -> (String, String) {
    let rest = uri.path().strip_prefix(before).unwrap_or_default();
    let (left, right) = rest.rsplit_once(middle).unwrap_or((rest, ""));
    (in_segment(left), in_segment(right))
}

fn in_segment(text: &str) -> String {
    percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned()
}

fn decoded(text: &str) -> String {
    let spaced: Vec<u8> = text.bytes().map(|byte| if byte == b'+' { b' ' } else { byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_empty_ones_say_nothing() {
        let uri: Uri =
            "/v1/codes/X?ref=BRK%2F1+a&exporter=&secretariat=%C4%B0MM%C4%B0B&x&ref=2&bad=%FF".parse().unwrap();
        assert_eq!(parameter(&uri, "ref").as_deref(), Some("BRK/1 a"));
        assert_eq!(parameter(&uri, "exporter"), None);
        assert_eq!(parameter(&uri, "secretariat").as_deref(), Some("İMMİB"));
        assert_eq!(parameter(&uri, "bad").as_deref(), Some("\u{fffd}"));
        assert_eq!(parameters(&uri).filter(|(name, _)| name == "ref").count(), 2);
    }

    #[test]
    fn a_reference_in_the_path_may_hold_a_slash() {
        let check = |path: &str, after: &str, expected: &str| {
            assert_eq!(in_path(&path.parse().unwrap(), "/v1/approvals/", after), expected, "{path}");
        };
        check("/v1/approvals/BRK%2F2026%2F1", "", "BRK/2026/1");
        check("/v1/approvals/BRK%2F2026%2F1/withdraw", "/withdraw", "BRK/2026/1");
        check("/v1/approvals/a+b%20c?declarant=1", "", "a+b c");
    }
}
