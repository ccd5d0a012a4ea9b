//! Backups taken from a running server, restored on both databases.

use crate::installation::{Installation, Pair, element, message};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

type Answers = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Approves under references of its own until it is told to stop, and notes each answer as it comes.
async fn approve_until(
    installation: Arc<Installation>,
    url: String,
    pair: Pair,
    client: usize,
    answers: Answers,
    stop: watch::Receiver<bool>,
) {
    for number in 0.. {
        if *stop.borrow() {
            return;
        }
        let reference = format!("BACKUP-{client}-{number}");
        let sent = installation.post(&url, &pair, message(&pair, &reference, "100.00")).await;
        let (status, answer) = sent.expect("an answer");
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        answers.lock().expect("a lock").insert(reference, answer);
    }
}

/// What was approved before the backup began, in a backup taken while the server approves.
async fn backup_under_load(installation: &Arc<Installation>, pair: &Pair, file: &str) -> BTreeMap<String, Vec<u8>> {
    let server = installation.serve().await;
    let answers = Answers::default();
    let (stop, stopped) = watch::channel(false);
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let (installation, url) = (Arc::clone(installation), server.url.clone());
            let work = approve_until(installation, url, pair.clone(), client, Arc::clone(&answers), stopped.clone());
            tokio::spawn(work)
        })
        .collect();
    let enough = |count: usize| answers.lock().expect("a lock").len() >= count;
    while !enough(40) {
        tokio::task::yield_now().await;
    }
    let acknowledged = answers.lock().expect("a lock").clone();
    let made = installation.run(&["backup", file], "");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let grown = acknowledged.len() + 1;
    while !enough(grown) {
        tokio::task::yield_now().await;
    }
    stop.send(true).expect("heard");
    for client in clients {
        client.await.expect("no panic");
    }
    server.kill();
    acknowledged
}

on_each_store! {
    /// Contract section 2: whatever was acknowledged before a backup began verifies, answers and audits on the
    /// restored copy, on the same engine and on the other.
    async fn a_backup_under_load_restores_on_both_engines(database: TestDatabase) {
        let mut installation = Arc::new(Installation::new(database));
        let pair = installation.pair();
        let file = installation.folder.path().join("copy").to_str().expect("a path").to_owned();
        let acknowledged = backup_under_load(&installation, &pair, &file).await;
        assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        // The page says how it is read without us.
        let read = format!("tail -n +2 '{file}' | head -c -32 | gunzip");
        let read = Command::new("sh").args(["-c", &read]).output().expect("a shell");
        assert!(read.status.success() && String::from_utf8_lossy(&read.stdout).contains(&format!("\"{}\"", acknowledged.keys().next().expect("one"))));
        let refused = installation.run(&["restore", &file], "");
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("not empty"));
        installation.audit_is_clean();

        for (other, arguments, next) in [
            (TestDatabase::sqlite(), &["restore", &file, "--nothing-lost"][..], 1..1_000_000),
            (TestDatabase::postgres().await, &["restore", &file], 1_000_000..2_000_000_u32),
        ] {
            Arc::get_mut(&mut installation).expect("no client left").move_to(other);
            let restored = installation.run(arguments, "");
            let said = String::from_utf8_lossy(&restored.stdout).into_owned();
            assert!(restored.status.success(), "{said}{}", String::from_utf8_lossy(&restored.stderr));
            assert!(said.contains(": 0 broken"), "{said}");
            let server = installation.serve().await;
            let code = |answer: &[u8]| element(answer, "KriptoKodu").expect("a code");
            let codes: Vec<_> =
                acknowledged.iter().map(|(reference, answer)| (reference.clone(), code(answer))).collect();
            let verdicts = installation.verdicts(&server.url, &pair, &codes).await;
            assert!(verdicts.iter().all(|verdict| verdict == "valid"), "{verdicts:?}");
            for (reference, answer) in &acknowledged {
                let again = installation.post(&server.url, &pair, message(&pair, reference, "100.00")).await;
                let (_, again) = again.expect("an answer");
                assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(answer));
            }
            let new = installation.post(&server.url, &pair, message(&pair, "AFTERWARDS", "100.00")).await;
            let number = element(&new.expect("an answer").1, "BirlikKayitNo").expect("a record number");
            let number: u32 = number[number.len() - 9..].parse().expect("a number");
            assert!(next.contains(&number), "{number}");
            server.kill();
            installation.audit_is_clean();
        }
    }
}
