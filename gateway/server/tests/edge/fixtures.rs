//! Every declaration of `fixtures/bilge`, with its exact answer, on both stores.
//!
//! `EBIRLIK_FIXTURES=write` writes the answers instead of comparing; status, codes, fee and places are always
//! compared with `case.toml`, which was computed apart from the product.

use crate::office::{Edge, fixture};
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
    user: String,
    request: String,
    #[serde(default)]
    query: String,
    content_type: Option<String>,
    status: u16,
    durum: String,
    surum: Option<u32>,
    #[serde(default)]
    codes: Vec<String>,
    fee: Option<String>,
    answer: String,
    #[serde(default)]
    fault: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    code: String,
    yol: String,
    satir: u32,
    sutun: u32,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bilge")
}

fn cases() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("cases").flatten();
    entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Everything that differs from what the case expects, in words.
async fn run(engine: Engine, name: &str) -> Vec<String> {
    let toml = fs::read_to_string(folder().join(name).join("case.toml")).expect("a case");
    let case: Case = toml::from_str(&toml).expect("a case.toml");
    let edge = Edge::on(engine).await;
    let mut wrong = Vec::new();
    for (number, step) in case.step.iter().enumerate() {
        let mut differs = |what: &str, expected: &str, found: &str| {
            if expected != found {
                wrong.push(format!("{name} step {}: {what}: expected {expected}, found {found}", number + 1));
            }
        };
        let address =
            if step.query.is_empty() { "/v1/approvals".to_owned() } else { format!("/v1/approvals?{}", step.query) };
        let media = step.content_type.as_deref().unwrap_or("application/xml");
        let request = edge.post(&address, &step.user).header("content-type", media);
        let sent = request.body(fixture(&format!("bilge/{name}/{}", step.request))).send().await.expect("an answer");
        let status = sent.status().as_u16();
        let answer = sent.text().await.expect("a text");
        differs("status", &step.status.to_string(), &status.to_string());
        differs("Durum", &step.durum, &between(&answer, "<Durum>", "</Durum>"));
        differs("codes", &step.codes.join(" "), &codes(&answer).join(" "));
        if let Some(fee) = &step.fee {
            differs("fee", fee, &between(&answer, "<Tutar>", "</Tutar>"));
        }
        if let Some(version) = step.surum {
            differs("Surum", &version.to_string(), &between(&answer, "<Surum>", "</Surum>"));
        }
        let places: Vec<String> = answer.split("<Hata ").skip(1).map(place).collect();
        for (fault, found) in step.fault.iter().zip(places.iter().chain(std::iter::repeat(&String::new()))) {
            differs("place", &format!("{} {} {}:{}", fault.code, fault.yol, fault.satir, fault.sutun), found);
        }
        let file = folder().join(name).join(&step.answer);
        if std::env::var("EBIRLIK_FIXTURES").is_ok_and(|mode| mode == "write") && engine == Engine::Sqlite {
            fs::write(&file, &answer).expect("written");
        }
        differs("answer", &fs::read_to_string(&file).unwrap_or_default(), &answer);
    }
    let report = ebirlik_operations::audit::audit(&edge.office).await.expect("an audit");
    wrong.extend(report.broken.into_iter().map(|broken| format!("{name}: {}: {}", broken.invariant, broken.found)));
    wrong
}

pub(crate) fn between(text: &str, start: &str, end: &str) -> String {
    text.split_once(start)
        .and_then(|(_, rest)| rest.split_once(end))
        .map(|(found, _)| found.to_owned())
        .unwrap_or_default()
}

/// Codes of the errors, or of the notices where there are none.
pub(crate) fn codes(answer: &str) -> Vec<String> {
    let of =
        |element: &str| answer.split(element).skip(1).map(|rest| between(rest, "kod=\"", "\"")).collect::<Vec<_>>();
    let errors = of("<Hata ");
    if errors.is_empty() { of("<Bildirim ") } else { errors }
}

fn place(hata: &str) -> String {
    let attribute = |name: &str| between(hata, &format!("{name}=\""), "\"");
    format!("{} {} {}:{}", attribute("kod"), attribute("yol"), attribute("satir"), attribute("sutun"))
}

async fn all(engine: Engine) {
    let mut wrong = Vec::new();
    for name in cases() {
        wrong.extend(run(engine, &name).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// G-21, G-22, G-35, G-88 and every id that the cases name.
#[tokio::test(flavor = "multi_thread")]
async fn every_case_gets_its_exact_answer_on_sqlite() {
    all(Engine::Sqlite).await;
}

/// G-21, G-22, G-35, G-88 and every id that the cases name.
#[tokio::test(flavor = "multi_thread")]
async fn every_case_gets_its_exact_answer_on_postgres() {
    all(Engine::Postgres).await;
}

/// The count, and the wire's breadth.
#[test]
fn there_are_at_least_thirty_cases_and_each_refusal_has_one() {
    let cases = cases();
    assert!(cases.len() >= 30);
    let all: String =
        cases.iter().map(|case| fs::read_to_string(folder().join(case).join("case.toml")).expect("a case")).collect();
    for code in [
        "E1001", "E1002", "E1003", "E1004", "E1005", "E2001", "E2002", "E2003", "E2004", "E2005", "E2006", "E2007",
        "E3001", "E3002", "E3003", "E3004", "E3005", "E3006", "E3007", "E3008", "E3009", "E5001", "N4001", "N4002",
    ] {
        assert!(all.contains(code), "{code}");
    }
}
