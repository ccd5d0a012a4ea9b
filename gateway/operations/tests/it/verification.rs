//! What customs is told about a code.

use crate::stage::{EXPORTER, Stage, approval, message, message_with};
use crypto_code::{KeyRing, Statement, StatementBytes};
use ebirlik_domain::verdict::Verdict;
use ebirlik_operations::Client;
use ebirlik_operations::verify::{Asked, verify, verify_for};
use ebirlik_operations::withdraw::withdraw;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::time::{Duration, Instant};

fn asked(code: &str, reference: &str, exporter: &str) -> Asked {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Asked { code: code.to_owned(), reference: given(reference), exporter: given(exporter) }
}

/// Some statement, for codes under keys that are not ours.
fn statement(amount: &str) -> StatementBytes {
    let statement = Statement {
        declarant: "1",
        reference: "2",
        exporter: "3",
        secretariat: "4",
        office: "5",
        regime: "6",
        destination: "7",
        invoice_total: amount,
        invoice_currency: "TRY",
        items: Vec::new(),
    };
    statement.to_bytes().unwrap()
}

on_each_store! {
    /// G-31, G-32, G-33: the code belongs to that declaration, with its kind of approval; nothing else passes.
    async fn a_code_is_good_for_its_own_declaration_alone(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let other = approval(&stage.send(&message("BRK-2")).await).code.clone();
        let check = async |typed: &str, reference: &str, exporter: &str, verdict: Verdict, bound: bool| {
            let told = verify(&stage.office, &[asked(typed, reference, exporter)]).await.unwrap().remove(0);
            assert_eq!((told.verdict, told.bound), (verdict, bound), "{typed} {reference} {exporter}");
            told
        };
        let told = check(&code, "BRK-1", EXPORTER, Verdict::Valid, true).await;
        assert_eq!(told.approval.map(|approval| approval.kind.as_str()), Some("CARI_HESAP"));
        let told = check(&code, "", "", Verdict::Valid, false).await;
        assert_eq!(told.reference, None);
        check(&code.to_lowercase(), "BRK-1", "", Verdict::Valid, false).await;
        check(&code, "BRK-2", EXPORTER, Verdict::WrongDeclaration, false).await;
        check(&code, "BRK-1", "5260181599", Verdict::WrongDeclaration, false).await;
        let told = check(&other, "BRK-1", EXPORTER, Verdict::WrongDeclaration, false).await;
        assert_eq!((told.reference, told.approval), (None, None));
        let mut typed: Vec<u8> = code.clone().into_bytes();
        typed[8] = if typed[8] == b'7' { b'8' } else { b'7' };
        let told = check(&String::from_utf8(typed).unwrap(), "BRK-1", EXPORTER, Verdict::Mistyped, false).await;
        assert_eq!(told.typo_at, Some(9));
        // Well formed by its check symbols, but never issued.
        check("0000000000000000", "BRK-1", EXPORTER, Verdict::NotIssued, false).await;
        check("", "", "", Verdict::Mistyped, false).await;
        withdraw(&stage.office, &stage.client, "BRK-1", None).await.unwrap();
        let told = check(&code, "BRK-1", EXPORTER, Verdict::Cancelled, true).await;
        assert!(told.approval.is_some_and(|approval| approval.ended_at.is_some()));
    }

    /// G-31: whatever stands nearest in the store, a code that was never issued is told as that and as nothing else.
    async fn a_code_never_issued_is_not_issued_wherever_it_would_stand(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let ring = |generation| KeyRing::parse(&format!("{generation} current 2026-01-01 {}", "5a".repeat(32))).unwrap();
        let strangers: Vec<String> = ["0", "1", "1", "Z"]
            .into_iter()
            .zip(["1", "2", "3", "4"])
            .map(|(generation, amount)| ring(generation).issue(&statement(amount), 0).to_string())
            .collect();
        let check = async || {
            for code in &strangers {
                for (reference, exporter) in [("", ""), ("BRK-1", EXPORTER)] {
                    let told = verify(&stage.office, &[asked(code, reference, exporter)]).await.unwrap().remove(0);
                    let list = verify(&stage.office, &[asked(code, reference, exporter), asked("x", "", "")]).await.unwrap();
                    assert_eq!((told.verdict, told.bound, &told.approval), (Verdict::NotIssued, false, &None), "{code}");
                    assert_eq!((&told.reference, told.typo_at, &told.code), (&None, None, code));
                    assert_eq!(list[0], told);
                }
            }
        };
        check().await;
        approval(&stage.send(&message("BRK-1")).await);
        check().await;
        approval(&stage.send(&message("BRK-2")).await);
        check().await;
    }

    /// a code with a term is good through its last day.
    async fn a_code_with_a_term_expires_after_its_last_day(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let sent = message_with("BRK-1", "IMMIB", "CARI_HESAP", EXPORTER, "150920000011", "1000.00");
        let code = approval(&stage.send(&sent).await).code.clone();
        for (instant, verdict) in [
            ("2026-12-21T20:59:59Z", Verdict::Valid),
            ("2026-12-21T21:00:00Z", Verdict::Expired),
        ] {
            stage.clock.move_to(instant);
            let told = verify(&stage.office, &[asked(&code, "BRK-1", EXPORTER)]).await.unwrap().remove(0);
            assert_eq!(told.verdict, verdict, "{instant}");
        }
    }

    /// A list is answered in its own order, repeated and unknown codes included.
    async fn a_list_is_answered_in_its_order(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let list = [asked(&code, "", ""), asked("x", "", ""), asked("0000000000000000", "", ""), asked(&code, "BRK-1", EXPORTER)];
        let told = verify(&stage.office, &list).await.unwrap();
        let verdicts: Vec<_> = told.iter().map(|told| (told.verdict, told.bound)).collect();
        let expected = [
            (Verdict::Valid, false),
            (Verdict::Mistyped, false),
            (Verdict::NotIssued, false),
            (Verdict::Valid, true),
        ];
        assert_eq!(verdicts, expected);
    }
}

on_each_store! {
    /// G-33: after ten codes that were never issued the next such answer waits, whoever asks for the client; a genuine
    /// code and another client do not wait.
    async fn guesses_of_a_client_wait_and_nothing_else(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let code = approval(&stage.send(&message("BRK-1")).await).code.clone();
        let other = Client { code: "customs2".into(), ..stage.client.clone() };
        let waits = async |client: &Client, code: &str| {
            let started = Instant::now();
            let asked = [asked(code, "", "")];
            let verdict = verify_for(&stage.office, client, &asked).await.unwrap().remove(0).verdict;
            // The clock stands, and with it the window; only the wait itself is real.
            (verdict, started.elapsed() >= Duration::from_millis(250))
        };
        let guess = "0000000000000000";
        for _ in 0..10 {
            waits(&stage.client, guess).await;
        }
        assert_eq!(waits(&stage.client, guess).await, (Verdict::NotIssued, true));
        stage.clock.move_to("2026-11-21T11:09:00Z");
        for _ in 0..10 {
            waits(&stage.client, guess).await;
        }
        let calm = async |client: &Client, code: &str| {
            // Slow machines may take their time once; a wait comes every time.
            for _ in 0..20 {
                let (verdict, waited) = waits(client, code).await;
                if !waited {
                    return verdict;
                }
            }
            panic!("every answer waited");
        };
        assert_eq!(calm(&stage.client, &code).await, Verdict::Valid);
        assert_eq!(calm(&other, guess).await, Verdict::NotIssued);
    }
}
