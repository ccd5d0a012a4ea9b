//! International bank account numbers, as Turkish banks give them.

use std::fmt;

/// A Turkish IBAN whose check digits hold: `TR` and 24 digits. Source: ISO 13616, P-4.3.5.
///
/// ```
/// use ebirlik_domain::iban::Iban;
/// let iban = Iban::parse("tr33 0006 1005 1978 6457 8413 26").unwrap();
/// assert_eq!(iban.as_str(), "TR330006100519786457841326");
/// assert_eq!(iban.to_string(), "TR33 0006 1005 1978 6457 8413 26");
/// assert!(Iban::parse("TR330006100519786457841327").is_none());
/// assert!(Iban::parse("DE89370400440532013000").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Iban(String);

impl Iban {
    /// Reads it with or without blanks, in either case; `None` unless its check digits hold.
    pub fn parse(text: &str) -> Option<Self> {
        let bare: String =
            text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_ascii_uppercase();
        let digits = bare.strip_prefix("TR").filter(|digits| digits.len() == DIGITS)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (check, account) = digits.split_at_checked(2)?;
        // The country goes behind the account, as numbers: T is 29, R is 27.
        let rearranged = format!("{account}2927{check}");
        let rest = rearranged.bytes().fold(0_u32, |rest, byte| (rest * 10 + u32::from(byte - b'0')) % 97);
        (rest == 1).then_some(Self(bare))
    }

    /// Without blanks.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Iban {
    /// In fours.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, letter) in self.0.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                formatter.write_str(" ")?;
            }
            write!(formatter, "{letter}")?;
        }
        Ok(())
    }
}

/// Behind the country.
const DIGITS: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    /// Turkish rules: IBAN, case. Its letters are ASCII whatever the language: `ı` is no `I`.
    #[test]
    fn an_account_number_is_shown_in_fours_and_proved() {
        let check = |text: &str, shown: Option<&str>| {
            assert_eq!(Iban::parse(text).map(|iban| iban.to_string()).as_deref(), shown, "{text}");
        };
        let shown = "TR33 0006 1005 1978 6457 8413 26";
        for right in
            ["tr330006100519786457841326", " TR33 0006 1005 1978 6457 8413 26 ", "Tr33 00061005 1978645784 1326"]
        {
            check(right, Some(shown));
        }
        for wrong in ["", "TR", "TR33000610051978645784132", "TR330006100519786457841327", "TR33000610051978645784132٦"]
        {
            check(wrong, None);
        }
    }
}
