//! What does a developer call? `cargo xtask test`, the whole gate, which continuous integration runs too; and
//! `cargo xtask quick`, the part of it for every few minutes; `cargo xtask networks`, the program under attack;
//! `cargo xtask faults`, the program while things break; `cargo xtask failover`, what is left when the database's leader
//! dies; `cargo xtask bench`, how fast it is; `cargo xtask grow`, how it is after years; `cargo xtask soak`, whether anything creeps.
//!
//! Reading order: [`gate`] says what is checked, [`tools`] what it needs and how that is installed.
#![expect(clippy::print_stdout, reason = "a tool of the command line speaks on standard output")]

mod agreement;
mod bench;
mod failover;
mod faults;
mod fuzz;
mod gate;
mod networks;
mod tools;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    if let Some(code) = fuzz::between() {
        return code;
    }
    let words: Vec<String> = env::args().skip(1).collect();
    let steps: &[gate::Step] = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => gate::ALL,
        ["quick"] => gate::QUICK,
        ["bench", rest @ ..] => return told(bench::command(rest)),
        ["grow", folder] => return told(bench::grow(folder, "10000000")),
        ["grow", folder, approvals] => return told(bench::grow(folder, approvals)),
        ["reconcile", folder] => return told(bench::reconcile(folder, "500000")),
        ["reconcile", folder, approvals] => return told(bench::reconcile(folder, approvals)),
        ["pages"] => return told(bench::pages("50000")),
        ["pages", declarations] => return told(bench::pages(declarations)),
        ["soak"] => return told(bench::soak("60")),
        ["soak", minutes] => return told(bench::soak(minutes)),
        ["fuzz", rest @ ..] => return told(fuzz::command(rest)),
        ["faults", rest @ ..] => return told(faults::command(rest)),
        ["networks"] => return told(networks::long(&[])),
        ["networks", "--only", words @ ..] if !words.is_empty() => return told(networks::long(words)),
        ["networks", "--short"] => return told(networks::short()),
        ["failover", rest @ ..] => return told(failover::command(rest)),
        ["step", name] if !gate::only(name).is_empty() => gate::only(name),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if gate::run(steps) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn told(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason:#}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "\
usage: cargo xtask <verb>
  test         everything that has to be green before a change goes in: format, lints, tests on both stores,
               the code in two languages, fuzzing, hostile networks, faults, documents, dependencies; installs what is missing
  quick        format, lints and tests only
  bench        [--short] [--grown FOLDER] [--only RUN]...: how fast the product is, next to what one would otherwise use;
               writes target/bench.json
  grow         FOLDER [APPROVALS]: makes an installation whose store holds so many approvals of three years, ten
               million unless said otherwise, for `bench --grown FOLDER` and for a look at a large store
  reconcile    FOLDER [APPROVALS]: a month of so many approvals, half a million unless said otherwise, matched with
               customs' file by the release program; tells seconds and memory, and holds what was planted
  pages        [DECLARATIONS]: bytes and milliseconds of the portal's pages where one exporter has so many
               declarations, 50,000 unless said otherwise
  soak         [MINUTES]: the product at half load for an hour, or so many minutes; memory, open files and p99 must
               not grow; writes target/soak.json
  fuzz         [--seconds N] [TARGET]: feeds the readers and the handler what nobody would send
  networks     [--short | --only WORD...]: attacks the program in every way of a hostile network and measures what
               others notice; writes docs/networks.md, but with WORDs only tries the attacks that have one in their name
  faults       [--short] [--seed N] [--only NAME]...: breaks process, disk, database, network and clock under load
               and checks that nothing is lost, done twice or told wrong
  failover     [--patroni] [--hang] | --rolling: kills PostgreSQL's leader, or makes it stand still, or restarts our own
               servers one after the other, under two servers at work, and looks that nothing is lost
  step NAME    one step of `test` alone
";
