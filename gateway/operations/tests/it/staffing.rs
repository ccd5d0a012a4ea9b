//! What the staff's pages rest on: queues, look-ups, previews, the monthly match's owners, letters, and who did what.

use crate::acts::watch;
use crate::stage::{BROKER, EXPORTER, Stage, approval, customs, declared, given, message, message_with, staff};
use ebirlik_domain::money::Money;
use ebirlik_operations::cases::{self, Act, Proposal};
use ebirlik_operations::customs::{Presentation, register};
use ebirlik_operations::import::{Kind, plan};
use ebirlik_operations::preview::preview;
use ebirlik_operations::queues::{self, MatchFilter};
use ebirlik_operations::trail::{Question, search};
use ebirlik_operations::{Client, bank, letters, lookup, reconcile};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::civil::date;

const STATEMENT: &str = "date,amount,text\n2026-11-20,1000.00,AIDAT ODEMESI\n2026-11-20,5.00,1234567890 aidat\n";

fn elsewhere() -> Client {
    Client { secretariat: "OAIB".into(), ..staff("staff-9") }
}

async fn found(stage: &Stage, by: &Client, text: &str, tax_no: &str) -> Vec<String> {
    let found = lookup::find(&stage.office, by, text, tax_no).await.expect("no fault");
    found.into_iter().map(|recorded| recorded.reference).collect()
}

fn proposal(reference: &str, act: Act) -> Proposal {
    let (reason, proof) = ("dilekçe üzerine".into(), "dilekçe 26.11.2026/17".into());
    Proposal { declarant: BROKER.into(), reference: reference.into(), act, reason, proof }
}

fn question() -> Question {
    let empty = String::new;
    let (from, to) = (date(2026, 11, 21), date(2026, 11, 21));
    Question { from, to, kind: empty(), user: empty(), tax_no: empty(), reference: empty() }
}

async fn kinds(stage: &Stage, by: &Client, question: &Question) -> Vec<String> {
    let page = search(&stage.office, by, question, None, 50).await.expect("no fault");
    page.happenings.into_iter().map(|happening| happening.kind).collect()
}

/// A user of IMMIB's staff that the register knows.
async fn add_staff(stage: &Stage, code: &str) {
    let file = format!("user,roles,firm,secretariat,contact_office\n{code},staff,,IMMIB,\n");
    let planned = plan(&stage.office, Kind::Users, file.as_bytes()).await.expect("a plan");
    planned.commit(&stage.office).await.expect("a user");
}

on_each_store! {
    /// G-92, G-95, S-13: what waits is counted with the age of the oldest, and only for its own secretariat.
    async fn queues_tell_how_much_waits_and_since_when(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000000").await;
        let office = &stage.office;
        approval(&stage.send(&message_with("BIG", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "25000000.00")).await);
        stage.act("BIG", Act::Cancel).await.expect("proposed");
        watch(&stage, "6109").await;
        stage.send(&message("DESK-1")).await;
        given(bank::import(office, "IMMIB", STATEMENT.as_bytes()).await.unwrap()).expect("imported");
        let (me, window) = (staff("staff-1"), (50, 0));
        let waiting = queues::queues(office, &me).await.unwrap();
        let counts: Vec<(&str, u64)> = waiting.iter().map(|queue| (queue.name, queue.count)).collect();
        let expected = [("desk", 1), ("applications", 0), ("powers", 0), ("cases", 1), ("bank", 1)];
        assert_eq!(counts[..5], expected);
        let mut filled = waiting[..5].iter().filter(|queue| queue.count > 0);
        assert!(filled.all(|queue| queue.oldest == Some(office.clock.now())), "{waiting:?}");
        assert!(queues::queues(office, &elsewhere()).await.unwrap().iter().all(|queue| queue.count == 0));
        let (desk, total) = queues::at_desk(office, &me, ("", ""), window).await.unwrap();
        assert_eq!((desk[0].reference.as_str(), total), ("DESK-1", 1));
        assert!(queues::at_desk(office, &me, ("9999999999", ""), window).await.unwrap().0.is_empty());
        let (open, _) = queues::open_cases(office, &me, "cancel", window).await.unwrap();
        assert_eq!((open.len(), open[0].reference.as_str()), (1, "BIG"));
        let (lines, _) = queues::unmatched(office, &me, window).await.unwrap();
        assert_eq!((lines.len(), lines[0].text.as_str()), (1, "AIDAT ODEMESI"));
    }

    /// S-13: a declaration is found by whatever number is read out on the telephone, by its own secretariat alone, and its
    /// story names the receipt.
    async fn a_declaration_is_found_by_each_of_its_numbers(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let mut approvals = Vec::new();
        for number in 1..=30 {
            approvals.push(approval(&stage.send(&message(&format!("BRK-{number}"))).await));
            stage.clock.move_to(&format!("2026-11-21T12:{number:02}:00Z"));
        }
        let asked = Presentation {
            code: approvals[6].code.clone(),
            registration_no: "26341300EX000007".into(),
            reference: "BRK-7".into(),
            exporter: EXPORTER.into(),
        };
        given(register(&stage.office, &customs(), &asked).await.unwrap()).expect("registered");
        let (me, seventh) = (staff("staff-1"), &approvals[6]);
        for (text, tax_no) in [
            ("BRK-7", ""),
            ("BRK-7", BROKER),
            ("BRK-7", EXPORTER),
            (seventh.code.to_ascii_lowercase().as_str(), ""),
            (seventh.record_no.as_str(), ""),
            ("26341300ex000007", ""),
        ] {
            assert_eq!(found(&stage, &me, text, tax_no).await, ["BRK-7"], "{text} {tax_no}");
        }
        for each in &approvals {
            assert_eq!(found(&stage, &me, &each.record_no, "").await, [each.reference.as_str()], "{}", each.record_no);
        }
        for (text, tax_no) in [("BRK-7", "5260181599"), ("26IMMIB000999999", ""), ("26341300EX999999", ""), ("", "")] {
            assert_eq!(found(&stage, &me, text, tax_no).await, Vec::<String>::new(), "{text} {tax_no}");
        }
        assert!(found(&stage, &elsewhere(), "BRK-7", "").await.is_empty(), "another secretariat's");
        let recorded = lookup::find(&stage.office, &me, "BRK-7", "").await.unwrap().remove(0);
        let story = lookup::story(&stage.office, &me, recorded.id).await.unwrap().expect("a story");
        assert_eq!((story.receipts.len(), story.receipts[0].number), (1, 7));
        assert_eq!(story.declaration.items.len(), 1);
        assert!(lookup::story(&stage.office, &elsewhere(), recorded.id).await.unwrap().is_none());
    }

    /// G-93: what a correction comes to is told before it is done, and nothing of it is done.
    async fn a_preview_tells_what_the_act_then_does(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let before = approval(&stage.send(&message("BRK-1")).await);
        let other = message_with("BRK-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "30000.00");
        let act = Act::Correct(Box::new(declared(&other)));
        let proposal = proposal("BRK-1", act.clone());
        let me = staff("staff-1");
        let told = given(preview(&stage.office, &me, &proposal).await.unwrap()).expect("a preview");
        let correction = told.correction.expect("a correction");
        assert_eq!((correction.fee_before, correction.new_code), (before.price.fee, true));
        assert_eq!(correction.fee_after.checked_sub(correction.fee_before), Some(told.amount));
        assert!(!told.needs_second && correction.changes.iter().any(|change| change.new == "30000.00"));
        assert_eq!(stage.balance().await, "99481.23", "nothing was done");
        let done = stage.act("BRK-1", act).await.expect("corrected");
        let Some(cases::Effect::Corrected(corrected)) = done.effect else { panic!("{done:?}") };
        assert_eq!((corrected.charged, corrected.approval.price.fee), (told.amount, correction.fee_after));
        let silent = Proposal { reason: " ".into(), ..proposal };
        assert_eq!(given(preview(&stage.office, &me, &silent).await.unwrap()), Err(vec!["E2001"]));
        let refused = given(preview(&stage.office, &elsewhere(), &silent).await.unwrap());
        assert_eq!(refused, Err(vec!["E1404"]), "another secretariat's");
    }

    /// G-82, G-84, S-13: a row of the match is taken on, given away and settled, each with its event; its letter names both
    /// sides.
    async fn rows_of_the_match_have_owners_letters_and_an_end(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let office = &stage.office;
        add_staff(&stage, "staff-1").await;
        add_staff(&stage, "staff-2").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let file = format!(
            "registration_no,code,ref,exporter,registered_on,invoice_total,currency,gtips\n\
             26341300EX000001,{code},BRK-1,{EXPORTER},2026-11-21,25000.01,USD,610910000011\n\
             26341300EX000002,,X-2,{EXPORTER},2026-11-21,1.00,USD,610910000011\n"
        );
        given(reconcile::reconcile(office, None, std::io::Cursor::new(file)).await.unwrap()).expect("matched");
        let me = staff("staff-1");
        let all = MatchFilter::default();
        let (rows, total) = queues::differences(office, &me, &all, (50, 0)).await.unwrap();
        assert_eq!((rows.len(), total), (2, 2));
        let differs = rows.iter().find(|row| row.row.kind == "differs").expect("a difference").row.clone();
        let fields = reconcile::fields_of(&differs);
        assert_eq!((fields[0].customs.as_deref(), fields[0].ours.as_deref()), (Some("25000.01"), Some("25000.00")));
        for row in &rows {
            let letter = letters::letter(office, &me, row.row.id).await.unwrap().expect("a letter");
            assert!(letter.starts_with(b"%PDF-"));
        }
        let seen = queues::difference(office, &elsewhere(), differs.id).await.unwrap();
        assert!(seen.is_none() && letters::letter(office, &elsewhere(), differs.id).await.unwrap().is_none());

        given(reconcile::decide(office, &me, differs.id, None).await.unwrap()).expect("taken on");
        assert_eq!(given(reconcile::give(office, &me, differs.id, "nobody").await.unwrap()), Err(vec!["E1404"]));
        given(reconcile::give(office, &me, differs.id, "staff-2").await.unwrap()).expect("given");
        let of_two = MatchFilter { owner: "staff-2".into(), ..all.clone() };
        assert_eq!(queues::differences(office, &me, &of_two, (50, 0)).await.unwrap().1, 1);
        assert_eq!(given(reconcile::decide(office, &me, differs.id, Some(" ")).await.unwrap()), Err(vec!["E2001"]));
        given(reconcile::decide(office, &me, differs.id, Some("yazı geldi")).await.unwrap()).expect("settled");
        let again = given(reconcile::decide(office, &me, differs.id, Some("yine")).await.unwrap());
        assert_eq!(again, Err(vec!["E1404"]));
        let settled = MatchFilter { settled: true, month: "2026-11".into(), ..all };
        let (rows, _) = queues::differences(office, &me, &settled, (50, 0)).await.unwrap();
        assert_eq!((rows.len(), rows[0].reason.as_str()), (1, "yazı geldi"));
        let mine = Question { user: "staff-1".into(), ..question() };
        let told = kinds(&stage, &me, &mine).await;
        assert_eq!(told, ["reconciliation.settled", "reconciliation.owned", "reconciliation.owned"]);
        stage.audit_is_clean().await;
    }

    /// S-13: who did what and when, by days, user, kind, firm and reference; never another secretariat's.
    async fn what_happened_is_found_by_whatever_is_known_of_it(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        add_staff(&stage, "staff-1").await;
        approval(&stage.send(&message("BRK-1")).await);
        approval(&stage.send(&message("BRK-2")).await);
        stage.act("BRK-1", Act::Cancel).await.expect("cancelled");
        let me = staff("staff-1");
        let all = kinds(&stage, &me, &question()).await;
        let approved = "declaration.approved";
        assert_eq!(all, ["declaration.cancelled", approved, approved, "account.deposited"]);
        let check = async |question: Question, expected: &[&str]| {
            assert_eq!(kinds(&stage, &me, &question).await, expected, "{question:?}");
        };
        check(Question { user: "staff-1".into(), ..question() }, &["declaration.cancelled"]).await;
        check(Question { user: "broker1".into(), ..question() }, &[approved, approved]).await;
        check(Question { kind: approved.into(), ..question() }, &[approved, approved]).await;
        check(Question { tax_no: EXPORTER.into(), user: "staff-1".into(), ..question() }, &["declaration.cancelled"]).await;
        check(Question { reference: "BRK-1".into(), ..question() }, &["declaration.cancelled", approved]).await;
        check(Question { reference: "BRK-2".into(), tax_no: EXPORTER.into(), ..question() }, &[approved]).await;
        check(Question { reference: "BRK-3".into(), ..question() }, &[]).await;
        check(Question { from: date(2026, 11, 22), to: date(2026, 11, 30), ..question() }, &[]).await;
        check(Question { tax_no: EXPORTER.into(), to: date(2026, 11, 20), from: date(2026, 11, 1), ..question() }, &[]).await;
        assert!(kinds(&stage, &elsewhere(), &question()).await.is_empty());
        let of_firm = Question { tax_no: EXPORTER.into(), ..question() };
        for question in [question(), of_firm] {
            let (mut paged, mut before) = (Vec::new(), None);
            loop {
                let page = search(&stage.office, &me, &question, before, 1).await.unwrap();
                paged.extend(page.happenings.into_iter().map(|happening| happening.kind));
                let Some(next) = page.next else { break };
                before = Some(next);
            }
            assert_eq!(paged, all, "{question:?}");
        }
        let cancelled = search(&stage.office, &me, &question(), None, 1).await.unwrap().happenings.remove(0);
        assert_eq!((cancelled.by.as_str(), cancelled.reason.as_str()), ("staff-1", "dilekçe üzerine"));
        assert_eq!((cancelled.about.as_str(), Money::parse(&cancelled.amount)), ("BRK-1", None));
    }
}
