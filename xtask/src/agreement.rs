//! Do the two implementations of the code agree? A million seeded cases of one, a tenth of that of the other.
//!
//! Each writes cases with its answers into a pipe, and the other one answers them anew; see `crypto-code/python`.

use crate::gate::{cargo, root};
use crate::tools::target;
use anyhow::{Context, Result, ensure};
use std::process::{Child, Command, Stdio};

/// Runs all pipes at once: they fill the cores for less than a minute.
pub(crate) fn agree() -> Result<()> {
    cargo(&["build", "--locked", "--package", "crypto-code", "--example", "agreement"])?;
    ensure!(python(&["vectors", VECTORS]).status()?.success(), "Python answers the published vectors otherwise");
    let mut pipes = Vec::new();
    for seed in ["1", "2"] {
        pipes.push(pipe(rust(&["write", seed, "500000"]), python(&["check"]))?);
    }
    pipes.push(pipe(python(&["write", "3", "100000"]), rust(&["check"]))?);
    // All of them are waited for, also after one has failed: none is left running.
    let ended: Vec<Result<()>> = pipes.into_iter().map(Pipe::wait).collect();
    ended.into_iter().collect()
}

struct Pipe {
    writes: Child,
    checks: Child,
}

impl Pipe {
    fn wait(mut self) -> Result<()> {
        let (checked, written) = (self.checks.wait()?, self.writes.wait()?);
        ensure!(checked.success() && written.success(), "the implementations differ: {checked}, {written}");
        Ok(())
    }
}

fn pipe(mut writes: Command, mut checks: Command) -> Result<Pipe> {
    let mut writes = writes.stdout(Stdio::piped()).spawn().with_context(|| format!("{writes:?}"))?;
    let cases = writes.stdout.take().context("standard output was piped")?;
    let checks = checks.stdin(cases).spawn().with_context(|| format!("{checks:?}"))?;
    Ok(Pipe { writes, checks })
}

fn rust(arguments: &[&str]) -> Command {
    let mut command = Command::new(target().join("debug/examples/agreement"));
    command.args(arguments);
    command
}

fn python(arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.arg(root().join("crypto-code/python/agreement.py")).args(arguments).current_dir(root());
    // No compiled files beside the sources.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

const VECTORS: &str = "fixtures/code/vectors.json";
