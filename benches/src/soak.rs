//! Does anything creep? The product at half of what it can do, for long: memory, open files, file sizes and latency,
//! minute by minute.

use crate::installation::Installation;
use crate::load::{self, Measured, Run};
use crate::machine::processor_s;
use crate::message::TEN;
use crate::prove;
use crate::questions::{Issued, Submissions};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What was seen in one minute, and at its end.
struct Minute {
    measured: Measured,
    memory_kib: u64,
    files: u64,
    store_bytes: u64,
}

/// Runs for so many minutes in a folder of its own, which is removed; what was seen goes to a file.
pub(crate) fn run(program: &Path, folder: &Path, json: &Path, minutes: u32) -> Result<()> {
    ensure!(minutes >= MINUTES_MIN, "less than {MINUTES_MIN} minutes show nothing");
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let installation = Installation::new(program, &folder.join("soak"))?;
    let server = installation.serve(program, &[], false)?;
    let (id, started) = (server.process.id, Instant::now());
    let mut issued: Vec<Issued> = Vec::new();
    let mut submit = |rate: Option<f64>, length: Duration| -> Result<Measured> {
        let questions = Rc::new(Submissions::new(&installation, TEN, false));
        let processor = || processor_s(id);
        let address = server.address.clone();
        let run = Run { address, connections: CONNECTIONS, rate, warm: WARM, length, processor: &processor };
        let measured = load::run(&run, Rc::clone(&questions) as _)?;
        issued.append(&mut questions.issued.borrow_mut());
        Ok(measured)
    };
    // Every exporter is met once before the peak counts.
    submit(None, PEAK)?;
    let half = submit(None, PEAK)?.per_second / 2.0;
    println!("half of the peak: {half:.0}/s; {minutes} minutes");
    println!(
        "| minute | /s | p50 ms | p99 ms | p99.9 ms | memory MiB | open files | store MiB |\n|---|---|---|---|---|---|---|---|"
    );
    let mut seen = Vec::new();
    for minute in 1..=minutes {
        let measured = submit(Some(half), Duration::from_mins(1))?;
        let now = Minute {
            measured,
            memory_kib: memory_kib(id)?,
            files: u64::try_from(fs::read_dir(format!("/proc/{id}/fd"))?.count())?,
            store_bytes: installation.store_bytes(),
        };
        now.tell(minute);
        seen.push(now);
    }
    // The verdict first: asking for every code of an hour takes its time.
    let minutes: Vec<_> = seen.iter().map(Minute::json).collect();
    fs::write(json, serde_json::to_string_pretty(&json!({ "half_per_second": half, "minutes": minutes }))?)?;
    let verdict = judge(&seen, half);
    for part in issued.chunks(PROGRESS) {
        prove::every_code(&installation, &server, part)?;
        println!("{} codes of this part verify, after {} s in all", part.len(), started.elapsed().as_secs());
    }
    println!("{} codes verify", issued.len());
    drop(server);
    fs::remove_dir_all(&folder)?;
    verdict
}

impl Minute {
    fn tell(&self, number: u32) {
        let Measured { per_second, p50_us, p99_us, p999_us, .. } = self.measured;
        println!(
            "| {number} | {per_second:.0} | {:.2} | {:.2} | {:.2} | {} | {} | {} |",
            p50_us / 1e3,
            p99_us / 1e3,
            p999_us / 1e3,
            self.memory_kib >> 10,
            self.files,
            self.store_bytes >> 20
        );
    }

    fn json(&self) -> serde_json::Value {
        let Measured { per_second, p50_us, p99_us, p999_us, .. } = self.measured;
        json!({ "per_second": per_second, "p50_us": p50_us, "p99_us": p99_us, "p999_us": p999_us,
            "memory_kib": self.memory_kib, "files": self.files, "store_bytes": self.store_bytes })
    }
}

/// Everything was served; the last third against the third before it: the first third fills caches.
fn judge(seen: &[Minute], half: f64) -> Result<()> {
    let third = seen.len() / 3;
    let (middle, last) = seen.get(third..).unwrap_or_default().split_at(third);
    let mut found = Vec::new();
    let broken: u64 = seen.iter().map(|minute| minute.measured.broken).sum();
    if broken > 0 || seen.iter().any(|minute| minute.measured.per_second < half * SERVED_MIN) {
        println!("{broken} connections broke, or less was served than asked");
        found.push("service");
    }
    for Limit { what, figure, growth_max } in LIMITS {
        let (before, after) = (median(middle, *figure), median(last, *figure));
        let growth = after / before.max(1.0) - 1.0;
        let holds = growth <= *growth_max;
        let word = if holds { "holds" } else { "GROWS" };
        println!(
            "{what}: {before:.0} to {after:.0}, {:+.1} % of {:.0} % allowed: {word}",
            growth * 100.0,
            growth_max * 100.0
        );
        found.extend((!holds).then_some(*what));
    }
    ensure!(found.is_empty(), "does not hold: {}", found.join(", "));
    Ok(())
}

fn median(minutes: &[Minute], figure: fn(&Minute) -> f64) -> f64 {
    let mut figures: Vec<f64> = minutes.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

fn memory_kib(id: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no memory is told")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// What may grow by how much.
struct Limit {
    what: &'static str,
    figure: fn(&Minute) -> f64,
    growth_max: f64,
}

/// The goals of the soak.
#[expect(clippy::cast_precision_loss, reason = "counts of one run")]
const LIMITS: &[Limit] = &[
    Limit { what: "memory in KiB", figure: |minute| minute.memory_kib as f64, growth_max: 0.05 },
    Limit { what: "open files", figure: |minute| minute.files as f64, growth_max: 0.0 },
    Limit { what: "p99 in microseconds", figure: |minute| minute.measured.p99_us, growth_max: 0.10 },
];
const CONNECTIONS: usize = 128;
/// Of what is asked, in each minute.
const SERVED_MIN: f64 = 0.98;
const WARM: Duration = Duration::from_millis(400);
const PEAK: Duration = Duration::from_secs(10);
const MINUTES_MIN: u32 = 6;
/// So many codes are asked for before it is told.
const PROGRESS: usize = 1_000_000;
