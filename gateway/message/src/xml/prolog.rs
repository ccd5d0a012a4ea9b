//! What does the XML declaration say, and is it one?

use super::chars::is_space;

/// The encoding that the XML declaration at the very start of a body names.
pub(super) fn declared_encoding(body: &[u8]) -> Option<&str> {
    // In every encoding that we take without a mark, the declaration is ASCII.
    let body = body.get(..body.len().min(LENGTH_MAX))?.strip_prefix(b"<?xml")?;
    let end = body.windows(2).position(|pair| pair == b"?>")?;
    let mut rest = str::from_utf8(body.get(..end)?).ok()?;
    let mut encoding = None;
    while let Some((name, value, after)) = attribute(rest) {
        if name == "encoding" {
            encoding = Some(value);
        }
        rest = after;
    }
    encoding
}

/// Proves the whole of an XML declaration, from `<?xml` to `?>`: version 1.0, then encoding, then standalone.
/// Source: XML 1.0, production 23.
pub(super) fn is_declaration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("<?xml").and_then(|text| text.strip_suffix("?>")) else { return false };
    let Some(("version", "1.0", mut rest)) = attribute(rest) else { return false };
    let mut may_be_encoding = true;
    let mut may_be_standalone = true;
    while let Some((name, value, after)) = attribute(rest) {
        match name {
            "encoding" if may_be_encoding && may_be_standalone && is_encoding_name(value) => may_be_encoding = false,
            "standalone" if may_be_standalone && matches!(value, "yes" | "no") => may_be_standalone = false,
            _ => return false,
        }
        rest = after;
    }
    rest.bytes().all(is_space)
}

/// The next `name = "value"` after white space, and what follows it.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let name = trim_start(text);
    if name.len() == text.len() {
        return None;
    }
    let (name, value) = name.split_once('=')?;
    let value = trim_start(value);
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (value, rest) = value.get(1..)?.split_once(quote)?;
    Some((name.trim_end_matches(SPACES), value, rest))
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(SPACES)
}

fn is_encoding_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];
/// A declaration is some 60 bytes; white space in it is free.
const LENGTH_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(is_declaration(text), expected, "{text}");
    }

    #[test]
    fn a_declaration_has_version_then_encoding_then_standalone() {
        check("<?xml version=\"1.0\"?>", true);
        check("<?xml version = '1.0'  encoding='utf-8' standalone='yes' ?>", true);
        check("<?xml\tversion='1.0'\nstandalone='no'?>", true);
        check("<?xml?>", false);
        check("<?xml encoding='utf-8'?>", false);
        check("<?xml version='1.1'?>", false);
        check("<?xml version='1.0\"?>", false);
        check("<?xml version=1.0?>", false);
        check("<?xml version='1.0'encoding='utf-8'?>", false);
        check("<?xml version='1.0' standalone='yes' encoding='utf-8'?>", false);
        check("<?xml version='1.0' encoding='utf-8' encoding='utf-8'?>", false);
        check("<?xml version='1.0' standalone='maybe'?>", false);
        check("<?xml version='1.0' encoding='8bit'?>", false);
        check("<?xml version='1.0' other='1'?>", false);
        check("<?xml version='1.0' junk?>", false);
    }

    #[test]
    fn the_declared_encoding_is_found_before_anything_is_decoded() {
        assert_eq!(declared_encoding(b"<?xml version='1.0' encoding=\"x-y\"?>\xFF"), Some("x-y"));
        assert_eq!(declared_encoding(b"<?xml version='1.0'?>"), None);
        assert_eq!(declared_encoding(b" <?xml version='1.0' encoding='x'?>"), None);
        assert_eq!(declared_encoding(b"<a encoding='x'?>"), None);
    }
}
