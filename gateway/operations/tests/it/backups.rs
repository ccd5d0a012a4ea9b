//! What is in a backup, what is not, and what a damaged one does.

use crate::stage::{Stage, approval, message};
use ebirlik_operations::backup::{Afterwards, BackupError, backup, restore};
use ebirlik_store::clients::ClientRow;
use ebirlik_store::testing::TestDatabase;
use ebirlik_store::{Store, on_each_store};
use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;
use std::path::Path;

const NOW: &str = "2026-11-22T00:00:00Z";

/// A backup of a store with one approval and one session; its bytes.
async fn backed_up(url: &str, file: &Path) -> Vec<u8> {
    let stage = Stage::with_balance(url, "1000").await;
    approval(&stage.send(&message("B-1")).await);
    let client = ClientRow {
        code: "officer".into(),
        firm: String::new(),
        secretariat: String::new(),
        contact_office: String::new(),
        roles: "customs".into(),
        password_hash: String::new(),
        payment_password_hash: String::new(),
        locked: 0,
    };
    stage.office.store.save_clients(&[client]).await.expect("a client");
    stage.office.store.start_session(SESSION, "officer", "", 1).await.expect("a session");
    backup(url, file, NOW.parse().expect("an instant"), &mut |_, _| ()).await.expect("a backup");
    fs::read(file).expect("a file")
}

async fn try_restore(url: &str, file: &Path) -> Result<(), BackupError> {
    let now = NOW.parse().expect("an instant");
    restore(url, file, Afterwards::Nothing, now, &mut |_, _| ()).await.map(|_| ())
}

/// First line and rows, as text.
fn unpacked(backup: &[u8]) -> String {
    let header = backup.iter().position(|byte| *byte == b'\n').expect("a first line") + 1;
    let mut text = String::from_utf8(backup[..header].to_vec()).expect("UTF-8");
    GzDecoder::new(&backup[header..]).read_to_string(&mut text).expect("rows");
    text
}

on_each_store! {
    /// Neither keys nor sessions leave the house in a backup.
    async fn a_backup_holds_no_key_and_no_session(database: TestDatabase) {
        let folder = tempfile::tempdir().expect("a folder");
        let text = unpacked(&backed_up(&database.url, &folder.path().join("copy")).await);
        assert!(text.starts_with("{\"ebirlik_backup\":1,") && text.contains("\"B-1\""), "{text:.200}");
        let hex = |byte: u8, length: usize| format!("{byte:02x}").repeat(length);
        // The stage's key is 32 times 7; the session's digest is 32 times 0xd1.
        assert!(!text.contains(&hex(7, 32)) && !text.contains(&hex(0xd1, 32)) && !text.contains("\"session\""));
    }

    /// Every bit of the file counts, and nothing is touched before it is known to be whole.
    async fn a_damaged_backup_is_refused_and_the_store_stays_empty(database: TestDatabase) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("copy");
        let good = backed_up(&TestDatabase::sqlite().url, &file).await;
        for at in (0..good.len()).step_by(good.len() / 40).chain([good.len() - 1]) {
            let mut flipped = good.clone();
            flipped[at] ^= 1 << (at % 8);
            for damaged in [&flipped[..], &good[..at], &[&good[..], &good[..at]].concat()] {
                if damaged == good {
                    continue;
                }
                fs::write(&file, damaged).expect("written");
                let refused = try_restore(&database.url, &file).await;
                assert!(matches!(refused, Err(BackupError::File { .. })), "{at}: {refused:?}");
            }
        }
        let store = Store::open(&database.url).await.expect("the store opens");
        assert_eq!(store.newest_event().await.expect("an answer"), 0);
        store.close().await;
        fs::write(&file, &good).expect("written");
        try_restore(&database.url, &file).await.expect("restored");
        assert!(matches!(try_restore(&database.url, &file).await, Err(BackupError::Copy(_))));
    }
}

/// A wrong address is told and makes no store.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_no_store_makes_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store.db");
    let now = NOW.parse().expect("an instant");
    let url = format!("sqlite:{}", store.display());
    assert!(backup(&url, &folder.path().join("copy"), now, &mut |_, _| ()).await.is_err());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

const SESSION: &[u8] = &[0xd1; 32];
