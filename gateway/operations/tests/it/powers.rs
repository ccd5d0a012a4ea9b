//! Powers of attorney from the application to the end: who may act in between, and what both sides are told.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, approval, given, message, staff};
use ebirlik_domain::decision::Decision;
use ebirlik_operations::acting::exporters_of;
use ebirlik_operations::explain::explain;
use ebirlik_operations::powers::acts::{Verdict, activity, decide, freeze, revoke};
use ebirlik_operations::powers::apply::{Paper, Terms, cancel, draft, send, sides};
use ebirlik_operations::powers::{
    Entry, EntryId, Order, PowerState, Search, find, find_application, list, list_for_staff, list_memberships,
};
use ebirlik_operations::{Client, Roles};
use ebirlik_store::on_each_store;
use ebirlik_store::powers::PowerKey;
use ebirlik_store::testing::TestDatabase;
use jiff::civil::date;

const ALL: Search<'static> = Search { text: "", state: None, secretariat: "", order: (Order::State, false) };

fn of_firm(firm: &str) -> Client {
    let roles = Roles::parse("portal").expect("roles");
    Client { code: format!("{firm}@firma.example"), firm: firm.into(), secretariat: String::new(), roles }
}

fn terms() -> Terms {
    Terms {
        secretariat: "IMMIB".into(),
        valid_from: Some(date(2026, 11, 1)),
        valid_to: Some(date(2026, 11, 25)),
        ..Terms::default()
    }
}

fn paper() -> Paper {
    Paper { name: "vekaletname.pdf".into(), bytes: b"%PDF-1.7".to_vec() }
}

/// A draft of a firm for another, with these terms.
async fn drafted(stage: &Stage, client: &Client, other: &str, terms: &Terms) -> Result<i64, Vec<&'static str>> {
    let sides = given(sides(&stage.office, client, other).await.expect("no fault"))?;
    given(draft(&stage.office, client, (&sides, terms), None, Some(paper())).await.expect("no fault"))
}

/// The same, sent.
async fn sent(stage: &Stage, client: &Client, other: &str, terms: &Terms) -> Result<i64, Vec<&'static str>> {
    let id = drafted(stage, client, other, terms).await?;
    given(send(&stage.office, client, id).await.expect("no fault")).map(|()| id)
}

async fn decided(stage: &Stage, by: &Client, id: i64, verdict: &Verdict) -> Result<(), Vec<&'static str>> {
    given(decide(&stage.office, by, id, verdict).await.expect("no fault"))
}

async fn ended(stage: &Stage, by: &Client, key: &PowerKey, reason: &str) -> Result<(), Vec<&'static str>> {
    given(revoke(&stage.office, by, key, reason).await.expect("no fault"))
}

async fn stopped(stage: &Stage, by: &Client, frozen: bool) -> Result<(), Vec<&'static str>> {
    given(freeze(&stage.office, by, BROKER, frozen).await.expect("no fault"))
}

async fn states(stage: &Stage, client: &Client) -> Vec<PowerState> {
    let listed = list(&stage.office, client, &ALL).await.expect("no fault");
    listed.iter().map(|entry| entry.state).collect()
}

/// Whether a declaration of the broker for an exporter is approved.
async fn approves(stage: &Stage, reference: &str, exporter: &str) -> bool {
    let text = message(reference).replace(EXPORTER, exporter);
    match stage.send(&text).await {
        Decision::Refused(refusal) => {
            let codes: Vec<_> = refusal.findings.iter().map(|finding| finding.code().as_str()).collect();
            assert_eq!(codes, ["E3002"], "{refusal:?}");
            false
        }
        _ => true,
    }
}

async fn kinds(stage: &Stage, firm: &str) -> Vec<String> {
    stage.number().await;
    let feed = stage.office.store.list_feed(firm, 0, 500).await.expect("a feed");
    feed.into_iter().map(|entry| entry.kind).filter(|kind| kind.starts_with("power.")).collect()
}

fn key(exporter: &str, scope: &str, from: &str) -> PowerKey {
    PowerKey { exporter: exporter.into(), declarant: BROKER.into(), secretariat: scope.into(), valid_from: from.into() }
}

on_each_store! {
    /// P-4.7.1.5, P-4.7.1.6, P-5.4.1.5, P-4.7.5, P-5.4.1.4: before the approval, after the term and after a revocation the
    /// broker cannot act; in between it can. Both sides are told of each step, for their mails.
    async fn a_power_counts_from_its_approval_to_its_end(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let (exporter, broker) = (of_firm(OTHER_EXPORTER), of_firm(BROKER));
        let id = sent(&stage, &exporter, BROKER, &terms()).await.expect("sent");
        assert!(!approves(&stage, "A-1", OTHER_EXPORTER).await, "it waits");
        assert_eq!(states(&stage, &exporter).await, [PowerState::Waiting, PowerState::Ended]);
        decided(&stage, &staff("staff-1"), id, &Verdict::Approve).await.expect("approved");
        assert_eq!(decided(&stage, &staff("staff-1"), id, &Verdict::Approve).await, Err(vec!["E5011"]));
        assert_eq!(states(&stage, &broker).await, [PowerState::Holds, PowerState::Holds, PowerState::Ended]);
        assert!(approves(&stage, "A-2", OTHER_EXPORTER).await);
        let cards = exporters_of(&stage.office, BROKER).await.expect("no fault");
        assert!(cards.iter().any(|card| card.tax_no == OTHER_EXPORTER));
        stage.clock.move_to("2026-11-26T09:00:00Z");
        assert!(!approves(&stage, "A-3", OTHER_EXPORTER).await, "its term is over");
        assert!(approves(&stage, "A-4", EXPORTER).await);
        let own = key(EXPORTER, "*", "2024-01-01");
        ended(&stage, &of_firm(EXPORTER), &own, "").await.expect("ended");
        assert_eq!(ended(&stage, &of_firm(EXPORTER), &own, "").await, Err(vec!["E5011"]));
        assert!(!approves(&stage, "A-5", EXPORTER).await, "at once");
        assert_eq!(kinds(&stage, OTHER_EXPORTER).await, ["power.applied", "power.approved"]);
        assert_eq!(kinds(&stage, BROKER).await, ["power.applied", "power.approved", "power.revoked"]);
        let feed = stage.office.store.list_feed(BROKER, 0, 500).await.expect("a feed");
        assert!(!feed.iter().any(|entry| entry.body.contains('@')), "nobody's address is told: {feed:?}");
        stage.audit_is_clean().await;
    }

    /// A freeze stops a broker in the next approval, also on other servers and by powers approved later; what was approved
    /// stays explained. The exporter alone releases it.
    async fn a_frozen_broker_cannot_act_until_it_is_released(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000000").await;
        let other = stage.beside(&database.url).await;
        let exporter = of_firm(EXPORTER);
        assert!(approves(&stage, "F-1", EXPORTER).await && approves(&other, "F-2", EXPORTER).await);
        assert_eq!(stopped(&stage, &of_firm(BROKER), true).await, Err(vec!["E1404"]));
        assert_eq!(stopped(&stage, &of_firm(OTHER_EXPORTER), false).await, Ok(()), "it is not frozen: nothing happens");
        stopped(&stage, &exporter, true).await.expect("frozen");
        stopped(&stage, &exporter, true).await.expect("twice is once");
        assert!(!approves(&stage, "F-3", EXPORTER).await && !approves(&other, "F-4", EXPORTER).await);
        assert!(exporters_of(&stage.office, BROKER).await.expect("no fault").is_empty());
        assert_eq!(states(&stage, &exporter).await, [PowerState::Frozen]);
        let later = Terms { valid_to: None, ..terms() };
        let id = sent(&stage, &of_firm(BROKER), EXPORTER, &later).await.expect("sent");
        decided(&stage, &staff("staff-1"), id, &Verdict::Approve).await.expect("approved");
        assert!(!approves(&stage, "F-5", EXPORTER).await, "the exporter's word stands");
        stopped(&stage, &exporter, false).await.expect("released");
        assert!(approves(&stage, "F-6", EXPORTER).await && approves(&other, "F-7", EXPORTER).await);
        for reference in ["F-1", "F-6"] {
            let explained = explain(&stage.office, &stage.client, reference, None).await.expect("no fault");
            assert!(given(explained).expect("explained").is_equal(), "{reference}");
        }
        let told = ["power.frozen", "power.applied", "power.approved", "power.released"];
        assert_eq!(kinds(&stage, EXPORTER).await, told);
        stage.audit_is_clean().await;
    }

    /// S-4: staff decide for their own secretariat alone, a rejection and a revocation have a reason, and a decision is taken
    /// once. P-4.7.5: the reason is told.
    async fn the_secretariat_decides_with_a_reason(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let exporter = of_firm(OTHER_EXPORTER);
        let id = sent(&stage, &exporter, BROKER, &terms()).await.expect("sent");
        let stranger = Client { secretariat: "OAIB".into(), ..staff("staff-9") };
        for client in [&stranger, &of_firm(BROKER), &exporter] {
            assert_eq!(decided(&stage, client, id, &Verdict::Approve).await, Err(vec!["E1404"]), "{client:?}");
        }
        assert_eq!(list_for_staff(&stage.office, &stranger, &ALL).await, Ok(vec![]));
        let queue = list_for_staff(&stage.office, &staff("staff-1"), &ALL).await.expect("no fault");
        assert_eq!(queue.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>(), [EntryId::Application(id)]);
        assert_eq!(decided(&stage, &staff("staff-1"), id, &Verdict::Reject(" ".into())).await, Err(vec!["E2001"]));
        let no = Verdict::Reject("imza sirküleri eksik".into());
        decided(&stage, &staff("staff-1"), id, &no).await.expect("rejected");
        assert_eq!(decided(&stage, &staff("staff-1"), id, &Verdict::Approve).await, Err(vec!["E5011"]));
        assert!(!approves(&stage, "S-1", OTHER_EXPORTER).await, "P-4.7.1.6: rejected");
        let row = find_application(&stage.office, &exporter, id).await.expect("no fault").expect("an application");
        assert_eq!((row.state.as_str(), row.reason.as_str()), ("rejected", "imza sirküleri eksik"));
        assert_eq!(kinds(&stage, BROKER).await, ["power.applied", "power.rejected"]);

        let own = key(EXPORTER, "*", "2024-01-01");
        assert_eq!(ended(&stage, &staff("staff-1"), &own, "").await, Err(vec!["E2001"]));
        assert_eq!(ended(&stage, &stranger, &own, "azilname").await, Err(vec!["E1404"]), "its exporter is no member there");
        assert_eq!(ended(&stage, &of_firm(BROKER), &own, "").await, Err(vec!["E3009"]));
        let by_number = Search { text: EXPORTER, ..ALL };
        let found = list_for_staff(&stage.office, &staff("staff-1"), &by_number).await.expect("no fault");
        assert_eq!(found.len(), 1);
        ended(&stage, &staff("staff-1"), &own, "azilname").await.expect("ended");
        let shown = find(&stage.office, &of_firm(BROKER), &own).await.expect("no fault").expect("a power");
        assert_eq!((shown.state, shown.power.revoke_reason.as_str()), (PowerState::Revoked, "azilname"));
        stage.audit_is_clean().await;
    }

    /// P-4.7.1.2, P-4.7.1.3, P-4.7.1.4, P-5.4.1.2, P-5.4.1.3: the other firm must be registered, one record is for one pair, the
    /// secretariat is one of the exporter's, the term makes sense, and the file is a picture or a PDF of 5 MB at most.
    async fn what_cannot_be_a_power_is_refused(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let (exporter, broker) = (of_firm(OTHER_EXPORTER), of_firm(BROKER));
        for (client, number, code) in [
            (&exporter, "6281948215", "E2002"),
            (&exporter, EXPORTER, "E2002"),
            (&exporter, "9876543210", "E2004"),
            (&exporter, "12", "E2002"),
            (&broker, "6281948215", "E3003"),
            (&broker, BROKER, "E3003"),
            (&staff("staff-1"), BROKER, "E3009"),
        ] {
            assert_eq!(drafted(&stage, client, number, &terms()).await, Err(vec![code]), "{number}");
        }
        let sides = given(sides(&stage.office, &broker, " 526 018 15 99 ").await.expect("no fault")).expect("both");
        assert_eq!(sides.secretariats, ["IMMIB"]);
        let mut large = b"%PDF-1.7".to_vec();
        large.resize((5 << 20) + 1, 0);
        for (bytes, code) in [(b"MZ".to_vec(), "E1415"), (large, "E1003")] {
            let paper = Some(Paper { name: String::new(), bytes });
            let refused = draft(&stage.office, &broker, (&sides, &terms()), None, paper).await.expect("no fault");
            assert_eq!(given(refused), Err(vec![code]));
        }
        let wrong = [
            (Terms { secretariat: "OAIB".into(), ..terms() }, "E3004"),
            (Terms { valid_from: None, ..terms() }, "E2002"),
            (Terms { valid_to: Some(date(2026, 10, 1)), ..terms() }, "E2002"),
            (Terms { valid_from: Some(date(2026, 1, 1)), valid_to: Some(date(2026, 11, 20)), ..terms() }, "E2002"),
        ];
        for (terms, code) in wrong {
            assert_eq!(sent(&stage, &broker, OTHER_EXPORTER, &terms).await, Err(vec![code]), "{terms:?}");
        }
        assert!(kinds(&stage, BROKER).await.is_empty(), "a draft is no fact");
    }

    /// A draft is its maker's alone; what waits is seen by both; the exporter may object to what a broker asks for in its
    /// name; the same twice does not wait twice; drafts that nobody sends are forgotten after a week.
    async fn an_application_is_seen_and_given_up_by_those_whom_it_concerns(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let (exporter, broker) = (of_firm(OTHER_EXPORTER), of_firm(BROKER));
        let id = drafted(&stage, &broker, OTHER_EXPORTER, &terms()).await.expect("a draft");
        for client in [&exporter, &staff("staff-1"), &of_firm(EXPORTER)] {
            assert_eq!(find_application(&stage.office, client, id).await, Ok(None), "{client:?}");
        }
        given(send(&stage.office, &broker, id).await.expect("no fault")).expect("sent");
        given(send(&stage.office, &broker, id).await.expect("no fault")).expect("sent before");
        assert_eq!(sent(&stage, &exporter, BROKER, &terms()).await, Err(vec!["E5011"]));
        assert!(find_application(&stage.office, &exporter, id).await.expect("no fault").is_some());
        assert_eq!(find_application(&stage.office, &of_firm(EXPORTER), id).await, Ok(None));
        let refused = cancel(&stage.office, &of_firm(EXPORTER), id).await.expect("no fault");
        assert_eq!(given(refused), Err(vec!["E1404"]));
        given(cancel(&stage.office, &exporter, id).await.expect("no fault")).expect("the exporter objects");
        assert_eq!(decided(&stage, &staff("staff-1"), id, &Verdict::Approve).await, Err(vec!["E5011"]));
        assert_eq!(kinds(&stage, OTHER_EXPORTER).await, ["power.applied", "power.cancelled"]);

        let old = drafted(&stage, &broker, OTHER_EXPORTER, &terms()).await.expect("a draft");
        stage.clock.move_to("2026-11-29T09:00:00Z");
        let later = Terms { valid_to: None, ..terms() };
        drafted(&stage, &broker, OTHER_EXPORTER, &later).await.expect("a draft");
        assert_eq!(find_application(&stage.office, &broker, old).await, Ok(None));
        stage.audit_is_clean().await;
    }

    /// P-4.7.2: lists are searched as Turkish is. P-4.8.1: memberships with their numbers. What brokers did is listed, the newest
    /// first.
    async fn lists_are_searched_and_activity_is_seen(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        assert!(approves(&stage, "L-1", EXPORTER).await && approves(&stage, "L-2", EXPORTER).await);
        stage.number().await;
        let done = activity(&stage.office, &of_firm(EXPORTER), None).await.expect("no fault");
        let references: Vec<_> = done.deeds.iter().filter_map(|deed| deed.reference.as_deref()).collect();
        assert_eq!((references.first(), references.last()), (Some(&"L-2"), Some(&"L-1")), "{done:?}");
        assert!(done.deeds.iter().all(|deed| deed.by == BROKER) && done.before.is_none());
        assert!(!done.brokers[BROKER].1, "not frozen");
        assert!(activity(&stage.office, &of_firm(OTHER_EXPORTER), None).await.expect("no fault").deeds.is_empty());
        let found = async |text| -> Vec<Entry> {
            list(&stage.office, &of_firm(BROKER), &Search { text, ..ALL }).await.expect("no fault")
        };
        assert_eq!((found("ornek").await.len(), found("ÖRNEK a.ş").await.len(), found("1234567890").await.len()), (2, 2, 1));
        assert!(found("başka").await.is_empty());
        let rows = list_memberships(&stage.office, EXPORTER).await.expect("no fault");
        assert_eq!(rows.iter().map(|(row, holds)| (row.union_code.as_str(), *holds)).collect::<Vec<_>>(), [("IMIB", true)]);
        assert!(approval(&stage.send(&message("L-1")).await).code.len() == 16, "a resend gets its answer");
    }
}
