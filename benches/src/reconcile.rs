//! How long does a month's match with customs take, in how much memory, and does it find what was planted?

use crate::grow::{Approved, fill};
use crate::installation::Installation;
use anyhow::{Context, Result, ensure};
use jiff::civil::{Date, date};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Makes an installation with so many approvals of one month in a folder, writes customs' file with differences planted
/// in it, and runs `ebirlik reconcile` on it twice.
pub(crate) fn run(program: &Path, folder: &Path, approvals: u64) -> Result<()> {
    ensure!(!folder.exists(), "{} is there already", folder.display());
    let installation = Installation::new(program, folder)?;
    let path = folder.join("registrations.csv");
    let mut file = BufWriter::new(File::create(&path)?);
    writeln!(file, "registration_no,code,ref,exporter,registered_on,invoice_total,currency,gtips")?;
    let mut planted = Planted::default();
    let started = Instant::now();
    let tell = |approved: Approved| planted.write(&mut file, &approved);
    Runtime::new()?.block_on(async {
        fill(&installation, folder, approvals, (FIRST, LAST), tell).await?.close().await;
        Ok::<_, anyhow::Error>(())
    })?;
    file.flush()?;
    drop(file);
    println!(
        "{approvals} approvals in {} s; a file of {} rows, {} MiB",
        started.elapsed().as_secs(),
        planted.rows,
        fs::metadata(&path)?.len() >> 20
    );
    let config = folder.join("data/ebirlik.toml");
    for known in [0, planted.rows] {
        let (told, seconds, memory_kib) = measured(program, &path, &config)?;
        println!("{told}\n  {seconds:.1} s, {} MiB at most", memory_kib >> 10);
        let agree = planted.rows - planted.without_approval - planted.differing;
        let expected = format!(
            "{} rows, {known} known before; {agree} agree; {} without approval, {} never registered, {} differ",
            planted.rows, planted.without_approval, planted.never_registered, planted.differing
        );
        ensure!(told == expected, "expected: {expected}");
    }
    Ok(())
}

/// What customs' file differs in.
#[derive(Debug, Default)]
struct Planted {
    seen: u64,
    rows: u64,
    without_approval: u64,
    never_registered: u64,
    differing: u64,
}

impl Planted {
    fn write(&mut self, file: &mut impl Write, approved: &Approved) -> Result<()> {
        self.seen += 1;
        let Approved { code, reference, exporter, total, currency, goods } = approved;
        let (mut code, mut goods) = (code.as_str(), goods.clone());
        if self.seen % 7_000 == 1 {
            self.never_registered += 1;
            return Ok(());
        }
        if self.seen % 6_000 == 2 {
            goods.push_str(" 080222000000");
            self.differing += 1;
        } else if self.seen % 5_000 == 3 {
            code = "";
            self.without_approval += 1;
            self.never_registered += 1;
        }
        self.rows += 1;
        let number = format!("26341300EX{:08}", self.rows);
        writeln!(file, "{number},{code},{reference},{exporter},2026-10-15,{total},{currency},{goods}")?;
        Ok(())
    }
}

/// What the program said, its seconds, and the most memory that it held.
fn measured(program: &Path, file: &Path, config: &Path) -> Result<(String, f64, u64)> {
    let started = Instant::now();
    let mut command = Command::new(program);
    command.arg("reconcile").arg(file).args(["--month", "2026-10", "--config"]).arg(config);
    let mut child = command.stdout(Stdio::piped()).spawn().context("the program")?;
    let status = format!("/proc/{}/status", child.id());
    let mut memory_kib = 0;
    while child.try_wait()?.is_none() {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let most = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|most| most.trim().trim_end_matches(" kB").parse().ok());
        memory_kib = most.unwrap_or(memory_kib);
        sleep(Duration::from_millis(100));
    }
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "ebirlik reconcile failed");
    let told = String::from_utf8(output.stdout)?.trim().to_owned();
    Ok((told, started.elapsed().as_secs_f64(), memory_kib))
}

/// The month that is matched.
const FIRST: Date = date(2026, 10, 1);
const LAST: Date = date(2026, 10, 31);
