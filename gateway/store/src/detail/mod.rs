//! What is kept of an approval's price, beside its columns: the rates and items that its answer tells.
//!
//! A line for each rate, an empty one, a line for each item:
//!
//! ```text
//! USD 34.1234 1 2026-11-20 2026/220
//!
//! 1 12345.50 16852 TEKSTIL USD 400
//! 2 99.10 135
//! ```
//!
//! An item says its number, its FOB value and its fee in kuruş; its sector, its currency and its rate in parts per million
//! where they are not those of the item before. Each of these is one word: sectors by our table, currencies by customs',
//! bulletins by their reader. So it is short without being packed, which would take longer than writing it. Notices stand in
//! a column of their own, as JSON.

mod json;
#[cfg(test)]
mod tests;

use crate::packed::Packed;
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::{Money, Rate};
use ebirlik_domain::price::{Price, PricedItem, UsedRate};
pub(crate) use json::of_notices;
use std::fmt::Write as _;

/// Rates, items and notices of an approval.
type Parts = (Vec<UsedRate>, Vec<PricedItem>, Vec<Finding>);

/// What is kept of a price.
pub(crate) fn of_price(price: &Price) -> Packed {
    let mut text = String::with_capacity(LINE_BYTES * (price.rates.len() + price.items.len() + 1));
    // Writing to a `String` never fails.
    for UsedRate { currency, buying, unit, date, bulletin } in &price.rates {
        let _ = writeln!(text, "{currency} {buying} {unit} {date} {bulletin}");
    }
    text.push('\n');
    let mut before: Option<&PricedItem> = None;
    for item in &price.items {
        let PricedItem { number, sector, fob, currency, rate, fee } = item;
        let _ = write!(text, "{number} {fob} {}", fee.kurus());
        if before.is_none_or(|before| (&before.sector, &before.currency, before.rate) != (sector, currency, *rate)) {
            let _ = write!(text, " {sector} {currency} {}", rate.ppm());
        }
        text.push('\n');
        before = Some(item);
    }
    Packed::as_it_stands(text)
}

/// The parts as the domain knows them, from both columns; or what is wrong with them.
pub(crate) fn read(detail: &str, notices: Option<&str>) -> Result<Parts, String> {
    let (rates, items, held) = if detail.starts_with('{') { json::parts(detail)? } else { lines(detail)? };
    Ok((rates, items, notices.map_or(Ok(held), json::notices)?))
}

/// Rates and items; or the line that cannot be.
fn lines(detail: &str) -> Result<Parts, &str> {
    let (mut rates, mut items, mut is_item) = (Vec::new(), Vec::new(), false);
    for line in detail.lines() {
        if line.is_empty() && !is_item {
            is_item = true;
        } else if is_item {
            items.push(item(line, items.last()).ok_or(line)?);
        } else {
            rates.push(rate(line).ok_or(line)?);
        }
    }
    Ok((rates, items, Vec::new()))
}

fn rate(line: &str) -> Option<UsedRate> {
    let [currency, buying, unit, date, bulletin] = words(line)?;
    let (currency, bulletin) = (currency.to_owned(), bulletin.to_owned());
    Some(UsedRate {
        currency,
        buying: buying.parse().ok()?,
        unit: unit.parse().ok()?,
        date: date.parse().ok()?,
        bulletin,
    })
}

fn item(line: &str, before: Option<&PricedItem>) -> Option<PricedItem> {
    let (number, fob, fee, sector, currency, rate) = if let Some([number, fob, fee]) = words(line) {
        let before = before?;
        (number, fob, fee, before.sector.as_str(), before.currency.as_str(), before.rate)
    } else {
        let [number, fob, fee, sector, currency, ppm] = words(line)?;
        (number, fob, fee, sector, currency, Rate::from_ppm(ppm.parse().ok()?))
    };
    Some(PricedItem {
        number: number.parse().ok()?,
        sector: sector.to_owned(),
        fob: fob.parse().ok()?,
        currency: currency.to_owned(),
        rate,
        fee: Money::from_kurus(fee.parse().ok()?)?,
    })
}

fn words<const COUNT: usize>(line: &str) -> Option<[&str; COUNT]> {
    let mut words = line.split(' ');
    let mut found = [""; COUNT];
    for word in &mut found {
        *word = words.next()?;
    }
    words.next().is_none().then_some(found)
}

/// Of a line with all its words, about.
const LINE_BYTES: usize = 40;
