//! What does a developer call? `cargo xtask test`, the whole gate, which continuous integration runs too; and
//! `cargo xtask quick`, the part of it for every few minutes; `cargo xtask networks`, the program under attack.
//!
//! Reading order: [`gate`] says what is checked, [`tools`] what it needs and how that is installed.
#![expect(clippy::print_stdout, reason = "a tool of the command line speaks on standard output")]

mod gate;
mod networks;
mod tools;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let steps = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => gate::ALL,
        ["quick"] => gate::QUICK,
        ["networks"] => return ended(networks::long()),
        ["networks", "--short"] => return ended(networks::short()),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if gate::run(steps) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn ended(result: anyhow::Result<()>) -> ExitCode {
    if let Err(error) = result {
        eprintln!("{error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

const USAGE: &str = "\
usage: cargo xtask <verb>
  test   everything that has to be green before a change goes in: format, lints, tests on both stores,
         documents, dependencies; installs what is missing
  quick  format, lints and tests only
  networks [--short]
         attacks the program in every way of a hostile network and measures what others notice
";
