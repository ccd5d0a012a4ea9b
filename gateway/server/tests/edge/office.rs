//! A server in this process: demo parties, the key of sevens, 2026-11-21 14:03:22.123 in Türkiye.

use ebirlik_domain::money::Money;
use ebirlik_domain::time::Clock;
use ebirlik_operations::{Office, Settings, demo, keys};
use ebirlik_store::Store;
use ebirlik_store::testing::{Engine, TestDatabase, postgres_database_from_template};
use jiff::Timestamp;
use jiff::civil::date;
use reqwest::{Client, RequestBuilder, Response};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{OnceCell, watch};

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        "2026-11-21T11:03:22.123Z".parse().expect("an instant")
    }
}

/// A running server on a store of its own.
pub(crate) struct Edge {
    pub(crate) url: String,
    pub(crate) office: Arc<Office>,
    pub(crate) database: String,
    http: Client,
    stop: watch::Sender<bool>,
    _folder: tempfile::TempDir,
}

impl Edge {
    /// A fresh copy of the demo's store on one of the two engines.
    pub(crate) async fn on(engine: Engine) -> Self {
        let _already = rustls::crypto::ring::default_provider().install_default();
        // Shown by the test runner only where a test fails.
        let _already = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_test_writer().try_init();
        let folder = tempfile::tempdir().expect("a folder");
        let database = match engine {
            Engine::Sqlite => {
                static TEMPLATE: OnceCell<(TestDatabase, PathBuf)> = OnceCell::const_new();
                let (_, template) = TEMPLATE
                    .get_or_init(async || {
                        let database = TestDatabase::sqlite();
                        let path = PathBuf::from(database.url.trim_start_matches("sqlite://"));
                        seed(database.url.clone()).await;
                        (database, path)
                    })
                    .await;
                let copy = folder.path().join("store.sqlite");
                std::fs::copy(template, &copy).expect("a copy");
                format!("sqlite:{}", copy.display())
            }
            Engine::Postgres => postgres_database_from_template("demo", seed).await,
        };
        let office = open(&database, folder.path(), 1).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(ebirlik_server::serve_office(listener, Arc::clone(&office), stopping));
        Self { url, office, database, http: Client::new(), stop, _folder: folder }
    }

    pub(crate) fn post(&self, path: &str, user: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.url)).basic_auth(user, Some(format!("demo-{user}")))
    }

    pub(crate) fn get(&self, path: &str, user: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url)).basic_auth(user, Some(format!("demo-{user}")))
    }

    pub(crate) fn anonymous(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends a declaration as the first broker.
    pub(crate) async fn submit(&self, message: impl Into<reqwest::Body>) -> (u16, String) {
        let request = self.post("/v1/approvals", "broker1").header("content-type", "application/xml");
        read(request.body(message).send().await.expect("an answer")).await
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let _ended = self.stop.send(true);
    }
}

/// Status and text of an answer.
pub(crate) async fn read(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    (status, answer.text().await.expect("a text"))
}

pub(crate) fn fixture(path: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    std::fs::read(root.join(path)).expect("a fixture")
}

async fn seed(database: String) {
    let folder = tempfile::tempdir().expect("a folder");
    // Another server's number: the clock stands, so the same one would draw the same row numbers again.
    let office = open(&database, folder.path(), 2).await;
    demo::seed(&office).await.expect("the demo's parties");
    office.close().await;
}

async fn open(database: &str, folder: &Path, server_salt: u8) -> Arc<Office> {
    let ring = folder.join("keys");
    keys::generate(&ring, &[7; 32], date(2026, 1, 1)).expect("keys");
    let settings = Settings {
        keys: ring,
        keys_passphrase: None,
        low_balance: Money::parse("1000").expect("money"),
        two_people_above: Money::parse("10000").expect("money"),
        queue: 4_096,
        batch: 256,
        server_salt,
    };
    let store = Store::open(database).await.expect("the store opens");
    Office::open(store, Arc::new(StoppedClock), settings).await.expect("the office opens")
}
