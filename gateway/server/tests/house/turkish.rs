//! Is what people read and write held to the rules of Turkish? Each rule has a test that says so, and what only looking at
//! every sentence can hold is held here.

use super::{assert_none, evidence, files, product, read, root, rust_files};
use std::fs;

/// The rules of Turkish on people's pages and papers. A test bears one by the words `Turkish rules:` in its notes.
const RULES: [&str; 17] = [
    "case",       // İ and ı for people's text, ASCII for identifiers
    "search",     // whatever keyboard, whatever form of the letters
    "order",      // the Turkish alphabet, in lists and in files, on both stores
    "numbers",    // 1.234,56 and 1234,56 are taken, 1,234.56 is refused with a hint
    "money",      // 1.234,56 TL, two digits of kuruş
    "words",      // sums in words on receipts
    "percent",    // %12,5
    "date",       // dd.MM.yyyy, hours and minutes in one form
    "time zone",  // the day ends at midnight in Türkiye; files say the offset
    "names",      // apostrophes, single names, 200 letters, never capitals
    "tax number", // which digit rule failed
    "IBAN",       // in fours, the bank's name beside it
    "phone",      // eleven digits from 0; +90 and blanks are taken
    "GTİP",       // dots are taken and shown
    "encodings",  // old ones are read rightly or refused, never garbled
    "suffixes",   // none hangs on a value
    "plural",     // none after a number
];

#[test]
fn every_rule_of_turkish_has_a_test() {
    let evidence = evidence();
    let borne: Vec<&str> =
        evidence.iter().filter_map(|line| line.split_once("Turkish rules: ")).map(|(_, rules)| rules).collect();
    let is_borne = |rule: &str| {
        borne.iter().any(|rules| {
            rules.split('.').next().into_iter().flat_map(|named| named.split(", ")).any(|named| named == rule)
        })
    };
    assert_none(RULES.iter().filter(|rule| !is_borne(rule)).map(|rule| format!("no test bears the rule: {rule}")));
}

/// Turkish rules: suffixes, plural.
#[test]
fn no_suffix_hangs_on_a_value_and_no_plural_follows_a_number() {
    let mut wrong = Vec::new();
    for (file, text) in sentences() {
        // What is drawn says nothing.
        for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.contains("<path ")) {
            // Pages have their own braces, `{% if %}`; a value stands in two.
            let end = if file.ends_with("html") { "}}" } else { "}" };
            for after in line.split(end).skip(1) {
                if after.starts_with(|next: char| next.is_alphabetic() || "'’".contains(next)) {
                    wrong.push(format!("{file}:{number}: hangs on a value: }}{after}"));
                }
                let next = after.strip_prefix(' ').and_then(|rest| rest.split([' ', '.', ',', ':', '"', '<']).next());
                if next.is_some_and(|word| word.ends_with("lar") || word.ends_with("ler")) {
                    wrong.push(format!("{file}:{number}: a plural after a value: {line}"));
                }
            }
        }
    }
    assert_none(wrong);
}

/// Turkish rules: case. Letters are made small for people by `turkish.rs` alone; elsewhere only ASCII letters change.
#[test]
fn only_one_file_makes_letters_small() {
    let mut wrong = Vec::new();
    for file in rust_files().iter().filter(|file| {
        file.contains("/src/") && !file.ends_with("/tests.rs") && !file.ends_with("domain/src/turkish.rs")
    }) {
        for (line, number) in product(&read(file)).lines().zip(1..) {
            if ["lower", "upper"].iter().any(|case| line.contains(&format!(".to_{case}case()"))) {
                wrong.push(format!("{file}:{number}: say to_ascii_..., or ask domain/src/turkish.rs"));
            }
        }
    }
    assert_none(wrong);
}

/// Turkish rules: date. Hours and minutes stand apart by a colon, on pages, papers and in mails.
#[test]
fn hours_and_minutes_have_one_form() {
    let dotted = ["%H", ".%M"].concat();
    let wrong = rust_files().into_iter().filter(|file| read(file).contains(&dotted));
    assert_none(wrong.map(|file| format!("writes hours with a dot: {file}")));
}

/// Everything that people read: the pages and mails, the tables of sentences, and the catalogue of errors.
fn sentences() -> Vec<(String, String)> {
    let folder = root();
    let mut texts = Vec::new();
    for path in files(&folder.join("gateway")).into_iter().chain([folder.join("schemas/errors/catalogue.toml")]) {
        let name = path.strip_prefix(&folder).expect("below the root").display().to_string();
        let ends = |end: &str| path.extension().is_some_and(|given| given == end);
        let is_table = ends("rs") && name.contains("/src/") && !name.contains("tests");
        let is_text = ["html", "txt", "toml"].iter().any(|end| ends(end));
        if is_table {
            texts.push((name.clone(), sentence_lines(product(&read(&name)))));
        } else if is_text && !name.ends_with("Cargo.toml") {
            texts.push((name, fs::read_to_string(&path).unwrap_or_default()));
        }
    }
    texts
}

/// Of a source file the lines of its tables of sentences, `name: "Türkçe", "English";`, the others empty.
fn sentence_lines(source: &str) -> String {
    let is_sentence = |line: &&str| {
        let line = line.trim();
        line.ends_with("\";")
            && line.contains("\", \"")
            && line.split_once(": \"").is_some_and(|(name, _)| !name.contains(' '))
    };
    source.lines().map(|line| if is_sentence(&line) { line } else { "" }).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_scans_see_what_they_should() {
    assert_eq!(sentence_lines("x\n    two: \"{n}'te\", \"at {n}\";\n").trim(), "two: \"{n}'te\", \"at {n}\";");
    assert!(sentences().len() > 100);
}
