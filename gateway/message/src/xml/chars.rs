//! Which characters and names does XML 1.0 allow?

use memchr::memchr;

/// The first character of a text that XML 1.0 forbids, and whether there is a carriage return.
/// Source: XML 1.0 (fifth edition), production 2.
pub(super) fn survey(text: &str) -> (Option<usize>, bool) {
    let bytes = text.as_bytes();
    let has_return = memchr(b'\r', bytes).is_some();
    for (start, chunk) in (0..).step_by(CHUNK).zip(bytes.chunks(CHUNK)) {
        // Without early ends and of a known length where there is one, so that it is done many bytes at a time.
        let suspicious = match chunk.as_array::<CHUNK>() {
            Some(chunk) => chunk.iter().fold(false, |found, byte| found | is_suspicious(*byte)),
            None => chunk.iter().any(|byte| is_suspicious(*byte)),
        };
        if suspicious {
            let is_forbidden = |index: &usize| match bytes.get(*index..) {
                Some([0xEF, 0xBF, 0xBE | 0xBF, ..]) => true,
                Some([byte, ..]) => is_suspicious(*byte) && *byte != 0xEF,
                _ => false,
            };
            if let Some(forbidden) = (start..start + chunk.len()).find(is_forbidden) {
                return (Some(forbidden), has_return);
            }
        }
    }
    (None, has_return)
}

/// A forbidden character, or what U+FFFE and U+FFFF begin with.
fn is_suspicious(byte: u8) -> bool {
    byte == 0xEF || byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != b'\r'
}

const CHUNK: usize = 64;

/// Production 2: a character that may stand in a document.
pub(super) fn is_char(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// White space as XML knows it.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// White space alone, or nothing.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// A name without a colon. Source: Namespaces in XML 1.0, production 4 (`NCName`).
pub(super) fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(starts_name) && letters.all(continues_name)
}

fn starts_name(letter: char) -> bool {
    matches!(letter,
        'a'..='z' | 'A'..='Z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn continues_name(letter: char) -> bool {
    starts_name(letter)
        || matches!(letter, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<usize>) {
        assert_eq!(survey(text).0, expected, "{text:?}");
    }

    #[test]
    fn forbidden_characters_are_found_wherever_they_stand() {
        check("plain\t\r\n ş \u{85} \u{FFFD} \u{FEFF} \u{FF0C}", None);
        check("\u{0}", Some(0));
        check("\u{1F}", Some(0));
        check("ab\u{FFFE}", Some(2));
        let far = "x".repeat(200) + "\u{B}";
        check(&far, Some(200));
        // A character that lies across two chunks.
        check(&("x".repeat(CHUNK - 1) + "\u{FFFF}"), Some(CHUNK - 1));
        assert!(survey("a\rb").1 && !survey("a\nb").1);
    }

    #[test]
    fn the_survey_agrees_with_the_production() {
        for letter in (0..=0x2_0000).filter_map(char::from_u32) {
            assert_eq!(survey(&letter.to_string()).0.is_none(), is_char(letter), "{letter:?}");
        }
    }

    #[test]
    fn names_follow_the_production() {
        for good in ["a", "_", "Gümrük", "İ", "a-b.c1", "x·y"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "1a", "-a", ".a", "a b", "a:b", "a/b", "a<", "·a", "a\u{D7}", "a&"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
