//! ebirlik: the gateway of the exporters' unions, in one binary.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Large memory goes back to the system as soon as it is free: after a thousand password checks, or bodies of 32 MiB.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ebirlik_server::run()
}
