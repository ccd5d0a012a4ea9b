//! How is a code written with digits alone, for scanners that type?
//!
//! A wedge scanner types what it reads. On a Turkish F keyboard letters come out scrambled, on Q punctuation; digits
//! never do. So the code is printed a second time as a number.
//!
//! ```
//! use ebirlik_documents::{code_of_digits, digits_of};
//! assert_eq!(digits_of("0000000000000010").unwrap(), "00000000000000000000000032");
//! assert_eq!(code_of_digits("00000000000000000000000032").unwrap(), "0000000000000010");
//! ```

/// The code's digits-only twin: its sixteen symbols read as one number in base 32, printed as 26 decimal digits.
///
/// `None` unless these are sixteen capital symbols of Crockford's base 32. The largest, 2^80 - 1, has 25 digits;
/// Code 128-C takes them in pairs, therefore 26.
pub fn digits_of(code: &str) -> Option<String> {
    if code.len() != SYMBOLS {
        return None;
    }
    let number = code.bytes().try_fold(0_u128, |number, symbol| Some((number << 5) | value_of(symbol)?))?;
    Some(format!("{number:026}"))
}

/// The code behind its twin: the way back of [`digits_of`]. `None` for anything that is no twin of a code.
pub fn code_of_digits(digits: &str) -> Option<String> {
    if digits.len() != DIGITS || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u128 = digits.parse().ok()?;
    if number >> (5 * SYMBOLS) != 0 {
        return None;
    }
    let symbol = |place: usize| ALPHABET.get(usize::try_from((number >> (5 * place)) & 31).ok()?);
    (0..SYMBOLS).rev().map(|place| symbol(place).copied().map(char::from)).collect()
}

fn value_of(symbol: u8) -> Option<u128> {
    let place = ALPHABET.iter().position(|&known| known == symbol)?;
    u128::try_from(place).ok()
}

/// Symbols of a code.
const SYMBOLS: usize = 16;

/// Digits of its twin.
const DIGITS: usize = 26;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_the_range_are_known() {
        let check = |code: &str, digits: &str| {
            assert_eq!(digits_of(code).as_deref(), Some(digits));
            assert_eq!(code_of_digits(digits).as_deref(), Some(code));
        };
        check("0000000000000000", "00000000000000000000000000");
        check("ZZZZZZZZZZZZZZZZ", "01208925819614629174706175");
        check("7K3M9QWRT2XAB5CD", "00287017853896183551202701");
    }

    #[test]
    fn what_is_no_code_has_no_twin() {
        for bad in
            ["", "000000000000000", "00000000000000000", "000000000000000i", "000000000000000U", "00000000000000ı"]
        {
            assert_eq!(digits_of(bad), None, "{bad}");
        }
        let too_large = "01208925819614629174706176";
        for bad in [
            "",
            "0",
            too_large,
            "0120892581961462917470617x",
            "+1208925819614629174706175",
            "0000000000000000000000000",
        ] {
            assert_eq!(code_of_digits(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_code(code in "[0-9A-HJKMNP-TV-Z]{16}") {
            let digits = digits_of(&code).unwrap();
            prop_assert_eq!(digits.len(), 26);
            prop_assert_eq!(code_of_digits(&digits).unwrap(), code);
        }
    }
}
