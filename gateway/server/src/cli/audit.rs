//! `ebirlik audit`: recomputes every invariant and lists what does not hold.

use super::{CommandError, office, output};
use clap::Args;
use ebirlik_operations::audit::audit;
use ebirlik_store::audit::AuditReport;
use serde_json::json;
use std::path::PathBuf;

/// Recompute every invariant of the store and list each broken one
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik audit --config ebirlik.toml\n\n\
    Reads one snapshot of the whole store, beside a running server. Ends with 0 when all holds, 1 when something\n\
    does not, 2 when the store cannot be read.")]
pub(crate) struct Audit {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let report = office::with(&self.config, async |office| Ok(audit(office).await?)).await?;
        if self.json {
            let broken = report.broken.iter();
            let broken: Vec<_> =
                broken.map(|broken| json!({ "invariant": broken.invariant, "found": broken.found })).collect();
            output::line(json!({
                "ok": report.broken.is_empty(),
                "accounts": report.accounts,
                "approvals": report.approvals,
                "events": report.events,
                "unproved": report.unproved,
                "broken": broken,
            }));
        } else {
            tell(&report);
        }
        Ok(u8::from(!report.broken.is_empty()))
    }
}

/// The outcome, for people.
pub(super) fn tell(report: &AuditReport) {
    for broken in &report.broken {
        output::line(format_args!("BROKEN  {}: {}", broken.invariant, broken.found));
    }
    output::line(format_args!(
        "{} accounts, {} approvals, {} events: {} broken",
        report.accounts,
        report.approvals,
        report.events,
        report.broken.len()
    ));
    if report.unproved > 0 {
        output::line(format_args!("{} codes of lost keys, which the store alone can tell", report.unproved));
    }
}
