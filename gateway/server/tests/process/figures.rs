//! What is measured is what is documented, and how things stand is told to everybody.

use crate::installation::{Installation, message};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

on_each_store! {
    async fn the_server_exposes_every_documented_figure_and_no_other(database: TestDatabase) {
        let installation = Installation::new(database);
        let server = installation.serve().await;
        let pair = installation.pair();
        assert_eq!(installation.post(&server.url, &pair, message(&pair, "F-1", "100.00")).await.expect("an answer").0, 200);
        assert_eq!(installation.post(&server.url, &pair, message(&pair, "F-2", "x")).await.expect("an answer").0, 422);
        let figures = figures(&installation, &server.url).await;
        let exposed: BTreeSet<&str> = figures.lines().filter_map(|line| {
            let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            Some(name)
        }).collect();
        let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md")).expect("a file");
        let told: BTreeSet<&str> =
            document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(exposed, told);
        let submission = ["receive", "wait", "read", "decide", "answer"].map(|stage| ("", stage));
        let writer = ["queue", "begin", "read", "decide", "write", "commit"].map(|stage| ("writer_", stage));
        for (of, stage) in submission.into_iter().chain(writer) {
            let count = format!("ebirlik_{of}stage_duration_seconds_count{{stage=\"{stage}\"}} ");
            assert!(figures.lines().any(|line| line.starts_with(&count) && !line.ends_with(" 0")), "{count}\n{figures}");
        }
    }

    /// D-7: without a sign-in, and in both languages.
    async fn the_status_page_tells_everybody_that_all_works(database: TestDatabase) {
        let installation = Installation::new(database);
        let server = installation.serve().await;
        let page = async |address: &str| {
            let answer = installation.http.get(format!("{}{address}", server.url)).send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 200);
            answer.text().await.expect("a page")
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while !page("/status").await.contains("Her şey çalışıyor.") {
            assert!(Instant::now() < deadline, "{}", page("/status").await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(page("/status?lang=en").await.contains("Everything works."));
        let figures = figures(&installation, &server.url).await;
        for part in ["submission", "verification", "payments", "rates"] {
            assert!(figures.contains(&format!("ebirlik_part_works{{part=\"{part}\"}} 1")), "{figures}");
        }
    }
}

async fn figures(installation: &Installation, url: &str) -> String {
    let admin = &installation.info["admin"];
    let request = installation.http.get(format!("{url}/metrics"));
    let request = request.basic_auth(admin["user"].as_str().expect("a user"), admin["password"].as_str());
    request.send().await.expect("an answer").text().await.expect("a text")
}
