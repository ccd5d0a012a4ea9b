//! `ebirlik rates`: the Central Bank's bulletins.

use super::{CommandError, office, output};
use clap::{Args, Subcommand};
use ebirlik_operations::rates;
use std::fs;
use std::path::PathBuf;

/// Import the Central Bank's exchange-rate bulletins
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik rates import 20112026.xml --config ebirlik.toml\n\n\
    All files are read before the first is stored. Running servers notice within a second.")]
pub(crate) struct Rates {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Import bulletins in the bank's own XML
    #[command(after_help = "Example:\n  ebirlik rates import 20112026.xml --config ebirlik.toml")]
    Import {
        /// The bulletins
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

impl Rates {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let Act::Import { files, config } = self.act;
        let read = |file: &PathBuf| {
            let content = fs::read(file).map_err(|error| CommandError::File(file.clone(), error))?;
            Ok::<_, CommandError>((file.display().to_string(), content))
        };
        let files = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let imported = office::with(&config, async |office| Ok(rates::import(office, &files).await?)).await?;
        for bulletin in imported {
            let rates::Imported { date, number, currencies } = bulletin;
            output::line(format_args!("{date}  {number}  {currencies} currencies"));
        }
        Ok(0)
    }
}
