//! Workbooks, as a spreadsheet finds them.

use crate::facts;
use crate::tools::part;
use ebirlik_documents::{Cell, Column, Receipt, receipts_xlsx, statement_xlsx, table_xlsx};
use ebirlik_domain::money::Money;

fn table(rows: Vec<Vec<Cell<'_>>>) -> Vec<u8> {
    let columns = [Column { head: "Açıklama", width: 30 }, Column { head: "Tutar", width: 12 }];
    let mut workbook = Vec::new();
    table_xlsx("Öğütücü listesi", &columns, rows, &mut workbook).unwrap();
    workbook
}

fn sheet(workbook: &[u8]) -> String {
    part(workbook, "xl/worksheets/sheet1.xml")
}

/// G-72: an accountant can reckon with it: amounts and instants are numbers, texts are texts, the head stays in sight.
#[test]
fn a_statement_is_numbers_and_dates() {
    let (statement, lines) = facts::statement(20);
    let mut workbook = Vec::new();
    statement_xlsx(&statement, lines, &mut workbook).unwrap();
    let sheet = sheet(&workbook);
    for cell in [
        "HESAP EKSTRESİ · IMMIB-0001 Cari Hesap · ŞİŞECAM ÇELİK",
        "<t>Açılış bakiyesi</t>",
        "<v>123.45</v>",
        "<v>5000</v>",
        "<v>1000000</v>",
        "<v>1007777.9</v>",
        // 01.11.2026 08:01 as days since 1900
        "<v>46327.334027777",
        "<pane ySplit=\"2\"",
    ] {
        assert!(sheet.contains(cell), "{cell} is not in\n{sheet}");
    }
    assert!(part(&workbook, "xl/styles.xml").contains("#,##0.00"));
}

/// G-73: many receipts as one list, a row each.
#[test]
fn receipts_are_rows() {
    let mut workbook = Vec::new();
    receipts_xlsx((1..=50).map(facts::receipt).chain([facts::cash()]), &mut workbook).unwrap();
    let sheet = sheet(&workbook);
    assert_eq!(sheet.matches("<row ").count(), 2 + 51);
    for cell in ["IMMIB-2026-0000050", "ŞİŞECAM ÇELİK", "Nakit", "<v>155.58</v>", "7K3M9QWRT2XAB5CD"] {
        assert!(sheet.contains(cell), "{cell} is not in\n{sheet}");
    }
}

#[test]
fn what_looks_like_a_formula_stays_text() {
    let words = ["=1+1", "+HYPERLINK(\"x\")", "@SUM(A1)", "-2", "=cmd|' /C calc'!A0"];
    let workbook = table(words.iter().map(|word| vec![Cell::Text((*word).into())]).collect());
    let sheet = sheet(&workbook);
    assert!(!sheet.contains("<f>"), "{sheet}");
    assert_eq!(sheet.matches("t=\"inlineStr\"").count(), 1 + 2 + words.len());
}

#[test]
fn an_amount_with_more_digits_than_a_spreadsheet_shows_is_text() {
    let amount = |text: &str| vec![Cell::Empty, Cell::Money(Money::parse(text).unwrap())];
    let sheet = sheet(&table(vec![amount("9999999999999.99"), amount("92233720368547758.07")]));
    assert!(sheet.contains("<v>9999999999999.99</v>"), "{sheet}");
    assert!(sheet.contains("92.233.720.368.547.758,07"), "{sheet}");
}

#[test]
fn the_same_rows_are_the_same_bytes() {
    let made = || {
        let mut workbook = Vec::new();
        receipts_xlsx((1..=50).map(facts::receipt), &mut workbook).unwrap();
        workbook
    };
    assert_eq!(made(), made());
}

#[test]
fn letters_that_xml_forbids_do_not_break_a_workbook() {
    let mut workbook = Vec::new();
    let receipt = Receipt { reference: "a\u{1}<b>&".to_owned(), ..facts::receipt(1) };
    receipts_xlsx([receipt], &mut workbook).unwrap();
    assert!(sheet(&workbook).contains("a_x0001_&lt;b&gt;&amp;"));
}
