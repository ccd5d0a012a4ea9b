//! In which encoding is the body, and what does it say?
//!
//! A byte order mark beats the XML declaration, which beats the header's charset; without any, UTF-8. Taken are
//! UTF-8, ISO-8859-9 and windows-1254 (one encoding, as in the WHATWG Encoding Standard) and UTF-16 with a byte
//! order mark.

use super::prolog;
use ebirlik_domain::catalogue::Rule;
use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1254};
use std::borrow::Cow;

/// Why a body cannot be decoded.
#[derive(Debug)]
pub(super) struct Undecodable {
    /// `EncodingUnknown`, `EncodingBytes` or `BodyTooLarge`.
    pub(super) rule: Rule,
    /// What could be decoded before the place in question.
    pub(super) before: String,
}

impl Undecodable {
    fn whole(rule: Rule) -> Self {
        Self { rule, before: String::new() }
    }
}

/// The text of a body, without its byte order mark. Where it is not the body itself, the two take so many bytes at most.
pub(super) fn decode<'a>(
    body: Cow<'a, [u8]>,
    charset: Option<&str>,
    bytes_max: usize,
) -> Result<Cow<'a, str>, Undecodable> {
    let unknown = || Undecodable::whole(Rule::EncodingUnknown);
    if let Some((encoding, mark)) = Encoding::for_bom(&body) {
        return text_of(without(body, mark), encoding, bytes_max);
    }
    if let [0, b'<', ..] | [b'<', 0, ..] = *body {
        return Err(unknown());
    }
    let label = prolog::declared_encoding(&body).or(charset.map(|charset| charset.trim().trim_matches('"')));
    match label.filter(|label| !label.is_empty()) {
        None => text_of(body, UTF_8, bytes_max),
        Some(label) => match Encoding::for_label(label.as_bytes()) {
            Some(encoding) if encoding == UTF_8 || encoding == WINDOWS_1254 => text_of(body, encoding, bytes_max),
            _ => Err(unknown()),
        },
    }
}

fn without(body: Cow<'_, [u8]>, mark: usize) -> Cow<'_, [u8]> {
    match body {
        Cow::Borrowed(body) => Cow::Borrowed(body.get(mark..).unwrap_or_default()),
        Cow::Owned(mut body) => {
            body.drain(..mark);
            Cow::Owned(body)
        }
    }
}

fn text_of<'a>(
    body: Cow<'a, [u8]>,
    encoding: &'static Encoding,
    bytes_max: usize,
) -> Result<Cow<'a, str>, Undecodable> {
    let bytes = |before| Undecodable { rule: Rule::EncodingBytes, before };
    if encoding == UTF_8 {
        // What is owned is taken over as it lies: a large message is not held twice.
        return match body {
            Cow::Borrowed(body) => str::from_utf8(body).map(Cow::Borrowed).map_err(|error| (body.to_vec(), error)),
            Cow::Owned(body) => String::from_utf8(body).map(Cow::Owned).map_err(|error| {
                let why = error.utf8_error();
                (error.into_bytes(), why)
            }),
        }
        .map_err(|(mut body, error)| {
            body.truncate(error.valid_up_to());
            bytes(String::from_utf8(body).unwrap_or_default())
        });
    }
    let body = body.as_ref();
    let (good, bad) = match body.iter().position(|byte| UNDEFINED.contains(byte)) {
        Some(bad) if encoding == WINDOWS_1254 => (body.get(..bad).unwrap_or_default(), true),
        _ => (body, false),
    };
    if encoding != WINDOWS_1254 && encoding != UTF_16LE && encoding != UTF_16BE {
        return Err(Undecodable::whole(Rule::EncodingUnknown));
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let most = decoder.max_utf8_buffer_length_without_replacement(good.len()).unwrap_or_default();
    // What is not written takes no memory.
    let mut text = String::with_capacity(most.min(bytes_max.saturating_sub(body.len())));
    let (result, _) = decoder.decode_to_string_without_replacement(good, &mut text, true);
    match result {
        DecoderResult::InputEmpty if !bad => Ok(Cow::Owned(text)),
        DecoderResult::OutputFull => Err(Undecodable::whole(Rule::BodyTooLarge)),
        _ => Err(bytes(text)),
    }
}

/// Bytes that windows-1254 leaves undefined; the WHATWG tables map them to C1 controls.
const UNDEFINED: [u8; 7] = [0x81, 0x8D, 0x8E, 0x8F, 0x90, 0x9D, 0x9E];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &[u8], charset: Option<&str>, expected: Result<&str, (Rule, &str)>) {
        let decoded = decode(Cow::Borrowed(body), charset, 1 << 20);
        let owned = decode(Cow::Owned(body.to_vec()), charset, 1 << 20);
        assert_eq!(owned.as_ref().ok(), decoded.as_ref().ok());
        assert_eq!(owned.err().map(|error| error.before), decoded.as_ref().err().map(|error| error.before.clone()));
        let seen = decoded.as_ref().map(AsRef::as_ref).map_err(|error| (error.rule, error.before.as_str()));
        assert_eq!(seen, expected, "{body:?} {charset:?}");
    }

    fn utf16(text: &str, mark: [u8; 2]) -> Vec<u8> {
        let units = text.encode_utf16();
        let bytes = units.flat_map(|unit| if mark == [0xFF, 0xFE] { unit.to_le_bytes() } else { unit.to_be_bytes() });
        mark.into_iter().chain(bytes).collect()
    }

    /// Turkish rules: encodings.
    #[test]
    fn mark_beats_declaration_beats_header_and_utf8_is_the_default() {
        check("<ş/>".as_bytes(), None, Ok("<ş/>"));
        check(b"<\xFE/>", Some("ISO-8859-9"), Ok("<ş/>"));
        check(b"<\xFE/>", Some("\"windows-1254\""), Ok("<ş/>"));
        let declared = "<?xml version='1.0' encoding='utf-8'?><ş/>";
        check(declared.as_bytes(), Some("iso-8859-9"), Ok(declared));
        check(declared.as_bytes(), Some("koi8-r"), Ok(declared));
        let declared = "<?xml version=\"1.0\" encoding = \"Windows-1254\"?><ş/>";
        check(&WINDOWS_1254.encode(declared).0, Some("utf-8"), Ok(declared));
        check(
            "\u{FEFF}<?xml version='1.0' encoding='iso-8859-9'?><ş/>".as_bytes(),
            None,
            Ok("<?xml version='1.0' encoding='iso-8859-9'?><ş/>"),
        );
        check(&utf16("<ş😀/>", [0xFF, 0xFE]), Some("utf-8"), Ok("<ş😀/>"));
        check(&utf16("<ş/>", [0xFE, 0xFF]), None, Ok("<ş/>"));
    }

    #[test]
    fn other_encodings_are_refused() {
        let unknown = Err((Rule::EncodingUnknown, ""));
        check(b"<?xml version='1.0' encoding='koi8-r'?><a/>", None, unknown);
        check(b"<?xml version='1.0' encoding='nonsense'?><a/>", None, unknown);
        check(b"<?xml version='1.0' encoding='utf-16'?><a/>", None, unknown);
        check(b"<?xml version='1.0' encoding='us-ascii'?><a/>", None, unknown);
        check(b"<a/>", Some("utf-7"), unknown);
        check(b"<a/>", Some("iso-8859-1"), unknown);
        check(b"<\0a\0/\0>\0", None, unknown);
        check(b"\0<\0a\0/\0>", None, unknown);
    }

    #[test]
    fn a_text_that_grows_too_long_is_not_made() {
        let rule_of =
            |body: &[u8], bytes_max| decode(body.into(), Some("iso-8859-9"), bytes_max).err().map(|no| no.rule);
        let body = [&b"<a>"[..], &[0xFE; 100]].concat(); // 103 bytes, 203 in UTF-8
        assert_eq!(rule_of(&body, 103 + 203 + 8), None);
        assert_eq!(rule_of(&body, 103 + 150), Some(Rule::BodyTooLarge));
        assert_eq!(rule_of(&body, 0), Some(Rule::BodyTooLarge));
        assert_eq!(decode(b"<a>"[..].into(), None, 0).ok().as_deref(), Some("<a>"), "UTF-8 is its own text");
    }

    #[test]
    fn bytes_that_the_encoding_does_not_know_are_named() {
        check(b"<a>\xC3\xBC\xFF</a>", None, Err((Rule::EncodingBytes, "<a>ü")));
        check(b"<a>\xED\xA0\x80</a>", None, Err((Rule::EncodingBytes, "<a>")));
        check(b"<a>\xC0\x80</a>", None, Err((Rule::EncodingBytes, "<a>")));
        check(b"<a>\xFE\x81</a>", Some("iso-8859-9"), Err((Rule::EncodingBytes, "<a>ş")));
        check(b"\xFF\xFE<\0\x00\xD8>\0", None, Err((Rule::EncodingBytes, "<")));
        check(b"\xFF\xFE<\0a", None, Err((Rule::EncodingBytes, "<")));
    }
}
