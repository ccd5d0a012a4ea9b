//! `ebirlik settle`: passes a month's fees on to the unions that they are of.

use super::reconcile::month;
use super::{CommandError, office, output};
use clap::Args;
use ebirlik_domain::money::signed_lira;
use ebirlik_operations::reconcile::Month;
use ebirlik_operations::settle::settle;
use std::path::PathBuf;

/// Pass a month's fees on to the unions that they are of
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik settle 2026-10 --config ebirlik.toml\n  \
    ebirlik settle 2026-10 --tim-ppm 30000 --config ebirlik.toml\n\n\
    A month is settled when it has ended; the same month twice books once.")]
pub(crate) struct Settle {
    /// The month
    #[arg(value_name = "YYYY-MM", value_parser = month)]
    month: Month,
    /// Share of TIM, in parts per million
    #[arg(long, value_name = "PPM", default_value_t = 0)]
    tim_ppm: u32,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Settle {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let Self { month, tim_ppm, config } = self;
        let settled = office::with(&config, async |office| Ok(settle(office, &month, tim_ppm).await?)).await?;
        for line in &settled {
            let settlement = &line.settlement;
            let amount = signed_lira(settlement.kurus);
            let booked = if line.is_new { "booked" } else { "booked before" };
            output::line(format_args!(
                "{:8} -> {:8} {:8} {amount:>18} TL  {booked}",
                settlement.from, settlement.to, settlement.union_code
            ));
        }
        output::line(format_args!("{} postings for {}", settled.len(), month.text()));
        Ok(0)
    }
}
