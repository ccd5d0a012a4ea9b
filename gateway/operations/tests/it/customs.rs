//! Customs registers with a code: once, for its own declaration, and both sides hear of anything else.

use crate::stage::{EXPORTER, OTHER_EXPORTER, Stage, approval, customs, declared, given, message, message_with};
use ebirlik_domain::state::State;
use ebirlik_domain::verdict::Verdict;
use ebirlik_operations::cases::Act;
use ebirlik_operations::customs::{Presentation, Registered, exit, register};
use ebirlik_operations::verify::{Asked, verify};
use ebirlik_operations::withdraw::withdraw;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::collections::HashMap;
use std::sync::Arc;

const NUMBER: &str = "26341300EX000001";

async fn present(
    stage: &Stage,
    code: &str,
    number: &str,
    reference: &str,
    exporter: &str,
) -> Result<Registered, Vec<&'static str>> {
    let text = ToOwned::to_owned;
    let asked = Presentation {
        code: text(code),
        registration_no: text(number),
        reference: text(reference),
        exporter: text(exporter),
    };
    given(register(&stage.office, &customs(), &asked).await.expect("no fault"))
}

async fn verdict(stage: &Stage, code: &str, reference: &str) -> Verdict {
    let asked = Asked { code: code.into(), reference: Some(reference.into()), exporter: Some(EXPORTER.into()) };
    verify(&stage.office, &[asked]).await.expect("an answer").remove(0).verdict
}

async fn kinds(stage: &Stage, firm: &str) -> HashMap<String, usize> {
    stage.number().await;
    let mut kinds = HashMap::new();
    for entry in stage.office.store.list_feed(firm, 0, 1_000).await.expect("a feed") {
        *kinds.entry(entry.kind).or_default() += 1;
    }
    kinds
}

async fn left_at(stage: &Stage, number: &str) -> Option<jiff::Timestamp> {
    given(exit(&stage.office, &customs(), number).await.unwrap()).expect("a registration").exited_at
}

on_each_store! {
    /// G-3, G-4, G-8, G-10: union first, the number later, at any automated office; the same again is the same answer,
    /// and the code is used from then on.
    async fn a_code_is_bound_to_one_registration(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let first = present(&stage, &code.to_lowercase(), NUMBER, "BRK-1", EXPORTER).await.expect("bound");
        stage.clock.move_to("2026-11-21T11:05:00Z");
        assert_eq!(present(&stage, &code, NUMBER, "BRK-1", EXPORTER).await, Ok(first.clone()));
        assert_eq!(first.registered_at.to_string(), "2026-11-21T11:03:22.123Z");
        assert_eq!(present(&stage, &code, "26341200EX000002", "BRK-1", EXPORTER).await, Err(vec!["E5003"]));
        let status = stage.status("BRK-1").await;
        assert_eq!((status.state, status.registration_no.as_deref()), (State::Registered, Some(NUMBER)));
        assert_eq!(verdict(&stage, &code, "BRK-1").await, Verdict::ValidUsed);
        let refused = given(withdraw(&stage.office, &stage.client, "BRK-1", None).await.unwrap());
        assert_eq!(refused.map(|_| ()), Err(vec!["E5003"]));
        let other = approval(&stage.send(&message("BRK-2")).await).code.clone();
        assert_eq!(present(&stage, &other, NUMBER, "BRK-2", EXPORTER).await, Err(vec!["E5009"]));
        for (code, number, expected) in [
            ("0000000000000000", "26341300EX000009", "E1404"),
            ("0000000000000001", "26341300EX000009", "E2002"),
            (&*other, "26999999EX000009", "E2002"),
            (&*other, "yok", "E2002"),
        ] {
            assert_eq!(present(&stage, code, number, "BRK-2", EXPORTER).await, Err(vec![expected]), "{code} {number}");
        }
        stage.audit_is_clean().await;
    }

    /// G-7: customs first: a declaration that has its number already is approved, and then registered with it.
    async fn customs_first_ends_in_the_same_registration(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let sent = message("BRK-1").replace("<Rejim>", &format!("<Beyanname_no>{NUMBER}</Beyanname_no><Rejim>"));
        let code = approval(&stage.send(&sent).await).code.clone();
        assert!(present(&stage, &code, NUMBER, "BRK-1", EXPORTER).await.is_ok());
        assert_eq!(approval(&stage.send(&sent).await).code, code);
        stage.audit_is_clean().await;
    }

    /// a code with a term cannot be used after its last day: nor one that was given up or cancelled.
    async fn a_dead_code_is_not_registered(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let sent = message_with("TERM-1", "IMMIB", "CARI_HESAP", EXPORTER, "150920000011", "1000.00");
        let term = approval(&stage.send(&sent).await).code.clone();
        let given_up = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let cancelled = approval(&stage.send(&message("BRK-2")).await).code.clone();
        let corrected = approval(&stage.send(&message("BRK-3")).await).code.clone();
        withdraw(&stage.office, &stage.client, "BRK-1", None).await.unwrap();
        stage.act("BRK-2", Act::Cancel).await.expect("cancelled");
        let other = message_with("BRK-3", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "26000.00");
        stage.act("BRK-3", Act::Correct(Box::new(declared(&other)))).await.expect("corrected");
        stage.clock.move_to("2026-12-22T11:00:00Z");
        for (code, reference, expected) in [
            (&term, "TERM-1", "E5007"),
            (&given_up, "BRK-1", "E5002"),
            (&cancelled, "BRK-2", "E5002"),
            (&corrected, "BRK-3", "E5006"),
        ] {
            assert_eq!(present(&stage, code, NUMBER, reference, EXPORTER).await, Err(vec![expected]), "{reference}");
        }
        stage.audit_is_clean().await;
    }

    /// G-29, G-32: a hundred clients present one code for two declarations at once: one declaration wins, both sides
    /// learn of the others, and verification tells used from wrong.
    async fn first_use_wins_and_both_sides_are_told(database: TestDatabase) {
        let stage = Arc::new(Stage::with_balance(&database.url, "100000").await);
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        approval(&stage.send(&message("BRK-2")).await);
        let mut tasks = Vec::new();
        for client in 0..100 {
            let (stage, code) = (Arc::clone(&stage), code.clone());
            tasks.push(tokio::spawn(async move {
                let own = client % 2 == 0;
                let reference = if own { "BRK-1" } else { "BRK-2" };
                let number = if own { NUMBER } else { "26341300EX000002" };
                (own, present(&stage, &code, number, reference, EXPORTER).await)
            }));
        }
        for task in tasks {
            let (own, result) = task.await.expect("no panic");
            match result {
                Ok(registered) => assert!(own && registered.registration_no == NUMBER),
                Err(codes) => assert!(!own && (codes == ["E5003"] || codes == ["E5008"]), "{own} {codes:?}"),
            }
        }
        assert_eq!(verdict(&stage, &code, "BRK-1").await, Verdict::ValidUsed);
        assert_eq!(verdict(&stage, &code, "BRK-2").await, Verdict::WrongDeclaration);
        let seen = kinds(&stage, EXPORTER).await;
        assert_eq!(seen["customs.registered"], 1);
        // Fifty presentations with the other declaration: each is told to the code's owner and to its presenter.
        assert_eq!(seen["customs.second_presentation"], 100);
        // A presenter whose declaration we do not know is told as the firm that it is.
        assert_eq!(present(&stage, &code, "26341300EX000003", "OTHER-1", OTHER_EXPORTER).await, Err(vec!["E5003"]));
        assert_eq!(kinds(&stage, OTHER_EXPORTER).await["customs.second_presentation"], 1);
        stage.audit_is_clean().await;
    }

    /// G-94: the number changed after registration: staff bind the new one, with a reason; the old one stays in the books.
    async fn a_number_that_changed_is_bound_anew(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let rebind = |number: &str| Act::Rebind { registration_no: number.into() };
        assert_eq!(stage.act("BRK-1", rebind("26341300EX000002")).await.map(|_| ()), Err(vec!["E5005"]));
        present(&stage, &code, NUMBER, "BRK-1", EXPORTER).await.expect("bound");
        stage.act("BRK-1", rebind("26341300EX000002")).await.expect("bound anew");
        assert_eq!(stage.status("BRK-1").await.registration_no.as_deref(), Some("26341300EX000002"));
        assert_eq!(present(&stage, &code, "26341300EX000002", "BRK-1", EXPORTER).await.map(|_| ()), Ok(()));
        assert_eq!(present(&stage, &code, NUMBER, "BRK-1", EXPORTER).await.map(|_| ()), Err(vec!["E5009"]));
        let left = given(exit(&stage.office, &customs(), "26341300EX000002").await.unwrap()).expect("left");
        assert!(left.exited_at.is_some());
        stage.clock.move_to("2026-11-22T11:05:00Z");
        assert_eq!(given(exit(&stage.office, &customs(), "26341300EX000002").await.unwrap()), Ok(left));
        // Told under the number from before, too: they are the same goods.
        assert_eq!(left_at(&stage, NUMBER).await, left_at(&stage, "26341300EX000002").await);
        assert_eq!(given(exit(&stage.office, &customs(), "26341300EX000077").await.unwrap()), Err(vec!["E1404"]));
        // The goods left once, whatever number they left under.
        let noted = left_at(&stage, "26341300EX000002").await;
        stage.act("BRK-1", rebind("26341300EX000003")).await.expect("bound anew");
        assert_eq!(left_at(&stage, "26341300EX000003").await, noted);
        assert_eq!(kinds(&stage, EXPORTER).await["customs.exited"], 1);
        stage.audit_is_clean().await;
    }

    /// G-94: a declaration goes back to a number that it had; nobody else gets that number. An exit that customs tells under
    /// a number that was replaced is noted.
    async fn a_former_number_is_bound_again(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let other = approval(&stage.send(&message("BRK-2")).await).code.clone();
        let rebind = |number: &str| Act::Rebind { registration_no: number.into() };
        let first = present(&stage, &code, NUMBER, "BRK-1", EXPORTER).await.expect("bound");
        present(&stage, &other, "26341300EX000009", "BRK-2", EXPORTER).await.expect("bound");
        stage.act("BRK-1", rebind("26341300EX000002")).await.expect("bound anew");
        assert_eq!(stage.act("BRK-2", rebind(NUMBER)).await.map(|_| ()), Err(vec!["E5009"]));
        assert_eq!(stage.act("BRK-1", rebind("26341300EX000009")).await.map(|_| ()), Err(vec!["E5009"]));
        stage.clock.move_to("2026-11-22T11:05:00Z");
        stage.act("BRK-1", rebind(NUMBER)).await.expect("bound to the first again");
        assert_eq!(stage.status("BRK-1").await.registration_no.as_deref(), Some(NUMBER));
        assert_eq!(present(&stage, &code, NUMBER, "BRK-1", EXPORTER).await, Ok(first));
        let noted = left_at(&stage, "26341300EX000002").await;
        assert!(noted.is_some());
        stage.clock.move_to("2026-11-23T11:05:00Z");
        assert_eq!(left_at(&stage, NUMBER).await, noted);
        assert_eq!(kinds(&stage, EXPORTER).await["customs.exited"], 1);
        stage.audit_is_clean().await;
    }
}
