//! The commands, one file each. Source: contract section 2.

mod audit;
mod backup;
mod bank;
mod check;
mod client;
mod credentials;
mod demo;
mod deposit;
mod explain;
mod import;
mod keys;
mod office;
mod output;
mod rates;
mod reconcile;
mod reply;
mod restore;
mod serve;
mod settle;
mod submit;
mod users;
mod verify;

use clap::{Parser, Subcommand};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// The gateway of the exporters' unions: approves customs declarations and verifies their codes.
#[derive(Debug, Parser)]
#[command(name = "ebirlik", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Submit(submit::Submit),
    Check(check::Check),
    Verify(verify::Verify),
    Keys(keys::Keys),
    Rates(rates::Rates),
    Import(import::Import),
    Users(users::Users),
    Deposit(deposit::Deposit),
    Bank(bank::Bank),
    Reconcile(reconcile::Reconcile),
    Settle(settle::Settle),
    Explain(explain::Explain),
    Audit(audit::Audit),
    Backup(backup::Backup),
    Restore(restore::Restore),
}

/// Why a command ended without its result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The server could not start.
    #[error(transparent)]
    Start(#[from] crate::server::StartError),
    /// The store.
    #[error(transparent)]
    Store(#[from] ebirlik_store::StoreError),
    /// The office.
    #[error(transparent)]
    Office(#[from] ebirlik_operations::OfficeError),
    /// The code keys.
    #[error(transparent)]
    Keys(#[from] ebirlik_operations::keys::KeysError),
    /// The tables inside the program.
    #[error(transparent)]
    Tables(#[from] ebirlik_operations::rules::TablesError),
    /// Bulletins.
    #[error(transparent)]
    Rates(#[from] ebirlik_operations::rates::RatesError),
    /// A file of parties or tables.
    #[error(transparent)]
    Import(#[from] ebirlik_operations::import::ImportErrors),
    /// A deposit.
    #[error(transparent)]
    Deposit(#[from] ebirlik_operations::money::DepositError),
    /// A settlement.
    #[error(transparent)]
    Settle(#[from] ebirlik_operations::settle::SettleError),
    /// A backup.
    #[error(transparent)]
    Backup(#[from] ebirlik_operations::backup::BackupError),
    /// The demo's data.
    #[error(transparent)]
    Demo(#[from] ebirlik_operations::demo::DemoError),
    /// We cannot tell now.
    #[error(transparent)]
    Fault(#[from] ebirlik_domain::decision::Fault),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] crate::random::NoRandomness),
    /// A file of ours.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A certificate that is none.
    #[error(transparent)]
    Certificate(#[from] crate::tls::certificate::NotACertificate),
    /// A fingerprint that is none.
    #[error(transparent)]
    Fingerprint(#[from] crate::tls::certificate::NotAFingerprint),
    /// The server that was asked.
    #[error(transparent)]
    Client(#[from] client::ClientError),
    /// The terminal, or the password on it.
    #[error(transparent)]
    Terminal(#[from] io::Error),
    /// The command cannot be meant so.
    #[error("{0}")]
    Usage(&'static str),
}

impl Cli {
    /// Runs the command to its exit code.
    pub(crate) fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                output::note(format_args!("ebirlik: {error}"));
                return ExitCode::from(USAGE);
            }
        };
        let (result, failed) = runtime.block_on(self.command.run());
        // What a library still does in the background must not keep an ended command alive.
        runtime.shutdown_background();
        match result {
            Ok(code) => ExitCode::from(code),
            Err(error) => {
                output::note(format_args!("ebirlik: {error}"));
                ExitCode::from(failed)
            }
        }
    }
}

impl Command {
    /// The result, and the exit code if there is none.
    async fn run(self) -> (Result<u8, CommandError>, u8) {
        match self {
            Self::Demo(command) => (command.run().await, 1),
            Self::Serve(command) => (command.run().await, 1),
            Self::Submit(command) => (command.run().await, USAGE),
            Self::Check(command) => (command.run(), USAGE),
            Self::Verify(command) => (command.run().await, CANNOT_TELL),
            Self::Keys(command) => (command.run(), 1),
            Self::Rates(command) => (command.run().await, 1),
            Self::Import(command) => (command.run().await, 1),
            Self::Users(command) => (command.run().await, 1),
            Self::Deposit(command) => (command.run().await, 1),
            Self::Bank(command) => (command.run().await, 1),
            Self::Reconcile(command) => (command.run().await, 1),
            Self::Settle(command) => (command.run().await, 1),
            Self::Explain(command) => (command.run().await, USAGE),
            Self::Audit(command) => (command.run().await, USAGE),
            Self::Backup(command) => (command.run().await, 1),
            Self::Restore(command) => (command.run().await, 1),
        }
    }
}

/// Wrong usage, or no connection. clap ends with the same.
const USAGE: u8 = 2;
/// A verification that could not be made.
const CANNOT_TELL: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_has_an_example_in_its_help() {
        let mut cli = Cli::command();
        cli.clone().debug_assert();
        for command in cli.get_subcommands_mut() {
            says_how(command, "ebirlik");
        }
    }

    /// The command and those below it show themselves in an example.
    fn says_how(command: &mut clap::Command, above: &str) {
        let name = format!("{above} {}", command.get_name());
        let help = command.render_long_help().to_string();
        assert!(help.contains("Example") && help.contains(&name), "{name}");
        for below in command.get_subcommands_mut().filter(|below| below.get_name() != "help") {
            says_how(below, &name);
        }
    }
}
