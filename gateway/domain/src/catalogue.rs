//! What can be wrong with a message, and what we say about it in two languages.
//!
//! [`Code`] and [`Rule`] are made from the one error catalogue `schemas/errors/catalogue.toml` when this
//! crate is built; answers, the page `/errors` and the documentation read the same file (G-88).
//! This module knows nothing of where a rule was broken: that is a finding's business.
//!
//! # Examples
//! ```
//! use ebirlik_domain::catalogue::{fill, Code, Rule};
//!
//! assert_eq!(Rule::GtipUnknown.code(), Code::E2005);
//! assert_eq!(fill(Rule::TooDeep.en(), "", "32"), "The elements are nested more deeply than allowed (limit: 32).");
//! ```

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// Completes a catalogue text: `{value}` becomes what was sent, `{detail}` a limit, a date or a sum.
///
/// A placeholder with nothing to say takes the parenthesis around it along, so that the sentence still
/// reads well. What is put in is never searched for placeholders again.
pub fn fill(text: &str, value: &str, detail: &str) -> String {
    let mut filled = String::with_capacity(text.len() + value.len() + detail.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        let (with, after) = if let Some(after) = from.strip_prefix("{value}") {
            (value, after)
        } else if let Some(after) = from.strip_prefix("{detail}") {
            (detail, after)
        } else {
            ("{", from.strip_prefix('{').unwrap_or(from))
        };
        let parenthesis = (before.rsplit_once(" ("), after.split_once(')'));
        match parenthesis {
            (Some((sentence, opening)), Some((closing, after)))
                if with.is_empty() && !opening.contains(')') && !closing.contains(['(', '{']) =>
            {
                filled.push_str(sentence);
                rest = after;
            }
            _ => {
                filled.push_str(before);
                filled.push_str(with);
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_speaks_both_languages_with_a_remedy() {
        for rule in Rule::ALL {
            for text in [rule.tr(), rule.en(), rule.remedy_tr(), rule.remedy_en()] {
                assert!(text.ends_with('.') && text.len() > 20, "{}: {text}", rule.name());
                assert_eq!(text.trim(), text, "{}", rule.name());
            }
            assert_ne!(rule.tr(), rule.en());
            assert_eq!(Rule::named(rule.name()), Some(*rule));
        }
        assert_eq!(Rule::named("NoSuchRule"), None);
    }

    #[test]
    fn codes_are_unique_and_each_has_a_rule() {
        let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(Rule::ALL.iter().any(|rule| rule.code() == *code), "{}", code.as_str());
            assert!(!code.title_tr().is_empty() && !code.title_en().is_empty());
        }
    }

    #[test]
    fn statuses_are_as_published() {
        for code in Code::ALL {
            let expected = match code.as_str() {
                "E1404" => 404,
                "E1405" => 405,
                "E1406" => 406,
                "E1415" => 415,
                "E3001" => 401,
                "E3002" | "E3004" | "E3005" | "E3008" | "E3009" | "E3010" | "E4001" => 403,
                "E4002" | "E4007" => 409,
                "E9001" => 503,
                "E9002" => 429,
                name => match name.get(..2) {
                    Some("E1") => 400,
                    Some("E2" | "E3" | "E4") => 422,
                    Some("E5") => 409,
                    _ => 200,
                },
            };
            assert_eq!(code.status(), expected, "{}", code.as_str());
            assert_eq!(code.is_notice(), code.status() == 200);
        }
    }

    /// Words that a keyboard without Turkish letters would have produced.
    #[test]
    fn turkish_texts_are_written_with_turkish_letters() {
        let folded = [
            "gonder",
            "dogru",
            "degil",
            "yanlis",
            "yazin",
            "icin",
            "ihracatci",
            "birligi",
            "gumruk",
            "sifre",
            "vekalet",
            "odeme",
            "musteri",
            "tutari ",
            "sayisi",
            "gecer",
            "kullanici",
            "hatali",
            "onayi ",
            "bolum",
            "buyuk",
            "kucuk",
            "uzerinde",
            "yeniden gonderin",
            "doviz",
        ];
        for rule in Rule::ALL {
            for text in [rule.tr(), rule.remedy_tr(), rule.code().title_tr()] {
                let plain: Vec<&str> = text.split(' ').filter(|word| !word.contains('_')).collect();
                let plain = plain.join(" ");
                for word in folded {
                    assert!(!plain.contains(word), "{}: {word} in {text}", rule.name());
                }
            }
        }
    }

    /// A suffix cannot fit every value, so none stands on a placeholder.
    #[test]
    fn placeholders_carry_no_suffix() {
        for rule in Rule::ALL {
            for text in [rule.tr(), rule.en(), rule.remedy_tr(), rule.remedy_en()] {
                for after in text.split('}').skip(1) {
                    assert!(after.starts_with([')', ' ', '.', ',', ';']), "{}: {text}", rule.name());
                }
                let filled = fill(text, "", "");
                assert!(
                    !filled.contains("()") && !filled.contains(": )") && !filled.contains("  "),
                    "{}: {filled}",
                    rule.name()
                );
            }
        }
    }

    #[test]
    fn filling_is_done_once_and_forgives_nothing_to_say() {
        assert_eq!(fill("Long (limit: {detail}).", "", "32"), "Long (limit: 32).");
        assert_eq!(fill("Long (limit: {detail}).", "", ""), "Long.");
        assert_eq!(fill("Short (missing: {detail} TL); wait.", "", ""), "Short; wait.");
        assert_eq!(fill("{value} is bad.", "{detail}", "x"), "{detail} is bad.");
        assert_eq!(fill("a (b) {detail} {c}", "", ""), "a (b)  {c}");
    }
}
