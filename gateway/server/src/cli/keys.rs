//! `ebirlik keys`: the key ring that codes are made with.

use super::{CommandError, output};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::random;
use clap::{Args, Subcommand};
use crypto_code::KeyRing;
use ebirlik_domain::time::Clock;
use ebirlik_operations::keys::{KeyFile, generate, rotate};
use std::path::PathBuf;

/// Make, rotate or list the code keys
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik keys rotate --config ebirlik.toml\n\n\
    Back the key ring up apart from the store: whoever holds it can issue codes, and without it none can be proved.\n\
    Running servers notice a new generation within a second; older ones verify only.")]
pub(crate) struct Keys {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make a new key ring with its first generation
    #[command(after_help = "Example:\n  ebirlik keys generate --config ebirlik.toml")]
    Generate(Where),
    /// Add a generation that issues from now on
    #[command(after_help = "Example:\n  ebirlik keys rotate --config ebirlik.toml")]
    Rotate(Where),
    /// List the generations, never the keys
    #[command(after_help = "Example:\n  ebirlik keys list --config ebirlik.toml")]
    List(Where),
}

#[derive(Debug, Args)]
struct Where {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Keys {
    pub(crate) fn run(self) -> Result<u8, CommandError> {
        let (Act::Generate(at) | Act::Rotate(at) | Act::List(at)) = &self.act;
        let path = Config::read(&at.config)?.keys;
        let today = SystemClock.today();
        let ring = match self.act {
            Act::Generate(_) => generate(&path, &random::bytes()?, today)?,
            Act::Rotate(_) => rotate(&path, &random::bytes()?, today)?,
            Act::List(_) => KeyFile::at(path).read()?,
        };
        list(&ring);
        Ok(0)
    }
}

fn list(ring: &KeyRing) {
    for (generation, created) in ring.generations() {
        let use_ = if generation == ring.current() { "issues" } else { "verifies" };
        output::line(format_args!("{}  {created}  {use_}", generation.symbol()));
    }
}
