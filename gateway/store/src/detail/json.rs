//! Notices as JSON; and the rates and items of rows of before 2026-11-27.

use super::Parts;
use crate::writer::rows::json;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_domain::money::{Money, Rate};
use ebirlik_domain::price::{PricedItem, UsedRate};
use serde::{Deserialize, Serialize};

/// What is kept of the notices; `None` where there are none.
pub(crate) fn of_notices(notices: &[Finding]) -> Option<String> {
    let notices = notices.iter().map(|notice| Notice {
        rule: notice.rule.name().to_owned(),
        place: match &notice.place {
            Place::Located { path, line, column } => Some((path.clone(), *line, *column)),
            _ => None,
        },
        item: notice.item.clone(),
        value: notice.value.clone(),
        detail: notice.detail.clone(),
    });
    let notices: Vec<Notice> = notices.collect();
    (!notices.is_empty()).then(|| json(&notices))
}

/// The notices of a row; or what is wrong with them.
pub(super) fn notices(text: &str) -> Result<Vec<Finding>, String> {
    let notices: Vec<Notice> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    notices.into_iter().map(Notice::into_finding).collect()
}

/// The parts of an older row, which may hold its notices itself; or what is wrong with them.
pub(super) fn parts(text: &str) -> Result<Parts, String> {
    let Detail { rates, items, notices } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let wrong = || "a part of it cannot be".to_owned();
    let rates: Option<_> = rates.into_iter().map(RateDetail::into_rate).collect();
    let items: Option<_> = items.into_iter().map(ItemDetail::into_item).collect();
    let notices: Result<_, _> = notices.into_iter().map(Notice::into_finding).collect();
    Ok((rates.ok_or_else(wrong)?, items.ok_or_else(wrong)?, notices?))
}

#[derive(Deserialize)]
struct Detail {
    rates: Vec<RateDetail>,
    items: Vec<ItemDetail>,
    #[serde(default)]
    notices: Vec<Notice>,
}

#[derive(Deserialize)]
struct RateDetail {
    currency: String,
    buying: String,
    unit: u32,
    date: String,
    bulletin: String,
}

#[derive(Deserialize)]
struct ItemDetail {
    n: u32,
    sector: String,
    fob: String,
    currency: String,
    ppm: u32,
    fee: i64,
}

#[derive(Serialize, Deserialize)]
struct Notice {
    rule: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    place: Option<(String, u32, u32)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    item: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    detail: Option<String>,
}

impl RateDetail {
    fn into_rate(self) -> Option<UsedRate> {
        Some(UsedRate {
            buying: self.buying.parse().ok()?,
            date: self.date.parse().ok()?,
            currency: self.currency,
            unit: self.unit,
            bulletin: self.bulletin,
        })
    }
}

impl ItemDetail {
    fn into_item(self) -> Option<PricedItem> {
        Some(PricedItem {
            number: self.n,
            sector: self.sector,
            fob: self.fob.parse().ok()?,
            currency: self.currency,
            rate: Rate::from_ppm(self.ppm),
            fee: Money::from_kurus(self.fee)?,
        })
    }
}

impl Notice {
    fn into_finding(self) -> Result<Finding, String> {
        let Self { rule, place, item, value, detail } = self;
        let place = match place {
            Some((path, line, column)) => Place::Located { path, line, column },
            None => Place::Nowhere,
        };
        let rule = Rule::named(&rule).ok_or(rule)?;
        Ok(Finding { rule, place, item, value, detail })
    }
}
