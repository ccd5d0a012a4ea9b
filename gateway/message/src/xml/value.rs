//! Is a value of its element's type, and whose secret is it?

use crate::schema::{Element, Kind};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::number;
use jiff::civil::Date;

/// The rule that a value breaks. Fields that the union's own rules look at are theirs to judge.
pub(crate) fn broken_rule(element: &Element, text: &str) -> Option<Rule> {
    if text.is_empty() || element.field.is_some() {
        return None;
    }
    match element.kind {
        Kind::Decimal if is_short_number(text) => None,
        Kind::Decimal => number::parse(text).err(),
        Kind::Int => match number::parse(text) {
            Ok(number) if number.scale() == 0 => None,
            Ok(_) => Some(Rule::NumberForm),
            Err(rule) => Some(rule),
        },
        Kind::Date if !is_day(text) => Some(Rule::DateUnknown),
        _ => None,
    }
}

/// True for names of customs' credentials in any spelling of case, also with Turkish letters.
pub(super) fn is_credential(name: &str) -> bool {
    // The longest has 13 letters.
    if name.chars().nth(NAME_MAX).is_some() {
        return false;
    }
    let folded: String = name.chars().map(folded).collect();
    matches!(folded.as_str(), "kullaniciadi" | "kullanicisifre" | "sifre" | "ip")
}

fn folded(letter: char) -> char {
    match letter {
        'ş' | 'Ş' => 's',
        'ı' | 'İ' => 'i',
        other => other.to_ascii_lowercase(),
    }
}

/// Digits with at most one dot inside: what nearly every number is.
fn is_short_number(text: &str) -> bool {
    text.len() <= number::FRACTION_DIGITS_MAX && number::parts(text).is_some()
}

/// `dd/MM/yyyy`, `dd.MM.yyyy` or `yyyy-MM-dd`, and a day of the calendar.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        digits.and_then(|digits| digits.parse::<i16>().ok())
    };
    let (year, month, day) = match (bytes.len(), bytes.get(2), bytes.get(5), bytes.get(4), bytes.get(7)) {
        (10, Some(b'/'), Some(b'/'), ..) | (10, Some(b'.'), Some(b'.'), ..) => {
            (number(6, 10), number(3, 5), number(0, 2))
        }
        (10, _, _, Some(b'-'), Some(b'-')) => (number(0, 4), number(5, 7), number(8, 10)),
        _ => return false,
    };
    let small = |number: Option<i16>| number.and_then(|number| i8::try_from(number).ok());
    match (year, small(month), small(day)) {
        (Some(year), Some(month), Some(day)) => Date::new(year, month, day).is_ok(),
        _ => false,
    }
}

const NAME_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{DECLARATION, ITEM};

    #[track_caller]
    fn check(name: &str, text: &str, expected: Option<Rule>) {
        let (_, element) = DECLARATION.find(name, 0).or_else(|| ITEM.find(name, 0)).unwrap();
        assert_eq!(broken_rule(element, text), expected, "{name} {text}");
    }

    #[test]
    fn numbers_have_digits_and_a_dot() {
        for good in ["", "0", "0.0", "640.5", "12345.678901", "999999999999999"] {
            check("Brut_agirlik", good, None);
        }
        for bad in ["1,5", "-1", "+1", "1e3", "1.", ".5", ".", "1.2.3", "NaN", "1 0", "١"] {
            check("Brut_agirlik", bad, Some(Rule::NumberForm));
        }
        check("Brut_agirlik", "1234567890123456", Some(Rule::NumberTooLong));
        check("Kap_adedi", "40", None);
        check("Kap_adedi", "40.0", None);
        check("Kap_adedi", "40.5", Some(Rule::NumberForm));
        check("Kap_adedi", "x", Some(Rule::NumberForm));
        // Judged by the union's rules, with places of their own.
        for field in ["Net_agirlik", "Fatura_miktari", "Toplam_navlun", "Kalem_sira_no"] {
            check(field, "x", None);
        }
    }

    #[test]
    fn days_exist_in_the_calendar() {
        for good in ["18/01/2019", "18.01.2019", "2019-01-18", "29/02/2024"] {
            check("Referans_tarihi", good, None);
        }
        for bad in [
            "31/02/2026",
            "29/02/2026",
            "1/1/2026",
            "2026/01/18",
            "18-01-2026",
            "18/01.2026",
            "18/01/26",
            "00/01/2026",
            "+1/01/2026",
            "şş/01/20",
        ] {
            check("Referans_tarihi", bad, Some(Rule::DateUnknown));
        }
    }

    #[test]
    fn credentials_are_known_in_any_case() {
        for secret in
            ["Sifre", "SIFRE", "sifre", "Şifre", "ŞİFRE", "KullaniciAdi", "KULLANICIADI", "KullanıcıAdı", "ip", "IP"]
        {
            assert!(is_credential(secret), "{secret}");
        }
        for other in ["Tip", "IPx", "Sifreli", "RefID", "Kullanici_kodu"] {
            assert!(!is_credential(other), "{other}");
        }
    }
}
