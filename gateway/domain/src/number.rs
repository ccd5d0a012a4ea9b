//! Decimal numbers as customs messages write them.

use crate::catalogue::Rule;
use rust_decimal::Decimal;

/// Digits before the dot that we take. A declared amount is dec(18,2) in customs' own tables; 15 leaves room.
pub const INTEGER_DIGITS_MAX: usize = 15;
/// Digits after the dot that we take, trailing zeros not counted.
pub const FRACTION_DIGITS_MAX: usize = 8;

/// Reads `[0-9]+(\.[0-9]+)?`, and nothing else: no sign, exponent, grouping, comma, NaN.
///
/// # Errors
/// `NumberForm` when the text has another form, `NumberTooLong` when it has more digits than we take.
pub fn parse(text: &str) -> Result<Decimal, Rule> {
    let (integer, fraction) = parts(text).ok_or(Rule::NumberForm)?;
    let integer = integer.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if integer.len() > INTEGER_DIGITS_MAX || fraction.len() > FRACTION_DIGITS_MAX {
        return Err(Rule::NumberTooLong);
    }
    let mantissa =
        integer.bytes().chain(fraction.bytes()).fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let scale = u32::try_from(fraction.len()).map_err(|_| Rule::NumberTooLong)?;
    Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| Rule::NumberTooLong)
}

/// The digits before the dot and those after it, none when there is no dot; `None` when it is no number.
pub fn parts(text: &str) -> Option<(&str, &str)> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let dot = text.bytes().position(|byte| !byte.is_ascii_digit());
    let Some(dot) = dot else { return (!text.is_empty()).then_some((text, "")) };
    let (integer, fraction) = text.split_at_checked(dot)?;
    let fraction = fraction.strip_prefix('.')?;
    let is_number = !integer.is_empty() && !fraction.is_empty() && fraction.as_bytes().iter().all(is_digit);
    is_number.then_some((integer, fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_are_numbers() {
        let check = |text: &str, expected: Result<&str, Rule>| {
            assert_eq!(parse(text).map(|number| number.to_string()), expected.map(ToOwned::to_owned), "{text}");
        };
        check("600.00", Ok("600"));
        check("000.50", Ok("0.5"));
        check("0", Ok("0"));
        check("999999999999999.99999999", Ok("999999999999999.99999999"));
        check("1000000000000000", Err(Rule::NumberTooLong));
        check("0.000000001", Err(Rule::NumberTooLong));
        for bad in
            ["", "-1", "+1", "1e3", "1E3", "NaN", "INF", "1,5", "1.234,5", "1.", ".5", "1.2.3", "1 000", "٣", "0x1"]
        {
            check(bad, Err(Rule::NumberForm));
        }
    }
}
