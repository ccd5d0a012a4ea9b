//! What has to be green before a change goes in? The steps, in order, and how they are run and counted.

use crate::{agreement, faults, fuzz, networks, tools};
use anyhow::{Context, Result, ensure};
use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// One thing that is checked.
pub(crate) struct Step {
    name: &'static str,
    says: &'static str,
    run: fn(&mut Tally) -> Result<()>,
}

/// Cheapest first. A check that generated files are unchanged would be one more line.
pub(crate) const ALL: &[Step] = &[
    FORMAT,
    LINTS,
    DATABASE,
    TESTS,
    Step {
        name: "agreement",
        says: "Rust and Python give the same codes and see the same typing errors",
        run: |_| agreement::agree(),
    },
    Step { name: "fuzz", says: "a short run of each fuzz target", run: |_| fuzz::run(FUZZ_SECONDS, None) },
    Step { name: "networks", says: "the program under attack serves others right", run: |_| networks::short() },
    Step {
        name: "faults",
        says: "nothing is lost, done twice or told wrong when things break",
        run: |_| faults::short(),
    },
    Step { name: "documents", says: "the crates' documents build without a warning", run: |_| documents() },
    Step { name: "dependencies", says: "licences, bans and sources of what we depend on", run: |_| dependencies() },
];

pub(crate) const QUICK: &[Step] = &[FORMAT, LINTS, DATABASE, TESTS];

const FORMAT: Step =
    Step { name: "format", says: "every file is as rustfmt writes it", run: |_| cargo(&["fmt", "--all", "--check"]) };
const LINTS: Step = Step { name: "lints", says: "clippy has nothing to say", run: |_| lints() };
const DATABASE: Step =
    Step { name: "programs", says: "PostgreSQL, curl, xmllint, Python and Chromium are here", run: |_| programs() };
const TESTS: Step = Step { name: "tests", says: "all tests, on SQLite and on PostgreSQL", run: tests };

/// One step of all by its name; nothing for a name that no step has.
pub(crate) fn only(name: &str) -> &'static [Step] {
    ALL.iter().position(|step| step.name == name).and_then(|place| ALL.get(place..=place)).unwrap_or_default()
}

/// Runs the steps up to the first red one, says how each went, and whether all were green.
///
/// The last line is `N passed, N failed`: the tests of all runs, and one failure for a step that is red without any.
pub(crate) fn run(steps: &[Step]) -> bool {
    let mut tally = Tally::default();
    let mut summary = Vec::new();
    let mut green = true;
    for (step, number) in steps.iter().zip(1..) {
        if !green {
            summary.push(format!("{:<14} not run", step.name));
            continue;
        }
        println!("\n== {number} of {}: {}: {}", steps.len(), step.name, step.says);
        let start = Instant::now();
        let outcome = (step.run)(&mut tally);
        let taken = in_words(start.elapsed());
        green = outcome.is_ok();
        match outcome {
            Ok(()) => println!("== {}: green, {taken}", step.name),
            Err(reason) => println!("== {}: RED, {taken}: {reason:#}", step.name),
        }
        summary.push(format!("{:<14} {:<7} {taken}", step.name, if green { "green" } else { "RED" }));
    }
    println!("\n{}", summary.join("\n"));
    if !green && tally.failed == 0 {
        tally.failed = 1;
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    green
}

fn lints() -> Result<()> {
    for part in [&["--workspace"][..], TRACES] {
        cargo(&[&["clippy", "--all-targets", "--locked"], part, &["--", "-D", "warnings"]].concat())?;
    }
    Ok(())
}

/// The one feature that operators may want, which the workspace alone leaves out.
const TRACES: &[&str] = &["--package", "ebirlik-server", "--features", "traces"];

fn documents() -> Result<()> {
    finish(cargo_command(&["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn programs() -> Result<()> {
    tools::ensure_postgresql()?;
    tools::ensure_program("curl", "curl")?;
    tools::ensure_program("xmllint", "libxml2-utils")?;
    tools::ensure_program("pdftotext", "poppler-utils")?;
    tools::ensure_program("zbarimg", "zbar-tools")?;
    tools::ensure_python()?;
    tools::ensure_program("chromium", "chromium")?;
    tools::ensure_axe()
}

/// Advisories are left out: their database needs the network. `deny.toml` names bad versions instead.
fn dependencies() -> Result<()> {
    tools::ensure_cargo_deny()?;
    cargo(&["fetch", "--locked"]).context("cargo-deny reads the crates of all platforms")?;
    cargo(&["deny", "--offline", "check", "licenses", "bans", "sources"])
}

/// Every test binary runs, also after one has failed, so that the count is whole.
fn tests(tally: &mut Tally) -> Result<()> {
    tests_of(&["--workspace"], tally)?;
    tests_of(&[TRACES, &["--lib", "trail"]].concat(), tally)
}

fn tests_of(part: &[&str], tally: &mut Tally) -> Result<()> {
    let mut command = cargo_command(&[&["test", "--no-fail-fast", "--locked"], part].concat());
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("{command:?}"))?;
    let output = child.stdout.take().context("standard output was piped")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.add(&line);
    }
    let status = child.wait()?;
    ensure!(status.success(), "cargo test: {status}");
    Ok(())
}

/// Tests that have ended.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Adds a line like `test result: ok. 12 passed; 0 failed; 0 ignored; …`; any other line adds nothing.
    fn add(&mut self, line: &str) {
        let counts = line.strip_prefix("test result: ").unwrap_or_default();
        for count in counts.split(['.', ';']) {
            match count.trim().split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// Runs cargo at the root of the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Result<()> {
    finish(&mut cargo_command(arguments))
}

/// Runs a command to its end; an error names it.
pub(crate) fn finish(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().display();
    let verb = command.get_args().next().unwrap_or_default().display();
    ensure!(status.success(), "{program} {verb}: {status}");
    Ok(())
}

/// The folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

/// Without what `cargo run` tells this program about itself: build scripts that look at it would run again.
pub(crate) fn cargo_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| OF_CARGO_RUN.iter().any(|start| name.starts_with(start))) {
            command.env_remove(name);
        }
    }
    if env::var_os("CI").is_some() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// A short run shows that a target works and that nothing lies on the surface.
const FUZZ_SECONDS: u32 = 25;
const OF_CARGO_RUN: &[&str] = &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_NAME", "CARGO_CRATE_NAME"];

fn in_words(taken: Duration) -> String {
    format!("{} min {:02} s", taken.as_secs() / 60, taken.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], passed: u64, failed: u64) {
        let mut tally = Tally::default();
        for line in lines {
            tally.add(line);
        }
        assert_eq!(tally, Tally { passed, failed });
    }

    #[test]
    fn results_of_several_binaries_are_added_up() {
        check(
            &[
                "running 12 tests",
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s",
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s",
            ],
            15,
            2,
        );
    }

    #[test]
    fn a_line_that_only_speaks_of_results_adds_nothing() {
        check(&["", "the test result: ok. 5 passed; 0 failed", "test five_passed ... ok", "5 passed"], 0, 0);
    }

    #[test]
    fn a_red_step_stops_the_run_and_is_told() {
        let green = || Step { name: "green", says: "", run: |_| Ok(()) };
        let red = || Step { name: "red", says: "", run: |_| anyhow::bail!("a reason") };
        let never = || Step { name: "never", says: "", run: |_| panic!("a step after a red one ran") };
        assert!(run(&[green(), green()]));
        assert!(!run(&[green(), red(), never()]));
    }
}
