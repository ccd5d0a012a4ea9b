//! What stands on a receipt, and how are its many items told on little paper?

mod layout;
mod pdf;
mod sheet;
mod xlsx;

pub use pdf::{ReceiptsPdf, receipts_pdf};
pub use xlsx::{ReceiptsXlsx, receipts_xlsx};

use ebirlik_domain::decision::ApprovalKind;
use ebirlik_domain::money::{Money, Rate};
use ebirlik_domain::price::{Price, PricedItem};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use std::sync::Arc;

/// The facts of one receipt (makbuz), issued in the exporter's name by the accounting unit of the secretariat.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Number of the receipt, such as `IMMIB-2026-0000042`.
    pub number: String,
    /// The general secretariat's code, such as `IMMIB`.
    pub secretariat: String,
    /// Its name in Turkish.
    pub secretariat_name: String,
    /// The contact office where it was paid, if it was one.
    pub office: Option<String>,
    /// In whose name it is issued.
    pub exporter: Party,
    /// Who declared.
    pub declarant: Party,
    /// The declarant's reference.
    pub reference: String,
    /// Union record number, such as `26IMMIB000000042`.
    pub record_no: String,
    /// The 16 characters, bare.
    pub code: String,
    /// How it was paid.
    pub kind: ApprovalKind,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// Last day on which customs takes the code, where goods have a term.
    pub valid_until: Option<Date>,
    /// What customs registered the declaration under, once known.
    pub registration_no: Option<String>,
    /// The fee and what it was computed from.
    pub price: Arc<Price>,
    /// What was paid. It differs from the fee where only the difference of a correction is taken.
    pub amount: Money,
}

/// A firm as a receipt names it.
#[derive(Clone, PartialEq, Eq)]
pub struct Party {
    /// Its full title.
    pub title: String,
    /// VKN or TCKN.
    pub tax_number: String,
}

/// What is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// 210 x 297 mm, a receipt a page.
    A4,
    /// Thermal paper of 80 mm; a page is as long as its receipt.
    Roll80mm,
}

/// Which of the two slips it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// Makbuz: what the secretariat's accounting unit issues.
    Receipt,
    /// Bilgi fişi: the same facts for the firm's own eyes, and no receipt.
    Information,
}

/// A row of the table of items: one item, or the sum of those that share sector, rate and currency.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The item's number, or how many items there are.
    number: u64,
    sector: String,
    fob: Decimal,
    currency: String,
    rate: Rate,
    fee: Money,
}

/// The rows, and whether they are sums.
fn rows(price: &Price) -> Option<(Vec<Row>, bool)> {
    if price.items.len() <= ITEMS_IN_FULL {
        let row = |item: &PricedItem| Row { number: item.number.into(), ..Row::of(item) };
        return Some((price.items.iter().map(row).collect(), false));
    }
    let mut rows: Vec<Row> = Vec::new();
    for item in &price.items {
        let same = |row: &&mut Row| row.sector == item.sector && row.rate == item.rate && row.currency == item.currency;
        if let Some(row) = rows.iter_mut().find(same) {
            row.number += 1;
            row.fob = row.fob.checked_add(item.fob)?;
            row.fee = row.fee.checked_add(item.fee)?;
        } else {
            rows.push(Row::of(item));
        }
    }
    Some((rows, true))
}

impl Row {
    fn of(item: &PricedItem) -> Self {
        Self {
            number: 1,
            sector: item.sector.clone(),
            fob: item.fob,
            currency: item.currency.clone(),
            rate: item.rate,
            fee: item.fee,
        }
    }
}

/// More items than these are told as sums: they fit on the page with everything else.
const ITEMS_IN_FULL: usize = 15;

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_domain::price::Written;

    fn item(number: u32, sector: &str, ppm: u32, kurus: i64) -> PricedItem {
        PricedItem {
            number,
            sector: sector.into(),
            fob: Decimal::new(10_050, 2),
            currency: "USD".into(),
            rate: Rate::from_ppm(ppm),
            fee: Money::from_kurus(kurus).unwrap(),
        }
    }

    fn price(items: Vec<PricedItem>) -> Price {
        Price { fee: Money::ZERO, fob_try: Money::ZERO, rates: Vec::new(), items, written: Written::default() }
    }

    #[test]
    fn few_items_stand_one_by_one() {
        let (rows, sums) = rows(&price((1..=15).map(|number| item(number, "DEMIR", 500, 7)).collect())).unwrap();
        assert!(!sums);
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), (1..=15).collect::<Vec<_>>());
    }

    #[test]
    fn many_items_become_sums_by_sector_rate_and_currency() {
        let items = (1..=400).map(|number| item(number, if number % 4 == 0 { "HUBUBAT" } else { "DEMIR" }, 500, 3));
        let (rows, sums) = rows(&price(items.collect())).unwrap();
        assert!(sums);
        let told: Vec<_> = rows.iter().map(|row| (row.sector.as_str(), row.number, row.fee.kurus(), row.fob)).collect();
        assert_eq!(
            told,
            [("DEMIR", 300, 900, Decimal::new(3_015_000, 2)), ("HUBUBAT", 100, 300, Decimal::new(1_005_000, 2))]
        );
    }
}
