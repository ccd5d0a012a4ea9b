//! After a loss: no number is given twice, and whoever reads on from a number misses nothing.

use crate::stage::{EXPORTER, Stage, approval, message};
use ebirlik_operations::backup::{Afterwards, NUMBERS_LEFT_OUT, backup, restore};
use ebirlik_store::on_each_store;
use ebirlik_store::receipts::ReceiptFilter;
use ebirlik_store::testing::{TestDatabase, execute};
use std::path::Path;

const NOW: &str = "2026-11-22T00:00:00Z";
const ALWAYS: ReceiptFilter = ReceiptFilter {
    from: i64::MIN,
    until: i64::MAX,
    exporter: String::new(),
    declarant: String::new(),
    secretariat: String::new(),
};

/// Last place in the exporter's feed, last line of its account, last receipt.
async fn heads(stage: &Stage) -> (i64, i64, i64) {
    stage.number().await;
    let store = &stage.office.store;
    let account = store.find_account(EXPORTER, "IMMIB").await.unwrap().expect("an account");
    let mut heads = (0, 0, 0);
    loop {
        let feed = store.list_feed(EXPORTER, heads.0, 100).await.unwrap();
        let Some(last) = feed.last() else { break };
        heads.0 = last.position;
    }
    let lines = store.list_lines(account, 0, i64::MAX, 1_000).await.unwrap();
    heads.1 = lines.last().map_or(0, |line| line.number);
    let receipts = store.list_receipts_of("IMMIB", 2026, 0, &ALWAYS, 1_000).await.unwrap();
    heads.2 = receipts.last().map_or(0, |receipt| receipt.number);
    heads
}

async fn backed_up(url: &str, file: &Path) {
    backup(url, file, NOW.parse().expect("an instant"), &mut |_, _| ()).await.expect("a backup");
}

/// The backup in an empty store, with a gap.
async fn restored(file: &Path, beside: &TestDatabase) -> TestDatabase {
    let database = beside.another().await;
    let now = NOW.parse().expect("an instant");
    restore(&database.url, file, Afterwards::PerhapsApprovals, now, &mut |_, _| ()).await.expect("restored");
    database
}

on_each_store! {
    /// G-71, G-83: receipts, feeds and lines go on behind all that may have been given after the backup; a reader that
    /// goes on from where it was sees everything that is new; the audit takes this gap, also a second one, and no other.
    async fn numbers_go_on_behind_those_that_were_lost(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("R-1")).await);
        approval(&stage.send(&message("R-2")).await);
        let before = heads(&stage).await;
        let folder = tempfile::tempdir().expect("a folder");
        backed_up(&database.url, &folder.path().join("first")).await;
        approval(&stage.send(&message("R-3")).await);
        let lost = heads(&stage).await;
        assert!(lost.0 > before.0 && lost.1 > before.1 && lost.2 > before.2);

        let second = restored(&folder.path().join("first"), &database).await;
        let stage = stage.beside(&second.url).await;
        stage.audit_is_clean().await;
        approval(&stage.send(&message("R-4")).await);
        let gap = i64::from(NUMBERS_LEFT_OUT);
        let after = heads(&stage).await;
        assert_eq!((after.1, after.2), (before.1 + gap + 1, before.2 + gap + 1));
        assert!(after.0 > before.0 + gap);
        let missed = stage.office.store.list_feed(EXPORTER, lost.0, 100).await.unwrap();
        assert!(missed.iter().any(|entry| entry.reference.as_deref() == Some("R-4")), "{missed:?}");
        stage.audit_is_clean().await;

        // And once more, twice without anything between.
        backed_up(&second.url, &folder.path().join("second")).await;
        let third = restored(&folder.path().join("second"), &database).await;
        backed_up(&third.url, &folder.path().join("third")).await;
        let fourth = restored(&folder.path().join("third"), &database).await;
        let stage = stage.beside(&fourth.url).await;
        approval(&stage.send(&message("R-5")).await);
        let last = heads(&stage).await;
        assert_eq!((last.1, last.2), (after.1 + 2 * gap + 1, after.2 + 2 * gap + 1));
        stage.audit_is_clean().await;
        execute(&fourth.url, "delete from left_out where kind = 'receipt'").await;
        let report = ebirlik_operations::audit::audit(&stage.office).await.expect("an audit");
        assert_eq!(report.broken.iter().map(|broken| broken.invariant).collect::<Vec<_>>(), ["receipts are gapless"]);
    }
}
