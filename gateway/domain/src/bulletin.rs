//! The Central Bank's daily list of exchange rates, as far as prices need it.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// A declaration is priced with a bulletin at most this old. Source: contract section 8; long religious holidays.
pub const AGE_DAYS_MAX: i64 = 10;

/// One bulletin: the forex buying rates (döviz alış) of a day. Source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulletin {
    /// The day whose rates these are.
    pub date: Date,
    /// The bank's own number, such as `2026/220`.
    pub number: String,
    /// By ISO 4217 code. A currency that the bank left empty is absent.
    pub rates: BTreeMap<String, ForexRate>,
}

/// The buying rate of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForexRate {
    /// Units of the foreign currency that the price is for: 1, or 100 for the yen.
    pub unit: u32,
    /// Turkish lira for that many units, with the bank's decimals. Above zero.
    pub buying: Decimal,
}

impl Bulletin {
    /// True when this bulletin may price a declaration on `day`: dated on or before it, at most ten days old.
    pub fn serves(&self, day: Date) -> bool {
        let at_midnight = |date: Date| DateTime::from_parts(date, jiff::civil::Time::midnight());
        let age = at_midnight(day).duration_since(at_midnight(self.date));
        self.date <= day && age.as_hours() <= AGE_DAYS_MAX * 24
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_bulletin_serves_its_day_and_ten_more() {
        let bulletin = Bulletin { date: date(2026, 11, 20), number: "2026/220".into(), rates: BTreeMap::new() };
        let check = |day: Date, serves: bool| assert_eq!(bulletin.serves(day), serves, "{day}");
        check(date(2026, 11, 19), false);
        check(date(2026, 11, 20), true);
        check(date(2026, 11, 30), true);
        check(date(2026, 12, 1), false);
    }
}
