//! Past decisions, recomputed from what they rested on.

use crate::stage::{BROKER, EXPORTER, Stage, approval, declared, given, message, message_with, staff};
use ebirlik_domain::decision::ApprovalKind;
use ebirlik_operations::approve::Mode;
use ebirlik_operations::cases::Act;
use ebirlik_operations::counter::{Counter, enter};
use ebirlik_operations::explain::{RulesAt, explain, explain_recorded};
use ebirlik_store::DeclarationKey;
use ebirlik_store::clients::ClientRow;
use ebirlik_store::on_each_store;
use ebirlik_store::parties::{Membership, Power};
use ebirlik_store::rules::FeeRateRow;
use ebirlik_store::testing::{TestDatabase, execute};
use std::sync::Arc;

/// Ends what the declarations of the stage rest on, and doubles a rate for the days that have passed.
async fn change_everything(stage: &Stage) {
    let text = ToOwned::to_owned;
    let store = &stage.office.store;
    let membership = Membership {
        firm: text(EXPORTER),
        union_code: text("IMIB"),
        secretariat: text("IMMIB"),
        valid_from: text("2024-01-01"),
        valid_to: text("2024-06-30"),
        registry_no: String::new(),
    };
    store.save_memberships(&[membership]).await.unwrap();
    let power = Power {
        exporter: text(EXPORTER),
        declarant: text(BROKER),
        secretariat: text("*"),
        takes_refunds: 0,
        daily_limit: None,
        valid_from: text("2024-01-01"),
        valid_to: text("2024-06-30"),
    };
    store.save_powers(&[power]).await.unwrap();
    let rates: Vec<FeeRateRow> = store.rows_at("", i64::MAX).await.unwrap();
    let doubled = rates.into_iter().map(|row| FeeRateRow { rate_ppm: row.rate_ppm * 2, ..row });
    store.save_fee_rates(&doubled.collect::<Vec<_>>()).await.unwrap();
}

on_each_store! {
    /// A thousand decisions come out equal bit for bit, also after rates and memberships have changed; and a difference
    /// would be told.
    async fn a_thousand_past_decisions_come_out_equal(database: TestDatabase) {
        let stage = Arc::new(Stage::with_balance(&database.url, "10000000").await);
        let mut sent = Vec::new();
        for number in 0..1_000 {
            let stage = Arc::clone(&stage);
            sent.push(tokio::spawn(async move {
                let amount = format!("{}.{:02}", 1_000 + number * 37, number % 100);
                let reference = format!("BRK-{number}");
                let text = message_with(&reference, "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", &amount);
                approval(&stage.send(&text).await);
            }));
        }
        for task in sent {
            task.await.expect("no panic");
        }
        change_everything(&stage).await;
        let rules_at = RulesAt::default();
        for number in 0..1_000 {
            let key = DeclarationKey::of(BROKER, &format!("BRK-{number}"));
            let recorded = stage.office.store.find_declaration(key).await.unwrap().expect("a declaration");
            let explained = explain_recorded(&stage.office, &recorded, &rules_at).await.unwrap().expect("approved");
            assert!(explained.is_equal(), "{:?}", explained.steps);
            assert_eq!(explained.grounds.memberships.len() + explained.grounds.powers.len(), 2);
        }
        execute(&database.url, "update approval set fee_kurus = fee_kurus + 1").await;
        let explained = given(explain(&stage.office, &stage.client, "BRK-7", None).await.unwrap()).expect("told");
        let wrong: Vec<_> = explained.steps.iter().filter(|step| !step.is_equal()).map(|step| step.name).collect();
        assert_eq!(wrong, ["fee", "price", "answer"]);
    }

    /// What was entered at the counter, corrected or sent twice before its approval is explained too; staff see their own
    /// secretariat's, firms their own.
    async fn every_kind_of_approval_can_be_explained(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let held = message_with("BRK-1", "IMMIB", "BEKLET", EXPORTER, "610910000011", "24000.00");
        stage.send(&held).await;
        approval(&stage.send(&message("BRK-1")).await);
        let cash = message_with("K-1", "IMMIB", "CARI_HESAP", "5260181599", "610910000011", "25000.00");
        approval(&enter(&stage.office, &staff("staff-1"), declared(&cash), Counter::Cash, Mode::Real).await.unwrap());
        // Free of charge, and entered at the counter for a firm that gave no power.
        let person = ClientRow {
            code: "staff-1".into(),
            firm: String::new(),
            secretariat: "IMMIB".into(),
            contact_office: String::new(),
            roles: "staff".into(),
            password_hash: String::new(),
            payment_password_hash: String::new(),
            locked: 0,
        };
        stage.office.store.save_clients(&[person]).await.unwrap();
        let gift = cash.replace("K-1", "K-2").replace("<Ozellik>01<", "<Ozellik>02<");
        let entered = enter(&stage.office, &staff("staff-1"), declared(&gift), Counter::Cash, Mode::Real).await.unwrap();
        assert_eq!(approval(&entered).kind, ApprovalKind::Free);
        let term = message_with("TERM-1", "IMMIB", "CARI_HESAP", EXPORTER, "150920000011", "1000.00");
        approval(&stage.send(&term).await);
        approval(&stage.send(&message("BRK-2")).await);
        let more = message_with("BRK-2", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "30000.00");
        stage.act("BRK-2", Act::Correct(Box::new(declared(&more)))).await.expect("corrected");
        stage.send(&message_with("W-1", "IMMIB", "BEKLET", EXPORTER, "610910000011", "1.00")).await;
        change_everything(&stage).await;
        for reference in ["BRK-1", "K-1", "K-2", "TERM-1", "BRK-2"] {
            let explained = explain(&stage.office, &staff("staff-1"), reference, Some(BROKER)).await.unwrap();
            let explained = given(explained).expect("told");
            assert!(explained.is_equal(), "{reference}: {:?}", explained.steps);
        }
        let refused = async |client: &ebirlik_operations::Client, reference: &str| {
            given(explain(&stage.office, client, reference, Some(BROKER)).await.unwrap()).map(|_| ())
        };
        let stranger = ebirlik_operations::Client { secretariat: "OAIB".into(), ..staff("staff-9") };
        assert_eq!(refused(&stranger, "BRK-1").await, Err(vec!["E1404"]));
        assert_eq!(refused(&stage.client, "NONE").await, Err(vec!["E1404"]));
        assert_eq!(refused(&stage.client, "W-1").await, Err(vec!["E5005"]), "it is not approved yet");
    }
}
