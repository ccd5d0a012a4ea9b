//! Whose is a fee? Month by month, what a secretariat took is passed on to the unions that it is of.
//!
//! Source. The union credited is, for each item, a union of the item's sector of which the
//! exporter is a member; else the registering secretariat's own union of that sector; else the exporter's union there. A
//! share of all may go to TİM.

use crate::office::Office;
use crate::reconcile::Month;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::rules::Rules;
use ebirlik_domain::time::day_of;
use ebirlik_store::StoreError;
use ebirlik_store::parties::Membership;
use ebirlik_store::settlements::{FeePosting, Settlement};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// One line of a month's settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What was passed on.
    pub settlement: Settlement,
    /// Booked now, or by the same month before.
    pub is_new: bool,
}

/// Why a month is not settled.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// It has not ended.
    #[error("the month {0} has not ended yet")]
    NotOver(String),
    /// A share above the whole.
    #[error("the share of TIM is at most 1000000 parts per million")]
    Share,
    /// It was settled with other sums.
    #[error("{0}; the month was settled before")]
    Before(String),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Settles a month that has ended: a posting for each secretariat and union, each once. The postings of a month always
/// add up to what was taken in it less what was given back.
///
/// # Errors
/// When the month has not ended, was settled with other sums, or the store fails.
pub async fn settle(office: &Office, month: &Month, tim_ppm: u32) -> Result<Vec<Settled>, SettleError> {
    let (from, until) = month.instants();
    let now = office.clock.now();
    if now.as_microsecond() < until {
        return Err(SettleError::NotOver(month.text()));
    }
    if tim_ppm > PARTS {
        return Err(SettleError::Share);
    }
    let sums = sums(office, (from, until), tim_ppm).await?;
    let mut settled = Vec::new();
    for ((from, to, union_code), kurus) in sums.into_iter().filter(|(_, kurus)| *kurus != 0) {
        let reference = format!("SETTLE-{}-{from}-{union_code}", month.text());
        let settlement = Settlement { from, to, union_code, kurus, reference };
        let is_new = office.store.settle_union(&settlement, &office.ids, now).await.map_err(|error| match error {
            StoreError::Conflict(told) => SettleError::Before(told),
            error => SettleError::Fault(error.into()),
        })?;
        settled.push(Settled { settlement, is_new });
    }
    Ok(settled)
}

/// Registering secretariat, the union's secretariat, the union.
type Debt = (String, String, String);

async fn sums(office: &Office, (from, until): (i64, i64), tim_ppm: u32) -> Result<BTreeMap<Debt, i64>, Fault> {
    let rules = office.rules();
    // Row numbers are microseconds and eight bits of the server.
    let (mut after, before) = ((from << 8) - 1, until << 8);
    let mut memberships: HashMap<String, Vec<Membership>> = HashMap::new();
    let mut sums: BTreeMap<Debt, i64> = BTreeMap::new();
    loop {
        let postings = office.store.list_fee_postings(after, before, PAGE).await?;
        let Some(last) = postings.last() else { return Ok(sums) };
        after = last.id;
        for posting in postings {
            if !memberships.contains_key(&posting.exporter) {
                let rows = office.store.rows_at(&posting.exporter, i64::MAX).await?;
                memberships.insert(posting.exporter.clone(), rows);
            }
            let known = memberships.get(&posting.exporter).map(Vec::as_slice).unwrap_or_default();
            let day =
                Timestamp::from_microsecond(posting.id >> 8).map_or_else(|_| office.clock.today(), day_of).to_string();
            let member: Vec<&str> = known
                .iter()
                .filter(|row| row.valid_from <= day && (row.valid_to.is_empty() || day <= row.valid_to))
                .map(|row| row.union_code.as_str())
                .collect();
            for (union_code, kurus) in shares(&rules, &posting, &member, tim_ppm) {
                let to = rules.unions.get(&union_code).cloned().unwrap_or_else(|| posting.secretariat.clone());
                let to = if union_code == TIM { TIM.to_owned() } else { to };
                *sums.entry((posting.secretariat.clone(), to, union_code)).or_default() += kurus;
            }
        }
    }
}

/// What of one posting is whose, in kuruş; all of it, to the last one.
fn shares(rules: &Rules, posting: &FeePosting, member: &[&str], tim_ppm: u32) -> Vec<(String, i64)> {
    let tim = i128::from(posting.kurus) * i128::from(tim_ppm) / i128::from(PARTS);
    let tim = i64::try_from(tim).unwrap_or_default();
    let whole: i64 = posting.items.iter().map(|item| item.fee.kurus()).sum();
    let (mut left, mut weight_left) = (posting.kurus - tim, whole);
    let mut shares = vec![(TIM.to_owned(), tim)];
    for item in &posting.items {
        let union_code = credited(rules, &item.sector, &posting.secretariat, member);
        let weight = item.fee.kurus();
        // What is left is shared by the weights that are left, so that nothing remains.
        let part = if weight_left == 0 { left } else { i128_share(left, weight, weight_left) };
        (left, weight_left) = (left - part, weight_left - weight);
        shares.push((union_code, part));
    }
    shares
}

fn i128_share(kurus: i64, weight: i64, whole: i64) -> i64 {
    i64::try_from(i128::from(kurus) * i128::from(weight) / i128::from(whole)).unwrap_or_default()
}

/// The union that an item of a sector counts for.
fn credited(rules: &Rules, sector: &str, secretariat: &str, member: &[&str]) -> String {
    let works_in = |union: &&str| rules.union_sectors.get(*union).is_some_and(|found| found == sector);
    let sits_at = |union: &&str| rules.unions.get(*union).is_some_and(|found| found == secretariat);
    let own = member.iter().copied().find(works_in);
    let here = || rules.unions.keys().map(String::as_str).find(|union| sits_at(union) && works_in(union));
    let joined = || member.iter().copied().find(sits_at);
    own.or_else(here).or_else(joined).unwrap_or(secretariat).to_owned()
}

/// The assembly of all unions, as the holder of a share.
const TIM: &str = "TIM";
/// Parts of the whole.
const PARTS: u32 = 1_000_000;
/// Postings of one page.
const PAGE: u32 = 1_000;
