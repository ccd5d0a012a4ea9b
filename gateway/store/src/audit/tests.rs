//! What an audit of the store alone must find, and what must never be there to be found.

use super::{AuditedApproval, Judge};
use crate::accounts::{AccountKind, Deposit};
use crate::parties::Firm;
use crate::testing::TestDatabase;
use crate::{Ids, Store, on_each_store};
use ebirlik_domain::money::Money;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

struct NoJudge;

impl Judge for NoJudge {
    fn approval(&self, _: &AuditedApproval) -> Vec<String> {
        Vec::new()
    }
}

on_each_store! {
    /// Two servers chain while a third writes: each event stands in the chain once.
    async fn two_servers_chain_each_event_once(database: TestDatabase) {
        let store = Store::open(&database.url).await.expect("the store opens");
        let firm = Firm { tax_no: "1234567890".into(), title: "Işık A.Ş.".into(), kind: "exporter".into() };
        store.save_firms(&[firm]).await.expect("firms");
        store.open_account(AccountKind::Current, "1234567890", "IMMIB").await.expect("an account");
        let is_over = Arc::new(AtomicBool::new(false));
        let mut chaining = tokio::task::JoinSet::new();
        for _ in 0..2 {
            let (other, is_over) = (Store::open(&database.url).await.expect("the store opens"), Arc::clone(&is_over));
            chaining.spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    other.extend_chain().await.expect("chained");
                }
                other.close().await;
            });
        }
        let ids = Ids::after(0, 1);
        for number in 0..DEPOSITS {
            let deposit = Deposit {
                kind: "deposit",
                firm: "1234567890".into(),
                secretariat: "IMMIB".into(),
                amount: Money::from_kurus(1).expect("money"),
                reference: number.to_string(),
            };
            let now = "2026-11-22T00:00:00Z".parse().expect("an instant");
            store.deposit(&[deposit], &ids, now).await.expect("a deposit");
        }
        is_over.store(true, Ordering::Relaxed);
        chaining.join_all().await;
        while store.extend_chain().await.expect("chained") > 0 {}
        let report = store.audit(&NoJudge).await.expect("an audit");
        assert_eq!((report.events >= DEPOSITS, report.broken), (true, Vec::new()));
        store.close().await;
    }
}

const DEPOSITS: u64 = 300;
