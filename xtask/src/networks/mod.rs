//! What do others notice while somebody attacks? `cargo xtask networks` starts the real program, attacks it in every
//! way of [`attacks`], and measures well-behaved clients ([`others`]) beside each attack.
//!
//! The long run (thousands of connections, release build, the shipped limits) writes `docs/networks.md`. The short one
//! (hundreds, development build, limits of two seconds) is part of the gate and asserts what is no timing of others:
//! slow ones are cut, refusals are well-formed, memory is bounded, and all good requests are answered right.

mod attack;
mod attacks;
pub(crate) mod others;
mod report;
mod smuggling;
pub(crate) mod target;
pub(crate) mod wire;

use crate::gate::{cargo, root};
use crate::tools;
use anyhow::{Result, ensure};
use attack::{Seen, Size};
use attacks::{Attack, Deed};
use others::{Measured, Others, People};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use target::{Installation, Server};
use tokio::runtime::Handle;
use tokio::time::sleep;

/// The short run, for the gate.
pub(crate) fn short() -> Result<()> {
    let size = Size { held: 400, floods: 4, limit: Duration::from_secs(2), normal: Duration::from_secs(3) };
    judged(&run(&size, "debug", &[])?)
}

/// The long run; writes its document. With `only`, the attacks whose names hold one of these words, and no document.
pub(crate) fn long(only: &[&str]) -> Result<()> {
    let size = Size { held: 5_000, floods: 16, limit: Duration::from_secs(10), normal: Duration::from_secs(8) };
    let rows = run(&size, "release", only)?;
    if only.is_empty() {
        std::fs::write(root().join("docs/networks.md"), report::document(&size, &rows))?;
        println!("written to docs/networks.md");
    }
    judged(&rows)
}

fn judged(rows: &[Row]) -> Result<()> {
    let complaints: Vec<&str> = rows.iter().flat_map(|row| &row.complaints).map(String::as_str).collect();
    ensure!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    Ok(())
}

/// What every attack came to.
fn run(size: &Size, profile: &str, only: &[&str]) -> Result<Vec<Row>> {
    let build = ["build", "--locked", "--package", "ebirlik-server", "--profile"];
    cargo(&[&build[..], &[if profile == "debug" { "dev" } else { profile }]].concat())?;
    let program = tools::target().join(profile).join("ebirlik");
    target::raise_descriptors(u64::try_from(size.held)? * 2 + 1_000)?;
    let installation = Installation::new(&program, None)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Attackers are other people's machines: on this one they get the time that everybody else leaves.
    let attackers = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_start(|| {
            let _lowest = rustix::process::nice(19);
        })
        .build()?;
    runtime.block_on(compare(size, &installation, attackers.handle(), only))
}

/// Every attack beside the normal state of the same server.
async fn compare(size: &Size, installation: &Installation, attackers: &Handle, only: &[&str]) -> Result<Vec<Row>> {
    let mut people = People::of(&installation.info)?;
    let references = Arc::new(AtomicU64::new(1));
    let mut rows = Vec::new();
    let settings = size.settings();
    for with_tls in [false, true] {
        let is_meant = |attack: &Attack| only.is_empty() || only.iter().any(|word| attack.name.contains(word));
        let attacks = attacks::all(&people).into_iter().filter(|attack| attack.with_tls == with_tls);
        let attacks: Vec<Attack> = attacks.filter(is_meant).collect();
        if attacks.is_empty() {
            continue;
        }
        let server = installation.serve(&settings, with_tls)?;
        people.introduce(&server.address).await?;
        let normal = Duration::ZERO;
        let mut watch = Watch { size, attackers, server: &server, people: &people, references: &references, normal };
        let calm = Attack {
            name: if with_tls { "nothing, over TLS" } else { "nothing" },
            held_by: "",
            deed: Deed::Ask(Vec::new()),
            with_tls,
            statuses: &[],
        };
        println!("{}", report::HEADING.trim_end());
        for attack in std::iter::once(calm).chain(attacks) {
            let row = watch.beside(Arc::new(attack)).await?;
            println!("{}", report::line(&row));
            rows.push(row);
        }
    }
    Ok(rows)
}

struct Watch<'a> {
    size: &'a Size,
    /// Where the attackers run.
    attackers: &'a Handle,
    server: &'a Server,
    people: &'a People,
    references: &'a Arc<AtomicU64>,
    /// What the others need in 99 of 100 requests when nobody attacks.
    normal: Duration,
}

/// What one attack came to.
pub(crate) struct Row {
    pub(crate) attack: Arc<Attack>,
    pub(crate) seen: Seen,
    /// What half of the others' requests, and 99 of 100, took at most.
    pub(crate) half: Duration,
    pub(crate) most: Duration,
    /// The second, in tenths of the normal state's.
    pub(crate) tenths: u128,
    /// The others' requests, and how many of them were answered wrong.
    pub(crate) asked: usize,
    pub(crate) wrong: usize,
    /// Bytes of memory before the attack, and at the highest.
    pub(crate) before: u64,
    pub(crate) peak: u64,
    /// What was not as it must be, on any machine.
    pub(crate) complaints: Vec<String>,
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
        if self.normal.is_zero() {
            self.normal = most;
        }
        let complaints = self.complaints(&attack, &seen, &measured, peak);
        let tenths = most.as_micros() * 10 / self.normal.max(NOISE).as_micros().max(1);
        let (asked, wrong) = (measured.count(), measured.wrong.len());
        Ok(Row { attack, seen, half, most, tenths, asked, wrong, before, peak, complaints })
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

/// Below this a p99 is the machine's own noise.
pub(crate) const NOISE: Duration = Duration::from_millis(20);
pub(crate) const MEMORY_MAX: u64 = 512 << 20;
/// How often the memory is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Complaints of one attack that are shown.
const SHOWN: usize = 5;
