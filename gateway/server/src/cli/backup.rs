//! `ebirlik backup`: the whole store in one file, while the server runs.

use super::{CommandError, output};
use crate::clock::SystemClock;
use crate::config::Config;
use clap::Args;
use ebirlik_domain::time::Clock;
use ebirlik_operations::backup::backup;
use std::path::PathBuf;

/// Copy the whole store into one file
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik backup /backup/ebirlik-2026-11-22 --config ebirlik.toml\n\n\
    Reads one snapshot beside a running server; nobody waits. The file restores into SQLite and PostgreSQL alike, and\n\
    takes its name only when it is whole. It holds parties, passwords' hashes and declarations: keep it safe. It does\n\
    not hold the code keys, which have their own keeping, nor the browser sessions.")]
pub(crate) struct Backup {
    /// The file to write; one that is there is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let config = Config::read(&self.config)?;
        let bar = output::bar(None);
        let mut progress = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        let made = backup(&config.database, &self.file, SystemClock.now(), &mut progress).await;
        bar.finish_and_clear();
        let contents = made?;
        output::line(format_args!(
            "{}: {} rows of {} tables, schema {}",
            self.file.display(),
            contents.rows(),
            contents.tables.len(),
            contents.schema
        ));
        Ok(0)
    }
}
