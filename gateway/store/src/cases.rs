//! What staff do to a declaration: who proposed it and why, and who decided.
//!
//! A case is closed in the transaction of what it allows, so that nothing is done twice and nothing without its case.

use crate::connection::{on, read, retrying};
use crate::declarations::instant;
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::packed::Packed;
use crate::sql::statements;
use crate::{Ids, Store};
use jiff::Timestamp;

statements! {
    SAVE_CASE = "insert into staff_case (id, kind, secretariat, declaration_id, amount_kurus, subject, content, dictionary,
            reason, proof, proposed_by, proposed_at, state, decided_by, decided_at, decision_reason)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        on conflict (id) do update set state = excluded.state, decided_by = excluded.decided_by,
            decided_at = excluded.decided_at, decision_reason = excluded.decision_reason
        where staff_case.state = 'open'";
    CASE = "select id, kind, secretariat, declaration_id, amount_kurus, subject, content, dictionary, reason, proof,
            proposed_by, proposed_at, state, decided_by, decided_at, decision_reason
        from staff_case where id = $1";
    OPEN_CASES = "select id, kind, secretariat, declaration_id, amount_kurus, subject, content, dictionary, reason, proof,
            proposed_by, proposed_at, state, decided_by, decided_at, decision_reason
        from staff_case where state = 'open' and secretariat = $1 order by proposed_at limit $2";
    CASES_OF = "select id, kind, secretariat, declaration_id, amount_kurus, subject, content, dictionary, reason, proof,
            proposed_by, proposed_at, state, decided_by, decided_at, decision_reason
        from staff_case where declaration_id = $1 order by id";
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseKind {
    /// The desk lets a declaration of watched goods pass.
    Release,
    /// İptal: the secretariat ends it on proof.
    Cancel,
    /// Düzeltme: other content, and the difference of the fee.
    Correct,
    /// Money back.
    Refund,
    /// Another customs registration number (G-94).
    Rebind,
}

impl CaseKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Release, Self::Cancel, Self::Correct, Self::Refund, Self::Rebind];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Cancel => "cancel",
            Self::Correct => "correct",
            Self::Refund => "refund",
            Self::Rebind => "rebind",
        }
    }

    /// From the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseState {
    /// A second person decides.
    Open,
    /// Done.
    Done,
    /// Refused by the second person.
    Refused,
}

impl CaseState {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Refused].into_iter().find(|state| state.as_str() == text)
    }
}

/// One act of staff on one declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The store's number.
    pub id: i64,
    /// What is to be done.
    pub kind: CaseKind,
    /// Whose staff.
    pub secretariat: String,
    /// The store's number of the declaration.
    pub declaration: i64,
    /// The money that it moves, in kuruş; 0 for none.
    pub amount_kurus: i64,
    /// What it needs to be done, as JSON.
    pub subject: String,
    /// Of a correction: the new content.
    pub content: Option<Packed>,
    /// Why.
    pub reason: String,
    /// Which paper proves it; may be empty.
    pub proof: String,
    /// User code of who proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// How it stands.
    pub state: CaseState,
    /// Who decided, once decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What the second person said.
    pub decision_reason: Option<String>,
}

#[derive(sqlx::FromRow)]
struct CaseRow {
    id: i64,
    kind: String,
    secretariat: String,
    declaration_id: i64,
    amount_kurus: i64,
    subject: String,
    content: Option<Vec<u8>>,
    dictionary: Option<i64>,
    reason: String,
    proof: String,
    proposed_by: String,
    proposed_at: i64,
    state: String,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    decision_reason: Option<String>,
}

/// Writes a case, or closes it, within the transaction of what it allows. `Conflict` when it was decided before.
macro_rules! save_case {
    ($store:ident, $tx:ident, $case:expr) => {{
        let case: &$crate::cases::Case = $case;
        let saved = sqlx::query($store.text(&$crate::cases::SAVE_CASE))
            .bind(case.id)
            .bind(case.kind.as_str())
            .bind(&case.secretariat)
            .bind(case.declaration)
            .bind(case.amount_kurus)
            .bind(&case.subject)
            .bind(case.content.as_ref().map(|content| content.bytes.as_slice()))
            .bind(case.content.as_ref().map(|content| content.dictionary))
            .bind(&case.reason)
            .bind(&case.proof)
            .bind(&case.proposed_by)
            .bind(case.proposed_at.as_microsecond())
            .bind(case.state.as_str())
            .bind(&case.decided_by)
            .bind(case.decided_at.map(|at| at.as_microsecond()))
            .bind(&case.decision_reason)
            .execute(&mut *$tx)
            .await?;
        if saved.rows_affected() != 1 {
            return Err($crate::StoreError::Conflict(format!("case {} was decided before", case.id)));
        }
    }};
}
pub(crate) use save_case;

impl Store {
    /// Keeps a case that waits for a second person, or one that the second person refused.
    ///
    /// # Errors
    /// `Conflict` when it was decided before.
    pub async fn save_case(&self, case: &Case, ids: &Ids, now: Timestamp) -> Result<(), StoreError> {
        let kind = if case.state == CaseState::Refused { "case.refused" } else { "case.opened" };
        let by = case.decided_by.as_deref().unwrap_or(&case.proposed_by);
        let body = serde_json::json!({
            "case": case.id.to_string(), "kind": case.kind.as_str(), "declaration": case.declaration.to_string(), "by": by,
            "reason": case.decision_reason.as_deref().unwrap_or(&case.reason),
        });
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                save_case!(store, tx, case);
                // Not the firms' to read before it is decided.
                let event = EventRow::new(ids.next(now), kind, None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(())
        })
        .await
    }

    /// A case by its number.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_case(&self, id: i64) -> Result<Option<Case>, StoreError> {
        let row: Option<CaseRow> =
            read!(self, store => sqlx::query_as(store.text(&CASE)).bind(id).fetch_optional(store.readers()))?;
        row.map(CaseRow::into_case).transpose()
    }

    /// The cases of a secretariat that wait for a second person, the oldest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_open_cases(&self, secretariat: &str, limit: u32) -> Result<Vec<Case>, StoreError> {
        let rows: Vec<CaseRow> = read!(self, store => sqlx::query_as(store.text(&OPEN_CASES)).bind(secretariat)
            .bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(CaseRow::into_case).collect()
    }

    /// Everything that staff did to a declaration, in order.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_cases_of(&self, declaration: i64) -> Result<Vec<Case>, StoreError> {
        let rows: Vec<CaseRow> = read!(self, store => sqlx::query_as(store.text(&CASES_OF)).bind(declaration)
            .fetch_all(store.readers()))?;
        rows.into_iter().map(CaseRow::into_case).collect()
    }
}

impl CaseRow {
    fn into_case(self) -> Result<Case, StoreError> {
        let wrong =
            |column, value: &str| StoreError::Inconsistent { table: "staff_case", column, value: value.to_owned() };
        Ok(Case {
            id: self.id,
            kind: CaseKind::parse(&self.kind).ok_or_else(|| wrong("kind", &self.kind))?,
            state: CaseState::parse(&self.state).ok_or_else(|| wrong("state", &self.state))?,
            proposed_at: instant("staff_case", "proposed_at", self.proposed_at)?,
            decided_at: self.decided_at.map(|micros| instant("staff_case", "decided_at", micros)).transpose()?,
            content: self.content.zip(self.dictionary).map(|(bytes, dictionary)| Packed { bytes, dictionary }),
            secretariat: self.secretariat,
            declaration: self.declaration_id,
            amount_kurus: self.amount_kurus,
            subject: self.subject,
            reason: self.reason,
            proof: self.proof,
            proposed_by: self.proposed_by,
            decided_by: self.decided_by,
            decision_reason: self.decision_reason,
        })
    }
}
