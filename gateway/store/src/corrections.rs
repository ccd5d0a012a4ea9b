//! What becomes of a declaration after its approval: cancelled, corrected, its fee given back, its number bound anew;
//! and what the desk lets pass before it.
//!
//! Nothing is edited: a correction is a version and an approval more, money moves by further transfers. Each fact closes
//! its case in the same transaction.

use crate::accounts::{BALANCE, CREDIT};
use crate::cases::{Case, save_case};
use crate::connection::{on, read, retrying};
use crate::declarations::{APPROVAL, ApprovalRow, END, STATE_FOR_UPDATE_BY_ID, StoredApproval, parse_state};
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::packed::Packed;
use crate::parties::Basis;
use crate::sql::statements;
use crate::writer::Seal;
use crate::{Ids, Store, detail};
use crypto_code::StatementBytes;
use ebirlik_domain::decision::{Approval, ApprovalKind};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::price::Price;
use ebirlik_domain::state::{Move, State};
use ebirlik_domain::time::Clock;
use std::sync::Arc;

statements! {
    CLEAR = "update declaration set state = $2, cleared_version = version where id = $1 and version = $3";
    SET_VERSION = "update declaration set version = $2, digest = $3 where id = $1";
    SAVE_VERSION = "insert into declaration_version (declaration_id, version, digest, content, dictionary, sent_by, sent_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    SAVE_APPROVAL = "insert into approval (declaration_id, version, code, collision, record_no, kind, approved_at,
            valid_until, fee_kurus, fob_try_kurus, account_id, balance_kurus, detail, dictionary, notices, renderer,
            answer_digest, kept, tables_version, parties_version)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    PAID_FROM = "select approval.account_id, account.kind from approval join account on account.id = approval.account_id
        where declaration_id = $1 order by version desc limit 1";
    DEBIT = "update account set balance_kurus = balance_kurus - $2
        where id = $1 and kind = 'current' and balance_kurus >= $2";
    BOOK = "insert into transfer (id, kind, debit_account, credit_account, amount_kurus, declaration_id, booked_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    REFUNDED = "select cast(coalesce(sum(amount_kurus), 0) as bigint) from refund where declaration_id = $1";
    SAVE_REFUND = "insert into refund (id, declaration_id, case_id, transfer_id, amount_kurus, refunded_at)
        values ($1, $2, $3, $4, $5, $6)";
    SAME_REFUND = "select exists (select 1 from staff_case where declaration_id = $1 and kind = 'refund' and state = 'done'
        and subject = $2 and reason = $3 and proof = $4 and id <> $5)";
    END_REGISTRATION = "update registration set ended_at = $2 where declaration_id = $1 and ended_at is null";
    REGISTER_ANEW = "insert into registration (registration_no, declaration_id, code, registered_at, registered_by, exited_at)
        select $1, $2, $3, $4, $5, min(exited_at) from registration where declaration_id = $2
        on conflict (registration_no) do update set ended_at = null, code = excluded.code, exited_at = excluded.exited_at
            where registration.declaration_id = excluded.declaration_id";
    SET_REGISTRATION = "update declaration set registration_no = $2 where id = $1";
}

/// What became of a staff act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done<T> {
    /// It is done.
    Done(T),
    /// From this state it cannot be.
    NotFrom(State),
    /// Another version stands by now.
    Overtaken,
    /// The account holds too little by this much.
    Short(Money),
    /// At most this much can be given back.
    TooMuch(Money),
    /// The registration number stands for another declaration.
    NumberTaken,
}

impl<T> Done<T> {
    /// The same with another result.
    pub fn map<U>(self, result: impl FnOnce(T) -> U) -> Done<U> {
        match self {
            Self::Done(done) => Done::Done(result(done)),
            Self::NotFrom(state) => Done::NotFrom(state),
            Self::Overtaken => Done::Overtaken,
            Self::Short(missing) => Done::Short(missing),
            Self::TooMuch(most) => Done::TooMuch(most),
            Self::NumberTaken => Done::NumberTaken,
        }
    }
}

/// Other content for an approved declaration, judged and priced.
#[derive(Debug, Clone)]
pub struct Correction {
    /// The version that was judged to be wrong.
    pub from_version: u32,
    /// The new content.
    pub content: Packed,
    /// Its digest.
    pub digest: [u8; 32],
    /// What its code binds; `None` where that is as before, so that the code stays.
    pub statement: Option<StatementBytes>,
    /// The price by the rules and rates of the day of approval.
    pub price: Arc<Price>,
    /// What is kept of it.
    pub detail: Packed,
    /// What the sender should know.
    pub notices: Vec<Finding>,
    /// What it was judged by.
    pub basis: Basis,
    /// Pays what is more, where the approval was free.
    pub payer: Option<i64>,
    /// User code under which the version is kept.
    pub sent_by: String,
}

/// What a correction came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// The approval as it stands now.
    pub approval: Approval,
    /// The code before; the same where the statement did not change.
    pub code_before: String,
    /// What was charged on top.
    pub charged: Money,
    /// What was given back.
    pub returned: Money,
}

/// What a correction needs to know from its transaction before it writes.
struct Before {
    stored: StoredApproval,
    /// Where the fee came from.
    account: Option<i64>,
    is_current: bool,
}

/// How a fee changes.
struct Difference {
    charged: Money,
    returned: Money,
}

impl Difference {
    fn between(before: Money, after: Money) -> Self {
        Self {
            charged: after.checked_sub(before).unwrap_or_default(),
            returned: before.checked_sub(after).unwrap_or_default(),
        }
    }
}

impl Store {
    /// The desk lets a version of a declaration of watched goods pass to payment.
    ///
    /// # Errors
    /// When the database cannot take it; `Conflict` when the case was decided before.
    pub async fn release(
        &self,
        case: &Case,
        version: u32,
        ids: &Ids,
        clock: &dyn Clock,
    ) -> Result<Done<()>, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let state: String = sqlx::query_scalar(store.text(&STATE_FOR_UPDATE_BY_ID)).bind(case.declaration)
                    .fetch_one(&mut *tx).await?;
                let (state, now) = (parse_state(&state)?, clock.now());
                let Some(next) = state.after(Move::Release) else { return Ok(Done::NotFrom(state)) };
                let cleared = sqlx::query(store.text(&CLEAR)).bind(case.declaration).bind(next.as_str())
                    .bind(i64::from(version)).execute(&mut *tx).await?;
                if cleared.rows_affected() != 1 {
                    return Ok(Done::Overtaken);
                }
                save_case!(store, tx, case);
                let event = EventRow::new(
                    ids.next(now), "declaration.released", Some(case.declaration), None, now, &said(case, serde_json::json!({})));
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(Done::Done(()))
        })
        .await
    }

    /// İptal: ends a declaration. Its codes are dead with the commit; the fee stays until it is given back.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn cancel(&self, case: &Case, ids: &Ids, clock: &dyn Clock) -> Result<Done<()>, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let state: String = sqlx::query_scalar(store.text(&STATE_FOR_UPDATE_BY_ID)).bind(case.declaration)
                    .fetch_one(&mut *tx).await?;
                let (state, now) = (parse_state(&state)?, clock.now());
                let Some(next) = state.after(Move::Cancel) else { return Ok(Done::NotFrom(state)) };
                sqlx::query(store.text(&END)).bind(case.declaration).bind(next.as_str()).bind(now.as_microsecond())
                    .execute(&mut *tx).await?;
                save_case!(store, tx, case);
                let event = EventRow::new(
                    ids.next(now), "declaration.cancelled", Some(case.declaration), None, now, &said(case, serde_json::json!({})));
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(Done::Done(()))
        })
        .await
    }

    /// Düzeltme: gives an approved declaration other content. What the fee is more is charged to where it came from,
    /// what it is less goes back there; where the statement changed, a new code takes the place of the old one.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn correct(
        &self,
        case: &Case,
        correction: &Correction,
        seal: &dyn Seal,
        ids: &Ids,
        clock: &dyn Clock,
    ) -> Result<Done<Corrected>, StoreError> {
        let mut collision = 0;
        loop {
            match self.correct_with(case, correction, collision, (seal, ids, clock)).await {
                // A code of 65 bits clashes only with one that this declaration had before.
                Err(error) if error.is_code_clash() && collision < COLLISIONS_MAX => collision += 1,
                result => return result,
            }
        }
    }

    async fn correct_with(
        &self,
        case: &Case,
        correction: &Correction,
        collision: u32,
        (seal, ids, clock): (&dyn Seal, &Ids, &dyn Clock),
    ) -> Result<Done<Corrected>, StoreError> {
        let income = self.income_account(&case.secretariat).await?;
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let state: String = sqlx::query_scalar(store.text(&STATE_FOR_UPDATE_BY_ID)).bind(case.declaration)
                    .fetch_one(&mut *tx).await?;
                let (state, now) = (parse_state(&state)?, clock.now());
                if state.after(Move::Correct).is_none() {
                    return Ok(Done::NotFrom(state));
                }
                let row: ApprovalRow = sqlx::query_as(store.text(&APPROVAL)).bind(case.declaration)
                    .fetch_one(&mut *tx).await?;
                let paid: Option<(i64, String)> = sqlx::query_as(store.text(&PAID_FROM)).bind(case.declaration)
                    .fetch_optional(&mut *tx).await?;
                let before = Before {
                    stored: row.into_stored()?,
                    is_current: paid.as_ref().map_or(correction.payer.is_some(), |(_, kind)| kind == "current"),
                    account: paid.map(|(account, _)| account).or(correction.payer),
                };
                if before.stored.approval.version != correction.from_version {
                    return Ok(Done::Overtaken);
                }
                // What was given back for a part cannot come back a second time as a difference: which of the two a
                // smaller fee is for, nobody could tell.
                let refunded: i64 = sqlx::query_scalar(store.text(&REFUNDED)).bind(case.declaration)
                    .fetch_one(&mut *tx).await?;
                if refunded > 0 && correction.price.fee < before.stored.approval.price.fee {
                    let left = before.stored.approval.price.fee.kurus() - refunded;
                    return Ok(Done::TooMuch(Money::from_kurus(left).unwrap_or_default()));
                }
                let Difference { charged, returned } =
                    Difference::between(before.stored.approval.price.fee, correction.price.fee);
                let mut balance = None;
                if !charged.is_zero() || !returned.is_zero() {
                    let Some(account) = before.account else { return Ok(Done::Short(charged)) };
                    if before.is_current {
                        let (statement, amount) =
                            if charged.is_zero() { (&CREDIT, returned) } else { (&DEBIT, charged) };
                        let moved = sqlx::query(store.text(statement)).bind(account).bind(amount.kurus())
                            .execute(&mut *tx).await?;
                        let left: i64 = sqlx::query_scalar(store.text(&BALANCE)).bind(account).fetch_one(&mut *tx).await?;
                        let left = Money::from_kurus(left).unwrap_or_default();
                        if moved.rows_affected() != 1 {
                            return Ok(Done::Short(amount.checked_sub(left).unwrap_or_default()));
                        }
                        balance = Some(left);
                    }
                    let (kind, debit, credit, amount) = if charged.is_zero() {
                        ("reduction", income, account, returned)
                    } else {
                        ("charge", account, income, charged)
                    };
                    sqlx::query(store.text(&BOOK)).bind(ids.next(now)).bind(kind).bind(debit).bind(credit)
                        .bind(amount.kurus()).bind(case.declaration).bind(now.as_microsecond())
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                }
                let approval = corrected(&before.stored, correction, collision, balance, seal);
                let code_before = before.stored.approval.code.clone();
                let is_kept = approval.code == code_before;
                let version = i64::from(approval.version);
                sqlx::query(store.text(&SAVE_VERSION)).bind(case.declaration).bind(version)
                    .bind(&correction.digest[..]).bind(&correction.content.bytes).bind(correction.content.dictionary)
                    .bind(&correction.sent_by).bind(now.as_microsecond()).execute(&mut *tx).await?;
                sqlx::query(store.text(&SET_VERSION)).bind(case.declaration).bind(version)
                    .bind(&correction.digest[..]).execute(&mut *tx).await?;
                sqlx::query(store.text(&SAVE_APPROVAL)).bind(case.declaration).bind(version).bind(&approval.code)
                    .bind(i64::from(if is_kept { before.stored.collision } else { collision }))
                    .bind(&approval.record_no).bind(approval.kind.as_str()).bind(approval.approved_at.as_microsecond())
                    .bind(approval.valid_until.map(|day| day.to_string())).bind(approval.price.fee.kurus())
                    .bind(approval.price.fob_try.kurus()).bind(before.account).bind(approval.balance.map(Money::kurus))
                    .bind(&correction.detail.bytes).bind(correction.detail.dictionary)
                    .bind(detail::of_notices(&approval.notices)).bind(i64::from(seal.renderer()))
                    .bind(&seal.answer_digest(&approval)[..]).bind(if is_kept { version } else { 0 })
                    .bind(correction.basis.tables).bind(correction.basis.parties)
                    .execute(&mut *tx).await?;
                save_case!(store, tx, case);
                let body = said(case, serde_json::json!({
                    "version": approval.version, "code": approval.code, "code_before": code_before,
                    "fee": approval.price.fee.to_string(), "charged": charged.to_string(),
                    "returned": returned.to_string(),
                }));
                let account = before.account.filter(|_| before.is_current && balance.is_some());
                let event = EventRow::new(
                    ids.next(now), "declaration.corrected", Some(case.declaration), account, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(Done::Done(Corrected { approval, code_before, charged, returned }))
            })
        })
        .await
    }

    /// Gives a fee back, or a part: to the current account that it came from, else out of the secretariat's bank
    /// account. The balance afterwards, where it is a current account.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn refund(
        &self,
        case: &Case,
        amount: Money,
        ids: &Ids,
        clock: &dyn Clock,
    ) -> Result<Done<Option<Money>>, StoreError> {
        let income = self.income_account(&case.secretariat).await?;
        let bank = self.bank_account(&case.secretariat, "").await?;
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let state: String = sqlx::query_scalar(store.text(&STATE_FOR_UPDATE_BY_ID)).bind(case.declaration)
                    .fetch_one(&mut *tx).await?;
                let (state, now) = (parse_state(&state)?, clock.now());
                let row: Option<ApprovalRow> = sqlx::query_as(store.text(&APPROVAL)).bind(case.declaration)
                    .fetch_optional(&mut *tx).await?;
                let Some(row) = row else { return Ok(Done::NotFrom(state)) };
                // Of the same application twice at once the second is told that it was decided.
                let is_same: bool = sqlx::query_scalar(store.text(&SAME_REFUND)).bind(case.declaration)
                    .bind(&case.subject).bind(&case.reason).bind(&case.proof).bind(case.id).fetch_one(&mut *tx).await?;
                if is_same {
                    return Err(StoreError::Conflict(format!("the refund of case {} was done before", case.id)));
                }
                let refunded: i64 = sqlx::query_scalar(store.text(&REFUNDED)).bind(case.declaration)
                    .fetch_one(&mut *tx).await?;
                let refundable = Money::from_kurus(row.fee_kurus - refunded).unwrap_or_default();
                if amount.is_zero() || amount > refundable {
                    return Ok(Done::TooMuch(refundable));
                }
                // A live code always keeps a part of its fee.
                if amount == refundable && !matches!(state, State::Withdrawn | State::Cancelled) {
                    return Ok(Done::NotFrom(state));
                }
                let paid: Option<(i64, String)> = sqlx::query_as(store.text(&PAID_FROM)).bind(case.declaration)
                    .fetch_optional(&mut *tx).await?;
                let current = paid.filter(|(_, kind)| kind == "current").map(|(account, _)| account);
                let mut balance = None;
                if let Some(account) = current {
                    sqlx::query(store.text(&CREDIT)).bind(account).bind(amount.kurus()).execute(&mut *tx).await?;
                    let left: i64 = sqlx::query_scalar(store.text(&BALANCE)).bind(account).fetch_one(&mut *tx).await?;
                    balance = Money::from_kurus(left);
                }
                let transfer = ids.next(now);
                sqlx::query(store.text(&BOOK)).bind(transfer).bind("refund").bind(income).bind(current.unwrap_or(bank))
                    .bind(amount.kurus()).bind(case.declaration).bind(now.as_microsecond())
                    .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                sqlx::query(store.text(&SAVE_REFUND)).bind(ids.next(now)).bind(case.declaration).bind(case.id)
                    .bind(transfer).bind(amount.kurus()).bind(now.as_microsecond()).execute(&mut *tx).await?;
                save_case!(store, tx, case);
                let to = if current.is_some() { "account" } else { "bank" };
                let body = said(case, serde_json::json!({ "amount": amount.to_string(), "to": to }));
                let event = EventRow::new(
                    ids.next(now), "fee.refunded", Some(case.declaration), current, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(Done::Done(balance))
            })
        })
        .await
    }

    /// Binds a registered declaration to another customs number, which may be one that it had before; the old row stays,
    /// ended. An exit noted before stays noted.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn rebind(
        &self,
        case: &Case,
        registration_no: &str,
        code: &str,
        ids: &Ids,
        clock: &dyn Clock,
    ) -> Result<Done<()>, StoreError> {
        let by = case.decided_by.as_deref().unwrap_or(&case.proposed_by);
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let state: String = sqlx::query_scalar(store.text(&STATE_FOR_UPDATE_BY_ID)).bind(case.declaration)
                    .fetch_one(&mut *tx).await?;
                let (state, now) = (parse_state(&state)?, clock.now());
                if state != State::Registered {
                    return Ok(Done::NotFrom(state));
                }
                sqlx::query(store.text(&END_REGISTRATION)).bind(case.declaration).bind(now.as_microsecond())
                    .execute(&mut *tx).await?;
                let bound = sqlx::query(store.text(&REGISTER_ANEW)).bind(registration_no).bind(case.declaration).bind(code)
                    .bind(now.as_microsecond()).bind(by).execute(&mut *tx).await?;
                if bound.rows_affected() == 0 {
                    return Ok(Done::NumberTaken);
                }
                sqlx::query(store.text(&SET_REGISTRATION)).bind(case.declaration).bind(registration_no)
                    .execute(&mut *tx).await?;
                save_case!(store, tx, case);
                let body = said(case, serde_json::json!({ "registration_no": registration_no }));
                let event = EventRow::new(
                    ids.next(now), "customs.registered_anew", Some(case.declaration), None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(Done::Done(()))
        })
        .await
    }

    /// What was given back of a declaration's fee so far.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn refunded(&self, declaration: i64) -> Result<Money, StoreError> {
        let kurus: i64 = read!(self, store => sqlx::query_scalar(store.text(&REFUNDED)).bind(declaration)
            .fetch_one(store.readers()))?;
        Ok(Money::from_kurus(kurus).unwrap_or_default())
    }
}

/// What an event says of its case, and of what was done.
fn said(case: &Case, done: serde_json::Value) -> serde_json::Value {
    let mut said = serde_json::json!({
        "case": case.id.to_string(), "reason": case.reason, "proof": case.proof, "proposed_by": case.proposed_by,
        "by": case.decided_by.as_deref().unwrap_or(&case.proposed_by),
    });
    if let (Some(said), serde_json::Value::Object(done)) = (said.as_object_mut(), done) {
        said.extend(done);
    }
    said
}

/// The approval of the corrected version. It stays an approval of its day: number, kind and term are as they were.
fn corrected(
    stored: &StoredApproval,
    correction: &Correction,
    collision: u32,
    balance: Option<Money>,
    seal: &dyn Seal,
) -> Approval {
    let before = &stored.approval;
    let code = match &correction.statement {
        Some(statement) => seal.code(statement, collision),
        None => before.code.clone(),
    };
    let is_free = before.kind == ApprovalKind::Free && !correction.price.fee.is_zero();
    Approval {
        version: before.version + 1,
        code,
        kind: if is_free { ApprovalKind::CurrentAccount } else { before.kind },
        price: Arc::clone(&correction.price),
        balance: balance.or(before.balance),
        notices: correction.notices.clone(),
        ..before.clone()
    }
}

/// Codes tried for one correction.
const COLLISIONS_MAX: u32 = 8;
