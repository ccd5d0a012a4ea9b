//! Every interchange of `fixtures/edifact`, with its exact answer, on both stores (G-91).
//!
//! `EBIRLIK_FIXTURES=write` writes the answers instead of comparing; status, state, fee and the segments in `says`
//! are always compared with `case.toml`, which was worked out apart from the product.

use crate::fixtures::between;
use crate::office::{Edge, fixture};
use ebirlik_message::edifact::{self, PlainSegment};
use ebirlik_store::testing::Engine;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Case {
    step: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    request: String,
    #[serde(default)]
    query: String,
    status: u16,
    durum: String,
    fee: Option<String>,
    #[serde(default)]
    says: Vec<String>,
    answer: String,
    code_of: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edifact")
}

fn cases() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("cases").flatten();
    let with_case = entries.filter(|entry| entry.path().join("case.toml").exists());
    with_case.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Everything that differs from what the case expects, in words.
async fn run(edge: &Edge, engine: Engine, name: &str) -> Vec<String> {
    let toml = fs::read_to_string(folder().join(name).join("case.toml")).expect("a case");
    let case: Case = toml::from_str(&toml).expect("a case.toml");
    let mut wrong = Vec::new();
    for (number, step) in case.step.iter().enumerate() {
        let mut differs = |what: &str, expected: &str, found: &str| {
            if expected != found {
                wrong.push(format!("{name} step {}: {what}: expected {expected}, found {found}", number + 1));
            }
        };
        let address = format!("/v1/approvals?{}", step.query);
        let request = edge.post(&address, "broker1").header("content-type", "application/EDIFACT");
        let sent = request.body(fixture(&format!("edifact/{name}/{}", step.request))).send().await.expect("an answer");
        differs("status", &step.status.to_string(), &sent.status().as_u16().to_string());
        let content_type = sent.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        differs("content type", "application/EDIFACT", content_type);
        let answer = sent.bytes().await.expect("a body").to_vec();
        let segments = edifact::segments(&answer).unwrap_or_default();
        differs("state", &step.durum, &state(&segments));
        if let Some(fee) = &step.fee {
            differs("fee", fee, &said(&segments, "MOA", "161", 2));
        }
        if let Some(other) = &step.code_of {
            let other = edifact::segments(&fixture(&format!("edifact/{name}/{other}"))).unwrap_or_default();
            differs("code", &code(&other), &code(&segments));
        }
        let text = String::from_utf8_lossy(&answer).into_owned();
        let mut rest = text.as_str();
        for says in &step.says {
            match rest.find(&format!("'{says}")) {
                Some(at) => rest = &rest[at + 1..],
                None => differs("segment", says, &text),
            }
        }
        let file = folder().join(name).join(&step.answer);
        if std::env::var("EBIRLIK_FIXTURES").is_ok_and(|mode| mode == "write") && engine == Engine::Sqlite {
            fs::write(&file, &answer).expect("written");
        }
        let expected = fs::read(&file).unwrap_or_default();
        differs("answer", &String::from_utf8_lossy(&expected), &text);
    }
    wrong
}

fn state(segments: &[PlainSegment]) -> String {
    let find = |tag: &str| segments.iter().find(|segment| segment.tag == tag);
    match (find("UCI"), find("GIS"), find("GEI")) {
        (Some(_), ..) => "CONTRL".to_owned(),
        (None, Some(indicator), _) => indicator.text(1, 4).to_owned(),
        (None, None, Some(indicator)) => indicator.text(2, 4).to_owned(),
        (None, None, None) => String::new(),
    }
}

/// A component of the first element of the first segment with this qualifier.
fn said(segments: &[PlainSegment], tag: &str, qualifier: &str, component: usize) -> String {
    let found = segments.iter().find(|segment| segment.tag == tag && segment.text(1, 1) == qualifier);
    found.map(|segment| segment.text(1, component).to_owned()).unwrap_or_default()
}

fn code(segments: &[PlainSegment]) -> String {
    let found = segments.iter().find(|segment| segment.tag == "AUT");
    found.map(|segment| segment.text(1, 1).to_owned()).unwrap_or_default()
}

async fn all(engine: Engine) {
    let edge = Edge::on(engine).await;
    let mut wrong = Vec::new();
    for name in cases() {
        wrong.extend(run(&edge, engine, &name).await);
    }
    let report = ebirlik_operations::audit::audit(&edge.office).await.expect("an audit");
    wrong.extend(report.broken.into_iter().map(|broken| format!("{}: {}", broken.invariant, broken.found)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// G-91: syntax 1 to 4, levels, counts, references, release, repetition, groups; good and faulty.
#[tokio::test(flavor = "multi_thread")]
async fn every_interchange_gets_its_exact_answer_on_sqlite() {
    all(Engine::Sqlite).await;
}

/// G-91: the same on the other store.
#[tokio::test(flavor = "multi_thread")]
async fn every_interchange_gets_its_exact_answer_on_postgres() {
    all(Engine::Postgres).await;
}

#[test]
fn there_are_at_least_sixty_cases() {
    assert!(cases().len() >= 60);
}

/// What an answer says of one declaration, whatever its wire.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    status: u16,
    state: String,
    fee: String,
    record_no: String,
    code: String,
}

async fn submit(edge: &Edge, file: &str) -> Facts {
    let is_edifact = file.starts_with("cusdec");
    let content_type = if is_edifact { "application/EDIFACT" } else { "application/xml" };
    let address = if file.starts_with("bare") { "/v1/approvals?secretariat=IMMIB" } else { "/v1/approvals" };
    let request = edge.post(address, "broker1").header("content-type", content_type);
    let sent = request.body(fixture(&format!("edifact/one-declaration/{file}"))).send().await.expect("an answer");
    let status = sent.status().as_u16();
    let answer = sent.bytes().await.expect("a body").to_vec();
    if is_edifact {
        let segments = edifact::segments(&answer).expect("segments");
        let fee = said(&segments, "MOA", "161", 2);
        let record_no = said(&segments, "RFF", "AGU", 2);
        return Facts { status, state: state(&segments), fee, record_no, code: code(&segments) };
    }
    let text = String::from_utf8(answer).expect("text");
    let element = |name: &str| between(&text, &format!("<{name}>"), &format!("</{name}>"));
    let (state, fee) = (element("Durum"), element("Tutar"));
    Facts { status, state, fee, record_no: element("BirlikKayitNo"), code: element("KriptoKodu") }
}

const FORMS: [&str; 4] = ["wrapped.xml", "bare.xml", "cusdec-d96b.edi", "cusdec-d19b.edi"];

/// G-91: each form alone, in a store of its own with the same key and clock: same decision, same price, and the same
/// code, which is the statement's; then all of them one after the other: one approval, told four times.
#[tokio::test(flavor = "multi_thread")]
async fn one_declaration_in_four_forms_is_one_declaration() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut apart = Vec::new();
        for form in FORMS {
            apart.push(submit(&Edge::on(engine).await, form).await);
        }
        let edge = Edge::on(engine).await;
        let mut together = Vec::new();
        for form in FORMS {
            together.push(submit(&edge, form).await);
        }
        let first = apart.first().expect("an answer");
        assert_eq!((first.status, first.state.as_str(), first.code.len()), (200, "ONAYLANDI", 16), "{first:?}");
        for facts in apart.iter().chain(&together) {
            assert_eq!(facts, first);
        }
    }
}
