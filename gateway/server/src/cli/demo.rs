//! `ebirlik demo`: the whole product in one step, with sample data.
//!
//! Makes an installation, starts its server, and plays broker and customs against it over real HTTP.

use super::client::{Asking, ClientError};
use super::reply::Reply;
use super::{CommandError, output};
use crate::clock::SystemClock;
use crate::config::{Config, TestInterchanges};
use crate::server;
use crate::{files, log, random};
use clap::Args;
use crypto_code::CryptoCode;
use ebirlik_domain::time::Clock;
use ebirlik_operations::demo::{
    Cast, DemoCase, DemoStep, Info, Years, cases, cast, seed, seed_lived_in, users_of_history,
};
use ebirlik_operations::{Office, keys};
use ebirlik_store::Store;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Run the whole product with sample data
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik demo --dir ./demo --listen 127.0.0.1:8080\n\n\
    Sends every sample declaration, verifies the codes, prints a table and stays up. Ends with 0 only if every\n\
    declaration got the answer that it should. DIR/ebirlik.toml runs the same installation again:\n  \
    ebirlik serve --config DIR/ebirlik.toml")]
pub(crate) struct Demo {
    /// Where the installation is made; a new temporary folder when absent
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Where it listens; port 0 picks one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The store; a file in the folder when absent
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// End after the table
    #[arg(long)]
    once: bool,
    /// Where to write, as JSON, who takes part and how to sign in
    #[arg(long, value_name = "FILE")]
    info: Option<PathBuf>,
}

impl Demo {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        // People watch a table here; `serve` logs every request.
        let _ = log::start("warn");
        let config = self.installation()?;
        let config_file = config.data_dir.join("ebirlik.toml");
        let (database, data_dir) = (config.database.clone(), config.data_dir.clone());
        if config_file.exists() || config.keys.exists() {
            return Err(CommandError::Usage(
                "this folder holds an installation already: run it with `ebirlik serve`, or name a new folder by --dir",
            ));
        }
        keys::generate(&config.keys, &random::bytes()?, SystemClock.today())?;
        if let Err(error) = self.furnish(&config).await {
            // Somebody's store: the key made for the demo belongs to nothing.
            let _ = std::fs::remove_file(&config.keys);
            return Err(error);
        }
        let running = server::start(config.clone()).await?;
        let config = Config { listen: running.address, ..config };
        config.write(&config_file).map_err(|error| CommandError::File(config_file.clone(), error))?;
        let base_url = format!("http://{}", running.address);
        let all_right = Play::new(&base_url, &cast(&running.office).await?)?.run().await?;
        if let Some(file) = &self.info {
            let cast = cast(&running.office).await?;
            let data_dir = data_dir.display().to_string();
            write_info(file, &Info { base_url: base_url.clone(), database, data_dir, cast })?;
        }
        tell_where(&cast(&running.office).await?, &base_url, &config_file);
        if !self.once {
            output::line("\nwith two years of history:");
            for (user, whom) in users_of_history() {
                output::line(format_args!("{user:16} {:24} {whom}", format!("demo-{user}")));
            }
        }
        if !self.once {
            output::line("\nCtrl-C ends it.");
            server::told_to_stop().await;
        }
        running.stop().await;
        Ok(u8::from(!all_right))
    }

    /// Fills the empty store before the server opens it. Nobody looks at pages of a demo that ends after its table.
    async fn furnish(&self, config: &Config) -> Result<(), CommandError> {
        let years = Arc::new(Years::default());
        let now = SystemClock.now();
        years.turn_to(now);
        let store = Store::open(&config.database).await?;
        let office = Office::open(store, Arc::clone(&years) as _, server::settings(config)?).await?;
        let furnished = if self.once { seed(&office).await } else { seed_lived_in(&office, &years, now).await };
        office.close().await;
        Ok(furnished?)
    }

    /// A fresh installation in a folder that this makes if need be, with absolute paths throughout.
    fn installation(&self) -> Result<Config, CommandError> {
        let folder = match &self.dir {
            Some(folder) => folder.clone(),
            None => std::env::temp_dir().join(format!("ebirlik-demo-{:016x}", u64::from_le_bytes(random::bytes()?))),
        };
        let failed = |error| CommandError::File(folder.clone(), error);
        files::make_private_folder(&folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        let database = match self.database.as_deref().map(|url| (url, url.strip_prefix("sqlite:"))) {
            None => format!("sqlite:{}", folder.join("ebirlik.db").display()),
            Some((_, Some(path))) => format!("sqlite:{}", std::path::absolute(path).map_err(failed)?.display()),
            Some((url, None)) => url.to_owned(),
        };
        // A demo is an installation for tests.
        let config = Config {
            test_interchanges: TestInterchanges::Approve,
            mailbox: self.listen.ip().is_loopback(),
            ..Config::fresh(self.listen, database, folder)
        };
        config.refuse_unsafe()?;
        Ok(config)
    }
}

/// Tells where to look and with which passwords.
fn tell_where(cast: &Cast, base_url: &str, config_file: &Path) {
    output::line("");
    output::line(format_args!("portal           {base_url}/"));
    output::line(format_args!("customs desk     {base_url}/desk"));
    output::line(format_args!("mails            {base_url}/mailbox"));
    output::line(format_args!("declarations     POST {base_url}/v1/approvals"));
    output::line(format_args!("descriptions     {base_url}/openapi.json  {base_url}/errors  {base_url}/schemas/"));
    output::line(format_args!("run it again     ebirlik serve --config {}", config_file.display()));
    output::line("");
    for (user, password, who) in sign_ins(cast) {
        output::line(format_args!("{user:16} {password:24} {who}"));
    }
}

/// Broker, exporter and customs at their machines.
struct Play {
    asking: Asking,
    passwords: BTreeMap<String, String>,
    customs: Asking,
}

/// What one case came to.
struct Shown {
    reply: Reply,
    /// The verdict on its code, where it has one.
    verdict: Option<String>,
    /// What is not as it should be.
    wrong: Vec<String>,
}

impl Play {
    fn new(base_url: &str, cast: &Cast) -> Result<Self, CommandError> {
        let asking = Asking::new(base_url, String::new(), String::new())?;
        let customs = asking.as_user(&cast.customs.user, &cast.customs.password);
        let passwords = sign_ins(cast).map(|(user, password, _)| (user.to_owned(), password.to_owned())).collect();
        Ok(Self { asking, passwords, customs })
    }

    /// Plays every case and prints a line of each; true when all came out as they should.
    async fn run(&self) -> Result<bool, CommandError> {
        output::line(row(["", "reference", "answer", "fee TL", "code", "balance TL", "customs says", "case"]));
        let mut wrong = Vec::new();
        for case in cases() {
            let shown = self.play(case).await?;
            let Shown { reply, verdict, wrong: found } = &shown;
            let dash = "-".to_owned();
            let code = reply.code.as_deref().and_then(|code| CryptoCode::parse(code).ok());
            output::line(row([
                if found.is_empty() { "ok" } else { "NO" },
                reply.reference.as_ref().unwrap_or(&dash),
                &reply.state,
                reply.fee.as_ref().unwrap_or(&dash),
                code.map(|code| code.printed()).as_ref().unwrap_or(&dash),
                reply.balance.as_ref().unwrap_or(&dash),
                verdict.as_ref().unwrap_or(&dash),
                case.name,
            ]));
            wrong.extend(found.iter().map(|what| format!("{}: {what}", case.name)));
        }
        output::line("");
        output::line(format_args!("{} cases, {} not as they should be", cases().len(), wrong.len()));
        for what in &wrong {
            output::line(format_args!("  {what}"));
        }
        Ok(wrong.is_empty())
    }

    async fn play(&self, case: &DemoCase) -> Result<Shown, CommandError> {
        let mut answers: Vec<Vec<u8>> = Vec::new();
        let mut shown = Shown { reply: Reply::default(), verdict: None, wrong: Vec::new() };
        for (number, step) in case.steps.iter().enumerate() {
            let asking = self.asking_as(step.user);
            let path = if step.query.is_empty() { APPROVALS.to_owned() } else { format!("{APPROVALS}?{}", step.query) };
            let answered = asking.post(&path, &[], step.content_type, step.request.to_vec()).await?;
            let reply = Reply::read(&answered.body).ok_or(ClientError::Foreign(answered.status))?;
            let mut differs = |what: &str, expected: &str, found: &str| {
                if expected != found {
                    let step = number + 1;
                    shown.wrong.push(format!("step {step}: {what} should be {expected:?} and is {found:?}"));
                }
            };
            compare(step, answered.status.as_u16(), &reply, &mut differs);
            if let Some(earlier) = step.same_answer_as.and_then(|earlier| answers.get(earlier)) {
                differs("answer", &String::from_utf8_lossy(earlier), &String::from_utf8_lossy(&answered.body));
            }
            if let (Some(reference), Some(code)) = (&reply.reference, &reply.code) {
                let verdict = self.verdict(&asking, reference, code).await?;
                differs("verdict", "valid", &verdict);
                shown.verdict = Some(verdict);
            }
            answers.push(answered.body);
            shown.reply = reply;
        }
        Ok(shown)
    }

    /// What customs is told about a code, with reference and exporter as on the declaration.
    async fn verdict(&self, sender: &Asking, reference: &str, code: &str) -> Result<String, CommandError> {
        let path = format!("{APPROVALS}/{}", utf8_percent_encode(reference, NON_ALPHANUMERIC));
        let status: Value = serde_json::from_slice(&sender.get(&path, &[]).await?.body).unwrap_or_default();
        let exporter = status.get("exporter").and_then(Value::as_str).unwrap_or_default();
        let query = [("ref", reference), ("exporter", exporter)];
        let answered = self.customs.get(&format!("v1/codes/{code}"), &query).await?;
        let told: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
        let is_bound = told.get("bound").and_then(Value::as_bool).unwrap_or_default();
        let verdict = told.get("verdict").and_then(Value::as_str).unwrap_or("no verdict");
        Ok(if is_bound { verdict.to_owned() } else { format!("{verdict}, not bound") })
    }

    fn asking_as(&self, user: &str) -> Asking {
        self.asking.as_user(user, self.passwords.get(user).map_or("nobody's", String::as_str))
    }
}

/// Tells where an answer differs from what the case expects.
fn compare(step: &DemoStep, status: u16, reply: &Reply, differs: &mut impl FnMut(&str, &str, &str)) {
    differs("status", &step.status.to_string(), &status.to_string());
    differs("Durum", step.durum, &reply.state);
    if let Some(version) = step.surum {
        differs("Surum", &version.to_string(), reply.version.as_deref().unwrap_or_default());
    }
    let errors: Vec<&str> = reply.errors.iter().map(|error| error.code.as_str()).collect();
    let notices: Vec<&str> = reply.notices.iter().map(String::as_str).collect();
    let found = if errors.is_empty() { notices } else { errors };
    differs("codes", &step.codes.join(" "), &found.join(" "));
    if let Some(fee) = step.fee {
        differs("fee", fee, reply.fee.as_deref().unwrap_or_default());
    }
}

/// Everyone with a password: user code, password, and who that is.
fn sign_ins(cast: &Cast) -> impl Iterator<Item = (&str, &str, String)> {
    let firm = |kind: &str, title: &str| format!("{kind}: {title}");
    let brokers = cast
        .brokers
        .iter()
        .map(move |broker| (broker.user.as_str(), broker.password.as_str(), firm("broker", &broker.title)));
    let exporters = cast
        .exporters
        .iter()
        .map(move |exporter| (exporter.user.as_str(), exporter.password.as_str(), firm("exporter", &exporter.title)));
    let staff = cast
        .staff
        .iter()
        .map(move |staff| (staff.user.as_str(), staff.password.as_str(), firm("staff", &staff.secretariat)));
    let customs = (cast.customs.user.as_str(), cast.customs.password.as_str(), "customs officer".to_owned());
    let admin = (cast.admin.user.as_str(), cast.admin.password.as_str(), "runs the installation".to_owned());
    brokers.chain(exporters).chain(staff).chain([customs, admin])
}

/// The file appears whole, under its name, when everything else is done.
fn write_info(file: &Path, info: &Info) -> Result<(), CommandError> {
    let written = serde_json::to_vec_pretty(info).map_err(io::Error::other);
    let written = written.and_then(|text| files::write_private(file, &text));
    written.map_err(|error| CommandError::File(file.to_owned(), error))
}

/// One line of the table.
fn row(cells: [&str; 8]) -> String {
    let [mark, reference, state, fee, code, balance, verdict, case] = cells;
    format!("{mark:2}  {reference:16}  {state:14}  {fee:>12}  {code:19}  {balance:>13}  {verdict:12}  {case}")
}

/// Where declarations are sent.
const APPROVALS: &str = "v1/approvals";
