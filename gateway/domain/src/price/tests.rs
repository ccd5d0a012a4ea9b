//! Golden prices, and prices against a slow exact model.

use super::*;
use crate::bulletin::ForexRate;
use crate::check::CheckedItem;
use crate::declaration::{Declaration, DeclaredItem};
use crate::rules::{FeeRate, Term};
use jiff::civil::date;

fn rules() -> Rules {
    let term = Term { from: date(2024, 1, 1), to: None };
    let rate = |sector: &str, ppm, extra| FeeRate {
        sector: sector.into(),
        rate: Rate::from_ppm(ppm),
        extra: Rate::from_ppm(extra),
        term,
    };
    Rules {
        sectors: [("61", "HAZIRGIYIM"), ("1509", "ZEYTIN")].map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
        fee_rates: vec![rate("HAZIRGIYIM", 500, 0), rate("ZEYTIN", 400, 500)],
        ..Rules::default()
    }
}

fn bulletin() -> Bulletin {
    let rate = |code: &str, unit, buying: &str| (code.to_owned(), ForexRate { unit, buying: buying.parse().unwrap() });
    Bulletin {
        date: date(2026, 11, 20),
        number: "2026/220".into(),
        rates: [rate("USD", 1, "41.5012"), rate("EUR", 1, "41.2345"), rate("JPY", 100, "27.9900")].into(),
    }
}

fn cost(text: &str) -> Option<Cost> {
    let (amount, currency) = text.split_once(' ')?;
    Some(Cost { amount: amount.parse().unwrap(), currency: currency.into() })
}

/// `amount currency`, with `cif` when the costs are included, then own freight and insurance.
fn item(number: u32, gtip: &str, amount: &str, included: bool, freight: &str, insurance: &str) -> CheckedItem {
    let amount = cost(amount).unwrap();
    CheckedItem {
        number: Some(number),
        gtip: Some(gtip.into()),
        net_weight: Some(Decimal::ONE),
        amount: Some(amount.amount),
        currency: Some(amount.currency),
        costs_included: included,
        exempt: false,
        freight: cost(freight),
        insurance: cost(insurance),
    }
}

fn priced(items: Vec<CheckedItem>, freight: &str, insurance: &str) -> Result<Price, Vec<Rule>> {
    priced_beside(Vec::new(), items, freight, insurance)
}

/// As [`priced`], where something else is wrong.
fn priced_beside(
    mut findings: Vec<Finding>,
    items: Vec<CheckedItem>,
    freight: &str,
    insurance: &str,
) -> Result<Price, Vec<Rule>> {
    let declaration =
        Declaration { items: vec![DeclaredItem::default(); items.len()], ..Declaration::default() }.into();
    let checked = CheckedDeclaration {
        declaration,
        secretariat: Some("IMMIB".into()),
        hold: false,
        exporter: None,
        declarant: None,
        takes_fee: true,
        invoice_total: None,
        freight: cost(freight),
        insurance: cost(insurance),
        items,
    };
    let authorised = AuthorisedDeclaration { checked, payer: None, limit: None, at_desk: false, validity_days: None };
    let priced = price(authorised, Some(&bulletin()), &rules(), date(2026, 11, 21), &mut findings).unwrap();
    priced.map(|priced| priced.price).ok_or_else(|| findings.iter().map(|finding| finding.rule).collect())
}

fn check(items: Vec<CheckedItem>, freight: &str, insurance: &str, fee: &str, fob_try: &str, fobs: &[&str]) {
    let price = priced(items, freight, insurance).unwrap();
    let shown: Vec<String> = price.items.iter().map(|item| item.fob.to_string()).collect();
    assert_eq!(
        (price.fee.to_string().as_str(), price.fob_try.to_string().as_str(), shown),
        (fee, fob_try, fobs.iter().map(|&fob| fob.to_owned()).collect())
    );
}

const SHIRT: &str = "610910000011";
const OIL: &str = "150920000011";

/// G-24, R-2.1, R-2.5, R-2.9: the worked example of the fee facts.
#[test]
fn the_worked_example_costs_1073_25() {
    check(vec![item(1, SHIRT, "52056.03 EUR", false, "", "")], "", "", "1073.25", "2146504.37", &["52056.03"]);
}

/// freight and insurance of a CIF sale leave the base; the contract's own example.
#[test]
fn a_cif_sale_pays_on_its_fob_value() {
    let own = item(1, SHIRT, "26450.00 USD", true, "1350 USD", "100 USD");
    check(vec![own], "1350 USD", "100 USD", "518.77", "1037530.00", &["25000.00"]);
    let shared = item(1, SHIRT, "26450.00 USD", true, "", "");
    check(vec![shared], "1350 USD", "100 USD", "518.77", "1037530.00", &["25000.00"]);
    let free_on_board = item(1, SHIRT, "26450.00 USD", false, "1350 USD", "100 USD");
    check(vec![free_on_board], "1350 USD", "100 USD", "548.85", "1097706.74", &["26450.00"]);
}

#[test]
fn the_headers_costs_are_shared_by_invoice_amount_exactly() {
    // 100 USD of freight over 100, 100 and 100 USD: a third each, never rounded on the way.
    let items = (1..=3).map(|number| item(number, SHIRT, "100 USD", true, "", "")).collect();
    check(items, "100 USD", "", "4.14", "8300.24", &["66.67", "66.67", "66.67"]);
}

#[test]
fn shares_are_taken_in_lira_where_currencies_differ() {
    let items = vec![item(1, SHIRT, "100 USD", true, "", ""), item(2, SHIRT, "10000 JPY", true, "", "")];
    // W = 4150.12 + 2799.00 = 6949.12; freight 694.912 TRY is a tenth of it.
    check(items, "694.912 TRY", "", "3.13", "6254.21", &["90.00", "9000.00"]);
}

/// rate and extra rate together: items of several sectors use several rates.
#[test]
fn each_sector_bears_its_own_rate() {
    let items = vec![item(1, SHIRT, "1000 TRY", false, "", ""), item(2, OIL, "1000 TRY", false, "", "")];
    let price = priced(items, "", "").unwrap();
    assert_eq!(price.items.iter().map(|item| item.rate.to_string()).collect::<Vec<_>>(), ["0.0005", "0.0009"]);
    assert_eq!((price.fee.to_string().as_str(), price.rates.len()), ("1.40", 0));
}

#[test]
fn half_a_kurus_is_rounded_up_once_per_item() {
    check(vec![item(1, SHIRT, "10 TRY", false, "", "")], "", "", "0.01", "10.00", &["10.00"]);
    check(vec![item(1, SHIRT, "9.99 TRY", false, "", "")], "", "", "0.00", "9.99", &["9.99"]);
    let twice = vec![item(1, SHIRT, "10 TRY", false, "", ""), item(2, SHIRT, "10 TRY", false, "", "")];
    check(twice, "", "", "0.02", "20.00", &["10.00", "10.00"]);
}

/// Contract section 5: findings of content, authority and price come together, each as far as it can be judged.
#[test]
fn what_exceeds_the_invoice_is_told_beside_what_else_is_wrong() {
    let beside =
        |items: Vec<CheckedItem>| priced_beside(vec![Finding::new(Rule::NotMember)], items, "", "").unwrap_err();
    let exceeding = || item(2, SHIRT, "100 USD", true, "101 USD", "");
    let unknown_goods = || CheckedItem { gtip: None, ..item(1, SHIRT, "100 USD", true, "", "") };
    assert_eq!(beside(vec![unknown_goods(), exceeding()]), [Rule::NotMember, Rule::CostsExceedInvoice]);
    assert_eq!(beside(vec![unknown_goods()]), [Rule::NotMember]);
    let without_amount = CheckedItem { amount: None, ..unknown_goods() };
    assert_eq!(beside(vec![without_amount, exceeding()]), [Rule::NotMember], "shares cannot be reckoned");
    let without_rate = item(1, SHIRT, "100 XAF", true, "", "");
    assert_eq!(beside(vec![without_rate, exceeding()]), [Rule::NotMember, Rule::CurrencyNotInBulletin]);
}

#[test]
fn what_cannot_be_priced_is_a_finding() {
    let one = |amount: &str, freight: &str| vec![item(1, SHIRT, amount, true, freight, "")];
    assert_eq!(priced(one("100 XAF", ""), "", ""), Err(vec![Rule::CurrencyNotInBulletin]));
    assert_eq!(priced(one("100 USD", "101 USD"), "", ""), Err(vec![Rule::CostsExceedInvoice]));
    assert_eq!(priced(one("100 USD", ""), "101 USD", ""), Err(vec![Rule::CostsExceedInvoice]));
    let huge = (1..=3).map(|number| item(number, SHIRT, "999999999999999 EUR", false, "", "")).collect();
    assert_eq!(priced(huge, "", ""), Err(vec![Rule::NumberTooLong]));
}
