//! Paying what waits: with the payment password, out of one's own account; and the waiting room.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, approval, codes, given, message, message_with};
use ebirlik_domain::decision::Decision;
use ebirlik_domain::money::Money;
use ebirlik_operations::forecast::outlook;
use ebirlik_operations::pay::{Named, list_waiting, pay, set_urgent};
use ebirlik_operations::sign_in::hash_password;
use ebirlik_operations::withdraw::withdraw;
use ebirlik_operations::{Client, Roles, waiting_room};
use ebirlik_store::bank::Choice;
use ebirlik_store::clients::ClientRow;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::cell::Cell;
use std::time::Duration;

fn named(reference: &str) -> Named {
    Named { declarant: BROKER.into(), reference: reference.into() }
}

fn held(reference: &str) -> String {
    message_with(reference, "IMMIB", "BEKLET", EXPORTER, "610910000011", "25000.00")
}

/// Somebody of a firm who may pay.
async fn payer(stage: &Stage, code: &str, firm: &str) -> Client {
    let row = ClientRow {
        code: code.into(),
        firm: firm.into(),
        secretariat: String::new(),
        contact_office: String::new(),
        roles: "payer".into(),
        password_hash: hash_password("gönder").unwrap(),
        payment_password_hash: hash_password("öde").unwrap(),
        locked: 0,
    };
    stage.office.store.save_clients(&[row]).await.expect("a client");
    let roles = Roles::parse("payer").expect("roles");
    Client { code: code.into(), firm: firm.into(), secretariat: String::new(), roles }
}

async fn choose(stage: &Stage, releases: bool) {
    let account = stage.office.store.find_account(EXPORTER, "IMMIB").await.unwrap().expect("an account");
    let choice = Choice { releases, low_balance: None };
    let at = (stage.office.ids.as_ref(), stage.office.clock.now());
    stage.office.store.save_choice(account, choice, "exporter1", at).await.expect("a choice");
}

on_each_store! {
    /// G-53, G-55, G-56, G-57, G-58, G-59, G-61: who pays is another than who sends, has another password, sees what
    /// waits and chooses several; the debit is the payer's own account. Nobody pays for others.
    async fn what_waits_is_paid_with_the_payment_password(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1100").await;
        for reference in ["W-1", "W-2", "W-3"] {
            assert!(matches!(stage.send(&held(reference)).await, Decision::Pending(_)));
        }
        let exporter = payer(&stage, "payer-1", EXPORTER).await;
        let waiting = list_waiting(&stage.office, &exporter, 0).await.unwrap();
        assert_eq!(waiting.iter().map(|w| w.reference.as_str()).collect::<Vec<_>>(), ["W-1", "W-2", "W-3"]);
        let all = [named("W-1"), named("W-2"), named("W-3"), named("W-9")];
        for wrong in ["gönder", ""] {
            let refused = given(pay(&stage.office, &exporter, wrong, &all).await.unwrap());
            assert_eq!(refused.map(|_| ()), Err(vec!["E4001"]), "{wrong}");
        }
        assert_eq!(stage.balance().await, "1100.00");
        let paid = given(pay(&stage.office, &exporter, "öde", &all).await.unwrap()).expect("decisions");
        assert!(matches!(paid[0], Decision::Approved(_)) && matches!(paid[1], Decision::Approved(_)));
        assert!(matches!(&paid[2], Decision::Pending(_)), "the account holds no more than two fees: {:?}", paid[2]);
        assert!(matches!(&paid[3], Decision::Refused(_)));
        assert_eq!(stage.balance().await, "62.46");
        let again = given(pay(&stage.office, &exporter, "öde", &all[..1]).await.unwrap()).expect("decisions");
        assert_eq!(again[0], paid[0]);
        let stranger = payer(&stage, "payer-2", OTHER_EXPORTER).await;
        assert!(list_waiting(&stage.office, &stranger, 0).await.unwrap().is_empty());
        let refused = given(pay(&stage.office, &stranger, "öde", &[named("W-3")]).await.unwrap()).expect("decisions");
        assert!(matches!(&refused[0], Decision::Refused(refusal) if refusal.status == 404));
        // The declarant may pay too, but has no account here.
        let broker = payer(&stage, "payer-3", BROKER).await;
        let refused = given(pay(&stage.office, &broker, "öde", &[named("W-3")]).await.unwrap()).expect("decisions");
        assert!(matches!(&refused[0], Decision::Refused(refusal) if refusal.findings[0].code().as_str() == "E4002"));
        stage.audit_is_clean().await;
    }

    /// G-42: payment that races with new versions of the same declaration, sent by another server, has one outcome: what
    /// is paid is the last version that was taken, and whatever comes later is refused.
    async fn payment_and_new_versions_have_one_outcome(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let other = stage.beside(&database.url).await;
        let exporter = payer(&stage, "payer-1", EXPORTER).await;
        let (mut fees, mut lost) = (Money::ZERO, 0);
        for round in 0..RACES {
            let reference = format!("W-{round}");
            // The first version is of 25,001, the second of 25,002, and so on.
            let version = |number: u32| {
                let amount = format!("{}.00", 25_000 + number);
                message_with(&reference, "IMMIB", "BEKLET", EXPORTER, "610910000011", &amount)
            };
            assert!(matches!(stage.send(&version(1)).await, Decision::Pending(_)));
            let is_paid = Cell::new(false);
            let paying = async {
                for _ in 0..TRIES_MAX {
                    let paid = given(pay(&stage.office, &exporter, "öde", &[named(&reference)]).await.unwrap());
                    if let Decision::Approved(approval) = paid.expect("a decision").remove(0) {
                        is_paid.set(true);
                        return approval;
                    }
                    lost += 1;
                }
                panic!("never paid")
            };
            let sending = async {
                let mut taken = 1;
                while !is_paid.get() {
                    match other.send(&version(taken + 1)).await {
                        Decision::Pending(pending) => taken = pending.version,
                        refused => assert_eq!(codes(&refused), ["E5001"]),
                    }
                    // Now at once, now later: else no payment would ever come first.
                    tokio::time::sleep(Duration::from_millis(u64::from(taken % 32))).await;
                }
                taken
            };
            let (approval, taken) = tokio::join!(paying, sending);
            assert_eq!(approval.version, taken, "{reference}");
            assert_eq!(approval.price.items[0].fob.to_string(), format!("{}.00", 25_000 + taken));
            assert_eq!(codes(&other.send(&version(taken + 1)).await), ["E5001"]);
            let told = other.status(&reference).await;
            assert_eq!((told.code.as_ref(), told.version), (Some(&approval.code), taken));
            fees = fees.checked_add(approval.price.fee).unwrap();
        }
        let left = Money::parse("100000").unwrap().checked_sub(fees).unwrap();
        assert_eq!(stage.balance().await, left.to_string(), "{lost} payments came too early");
        stage.audit_is_clean().await;
    }

    /// G-51: after a new transfer, declarations short of money go on by themselves where their payer chose so: urgent ones
    /// first, then first come first; those that their sender holds wait on.
    async fn money_releases_what_waits_for_it(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0.01").await;
        for (reference, minute) in [("W-1", 1), ("W-2", 2), ("W-3", 3)] {
            stage.clock.move_to(&format!("2026-11-21T12:0{minute}:00Z"));
            assert!(matches!(stage.send(&message(reference)).await, Decision::Pending(_)));
        }
        assert!(matches!(stage.send(&held("W-4")).await, Decision::Pending(_)));
        stage.deposit("2", "600").await;
        assert_eq!(waiting_room::release(&stage.office).await.unwrap(), 0, "the payer did not choose it");
        choose(&stage, true).await;
        let exporter = payer(&stage, "payer-1", EXPORTER).await;
        let stranger = payer(&stage, "payer-2", OTHER_EXPORTER).await;
        assert_eq!(given(set_urgent(&stage.office, &stranger, &named("W-3"), true).await.unwrap()), Err(vec!["E1404"]));
        // Who declared may pay, but the order is for the firm whose account pays, and there for its payers.
        let broker = payer(&stage, "payer-3", BROKER).await;
        assert_eq!(given(set_urgent(&stage.office, &broker, &named("W-3"), true).await.unwrap()), Err(vec!["E3009"]));
        let clerk = Client { roles: Roles::parse("edi").expect("roles"), ..exporter.clone() };
        assert_eq!(given(set_urgent(&stage.office, &clerk, &named("W-3"), true).await.unwrap()), Err(vec!["E3009"]));
        for _ in 0..2 {
            assert_eq!(given(set_urgent(&stage.office, &exporter, &named("W-3"), true).await.unwrap()), Ok(()));
        }
        stage.number().await;
        let told = stage.office.store.list_feed(EXPORTER, 0, 100).await.expect("a feed");
        assert_eq!(told.iter().filter(|entry| entry.kind == "declaration.urgency_changed").count(), 1);
        assert_eq!(waiting_room::release(&stage.office).await.unwrap(), 1);
        assert!(stage.status("W-3").await.code.is_some() && stage.status("W-1").await.code.is_none());
        assert_eq!(waiting_room::release(&stage.office).await.unwrap(), 0);
        stage.deposit("3", "1000").await;
        assert_eq!(waiting_room::release(&stage.office).await.unwrap(), 2);
        assert_eq!(stage.balance().await, "43.70");
        assert!(stage.status("W-4").await.code.is_none());
        assert_eq!(given(set_urgent(&stage.office, &exporter, &named("W-1"), true).await.unwrap()), Err(vec!["E5005"]));
        stage.audit_is_clean().await;
    }

    /// G-51: what held others back may go without any money coming; those behind it go on within a minute.
    async fn those_behind_one_that_went_away_go_on(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0.01").await;
        let large = message_with("W-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "90000.00");
        assert!(matches!(stage.send(&large).await, Decision::Pending(_)));
        stage.clock.move_to("2026-11-21T12:01:00Z");
        assert!(matches!(stage.send(&message("W-2")).await, Decision::Pending(_)));
        choose(&stage, true).await;
        stage.deposit("2", "600").await;
        assert_eq!(waiting_room::release(&stage.office).await.unwrap(), 0, "the first one cannot be paid yet");
        withdraw(&stage.office, &stage.client, "W-1", None).await.expect("withdrawn");
        stage.clock.move_to("2026-11-21T12:02:00Z");
        assert_eq!(waiting_room::release(&stage.office).await.unwrap(), 1);
        assert!(stage.status("W-2").await.code.is_some());
        stage.audit_is_clean().await;
    }

    /// G-46, G-52: who holds an account is told in time: low by its own limit, and the day on which it runs out.
    async fn an_account_tells_when_it_runs_out(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "5000").await;
        for number in 0..4 {
            stage.clock.move_to(&format!("2026-11-{}T11:00:00Z", 21 + number));
            approval(&stage.send(&message(&format!("BRK-{number}"))).await);
        }
        stage.number().await;
        let account = stage.office.store.list_accounts(EXPORTER).await.unwrap().remove(0);
        let told = outlook(&stage.office, &account).await.unwrap();
        // 2,075.08 in four days; 2,924.92 are left.
        assert_eq!((told.daily.to_string().as_str(), told.is_low), ("518.77", false));
        assert_eq!(told.runs_out_on.map(|day| day.to_string()).as_deref(), Some("2026-11-29"));
        let choice = Choice { releases: false, low_balance: Money::parse("3000") };
        let at = (stage.office.ids.as_ref(), stage.office.clock.now());
        stage.office.store.save_choice(account.id, choice, "exporter1", at).await.unwrap();
        assert!(outlook(&stage.office, &account).await.unwrap().is_low);
    }
}

/// Declarations that are paid and changed at once, and payments of one.
const RACES: u32 = 20;
const TRIES_MAX: u32 = 50;
