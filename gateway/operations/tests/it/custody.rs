//! Rehearsals: the key ring is lost, with a copy and without; a key leaks.

use crate::stage::{EXPORTER, Stage, approval, message, passphrase};
use crypto_code::{Generation, KeyRing};
use ebirlik_domain::verdict::{Verdict, Verification};
use ebirlik_message::{RequestFacts, read};
use ebirlik_operations::audit::audit;
use ebirlik_operations::keys::{Fresh, KeyFile};
use ebirlik_operations::verify::{Asked, recompute, verify};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use jiff::civil::date;
use std::fs;
use zeroize::Zeroizing;

fn fresh(key: u8) -> Fresh {
    Fresh { key: Zeroizing::new([key; 32]), salt: [key; 16], today: date(2026, 11, 22) }
}

fn file(stage: &Stage) -> KeyFile {
    KeyFile::at(stage.keys(), Some(passphrase()))
}

async fn told(stage: &Stage, code: &str, reference: &str) -> Verification {
    let asked =
        Asked { code: code.to_owned(), reference: Some(reference.to_owned()), exporter: Some(EXPORTER.to_owned()) };
    verify(&stage.office, &[asked]).await.expect("an answer").remove(0)
}

/// What the key ring says alone.
fn recomputed(ring: &KeyRing, code: &str, reference: &str) -> (Verdict, bool) {
    let declaration = read(message(reference).as_bytes(), &RequestFacts::default()).expect("a message").declaration;
    let told = recompute(ring, &[code.to_owned()], &declaration).expect("numbers").remove(0);
    (told.verdict, told.key_leaked)
}

on_each_store! {
    /// The ring is gone, a sealed copy is there: old codes verify by store and ring, new ones are issued.
    async fn a_lost_ring_comes_back_from_its_sealed_copy(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let old = approval(&stage.send(&message("K-1")).await).code.clone();
        file(&stage).rotate(&fresh(8)).expect("rotated");
        let copy = stage.keys().with_file_name("copy");
        file(&stage).seal_copy(&copy, &fresh(9)).expect("a copy");
        fs::remove_file(stage.keys()).expect("lost");
        // Who runs goes on with what was read.
        assert_eq!(told(&stage, &old, "K-1").await.verdict, Verdict::Valid);
        fs::rename(&copy, stage.keys()).expect("restored");
        let stage = stage.restarted(&database.url).await;
        let new = approval(&stage.send(&message("K-2")).await).code.clone();
        assert!(new.starts_with('2'), "{new}");
        let ring = file(&stage).read().expect("a ring");
        for (code, reference) in [(&old, "K-1"), (&new, "K-2")] {
            assert_eq!(told(&stage, code, reference).await.verdict, Verdict::Valid);
            assert_eq!(recomputed(&ring, code, reference), (Verdict::Valid, false));
        }
        stage.audit_is_clean().await;
    }

    /// The ring is gone with every copy: a new generation issues, old codes verify by the store.
    async fn without_any_copy_old_codes_verify_by_the_store(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let old = approval(&stage.send(&message("K-1")).await).code.clone();
        fs::remove_file(stage.keys()).expect("lost");
        file(&stage).generate(&fresh(8), Generation::new(1)).expect("a ring");
        let stage = stage.restarted(&database.url).await;
        let new = approval(&stage.send(&message("K-2")).await).code.clone();
        assert!(new.starts_with('2'), "{new}");
        for (code, reference) in [(&old, "K-1"), (&new, "K-2")] {
            assert_eq!(told(&stage, code, reference).await.verdict, Verdict::Valid);
        }
        let report = audit(&stage.office).await.expect("an audit");
        assert_eq!((report.broken, report.unproved), (Vec::new(), 1));
        let again = approval(&stage.send(&message("K-1")).await).code.clone();
        assert_eq!(again, old);
    }

    /// A key leaks: it issues no more, what it issued stays good, what a thief makes with it was never issued, and
    /// both are told with the leak.
    async fn a_leaked_key_is_named_and_forges_nothing(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let good = approval(&stage.send(&message("K-1")).await).code.clone();
        let stolen = file(&stage).read().expect("a ring");
        file(&stage).mark_leaked(stolen.current(), &fresh(8)).expect("marked");
        stage.office.refresh().await.expect("noticed");

        let new = approval(&stage.send(&message("K-2")).await).code.clone();
        assert!(new.starts_with('2'), "{new}");
        let forged = {
            // The stolen key, and all that is public: a gateway of the thief's own.
            let workshop = TestDatabase::sqlite();
            let thief = Stage::with_balance(&workshop.url, "100000").await;
            approval(&thief.send(&message("K-3")).await).code.clone()
        };
        assert_eq!(recomputed(&stolen, &forged, "K-3"), (Verdict::Valid, false), "the forgery is perfect");

        let of = async |code: &str, reference: &str| {
            let told = told(&stage, code, reference).await;
            (told.verdict, told.key_leaked)
        };
        assert_eq!(of(&good, "K-1").await, (Verdict::Valid, true));
        assert_eq!(of(&new, "K-2").await, (Verdict::Valid, false));
        assert_eq!(of(&forged, "K-3").await, (Verdict::NotIssued, true));
        let ring = file(&stage).read().expect("a ring");
        assert_eq!(recomputed(&ring, &forged, "K-3"), (Verdict::Valid, true));
        stage.audit_is_clean().await;
    }
}
