//! Record numbers, codes and answers for what a batch approves, and the rows that keep them.

use super::decide::{Known, Outcome, Terms, Writes};
use super::rows::{ApprovalRow, TransferRow};
use super::{Job, Settled, Settlement, WriterSettings};
use crate::events::EventRow;
use crate::parties::Basis;
use crate::{DeclarationKey, StoreError, detail};
use ebirlik_domain::decision::Approval;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::day_of;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// Draws numbers and codes for what is approved, and makes the rows and answers.
pub(super) struct Sealing<'a> {
    pub(super) settings: &'a WriterSettings,
    pub(super) now: Timestamp,
    /// What the batch was judged by.
    pub(super) basis: Basis,
    pub(super) collision: u32,
    /// The last record number drawn, per secretariat.
    pub(super) numbers: HashMap<String, i64>,
    pub(super) income: &'a HashMap<String, i64>,
    pub(super) replays: HashMap<DeclarationKey, Arc<Approval>>,
    pub(super) results: Vec<Settled>,
    pub(super) approvals: Vec<ApprovalRow<'a>>,
    pub(super) transfers: Vec<TransferRow>,
}

impl<'a> Sealing<'a> {
    pub(super) fn seal(
        &mut self,
        job: &'a Job,
        known: Option<&Known>,
        outcome: Outcome,
        writes: &mut Writes<'_>,
    ) -> Result<(), StoreError> {
        let missing = |what: &'static str| StoreError::Inconsistent {
            table: "approval",
            column: what,
            value: job.settlement.reference.clone(),
        };
        let settled = match outcome {
            Outcome::Done(settled) => settled,
            Outcome::Replay(key) => {
                Settled::Approved(Arc::clone(self.replays.get(&key).ok_or_else(|| missing("declaration_id"))?))
            }
            Outcome::SameAs(index) => self.results.get(index).cloned().ok_or_else(|| missing("declaration_id"))?,
            Outcome::Approve(terms) => {
                let known = known.ok_or_else(|| missing("version"))?;
                Settled::Approved(
                    self.approve(&job.settlement, known, terms, writes).ok_or_else(|| missing("record_no"))?,
                )
            }
        };
        self.results.push(settled);
        Ok(())
    }

    fn approve(
        &mut self,
        settlement: &'a Settlement,
        known: &Known,
        terms: Terms,
        writes: &mut Writes<'_>,
    ) -> Option<Arc<Approval>> {
        let (settings, today) = (self.settings, day_of(self.now));
        let number = self.numbers.get_mut(settlement.secretariat.as_str())?;
        *number += 1;
        let record_no = format!("{:02}{}{number:09}", today.year().rem_euclid(100), settlement.secretariat);
        let valid_until = settlement.validity_days.map(|days| today.saturating_add(jiff::Span::new().days(days)));
        let approval = Approval {
            reference: settlement.reference.clone(),
            version: known.version,
            secretariat: settlement.secretariat.clone(),
            record_no,
            code: settings.seal.code(&settlement.statement, self.collision),
            approved_at: self.now,
            valid_until,
            kind: terms.kind,
            price: Arc::clone(&settlement.price),
            balance: terms.balance,
            notices: terms.notices,
        };
        let fee = approval.price.fee;
        self.approvals.push(ApprovalRow {
            declaration_id: known.id,
            version: known.version,
            code: approval.code.clone(),
            collision: self.collision,
            record_no: approval.record_no.clone(),
            kind: terms.kind.as_str(),
            approved_at: self.now.as_microsecond(),
            valid_until: valid_until.map(|day| day.to_string()),
            fee_kurus: fee.kurus(),
            fob_try_kurus: approval.price.fob_try.kurus(),
            account_id: terms.account,
            balance_kurus: terms.balance.map(Money::kurus),
            detail: &settlement.detail.bytes,
            dictionary: settlement.detail.dictionary,
            notices: detail::of_notices(&approval.notices),
            renderer: settings.seal.renderer(),
            answer_digest: settings.seal.answer_digest(&approval),
            basis: self.basis,
        });
        if let Some(account) = terms.account {
            self.transfers.push(TransferRow {
                id: settings.ids.next(self.now),
                debit_account: account,
                credit_account: *self.income.get(&settlement.secretariat)?,
                amount_kurus: fee.kurus(),
                declaration_id: known.id,
                booked_at: self.now.as_microsecond(),
            });
        }
        let body = serde_json::json!({
            "version": known.version, "code": approval.code, "record_no": approval.record_no,
            "kind": terms.kind.as_str(), "fee": fee.to_string(), "by": settlement.sent_by,
        });
        let id = settings.ids.next(self.now);
        writes.events.push(EventRow::new(id, "declaration.approved", Some(known.id), terms.account, self.now, &body));
        Some(Arc::new(approval))
    }
}
