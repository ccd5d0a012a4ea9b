//! The customs credentials inside the messages are another system's secrets: no byte of them stays anywhere.

use crate::installation::Installation;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{TestDatabase, everything_stored};
use std::fs;
use std::path::Path;

/// Every marked credential of the fixtures: values of `KullaniciAdi`, `Sifre` and `IP`, in any encoding's ASCII part.
fn marks() -> Vec<String> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bilge");
    let mut marks = Vec::new();
    for case in fs::read_dir(fixtures).expect("cases").flatten().filter(|case| case.path().is_dir()) {
        for file in fs::read_dir(case.path()).expect("files").flatten() {
            let text = String::from_utf8_lossy(&fs::read(file.path()).expect("a file")).replace('\0', "");
            for name in ["KullaniciAdi", "Sifre", "IP"] {
                for part in text.split(name).skip(1) {
                    let value =
                        part.split_once('>').and_then(|(_, rest)| rest.split_once('<')).map(|(value, _)| value.trim());
                    marks.extend(value.filter(|value| value.len() > 7).map(ToOwned::to_owned));
                }
            }
        }
    }
    marks.sort_unstable();
    marks.dedup();
    marks
}

on_each_store! {
    /// The credentials are in no table, no log and no answer after the whole demo.
    async fn no_byte_of_the_customs_credentials_is_kept(database: TestDatabase) {
        let marks = marks();
        assert!(marks.len() > 20 && marks.iter().any(|mark| mark.starts_with("5ec2e7")), "{marks:?}");
        let installation = Installation::new(database);
        let stored = everything_stored(&installation.database.url).await;
        assert!(stored.contains("BeyannameBilgi") || stored.contains("Gidecegi_ulke"), "the content is stored");
        for (place, text) in [("store", &stored), ("logs", &installation.logs()), ("output", &installation.printed)] {
            for mark in &marks {
                assert!(!text.contains(mark.as_str()), "{mark} in {place}");
            }
        }
    }
}
