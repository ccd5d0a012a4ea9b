//! The daily money limit of a power: what is debited by it on one day, on whichever server, never passes it.

use crate::stage::{BROKER, EXPORTER, Stage, approval, codes, given, message, power};
use crate::till::payer;
use ebirlik_domain::decision::{Awaits, Decision};
use ebirlik_operations::approve::Mode;
use ebirlik_operations::cases::Act;
use ebirlik_operations::pay::{Named, pay};
use ebirlik_operations::powers::find;
use ebirlik_operations::{Client, Roles};
use ebirlik_store::on_each_store;
use ebirlik_store::parties::Power;
use ebirlik_store::powers::PowerKey;
use ebirlik_store::testing::TestDatabase;

/// The fee of a message of these tests, in kuruş.
const FEE: i64 = 51_877;

/// What pages show as spent today by the broker's power.
async fn spent(stage: &Stage) -> String {
    let roles = Roles::parse("portal").expect("roles");
    let client = Client { code: "x@firma.example".into(), firm: EXPORTER.into(), secretariat: String::new(), roles };
    let Power { exporter, declarant, secretariat, valid_from, .. } = power();
    let key = PowerKey { exporter, declarant, secretariat, valid_from };
    find(&stage.office, &client, &key).await.expect("no fault").expect("the power").spent.to_string()
}

on_each_store! {
    /// P-4.7, P-5.4: over the limit of the day a declaration waits and says what is left; nothing is debited, a dry run
    /// tells it beforehand, the exporter's own payment goes through and does not count, and the next day is a new one.
    /// What is cancelled counts on.
    async fn what_is_over_the_daily_limit_waits(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        stage.limit_power(Some(2 * FEE + 1)).await;
        approval(&stage.send(&message("A-1")).await);
        approval(&stage.send(&message("A-2")).await);
        assert_eq!((spent(&stage).await.as_str(), stage.balance().await.as_str()), ("1037.54", "98962.46"));
        let tried = stage.try_send(&message("A-3"), Mode::Trial).await.unwrap();
        assert_eq!(codes(&tried), ["N4004"]);
        let decision = stage.send(&message("A-3")).await;
        let Decision::Pending(pending) = &decision else { panic!("{decision:?}") };
        assert_eq!((pending.awaits, codes(&decision)), (Awaits::Payment, vec!["N4004"]));
        assert_eq!((pending.notices[0].value.as_deref(), pending.notices[0].detail.as_deref()), (Some("0.01"), Some("0.01")));
        assert_eq!(stage.balance().await, "98962.46");
        // Whoever is answered once more is answered the same, whatever the limit.
        approval(&stage.send(&message("A-1")).await);

        stage.act("A-2", Act::Cancel).await.unwrap();
        assert_eq!(codes(&stage.send(&message("A-3")).await), ["N4004"]);
        let payer = payer(&stage, "payer-1", EXPORTER).await;
        let named = [Named { declarant: BROKER.into(), reference: "A-3".into() }];
        let paid = given(pay(&stage.office, &payer, "öde", &named).await.unwrap()).unwrap().remove(0);
        approval(&paid);
        assert_eq!(spent(&stage).await, "1037.54");

        assert_eq!(codes(&stage.send(&message("A-4")).await), ["N4004"]);
        // A quarter of an hour before midnight in Türkiye, and after it.
        stage.clock.move_to("2026-11-21T20:45:00Z");
        assert_eq!(codes(&stage.send(&message("A-4")).await), ["N4004"]);
        stage.clock.move_to("2026-11-21T21:15:00Z");
        approval(&stage.send(&message("A-4")).await);
        assert_eq!(spent(&stage).await, "518.77");
        stage.audit_is_clean().await;
    }

    /// P-4.7: a limit counts from the moment that it is set, can be raised, lowered below what was spent, and taken away.
    async fn a_limit_counts_as_it_stands(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("B-1")).await);
        assert_eq!(spent(&stage).await, "0.00");
        for (limit, expected) in [(FEE, true), (FEE, false), (2 * FEE, true), (1, false)] {
            stage.limit_power(Some(limit)).await;
            let decision = stage.send(&message(&format!("B-{limit}-{expected}"))).await;
            assert_eq!(matches!(decision, Decision::Approved(_)), expected, "{limit}: {decision:?}");
        }
        stage.limit_power(None).await;
        approval(&stage.send(&message("B-1-false")).await);
        assert_eq!(spent(&stage).await, "1037.54");
        stage.audit_is_clean().await;
    }

    /// P-4.7: of several powers the most generous one counts, and its day alone is written.
    async fn of_several_powers_the_most_generous_counts(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        stage.limit_power(Some(FEE)).await;
        let other = Power { secretariat: "IMMIB".into(), daily_limit: Some(2 * FEE), ..power() };
        stage.office.store.save_powers(std::slice::from_ref(&other)).await.unwrap();
        approval(&stage.send(&message("C-1")).await);
        approval(&stage.send(&message("C-2")).await);
        assert_eq!(codes(&stage.send(&message("C-3")).await), ["N4004"]);
        assert_eq!(spent(&stage).await, "0.00");
        stage.office.store.save_powers(&[Power { daily_limit: None, ..other }]).await.unwrap();
        approval(&stage.send(&message("C-3")).await);
        approval(&stage.send(&message("C-4")).await);
        stage.audit_is_clean().await;
    }

    /// P-4.7: many at once, on two servers of one store: as many are approved as the limit holds, not one more.
    async fn two_servers_never_pass_a_limit_together(database: TestDatabase) {
        const SENT: usize = 40;
        const HELD: i64 = 7;
        let one = Stage::with_balance(&database.url, "100000").await;
        let two = one.beside(&database.url).await;
        one.limit_power(Some(HELD * FEE + FEE / 2)).await;
        let send = |number: usize| {
            let stage = if number.is_multiple_of(2) { &one } else { &two };
            async move { stage.send(&message(&format!("D-{number}"))).await }
        };
        let decisions = futures_util::future::join_all((0..SENT).map(send)).await;
        let approved = decisions.iter().filter(|decision| matches!(decision, Decision::Approved(_))).count();
        assert_eq!(approved, usize::try_from(HELD).unwrap());
        let held = decisions.iter().filter(|decision| codes(decision) == ["N4004"]).count();
        assert_eq!(held, SENT - approved);
        assert_eq!(spent(&two).await, "3631.39");
        assert_eq!(one.balance().await, "96368.61");
        one.audit_is_clean().await;
    }
}
