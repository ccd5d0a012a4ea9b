//! `ebirlik`: the gateway of the exporters' unions, in one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ebirlik_server::run()
}
