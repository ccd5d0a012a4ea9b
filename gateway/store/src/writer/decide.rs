//! What does one declaration of a batch come to, given all that came before it?
//!
//! Pure: states and balances come from the transaction, and what must be written goes back to it.

use super::rows::{LimitedPower, VersionRow};
use super::{Job, Settled, Settlement, Tender, WriterSettings};
use crate::DeclarationKey;
use crate::events::EventRow;
use crate::parties::Basis;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{ApprovalKind, Awaits, Pending};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::{Move, State};
use ebirlik_domain::time::day_of;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A declaration of the batch that the store knows, or that came earlier in this batch.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) state: State,
    pub(super) version: u32,
    pub(super) cleared_version: u32,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) digest: Vec<u8>,
    pub(super) is_new: bool,
    /// The settlement of this batch that the row carries; none while the batch left it alone.
    pub(super) settlement: Option<usize>,
}

/// What one declaration of the batch comes to, before numbers and codes are drawn.
pub(super) enum Outcome {
    Done(Settled),
    /// The approval stands in the store; it must be read.
    Replay(DeclarationKey),
    /// To be approved on these terms.
    Approve(Terms),
    /// The twin of an approval of this batch.
    SameAs(usize),
}

/// How an approval is paid.
pub(super) struct Terms {
    pub(super) kind: ApprovalKind,
    pub(super) account: Option<i64>,
    /// Balance of that account after the debit.
    pub(super) balance: Option<Money>,
    pub(super) notices: Vec<Finding>,
}

/// Rows that deciding itself gives.
#[derive(Default)]
pub(super) struct Writes<'a> {
    pub(super) versions: Vec<VersionRow<'a>>,
    pub(super) debits: BTreeMap<i64, i64>,
    pub(super) events: Vec<EventRow>,
    /// What is debited by each power that has a daily limit, and that limit.
    pub(super) spendings: BTreeMap<LimitedPower<'a>, (i64, i64)>,
}

/// What can be spent, in kuruş, as it stands after each decision.
pub(super) struct Funds<'a> {
    /// Of each account.
    pub(super) balances: HashMap<i64, i64>,
    /// What was debited today by each power that has a daily limit.
    pub(super) spent: HashMap<LimitedPower<'a>, i64>,
}

/// The power whose daily limit a settlement counts against.
pub(super) fn limited_power(settlement: &Settlement) -> Option<LimitedPower<'_>> {
    let limit = settlement.limit?;
    Some(LimitedPower {
        exporter: &settlement.exporter,
        declarant: &settlement.declarant,
        secretariat: if limit.everywhere { "*" } else { &settlement.secretariat },
        valid_from: limit.valid_from,
    })
}

/// What one declaration comes to, given all that came before it.
pub(super) fn decide<'a>(
    settings: &WriterSettings,
    index: usize,
    job: &'a Job,
    (now, basis): (Timestamp, Basis),
    known: &mut HashMap<DeclarationKey, Known>,
    funds: &mut Funds<'a>,
    writes: &mut Writes<'a>,
) -> Outcome {
    let settlement = &job.settlement;
    let before = known.get(&job.key);
    if let Some(before) = before {
        match before.state {
            State::Withdrawn | State::Cancelled => {
                return Outcome::Done(Settled::Ended { state: before.state, at: before.ended_at });
            }
            State::Approved | State::Registered if before.digest != settlement.digest => {
                return Outcome::Done(Settled::Changed);
            }
            State::Approved | State::Registered => {
                return before.settlement.map_or(Outcome::Replay(job.key), Outcome::SameAs);
            }
            State::WaitingPayment | State::AtDesk => {}
        }
    }
    let moved_on = settlement.expected_version.is_some_and(|expected| before.is_none_or(|b| b.version != expected));
    if moved_on || settlement.day != day_of(now) || settlement.basis.is_some_and(|judged_by| judged_by != basis) {
        return Outcome::Done(Settled::Stale);
    }
    let same = before.is_some_and(|before| before.digest == settlement.digest);
    let version = before.map_or(1, |before| if same { before.version } else { before.version + 1 });
    let cleared = before.is_some_and(|before| before.cleared_version == version);
    // What waits for a person keeps waiting; what became watched meanwhile goes there, unless a person let it pass.
    let waits = same && before.is_some_and(|before| before.state == State::AtDesk);
    let at_desk = (waits || settlement.at_desk) && !cleared;
    let id = before.map_or_else(|| settings.ids.next(now), |before| before.id);
    let is_new = before.is_none_or(|before| before.is_new);
    let cleared_version = before.map_or(0, |before| before.cleared_version);
    if !same {
        writes.versions.push(VersionRow {
            declaration_id: id,
            version,
            digest: &settlement.digest,
            content: &settlement.content.bytes,
            dictionary: settlement.content.dictionary,
            sent_by: &settlement.sent_by,
            sent_at: now.as_microsecond(),
        });
    }
    let outcome = if at_desk {
        Outcome::Done(pending(settlement, version, Awaits::Desk, vec![Finding::new(Rule::AtDesk)]))
    } else if settlement.hold {
        Outcome::Done(pending(settlement, version, Awaits::Payment, Vec::new()))
    } else {
        pay(settings, settlement, version, funds, writes)
    };
    // A version that is approved as it comes is one event: the approval's.
    if !same && !matches!(outcome, Outcome::Approve(_)) {
        let body = serde_json::json!({ "version": version, "by": settlement.sent_by });
        writes.events.push(EventRow::new(settings.ids.next(now), "declaration.recorded", Some(id), None, now, &body));
    }
    let step = match &outcome {
        Outcome::Approve(_) => Move::Approve,
        Outcome::Done(Settled::Pending(pending)) if pending.awaits == Awaits::Desk => Move::SendToDesk,
        _ => Move::Resubmit,
    };
    // A new declaration begins as one that waits; from every waiting state each of these moves exists.
    let from = before.map_or(State::WaitingPayment, |before| before.state);
    let state = from.after(step).unwrap_or(from);
    let after = Known {
        id,
        state,
        version,
        cleared_version,
        ended_at: None,
        digest: settlement.digest.to_vec(),
        is_new,
        settlement: Some(index),
    };
    known.insert(job.key, after);
    outcome
}

/// Free, debited, over the power's daily limit, short, or nobody agreed to pay.
fn pay<'a>(
    settings: &WriterSettings,
    settlement: &'a Settlement,
    version: u32,
    funds: &mut Funds<'a>,
    writes: &mut Writes<'a>,
) -> Outcome {
    let fee = settlement.price.fee;
    if fee.is_zero() {
        let notices = settlement.notices.clone();
        return Outcome::Approve(Terms { kind: ApprovalKind::Free, account: None, balance: None, notices });
    }
    let kind = match settlement.tender {
        Tender::Received { kind, account } => {
            let notices = settlement.notices.clone();
            return Outcome::Approve(Terms { kind, account: Some(account), balance: None, notices });
        }
        Tender::Account { kind } => kind,
    };
    let payer = settlement.payer.filter(|payer| payer.automatic);
    let Some((payer, balance)) = payer.and_then(|payer| Some((payer, funds.balances.get_mut(&payer.account)?))) else {
        return Outcome::Done(pending(
            settlement,
            version,
            Awaits::Payment,
            vec![Finding::new(Rule::NoAutomaticDebit)],
        ));
    };
    let limited = limited_power(settlement).zip(settlement.limit).map(|(power, limit)| (power, limit.most.kurus()));
    if let Some((power, most)) = limited {
        let spent = funds.spent.entry(power).or_default();
        let open = Money::from_kurus(most - *spent).unwrap_or_default();
        if fee > open {
            let notice = Finding::new(Rule::DailyLimit).value(open.to_string()).detail(open.to_string());
            return Outcome::Done(pending(settlement, version, Awaits::Payment, vec![notice]));
        }
    }
    let Some(left) = Money::from_kurus(*balance).and_then(|balance| balance.checked_sub(fee)) else {
        let missing = Money::from_kurus(fee.kurus() - *balance).unwrap_or(fee);
        let notice = Finding::new(Rule::AccountShort).value(missing.to_string()).detail(missing.to_string());
        return Outcome::Done(pending(settlement, version, Awaits::Payment, vec![notice]));
    };
    *balance = left.kurus();
    if let Some((power, most)) = limited {
        *funds.spent.entry(power).or_default() += fee.kurus();
        let spending = writes.spendings.entry(power).or_default();
        *spending = (spending.0 + fee.kurus(), most);
    }
    *writes.debits.entry(payer.account).or_default() += fee.kurus();
    let mut notices = settlement.notices.clone();
    // Money paid by card goes as it came: its account need not hold any.
    if kind == ApprovalKind::CurrentAccount && left < settings.low_balance {
        notices.push(Finding::new(Rule::BalanceLow).value(left.to_string()).detail(left.to_string()));
    }
    Outcome::Approve(Terms { kind, account: Some(payer.account), balance: Some(left), notices })
}

fn pending(settlement: &Settlement, version: u32, awaits: Awaits, reasons: Vec<Finding>) -> Settled {
    let mut notices = settlement.notices.clone();
    notices.extend(reasons);
    Settled::Pending(Pending {
        reference: settlement.reference.clone(),
        version,
        secretariat: settlement.secretariat.clone(),
        awaits,
        price: Arc::clone(&settlement.price),
        notices,
    })
}
