//! What do the portal's pages weigh, and how soon do they come, where one exporter has tens of thousands of declarations?

use crate::grow;
use crate::installation::{Installation, Server};
use crate::machine::processor_s;
use crate::plan::rest;
use crate::wire::Connection;
use anyhow::{Context, Result, ensure};
use jiff::civil::{Date, date};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Fills an installation with so many declarations of the demo's first exporter by the demo's first broker within two
/// years, and times the pages of everybody who sees them.
pub(crate) fn run(program: &Path, folder: &Path, declarations: u64) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let installation = Installation::of_one_exporter(program, folder)?;
    let runtime = Runtime::new()?;
    runtime.block_on(grow::fill(&installation, folder, declarations, (FIRST, LAST), |_| Ok(())))?;
    let server = installation.serve(program, &[], false)?;
    // Lists are caught up first, as they are on any day.
    rest(&|| processor_s(server.process.id))?;
    let info = installation.info()?;
    println!("| who | page | KB | ms |\n|---|---|---|---|");
    let mut slow = Vec::new();
    for (who, place, addresses) in PAGES {
        let sign_in = |name: &str| info.pointer(place)?.get(name)?.as_str();
        let (user, password) =
            sign_in("user").zip(sign_in("password")).with_context(|| format!("info.json has no sign-in at {place}"))?;
        runtime.block_on(async {
            let mut visitor = Visitor::sign_in(&server, user, password).await?;
            for address in *addresses {
                let (bytes, took) = visitor.fastest(address).await?;
                let (kilobytes, millis) = (f64::from(bytes) / 1000.0, took.as_secs_f64() * 1000.0);
                println!("| {who} | `{address}` | {kilobytes:.1} | {millis:.1} |");
                if bytes > BYTES_MAX || took > TIME_MAX {
                    slow.push(*address);
                }
            }
            Ok::<_, anyhow::Error>(())
        })?;
    }
    drop(server);
    fs::remove_dir_all(folder)?;
    ensure!(slow.is_empty(), "heavier than 100 KB or slower than 20 ms: {slow:?}");
    Ok(())
}

/// Somebody with a browser.
struct Visitor {
    connection: Connection,
    cookie: String,
}

impl Visitor {
    async fn sign_in(server: &Server, user: &str, password: &str) -> Result<Self> {
        let mut connection = Connection::open(&server.address).await?;
        let form = format!("user={user}&password={password}");
        let status = connection
            .ask(
                format!(
                    "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                     content-length: {}\r\n\r\n{form}",
                    form.len()
                )
                .as_bytes(),
            )
            .await?;
        ensure!(status == 303, "{user} cannot sign in: {status}");
        let cookie = connection.header("set-cookie").and_then(|value| value.split(';').next()).map(str::to_owned);
        Ok(Self { cookie: cookie.context("no session")?, connection })
    }

    /// Bytes of a page, and its fastest answer of some: lists are caught up with the first.
    async fn fastest(&mut self, address: &str) -> Result<(u32, Duration)> {
        let asked = format!("GET {address} HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\n\r\n", self.cookie);
        let mut fastest = Duration::MAX;
        for _ in 0..TRIES {
            let start = Instant::now();
            let status = self.connection.ask(asked.as_bytes()).await?;
            fastest = fastest.min(start.elapsed());
            ensure!(status == 200, "{address}: {status}");
        }
        Ok((u32::try_from(self.connection.body().len())?, fastest))
    }
}

/// Who looks, where the demo's information names the sign-in, and at what.
const PAGES: &[(&str, &str, &[&str])] = &[
    (
        "exporter",
        "/exporters/0",
        &[
            "/overview",
            "/declarations",
            "/declarations?from=01.01.2025&to=20.11.2026",
            "/declarations?from=01.01.2025&to=20.11.2026&sort=ref",
            "/declarations?from=01.01.2025&to=20.11.2026&sort=-fee",
            "/declarations?from=01.01.2025&to=20.11.2026&sort=country",
            "/declarations?from=01.01.2025&to=20.11.2026&state=approved&page=900",
            "/accounts",
            "/payments",
            "/receipts",
            "/receipts?from=01.01.2025&to=20.11.2026",
            "/powers",
            "/powers/activity",
            "/memberships",
        ],
    ),
    (
        "broker",
        "/brokers/0",
        &[
            "/powers",
            "/firms",
            "/declarations",
            "/declarations?from=01.01.2025&to=20.11.2026",
            "/declarations?from=01.01.2025&to=20.11.2026&sort=-fee",
            "/payments",
            "/accounts",
            "/receipts?from=01.01.2025&to=20.11.2026",
        ],
    ),
    ("customs", "/customs", &["/desk", "/desk/list"]),
    (
        "staff",
        "/staff/0",
        &[
            "/staff",
            "/staff/desk",
            "/staff/declarations",
            "/staff/search",
            "/staff/cases",
            "/staff/bank",
            "/staff/reconciliation",
            "/staff/memberships",
        ],
    ),
];
/// The days that the declarations are spread over: two years before the demo's today.
const FIRST: Date = date(2024, 11, 21);
const LAST: Date = date(2026, 11, 20);
const TRIES: u32 = 7;
/// The heaviest that a page may be.
const BYTES_MAX: u32 = 100_000;
/// The slowest that a page may be.
const TIME_MAX: Duration = Duration::from_millis(20);
