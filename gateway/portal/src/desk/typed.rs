//! A code as it was typed, in groups of four, with the doubtful letter marked. Nothing is corrected.

use crypto_code::{CryptoCode, MistypedKind};

/// One letter as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) shown: char,
    /// Look here.
    pub(crate) doubtful: bool,
}

/// The typed letters without separators, in fours; `doubtful_at` counts from 1.
pub(crate) fn groups(typed: &str, doubtful_at: Option<u8>) -> Vec<Vec<Letter>> {
    let letters: Vec<char> = typed.chars().filter(|letter| !only_separates(*letter)).collect();
    let mut shown: Vec<Letter> = letters
        .iter()
        .take(LETTERS_MAX)
        .zip(1..)
        .map(|(letter, place)| Letter { shown: letter.to_ascii_uppercase(), doubtful: Some(place) == doubtful_at })
        .collect();
    if letters.len() > LETTERS_MAX {
        shown.push(Letter { shown: '…', doubtful: false });
    }
    shown.chunks(4).map(<[Letter]>::to_vec).collect()
}

/// Whether the code's own reading passes a character over.
pub(crate) fn only_separates(letter: char) -> bool {
    let nothing = MistypedKind::Length { found: 0 };
    CryptoCode::parse(letter.encode_utf8(&mut [0; 4])).is_err_and(|mistyped| mistyped.kind == nothing)
}

/// Of a longer text the beginning says enough.
const LETTERS_MAX: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, at: Option<u8>, expected: &str) {
        let shown: Vec<String> = groups(typed, at)
            .iter()
            .map(|group| {
                let marked = |letter: &Letter| {
                    if letter.doubtful { format!("[{}]", letter.shown) } else { letter.shown.to_string() }
                };
                group.iter().map(marked).collect()
            })
            .collect();
        assert_eq!(shown.join("-"), expected);
    }

    #[test]
    fn letters_stand_in_fours_with_the_doubtful_one_marked() {
        check("1sf9 nd6a.hm0a–p8a0", Some(14), "1SF9-ND6A-HM0A-P[8]A0");
        check("1sf9n", None, "1SF9-N");
        check("ışü", Some(3), "ış[ü]");
        check("", None, "");
        check(&"A".repeat(100), None, "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-…");
    }
}
