//! The tables that rules rest on: official code lists and our own dated tables, as plain values.
//!
//! Loading them is another's job; here they only answer questions about a day.

use crate::money::Rate;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashSet};
use std::ops::Bound::{Included, Unbounded};

/// From a day to a day, both included; without an end it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub from: Date,
    /// Last day, if there is one.
    pub to: Option<Date>,
}

impl Term {
    /// True when the day lies within.
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// Everything that a declaration is checked and priced against, but for parties, money and exchange rates.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// General secretariats that a declaration may name (TIM may not be).
    pub secretariats: BTreeMap<String, String>,
    /// Unions and the secretariat that each belongs to.
    pub unions: BTreeMap<String, String>,
    /// Unions and the sector that each works in.
    pub union_sectors: BTreeMap<String, String>,
    /// Customs' country codes, three characters.
    pub countries: HashSet<String>,
    /// Customs offices, six digits.
    pub offices: BTreeMap<String, String>,
    /// Delivery terms.
    pub delivery_terms: HashSet<String>,
    /// ISO 4217 currency codes.
    pub currencies: HashSet<String>,
    /// Regimes by code: true for those that are exports.
    pub regimes: BTreeMap<String, bool>,
    /// What the union does with a regime.
    pub regime_rules: Vec<RegimeRule>,
    /// What is sent free of charge and so free of fee.
    pub exemptions: Vec<Exemption>,
    /// Six-digit subheadings that exist.
    pub goods: HashSet<String>,
    /// Twelve-digit codes that are known beside them (BS-16 goods, R-2.20).
    pub known_gtips: HashSet<String>,
    /// The full twelve-digit tariff, once imported; empty before.
    pub tariff: HashSet<String>,
    /// Sector by commodity prefix; the longest prefix wins.
    pub sectors: BTreeMap<String, String>,
    /// Fee rates per sector.
    pub fee_rates: Vec<FeeRate>,
    /// Goods that a person must see first, or whose approval has a term.
    pub watched: Vec<WatchedGoods>,
    /// Goods that one secretariat alone approves.
    pub bound: Vec<BoundGoods>,
}

/// Needs a regime our approval, and does it bear the fee? Source: rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegimeRule {
    /// Regime code.
    pub regime: String,
    /// False: customs asks for no union approval.
    pub needs_approval: bool,
    /// False: approved free of fee (temporary exports).
    pub takes_fee: bool,
    /// When this row holds.
    pub term: Term,
}

/// Free-of-charge marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// What is marked.
    pub kind: ExemptionKind,
    /// The mark.
    pub value: String,
    /// When this row holds.
    pub term: Term,
}

/// Where a free-of-charge mark stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExemptionKind {
    /// The item's characteristic (`Ozellik`).
    ItemProperty,
    /// Every payment method of the item.
    PaymentMethod,
}

/// The fee rate of a sector. One product cannot bear two rates on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRate {
    /// Sector code.
    pub sector: String,
    /// Rate of the proportional fee.
    pub rate: Rate,
    /// Additional rate.
    pub extra: Rate,
    /// When this row holds.
    pub term: Term,
}

/// Goods on the list of recorded exports (kayda bağlı ihracat).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedGoods {
    /// Commodity prefix.
    pub prefix: String,
    /// True: a person at the secretariat decides first.
    pub at_desk: bool,
    /// Days after approval within which customs must see the code.
    pub validity_days: Option<u16>,
    /// When this row holds.
    pub term: Term,
}

/// Goods bound to one secretariat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundGoods {
    /// Commodity prefix.
    pub prefix: String,
    /// The only secretariat that may approve them.
    pub secretariat: String,
    /// When this row holds.
    pub term: Term,
}

impl Rules {
    /// The rule for a regime on a day; without a row a regime of export is the ordinary case.
    pub fn regime_on(&self, regime: &str, day: Date) -> (bool, bool) {
        let row = self.regime_rules.iter().find(|row| row.regime == regime && row.term.holds(day));
        row.map_or((true, true), |row| (row.needs_approval, row.takes_fee))
    }

    /// True when the mark frees from the fee on the day.
    pub fn is_exempt(&self, kind: ExemptionKind, value: &str, day: Date) -> bool {
        self.exemptions.iter().any(|row| row.kind == kind && row.value == value && row.term.holds(day))
    }

    /// True when this twelve-digit commodity code exists.
    pub fn knows_gtip(&self, gtip: &str) -> bool {
        self.known_gtips.contains(gtip)
            || if self.tariff.is_empty() {
                gtip.get(..6).is_some_and(|subheading| self.goods.contains(subheading))
            } else {
                self.tariff.contains(gtip)
            }
    }

    /// The sector of a commodity: the longest prefix wins.
    pub fn sector_of(&self, gtip: &str) -> Option<&str> {
        let mut upper = gtip;
        while !upper.is_empty() {
            // Whatever prefix of it is known, the last row up to it begins with that prefix.
            let (prefix, sector) = self.sectors.range::<str, _>((Unbounded, Included(upper))).next_back()?;
            if upper.starts_with(prefix.as_str()) {
                return Some(sector);
            }
            let common = upper.bytes().zip(prefix.bytes()).take_while(|(one, other)| one == other).count();
            upper = upper.get(..common)?;
        }
        None
    }

    /// The rate and extra rate of a sector on a day.
    pub fn fee_rate_on(&self, sector: &str, day: Date) -> Option<&FeeRate> {
        self.fee_rates.iter().find(|row| row.sector == sector && row.term.holds(day))
    }

    /// The rows of watched goods that a commodity falls under on a day.
    pub fn watched_on<'a>(&'a self, gtip: &'a str, day: Date) -> impl Iterator<Item = &'a WatchedGoods> {
        self.watched.iter().filter(move |row| gtip.starts_with(&row.prefix) && row.term.holds(day))
    }

    /// The one secretariat that may approve a commodity on a day, if it is bound.
    pub fn bound_on(&self, gtip: &str, day: Date) -> Option<&str> {
        let row = self.bound.iter().find(|row| gtip.starts_with(&row.prefix) && row.term.holds(day));
        row.map(|row| row.secretariat.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// a rate holds from its day: one sector, one rate on a day.
    #[test]
    fn a_rate_change_in_mid_year_holds_from_its_day() {
        let row = |rate, from, to| FeeRate {
            sector: "FINDIK".into(),
            rate: Rate::from_ppm(rate),
            extra: Rate::default(),
            term: Term { from, to },
        };
        let rules = Rules {
            fee_rates: vec![row(300, date(2026, 1, 1), Some(date(2026, 6, 30))), row(400, date(2026, 7, 1), None)],
            ..Rules::default()
        };
        let check = |day: Date, ppm: Option<u32>| {
            assert_eq!(rules.fee_rate_on("FINDIK", day).map(|row| row.rate.ppm()), ppm, "{day}");
        };
        check(date(2025, 12, 31), None);
        check(date(2026, 6, 30), Some(300));
        check(date(2026, 7, 1), Some(400));
    }

    #[test]
    fn the_longest_prefix_gives_the_sector() {
        let sectors = [("08", "YASMEYVE"), ("0802", "KURUMEYVE"), ("080222", "FINDIK")];
        let rules = Rules {
            sectors: sectors.into_iter().map(|(prefix, sector)| (prefix.to_owned(), sector.to_owned())).collect(),
            ..Rules::default()
        };
        let check = |gtip: &str, sector: Option<&str>| assert_eq!(rules.sector_of(gtip), sector, "{gtip}");
        check("080222000000", Some("FINDIK"));
        check("080211000000", Some("KURUMEYVE"));
        check("080510200000", Some("YASMEYVE"));
        check("080299000000", Some("KURUMEYVE"));
        check("080", Some("YASMEYVE"));
        check("0", None);
        check("", None);
        check("070000000000", None);
        check("610910000011", None);
    }
}
