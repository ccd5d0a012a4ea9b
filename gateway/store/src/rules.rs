//! The dated tables: rates, regimes, exemptions, watched and bound goods, tariff, holidays.

use crate::Store;
use crate::connection::{on, read, retrying};
use crate::error::StoreError;
use crate::history::{SAVE_CHANGES, changes};
use crate::parties::RAISE_COUNTER;
use crate::sql::statements;
use crate::writer::rows::json;
use ebirlik_domain::money::Rate;
use ebirlik_domain::rules::{BoundGoods, Exemption, ExemptionKind, FeeRate, RegimeRule, Term, WatchedGoods};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

statements! {
    IS_FILLED = "select exists (select 1 from regime_rule)";
    FEE_RATES = "select sector, rate_ppm, extra_ppm, valid_from, valid_to, origin from fee_rate order by sector, valid_from";
    REGIME_RULES = "select regime, needs_approval, takes_fee, valid_from, valid_to, origin from regime_rule order by regime, valid_from";
    EXEMPTIONS = "select kind, value, valid_from, valid_to, origin from fee_exemption order by kind, value, valid_from";
    WATCHED = "select gtip_prefix, at_desk, validity_days, valid_from, valid_to, origin from watched_goods order by gtip_prefix, valid_from";
    BOUND = "select gtip_prefix, secretariat, valid_from, valid_to, origin from bound_goods order by gtip_prefix, valid_from";
    TARIFF = "select gtip from tariff";
    HOLIDAYS = "select day, name_tr, half_day from holiday order by day";
    @differ
    SAVE_FEE_RATES = sqlite "insert into fee_rate (sector, rate_ppm, extra_ppm, valid_from, valid_to, origin)
        select value->>'sector', value->>'rate_ppm', value->>'extra_ppm', value->>'valid_from', value->>'valid_to',
            value->>'origin' from json_each($1) where true
        on conflict (sector, valid_from) do update set rate_ppm = excluded.rate_ppm, extra_ppm = excluded.extra_ppm,
            valid_to = excluded.valid_to, origin = excluded.origin"
    postgres "insert into fee_rate (sector, rate_ppm, extra_ppm, valid_from, valid_to, origin)
        select sector, rate_ppm, extra_ppm, valid_from, valid_to, origin from json_to_recordset($1::json)
            as x(sector text, rate_ppm bigint, extra_ppm bigint, valid_from text, valid_to text, origin text)
        on conflict (sector, valid_from) do update set rate_ppm = excluded.rate_ppm, extra_ppm = excluded.extra_ppm,
            valid_to = excluded.valid_to, origin = excluded.origin";
    SAVE_REGIME_RULES = sqlite "insert into regime_rule (regime, needs_approval, takes_fee, valid_from, valid_to, origin)
        select value->>'regime', value->>'needs_approval', value->>'takes_fee', value->>'valid_from',
            value->>'valid_to', value->>'origin' from json_each($1) where true
        on conflict (regime, valid_from) do update set needs_approval = excluded.needs_approval,
            takes_fee = excluded.takes_fee, valid_to = excluded.valid_to, origin = excluded.origin"
    postgres "insert into regime_rule (regime, needs_approval, takes_fee, valid_from, valid_to, origin)
        select regime, needs_approval, takes_fee, valid_from, valid_to, origin from json_to_recordset($1::json)
            as x(regime text, needs_approval bigint, takes_fee bigint, valid_from text, valid_to text, origin text)
        on conflict (regime, valid_from) do update set needs_approval = excluded.needs_approval,
            takes_fee = excluded.takes_fee, valid_to = excluded.valid_to, origin = excluded.origin";
    SAVE_EXEMPTIONS = sqlite "insert into fee_exemption (kind, value, valid_from, valid_to, origin)
        select value->>'kind', value->>'value', value->>'valid_from', value->>'valid_to', value->>'origin'
        from json_each($1) where true
        on conflict (kind, value, valid_from) do update set valid_to = excluded.valid_to, origin = excluded.origin"
    postgres "insert into fee_exemption (kind, value, valid_from, valid_to, origin)
        select kind, value, valid_from, valid_to, origin from json_to_recordset($1::json)
            as x(kind text, value text, valid_from text, valid_to text, origin text)
        on conflict (kind, value, valid_from) do update set valid_to = excluded.valid_to, origin = excluded.origin";
    SAVE_WATCHED = sqlite "insert into watched_goods (gtip_prefix, at_desk, validity_days, valid_from, valid_to, origin)
        select value->>'gtip_prefix', value->>'at_desk', value->>'validity_days', value->>'valid_from',
            value->>'valid_to', value->>'origin' from json_each($1) where true
        on conflict (gtip_prefix, valid_from) do update set at_desk = excluded.at_desk,
            validity_days = excluded.validity_days, valid_to = excluded.valid_to, origin = excluded.origin"
    postgres "insert into watched_goods (gtip_prefix, at_desk, validity_days, valid_from, valid_to, origin)
        select gtip_prefix, at_desk, validity_days, valid_from, valid_to, origin from json_to_recordset($1::json)
            as x(gtip_prefix text, at_desk bigint, validity_days bigint, valid_from text, valid_to text, origin text)
        on conflict (gtip_prefix, valid_from) do update set at_desk = excluded.at_desk,
            validity_days = excluded.validity_days, valid_to = excluded.valid_to, origin = excluded.origin";
    SAVE_BOUND = sqlite "insert into bound_goods (gtip_prefix, secretariat, valid_from, valid_to, origin)
        select value->>'gtip_prefix', value->>'secretariat', value->>'valid_from', value->>'valid_to', value->>'origin'
        from json_each($1) where true
        on conflict (gtip_prefix, valid_from) do update set secretariat = excluded.secretariat,
            valid_to = excluded.valid_to, origin = excluded.origin"
    postgres "insert into bound_goods (gtip_prefix, secretariat, valid_from, valid_to, origin)
        select gtip_prefix, secretariat, valid_from, valid_to, origin from json_to_recordset($1::json)
            as x(gtip_prefix text, secretariat text, valid_from text, valid_to text, origin text)
        on conflict (gtip_prefix, valid_from) do update set secretariat = excluded.secretariat,
            valid_to = excluded.valid_to, origin = excluded.origin";
    SAVE_TARIFF = sqlite "insert into tariff (gtip, description_tr, description_en)
        select value->>'gtip', value->>'description_tr', value->>'description_en' from json_each($1) where true
        on conflict (gtip) do update set description_tr = excluded.description_tr,
            description_en = excluded.description_en"
    postgres "insert into tariff (gtip, description_tr, description_en)
        select gtip, description_tr, description_en from json_to_recordset($1::json)
            as x(gtip text, description_tr text, description_en text)
        on conflict (gtip) do update set description_tr = excluded.description_tr,
            description_en = excluded.description_en";
    SAVE_HOLIDAYS = sqlite "insert into holiday (day, name_tr, half_day)
        select value->>'day', value->>'name_tr', value->>'half_day' from json_each($1) where true
        on conflict (day) do update set name_tr = excluded.name_tr, half_day = excluded.half_day"
    postgres "insert into holiday (day, name_tr, half_day)
        select day, name_tr, half_day from json_to_recordset($1::json)
            as x(day text, name_tr text, half_day bigint)
        on conflict (day) do update set name_tr = excluded.name_tr, half_day = excluded.half_day";
}

/// A row of the fee rates. Days as `YYYY-MM-DD`, `valid_to` may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct FeeRateRow {
    /// Sector code.
    pub sector: String,
    /// Parts per million.
    pub rate_ppm: i64,
    /// Parts per million on top.
    pub extra_ppm: i64,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// Where the row comes from.
    pub origin: String,
}

/// A row on a regime; flags are 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct RegimeRuleRow {
    /// Regime code.
    pub regime: String,
    /// Union approval needed.
    pub needs_approval: i64,
    /// Fee taken.
    pub takes_fee: i64,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// Where the row comes from.
    pub origin: String,
}

/// A row on what is free of fee; `kind` is `item_property` or `payment_method`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct ExemptionRow {
    /// What is marked.
    pub kind: String,
    /// The mark.
    pub value: String,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// Where the row comes from.
    pub origin: String,
}

/// A row on watched goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct WatchedGoodsRow {
    /// Commodity prefix.
    pub gtip_prefix: String,
    /// 1: a person decides first.
    pub at_desk: i64,
    /// Days of validity, if any.
    pub validity_days: Option<i64>,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// Where the row comes from.
    pub origin: String,
}

/// A row on goods bound to one secretariat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct BoundGoodsRow {
    /// Commodity prefix.
    pub gtip_prefix: String,
    /// The only secretariat.
    pub secretariat: String,
    /// First day.
    pub valid_from: String,
    /// Last day, or empty.
    pub valid_to: String,
    /// Where the row comes from.
    pub origin: String,
}

/// A twelve-digit tariff line.
#[derive(Debug, Clone, Serialize)]
pub struct TariffRow {
    /// Twelve digits.
    pub gtip: String,
    /// Turkish description.
    pub description_tr: String,
    /// English description.
    pub description_en: String,
}

/// A public holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct HolidayRow {
    /// The day.
    pub day: String,
    /// Its Turkish name.
    pub name_tr: String,
    /// 1 when only the afternoon is free.
    pub half_day: i64,
}

/// Rows of the dated tables as the domain takes them.
#[derive(Debug, Clone, Default)]
pub struct DatedTables {
    /// Fee rates.
    pub fee_rates: Vec<FeeRate>,
    /// Regimes.
    pub regime_rules: Vec<RegimeRule>,
    /// Exemptions.
    pub exemptions: Vec<Exemption>,
    /// Watched goods.
    pub watched: Vec<WatchedGoods>,
    /// Bound goods.
    pub bound: Vec<BoundGoods>,
    /// Twelve-digit codes, once imported.
    pub tariff: Vec<String>,
}

/// Rows of the dated tables as they are stored.
#[derive(Debug, Clone)]
pub struct DatedRows {
    /// Fee rates.
    pub fee_rates: Vec<FeeRateRow>,
    /// Regimes.
    pub regime_rules: Vec<RegimeRuleRow>,
    /// Exemptions.
    pub exemptions: Vec<ExemptionRow>,
    /// Watched goods.
    pub watched: Vec<WatchedGoodsRow>,
    /// Bound goods.
    pub bound: Vec<BoundGoodsRow>,
    /// Holidays.
    pub holidays: Vec<HolidayRow>,
}

impl DatedRows {
    /// As the domain takes them, without the tariff.
    ///
    /// # Errors
    /// When a row holds what the domain refuses.
    pub fn into_tables(self) -> Result<DatedTables, StoreError> {
        tables(self.fee_rates, self.regime_rules, self.exemptions, self.watched, self.bound, Vec::new())
    }
}

impl Store {
    /// Fills all dated tables in one transaction, unless regimes stand there: then they were filled before.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn fill_dated_tables(&self, defaults: &DatedRows) -> Result<(), StoreError> {
        let sets = [
            (&SAVE_FEE_RATES, json(&defaults.fee_rates)),
            (&SAVE_REGIME_RULES, json(&defaults.regime_rules)),
            (&SAVE_EXEMPTIONS, json(&defaults.exemptions)),
            (&SAVE_WATCHED, json(&defaults.watched)),
            (&SAVE_BOUND, json(&defaults.bound)),
            (&SAVE_HOLIDAYS, json(&defaults.holidays)),
        ];
        let history = [
            changes(&defaults.fee_rates),
            changes(&defaults.regime_rules),
            changes(&defaults.exemptions),
            changes(&defaults.watched),
            changes(&defaults.bound),
            changes(&defaults.holidays),
        ];
        if read!(self, store => sqlx::query_scalar::<_, bool>(store.text(&IS_FILLED)).fetch_one(store.readers()))? {
            return Ok(());
        }
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                if !sqlx::query_scalar::<_, bool>(store.text(&IS_FILLED)).fetch_one(&mut *tx).await? {
                    for (statement, rows) in &sets {
                        sqlx::query(store.text(statement)).bind(rows).execute(&mut *tx).await?;
                    }
                    sqlx::query(store.text(&RAISE_COUNTER)).bind("rules").execute(&mut *tx).await?;
                    for rows in &history {
                        sqlx::query(store.text(&SAVE_CHANGES)).bind(rows).bind("rules").execute(&mut *tx).await?;
                    }
                }
                tx.commit().await?;
            });
            Ok(())
        })
        .await
    }

    /// All dated tables, from one snapshot.
    ///
    /// # Errors
    /// When the database cannot answer, or holds what the domain refuses.
    pub async fn dated_tables(&self) -> Result<DatedTables, StoreError> {
        on!(self, store => {
            let mut tx = store.snapshot().await?;
            let fee_rates: Vec<FeeRateRow> = sqlx::query_as(store.text(&FEE_RATES)).fetch_all(&mut *tx).await?;
            let regimes: Vec<RegimeRuleRow> = sqlx::query_as(store.text(&REGIME_RULES)).fetch_all(&mut *tx).await?;
            let exemptions: Vec<ExemptionRow> = sqlx::query_as(store.text(&EXEMPTIONS)).fetch_all(&mut *tx).await?;
            let watched: Vec<WatchedGoodsRow> = sqlx::query_as(store.text(&WATCHED)).fetch_all(&mut *tx).await?;
            let bound: Vec<BoundGoodsRow> = sqlx::query_as(store.text(&BOUND)).fetch_all(&mut *tx).await?;
            let tariff: Vec<String> = sqlx::query_scalar(store.text(&TARIFF)).fetch_all(&mut *tx).await?;
            tx.commit().await?;
            tables(fee_rates, regimes, exemptions, watched, bound, tariff)
        })
    }

    /// The rows of the dated tables, from one snapshot.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn dated_rows(&self) -> Result<DatedRows, StoreError> {
        on!(self, store => {
            let mut tx = store.snapshot().await?;
            let rows = DatedRows {
                fee_rates: sqlx::query_as(store.text(&FEE_RATES)).fetch_all(&mut *tx).await?,
                regime_rules: sqlx::query_as(store.text(&REGIME_RULES)).fetch_all(&mut *tx).await?,
                exemptions: sqlx::query_as(store.text(&EXEMPTIONS)).fetch_all(&mut *tx).await?,
                watched: sqlx::query_as(store.text(&WATCHED)).fetch_all(&mut *tx).await?,
                bound: sqlx::query_as(store.text(&BOUND)).fetch_all(&mut *tx).await?,
                holidays: sqlx::query_as(store.text(&HOLIDAYS)).fetch_all(&mut *tx).await?,
            };
            tx.commit().await?;
            Ok(rows)
        })
    }

    /// The dated tables as they stood at a version, without the tariff: whether a commodity exists was judged when it
    /// came.
    ///
    /// # Errors
    /// As [`Store::dated_tables`].
    pub async fn dated_tables_at(&self, version: i64) -> Result<DatedTables, StoreError> {
        tables(
            self.rows_at("", version).await?,
            self.rows_at("", version).await?,
            self.rows_at("", version).await?,
            self.rows_at("", version).await?,
            self.rows_at("", version).await?,
            Vec::new(),
        )
    }

    /// Adds or changes fee rates, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_fee_rates(&self, rows: &[FeeRateRow]) -> Result<(), StoreError> {
        self.save(&SAVE_FEE_RATES, rows, "rules").await
    }

    /// Adds or changes rules on regimes, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_regime_rules(&self, rows: &[RegimeRuleRow]) -> Result<(), StoreError> {
        self.save(&SAVE_REGIME_RULES, rows, "rules").await
    }

    /// Adds or changes exemptions, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_exemptions(&self, rows: &[ExemptionRow]) -> Result<(), StoreError> {
        self.save(&SAVE_EXEMPTIONS, rows, "rules").await
    }

    /// Adds or changes watched goods, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_watched_goods(&self, rows: &[WatchedGoodsRow]) -> Result<(), StoreError> {
        self.save(&SAVE_WATCHED, rows, "rules").await
    }

    /// Adds or changes bound goods, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_bound_goods(&self, rows: &[BoundGoodsRow]) -> Result<(), StoreError> {
        self.save(&SAVE_BOUND, rows, "rules").await
    }

    /// Adds or changes tariff lines, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_tariff(&self, rows: &[TariffRow]) -> Result<(), StoreError> {
        self.save_without_history(&SAVE_TARIFF, rows, "rules").await
    }

    /// Adds or changes holidays, all or none.
    ///
    /// # Errors
    /// When a row cannot be stored.
    pub async fn save_holidays(&self, rows: &[HolidayRow]) -> Result<(), StoreError> {
        self.save(&SAVE_HOLIDAYS, rows, "rules").await
    }
}

pub(crate) fn day(table: &'static str, column: &'static str, text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|_| StoreError::Inconsistent { table, column, value: text.to_owned() })
}

fn tables(
    fee_rates: Vec<FeeRateRow>,
    regimes: Vec<RegimeRuleRow>,
    exemptions: Vec<ExemptionRow>,
    watched: Vec<WatchedGoodsRow>,
    bound: Vec<BoundGoodsRow>,
    tariff: Vec<String>,
) -> Result<DatedTables, StoreError> {
    Ok(DatedTables {
        fee_rates: fee_rates.into_iter().map(fee_rate).collect::<Result<_, _>>()?,
        regime_rules: regimes.into_iter().map(regime_rule).collect::<Result<_, _>>()?,
        exemptions: exemptions.into_iter().map(exemption).collect::<Result<_, _>>()?,
        watched: watched.into_iter().map(watched_goods).collect::<Result<_, _>>()?,
        bound: bound.into_iter().map(bound_goods).collect::<Result<_, _>>()?,
        tariff,
    })
}

fn term(table: &'static str, from: &str, to: &str) -> Result<Term, StoreError> {
    let to = if to.is_empty() { None } else { Some(day(table, "valid_to", to)?) };
    Ok(Term { from: day(table, "valid_from", from)?, to })
}

fn rate(ppm: i64) -> Result<Rate, StoreError> {
    let ppm = u32::try_from(ppm);
    ppm.map(Rate::from_ppm).map_err(|error| StoreError::Inconsistent {
        table: "fee_rate",
        column: "rate_ppm",
        value: error.to_string(),
    })
}

fn fee_rate(row: FeeRateRow) -> Result<FeeRate, StoreError> {
    Ok(FeeRate {
        rate: rate(row.rate_ppm)?,
        extra: rate(row.extra_ppm)?,
        term: term("fee_rate", &row.valid_from, &row.valid_to)?,
        sector: row.sector,
    })
}

fn regime_rule(row: RegimeRuleRow) -> Result<RegimeRule, StoreError> {
    Ok(RegimeRule {
        needs_approval: row.needs_approval == 1,
        takes_fee: row.takes_fee == 1,
        term: term("regime_rule", &row.valid_from, &row.valid_to)?,
        regime: row.regime,
    })
}

fn exemption(row: ExemptionRow) -> Result<Exemption, StoreError> {
    let kind = match row.kind.as_str() {
        "item_property" => ExemptionKind::ItemProperty,
        "payment_method" => ExemptionKind::PaymentMethod,
        _ => return Err(StoreError::Inconsistent { table: "fee_exemption", column: "kind", value: row.kind }),
    };
    Ok(Exemption { kind, term: term("fee_exemption", &row.valid_from, &row.valid_to)?, value: row.value })
}

fn watched_goods(row: WatchedGoodsRow) -> Result<WatchedGoods, StoreError> {
    Ok(WatchedGoods {
        at_desk: row.at_desk == 1,
        validity_days: row.validity_days.and_then(|days| u16::try_from(days).ok()),
        term: term("watched_goods", &row.valid_from, &row.valid_to)?,
        prefix: row.gtip_prefix,
    })
}

fn bound_goods(row: BoundGoodsRow) -> Result<BoundGoods, StoreError> {
    Ok(BoundGoods {
        term: term("bound_goods", &row.valid_from, &row.valid_to)?,
        prefix: row.gtip_prefix,
        secretariat: row.secretariat,
    })
}
