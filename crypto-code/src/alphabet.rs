//! Which letters make up a code, and which typed characters stand for them?
//!
//! Knows letters only, nothing of checks or keys.

/// The letter printed for a symbol value; the value's lowest five bits count.
pub(crate) fn letter_of(value: u8) -> u8 {
    *LETTERS.get(usize::from(value & 31)).expect("five bits name one of 32 letters")
}

/// The symbol value that a typed letter stands for; `None` for a foreign letter.
pub(crate) fn value_of(letter: char) -> Option<u8> {
    let meant = match letter {
        'O' | 'o' => '0',
        // A Turkish keyboard has two pairs of I, with and without the dot.
        'I' | 'i' | 'L' | 'l' | 'ı' | 'İ' => '1',
        other => other.to_ascii_uppercase(),
    };
    let place = LETTERS.iter().position(|&known| char::from(known) == meant)?;
    u8::try_from(place).ok()
}

/// Whether a typed character only separates: spaces, hyphens, dots and what cannot be seen.
pub(crate) fn only_separates(letter: char) -> bool {
    letter.is_whitespace() || is_hyphen(letter) || is_dot(letter) || is_invisible(letter)
}

/// Unicode's dash punctuation and the minus signs.
fn is_hyphen(letter: char) -> bool {
    matches!(
        letter,
        '-' | '\u{058A}' | '\u{05BE}' | '\u{1400}' | '\u{1806}' | '\u{2010}'..='\u{2015}' | '\u{2043}'
            | '\u{2053}' | '\u{207B}' | '\u{208B}' | '\u{2212}' | '\u{2E17}' | '\u{2E1A}'
            | '\u{2E3A}'..='\u{2E3B}' | '\u{2E40}' | '\u{2E5D}' | '\u{301C}' | '\u{3030}' | '\u{30A0}'
            | '\u{FE31}'..='\u{FE32}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | '\u{10EAD}'
    )
}

/// Full stops, middle dots and bullets.
fn is_dot(letter: char) -> bool {
    matches!(
        letter,
        '.' | '\u{00B7}'
            | '\u{2022}'
            | '\u{2024}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{3002}'
            | '\u{30FB}'
            | '\u{FE52}'
            | '\u{FF0E}'
            | '\u{FF61}'
    )
}

/// Characters without a shape: zero-width, directional, selectors, fillers.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}'
    )
}

/// Value 0 is `0`, value 31 is `Z`; rising as ASCII rises, so codes sort as texts sort.
///
/// Source: Douglas Crockford, "Base 32" (no I, L, O, U).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(letter: char, expected: Option<u8>) {
        assert_eq!(value_of(letter), expected, "{letter:?}");
    }

    #[test]
    fn every_letter_reads_back_in_both_cases() {
        for value in 0..32 {
            let letter = char::from(letter_of(value));
            check(letter, Some(value));
            check(letter.to_ascii_lowercase(), Some(value));
        }
    }

    #[test]
    fn look_alikes_stand_for_digits() {
        for letter in "Oo0".chars() {
            check(letter, Some(0));
        }
        for letter in "IiLlıİ1".chars() {
            check(letter, Some(1));
        }
    }

    #[test]
    fn foreign_letters_stand_for_nothing() {
        for letter in "UuÜüŞşĞğÇçÖö*~$=_/:,;'\"\0٣３".chars() {
            check(letter, None);
            assert!(!only_separates(letter), "{letter:?}");
        }
    }

    #[test]
    fn no_letter_of_a_code_is_taken_for_a_separator() {
        for letter in LETTERS.iter().copied().map(char::from) {
            assert!(!only_separates(letter), "{letter:?}");
        }
    }
}
