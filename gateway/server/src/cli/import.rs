//! `ebirlik import`: parties and tables from CSV files, dry run first, all or nothing.

use super::{CommandError, office, output};
use clap::Args;
use ebirlik_operations::import::{Kind, plan};
use std::fs;
use std::path::PathBuf;

/// Import parties or tables from a CSV file
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik import firms firms.csv --dry-run --config ebirlik.toml\n  \
    ebirlik import firms firms.csv --config ebirlik.toml\n\n\
    The file is checked as a whole first; with an error nothing is stored, and every error is listed with its line.")]
pub(crate) struct Import {
    /// What the file holds; `--columns` lists the kinds with their columns
    #[arg(value_parser = kind, value_name = "KIND", required_unless_present = "columns")]
    kind: Option<Kind>,
    /// The file, UTF-8 with a header line
    #[arg(value_name = "FILE", required_unless_present = "columns")]
    file: Option<PathBuf>,
    /// The configuration file
    #[arg(long, value_name = "FILE", required_unless_present = "columns")]
    config: Option<PathBuf>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// List the kinds with their columns
    #[arg(long)]
    columns: bool,
}

impl Import {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let (Some(kind), Some(file), Some(config), false) = (self.kind, self.file, self.config, self.columns) else {
            for kind in Kind::ALL {
                output::line(format_args!("{:14} {}", kind.as_str(), kind.help()));
            }
            return Ok(0);
        };
        let content = fs::read(&file).map_err(|error| CommandError::File(file.clone(), error))?;
        let imported = office::with(&config, async |office| {
            let plan = plan(office, kind, &content).await?;
            let summary = plan.summary();
            output::note(format_args!("{}: {} rows", summary.kind, summary.rows));
            for note in &summary.notes {
                output::note(format_args!("  {note}"));
            }
            if self.dry_run { Ok(None) } else { Ok(Some(plan.commit(office).await?)) }
        });
        match imported.await? {
            Some(imported) if imported.before > 0 => {
                output::line(format_args!("imported {} rows, {} of them known before", imported.rows, imported.before));
            }
            Some(imported) => output::line(format_args!("imported {} rows", imported.rows)),
            None => output::line("a dry run: nothing was changed"),
        }
        Ok(0)
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    let known = || Kind::ALL.map(Kind::as_str).join(", ");
    Kind::parse(text).ok_or_else(|| format!("the kinds are {}", known()))
}
