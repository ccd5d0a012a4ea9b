//! What happens to a batch when something is wrong with one of its declarations.

use crate::stage::{EXPORTER, Stage, approval, message};
use ebirlik_domain::decision::{Decision, Fault};
use ebirlik_domain::verdict::Verdict;
use ebirlik_operations::approve::Mode;
use ebirlik_operations::verify::{Asked, verify};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{TestDatabase, execute};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Makes the store refuse a row: the declaration of this reference.
async fn refuse(url: &str, reference: &str) {
    let statement = if url.starts_with("postgres") {
        format!("alter table declaration add constraint refused check (reference <> '{reference}')")
    } else {
        format!(
            "create trigger refused before insert on declaration when new.reference = '{reference}'
             begin select raise(abort, 'refused'); end"
        )
    };
    execute(url, &statement).await;
}

on_each_store! {
    /// G-43: a row that the store refuses spoils nobody else's approval, however many share its batch.
    async fn one_bad_row_holds_up_nobody(database: TestDatabase) {
        let stage = Arc::new(Stage::with_balance(&database.url, "100000").await);
        refuse(&database.url, "BRK-77").await;
        let mut sent = JoinSet::new();
        for number in 0..128 {
            let stage = Arc::clone(&stage);
            let reference = format!("BRK-{number}");
            sent.spawn(async move { (stage.try_send(&message(&reference), Mode::Real).await, reference) });
        }
        while let Some(answered) = sent.join_next().await {
            match answered.expect("an answer") {
                (Err(Fault::Unavailable), reference) => assert_eq!(reference, "BRK-77"),
                (Ok(Decision::Approved(_)), reference) => assert_ne!(reference, "BRK-77"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(stage.balance().await, "34116.21", "127 fees");
        stage.audit_is_clean().await;
    }

    /// G-30: a code that stands already is never given twice: the declaration gets another one, which verifies.
    async fn a_code_that_clashes_is_drawn_anew(database: TestDatabase) {
        let elsewhere = TestDatabase::sqlite();
        let taken = approval(&Stage::with_balance(&elsewhere.url, "1000").await.send(&message("BRK-1")).await).code.clone();
        let stage = Stage::with_balance(&database.url, "10000").await;
        let first = approval(&stage.send(&message("BRK-2")).await).code.clone();
        execute(&database.url, &format!("update approval set code = '{taken}' where code = '{first}'")).await;
        let drawn = approval(&stage.send(&message("BRK-1")).await);
        assert_ne!(drawn.code, taken);
        assert_eq!(approval(&stage.send(&message("BRK-1")).await), drawn, "the answer stands");
        let asked =
            Asked { code: drawn.code.clone(), reference: Some("BRK-1".into()), exporter: Some(EXPORTER.into()) };
        let told = verify(&stage.office, &[asked]).await.expect("a verdict");
        assert_eq!((told[0].verdict, told[0].bound), (Verdict::Valid, true));
        assert_eq!(stage.balance().await, "8962.46", "two fees");
    }
}
