//! Who may call what: every address, every kind of client, own and other firms.

use crate::office::{Edge, fixture, read};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use ebirlik_store::testing::Engine;
use reqwest::Method;
use std::sync::Arc;
use tower::ServiceExt;

/// G-61, G-69, G-70: each role gets in where the table says, and nowhere else; another firm finds nothing.
#[tokio::test(flavor = "multi_thread")]
async fn each_client_reaches_its_own_and_nothing_else() {
    let edge = Edge::on(Engine::Sqlite).await;
    let (status, answer) = edge.submit(fixture("first/declaration.xml")).await;
    assert_eq!(status, 200, "{answer}");
    let reference = "/v1/approvals/BRK-2026-0042";
    let table: [(&str, Method, [u16; 6]); 7] = [
        // address, method: broker of the declaration, its exporter, another broker, customs, admin, nobody
        (reference, Method::GET, [200, 200, 404, 403, 403, 401]),
        ("/v1/accounts", Method::GET, [200, 200, 200, 403, 403, 401]),
        ("/v1/codes/0000000000000000", Method::GET, [403, 403, 403, 200, 403, 401]),
        ("/metrics", Method::GET, [403, 403, 403, 403, 200, 401]),
        ("/errors", Method::GET, [200; 6]),
        ("/openapi.json", Method::GET, [200; 6]),
        ("/health/ready", Method::GET, [200; 6]),
    ];
    let clients = ["broker1", "exporter1", "broker3", "customs", "admin"];
    for (path, method, expected) in table {
        for (client, expected) in clients.iter().map(Some).chain([None]).zip(expected) {
            let request = edge.anonymous(method.clone(), path);
            let request = match client {
                Some(client) => request.basic_auth(client, Some(format!("demo-{client}"))),
                None => request,
            };
            let (status, text) = read(request.send().await.expect("an answer")).await;
            assert_eq!(status, expected, "{method} {path} by {client:?}: {text}");
        }
    }
    // Only who declared may withdraw: its exporter may look, others find nothing.
    for (client, expected) in [("broker3", 404), ("exporter1", 404), ("customs", 403), ("broker1", 200)] {
        let request = edge.post(&format!("{reference}/withdraw"), client);
        assert_eq!(request.send().await.expect("an answer").status().as_u16(), expected, "{client}");
    }
}

/// G-61, G-70: every door, every method, every kind of client: in where the table says so, and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn every_door_opens_for_its_roles_alone() {
    let edge = Edge::on(Engine::Sqlite).await;
    let clients = [
        ("broker1", "edi payer"),
        ("exporter1", "edi payer"),
        ("customs", "customs"),
        ("staff-immib", "staff"),
        ("admin", "admin"),
    ];
    let mut asked = 0;
    for (path, method, roles) in ebirlik_server::doors() {
        let filled = path
            .replace("{reference}", "NONE-1")
            .replace("{code}", "0000000000000000")
            .replace("{account}", "IMMIB-1234567890")
            .replace("{number}", "26341300EX000001")
            .replace("{*file}", "nothing");
        let filled = filled
            .replace("{case}", "1")
            .replace("{line}", "1")
            .replace("{receipt}", "IMMIB-2026-0000001")
            .replace("{row}", "1")
            .replace("{paper}", "1");
        for client in clients.iter().map(Some).chain([None]) {
            let request = edge.anonymous(method.clone(), &filled);
            let (request, may) = match client {
                Some((user, own)) => {
                    let may = roles
                        .is_none_or(|roles| roles.iter().any(|role| own.split(' ').any(|own| own == role.as_str())));
                    (request.basic_auth(user, Some(format!("demo-{user}"))), may)
                }
                None => (request, roles.is_none()),
            };
            let (status, text) = read(request.send().await.expect("an answer")).await;
            let expected = if may { None } else { Some(if client.is_some() { 403 } else { 401 }) };
            let told = format!("{method} {path} by {client:?}: {status} {text}");
            match expected {
                Some(expected) => assert_eq!(status, expected, "{told}"),
                None => assert!(status != 401 && (status != 403 || !text.contains("E3009")), "{told}"),
            }
            asked += 1;
        }
    }
    assert!(asked > 200, "{asked}");
}

/// G-61, G-70: what belongs to another firm, or to another secretariat, is not found; lists hold one's own alone.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_others_is_found() {
    let edge = Edge::on(Engine::Sqlite).await;
    let (status, answer) = edge.submit(fixture("first/declaration.xml")).await;
    assert_eq!(status, 200, "{answer}");
    let of = "declarant=9876543217";
    // address, then: broker of the declaration, its exporter, another broker, another exporter
    let firms: [(&str, [u16; 4]); 4] = [
        ("/v1/approvals/BRK-2026-0042", [200, 200, 404, 404]),
        ("/v1/explanations/BRK-2026-0042?declarant=9876543217", [200, 200, 404, 404]),
        ("/v1/accounts/IMMIB-1234567890/statement", [404, 200, 404, 404]),
        ("/v1/accounts/NONE-1234567890/statement", [404, 404, 404, 404]),
    ];
    for (path, expected) in firms {
        for (client, expected) in ["broker1", "exporter1", "broker3", "exporter3"].into_iter().zip(expected) {
            let (status, text) = read(edge.get(path, client).send().await.expect("an answer")).await;
            assert_eq!(status, expected, "{path} by {client}: {text}");
        }
    }
    for (client, sees) in [("broker1", true), ("exporter1", true), ("broker3", false), ("exporter3", false)] {
        for path in ["/v1/feed", "/v1/receipts"] {
            let (status, text) = read(edge.get(path, client).send().await.expect("an answer")).await;
            assert_eq!((status, text.contains("BRK-2026-0042")), (200, sees), "{path} by {client}: {text}");
        }
    }
    let body = serde_json::json!({
        "reason": "dilekçe", "proof": "17", "confirmation": "yazı", "registration_no": "26341300EX000001",
        "declaration": String::from_utf8(fixture("first/declaration.xml")).expect("UTF-8"),
    });
    let body = body.to_string();
    for act in ["release", "cancel", "correct", "refund", "rebind"] {
        let path = format!("/v1/approvals/BRK-2026-0042/{act}?{of}");
        let request = edge.post(&path, "staff-oaib").header("content-type", "application/json").body(body.clone());
        let (status, text) = read(request.send().await.expect("an answer")).await;
        assert_eq!(status, 404, "{act}: {text}");
    }
    let first = |request: reqwest::RequestBuilder| {
        request.header("content-type", "application/json").body(r#"{"urgent":true}"#)
    };
    for (client, expected) in [("broker3", 404), ("exporter3", 404), ("broker1", 403)] {
        let path = format!("/v1/approvals/BRK-2026-0042/urgent?{of}");
        let status = first(edge.post(&path, client)).send().await.expect("an answer").status().as_u16();
        assert_eq!(status, expected, "urgent by {client}");
    }
    let choice =
        edge.post("/v1/accounts/IMMIB-1234567890/choice", "broker1").header("content-type", "application/json");
    let choice = choice.body(r#"{"releases":true}"#).send().await.expect("an answer");
    assert_eq!(choice.status(), 404);
    for (client, sees) in [("staff-immib", true), ("staff-oaib", false)] {
        let (status, text) = read(edge.get("/v1/receipts", client).send().await.expect("an answer")).await;
        assert_eq!((status, text.contains("BRK-2026-0042")), (200, sees), "{client}: {text}");
        let path = format!("/v1/explanations/BRK-2026-0042?{of}");
        let status = edge.get(&path, client).send().await.expect("an answer").status().as_u16();
        assert_eq!(status, if sees { 200 } else { 404 }, "{client}");
    }
}

/// A body after HEAD breaks a connection of HTTP/2; HTTP/1 would hide it.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_head_has_no_body() {
    let edge = Edge::on(Engine::Sqlite).await;
    let routes = ebirlik_server::routes_of(Arc::clone(&edge.office)).expect("routes");
    for path in ["/v1/approvals", "/v1/codes/0000000000000000", "/v1/accounts", "/errors", "/nowhere"] {
        for (method, empty) in [("HEAD", true), ("GET", false)] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
            let response = routes.clone().oneshot(request).await.expect("an answer");
            let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
            assert_eq!(body.is_empty(), empty, "{method} {path}");
        }
    }
}
