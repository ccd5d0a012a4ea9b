//! `ebirlik deposit`: books one sum into a current account.

use super::{CommandError, office, output};
use clap::Args;
use ebirlik_domain::money::Money;
use ebirlik_operations::money::deposit;
use ebirlik_store::accounts::Deposited;
use std::path::PathBuf;

/// Book a sum into a current account
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik deposit --account IMMIB-1234567890 --amount 1000.00 \
    --reference HAVALE-4711 --config ebirlik.toml\n\nThe same reference twice books once.")]
pub(crate) struct Deposit {
    /// The account, SECRETARIAT-TAXNUMBER
    #[arg(long, value_name = "ID")]
    account: String,
    /// The sum in lira, such as 1000.00
    #[arg(long, value_parser = amount)]
    amount: Money,
    /// The bank's reference
    #[arg(long, value_name = "R")]
    reference: String,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Deposit {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let Self { account, amount, reference, config } = self;
        let receipt =
            office::with(&config, async |office| Ok(deposit(office, &account, amount, &reference).await?)).await?;
        let booked = match receipt.booked {
            Deposited::Booked => "booked",
            Deposited::Before => "booked before, nothing changed",
        };
        output::line(format_args!(
            "{}  {} TL  {booked}  balance {} TL",
            receipt.account, receipt.amount, receipt.balance
        ));
        Ok(0)
    }
}

fn amount(text: &str) -> Result<Money, String> {
    Money::parse(text).ok_or_else(|| "give a sum such as 1000.00".to_owned())
}
