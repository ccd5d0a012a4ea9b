//! What a declaration declares, for eyes that decide: header, items with their fees, and what differs between versions.

use super::super::words::Words;
use crate::declarations::words::country;
use crate::list::Value;
use crate::text::{Language, gtip, lira};
use ebirlik_domain::decision::Change;
use ebirlik_domain::declaration::{Declaration, DeclaredItem, Entry};
use ebirlik_domain::price::Price;

/// Header and items.
pub(crate) struct Content {
    pub(crate) header: Vec<(&'static str, String)>,
    pub(crate) items: Vec<Item>,
    /// How many are shown, where there are more.
    pub(crate) cut: Option<usize>,
}

/// An item.
pub(crate) struct Item {
    pub(crate) number: String,
    pub(crate) gtip: String,
    pub(crate) weight: String,
    pub(crate) amount: String,
    pub(crate) sector: String,
    pub(crate) fee: String,
}

/// A declaration as it is shown, with the fees of its items where it has a price.
pub(crate) fn content(declaration: &Declaration, price: Option<&Price>, language: Language) -> Content {
    let words = Words::of(language);
    let header = [
        (words.regime, text(&declaration.regime)),
        (words.office, text(&declaration.office)),
        (words.destination, country(&text(&declaration.destination), language)),
        (words.delivery_term, text(&declaration.delivery_term)),
        (words.invoice, amount(&declaration.invoice_total, &text(&declaration.invoice_currency), language)),
        (words.freight, amount(&declaration.freight, &text(&declaration.freight_currency), language)),
        (words.insurance, amount(&declaration.insurance, &text(&declaration.insurance_currency), language)),
    ];
    let items = declaration.items.iter().take(ITEMS_SHOWN).map(|item| Item::of(item, price, language));
    Content {
        header: header.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        items: items.collect(),
        cut: (declaration.items.len() > ITEMS_SHOWN).then_some(ITEMS_SHOWN),
    }
}

/// Path, before and after of each change.
pub(crate) fn changes(changes: &[Change]) -> Vec<(String, String, String)> {
    let shown = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let change = |change: &Change| (change.path.clone(), shown(&change.old), shown(&change.new));
    changes.iter().take(CHANGES_SHOWN).map(change).collect()
}

impl Item {
    fn of(item: &DeclaredItem, price: Option<&Price>, language: Language) -> Self {
        let number = text(&item.number);
        let priced = price.and_then(|price| price.items.iter().find(|priced| priced.number.to_string() == number));
        Self {
            gtip: gtip(&text(&item.gtip)),
            weight: amount(&item.net_weight, "kg", language),
            amount: amount(&item.amount, &text(&item.currency), language),
            sector: priced.map(|priced| priced.sector.clone()).unwrap_or_default(),
            fee: priced.map(|priced| lira(priced.fee, language)).unwrap_or_default(),
            number,
        }
    }
}

fn text(entry: &Entry) -> String {
    entry.text().unwrap_or_default().to_owned()
}

/// With its unit; empty where it was not declared.
fn amount(amount: &Entry, unit: &str, language: Language) -> String {
    match text(amount) {
        amount if amount.is_empty() => amount,
        amount => Value::Amount(amount, unit.to_owned()).shown(language),
    }
}

/// A page of more is nobody's to read.
const ITEMS_SHOWN: usize = 200;
const CHANGES_SHOWN: usize = 200;
