//! Any bytes sent to `POST /v1/approvals` get a well-formed answer, and what is taken the same answer again.
//!
//! The real router over a real SQLite store with the demo's parties, without a socket between. The clock stands still.
#![no_main]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::Clock;
use ebirlik_message::{RequestFacts, Wire, edifact};
use ebirlik_operations::{Office, Settings, demo, keys};
use ebirlik_store::Store;
use http_body_util::BodyExt;
use jiff::{Timestamp, civil::date};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let stage = &*STAGE;
    let (status, answer) = stage.runtime.block_on(stage.send(bytes));
    if status.is_success() {
        let again = stage.runtime.block_on(stage.send(bytes));
        assert_eq!(again, (status, answer.clone()), "a resend is answered otherwise");
    }
    let text = String::from_utf8_lossy(&answer);
    match Wire::of(bytes) {
        Wire::Xml => {
            // The reader says of our own answers that they are no message for it, once it has found them well-formed.
            let said = Wire::Xml.read(&answer[..], &RequestFacts::default());
            let said = said.map(|_| ()).map_err(|flaw| flaw.finding().rule);
            assert_eq!(said, Err(Rule::MessageUnknown), "{text}");
            assert!(text.contains("<BirlikOnayCevabi xmlns=\"urn:ebirlik:onay:1\">"), "{text}");
        }
        Wire::Edifact => {
            let segments = edifact::segments(&answer).expect("an interchange");
            let kind = segments.get(1).map_or("", |header| header.text(2, 1));
            assert!(matches!(kind, "CUSRES" | "CONTRL") && (kind == "CONTRL") == text.contains("'UCI+"), "{text}");
        }
    }
    assert!(status != StatusCode::INTERNAL_SERVER_ERROR && status != StatusCode::SERVICE_UNAVAILABLE, "{text}");
});

static STAGE: LazyLock<Stage> = LazyLock::new(Stage::set);

/// An office with the demo's parties, and the way in.
struct Stage {
    runtime: Runtime,
    routes: Router,
    _folder: TempDir,
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        "2026-11-21T11:03:22.123Z".parse().expect("an instant")
    }
}

impl Stage {
    fn set() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let routes = runtime.block_on(async {
            let ring = folder.path().join("keys");
            keys::generate(&ring, &[7; 32], date(2026, 1, 1)).expect("keys");
            let low_balance = Money::parse("1000").expect("money");
            let settings = Settings { keys: ring, keys_passphrase: None, low_balance, two_people_above: Money::ZERO, queue: 16, batch: 256, server_salt: 1 };
            let url = format!("sqlite:{}", folder.path().join("store.sqlite").display());
            let store = Store::open(&url).await.expect("the store opens");
            let office = Office::open(store, Arc::new(StoppedClock), settings).await.expect("the office opens");
            demo::seed(&office).await.expect("the demo's parties");
            ebirlik_server::routes_of(office).expect("routes")
        });
        Self { runtime, routes, _folder: folder }
    }

    /// Sends a message as the demo's first broker; one without our wrapper says in the address where it goes.
    async fn send(&self, bytes: &[u8]) -> (StatusCode, Bytes) {
        let is_wrapped = bytes.windows(WRAPPER.len()).any(|window| window == WRAPPER);
        let request = Request::post(if is_wrapped { "/v1/approvals" } else { "/v1/approvals?secretariat=IMMIB" })
            .header(header::AUTHORIZATION, BROKER1)
            .header(header::CONTENT_TYPE, Wire::of(bytes).content_type())
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))))
            .body(Body::from(bytes.to_vec()))
            .expect("a request");
        let answer = self.routes.clone().oneshot(request).await.expect("routes always answer");
        (answer.status(), answer.into_body().collect().await.expect("a body").to_bytes())
    }
}

const WRAPPER: &[u8] = b"BirlikOnayTalebi";
/// `broker1:demo-broker1`.
const BROKER1: &str = "Basic YnJva2VyMTpkZW1vLWJyb2tlcjE=";
