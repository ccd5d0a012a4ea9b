//! Bad input of every kind: a complete bilingual error in the contract's form, nothing recorded, the server unharmed.

use crate::office::{Edge, fixture, read};
use ebirlik_store::testing::Engine;
use std::io::Write;
use std::time::{Duration, Instant};

fn declaration(reference: &str) -> String {
    let text = String::from_utf8(fixture("first/declaration.xml")).expect("UTF-8");
    text.replace("BRK-2026-0042", reference)
}

/// What is refused leaves no trace and does not stop the next good message.
async fn unharmed(edge: &Edge, reference: &str) {
    let (status, answer) = edge.submit(declaration(reference)).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_documents_are_refused_in_the_contracts_form() {
    let edge = Edge::on(Engine::Sqlite).await;
    let good = declaration("HOSTILE-1");
    let put = |from: &str, to: &str| good.replacen(from, to, 1);
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    let many = (0..100).fold(String::new(), |all, number| format!("{all} a{number}=\"1\""));
    let bomb = "<!DOCTYPE a [<!ENTITY b \"x\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>";
    let cases: Vec<(Vec<u8>, u16, &str)> = vec![
        (b"".to_vec(), 400, "E1001"),
        (b"<".to_vec(), 400, "E1001"),
        (good.as_bytes()[..good.len() / 2].to_vec(), 400, "E1001"),
        (format!("{good}<x/>").into_bytes(), 400, "E1001"),
        (format!("{good}trailing").into_bytes(), 400, "E1001"),
        (put("<Rejim>1000", "<Rejim>10\u{1}00").into_bytes(), 400, "E1001"),
        (put("<Rejim>1000", "<Rejim>&#0;1000").into_bytes(), 400, "E1001"),
        (put("<Rejim>1000", "<Rejim>]]>1000").into_bytes(), 400, "E1001"),
        (put("<Rejim>", "<x:Rejim>").into_bytes(), 400, "E1001"),
        (put("<Rejim>", "<Rejim a='1' a='2'>").into_bytes(), 400, "E1001"),
        (put("version=\"1.0\"", "version=\"1.1\"").into_bytes(), 400, "E1001"),
        (bomb.as_bytes().to_vec(), 400, "E1002"),
        (put("<Rejim>1000", "<Rejim>&dis;1000").into_bytes(), 400, "E1002"),
        (put("<Rejim>", "<?php x?><Rejim>").into_bytes(), 400, "E1002"),
        (put("<Rejim>", "<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\"/><Rejim>").into_bytes(), 400, "E1002"),
        (deep.into_bytes(), 400, "E1003"),
        (put("<Rejim>", &format!("<Rejim{many}>")).into_bytes(), 400, "E1003"),
        (put("<Rejim>1000", &format!("<Rejim>{}", "9".repeat(70_000))).into_bytes(), 400, "E1003"),
        (put("<Teslim_yeri>", "<Teslim_yeri>\u{0}").into_bytes(), 400, "E1001"),
        ([good.as_bytes(), &[0xff]].concat(), 400, "E1004"),
        (put("encoding=\"UTF-8\"", "encoding=\"EBCDIC-CP-TR\"").into_bytes(), 400, "E1004"),
        (b"<Merhaba/>".to_vec(), 400, "E1005"),
        (put("<Fatura_miktari>26450.00", "<Fatura_miktari>-26450.00").into_bytes(), 422, "E2002"),
        (put("<Fatura_miktari>26450.00", "<Fatura_miktari>NaN").into_bytes(), 422, "E2002"),
        (put("<Fatura_miktari>26450.00", "<Fatura_miktari>1e9").into_bytes(), 422, "E2002"),
        (put("<Fatura_miktari>26450.00", &format!("<Fatura_miktari>{}", "9".repeat(400))).into_bytes(), 422, "E2002"),
        (put("<Belge_tarihi>", "<Belge_tarihi>31/02/2026</Belge_tarihi><Belge_tarihi>").into_bytes(), 422, "E2002"),
        (put("<Rejim>1000</Rejim>", "<Rejim>1000</Rejim><Rejim>1000</Rejim>").into_bytes(), 422, "E2002"),
    ];
    for (message, expected, code) in cases {
        let shown = String::from_utf8_lossy(&message[..message.len().min(120)]).into_owned();
        let started = Instant::now();
        let (status, answer) = edge.submit(message).await;
        assert!(started.elapsed() < Duration::from_secs(5), "{shown}");
        assert_eq!(status, expected, "{shown}\n{answer}");
        for part in [&format!("kod=\"{code}\""), "<Durum>REDDEDILDI</Durum>", "dil=\"tr\"", "dil=\"en\"", "<Oneri>"] {
            assert!(answer.contains(part), "{part}: {shown}\n{answer}");
        }
    }
    let known = edge.get("/v1/approvals/HOSTILE-1", "broker1").send().await.expect("an answer");
    assert_eq!(known.status().as_u16(), 404);
    unharmed(&edge, "HOSTILE-1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_kinds_and_addresses_are_refused_in_the_contracts_form() {
    let edge = Edge::on(Engine::Sqlite).await;
    let gzip = |bytes: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(bytes).expect("packed");
        packed.finish().expect("packed")
    };
    let post = || edge.post("/v1/approvals", "broker1").header("content-type", "application/xml");
    let check = async |request: reqwest::RequestBuilder, expected: u16, code: &str| {
        let answer = request.send().await.expect("an answer");
        assert!(answer.headers().contains_key("x-request-id"));
        let (status, text) = read(answer).await;
        assert_eq!(status, expected, "{code} {text}");
        assert!(text.contains(code), "{code}: {text}");
    };
    // A packed message is read as if it were not; a bomb stops at the limit.
    let packed = gzip(declaration("PACKED-1").as_bytes());
    check(post().header("content-encoding", "gzip").body(packed.clone()), 200, "ONAYLANDI").await;
    check(post().header("content-encoding", "gzip").body(packed[..packed.len() / 2].to_vec()), 400, "E1001").await;
    check(post().header("content-encoding", "gzip").body(gzip(&vec![b' '; 40 << 20])), 413, "E1003").await;
    check(post().body(vec![b' '; (32 << 20) + 1]), 413, "E1003").await;
    check(post().header("content-encoding", "br").body("x"), 415, "E1415").await;
    let json = edge.post("/v1/approvals", "broker1").header("content-type", "application/json");
    check(json.body("{}"), 415, "E1415").await;
    check(post().header("accept", "application/json").body("x"), 406, "E1406").await;
    check(edge.anonymous(reqwest::Method::POST, "/v1/approvals").body("x"), 401, "E3001").await;
    check(edge.post("/v1/approvals", "stranger").body("x"), 401, "E3001").await;
    check(edge.post("/v1/approvals", "customs").body("x"), 403, "E3009").await;
    check(edge.get("/v1/approvals", "broker1"), 405, "E1405").await;
    check(edge.get("/v1/nothing", "broker1"), 404, "E1404").await;
    check(edge.get("/v1/approvals/UNKNOWN", "broker1"), 404, "E1404").await;
    unharmed(&edge, "HOSTILE-2").await;
}

/// What a verification list can hold.
#[tokio::test(flavor = "multi_thread")]
async fn verification_lists_have_their_limits() {
    let edge = Edge::on(Engine::Sqlite).await;
    let list = |count: usize| format!("[{}]", vec!["{\"code\":\"0000000000000000\"}"; count].join(","));
    let post = || edge.post("/v1/codes/verify", "customs").header("content-type", "application/json");
    let (status, told) = read(post().body(list(5_000)).send().await.expect("an answer")).await;
    assert_eq!((status, told.matches("not_issued").count()), (200, 5_000));
    let (status, told) = read(post().body(list(5_001)).send().await.expect("an answer")).await;
    assert_eq!(status, 400, "{told}");
    assert!(told.contains("E1003"), "{told}");
    let (status, told) = read(post().body("{").send().await.expect("an answer")).await;
    assert_eq!(status, 400);
    assert!(told.contains("E1001"), "{told}");
}
