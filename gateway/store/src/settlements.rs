//! Whose is a fee? Passing what a secretariat took on to the unions that it is of.

use crate::accounts::{AccountKind, BOOK};
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::events::overtaken;
use crate::packed::Packed;
use crate::sql::statements;
use crate::{Ids, Store, detail};
use ebirlik_domain::price::PricedItem;
use jiff::Timestamp;

statements! {
    FEES = "select transfer.id, transfer.kind, transfer.amount_kurus, declaration.exporter, declaration.secretariat,
            approval.detail, approval.dictionary
        from transfer join declaration on declaration.id = transfer.declaration_id
        join approval on approval.declaration_id = declaration.id and approval.version = coalesce(
            (select max(a.version) from approval a join declaration_version v on v.declaration_id = a.declaration_id
                and v.version = a.version
                where a.declaration_id = declaration.id and v.sent_at <= transfer.booked_at),
            (select min(a.version) from approval a where a.declaration_id = declaration.id))
        where transfer.id > $1 and transfer.id < $2 and transfer.kind in ('fee', 'charge', 'reduction', 'refund')
        order by transfer.id limit $3";
    SETTLED = "select reference, debit_account, credit_account, amount_kurus from transfer where kind = 'settlement' and reference like $1 || '%'
        order by reference";
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
    /// Items of the approval that stood when the money moved, so that a month is shared alike whenever it is asked.
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

    /// Books the settlements of a month between the secretariats' own accounts, all or none; true when they are booked
    /// now, false when they were before. `prefix` begins the references of all of them, and of no other month's.
    ///
    /// # Errors
    /// `Conflict` when the month was settled with other sums.
    pub async fn settle_unions(
        &self,
        prefix: &str,
        settlements: &[Settlement],
        ids: &Ids,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut postings = Vec::with_capacity(settlements.len());
        for settlement in settlements {
            let taken = self.open_account(AccountKind::Income, "", &settlement.from).await?;
            let union = self.open_account(AccountKind::Income, &settlement.union_code, &settlement.to).await?;
            let (debit, credit) = if settlement.kurus < 0 { (union, taken) } else { (taken, union) };
            postings.push((settlement.reference.as_str(), debit, credit, settlement.kurus.abs()));
        }
        postings.sort_unstable();
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let before: Vec<(String, i64, i64, i64)> = sqlx::query_as(store.text(&SETTLED)).bind(prefix)
                    .fetch_all(&mut *tx).await?;
                if !before.is_empty() {
                    let mut before: Vec<(&str, i64, i64, i64)> = before.iter()
                        .map(|(reference, debit, credit, kurus)| (&**reference, *debit, *credit, *kurus)).collect();
                    before.sort_unstable();
                    if before != postings {
                        return Err(StoreError::Conflict(format!("{prefix} was settled with other sums")));
                    }
                    return Ok(false);
                }
                for (reference, debit, credit, kurus) in &postings {
                    // Of two who settle at once the unique reference lets one win; the other finds it settled.
                    sqlx::query(store.text(&BOOK)).bind(ids.next(now)).bind("settlement").bind(debit).bind(credit).bind(kurus)
                        .bind(*reference).bind(now.as_microsecond())
                        .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                }
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(true)
            })
        })
        .await
    }
}

fn posting(row: FeeTuple) -> Result<FeePosting, StoreError> {
    let (id, kind, kurus, exporter, secretariat, bytes, dictionary) = row;
    let text = Packed { bytes, dictionary }.text("approval", "detail")?;
    let (_, items, _) = detail::read(&text, None).map_err(|value| StoreError::Inconsistent {
        table: "approval",
        column: "detail",
        value,
    })?;
    let is_back = kind == "reduction" || kind == "refund";
    Ok(FeePosting { id, kurus: if is_back { -kurus } else { kurus }, exporter, secretariat, items })
}
