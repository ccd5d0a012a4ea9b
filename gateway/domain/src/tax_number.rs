//! Turkish tax numbers: VKN (10 digits) of firms, TCKN (11 digits) of persons and sole traders.

use crate::catalogue::Rule;
use std::fmt;

/// A tax number whose check digits hold. Source: rule R-6; a sole trader's tax number may be a TCKN.
///
/// ```
/// use ebirlik_domain::tax_number::TaxNumber;
/// assert_eq!(TaxNumber::parse("1234567890").unwrap().as_str(), "1234567890");
/// assert!(TaxNumber::parse("1234567891").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxNumber(String);

impl TaxNumber {
    /// Reads 10 or 11 digits and proves their check digits.
    ///
    /// # Errors
    /// `TaxNumberForm` unless 10 or 11 digits, `CheckDigit` when the sum is wrong.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let digits: Vec<u32> = text.chars().map_while(|letter| letter.to_digit(10)).collect();
        if digits.len() != text.len() {
            return Err(Rule::TaxNumberForm);
        }
        let holds = match digits.as_slice() {
            [body @ .., check] if body.len() == 9 => vkn_check_digit(body) == *check,
            [first, .., tenth, eleventh] if digits.len() == 11 => {
                *first != 0 && tckn_check_digits(&digits) == (*tenth, *eleventh)
            }
            _ => return Err(Rule::TaxNumberForm),
        };
        if holds { Ok(Self(text.to_owned())) } else { Err(Rule::CheckDigit) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaxNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn vkn_check_digit(body: &[u32]) -> u32 {
    let sum: u32 = body
        .iter()
        .zip((1..=9).rev())
        .map(|(digit, power)| {
            let shifted = (digit + power) % 10;
            let value = (shifted << power) % 9;
            if shifted != 0 && value == 0 { 9 } else { value }
        })
        .sum();
    (10 - sum % 10) % 10
}

fn tckn_check_digits(digits: &[u32]) -> (u32, u32) {
    let body = digits.iter().take(9);
    let odd: u32 = body.clone().step_by(2).sum();
    let even: u32 = body.skip(1).step_by(2).sum();
    // `even` is at most 36; adding 40 keeps the remainder from going below zero.
    let tenth = (odd * 7 + 40 - even) % 10;
    let eleventh = (digits.iter().take(9).sum::<u32>() + tenth) % 10;
    (tenth, eleventh)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-6, with the published vectors of `fixtures/identifiers`.
    #[test]
    fn vectors_of_both_kinds_hold() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../fixtures/identifiers/vectors.json")).unwrap();
        for kind in ["vkn", "tckn"] {
            for (list, good) in [("valid", true), ("invalid", false)] {
                for number in vectors[kind][list].as_array().unwrap() {
                    let number = number.as_str().unwrap();
                    assert_eq!(TaxNumber::parse(number).is_ok(), good, "{kind} {number}");
                }
            }
        }
    }

    /// Turkish rules: tax number.
    #[test]
    fn form_and_check_digit_are_told_apart() {
        let check = |text: &str, rule: Rule| assert_eq!(TaxNumber::parse(text), Err(rule), "{text}");
        check("", Rule::TaxNumberForm);
        check("123456789", Rule::TaxNumberForm);
        check("12345A7890", Rule::TaxNumberForm);
        check("١٢٣٤٥٦٧٨٩٠", Rule::TaxNumberForm);
        check("1234567891", Rule::CheckDigit);
        check("01234567890", Rule::CheckDigit);
    }
}
