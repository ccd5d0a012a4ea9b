//! R-7: the bank's file as it is, and as it must not be. Figures are invented; their form is real.

use super::*;
use crate::import::tests::office;
use ebirlik_store::on_each_store;
use ebirlik_store::testing::TestDatabase;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="isokur.xsl"?>
<Tarih_Date Tarih="20.11.2026" Date="11/20/2026"  Bulten_No="2026/220" >"#;
const DOLLAR: &str = r#"
	<Currency CrossOrder="0" Kod="USD" CurrencyCode="USD"><Unit>1</Unit><Isim>ABD DOLARI</Isim>
		<ForexBuying>41.5012</ForexBuying><BanknoteBuying/></Currency>"#;
const TODAY: Date = date(2026, 11, 21);

fn currency(code: &str, unit: &str, buying: &str) -> String {
    format!(r#"<Currency Kod="{code}" CurrencyCode="{code}"><Unit>{unit}</Unit>{buying}</Currency>"#)
}

fn with(entries: &str) -> String {
    format!("{HEAD}{DOLLAR}{entries}</Tarih_Date>\n")
}

fn parse(text: &str) -> Result<Bulletin, BulletinError> {
    parse_bulletin(text.as_bytes(), TODAY)
}

fn rate_of(entries: &str, code: &str) -> Option<(u32, String)> {
    let bulletin = parse(&with(entries)).unwrap();
    bulletin.rates.get(code).map(|rate| (rate.unit, rate.buying.to_string()))
}

#[test]
fn the_demo_bulletin_is_read_whole() {
    let bulletin =
        parse_bulletin(include_bytes!("../../../../fixtures/demo/bulletin-2026-11-20.xml"), date(2026, 11, 20))
            .unwrap();
    assert_eq!((bulletin.date, bulletin.number.as_str()), (date(2026, 11, 20), "2026/220"));
    let check = |code: &str, unit: u32, buying: &str| {
        let rate = bulletin.rates[code];
        assert_eq!((rate.unit, rate.buying.to_string().as_str()), (unit, buying), "{code}");
    };
    check("USD", 1, "41.5012");
    check("EUR", 1, "48.7001");
    check("JPY", 100, "27.9900");
    check("IRR", 100, "0.09812");
    check("RUB", 1, "0.49344");
    assert_eq!(bulletin.rates.len(), 23);
    assert!(!bulletin.rates.contains_key("XDR"));
}

#[test]
fn the_banks_digits_are_kept() {
    let rate = |text: &str| rate_of(&currency("EUR", "1", &format!("<ForexBuying>{text}</ForexBuying>")), "EUR");
    assert_eq!(rate("2.138"), Some((1, "2.138".into())));
    assert_eq!(rate("0.00834"), Some((1, "0.00834".into())));
    assert_eq!(rate("48.7000"), Some((1, "48.7000".into())));
    assert_eq!(rate("\n\t48 "), Some((1, "48".into())));
}

#[test]
fn an_empty_or_zero_rate_is_not_available() {
    for buying in [
        "",
        "<ForexBuying/>",
        "<ForexBuying></ForexBuying>",
        "<ForexBuying>\n\t</ForexBuying>",
        "<ForexBuying>0</ForexBuying>",
        "<ForexBuying>0.0000</ForexBuying>",
    ] {
        assert_eq!(rate_of(&currency("EUR", "1", buying), "EUR"), None, "{buying}");
    }
}

#[test]
fn the_special_drawing_right_is_never_a_rate() {
    assert_eq!(rate_of(&currency("XDR", "1", "<ForexBuying>57.1020</ForexBuying>"), "XDR"), None);
    assert_eq!(rate_of(&currency("XDR", "", "<ForexBuying>57,1</ForexBuying>"), "XDR"), None);
}

#[test]
fn the_first_of_two_entries_of_a_currency_stands() {
    let twice = currency("EUR", "1", "<ForexBuying>48.7001</ForexBuying>")
        + &currency("EUR", "1", "<ForexBuying>50.0000</ForexBuying>");
    assert_eq!(rate_of(&twice, "EUR"), Some((1, "48.7001".into())));
}

#[test]
fn the_yen_is_per_hundred_and_a_unit_is_a_power_of_ten() {
    let buying = "<ForexBuying>27.9900</ForexBuying>";
    assert_eq!(rate_of(&currency("JPY", "100", buying), "JPY"), Some((100, "27.9900".into())));
    for unit in ["", "0", "2", "-1", "1.0", "010"] {
        let error = parse(&with(&currency("JPY", unit, buying))).unwrap_err();
        assert_eq!(error, BulletinError::Unit { currency: "JPY".into(), value: unit.into() });
    }
}

#[test]
fn a_decimal_comma_is_refused_with_the_remedy() {
    let error = parse(&with(&currency("EUR", "1", "<ForexBuying>48,7001</ForexBuying>"))).unwrap_err();
    assert_eq!(error, BulletinError::Comma { currency: "EUR".into(), value: "48,7001".into() });
    assert!(error.to_string().contains("the bank writes a dot"), "{error}");
}

#[test]
fn what_is_no_plain_decimal_is_refused() {
    for text in ["-1", "+1", "1e3", "NaN", "1_0", ".5", "1.", "1.2.3", "4&#49;.5", "12345678901", "1.123456789"] {
        let error = parse(&with(&currency("EUR", "1", &format!("<ForexBuying>{text}</ForexBuying>")))).unwrap_err();
        assert_eq!(error, BulletinError::Rate { currency: "EUR".into(), value: text.into() });
    }
}

#[test]
fn iso_8859_9_is_read_by_the_declaration() {
    let text = with("").replace("UTF-8", "ISO-8859-9").replace("ABD DOLARI", "JAPON YENİ ĞŞ");
    let (bytes, _, _) = WINDOWS_1254.encode(&text);
    assert!(parse_bulletin(&bytes, TODAY).is_ok());
    let wrong = with("").replace("ABD DOLARI", "\u{130}");
    let (bytes, _, _) = WINDOWS_1254.encode(&wrong);
    assert_eq!(parse_bulletin(&bytes, TODAY), Err(BulletinError::Bytes { encoding: "UTF-8" }));
    let other = with("").replace("UTF-8", "KOI8-R");
    assert_eq!(parse(&other), Err(BulletinError::Encoding { declared: "KOI8-R".into() }));
    let marked = format!("\u{feff}{}", with(""));
    assert!(parse(&marked).is_ok());
}

/// R-2.8: a bulletin is dated by its own `Tarih`, whatever `Date` says.
#[test]
fn the_day_is_tarih_and_never_after_today() {
    let day = |tarih: &str| parse(&with("").replace("20.11.2026", tarih)).map(|bulletin| bulletin.date);
    assert_eq!(day("21.11.2026"), Ok(TODAY));
    assert_eq!(day("22.11.2026"), Err(BulletinError::Future { date: date(2026, 11, 22), today: TODAY }));
    assert_eq!(day("31.12.2004"), Err(BulletinError::OldLira { date: date(2004, 12, 31) }));
    for bad in ["", "1.1.2026", "2026-11-20", "31.02.2026", "20/11/2026"] {
        assert_eq!(day(bad), Err(BulletinError::Day { value: bad.into() }));
    }
    assert_eq!(parse(&with("").replace("11/20/2026", "20/11/2026")).unwrap().date, date(2026, 11, 20));
}

#[test]
fn a_bulletin_without_the_dollar_is_refused() {
    let euro = currency("EUR", "1", "<ForexBuying>48.7001</ForexBuying>");
    assert_eq!(parse(&format!("{HEAD}{euro}</Tarih_Date>")), Err(BulletinError::NoDollar));
    assert_eq!(parse(&with("").replace("41.5012", "")), Err(BulletinError::NoDollar));
}

#[test]
fn what_is_no_whole_bulletin_is_refused() {
    let page = "<!DOCTYPE html><html><body>Sayfa Görüntülenemedi</body></html>";
    assert_eq!(parse(page), Err(BulletinError::Doctype));
    assert_eq!(parse("<html/>"), Err(BulletinError::NotABulletin { root: "html".into() }));
    assert_eq!(parse(""), Err(BulletinError::Incomplete));
    let whole = with("");
    for end in [whole.len() - 3, whole.len() - 20, HEAD.len(), 100] {
        assert!(parse(&whole[..end]).is_err(), "cut at {end}");
    }
    assert!(matches!(parse(&whole.replace("</Unit>", "</Birim>")), Err(BulletinError::NotXml { line: 4, .. })));
    assert_eq!(parse(&whole.replace("2026/220", "220")), Err(BulletinError::Number { value: "220".into() }));
    let disagree = whole.replace(r#"CurrencyCode="USD""#, r#"CurrencyCode="EUR""#);
    assert_eq!(parse(&disagree), Err(BulletinError::Currency { value: "USD and EUR".into() }));
    let large = vec![b' '; BULLETIN_BYTES_MAX + 1];
    assert_eq!(parse_bulletin(&large, TODAY), Err(BulletinError::TooLarge { bytes: BULLETIN_BYTES_MAX + 1 }));
}

on_each_store! {
    /// All or nothing: one bad file among several, and none is stored.
    async fn bulletins_are_imported_together_or_not_at_all(database: TestDatabase) {
        let office = office(&database).await;
        let file = |name: &str, text: String| (name.to_owned(), text.into_bytes());
        let (friday, thursday) = (with(""), with("").replace("20.11.2026", "19.11.2026").replace("/220", "/219"));
        let comma = with("").replace("20.11.2026", "18.11.2026").replace("41.5012", "41,5012");
        let files = [file("a.xml", friday.clone()), file("b.xml", thursday.clone()), file("c.xml", comma)];
        let error = import(&office, &files).await.unwrap_err().to_string();
        assert!(error.starts_with("c.xml: USD: its ForexBuying \"41,5012\" has a comma"), "{error}");
        assert_eq!(office.store.find_bulletin(TODAY).await.unwrap(), None);

        let differs = friday.replace("41.5012", "41.5013");
        let files = [file("a.xml", friday.clone()), file("b.xml", thursday), file("d.xml", differs)];
        let error = import(&office, &files).await;
        assert!(matches!(error, Err(RatesError::TwoOfOneDay { date: day, .. }) if day == date(2026, 11, 20)));
        assert_eq!(office.store.find_bulletin(TODAY).await.unwrap(), None);
        assert!(matches!(import(&office, &[]).await, Err(RatesError::NoFile)));

        let imported = import(&office, &files[..2]).await.unwrap();
        assert_eq!(imported.iter().map(|one| one.number.as_str()).collect::<Vec<_>>(), ["2026/219", "2026/220"]);
        let kept = office.store.find_bulletin(TODAY).await.unwrap().unwrap();
        assert_eq!(kept, parse(&friday).unwrap(), "what is stored is what was read, digits and all");
    }
}
