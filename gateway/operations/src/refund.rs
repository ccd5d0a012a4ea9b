//! May a fee be given back, and how much of it?
//!
//! Source: R-3.5 (six months, the part that was not exported), R-3.6, R-3.7 and R-3.9 (which papers), R-3.8 (whose
//! petition), R-3.11 and G-62 (only after confirmation that the export did not take place).

use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State;
use ebirlik_domain::time::day_of;
use ebirlik_store::Store;
use ebirlik_store::cases::{CaseKind, CaseState};
use ebirlik_store::declarations::{Recorded, StoredApproval};
use jiff::Timestamp;
use jiff::civil::Date;

/// An application for a refund, as staff take it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// How much; `None` is all that is left.
    pub amount: Option<Money>,
    /// Tax number of the firm whose petition it is: the exporter where it is not said, or a declarant whose power says so.
    pub applied_by: Option<String>,
    /// When it was applied for; today where it is not said.
    pub applied_on: Option<Date>,
    /// What confirms that the export did not take place, or which part did not.
    pub confirmation: String,
}

impl Application {
    /// What a case keeps of it.
    pub(crate) fn to_json(&self, amount: Money) -> serde_json::Value {
        serde_json::json!({
            "amount": amount.to_string(), "confirmation": self.confirmation,
            "applied_by": self.applied_by, "applied_on": self.applied_on.map(|day| day.to_string()),
        })
    }
}

/// A refund of a declaration's fee, as its parties see it (G-62).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedRefund {
    /// How much was asked for.
    pub amount: Money,
    /// When the secretariat took the application up.
    pub proposed_at: Timestamp,
    /// Waits for a second person, given back, or refused.
    pub state: CaseState,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Why; of what was refused, why it was.
    pub reason: String,
}

/// Every refund of a declaration, in order. The caller has found that its client may see the declaration.
///
/// # Errors
/// When the store does not answer.
pub async fn track(store: &Store, declaration: i64) -> Result<Vec<TrackedRefund>, Fault> {
    let cases = store.list_cases_of(declaration).await?.into_iter();
    let refunds = cases.filter(|case| case.kind == CaseKind::Refund).map(|case| TrackedRefund {
        amount: Money::from_kurus(case.amount_kurus).unwrap_or_default(),
        proposed_at: case.proposed_at,
        state: case.state,
        decided_at: case.decided_at,
        reason: match case.state {
            CaseState::Refused => case.decision_reason.unwrap_or_default(),
            CaseState::Open | CaseState::Done => case.reason,
        },
    });
    Ok(refunds.collect())
}

/// May the firm that applied take the fee back?
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn may_apply(
    store: &Store,
    recorded: &Recorded,
    application: &Application,
    now: Timestamp,
) -> Result<bool, Fault> {
    match application.applied_by.as_deref() {
        None => Ok(true),
        Some(firm) if firm == recorded.exporter => Ok(true),
        Some(firm) if firm == recorded.declarant => {
            let applied_on = application.applied_on.unwrap_or_else(|| day_of(now));
            Ok(store.takes_refunds(&recorded.exporter, firm, &recorded.secretariat, applied_on).await?)
        }
        Some(_) => Ok(false),
    }
}

/// The amount to be given back, or why not.
pub(crate) fn judge(
    recorded: &Recorded,
    stored: Option<&StoredApproval>,
    refunded: Money,
    application: &Application,
    now: Timestamp,
) -> Result<Money, Finding> {
    let Some(stored) = stored else {
        return Err(Finding::new(Rule::RefundTooMuch).detail(Money::ZERO.to_string()));
    };
    let left = stored.approval.price.fee.checked_sub(refunded).unwrap_or_default();
    let amount = application.amount.unwrap_or(left);
    if amount.is_zero() || amount > left {
        return Err(Finding::new(Rule::RefundTooMuch).detail(left.to_string()));
    }
    let has_ended = matches!(recorded.state, State::Withdrawn | State::Cancelled);
    if application.confirmation.trim().is_empty() || (!has_ended && amount == left) {
        // A fee given back as a whole would leave a code that nobody paid for.
        return Err(Finding::new(Rule::ExportNotConfirmed).detail(recorded.state.as_str()));
    }
    let paid_on = day_of(stored.approval.approved_at);
    let applied_on = application.applied_on.unwrap_or_else(|| day_of(now));
    let last = paid_on.saturating_add(jiff::Span::new().months(6)).min(day_of(now));
    if !(paid_on..=last).contains(&applied_on) {
        return Err(Finding::new(Rule::RefundTooLate).value(paid_on.strftime("%d.%m.%Y").to_string()));
    }
    Ok(amount)
}
