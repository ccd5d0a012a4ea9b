//! How a fee comes about, in words and figures: the same for a declaration that was approved and for one that is tried out.

use crate::list::Value;
use crate::text::{Language, day, fill, lira, words};
use ebirlik_domain::money::Rate;
use ebirlik_domain::price::Price;

/// How the fee came about.
pub(crate) struct PriceView {
    pub(crate) words: &'static Words,
    pub(crate) fee: String,
    pub(crate) fob: String,
    /// As charged, or as it would be today.
    pub(crate) is_charged: bool,
    pub(crate) rates: Vec<String>,
    pub(crate) items: Vec<PricedItem>,
    /// Items that are not shown.
    pub(crate) more: usize,
}

/// A line of the price.
pub(crate) struct PricedItem {
    pub(crate) number: u32,
    pub(crate) sector: String,
    pub(crate) fob: String,
    pub(crate) rate: String,
    pub(crate) fee: String,
}

impl PriceView {
    /// In words and figures.
    pub(crate) fn of(price: &Price, is_charged: bool, language: Language) -> Self {
        let words = Words::of(language);
        let amount = |amount: String, currency: &str| Value::Amount(amount, currency.to_owned()).shown(language);
        let rates = price.rates.iter().map(|rate| {
            let buying = amount(rate.buying.to_string(), "TL");
            let said = fill(words.rate, "currency", format!("{} {}", rate.unit, rate.currency));
            let said = fill(&fill(&said, "buying", buying), "bulletin", &rate.bulletin);
            fill(&said, "day", day(rate.date))
        });
        let items = price.items.iter().take(ITEMS_SHOWN).map(|item| PricedItem {
            number: item.number,
            sector: item.sector.clone(),
            fob: amount(item.fob.to_string(), &item.currency),
            rate: percent(item.rate, language),
            fee: lira(item.fee, language),
        });
        Self {
            words,
            fee: lira(price.fee, language),
            fob: lira(price.fob_try, language),
            is_charged,
            rates: rates.collect(),
            items: items.collect(),
            more: price.items.len().saturating_sub(ITEMS_SHOWN),
        }
    }
}

/// `%0,05`; in English `0.05%`.
fn percent(rate: Rate, language: Language) -> String {
    let (whole, fraction) = (rate.ppm() / 10_000, rate.ppm() % 10_000);
    let fraction = format!("{fraction:04}");
    let fraction = fraction.trim_end_matches('0');
    match (language, fraction) {
        (Language::Turkish, "") => format!("%{whole}"),
        (Language::Turkish, fraction) => format!("%{whole},{fraction}"),
        (Language::English, "") => format!("{whole}%"),
        (Language::English, fraction) => format!("{whole}.{fraction}%"),
    }
}

/// Items of a price on a page; the rest stands on the receipt.
const ITEMS_SHOWN: usize = 100;

words! {
    Words;
    price: "Nispi aidat nasıl hesaplandı", "How the fee was computed";
    price_today: "Nispi aidat, bugünün kuruyla", "The fee, at today's rates";
    price_formula: "Her kalem için: FOB bedeli × kur × oran, kuruşa yuvarlanır; nispi aidat bunların toplamıdır.", "For each item: FOB value × exchange rate × fee rate, rounded to kurus; the fee is their sum.";
    price_fob: "Toplam FOB bedeli", "Total FOB value";
    rate: "{currency} = {buying} (döviz alış, bülten {bulletin}, {day})", "{currency} = {buying} (forex buying, bulletin {bulletin}, {day})";
    item: "Kalem", "Item";
    sector: "Sektör", "Sector";
    fob: "FOB bedeli", "FOB value";
    fee_rate: "Oran", "Rate";
    more_items: "Gösterilmeyen kalem sayısı: {n}", "Items not shown: {n}";
    price_fee: "Nispi aidat", "Fee";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turkish rules: percent.
    #[test]
    fn rates_are_written_as_in_each_language() {
        let check = |ppm, turkish: &str, english: &str| {
            let rate = Rate::from_ppm(ppm);
            assert_eq!(
                (percent(rate, Language::Turkish).as_str(), percent(rate, Language::English).as_str()),
                (turkish, english)
            );
        };
        check(500, "%0,05", "0.05%");
        check(0, "%0", "0%");
        check(10_000, "%1", "1%");
        check(12_345, "%1,2345", "1.2345%");
    }
}
