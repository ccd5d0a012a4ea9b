//! How is a decimal written so that equal numbers are equal texts?
//!
//! Works on the text alone: no number type, no rounding, any length.

/// The one spelling of a decimal: no leading zeros but one before the point, no trailing zeros
/// after it, no point without a fraction. `None` unless the text is `[0-9]+(\.[0-9]+)?`.
pub(crate) fn canonical(text: &str) -> Option<&str> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if is_digits(fraction) => (whole, fraction.trim_end_matches('0')),
        Some(_) => return None,
        None => (text, ""),
    };
    if !is_digits(whole) {
        return None;
    }
    // One zero stays before the point.
    let zeros = whole.bytes().take_while(|digit| *digit == b'0').count().min(whole.len() - 1);
    let end = if fraction.is_empty() { whole.len() } else { whole.len() + 1 + fraction.len() };
    text.get(zeros..end)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(canonical(text), expected, "{text:?}");
    }

    #[test]
    fn equal_numbers_have_one_spelling() {
        for (text, expected) in [
            ("600.00", "600"),
            ("600", "600"),
            ("0600", "600"),
            ("0.50", "0.5"),
            ("00.5", "0.5"),
            ("0", "0"),
            ("000.000", "0"),
            ("1000.0010", "1000.001"),
            ("99999999999999999999999999999999999999.1", "99999999999999999999999999999999999999.1"),
        ] {
            check(text, Some(expected));
        }
    }

    #[test]
    fn what_is_not_a_plain_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.2.3", " 1", "1 ", "NaN", "٣", "0x1", "1_0"] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn zeros_that_say_nothing_change_nothing(
            whole in "[0-9]{1,12}", fraction in "[0-9]{1,8}", before in "0{0,3}", after in "0{0,3}",
        ) {
            let plain = canonical(&format!("{whole}.{fraction}")).unwrap().to_owned();
            let padded = canonical(&format!("{before}{whole}.{fraction}{after}")).unwrap().to_owned();
            prop_assert_eq!(canonical(&plain).unwrap(), plain.clone());
            prop_assert_eq!(padded, plain);
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = canonical(&text);
        }
    }
}
