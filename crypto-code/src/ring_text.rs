//! How is a key ring written down and read back?
//!
//! One line a generation; errors name the line and never repeat it, for it holds a key.

use std::{error, fmt, fmt::Write as _};

use zeroize::Zeroizing;

use crate::{
    Generation, KeyRing,
    ring::{Key, RingKey},
};

/// Why a key ring cannot be read or rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRingError {
    /// The line at fault, from 1; `None` where no line is.
    pub line: Option<usize>,
    /// What is wrong.
    pub fault: KeyRingFault,
}

/// What can be wrong with a key ring, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRingFault {
    /// A line that is not four words.
    Shape,
    /// A generation that is not one symbol of a code, in upper case.
    Generation,
    /// A state other than `current`, `verify` and `leaked`.
    State,
    /// A date not written `YYYY-MM-DD`.
    Created,
    /// A key that is not 64 hexadecimal digits.
    Key,
    /// A generation that stands on an earlier line.
    GenerationTwice,
    /// A key that another generation has.
    KeyTwice,
    /// A second current generation.
    SecondCurrent,
    /// No current generation.
    NoCurrent,
    /// A generation for verifying that is above the current one.
    AboveCurrent,
    /// The last of the 32 generations is in use.
    Exhausted,
    /// A generation that the ring does not have.
    Unknown,
    /// A generation that issues, where one is asked for that does not.
    Issues,
}

impl KeyRing {
    /// Reads the text that [`to_text`](Self::to_text) writes, its lines in any order.
    ///
    /// # Errors
    ///
    /// [`KeyRingError`] with the line at fault. The text of the line is not repeated.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut older: Vec<(usize, RingKey)> = Vec::new();
        let mut current: Option<RingKey> = None;
        for (line, words) in (1..).zip(text.lines().map(str::trim)) {
            if words.is_empty() || words.starts_with('#') {
                continue;
            }
            let at_line = |fault| KeyRingError { line: Some(line), fault };
            let (key, is_current) = parse_line(words).map_err(at_line)?;
            for known in older.iter().map(|(_, known)| known).chain(&current) {
                if known.generation == key.generation {
                    return Err(at_line(KeyRingFault::GenerationTwice));
                }
                if known.key.same_as(&key.key) {
                    return Err(at_line(KeyRingFault::KeyTwice));
                }
            }
            if !is_current {
                older.push((line, key));
            } else if current.replace(key).is_some() {
                return Err(at_line(KeyRingFault::SecondCurrent));
            }
        }
        let current = current.ok_or(KeyRingFault::NoCurrent)?;
        older.sort_by_key(|(_, key)| key.generation);
        // An old key that issues again would put two meanings on one generation.
        if let Some((line, _)) = older.iter().find(|(_, key)| key.generation > current.generation) {
            return Err(KeyRingError { line: Some(*line), fault: KeyRingFault::AboveCurrent });
        }
        Ok(Self::of_keys(older.into_iter().map(|(_, key)| key).collect(), current))
    }

    /// The ring as text, wiped from memory when dropped: to be kept in a file that only its owner can read.
    pub fn to_text(&self) -> Zeroizing<String> {
        let lines = self.keys().count();
        // Large enough from the start: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(HEADER.len() + lines * LINE_BYTES_MAX));
        text.push_str(HEADER);
        for key in self.keys() {
            let state = match (key.generation == self.current(), key.leaked) {
                (true, _) => "current",
                (false, false) => "verify",
                (false, true) => "leaked",
            };
            put(&mut text, format_args!("{} {state} {} ", key.generation, key.created));
            for byte in key.key.bytes() {
                put(&mut text, format_args!("{byte:02x}"));
            }
            text.push('\n');
        }
        text
    }
}

fn put(text: &mut String, words: fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a String takes every text");
}

/// The key of one line, and whether it is the current one.
fn parse_line(line: &str) -> Result<(RingKey, bool), KeyRingFault> {
    let mut words = line.split_ascii_whitespace();
    let (Some(generation), Some(state), Some(created), Some(key), None) =
        (words.next(), words.next(), words.next(), words.next(), words.next())
    else {
        return Err(KeyRingFault::Shape);
    };
    let mut symbols = generation.chars();
    let (Some(symbol), None) = (symbols.next(), symbols.next()) else {
        return Err(KeyRingFault::Generation);
    };
    let generation = Generation::from_symbol(symbol).ok_or(KeyRingFault::Generation)?;
    let (is_current, leaked) = match state {
        "current" => (true, false),
        "verify" => (false, false),
        "leaked" => (false, true),
        _ => return Err(KeyRingFault::State),
    };
    let key = RingKey::new(generation, created, parse_key(key)?)?;
    Ok((RingKey { leaked, ..key }, is_current))
}

fn parse_key(hex: &str) -> Result<Key, KeyRingFault> {
    if hex.len() != 64 {
        return Err(KeyRingFault::Key);
    }
    let mut key = Key::blank();
    for (byte, digits) in key.bytes_mut().iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        for digit in digits {
            let value = char::from(*digit).to_digit(16).ok_or(KeyRingFault::Key)?;
            *byte = *byte << 4 | u8::try_from(value).map_err(|_| KeyRingFault::Key)?;
        }
    }
    Ok(key)
}

impl From<KeyRingFault> for KeyRingError {
    fn from(fault: KeyRingFault) -> Self {
        Self { line: None, fault }
    }
}

impl fmt::Display for KeyRingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "key ring, line {line}: {}", self.fault),
            None => write!(out, "key ring: {}", self.fault),
        }
    }
}

impl fmt::Display for KeyRingFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Shape => "expected generation, state, date and key",
            Self::Generation => "the generation is one of 0123456789ABCDEFGHJKMNPQRSTVWXYZ",
            Self::State => "the state is `current`, `verify` or `leaked`",
            Self::Created => "the date is written YYYY-MM-DD",
            Self::Key => "the key is 64 hexadecimal digits",
            Self::GenerationTwice => "this generation stands twice",
            Self::KeyTwice => "two generations have the same key",
            Self::SecondCurrent => "only one generation is current",
            Self::NoCurrent => "no generation is current",
            Self::AboveCurrent => "the current generation is the newest",
            Self::Exhausted => "all generations are used",
            Self::Unknown => "it has no such generation",
            Self::Issues => "this generation issues",
        })
    }
}

impl error::Error for KeyRingError {}

const HEADER: &str =
    "# Crypto-code keys: generation, state, created, key. Secret: whoever reads this can issue codes.\n";
/// `Z current 2026-01-01 ` and 64 digits and a line feed, 86 bytes; with slack.
const LINE_BYTES_MAX: usize = 96;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Result<&str, (Option<usize>, KeyRingFault)>) {
        let read = KeyRing::parse(text);
        assert_eq!(
            read.map(|ring| format!("{ring:?}")).map_err(|error| (error.line, error.fault)),
            expected.map(str::to_owned),
            "{text:?}"
        );
    }

    /// A line with a key of 32 equal bytes.
    fn line(start: &str, key: &str) -> String {
        format!("{start} 2026-01-01 {}\n", key.repeat(32))
    }

    #[test]
    fn comments_empty_lines_and_any_order_are_read() {
        let text = format!(
            "# keys\r\n\n{}  # indented\n{}{}",
            line("3 current", "aB"),
            line("2\tverify", "01"),
            line("0 verify", "02")
        );
        check(&text, Ok("KeyRing(0 2 3 current)"));
    }

    #[test]
    fn the_line_at_fault_is_named() {
        use KeyRingFault as F;
        let good = line("3 current", "ab");
        for (bad, fault) in [
            ("junk\n".to_owned(), F::Shape),
            (line("4 verify extra", "01"), F::Shape),
            (line("U verify", "01"), F::Generation),
            (line("44 verify", "01"), F::Generation),
            (line("2 old", "01"), F::State),
            (line("2 verify", "01").replace("2026-01", "2026.01"), F::Created),
            (line("2 verify", "0g"), F::Key),
            (line("2 verify", "011"), F::Key),
            (format!("2 verify 2026-01-01 {}\n", "é".repeat(32)), F::Key),
            (line("3 verify", "01"), F::GenerationTwice),
            (line("2 verify", "AB"), F::KeyTwice),
            (line("2 current", "01"), F::SecondCurrent),
            (line("4 verify", "01"), F::AboveCurrent),
        ] {
            check(&format!("#\n{good}{bad}"), Err((Some(3), fault)));
        }
        check("", Err((None, F::NoCurrent)));
        check(&line("1 verify", "01"), Err((None, F::NoCurrent)));
    }

    #[test]
    fn an_error_reads_as_a_sentence_and_shows_no_key() {
        let error = KeyRing::parse(&line("2 old", "5e")).unwrap_err();
        assert_eq!(error.to_string(), "key ring, line 1: the state is `current`, `verify` or `leaked`");
        assert!(!format!("{error:?}").contains("5e5e"));
    }

    #[test]
    fn a_text_never_outgrows_its_first_room() {
        let mut ring = KeyRing::generate(&[1; 32], "2026-01-01").unwrap();
        for key in 2..32 {
            ring.rotate(&[key; 32], "2027-01-01").unwrap();
        }
        assert!(ring.to_text().len() <= HEADER.len() + 31 * LINE_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn a_written_ring_reads_back(keys in prop::collection::hash_set(any::<[u8; 32]>(), 1..8)) {
            let mut keys = keys.iter();
            let mut ring = KeyRing::generate(keys.next().unwrap(), "2026-01-01").unwrap();
            for key in keys {
                let older = ring.current();
                ring.rotate(key, "2027-12-31").unwrap();
                if key[0] % 2 == 0 {
                    ring.mark_leaked(older).unwrap();
                }
            }
            let text = ring.to_text();
            prop_assert_eq!(KeyRing::parse(&text).unwrap().to_text(), text);
        }

        #[test]
        fn any_text_is_answered(text in "[0-9A-Za-z#é \n-]{0,200}") {
            let _ = KeyRing::parse(&text);
        }
    }
}
