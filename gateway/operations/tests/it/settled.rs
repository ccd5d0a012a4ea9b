//! Fees find the unions that they are of.

use crate::stage::{EXPORTER, Stage, approval, declared, message, message_with};
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

    /// G-93: a correction counts in its own month; the month before is shared as it was, and may be asked for again.
    async fn a_later_correction_leaves_a_month_alone(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("BRK-1")).await);
        let marble = |amount: &str| message_with("BRK-2", "IMMIB", "CARI_HESAP", EXPORTER, "251511000000", amount);
        let fee = approval(&stage.send(&marble("10000.00")).await).price.fee;
        let (november, december) = (Month::parse("2026-11").expect("a month"), Month::parse("2026-12").expect("a month"));
        stage.clock.move_to("2026-12-01T08:00:00Z");
        let told = async |month: &Month| {
            let settled = settle(&stage.office, month, 0).await.expect("settled");
            settled.into_iter().map(|line| (line.settlement.kurus, line.is_new)).collect::<Vec<_>>()
        };
        assert_eq!(told(&november).await, [(51_877 + fee.kurus(), true)]);
        let clothes = message_with("BRK-2", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "30000.00");
        stage.act("BRK-2", Act::Correct(Box::new(declared(&clothes)))).await.expect("corrected");
        assert_eq!(told(&november).await, [(51_877 + fee.kurus(), false)]);
        stage.clock.move_to("2027-01-04T08:00:00Z");
        assert_eq!(told(&december).await, [(62_252 - fee.kurus(), true)]);
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
