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
