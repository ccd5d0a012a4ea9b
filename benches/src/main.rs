//! How fast is the product, next to what one would otherwise use? `cargo xtask bench` runs this program.
//!
//! Reading order: [`plan`] says what is measured, [`goals`] what is aimed at, [`load`] how it is asked; [`message`] what
//! is sent, [`installation`] and [`peer`] who is measured, [`prove`] that nothing was lost. README.md explains the figures.
#![expect(clippy::float_arithmetic, reason = "times, rates and ratios; no money is computed here")]
#![expect(clippy::print_stdout, reason = "a tool of the command line speaks on standard output")]

mod bare;
mod goals;
mod grow;
mod installation;
mod load;
mod machine;
mod message;
mod pages;
mod peer;
mod plan;
mod postgres;
mod process;
mod prove;
mod questions;
mod reconcile;
mod report;
mod soak;
mod wire;

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// mimalloc as the product has it, so that the load costs little.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the command line says.
#[derive(Debug, Clone)]
struct Arguments {
    /// Rounds of two and a half seconds instead of ten.
    short: bool,
    /// The product's program.
    program: PathBuf,
    /// The same with the feature `measure`.
    measuring: PathBuf,
    /// Where everything is made; it is removed at the end.
    folder: PathBuf,
    /// Where the figures go.
    json: PathBuf,
    /// An installation with many stored approvals.
    grown: Option<PathBuf>,
    /// The only runs that are made; all where there are none.
    only: Vec<String>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "bare") {
        return bare::serve();
    }
    if let [word, program, folder, approvals] = words.as_slice()
        && word == "grow"
    {
        return grow::run(program.as_ref(), folder.as_ref(), approvals.parse()?);
    }
    if let [word, program, folder, declarations] = words.as_slice()
        && word == "pages"
    {
        return pages::run(program.as_ref(), folder.as_ref(), declarations.parse()?);
    }
    if let [word, program, folder, approvals] = words.as_slice()
        && word == "reconcile"
    {
        return reconcile::run(program.as_ref(), folder.as_ref(), approvals.parse()?);
    }
    if let [word, program, folder, json, minutes] = words.as_slice()
        && word == "soak"
    {
        return soak::run(program.as_ref(), folder.as_ref(), json.as_ref(), minutes.parse()?);
    }
    let arguments = Arguments::read(&words)?;
    plan::run(&arguments)
}

impl Arguments {
    fn read(words: &[String]) -> Result<Self> {
        let mut short = false;
        let (mut program, mut measuring, mut folder, mut json, mut grown) = (None, None, None, None, None);
        let mut only = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let place = match word.as_str() {
                "--short" => {
                    short = true;
                    continue;
                }
                "--only" => {
                    only.push(words.next().with_context(|| format!("--only wants a run\n{USAGE}"))?.clone());
                    continue;
                }
                "--program" => &mut program,
                "--measuring" => &mut measuring,
                "--folder" => &mut folder,
                "--json" => &mut json,
                "--grown" => &mut grown,
                _ => bail!("{word} is not known\n{USAGE}"),
            };
            *place = Some(PathBuf::from(words.next().with_context(|| format!("{word} wants a path\n{USAGE}"))?));
        }
        let wanted = |place: Option<PathBuf>, name: &str| place.with_context(|| format!("{name} is missing\n{USAGE}"));
        Ok(Self {
            short,
            program: wanted(program, "--program")?,
            measuring: wanted(measuring, "--measuring")?,
            folder: wanted(folder, "--folder")?,
            json: wanted(json, "--json")?,
            grown,
            only,
        })
    }
}

const USAGE: &str = "usage: cargo xtask bench [--short] [--grown FOLDER] [--only RUN]...";
