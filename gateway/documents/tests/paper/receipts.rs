//! Receipts and information slips, as they are read from paper.

use crate::facts;
use crate::tools::Printed;
use ebirlik_documents::{
    DocumentError, Paper, Party, Receipt, ReceiptsPdf, Slip, code_of_digits, digits_of, receipts_pdf, receipts_xlsx,
};
use ebirlik_domain::decision::ApprovalKind;
use ebirlik_domain::money::Money;
use proptest::prelude::*;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn pdf(receipts: impl IntoIterator<Item = Receipt>, paper: Paper, slip: Slip) -> Vec<u8> {
    receipts_pdf(receipts, paper, slip, Vec::new()).unwrap()
}

fn page(receipt: Receipt, slip: Slip) -> String {
    let pages = Printed::new(&pdf([receipt], Paper::A4, slip)).pages();
    assert_eq!(pages.len(), 1);
    pages.concat()
}

/// G-71, G-74: in the exporter's name, from the accounting unit of the secretariat, each Turkish letter as it is.
#[test]
fn a_receipt_is_in_the_exporters_name() {
    let text = page(facts::receipt(42), Slip::Receipt);
    for words in [
        "İstanbul Maden ve Metaller İhracatçı Birlikleri Genel Sekreterliği",
        "IMMIB · Muhasebe birimi",
        "MAKBUZ",
        "IMMIB-2026-0000042",
        "Makbuz sahibi ihracatçı",
        "ŞİŞECAM ÇELİK ve ÖĞÜTME A.Ş. Işık ğüöç",
        "Vergi no 1234567890",
        "Güneş Gümrük Müşavirliği Ltd. Şti.",
        "26341200EX00000042",
        "26IMMIB000000042",
        "01.11.2026 08:42",
        "Cari hesap",
        "155,58 TL",
        "Yalnız yüzellibeş Türk lirası ellisekiz kuruş",
        "1 USD = 42,1234 TL · TCMB bülteni 2026/225 · 25.11.2026",
        "%0,05",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
}

/// G-72: what a firm sees in its own office says that it is no receipt.
#[test]
fn an_information_slip_says_that_it_is_none() {
    let text = page(facts::receipt(42), Slip::Information);
    assert!(text.contains("BİLGİ FİŞİ") && text.contains("makbuz yerine geçmez"), "{text}");
    assert!(!text.contains("MAKBUZ"), "{text}");
    assert!(text.contains("ŞİŞECAM"), "the facts are the same");
}

/// G-73: many receipts are one document, each on a page of its own.
#[test]
fn receipts_in_bulk_are_one_document() {
    let printed = Printed::new(&pdf((1..=150).map(facts::receipt), Paper::A4, Slip::Receipt));
    let pages = printed.pages();
    assert_eq!(pages.len(), 150);
    for (text, number) in pages.iter().zip(1..) {
        let code = facts::code(number);
        let printed = format!("{} {} {} {}", &code[..4], &code[4..8], &code[8..12], &code[12..]);
        assert!(text.contains(&format!("IMMIB-2026-{number:07}")) && text.contains(&printed), "{number}: {text}");
    }
}

/// G-76: a receipt of the network says that customs asks for none; G-77: one of a manual entry is shown.
#[test]
fn a_receipt_says_whether_customs_wants_to_see_it() {
    let (hidden, shown) = ("makbuz gösterilmesi gerekmez", "gümrük memuruna gösterilir");
    for (receipt, says, says_not) in [(facts::receipt(1), hidden, shown), (facts::cash(), shown, hidden)] {
        let text = page(receipt, Slip::Receipt);
        assert!(text.contains(says) && !text.contains(says_not), "{text}");
    }
    let slip = page(facts::cash(), Slip::Information);
    assert!(!slip.contains(shown), "an information slip is not shown: {slip}");
}

/// G-77, G-78: the code on a cash receipt stands for stamp and signature; eye, camera and scanner read the same, from an
/// office printer and from thermal paper at its own 203 dots.
#[test]
fn the_code_on_a_cash_receipt_is_read_by_eye_camera_and_scanner() {
    let code = "7K3M9QWRT2XAB5CD";
    let digits = digits_of(code).unwrap();
    assert_eq!(code_of_digits(&digits).as_deref(), Some(code));
    for (paper, dots) in [(Paper::A4, "150"), (Paper::A4, "300"), (Paper::Roll80mm, "203"), (Paper::Roll80mm, "300")] {
        let printed = Printed::new(&pdf([facts::cash()], paper, Slip::Receipt));
        let text = printed.pages().concat();
        assert!(text.contains("7K3M 9QWR T2XA B5CD"), "{text}");
        assert!(text.contains("0028 7017 8538 9618 3551 2027 01"), "{text}");
        assert!(text.contains("mühür ve ıslak imzanın yerine geçer"), "{text}");
        let read = printed.scanned(dots);
        assert_eq!(read, [format!("CODE-128:{digits}"), format!("QR-Code:{code}")], "{paper:?} at {dots}");
    }
}

/// G-71: a title of 120 letters and a reference of 60 are printed whole, on both papers, and nothing covers anything.
#[test]
fn long_facts_are_neither_cut_nor_covered() {
    for paper in [Paper::A4, Paper::Roll80mm] {
        for slip in [Slip::Receipt, Slip::Information] {
            for receipt in [facts::long(), facts::longer(), facts::many_items(), facts::cash()] {
                let printed = Printed::new(&pdf([receipt.clone()], paper, slip));
                let letters = printed.letters();
                for whole in [&receipt.exporter.title, &receipt.reference, &receipt.secretariat_name] {
                    let whole: String = whole.split_whitespace().collect();
                    assert!(letters.contains(&whole), "{whole} is not in {letters}");
                }
                nothing_covers_anything(&printed);
            }
        }
    }
}

/// No two words cover each other, and all stand within their page.
#[expect(clippy::float_arithmetic, reason = "places on paper; no money here")]
pub(crate) fn nothing_covers_anything(printed: &Printed) {
    let (words, pages) = printed.words();
    assert!(!words.is_empty());
    for (word, place) in words.iter().zip(1..) {
        let [left, top, right, bottom] = word.at;
        let [width, height] = pages[word.page - 1];
        assert!(
            left >= 5.0 && top >= 0.0 && right <= width - 5.0 && bottom <= height,
            "{} is outside at {:?}",
            word.text,
            word.at
        );
        for other in words[place..].iter().filter(|other| other.page == word.page) {
            // A box is as high as the tallest letter of its face; the letters themselves leave a fifth free.
            let across = right.min(other.at[2]) - left.max(other.at[0]);
            let down = bottom.min(other.at[3]) - top.max(other.at[1]);
            let free = (bottom - top).min(other.at[3] - other.at[1]) * 0.25;
            assert!(across <= 0.5 || down <= free, "{} covers {}: {word:?} {other:?}", word.text, other.text);
        }
    }
}

/// G-71: four hundred items are told as sums.
#[test]
fn many_items_are_told_as_sums() {
    let text = page(facts::many_items(), Slip::Receipt);
    assert!(text.contains("Kalem sayısı çok olduğundan"), "{text}");
    // Items 3, 6, 9 up to 399 are of DEMIR; of these every fifth is in euro.
    assert!(text.contains("107 DEMIR") && text.contains("26 DEMIR"), "{text}");
    assert!(text.contains("Nispi aidat") && text.contains("2.079.586,00 TL"), "{text}");
}

/// G-71: sums that do not fit on the page go on to another, which says whose they are.
#[test]
fn a_receipt_of_many_sectors_goes_on_to_another_page() {
    for paper in [Paper::A4, Paper::Roll80mm] {
        let printed = Printed::new(&pdf([facts::many_sectors(), facts::receipt(1)], paper, Slip::Receipt));
        nothing_covers_anything(&printed);
        let pages = printed.pages();
        assert_eq!(pages.len(), if paper == Paper::A4 { 3 } else { 2 }, "a roll is as long as its receipt");
        let text = pages.concat();
        for sector in 1..=60 {
            assert_eq!(text.matches(&format!("SEKTOR{sector:02}")).count(), 1, "{sector}: {text}");
        }
        if paper == Paper::A4 {
            assert!(pages[1].starts_with("MAKBUZ IMMIB-2026-0000044 · devamı"), "{pages:?}");
            assert!(pages[1].contains("Toplam FOB, TL"), "{pages:?}");
        }
    }
}

/// G-71: a correction's receipt tells the fee of the declaration and what this receipt took.
#[test]
fn a_difference_is_told_beside_the_fee() {
    let text = page(Receipt { amount: Money::parse("12.50").unwrap(), ..facts::receipt(1) }, Slip::Receipt);
    assert!(text.contains("Beyannamenin nispi aidatı"), "{text}");
    assert!(text.contains("155,58 TL") && text.contains("Bu belgeyle ödenen"), "{text}");
    assert!(text.contains("Yalnız oniki Türk lirası elli kuruş"), "{text}");
}

/// G-78: every kind of approval has its word.
#[test]
fn every_kind_of_approval_has_its_word() {
    let words = ["Cari hesap", "Kredi kartı", "Nakit", "Kâğıt üzerinde", "Ücretsiz"];
    for (kind, word) in ApprovalKind::ALL.into_iter().zip(words) {
        let text = page(Receipt { kind, ..facts::receipt(1) }, Slip::Receipt);
        assert!(text.contains(word) && text.contains("ıslak imzanın yerine"), "{text}");
    }
}

#[test]
fn the_same_receipts_are_the_same_bytes() {
    for paper in [Paper::A4, Paper::Roll80mm] {
        let made = || pdf((1..=20).map(facts::receipt).chain([facts::long()]), paper, Slip::Receipt);
        assert_eq!(made(), made());
    }
}

/// G-73: memory does not grow with the receipts, since each leaves as soon as it is added.
#[test]
fn a_receipt_leaves_as_soon_as_it_is_added() {
    let gone = Arc::new(AtomicUsize::new(0));
    let mut book = ReceiptsPdf::begin(Gone(Arc::clone(&gone)), Paper::A4, Slip::Receipt).unwrap();
    for number in 1..=100 {
        let before = gone.load(Ordering::Relaxed);
        book.add(&facts::receipt(number)).unwrap();
        assert!(gone.load(Ordering::Relaxed) > before + 1_000, "receipt {number} stayed");
    }
}

/// Counts what is written and keeps nothing.
struct Gone(Arc<AtomicUsize>);

impl Write for Gone {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_receipt_without_a_code_is_not_printed_and_the_others_are() {
    let bad = Receipt { code: "7K3M9QWRT2XAB5CI".to_owned(), ..facts::receipt(2) };
    let mut book = ReceiptsPdf::begin(Vec::new(), Paper::A4, Slip::Receipt).unwrap();
    book.add(&facts::receipt(1)).unwrap();
    assert!(matches!(book.add(&bad), Err(DocumentError::NotACode(number)) if number == "IMMIB-2026-0000002"));
    book.add(&facts::receipt(3)).unwrap();
    let pages = Printed::new(&book.finish().unwrap()).pages();
    assert_eq!(pages.len(), 2);
    assert!(pages[1].contains("IMMIB-2026-0000003"));
}

#[test]
fn a_document_without_receipts_says_so() {
    for paper in [Paper::A4, Paper::Roll80mm] {
        let pages = Printed::new(&pdf([], paper, Slip::Receipt)).pages();
        assert_eq!(pages.len(), 1);
        assert!(pages[0].contains("Bu seçime uyan makbuz yok."), "{pages:?}");
    }
}

proptest! {
    /// Whatever letters a firm's title or a program's reference holds, there is a document.
    #[test]
    fn any_letters_make_a_document(title in "(?s).{0,200}", reference in "(?s).{0,60}", office in "(?s).{0,40}") {
        let plain = facts::cash();
        let exporter = Party { title, ..plain.exporter.clone() };
        let receipt = Receipt { exporter, reference, office: Some(office), ..plain };
        for paper in [Paper::A4, Paper::Roll80mm] {
            prop_assert!(receipts_pdf([receipt.clone()], paper, Slip::Receipt, Vec::new()).is_ok());
        }
        prop_assert!(receipts_xlsx([receipt], Vec::new()).is_ok());
    }
}
