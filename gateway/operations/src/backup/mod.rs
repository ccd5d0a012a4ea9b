//! A copy of the whole store in one file, taken while the server runs, and the way back into an empty store.
//!
//! The key ring is no part of it and has its own keeping: see `keys`.

mod file;

use ebirlik_domain::time::day_of;
use ebirlik_store::backup::{Contents, CopyError, Gap};
use ebirlik_store::{Store, StoreError};
use file::{Reader, Writer};
use jiff::Timestamp;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be written, or is not a whole backup.
    #[error("the backup {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The copy and the store do not go together.
    #[error(transparent)]
    Copy(CopyError),
}

/// What was done after the backup was made, as far as anybody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// Nothing was approved: a planned move. Record numbers go on where they were.
    Nothing,
    /// Approvals may have been given and are lost. [`NUMBERS_LEFT_OUT`] record numbers and receipts are left out for each
    /// secretariat and year, as many in feeds and accounts, so that no number is given a second time.
    PerhapsApprovals,
}

/// Numbers of each series left out after a loss: above what all unions together approve in a month.
pub const NUMBERS_LEFT_OUT: u32 = 1_000_000;

/// Called as rows go by: how many are done, and how many there are.
pub type Progress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// Copies the store at an address into a file that only its owner can read. The file appears whole or not at all.
///
/// # Errors
/// When the store is not there or cannot be read, or the file cannot be written.
pub async fn backup(url: &str, path: &Path, now: Timestamp, progress: Progress<'_>) -> Result<Contents, BackupError> {
    if let Some(database) = url.strip_prefix("sqlite:")
        && !Path::new(database.strip_prefix("//").unwrap_or(database)).exists()
    {
        return Err(StoreError::Missing(format!("there is no store at {url}")).into());
    }
    let store = Store::connect(url).await?;
    let mut writer = Writer::new(path, now, progress);
    let copied = store.copy_out(&mut writer).await;
    store.close().await;
    copied.map_err(|error| at(path, error))?;
    writer.finish().map_err(|source| BackupError::File { path: path.to_owned(), source })
}

/// Restores a backup into the empty store at an address, all of it or nothing.
///
/// # Errors
/// When the file is not a whole backup, the store is not empty, or the backup was made by a newer program.
pub async fn restore(
    url: &str,
    path: &Path,
    afterwards: Afterwards,
    now: Timestamp,
    progress: Progress<'_>,
) -> Result<Contents, BackupError> {
    let failed = |source| BackupError::File { path: path.to_owned(), source };
    let mut reader = Reader::open(path, progress).map_err(failed)?;
    let gap = (afterwards == Afterwards::PerhapsApprovals)
        .then(|| years(reader.taken_at, now))
        .map(|years| Gap { years, numbers: NUMBERS_LEFT_OUT });
    let store = Store::connect(url).await?;
    let contents = reader.contents.clone();
    let taken = store.copy_in(&contents, &mut reader, gap.as_ref()).await;
    store.close().await;
    taken.map_err(|error| at(path, error))?;
    // As every start does: what an older program wrote is brought up to date.
    Store::open(url).await?.close().await;
    Ok(contents)
}

/// From the year of one instant to that of the other, whichever is earlier: a clock may have been wrong.
fn years(one: Timestamp, other: Timestamp) -> RangeInclusive<i16> {
    day_of(one.min(other)).year()..=day_of(one.max(other)).year()
}

fn at(path: &Path, error: CopyError) -> BackupError {
    match error {
        CopyError::Store(error) => BackupError::Store(error),
        CopyError::Rows(source) => BackupError::File { path: path.to_owned(), source },
        error => BackupError::Copy(error),
    }
}
