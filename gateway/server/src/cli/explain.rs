//! `ebirlik explain`: why was it decided so? Recomputed, and compared bit for bit.

use super::{CommandError, office, output};
use clap::Args;
use ebirlik_operations::explain::{RulesAt, explain_recorded};
use ebirlik_store::DeclarationKey;
use std::path::PathBuf;

/// Explain a past approval, recomputed from what it rested on
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ebirlik explain BRK-2026-0042 --declarant 9876543217 --config ebirlik.toml\n\n\
    Ends with 0 when every step comes out as it was recorded, with 1 when not.")]
pub(crate) struct Explain {
    /// The declarant's reference
    #[arg(value_name = "REF")]
    reference: String,
    /// The declarant's tax number
    #[arg(long, value_name = "T")]
    declarant: String,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Explain {
    pub(crate) async fn run(self) -> Result<u8, CommandError> {
        let Self { reference, declarant, json, config } = self;
        let explained = office::with(&config, async |office| {
            let key = DeclarationKey::of(&declarant, &reference);
            let Some(recorded) = office.store.find_declaration(key).await? else { return Ok(None) };
            Ok(explain_recorded(office, &recorded, &RulesAt::default()).await?)
        });
        let Some(explained) = explained.await? else {
            return Err(CommandError::Usage("no such declaration is approved; check reference and declarant"));
        };
        if json {
            output::line(format_args!("{:#}", explained.to_json()));
            return Ok(u8::from(!explained.is_equal()));
        }
        output::line(format_args!(
            "{}  version {}  {}  approved {}",
            explained.reference, explained.version, explained.code, explained.approved_at
        ));
        for membership in &explained.grounds.memberships {
            output::line(format_args!("  member of {} since {}", membership.union_code, membership.valid_from));
        }
        for power in &explained.grounds.powers {
            output::line(format_args!("  power for {} since {}", power.secretariat, power.valid_from));
        }
        for step in &explained.steps {
            let word = if step.is_equal() { "equal" } else { "DIFFERS" };
            output::line(format_args!("{word:8} {:12} {}", step.name, step.recorded));
            if !step.is_equal() {
                output::line(format_args!("{:8} {:12} {}", "", "again", step.again));
            }
        }
        Ok(u8::from(!explained.is_equal()))
    }
}
