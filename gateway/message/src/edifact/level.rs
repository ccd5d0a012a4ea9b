//! Which characters does a syntax level hold, and how are they bytes?
//!
//! Data element 0001. Levels A and B are subsets of ASCII; C to K are parts of ISO 8859; Y and W are UTF-8. Turkish
//! is whole in K, Y and W; elsewhere our answers fold its letters. Source: ISO 9735, code list of 0001.

use encoding_rs::Encoding;
use std::borrow::Cow;

/// A repertoire that we read and write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Capital letters, digits and some signs.
    A,
    /// The same with small letters.
    B,
    /// ISO 8859-1.
    C,
    /// Another part of ISO 8859.
    Part(&'static str, &'static Encoding),
    /// UTF-8, by this name.
    Utf8(&'static str),
}

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undecodable {
    /// A byte that the level does not hold, and the text before it.
    Byte { before: String },
    /// The text would take too much.
    TooLarge,
}

impl Level {
    /// By its code; `None` for one that we do not read, such as ISO 2022 (`UNOX`). Syntax 1 to 3 know A to F.
    pub(super) fn of(code: &str, version: u8) -> Option<Self> {
        let part = |encoding| Some(Self::Part(LEVELS.iter().find(|known| **known == code)?, encoding));
        let level = match code {
            "UNOA" => Some(Self::A),
            "UNOB" => Some(Self::B),
            "UNOC" => Some(Self::C),
            "UNOD" => part(encoding_rs::ISO_8859_2),
            "UNOE" => part(encoding_rs::ISO_8859_5),
            "UNOF" => part(encoding_rs::ISO_8859_7),
            "UNOG" => part(encoding_rs::ISO_8859_3),
            "UNOH" => part(encoding_rs::ISO_8859_4),
            "UNOI" => part(encoding_rs::ISO_8859_6),
            "UNOJ" => part(encoding_rs::ISO_8859_8),
            // WHATWG reads ISO 8859-9 as windows-1254, which differs in the controls only, and those are refused.
            "UNOK" => part(encoding_rs::WINDOWS_1254),
            "UNOY" => Some(Self::Utf8("UNOY")),
            "UNOW" => Some(Self::Utf8("UNOW")),
            _ => None,
        };
        level.filter(|_| version >= 4 || matches!(code, "UNOA" | "UNOB" | "UNOC" | "UNOD" | "UNOE" | "UNOF"))
    }

    /// Its code.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::A => "UNOA",
            Self::B => "UNOB",
            Self::C => "UNOC",
            Self::Part(code, _) | Self::Utf8(code) => code,
        }
    }

    /// The text of these bytes. What is owned is taken over as it lies: a large message is not held twice; what is not
    /// UTF-8 takes so many bytes at most, its text counted.
    pub(super) fn decode(self, bytes: Cow<'_, [u8]>, bytes_max: usize) -> Result<String, Undecodable> {
        if matches!(self, Self::Utf8(_)) || bytes.is_ascii() {
            return String::from_utf8(bytes.into_owned()).map_err(|error| {
                let valid = error.utf8_error().valid_up_to();
                let mut before = error.into_bytes();
                before.truncate(valid);
                Undecodable::Byte { before: String::from_utf8(before).unwrap_or_default() }
            });
        }
        let letters: Vec<Option<char>> = (0..=u8::MAX).map(|byte| self.letter(byte)).collect();
        let letter_of = |byte: &u8| letters.get(usize::from(*byte)).copied().flatten();
        let length = bytes.iter().map_while(letter_of).map(char::len_utf8).sum::<usize>();
        if bytes.len().saturating_add(length) > bytes_max {
            return Err(Undecodable::TooLarge);
        }
        let mut text = String::with_capacity(length);
        for byte in bytes.iter() {
            match letter_of(byte) {
                Some(letter) => text.push(letter),
                None => return Err(Undecodable::Byte { before: text }),
            }
        }
        Ok(text)
    }

    /// The character of one byte of a level of single bytes.
    fn letter(self, byte: u8) -> Option<char> {
        match (self, byte) {
            (_, ..0x80) => Some(char::from(byte)),
            // The upper controls are no data in any of these levels.
            (Self::A | Self::B | Self::Utf8(_), _) | (_, 0x80..0xA0) => None,
            (Self::C, _) => Some(char::from(byte)),
            (Self::Part(_, encoding), _) => {
                encoding.decode_without_bom_handling_and_without_replacement(&[byte])?.chars().next()
            }
        }
    }

    /// True when data may hold this character. Controls are data nowhere.
    pub(super) fn holds(self, letter: char) -> bool {
        match self {
            Self::A => !letter.is_ascii_lowercase() && is_of_b(letter),
            Self::B => is_of_b(letter),
            _ => !letter.is_control(),
        }
    }

    /// The text as it can be said at this level: letters that it lacks are folded to the nearest that it has.
    pub(super) fn folded(self, text: &str) -> Cow<'_, str> {
        if text.chars().all(|letter| self.can_say(letter)) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.chars().map(|letter| self.nearest(letter)).collect())
    }

    fn nearest(self, letter: char) -> char {
        let candidates = [letter, plain(letter), plain(letter).to_ascii_uppercase()];
        candidates.into_iter().find(|letter| self.can_say(*letter)).unwrap_or(' ')
    }

    fn can_say(self, letter: char) -> bool {
        self.holds(letter)
            && match self {
                Self::A | Self::B => letter.is_ascii(),
                Self::C => u32::from(letter) < 0x100,
                Self::Part(_, encoding) => !encoding.encode(letter.encode_utf8(&mut [0; 4])).2,
                Self::Utf8(_) => true,
            }
    }

    /// The bytes of a folded text.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::A | Self::B | Self::Utf8(_) => text.as_bytes().to_vec(),
            Self::C => text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b' ')).collect(),
            Self::Part(_, encoding) => encoding.encode(text).0.into_owned(),
        }
    }
}

/// Letters, digits and signs of level B; of level A without the small letters. Service characters are among them.
fn is_of_b(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " .,-()/=!\"%&*;<>'+:?".contains(letter)
}

/// The ASCII letter nearest to a Turkish letter or sign.
fn plain(letter: char) -> char {
    match letter {
        'ç' => 'c',
        'Ç' => 'C',
        'ğ' => 'g',
        'Ğ' => 'G',
        'İ' => 'I',
        'ö' => 'o',
        'Ö' => 'O',
        'ş' => 's',
        'Ş' => 'S',
        'Ü' => 'U',
        'â' | 'Â' => 'a',
        'ı' | 'î' | 'Î' => 'i',
        'ü' | 'û' | 'Û' => 'u',
        '_' | '–' | '—' => '-',
        '[' | '{' => '(',
        ']' | '}' => ')',
        '’' | '‘' => '\'',
        other => other,
    }
}

/// Codes of the levels that are parts of ISO 8859 beside the first.
const LEVELS: &[&str] = &["UNOD", "UNOE", "UNOF", "UNOG", "UNOH", "UNOI", "UNOJ", "UNOK"];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn level(code: &str) -> Level {
        Level::of(code, 4).unwrap()
    }

    #[test]
    fn bytes_are_read_by_their_level() {
        let check = |code: &str, bytes: &[u8], expected: Option<&str>| {
            assert_eq!(level(code).decode(bytes.into(), 100).ok().as_deref(), expected, "{code} {bytes:x?}");
        };
        check("UNOA", b"ABC", Some("ABC"));
        check("UNOB", b"a\xFC", None);
        check("UNOC", b"\xFC\xDE", Some("üÞ"));
        check("UNOC", b"\x9F", None);
        check("UNOK", b"\xFC\xDE\xFD", Some("üŞı"));
        check("UNOK", b"\x80", None);
        check("UNOY", "üŞı".as_bytes(), Some("üŞı"));
        check("UNOY", b"a\xDE", None);
        check("UNOD", b"\xB3", Some("ł"));
        let before = "ab".to_owned();
        assert_eq!(level("UNOK").decode(b"ab\x80c".into(), 100), Err(Undecodable::Byte { before }));
        assert_eq!(level("UNOK").decode(b"ab\xFC".into(), 6), Err(Undecodable::TooLarge));
        assert!(level("UNOK").decode(b"ab\xFC".into(), 7).is_ok() && level("UNOY").decode(b"abc".into(), 0).is_ok());
    }

    #[test]
    fn levels_beyond_f_need_syntax_4() {
        assert_eq!(Level::of("UNOC", 3), Some(Level::C));
        assert_eq!(Level::of("UNOK", 3), None);
        assert_eq!(Level::of("UNOX", 4), None);
        assert_eq!(Level::of("XXXX", 4), None);
    }

    #[test]
    fn turkish_is_folded_where_the_level_lacks_it() {
        let check = |code: &str, expected: &str| {
            let said = level(code).folded("İşçi_ğü [1]").into_owned();
            assert_eq!(said, expected, "{code}");
            assert_eq!(level(code).decode(level(code).encode(&said).into(), 100).unwrap(), said, "{code}");
        };
        check("UNOA", "ISCI-GU (1)");
        check("UNOB", "Isci-gu (1)");
        check("UNOC", "Isçi_gü [1]");
        check("UNOK", "İşçi_ğü [1]");
        check("UNOY", "İşçi_ğü [1]");
    }
}
