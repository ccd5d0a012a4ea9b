//! Bank statements: matched, kept for a person, and never booked twice.

use crate::stage::{EXPORTER, Stage, given, message, staff};
use ebirlik_domain::decision::Decision;
use ebirlik_operations::bank::{Decision as LineDecision, Imported, decide, import, list_unmatched};
use ebirlik_store::bank::{Choice, ImportedLines};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;

const STATEMENT: &str = ":20:EKSTRE\n:25:TR330006100519786457841326\n:28C:1/1\n:60F:C261119TRY0,00\n\
    :61:2611201120C600,00NTRFNONREF//EFT1\n:86:IMMIB-1234567890 AIDAT\n\
    :61:2611201120C600,00NTRFNONREF//EFT1\n:86:IMMIB-1234567890 AIDAT\n\
    :61:261120C1000,00NTRFNONREF//EFT2\n:86:AIDAT ODEMESI\n:61:261120D20,00NCHGNONREF\n:86:MASRAF\n\
    :62F:C261120TRY2180,00\n";

on_each_store! {
    /// Turkish rules: encodings. A bank's file in windows-1254 is read rightly, as one in UTF-8 is; both are the same lines.
    async fn a_statement_in_an_old_encoding_is_read_rightly(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0.00").await;
        let text = "date,amount,text\n2026-11-20,1000.00,ŞÜKRÜ ÖĞÜTÇÜ İŞ ödemesi ı\n";
        let old = encoding_rs::WINDOWS_1254.encode(text).0;
        for (bytes, before) in [(&*old, 0), (text.as_bytes(), 1)] {
            let imported = given(import(&stage.office, "IMMIB", bytes).await.unwrap()).expect("imported");
            assert_eq!((imported.lines.unmatched, imported.lines.before), (1 - before, before));
        }
        let unmatched = list_unmatched(&stage.office, &staff("staff-1")).await.unwrap();
        assert_eq!(unmatched[0].text, "ŞÜKRÜ ÖĞÜTÇÜ İŞ ödemesi ı");
    }

    /// G-48, G-51, G-92: a transfer is matched by the account or the tax number in its text, and what waited for it goes
    /// on; the same file twice changes nothing; what nobody can tell is decided by a person, once.
    async fn transfers_find_their_accounts_once(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "0.00").await;
        assert!(matches!(stage.send(&message("W-1")).await, Decision::Pending(_)));
        let account = stage.office.store.find_account(EXPORTER, "IMMIB").await.unwrap().expect("an account");
        let at = (stage.office.ids.as_ref(), stage.office.clock.now());
        let choice = Choice { releases: true, low_balance: None };
        stage.office.store.save_choice(account, choice, "exporter1", at).await.unwrap();
        let first = given(import(&stage.office, "IMMIB", STATEMENT.as_bytes()).await.unwrap()).expect("imported");
        let lines = ImportedLines { booked: 2, unmatched: 1, before: 0 };
        assert_eq!(first, Imported { lines, outgoing: 1, released: 1 });
        assert_eq!(stage.balance().await, "681.23");
        let again = given(import(&stage.office, "IMMIB", STATEMENT.as_bytes()).await.unwrap()).expect("imported");
        assert_eq!(again.lines, ImportedLines { booked: 0, unmatched: 0, before: 3 });
        assert_eq!(stage.balance().await, "681.23");

        let unmatched = list_unmatched(&stage.office, &staff("staff-1")).await.unwrap();
        assert_eq!((unmatched.len(), unmatched[0].text.as_str()), (1, "AIDAT ODEMESI"));
        let decision = |account: Option<&str>, reason: &str| LineDecision {
            line: unmatched[0].line_key.clone(),
            account: account.map(ToOwned::to_owned),
            reason: reason.to_owned(),
        };
        let decided = async |decision| given(decide(&stage.office, &staff("staff-1"), &decision).await.unwrap());
        assert_eq!(decided(decision(Some("IMMIB-1234567890"), "")).await, Err(vec!["E2001"]));
        assert_eq!(decided(decision(Some("OAIB-1234567890"), "dekont")).await, Err(vec!["E1404"]));
        assert_eq!(decided(decision(Some("IMMIB-1234567890"), "dekont")).await, Ok("booked"));
        assert_eq!(decided(decision(None, "dekont")).await, Err(vec!["E1404"]));
        assert_eq!(stage.balance().await, "1681.23");
        assert!(list_unmatched(&stage.office, &staff("staff-1")).await.unwrap().is_empty());
        stage.audit_is_clean().await;
    }

    /// G-48: a file that cannot be read, or does not add up, books nothing.
    async fn a_broken_statement_books_nothing(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "1.00").await;
        let cut = STATEMENT.split(":62F:").next().unwrap();
        for broken in [cut, "ne bu?", "date,amount,text\n2026-11-20,1.00,IMMIB-1234567890\n2026-11-20,bir,x\n"] {
            let refused = given(import(&stage.office, "IMMIB", broken.as_bytes()).await.unwrap());
            assert_eq!(refused, Err(vec!["E1001"]), "{broken}");
        }
        let csv = "Tarih;Tutar;Açıklama\n20.11.2026;5,00;1234567890 aidat\n20.11.2026;7,00;1234567890 5260181599\n";
        let read = given(import(&stage.office, "IMMIB", csv.as_bytes()).await.unwrap()).expect("imported");
        assert_eq!((read.lines.booked, read.lines.unmatched), (2, 0), "only one of the two has an account here");
        assert_eq!(stage.balance().await, "13.00");
        stage.audit_is_clean().await;
    }
}
