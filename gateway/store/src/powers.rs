//! Powers of attorney as people see them: who gave them, who holds them, how they end and are frozen. How they come to be
//! stands in [`crate::power_applications`].
//!
//! Whether a power counts for a declaration is read with the other facts of the register, in [`crate::parties`].

use crate::connection::{on, read, retrying};
use crate::declarations::instant;
use crate::error::StoreError;
use crate::events::{EventRow, save_events};
use crate::feed::FeedEntry;
use crate::parties::Power;
use crate::sql::statements;
use crate::{Ids, Store};
use ebirlik_domain::money::Money;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A power with the titles of both sides, and whether the exporter froze its holder.
macro_rules! powers {
    ($where:literal) => {
        concat!(
            "select power.exporter, giver.title as exporter_title, power.declarant, holder.title as declarant_title,
                secretariat, takes_refunds, daily_limit, valid_from, valid_to, coalesce(power_freeze.frozen, 0) as frozen,
                revoked_at, revoked_by, revoke_reason
            from power join firm giver on giver.tax_no = power.exporter join firm holder on holder.tax_no = power.declarant
            left join power_freeze on power_freeze.exporter = power.exporter
                and power_freeze.declarant = power.declarant where ",
            $where
        )
    };
}

statements! {
    GIVEN = powers!("power.exporter = $1 order by power.declarant, secretariat, valid_from");
    HELD = powers!("power.declarant = $1 order by power.exporter, secretariat, valid_from");
    POWER = powers!("power.exporter = $1 and power.declarant = $2 and secretariat = $3 and valid_from = $4");
    END = "update power set valid_to = $5, revoked_at = $6, revoked_by = $7, revoke_reason = $8
        where exporter = $1 and declarant = $2 and secretariat = $3 and valid_from = $4
            and (valid_to = '' or valid_to > $5) returning takes_refunds, daily_limit";
    SPENT = "select spent_kurus from power_day
        where exporter = $1 and declarant = $2 and secretariat = $3 and valid_from = $4 and day = $5";
    FREEZE = "insert into power_freeze (exporter, declarant, frozen, changed_by, changed_at) values ($1, $2, $3, $4, $5)
        on conflict (exporter, declarant) do update
            set frozen = excluded.frozen, changed_by = excluded.changed_by, changed_at = excluded.changed_at
        where power_freeze.frozen <> excluded.frozen";
    ACTIVITY = "select recent.position, event.id, event.kind, event.happened_at, event.body, declaration.reference,
            declaration.declarant, declaration.exporter, declaration.secretariat,
            cast(null as text) as account_firm, cast(null as text) as account_secretariat
        from (select position, event_id from feed where firm = $1 and position < $2
            order by position desc limit $3) as recent
        join event on event.id = recent.event_id left join declaration on declaration.id = event.declaration_id
        where (declaration.exporter = $1 and declaration.declarant <> $1) or event.kind like 'power.%'
        order by recent.position desc";
    FEED_END = "select coalesce(max(position), 0) from feed where firm = $1";
}

/// A row's new state for servers to notice and for the history, within the transaction of the change.
macro_rules! keep_change {
    ($store:ident, $tx:ident, $rows:expr) => {{
        sqlx::query($store.text(&$crate::parties::RAISE_COUNTER))
            .bind($crate::parties::PARTIES)
            .execute(&mut *$tx)
            .await?;
        sqlx::query($store.text(&$crate::history::SAVE_CHANGES))
            .bind($crate::history::changes($rows))
            .bind($crate::parties::PARTIES)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use keep_change;

/// What tells a power from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerKey {
    /// Who gave it.
    pub exporter: String,
    /// Who holds it.
    pub declarant: String,
    /// For which secretariat; `*` is all.
    pub secretariat: String,
    /// First day.
    pub valid_from: String,
}

/// A power of the register with what people see beside it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PowerRow {
    /// Who gave it.
    pub exporter: String,
    /// Its title.
    pub exporter_title: String,
    /// Who holds it.
    pub declarant: String,
    /// Its title.
    pub declarant_title: String,
    /// For which secretariat; `*` is all.
    pub secretariat: String,
    /// 1 when fees may be given back on the declarant's own petition.
    pub takes_refunds: i64,
    /// The most that it lets be debited on one day, in kuruş; none where nothing limits it.
    pub daily_limit: Option<i64>,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// 1 while the exporter keeps the declarant from acting.
    pub frozen: i64,
    /// When somebody ended it before its day, microseconds UTC; 0 where nobody did.
    pub revoked_at: i64,
    /// Who: a firm's tax number or a member of staff.
    pub revoked_by: String,
    /// Why; may be empty where the exporter did.
    pub revoke_reason: String,
}

/// Whether an exporter stopped a declarant, as the history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerFreeze {
    /// Who gave the powers.
    pub exporter: String,
    /// Who holds them.
    pub declarant: String,
    /// 1 while none of them counts.
    pub frozen: i64,
}

impl PowerRow {
    /// What tells it from all others.
    pub fn key(&self) -> PowerKey {
        PowerKey {
            exporter: self.exporter.clone(),
            declarant: self.declarant.clone(),
            secretariat: self.secretariat.clone(),
            valid_from: self.valid_from.clone(),
        }
    }

    /// When somebody ended it before its day.
    ///
    /// # Errors
    /// When the database holds what is no instant.
    pub fn revoked_at(&self) -> Result<Option<Timestamp>, StoreError> {
        moment("power", "revoked_at", self.revoked_at)
    }
}

/// Who did something with a power, when, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed<'a> {
    /// User code of a member of staff, or the tax number of a firm: people's own addresses are told to nobody.
    pub by: &'a str,
    /// Why; may be empty.
    pub reason: &'a str,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Every power that an exporter gave.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_powers_given(&self, exporter: &str) -> Result<Vec<PowerRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&GIVEN)).bind(exporter).fetch_all(store.readers()))
    }

    /// Every power that a declarant holds or held.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_powers_held(&self, declarant: &str) -> Result<Vec<PowerRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&HELD)).bind(declarant).fetch_all(store.readers()))
    }

    /// One power.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_power(&self, key: &PowerKey) -> Result<Option<PowerRow>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&POWER)).bind(&key.exporter).bind(&key.declarant)
            .bind(&key.secretariat).bind(&key.valid_from).fetch_optional(store.readers()))
    }

    /// What was debited by a power with a daily limit on a day.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn spent_by_power(&self, key: &PowerKey, day: Date) -> Result<Money, StoreError> {
        let day = day.to_string();
        let spent: Option<i64> = read!(self, store => sqlx::query_scalar(store.text(&SPENT)).bind(&key.exporter)
            .bind(&key.declarant).bind(&key.secretariat).bind(&key.valid_from).bind(&day)
            .fetch_optional(store.readers()))?;
        Ok(Money::from_kurus(spent.unwrap_or_default()).unwrap_or_default())
    }

    /// Ends a power: `last_day` is the last on which it holds. False when it had ended by then.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn end_power(
        &self,
        key: &PowerKey,
        last_day: Date,
        deed: Deed<'_>,
        ids: &Ids,
    ) -> Result<bool, StoreError> {
        let last_day = last_day.to_string();
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let ended: Option<(i64, Option<i64>)> = sqlx::query_as(store.text(&END)).bind(&key.exporter).bind(&key.declarant)
                    .bind(&key.secretariat).bind(&key.valid_from).bind(&last_day).bind(deed.at.as_microsecond())
                    .bind(deed.by).bind(deed.reason).fetch_optional(&mut *tx).await?;
                let Some((takes_refunds, daily_limit)) = ended else { return Ok(false) };
                let PowerKey { exporter, declarant, secretariat, valid_from } = key.clone();
                let valid_to = last_day.clone();
                let power =
                    Power { exporter, declarant, secretariat, takes_refunds, daily_limit, valid_from, valid_to };
                keep_change!(store, tx, std::slice::from_ref(&power));
                save_events!(store, tx, &[event("power.revoked", told(&power), deed, ids)]);
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }

    /// Keeps a declarant from acting for an exporter, whatever powers it holds or gets; or lets it act again. False when
    /// it stood so already.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn freeze_powers(&self, freeze: &PowerFreeze, deed: Deed<'_>, ids: &Ids) -> Result<bool, StoreError> {
        let PowerFreeze { exporter, declarant, frozen } = freeze;
        let kind = if *frozen == 1 { "power.frozen" } else { "power.released" };
        let body = json!({ "firms": [exporter, declarant], "exporter": exporter, "declarant": declarant });
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let changed = sqlx::query(store.text(&FREEZE)).bind(exporter).bind(declarant).bind(*frozen)
                    .bind(deed.by).bind(deed.at.as_microsecond()).execute(&mut *tx).await?;
                if changed.rows_affected() == 0 {
                    return Ok(false);
                }
                keep_change!(store, tx, std::slice::from_ref(freeze));
                save_events!(store, tx, &[event(kind, body.clone(), deed, ids)]);
                tx.commit().await?;
                Ok(true)
            })
        })
        .await
    }

    /// What others did in an exporter's name and with its powers, among the `looked_at` entries of its feed before a
    /// position: the newest first.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn list_activity(
        &self,
        exporter: &str,
        before: i64,
        looked_at: u32,
    ) -> Result<Vec<FeedEntry>, StoreError> {
        read!(self, store => sqlx::query_as(store.text(&ACTIVITY)).bind(exporter).bind(before)
            .bind(i64::from(looked_at)).fetch_all(store.readers()))
    }

    /// The last position of a firm's feed; 0 where it is empty.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn feed_end(&self, firm: &str) -> Result<i64, StoreError> {
        read!(self, store => sqlx::query_scalar(store.text(&FEED_END)).bind(firm).fetch_one(store.readers()))
    }
}

pub(crate) fn moment(table: &'static str, column: &'static str, micros: i64) -> Result<Option<Timestamp>, StoreError> {
    if micros == 0 { Ok(None) } else { instant(table, column, micros).map(Some) }
}

/// A power as events tell it, to both sides.
pub(crate) fn told(power: &Power) -> Value {
    json!({
        "firms": [power.exporter, power.declarant], "exporter": power.exporter, "declarant": power.declarant,
        "secretariat": power.secretariat, "takes_refunds": power.takes_refunds == 1,
        "daily_limit": power.daily_limit.and_then(Money::from_kurus).map(|most| most.to_string()),
        "valid_from": power.valid_from, "valid_to": power.valid_to,
    })
}

pub(crate) fn event(kind: &'static str, mut body: Value, deed: Deed<'_>, ids: &Ids) -> EventRow {
    if let Some(body) = body.as_object_mut() {
        body.insert("by".to_owned(), json!(deed.by));
        body.insert("reason".to_owned(), json!(deed.reason));
    }
    EventRow::new(ids.next(deed.at), kind, None, None, deed.at, &body)
}
