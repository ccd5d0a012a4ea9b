//! Papers of a declaration: who attaches, who reads, and that each is there once.

use crate::stage::{BROKER, EXPORTER, OTHER_EXPORTER, Stage, approval, customs, given, message, staff};
use ebirlik_operations::attachments::{Named, PAPERS_MAX, Paper, attach, list, read};
use ebirlik_operations::backup::{Afterwards, backup, restore};
use ebirlik_operations::{Client, Roles};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{TestDatabase, execute};

const NOW: &str = "2026-11-22T00:00:00Z";

fn paper(kind: &str, text: &str) -> Paper {
    Paper { kind: kind.into(), name: "fatura 17.pdf".into(), bytes: format!("%PDF-1.7\n{text}").into_bytes() }
}

/// A user of a firm.
fn of_firm(firm: &str) -> Client {
    let roles = Roles::parse("edi payer").expect("roles");
    Client { code: firm.into(), firm: firm.into(), secretariat: String::new(), roles }
}

fn of_secretariat(secretariat: &str) -> Client {
    Client { secretariat: secretariat.into(), ..staff("staff-9") }
}

/// What a client finds under a reference: the kinds of its papers, or why none.
async fn kinds(stage: &Stage, client: &Client, named: &Named) -> Result<Vec<String>, Vec<&'static str>> {
    let listed = given(list(&stage.office, client, named).await.expect("no fault"))?;
    Ok(listed.into_iter().map(|attached| attached.kind).collect())
}

async fn attached(stage: &Stage, client: &Client, paper: Paper) -> Result<i64, Vec<&'static str>> {
    let of = ("A-1", Some(BROKER));
    given(attach(&stage.office, client, of, paper).await.expect("no fault")).map(|attached| attached.id)
}

on_each_store! {
    /// G-6: the declarant attaches papers, the same file of the same kind once; each is an event, and the audit is clean.
    async fn a_paper_sent_twice_is_one_paper(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        stage.send(&message("A-1")).await;
        let first = attached(&stage, &stage.client, paper("fatura", "bir")).await.expect("attached");
        assert_eq!(attached(&stage, &stage.client, paper("fatura", "bir")).await, Ok(first));
        let other = attached(&stage, &stage.client, paper("ceki_listesi", "bir")).await.expect("attached");
        assert_ne!(other, first);
        stage.number().await;
        let feed = stage.office.store.list_feed(EXPORTER, 0, 100).await.expect("a feed");
        let told: Vec<_> = feed.iter().filter(|entry| entry.kind == "declaration.paper_attached").collect();
        assert_eq!(told.len(), 2, "{feed:?}");
        assert!(told[0].body.contains("\"kind\":\"fatura\"") && !told[0].body.contains("%PDF"), "{:?}", told[0].body);
        stage.audit_is_clean().await;
    }

    /// G-6: a refusal leaves nothing behind.
    async fn what_is_no_paper_is_refused(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        stage.send(&message("A-1")).await;
        let refusals = [
            (Paper { kind: "makbuz".into(), ..paper("", "bir") }, "E2002"),
            (Paper { name: "a\nb".into(), ..paper("fatura", "bir") }, "E2002"),
            (Paper { bytes: b"<html>".to_vec(), ..paper("fatura", "") }, "E1415"),
            (Paper { bytes: [b"%PDF-".as_slice(), &vec![0; 5 << 20]].concat(), ..paper("fatura", "") }, "E1003"),
        ];
        for (paper, code) in refusals {
            assert_eq!(attached(&stage, &stage.client, paper).await, Err(vec![code]));
        }
        assert_eq!(attached(&stage, &of_firm(EXPORTER), paper("fatura", "bir")).await, Err(vec!["E1404"]));
        assert_eq!(attached(&stage, &of_firm(OTHER_EXPORTER), paper("fatura", "bir")).await, Err(vec!["E1404"]));
        assert_eq!(attached(&stage, &customs(), paper("fatura", "bir")).await, Err(vec!["E1404"]));
        let mine = Named { reference: "A-1".into(), ..Named::default() };
        assert_eq!(kinds(&stage, &stage.client, &mine).await, Ok(vec![]));
        for number in 0..PAPERS_MAX {
            attached(&stage, &stage.client, paper("diger", &number.to_string())).await.expect("attached");
        }
        assert_eq!(attached(&stage, &stage.client, paper("diger", "more")).await, Err(vec!["E1003"]));
        attached(&stage, &stage.client, paper("diger", "7")).await.expect("attached before");
    }

    /// G-6: the firms of the declaration and its secretariat read its papers, customs with the code, reference and exporter
    /// that belong together; others find nothing.
    async fn papers_are_read_by_those_whom_they_concern(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        let code = approval(&stage.send(&message("A-1")).await).code.clone();
        let id = attached(&stage, &stage.client, paper("mense", "bir")).await.expect("attached");
        let by_declarant = Named { reference: "A-1".into(), declarant: Some(BROKER.into()), ..Named::default() };
        let by_code = Named {
            reference: "A-1".into(),
            code: Some(code.clone()),
            exporter: Some(EXPORTER.into()),
            ..Named::default()
        };
        let seen = Ok(vec!["mense".to_owned()]);
        for client in [stage.client.clone(), of_firm(EXPORTER), staff("staff-1")] {
            assert_eq!(kinds(&stage, &client, &by_declarant).await, seen, "{client:?}");
            let upload = given(read(&stage.office, &client, &by_declarant, id).await.expect("no fault"));
            assert_eq!(upload.expect("a file").bytes, b"%PDF-1.7\nbir");
            let other = given(read(&stage.office, &client, &by_declarant, id + 1).await.expect("no fault"));
            assert_eq!(other.map(|_| ()), Err(vec!["E1404"]));
        }
        assert_eq!(kinds(&stage, &customs(), &by_code).await, seen);
        let none = Err(vec!["E1404"]);
        for client in [of_firm(OTHER_EXPORTER), of_secretariat("OAIB"), customs()] {
            assert_eq!(kinds(&stage, &client, &by_declarant).await, none, "{client:?}");
        }
        for client in [of_firm(OTHER_EXPORTER), of_secretariat("OAIB")] {
            assert_eq!(kinds(&stage, &client, &by_code).await, none, "{client:?}");
        }
        let wrong = [
            Named { exporter: None, ..by_code.clone() },
            Named { exporter: Some(OTHER_EXPORTER.into()), ..by_code.clone() },
            Named { reference: "A-2".into(), ..by_code.clone() },
            Named { code: Some("0000000000000000".into()), ..by_code.clone() },
        ];
        for named in wrong {
            assert_eq!(kinds(&stage, &customs(), &named).await, none, "{named:?}");
        }
    }

    /// Papers are in backups; one that the database changed is a fault, and never shown.
    async fn papers_come_back_from_a_backup(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1000").await;
        stage.send(&message("A-1")).await;
        let id = attached(&stage, &stage.client, paper("fatura", "bir")).await.expect("attached");
        let folder = tempfile::tempdir().expect("a folder");
        let (file, now) = (folder.path().join("copy"), NOW.parse().expect("an instant"));
        backup(&database.url, &file, now, &mut |_, _| ()).await.expect("a backup");
        let other = TestDatabase::sqlite();
        restore(&other.url, &file, Afterwards::Nothing, now, &mut |_, _| ()).await.expect("restored");
        let beside = stage.beside(&other.url).await;
        let named = Named { reference: "A-1".into(), ..Named::default() };
        let upload = given(read(&beside.office, &stage.client, &named, id).await.expect("no fault")).expect("a file");
        assert_eq!((upload.bytes.as_slice(), upload.name.as_str()), (b"%PDF-1.7\nbir".as_slice(), "fatura 17.pdf"));
        execute(&other.url, "update upload set bytes = x'00'").await;
        assert!(read(&beside.office, &stage.client, &named, id).await.is_err());
    }
}
