//! Which form of an answer does the client want, and in which form did it send? `Accept` and `Content-Type`.

use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};

/// The offer that the client likes best, as its place in the list; equal ones go by our order.
/// Without a header it takes anything. `None`: it takes none of them.
///
/// # Examples
/// `text/html, application/xml;q=0.9` of `[JSON, XML]` is 1.
pub(crate) fn preferred<'a>(accept: impl Iterator<Item = &'a HeaderValue>, offers: &[&str]) -> Option<usize> {
    let ranges: Vec<Range> = accept.filter_map(|value| value.to_str().ok()).flat_map(ranges).collect();
    if ranges.is_empty() {
        return Some(0);
    }
    let mut best = None;
    let mut best_quality = 0;
    for (place, offer) in offers.iter().enumerate() {
        let quality = quality(&ranges, offer);
        if quality > best_quality {
            (best, best_quality) = (Some(place), quality);
        }
    }
    best
}

/// A media type without its parameters, and its `charset`, both as sent but for case and quotes.
pub(crate) fn content_type(value: &str) -> (String, Option<String>) {
    let mut parts = value.split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let charset = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"').to_owned())
    });
    (media, charset.filter(|charset| !charset.is_empty()))
}

/// The same of what was sent, from its header.
pub(crate) fn sent(headers: &HeaderMap) -> (String, Option<String>) {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type(value.unwrap_or_default())
}

/// One entry of `Accept`: `application/*;q=0.5`.
struct Range {
    kind: String,
    subkind: String,
    /// In thousandths.
    quality: u16,
}

fn ranges(value: &str) -> impl Iterator<Item = Range> {
    value.split(',').filter_map(|entry| {
        let mut parts = entry.split(';');
        let (kind, subkind) = parts.next()?.trim().split_once('/')?;
        let quality = parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
        });
        let (kind, subkind) = (kind.to_ascii_lowercase(), subkind.to_ascii_lowercase());
        Some(Range { kind, subkind, quality: quality.unwrap_or(1_000) })
    })
}

/// What the closest range says of an offer.
fn quality(ranges: &[Range], offer: &str) -> u16 {
    let (kind, subkind) = offer.split_once('/').unwrap_or((offer, ""));
    let closeness = |range: &Range| match (range.kind.as_str(), range.subkind.as_str()) {
        ("*", "*") => 1,
        (this, "*") if this == kind => 2,
        (this, that) if this == kind && that == subkind => 3,
        _ => 0,
    };
    let closest = ranges.iter().filter(|range| closeness(range) > 0).max_by_key(|range| closeness(range));
    closest.map_or(0, |range| range.quality)
}

/// `0.25` is 250; what cannot be read counts as 1.
fn thousandths(text: &str) -> u16 {
    let Some(fraction) = text.strip_prefix("0") else {
        return 1_000;
    };
    let digits = fraction.trim_start_matches('.');
    format!("{digits:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_preference_decides_then_ours() {
        let check = |accept: &str, expected: Option<usize>| {
            let value = HeaderValue::from_str(accept).unwrap();
            let offers = ["application/json", "application/xml", "text/xml"];
            assert_eq!(preferred(std::iter::once(&value), &offers), expected, "{accept}");
        };
        check("*/*", Some(0));
        check("application/*", Some(0));
        check("application/xml", Some(1));
        check("TEXT/XML; charset=utf-8", Some(2));
        check("text/*", Some(2));
        check("text/html, application/xml;q=0.9, */*;q=0.8", Some(1));
        check("application/json;q=0, */*", Some(1));
        check("application/json;q=0.1, text/xml;q=0.05", Some(0));
        check("image/png", None);
        check("nonsense", Some(0));
        assert_eq!(preferred(std::iter::empty(), &["a/b"]), Some(0));
    }

    #[test]
    fn content_types_are_read_with_their_charset() {
        let check = |value: &str, media: &str, charset: Option<&str>| {
            let (found, found_charset) = content_type(value);
            assert_eq!((found.as_str(), found_charset.as_deref()), (media, charset), "{value}");
        };
        check("application/xml", "application/xml", None);
        check("Text/XML; Charset=\"ISO-8859-9\"", "text/xml", Some("ISO-8859-9"));
        check("text/xml; a=b; charset=utf-8", "text/xml", Some("utf-8"));
        check("text/xml; charset=", "text/xml", None);
        check("", "", None);
    }
}
