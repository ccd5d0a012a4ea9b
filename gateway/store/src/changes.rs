//! Proposals of changed rows of the registers and dated tables: who proposed them and why, and what a second person
//! decided.
//!
//! A proposal is closed in the transaction that writes its rows, their history and its event. Keys of open proposals are
//! held in a table of their own, whose primary key keeps any key out of a second one.

use crate::accounts::AccountKind;
use crate::clients::{ContactOffice, SAVE_CONTACT_OFFICES};
use crate::connection::{on, read, retrying};
use crate::declarations::instant;
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::history::{SAVE_CHANGES, changes};
use crate::parties::{Commitment, Membership, PayerCommitment, SAVE_COMMITMENTS, SAVE_MEMBERSHIPS, SAVE_PAYERS};
use crate::rules::{
    BoundGoodsRow, ExemptionRow, FeeRateRow, HolidayRow, RegimeRuleRow, SAVE_BOUND, SAVE_EXEMPTIONS, SAVE_FEE_RATES,
    SAVE_HOLIDAYS, SAVE_REGIME_RULES, SAVE_WATCHED, WatchedGoodsRow,
};
use crate::sql::{Sql, statements};
use crate::writer::rows::json;
use crate::{Ids, Store};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

statements! {
    PROPOSE = "insert into table_change (id, table_name, secretariat, proposal, reason, proposed_by, proposed_at, state)
        values ($1, $2, $3, $4, $5, $6, $7, 'open')";
    CHANGE = "select id, table_name, secretariat, proposal, reason, proposed_by, proposed_at, state, decided_by,
            decided_at, decision_reason
        from table_change where id = $1";
    CHANGES = "select id, table_name, secretariat, proposal, reason, proposed_by, proposed_at, state, decided_by,
            decided_at, decision_reason
        from table_change where state = $1 and ($2 = '' or secretariat = $2) order by id desc limit $3";
    DECIDE = "update table_change set state = $2, decided_by = $3, decided_at = $4, decision_reason = $5
        where id = $1 and state = 'open'";
    FREE_KEYS = "delete from table_change_key where change_id = $1";
    COUNTER = "select version from change_counter where name = $1";
    RAISE_FROM = "update change_counter set version = version + 1 where name = $1 and version = $2";
    @differ
    HOLD_KEYS = sqlite "insert into table_change_key (table_name, row_key, change_id)
        select $1, value, $3 from json_each($2)"
    postgres "insert into table_change_key (table_name, row_key, change_id)
        select $1, value, $3 from json_array_elements_text($2::json)";
    HELD = sqlite "select change_id from table_change_key
        where table_name = $1 and row_key in (select value from json_each($2)) limit 1"
    postgres "select change_id from table_change_key
        where table_name = $1 and row_key in (select value from json_array_elements_text($2::json)) limit 1";
}

/// How a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeState {
    /// A second person decides.
    Open,
    /// Its rows are written.
    Confirmed,
    /// The second person said no.
    Refused,
    /// Who proposed it took it back.
    Withdrawn,
}

impl ChangeState {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Confirmed, Self::Refused, Self::Withdrawn].into_iter().find(|state| state.as_str() == text)
    }
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChange {
    /// The store's number.
    pub id: i64,
    /// Which table.
    pub table: String,
    /// Whose rows they are; empty where they are of no one secretariat.
    pub secretariat: String,
    /// The rows, and those of the same keys as they stood, as JSON.
    pub proposal: String,
    /// Why.
    pub reason: String,
    /// User code of who proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// How it stands.
    pub state: ChangeState,
    /// Who decided, once decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What was said.
    pub decision_reason: Option<String>,
}

/// Rows that a proposal writes, of one table.
#[derive(Debug, Clone)]
pub enum ChangedRows {
    /// Fee rates.
    Rates(Vec<FeeRateRow>),
    /// Regimes.
    Regimes(Vec<RegimeRuleRow>),
    /// Exemptions.
    Exemptions(Vec<ExemptionRow>),
    /// Watched goods.
    WatchedGoods(Vec<WatchedGoodsRow>),
    /// Bound goods.
    BoundGoods(Vec<BoundGoodsRow>),
    /// Holidays.
    Holidays(Vec<HolidayRow>),
    /// Memberships.
    Memberships(Vec<Membership>),
    /// Secretariats of commitments.
    Commitments(Vec<Commitment>),
    /// Who pays.
    Payers(Vec<PayerCommitment>),
    /// Contact offices.
    ContactOffices(Vec<ContactOffice>),
}

/// What became of writing a proposal's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// They are written.
    Done,
    /// The table changed since its version was read: judge the rows anew.
    Stale,
    /// The proposal was decided before.
    Decided,
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    id: i64,
    table_name: String,
    secretariat: String,
    proposal: String,
    reason: String,
    proposed_by: String,
    proposed_at: i64,
    state: String,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    decision_reason: Option<String>,
}

/// How rows are written: the statement, the rows, their history, the counter that tells of them.
struct Writing {
    statement: &'static Sql,
    rows: String,
    history: Option<String>,
}

impl ChangedRows {
    /// Name of the counter that a change of these rows raises.
    pub fn counter(&self) -> &'static str {
        match self {
            Self::Memberships(_) | Self::Commitments(_) | Self::Payers(_) => "parties",
            Self::ContactOffices(_) => "clients",
            _ => "rules",
        }
    }

    /// The firms that the rows are about.
    pub fn firms(&self) -> BTreeSet<&str> {
        match self {
            Self::Memberships(rows) => rows.iter().map(|row| row.firm.as_str()).collect(),
            Self::Commitments(rows) => rows.iter().map(|row| row.firm.as_str()).collect(),
            Self::Payers(rows) => rows.iter().flat_map(|row| [row.exporter.as_str(), row.payer.as_str()]).collect(),
            _ => BTreeSet::new(),
        }
    }

    /// The secretariats that the rows are of.
    pub fn secretariats(&self) -> BTreeSet<&str> {
        match self {
            Self::Memberships(rows) => rows.iter().map(|row| row.secretariat.as_str()).collect(),
            Self::Commitments(rows) => rows.iter().map(|row| row.secretariat.as_str()).collect(),
            Self::Payers(rows) => rows.iter().map(|row| row.secretariat.as_str()).collect(),
            _ => BTreeSet::new(),
        }
    }

    fn writing(&self) -> Writing {
        let of = |statement, rows: String, history| Writing { statement, rows, history };
        match self {
            Self::Rates(rows) => of(&SAVE_FEE_RATES, json(rows), Some(changes(rows))),
            Self::Regimes(rows) => of(&SAVE_REGIME_RULES, json(rows), Some(changes(rows))),
            Self::Exemptions(rows) => of(&SAVE_EXEMPTIONS, json(rows), Some(changes(rows))),
            Self::WatchedGoods(rows) => of(&SAVE_WATCHED, json(rows), Some(changes(rows))),
            Self::BoundGoods(rows) => of(&SAVE_BOUND, json(rows), Some(changes(rows))),
            Self::Holidays(rows) => of(&SAVE_HOLIDAYS, json(rows), Some(changes(rows))),
            Self::Memberships(rows) => of(&SAVE_MEMBERSHIPS, json(rows), Some(changes(rows))),
            Self::Commitments(rows) => of(&SAVE_COMMITMENTS, json(rows), Some(changes(rows))),
            Self::Payers(rows) => of(&SAVE_PAYERS, json(rows), Some(changes(rows))),
            Self::ContactOffices(rows) => of(&SAVE_CONTACT_OFFICES, json(rows), None),
        }
    }
}

impl TableChange {
    /// What its event says: by whom, why, and the rows.
    fn told(&self, by: &str, reason: &str, firms: &BTreeSet<&str>) -> Value {
        let proposal: Value = serde_json::from_str(&self.proposal).unwrap_or_default();
        let mut body = serde_json::json!({
            "change": self.id.to_string(), "table": self.table, "secretariat": self.secretariat, "by": by,
            "reason": reason, "rows": proposal.get("rows"),
        });
        if let Some(body) = body.as_object_mut().filter(|_| !firms.is_empty()) {
            body.insert("firms".to_owned(), firms.iter().copied().collect());
        }
        body
    }
}

/// Closes a proposal within a transaction and lets go of its keys; gives how many were open, 1 or 0.
macro_rules! decide {
    ($store:ident, $tx:ident, $change:expr) => {{
        let change: &TableChange = $change;
        let closed = sqlx::query($store.text(&DECIDE))
            .bind(change.id)
            .bind(change.state.as_str())
            .bind(&change.decided_by)
            .bind(change.decided_at.map(|at| at.as_microsecond()))
            .bind(&change.decision_reason)
            .execute(&mut *$tx)
            .await?;
        sqlx::query($store.text(&FREE_KEYS)).bind(change.id).execute(&mut *$tx).await?;
        closed.rows_affected()
    }};
}

impl Store {
    /// Keeps a proposal and holds its keys. Gives `false`, and keeps nothing, when an open one holds one of them.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn propose_change(
        &self,
        change: &TableChange,
        keys: &BTreeSet<String>,
        ids: &Ids,
    ) -> Result<bool, StoreError> {
        let keys = json(&Vec::from_iter(keys));
        let (now, by) = (change.proposed_at, change.proposed_by.as_str());
        let body = change.told(by, &change.reason, &BTreeSet::new());
        let kept = retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let held: Option<i64> = sqlx::query_scalar(store.text(&HELD)).bind(&change.table).bind(&keys)
                    .fetch_optional(&mut *tx).await?;
                if held.is_some() {
                    return Ok(false);
                }
                sqlx::query(store.text(&PROPOSE)).bind(change.id).bind(&change.table).bind(&change.secretariat)
                    .bind(&change.proposal).bind(&change.reason).bind(by).bind(now.as_microsecond())
                    .execute(&mut *tx).await?;
                sqlx::query(store.text(&HOLD_KEYS)).bind(&change.table).bind(&keys).bind(change.id)
                    .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                let event = EventRow::new(ids.next(now), "table.proposed", None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(true)
        });
        kept.await
    }

    /// Writes the rows of a proposal, with their history, the decision and its event, while the table's version is still
    /// the one that the rows were judged at.
    ///
    /// # Errors
    /// When the database cannot take it, such as for an unknown firm.
    pub async fn apply_change(
        &self,
        decided: &TableChange,
        rows: &ChangedRows,
        version: i64,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<Applied, StoreError> {
        if let ChangedRows::Payers(rows) = rows {
            let accounts = rows.iter().map(|row| (row.payer.as_str(), row.secretariat.as_str())).collect();
            self.open_accounts(AccountKind::Current, &accounts).await?;
        }
        let (writing, counter) = (rows.writing(), rows.counter());
        let by = decided.decided_by.as_deref().unwrap_or_default();
        let body = decided.told(by, &decided.reason, &rows.firms());
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                if decide!(store, tx, decided) != 1 {
                    return Ok(Applied::Decided);
                }
                let raised = sqlx::query(store.text(&RAISE_FROM)).bind(counter).bind(version).execute(&mut *tx).await?;
                if raised.rows_affected() != 1 {
                    return Ok(Applied::Stale);
                }
                sqlx::query(store.text(writing.statement)).bind(&writing.rows).execute(&mut *tx).await?;
                if let Some(history) = &writing.history {
                    sqlx::query(store.text(&SAVE_CHANGES)).bind(history).bind(counter).execute(&mut *tx).await?;
                }
                let event = EventRow::new(ids.next(now), "table.confirmed", None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(Applied::Done)
        })
        .await
    }

    /// Closes a proposal without writing its rows: refused or withdrawn. `false` when it was decided before.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn drop_change(&self, decided: &TableChange, ids: &Ids, now: Timestamp) -> Result<bool, StoreError> {
        let kind = if decided.state == ChangeState::Withdrawn { "table.withdrawn" } else { "table.refused" };
        let by = decided.decided_by.as_deref().unwrap_or_default();
        let reason = decided.decision_reason.as_deref().unwrap_or_default();
        let body = decided.told(by, reason, &BTreeSet::new());
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                if decide!(store, tx, decided) != 1 {
                    return Ok(false);
                }
                let event = EventRow::new(ids.next(now), kind, None, None, now, &body);
                save_events!(store, tx, &[event]);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
            });
            Ok(true)
        })
        .await
    }

    /// A proposal by its number.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_change(&self, id: i64) -> Result<Option<TableChange>, StoreError> {
        let row: Option<ChangeRow> =
            read!(self, store => sqlx::query_as(store.text(&CHANGE)).bind(id).fetch_optional(store.readers()))?;
        row.map(ChangeRow::into_change).transpose()
    }

    /// Proposals in a state, of one secretariat or, with an empty one, all; the newest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_changes(
        &self,
        state: ChangeState,
        secretariat: &str,
        limit: u32,
    ) -> Result<Vec<TableChange>, StoreError> {
        let rows: Vec<ChangeRow> = read!(self, store => sqlx::query_as(store.text(&CHANGES)).bind(state.as_str())
            .bind(secretariat).bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(ChangeRow::into_change).collect()
    }

    /// The open proposal that holds one of these keys of a table.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_held(&self, table: &str, keys: &BTreeSet<String>) -> Result<Option<i64>, StoreError> {
        let keys = json(&Vec::from_iter(keys));
        read!(self, store => sqlx::query_scalar(store.text(&HELD)).bind(table).bind(&keys)
            .fetch_optional(store.readers()))
    }

    /// The version of what a counter tells of: `rules`, `parties` or `clients`.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn counter(&self, name: &str) -> Result<i64, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&COUNTER)).bind(name).fetch_one(store.readers()))
    }
}

impl ChangeRow {
    fn into_change(self) -> Result<TableChange, StoreError> {
        let wrong =
            |value: &str| StoreError::Inconsistent { table: "table_change", column: "state", value: value.to_owned() };
        Ok(TableChange {
            state: ChangeState::parse(&self.state).ok_or_else(|| wrong(&self.state))?,
            proposed_at: instant("table_change", "proposed_at", self.proposed_at)?,
            decided_at: self.decided_at.map(|micros| instant("table_change", "decided_at", micros)).transpose()?,
            id: self.id,
            table: self.table_name,
            secretariat: self.secretariat,
            proposal: self.proposal,
            reason: self.reason,
            proposed_by: self.proposed_by,
            decided_by: self.decided_by,
            decision_reason: self.decision_reason,
        })
    }
}
