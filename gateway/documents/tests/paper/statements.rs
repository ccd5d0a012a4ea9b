//! Account statements, as they are read from paper.

use crate::facts;
use crate::receipts::nothing_covers_anything;
use crate::tools::Printed;
use ebirlik_documents::{DocumentError, StatementLine, statement_pdf};
use ebirlik_domain::money::Money;

fn pages(lines: u32) -> (Vec<String>, Printed) {
    let (statement, lines) = facts::statement(lines);
    let printed = Printed::new(&statement_pdf(&statement, lines, Vec::new()).unwrap());
    (printed.pages(), printed)
}

/// G-72: a detailed statement: head, each entry, the balance carried from page to page, the totals.
#[test]
fn a_statement_carries_its_balance_from_page_to_page() {
    let (pages, printed) = pages(200);
    nothing_covers_anything(&printed);
    assert!(pages.len() > 3);
    let first = &pages[0];
    for words in ["HESAP EKSTRESİ", "IMMIB-0001 Cari Hesap", "ŞİŞECAM ÇELİK", "01.11.2026 – 30.11.2026", "1.000.000,00"]
    {
        assert!(first.contains(words), "{words} is not in\n{first}");
    }
    for (page, number) in pages.iter().zip(1..) {
        assert!(page.contains("Sıra no Tarih Açıklama"), "{page}");
        assert!(page.ends_with(&format!("Sayfa / Page {number} / {}", pages.len())), "{page}");
    }
    for pair in pages.windows(2) {
        let (before, carried) = around(&pair[0], "Sonraki sayfaya devreden Carried forward");
        let (_, brought) = around(&pair[1], "Önceki sayfadan devreden Brought forward");
        assert_eq!((carried, brought), (before, before), "the last balance of a page is carried to the next");
    }
    let text = pages.concat();
    for number in 1..=200 {
        let named = if number % 10 == 0 { format!("FT2611{number:010}") } else { format!("26341200EX{number:08}") };
        assert_eq!(text.matches(&named).count(), 1, "entry {number}");
    }
    // 180 fees of 123,45 and 20 top-ups of 5.000,00
    let last = pages.last().unwrap();
    assert!(last.contains("Dönem toplamı Total of the period 22.221,00 100.000,00 1.077.779,00"), "{last}");
}

/// The words before and after some.
fn around<'p>(page: &'p str, words: &str) -> (&'p str, &'p str) {
    let (before, after) = page.split_once(words).unwrap_or_else(|| panic!("{words} is not in {page}"));
    (before.split_whitespace().next_back().unwrap(), after.split_whitespace().next().unwrap())
}

/// G-72: a period in which nothing moved has a statement too.
#[test]
fn a_statement_without_entries_says_so() {
    let (pages, _) = pages(0);
    assert_eq!(pages.len(), 1);
    assert!(pages[0].contains("Bu dönemde hareket yok.") && pages[0].ends_with("Sayfa / Page 1 / 1"), "{pages:?}");
}

/// G-72: amounts as large as they can be and long words stay whole within their columns.
#[test]
fn long_entries_are_neither_cut_nor_covered() {
    let (mut statement, _) = facts::statement(0);
    statement.holder = facts::long().exporter;
    statement.opening = Money::ZERO;
    statement.closing = Money::from_kurus(i64::MAX).unwrap();
    let plain = facts::statement(1).1.next().unwrap();
    let line = StatementLine {
        what: format!("İade: {}", facts::long().exporter.title),
        reference: Some("HAVALE-REFERANSI-COK-UZUN-2026112600000000000042".to_owned()),
        declaration: Some(facts::long().reference),
        debit: None,
        credit: Some(statement.closing),
        balance: statement.closing,
        ..plain
    };
    let printed = Printed::new(&statement_pdf(&statement, [line.clone()], Vec::new()).unwrap());
    nothing_covers_anything(&printed);
    let letters = printed.letters();
    for whole in [&line.what, line.reference.as_ref().unwrap(), line.declaration.as_ref().unwrap()] {
        let whole: String = whole.split_whitespace().collect();
        assert!(letters.contains(&whole), "{whole} is not in {letters}");
    }
    assert!(letters.contains("92.233.720.368.547.758,07"), "{letters}");
}

#[test]
fn a_statement_that_does_not_add_up_is_not_made() {
    let (statement, lines) = facts::statement(50);
    let lines: Vec<StatementLine> = lines.collect();
    let made = |lines: &[StatementLine]| statement_pdf(&statement, lines.to_vec(), Vec::new()).map(|_| ());
    made(&lines).unwrap();
    let without_one = [&lines[..20], &lines[21..]].concat();
    assert!(matches!(made(&without_one), Err(DocumentError::DoesNotAddUp { line: 22 })));
    assert!(matches!(made(&lines[..49]), Err(DocumentError::WrongClosing)));
}

#[test]
fn the_same_statement_is_the_same_bytes() {
    let made = || {
        let (statement, lines) = facts::statement(500);
        statement_pdf(&statement, lines, Vec::new()).unwrap()
    };
    assert_eq!(made(), made());
}
