//! What customs is told about a code, in JSON and in XML, one and many; every XML answer is held against the schema.

#[path = "../schemas/validators.rs"]
mod validators;

use crate::office::{Edge, fixture, read};
use ebirlik_store::testing::{Engine, execute};
use serde_json::{Value, json};
use validators::{ONAY, flaw};

/// An approved declaration and its parties.
struct Approved {
    code: String,
    reference: String,
}

const EXPORTER: &str = "1234567890";
/// Well formed by its checks, never issued.
const STRANGER: &str = "0000000000000000";

async fn approve(edge: &Edge, reference: &str) -> Approved {
    let message = String::from_utf8(fixture("first/declaration.xml")).expect("UTF-8");
    let (status, answer) = edge.submit(message.replace("BRK-2026-0042", reference)).await;
    assert_eq!(status, 200, "{answer}");
    let code = answer.split("<KriptoKodu>").nth(1).and_then(|rest| rest.get(..16)).expect("a code").to_owned();
    Approved { code, reference: reference.to_owned() }
}

async fn asked(edge: &Edge, code: &str, query: &str, accept: &str) -> (u16, String) {
    let request = edge.get(&format!("/v1/codes/{code}{query}"), "customs").header("accept", accept);
    read(request.send().await.expect("an answer")).await
}

/// Both forms of one answer say the same; the XML form is valid.
async fn check(edge: &Edge, code: &str, query: &str, status: u16, verdict: &str) -> Value {
    let (found, text) = asked(edge, code, query, "application/json").await;
    let told: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((found, told["verdict"].as_str()), (status, Some(verdict)), "{text}");
    let (found, document) = asked(edge, code, query, "application/xml").await;
    assert_eq!(found, status, "{document}");
    assert_eq!(flaw(ONAY, document.as_bytes()), None, "{document}");
    same(&document, &told);
    told
}

/// An element of an XML answer by the JSON key that says the same.
fn same(document: &str, told: &Value) {
    let element = |name: &str| {
        let inside = document.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0;
        Some(inside.to_owned())
    };
    let approval = &told["approval"];
    for (name, value) in [
        ("Sonuc", &told["verdict"]),
        ("KriptoKodu", &told["code"]),
        ("Referans", &told["ref"]),
        ("Bagli", &told["bound"]),
        ("HataliKarakter", &told["typo_at"]),
        ("OnaySekli", &approval["kind"]),
        ("OnayZamani", &approval["approved_at"]),
        ("GenelSekreterlik", &approval["secretariat"]),
        ("BirlikKayitNo", &approval["record_no"]),
        ("TescilNo", &approval["registration_no"]),
        ("GecerlilikSonu", &approval["valid_until"]),
        ("BitisZamani", &approval["ended_at"]),
    ] {
        let expected = match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        assert_eq!(element(name), expected, "{name} of {document}");
    }
}

async fn each_verdict(engine: Engine) {
    let edge = Edge::on(engine).await;
    let first = approve(&edge, "VER-1").await;
    let bound = |approved: &Approved| format!("?ref={}&exporter={EXPORTER}", approved.reference);
    let told = check(&edge, &first.code, &bound(&first), 200, "valid").await;
    assert_eq!(told["bound"], true);
    let told = check(&edge, &first.code, "", 200, "valid").await;
    assert_eq!((&told["bound"], &told["ref"]), (&json!(false), &Value::Null));
    let wrong = check(&edge, &first.code, "?ref=VER-2&exporter=1234567890", 200, "wrong_declaration").await;
    let unknown = check(&edge, STRANGER, "?ref=VER-2&exporter=1234567890", 200, "not_issued").await;
    for told in [&wrong, &unknown] {
        let keys: Vec<&String> = told.as_object().expect("an object").keys().collect();
        assert_eq!(keys, wrong.as_object().expect("an object").keys().collect::<Vec<_>>());
        let rest = ["ref", "approval", "typo_at"].map(|key| &told[key]);
        assert_eq!((rest, &told["bound"]), ([&Value::Null; 3], &json!(false)), "reveals something: {told}");
    }
    let mistyped = check(&edge, "0000-0000-8000-0000", "", 200, "mistyped").await;
    assert_eq!((&mistyped["typo_at"], &mistyped["code"]), (&json!(9), &json!("0000-0000-8000-0000")));
    // What was typed comes back, whatever it is: escaped, and what XML cannot hold as U+FFFD.
    let (status, odd) = asked(&edge, "%3C%C5%9F%26%01%0A%22%3E", "", "application/xml").await;
    assert_eq!((status, flaw(ONAY, odd.as_bytes())), (200, None), "{odd}");
    assert!(odd.contains("<KriptoKodu>&lt;ş&amp;\u{fffd}&#10;&quot;&gt;</KriptoKodu>"), "{odd}");
    let set = async |values: &str| {
        execute(&edge.database, &format!("update declaration set {values} where reference = 'VER-1'")).await;
    };
    set("state = 'registered', registration_no = '26341300EX000123'").await;
    let used = check(&edge, &first.code, &bound(&first), 200, "valid_used").await;
    assert_eq!(used["approval"]["registration_no"], "26341300EX000123");
    set("state = 'waiting_payment', registration_no = null").await;
    check(&edge, &first.code, &bound(&first), 200, "superseded").await;
    set("state = 'approved'").await;
    execute(&edge.database, "update approval set valid_until = '2026-11-20'").await;
    check(&edge, &first.code, &bound(&first), 200, "expired").await;
    let given_up = edge.post("/v1/approvals/VER-1/withdraw", "broker1").send().await.expect("an answer");
    assert_eq!(given_up.status().as_u16(), 200);
    let ended = check(&edge, &first.code, &bound(&first), 200, "cancelled").await;
    assert!(ended["approval"]["ended_at"].is_string());
    execute(&edge.database, "alter table approval rename to hidden").await;
    check(&edge, &first.code, &bound(&first), 503, "unavailable").await;
    check(&edge, "0000-0000-8000-0000", "", 200, "mistyped").await;
    let list = json!([{ "code": first.code }, { "code": "0000-0000-8000-0000" }]);
    let request = edge.post("/v1/codes/verify", "customs").header("accept", "application/xml").json(&list);
    let (status, document) = read(request.send().await.expect("an answer")).await;
    assert_eq!((status, flaw(ONAY, document.as_bytes())), (503, None), "{document}");
    let verdicts: Vec<&str> = document.split("<Sonuc>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert_eq!(verdicts, ["unavailable", "mistyped"]);
}

/// G-31, G-33, R-5.4: each verdict in both forms, and nothing told of another declaration.
#[tokio::test(flavor = "multi_thread")]
async fn each_verdict_is_told_in_both_forms_on_sqlite() {
    each_verdict(Engine::Sqlite).await;
}

/// G-31, G-33, R-5.4: each verdict in both forms, and nothing told of another declaration.
#[tokio::test(flavor = "multi_thread")]
async fn each_verdict_is_told_in_both_forms_on_postgres() {
    each_verdict(Engine::Postgres).await;
}

async fn five_thousand(engine: Engine) {
    let edge = Edge::on(engine).await;
    let mut approved = Vec::new();
    for number in 0..5 {
        approved.push(approve(&edge, &format!("LIST-{number}")).await);
    }
    let questions: Vec<Value> = (0..5_000_usize)
        .map(|place| match (place % 7, &approved[place % 5]) {
            (0, _) => json!({ "code": "1234" }),
            (1, _) => json!({ "code": STRANGER, "ref": "LIST-0" }),
            (2, one) => json!({ "code": one.code, "ref": "OTHER", "exporter": EXPORTER }),
            (3, one) => json!({ "code": one.code }),
            (_, one) => json!({ "code": one.code, "ref": one.reference, "exporter": EXPORTER }),
        })
        .collect();
    let sent = async |accept: &str, user: &str| {
        let request = edge.post("/v1/codes/verify", user).header("accept", accept).json(&questions);
        read(request.send().await.expect("an answer")).await
    };
    let (status, text) = sent("application/json", "customs").await;
    assert_eq!(status, 200, "{text}");
    let told: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(told.len(), 5_000);
    let verdicts = ["mistyped", "not_issued", "wrong_declaration", "valid", "valid", "valid", "valid"];
    for (place, told) in told.iter().enumerate() {
        assert_eq!(told["verdict"], verdicts[place % 7], "{place}: {told}");
        assert_eq!(told["bound"], place % 7 > 3, "{place}: {told}");
    }
    let (status, document) = sent("text/xml, application/json;q=0.5", "customs").await;
    assert_eq!(status, 200);
    assert_eq!(flaw(ONAY, document.as_bytes()), None);
    let parts: Vec<&str> = document.split("<KodDogrulama>").skip(1).collect();
    assert_eq!(parts.len(), 5_000);
    parts.iter().zip(&told).for_each(|(part, told)| same(part, told));
}

/// Contract section 3: a list is answered in its order, in both forms.
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_codes_are_answered_in_their_order_on_sqlite() {
    five_thousand(Engine::Sqlite).await;
}

/// Contract section 3: a list is answered in its order, in both forms.
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_codes_are_answered_in_their_order_on_postgres() {
    five_thousand(Engine::Postgres).await;
}

/// Contract section 3: JSON by default, XML where it is preferred, E1406 where neither is taken; E1415 for another list.
#[tokio::test(flavor = "multi_thread")]
async fn the_form_is_the_one_that_the_client_prefers() {
    let edge = Edge::on(Engine::Sqlite).await;
    let json = ("application/json", 200);
    let xml = ("application/xml; charset=utf-8", 200);
    let neither = ("application/problem+json", 406);
    for (accept, (media, status)) in [
        ("*/*", json),
        ("application/*", json),
        ("application/json, application/xml", json),
        ("application/json;q=0.5, application/xml;q=0.9", xml),
        ("application/json;q=0, */*;q=0.1", xml),
        ("text/*", xml),
        ("text/html, application/xml;q=0.9, */*;q=0.8", xml),
        ("text/html", neither),
        ("application/xml;q=0, application/json;q=0.000", neither),
    ] {
        let one = edge.get(&format!("/v1/codes/{STRANGER}"), "customs").header("accept", accept);
        let list = edge.post("/v1/codes/verify", "customs").header("accept", accept).json(&json!([]));
        for request in [one, list] {
            let answer = request.send().await.expect("an answer");
            let found = answer.headers().get("content-type").map(|value| value.to_str().expect("ASCII").to_owned());
            assert_eq!((found.as_deref(), answer.status().as_u16()), (Some(media), status), "{accept}");
            let text = answer.text().await.expect("a text");
            assert_eq!(text.contains("E1406"), status == 406, "{text}");
        }
    }
    for media in ["application/xml", "text/plain", ""] {
        for (accept, form) in [("application/xml", "<Hata kod=\"E1415\""), ("*/*", "\"code\":\"E1415\"")] {
            let request = edge.post("/v1/codes/verify", "customs").header("accept", accept);
            let request = request.header("content-type", media).body("[]");
            let (status, text) = read(request.send().await.expect("an answer")).await;
            assert!(status == 415 && text.contains(form), "{media} {accept}: {status} {text}");
            assert!(text.starts_with('{') || flaw(ONAY, text.as_bytes()).is_none(), "{text}");
        }
    }
    let wrong = [("[{\"kod\":1}]", 400), ("{}", 400), ("[", 400)];
    for (body, expected) in wrong {
        let request = edge.post("/v1/codes/verify", "customs").header("accept", "application/xml");
        let request = request.header("content-type", "application/json").body(body);
        let (status, text) = read(request.send().await.expect("an answer")).await;
        assert_eq!((status, flaw(ONAY, text.as_bytes())), (expected, None), "{body}: {text}");
    }
}
