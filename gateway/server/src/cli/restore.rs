//! `ebirlik restore`: a backup into an empty store, then the audit of what came of it.

use super::{CommandError, audit, office, output};
use crate::clock::SystemClock;
use crate::config::Config;
use clap::Args;
use ebirlik_domain::time::Clock;
use ebirlik_operations::backup::{Afterwards, NUMBERS_LEFT_OUT, restore};
use std::path::PathBuf;

/// Restore a backup into an empty store
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik restore /backup/ebirlik-2026-11-22 --config ebirlik.toml\n\n\
    Restores all or nothing, on either database, and audits what it restored. Ends with 0 only when the audit is\n\
    clean. Start the server after it. Approvals given after the backup was made are not in it: record numbers go on\n\
    after a gap so that none is given twice, unless you say that there were none. What else to do then is in\n\
    docs/backup.md.")]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Nothing was approved after the backup was made: record numbers go on without a gap
    #[arg(long)]
    nothing_lost: bool,
}

impl Restore {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let config = Config::read(&self.config)?;
        let afterwards = if self.nothing_lost { Afterwards::Nothing } else { Afterwards::PerhapsApprovals };
        let bar = output::bar(None);
        let mut progress = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        let restored = restore(&config.database, &self.file, afterwards, SystemClock.now(), &mut progress).await;
        bar.finish_and_clear();
        let contents = restored?;
        output::line(format_args!(
            "restored {} rows of {} tables, schema {}, from {}",
            contents.rows(),
            contents.tables.len(),
            contents.schema,
            contents.engine
        ));
        if !self.nothing_lost {
            output::line(format_args!(
                "record numbers, receipts, feeds and account lines go on after a gap of {NUMBERS_LEFT_OUT}"
            ));
        }
        let report = office::with(&self.config, async |office| Ok(ebirlik_operations::audit::audit(office).await?))
            .await
            .inspect_err(|_| output::note("restored, but not audited: run ebirlik audit once this is mended"))?;
        audit::tell(&report);
        Ok(u8::from(!report.broken.is_empty()))
    }
}
