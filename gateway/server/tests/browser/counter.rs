//! The secretariat's money and customs' file: the counter, bank statements, the monthly match.

use crate::keyboard::by_hand;
use crate::office::{SECRETARIAT, SMALL};
use crate::stage::Stage;

/// G-9, G-12, G-79, G-80, G-77: a declaration of the data-entry hall is filled in at the counter, its fee taken in cash,
/// and the receipt printed with its code. G-5, G-13: another goes on paper, which the officer is told.
#[test]
fn the_counter_takes_cash_and_approves_on_paper() {
    let stage = Stage::set();
    let mut staff = stage.page_of("staff-immib");
    let mut codes = Vec::new();
    for (reference, kind, does) in
        [("VEZNE-1", "Nakit", "Nakit alındı, onayla"), ("VEZNE-2", "Kâğıt üzerinde onay", "Kâğıt üzerinde onayla")]
    {
        staff.open("/staff");
        staff.press("Vezne");
        staff.click(kind);
        staff.click("Elle doldur");
        for (label, text) in [
            ("Beyanname referansı", reference),
            ("Beyan sahibi", "1234567890"),
            ("Gönderici", "1234567890"),
            ("Rejim", "1000"),
            ("Gümrük idaresi", "341300"),
            ("Gideceği ülke", "004"),
            ("Teslim şekli", "FOB"),
            ("Toplam fatura", "20.000,00"),
        ] {
            staff.write(label, text);
        }
        for (name, text) in [("gtip", "610910000011"), ("net_weight", "600"), ("item_amount", "20.000,00")] {
            staff.fill(&format!("[name={name}]"), text);
        }
        staff.press("Kontrol et");
        staff.refuses("Zorunlu bir alan eksik ya da boş.");
        staff.write("Döviz", "USD");
        staff.press("Kontrol et");
        staff.reads("Alınacak aidat");
        staff.reads("IMMIB adına");
        staff.press(does);
        staff.reads("Giriş yapıldı.");
        codes.push(staff.text("dd.code"));
        if kind == "Nakit" {
            for paper in ["PDF A4", "PDF 80 mm"] {
                let kept = staff.keep(paper);
                assert!(kept.kind == "application/pdf" && kept.bytes.starts_with(b"%PDF"), "{paper}");
            }
        }
    }
    let mut officer = stage.page_of("customs");
    officer.open("/desk");
    for (code, kind) in codes.iter().zip(["akit", "âğıt"]) {
        officer.strike(&by_hand(code), 120);
        officer.wait_for(&format!("document.querySelector('#verdict .verdict:not(.old)')?.dataset.code === '{code}'"));
        let verdict = officer.text("#verdict");
        assert!(verdict.contains("GEÇERLİ") && verdict.contains(kind), "{verdict}");
    }
    assert_eq!([staff.complaints(), officer.complaints()].concat(), Vec::<String>::new());
}

/// G-48, G-92: a bank statement is taken in once, however often it comes; what it does not tell is booked by a person
/// with a reason, or set aside.
#[test]
fn a_bank_statement_is_taken_in_and_the_rest_is_matched_by_hand() {
    let stage = Stage::set();
    let file = stage.file(
        "ekstre.csv",
        "Tarih;Tutar;Dekont No;Açıklama\n20.11.2026;1.000,00;71;IMMIB-1234567890 aidat\n\
         20.11.2026;2.500,00;72;Ihlamur dış ticaret ödemesi\n20.11.2026;40,00;73;Yanlış havale\n\
         20.11.2026;-12,50;74;Masraf\n"
            .as_bytes(),
    );
    let mut staff = stage.page_of("staff-immib");
    staff.open("/staff");
    staff.press("Banka ekstreleri");
    staff.press("Yükle");
    staff.refuses("Bir dosya seçin.");
    for (new, known) in [(2, 0), (0, 3)] {
        staff.upload("Ekstre dosyası", &file);
        staff.press("Yükle");
        let booked = new / 2;
        staff.reads(&format!(
            "Hesaba geçen: {booked}. Karar bekleyen: {new}. Önceden bilinen: {known}. Çıkış satırı: 1."
        ));
    }
    staff.press("Ihlamur dış ticaret ödemesi");
    staff.write("Hesabın sahibi (vergi no)", "9960308245");
    staff.write("Gerekçe", "Firma telefonda doğruladı");
    staff.press("Hesaba geç");
    staff.refuses("cari hesabı yok");
    staff.write("Hesabın sahibi (vergi no)", "1234567890");
    staff.press("Hesaba geç");
    staff.reads("Ihlamur Dış Ticaret ve Sanayi A.Ş.");
    staff.press("Hesaba geç");
    staff.reads("Satır hesaba geçti.");
    staff.press("Yanlış havale");
    staff.press("Kenara ayır");
    staff.refuses("erekçe");
    staff.write("Gerekçe", "Bankaya iade edildi");
    staff.press("Kenara ayır");
    staff.press("Kenara ayır");
    staff.reads("Satır kenara ayrıldı.");
    staff.reads("Karar bekleyen satır yok.");
    let mut exporter = stage.page_of("exporter1");
    exporter.open("/accounts/IMMIB-1234567890");
    exporter.reads("2.500,00");
    assert_eq!([staff.complaints(), exporter.complaints()].concat(), Vec::<String>::new());
}

/// G-81 to G-85: customs' month beside ours: three lists, a row with its owner, the letter, and the reason with which it
/// is settled. The same file again changes nothing.
#[test]
fn the_month_is_matched_and_each_difference_has_an_owner() {
    let stage = Stage::set();
    let code = stage.approved("AY-1", SMALL);
    stage.approved("AY-2", SMALL);
    stage.register(&code, "AY-1", "26341300EX00020001");
    let mut second = {
        let mut admin = stage.page_of("admin");
        stage.colleague(&mut admin, "ikinci.kisi", "Sekreterlik görevlisi", Some(SECRETARIAT))
    };
    let file = stage.file(
        "tesciller.csv",
        format!(
            "registration_no,code,ref,exporter,invoice_total\n26341300EX00020001,{code},AY-1,1234567890,25000.00\n\
             26341300EX00020002,,,1234567890,100.00\n"
        )
        .as_bytes(),
    );
    let mut staff = stage.page_of("staff-immib");
    staff.open("/staff");
    staff.press("Gümrükle mutabakat");
    staff.write("Ay", "Kasım");
    staff.upload("Tescil dosyası (CSV ya da XML)", &file);
    staff.press("Yükle");
    staff.refuses("2026-11 biçiminde");
    for known in [0, 2] {
        staff.write("Ay", "");
        staff.upload("Tescil dosyası (CSV ya da XML)", &file);
        staff.press("Yükle");
        staff.reads(&format!("Satır: 2. Önceden bilinen: {known}. Uyan: 0. Onaysız tescil: 1."));
        staff.reads("Farklı: 1.");
    }
    staff.choose("Liste", "Mutabakat: farklı tescil");
    staff.renew(|page| page.click("Filtrele"));
    let rows = staff.rows();
    assert!(rows.len() == 1 && rows[0].iter().any(|cell| cell == "AY-1"), "G-84: {rows:?}");
    staff.press("Mutabakat: farklı tescil");
    staff.reads("Toplam fatura tutarı");
    staff.press("Üstüme al");
    staff.reads("staff-immib");
    let letter = staff.keep("Firmaya yazı (PDF)");
    assert!(letter.kind == "application/pdf" && letter.bytes.starts_with(b"%PDF"));
    staff.choose("Kime", "ikinci.kisi");
    staff.press("Başkasına ver");

    second.open("/staff/reconciliation");
    second.choose("Sorumlu", "ikinci.kisi");
    second.renew(|page| page.click("Filtrele"));
    second.press("Mutabakat: farklı tescil");
    second.press("Kapat");
    second.refuses("erekçe");
    second.write("Gerekçe", "Fatura düzeltildi, fark alındı");
    second.press("Kapat");
    second.reads("Bu satır kapandı. Gerekçe: Fatura düzeltildi, fark alındı");
    for (list, holds) in
        [("Mutabakat: onaysız tescil", "26341300EX00020002"), ("Mutabakat: tescil edilmemiş onay", "AY-2")]
    {
        second.open("/staff");
        second.press(list);
        second.reads(holds);
        assert!(!second.text("main").contains("- / -"), "what neither side has is no difference");
    }
    assert_eq!([staff.complaints(), second.complaints()].concat(), Vec::<String>::new());
}
