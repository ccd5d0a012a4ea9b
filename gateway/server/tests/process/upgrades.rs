//! Stores that earlier programs left, under this one.

use crate::installation::{Installation, Pair};
use ebirlik_store::on_each_store;
use ebirlik_store::testing::{Engine, TestDatabase};
use reqwest::Client;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// An account of the demo.
const ACCOUNT: &str = "IMMIB-1234567890";

/// The stores of all earlier schemas: folders of fixtures.
fn stores() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/store");
    let entries = fs::read_dir(folder).expect("fixtures").flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_dir()).collect()
}

/// An installation on an empty store, with the key ring of a fixture.
fn installation(database: TestDatabase, store: &Path) -> Installation {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    let keys = data.join("code-keys");
    fs::copy(store.join("code-keys"), &keys).expect("keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).expect("a mode");
    let config =
        format!("listen = \"127.0.0.1:0\"\ndatabase = \"{}\"\nkeys = \"code-keys\"\ndata_dir = \".\"\n", database.url);
    fs::write(data.join("ebirlik.toml"), config).expect("written");
    let info = serde_json::json!({ "customs": { "user": "customs", "password": "demo-customs" } });
    let _already = rustls::crypto::ring::default_provider().install_default();
    Installation { folder, info, printed: String::new(), http: Client::new(), database }
}

/// A row of `codes.csv`.
fn rows(store: &Path) -> Vec<[String; 4]> {
    let text = fs::read_to_string(store.join("codes.csv")).expect("codes");
    let row = |line: &str| line.split(',').map(ToOwned::to_owned).collect::<Vec<_>>().try_into().expect("four columns");
    text.lines().skip(1).map(row).collect()
}

async fn holds(installation: &Installation, store: &Path) {
    let server = installation.serve().await;
    let pair = |exporter: &str| Pair {
        user: "broker1".into(),
        password: "demo-broker1".into(),
        declarant: String::new(),
        exporter: exporter.to_owned(),
        secretariat: String::new(),
    };
    for [reference, exporter, code, verdict] in rows(store) {
        let told = installation.verdicts(&server.url, &pair(&exporter), &[(reference, code)]).await;
        assert_eq!(told, [verdict]);
    }
    let text = |name: &str| fs::read_to_string(store.join(name)).expect("a fixture");
    let again = installation.post(&server.url, &pair(""), text("request.xml")).await.expect("an answer");
    assert_eq!(String::from_utf8_lossy(&again.1), text("answer.xml"));
    let booked =
        installation.run(&["deposit", "--account", ACCOUNT, "--amount", "1000.00", "--reference", "AFTER"], "");
    assert!(booked.status.success(), "{}", String::from_utf8_lossy(&booked.stderr));
    server.kill();
}

on_each_store! {
    /// What was approved under an earlier schema verifies, answers with the same bytes and audits clean under this one.
    async fn a_store_of_an_earlier_schema_is_brought_up_to_date(database: TestDatabase) {
        let stores = stores();
        assert!(!stores.is_empty());
        for store in stores {
            let database = match database.engine {
                Engine::Sqlite => TestDatabase::sqlite(),
                Engine::Postgres => TestDatabase::postgres().await,
            };
            let installation = installation(database, &store);
            let backup = store.join("backup");
            let restored = installation.run(&["restore", backup.to_str().expect("a path"), "--nothing-lost"], "");
            assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
            assert!(String::from_utf8_lossy(&restored.stdout).contains(": 0 broken"));
            holds(&installation, &store).await;
            installation.audit_is_clean();
        }
    }
}
