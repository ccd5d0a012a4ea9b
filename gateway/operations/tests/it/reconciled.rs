//! The monthly match with customs: every planted difference is found, none is invented, and the same file twice changes
//! nothing.

use crate::stage::{EXPORTER, Stage, approval, customs, given, message, message_with, staff};
use ebirlik_operations::customs::{Presentation, register};
use ebirlik_operations::reconcile::{Matched, Month, decide, list, reconcile};
use ebirlik_operations::withdraw::withdraw;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::fmt::Write;

fn month() -> Month {
    Month::parse("2026-11").expect("a month")
}

async fn matched(stage: &Stage, file: &str) -> Result<Matched, Vec<&'static str>> {
    given(reconcile(&stage.office, Some(month()), file.as_bytes()).await.expect("no fault"))
}

async fn lists(stage: &Stage) -> Vec<(String, Option<String>, String, String)> {
    let rows = list(&stage.office, &staff("staff-1"), &month(), "", 0, 1_000).await.expect("rows");
    rows.into_iter().map(|row| (row.kind, row.registration_no, row.fields, row.state)).collect()
}

const HEAD: &str = "registration_no,code,ref,exporter,registered_on,invoice_total,currency,gtips\n";

fn row(number: usize, code: &str, reference: &str, amount: &str) -> String {
    format!("26341300EX{number:06},{code},{reference},{EXPORTER},2026-11-21,{amount},USD,610910000011\n")
}

on_each_store! {
    /// G-81, G-82, G-83, G-84, G-85: the three lists.
    async fn planted_differences_are_found_and_none_is_invented(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let mut file = HEAD.to_owned();
        let code_of = async |reference: &str| approval(&stage.send(&message(reference)).await).code.clone();
        for number in 1..=40 {
            let reference = format!("BRK-{number}");
            let code = code_of(&reference).await;
            match number {
                // Never registered.
                7 => {}
                8 => file.push_str(&row(number, &code, &reference, "25000.01")),
                9 => file.push_str(&row(number, &code, &reference, "25000.00").replace("610910000011", "610910000012")),
                10 => file.push_str(&row(number, &code, &reference, "25000").replace(EXPORTER, "5260181599")),
                11 => file.push_str(&row(number, "0000000000000000", &reference, "25000.00")),
                12 => file.push_str(&row(number, "", &reference, "25000.00")),
                13 => {
                    withdraw(&stage.office, &stage.client, &reference, None).await.expect("withdrawn");
                    file.push_str(&row(number, &code, &reference, "25000.00"));
                }
                _ => file.push_str(&row(number, &code, &reference, "25000.0")),
            }
        }
        let expected =
            Matched { rows: 39, known: 0, matched: 33, without_approval: 2, never_registered: 3, differing: 4 };
        assert_eq!(matched(&stage, &file).await, Ok(expected));
        let first = lists(&stage).await;
        let fields = |number: usize| {
            let number = format!("26341300EX{number:06}");
            let (.., fields, _) = first.iter().find(|row| row.1.as_deref() == Some(&number)).expect("a row");
            fields.clone()
        };
        for (number, field) in [(8, "invoice_total"), (9, "gtips"), (10, "exporter"), (13, "state")] {
            assert!(fields(number).contains(&format!("\"{field}\"")), "{number}: {}", fields(number));
            assert_eq!(fields(number).matches("\"field\"").count(), 1);
        }
        assert_eq!(matched(&stage, &file).await, Ok(Matched { known: 39, ..expected }));
        assert_eq!(lists(&stage).await, first);

        // A corrected row settles its difference; a registration that comes by API settles what was missing.
        let corrected = file.replace("25000.01", "25000.00");
        let after = Matched { known: 38, matched: 34, differing: 3, ..expected };
        assert_eq!(matched(&stage, &corrected).await, Ok(after));
        let never = lists(&stage).await.into_iter().filter(|row| row.0 == "never_registered" && row.3 == "open").count();
        let asked = Presentation {
            code: stage.status("BRK-7").await.code.expect("a code"),
            registration_no: "26341300EX000007".into(),
            reference: "BRK-7".into(),
            exporter: EXPORTER.into(),
        };
        assert!(given(register(&stage.office, &customs(), &asked).await.expect("no fault")).is_ok());
        let rows = lists(&stage).await;
        assert_eq!(rows.iter().filter(|row| row.0 == "never_registered" && row.3 == "open").count(), never - 1);
        // And one without our approval is told as it happens.
        let unknown = Presentation { code: "0000000000000000".into(), registration_no: "26341300EX000099".into(), ..asked };
        assert!(given(register(&stage.office, &customs(), &unknown).await.expect("no fault")).is_err());
        assert!(lists(&stage).await.iter().any(|row| row.1.as_deref() == Some("26341300EX000099")));
        stage.audit_is_clean().await;
    }

    /// G-84: what staff settled was one difference; another one on the same registration is open again.
    async fn another_difference_is_not_settled_with_the_first(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let file = format!("{HEAD}{}", row(1, &code, "BRK-1", "25000.01"));
        assert_eq!(matched(&stage, &file).await.expect("matched").differing, 1);
        let differs = async || list(&stage.office, &staff("staff-1"), &month(), "differs", 0, 10).await.expect("rows").remove(0);
        given(decide(&stage.office, &staff("staff-1"), differs().await.id, Some("yazım")).await.unwrap()).expect("settled");
        matched(&stage, &file).await.expect("matched");
        assert_eq!(differs().await.state, "settled");
        matched(&stage, &file.replace(EXPORTER, "5260181599")).await.expect("matched");
        assert_eq!(differs().await.state, "open");
        stage.audit_is_clean().await;
    }

    /// Each row has an owner and an age; it is settled once, by its own secretariat, with a reason.
    async fn a_row_is_taken_on_and_settled(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        approval(&stage.send(&message("BRK-1")).await);
        assert_eq!(matched(&stage, HEAD).await.expect("matched").never_registered, 1);
        let rows = list(&stage.office, &staff("staff-1"), &month(), "never_registered", 0, 10).await.expect("rows");
        let theirs = list(&stage.office, &customs(), &month(), "never_registered", 0, 10).await.expect("rows");
        assert_eq!((&rows[0].exporter.as_deref(), &theirs[0].exporter), (&Some(EXPORTER), &None), "customs sees no firm");
        assert_eq!(theirs[0].reference, rows[0].reference);
        let stranger = ebirlik_operations::Client { secretariat: "OAIB".into(), ..staff("staff-9") };
        assert!(list(&stage.office, &stranger, &month(), "", 0, 10).await.expect("rows").is_empty());
        assert_eq!(given(decide(&stage.office, &stranger, rows[0].id, None).await.unwrap()), Err(vec!["E1404"]));
        assert_eq!(given(decide(&stage.office, &staff("staff-1"), rows[0].id, None).await.unwrap()), Ok(()));
        let taken = list(&stage.office, &staff("staff-2"), &month(), "", 0, 10).await.expect("rows").remove(0);
        assert_eq!((taken.owner.as_deref(), taken.state.as_str()), (Some("staff-1"), "open"));
        let settle = async || given(decide(&stage.office, &staff("staff-2"), rows[0].id, Some("iptal")).await.unwrap());
        assert_eq!(settle().await, Ok(()));
        assert_eq!(settle().await, Err(vec!["E1404"]));
        assert_eq!(matched(&stage, HEAD).await.expect("matched").never_registered, 0, "settled stays settled");
    }

    /// A file with an error in it is matched not at all, and told with its place.
    async fn a_broken_file_matches_nothing(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let term = message_with("BRK-1", "IMMIB", "CARI_HESAP", EXPORTER, "610910000011", "1000.00");
        approval(&stage.send(&term).await);
        let mut file = HEAD.to_owned();
        let _ = writeln!(file, "yok,x,BRK-1,{EXPORTER},2026-11-21,1000.00,USD,610910000011");
        assert_eq!(matched(&stage, &file).await, Err(vec!["E1001"]));
        assert!(lists(&stage).await.is_empty());
    }
}
