//! The Central Bank's bulletins that were imported.

use crate::Store;
use crate::connection::{on, reading, retrying};
use crate::error::StoreError;
use crate::parties::RAISE_COUNTER;
use crate::rules::day;
use crate::sql::statements;
use ebirlik_domain::bulletin::{Bulletin, ForexRate};
use jiff::civil::Date;

statements! {
    LATEST_BULLETIN = "select day, number from bulletin where day <= $1 order by day desc limit 1";
    BULLETIN_RATES = "select currency, unit, buying from bulletin_rate where day = $1 order by currency";
    SAVE_BULLETIN = "insert into bulletin (day, number, imported_at) values ($1, $2, $3)
        on conflict (day) do update set number = excluded.number, imported_at = excluded.imported_at";
    FORGET_RATES = "delete from bulletin_rate where day = $1";
    SAVE_RATE = "insert into bulletin_rate (day, currency, unit, buying) values ($1, $2, $3, $4)";
}

impl Store {
    /// The latest bulletin dated on or before a day, however old.
    ///
    /// # Errors
    /// When the database cannot answer, or holds a rate that is none.
    pub async fn find_bulletin(&self, on_or_before: Date) -> Result<Option<Bulletin>, StoreError> {
        reading(|| self.read_bulletin(on_or_before)).await
    }

    async fn read_bulletin(&self, on_or_before: Date) -> Result<Option<Bulletin>, StoreError> {
        let (head, rows) = on!(self, store => {
            let mut tx = store.snapshot().await?;
            let head: Option<(String, String)> = sqlx::query_as(store.text(&LATEST_BULLETIN))
                .bind(on_or_before.to_string()).fetch_optional(&mut *tx).await?;
            let day = head.as_ref().map_or("", |head| head.0.as_str());
            let rows: Vec<(String, i64, String)> = sqlx::query_as(store.text(&BULLETIN_RATES)).bind(day).fetch_all(&mut *tx).await?;
            tx.commit().await?;
            (head, rows)
        });
        let Some((date, number)) = head else { return Ok(None) };
        let rates = rows.into_iter().map(|(currency, unit, buying)| {
            let wrong = || StoreError::Inconsistent { table: "bulletin_rate", column: "buying", value: buying.clone() };
            let rate = ForexRate {
                unit: u32::try_from(unit).map_err(|_| wrong())?,
                buying: buying.parse().map_err(|_| wrong())?,
            };
            Ok((currency, rate))
        });
        let rates = rates.collect::<Result<_, StoreError>>()?;
        Ok(Some(Bulletin { date: day("bulletin", "day", &date)?, number, rates }))
    }

    /// Stores a bulletin; the same day again replaces it.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn save_bulletin(&self, bulletin: &Bulletin, now: i64) -> Result<(), StoreError> {
        let date = bulletin.date.to_string();
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                sqlx::query(store.text(&SAVE_BULLETIN)).bind(&date).bind(&bulletin.number).bind(now)
                    .execute(&mut *tx).await?;
                sqlx::query(store.text(&FORGET_RATES)).bind(&date).execute(&mut *tx).await?;
                for (currency, rate) in &bulletin.rates {
                    sqlx::query(store.text(&SAVE_RATE)).bind(&date).bind(currency).bind(i64::from(rate.unit))
                        .bind(rate.buying.to_string()).execute(&mut *tx).await?;
                }
                sqlx::query(store.text(&RAISE_COUNTER)).bind("bulletins").execute(&mut *tx).await?;
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }
}
