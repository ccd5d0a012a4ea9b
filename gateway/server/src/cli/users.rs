//! `ebirlik users`: who signs in.

use super::{CommandError, office, output};
use clap::{Args, Subcommand};
use ebirlik_operations::Roles;
use ebirlik_operations::sign_in::hash_password;
use ebirlik_store::clients::ClientRow;
use std::path::PathBuf;

/// Add or change one who signs in
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  EBIRLIK_PASSWORD=... ebirlik users add --user broker7 --roles \"edi payer\" \
    --firm 9876543217 --config ebirlik.toml\n\n\
    The password comes from EBIRLIK_PASSWORD or standard input; EBIRLIK_PAYMENT_PASSWORD is the second one, to pay.")]
pub(crate) struct Users {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Add a user, or change the one of that code
    Add(Add),
}

#[derive(Debug, Args)]
struct Add {
    /// User code
    #[arg(long)]
    user: String,
    /// Roles of edi, payer, customs, staff, admin, separated by blanks
    #[arg(long)]
    roles: String,
    /// Tax number of the firm, for edi and payer
    #[arg(long, value_name = "TAX_NO", default_value = "")]
    firm: String,
    /// The secretariat, for staff
    #[arg(long, value_name = "CODE", default_value = "")]
    secretariat: String,
    /// Lock the user
    #[arg(long)]
    locked: bool,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Users {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let Act::Add(add) = self.act;
        Roles::parse(&add.roles).ok_or(CommandError::Usage("the roles are edi, payer, customs, staff, admin"))?;
        let password_hash = hash_password(&output::password()?)?;
        let payment_password_hash = match std::env::var("EBIRLIK_PAYMENT_PASSWORD") {
            Ok(password) if !password.is_empty() => hash_password(&password)?,
            _ => String::new(),
        };
        let row = ClientRow {
            code: add.user,
            firm: add.firm,
            secretariat: add.secretariat,
            roles: add.roles,
            password_hash,
            payment_password_hash,
            locked: i64::from(add.locked),
        };
        office::with(&add.config, async |office| Ok(office.store.save_clients(std::slice::from_ref(&row)).await?))
            .await?;
        output::line(format_args!("{}  {}", row.code, row.roles));
        Ok(0)
    }
}
