//! kill -9 under load, again and again: nothing acknowledged is lost, nothing is done twice.

use crate::installation::{Installation, element, message};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROUNDS: usize = 20;
const CLIENTS: usize = 8;

on_each_store! {
    /// G-43, contract section 9: after each kill every code that a client received verifies, every unanswered
    /// message sent again gets one answer, every answer stays as it was.
    async fn twenty_kills_under_load_lose_nothing(database: TestDatabase) {
        let installation = Arc::new(Installation::new(database));
        let pair = installation.pair();
        let answers: Arc<Mutex<BTreeMap<String, Option<Vec<u8>>>>> = Arc::default();
        for round in 0..ROUNDS {
            let server = installation.serve().await;
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let (installation, pair, answers) = (Arc::clone(&installation), pair.clone(), Arc::clone(&answers));
                    let url = server.url.clone();
                    tokio::spawn(async move {
                        for number in 0.. {
                            let reference = format!("KILL-{round}-{client}-{number}");
                            let sent = installation.post(&url, &pair, message(&pair, &reference, "100.00")).await;
                            let answer = sent.filter(|(status, _)| *status == 200).map(|(_, answer)| answer);
                            let broken = answer.is_none();
                            answers.lock().expect("a lock").insert(reference, answer);
                            if broken {
                                return;
                            }
                        }
                    })
                })
                .collect();
            // A different moment each round, from in the middle of the first batch to well into the load. Counted in
            // answers, so that a busy machine kills as late as an idle one.
            let enough = answers.lock().expect("a lock").len() + round * 137 % 40;
            let patience = Instant::now() + Duration::from_secs(20);
            while answers.lock().expect("a lock").len() <= enough && Instant::now() < patience {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.kill();
            for client in clients {
                client.await.expect("no panic");
            }
        }
        let answers = Arc::try_unwrap(answers).expect("no client left").into_inner().expect("a lock");
        let server = installation.serve().await;
        let codes: Vec<(String, String)> = answers
            .iter()
            .filter_map(|(reference, answer)| Some((reference.clone(), element(answer.as_ref()?, "KriptoKodu")?)))
            .collect();
        assert!(codes.len() > 100, "only {} answers came in {ROUNDS} rounds", codes.len());
        for chunk in codes.chunks(5_000) {
            let verdicts = installation.verdicts(&server.url, &pair, chunk).await;
            assert!(verdicts.iter().all(|verdict| verdict == "valid"), "{verdicts:?}");
        }
        for (reference, answer) in &answers {
            let again = installation.post(&server.url, &pair, message(&pair, reference, "100.00")).await;
            let (status, again) = again.expect("an answer");
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&again));
            if let Some(answer) = answer {
                assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(answer));
            }
        }
        installation.audit_is_clean();
    }
}
