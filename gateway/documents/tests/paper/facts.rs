//! Which facts are put on paper here?
//!
//! Made up, with every Turkish letter, and with whatever is long in life.

use ebirlik_documents::{Party, Receipt, Statement, StatementLine};
use ebirlik_domain::decision::ApprovalKind;
use ebirlik_domain::money::{Money, Rate};
use ebirlik_domain::price::{Price, PricedItem, UsedRate, Written};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A receipt as most are: one firm, a few items, paid from the account.
pub(crate) fn receipt(number: u32) -> Receipt {
    Receipt {
        number: format!("IMMIB-2026-{number:07}"),
        secretariat: "IMMIB".to_owned(),
        secretariat_name: "İstanbul Maden ve Metaller İhracatçı Birlikleri Genel Sekreterliği".to_owned(),
        office: None,
        exporter: Party {
            title: "ŞİŞECAM ÇELİK ve ÖĞÜTME A.Ş. Işık ğüöç".to_owned(),
            tax_number: "1234567890".to_owned(),
        },
        declarant: Party {
            title: "Güneş Gümrük Müşavirliği Ltd. Şti.".to_owned(),
            tax_number: "9876543210".to_owned(),
        },
        reference: format!("26341200EX{number:08}"),
        record_no: format!("26IMMIB{number:09}"),
        code: code(number),
        kind: ApprovalKind::CurrentAccount,
        paid_at: at(i64::from(number)),
        valid_until: None,
        registration_no: Some(format!("26341200EX{number:08}")),
        price: Arc::new(price(3)),
        amount: price(3).fee,
    }
}

/// Paid in cash at an office for a declaration entered by hand.
pub(crate) fn cash() -> Receipt {
    let plain = receipt(42);
    Receipt {
        kind: ApprovalKind::Cash,
        office: Some("Ağrı İrtibat Bürosu".to_owned()),
        registration_no: None,
        valid_until: Some("2026-12-10".parse().unwrap()),
        code: "7K3M9QWRT2XAB5CD".to_owned(),
        ..plain
    }
}

/// Everything as long as it gets.
pub(crate) fn long() -> Receipt {
    let title = "ULUSLARARASI DEMİR ÇELİK ALÜMİNYUM, BAKIR İŞLEME MAKİNE KALIP OTOMOTİV YAN SANAYİ İTHALAT İHRACAT \
                 TİCARET ANONİM ŞİRKETİ";
    assert_eq!(title.chars().count(), 120);
    let reference = "REFERANSNUMARASI-ALTMIS-HARF-UZUNLUGUNDADIR-2026-00000000042";
    assert_eq!(reference.chars().count(), 60);
    Receipt {
        secretariat_name: format!("{} ve Kimyevi Maddeler", receipt(1).secretariat_name),
        office: Some("Gaziantep Organize Sanayi Bölgesi İrtibat Bürosu".to_owned()),
        exporter: Party { title: title.to_owned(), ..receipt(1).exporter },
        declarant: Party { title: title.to_owned(), ..receipt(1).declarant },
        reference: reference.to_owned(),
        valid_until: Some("2026-12-10".parse().unwrap()),
        amount: Money::parse("987654321012.34").unwrap(),
        price: Arc::new(price(15)),
        ..receipt(42)
    }
}

/// Titles four times as long, which nobody has.
pub(crate) fn longer() -> Receipt {
    let party = |party: Party| Party { title: vec![party.title; 4].join(" "), ..party };
    let long = long();
    Receipt { exporter: party(long.exporter), declarant: party(long.declarant), ..long }
}

/// Four hundred items of three sectors, two currencies and two rates.
pub(crate) fn many_items() -> Receipt {
    Receipt { price: Arc::new(price(400)), amount: price(400).fee, ..receipt(43) }
}

/// As many sectors as no declaration ever had.
pub(crate) fn many_sectors() -> Receipt {
    let mut price = price(60);
    for item in &mut price.items {
        item.sector = format!("SEKTOR{:02}", item.number);
    }
    Receipt { amount: price.fee, price: Arc::new(price), ..receipt(44) }
}

/// Sixteen symbols that differ from number to number.
pub(crate) fn code(number: u32) -> String {
    let symbols: Vec<char> = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().collect();
    let mut mixed = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66_D1CE_4E5B;
    let mut next = || {
        mixed = mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        symbols[usize::try_from(mixed >> 59).unwrap()]
    };
    (0..16).map(|_| next()).collect()
}

fn price(items: u32) -> Price {
    let sectors = ["DEMIR", "KIMYA", "HUBUBAT"];
    let item = |number: u32| {
        let sector = sectors[usize::try_from(number % 3).unwrap()];
        let currency = if number.is_multiple_of(5) { "EUR" } else { "USD" };
        PricedItem {
            number,
            sector: sector.to_owned(),
            fob: Decimal::new(i64::from(number) * 123_457, 2),
            currency: currency.to_owned(),
            rate: Rate::from_ppm(if number % 3 == 1 { 1000 } else { 500 }),
            fee: Money::from_kurus(i64::from(number) * 2_593).unwrap(),
        }
    };
    let items: Vec<PricedItem> = (1..=items).map(item).collect();
    let fee: i64 = items.iter().map(|item| item.fee.kurus()).sum();
    let rate = |currency: &str, buying: i64| UsedRate {
        currency: currency.to_owned(),
        buying: Decimal::new(buying, 4),
        unit: 1,
        date: "2026-11-25".parse().unwrap(),
        bulletin: "2026/225".to_owned(),
    };
    Price {
        fee: Money::from_kurus(fee).unwrap(),
        fob_try: Money::from_kurus(fee * 1500).unwrap(),
        rates: vec![rate("EUR", 489_017), rate("USD", 421_234)],
        items,
        written: Written::default(),
    }
}

/// Minutes after a morning in November.
fn at(minutes: i64) -> Timestamp {
    let morning: Timestamp = "2026-11-01T05:00:00Z".parse().unwrap();
    morning + SignedDuration::from_mins(minutes)
}

/// A statement of so many lines and its lines: a top-up each tenth, else fees.
pub(crate) fn statement(lines: u32) -> (Statement, impl Iterator<Item = StatementLine>) {
    let opening = Money::parse("1000000").unwrap();
    let after = move |line: u32| {
        let top_ups = i64::from(line / 10);
        Money::from_kurus(opening.kurus() + top_ups * 500_000 - (i64::from(line) - top_ups) * 12_345).unwrap()
    };
    let statement = Statement {
        account: "IMMIB-0001 Cari Hesap".to_owned(),
        holder: receipt(1).exporter,
        from: "2026-11-01".parse().unwrap(),
        to: "2026-11-30".parse().unwrap(),
        opening,
        closing: after(lines),
    };
    let line = move |number: u32| {
        let top_up = number.is_multiple_of(10);
        StatementLine {
            number: number.into(),
            booked_at: at(number.into()),
            what: if top_up { "Havale ile yatırılan" } else { "Nispi aidat, ihracat beyannamesi onayı" }.to_owned(),
            reference: top_up.then(|| format!("FT2611{number:010}")),
            declaration: (!top_up).then(|| format!("26341200EX{number:08}")),
            record_no: (!top_up).then(|| format!("26IMMIB{number:09}")),
            debit: (!top_up).then(|| Money::from_kurus(12_345).unwrap()),
            credit: top_up.then(|| Money::from_kurus(500_000).unwrap()),
            balance: after(number),
        }
    };
    (statement, (1..=lines).map(line))
}
