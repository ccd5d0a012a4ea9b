//! What is measured, and in which order? Everybody is prepared and started first; then rounds in which product and
//! peers take turns, so that a busy minute of the machine hits all of them.

use crate::Arguments;
use crate::bare;
use crate::installation::{Installation, Server};
use crate::load::{self, Measured, Questions, Run};
use crate::machine::{Seen, Turn, described, family_s, processor_s};
use crate::message::{Pool, Size, TEN};
use crate::peer::Peer;
use crate::postgres::Cluster;
use crate::process::{Process, Start, free_port, run as run_program};
use crate::prove;
use crate::questions::{Issued, Same, Statuses, Submissions, Verifications, number_beyond_all_stored};
use crate::report::Report;
use crate::wire::{Address, request};
use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long and how often.
#[derive(Debug, Clone, Copy)]
struct Extent {
    rounds: u32,
    length: Duration,
    /// Approvals in a store that is audited afterwards; an audit takes half a millisecond for each.
    audited_max: usize,
    /// Whether a grown store is backed up too, which takes long.
    backs_up: bool,
}

/// Runs everything, prints the report and writes the JSON.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut extent = if arguments.short {
        Extent { rounds: 3, length: Duration::from_millis(2_500), audited_max: 250_000, backs_up: false }
    } else {
        Extent { rounds: 5, length: Duration::from_secs(8), audited_max: usize::MAX, backs_up: true }
    };
    if !arguments.only.is_empty() {
        extent.audited_max = 0; // a look at something, no proof
    }
    if arguments.folder.exists() {
        fs::remove_dir_all(&arguments.folder)?;
    }
    fs::create_dir_all(&arguments.folder)?;
    let arguments = &Arguments { folder: arguments.folder.canonicalize()?, ..arguments.clone() };
    let started = Instant::now();
    let mut report = Report::of(&arguments.only);
    println!("{}", described());
    report.see("before", Seen::now(&arguments.folder)?);
    let mut stage = Stage::prepare(arguments, extent, report)?;
    println!("prepared in {} s", started.elapsed().as_secs());
    for round in 1..=extent.rounds {
        println!("round {round} of {}", extent.rounds);
        stage.round()?;
    }
    println!("once");
    stage.once()?;
    if let Some(grown) = &arguments.grown {
        stage.grown(grown)?;
    }
    println!("every acknowledged code, and the audit");
    let mut report = stage.prove()?;
    report.see("after", Seen::now(&arguments.folder)?);
    report.tell();
    let run = json!({ "on": described(), "short": arguments.short, "rounds": extent.rounds, "seconds": extent.length.as_secs_f64(),
        "took_s": started.elapsed().as_secs() });
    report.write(&arguments.json, run)?;
    fs::remove_dir_all(&arguments.folder)?;
    Ok(())
}

/// An installation of the product with its server, and what was acknowledged there.
struct Party {
    installation: Installation,
    server: Server,
    issued: Vec<Issued>,
    /// The database's process, where it is one of its own.
    database: Option<u32>,
}

/// Everybody who is measured.
struct Stage {
    extent: Extent,
    report: Report,
    sqlite: Party,
    /// Bytes of the store before the first approval.
    sqlite_bytes: u64,
    tls: Party,
    row: Party,
    off: Party,
    /// On a disk whose durable writes take two milliseconds more.
    slow: Party,
    slow_row: Party,
    /// Takes declarations of other sizes, so that they do not count where bytes are counted.
    sizes: Party,
    postgres: Party,
    bare: (Process, Address),
    cluster: Cluster,
    peer: Peer,
}

impl Stage {
    fn prepare(arguments: &Arguments, extent: Extent, report: Report) -> Result<Self> {
        let (folder, program) = (&arguments.folder, arguments.program.as_path());
        let first = Installation::new(program, &folder.join("sqlite"))?;
        let copy = |name: &str, program: &Path, settings: &[(&'static str, String)], with_tls| -> Result<Party> {
            let installation = first.copy(&folder.join(name))?;
            Party::start(installation, program, settings, with_tls)
        };
        let tls = copy("tls", program, &[], true)?;
        let row = copy("row", program, &[("EBIRLIK_LIMITS__BATCH", "1".to_owned())], false)?;
        let off = copy("off", &arguments.measuring, &[("EBIRLIK_MEASURE", "store-off".to_owned())], false)?;
        let slow_disk = ("LD_PRELOAD", slow_disk(folder)?);
        let slow = copy("slow", program, std::slice::from_ref(&slow_disk), false)?;
        let slow_row = copy("slow-row", program, &[slow_disk, ("EBIRLIK_LIMITS__BATCH", "1".to_owned())], false)?;
        let sizes = copy("sizes", program, &[], false)?;
        let sqlite_bytes = first.store_bytes();
        let cluster = Cluster::start(&folder.join("postgres"))?;
        let restored = first.restored(&folder.join("product-on-postgres"), cluster.create("ebirlik")?)?;
        let mut postgres = Party::start(restored, program, &[], false)?;
        let sqlite = Party::start(first, program, &[], false)?;
        postgres.database = Some(cluster.process.id);
        let payload = Pool::new(TEN, ("", "")).message();
        let mut peer = Peer::new(&cluster, folder, payload)?;
        if report.wants("conventional_pg") || report.wants("conventional_pg_hot") {
            peer.tune(&cluster, extent.length.as_secs())?;
        }
        let bare = start_bare(folder)?;
        Ok(Self {
            extent,
            report,
            sqlite,
            sqlite_bytes,
            tls,
            row,
            off,
            slow,
            slow_row,
            sizes,
            postgres,
            bare,
            cluster,
            peer,
        })
    }

    /// Each of the interleaved runs once.
    fn round(&mut self) -> Result<()> {
        let Self { extent, report, sqlite, tls, row, off, slow, slow_row, postgres, cluster, peer, bare, .. } = self;
        let bytes = Pool::new(TEN, ("", "")).body_bytes();
        let of = |connections: usize| format!("{connections} connections, {bytes} B");
        let ten = of(128);
        let seconds = extent.length.as_secs();
        report.run("sqlite_many", &ten, || sqlite.submit(*extent, TEN, false, 128, None))?;
        let note = format!("{} clients, {bytes} B", peer.clients_many);
        report.run("conventional_pg", &note, || peer.run(cluster, false, seconds))?;
        report.run("sqlite_hot", &ten, || sqlite.submit(*extent, TEN, true, 128, None))?;
        let note = format!("{} clients, {bytes} B", peer.clients_hot);
        report.run("conventional_pg_hot", &note, || peer.run(cluster, true, seconds))?;
        report.run("pg_many", &ten, || postgres.submit(*extent, TEN, false, 128, None))?;
        report.run("pg_hot", &ten, || postgres.submit(*extent, TEN, true, 128, None))?;
        report.run("row_at_a_time", &ten, || row.submit(*extent, TEN, false, 128, None))?;
        report.run("store_off", &ten, || off.submit(*extent, TEN, false, 128, None))?;
        report.run("sqlite_many_tls", &ten, || tls.submit(*extent, TEN, false, 128, None))?;
        report.run("slow_disk", &of(256), || slow.submit(*extent, TEN, false, 256, None))?;
        report.run("slow_disk_row_at_a_time", &of(256), || slow_row.submit(*extent, TEN, false, 256, None))?;
        report.run("sqlite_many_16", &of(16), || sqlite.submit(*extent, TEN, false, 16, None))?;
        report.run("sqlite_many_256", &of(256), || sqlite.submit(*extent, TEN, false, 256, None))?;
        let half = report.per_second("sqlite_many").unwrap_or_default() / 2.0;
        let note = format!("open loop, {half:.0}/s offered over {}", of(256));
        report.run("sqlite_half_load", &note, || sqlite.submit(*extent, TEN, false, 256, Some(half)))?;
        report.run("verify", "128 connections", || sqlite.verify(*extent, 128, None))?;
        report.run("bare_hyper_get", "128 connections", || bare_run(bare, *extent, false))?;
        report.run("bare_hyper_post", "128 connections, 5 KB in, 500 B out", || bare_run(bare, *extent, true))?;
        let note = format!("open loop, {VERIFY_RATE:.0}/s over 32 connections");
        report.run("verify_alone", &note, || sqlite.verify(*extent, 32, Some(VERIFY_RATE)))?;
        let peak = report.per_second("sqlite_many").unwrap_or_default();
        if report.wants("verify_under_overload") {
            let Overload { flood, verified, after } = sqlite.overload(*extent, peak * OVERLOAD, half)?;
            report.add("verify_under_overload", &note, verified);
            let note = format!("open loop, {:.0}/s wanted, {}", peak * OVERLOAD, of(FLOODERS));
            report.add("overload", &note, flood);
            report.add("after_overload", &format!("as sqlite_half_load, from {WARM:?} behind the flood"), after);
        }
        Ok(())
    }

    /// What needs no rounds: other sizes, PostgreSQL with other numbers of connections.
    fn once(&mut self) -> Result<()> {
        let Self { extent, report, sizes, postgres, .. } = self;
        for (name, items, full, connections) in [
            ("items_1", 1, false, 128),
            ("items_10", 10, false, 128),
            ("items_6_full", 6, true, 128),
            ("items_400", 400, false, 32),
        ] {
            let size = Size { items, full };
            let note = format!("{connections} connections, {} B", Pool::new(size, ("", "")).body_bytes());
            report.run(name, &note, || sizes.submit(*extent, size, false, connections, None))?;
        }
        report.run("pg_many_16", "16 connections", || postgres.submit(*extent, TEN, false, 16, None))?;
        report.run("pg_many_256", "256 connections", || postgres.submit(*extent, TEN, false, 256, None))?;
        if report.wants("pg_two_servers") {
            let number = [("EBIRLIK_SERVER_NUMBER", "2".to_owned())];
            let second = postgres.installation.serve(postgres.installation.program(), &number, false)?;
            for _ in 0..extent.rounds {
                let measured = postgres.submit_to_two(&second, *extent)?;
                report.add("pg_two_servers", "64 connections to each of two servers", measured);
            }
        }
        Ok(())
    }

    /// What a server does where many approvals lie already: it starts, tells, takes more, is copied.
    fn grown(&mut self, folder: &Path) -> Result<()> {
        number_beyond_all_stored();
        let Self { extent, report, sqlite, .. } = self;
        let program = sqlite.installation.program().to_owned();
        let installation = Installation::existing(&program, folder)?;
        let stored = installation.held()?;
        let started = Instant::now();
        let mut party = Party::start(installation, &program, &[], false)?;
        println!("  a store of {stored} declarations, {} MiB", party.installation.store_bytes() >> 20);
        println!("  it is open after {:.2} s", started.elapsed().as_secs_f64());
        let note = format!("128 connections, any of {stored} declarations");
        let statuses = Rc::new(Statuses::new(&party.installation, stored));
        report.add("grown_status", &note, party.ask(*extent, 128, None, Rc::clone(&statuses) as _)?);
        let told = statuses.told.take();
        let verifications = Verifications::new(&party.installation, &told);
        report.add("grown_verify", &note, party.ask(*extent, 128, None, Rc::new(verifications))?);
        for _ in 0..extent.rounds {
            let measured = party.submit(*extent, TEN, false, 128, None)?;
            report.add("grown_many", "128 connections, grown store", measured);
        }
        prove::every_code(&party.installation, &party.server, &party.issued)?;
        if extent.backs_up {
            let started = Instant::now();
            let bytes = party.installation.back_up()?;
            println!("  a backup of {} MiB took {:.0} s", bytes >> 20, started.elapsed().as_secs_f64());
        }
        Ok(())
    }

    /// Nothing was lost anywhere; then the ratios.
    fn prove(self) -> Result<Report> {
        let Self {
            extent,
            mut report,
            sqlite,
            sqlite_bytes,
            tls,
            row,
            off,
            slow,
            slow_row,
            sizes,
            postgres,
            cluster,
            ..
        } = self;
        drop(off);
        let approvals = sqlite.issued.len();
        let installation = sqlite.installation.clone();
        for (name, party) in [
            ("sqlite", sqlite),
            ("tls", tls),
            ("row at a time", row),
            ("slow disk", slow),
            ("slow disk, row at a time", slow_row),
            ("sizes", sizes),
            ("postgres", postgres),
        ] {
            party.prove(name, extent.audited_max)?;
        }
        drop(cluster);
        // The server has ended: everything is in the file, nothing in its log.
        let grown = installation.store_bytes().saturating_sub(sqlite_bytes);
        #[expect(clippy::cast_precision_loss, reason = "counts of one run")]
        report.set("bytes_per_approval", Some(grown as f64 / approvals.max(1) as f64));
        ratios(&mut report);
        Ok(report)
    }
}

fn ratios(report: &mut Report) {
    for (key, ours, theirs) in [
        ("sqlite_many_over_conventional_pg", "sqlite_many", "conventional_pg"),
        ("sqlite_hot_over_conventional_pg_hot", "sqlite_hot", "conventional_pg_hot"),
        ("hot_over_many", "sqlite_hot", "sqlite_many"),
        ("sqlite_over_row_at_a_time", "sqlite_many", "row_at_a_time"),
        ("sqlite_over_store_off", "sqlite_many", "store_off"),
        ("pg_many_over_conventional_pg", "pg_many", "conventional_pg"),
        ("pg_hot_over_conventional_pg_hot", "pg_hot", "conventional_pg_hot"),
        ("sqlite_slow_disk_over_row_at_a_time", "slow_disk", "slow_disk_row_at_a_time"),
        ("verify_over_bare_hyper", "verify", "bare_hyper_get"),
        ("approvals_10m_over_10k", "grown_many", "sqlite_many"),
        ("pg_two_servers_over_one", "pg_two_servers", "pg_many"),
        ("useful_under_overload_over_peak", "overload", "sqlite_many"),
    ] {
        report.ratio(key, ours, theirs);
    }
    let p99 = |report: &Report, name: &str| report.median(name, |run| run.p99_us);
    let sync = report.sync_p50_us();
    let value = p99(report, "sqlite_many_16").zip(sync).map(|(p99, sync)| p99 / sync);
    report.set("p99_16_over_fdatasync_p50", value);
    for (key, name, other) in [
        ("verify_p99_overload_over_alone", "verify_under_overload", "verify_alone"),
        ("p99_after_overload_over_half_load", "after_overload", "sqlite_half_load"),
    ] {
        report.set(key, p99(report, name).zip(p99(report, other)).map(|(busy, alone)| busy / alone));
    }
    let cpu = |report: &Report, name: &str| report.median(name, |run| run.cpu_us);
    let value = cpu(report, "items_400").zip(cpu(report, "items_10")).map(|(many, ten)| many / ten);
    report.set("cpu_of_400_items_over_10", value);
}

impl Party {
    fn start(
        installation: Installation,
        program: &Path,
        settings: &[(&'static str, String)],
        with_tls: bool,
    ) -> Result<Self> {
        let server = installation.serve(program, settings, with_tls)?;
        Ok(Self { installation, server, issued: Vec::new(), database: None })
    }

    /// Declarations that nobody sent before.
    fn submit(
        &mut self,
        extent: Extent,
        size: Size,
        is_hot: bool,
        connections: usize,
        rate: Option<f64>,
    ) -> Result<Measured> {
        let questions = Rc::new(Submissions::new(&self.installation, size, is_hot));
        let measured = self.ask(extent, connections, rate, Rc::clone(&questions) as _)?;
        self.issued.append(&mut questions.issued.borrow_mut());
        Ok(measured)
    }

    /// Every acknowledged code verifies; then the server ends, and the audit finds nothing.
    fn prove(self, name: &str, audited_max: usize) -> Result<()> {
        let start = Instant::now();
        prove::every_code(&self.installation, &self.server, &self.issued).context(name.to_owned())?;
        print!("  {name}: {} codes verify ({:.1} s)", self.issued.len(), start.elapsed().as_secs_f64());
        drop(self.server);
        if self.issued.len() > audited_max {
            println!("; NOT audited: a short run audits up to {audited_max}");
            return Ok(());
        }
        let start = Instant::now();
        self.installation.audit().with_context(|| format!("{name}: the audit"))?;
        println!("; the audit is clean ({:.1} s)", start.elapsed().as_secs_f64());
        Ok(())
    }

    /// Codes that were issued.
    fn verify(&self, extent: Extent, connections: usize, rate: Option<f64>) -> Result<Measured> {
        let measured = self.verify_at_once(extent, connections, rate)?;
        self.rest()?;
        Ok(measured)
    }

    fn verify_at_once(&self, extent: Extent, connections: usize, rate: Option<f64>) -> Result<Measured> {
        // Officers' machines are others, and wait for nobody here: measured is the server, not the load's own turn.
        let _first = rate.map(|_| Turn::first());
        self.ask_at_once(extent, connections, rate, Rc::new(Verifications::new(&self.installation, &self.issued)))
    }

    /// Half of the senders to this server, half to a second one on the same store.
    fn submit_to_two(&mut self, second: &Server, extent: Extent) -> Result<Measured> {
        let (one, other) = std::thread::scope(|scope| {
            let party = &*self;
            let ask = move |server: &Server| -> Result<(Measured, Vec<Issued>)> {
                let questions = Rc::new(Submissions::new(&party.installation, TEN, false));
                let (address, length) = (server.address.clone(), extent.length);
                let run = Run { address, connections: 64, rate: None, warm: WARM, length, processor: &|| Ok(0.0) };
                let measured = load::run(&run, Rc::clone(&questions) as _)?;
                Ok((measured, questions.issued.take()))
            };
            let other = scope.spawn(move || ask(second));
            let one = ask(&party.server)?;
            Ok::<_, anyhow::Error>((one, other.join().map_err(|_| anyhow::anyhow!("the load panicked"))??))
        })?;
        let measured = one.0.beside(&other.0);
        self.issued.extend(one.1.into_iter().chain(other.1));
        Ok(measured)
    }

    /// Verification while far more is submitted than can be served, and half of the peak when that has just ended: what
    /// became of each.
    fn overload(&mut self, extent: Extent, rate: f64, half: f64) -> Result<Overload> {
        let longer = Extent { length: extent.length + LEAD * 2, ..extent };
        let ((flood, verified), issued) = std::thread::scope(|scope| {
            let party = &*self;
            let flood = scope.spawn(move || -> Result<(Measured, Vec<Issued>)> {
                // The flood comes from other machines: here it gets the time that everybody else leaves.
                let _lowest = rustix::process::nice(19);
                let questions = Rc::new(Submissions::new(&party.installation, TEN, false));
                let measured = party.ask_at_once(longer, FLOODERS, Some(rate), Rc::clone(&questions) as _)?;
                let issued = questions.issued.take();
                Ok((measured, issued))
            });
            std::thread::sleep(LEAD);
            let verified = party.verify_at_once(extent, 32, Some(VERIFY_RATE));
            let (flood, issued) = flood.join().map_err(|_| anyhow::anyhow!("the flood panicked"))??;
            Ok::<_, anyhow::Error>(((flood, verified?), issued))
        })?;
        self.issued.extend(issued);
        let after = self.submit(extent, TEN, false, 256, Some(half))?;
        Ok(Overload { flood, verified, after })
    }

    fn ask(
        &self,
        extent: Extent,
        connections: usize,
        rate: Option<f64>,
        questions: Rc<dyn Questions>,
    ) -> Result<Measured> {
        let measured = self.ask_at_once(extent, connections, rate, questions)?;
        self.rest()?;
        Ok(measured)
    }

    /// The same, and lets nobody rest behind it.
    fn ask_at_once(
        &self,
        extent: Extent,
        connections: usize,
        rate: Option<f64>,
        questions: Rc<dyn Questions>,
    ) -> Result<Measured> {
        let processor = || self.processor_s();
        let (address, length) = (self.server.address.clone(), extent.length);
        let run = Run { address, connections, rate, warm: WARM, length, processor: &processor };
        load::run(&run, questions)
    }

    fn rest(&self) -> Result<()> {
        rest(&|| self.processor_s())
    }

    fn processor_s(&self) -> Result<f64> {
        Ok(processor_s(self.server.process.id)? + self.database.map_or(Ok(0.0), family_s)?)
    }
}

/// What became of a flood, of verification meanwhile, and of ordinary load right behind it.
struct Overload {
    flood: Measured,
    verified: Measured,
    after: Measured,
}

/// Waits until a server has done what it does behind its answers, so that nobody pays for it who is measured next.
pub(crate) fn rest(processor: &dyn Fn() -> Result<f64>) -> Result<()> {
    let deadline = Instant::now() + REST_MAX;
    let mut before = processor()?;
    while Instant::now() < deadline {
        std::thread::sleep(REST_LOOK);
        let now = processor()?;
        if now - before < REST_LOOK.as_secs_f64() * RESTING {
            break;
        }
        before = now;
    }
    Ok(())
}

/// Builds what makes durable writes slow; where it is.
fn slow_disk(folder: &Path) -> Result<String> {
    let (source, library) = (folder.join("slow.c"), folder.join("slow.so"));
    fs::write(&source, include_str!("slow.c"))?;
    run_program(Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl"))?;
    Ok(library.display().to_string())
}

fn start_bare(folder: &Path) -> Result<(Process, Address)> {
    let (port, log) = (free_port()?, folder.join("bare.log"));
    let words = vec![std::env::current_exe()?.into(), "bare".into()];
    let variables = vec![(bare::PORT, port.to_string())];
    let process = Process::start(&Start { words, variables, log: &log, signal: "TERM", account: None })?;
    process.wait_until("bare hyper", &log, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())?;
    Ok((process, Address { port, tls: None }))
}

fn bare_run((process, address): &(Process, Address), extent: Extent, is_post: bool) -> Result<Measured> {
    let body = [b'x'; 5 << 10];
    let asking = if is_post {
        request("POST /", ("user", "password"), "application/xml", &body)
    } else {
        request("GET /v1/codes/0000000000000000?ref=B0000000000&exporter=1234567890", ("user", "password"), "", b"")
    };
    let processor = || processor_s(process.id);
    let (address, length) = (address.clone(), extent.length);
    let run = Run { address, connections: 128, rate: None, warm: WARM, length, processor: &processor };
    load::run(&run, Rc::new(Same(asking)))
}

/// Of each run, before anything counts.
const WARM: Duration = Duration::from_millis(400);
/// Between two looks at whether a server rests.
const REST_LOOK: Duration = Duration::from_millis(500);
/// The share of one processor that a server takes at most while it rests.
const RESTING: f64 = 0.1;
/// Afterwards it is not waited for.
const REST_MAX: Duration = Duration::from_secs(30);
/// How long the flood is there before verification is measured.
const LEAD: Duration = Duration::from_millis(700);
/// Questions a second while latency is measured: a busy day of all customs offices.
const VERIFY_RATE: f64 = 500.0;
/// The flood over what was reached.
const OVERLOAD: f64 = 5.0;
/// Connections of the flood: more than the queue holds.
const FLOODERS: usize = 3_000;
