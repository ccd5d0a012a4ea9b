//! How are a program's disk and clock made to fail? By `xtask/shim/shim.c`, compiled here, preloaded into the program,
//! and told what to do through a page of memory that both share.

use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The compiled library.
pub(crate) struct Shim(PathBuf);

/// The numbers that the shim obeys, in the order of its `struct control`.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
enum Number {
    WriteErrno,
    WritesLeft,
    SyncErrno,
    SyncsLeft,
    SyncLies,
    AbortAtSync,
    ClockShift,
    Failed,
}

/// The page of one program.
pub(crate) struct Control {
    file: File,
    path: PathBuf,
}

/// Why a disk does not take what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiskError {
    /// It is full.
    Full,
    /// It is broken.
    Broken,
}

impl DiskError {
    /// `ENOSPC` or `EIO`. Source: Linux, errno-base.h.
    fn number(self) -> i64 {
        match self {
            Self::Full => 28,
            Self::Broken => 5,
        }
    }
}

impl Shim {
    /// Compiles it.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        crate::tools::ensure_program("cc", "build-essential")?;
        let (source, library) = (crate::gate::root().join("xtask/shim/shim.c"), folder.join("shim.so"));
        let output = Command::new("cc")
            .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-lpthread"])
            .output()?;
        ensure!(output.status.success(), "the shim:\n{}", String::from_utf8_lossy(&output.stderr));
        Ok(Self(library))
    }

    /// Lays it under a program, for the files below this folder.
    pub(crate) fn preload(&self, command: &mut Command, control: &Control, folder: &Path, journal: Option<&Path>) {
        command.env("LD_PRELOAD", &self.0).env("SHIM_CONTROL", &control.path).env("SHIM_FOLDER", folder);
        if let Some(journal) = journal {
            command.env("SHIM_JOURNAL", journal);
        }
    }
}

impl Control {
    /// A page on which nothing fails.
    pub(crate) fn new(path: PathBuf) -> Result<Self> {
        fs::write(&path, [0; 64])?;
        let file = File::options().read(true).write(true).open(&path).context("the control page")?;
        Ok(Self { file, path })
    }

    /// From now on data writes fail, once so many more have passed.
    pub(crate) fn fail_writes(&self, error: DiskError, after: i64) -> Result<()> {
        self.set(Number::WritesLeft, after)?;
        self.set(Number::WriteErrno, error.number())
    }

    /// From now on fsync fails, once so many more have passed.
    pub(crate) fn fail_syncs(&self, error: DiskError, after: i64) -> Result<()> {
        self.set(Number::SyncsLeft, after)?;
        self.set(Number::SyncErrno, error.number())
    }

    /// The disk works again.
    pub(crate) fn heal(&self) -> Result<()> {
        self.set(Number::WriteErrno, 0)?;
        self.set(Number::SyncErrno, 0)
    }

    /// fsync says yes and keeps nothing.
    pub(crate) fn lie(&self) -> Result<()> {
        self.set(Number::SyncLies, 1)
    }

    /// The program ends at the so-many-th fsync from now, between writing and syncing.
    pub(crate) fn abort_at_sync(&self, count: i64) -> Result<()> {
        self.set(Number::AbortAtSync, count)
    }

    /// The wall clock jumps; seconds, either way.
    pub(crate) fn shift_clock(&self, seconds: i64) -> Result<()> {
        self.set(Number::ClockShift, seconds * i64::try_from(Duration::from_secs(1).as_nanos())?)
    }

    /// Calls that failed so far.
    pub(crate) fn failed(&self) -> Result<i64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, Number::Failed as u64 * 8)?;
        Ok(i64::from_ne_bytes(bytes))
    }

    fn set(&self, number: Number, value: i64) -> Result<()> {
        Ok(self.file.write_all_at(&value.to_ne_bytes(), number as u64 * 8)?)
    }
}
