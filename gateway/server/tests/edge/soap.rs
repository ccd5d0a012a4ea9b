//! `/soap/onay`: every message of `fixtures/soap` with its exact answer, who may send one and how it signs in, and the
//! description for toolkits.
//!
//! `EBIRLIK_FIXTURES=write` writes the answers instead of comparing.

use crate::fixtures::{between, codes};
use crate::office::{Edge, fixture, read};
use ebirlik_store::testing::Engine;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Case {
    step: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    user: Option<String>,
    request: String,
    #[serde(default)]
    query: String,
    content_type: String,
    status: u16,
    durum: String,
    codes: Vec<String>,
    answer: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/soap")
}

fn cases() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("cases").flatten();
    let with_case = entries.filter(|entry| entry.path().join("case.toml").exists());
    with_case.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// A message to the service, by a user or by nobody.
fn post(edge: &Edge, user: Option<&str>, query: &str, content_type: &str) -> RequestBuilder {
    let path = if query.is_empty() { SERVICE.to_owned() } else { format!("{SERVICE}?{query}") };
    let request = user.map_or_else(|| edge.anonymous(Method::POST, &path), |user| edge.post(&path, user));
    request.header("content-type", content_type)
}

async fn all(engine: Engine) {
    let edge = Edge::on(engine).await;
    let mut wrong = Vec::new();
    for name in cases() {
        let toml = fs::read_to_string(folder().join(&name).join("case.toml")).expect("a case");
        let case: Case = toml::from_str(&toml).expect("a case.toml");
        for (number, step) in case.step.iter().enumerate() {
            let mut differs = |what: &str, expected: &str, found: &str| {
                if expected != found {
                    wrong.push(format!("{name} step {}: {what}: expected {expected}, found {found}", number + 1));
                }
            };
            let request = post(&edge, step.user.as_deref(), &step.query, &step.content_type);
            let sent = request.body(fixture(&format!("soap/{name}/{}", step.request))).send().await.expect("an answer");
            let (status, answer) = read(sent).await;
            differs("status", &step.status.to_string(), &status.to_string());
            differs("Durum", &step.durum, &between(&answer, "<Durum>", "</Durum>"));
            differs("codes", &step.codes.join(" "), &codes(&answer).join(" "));
            let file = folder().join(&name).join(&step.answer);
            if std::env::var("EBIRLIK_FIXTURES").is_ok_and(|mode| mode == "write") && engine == Engine::Sqlite {
                fs::write(&file, &answer).expect("written");
            }
            differs("answer", &fs::read_to_string(&file).unwrap_or_default(), &answer);
        }
    }
    let report = ebirlik_operations::audit::audit(&edge.office).await.expect("an audit");
    wrong.extend(report.broken.into_iter().map(|broken| format!("{}: {}", broken.invariant, broken.found)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// G-22, G-35: every message of the fixtures.
#[tokio::test(flavor = "multi_thread")]
async fn every_message_gets_its_exact_answer_on_sqlite() {
    all(Engine::Sqlite).await;
}

/// G-22, G-35: the same on the other store.
#[tokio::test(flavor = "multi_thread")]
async fn every_message_gets_its_exact_answer_on_postgres() {
    all(Engine::Postgres).await;
}

/// A declaration in an envelope.
fn enveloped(namespace: &str, header: &str, reference: &str) -> String {
    let text = String::from_utf8(fixture("first/declaration.xml")).expect("UTF-8");
    let request = text.split_once("?>").expect("an XML declaration").1.replace("BRK-2026-0042", reference);
    format!(
        "<e:Envelope xmlns:e=\"{namespace}\">{header}<e:Body><o:OnayIste xmlns:o=\"urn:ebirlik:onay:1\">{request}\
         </o:OnayIste></e:Body></e:Envelope>"
    )
}

/// G-24, G-35: through either door it is one declaration: one approval, one code, the same answer inside.
#[tokio::test(flavor = "multi_thread")]
async fn one_declaration_by_either_wire_is_one_declaration() {
    let edge = Edge::on(Engine::Sqlite).await;
    let (status, plain) = edge.submit(fixture("first/declaration.xml")).await;
    assert_eq!(status, 200, "{plain}");
    let inside = plain.split_once("?>\n").expect("an XML declaration").1;
    let soap_first = Edge::on(Engine::Sqlite).await;
    for (namespace, content_type) in [(SOAP_11, "text/xml"), (SOAP_12, "application/soap+xml")] {
        let mut answers = BTreeSet::new();
        for edge in [&edge, &edge, &soap_first] {
            let request = post(edge, Some("broker1"), "", content_type);
            let answer = request.body(enveloped(namespace, "", "BRK-2026-0042")).send().await.expect("an answer");
            let type_of_answer = answer.headers()["content-type"].to_str().expect("a text").to_owned();
            let (status, text) = read(answer).await;
            assert_eq!((status, type_of_answer), (200, format!("{content_type}; charset=utf-8")), "{text}");
            assert!(text.contains(namespace) && text.contains(inside), "{text}\n{plain}");
            answers.insert(text);
        }
        assert_eq!(answers.len(), 1);
    }
    let (_, again) = edge.submit(fixture("first/declaration.xml")).await;
    assert_eq!(again, plain);
}

/// A dry run records nothing; gzip is unpacked, also where only the message says who sends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_and_a_packed_message_are_what_they_are_elsewhere() {
    let edge = Edge::on(Engine::Sqlite).await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(enveloped(SOAP_12, &token("broker1", "demo-broker1"), "SOAP-1").as_bytes()).expect("packed");
    let packed = packed.finish().expect("packed");
    for (query, state) in [("dryRun=true", "PROVA"), ("secretariat=UIB&payment=BEKLET", "ONAYLANDI")] {
        let request = post(&edge, None, query, "application/soap+xml").header("content-encoding", "gzip");
        let (status, text) = read(request.body(packed.clone()).send().await.expect("an answer")).await;
        assert_eq!((status, between(&text, "<Durum>", "</Durum>").as_str()), (200, state), "{text}");
        assert_eq!(text.contains("<KriptoKodu>"), state == "ONAYLANDI");
    }
    let damaged = post(&edge, None, "", "text/xml").header("content-encoding", "gzip").body(packed[..40].to_vec());
    assert_eq!(damaged.send().await.expect("an answer").status(), 401);
}

fn token(user: &str, password: &str) -> String {
    secured(&format!(
        "<w:UsernameToken><w:Username>{user}</w:Username><w:Password>{password}</w:Password></w:UsernameToken>"
    ))
}

fn secured(inside: &str) -> String {
    format!("<e:Header><w:Security xmlns:w=\"{SECURITY}\" e:mustUnderstand=\"1\">{inside}</w:Security></e:Header>")
}

/// G-61, G-69: header and message sign in alike, name the same user where both do, and nobody else gets in.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_by_header_or_message_is_the_same_user() {
    let edge = Edge::on(Engine::Sqlite).await;
    let digest = secured(
        "<w:UsernameToken><w:Username>broker1</w:Username><w:Password Type=\"x#PasswordDigest\">a</w:Password>\
         </w:UsernameToken>",
    );
    let (right, wrong) = (token("broker1", "demo-broker1"), token("broker1", "demo-broker2"));
    let (failed, unsupported) = ("wsse:FailedAuthentication", "wsse:UnsupportedSecurityToken");
    let table: [(Option<&str>, &str, u16, &str); 10] = [
        (None, "", 401, failed),
        (None, &wrong, 401, failed),
        (None, &token("stranger", "demo-stranger"), 401, failed),
        (None, &digest, 401, unsupported),
        (Some("broker1"), &digest, 401, unsupported),
        (Some("broker1"), &token("exporter1", "demo-exporter1"), 401, failed),
        (Some("broker1"), &wrong, 401, failed),
        (Some("stranger"), &right, 401, failed),
        (None, &token("customs", "demo-customs"), 403, "E3009"),
        (Some("customs"), "", 403, "E3009"),
    ];
    for (user, header, expected, said) in table {
        for (namespace, content_type) in [(SOAP_11, "text/xml"), (SOAP_12, "application/soap+xml")] {
            let request = post(&edge, user, "", content_type).body(enveloped(namespace, header, "SIGN-1"));
            let answer = request.send().await.expect("an answer");
            let asks = answer.headers().contains_key("www-authenticate");
            let (status, text) = read(answer).await;
            assert_eq!((status, asks), (expected, expected == 401), "{user:?} {header} {text}");
            assert!(text.contains(said) && text.contains(namespace) && text.contains("<Durum>REDDEDILDI"), "{text}");
            assert!(!text.contains("demo-"), "{text}");
        }
    }
    let known = edge.get("/v1/approvals/SIGN-1", "broker1").send().await.expect("an answer");
    assert_eq!(known.status().as_u16(), 404);
    for (user, header) in [(None, right.as_str()), (Some("broker1"), right.as_str()), (Some("broker1"), "")] {
        let request = post(&edge, user, "", "text/xml").body(enveloped(SOAP_11, header, "SIGN-1"));
        let (status, text) = read(request.send().await.expect("an answer")).await;
        assert!(status == 200 && text.contains("<Durum>ONAYLANDI"), "{user:?} {header} {text}");
    }
}

/// What is wrong on the way is a fault: whose it is, the status that HTTP has for it, and the answer in its detail.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_decision_is_a_fault() {
    let edge = Edge::on(Engine::Sqlite).await;
    let good = |namespace| enveloped(namespace, "", "FAULT-1");
    let must = |namespace| {
        enveloped(namespace, "<e:Header><a:To xmlns:a=\"urn:a\" e:mustUnderstand=\"1\"/></e:Header>", "FAULT-1")
    };
    let old = "http://www.w3.org/2001/12/soap-envelope";
    let check = async |request: RequestBuilder, expected: u16, code: &str, whose: &str| {
        let answer = request.send().await.expect("an answer");
        let content_type = answer.headers()["content-type"].to_str().expect("a text").to_owned();
        let (status, text) = read(answer).await;
        assert_eq!(status, expected, "{text}");
        let is_12 = content_type.starts_with("application/soap+xml");
        let kept = if is_12 { "<soap:Text xml:lang=\"tr\">" } else { "<faultstring>" };
        for part in [code, whose, kept, "<BirlikOnayCevabi xmlns=\"urn:ebirlik:onay:1\">", "<Oneri>", "dil=\"en\""] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains(if is_12 { SOAP_12 } else { SOAP_11 }), "{text}");
    };
    let one = || post(&edge, Some("broker1"), "", "text/xml");
    let two = || post(&edge, Some("broker1"), "", "application/soap+xml");
    let broken = |namespace| good(namespace).replace("</o:OnayIste>", "");
    check(one().body(broken(SOAP_11)), 500, "E1001", "soap:Client").await;
    check(two().body(broken(SOAP_12)), 400, "E1001", "soap:Sender").await;
    // The answer has the version of the envelope, whatever the header says; where there is none, that of the header.
    check(one().body(broken(SOAP_12)), 400, "E1001", "soap:Sender").await;
    check(one().body("x"), 500, "E1001", "soap:Client").await;
    check(two().body(format!("<!DOCTYPE a>{}", good(SOAP_12))), 400, "E1002", "soap:Sender").await;
    check(two().body(good(SOAP_12).replace("<Rejim>", "<?x?><Rejim>")), 400, "E1002", "soap:Sender").await;
    check(one().body(good(SOAP_11).replace("o:OnayIste", "o:Baska")), 500, "E1005", "soap:Client").await;
    check(one().body(fixture("first/declaration.xml")), 500, "E1005", "soap:Client").await;
    check(one().body(good(old)), 500, "E1005", "soap:VersionMismatch").await;
    check(one().body(must(SOAP_11)), 500, "(To)", "soap:MustUnderstand").await;
    check(two().body(must(SOAP_12)), 500, "(To)", "soap:MustUnderstand").await;
    check(two().header("accept", "application/json").body(good(SOAP_12)), 406, "E1406", "soap:Sender").await;
    check(two().header("content-encoding", "br").body(good(SOAP_12)), 415, "E1415", "soap:Sender").await;
    check(post(&edge, Some("broker1"), "", "application/xml").body(good(SOAP_11)), 415, "E1415", "soap:Client").await;
    check(one().body(vec![b' '; (32 << 20) + 1]), 413, "E1003", "soap:Client").await;
    let put = edge.anonymous(Method::PUT, SERVICE).basic_auth("broker1", Some("demo-broker1"));
    check(put, 405, "E1405", "soap:Client").await;
    let known = edge.get("/v1/approvals/FAULT-1", "broker1").send().await.expect("an answer");
    assert_eq!(known.status().as_u16(), 404);
    let (status, text) = read(one().body(good(SOAP_11)).send().await.expect("an answer")).await;
    assert!(status == 200 && text.contains("<Durum>ONAYLANDI"), "{text}");
}

/// G-88: toolkits find the description, the schema that it names, and the way back, before anybody signs in.
#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_there_for_anyone_and_leads_back() {
    let edge = Edge::on(Engine::Sqlite).await;
    for query in ["wsdl", "WSDL", "wsdl=1"] {
        let asked = edge.anonymous(Method::GET, &format!("{SERVICE}?{query}")).send().await.expect("an answer");
        let (status, text) = read(asked).await;
        assert_eq!(status, 200, "{text}");
        assert_eq!(text.matches(&format!("location=\"{}{SERVICE}\"", edge.url)).count(), 2, "{text}");
        let schema = between(&text, "schemaLocation=\"", "\"");
        let named = edge.anonymous(Method::GET, &schema).send().await.expect("an answer");
        assert!(named.text().await.expect("a text").contains("<xs:element name=\"OnayIste\">"));
    }
    for path in [SERVICE, "/soap/onay?other", "/soap/baska?wsdl"] {
        let asked = edge.anonymous(Method::GET, path).send().await.expect("an answer");
        assert_eq!(asked.status().as_u16(), 404, "{path}");
    }
    let published = edge.anonymous(Method::GET, "/schemas/soap/onay.wsdl").send().await.expect("an answer");
    assert_eq!(published.status().as_u16(), 200);
}

const SERVICE: &str = "/soap/onay";
const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
const SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
