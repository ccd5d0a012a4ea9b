//! Numbers that customs gives: the registration number of a declaration, and the MRN of a transit movement.

use std::fmt;

/// A customs registration number (tescil no): two digits of the year, the six-digit office, two letters of the kind,
/// six to eight digits. Source: R-5.1.
///
/// ```
/// use ebirlik_domain::registration::RegistrationNumber;
/// let number = RegistrationNumber::parse("24343100EX123456").unwrap();
/// assert_eq!((number.office(), number.kind()), ("343100", "EX"));
/// assert!(RegistrationNumber::parse("24343100XX123456").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RegistrationNumber(String);

impl RegistrationNumber {
    /// Reads a number of the right form. Whether its office exists is for the rules to say.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let (year_and_office, kind, serial) = (text.get(..8)?, text.get(8..10)?, text.get(10..)?);
        let holds =
            digits(year_and_office) && KINDS.contains(&kind) && digits(serial) && (6..=8).contains(&serial.len());
        holds.then(|| Self(text.to_owned()))
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The six-digit customs office.
    pub fn office(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// `EX` export, `IM` import, `AN` warehouse, `TR` and `EU` transit.
    pub fn kind(&self) -> &str {
        self.0.get(8..10).unwrap_or_default()
    }
}

impl fmt::Display for RegistrationNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// True for the form of a transit movement's number (MRN): two digits, `TR`, six digits of the office, eight letters
/// or digits. Source: R-5.2.
pub fn is_mrn(text: &str) -> bool {
    let parts = || Some((text.get(..2)?, text.get(2..4)?, text.get(4..10)?, text.get(10..)?));
    parts().is_some_and(|(year, country, office, serial)| {
        year.bytes().chain(office.bytes()).all(|byte| byte.is_ascii_digit())
            && country == "TR"
            && serial.len() == 8
            && serial.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    })
}

const KINDS: [&str; 5] = ["EX", "IM", "AN", "TR", "EU"];

#[cfg(test)]
mod tests {
    use super::*;

    /// R-5.1: letters of the kind, length of the serial; R-5.3: the office is told for the rules to look up.
    #[test]
    fn registration_numbers_have_their_form() {
        let check = |text: &str, holds: bool| assert_eq!(RegistrationNumber::parse(text).is_some(), holds, "{text}");
        for good in ["23341200EX000123", "24343100EX123456", "21340300IM123456", "21340300EU12345678"] {
            check(good, true);
        }
        for bad in
            ["", "23341200XX000123", "341200EX000123", "23341200EX00012", "23341200EX123456789", "2334120ğEX0001"]
        {
            check(bad, false);
        }
    }

    /// R-5.2: eighteen characters, Türkiye, the office.
    #[test]
    fn transit_numbers_have_their_form() {
        for good in ["13TR34130000025717", "25TR341200096251M7"] {
            assert!(is_mrn(good), "{good}");
        }
        for bad in ["", "13DE34130000025717", "13TR3413000002571", "13TR34130000025717X", "13tr34130000025717"] {
            assert!(!is_mrn(bad), "{bad}");
        }
    }
}
