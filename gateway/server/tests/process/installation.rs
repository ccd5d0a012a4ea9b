//! An installation made by `ebirlik demo`, its server and its commands.

use ebirlik_store::testing::TestDatabase;
use reqwest::Client;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A demo installation that is not running.
pub(crate) struct Installation {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) info: Value,
    /// What `demo` printed.
    pub(crate) printed: String,
    pub(crate) http: Client,
    pub(crate) database: TestDatabase,
}

/// A running server; it is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

/// A broker, an exporter with a large balance of its own and their secretariat.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) declarant: String,
    pub(crate) exporter: String,
    pub(crate) secretariat: String,
}

impl Installation {
    /// Runs `ebirlik demo --once` on a database.
    pub(crate) fn new(database: TestDatabase) -> Self {
        // The client of these tests speaks plain HTTP; it still wants a provider.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let info = folder.path().join("info.json");
        let output = ebirlik()
            .args(["demo", "--once", "--listen", "127.0.0.1:0", "--database", &database.url])
            .arg("--dir")
            .arg(folder.path().join("data"))
            .arg("--info")
            .arg(&info)
            .output()
            .expect("the program runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{printed}\n{complaint}");
        let info = serde_json::from_slice(&fs::read(info).expect("an info file")).expect("JSON");
        fs::write(folder.path().join("demo.log"), complaint).expect("a log");
        Self { folder, info, printed, http: Client::new(), database }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("data/ebirlik.toml")
    }

    /// Starts a server on a port of its own and waits until it is ready.
    pub(crate) async fn serve(&self) -> Server {
        self.serve_as("http", &self.http, &[]).await
    }

    /// Starts a server with these settings over the file's, and waits until it is ready for this client. `{url}` in a
    /// setting stands for the server's address.
    pub(crate) async fn serve_as(&self, scheme: &str, http: &Client, settings: &[(&str, &str)]) -> Server {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("serve.log"));
        let url = format!("{scheme}://127.0.0.1:{port}");
        let child = ebirlik()
            .args(["serve", "--config"])
            .arg(self.config())
            .env("EBIRLIK_LISTEN", format!("127.0.0.1:{port}"))
            .envs(settings.iter().map(|(name, value)| (name, value.replace("{url}", &url))))
            .stderr(log.expect("a log"))
            .stdout(Stdio::null())
            .spawn()
            .expect("the server starts");
        let server = Server { child, url };
        let ready = format!("{}/health/ready", server.url);
        let deadline = Instant::now() + Duration::from_mins(1);
        while !http.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(Instant::now() < deadline, "the server is not ready:\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    /// Runs a command of the installation, with `input` on its standard input.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = ebirlik()
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("written");
        child.wait_with_output().expect("an end")
    }

    /// From now on the installation's store is another one.
    pub(crate) fn move_to(&mut self, database: TestDatabase) {
        let config = fs::read_to_string(self.config()).expect("a configuration");
        let lines = config.lines().map(|line| match line.split_once(" = ") {
            Some(("database", _)) => format!("database = \"{}\"\n", database.url),
            _ => format!("{line}\n"),
        });
        fs::write(self.config(), lines.collect::<String>()).expect("written");
        self.database = database;
    }

    pub(crate) fn audit_is_clean(&self) {
        let output = self.run(&["audit"], "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn logs(&self) -> String {
        ["demo.log", "serve.log"]
            .map(|name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default())
            .concat()
    }

    /// The first broker and exporter whose own account pays.
    pub(crate) fn pair(&self) -> Pair {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let list = |value: &Value| value.as_array().expect("a list").clone();
        let rich = |exporter: &str, secretariat: &str| {
            let owns = |row: &Value| {
                row["secretariat"] == secretariat
                    && row["pays"] == true
                    && row["balance"].as_str().is_some_and(|balance| balance.len() > 9)
            };
            let exporters = list(&self.info["exporters"]);
            exporters.iter().any(|row| row["tax_no"] == exporter && list(&row["accounts"]).iter().any(owns))
        };
        for broker in list(&self.info["brokers"]) {
            for power in list(&broker["may_act_for"]) {
                for secretariat in list(&power["secretariats"]) {
                    let (exporter, secretariat) = (text(&power["exporter"]), text(&secretariat));
                    if rich(&exporter, &secretariat) {
                        return Pair {
                            user: text(&broker["user"]),
                            password: text(&broker["password"]),
                            declarant: text(&broker["tax_no"]),
                            exporter,
                            secretariat,
                        };
                    }
                }
            }
        }
        panic!("no pair in {}", self.info);
    }

    /// Posts a message; its status and bytes, or nothing when the connection broke.
    pub(crate) async fn post(&self, server: &str, pair: &Pair, message: String) -> Option<(u16, Vec<u8>)> {
        let request = self.http.post(format!("{server}/v1/approvals")).basic_auth(&pair.user, Some(&pair.password));
        let answer = request.header("content-type", "application/xml").body(message).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.bytes().await.ok()?.to_vec()))
    }

    /// The verdicts of codes with their references.
    pub(crate) async fn verdicts(&self, server: &str, pair: &Pair, codes: &[(String, String)]) -> Vec<String> {
        let asked: Vec<Value> = codes
            .iter()
            .map(|(reference, code)| serde_json::json!({ "code": code, "ref": reference, "exporter": pair.exporter }))
            .collect();
        let customs = &self.info["customs"];
        let answer = self
            .http
            .post(format!("{server}/v1/codes/verify"))
            .basic_auth(customs["user"].as_str().expect("a user"), customs["password"].as_str())
            .json(&asked)
            .send()
            .await
            .expect("an answer");
        let told: Vec<Value> = answer.json().await.expect("JSON");
        told.iter().map(|told| told["verdict"].as_str().expect("a verdict").to_owned()).collect()
    }
}

impl Server {
    /// Of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(sent.expect("a shell runs").success());
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

pub(crate) fn ebirlik() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ebirlik"));
    command.env("RUST_BACKTRACE", "0");
    command
}

/// A message of one item of chapter 61, free on board.
pub(crate) fn message(pair: &Pair, reference: &str, amount: &str) -> String {
    let Pair { declarant, exporter, secretariat, .. } = pair;
    format!(
        r#"<BirlikOnayTalebi xmlns="urn:ebirlik:onay:1"><GenelSekreterlik>{secretariat}</GenelSekreterlik>
<Gelen xmlns="http://tempuri.org/"><BeyannameBilgi><Rejim>1000</Rejim><GUMRUK>341300</GUMRUK>
<Referans_no>{reference}</Referans_no><Gidecegi_ulke>004</Gidecegi_ulke><Teslim_sekli>FOB</Teslim_sekli>
<Toplam_fatura>{amount}</Toplam_fatura><Toplam_fatura_dovizi>USD</Toplam_fatura_dovizi>
<Gonderici_vergi_no>{exporter}</Gonderici_vergi_no><Beyan_sahibi_vergi_no>{declarant}</Beyan_sahibi_vergi_no>
<Kalemler><kalem><Gtip>610910000011</Gtip><Kalem_sira_no>1</Kalem_sira_no><Net_agirlik>600</Net_agirlik>
<Fatura_miktari>{amount}</Fatura_miktari><Fatura_miktarinin_dovizi>USD</Fatura_miktarinin_dovizi></kalem></Kalemler>
</BeyannameBilgi></Gelen></BirlikOnayTalebi>"#
    )
}

/// The text of the first element of a name in an answer.
pub(crate) fn element(answer: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(answer).ok()?;
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(value, _)| value.to_owned())
}
