//! What officers decided for themselves while the register could not be asked, told once it could be again.

use crate::connection::{on, retrying};
use crate::error::StoreError;
use crate::events::{overtaken, save_events};
use crate::sql::statements;
use crate::{Ids, Store};
use jiff::Timestamp;
use serde_json::Value;

statements! {
    TOLD_SINCE = "select count(*) from desk_decision where client = $1 and told_at > $2";
    TELL = "insert into desk_decision (client, decided_at, code, decision, note, told_at)
        values ($1, $2, $3, $4, $5, $6) on conflict (client, decided_at) do nothing";
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskDecision<'a> {
    /// User code of whose it is.
    pub client: &'a str,
    /// When, by the officer's computer.
    pub decided_at: Timestamp,
    /// The code as typed.
    pub code: &'a str,
    /// Whether the goods went on; else they were held back.
    pub let_pass: bool,
    /// Why.
    pub note: &'a str,
}

impl Store {
    /// Keeps a decision with its event; told again it is no second one. `false` where the officer told as many as
    /// `most` after `since`, in microseconds.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn keep_desk_decision(
        &self,
        decision: &DeskDecision<'_>,
        (since, most): (i64, i64),
        body: &Value,
        (ids, now): (&Ids, Timestamp),
    ) -> Result<bool, StoreError> {
        let (word, kind) =
            if decision.let_pass { ("let_pass", "desk.let_pass") } else { ("held_back", "desk.held_back") };
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let told: i64 = sqlx::query_scalar(store.text(&TOLD_SINCE)).bind(decision.client).bind(since)
                    .fetch_one(&mut *tx).await?;
                if told >= most {
                    return Ok(false);
                }
                let kept = sqlx::query(store.text(&TELL)).bind(decision.client)
                    .bind(decision.decided_at.as_millisecond()).bind(decision.code).bind(word).bind(decision.note)
                    .bind(now.as_microsecond()).execute(&mut *tx).await?;
                if kept.rows_affected() == 1 {
                    save_events!(store, tx, &[EventRow::new(ids.next(now), kind, None, None, now, body)]);
                    tx.commit().await.map_err(|error| overtaken(error.into()))?;
                }
            });
            Ok(true)
        })
        .await
    }
}
