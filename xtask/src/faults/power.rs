//! Is anything lost when the power is cut? A run on SQLite is recorded by the shim; then, for many moments of it, the
//! disk that a power loss would have left is rebuilt, the program started on it, and all that had been answered by
//! that moment must be there.

use super::installation::Start;
use super::journal::{self, Change, Files, Record, Unsynced};
use super::load::{Book, now};
use super::shim::{Control, DiskError};
use super::site::Site;
use anyhow::Result;
use std::fs;
use std::mem;
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;

/// Cuts the power at so many moments; and on a disk that lies about fsync, to show that a loss would be seen.
pub(super) async fn cuts(site: &mut Site<'_>, count: u32) -> Result<()> {
    let base = files(&site.installation.data())?;
    let mut held = 0;
    for (recording, cuts) in recordings(count).zip(0..) {
        let recorded = record(site, &format!("POWER-{cuts}"), false).await?;
        let whole = mem::take(&mut site.book);
        for _ in 0..recording {
            let (cut, unsynced) = recorded.moment(&mut site.rng);
            held += at_cut(site, &base, &recorded, &whole, cut, unsynced).await?;
            let found = mem::take(&mut site.book).entries().complaints.clone();
            whole.entries().complaints.extend(found);
        }
        site.keep(&whole);
        site.forget();
        restore(site, &base)?;
    }
    let lying = (count / 5).max(3);
    let recorded = record(site, "LIE", true).await?;
    let whole = mem::take(&mut site.book);
    let mut seen = 0;
    for _ in 0..lying {
        let (cut, _) = recorded.moment(&mut site.rng);
        // A store that cannot even be opened is a loss that is seen.
        let outcome = at_cut(site, &base, &recorded, &whole, cut, Unsynced::Lost).await;
        let found = mem::take(&mut site.book);
        seen += u32::from(outcome.is_err() || !found.entries().complaints.is_empty());
    }
    site.keep(&whole);
    site.forget();
    restore(site, &base)?;
    if seen == 0 {
        site.book.complain("a disk that lies about fsync went unseen: this test cannot fail".to_owned());
    }
    site.remark = format!("{held} answers held; a lying disk was seen at {seen} of {lying} cuts");
    Ok(())
}

/// How many cuts each recording is used for.
fn recordings(count: u32) -> impl Iterator<Item = u32> {
    let mut left = count;
    std::iter::from_fn(move || {
        let now = left.min(CUTS_EACH);
        left -= now;
        (now > 0).then_some(now)
    })
}

/// A run: what reached the disk, and when, and which moments deserve a cut.
struct Recorded {
    records: Vec<Record>,
    /// After each answer.
    answers: Vec<Duration>,
    /// After the first resends to a server whose forerunner had ended between writing and syncing.
    resends: Vec<Duration>,
}

/// Runs servers on a recorded disk, one after the other: each ends in the middle of its load, and the next is asked first
/// what the one before did not answer.
async fn record(site: &mut Site<'_>, name: &str, lies: bool) -> Result<Recorded> {
    let control = Control::new(site.installation.beside("control"))?;
    let journal = site.installation.beside("journal");
    fs::write(&journal, "")?;
    if lies {
        control.lie()?;
    }
    let (mut answers, mut resends) = (Vec::new(), Vec::new());
    for part in 0..PARTS {
        let shim = site.tools.shim;
        let start = Start { shim: Some((shim, &control)), journal: Some(journal.clone()), ..Start::default() };
        let mut server = site.installation.serve(&start).await?;
        let open = site.book.open();
        if !open.is_empty() {
            site.resend(server.port, &open, 1).await?;
            resends.push(now());
        }
        let load = site.load(&format!("{name}-{part}"), &[server.port], |manner| manner.ends_when_broken = true);
        sleep(LOAD).await;
        // Between writing and syncing, or because syncing fails: then what was written is read and not on the disk.
        if part % 2 == 0 {
            control.abort_at_sync(site.rng.i64(1..6))?;
        } else {
            control.fail_syncs(DiskError::Broken, site.rng.i64(0..5))?;
        }
        let ended = server.until_ended(Duration::from_secs(10)).await;
        load.stop().await?;
        ended?;
        control.heal()?;
    }
    answers.extend(site.book.entries().sent.values().filter_map(|sent| Some(sent.approved.as_ref()?.1)));
    Ok(Recorded { records: journal::read(&journal)?, answers, resends })
}

impl Recorded {
    /// A moment, as a number of records that had happened, and what becomes of that which was not synced.
    fn moment(&self, rng: &mut fastrand::Rng) -> (usize, Unsynced) {
        let after = |at: Duration| self.records.partition_point(|record| record.at <= at);
        let is_sync = |record: &Record| matches!(record.change, Change::Sync);
        let moment = match rng.u8(..4) {
            0 => rng.choice(&self.answers).map(|at| after(*at)),
            1 => rng.choice(&self.resends).map(|at| after(*at)),
            2 => {
                let syncs: Vec<usize> =
                    (0..).zip(&self.records).filter(|(_, it)| is_sync(it)).map(|(at, _)| at).collect();
                rng.choice(syncs)
            }
            _ => None,
        };
        let unsynced = match rng.u8(..4) {
            0 => Unsynced::Lost,
            1 => Unsynced::Kept,
            _ => Unsynced::Torn,
        };
        (moment.unwrap_or_else(|| rng.usize(0..=self.records.len())), unsynced)
    }
}

/// The checks on the disk of one moment; gives how many answers had to be there.
async fn at_cut(
    site: &mut Site<'_>,
    base: &Files,
    recorded: &Recorded,
    whole: &Book,
    cut: usize,
    unsynced: Unsynced,
) -> Result<usize> {
    let before = recorded.records.get(..cut).unwrap_or_default();
    let moment = recorded.records.get(cut).map_or(Duration::MAX, |record| record.at);
    let left = journal::after_power_loss(base, before, unsynced, &mut site.rng);
    restore(site, &left)?;
    site.keep(&whole.at(moment));
    let held = site.book.entries().sent.values().filter(|sent| sent.approved.is_some()).count();
    let server = site.serve().await?;
    // First what was promised: a resend would approve anew what is missing.
    site.verify(server.port, false).await?;
    site.mend(server.port).await?;
    server.kill()?;
    site.audit()?;
    Ok(held)
}

/// Makes the folder of the installation hold these files and nothing else.
fn restore(site: &Site<'_>, files: &Files) -> Result<()> {
    for file in fs::read_dir(site.installation.data())? {
        let path = file?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    for (path, bytes) in files {
        fs::write(path, bytes)?;
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.is_file() && path.extension().is_none_or(|extension| extension != "sqlite-shm") {
            files.insert(path.clone(), fs::read(path)?);
        }
    }
    Ok(files)
}

/// Cuts for which one recording is used.
const CUTS_EACH: u32 = 10;
/// Servers of one recording, one after the other.
const PARTS: u32 = 3;
/// Before each of them is ended.
const LOAD: Duration = Duration::from_millis(300);
