//! Many clients at once through the edge.

use crate::installation::{Installation, Pair, element, message};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

on_each_store! {
    /// G-29, G-42, G-43: the same message a thousand times over fifty connections is one approval with one answer.
    async fn a_thousand_twins_over_fifty_connections_get_one_answer(database: TestDatabase) {
        let installation = Arc::new(Installation::new(database));
        let server = installation.serve().await;
        let pair = installation.pair();
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let (installation, url, pair) = (Arc::clone(&installation), server.url.clone(), pair.clone());
                tokio::spawn(async move {
                    let mut answers = Vec::new();
                    for _ in 0..20 {
                        answers.push(installation.post(&url, &pair, message(&pair, "TWIN-1", "1000.00")).await);
                    }
                    answers
                })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.extend(task.await.expect("no panic").into_iter().map(|answer| answer.expect("an answer")));
        }
        assert_eq!(answers.len(), 1_000);
        let different: HashSet<_> = answers.into_iter().collect();
        assert_eq!(different.len(), 1, "{different:?}");
        assert!(different.iter().all(|(status, _)| *status == 200));
        installation.audit_is_clean();
    }

    /// G-45: two hundred declarations at once on the demo's one small account: as many are approved as it can pay.
    async fn a_small_account_pays_exactly_what_it_can_over_http(database: TestDatabase) {
        let installation = Arc::new(Installation::new(database));
        let server = installation.serve().await;
        let rows = |value: &Value| value.as_array().expect("a list").clone();
        let kurus = |text: &str| text.replace('.', "").parse::<i64>().expect("a sum");
        let is_small = |row: &Value| row["pays"] == true && row["balance"].as_str().is_some_and(|sum| kurus(sum) < 200_000);
        let owners = rows(&installation.info["exporters"]);
        let (owner, account) = owners
            .iter()
            .find_map(|owner| Some((owner, rows(&owner["accounts"]).into_iter().find(is_small)?)))
            .expect("the demo's small account");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let pair = Pair {
            user: text(&owner["user"]),
            password: text(&owner["password"]),
            declarant: text(&owner["tax_no"]),
            exporter: text(&owner["tax_no"]),
            secretariat: text(&account["secretariat"]),
        };
        // 720.00 USD x 41.5012 x 0.0005 = 14.94 TL each: the account pays for a hundred and not for two hundred.
        let tasks: Vec<_> = (0..200)
            .map(|number| {
                let (installation, url, pair) = (Arc::clone(&installation), server.url.clone(), pair.clone());
                let sent = message(&pair, &format!("SMALL-{number}"), "720.00");
                tokio::spawn(async move { installation.post(&url, &pair, sent).await.expect("an answer") })
            })
            .collect();
        let mut codes = HashSet::new();
        let mut waiting = 0;
        for task in tasks {
            let (status, answer) = task.await.expect("no panic");
            match status {
                200 => assert!(codes.insert(element(&answer, "KriptoKodu").expect("a code"))),
                202 => waiting += i32::from(String::from_utf8_lossy(&answer).contains("N4001")),
                _ => panic!("{status}: {}", String::from_utf8_lossy(&answer)),
            }
        }
        let before = kurus(&text(&account["balance"]));
        let paid = i64::try_from(codes.len()).expect("a count");
        assert_eq!((paid, waiting), (before / 1_494, 200 - i32::try_from(codes.len()).expect("a count")));
        let request = installation.http.get(format!("{}/v1/accounts", server.url));
        let told = request.basic_auth(&pair.user, Some(&pair.password)).send().await.expect("an answer");
        let left = format!("{}.{:02}", (before - paid * 1_494) / 100, (before - paid * 1_494) % 100);
        assert!(told.text().await.expect("a text").contains(&format!("\"{left}\"")), "{left}");
        installation.audit_is_clean();
    }

    /// G-45: deposits by command and two servers under load leave every balance right.
    async fn deposits_and_a_second_server_beside_load_lose_nothing(database: TestDatabase) {
        let installation = Arc::new(Installation::new(database));
        let first = installation.serve().await;
        // One SQLite file has one server; one PostgreSQL may have several.
        let second = if installation.database.url.starts_with("postgres") { Some(installation.serve().await) } else { None };
        let urls = [first.url.clone(), second.as_ref().map_or_else(|| first.url.clone(), |second| second.url.clone())];
        let pair = installation.pair();
        let tasks: Vec<_> = (0..16)
            .map(|client| {
                let (installation, pair) = (Arc::clone(&installation), pair.clone());
                let url = urls[client % 2].clone();
                tokio::spawn(async move {
                    for number in 0..30 {
                        // Each reference comes from two clients, one on each server.
                        let reference = format!("LOAD-{}-{number}", client / 2);
                        let sent = installation.post(&url, &pair, message(&pair, &reference, "100.00")).await;
                        let (status, answer) = sent.expect("an answer");
                        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
                    }
                })
            })
            .collect();
        let account = format!("{}-{}", pair.secretariat, pair.exporter);
        for number in 0..6 {
            let reference = format!("BANK-{}", number / 2);
            let booked = installation.run(
                &["deposit", "--account", &account, "--amount", "1000.00", "--reference", &reference], "");
            assert!(booked.status.success(), "{}", String::from_utf8_lossy(&booked.stderr));
        }
        for task in tasks {
            task.await.expect("every message approved");
        }
        let probe = installation.post(&first.url, &pair, message(&pair, "LOAD-0-0", "100.00")).await.expect("an answer");
        assert!(element(&probe.1, "KriptoKodu").is_some());
        // 240 fees of 2.08 (100 USD x 41.5012 x 0.0005) went, three deposits of 1,000.00 came.
        let last = installation.post(&first.url, &pair, message(&pair, "LOAD-LAST", "100.00")).await.expect("an answer");
        let left = element(&last.1, "Bakiye").expect("a balance");
        let before = installation.info["exporters"].as_array().expect("exporters").iter()
            .find(|row| row["tax_no"] == pair.exporter.as_str()).expect("the exporter")["accounts"].as_array()
            .expect("accounts").iter().find(|row| row["secretariat"] == pair.secretariat.as_str())
            .expect("its account")["balance"].as_str().expect("a balance").to_owned();
        let kurus = |text: &str| text.replace('.', "").parse::<i64>().expect("a sum");
        assert_eq!(kurus(&left), kurus(&before) + 300_000 - 241 * 208);
        installation.audit_is_clean();
    }
}
