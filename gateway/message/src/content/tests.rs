//! Tests of stored content and of the differences between two versions.

use super::{Content, ContentError, Draft, declaration, differences};

/// Content made of lines of its stored form, two spaces of depth given.
fn content(lines: &str) -> String {
    let lines = lines.lines().map(|line| format!("  {line}\n")).collect::<Vec<String>>().concat();
    format!("content 1\nGenelSekreterlik: IMMIB\nGelen\n BeyannameBilgi\n{lines}")
}

/// The differences as `path: old -> new`, the path without what all have in common.
#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) {
    let changes = differences(&content(old), &content(new));
    let shown = |path: &str| path.replace("/Gelen/BeyannameBilgi", "~");
    let seen: Vec<String> =
        changes.iter().map(|change| format!("{}: {} -> {}", shown(&change.path), change.old, change.new)).collect();
    assert_eq!(seen, expected);
    let is_same = declaration(&content(old)).digest == declaration(&content(new)).digest;
    assert_eq!(is_same, expected.is_empty(), "digests");
}

#[test]
fn values_differ_as_text_and_numbers_as_numbers() {
    check("Rejim: 1000", "Rejim: 1000", &[]);
    check("Rejim: 1000", "Rejim: 2100", &["~/Rejim: 1000 -> 2100"]);
    check("Rejim: 1000", "", &["~/Rejim: 1000 -> "]);
    check("", "Rejim: 1000", &["~/Rejim:  -> 1000"]);
    check("Toplam_fatura: 600", "Toplam_fatura: 0600.00", &[]);
    check("Toplam_fatura: 600", "Toplam_fatura: 600.001", &["~/Toplam_fatura: 600 -> 600.001"]);
    check("Banka_kodu: 1", "Banka_kodu: 01", &["~/Banka_kodu: 1 -> 01"]);
    check("Rejim: 1\nGUMRUK: 2", "GUMRUK: 2\nRejim: 1", &[]);
    check("GUMRUK: 2\nRejim: 1", "GUMRUK: 3\nRejim: 4", &["~/Rejim: 1 -> 4", "~/GUMRUK: 2 -> 3"]);
}

#[test]
fn items_are_matched_and_named_by_their_number() {
    let items = |items: &str| format!("Kalemler\n{items}");
    let one = " kalem\n  Kalem_sira_no: 1\n  Gtip: 11\n";
    let three = " kalem\n  Kalem_sira_no: 3\n  Gtip: 33\n";
    let ten = " kalem\n  Kalem_sira_no: 10\n  Gtip: 10";
    check(&items(&[one, three, ten].concat()), &items(&[ten, "\n", three, one].concat()), &[]);
    check(
        &items(&[one, three].concat()),
        &items(&[three.replace("33", "34"), one.replace(": 1\n", ": 01\n")].concat()),
        &["~/Kalemler/kalem[3]/Gtip: 33 -> 34"],
    );
    check(
        &items(&[one, three].concat()),
        &items(&[one, ten].concat()),
        &[
            "~/Kalemler/kalem[3]/Gtip: 33 -> ",
            "~/Kalemler/kalem[3]/Kalem_sira_no: 3 -> ",
            "~/Kalemler/kalem[10]/Gtip:  -> 10",
            "~/Kalemler/kalem[10]/Kalem_sira_no:  -> 10",
        ],
    );
    check("Kalemler\n kalem\n", "", &[]);
}

#[test]
fn equal_rows_cancel_and_the_rest_are_paired_in_order() {
    let parties = |names: &[&str]| {
        let rows: Vec<String> = names.iter().map(|name| format!(" firma\n  Adi_unvani: {name}\n")).collect();
        format!("Firma_bilgi\n{}", rows.concat())
    };
    check(&parties(&["A", "B", "A"]), &parties(&["B", "A", "A"]), &[]);
    check(&parties(&["A", "A"]), &parties(&["A"]), &["~/Firma_bilgi/firma[2]/Adi_unvani: A -> "]);
    check(
        &parties(&["A", "B", "C"]),
        &parties(&["C", "X", "B", "Y"]),
        &["~/Firma_bilgi/firma[2]/Adi_unvani: A -> X", "~/Firma_bilgi/firma[4]/Adi_unvani:  -> Y"],
    );
    check("Firma_bilgi\n firma\n firma\n  No: 1", "Firma_bilgi\n firma\n  No: 1", &[]);
    check("Dokumanlar\n Dokuman\n  Kalem_no: 1", "Dokumanlar\n Dokuman\n  Kalem_no: 01.0", &[]);
}

#[test]
fn at_most_ten_thousand_differences_are_listed() {
    let rows = (0..12_000).map(|index| format!(" Vergi\n  Kod: {index}\n")).collect::<Vec<String>>().concat();
    assert_eq!(differences(&content(""), &content(&format!("Vergiler\n{rows}"))).len(), 10_000);
}

#[test]
fn the_secretariat_is_named_by_the_wrapper() {
    let changes = differences(&content(""), &content("").replace("IMMIB", "UIB"));
    assert_eq!((changes.len(), changes[0].path.as_str()), (1, "/BirlikOnayTalebi/GenelSekreterlik"));
}

#[test]
fn stored_content_is_read_again_or_the_line_is_named() {
    let error = |text: &str| Content::parse(text).map(|content| content.to_text()).unwrap_err();
    assert_eq!(error(""), ContentError::Version);
    assert_eq!(error("content 2\n"), ContentError::Version);
    assert_eq!(error("content 1\nRejim: 1\n"), ContentError::Line(2));
    assert_eq!(error("content 1\nGelen\n  RefID: 1\n"), ContentError::Line(3));
    assert_eq!(error("content 1\nGelen\n RefID\n"), ContentError::Line(3));
    assert_eq!(error("content 1\nGelen: 1\n"), ContentError::Line(2));
    assert_eq!(error("content 1\nkept\nno colon\n"), ContentError::Line(3));
    let text =
        content("Aciklamalar: a\\r\\nb\\\\c\nFirma_bilgi\n firma\n firma\n  No: 1") + "kept\n/Gelen/RefID: x: y\n";
    let content = Content::parse(&text).unwrap();
    assert_eq!(content.to_text(), text);
    assert_eq!(content.value(&["Gelen", "BeyannameBilgi", "Aciklamalar"]), Some("a\r\nb\\c"));
    assert_eq!(content.kept(), [("/Gelen/RefID".into(), "x: y".into())]);
    assert!(declaration("nonsense").is_empty);
}

#[test]
fn a_draft_builds_what_a_message_would() {
    let mut draft = Draft::new();
    assert!(draft.value("GenelSekreterlik", " IMMIB ", 0) && draft.open("Gelen", 1) && draft.open("BeyannameBilgi", 2));
    assert!(draft.value("Rejim", "1000", 3));
    assert!(!draft.value("Kalemler", "1", 4) && !draft.open("Rejim", 4) && !draft.open("kalem", 4));
    assert!(draft.open("Kalemler", 5) && draft.open("kalem", 6) && draft.value("Kalem_sira_no", "1", 7));
    draft.close();
    assert!(!draft.open("Kalem", 8) && draft.open("kalem", 9));
    let declaration = draft.finish().declaration(0);
    assert_eq!((declaration.regime.at(), declaration.office.at(), declaration.items_at), (3, 2, 5));
    assert_eq!(
        (declaration.items.len(), declaration.items[0].number.at(), declaration.items[1].number.at()),
        (2, 7, 9)
    );
    let text = content("Rejim: 1000\nKalemler\n kalem\n  Kalem_sira_no: 1\n kalem");
    assert_eq!(declaration.content, text);
}
