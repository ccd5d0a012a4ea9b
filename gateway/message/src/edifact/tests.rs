//! The reader takes any bytes, and our own answers are what their tables allow.

use super::directory::{Directory, Table};
use super::level::Level;
use super::segments::Cutting;
use super::structure::{self, Shapes};
use super::{marks, read};
use crate::content::Content;
use crate::reply;
use crate::request::{Limits, RequestFacts, Wire};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Decision, Refusal};
use ebirlik_domain::finding::Finding;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn files(prefix: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edifact");
    let folders = fs::read_dir(root).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder.path()).unwrap().flatten());
    let paths = files.map(|file| file.path()).filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(prefix) && path.extension().is_some_and(|extension| extension == "edi")
    });
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// What the tables say against an answer of ours, in words.
fn flaws(answer: &[u8]) -> Vec<String> {
    let opening = marks::opening(answer).unwrap();
    let level = Level::of(&opening.level, opening.version).unwrap();
    let text = level.decode(answer.into(), usize::MAX).unwrap();
    let (segments, broken) = Cutting::of(opening.marks, level).cut(&text, opening.at);
    assert_eq!(broken, None, "{text}");
    let mut flaws = super::interchange::open(&segments).flaws;
    let contents = super::interchange::open(&segments);
    for place in contents.messages {
        let message = &segments.list[place];
        let said = |component| segments.said(&message[0], 2, component).into_owned();
        let directory = Directory::of(&said(2), &said(3), &said(4));
        let table = directory.map_or(Table::of_syntax(opening.version), Directory::table);
        flaws.extend(structure::place(message, table.message(&said(1))).flaws);
        let shapes = Shapes { segments: &segments, marks: opening.marks, version: opening.version, directory };
        for segment in message.iter().chain([&segments.list[0], segments.list.last().unwrap()]) {
            shapes.check(segment, 1, &mut flaws);
        }
    }
    flaws.iter().map(super::flaw::Flaw::detail).collect()
}

/// G-91: every answer that we publish is a message of its directory, of one or more messages.
#[test]
fn answers_are_what_their_tables_allow() {
    let answers = files("answer");
    assert!(answers.len() > 100);
    for (path, answer) in answers {
        assert_eq!(flaws(&answer), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn more_than_99_findings_take_several_messages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edifact/d96b-one-item/request.edi");
    let source = read(fs::read(root).unwrap(), &RequestFacts::default()).unwrap().source;
    let findings = vec![Finding::new(Rule::GtipUnknown).value("x".repeat(200)); 250];
    let refusal = Refusal::of_findings(Some("A".to_owned()), findings);
    let answer = reply::write(&Decision::Refused(refusal), Some(&source));
    assert_eq!(flaws(&answer), Vec::<String>::new());
    let text = String::from_utf8_lossy(&answer).into_owned();
    assert_eq!(text.matches("ERC+E2005").count(), 250);
    assert!(text.contains("'UNZ+3+"), "{text}");
}

/// A fault is never dressed as a refusal: neither 27 nor RE stand in it.
#[test]
fn a_fault_says_that_it_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edifact/d96b-one-item/request.edi");
    let source = read(fs::read(root).unwrap(), &RequestFacts::default()).unwrap().source;
    let fault = Decision::Refused(Refusal::of(None, Finding::new(Rule::Busy)));
    let answer = reply::write(&fault, Some(&source));
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("'BGM+963+GB-EDI-0001+11+NA'") && answer.contains("'GIS+14:::GECICI_HATA'"), "{answer}");
    assert!(answer.contains("'ERC+E9001::ZZZ'"), "{answer}");
}

#[test]
fn both_forms_of_one_declaration_have_one_digest() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edifact/one-declaration");
    let declared = |file: &str, wire: Wire| {
        let facts = RequestFacts { secretariat: Some("IMMIB"), ..RequestFacts::default() };
        wire.read(fs::read(folder.join(file)).unwrap(), &facts).unwrap().declaration
    };
    let wrapped = declared("wrapped.xml", Wire::Xml);
    for (file, wire) in
        [("bare.xml", Wire::Xml), ("cusdec-d96b.edi", Wire::Edifact), ("cusdec-d19b.edi", Wire::Edifact)]
    {
        let other = declared(file, wire);
        let differences = crate::content::differences(&wrapped.content, &other.content);
        assert_eq!(differences, [], "{file}");
        assert_eq!(other.digest, wrapped.digest, "{file}");
    }
}

/// What the profile does not read stays with the declaration.
#[test]
fn nothing_that_was_sent_is_lost() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edifact/segments-that-are-kept/request.edi");
    let declaration = read(fs::read(root).unwrap(), &RequestFacts::default()).unwrap().declaration;
    let content = Content::parse(&declaration.content).unwrap();
    let kept = |path: &str| content.kept().iter().find(|(found, _)| found == path).map(|(_, text)| text.as_ref());
    assert_eq!(kept("/CUSDEC/EQD"), Some("CN+MSKU1234565"));
    assert_eq!(kept("/CUSDEC/CST[1]/TAX"), Some("6+OTH"));
    assert_eq!(kept("/CUSDEC/CNT"), Some("5:1"));
    assert_eq!(kept("/CUSDEC/AUT"), None);
}

#[test]
fn limits_hold() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edifact/d19b-two-items-cif/request.edi");
    let body = fs::read(file).unwrap();
    let limits = Limits { items: 1, ..Limits::default() };
    let error = read(&body[..], &RequestFacts { limits, ..RequestFacts::default() }).unwrap_err();
    assert_eq!(error.finding().rule, Rule::TooManyItems);
    let flood = [b"UNB+UNOC:3+A+B+261121:1400+1'UNH+1+CUSDEC:D:96B:UN'".to_vec(), b"A+A'".repeat(10)].concat();
    let error = read(&flood[..], &RequestFacts::default()).unwrap_err();
    assert_eq!(error.finding().rule, Rule::EdifactSyntax);
    let flood = [b"UNB+UNOC:3+A+B+261121:1400+1'".to_vec(), b"AAA+A'".repeat(500_001)].concat();
    let error = read(&flood[..], &RequestFacts::default()).unwrap_err();
    assert_eq!(error.finding().rule, Rule::TooManySegments);
}

proptest! {
    /// Any bytes give a declaration or an answer that names what is wrong.
    #[test]
    fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Err(error) = read(&bytes[..], &RequestFacts::default()) {
            let (_, contrl) = error.into_parts();
            prop_assert!(contrl.is_some_and(|contrl| flaws(&contrl.bytes).is_empty()));
        }
    }

    /// So does every message with some bytes of it changed.
    #[test]
    fn a_changed_message_gives_an_answer(
        choice in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), prop::sample::select(BYTES)), 1..6),
    ) {
        let requests = files("request");
        let mut bytes = requests[choice.index(requests.len())].1.clone();
        for (place, byte) in changes {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        match read(&bytes[..], &RequestFacts::default()) {
            Ok(read) => {
                let refusal = Refusal::of_findings(None, vec![Finding::new(Rule::GtipUnknown)]);
                let answer = reply::write(&Decision::Refused(refusal), Some(&read.source));
                prop_assert_eq!(flaws(&answer), Vec::<String>::new());
            }
            Err(error) => {
                let (_, contrl) = error.into_parts();
                prop_assert_eq!(flaws(&contrl.unwrap().bytes), Vec::<String>::new());
            }
        }
    }
}

/// Bytes that mean something, and some that do not.
const BYTES: &[u8] = b"'+:?*.,-AZaz019 \r\n\x00\x1C\x1D\x1F\x80\xC5\xDE\xFF";
