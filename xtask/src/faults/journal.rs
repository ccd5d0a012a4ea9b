//! What would a disk hold after the power was cut at this moment? Rebuilt from the shim's journal: all that was synced,
//! and of what was not, any part in any order, torn at the sectors of a disk.

use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files by their names.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// One thing that happened on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// When it had happened, on the clock of [`super::load::now`]. Whoever was told of it was told later.
    pub(crate) at: Duration,
    pub(crate) path: PathBuf,
    pub(crate) change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Create,
    Write {
        offset: usize,
        data: Vec<u8>,
    },
    Truncate(usize),
    /// All that was written to the file is kept.
    Sync,
    /// All names in the folder are kept.
    SyncFolder,
    Unlink,
    Rename(PathBuf),
    /// What was written since the last sync is read as before, and never reaches the disk: Linux drops such pages.
    SyncFailed,
}

/// What becomes of that which was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsynced {
    /// None of it was written.
    Lost,
    /// All of it was.
    Kept,
    /// Each sector has the state of some moment since the last sync.
    Torn,
}

/// Reads a journal.
pub(crate) fn read(journal: &Path) -> Result<Vec<Record>> {
    let bytes = fs::read(journal)?;
    let mut rest = bytes.as_slice();
    let mut records = Vec::new();
    while !rest.is_empty() {
        ensure!(take::<4>(&mut rest)? == MAGIC.to_ne_bytes(), "the journal is damaged");
        let op = u32::from_ne_bytes(take(&mut rest)?);
        let at = Duration::from_nanos(u64::from_ne_bytes(take(&mut rest)?));
        let offset = usize::try_from(u64::from_ne_bytes(take(&mut rest)?))?;
        let path_length = usize::try_from(u32::from_ne_bytes(take(&mut rest)?))?;
        let data_length = usize::try_from(u32::from_ne_bytes(take(&mut rest)?))?;
        let path = text(cut(&mut rest, path_length)?)?;
        let data = cut(&mut rest, data_length)?;
        let change = match op {
            1 => Change::Create,
            2 => Change::Write { offset, data: data.to_vec() },
            3 => Change::Truncate(offset),
            4 => Change::Sync,
            5 => Change::SyncFolder,
            6 => Change::Unlink,
            7 => Change::Rename(text(data)?),
            8 => Change::SyncFailed,
            _ => bail!("the journal knows no {op}"),
        };
        records.push(Record { at, path, change });
    }
    Ok(records)
}

/// What was there before, and these records, and then the power is cut.
pub(crate) fn after_power_loss(base: &Files, records: &[Record], unsynced: Unsynced, rng: &mut fastrand::Rng) -> Files {
    let mut disk = Disk::new(base);
    for record in records {
        disk.apply(record);
    }
    disk.cut(unsynced, rng)
}

#[derive(Default)]
struct Content {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

/// Contents apart from their names: each is synced by a call of its own.
struct Disk {
    contents: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
}

impl Disk {
    fn new(base: &Files) -> Self {
        let contents = base.values().map(|bytes| Content { durable: bytes.clone(), pending: Vec::new() }).collect();
        let names: BTreeMap<PathBuf, usize> = base.keys().cloned().zip(0..).collect();
        Self { contents, durable_names: names.clone(), names }
    }

    fn apply(&mut self, record: &Record) {
        match &record.change {
            Change::Create => {
                self.names.insert(record.path.clone(), self.contents.len());
                self.contents.push(Content::default());
            }
            Change::Unlink => {
                self.names.remove(&record.path);
            }
            Change::Rename(to) => {
                if let Some(content) = self.names.remove(&record.path) {
                    self.names.insert(to.clone(), content);
                }
            }
            Change::SyncFolder => {
                let is_in = |path: &PathBuf| path.parent() == Some(record.path.as_path());
                self.durable_names.retain(|path, _| !is_in(path));
                let names = self.names.iter().filter(|(path, _)| is_in(path));
                self.durable_names.extend(names.map(|(path, content)| (path.clone(), *content)));
            }
            Change::Sync => {
                if let Some(content) = self.content(&record.path) {
                    for change in std::mem::take(&mut content.pending) {
                        apply(&mut content.durable, &change, |_| true);
                    }
                }
            }
            Change::SyncFailed => {
                if let Some(content) = self.content(&record.path) {
                    content.pending.clear();
                }
            }
            Change::Write { .. } | Change::Truncate(_) => {
                if let Some(content) = self.content(&record.path) {
                    content.pending.push(record.change.clone());
                }
            }
        }
    }

    fn content(&mut self, path: &Path) -> Option<&mut Content> {
        let content = *self.names.get(path)?;
        self.contents.get_mut(content)
    }

    fn cut(mut self, unsynced: Unsynced, rng: &mut fastrand::Rng) -> Files {
        let is_kept = |rng: &mut fastrand::Rng| match unsynced {
            Unsynced::Lost => false,
            Unsynced::Kept => true,
            Unsynced::Torn => rng.bool(),
        };
        let mut names = if is_kept(rng) { self.names } else { self.durable_names };
        let mut files = Files::new();
        while let Some((path, content)) = names.pop_first() {
            let Some(Content { durable, pending }) = self.contents.get_mut(content).map(std::mem::take) else {
                continue;
            };
            files.insert(path, torn(durable, &pending, unsynced, rng));
        }
        files
    }
}

/// A file of which every sector took none, some or all of what was written to it since the last sync, in that order.
fn torn(mut durable: Vec<u8>, pending: &[Change], unsynced: Unsynced, rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut left: HashMap<usize, usize> = HashMap::new();
    for change in pending {
        if let Change::Write { offset, data } = change {
            for sector in offset / SECTOR..=(offset + data.len().max(1) - 1) / SECTOR {
                *left.entry(sector).or_default() += 1;
            }
        }
    }
    let mut sectors: Vec<(&usize, &mut usize)> = left.iter_mut().collect();
    sectors.sort_unstable();
    for (_, times) in sectors {
        *times = match unsynced {
            Unsynced::Lost => 0,
            Unsynced::Kept => *times,
            Unsynced::Torn => rng.usize(0..=*times),
        };
    }
    for change in pending {
        let truncates = match unsynced {
            Unsynced::Lost => false,
            Unsynced::Kept => true,
            Unsynced::Torn => rng.bool(),
        };
        if truncates || matches!(change, Change::Write { .. }) {
            apply(&mut durable, change, |sector| {
                left.get_mut(&sector).is_some_and(|times| {
                    let takes = *times > 0;
                    *times = times.saturating_sub(1);
                    takes
                })
            });
        }
    }
    durable
}

/// Applies a change, sector by sector where one takes it.
fn apply(file: &mut Vec<u8>, change: &Change, mut takes: impl FnMut(usize) -> bool) {
    match change {
        Change::Truncate(length) => file.resize(*length, 0),
        Change::Write { offset, data } => {
            let mut from = 0;
            while from < data.len() {
                let sector = (offset + from) / SECTOR;
                let until = ((sector + 1) * SECTOR - offset).min(data.len());
                if takes(sector) {
                    let end = offset + until;
                    if file.len() < end {
                        file.resize(end, 0);
                    }
                    if let (Some(to), Some(piece)) = (file.get_mut(offset + from..end), data.get(from..until)) {
                        to.copy_from_slice(piece);
                    }
                }
                from = until;
            }
        }
        _ => {}
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    Ok(cut(rest, N)?.try_into()?)
}

fn cut<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length).context("the journal ends in a record")?;
    *rest = tail;
    Ok(head)
}

fn text(bytes: &[u8]) -> Result<PathBuf> {
    Ok(PathBuf::from(std::str::from_utf8(bytes)?))
}

/// What a disk writes whole. Source: the usual logical sector.
const SECTOR: usize = 512;
/// Begins each record, as in `xtask/shim/shim.c`.
const MAGIC: u32 = 0x4b44_4a31;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str, change: Change) -> Record {
        Record { at: Duration::ZERO, path: PathBuf::from(path), change }
    }

    fn write(offset: usize, byte: u8, length: usize) -> Record {
        record("/d/f", Change::Write { offset, data: vec![byte; length] })
    }

    fn after(records: &[Record], unsynced: Unsynced, seed: u64) -> Option<Vec<u8>> {
        let base = Files::from([(PathBuf::from("/d/f"), vec![0; 2_048])]);
        after_power_loss(&base, records, unsynced, &mut fastrand::Rng::with_seed(seed)).remove(Path::new("/d/f"))
    }

    #[test]
    fn what_was_synced_is_kept_and_nothing_else_needs_to_be() {
        let records = [write(0, 1, 2_048), record("/d/f", Change::Sync), write(0, 2, 2_048)];
        assert_eq!(after(&records, Unsynced::Lost, 0), Some(vec![1; 2_048]));
        assert_eq!(after(&records, Unsynced::Kept, 0), Some(vec![2; 2_048]));
    }

    #[test]
    fn unsynced_writes_are_torn_at_sectors_and_reordered() {
        // Two writes over each other: a sector may have the first, the second or neither, whatever its neighbours have.
        let records = [write(0, 1, 2_048), write(0, 2, 2_048)];
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let file = after(&records, Unsynced::Torn, seed).unwrap();
            for sector in file.chunks(SECTOR) {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is whole");
            }
            seen.insert(file.chunks(SECTOR).map(|sector| sector[0]).collect::<Vec<_>>());
        }
        assert!(seen.contains(&vec![2, 1, 0, 2]) || seen.len() > 40, "{} states", seen.len());
    }

    #[test]
    fn what_a_failed_sync_left_out_is_lost_although_a_later_one_succeeds() {
        let records =
            [write(0, 1, 512), record("/d/f", Change::SyncFailed), write(512, 2, 512), record("/d/f", Change::Sync)];
        let file = after(&records, Unsynced::Kept, 0).unwrap();
        assert_eq!((file[0], file[512]), (0, 2));
    }

    #[test]
    fn a_write_inside_a_sector_leaves_its_rest() {
        let file = after(&[write(100, 7, 10)], Unsynced::Kept, 0).unwrap();
        assert_eq!((file[99], file[100], file[109], file[110]), (0, 7, 7, 0));
    }

    #[test]
    fn a_name_is_kept_once_its_folder_was_synced() {
        let mut records = vec![record("/d/new", Change::Create), record("/d/new", Change::Sync)];
        let there = |records: &[Record]| {
            let files = after_power_loss(&Files::new(), records, Unsynced::Lost, &mut fastrand::Rng::with_seed(0));
            files.contains_key(Path::new("/d/new"))
        };
        assert!(!there(&records));
        records.push(record("/d", Change::SyncFolder));
        assert!(there(&records));
        records.push(record("/d/new", Change::Unlink));
        assert!(there(&records), "the removal was not synced");
    }
}
