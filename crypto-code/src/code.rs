//! What is a code, and was this one typed correctly?
//!
//! Needs no key: a typing error is told from a forgery by the checks alone.

use std::{error, fmt, str};

use crate::{
    Generation, alphabet,
    checks::{self, Reading},
};

/// A code of 16 symbols of Crockford's base 32 whose checks hold.
///
/// Well formed is not genuine: only [`KeyRing::matches`](crate::KeyRing::matches) tells whose it is.
///
/// # Examples
///
/// ```
/// use crypto_code::CryptoCode;
///
/// let code = CryptoCode::parse("1000-0000-0000-ooc7")?;
/// assert_eq!(code.as_str(), "10000000000000C7");
/// assert_eq!(code.printed(), "1000-0000-0000-00C7");
/// # Ok::<(), crypto_code::Mistyped>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CryptoCode([u8; 16]);

/// Why a typed text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistyped {
    /// What is wrong.
    pub kind: MistypedKind,
    /// The position (1..=16, separators not counted) that alone explains the error, if exactly one does.
    ///
    /// To be pointed at, never to be corrected: with two wrong symbols it may name a third.
    pub typo_at: Option<u8>,
}

/// The kinds of typing error, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MistypedKind {
    /// Not 16 letters, separators not counted.
    Length {
        /// How many letters there are.
        found: usize,
    },
    /// A letter that no code has; the first, if several.
    Letter {
        /// The letter as typed.
        found: char,
    },
    /// Sixteen letters of the alphabet whose checks do not hold.
    Checks,
}

impl CryptoCode {
    /// Reads a code as people type it: any case, with spaces, hyphens, dots or invisible
    /// characters anywhere, `O` for `0`, `I` or `L` for `1`.
    ///
    /// # Errors
    ///
    /// [`Mistyped`], with the wrong position where exactly one explains the error.
    pub fn parse(text: &str) -> Result<Self, Mistyped> {
        let letters = text.chars().filter(|&letter| !alphabet::only_separates(letter));
        let found = letters.clone().count();
        if found != 16 {
            return Err(Mistyped { kind: MistypedKind::Length { found }, typo_at: None });
        }

        let mut symbols = [0; 16];
        let mut foreign = Foreign::None;
        for ((position, letter), symbol) in (1..=16).zip(letters).zip(&mut symbols) {
            match alphabet::value_of(letter) {
                Some(value) => *symbol = value,
                None => foreign = foreign.and(position, letter),
            }
        }

        match (foreign, checks::read(&symbols)) {
            (Foreign::None, Reading::Sound) => Ok(Self::of_symbols(symbols)),
            (Foreign::None, Reading::OneWrong(position)) => {
                Err(Mistyped { kind: MistypedKind::Checks, typo_at: Some(position) })
            }
            (Foreign::None, Reading::Damaged) => Err(Mistyped { kind: MistypedKind::Checks, typo_at: None }),
            // A foreign letter was read as zero; it alone explains the error if the rest agrees.
            (Foreign::One(position, letter), reading) => Err(Mistyped {
                kind: MistypedKind::Letter { found: letter },
                typo_at: (reading == Reading::Sound || reading == Reading::OneWrong(position)).then_some(position),
            }),
            (Foreign::Several(letter), _) => {
                Err(Mistyped { kind: MistypedKind::Letter { found: letter }, typo_at: None })
            }
        }
    }

    /// The bare code as it is stored and sent: 16 upper-case ASCII letters and digits.
    #[expect(clippy::missing_panics_doc, reason = "every letter comes from the alphabet")]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }

    /// The code as people read it: `XXXX-XXXX-XXXX-XXXX`.
    pub fn printed(&self) -> String {
        let mut printed = String::with_capacity(19);
        for (place, letter) in self.as_str().chars().enumerate() {
            if place != 0 && place % 4 == 0 {
                printed.push('-');
            }
            printed.push(letter);
        }
        printed
    }

    /// The generation of the key that this code claims: its first letter.
    #[expect(clippy::missing_panics_doc, reason = "every letter comes from the alphabet")]
    pub fn generation(&self) -> Generation {
        let [first, ..] = self.0;
        Generation::from_symbol(char::from(first)).expect("each letter of a code is a symbol")
    }

    /// The code with this generation and these 13 symbols of the MAC; the checks are added here.
    pub(crate) fn sealed(generation: Generation, mac: [u8; 13]) -> Self {
        let mut message = [0; 14];
        let (first, rest) = message.split_at_mut(1);
        first.fill(generation.value());
        rest.copy_from_slice(&mac);

        let mut symbols = [0; 16];
        let (said, checked) = symbols.split_at_mut(14);
        said.copy_from_slice(&message);
        checked.copy_from_slice(&checks::checks_of(message));
        Self::of_symbols(symbols)
    }

    /// The letters, to be compared in constant time.
    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn of_symbols(symbols: [u8; 16]) -> Self {
        Self(symbols.map(alphabet::letter_of))
    }
}

/// The letters met so far that no code has.
#[derive(Clone, Copy)]
enum Foreign {
    None,
    One(u8, char),
    Several(char),
}

impl Foreign {
    fn and(self, position: u8, letter: char) -> Self {
        match self {
            Self::None => Self::One(position, letter),
            Self::One(_, first) | Self::Several(first) => Self::Several(first),
        }
    }
}

impl fmt::Display for CryptoCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl fmt::Debug for CryptoCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CryptoCode({})", self.as_str())
    }
}

impl fmt::Display for Mistyped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            MistypedKind::Length { found } => write!(out, "a code has 16 letters, not {found}")?,
            MistypedKind::Letter { found } => write!(out, "no code has the letter {found:?}")?,
            MistypedKind::Checks => write!(out, "the check letters do not agree with the rest")?,
        }
        match self.typo_at {
            Some(position) => write!(out, "; look at letter {position}"),
            None => Ok(()),
        }
    }
}

impl error::Error for Mistyped {}

#[cfg(test)]
mod tests {
    use proptest::{array::uniform13, collection::vec, prelude::*, sample::select};

    use super::*;

    const CODE: &str = "10000000000000C7";

    fn check(typed: &str, expected: Result<&str, (MistypedKind, Option<u8>)>) {
        let read = CryptoCode::parse(typed);
        assert_eq!(
            read.as_ref().map(CryptoCode::as_str).map_err(|mistyped| (mistyped.kind, mistyped.typo_at)),
            expected,
            "{typed:?}"
        );
    }

    /// G-28.
    #[test]
    fn a_code_has_sixteen_letters() {
        check(CODE, Ok(CODE));
        for (typed, found) in [("", 0), ("-. -", 0), (&CODE[1..], 15), ("100000000000000C7", 17), ("no", 2)] {
            check(typed, Err((MistypedKind::Length { found }, None)));
        }
    }

    #[test]
    fn separators_case_and_look_alikes_are_forgiven() {
        for typed in [
            "1000-0000-0000-00C7",
            "1000 0000 0000 00c7",
            " 1000.0000\u{00B7}0000\u{2013}00c7\r\n",
            "\u{FEFF}loOo\u{200B}-\u{00A0}oooo\u{2011}0000\u{2212}OOC7\u{202C}",
            "ıooo-0000-0000-00C7",
            "İooo-0000-0000-00C7",
        ] {
            check(typed, Ok(CODE));
        }
    }

    #[test]
    fn a_foreign_letter_is_named_and_pointed_at() {
        let kind = MistypedKind::Letter { found: 'U' };
        check("U0000000000000C7", Err((kind, Some(1))));
        check("1000-U000-0000-00C7", Err((kind, Some(5))));
        check("1000-U000-0U00-00C7", Err((kind, None)));
        check("1000-U000-0000-00D7", Err((kind, None)));
        check("U000", Err((MistypedKind::Length { found: 4 }, None)));
    }

    #[test]
    fn an_error_reads_as_a_sentence() {
        let said = |typed| CryptoCode::parse(typed).unwrap_err().to_string();
        assert_eq!(said("12"), "a code has 16 letters, not 2");
        assert_eq!(said("1000U000000000C7"), "no code has the letter 'U'; look at letter 5");
        assert_eq!(said("1000A000000000C7"), "the check letters do not agree with the rest; look at letter 5");
    }

    fn codes() -> impl Strategy<Value = CryptoCode> {
        (0..32_u8, uniform13(0..32_u8))
            .prop_map(|(generation, mac)| CryptoCode::sealed(Generation::new(generation).unwrap(), mac))
    }

    /// The code's text with the letters at these positions (from 0) moved on by so many symbols.
    fn changed(code: CryptoCode, changes: &[(usize, u8)]) -> String {
        let mut letters = *code.as_bytes();
        for &(place, by) in changes {
            let value = alphabet::value_of(char::from(letters[place])).unwrap();
            letters[place] = alphabet::letter_of(value + by);
        }
        String::from_utf8(letters.to_vec()).unwrap()
    }

    proptest! {
        #[test]
        fn a_printed_code_reads_back(code in codes()) {
            prop_assert_eq!(CryptoCode::parse(&code.printed()), Ok(code));
            prop_assert_eq!(CryptoCode::parse(code.as_str()), Ok(code));
            prop_assert_eq!(code.printed().replace('-', ""), code.to_string());
            prop_assert_eq!(code.printed().len(), 19);
        }

        #[test]
        fn a_code_reads_back_however_it_is_typed(
            code in codes(),
            between in vec(select(vec!["", "-", " ", ".", "\t", "\u{2014}", "\u{200D}", "\u{FE0F}"]), 17),
            lower in any::<[bool; 16]>(),
            alike in any::<[usize; 16]>(),
        ) {
            let mut typed = between[16].to_owned();
            for (place, letter) in code.as_str().chars().enumerate() {
                let choices = match letter { '0' => vec!['0', 'O'], '1' => vec!['1', 'I', 'L'], other => vec![other] };
                let letter = choices[alike[place] % choices.len()];
                typed.push(if lower[place] { letter.to_ascii_lowercase() } else { letter });
                typed.push_str(between[place]);
            }
            prop_assert_eq!(CryptoCode::parse(&typed), Ok(code));
        }

        /// G-31: altering a character never gives another code.
        #[test]
        fn one_wrong_letter_is_always_pointed_at(code in codes()) {
            for place in 0..16_u8 {
                for by in 1..32 {
                    let expected = Mistyped { kind: MistypedKind::Checks, typo_at: Some(place + 1) };
                    prop_assert_eq!(CryptoCode::parse(&changed(code, &[(place.into(), by)])), Err(expected));
                }
            }
        }

        #[test]
        fn any_two_letters_swapped_are_caught(code in codes()) {
            for one in 0..15 {
                for other in one + 1..16 {
                    let mut letters = *code.as_bytes();
                    letters.swap(one, other);
                    let read = CryptoCode::parse(str::from_utf8(&letters).unwrap());
                    prop_assert_eq!(read.is_ok(), letters == *code.as_bytes());
                }
            }
        }

        #[test]
        fn any_two_wrong_letters_are_caught(code in codes(), by in (1..32_u8, 1..32_u8)) {
            for one in 0..15 {
                for other in one + 1..16 {
                    let read = CryptoCode::parse(&changed(code, &[(one, by.0), (other, by.1)]));
                    prop_assert!(read.is_err());
                }
            }
        }

        #[test]
        fn a_foreign_letter_alone_is_always_pointed_at(code in codes(), place in 0..16_u8) {
            let mut letters = *code.as_bytes();
            letters[usize::from(place)] = b'U';
            let expected = Mistyped { kind: MistypedKind::Letter { found: 'U' }, typo_at: Some(place + 1) };
            prop_assert_eq!(CryptoCode::parse(str::from_utf8(&letters).unwrap()), Err(expected));
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            if let Ok(code) = CryptoCode::parse(&text) {
                prop_assert_eq!(CryptoCode::parse(code.as_str()), Ok(code));
            }
        }

        #[test]
        fn any_sixteen_letters_are_answered(text in "[0-9A-Za-zıİ*-]{16,20}") {
            let _ = CryptoCode::parse(&text).map_err(|mistyped| mistyped.to_string());
        }
    }
}
