//! Slips that anybody may ask about.

use crate::stage::{EXPORTER, OTHER_EXPORTER, Stage, approval, message};
use ebirlik_documents::digits_of;
use ebirlik_operations::slips::check_slip;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;

on_each_store! {
    /// A slip is found by its code or by the digits below its bars, with its exporter alone; and it says what it said.
    async fn a_slip_is_found_by_its_code_and_its_exporter(database: TestDatabase) {
        let stage = Stage::with_balance(&database.url, "100000").await;
        let approved = approval(&stage.send(&message("BRK-1")).await).clone();
        let digits = digits_of(&approved.code).unwrap();
        for typed in [approved.code.as_str(), &approved.code.to_lowercase(), &digits, &format!(" {digits} ")] {
            let slip = check_slip(&stage.office, "net", typed, EXPORTER).await.unwrap().unwrap();
            assert_eq!((&slip.code, &slip.record_no), (&approved.code, &approved.record_no));
            assert_eq!((slip.reference.as_str(), slip.fee), ("BRK-1", approved.price.fee));
        }
        for (typed, exporter) in [(approved.code.as_str(), OTHER_EXPORTER), ("0000000000000000", EXPORTER), ("7K3M", EXPORTER)] {
            assert_eq!(check_slip(&stage.office, "net", typed, exporter).await.unwrap(), None);
        }
        let before = std::time::Instant::now();
        for _ in 0..12 {
            check_slip(&stage.office, "guesser", "0000000000000000", EXPORTER).await.unwrap();
        }
        assert!(before.elapsed() >= std::time::Duration::from_millis(500), "the guesses beyond ten waited");
    }
}
