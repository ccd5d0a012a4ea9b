//! Whose is a fee? Passing what a secretariat took on to the unions that it is of.

use crate::accounts::AccountKind;
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::overtaken;
use crate::packed::Packed;
use crate::sql::statements;
use crate::writer::rows::Detail;
use crate::{Ids, Store};
use ebirlik_domain::price::PricedItem;
use jiff::Timestamp;

statements! {
    FEES = "select transfer.id, transfer.kind, transfer.amount_kurus, declaration.exporter, declaration.secretariat,
            approval.detail, approval.dictionary
        from transfer join declaration on declaration.id = transfer.declaration_id
        join approval on approval.declaration_id = declaration.id and approval.version = declaration.version
        where transfer.id > $1 and transfer.id < $2 and transfer.kind in ('fee', 'charge', 'reduction', 'refund')
        order by transfer.id limit $3";
    SETTLED = "select amount_kurus from transfer where reference = $1";
    SETTLE = "insert into transfer (id, kind, debit_account, credit_account, amount_kurus, declaration_id, reference, booked_at)
        values ($1, 'settlement', $2, $3, $4, null, $5, $6)";
}

/// A fee that was taken, or given back, with the items that it is shared by.
#[derive(Debug, Clone)]
pub struct FeePosting {
    /// The store's number of the transfer.
    pub id: i64,
    /// Kuruş; below zero was given back.
    pub kurus: i64,
    /// Tax number of the exporter.
    pub exporter: String,
    /// The secretariat that took it.
    pub secretariat: String,
    /// Items of the approval as it stands.
    pub items: Vec<PricedItem>,
}

/// What a secretariat owes a union, or got too much of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The secretariat that took the fees.
    pub from: String,
    /// The union's secretariat.
    pub to: String,
    /// The union, or `TIM`.
    pub union_code: String,
    /// Kuruş; below zero goes back.
    pub kurus: i64,
    /// What books it once.
    pub reference: String,
}

/// The row of [`FEES`].
type FeeTuple = (i64, String, i64, String, String, Vec<u8>, i64);

impl Store {
    /// Fees taken and given back, behind one number of the store and before another.
    ///
    /// # Errors
    /// When the database cannot answer, or holds what is no price.
    pub async fn list_fee_postings(&self, after: i64, before: i64, limit: u32) -> Result<Vec<FeePosting>, StoreError> {
        let rows: Vec<FeeTuple> = read!(self, store => sqlx::query_as(store.text(&FEES)).bind(after).bind(before)
            .bind(i64::from(limit)).fetch_all(store.readers()))?;
        rows.into_iter().map(posting).collect()
    }

    /// Books a settlement between two of the secretariats' own accounts; true when it is booked now, false when it was
    /// before.
    ///
    /// # Errors
    /// `Conflict` when another sum was booked under the same reference.
    pub async fn settle_union(&self, settlement: &Settlement, ids: &Ids, now: Timestamp) -> Result<bool, StoreError> {
        let taken = self.open_account(AccountKind::Income, "", &settlement.from).await?;
        let union = self.open_account(AccountKind::Income, &settlement.union_code, &settlement.to).await?;
        let (debit, credit) = if settlement.kurus < 0 { (union, taken) } else { (taken, union) };
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let before: Option<i64> = sqlx::query_scalar(store.text(&SETTLED)).bind(&settlement.reference)
                    .fetch_optional(&mut *tx).await?;
                if let Some(before) = before {
                    if before != settlement.kurus.abs() {
                        let told = format!("{} has settled another sum", settlement.reference);
                        return Err(StoreError::Conflict(told));
                    }
                    return Ok(false);
                }
                sqlx::query(store.text(&SETTLE)).bind(ids.next(now)).bind(debit).bind(credit)
                    .bind(settlement.kurus.abs()).bind(&settlement.reference).bind(now.as_microsecond())
                    .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(true)
            })
        })
        .await
    }
}

fn posting(row: FeeTuple) -> Result<FeePosting, StoreError> {
    let (id, kind, kurus, exporter, secretariat, bytes, dictionary) = row;
    let detail = Packed { bytes, dictionary }.text("approval", "detail")?;
    let (_, items, _) = Detail::read(&detail, None).map_err(|value| StoreError::Inconsistent {
        table: "approval",
        column: "detail",
        value,
    })?;
    let is_back = kind == "reduction" || kind == "refund";
    Ok(FeePosting { id, kurus: if is_back { -kurus } else { kurus }, exporter, secretariat, items })
}
