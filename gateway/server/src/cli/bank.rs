//! `ebirlik bank`: takes in a bank statement.

use super::{CommandError, office, output};
use clap::Args;
use ebirlik_operations::bank::import;
use ebirlik_operations::status::Answer;
use std::fs;
use std::path::PathBuf;

/// Book the transfers of a bank statement (MT940 or CSV) into the current accounts that they name
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik bank statement.sta --secretariat IMMIB --config ebirlik.toml\n\n\
    The same statement twice books once. What names no account waits for the staff.")]
pub(crate) struct Bank {
    /// The statement
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Whose bank account it is of
    #[arg(long, value_name = "S")]
    secretariat: String,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Bank {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let Self { file, secretariat, config } = self;
        let bytes = fs::read(&file).map_err(|error| CommandError::File(file.clone(), error))?;
        let imported = office::with(&config, async |office| {
            if !office.rules().secretariats.contains_key(&secretariat) {
                return Err(CommandError::Usage("there is no such secretariat"));
            }
            Ok(import(office, &secretariat, &bytes).await?)
        });
        match imported.await? {
            Answer::Given(imported) => {
                output::line(format_args!(
                    "{} booked, {} for the staff to decide, {} known before, {} outgoing; {} declarations released",
                    imported.lines.booked,
                    imported.lines.unmatched,
                    imported.lines.before,
                    imported.outgoing,
                    imported.released
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
