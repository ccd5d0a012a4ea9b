//! Is a start tag well-formed, and what are its name and attributes?

use super::chars::{is_name, is_space};
use super::flaw::{Fault, said};
use super::reference;

/// The name at the start of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// Prefix and local name as written.
    pub(super) whole: &'a str,
    /// Empty when there is none.
    pub(super) prefix: &'a str,
    /// The name without its prefix.
    pub(super) local: &'a str,
}

impl<'a> Name<'a> {
    /// The name that a tag begins with (`<` and `>` taken off), and the rest of the tag.
    pub(super) fn of_tag(tag: &'a str) -> Result<(Self, &'a str), Fault> {
        match plain_name(tag) {
            Some((whole, rest)) if rest.bytes().next().is_none_or(is_space) => {
                Ok((Self { whole, prefix: "", local: whole }, rest))
            }
            _ => Self::of_rare_tag(tag),
        }
    }

    fn of_rare_tag(tag: &'a str) -> Result<(Self, &'a str), Fault> {
        let mut colon = None;
        let mut is_plain = true;
        let mut end = tag.len();
        for (index, byte) in tag.bytes().enumerate() {
            match class_of(byte) {
                Class::Letter => {}
                Class::Colon if colon.is_none() => colon = Some(index),
                Class::Digit if index > 0 && colon != Some(index - 1) => {}
                Class::Space => {
                    end = index;
                    break;
                }
                _ => is_plain = false,
            }
        }
        let (whole, rest) = tag.split_at_checked(end).unwrap_or((tag, ""));
        let name = Self::split(whole, colon);
        let is_good = if is_plain {
            !name.local.is_empty() && colon != Some(0)
        } else {
            is_name(name.local) && (colon.is_none() || is_name(name.prefix))
        };
        if is_good { Ok((name, rest)) } else { Err(said("geçersiz ad / not a name", whole)) }
    }

    fn split(whole: &'a str, colon: Option<usize>) -> Self {
        let cut = colon.and_then(|colon| Some((whole.get(..colon)?, whole.get(colon + 1..)?)));
        let (prefix, local) = cut.unwrap_or(("", whole));
        Self { whole, prefix, local }
    }
}

/// What nearly every name is, ASCII and without a prefix, and what follows it.
pub(super) fn plain_name(text: &str) -> Option<(&str, &str)> {
    let (first, _) = text.as_bytes().split_first()?;
    if !first.is_ascii_alphabetic() && *first != b'_' {
        return None;
    }
    let end = text.bytes().position(|byte| !continues_plain_name(byte)).unwrap_or(text.len());
    text.split_at_checked(end)
}

/// An attribute of a start tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute<'a> {
    pub(super) name: Name<'a>,
    /// Between the quotes, as written.
    pub(super) value: &'a str,
}

impl<'a> Attribute<'a> {
    /// Takes the next attribute off a tag; `None` when there is only white space left.
    pub(super) fn take(rest: &mut &'a str) -> Result<Option<Self>, Fault> {
        let text = rest.trim_start_matches(SPACES);
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() == rest.len() {
            return Err(said("öznitelikten önce boşluk yok / no white space before an attribute", shown(text)));
        }
        let unquoted =
            || said("ad=\"değer\" biçiminde olmayan öznitelik / attribute not of the form name=\"value\"", shown(text));
        let (name, value) = text.split_once('=').ok_or_else(unquoted)?;
        let name = name.trim_end_matches(SPACES);
        let (name, beyond) = Name::of_tag(name)?;
        let value = value.trim_start_matches(SPACES);
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\'')).ok_or_else(unquoted)?;
        let (value, after) = value.get(1..).and_then(|value| value.split_once(quote)).ok_or_else(unquoted)?;
        if !beyond.is_empty() {
            return Err(unquoted());
        }
        if value.contains('<') {
            return Err(said("öznitelik değerinde < / < in an attribute value", name.whole));
        }
        reference::check_all(value)?;
        *rest = after;
        Ok(Some(Self { name, value }))
    }
}

/// What of an attribute is shown: never its value.
fn shown(text: &str) -> &str {
    text.split(['=', '"', '\'', ' ']).next().unwrap_or_default()
}

fn continues_plain_name(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Which ASCII characters may stand in a name, the colon not among them.
#[expect(clippy::indexing_slicing, reason = "an index below 128 into 256 places, when this is compiled")]
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        plain[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte += 1;
    }
    plain
};

enum Class {
    Letter,
    Digit,
    Colon,
    Space,
    Other,
}

fn class_of(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Letter,
        b'0'..=b'9' | b'-' | b'.' => Class::Digit,
        b':' => Class::Colon,
        _ if is_space(byte) => Class::Space,
        _ => Class::Other,
    }
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(tag: &str) -> Result<Vec<(&str, &str)>, Fault> {
        let (_, mut rest) = Name::of_tag(tag)?;
        let mut found = Vec::new();
        while let Some(attribute) = Attribute::take(&mut rest)? {
            found.push((attribute.name.whole, attribute.value));
        }
        Ok(found)
    }

    #[track_caller]
    fn check(tag: &str, expected: Option<&[(&str, &str)]>) {
        assert_eq!(attributes(tag).ok().as_deref(), expected, "{tag:?}");
    }

    #[test]
    fn attributes_are_name_equals_quoted_value_after_white_space() {
        check("a", Some(&[]));
        check("a ", Some(&[]));
        check("a\tb='1'\r\nc = \"x'y>\"", Some(&[("b", "1"), ("c", "x'y>")]));
        check("a x:b='&lt;&#65;'", Some(&[("x:b", "&lt;&#65;")]));
        for bad in [
            "a b",
            "a b=",
            "a b=1",
            "a b='1",
            "a b='1'c='2'",
            "a b='<'",
            "a b='&'",
            "a b='&x'",
            "a 1b='1'",
            "a b c='1'",
            "a ='1'",
            "a b=='1'",
            "a / ",
            "a b='1' /",
            "a x:y:z='1'",
            "a :b='1'",
            "a b:='1'",
            "a b='&#0;'",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn names_have_at_most_one_colon_and_never_at_the_end() {
        for good in ["a", "x:a", "Gümrük", "x:İ", "a1-._"] {
            assert!(Name::of_tag(good).is_ok(), "{good}");
        }
        for bad in ["", " a", ":a", "a:", "a:b:c", "1a", "x:1a", "a/b", "a<b", "a&b", "-a", "a=b"] {
            assert!(Name::of_tag(bad).is_err(), "{bad}");
        }
        let (name, rest) = Name::of_tag("tem:Rejim b='1'").unwrap();
        assert_eq!((name.prefix, name.local, rest), ("tem", "Rejim", " b='1'"));
    }
}
