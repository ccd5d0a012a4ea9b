//! What would a change have come to? Declarations that were approved already, judged on the change's first day with the
//! tables as they are and as they would be.

use super::table::Cells;
use crate::explain::bulletin_used;
use crate::office::Office;
use crate::rules::with_tables;
use ebirlik_domain::authority::{AuthorityFacts, authorise};
use ebirlik_domain::check::{CheckedDeclaration, check};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_domain::price::price;
use ebirlik_domain::rules::Rules;
use ebirlik_message::content;
use ebirlik_store::approved::ApprovedContent;
use ebirlik_store::changes::ChangedRows;
use ebirlik_store::history::HistoryRow;
use ebirlik_store::parties::{Commitment, Membership};
use ebirlik_store::register::{RegisterFilter, RegisterList, RegisterRow};
use ebirlik_store::rules::DatedRows;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a change comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The day on which everything was judged: the first on which all of the change holds.
    pub day: Date,
    /// Approvals that were looked through, the newest first.
    pub looked_through: usize,
    /// When the oldest of them was approved.
    pub since: Option<Timestamp>,
    /// Those that the change is about: at most [`JUDGED_MAX`].
    pub judged: usize,
    /// How they come out as the tables are.
    pub before: Side,
    /// How they would come out.
    pub after: Side,
    /// Those that come out otherwise.
    pub differ: usize,
    /// The largest differences, at most [`DIFFERENCES_MAX`].
    pub differences: Vec<Difference>,
}

/// Declarations together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Side {
    /// Their fees.
    pub fee: Money,
    /// How many would be refused.
    pub refused: usize,
    /// How many would wait at the desk.
    pub at_desk: usize,
}

/// A declaration that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Declarant's tax number.
    pub declarant: String,
    /// Its reference.
    pub reference: String,
    /// As the tables are.
    pub before: Outcome,
    /// As they would be.
    pub after: Outcome,
}

/// How one declaration comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its fee; none where it is refused.
    pub fee: Option<Money>,
    /// Whether a person decides first.
    pub at_desk: bool,
    /// Days that its approval is valid, where its goods have a term.
    pub validity_days: Option<u16>,
    /// Codes of what is wrong with it.
    pub codes: Vec<&'static str>,
}

/// The tables on one side of a change.
struct Tables {
    rules: Rules,
    /// None where the change is not about them.
    memberships: Option<Vec<Membership>>,
    commitments: Option<Vec<Commitment>>,
}

/// Judges what was approved before and after a change; none where these rows change no decision.
pub(super) async fn preview(office: &Office, changed: &ChangedRows, day: Date) -> Result<Option<Preview>, Fault> {
    if matches!(changed, ChangedRows::Holidays(_) | ChangedRows::Payers(_) | ChangedRows::ContactOffices(_)) {
        return Ok(None);
    }
    let before = Tables { rules: rules(office.store.dated_rows().await?)?, memberships: None, commitments: None };
    let (before, after) = both_sides(office, changed, before).await?;
    let sides = Arc::new((before, after, changed.clone()));
    let mut found = Found::default();
    let mut oldest = i64::MAX;
    while found.looked_through < LOOKED_THROUGH_MAX && found.outcomes.len() < JUDGED_MAX {
        let page = office.store.list_latest_approved(oldest, PAGE).await?;
        let Some(last) = page.last() else { break };
        oldest = last.id;
        let is_last = page.len() < PAGE as usize;
        let sides = Arc::clone(&sides);
        let judging = tokio::task::spawn_blocking(move || {
            found.judge(page, &sides, day);
            found
        });
        found = judging.await.map_err(|_| Fault::Unavailable)?;
        if is_last {
            break;
        }
    }
    found.sum_up(day).map(Some)
}

/// The first day on which all of a change holds: the latest of those on which a row begins to say something else.
pub(super) fn day(rows: &[Cells], before: &[Cells]) -> Date {
    let begins = rows.iter().filter_map(|row| {
        let (from, to) = (row.get("valid_from"), row.get("valid_to"));
        let stood = before.iter().find(|stood| Cells::clone(stood).with("valid_to", to) == *row);
        // A row that only ends on another day says something else from the day after the earlier end on.
        let ends = stood.map(|stood| [stood.get("valid_to"), to].into_iter().filter(|day| !day.is_empty()).min());
        match ends.flatten() {
            Some(end) => end.parse::<Date>().ok()?.tomorrow().ok(),
            None => from.parse().ok(),
        }
    });
    begins.max().unwrap_or(Date::MIN)
}

/// Everything as it is, and with the changed rows in their places.
async fn both_sides(office: &Office, changed: &ChangedRows, before: Tables) -> Result<(Tables, Tables), Fault> {
    let mut rows = office.store.dated_rows().await?;
    let (mut before, mut memberships, mut commitments) = (before, None, None);
    match changed {
        ChangedRows::Rates(changed) => merge(&mut rows.fee_rates, changed),
        ChangedRows::Regimes(changed) => merge(&mut rows.regime_rules, changed),
        ChangedRows::Exemptions(changed) => merge(&mut rows.exemptions, changed),
        ChangedRows::WatchedGoods(changed) => merge(&mut rows.watched, changed),
        ChangedRows::BoundGoods(changed) => merge(&mut rows.bound, changed),
        ChangedRows::Memberships(new) => {
            let stood = of_firms(office, RegisterList::Memberships, changed).await?;
            let stood: Vec<Membership> = stood.into_iter().map(membership).collect();
            let mut all = stood.clone();
            merge(&mut all, new);
            (before.memberships, memberships) = (Some(stood), Some(all));
        }
        ChangedRows::Commitments(new) => {
            let stood = of_firms(office, RegisterList::Commitments, changed).await?;
            let stood: Vec<Commitment> = stood.into_iter().map(commitment).collect();
            let mut all = stood.clone();
            merge(&mut all, new);
            (before.commitments, commitments) = (Some(stood), Some(all));
        }
        ChangedRows::Holidays(_) | ChangedRows::Payers(_) | ChangedRows::ContactOffices(_) => {}
    }
    Ok((before, Tables { rules: rules(rows)?, memberships, commitments }))
}

/// The rules with these rows, whatever the tariff: what was approved was in it.
fn rules(rows: DatedRows) -> Result<Rules, Fault> {
    with_tables(rows.into_tables()?).map_err(|error| {
        tracing::error!(%error, "the rules cannot be read");
        Fault::Unavailable
    })
}

async fn of_firms(office: &Office, list: RegisterList, changed: &ChangedRows) -> Result<Vec<RegisterRow>, Fault> {
    let mut rows = Vec::new();
    for firm in changed.firms() {
        let filter = RegisterFilter { firm: firm.to_owned(), ..RegisterFilter::default() };
        rows.extend(office.store.list_register(list, &filter, PAGE, 0).await?.0);
    }
    Ok(rows)
}

/// Puts each changed row in the place of the stored one that it is.
fn merge<R: HistoryRow + Clone>(rows: &mut Vec<R>, changed: &[R]) {
    let keys: BTreeSet<String> = changed.iter().map(HistoryRow::key).collect();
    rows.retain(|row| !keys.contains(&row.key()));
    rows.extend_from_slice(changed);
}

fn membership(row: RegisterRow) -> Membership {
    let RegisterRow { tax_no: firm, union_code, secretariat, valid_from, valid_to, registry_no, .. } = row;
    Membership { firm, union_code, secretariat, valid_from, valid_to, registry_no }
}

fn commitment(row: RegisterRow) -> Commitment {
    let RegisterRow { tax_no: firm, secretariat, valid_from, valid_to, .. } = row;
    Commitment { firm, secretariat, valid_from, valid_to }
}

/// Whether a change is about a declaration.
fn concerns(changed: &ChangedRows, approved: &ApprovedContent, checked: &CheckedDeclaration, rules: &Rules) -> bool {
    let secretariat = &approved.stored.approval.secretariat;
    let mut goods = checked.items.iter().filter_map(|item| item.gtip.as_deref());
    match changed {
        ChangedRows::Rates(rows) => {
            goods.any(|gtip| rules.sector_of(gtip).is_some_and(|sector| rows.iter().any(|row| row.sector == sector)))
        }
        ChangedRows::Regimes(rows) => {
            let regime = checked.declaration.regime.text();
            rows.iter().any(|row| Some(row.regime.as_str()) == regime)
        }
        ChangedRows::WatchedGoods(rows) => goods.any(|gtip| rows.iter().any(|row| gtip.starts_with(&row.gtip_prefix))),
        ChangedRows::BoundGoods(rows) => goods.any(|gtip| rows.iter().any(|row| gtip.starts_with(&row.gtip_prefix))),
        ChangedRows::Memberships(rows) => {
            rows.iter().any(|row| row.firm == approved.exporter && row.secretariat == *secretariat)
        }
        ChangedRows::Commitments(rows) => {
            rows.iter().any(|row| row.firm == approved.declarant && row.secretariat == *secretariat)
        }
        ChangedRows::Exemptions(_) => true,
        ChangedRows::Holidays(_) | ChangedRows::Payers(_) | ChangedRows::ContactOffices(_) => false,
    }
}

impl Tables {
    fn facts(&self, approved: &ApprovedContent, day: Date) -> AuthorityFacts {
        let (day, secretariat) = (day.to_string(), approved.stored.approval.secretariat.as_str());
        let holds = |from: &str, to: &str| from <= day.as_str() && (to.is_empty() || day.as_str() <= to);
        let member = self.memberships.as_ref().is_none_or(|rows| {
            let mut own = rows.iter().filter(|row| row.firm == approved.exporter && row.secretariat == secretariat);
            own.any(|row| holds(&row.valid_from, &row.valid_to))
        });
        let committed = self.commitments.as_ref().is_none_or(|rows| {
            let mut own = rows.iter().filter(|row| row.firm == approved.declarant && row.secretariat == secretariat);
            own.any(|row| holds(&row.valid_from, &row.valid_to))
        });
        AuthorityFacts { exporter_known: true, member, power: true, committed, payer: None, limit: None }
    }

    /// How a declaration comes out on a day; what was free of findings when it was approved still is but for these tables.
    fn outcome(&self, approved: &ApprovedContent, day: Date) -> (Outcome, CheckedDeclaration) {
        let mut findings = Vec::new();
        let checked = check(content::declaration(&approved.content), &self.rules, day, &mut findings);
        let facts = self.facts(approved, day);
        let judged = authorise(checked.clone(), &facts, &approved.declarant, &self.rules, day, &mut findings);
        let (at_desk, validity_days) = (judged.at_desk, judged.validity_days);
        let bulletin = bulletin_used(&approved.stored);
        let priced = price(judged, bulletin.as_ref(), &self.rules, day, &mut findings);
        let mut codes: Vec<&'static str> = findings.iter().map(|finding| finding.code().as_str()).collect();
        codes.dedup();
        // A sector without a rate on the day: nobody could be approved.
        let fee = priced.ok().flatten().filter(|_| codes.is_empty()).map(|priced| priced.price.fee);
        (Outcome { fee, at_desk, validity_days, codes }, checked)
    }
}

/// What was judged so far.
#[derive(Default)]
struct Found {
    looked_through: usize,
    since: Option<Timestamp>,
    outcomes: Vec<Difference>,
}

impl Found {
    fn judge(&mut self, page: Vec<ApprovedContent>, sides: &(Tables, Tables, ChangedRows), day: Date) {
        let (before, after, changed) = sides;
        for approved in page {
            if self.outcomes.len() >= JUDGED_MAX {
                return;
            }
            self.looked_through += 1;
            self.since = Some(approved.stored.approval.approved_at);
            let (stood, checked) = before.outcome(&approved, day);
            if !concerns(changed, &approved, &checked, &before.rules) {
                continue;
            }
            let (comes, _) = after.outcome(&approved, day);
            self.outcomes.push(Difference {
                reference: approved.stored.approval.reference.clone(),
                declarant: approved.declarant,
                before: stood,
                after: comes,
            });
        }
    }

    fn sum_up(self, day: Date) -> Result<Preview, Fault> {
        let side = |of: fn(&Difference) -> &Outcome| {
            self.outcomes.iter().map(of).try_fold(Side::default(), |mut side, outcome| {
                side.fee = side.fee.checked_add(outcome.fee.unwrap_or_default())?;
                side.refused += usize::from(outcome.fee.is_none());
                side.at_desk += usize::from(outcome.at_desk);
                Some(side)
            })
        };
        let before = side(|found| &found.before).ok_or(Fault::Unavailable)?;
        let after = side(|found| &found.after).ok_or(Fault::Unavailable)?;
        let judged = self.outcomes.len();
        let mut differences = self.outcomes;
        differences.retain(|found| found.before != found.after);
        differences.sort_by_key(|found| std::cmp::Reverse(found.moved()));
        let differ = differences.len();
        differences.truncate(DIFFERENCES_MAX);
        let (looked_through, since) = (self.looked_through, self.since);
        Ok(Preview { day, looked_through, since, judged, before, after, differ, differences })
    }
}

impl Difference {
    /// By how many kuruş the fee differs; what is refused on one side differs by the whole of it.
    fn moved(&self) -> u64 {
        let kurus = |outcome: &Outcome| outcome.fee.unwrap_or_default().kurus();
        kurus(&self.before).abs_diff(kurus(&self.after))
    }
}

/// Approvals that are looked through at most.
pub const LOOKED_THROUGH_MAX: usize = 5_000;
/// Approvals that are judged on both sides at most.
pub const JUDGED_MAX: usize = 1_000;
/// Differences that are told one by one.
pub const DIFFERENCES_MAX: usize = 10;
/// Approvals read at a time.
const PAGE: u32 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_judged_on_the_first_day_on_which_all_of_it_holds() {
        let row = |from: &str, to: &str, rate: &str| {
            Cells::of([("sector_code", "FINDIK"), ("rate_e4", rate), ("valid_from", from), ("valid_to", to)])
        };
        let stood = [row("2024-01-01", "", "3")];
        let check = |rows: &[Cells], expected: &str| assert_eq!(day(rows, &stood).to_string(), expected);
        check(&[row("2027-01-01", "", "4"), row("2024-01-01", "2026-12-31", "3")], "2027-01-01");
        check(&[row("2024-01-01", "2026-12-31", "3")], "2027-01-01");
        check(&[row("2024-01-01", "", "4")], "2024-01-01");
    }
}
