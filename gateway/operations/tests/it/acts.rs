//! The secretariat's staff: desk, counter, cancelling, correcting, refunding; one person or two.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, approval, declared, given, message, message_with, staff};
use ebirlik_domain::decision::{ApprovalKind, Decision};
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State;
use ebirlik_domain::verdict::Verdict;
use ebirlik_operations::approve::Mode;
use ebirlik_operations::cases::{self, Act, Effect, Proposal};
use ebirlik_operations::counter::{Counter, enter};
use ebirlik_operations::import::{Kind, plan};
use ebirlik_operations::papers;
use ebirlik_operations::refund::Application;
use ebirlik_operations::verify::{Asked, verify};
use ebirlik_operations::withdraw::withdraw;
use ebirlik_store::cases::CaseState;
use ebirlik_store::on_each_store;
use ebirlik_store::parties::Power;
use ebirlik_store::testing::TestDatabase;

async fn verdict(stage: &Stage, code: &str) -> Verdict {
    let asked = Asked { code: code.into(), ..Asked::default() };
    verify(&stage.office, &[asked]).await.expect("an answer").remove(0).verdict
}

fn refund(amount: Option<&str>) -> Act {
    Act::Refund(Application {
        amount: amount.and_then(Money::parse),
        applied_by: None,
        applied_on: None,
        confirmation: "gümrük yazısı: ihracat gerçekleşmedi".into(),
    })
}

fn other_amount(reference: &str, amount: &str) -> Act {
    let sent = message_with(reference, "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", amount);
    Act::Correct(Box::new(declared(&sent)))
}

on_each_store! {
    /// R-3.12, G-62, R-3.5, R-3.6, R-3.11: withdrawn after payment, the fee stays until its refund is decided; cancelled
    /// on proof likewise; no more is given back than was paid, and only once the end is certain.
    async fn a_fee_comes_back_after_the_end_and_never_twice(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        approval(&stage.send(&message("BRK-2")).await);
        assert_eq!(stage.act("BRK-1", refund(None)).await, Err(vec!["E4005"]), "the approval still stands");
        withdraw(&stage.office, &stage.client, "BRK-1", None).await.unwrap();
        assert_eq!(stage.balance().await, "98962.46");
        let silent = Act::Refund(Application::default());
        assert_eq!(stage.act("BRK-1", silent).await, Err(vec!["E4005"]), "nothing confirms that nothing left");
        let done = stage.act("BRK-1", refund(None)).await.expect("refunded");
        let balance = Money::parse("99481.23");
        assert_eq!(done.effect, Some(Effect::Refunded { amount: Money::parse("518.77").unwrap(), balance }));
        assert_eq!(stage.act("BRK-1", refund(None)).await, Err(vec!["E4003"]));
        assert_eq!(verdict(&stage, &code).await, Verdict::Cancelled);
        stage.act("BRK-2", Act::Cancel).await.expect("cancelled");
        assert_eq!(stage.act("BRK-2", Act::Cancel).await, Err(vec!["E5005"]));
        assert_eq!(stage.status("BRK-2").await.state, State::Cancelled);
        assert_eq!(stage.act("BRK-2", refund(Some("518.78"))).await, Err(vec!["E4003"]));
        stage.act("BRK-2", refund(Some("500"))).await.expect("a part");
        // The answer was lost, and the same is asked again.
        stage.act("BRK-2", refund(Some("500"))).await.expect_err("more than is left");
        stage.act("BRK-2", refund(Some("18.77"))).await.expect("the rest");
        assert_eq!(stage.balance().await, "100000.00");
        stage.audit_is_clean().await;
    }

    /// R-3.7, R-3.10: registered and cancelled afterwards: the petition and customs' papers are what the case rests on.
    async fn a_registered_declaration_is_cancelled_and_refunded_on_paper(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let asked = ebirlik_operations::customs::Presentation {
            code: code.clone(),
            registration_no: "26341300EX000001".into(),
            reference: "BRK-1".into(),
            exporter: EXPORTER.into(),
        };
        let customs = crate::stage::customs();
        given(ebirlik_operations::customs::register(&stage.office, &customs, &asked).await.unwrap()).expect("bound");
        stage.act("BRK-1", Act::Cancel).await.expect("cancelled");
        stage.act("BRK-1", refund(None)).await.expect("refunded");
        assert_eq!((stage.balance().await.as_str(), verdict(&stage, &code).await), ("1000.00", Verdict::Cancelled));
        let id = stage_id(&stage, "BRK-1").await;
        let cases = stage.office.store.list_cases_of(id).await.unwrap();
        assert!(cases.iter().all(|case| case.proof == "dilekçe 26.11.2026/17" && !case.reason.is_empty()));
        stage.audit_is_clean().await;
    }

    /// R-3.5: for what was exported in part, a part comes back while the code stays; within six months of the receipt.
    async fn a_part_comes_back_within_six_months(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        for _ in 0..2 {
            // The second time as if its answer had been lost: done once.
            stage.act("BRK-1", refund(Some("18.77"))).await.expect("a part");
        }
        assert_eq!(stage.act("BRK-1", refund(Some("500.00"))).await, Err(vec!["E4005"]), "that would be the whole");
        assert_eq!((stage.balance().await.as_str(), verdict(&stage, &code).await), ("99500.00", Verdict::Valid));
        stage.clock.move_to("2027-05-22T11:00:00Z");
        assert_eq!(stage.act("BRK-1", refund(Some("1"))).await, Err(vec!["E4004"]));
        let in_time = Act::Refund(Application {
            amount: Money::parse("1"),
            applied_by: None,
            applied_on: Some("2027-05-21".parse().unwrap()),
            confirmation: "kısmi ihracat belgesi".into(),
        });
        stage.act("BRK-1", in_time).await.expect("applied for in time");
        stage.audit_is_clean().await;
    }

    /// R-3.5: the six months end on the same day, whether the day of the application is said or is today.
    async fn six_months_are_one_rule(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        stage.clock.move_to("2026-11-30T11:00:00Z");
        approval(&stage.send(&message("BRK-1")).await);
        let said = |applied_on: Option<&str>| {
            Act::Refund(Application {
                amount: Money::parse("1"),
                applied_by: None,
                applied_on: applied_on.map(|day| day.parse().unwrap()),
                confirmation: "kısmi ihracat belgesi".into(),
            })
        };
        // Six months before the 31st is the 30th too.
        stage.clock.move_to("2027-05-31T11:00:00Z");
        assert_eq!(stage.act("BRK-1", said(None)).await, Err(vec!["E4004"]));
        assert_eq!(stage.act("BRK-1", said(Some("2027-05-31"))).await, Err(vec!["E4004"]));
        assert_eq!(stage.act("BRK-1", said(Some("2027-06-01"))).await, Err(vec!["E4004"]), "it is not that day yet");
        stage.act("BRK-1", said(Some("2027-05-30"))).await.expect("the last day");
    }

    /// R-3.8: a broker's own petition counts only where the exporter's power says so, on the day of the petition.
    async fn a_broker_takes_a_fee_back_only_by_its_power(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("BRK-1")).await);
        let petition = |firm: &str, applied_on: &str| {
            Act::Refund(Application {
                amount: Money::parse("1"),
                applied_by: Some(firm.into()),
                applied_on: Some(applied_on.parse().unwrap()),
                confirmation: "kısmi ihracat belgesi".into(),
            })
        };
        let today = "2026-11-21";
        assert_eq!(stage.act("BRK-1", petition(BROKER, today)).await, Err(vec!["E4008"]));
        assert_eq!(stage.act("BRK-1", petition(OTHER_EXPORTER, today)).await, Err(vec!["E4008"]));
        stage.act("BRK-1", petition(EXPORTER, today)).await.expect("the exporter's own");
        let power = Power {
            exporter: EXPORTER.into(),
            declarant: BROKER.into(),
            secretariat: "IMMIB".into(),
            takes_refunds: 1,
            daily_limit: None,
            valid_from: "2026-11-22".into(),
            valid_to: String::new(),
        };
        stage.office.store.save_powers(&[power]).await.unwrap();
        stage.clock.move_to("2026-11-23T11:00:00Z");
        assert_eq!(stage.act("BRK-1", petition(BROKER, today)).await, Err(vec!["E4008"]), "not yet on that day");
        stage.act("BRK-1", petition(BROKER, "2026-11-23")).await.expect("by the new power");
        stage.audit_is_clean().await;
    }

    /// G-93, R-3.9: a correction charges or returns the difference at the rates of the day of approval; where the
    /// statement changed, the old code is superseded, else the code stays. What was corrected is what may be sent again.
    async fn a_correction_moves_the_difference_and_the_code(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let first = approval(&stage.send(&message("BRK-1")).await);
        stage.clock.move_to("2026-11-25T11:00:00Z");
        let done = stage.act("BRK-1", other_amount("BRK-1", "30000.00")).await.expect("corrected");
        let Some(Effect::Corrected(more)) = done.effect else { panic!("no correction") };
        // 30,000 x 41.5012 x 0.0005 = 622.518
        assert_eq!((more.charged.to_string().as_str(), more.approval.price.fee.to_string().as_str()), ("103.75", "622.52"));
        assert_eq!((more.approval.version, &more.approval.record_no), (2, &first.record_no));
        assert_eq!(more.approval.balance.map(|left| left.to_string()), Some(stage.balance().await));
        assert_ne!(more.approval.code, first.code);
        assert_eq!(verdict(&stage, &first.code).await, Verdict::Superseded);
        assert_eq!(verdict(&stage, &more.approval.code).await, Verdict::Valid);
        let sent = message_with("BRK-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "30000.00");
        assert_eq!(*approval(&stage.send(&sent).await), more.approval);
        let Decision::Refused(changed) = stage.send(&message("BRK-1")).await else { panic!("not refused") };
        assert_eq!(changed.findings[0].code().as_str(), "E5001");

        // Freight is no part of what the code binds, but of the base of the fee under CIF.
        let cif = sent.replace("<Teslim_sekli>FOB", "<Teslim_sekli>CIF").replace(
            "<Gonderici_vergi_no>",
            "<Toplam_navlun>10000.00</Toplam_navlun><Toplam_navlun_dovizi>USD</Toplam_navlun_dovizi><Gonderici_vergi_no>",
        );
        let done = stage.act("BRK-1", Act::Correct(Box::new(declared(&cif)))).await.expect("corrected");
        let Some(Effect::Corrected(less)) = done.effect else { panic!("no correction") };
        assert_eq!((less.returned.to_string().as_str(), &less.approval.code), ("207.51", &more.approval.code));
        assert_eq!(stage.balance().await, "99584.99");
        assert_eq!(verdict(&stage, &less.approval.code).await, Verdict::Valid);
        stage.audit_is_clean().await;

        let other_exporter = message_with("BRK-1", "IMMIB", "CARI_HESAP", "5260181599", "610910000011", "30000.00");
        let refused = stage.act("BRK-1", Act::Correct(Box::new(declared(&other_exporter)))).await;
        assert_eq!(refused, Err(vec!["E2002"]), "whose declaration it is cannot be corrected");
        let nonsense = message_with("BRK-1", "IMMIB", "CARI_HESAP", EXPORTER, "000000000000", "30000.00");
        assert_eq!(stage.act("BRK-1", Act::Correct(Box::new(declared(&nonsense)))).await, Err(vec!["E2005"]));
        // Back to the first content: its old code is not given a second time.
        let done = stage.act("BRK-1", other_amount("BRK-1", "25000.00")).await.expect("corrected");
        let Some(Effect::Corrected(back)) = done.effect else { panic!("no correction") };
        assert!(back.approval.code != first.code && back.approval.code != more.approval.code);
        assert_eq!(stage.balance().await, "99481.23");
        stage.audit_is_clean().await;
    }

    /// G-40, G-95: the desk clears the version that it looked at, and what waits by its sender's wish goes on waiting.
    async fn the_desk_clears_what_it_saw(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        watch(&stage, "6109").await;
        let held = message_with("D-1", "IMMIB", "BEKLET", EXPORTER, "610910000011", "25000.00");
        stage.send(&held).await;
        let other = message_with("D-1", "IMMIB", "BEKLET", EXPORTER, "610910000011", "26000.00");
        stage.send(&other).await;
        assert_eq!(stage.act("D-1", Act::Release { version: Some(1) }).await, Err(vec!["E5005"]));
        let done = stage.act("D-1", Act::Release { version: Some(2) }).await.expect("released");
        assert!(matches!(done.effect, Some(Effect::Released(Decision::Pending(_)))), "{done:?}");
        assert_eq!((stage.balance().await.as_str(), stage.status("D-1").await.state), ("100000.00", State::WaitingPayment));
        stage.audit_is_clean().await;
    }

    /// G-70: a reference that stands at another secretariat is not the counter's to read or to take over.
    async fn the_counter_keeps_to_its_own_secretariat(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("BRK-1")).await);
        let elsewhere = ebirlik_operations::Client { secretariat: "OAIB".into(), ..staff("staff-9") };
        let sent = message_with("BRK-1", "OAIB", "CARI_HESAP", EXPORTER, "610910000011", "1.00");
        for mode in [Mode::Real, Mode::Trial] {
            let decision = enter(&stage.office, &elsewhere, declared(&sent), Counter::Cash, mode).await.unwrap();
            let Decision::Refused(refused) = decision else { panic!("not refused") };
            assert_eq!((refused.findings[0].code().as_str(), refused.changes.len()), ("E3009", 0));
        }
        stage.audit_is_clean().await;
    }

    /// R-2.7, R-2.8: a bulletin that came after the approval changes no price by a correction.
    async fn a_correction_keeps_the_rates_of_its_approval(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("BRK-1")).await);
        let bulletin = stage.office.store.find_bulletin("2026-11-21".parse().unwrap()).await.unwrap().expect("a bulletin");
        let mut later = ebirlik_domain::bulletin::Bulletin { date: "2026-11-21".parse().unwrap(), ..bulletin };
        later.rates.values_mut().for_each(|rate| rate.buying += rate.buying);
        stage.office.store.save_bulletin(&later, 0).await.unwrap();
        let other = message("BRK-1").replace("<Gidecegi_ulke>004", "<Gidecegi_ulke>400");
        let done = stage.act("BRK-1", Act::Correct(Box::new(declared(&other)))).await.expect("corrected");
        let Some(Effect::Corrected(same)) = done.effect else { panic!("no correction") };
        assert_eq!((same.charged, same.returned), (Money::ZERO, Money::ZERO));
        stage.audit_is_clean().await;
    }

    /// R-3.5, R-3.9: what came back as a part does not come back again by a correction.
    async fn a_part_given_back_is_not_returned_by_a_correction_too(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        approval(&stage.send(&message("BRK-1")).await);
        stage.act("BRK-1", refund(Some("300"))).await.expect("a part");
        assert_eq!(stage.act("BRK-1", other_amount("BRK-1", "10000.00")).await, Err(vec!["E4003"]));
        assert_eq!(stage.act("BRK-1", other_amount("BRK-1", "20000.00")).await, Err(vec!["E4003"]));
        assert_eq!((stage.balance().await.as_str(), stage.status("BRK-1").await.version), ("781.23", 1));
        stage.act("BRK-1", other_amount("BRK-1", "30000.00")).await.expect("corrected");
        stage.audit_is_clean().await;
    }

    /// G-45: a correction that the account cannot pay changes nothing.
    async fn a_correction_that_cannot_be_paid_changes_nothing(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "520").await;
        let first = approval(&stage.send(&message("BRK-1")).await);
        assert_eq!(stage.act("BRK-1", other_amount("BRK-1", "30000.00")).await, Err(vec!["E4002"]));
        assert_eq!((stage.balance().await.as_str(), stage.status("BRK-1").await.version), ("1.23", 1));
        assert_eq!(*approval(&stage.send(&message("BRK-1")).await), *first);
        stage.audit_is_clean().await;
    }

    /// Two people above a sum: the second one decides, the first cannot, and a case is decided once.
    async fn much_money_needs_a_second_person(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000000").await;
        let sent = message_with("BIG-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "1000000.00");
        assert_eq!(approval(&stage.send(&sent).await).price.fee.to_string(), "20750.60");
        let open = stage.act("BIG-1", Act::Cancel).await.expect("a case");
        assert_eq!((open.state, open.effect.is_none()), (CaseState::Open, true));
        assert_eq!(stage.status("BIG-1").await.state, State::Approved);
        let (office, second) = (&stage.office, staff("staff-2"));
        let told = |answer| given(answer).map(|done: cases::ActResult| done.state);
        assert_eq!(told(cases::confirm(office, &staff("staff-1"), open.case, "").await.unwrap()), Err(vec!["E3010"]));
        let stranger = ebirlik_operations::Client { secretariat: "OAIB".into(), ..staff("staff-9") };
        assert_eq!(told(cases::confirm(office, &stranger, open.case, "").await.unwrap()), Err(vec!["E1404"]));
        assert_eq!(cases::list_open(office, &second).await.unwrap().len(), 1);
        assert_eq!(told(cases::confirm(office, &second, open.case, "uygun").await.unwrap()), Ok(CaseState::Done));
        assert_eq!(told(cases::confirm(office, &second, open.case, "").await.unwrap()), Err(vec!["E5010"]));
        assert_eq!(stage.status("BIG-1").await.state, State::Cancelled);
        let open = stage.act("BIG-1", refund(None)).await.expect("a case");
        assert_eq!(told(cases::refuse(office, &second, open.case, " ").await.unwrap()), Err(vec!["E2001"]));
        let no = cases::refuse(office, &second, open.case, "belge eksik").await.unwrap();
        assert_eq!(told(no), Ok(CaseState::Refused));
        assert_eq!(stage.balance().await, "979249.40");
        let kinds: Vec<_> = stage.office.store.list_cases_of(stage_id(&stage, "BIG-1").await).await.unwrap();
        assert_eq!(kinds.len(), 2);
        stage.audit_is_clean().await;
    }

    /// Every act has its reason and its paper, and staff act on their own secretariat's declarations alone.
    async fn an_act_has_its_reason_and_stays_at_home(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("BRK-1")).await);
        let proposal = |reason: &str, proof: &str| Proposal {
            declarant: BROKER.into(),
            reference: "BRK-1".into(),
            act: Act::Cancel,
            reason: reason.into(),
            proof: proof.into(),
        };
        let stranger = ebirlik_operations::Client { secretariat: "OAIB".into(), ..staff("staff-9") };
        for (who, proposal, code) in [
            (staff("s"), proposal("", "p"), "E2001"),
            (staff("s"), proposal("r", " "), "E2001"),
            (stranger, proposal("r", "p"), "E1404"),
        ] {
            let refused = given(cases::propose(&stage.office, &who, proposal).await.unwrap());
            assert_eq!(refused.map(|_| ()), Err(vec![code]));
        }
        assert_eq!(stage.status("BRK-1").await.state, State::Approved);
    }

    /// G-95, R-4.3, R-4.4: goods on the watch list wait at the desk; what it lets pass is paid at once, what it does not
    /// is cancelled with a reason.
    async fn the_desk_decides_on_watched_goods(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        watch(&stage, "6109").await;
        for reference in ["D-1", "D-2"] {
            assert!(matches!(stage.send(&message(reference)).await, Decision::Pending(_)));
        }
        assert_eq!(cases::list_at_desk(&stage.office, &staff("staff-1"), 0).await.unwrap().len(), 2);
        let done = stage.act("D-1", Act::Release { version: None }).await.expect("released");
        let Some(Effect::Released(Decision::Approved(approved))) = done.effect else { panic!("{done:?}") };
        assert_eq!(*approval(&stage.send(&message("D-1")).await), *approved);
        assert_eq!(stage.act("D-1", Act::Release { version: None }).await.map(|_| ()), Err(vec!["E5005"]));
        stage.act("D-2", Act::Cancel).await.expect("the desk's no");
        let Decision::Refused(ended) = stage.send(&message("D-2")).await else { panic!("not refused") };
        assert_eq!(ended.findings[0].code().as_str(), "E5002");
        assert!(cases::list_at_desk(&stage.office, &staff("staff-1"), 0).await.unwrap().is_empty());
        stage.audit_is_clean().await;
    }

    /// G-9, G-12, G-44, G-50, G-79, G-80: staff enter by hand what was brought to them; cash is taken, no account is
    /// debited, no power and no commitment is needed, membership is; the same rules and a code as for all. G-5, G-13: paper.
    async fn the_counter_takes_cash_and_gives_the_same_code(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let entered = async |text: &str, counter, who| {
            enter(&stage.office, &who, declared(text), counter, Mode::Real).await.unwrap()
        };
        // The exporter itself, without a commitment at all; and one whose power has ended.
        let brought = message_with("K-1", "IMMIB", "CARI_HESAP", "5260181599", "610910000011", "25000.00");
        let cash = approval(&entered(&brought, Counter::Cash, staff("staff-1")).await);
        assert_eq!((cash.kind, cash.balance, cash.price.fee.to_string().as_str()), (ApprovalKind::Cash, None, "518.77"));
        assert_eq!(*approval(&entered(&brought, Counter::Cash, staff("staff-1")).await), *cash);
        let paper = approval(&entered(&message("K-2"), Counter::Paper, staff("staff-1")).await);
        assert_eq!(paper.kind, ApprovalKind::Paper);
        assert_eq!(stage.balance().await, "100000.00");
        let told = verify(&stage.office, &[Asked { code: cash.code.clone(), ..Asked::default() }]).await.unwrap().remove(0);
        assert_eq!(told.approval.map(|approval| approval.kind), Some(ApprovalKind::Cash));
        let elsewhere = ebirlik_operations::Client { secretariat: "OAIB".into(), ..staff("staff-9") };
        let Decision::Refused(refused) = entered(&message("K-3"), Counter::Cash, elsewhere).await else { panic!() };
        assert_eq!(refused.findings[0].code().as_str(), "E3009");
        // Paid in cash, given back through the bank.
        stage.act("K-2", Act::Cancel).await.expect("cancelled");
        let done = stage.act("K-2", refund(None)).await.expect("refunded");
        assert_eq!(done.effect, Some(Effect::Refunded { amount: Money::parse("518.77").unwrap(), balance: None }));
        stage.audit_is_clean().await;
    }

    /// G-14, G-77: contact offices are units of a secretariat with staff of their own; what they enter says so, and so
    /// does the receipt.
    async fn a_contact_office_has_its_own_staff(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0").await;
        let loaded = async |kind, text: &str| match plan(&stage.office, kind, text.as_bytes()).await {
            Ok(plan) => plan.commit(&stage.office).await.map(|_| ()).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let users = "user,roles,firm,secretariat,contact_office\nstaff-1,staff,,IMMIB,IRT-ATA\n";
        assert!(loaded(Kind::Users, users).await.unwrap_err().contains("contact-offices"));
        let offices = "code,secretariat,name\nIRT-ATA,IMMIB,Atatürk Havalimanı İrtibat Bürosu\n";
        loaded(Kind::ContactOffices, offices).await.expect("imported");
        assert!(loaded(Kind::Users, &users.replace("IMMIB", "OAIB")).await.is_err(), "another secretariat's");
        loaded(Kind::Users, users).await.expect("imported");
        let clerk = staff("staff-1");
        let entered = enter(&stage.office, &clerk, declared(&message("K-1")), Counter::Cash, Mode::Real);
        let approved = approval(&entered.await.unwrap());
        let id = stage_id(&stage, "K-1").await;
        let version = stage.office.store.find_version(id, approved.version).await.unwrap().expect("a version");
        assert_eq!(version.sent_by, "staff-1/IRT-ATA");
        stage.number().await;
        let (paper, slip) = (papers::Paper::Roll80mm, papers::Slip::Receipt);
        let printed = papers::one_receipt(&stage.office, &staff("staff-2"), "IMMIB-2026-0000001", paper, slip).await;
        assert!(printed.unwrap().expect("a receipt").starts_with(b"%PDF-"));
        stage.audit_is_clean().await;
    }
}

async fn stage_id(stage: &Stage, reference: &str) -> i64 {
    let key = ebirlik_store::DeclarationKey::of(BROKER, reference);
    stage.office.store.find_declaration(key).await.unwrap().expect("a declaration").id
}

/// Puts goods on the watch list.
pub(crate) async fn watch(stage: &Stage, prefix: &str) {
    let row = ebirlik_store::rules::WatchedGoodsRow {
        gtip_prefix: prefix.into(),
        at_desk: 1,
        validity_days: None,
        valid_from: "2024-01-01".into(),
        valid_to: String::new(),
        origin: "test".into(),
    };
    stage.office.store.save_watched_goods(&[row]).await.expect("watched goods");
}
