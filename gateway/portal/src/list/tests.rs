//! A list in all its shapes.

use super::export::csv;
use super::*;
use crate::page::Frame;
use askama::Template;
use ebirlik_domain::money::Money;

const COLUMNS: &[Column] = &[
    Column { key: "ref", head: "Referans", width: 20, figures: false, sorts: true },
    Column { key: "fee", head: "Nispi aidat", width: 12, figures: true, sorts: true },
    Column { key: "state", head: "Durum", width: 10, figures: false, sorts: false },
];

#[derive(Template)]
#[template(
    source = r#"{% extends "layout.html" %}{% block main %}{% include "list/list.html" %}{% endblock %}"#,
    ext = "html"
)]
struct Page {
    frame: Frame,
    list: List,
}

fn rows() -> Vec<Vec<Cell>> {
    let row = |reference: &str, fee: &str, class, state: &str| {
        vec![
            Cell { value: Value::Code(reference.to_owned()), link: Some(format!("/declarations/{reference}")) },
            Value::Lira(Money::parse(fee).unwrap()).into(),
            Value::Tag(class, state.to_owned()).into(),
        ]
    };
    vec![row("BRK-1", "1234.5", "good", "Onay"), row("=1+1", "7", "bad", "İptal; eski")]
}

fn shown(pairs: &[(&str, &str)], total: u64) -> String {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let wish = Wish::of(pairs, COLUMNS);
    let field = Field {
        name: "ref",
        label: "Referans",
        kind: FieldKind::Text,
        value: wish.filter("ref").to_owned(),
        error: None,
    };
    let list = List::new(
        (Language::Turkish, "/declarations"),
        ("Beyannameler", "Beyanname yok."),
        (COLUMNS, vec![field]),
        (rows(), total),
        wish,
    );
    Page { frame: Frame::sample(Language::Turkish, true), list }.render().unwrap()
}

/// P-4.5.5: sort, hide and filter from the menu beside each column; all of it in the address.
#[test]
fn each_column_has_its_menu_and_the_address_says_what_is_shown() {
    let page = shown(&[("ref", "BRK"), ("sort", "-fee"), ("page", "2")], 1_204);
    for part in [
        "1.204 satırdan 51 - 52",
        r#"<th scope="col" class="n" aria-sort="descending">"#,
        r##"<a href="#f-ref">Filtrele</a>"##,
        r#"href="/declarations?ref=BRK&#38;sort=ref">Artan sırala"#,
        r#"href="/declarations?ref=BRK&#38;sort=%2Dfee&#38;hide=state&#38;page=2">Sütunu gizle"#,
        r#"rel="prev" href="/declarations?ref=BRK&#38;sort=%2Dfee""#,
        r#"rel="next" href="/declarations?ref=BRK&#38;sort=%2Dfee&#38;page=3""#,
        r#"<span class="tag good">Onay</span>"#,
        "1.234,50 TL",
        r#"value="BRK""#,
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn columns_are_hidden_by_their_menu_and_shown_by_the_form() {
    let page = shown(&[("hide", "fee")], 2);
    assert!(!page.contains("1.234,50 TL") && page.contains("Onay"));
    let page = shown(&[("show", "fee")], 2);
    assert!(page.contains("1.234,50 TL") && !page.contains("<span class=\"tag"));
    assert!(!page.contains("rel=\"next\"") && !page.contains("rel=\"prev\""));
}

/// Facts on people, section 3: no cell of a file begins like a formula; figures are figures.
/// Turkish rules: money, time zone.
#[test]
fn csv_is_what_a_turkish_spreadsheet_opens() {
    let shown: Vec<_> = COLUMNS.iter().copied().enumerate().collect();
    let file = String::from_utf8(csv(&shown, &rows())).unwrap();
    assert_eq!(file, "\u{feff}Referans;Nispi aidat;Durum\r\nBRK-1;1234,50;Onay\r\n'=1+1;7,00;\"İptal; eski\"\r\n");
    // Midnight has passed in Türkiye; whoever opens the file elsewhere is told by which clock.
    let late = vec![vec![Value::Time("2026-11-20T21:05:59Z".parse().unwrap()).into()]];
    let column = Column { key: "at", head: "Onay zamanı", width: 16, figures: false, sorts: true };
    let file = String::from_utf8(csv(&[(0, column)], &late)).unwrap();
    assert_eq!(file, "\u{feff}Onay zamanı (UTC+03:00)\r\n21.11.2026 00:05\r\n");
}

#[test]
fn numbers_are_written_as_in_each_language() {
    let amount = Value::Amount("1234567.5".to_owned(), "USD".to_owned());
    assert_eq!(amount.shown(Language::Turkish), "1.234.567,50 USD");
    assert_eq!(amount.shown(Language::English), "1,234,567.50 USD");
    assert_eq!(Value::Number(5_300).shown(Language::Turkish), "5.300");
}
