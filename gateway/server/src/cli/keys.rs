//! `ebirlik keys`: the key ring that codes are made with.

use super::{CommandError, output};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::random;
use clap::{Args, Subcommand};
use crypto_code::{Generation, KeyRing};
use ebirlik_domain::time::Clock;
use ebirlik_operations::keys::{Fresh, KeyFile};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Make, rotate, seal or list the code keys
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik keys rotate --config ebirlik.toml\n\n\
    Keep the key ring apart from the store's backups: whoever holds it can issue codes, and without it none can be\n\
    proved. Running servers notice a change within a second. Sealed keys need their passphrase in\n\
    EBIRLIK_KEYS_PASSPHRASE, or the setting keys_passphrase_file. docs/keys.md is the whole ceremony.")]
pub(crate) struct Keys {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Make a new key ring with its first generation; sealed when there is a passphrase
    #[command(after_help = "Examples:\n  ebirlik keys generate --config ebirlik.toml\n  \
        ebirlik keys generate --lost 2 --config ebirlik.toml")]
    Generate {
        /// The last generation of a ring that is lost without a copy: the first letter of the newest codes
        #[arg(long, value_name = "GENERATION", value_parser = generation)]
        lost: Option<Generation>,
        #[command(flatten)]
        at: Where,
    },
    /// Add a generation that issues from now on; those before it verify only
    #[command(after_help = "Example:\n  ebirlik keys rotate --config ebirlik.toml")]
    Rotate(Where),
    /// See to it that a generation never issues again: if it does now, add a new one
    #[command(after_help = "Example:\n  ebirlik keys retire 1 --config ebirlik.toml")]
    Retire(One),
    /// Retire a generation whose key somebody else may hold; every verification names it from now on
    #[command(after_help = "Example:\n  ebirlik keys leaked 1 --config ebirlik.toml\n\n\
        Codes of that generation stay good or bad as the store says: a forged one was never issued. What the key ring\n\
        alone says of them, offline, counts for nothing any more.")]
    Leaked(One),
    /// Seal the key ring with the passphrase, or make a sealed copy of it
    #[command(after_help = "Examples:\n  EBIRLIK_KEYS_PASSPHRASE=... ebirlik keys seal --config ebirlik.toml\n  \
        EBIRLIK_KEYS_PASSPHRASE=... ebirlik keys seal --copy /media/stick/code-keys --config ebirlik.toml")]
    Seal {
        /// Leave the key ring as it is and write a sealed copy here
        #[arg(long, value_name = "FILE")]
        copy: Option<PathBuf>,
        #[command(flatten)]
        at: Where,
    },
    /// Take the seal off the key ring
    #[command(after_help = "Example:\n  EBIRLIK_KEYS_PASSPHRASE=... ebirlik keys unseal --config ebirlik.toml")]
    Unseal(Where),
    /// List the generations with the fingerprints of their keys, never the keys
    #[command(after_help = "Example:\n  ebirlik keys list --config ebirlik.toml")]
    List(Where),
}

#[derive(Debug, Args)]
struct Where {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct One {
    /// The generation: the first letter of its codes
    #[arg(value_name = "GENERATION", value_parser = generation)]
    generation: Generation,
    #[command(flatten)]
    at: Where,
}

impl Keys {
    pub(crate) fn run(self) -> Result<u8, CommandError> {
        let config = Config::read(&self.act.at().config)?;
        let passphrase = config.keys_passphrase()?;
        let file = KeyFile::at(config.keys, passphrase);
        let fresh = Fresh { key: Zeroizing::new(random::bytes()?), salt: random::bytes()?, today: SystemClock.today() };
        let ring = match &self.act {
            Act::Generate { lost, .. } => file.generate(&fresh, *lost)?,
            Act::Rotate(_) => file.rotate(&fresh)?,
            Act::Retire(one) => file.retire(one.generation, &fresh)?,
            Act::Leaked(one) => file.mark_leaked(one.generation, &fresh)?,
            Act::Seal { copy: Some(copy), .. } => file.seal_copy(copy, &fresh)?,
            Act::Seal { copy: None, .. } => file.seal(&fresh)?,
            Act::Unseal(_) => file.unseal(&fresh)?,
            Act::List(_) => file.read()?,
        };
        list(&ring);
        Ok(0)
    }
}

impl Act {
    fn at(&self) -> &Where {
        match self {
            Self::Retire(one) | Self::Leaked(one) => &one.at,
            Self::Generate { at, .. }
            | Self::Seal { at, .. }
            | Self::Rotate(at)
            | Self::Unseal(at)
            | Self::List(at) => at,
        }
    }
}

fn list(ring: &KeyRing) {
    for (generation, created) in ring.generations() {
        let use_ = match (generation == ring.current(), ring.is_leaked(generation)) {
            (true, _) => "issues",
            (false, false) => "verifies",
            (false, true) => "leaked",
        };
        let fingerprint = ring.fingerprint(generation).unwrap_or_default();
        output::line(format_args!("{}  {created}  {use_:8}  {fingerprint}", generation.symbol()));
    }
}

fn generation(text: &str) -> Result<Generation, String> {
    let mut letters = text.chars();
    match (letters.next().and_then(|letter| Generation::from_symbol(letter.to_ascii_uppercase())), letters.next()) {
        (Some(generation), None) => Ok(generation),
        _ => Err("a generation is the first letter of its codes".to_owned()),
    }
}
