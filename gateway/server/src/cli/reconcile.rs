//! `ebirlik reconcile`: customs' registrations of a month beside our approvals.

use super::{CommandError, office, output};
use clap::Args;
use ebirlik_operations::reconcile::{Month, reconcile};
use ebirlik_operations::status::Answer;
use std::fs::File;
use std::path::PathBuf;

/// Match a month's customs registrations (CSV or XML) with the approvals
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik reconcile registrations.csv --month 2026-11 --config ebirlik.toml\n\n\
    The same file twice changes nothing. The three lists are at GET /v1/reconciliations?month=2026-11.")]
pub(crate) struct Reconcile {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The month; that of the first row where it is not said
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Reconcile {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let Self { file, month, config } = self;
        let opened = File::open(&file).map_err(|error| CommandError::File(file.clone(), error))?;
        let matched = office::with(&config, async |office| Ok(reconcile(office, month, opened).await?)).await?;
        match matched {
            Answer::Given(matched) => {
                output::line(format_args!(
                    "{} rows, {} known before; {} agree; {} without approval, {} never registered, {} differ",
                    matched.rows,
                    matched.known,
                    matched.matched,
                    matched.without_approval,
                    matched.never_registered,
                    matched.differing
                ));
                Ok(0)
            }
            Answer::Refused(refusal) => {
                output::refusal(&refusal);
                Ok(1)
            }
        }
    }
}

/// A month as it is typed.
pub(super) fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "give a month such as 2026-11".to_owned())
}
