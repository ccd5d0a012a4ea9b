//! Does another parser agree with ours on what is well-formed? libxml2, of other hands and in another language, is
//! asked about thousands of damaged messages.
//!
//! Where the contract decides ([`Ours::ByContract`]) the other is not asked; everything else that the two see
//! differently is a fault of one of them.

#![cfg(test)]

mod damage;

use damage::Dice;
use ebirlik_message::{RequestFacts, read};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What our reader says of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ours {
    /// Well-formed: read, or another message (E1005).
    Good,
    /// Not well-formed (E1001), or bytes that its encoding does not know (E1004).
    Bad,
    /// Refused for what XML allows: DTD, entity, processing instruction, inclusion (E1002), limits (E1003), other
    /// versions than 1.0, encodings that we do not take. Or taken because a byte order mark beats the declaration, or
    /// because ISO-8859-9 is windows-1254.
    ByContract,
}

fn ours(document: &[u8]) -> Ours {
    let code = read(document, &RequestFacts::default()).map_err(|error| error.finding().code().as_str().to_owned());
    match code.as_ref().err().map(String::as_str) {
        None | Some("E1005") if names_encoding(document) && is_told_otherwise(document) => Ours::ByContract,
        None | Some("E1005") => Ours::Good,
        Some("E1001") if !says_other_version(document) => Ours::Bad,
        Some("E1004") if !names_encoding(document) => Ours::Bad,
        _ => Ours::ByContract,
    }
}

/// XML 1.1 and versions to come are E1001; XML 1.0 (fifth edition) lets a processor read 1.x.
fn says_other_version(document: &[u8]) -> bool {
    let start = plain_start(document);
    start.starts_with("<?xml") && !start.contains("version=\"1.0\"") && !start.contains("version='1.0'")
}

/// Of other encodings than UTF-8 the two know different ones, and draw their borders differently (0x81 in ISO-8859-9).
fn names_encoding(document: &[u8]) -> bool {
    let start = plain_start(document);
    start.contains("encoding") && (is_utf16(document) || !start.contains("\"UTF-8\""))
}

/// A byte order mark beats the declaration; what ISO-8859-9 has between 0x80 and 0x9F are windows-1254's letters.
fn is_told_otherwise(document: &[u8]) -> bool {
    is_utf16(document)
        || document.starts_with(b"\xEF\xBB\xBF")
        || document.iter().any(|byte| (0x80..=0x9F).contains(byte))
}

fn is_utf16(document: &[u8]) -> bool {
    document.starts_with(&[0xFF, 0xFE]) || document.starts_with(&[0xFE, 0xFF])
}

/// The first characters, of UTF-16 too.
fn plain_start(document: &[u8]) -> String {
    let start = document.iter().take(200).filter(|byte| **byte != 0);
    start.skip_while(|byte| !byte.is_ascii()).map(|byte| char::from(*byte)).collect()
}

/// Which of the documents libxml2 does not find well-formed, namespaces included.
fn refused_by_libxml2(documents: &[Vec<u8>]) -> Vec<bool> {
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<String> = (0..documents.len()).map(|number| number.to_string()).collect();
    for (name, document) in names.iter().zip(documents) {
        fs::write(folder.path().join(name), document).expect("written");
    }
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--nowarning"])
        .args(&names)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .output()
        .unwrap_or_else(|fault| panic!("xmllint does not run ({fault}): install the Debian package libxml2-utils"));
    let mut refused = vec![false; documents.len()];
    for line in output.stderr.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        // `12:3: parser error : ...`: document 12, line 3.
        let Some((name, what)) = line.split_once(':') else { continue };
        let is_error = what.split_once(" error : ").is_some_and(|(place, what)| {
            // A namespace need not be a well-formed address; libxml2 would like it to be.
            place.starts_with(|letter: char| letter.is_ascii_digit()) && !what.contains("is not a valid URI")
        });
        if let Some(refused) = name.parse().ok().filter(|_| is_error).and_then(|number: usize| refused.get_mut(number))
        {
            *refused = true;
        }
    }
    refused
}

/// Asks both, and says where they differ.
fn differing(documents: &[Vec<u8>], tally: &mut Tally) -> Vec<String> {
    let mut differences = Vec::new();
    for (document, is_refused) in documents.iter().zip(refused_by_libxml2(documents)) {
        match (ours(document), is_refused) {
            (Ours::Good, false) => tally.good += 1,
            (Ours::Bad, true) => tally.bad += 1,
            (Ours::ByContract, _) => tally.by_contract += 1,
            // libxml2 keeps its text as C does and takes U+0000 behind the root for the end.
            (Ours::Bad, false) if document.contains(&0) => tally.bad += 1,
            (ours, _) => {
                let said = read(document, &RequestFacts::default()).err().map(|error| error.finding().clone());
                differences.push(format!("{ours:?}: {}\n{said:?}", document.escape_ascii()));
            }
        }
    }
    differences
}

#[derive(Debug, Default)]
struct Tally {
    good: usize,
    bad: usize,
    by_contract: usize,
}

#[test]
fn libxml2_agrees_on_damaged_messages() {
    let seeds = damage::seeds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"));
    let mut dice = Dice::new(SEED);
    let mut tally = Tally::default();
    let mut differences = Vec::new();
    for _ in 0..ROUNDS {
        let documents: Vec<Vec<u8>> = (0..ROUND).map(|_| damage::damaged(&mut dice, &seeds)).collect();
        differences.extend(differing(&documents, &mut tally));
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n\n"));
    // A generator that only makes rubbish, or nothing bad, would prove nothing.
    assert!(tally.good > ROUNDS * ROUND / 20 && tally.bad > ROUNDS * ROUND / 4, "{tally:?}");
}

/// Any will do; a difference is found again with the same.
const SEED: u64 = 20_261_122;
const ROUNDS: usize = 40;
/// Documents in one run of xmllint, which takes them as arguments.
const ROUND: usize = 500;
