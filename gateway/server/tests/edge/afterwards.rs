//! What follows an approval, over HTTP: customs, staff, money, and what firms read of it.

use crate::office::{Edge, fixture, read};
use ebirlik_store::testing::Engine;
use serde_json::{Value, json};

/// Status and JSON of an answer.
async fn asked(request: reqwest::RequestBuilder) -> (u16, Value) {
    let (status, text) = read(request.send().await.expect("an answer")).await;
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {status} {text}")))
}

async fn post(edge: &Edge, path: &str, user: &str, body: &Value) -> (u16, Value) {
    asked(edge.post(path, user).header("content-type", "application/json").body(body.to_string())).await
}

async fn code_of(edge: &Edge, message: Vec<u8>) -> String {
    let (status, answer) = edge.submit(message).await;
    assert_eq!(status, 200, "{answer}");
    let code = answer.split("<KriptoKodu>").nth(1).and_then(|rest| rest.split('<').next());
    code.expect("a code").to_owned()
}

fn first() -> Vec<u8> {
    fixture("first/declaration.xml")
}

fn other(reference: &str) -> Vec<u8> {
    String::from_utf8(first()).expect("UTF-8").replace("BRK-2026-0042", reference).into_bytes()
}

async fn on_both(test: impl AsyncFn(Edge)) {
    test(Edge::on(Engine::Sqlite).await).await;
    test(Edge::on(Engine::Postgres).await).await;
}

const OF: &str = "declarant=9876543217";

/// G-3, G-4, G-10: customs binds a code, once, and lets the goods leave; the officer sees it used; nobody withdraws then.
#[tokio::test(flavor = "multi_thread")]
async fn customs_registers_and_lets_leave() {
    on_both(async |edge| {
        let code = code_of(&edge, first()).await;
        let exporter = "1234567890";
        let body = json!({
            "code": code, "registration_no": "26341300EX000001", "ref": "BRK-2026-0042", "exporter": exporter,
        });
        let expected = json!({
            "code": code, "registration_no": "26341300EX000001", "ref": "BRK-2026-0042",
            "registered_at": "2026-11-21T14:03:22.123+03:00", "exited_at": null,
        });
        for _ in 0..2 {
            assert_eq!(post(&edge, "/v1/registrations", "customs", &body).await, (200, expected.clone()));
        }
        code_of(&edge, other("BRK-2")).await;
        let wrong = json!({
            "code": code, "registration_no": "26341300EX000002", "ref": "BRK-2", "exporter": exporter,
        });
        let (status, refused) = post(&edge, "/v1/registrations", "customs", &wrong).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("E5003")), "{refused}");
        let path = format!("/v1/codes/{code}?ref=BRK-2026-0042&exporter={exporter}");
        let (_, verdict) = asked(edge.get(&path, "customs")).await;
        assert_eq!(verdict["verdict"], "valid_used");
        assert_eq!(verdict["approval"]["registration_no"], "26341300EX000001");
        let path = format!("/v1/codes/{code}?ref=BRK-2&exporter={exporter}");
        assert_eq!(asked(edge.get(&path, "customs")).await.1["verdict"], "wrong_declaration");
        let (status, refused) = asked(edge.post("/v1/approvals/BRK-2026-0042/withdraw", "broker1")).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("E5003")));
        let (status, left) = asked(edge.post("/v1/registrations/26341300EX000001/exit", "customs")).await;
        assert_eq!((status, left["exited_at"].is_null()), (200, false), "{left}");
        let (_, told) = asked(edge.get("/v1/approvals/BRK-2026-0042", "broker1")).await;
        assert_eq!(
            (told["state"].as_str(), told["registration_no"].as_str()),
            (Some("registered"), Some("26341300EX000001"))
        );
        // Both sides of the second presentation, here one firm's two declarations.
        let (_, feed) = asked(edge.get("/v1/feed?after=0", "exporter1")).await;
        let kinds: Vec<&str> =
            feed["events"].as_array().expect("events").iter().filter_map(|e| e["kind"].as_str()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "customs.second_presentation").count(), 2, "{kinds:?}");
        for (body, code) in [
            (json!({ "code": code }), "E1001"),
            (json!({ "code": "x", "registration_no": "y", "ref": "z", "exporter": "1" }), "E2002"),
        ] {
            let (_, refused) = post(&edge, "/v1/registrations", "customs", &body).await;
            assert_eq!(refused["code"], code, "{refused}");
        }
    })
    .await;
}

/// G-62, G-93, R-3.12: staff correct, cancel and refund; the firm reads all of it in its feed and statement, and the old
/// code is superseded, then dead.
#[tokio::test(flavor = "multi_thread")]
async fn staff_correct_cancel_and_refund() {
    on_both(async |edge| {
        let code = code_of(&edge, first()).await;
        let corrected = String::from_utf8(first()).expect("UTF-8").replace("26450.00", "31450.00");
        let act = |name: &str| format!("/v1/approvals/BRK-2026-0042/{name}?{OF}");
        let body = json!({ "reason": "fatura düzeltildi", "proof": "fatura 17", "declaration": corrected });
        let (status, done) = post(&edge, &act("correct"), "staff-immib", &body).await;
        assert_eq!((status, done["state"].as_str()), (200, Some("done")), "{done}");
        let (charged, now) =
            (done["effect"]["charged"].clone(), done["effect"]["code"].as_str().expect("a code").to_owned());
        assert_eq!(charged, "103.75");
        let verdict =
            async |code: &str| asked(edge.get(&format!("/v1/codes/{code}"), "customs")).await.1["verdict"].clone();
        assert_eq!((verdict(&code).await, verdict(&now).await), (json!("superseded"), json!("valid")));
        let body = json!({ "reason": "ihracat yapılmadı", "proof": "dilekçe 18" });
        assert_eq!(post(&edge, &act("cancel"), "staff-immib", &body).await.0, 200);
        assert_eq!((verdict(&code).await, verdict(&now).await), (json!("cancelled"), json!("cancelled")));
        let (status, refused) = edge.submit(corrected.into_bytes()).await;
        assert_eq!((status, refused.contains("E5002")), (409, true), "{refused}");
        let body = json!({ "reason": "iade", "proof": "dilekçe 18", "confirmation": "gümrük yazısı 5" });
        let (status, done) = post(&edge, &act("refund"), "staff-immib", &body).await;
        assert_eq!((status, &done["effect"]["amount"]), (200, &json!("622.52")), "{done}");
        assert_eq!(post(&edge, &act("refund"), "staff-immib", &body).await.1["code"], "E4003");
        let (_, statement) = asked(edge.get("/v1/accounts/IMMIB-1234567890/statement", "exporter1")).await;
        let lines = statement["lines"].as_array().expect("lines");
        let amounts: Vec<&str> = lines.iter().rev().take(3).filter_map(|line| line["amount"].as_str()).collect();
        assert_eq!(amounts, ["622.52", "-103.75", "-518.77"]);
        assert_eq!(statement["closing_balance"], lines.last().expect("a line")["balance"]);
        let (_, feed) = asked(edge.get("/v1/feed", "broker1")).await;
        let kinds = feed["events"].as_array().expect("events").iter().filter_map(|e| e["kind"].as_str());
        // The demo's powers were told before.
        let kinds: Vec<&str> = kinds.filter(|kind| *kind != "power.recorded").collect();
        assert_eq!(kinds, ["declaration.approved", "declaration.corrected", "declaration.cancelled", "fee.refunded"],);
        let (_, receipts) = asked(edge.get("/v1/receipts?from=2026-11-01&to=2026-11-30", "broker1")).await;
        let numbers: Vec<&str> =
            receipts.as_array().expect("receipts").iter().filter_map(|r| r["amount"].as_str()).collect();
        assert_eq!(numbers, ["518.77", "103.75"]);
        let (_, explained) = asked(edge.get(&format!("/v1/explanations/BRK-2026-0042?{OF}"), "admin")).await;
        assert_eq!(explained["equal"], true, "{explained}");
    })
    .await;
}

/// G-71, G-72, G-73, G-77: receipts in bulk and one by one, on paper and for the spreadsheet; a statement likewise; what
/// is printed holds the number, the exporter's name and the code; nobody prints for others.
#[tokio::test(flavor = "multi_thread")]
async fn receipts_and_statements_leave_as_documents() {
    on_both(async |edge| {
        let code = code_of(&edge, first()).await;
        code_of(&edge, other("BRK-2")).await;
        let document = async |path: &str, user: &str| {
            let answer = edge.get(path, user).send().await.expect("an answer");
            let (status, kind) = (answer.status().as_u16(), answer.headers()["content-type"].clone());
            (status, kind.to_str().expect("a type").to_owned(), answer.bytes().await.expect("a body"))
        };
        for (path, start) in [
            ("/v1/receipts?format=pdf", "%PDF-"),
            ("/v1/receipts?format=pdf&paper=80mm&slip=bilgi", "%PDF-"),
            ("/v1/receipts?format=xlsx", "PK"),
            ("/v1/accounts/IMMIB-1234567890/statement?format=pdf", "%PDF-"),
            ("/v1/accounts/IMMIB-1234567890/statement?format=xlsx", "PK"),
            ("/v1/receipts/IMMIB-2026-0000001?paper=80mm", "%PDF-"),
        ] {
            let (status, kind, bytes) = document(path, "exporter1").await;
            assert_eq!(status, 200, "{path}");
            assert!(bytes.starts_with(start.as_bytes()) && kind.starts_with("application/"), "{path}: {kind}");
            assert!(bytes.len() > 1_000, "{path}");
        }
        let (_, _, bytes) = document("/v1/receipts?format=pdf", "staff-immib").await;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("receipts.pdf");
        std::fs::write(&file, &bytes).expect("a file");
        let read = std::process::Command::new("pdftotext").arg(&file).arg("-").output();
        let text = String::from_utf8(read.expect("pdftotext, of Debian's poppler-utils").stdout).expect("UTF-8");
        for shown in ["IMMIB-2026-0000001", "IMMIB-2026-0000002", "1234567890"] {
            assert!(text.contains(shown), "{shown} in {text}");
        }
        let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        assert!(letters.contains(&code), "{code} in {text}");
        for (path, user, expected) in [
            ("/v1/receipts/IMMIB-2026-0000001", "broker1", 200),
            ("/v1/receipts/IMMIB-2026-0000001", "broker3", 404),
            ("/v1/receipts/IMMIB-2026-0000001", "staff-oaib", 404),
            ("/v1/receipts/IMMIB-2026-0000009", "exporter1", 404),
            ("/v1/receipts/yok", "exporter1", 404),
            ("/v1/receipts?format=doc", "exporter1", 422),
            ("/v1/receipts?format=pdf&from=2026-12-01&to=2026-11-01", "exporter1", 422),
            ("/v1/receipts?format=pdf&paper=a5", "exporter1", 422),
            ("/v1/accounts/IMMIB-1234567890/statement?format=pdf", "exporter3", 404),
        ] {
            assert_eq!(document(path, user).await.0, expected, "{path} by {user}");
        }
        let (_, before) = asked(edge.get("/v1/receipts?from=2026-01-01&to=2026-01-31", "staff-immib")).await;
        assert_eq!(before, json!([]), "of those days alone, for staff too");
        let taken = edge.get("/v1/receipts?format=pdf", "exporter1").header("accept", "application/pdf");
        assert_eq!(taken.send().await.expect("an answer").status(), 200);
        let (_, _, nothing) = document("/v1/receipts?format=pdf", "exporter3").await;
        assert!(nothing.len() < bytes.len(), "an empty document for whoever has none");
    })
    .await;
}

/// G-12, G-79, G-80: the counter, and what a bank sends for an account; G-81: customs' month.
#[tokio::test(flavor = "multi_thread")]
async fn the_counter_the_bank_and_the_month() {
    on_both(async |edge| {
        let request =
            edge.post("/v1/counter/approvals?kind=NAKIT", "staff-immib").header("content-type", "application/xml");
        let (status, answer) = read(request.body(other("K-1")).send().await.expect("an answer")).await;
        assert_eq!((status, answer.contains("<OnaySekli>NAKIT</OnaySekli>")), (200, true), "{answer}");
        assert!(!answer.contains("<Bakiye>"), "no account was debited");
        let request =
            edge.post("/v1/counter/approvals?kind=CEK", "staff-immib").header("content-type", "application/xml");
        let (status, answer) = read(request.body(other("K-2")).send().await.expect("an answer")).await;
        assert_eq!((status, answer.contains("?kind")), (422, true), "{answer}");
        let csv =
            "date,amount,reference,text\n2026-11-20,250.00,EFT-9,IMMIB-1234567890\n2026-11-20,1.00,EFT-8,kim bu\n";
        let sent = async || asked(edge.post("/v1/bank-statements", "staff-immib").body(csv)).await.1;
        let told = sent().await;
        assert_eq!((&told["booked"], &told["unmatched"], &told["before"]), (&json!(1), &json!(1), &json!(0)));
        assert_eq!(sent().await["before"], 2);
        let (_, lines) = asked(edge.get("/v1/bank-lines", "staff-immib")).await;
        let line = format!("/v1/bank-lines/{}", lines[0]["line"].as_str().expect("a key"));
        let (status, decided) = post(&edge, &line, "staff-immib", &json!({ "reason": "iade edildi" })).await;
        assert_eq!((status, decided["state"].as_str()), (200, Some("set_aside")), "{decided}");

        let code = code_of(&edge, first()).await;
        let file = format!(
            "registration_no,code,ref,exporter,registered_on,invoice_total,currency\n\
             26341300EX000001,{code},BRK-2026-0042,1234567890,2026-11-21,99.00,USD\n\
             26341300EX000002,,YOK-1,1234567890,2026-11-21,99.00,USD\n"
        );
        let (status, told) = asked(edge.post("/v1/reconciliations?month=2026-11", "customs").body(file)).await;
        assert_eq!(status, 200, "{told}");
        let counts = ["rows", "without_approval", "never_registered", "differing"].map(|name| told[name].clone());
        assert_eq!(counts, [2, 1, 1, 1].map(|count| json!(count)), "the counter's declaration was never registered");
        let (_, rows) = asked(edge.get("/v1/reconciliations?month=2026-11&kind=differs", "staff-immib")).await;
        assert_eq!(rows[0]["fields"][0]["field"], "invoice_total", "{rows}");
        let sheet = edge.get("/v1/reconciliations?month=2026-11&format=xlsx", "staff-immib").send().await;
        assert!(sheet.expect("an answer").bytes().await.expect("a body").starts_with(b"PK"));
        let (_, theirs) = asked(edge.get("/v1/reconciliations?month=2026-11&kind=never_registered", "customs")).await;
        assert_eq!((&theirs[0]["declarant"], &theirs[0]["exporter"]), (&json!(null), &json!(null)), "{theirs}");
        let row = format!("/v1/reconciliations/{}", rows[0]["id"].as_str().expect("an id"));
        assert_eq!(post(&edge, &row, "staff-immib", &json!({})).await.1["owner"], "staff-immib");
        assert_eq!(post(&edge, &row, "staff-immib", &json!({ "settle": true })).await.1["code"], "E2001");
        assert_eq!(post(&edge, &row, "staff-oaib", &json!({})).await.0, 404);
    })
    .await;
}
