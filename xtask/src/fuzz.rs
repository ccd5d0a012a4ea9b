//! What do the fuzz targets run on, and how are they built? `cargo xtask fuzz`, on the pinned toolchain.
//!
//! libFuzzer wants its counters in our code. The flags that put them there reach our own crates alone, by way of this
//! program standing between cargo and rustc: what the tests have built of other people's code is used as it is, and
//! the whole is built in a minute instead of a quarter of an hour. Nothing here needs a nightly compiler or cargo-fuzz.

use crate::gate::{cargo_command, finish, root};
use crate::tools::{self, target};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    env,
    ffi::OsString,
    fs,
    path::Path,
    process::{self, Command, ExitCode},
};

/// One fuzz target, named as its file under `fuzz/fuzz_targets`.
struct Target {
    name: &'static str,
    dictionary: &'static str,
    seeds: fn(&Path) -> Result<()>,
    /// Longest input.
    bytes_max: usize,
}

const TARGETS: &[Target] = &[
    Target { name: "xml_reader", dictionary: "xml.dict", seeds: messages, bytes_max: MESSAGE_BYTES_MAX },
    Target { name: "edifact_reader", dictionary: "edifact.dict", seeds: interchanges, bytes_max: MESSAGE_BYTES_MAX },
    Target { name: "code", dictionary: "code.dict", seeds: typed_codes, bytes_max: 256 },
    Target { name: "handler", dictionary: "xml.dict", seeds: both, bytes_max: MESSAGE_BYTES_MAX },
];

/// `cargo xtask fuzz [--seconds N] [TARGET]`.
pub(crate) fn command(words: &[&str]) -> Result<()> {
    match words {
        [] => run(SECONDS, None),
        ["--seconds", seconds] => run(seconds.parse()?, None),
        ["--seconds", seconds, name] => run(seconds.parse()?, Some(name)),
        [name] => run(SECONDS, Some(name)),
        _ => bail!("cargo xtask fuzz [--seconds N] [TARGET]"),
    }
}

/// Each target, or the one named, for so many seconds from its seeds and what earlier runs have found.
pub(crate) fn run(seconds: u32, only: Option<&str>) -> Result<()> {
    let chosen: Vec<&Target> = TARGETS.iter().filter(|target| only.is_none_or(|name| name == target.name)).collect();
    ensure!(!chosen.is_empty(), "targets: {}", TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", "));
    tools::ensure_program("c++", "build-essential")?;
    build()?;
    for Target { name, dictionary, seeds, bytes_max } in chosen {
        let folder = root().join("fuzz");
        let corpus = folder.join("corpus").join(name);
        let findings = folder.join("artifacts").join(name);
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&findings)?;
        seeds(&corpus)?;
        // Its stores outlive a target that ends in the middle of its work; they go with the folder.
        let scratch = tools::memory().join(format!("ebirlik-fuzz-{}", process::id()));
        fs::create_dir_all(&scratch)?;
        println!("== {name}: {seconds} s");
        let mut command = Command::new(target().join("debug").join(name));
        command
            .current_dir(&folder)
            .env("TMPDIR", &scratch)
            .arg(&corpus)
            .arg(format!("-dict=dictionaries/{dictionary}"))
            .arg(format!("-artifact_prefix={}/", findings.display()))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={bytes_max}"))
            // An input may not take ten seconds, nor all together two gigabytes.
            .args(["-timeout=10", "-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=1"]);
        let ended = finish(&mut command);
        fs::remove_dir_all(&scratch)?;
        ended.with_context(|| format!("{name} found something: see {}", findings.display()))?;
    }
    Ok(())
}

/// Builds all targets beside the tests' own build.
fn build() -> Result<()> {
    let mut command = cargo_command(&["build", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target-dir"]);
    finish(command.arg(target()).env("RUSTC_WRAPPER", env::current_exe()?))
}

/// Standing between cargo and rustc: our own crates get libFuzzer's counters. `None` when cargo has not called us so.
pub(crate) fn between() -> Option<ExitCode> {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let (rustc, arguments) = words.split_first()?;
    if Path::new(rustc).file_name()? != "rustc" {
        return None;
    }
    let mut command = Command::new(rustc);
    command.args(arguments);
    let name = arguments.iter().skip_while(|word| *word != "--crate-name").nth(1).and_then(|name| name.to_str());
    let is_ours = |name: &str| {
        name.starts_with("ebirlik_") || name == "crypto_code" || TARGETS.iter().any(|target| target.name == name)
    };
    if name.is_some_and(is_ours) {
        command.args(COUNTERS);
    }
    let ended = command.status().ok()?;
    Some(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The requests in XML but the longest.
fn messages(corpus: &Path) -> Result<()> {
    copied("fixtures/bilge", ".xml", corpus)
}

/// The requests in EDIFACT.
fn interchanges(corpus: &Path) -> Result<()> {
    copied("fixtures/edifact", ".edi", corpus)
}

fn both(corpus: &Path) -> Result<()> {
    messages(corpus)?;
    interchanges(corpus)
}

/// The requests of the cases in a folder but the longest.
fn copied(cases: &str, ending: &str, corpus: &Path) -> Result<()> {
    for case in fs::read_dir(root().join(cases))?.flatten().filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(case.path())?.flatten() {
            let (case, name) = (case.file_name(), file.file_name());
            let name = name.to_string_lossy();
            let fits = file.metadata()?.len() <= u64::try_from(MESSAGE_BYTES_MAX)?;
            if fits && name.ends_with(ending) && !name.starts_with("answer") {
                fs::copy(file.path(), corpus.join(format!("{}-{name}", case.to_string_lossy())))?;
            }
        }
    }
    Ok(())
}

/// What the published vectors type.
fn typed_codes(corpus: &Path) -> Result<()> {
    let vectors: Value = serde_json::from_str(&fs::read_to_string(root().join("fixtures/code/vectors.json"))?)?;
    let typed = vectors.get("typed").and_then(Value::as_array).context("vectors.json has `typed`")?;
    for (case, number) in typed.iter().zip(1..) {
        let text = case.get("typed").and_then(Value::as_str).context("a case has `typed`")?;
        fs::write(corpus.join(format!("vector-{number}")), text)?;
    }
    Ok(())
}

/// What a developer waits for.
const SECONDS: u32 = 60;
/// Longer inputs take longer and find no more.
const MESSAGE_BYTES_MAX: usize = 32 << 10;
/// Counters at each edge, and the operands of comparisons, so that the fuzzer learns words. Source: libFuzzer's manual.
const COUNTERS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
