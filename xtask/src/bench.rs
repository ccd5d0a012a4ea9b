//! How fast is the product, next to what one would otherwise use? `cargo xtask bench` builds the release program and
//! the program that loads it, and runs the latter; `benches/README.md` explains what it measures.

use crate::gate::{cargo, finish};
use crate::tools;
use anyhow::Result;
use std::{fs, process::Command};

/// Builds and runs; `words` are `--short`, `--grown FOLDER` and `--only RUN`, which the bench reads.
pub(crate) fn command(words: &[&str]) -> Result<()> {
    tools::ensure_postgresql()?;
    let release = tools::target().join("release");
    // The program without a store has a name of its own, so that nobody takes it for the product.
    let measuring = release.join("ebirlik-measuring");
    let build = ["build", "--locked", "--release", "--package"];
    cargo(&[&build[..], &["ebirlik-server", "--features", "measure"]].concat())?;
    fs::copy(release.join("ebirlik"), &measuring)?;
    cargo(&[&build[..], &["ebirlik-server"]].concat())?;
    cargo(&[&build[..], &["ebirlik-benches"]].concat())?;
    let mut bench = program();
    bench.args(words).arg("--program").arg(release.join("ebirlik")).arg("--measuring").arg(measuring);
    // On the disk of the build folder: a store in memory would show nothing.
    bench.arg("--folder").arg(tools::target().join("bench")).arg("--json").arg(tools::target().join("bench.json"));
    finish(&mut bench)
}

/// Builds and makes an installation with many approvals in a folder that is not there yet.
pub(crate) fn grow(folder: &str, approvals: &str) -> Result<()> {
    build()?;
    finish(program().arg("grow").arg(tools::target().join("release/ebirlik")).args([folder, approvals]))
}

/// Builds, makes a month of so many approvals in a folder that is not there yet, and matches it with customs' file.
pub(crate) fn reconcile(folder: &str, approvals: &str) -> Result<()> {
    build()?;
    finish(program().arg("reconcile").arg(tools::target().join("release/ebirlik")).args([folder, approvals]))
}

/// Builds and times the portal's pages where one exporter has so many declarations.
pub(crate) fn pages(declarations: &str) -> Result<()> {
    build()?;
    let files = [tools::target().join("release/ebirlik"), tools::target().join("pages")];
    finish(program().arg("pages").args(files).arg(declarations))
}

/// Builds and runs the product at half load for so many minutes.
pub(crate) fn soak(minutes: &str) -> Result<()> {
    build()?;
    let target = tools::target();
    let files = [target.join("release/ebirlik"), target.join("soak"), target.join("soak.json")];
    finish(program().arg("soak").args(files).arg(minutes))
}

fn build() -> Result<()> {
    for package in ["ebirlik-server", "ebirlik-benches"] {
        cargo(&["build", "--locked", "--release", "--package", package])?;
    }
    Ok(())
}

fn program() -> Command {
    Command::new(tools::target().join("release/ebirlik-bench"))
}
