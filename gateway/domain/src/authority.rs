//! May this client send this declaration for this exporter through this secretariat, and who pays?
//!
//! Source: contract section 5 (order and what leaves out what), rules, G-37, G-38, G-70.

use crate::catalogue::Rule;
use crate::check::CheckedDeclaration;
use crate::finding::{Field, Finding};
use crate::money::Money;
use crate::rules::Rules;
use jiff::civil::Date;

/// What the register knows about the parties of a declaration on its day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of the register, each named by a rule")]
pub struct AuthorityFacts {
    /// The exporter is in the register.
    pub exporter_known: bool,
    /// It is an active member of at least one union of the chosen secretariat.
    pub member: bool,
    /// It gave the declarant a power of attorney that holds today for this secretariat.
    pub power: bool,
    /// The secretariat is named in the declarant's commitment.
    pub committed: bool,
    /// Who agreed to pay, if anybody did.
    pub payer: Option<Payer>,
    /// The limit of that power; none where one holds that has none.
    pub limit: Option<PowerLimit>,
}

/// The most that one power lets be debited on one day. Of several powers the most generous one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerLimit {
    /// The power is for every secretariat, not for the declaration's alone.
    pub everywhere: bool,
    /// Its first day: with the parties and where it holds, what tells it from all others.
    pub valid_from: Date,
    /// The most of one day of Türkiye.
    pub most: Money,
}

/// The account that pays by the payer commitment (G-47).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payer {
    /// The store's number of the current account.
    pub account: i64,
    /// True when it may be debited without being asked.
    pub automatic: bool,
}

/// A declaration whose parties were judged.
#[derive(Debug, Clone)]
pub struct AuthorisedDeclaration {
    /// What was checked before.
    pub checked: CheckedDeclaration,
    /// Who pays.
    pub payer: Option<Payer>,
    /// What may be debited today by the power that it is sent by, where that is limited.
    pub limit: Option<PowerLimit>,
    /// True when a person at the secretariat decides first.
    pub at_desk: bool,
    /// Days of validity after approval, the shortest of its goods.
    pub validity_days: Option<u16>,
}

/// Judges the parties. `firm` is the tax number of the signed-in client's firm.
pub fn authorise(
    checked: CheckedDeclaration,
    facts: &AuthorityFacts,
    firm: &str,
    rules: &Rules,
    today: Date,
    findings: &mut Vec<Finding>,
) -> AuthorisedDeclaration {
    judge_parties(&checked, facts, firm, findings);
    let (mut at_desk, mut validity_days) = (false, None::<u16>);
    for (item, position) in checked.items.iter().zip(1..) {
        let Some(gtip) = &item.gtip else { continue };
        let declared = checked.declaration.items.get(position as usize - 1);
        if let (Some(only), Some(chosen), Some(declared)) =
            (rules.bound_on(gtip, today), checked.declaration.secretariat.text(), declared)
            && only != chosen
        {
            let finding = Finding::new(Rule::GoodsBound)
                .at(declared.gtip.place(Field::ItemGtip, position))
                .item(declared.number.text())
                .value(gtip.clone())
                .detail(only);
            findings.push(finding);
        }
        for row in rules.watched_on(gtip, today) {
            at_desk |= row.at_desk;
            validity_days = [validity_days, row.validity_days].into_iter().flatten().min();
        }
    }
    AuthorisedDeclaration { checked, payer: facts.payer, limit: facts.limit, at_desk, validity_days }
}

fn judge_parties(checked: &CheckedDeclaration, facts: &AuthorityFacts, firm: &str, findings: &mut Vec<Finding>) {
    let declaration = &checked.declaration;
    let declarant = declaration.declarant.text();
    let own_declaration = declarant == Some(firm);
    let mut find = |rule: Rule, entry: &crate::declaration::Entry, field: Field| {
        let mut finding = Finding::new(rule).at(entry.place(field, 0));
        finding.value = entry.text().map(ToOwned::to_owned);
        findings.push(finding);
    };
    if declarant.is_some() && !own_declaration {
        find(Rule::NotTheDeclarant, &declaration.declarant, Field::Declarant);
    }
    let secretariat_known = checked.secretariat.is_some();
    if let Some(exporter) = &checked.exporter {
        if !facts.exporter_known {
            find(Rule::ExporterUnknown, &declaration.exporter, Field::Exporter);
        } else if secretariat_known {
            if own_declaration && exporter.as_str() != firm && !facts.power {
                find(Rule::NoPower, &declaration.exporter, Field::Exporter);
            }
            if !facts.member {
                find(Rule::NotMember, &declaration.exporter, Field::Exporter);
            }
        }
    }
    if secretariat_known && own_declaration && !facts.committed {
        find(Rule::NotInCommitment, &declaration.secretariat, Field::Secretariat);
    }
}
