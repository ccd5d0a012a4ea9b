//! One declaration: approved, held, short, at the desk, refused, tried out.

use crate::stage::{EXPORTER, OTHER_EXPORTER, Stage, approval, codes, message, message_with};
use ebirlik_domain::decision::{ApprovalKind, Awaits, Decision};
use ebirlik_operations::approve::Mode;
use ebirlik_operations::status::{Answer, status};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;

on_each_store! {
    /// G-34, G-97: a code can be had at any hour: on a Sunday night, and on the morning of a holiday.
    async fn approvals_are_given_at_any_hour(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        for (number, instant) in ["2026-11-22T00:10:00Z", "2026-11-22T21:30:00Z"].into_iter().enumerate() {
            stage.clock.move_to(instant);
            approval(&stage.send(&message(&format!("NIGHT-{number}"))).await);
        }
    }

    /// a member of one union of the secretariat exports goods of another union's field: who
    /// registers and which sector is credited are two facts of the approval: with no share and no
    /// settlement configured the whole fee is the registering secretariat's, and the books balance.
    async fn a_member_of_one_union_exports_goods_of_another(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let approved = approval(&stage.send(&message("BRK-1")).await);
        assert_eq!((approved.secretariat.as_str(), approved.price.items[0].sector.as_str()), ("IMMIB", "HAZIRGIYIM"));
        stage.audit_is_clean().await;
    }

    /// G-1, G-10: a declaration that customs has not registered yet is approved; G-25: paid from the account.
    /// G-2, G-23, G-24, G-26, G-49: a covered declaration is debited, approved and given its code in one step.
    async fn a_covered_declaration_is_approved_and_debited(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let approved = approval(&stage.send(&message("BRK-1")).await);
        assert_eq!(approved.price.fee.to_string(), "518.77");
        assert_eq!(approved.price.fob_try.to_string(), "1037530.00");
        assert_eq!(approved.record_no, "26IMMIB000000001");
        assert_eq!((approved.version, approved.kind, approved.code.len()), (1, ApprovalKind::CurrentAccount, 16));
        assert_eq!(approved.balance.map(|left| left.to_string()).as_deref(), Some("99481.23"));
        assert_eq!(approved.approved_at.to_string(), "2026-11-21T11:03:22.123Z");
        assert_eq!(stage.balance().await, "99481.23");
        assert_eq!(approval(&stage.send(&message("BRK-2")).await).record_no, "26IMMIB000000002");
        stage.audit_is_clean().await;
    }

    /// G-26, G-45: no payment, no code; the missing sum is named, nothing is debited, and a later deposit settles it.
    async fn a_short_account_waits_and_names_the_missing_sum(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "518.76").await;
        let decision = stage.send(&message("BRK-1")).await;
        let Decision::Pending(pending) = &decision else { panic!("{decision:?}") };
        assert_eq!((pending.awaits, codes(&decision)), (Awaits::Payment, vec!["N4001"]));
        assert_eq!(pending.notices[0].value.as_deref(), Some("0.01"));
        assert_eq!(stage.balance().await, "518.76");
        stage.deposit("2", "0.01").await;
        let approved = approval(&stage.send(&message("BRK-1")).await);
        assert_eq!((approved.version, stage.balance().await.as_str()), (1, "0.00"));
        stage.audit_is_clean().await;
    }

    /// G-52: a balance that runs low is told with the approval.
    async fn a_low_balance_is_told(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        assert_eq!(codes(&stage.send(&message("BRK-1")).await), ["N4003"]);
        stage.audit_is_clean().await;
    }

    /// G-47, G-70: without a power that holds today nothing may be sent; nothing is recorded.
    async fn an_ended_power_refuses_and_records_nothing(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let sent = message_with("BRK-1", "IMMIB", "CARI_HESAP", OTHER_EXPORTER, "610910000011", "25000.00");
        assert_eq!(codes(&stage.send(&sent).await), ["E3002"]);
        let known = status(&stage.office, &stage.client, "BRK-1", None).await.unwrap();
        assert!(matches!(known, Answer::Refused(refusal) if refusal.status == 404));
        stage.audit_is_clean().await;
    }

    /// watched goods wait at the desk, others carry a term, timber belongs to OAİB.
    async fn watched_and_bound_goods_take_their_own_way(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let send = async |reference: &str, gtip: &str| {
            stage.send(&message_with(reference, "IMMIB", "CARI_HESAP", EXPORTER, gtip, "1000.00")).await
        };
        let at_desk = send("BRK-1", "253090000011").await;
        assert!(matches!(&at_desk, Decision::Pending(pending) if pending.awaits == Awaits::Desk), "{at_desk:?}");
        assert_eq!(codes(&at_desk), ["N3001"]);
        let oil = approval(&send("BRK-2", "150920000011").await);
        assert_eq!(oil.valid_until.map(|day| day.to_string()).as_deref(), Some("2026-12-21"));
        assert_eq!(codes(&send("BRK-3", "440711000011").await), ["E3007"]);
        assert_eq!(approval(&send("BRK-4", "610910000011").await).valid_until, None);
        stage.audit_is_clean().await;
    }

    /// A dry run checks and prices, records nothing, and knows what was approved.
    async fn a_dry_run_leaves_no_trace(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let tried = stage.try_send(&message("BRK-1"), Mode::Trial).await.unwrap();
        let Decision::Trial(trial) = &tried else { panic!("{tried:?}") };
        assert_eq!((trial.version, trial.price.fee.to_string().as_str()), (1, "518.77"));
        assert_eq!(stage.balance().await, "100000.00");
        let approved = stage.send(&message("BRK-1")).await;
        assert_eq!(stage.try_send(&message("BRK-1"), Mode::Trial).await.unwrap(), approved);
        stage.audit_is_clean().await;
    }

    /// contract section 8: a waiting declaration is priced anew on the day when it is paid.
    async fn a_waiting_declaration_is_priced_anew_when_paid(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let held = message_with("BRK-1", "IMMIB", "BEKLET", EXPORTER, "610910000011", "25000.00");
        assert!(matches!(stage.send(&held).await, Decision::Pending(_)));
        let mut bulletin = stage.office.store.find_bulletin("2026-11-20".parse().unwrap()).await.unwrap().unwrap();
        bulletin.date = "2026-11-23".parse().unwrap();
        bulletin.rates.get_mut("USD").unwrap().buying = "42.0000".parse().unwrap();
        stage.office.store.save_bulletin(&bulletin, 0).await.unwrap();
        stage.office.refresh().await.unwrap();
        stage.clock.move_to("2026-11-23T09:00:00Z");
        let Answer::Given(told) = status(&stage.office, &stage.client, "BRK-1", None).await.unwrap() else { panic!() };
        assert_eq!(told.price.map(|price| price.fee.to_string()).as_deref(), Some("525.00"));
        assert_eq!(approval(&stage.send(&message("BRK-1")).await).price.fee.to_string(), "525.00");
        stage.audit_is_clean().await;
    }

    /// However many errors there are, those that forbid the whole are told, and how many are left out.
    async fn a_thousand_errors_do_not_hide_the_refusal_itself(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let item = "<kalem><Gtip>1</Gtip><Kalem_sira_no>0</Kalem_sira_no><Net_agirlik>0</Net_agirlik></kalem>";
        let sent = message_with("BRK-1", "OAIB", "CARI_HESAP", EXPORTER, "610910000011", "25000.00")
            .replace("<Kalemler>", &format!("<Kalemler>{}", item.repeat(400)));
        let refused = stage.send(&sent).await;
        let Decision::Refused(refusal) = &refused else { panic!("{refused:?}") };
        assert_eq!((refusal.status, refusal.findings.len()), (403, 1_000));
        assert!(codes(&refused).contains(&"E3004"));
        assert_eq!(refusal.notices.iter().map(|notice| notice.code().as_str()).collect::<Vec<_>>(), ["N2002"]);
    }

    /// G-52: a dry run foretells what would keep the declaration waiting.
    async fn a_dry_run_foretells_a_short_account(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "518.76").await;
        let tried = stage.try_send(&message("BRK-1"), Mode::Trial).await.unwrap();
        assert_eq!(codes(&tried), ["N4001"]);
    }

    /// E9001: without a bulletin of the last ten days we cannot tell; that is no refusal.
    async fn an_old_bulletin_is_no_refusal(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let approved = stage.send(&message("BRK-1")).await;
        stage.clock.move_to("2026-12-05T09:00:00Z");
        stage.try_send(&message("BRK-2"), Mode::Real).await.unwrap_err();
        // What was approved keeps its answer (D-6).
        assert_eq!(stage.send(&message("BRK-1")).await, approved);
    }
}
