//! The same reference again: before payment, after it, after the end.

use crate::stage::{EXPORTER, Stage, approval, codes, message, message_with};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::state::State;
use ebirlik_operations::status::{Answer, status};
use ebirlik_operations::withdraw::withdraw;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;

fn held(amount: &str) -> String {
    message_with("BRK-1", "IMMIB", "BEKLET", EXPORTER, "610910000011", amount)
}

on_each_store! {
    /// G-40: until it is paid a declaration may be sent any number of times; the last version stands.
    async fn the_last_version_before_payment_stands(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let version = |decision: Decision| match decision {
            Decision::Pending(pending) => pending.version,
            other => panic!("{other:?}"),
        };
        assert_eq!(version(stage.send(&held("25000.00")).await), 1);
        assert_eq!(version(stage.send(&held("25000.0")).await), 1, "the same content is the same version");
        assert_eq!(version(stage.send(&held("26000.00")).await), 2);
        assert_eq!(version(stage.send(&held("27000.00")).await), 3);
        let paid = message_with("BRK-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "27000.00");
        let approved = approval(&stage.send(&paid).await);
        assert_eq!((approved.version, approved.price.fee.to_string().as_str()), (3, "560.27"));
        let Answer::Given(told) = status(&stage.office, &stage.client, "BRK-1", None).await.unwrap() else { panic!() };
        let changes: Vec<usize> = told.versions.iter().map(|version| version.changes.len()).collect();
        assert_eq!(changes, [0, 2, 2], "total and item amount changed each time");
        stage.audit_is_clean().await;
    }

    /// G-41, G-43: after payment the same content gets the same answer for ever, other content a refusal that
    /// lists what differs; money moves once.
    async fn after_payment_the_answer_never_changes(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let first = stage.send(&message("BRK-1")).await;
        stage.clock.move_to("2027-05-01T09:00:00Z");
        assert_eq!(stage.send(&message("BRK-1")).await, first);
        let changed = message_with("BRK-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "25000.01");
        let refused = stage.send(&changed).await;
        let Decision::Refused(refusal) = &refused else { panic!("{refused:?}") };
        assert_eq!((refusal.status, codes(&refused), refusal.changes.len()), (409, vec!["E5001"], 2));
        assert_eq!(refusal.findings[0].detail.as_deref(), Some("21.11.2026"));
        assert_eq!(refusal.changes[1].path, "/Gelen/BeyannameBilgi/Kalemler/kalem[1]/Fatura_miktari");
        assert_eq!(stage.balance().await, "99481.23");
    }

    /// Changed content with faults of its own still meets E5001 alone: the known reference comes first.
    async fn a_known_reference_comes_before_findings(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        stage.send(&message("BRK-1")).await;
        let faulty = message_with("BRK-1", "NOWHERE", "CARI_HESAP", EXPORTER, "1", "x");
        assert_eq!(codes(&stage.send(&faulty).await), ["E5001"]);
    }

    /// E5002: a withdrawn declaration is over; withdrawing twice is the same.
    async fn a_withdrawn_declaration_is_over(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        stage.send(&message("BRK-1")).await;
        for _ in 0..2 {
            let told = withdraw(&stage.office, &stage.client, "BRK-1", None).await.unwrap();
            let Answer::Given(told) = told else { panic!("{told:?}") };
            assert_eq!(told.state, State::Withdrawn);
        }
        let refused = stage.send(&message("BRK-1")).await;
        assert!(matches!(&refused, Decision::Refused(refusal) if refusal.status == 409), "{refused:?}");
        assert_eq!(codes(&refused), ["E5002"]);
        assert_eq!(stage.balance().await, "99481.23", "a fee paid stays until its refund is decided");
        stage.audit_is_clean().await;
    }
}
