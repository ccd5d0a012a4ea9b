//! The demo, and README's lines as printed.

use crate::installation::{Installation, ebirlik};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;
use std::fs;
use std::path::Path;
use std::process::Command;

on_each_store! {
    /// G-86: the whole path runs in one step; the table names every case, and the info file every party.
    async fn the_demo_does_the_main_job_and_says_so(database: TestDatabase) {
        let installation = Installation::new(database);
        for word in ["ONAYLANDI", "ODEME_BEKLIYOR", "ONAY_MASASINDA", "REDDEDILDI", "518.77", "broker1"] {
            assert!(installation.printed.contains(word), "{word} in\n{}", installation.printed);
        }
        let info = &installation.info;
        let count = |key: &str| info[key].as_array().map_or(0, Vec::len);
        assert!(count("brokers") >= 3 && count("exporters") >= 6 && count("secretariats") >= 4, "{info}");
        let told = info["database"].as_str().expect("a database");
        assert_eq!(told.replace("sqlite:", "sqlite://"), installation.database.url);
        installation.audit_is_clean();
        // A store that is not empty is refused.
        let again = ebirlik()
            .args(["demo", "--once", "--listen", "127.0.0.1:0", "--database", &installation.database.url])
            .output()
            .expect("the program runs");
        assert!(!again.status.success());
    }
}

/// G-22, G-88, G-90, G-91: README's `curl` lines work as printed.
#[tokio::test(flavor = "multi_thread")]
async fn readmes_curl_lines_work_as_printed() {
    let installation = Installation::new(TestDatabase::sqlite());
    let server = installation.serve().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).expect("README");
    let joined = readme.replace("\\\n", " ");
    let lines: Vec<&str> = joined.lines().map(str::trim).filter(|line| line.starts_with("curl ")).collect();
    let expected = [
        "<Durum>ONAYLANDI</Durum>",
        "\"approved\"",
        "\"verdict\"",
        "'GIS+1:::ONAYLANDI'",
        "<OnayIsteCevabi",
        "\"registered_at\"",
        "\"account.deposited\"",
        "\"balance\"",
        "\"number\"",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    let mut code = String::new();
    for (line, expected) in lines.iter().zip(expected) {
        let line = line.replace("http://127.0.0.1:8080", &server.url).replace("\"CODE\"", &format!("\"{code}\""));
        let output = Command::new("sh").args(["-c", &line]).current_dir(&root).output().expect("curl is installed");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(expected), "{line}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        // The registration is of the first declaration.
        if let (true, Some((_, after))) = (code.is_empty(), said.split_once("<KriptoKodu>")) {
            code = after.split('<').next().unwrap_or_default().to_owned();
        }
    }
}
