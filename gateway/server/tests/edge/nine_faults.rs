//! A message with nine faults gets nine errors, each with its place, value, remedy and both languages.

use crate::office::{Edge, fixture};
use ebirlik_store::testing::Engine;

/// G-88: all errors at once, in both languages, with place and remedy.
#[tokio::test(flavor = "multi_thread")]
async fn nine_faults_are_nine_errors_with_place_and_remedy() {
    let edge = Edge::on(Engine::Sqlite).await;
    let (status, answer) = edge.submit(fixture("bilge/nine-faults-at-once/request.xml")).await;
    assert_eq!(status, 422);
    let errors: Vec<&str> = answer.split("<Hata ").skip(1).collect();
    assert_eq!(errors.len(), 9, "{answer}");
    for error in errors {
        for part in ["yol=\"/", "satir=\"", "sutun=\"", "<Mesaj dil=\"tr\">", "<Mesaj dil=\"en\">", "<Oneri>"] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
    let known = edge.get("/v1/approvals/CNL26-00999", "broker1").send().await.expect("an answer");
    assert_eq!(known.status().as_u16(), 404, "nothing is recorded");
}
