//! What did the register and the dated tables say at a version?
//!
//! Whoever changes a row writes it here too, in the same transaction, with the version that the change made. So a past
//! decision can be judged again by what was known then, also after memberships, powers and rates have changed.

use crate::Store;
use crate::connection::read;
use crate::error::StoreError;
use crate::parties::{Commitment, Firm, Membership, PayerCommitment, Power};
use crate::powers::PowerFreeze;
use crate::rules::{BoundGoodsRow, ExemptionRow, FeeRateRow, HolidayRow, RegimeRuleRow, WatchedGoodsRow};
use crate::sql::statements;
use crate::writer::rows::json;
use serde::Serialize;
use serde::de::DeserializeOwned;

statements! {
    ROWS_AT = "select row_key, row_values from register_change where name = $1 and subject = $2 and version <= $3
        order by row_key, version";
    @differ
    SAVE_CHANGES = sqlite "insert into register_change (name, subject, row_key, version, row_values)
        select value->>'name', value->>'subject', value->>'row_key',
            (select sum(version) from change_counter where (name = 'parties') = ($2 = 'parties')
                and name in ('parties', 'rules', 'bulletins')),
            value->>'row_values' from json_each($1) where true
        on conflict (name, subject, row_key, version) do update set row_values = excluded.row_values"
    postgres "insert into register_change (name, subject, row_key, version, row_values)
        select x.name, x.subject, x.row_key,
            (select cast(sum(version) as bigint) from change_counter c where (c.name = 'parties') = ($2 = 'parties')
                and c.name in ('parties', 'rules', 'bulletins')),
            x.row_values from json_to_recordset($1::json)
            as x(name text, subject text, row_key text, row_values text)
        on conflict (name, subject, row_key, version) do update set row_values = excluded.row_values";
}

/// A row whose every state is kept.
pub trait HistoryRow: Serialize + DeserializeOwned {
    /// Name of its table.
    const NAME: &'static str;
    /// The firm that it is about; empty in the dated tables.
    fn subject(&self) -> &str;
    /// What tells it from the other rows of its table.
    fn key(&self) -> String;
}

macro_rules! history_rows {
    ($($row:ty, $name:literal, $subject:expr, [$($part:ident),+];)*) => {
        $(impl HistoryRow for $row {
            const NAME: &'static str = $name;

            fn subject(&self) -> &str {
                let of: fn(&Self) -> &str = $subject;
                of(self)
            }

            fn key(&self) -> String {
                [$(self.$part.as_str()),+].join("|")
            }
        })*
    };
}

history_rows! {
    Firm, "firm", |row| &row.tax_no, [tax_no];
    Membership, "membership", |row| &row.firm, [firm, union_code, valid_from];
    Power, "power", |row| &row.exporter, [exporter, declarant, secretariat, valid_from];
    PowerFreeze, "power_freeze", |row| &row.exporter, [exporter, declarant];
    Commitment, "commitment", |row| &row.firm, [firm, secretariat, valid_from];
    PayerCommitment, "payer_commitment", |row| &row.exporter, [exporter, secretariat, declarant, valid_from];
    FeeRateRow, "fee_rate", |_| "", [sector, valid_from];
    RegimeRuleRow, "regime_rule", |_| "", [regime, valid_from];
    ExemptionRow, "fee_exemption", |_| "", [kind, value, valid_from];
    WatchedGoodsRow, "watched_goods", |_| "", [gtip_prefix, valid_from];
    BoundGoodsRow, "bound_goods", |_| "", [gtip_prefix, valid_from];
    HolidayRow, "holiday", |_| "", [day];
}

#[derive(Serialize)]
struct Change<'r> {
    name: &'static str,
    subject: &'r str,
    row_key: String,
    row_values: String,
}

/// Rows as [`SAVE_CHANGES`] takes them.
pub(crate) fn changes<R: HistoryRow>(rows: &[R]) -> String {
    let change = |row| Change {
        name: R::NAME,
        subject: HistoryRow::subject(row),
        row_key: HistoryRow::key(row),
        row_values: serde_json::to_string(row).expect("rows of texts and numbers serialise"),
    };
    let changes: Vec<Change<'_>> = rows.iter().map(change).collect();
    json(&changes)
}

impl Store {
    /// The rows about a firm (of a dated table: all, with an empty firm) as they stood at a version of the parties, or
    /// of the tables.
    ///
    /// # Errors
    /// When the database cannot answer, or holds what is no such row.
    pub async fn rows_at<R: HistoryRow>(&self, firm: &str, version: i64) -> Result<Vec<R>, StoreError> {
        let changes: Vec<(String, String)> = read!(self, store => sqlx::query_as(store.text(&ROWS_AT))
            .bind(R::NAME).bind(firm).bind(version).fetch_all(store.readers()))?;
        let mut rows = Vec::new();
        let mut changes = changes.into_iter().peekable();
        while let Some((key, values)) = changes.next() {
            // Of several states of one row the last counts.
            if changes.peek().is_none_or(|(next, _)| *next != key) {
                let row = serde_json::from_str(&values).map_err(|_| StoreError::Inconsistent {
                    table: "register_change",
                    column: "row_values",
                    value: values,
                })?;
                rows.push(row);
            }
        }
        Ok(rows)
    }
}
