//! Is anything lost, done twice or told wrong when things break? `cargo xtask faults` runs the real program, sends it a
//! seeded stream of declarations, breaks something, heals it, and then holds everything against contract section 9.
//!
//! Each kind of fault is a line of [`KINDS`] and a file of its own; [`site`] holds the checks, [`load`] what was sent and
//! answered. The short run is a step of the gate, the long one writes its table into `docs/faults.md`.

mod clock;
mod contention;
mod cuts;
mod disk;
mod installation;
mod journal;
mod kills;
mod load;
mod people;
mod postgres;
mod power;
mod proxy;
mod shim;
mod site;
mod twins;

use crate::gate::{cargo, root};
use crate::tools;
use anyhow::{Context, Result, bail, ensure};
use installation::Engine;
use postgres::Cluster;
use shim::{DiskError, Shim};
use site::{Site, Tools};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One kind of fault.
struct Kind {
    name: &'static str,
    says: &'static str,
    fault: Fault,
    stores: &'static [Engine],
    /// Faults in the short run and in the long one, on each store.
    counts: (u32, u32),
}

#[derive(Clone, Copy)]
enum Fault {
    Kill,
    Step,
    Power,
    Full,
    Write,
    Sync,
    Commit,
    Network,
    Restart,
    Refusal,
    Clock,
    Twins,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "kill",
        says: "kill -9 at a random moment under load",
        fault: Fault::Kill,
        stores: &Engine::BOTH,
        counts: (12, 300),
    },
    Kind {
        name: "step",
        says: "the process ends at each of ten steps of the writer",
        fault: Fault::Step,
        stores: &Engine::BOTH,
        counts: (1, 30),
    },
    Kind {
        name: "power",
        says: "power loss: unsynced writes lost, kept, torn, reordered",
        fault: Fault::Power,
        stores: &[Engine::Sqlite],
        counts: (10, 100),
    },
    Kind {
        name: "full",
        says: "disk full, then room again",
        fault: Fault::Full,
        stores: &Engine::BOTH,
        counts: (5, 50),
    },
    Kind {
        name: "write",
        says: "writing fails (EIO), then works again",
        fault: Fault::Write,
        stores: &[Engine::Sqlite],
        counts: (2, 20),
    },
    Kind {
        name: "sync",
        says: "fsync fails (EIO): the server ends",
        fault: Fault::Sync,
        stores: &[Engine::Sqlite],
        counts: (3, 30),
    },
    Kind {
        name: "commit",
        says: "COMMIT or its answer is lost",
        fault: Fault::Commit,
        stores: &[Engine::Postgres],
        counts: (8, 100),
    },
    Kind {
        name: "network",
        says: "the network to the database drops, delays, resets",
        fault: Fault::Network,
        stores: &[Engine::Postgres],
        counts: (3, 60),
    },
    Kind {
        name: "restart",
        says: "PostgreSQL dies and comes back",
        fault: Fault::Restart,
        stores: &[Engine::Postgres],
        counts: (3, 60),
    },
    Kind {
        name: "refusal",
        says: "PostgreSQL refuses: 40P01, 57014, 57P01, 40001, 53300",
        fault: Fault::Refusal,
        stores: &[Engine::Postgres],
        counts: (10, 500),
    },
    Kind { name: "clock", says: "the wall clock jumps", fault: Fault::Clock, stores: &Engine::BOTH, counts: (4, 40) },
    Kind {
        name: "twins",
        says: "each message up to five times, a fifth at once",
        fault: Fault::Twins,
        stores: &Engine::BOTH,
        counts: (300, 20_000),
    },
];

/// What is run.
struct Plan {
    is_short: bool,
    seed: u64,
    /// Names of kinds; all where there is none.
    only: Vec<String>,
}

/// `cargo xtask faults [--short] [--seed N] [--only NAME]...`.
pub(crate) fn command(words: &[&str]) -> Result<()> {
    let mut plan = Plan { is_short: false, seed: fastrand::u64(..1 << 32), only: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--short" => plan.is_short = true,
            "--seed" => plan.seed = words.next().context("--seed N")?.parse()?,
            "--only" => plan.only.push((*words.next().context("--only NAME")?).to_owned()),
            _ => bail!("cargo xtask faults [--short] [--seed N] [--only NAME]...; names: {}", names()),
        }
    }
    run(&plan)
}

/// The short run, for the gate.
pub(crate) fn short() -> Result<()> {
    command(&["--short"])
}

fn names() -> String {
    KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

fn run(plan: &Plan) -> Result<()> {
    let unknown = plan.only.iter().find(|only| KINDS.iter().all(|kind| kind.name != **only));
    ensure!(unknown.is_none(), "{unknown:?} is none of the names: {}", names());
    let is_chosen = |kind: &&Kind| plan.only.is_empty() || plan.only.iter().any(|only| only == kind.name);
    let chosen: Vec<&Kind> = KINDS.iter().filter(is_chosen).collect();
    println!("seed {}", plan.seed);
    let scratch = tempfile::tempdir()?;
    let program = build(if plan.is_short { "debug" } else { "release" })?;
    let shim = Shim::new(scratch.path())?;
    let needs_postgres = chosen.iter().any(|kind| kind.stores.contains(&Engine::Postgres));
    let cluster = if needs_postgres { Some(Arc::new(Cluster::new()?)) } else { None };
    let tools = Tools { program: &program, shim: &shim, cluster: cluster.as_ref() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (mut table, mut complaints) = (String::from(HEADING), 0);
    for kind in chosen {
        for engine in kind.stores {
            let (row, found) = runtime.block_on(one(&tools, kind, *engine, plan))?;
            print!("{row}");
            found.iter().take(SHOWN).for_each(|complaint| println!("{complaint}"));
            table.push_str(&row);
            complaints += found.len();
        }
    }
    println!("\n{table}");
    if !plan.is_short && plan.only.is_empty() {
        write_down(&table, plan.seed)?;
    }
    ensure!(complaints == 0, "{complaints} complaints, told above; again with --seed {}", plan.seed);
    Ok(())
}

/// One kind of fault on one store: its line of the table, and what did not hold.
async fn one(tools: &Tools<'_>, kind: &Kind, engine: Engine, plan: &Plan) -> Result<(String, Vec<String>)> {
    let start = Instant::now();
    let count = if plan.is_short { kind.counts.0 } else { kind.counts.1 };
    // Each kind has a seed of its own, so that it does the same alone as among the others.
    let seed = kind.name.bytes().fold(plan.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
    if let (Engine::Postgres, Some(cluster)) = (engine, tools.cluster) {
        // As it is meant to run, in whatever way the kind before left it.
        cluster.restart(&[])?;
    }
    let mut site = Site::new(tools, engine, seed)?;
    let outcome = match kind.fault {
        Fault::Kill => kills::at_random(&mut site, count).await,
        Fault::Step => kills::at_steps(&mut site, count).await,
        Fault::Power => power::cuts(&mut site, count).await,
        Fault::Full if engine == Engine::Postgres => disk::database_is_full(&mut site, count).await,
        Fault::Full => disk::writes_fail(&mut site, count, DiskError::Full).await,
        Fault::Write => disk::writes_fail(&mut site, count, DiskError::Broken).await,
        Fault::Sync => disk::syncs_fail(&mut site, count).await,
        Fault::Commit => cuts::commits_lost(&mut site, count).await,
        Fault::Network => cuts::network(&mut site, count).await,
        Fault::Restart => cuts::restarts(&mut site, count).await,
        Fault::Refusal => contention::refusals(&mut site, count).await,
        Fault::Clock => clock::jumps(&mut site, count).await,
        Fault::Twins => twins::over_all_servers(&mut site, count).await,
    };
    let outcome = match outcome {
        Ok(()) => site.close().await,
        broken => broken,
    };
    let sent = site.sent();
    let entries = site.book.entries();
    let mut complaints = entries.complaints.clone();
    complaints.extend(outcome.err().map(|error| format!("{error:#}; the log ends:\n{}", site.installation.log())));
    let faults = count * if matches!(kind.fault, Fault::Step) { u32::try_from(kills::STEPS.len())? } else { 1 };
    let mut row = String::new();
    writeln!(
        row,
        "| {} | {} | {faults} | {} | {} | {} | {} | {} | {} |",
        kind.says,
        engine.name(),
        sent,
        entries.faulted,
        complaints.len(),
        in_seconds(entries.longest),
        in_seconds(start.elapsed()),
        site.remark,
    )?;
    Ok((
        row,
        complaints.into_iter().map(|complaint| format!("{} on {}: {complaint}", kind.name, engine.name())).collect(),
    ))
}

/// The program with its fault points, beside the one without.
fn build(profile: &str) -> Result<PathBuf> {
    let cargo_profile = if profile == "debug" { "dev" } else { profile };
    cargo(&[
        "build",
        "--locked",
        "--package",
        "ebirlik-server",
        "--features",
        "fault-points",
        "--profile",
        cargo_profile,
    ])?;
    let folder = tools::target().join(profile);
    // A copy: the next build of the program itself takes its place.
    let copy = folder.join("ebirlik-fault-points");
    let fresh = folder.join("ebirlik-fault-points.new");
    std::fs::copy(folder.join("ebirlik"), &fresh).with_context(|| format!("{}", folder.display()))?;
    std::fs::rename(fresh, &copy)?;
    Ok(copy)
}

/// Puts the table of a long run into the document.
fn write_down(table: &str, seed: u64) -> Result<()> {
    let path = root().join("docs/faults.md");
    let text = std::fs::read_to_string(&path)?;
    let (before, _) = text.split_once(LAST_RUN).context("docs/faults.md has no last run")?;
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(root()).output()?;
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let head = format!("`cargo xtask faults --seed {seed}`, release build, {cores} cores, commit `{commit}`.");
    Ok(std::fs::write(path, format!("{before}{LAST_RUN}{head}\n\n{table}"))?)
}

fn in_seconds(time: Duration) -> String {
    format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
}

const HEADING: &str = "\
| fault | store | faults | declarations | without answer, or told to come again | complaints | longest answer | time | remarks |
|---|---|---|---|---|---|---|---|---|
";
/// What stands before the table in the document.
const LAST_RUN: &str = "## The last long run\n\n";
/// Complaints of one kind that are shown.
const SHOWN: usize = 20;
