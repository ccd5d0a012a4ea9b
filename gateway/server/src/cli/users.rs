//! `ebirlik users`: who signs in. One user goes the way of a file of users, under the same rules.

use super::credentials::{OfCertificate, OfSecret};
use super::{CommandError, office, output};
use clap::{Args, Subcommand};
use ebirlik_operations::import::{Kind, plan};
use ebirlik_operations::sign_in::hash_password;
use std::path::PathBuf;

/// Add or change one who signs in, and what its machines sign in with
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  EBIRLIK_PASSWORD=... ebirlik users add --user broker7 --roles \"edi payer\" \
    --firm 9876543217 --config ebirlik.toml\n\n\
    The password comes from EBIRLIK_PASSWORD or standard input; EBIRLIK_PAYMENT_PASSWORD is the second one, to pay.\n\
    Running servers notice within two seconds.")]
pub(crate) struct Users {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Add a user, or change the one of that code
    #[command(after_help = "Example:\n  EBIRLIK_PASSWORD=... ebirlik users add --user broker7 --roles \"edi payer\" \
        --firm 9876543217 --config ebirlik.toml")]
    Add(Add),
    /// Make, list or revoke generated secrets, for machines: they stand in for the password, not on pages
    #[command(after_help = "Examples:\n  ebirlik users secret --user broker7 --name erp --config ebirlik.toml\n  \
        ebirlik users secret --user broker7 --list --config ebirlik.toml\n  \
        ebirlik users secret --user broker7 --revoke erp --config ebirlik.toml\n\n\
        The secret is printed once, alone on standard output. Running servers notice within two seconds.")]
    Secret(OfSecret),
    /// Bind, list or remove client certificates, which then sign in as the user
    #[command(
        after_help = "Examples:\n  ebirlik users certificate --user broker7 --file client.pem --config ebirlik.toml\n  \
        ebirlik users certificate --user broker7 --config ebirlik.toml\n  \
        ebirlik users certificate --user broker7 --remove --file client.pem --config ebirlik.toml\n\n\
        Without --file it lists. Running servers notice within two seconds."
    )]
    Certificate(OfCertificate),
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
    /// Lock the user; its passwords stay as they are
    #[arg(long)]
    lock: bool,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Users {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        match self.act {
            Act::Add(add) => add.run().await,
            Act::Secret(secret) => secret.run().await,
            Act::Certificate(certificate) => certificate.run().await,
        }
    }
}

impl Add {
    async fn run(self) -> Result<u8, CommandError> {
        let add = self;
        // An empty hash leaves a stored one as it is.
        let hash = if add.lock { String::new() } else { hash_password(&output::password()?)? };
        let payment_hash = match std::env::var("EBIRLIK_PAYMENT_PASSWORD") {
            Ok(password) if !password.is_empty() && !add.lock => hash_password(&password)?,
            _ => String::new(),
        };
        let locked = if add.lock { "yes" } else { "no" };
        let cells = [&add.user, &add.roles, &add.firm, &add.secretariat, &hash, &payment_hash, locked];
        let file = format!("{COLUMNS}\n{}\n", cells.map(quoted).join(","));
        office::with(&add.config, async |office| {
            Ok(plan(office, Kind::Users, file.as_bytes()).await?.commit(office).await?)
        })
        .await?;
        output::line(format_args!("{}  {}", add.user, if add.lock { "locked" } else { &add.roles }));
        Ok(0)
    }
}

/// A cell of a CSV file, whatever is in it.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// The header of a file of users.
const COLUMNS: &str = "user,roles,firm,secretariat,password_hash,payment_password_hash,locked";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_leave_its_place() {
        assert_eq!(quoted("a\",b\nc"), "\"a\"\",b\nc\"");
    }
}
