//! Fees find the unions that they are of.

use crate::stage::{EXPORTER, Stage, approval, message, message_with};
use ebirlik_operations::cases::Act;
use ebirlik_operations::reconcile::Month;
use ebirlik_operations::refund::Application;
use ebirlik_operations::settle::{SettleError, settle};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;

on_each_store! {
    /// who registers and who is credited are two; the postings of a month add up to what was taken
    /// less what was given back, and the same month twice books once.
    async fn a_months_fees_find_their_unions(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        // Clothes: no union of IMMIB works in them, the exporter is a member of its mining union alone.
        approval(&stage.send(&message("BRK-1")).await);
        // Marble: the mining union's own.
        let marble = message_with("BRK-2", "IMMIB", "CARI_HESAP", EXPORTER, "251511000000", "10000.00");
        let fee = approval(&stage.send(&marble).await).price.fee;
        approval(&stage.send(&message("BRK-3")).await);
        stage.act("BRK-3", Act::Cancel).await.expect("cancelled");
        let back = Application { amount: None, applied_by: None, applied_on: None, confirmation: "yazı".into() };
        stage.act("BRK-3", Act::Refund(back)).await.expect("refunded");
        let month = Month::parse("2026-11").expect("a month");
        assert!(matches!(settle(&stage.office, &month, 0).await, Err(SettleError::NotOver(_))));
        stage.clock.move_to("2026-12-01T08:00:00Z");
        let settled = settle(&stage.office, &month, 0).await.expect("settled");
        let told: Vec<_> = settled.iter().map(|line| (&*line.settlement.union_code, line.settlement.kurus, line.is_new)).collect();
        assert_eq!(told, [("IMIB", 51_877 + fee.kurus(), true)]);
        let again = settle(&stage.office, &month, 0).await.expect("settled");
        assert!(again.iter().all(|line| !line.is_new) && again.len() == 1);
        assert!(matches!(settle(&stage.office, &month, 30_000).await, Err(SettleError::Before(_))));
        stage.audit_is_clean().await;
    }

    /// a share of all goes to TİM, to the kuruş.
    async fn a_share_goes_to_tim(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("BRK-1")).await);
        stage.clock.move_to("2026-12-01T08:00:00Z");
        let settled = settle(&stage.office, &Month::parse("2026-11").expect("a month"), 30_000).await.expect("settled");
        let told: Vec<_> = settled.iter().map(|line| (&*line.settlement.union_code, line.settlement.kurus)).collect();
        assert_eq!(told, [("IMIB", 51_877 - 1_556), ("TIM", 1_556)]);
        stage.audit_is_clean().await;
    }
}
