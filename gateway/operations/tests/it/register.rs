//! What is remembered of the register never outlives a change, whoever made it.

use crate::stage::{BROKER, EXPORTER, Stage, approval, codes, message};
use ebirlik_operations::approve::Mode;
use ebirlik_store::on_each_store;
use ebirlik_store::parties::{PayerCommitment, Power};
use ebirlik_store::testing::TestDatabase;

on_each_store! {
    /// a power that ends counts for the next declaration, on each server, in a dry run too.
    async fn a_power_that_ended_counts_at_once(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let beside = stage.beside(&database.url).await;
        approval(&stage.send(&message("BRK-1")).await);
        approval(&beside.send(&message("BRK-2")).await);
        let ended = Power {
            exporter: EXPORTER.into(),
            declarant: BROKER.into(),
            secretariat: "*".into(),
            takes_refunds: 0,
            daily_limit: None,
            valid_from: "2024-01-01".into(),
            valid_to: "2026-11-20".into(),
        };
        beside.office.store.save_powers(std::slice::from_ref(&ended)).await.unwrap();
        assert_eq!(codes(&stage.send(&message("BRK-3")).await), ["E3002"]);
        assert_eq!(codes(&beside.try_send(&message("BRK-3"), Mode::Trial).await.unwrap()), ["E3002"]);
        stage.office.store.save_powers(&[Power { valid_to: String::new(), ..ended }]).await.unwrap();
        approval(&beside.send(&message("BRK-3")).await);
        stage.audit_is_clean().await;
    }

    /// G-47: who agreed to pay is asked for each debit, not remembered beyond a change.
    async fn a_payer_that_wants_to_be_asked_is_asked_at_once(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let beside = stage.beside(&database.url).await;
        approval(&stage.send(&message("BRK-1")).await);
        let asked = PayerCommitment {
            exporter: EXPORTER.into(),
            secretariat: "IMMIB".into(),
            declarant: String::new(),
            payer: EXPORTER.into(),
            automatic: 0,
            valid_from: "2024-01-01".into(),
            valid_to: String::new(),
        };
        beside.office.store.save_payers(&[asked]).await.unwrap();
        assert_eq!(codes(&stage.send(&message("BRK-2")).await), ["N4002"]);
        assert_eq!(stage.balance().await, "99481.23");
    }
}
