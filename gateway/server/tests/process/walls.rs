//! Submissions that cannot be settled hold up nobody else, and are refused at once beyond their places.

use crate::installation::{Installation, Pair, Server, element, message};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{Hold, TestDatabase};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// What a client sees: status, `Retry-After`, body, and how long it took.
type Seen = (u16, Option<String>, Vec<u8>, Duration);

async fn seen(request: reqwest::RequestBuilder) -> Seen {
    let start = Instant::now();
    let answer = request.send().await.expect("an answer");
    let (status, later) = (answer.status().as_u16(), answer.headers().get("retry-after").cloned());
    let later = later.map(|value| value.to_str().expect("a number").to_owned());
    (status, later, answer.bytes().await.expect("a body").to_vec(), start.elapsed())
}

fn submission(installation: &Installation, url: &str, pair: &Pair, reference: &str) -> reqwest::RequestBuilder {
    let request = installation.http.post(format!("{url}/v1/approvals")).basic_auth(&pair.user, Some(&pair.password));
    request.header("content-type", "application/xml").body(message(pair, reference, "100.00"))
}

/// Fills every place and the whole queue with submissions that cannot be settled.
async fn fill(installation: &Arc<Installation>, server: &Server, pair: &Pair) -> Vec<JoinHandle<Seen>> {
    let mut sent = Vec::new();
    for number in 0..PLACES {
        let request = submission(installation, &server.url, pair, &format!("HELD-{number}"));
        sent.push(tokio::spawn(seen(request)));
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let taken = format!("ebirlik_wall_places_taken{{wall=\"submission\"}} {PLACES}");
    let admin = &installation.info["admin"];
    let admin = (admin["user"].as_str().expect("a user"), admin["password"].as_str());
    loop {
        let figures = installation.http.get(format!("{}/metrics", server.url)).basic_auth(admin.0, admin.1);
        if String::from_utf8_lossy(&seen(figures).await.2).contains(&taken) {
            return sent;
        }
        assert!(Instant::now() < deadline, "the places are not taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const PLACES: usize = 3;
/// What is not held up is answered in milliseconds; this allows for a machine with other work.
const SOON: Duration = Duration::from_millis(700);

on_each_store! {
    /// D-7, G-42: while no submission can be settled, one more is told so at once, and everything else goes on.
    async fn submissions_that_wait_hold_up_neither_officers_nor_people(database: TestDatabase) {
        let installation = Arc::new(Installation::new(database));
        let limits = "{ submissions = 3, wait_ms = 10 }";
        let server = installation.serve_as("http", &installation.http, &[("EBIRLIK_LIMITS", limits)]).await;
        let pair = installation.pair();
        let before = seen(submission(&installation, &server.url, &pair, "BEFORE")).await;
        assert_eq!(before.0, 200);
        let code = element(&before.2, "KriptoKodu").expect("a code");
        let customs = &installation.info["customs"];
        let customs = (customs["user"].as_str().expect("a user"), customs["password"].as_str());
        let verification = || {
            let address = format!("{}/v1/codes/{code}?ref=BEFORE&exporter={}", server.url, pair.exporter);
            seen(installation.http.get(address).basic_auth(customs.0, customs.1))
        };
        assert_eq!(verification().await.0, 200);

        let hold = Hold::on(&installation.database.url).await;
        let held = fill(&installation, &server, &pair).await;
        for number in 0..10 {
            let (status, later, body, took) =
                seen(submission(&installation, &server.url, &pair, &format!("MORE-{number}"))).await;
            let body = String::from_utf8_lossy(&body).into_owned();
            assert_eq!((status, later.as_deref()), (503, Some("1")), "{body}");
            assert!(body.contains("<Durum>GECICI_HATA</Durum>") && body.contains("kod=\"E9001\""), "{body}");
            assert!(took < SOON, "{took:?}");
        }
        for _ in 0..20 {
            let (status, _, body, took) = verification().await;
            assert!(status == 200 && took < SOON, "{status} {took:?}");
            assert!(String::from_utf8_lossy(&body).contains("\"verdict\":\"valid\""));
        }
        let firm = |path: &str| {
            let request = installation.http.get(format!("{}{path}", server.url));
            seen(request.basic_auth(&pair.user, Some(&pair.password)))
        };
        for path in ["/v1/accounts", "/v1/approvals/BEFORE", "/login", "/errors", "/status"] {
            let (status, _, _, took) = firm(path).await;
            assert!(status == 200 && took < SOON, "{path}: {status} {took:?}");
        }

        hold.let_go().await;
        for answer in held {
            assert_eq!(answer.await.expect("no panic").0, 200, "what held a place is answered");
        }
        assert_eq!(seen(submission(&installation, &server.url, &pair, "AFTER")).await.0, 200);
        installation.audit_is_clean();
    }
}
