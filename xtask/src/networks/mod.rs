//! What do others notice while somebody attacks? `cargo xtask networks` starts the real program, attacks it in every
//! way of [`attacks`], and measures well-behaved clients ([`others`]) beside each attack.
//!
//! The long run (thousands of connections, release build, the shipped limits) writes `docs/networks.md`. The short one
//! (hundreds, development build, limits of two seconds) is part of the gate and asserts what is no timing of others:
//! slow ones are cut, refusals are well-formed, memory is bounded, and all good requests are answered right.

mod attack;
mod attacks;
mod others;
mod smuggling;
mod target;
pub(crate) mod wire;

use crate::gate::{cargo, root};
use crate::tools;
use anyhow::{Result, ensure};
use attack::{Seen, Size};
use attacks::{Attack, Deed};
use others::{Measured, Others, People};
use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use target::{Installation, Server};
use tokio::runtime::Handle;
use tokio::time::sleep;

/// The short run, for the gate.
pub(crate) fn short() -> Result<()> {
    let size = Size { held: 400, floods: 4, limit: Duration::from_secs(2), normal: Duration::from_secs(3) };
    let (_, complaints) = run(&size, "debug")?;
    judged(&complaints)
}

/// The long run; writes its table.
pub(crate) fn long() -> Result<()> {
    let size = Size { held: 5_000, floods: 16, limit: Duration::from_secs(10), normal: Duration::from_secs(8) };
    let (table, complaints) = run(&size, "release")?;
    std::fs::write(root().join("docs/networks.md"), format!("{}{table}", preface(&size)))?;
    println!("written to docs/networks.md");
    judged(&complaints)
}

fn judged(complaints: &[String]) -> Result<()> {
    ensure!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    Ok(())
}

/// The table, and what was not as it must be.
fn run(size: &Size, profile: &str) -> Result<(String, Vec<String>)> {
    let build = ["build", "--locked", "--package", "ebirlik-server", "--profile"];
    cargo(&[&build[..], &[if profile == "debug" { "dev" } else { profile }]].concat())?;
    let program = tools::target().join(profile).join("ebirlik");
    target::raise_descriptors(u64::try_from(size.held)? * 2 + 1_000)?;
    let installation = Installation::new(&program)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Attackers are other people's machines: on this one they get the time that everybody else leaves.
    let attackers = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_start(|| {
            let _lowest = rustix::process::nice(19);
        })
        .build()?;
    runtime.block_on(compare(size, &installation, attackers.handle()))
}

/// Every attack beside the normal state of the same server.
async fn compare(size: &Size, installation: &Installation, attackers: &Handle) -> Result<(String, Vec<String>)> {
    let mut people = People::of(&installation.info)?;
    let references = Arc::new(AtomicU64::new(1));
    let mut table = String::from(HEADING);
    let mut complaints = Vec::new();
    let settings = size.settings();
    for with_tls in [false, true] {
        let server = installation.serve(&settings, with_tls)?;
        people.introduce(&server.address).await?;
        let normal = (Duration::ZERO, Duration::ZERO);
        let mut watch = Watch { size, attackers, server: &server, people: &people, references: &references, normal };
        let calm = Attack {
            name: if with_tls { "nothing, over TLS" } else { "nothing" },
            held_by: "",
            deed: Deed::Ask(Vec::new()),
            with_tls,
            statuses: &[],
        };
        let attacks = attacks::all(&people).into_iter().filter(|attack| attack.with_tls == with_tls);
        for attack in std::iter::once(calm).chain(attacks) {
            let row = watch.beside(Arc::new(attack)).await?;
            println!("{}", row.line.trim_end());
            table.push_str(&row.line);
            complaints.extend(row.complaints);
        }
    }
    Ok((table, complaints))
}

struct Watch<'a> {
    size: &'a Size,
    /// Where the attackers run.
    attackers: &'a Handle,
    server: &'a Server,
    people: &'a People,
    references: &'a Arc<AtomicU64>,
    /// What the others need when nobody attacks: half the requests, and 99 of 100.
    normal: (Duration, Duration),
}

struct Row {
    line: String,
    complaints: Vec<String>,
}

impl Watch<'_> {
    /// One attack with the others beside it.
    async fn beside(&mut self, attack: Arc<Attack>) -> Result<Row> {
        let before = self.server.memory()?;
        let mut peak = before;
        let others = Others::start(&self.server.address, self.people, self.references);
        let watching = async {
            loop {
                match self.server.memory() {
                    Ok(bytes) => peak = peak.max(bytes),
                    Err(gone) => return gone,
                }
                sleep(LOOK).await;
            }
        };
        let (attacking, address, size) = (Arc::clone(&attack), self.server.address.clone(), *self.size);
        let attack_run = self.attackers.spawn(async move { attacking.run(&address, &size).await });
        let seen = tokio::select! {
            seen = attack_run => seen?,
            gone = watching => return Err(gone.context(attack.name)),
        };
        let mut measured = others.stop().await;
        let (half, most) = (measured.percentile(50), measured.percentile(99));
        if self.normal.1.is_zero() {
            self.normal = (half, most);
        }
        let complaints = self.complaints(&attack, &seen, &measured, peak);
        let per_connection = (peak - before) / u64::try_from(seen.connections.max(1))?;
        let is_hold = matches!(attack.deed, Deed::Hold { .. });
        let mut line = String::new();
        let ratio = most.as_micros() * 10 / self.normal.1.max(NOISE).as_micros().max(1);
        let answers: Vec<String> = seen.answers.iter().map(|(status, count)| format!("{status} x {count}")).collect();
        write!(line, "| {} | {} | {} | ", attack.name, seen.connections, in_ms(half))?;
        write!(
            line,
            "{} ({}.{}) | {} of {} | ",
            in_ms(most),
            ratio / 10,
            ratio % 10,
            measured.wrong.len(),
            measured.count()
        )?;
        let cut = if is_hold {
            format!("{}.{} s", seen.longest.as_secs(), seen.longest.subsec_millis() / 100)
        } else {
            String::new()
        };
        let each = if is_hold { format!("{} KiB", per_connection >> 10) } else { String::new() };
        writeln!(line, "{cut} | {} MiB | {each} | {} | {} |", peak >> 20, answers.join(", "), attack.held_by)?;
        Ok(Row { line, complaints })
    }

    fn complaints(&self, attack: &Attack, seen: &Seen, measured: &Measured, peak: u64) -> Vec<String> {
        let mut complaints = seen.complaints.clone();
        complaints.dedup();
        complaints.truncate(SHOWN);
        if seen.left > 0 {
            complaints.push(format!(
                "{} connections were not cut in {} s",
                seen.left,
                self.size.cut_by(attack).as_secs()
            ));
        }
        if peak > MEMORY_MAX {
            complaints.push(format!("{} MiB of memory", peak >> 20));
        }
        if let Some(first) = measured.wrong.first() {
            complaints.push(format!("{} good requests were not answered right, such as {first}", measured.wrong.len()));
        }
        complaints.into_iter().map(|complaint| format!("{}: {complaint}", attack.name)).collect()
    }
}

fn in_ms(time: Duration) -> String {
    format!("{}.{} ms", time.as_millis(), time.subsec_micros() % 1_000 / 100)
}

/// What stands before the table.
fn preface(size: &Size) -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "# Hostile networks\n\nWhat well-behaved clients notice while others attack: five of them (two submit, two verify, \
         one connects anew for each question) measured beside each attack.\n\n\
         - Command: `cargo xtask networks`, release build, the limits as shipped, SQLite; commit `{}`.\n\
         - Machine: {cores} cores, {}; server, clients and attackers share them, the attackers at the lowest priority, as they would stand elsewhere.\n\
         - Held: {} connections that send a drop a second. Flood: {} connections that send as fast as they can.\n\
         - p99 in brackets: times the normal state's, which counts as {} ms at least (noise).\n\
         - Held to: no good request answered wrong, slow ones cut within {} s (and {} s of slack for a busy machine), \
         memory below {} MiB, refusals well-formed.\n\n",
        said("git", &["rev-parse", "--short", "HEAD"]),
        processor.trim_start_matches([' ', '\t', ':']),
        size.held,
        size.floods,
        NOISE.as_millis(),
        size.limit.as_secs(),
        attack::SLACK.as_secs(),
        MEMORY_MAX >> 20,
    )
}

const HEADING: &str = "\
| attack | connections | p50 | p99 (x normal) | wrong | cut after at most | memory | each | attackers were told | held by |
|---|---|---|---|---|---|---|---|---|---|
";
/// Below this a p99 is the machine's own noise.
const NOISE: Duration = Duration::from_millis(20);
const MEMORY_MAX: u64 = 512 << 20;
/// How often the memory is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Complaints of one attack that are shown.
const SHOWN: usize = 5;
