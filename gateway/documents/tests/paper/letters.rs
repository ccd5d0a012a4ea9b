//! Letters, as firms read them from paper.

use crate::receipts::nothing_covers_anything;
use crate::tools::Printed;
use ebirlik_documents::{Letter, LetterField, LetterSubject, Party, letter_pdf};
use jiff::civil::date;

fn letter(subject: LetterSubject) -> Letter {
    let field = |name: &str, customs: &str, ours: Option<&str>| LetterField {
        name: name.to_owned(),
        customs: Some(customs.to_owned()),
        ours: ours.map(ToOwned::to_owned),
    };
    Letter {
        number: "IMMIB-2026-11-7".to_owned(),
        date: date(2026, 11, 26),
        secretariat: "İstanbul Maden ve Metaller İhracatçı Birlikleri Genel Sekreterliği".to_owned(),
        to: Party {
            title: "ŞİŞECAM ÇELİK SANAYİ VE DIŞ TİCARET ANONİM ŞİRKETİ".repeat(3),
            tax_number: "1234567890".to_owned(),
        },
        subject,
        month: "2026-11".to_owned(),
        reference: Some("BRK-2026-0042".to_owned()),
        registration_no: Some("26341300EX000001".to_owned()),
        fields: vec![
            field("invoice_total", "24000.00", Some("25000.00")),
            field("gtips", &"610910000011 ".repeat(400), Some("610910000011")),
            field("code", "7K3M9QWRT2XAB5CD", None),
        ],
    }
}

/// G-82, G-83, G-84: each letter is one page that says what it is about, both sides, and what is asked.
#[test]
fn a_letter_is_one_page_and_tells_both_sides() {
    for (subject, words) in [
        (LetterSubject::WithoutApproval, "Birlik onayı olmadan tescil edilmiş beyanname"),
        (LetterSubject::NeverRegistered, "Onaylanmış, gümrükte tescil edilmemiş beyanname"),
        (LetterSubject::Differs, "Onaydan farklı tescil edilmiş beyanname"),
    ] {
        let printed = Printed::new(&letter_pdf(&letter(subject), Vec::new()).unwrap());
        nothing_covers_anything(&printed);
        let pages = printed.pages();
        assert_eq!(pages.len(), 1);
        for words in [words, "IMMIB-2026-11-7", "26.11.2026", "1234567890", "Toplam fatura", "24000.00", "25000.00"] {
            assert!(pages[0].contains(words), "{words} is not in\n{}", pages[0]);
        }
    }
}
