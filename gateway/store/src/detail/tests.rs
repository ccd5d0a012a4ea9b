//! What is kept of a price, and what older rows hold, comes back.

use super::*;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::finding::Place;
use ebirlik_domain::price::Written;
use jiff::civil::date;

fn item(number: u32, sector: &str, currency: &str, ppm: u32) -> PricedItem {
    PricedItem {
        number,
        sector: sector.into(),
        fob: format!("12345.{:02}", 50 + number).parse().unwrap(),
        currency: currency.into(),
        rate: Rate::from_ppm(ppm),
        fee: Money::from_kurus(16_852).unwrap(),
    }
}

fn rate(currency: &str, buying: &str, unit: u32) -> UsedRate {
    let buying = buying.parse().unwrap();
    UsedRate { currency: currency.into(), buying, unit, date: date(2026, 11, 20), bulletin: "2026/220".into() }
}

fn price(rates: Vec<UsedRate>, items: Vec<PricedItem>) -> Price {
    let money = Money::from_kurus(1).unwrap();
    Price { fee: money, fob_try: money, rates, items, written: Written::default() }
}

#[test]
fn what_is_kept_of_a_price_comes_back() {
    let rates = vec![rate("JPY", "27.8912", 100), rate("USD", "34.1234", 1)];
    let items = vec![
        item(1, "TEKSTIL", "USD", 400),
        item(2, "TEKSTIL", "USD", 400),
        item(3, "TEKSTIL", "JPY", 400),
        item(4, "HALI", "JPY", 400),
        item(9, "HALI", "JPY", 0),
        item(10, "HALI", "JPY", 0),
    ];
    for (rates, items) in [(rates, items.clone()), (Vec::new(), vec![item(1, "HALI", "TRY", 400)]), (Vec::new(), items)]
    {
        let kept = of_price(&price(rates.clone(), items.clone()));
        let text = kept.text("approval", "detail").unwrap();
        assert_eq!(read(&text, None).unwrap(), (rates, items, Vec::new()), "{text}");
    }
}

/// The form of stored rows: whoever changes it must still read these.
#[test]
fn a_price_is_kept_as_lines() {
    let items = vec![item(1, "TEKSTIL", "USD", 400), item(2, "TEKSTIL", "USD", 400)];
    let kept = of_price(&price(vec![rate("USD", "34.1234", 1)], items));
    let lines = "USD 34.1234 1 2026-11-20 2026/220\n\n1 12345.51 16852 TEKSTIL USD 400\n2 12345.52 16852\n";
    assert_eq!(kept.text("approval", "detail").unwrap(), lines);
}

#[test]
fn rows_of_before_are_read() {
    let old = r#"{"rates":[{"currency":"USD","buying":"34.1234","unit":1,"date":"2026-11-20","bulletin":"2026/220"}],
        "items":[{"n":1,"sector":"TEKSTIL","fob":"12345.51","currency":"USD","ppm":400,"fee":16852}]}"#;
    let parts = (vec![rate("USD", "34.1234", 1)], vec![item(1, "TEKSTIL", "USD", 400)]);
    assert_eq!(read(old, None).unwrap(), (parts.0, parts.1, Vec::new()));
    let rule = Rule::ALL.iter().next().unwrap();
    let notice = Finding { place: Place::Nowhere, ..Finding::new(*rule) };
    let kept = of_notices(std::slice::from_ref(&notice)).unwrap();
    for (detail, notices) in [
        (r#"{"rates":[],"items":[]}"#.to_owned(), Some(kept.as_str())),
        (format!(r#"{{"rates":[],"items":[],"notices":{kept}}}"#), None),
        ("\n".to_owned(), Some(kept.as_str())),
    ] {
        assert_eq!(read(&detail, notices).unwrap().2, std::slice::from_ref(&notice), "{detail}");
    }
}

#[test]
fn what_cannot_be_is_told() {
    for wrong in [
        "{}",
        "USD 34.1234 1 2026-11-20\n\n",
        "USD 34.1234 1 2026-11-31 2026/220\n\n",
        "\n1 12345.51 16852\n",
        "\n1 12345.51 16852 TEKSTIL USD 400 more\n",
        "\n1 12345.51 168,52 TEKSTIL USD 400\n",
        "\n1 12345.51 16852 TEKSTIL USD 400\n\n",
    ] {
        assert!(read(wrong, None).is_err(), "{wrong:?}");
    }
    assert!(read("\n", Some("[{\"rule\":\"no such\"}]")).is_err());
}
