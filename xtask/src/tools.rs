//! What does the gate need beyond cargo, and how does it get there? PostgreSQL's programs, curl, xmllint and cargo-deny.

use crate::gate::{cargo, finish};
use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Looks where the tests look; installs Debian's package when that is for us to do.
pub(crate) fn ensure_postgresql() -> Result<()> {
    if let Some(folder) = postgresql() {
        println!("found in {}", folder.display());
        return Ok(());
    }
    install("postgresql", "initdb and postgres were not found: install PostgreSQL's server")?;
    postgresql().context("the package `postgresql` was installed, yet initdb and postgres were not found")?;
    Ok(())
}

/// curl tries README's lines as printed, xmllint holds answers against the schemas.
pub(crate) fn ensure_program(program: &str, package: &str) -> Result<()> {
    if Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    install(package, &format!("{program} was not found: install it"))
}

/// Installs Debian's package when that is for us to do, else says what is missing.
fn install(package: &str, missing: &str) -> Result<()> {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root || !Path::new("/usr/bin/apt-get").exists() {
        bail!("{missing}, on Debian the package `{package}`");
    }
    finish(apt_get().arg("update"))?;
    finish(apt_get().args(["install", "--yes", "--no-install-recommends", package]))
}

/// Builds it when it is absent; without optimisation, since it runs for seconds.
pub(crate) fn ensure_cargo_deny() -> Result<()> {
    if cargo(&["deny", "--version"]).is_ok() {
        return Ok(());
    }
    println!("cargo-deny is absent: building it, which takes some minutes");
    cargo(&["install", "--locked", "--debug", "cargo-deny", "--version", CARGO_DENY])
        .context("cargo-deny could not be installed")
}

/// The version that `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn postgresql() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(debian.map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
