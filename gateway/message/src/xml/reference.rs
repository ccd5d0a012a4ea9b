//! What stands behind `&...;`? Character references and the five names of XML, nothing else.

use super::chars::{is_char, is_name};
use super::flaw::{Fault, said};
use ebirlik_domain::catalogue::Rule;
use std::borrow::Cow;

/// The character that a reference (without `&` and `;`) means.
pub(super) fn letter(body: &str) -> Result<char, Fault> {
    let ill_formed = || said("geçersiz karakter gönderimi / not a valid reference", body);
    match body {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match body.strip_prefix('#') {
            Some(number) => {
                number_of(number).and_then(char::from_u32).filter(|letter| is_char(*letter)).ok_or_else(ill_formed)
            }
            None if is_name(body) => Err(Fault { rule: Rule::Entity, detail: String::new() }),
            None => Err(ill_formed()),
        },
    }
}

/// Proves every reference of an attribute value.
pub(super) fn check_all(value: &str) -> Result<(), Fault> {
    if value.contains('&') { expanded(value).map(|_| ()) } else { Ok(()) }
}

/// An attribute value with its references replaced and its white space made spaces.
pub(super) fn expanded(value: &str) -> Result<Cow<'_, str>, Fault> {
    if !value.contains(['&', '\t', '\r', '\n']) {
        return Ok(Cow::Borrowed(value));
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(&before.replace(['\t', '\r', '\n'], " "));
        let (body, after) = after.split_once(';').ok_or_else(|| said("kapanmamış & / & without ;", ""))?;
        out.push(letter(body)?);
        rest = after;
    }
    out.push_str(&rest.replace(['\t', '\r', '\n'], " "));
    Ok(Cow::Owned(out))
}

fn number_of(text: &str) -> Option<u32> {
    let (digits, radix) = text.strip_prefix('x').map_or((text, 10), |digits| (digits, 16));
    // `from_str_radix` alone would take a sign.
    let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    is_number.then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Result<char, Rule>) {
        assert_eq!(letter(body).map_err(|fault| fault.rule), expected, "{body}");
    }

    #[test]
    fn only_five_names_and_legal_characters_can_be_referred_to() {
        check("amp", Ok('&'));
        check("apos", Ok('\''));
        check("#351", Ok('ş'));
        check("#x15F", Ok('ş'));
        check("#x0000041", Ok('A'));
        check("#9", Ok('\t'));
        check("nbsp", Err(Rule::Entity));
        check("Amp", Err(Rule::Entity));
        for bad in [
            "",
            " amp",
            "amp ",
            "#",
            "#x",
            "#0",
            "#1",
            "#xFFFE",
            "#xD800",
            "#x110000",
            "#99999999999",
            "#X41",
            "#+65",
            "#x-1",
            "1a",
            "a b",
            "%",
        ] {
            check(bad, Err(Rule::NotWellFormed));
        }
    }

    #[test]
    fn attribute_values_are_expanded() {
        assert_eq!(expanded("a&amp;b\tc").unwrap(), "a&b c");
        assert_eq!(expanded("urn:x").unwrap(), "urn:x");
        assert!(expanded("a & b").is_err() && check_all("&x;").is_err() && check_all("plain").is_ok());
    }
}
