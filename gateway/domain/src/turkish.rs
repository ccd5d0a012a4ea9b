//! Turkish letters: how people's text is compared, searched and put in order. Identifiers keep to ASCII rules instead.
//!
//! Source: facts on people, section 5.

/// What a search looks for: `İSTANBUL`, `ıstanbul` and `istanbul` are one, and so are `ş` and `s`.
///
/// Letters are made small and lose their marks; everything else stays.
pub fn fold(text: &str) -> String {
    text.chars().filter(|letter| !is_mark(*letter)).flat_map(|letter| folded(letter).to_lowercase()).collect()
}

/// By what names are put in order: the Turkish alphabet, small and capital letters alike, digits before letters.
pub fn sort_key(text: &str) -> Vec<u32> {
    text.chars().filter(|letter| !is_mark(*letter)).map(place).collect()
}

/// A number as people type it, `1.234,56` or `1234,56`, as messages write it: `1234.56`.
///
/// `None` for anything else, `1,234.56` and `1234.56` among it: what could be meant in two ways is never guessed.
pub fn plain_number(typed: &str) -> Option<String> {
    let (whole, fraction) =
        typed.trim().split_once(',').map_or((typed.trim(), None), |(whole, rest)| (whole, Some(rest)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split('.');
    let first = groups.next().filter(|first| is_digits(first) && (first.len() <= 3 || !whole.contains('.')))?;
    let mut plain = first.to_owned();
    for group in groups {
        plain.push_str(Some(group).filter(|group| group.len() == 3 && is_digits(group))?);
    }
    match fraction {
        None => Some(plain),
        Some(fraction) if is_digits(fraction) => Some(format!("{plain}.{fraction}")),
        Some(_) => None,
    }
}

/// The combining marks that a Mac writes apart from their letters.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn folded(letter: char) -> char {
    match letter {
        'İ' | 'I' | 'ı' | 'î' | 'Î' => 'i',
        'ş' | 'Ş' => 's',
        'ç' | 'Ç' => 'c',
        'ğ' | 'Ğ' => 'g',
        'ö' | 'Ö' => 'o',
        'ü' | 'Ü' | 'û' | 'Û' => 'u',
        'â' | 'Â' => 'a',
        other => other,
    }
}

fn place(letter: char) -> u32 {
    let small = match letter {
        'I' => 'ı',
        'İ' | 'î' | 'Î' => 'i',
        'â' | 'Â' => 'a',
        'û' | 'Û' => 'u',
        other => other.to_lowercase().next().unwrap_or(other),
    };
    match ALPHABET.chars().position(|known| known == small) {
        Some(place) => BEFORE_LETTERS + u32::try_from(place).unwrap_or_default(),
        None if small.is_alphabetic() => AFTER_LETTERS + u32::from(small),
        None => u32::from(small).min(BEFORE_LETTERS - 1),
    }
}

/// With the three letters that Turkish borrows, where dictionaries put them.
const ALPHABET: &str = "abcçdefgğhıijklmnoöpqrsştuüvwxyz";
const BEFORE_LETTERS: u32 = 0x100;
const AFTER_LETTERS: u32 = 0x200;

#[cfg(test)]
mod tests {
    use super::*;

    /// P-4.12.2
    #[test]
    fn a_search_finds_whatever_keyboard_it_was_typed_on() {
        for name in ["ISPARTA", "ısparta", "Isparta", "isparta", "İsparta"] {
            assert_eq!(fold(name), "isparta", "{name}");
        }
        assert_eq!(fold("ÇAĞRI GÜMRÜK MÜŞAVİRLİĞİ"), "cagri gumruk musavirligi");
        assert_eq!(fold("i\u{307}stanbul"), "istanbul");
        assert_eq!(fold("S\u{327}is\u{327}e"), "sise");
    }

    #[test]
    fn numbers_are_taken_as_turkish_people_type_them() {
        let check = |typed: &str, plain: Option<&str>| assert_eq!(plain_number(typed).as_deref(), plain, "{typed}");
        check(" 1.234,56 ", Some("1234.56"));
        check("1234,5", Some("1234.5"));
        check("1.234.567", Some("1234567"));
        check("600", Some("600"));
        for wrong in
            ["", "1,234.56", "1234.56", "1.23", "1.", ",5", "5,", "-1", "1 000", "1.2345", "12345.678", "x", "٣"]
        {
            check(wrong, None);
        }
    }

    #[test]
    fn names_stand_in_the_order_of_the_turkish_alphabet() {
        let mut names =
            ["Zeytin", "ılgın", "İzmir", "irmik", "Çay", "Cam", "öz", "Oya", "şal", "su", "9 Eylül", "Ufuk", "Ütü"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(
            names,
            ["9 Eylül", "Cam", "Çay", "ılgın", "irmik", "İzmir", "Oya", "öz", "su", "şal", "Ufuk", "Ütü", "Zeytin"]
        );
    }
}
