//! Papers of declarations, and their place in the waiting room, over HTTP.

use crate::office::{Edge, fixture, read};
use ebirlik_store::testing::Engine;
use serde_json::Value;

const PAPERS: &str = "/v1/approvals/BRK-2026-0042/papers";
const PDF: &[u8] = b"%PDF-1.7\nfatura";

async fn on_both(test: impl AsyncFn(Edge)) {
    test(Edge::on(Engine::Sqlite).await).await;
    test(Edge::on(Engine::Postgres).await).await;
}

/// Status and JSON of an answer.
async fn asked(request: reqwest::RequestBuilder) -> (u16, Value) {
    let (status, text) = read(request.send().await.expect("an answer")).await;
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {status} {text}")))
}

async fn approved(edge: &Edge) -> String {
    let (status, answer) = edge.submit(fixture("first/declaration.xml")).await;
    assert_eq!(status, 200, "{answer}");
    answer.split("<KriptoKodu>").nth(1).and_then(|rest| rest.split('<').next()).expect("a code").to_owned()
}

/// G-6: a declarant attaches papers; its exporter, its secretariat and customs read them, as files and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn papers_are_attached_and_read() {
    on_both(async |edge| {
        let code = approved(&edge).await;
        let send =
            |user: &str, query: &str, body: &'static [u8]| edge.post(&format!("{PAPERS}?{query}"), user).body(body);
        let (status, first) = asked(send("broker1", "kind=fatura&name=fatura%2017.pdf", PDF)).await;
        assert_eq!(
            (status, &first["kind"], &first["name"], &first["bytes"]),
            (200, &"fatura".into(), &"fatura 17.pdf".into(), &15.into())
        );
        assert_eq!(asked(send("broker1", "kind=fatura", PDF)).await, (200, first.clone()));
        for (user, query, body, expected) in [
            ("broker1", "kind=makbuz", PDF, (422, "E2002")),
            ("broker1", "", PDF, (422, "E2002")),
            ("broker1", "kind=fatura", b"<script>".as_slice(), (415, "E1415")),
            ("broker1", "kind=fatura", b"", (415, "E1415")),
            ("exporter1", "kind=fatura", PDF, (404, "E1404")),
            ("broker3", "kind=fatura", PDF, (404, "E1404")),
            ("customs", "kind=fatura", PDF, (404, "E1404")),
            ("staff-immib", "kind=fatura", PDF, (404, "E1404")),
        ] {
            let (status, refused) = asked(send(user, query, body)).await;
            assert_eq!((status, refused["code"].as_str()), (expected.0, Some(expected.1)), "{user} {query}: {refused}");
        }
        let large = edge.post(&format!("{PAPERS}?kind=fatura"), "broker1").body(vec![b'%'; (5 << 20) + 1]);
        let (status, refused) = asked(large).await;
        assert_eq!((status, refused["code"].as_str()), (413, Some("E1003")), "{refused}");
        assert!(
            refused["errors"][0]["remedy"].to_string().contains("PDF") || refused.to_string().contains("tara"),
            "{refused}"
        );

        let of_customs = format!("code={code}&exporter=1234567890");
        let paper = first["paper"].as_str().expect("a number");
        for (user, query, expected) in [
            ("broker1", "", 200),
            ("exporter1", "", 200),
            ("staff-immib", "declarant=9876543217", 200),
            ("customs", of_customs.as_str(), 200),
            ("customs", "", 404),
            ("customs", "code=0000000000000000&exporter=1234567890", 404),
            ("broker3", "declarant=9876543217", 404),
            ("exporter3", of_customs.as_str(), 404),
            ("staff-oaib", "declarant=9876543217", 404),
        ] {
            let (status, listed) = asked(edge.get(&format!("{PAPERS}?{query}"), user)).await;
            assert_eq!(status, expected, "{user} {query}: {listed}");
            let file = edge.get(&format!("{PAPERS}/{paper}?{query}"), user).send().await.expect("an answer");
            assert_eq!(file.status().as_u16(), expected, "{user} {query}");
            if expected == 200 {
                assert_eq!(listed, Value::from(vec![first.clone()]), "{user}");
                let header = |name: &str| file.headers()[name].to_str().expect("text").to_owned();
                assert_eq!(header("content-type"), "application/pdf");
                assert_eq!(header("x-content-type-options"), "nosniff");
                assert_eq!(header("content-disposition"), format!("attachment; filename=\"belge-{paper}.pdf\""));
                assert_eq!(file.bytes().await.expect("bytes"), PDF);
            }
        }
        for other in ["1", "x", "-1"] {
            assert_eq!(asked(edge.get(&format!("{PAPERS}/{other}"), "broker1")).await.0, 404, "{other}");
        }
    })
    .await;
}

/// G-51: the payer's firm puts a waiting declaration first, and nobody else does.
#[tokio::test(flavor = "multi_thread")]
async fn the_payer_puts_a_declaration_first() {
    on_both(async |edge| {
        let held = String::from_utf8(fixture("first/declaration.xml")).expect("UTF-8").replace("CARI_HESAP", "BEKLET");
        let (status, answer) = edge.submit(held).await;
        assert_eq!(status, 202, "{answer}");
        let put = |user: &str, body: &'static str| {
            let path = "/v1/approvals/BRK-2026-0042/urgent?declarant=9876543217";
            edge.post(path, user).header("content-type", "application/json").body(body)
        };
        for body in [r#"{"urgent":true}"#, r#"{"urgent":true}"#, r#"{"urgent":false}"#] {
            let (status, told) = asked(put("exporter1", body)).await;
            assert_eq!((status, told["urgent"].to_string()), (200, body[10..body.len() - 1].to_owned()), "{told}");
        }
        for (user, expected) in [("broker1", (403, "E3009")), ("broker3", (404, "E1404")), ("customs", (403, "E3009"))]
        {
            let (status, refused) = asked(put(user, r#"{"urgent":true}"#)).await;
            assert_eq!((status, refused["code"].as_str()), (expected.0, Some(expected.1)), "{user}: {refused}");
        }
        assert_eq!(asked(put("exporter1", "{}")).await.0, 400);
    })
    .await;
}
