//! What a declaration declares, for eyes that decide: header, items with their fees, and what differs between versions.

use super::super::words::Words;
use crate::text::{Language, lira};
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
        (words.destination, text(&declaration.destination)),
        (words.delivery_term, text(&declaration.delivery_term)),
        (words.invoice, amount(&declaration.invoice_total, &declaration.invoice_currency)),
        (words.freight, amount(&declaration.freight, &declaration.freight_currency)),
        (words.insurance, amount(&declaration.insurance, &declaration.insurance_currency)),
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
            weight: text(&item.net_weight),
            amount: amount(&item.amount, &item.currency),
            sector: priced.map(|priced| priced.sector.clone()).unwrap_or_default(),
            fee: priced.map(|priced| lira(priced.fee, language)).unwrap_or_default(),
            number,
        }
    }
}

fn text(entry: &Entry) -> String {
    entry.text().unwrap_or_default().to_owned()
}

fn amount(amount: &Entry, currency: &Entry) -> String {
    format!("{} {}", text(amount), text(currency)).trim().to_owned()
}

/// `8471.30.00.00.00`, as customs prints it.
fn gtip(digits: &str) -> String {
    match (digits.get(..4), digits.get(4..)) {
        (Some(chapter), Some(rest)) if digits.len() == 12 && digits.is_ascii() => {
            let pairs: Vec<&str> = (0..4).filter_map(|pair| rest.get(2 * pair..2 * pair + 2)).collect();
            format!("{chapter}.{}", pairs.join("."))
        }
        _ => digits.to_owned(),
    }
}

/// A page of more is nobody's to read.
const ITEMS_SHOWN: usize = 200;
const CHANGES_SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commodity_code_is_written_as_customs_prints_it() {
        assert_eq!(gtip("847130000000"), "8471.30.00.00.00");
        assert_eq!((gtip("8471"), gtip("ş4713000000")), ("8471".to_owned(), "ş4713000000".to_owned()));
    }
}
