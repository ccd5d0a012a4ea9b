//! What staff do to declarations: the desk, corrections, other numbers, refunds; alone, or with a second person.

use crate::installation::message;
use crate::office::{LARGE, SECRETARIAT, SMALL};
use crate::stage::Stage;

/// G-95, S-13: watched goods wait at the desk; somebody lets them pass or refuses them with a reason, and that is found
/// again among who did what.
#[test]
fn watched_goods_are_decided_at_the_desk() {
    let stage = Stage::set();
    for reference in ["MASA-1", "MASA-2"] {
        let code = stage.send(message(&stage.pair(), reference, SMALL).replace("610910000011", WATCHED));
        assert_eq!(code, None, "no code before the desk");
    }
    let mut staff = stage.page_of("staff-immib");
    staff.open("/staff");
    let desk = staff.rows().into_iter().find(|row| row[0] == "Onay masası").expect("the desk's queue");
    assert!(desk[1].parse::<u32>().is_ok_and(|count| count >= 2), "{desk:?}");
    staff.press("Onay masası");
    staff.press("MASA-1");
    staff.press("Masadan geçir");
    staff.press("Kontrol et");
    staff.refuses("erekçe");
    staff.write("Gerekçe", "Kayıt belgesi görüldü");
    staff.press("Kontrol et");
    staff.reads("IMMIB adına");
    staff.press("Masadan geçir");
    staff.reads("İşlem yapıldı.");
    assert!(staff.text("h1").ends_with("Onay"), "{}", staff.text("h1"));

    staff.press("Onay masası");
    staff.press("MASA-2");
    staff.press("Reddet");
    staff.write("Gerekçe", "Kayıt belgesi yok");
    staff.press("Kontrol et");
    staff.press("Reddet");
    assert!(staff.text("h1").ends_with("İptal"), "{}", staff.text("h1"));

    staff.press("Kim, ne, ne zaman");
    staff.choose("Olay", "Masadan geçti");
    staff.write("Kullanıcı kodu", "staff-immib");
    staff.renew(|page| page.click("Ara"));
    let found = staff.rows();
    assert!(matches!(found.as_slice(), [row] if row[2] == "staff-immib" && row[3].contains("MASA-1")), "{found:?}");
    staff.press("Birlik üyelikleri");
    staff.write("Unvan ya da vergi numarası", "ıhlamur");
    staff.renew(|page| page.click("Filtrele"));
    staff.press(&stage.pair().exporter);
    staff.reads("Cari hesaplar");
    staff.reads("MASA-1");
    assert_eq!(staff.complaints(), Vec::<String>::new());
    staff.press("Kim, ne, ne zaman");
    staff.write("İlk gün", "31.02.2026");
    staff.renew(|page| page.click("Ara"));
    staff.reads("Günü gg.aa.yyyy biçiminde yazın.");
}

/// G-93, G-62: above the limit another member of staff decides: a correction that gives a part of the fee back, an
/// approval that is cancelled, and the refund of the rest.
#[test]
fn a_second_person_decides_on_large_sums() {
    let stage = Stage::set();
    stage.approved("DUZELT-1", LARGE);
    let cancelled = stage.approved("IPTAL-1", LARGE);
    let mut second = {
        let mut admin = stage.page_of("admin");
        stage.colleague(&mut admin, "ikinci.kisi", "Sekreterlik görevlisi", Some(SECRETARIAT))
    };
    let mut staff = stage.page_of("staff-immib");
    staff.find_declaration("DUZELT-1");
    let right = message(&stage.pair(), "DUZELT-1", "90000.00");
    staff.act("Düzelt", |page| page.write("Mesaj (XML ya da EDIFACT)", &right), "ikinci bir kişinin onayı gerekir");
    staff.reads("İkinci bir kişinin kararını bekliyor");
    staff.find_declaration("IPTAL-1");
    staff.act("İptal et", |_| (), "ikinci bir kişinin onayı gerekir");
    staff.open("/staff/cases");
    staff.press_in_row("DUZELT-1");
    staff.reads("Bu işlemi siz önerdiniz");

    second.open("/staff/cases");
    assert_eq!(second.rows().len(), 2);
    second.press_in_row("DUZELT-1");
    second.reads("/Gelen/BeyannameBilgi/Toplam_fatura");
    second.press("Reddet");
    second.refuses("erekçe");
    second.press("Onayla ve yap");
    second.reads("İşlem yapıldı.");
    assert!(second.text("h1").ends_with("Onay"), "{}", second.text("h1"));
    second.open("/staff/cases");
    second.press_in_row("IPTAL-1");
    second.press("Onayla ve yap");
    assert!(second.text("h1").ends_with("İptal"), "{}", second.text("h1"));

    let mut officer = stage.page_of("customs");
    officer.open(&format!("/desk?kod={cancelled}"));
    assert!(officer.text("#verdict").contains("GEÇERSİZ"), "{}", officer.text("#verdict"));

    staff.find_declaration("IPTAL-1");
    staff.press("Aidatı iade et");
    staff.write("Gerekçe", "İhracat gerçekleşmedi");
    staff.write("Dayanak belge", "Dilekçe 3");
    staff.press("Kontrol et");
    staff.refuses("");
    staff.write("İade edilecek tutar", "1,234.56");
    staff.press("Kontrol et");
    staff.refuses("1.234,56 biçiminde");
    staff.write("İade edilecek tutar", "");
    staff.write("İhracatın gerçekleşmediğini gösteren belge", "Gümrük yazısı 18.11.2026/903");
    staff.press("Kontrol et");
    staff.reads("ikinci bir kişinin onayı gerekir");
    staff.press("Aidatı iade et");
    second.open("/staff/cases");
    second.press_in_row("IPTAL-1");
    second.press("Onayla ve yap");
    second.reads("İade edilen");
    let mut exporter = stage.page_of("exporter1");
    exporter.open("/accounts/IMMIB-1234567890");
    exporter.reads("IPTAL-1");
    assert_eq!([staff.complaints(), second.complaints(), officer.complaints()].concat(), Vec::<String>::new());
}

/// G-94: where customs gave another registration number, staff bind the approval to that one, and it stands from then on.
#[test]
fn another_registration_number_is_bound() {
    let stage = Stage::set();
    let code = stage.approved("NUMARA-1", SMALL);
    stage.register(&code, "NUMARA-1", "26341300EX00012345");
    let mut staff = stage.page_of("staff-immib");
    staff.open("/staff");
    staff.find_declaration("NUMARA-1");
    let changes = "Tescil numarasını değiştir";
    staff.press(changes);
    staff.write("Yeni tescil no", "26341300EX1");
    staff.write("Gerekçe", "Gümrük yeni numara verdi");
    staff.write("Dayanak belge", "Gümrük yazısı 5");
    staff.press("Kontrol et");
    staff.refuses("");
    assert_eq!(staff.value("Gerekçe"), "Gümrük yeni numara verdi", "what was typed is kept");
    staff.write("Yeni tescil no", "26341300EX00054321");
    staff.press("Kontrol et");
    staff.reads("26341300EX00054321");
    staff.press(changes);
    staff.reads("İşlem yapıldı.");
    staff.reads("26341300EX00054321");
    let mut officer = stage.page_of("customs");
    officer.open(&format!("/desk?kod={code}"));
    assert!(officer.text("#verdict").contains("26341300EX00054321"), "{}", officer.text("#verdict"));
    assert_eq!([staff.complaints(), officer.complaints()].concat(), Vec::<String>::new());
}

/// Liquorice root.
const WATCHED: &str = "121190860014";
