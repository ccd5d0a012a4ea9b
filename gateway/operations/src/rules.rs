//! The rules in force: the code lists inside the program and the dated tables of the store.

use ebirlik_domain::money::Rate;
use ebirlik_domain::rules::Rules;
use ebirlik_store::rules::{
    BoundGoodsRow, DatedRows, DatedTables, ExemptionRow, FeeRateRow, HolidayRow, RegimeRuleRow, WatchedGoodsRow,
};
use ebirlik_store::{Store, StoreError};
use std::collections::HashMap;
use std::sync::LazyLock;

/// A reference table inside the program is damaged, or the store cannot give the dated ones.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// A table cannot be read.
    #[error("reference table {table}: {reason}")]
    Table {
        /// Which file.
        table: &'static str,
        /// Why.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rules with the dated tables of a store.
///
/// # Errors
/// When the store does not answer or a table is damaged.
pub async fn load(store: &Store) -> Result<Rules, TablesError> {
    with_tables(store.dated_tables().await?)
}

/// The rules as the dated tables stood at a version, without the tariff.
///
/// # Errors
/// As [`load`].
pub(crate) async fn load_at(store: &Store, version: i64) -> Result<Rules, TablesError> {
    with_tables(store.dated_tables_at(version).await?)
}

/// The code lists inside the program, with these dated tables.
pub(crate) fn with_tables(dated: DatedTables) -> Result<Rules, TablesError> {
    let mut rules = code_lists()?;
    rules.fee_rates = dated.fee_rates;
    rules.regime_rules = dated.regime_rules;
    rules.exemptions = dated.exemptions;
    rules.watched = dated.watched;
    rules.bound = dated.bound;
    rules.tariff = dated.tariff.into_iter().collect();
    Ok(rules)
}

/// The rules that the program is shipped with, for checks without a store.
///
/// # Errors
/// When a table inside the program is damaged.
pub fn builtin() -> Result<Rules, TablesError> {
    let mut rules = code_lists()?;
    let term = |table, from: &str, to: &str| {
        let day =
            |text: &str| text.parse().map_err(|_| TablesError::Table { table, reason: format!("{text:?} is no day") });
        let to = if to.is_empty() { None } else { Some(day(to)?) };
        Ok::<_, TablesError>(ebirlik_domain::rules::Term { from: day(from)?, to })
    };
    for row in regime_rows()? {
        rules.regime_rules.push(ebirlik_domain::rules::RegimeRule {
            needs_approval: row.needs_approval == 1,
            takes_fee: row.takes_fee == 1,
            term: term("dated/regime-rules.csv", &row.valid_from, &row.valid_to)?,
            regime: row.regime,
        });
    }
    Ok(rules)
}

/// Fills the dated tables with the defaults inside the program, all at once, unless they were filled before.
///
/// # Errors
/// When the store does not answer or a table inside the program is damaged.
pub async fn fill_dated_tables(store: &Store) -> Result<(), TablesError> {
    let defaults = DatedRows {
        fee_rates: fee_rate_rows()?,
        regime_rules: regime_rows()?,
        exemptions: exemption_rows()?,
        watched: watched_rows()?,
        bound: bound_rows()?,
        holidays: holiday_rows()?,
    };
    Ok(store.fill_dated_tables(&defaults).await?)
}

/// The official code lists and our own fixed ones, parsed once.
fn code_lists() -> Result<Rules, TablesError> {
    static LISTS: LazyLock<Result<Rules, TablesError>> = LazyLock::new(read_code_lists);
    match &*LISTS {
        Ok(rules) => Ok(rules.clone()),
        Err(TablesError::Table { table, reason }) => Err(TablesError::Table { table, reason: reason.clone() }),
        Err(TablesError::Store(_)) => Err(TablesError::Table { table: "code lists", reason: "no store".to_owned() }),
    }
}

fn read_code_lists() -> Result<Rules, TablesError> {
    let mut rules = Rules::default();
    for row in SECRETARIATS.rows()? {
        // TIM unites the service exporters; a declaration of goods cannot name it.
        if row.text("code")? != "TIM" {
            rules.secretariats.insert(row.text("code")?, row.text("name_tr")?);
        }
    }
    for row in UNIONS.rows()? {
        rules.unions.insert(row.text("code")?, row.text("secretariat")?);
        rules.union_sectors.insert(row.text("code")?, row.text("sector_code")?);
    }
    for row in COUNTRIES.rows()? {
        let code = row.text("customs_code")?;
        if !code.is_empty() {
            rules.countries.insert(code);
        }
    }
    for row in OFFICES.rows()? {
        rules.offices.insert(row.text("code")?, row.text("name_tr")?);
    }
    for row in DELIVERY_TERMS.rows()? {
        rules.delivery_terms.insert(row.text("code")?);
    }
    for row in CURRENCIES.rows()? {
        rules.currencies.insert(row.text("code")?);
    }
    for row in REGIMES.rows()? {
        rules.regimes.insert(row.text("code")?, row.text("side")? != "not_export");
    }
    for row in GOODS.rows()? {
        if row.text("level")? == "6" {
            rules.goods.insert(row.text("code")?);
        }
    }
    for row in BS16.rows()? {
        rules.known_gtips.insert(row.text("gtip")?);
    }
    for row in GOODS_GROUPS.rows()? {
        rules.sectors.insert(row.text("hs_prefix")?, row.text("sector_code")?);
    }
    Ok(rules)
}

fn fee_rate_rows() -> Result<Vec<FeeRateRow>, TablesError> {
    let rate = |row: &Row, column: &'static str| {
        let text = row.text(column)?;
        let rate = Rate::from_per_ten_thousand(&text).ok_or_else(|| row.wrong(column, &text))?;
        Ok::<_, TablesError>(i64::from(rate.ppm()))
    };
    FEE_RATES.map(|row| {
        Ok(FeeRateRow {
            sector: row.text("sector_code")?,
            rate_ppm: rate(row, "rate_e4")?,
            extra_ppm: rate(row, "extra_rate_e4")?,
            valid_from: row.text("valid_from")?,
            valid_to: row.text("valid_to")?,
            origin: row.text("note")?,
        })
    })
}

fn regime_rows() -> Result<Vec<RegimeRuleRow>, TablesError> {
    REGIME_RULES.map(|row| {
        Ok(RegimeRuleRow {
            regime: row.text("regime")?,
            needs_approval: row.flag("needs_approval")?,
            takes_fee: row.flag("takes_fee")?,
            valid_from: row.text("valid_from")?,
            valid_to: row.text("valid_to")?,
            origin: row.text("origin")?,
        })
    })
}

fn exemption_rows() -> Result<Vec<ExemptionRow>, TablesError> {
    EXEMPTIONS.map(|row| {
        Ok(ExemptionRow {
            kind: row.text("kind")?,
            value: row.text("value")?,
            valid_from: row.text("valid_from")?,
            valid_to: row.text("valid_to")?,
            origin: row.text("origin")?,
        })
    })
}

fn watched_rows() -> Result<Vec<WatchedGoodsRow>, TablesError> {
    WATCHED.map(|row| {
        let days = row.text("validity_days")?;
        let validity_days =
            if days.is_empty() { None } else { Some(days.parse().map_err(|_| row.wrong("validity_days", &days))?) };
        Ok(WatchedGoodsRow {
            gtip_prefix: row.text("gtip_prefix")?,
            at_desk: row.flag("at_desk")?,
            validity_days,
            valid_from: row.text("valid_from")?,
            valid_to: row.text("valid_to")?,
            origin: row.text("origin")?,
        })
    })
}

fn bound_rows() -> Result<Vec<BoundGoodsRow>, TablesError> {
    BOUND.map(|row| {
        Ok(BoundGoodsRow {
            gtip_prefix: row.text("gtip_prefix")?,
            secretariat: row.text("secretariat")?,
            valid_from: row.text("valid_from")?,
            valid_to: row.text("valid_to")?,
            origin: row.text("origin")?,
        })
    })
}

fn holiday_rows() -> Result<Vec<HolidayRow>, TablesError> {
    HOLIDAYS.map(|row| {
        Ok(HolidayRow { day: row.text("date")?, name_tr: row.text("name_tr")?, half_day: row.flag("half_day")? })
    })
}

/// A table of `schemas/reference`, inside the program.
pub(crate) struct Table {
    name: &'static str,
    text: &'static str,
}

/// A row by its column names.
pub(crate) struct Row {
    table: &'static str,
    values: HashMap<String, String>,
}

impl Table {
    pub(crate) fn rows(&self) -> Result<Vec<Row>, TablesError> {
        let mut reader = csv::Reader::from_reader(self.text.as_bytes());
        let wrong = |error: csv::Error| TablesError::Table { table: self.name, reason: error.to_string() };
        let rows: Result<Vec<_>, _> = reader.deserialize().collect();
        let rows = rows.map_err(wrong)?;
        Ok(rows.into_iter().map(|values| Row { table: self.name, values }).collect())
    }

    fn map<T>(&self, convert: impl Fn(&Row) -> Result<T, TablesError>) -> Result<Vec<T>, TablesError> {
        self.rows()?.iter().map(convert).collect()
    }
}

impl Row {
    pub(crate) fn text(&self, column: &'static str) -> Result<String, TablesError> {
        let missing = || TablesError::Table { table: self.table, reason: format!("there is no column {column}") };
        self.values.get(column).cloned().ok_or_else(missing)
    }

    fn flag(&self, column: &'static str) -> Result<i64, TablesError> {
        match self.text(column)?.as_str() {
            "yes" => Ok(1),
            "no" => Ok(0),
            other => Err(self.wrong(column, other)),
        }
    }

    fn wrong(&self, column: &str, value: &str) -> TablesError {
        TablesError::Table { table: self.table, reason: format!("{column} cannot be {value:?}") }
    }
}

macro_rules! tables {
    ($($name:ident = $file:literal;)*) => {
        $(pub(crate) static $name: Table =
            Table { name: $file, text: include_str!(concat!("../../../schemas/reference/", $file)) };)*
    };
}

tables! {
    SECRETARIATS = "secretariats.csv";
    UNIONS = "unions.csv";
    COUNTRIES = "countries.csv";
    OFFICES = "customs-offices.csv";
    DELIVERY_TERMS = "delivery-terms.csv";
    CURRENCIES = "currencies.csv";
    REGIMES = "regimes.csv";
    GOODS = "goods.csv";
    BS16 = "bs16-gtip.csv";
    GOODS_GROUPS = "goods-groups.csv";
    FEE_RATES = "dated/fee-rates.csv";
    REGIME_RULES = "dated/regime-rules.csv";
    EXEMPTIONS = "dated/fee-exemptions.csv";
    WATCHED = "dated/watched-goods.csv";
    BOUND = "dated/forced-secretariats.csv";
    HOLIDAYS = "dated/holidays.csv";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// the code lists are whole.
    #[test]
    fn the_code_lists_are_whole() {
        let rules = builtin().unwrap();
        assert_eq!((rules.secretariats.len(), rules.unions.len()), (13, 61));
        assert!(!rules.secretariats.contains_key("TIM"));
        assert_eq!(rules.goods.len(), 5_613);
        assert!(rules.countries.contains("004") && rules.countries.contains("F01"));
        assert!(rules.offices.contains_key("341300") && rules.currencies.contains("USD"));
        assert!(rules.known_gtips.contains("993024000000"));
        assert!(
            rules.goods.iter().all(|subheading| rules.sector_of(subheading).is_some()),
            "every subheading has a sector"
        );
    }

    /// every export regime has its row: express consignments come by another message, and
    /// the regimes of that kind are no exports here.
    #[test]
    fn every_export_regime_has_a_rule() {
        let rules = builtin().unwrap();
        let day = jiff::civil::date(2026, 11, 21);
        let check =
            |regime: &str, expected: (bool, bool)| assert_eq!(rules.regime_on(regime, day), expected, "{regime}");
        check("1000", (true, true));
        check("2300", (true, false));
        check("3151", (true, true));
        check("3171", (false, false));
        check("2600", (false, false));
        assert_eq!(rules.regimes.get("8100"), Some(&false));
        for (regime, _) in rules.regimes.iter().filter(|(_, is_export)| **is_export) {
            assert!(rules.regime_rules.iter().any(|row| row.regime == *regime), "{regime}");
        }
    }
}
