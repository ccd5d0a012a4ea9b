//! How the product is asked and run: HTTP, the commands, configuration, the clock. The binary is `main.rs`.

mod card;
mod cli;
mod clock;
mod config;
mod files;
mod following;
mod http;
mod log;
mod mail;
mod random;
mod server;
mod tls;
mod turn;
mod workshop;

pub use server::{routes_of, serve_office};

/// Every address that programs ask, with each of its methods and the roles that may come in by it; `None` is everyone.
pub fn doors() -> impl Iterator<Item = (&'static str, &'static Method, Option<&'static [Role]>)> {
    http::access::DOORS
        .iter()
        .flat_map(|door| door.methods.iter().map(move |method| (door.path, method, door.who.roles(method))))
}

use ::http::Method;
use clap::Parser;
use ebirlik_operations::Role;
use std::process::ExitCode;

/// Runs the command line to its exit code.
pub fn run() -> ExitCode {
    // One TLS provider for the whole process. Refused only if it stands already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::Cli::parse().run()
}
