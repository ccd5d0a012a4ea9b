//! In what state is the machine, and how much of it does a program use?

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What machine this is: processor, memory, system.
pub(crate) fn described() -> String {
    let value = |path: &str, name: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
        line.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let (processor, memory) = (value("/proc/cpuinfo", "model name"), value("/proc/meminfo", "MemTotal"));
    let system = fs::read_to_string("/proc/version").unwrap_or_default();
    format!("{processor}, {memory}, {}", system.split(" (").next().unwrap_or_default())
}

/// The machine, seen before or after the run.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    cores: usize,
    load: String,
    /// Half of all 4 KB appends are durable within this time, in microseconds.
    pub(crate) sync_p50_us: f64,
    sync_p90_us: f64,
}

impl Seen {
    pub(crate) fn now(folder: &Path) -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').take(3).collect::<Vec<_>>().join(" ");
        let mut times = appends(folder)?;
        times.sort_by(f64::total_cmp);
        let at = |hundredth: usize| times.get(times.len() * hundredth / 100).copied().unwrap_or_default();
        Ok(Self { cores, load, sync_p50_us: at(50), sync_p90_us: at(90) })
    }

    pub(crate) fn tell(&self, when: &str) {
        println!(
            "{when}: {} cores, load {}, fdatasync of 4 KB appends p50 {:.0} us, p90 {:.0} us",
            self.cores, self.load, self.sync_p50_us, self.sync_p90_us
        );
        if self.sync_p90_us > 1_000.0 {
            println!("  WARNING: the disk or the machine is busy (p90 over 1 ms); repeat on a quiet one");
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "cores": self.cores, "load": self.load,
            "fdatasync_p50_us": self.sync_p50_us, "fdatasync_p90_us": self.sync_p90_us })
    }
}

/// While it is held, this thread, and the threads that it starts, run before all others as soon as they have something
/// to do; where the system does not allow it they are as all others are.
#[derive(Debug)]
pub(crate) struct Turn;

impl Turn {
    pub(crate) fn first() -> Self {
        schedule("--fifo", "1");
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        schedule("--other", "0");
    }
}

/// Changes how this thread is scheduled.
fn schedule(policy: &str, priority: &str) {
    let thread = fs::read_link("/proc/thread-self").unwrap_or_default();
    let thread = thread.file_name().unwrap_or_default();
    let mut chrt = Command::new("chrt");
    let _allowed = chrt.args([policy, "--pid", priority]).arg(thread).stderr(Stdio::null()).status();
}

fn appends(folder: &Path) -> Result<Vec<f64>> {
    let path = folder.join("appends");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::with_capacity(APPENDS);
    for _ in 0..APPENDS {
        let start = Instant::now();
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    fs::remove_file(path)?;
    Ok(times)
}

/// Processor time that a process has used so far, in seconds; with that of children it has waited for.
pub(crate) fn processor_s(id: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).context("the process is gone")?;
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let ticks: u64 =
        fields.split_ascii_whitespace().skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum();
    #[expect(clippy::cast_precision_loss, reason = "hundredths of a second of one run")]
    Ok(ticks as f64 / TICKS_PER_SECOND)
}

/// The same of a process with its living children.
pub(crate) fn family_s(id: u32) -> Result<f64> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let children = children.split_ascii_whitespace().filter_map(|child| child.parse().ok());
    Ok(processor_s(id)? + children.filter_map(|child| processor_s(child).ok()).sum::<f64>())
}

const APPENDS: usize = 500;
/// `sysconf(_SC_CLK_TCK)` of Linux on the machines that we build for.
const TICKS_PER_SECOND: f64 = 100.0;
