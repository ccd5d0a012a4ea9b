//! Turkish letters: how people's text is compared, searched and put in order. Identifiers keep to ASCII rules instead.
//!
//! Source: facts on people, section 5.

/// What a search looks for: `İSTANBUL`, `ıstanbul` and `istanbul` are one, and so are `ş` and `s`.
///
/// Letters are made small and lose their marks; everything else stays.
pub fn fold(text: &str) -> String {
    text.chars().filter(|letter| !is_mark(*letter)).flat_map(|letter| folded(letter).to_lowercase()).collect()
}

/// By what names are put in order, here and in the databases, byte by byte: the Turkish alphabet, small and capital letters
/// alike, digits before letters. A letter that English lacks is the one before it and `~`, which stands behind all of them.
pub fn sort_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for letter in composed(text).chars() {
        match letter {
            'I' | 'ı' => key.push_str("h~"),
            'Ç' | 'ç' => key.push_str("c~"),
            'Ğ' | 'ğ' => key.push_str("g~"),
            'Ö' | 'ö' => key.push_str("o~"),
            'Ş' | 'ş' => key.push_str("s~"),
            'Ü' | 'ü' => key.push_str("u~"),
            'İ' | 'Î' | 'î' => key.push('i'),
            'Â' | 'â' => key.push('a'),
            'Û' | 'û' => key.push('u'),
            other => key.extend(other.to_lowercase()),
        }
    }
    key
}

/// The letters of Turkish each as one sign, as they are kept: a Mac may write the letter and its mark apart (NFD).
pub fn composed(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        let before = whole.chars().next_back().filter(|_| is_mark(letter));
        match before.and_then(|base| COMPOSED.iter().find(|(parts, _)| *parts == [base, letter])) {
            Some((_, one)) => {
                whole.pop();
                whole.push(*one);
            }
            None => whole.push(letter),
        }
    }
    whole
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

/// A letter and its mark, and the sign for both.
const COMPOSED: [([char; 2], char); 17] = [
    (['c', '\u{327}'], 'ç'),
    (['C', '\u{327}'], 'Ç'),
    (['s', '\u{327}'], 'ş'),
    (['S', '\u{327}'], 'Ş'),
    (['g', '\u{306}'], 'ğ'),
    (['G', '\u{306}'], 'Ğ'),
    (['o', '\u{308}'], 'ö'),
    (['O', '\u{308}'], 'Ö'),
    (['u', '\u{308}'], 'ü'),
    (['U', '\u{308}'], 'Ü'),
    (['I', '\u{307}'], 'İ'),
    (['a', '\u{302}'], 'â'),
    (['A', '\u{302}'], 'Â'),
    (['i', '\u{302}'], 'î'),
    (['I', '\u{302}'], 'Î'),
    (['u', '\u{302}'], 'û'),
    (['U', '\u{302}'], 'Û'),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// P-4.12.2; Turkish rules: search.
    #[test]
    fn a_search_finds_whatever_keyboard_it_was_typed_on() {
        for name in ["ISPARTA", "ısparta", "Isparta", "isparta", "İsparta"] {
            assert_eq!(fold(name), "isparta", "{name}");
        }
        assert_eq!(fold("ÇAĞRI GÜMRÜK MÜŞAVİRLİĞİ"), "cagri gumruk musavirligi");
        assert_eq!(fold("i\u{307}stanbul"), "istanbul");
        assert_eq!(fold("S\u{327}is\u{327}e"), "sise");
    }

    /// Turkish rules: numbers.
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

    /// Turkish rules: search, names.
    #[test]
    fn letters_that_a_mac_wrote_apart_become_one() {
        let apart = "C\u{327}ig\u{306}dem S\u{327}u\u{308}kru\u{308} I\u{307}nce";
        assert_eq!(composed(apart), "Çiğdem Şükrü İnce");
        assert_eq!(composed("é\u{301} \u{327}c"), "é\u{301} \u{327}c", "what is no letter of ours stays");
        assert_eq!((fold(apart), sort_key(apart)), (fold("Çiğdem Şükrü İnce"), sort_key("Çiğdem Şükrü İnce")));
    }

    /// Turkish rules: order.
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
