//! Registers and dated tables by two people, and who may do what.

use crate::office::SECRETARIAT;
use crate::stage::Stage;

/// S-12: a change of a dated table is proposed with its reason, seen on approvals of the past, and written when another
/// administrator confirms it; neither oneself nor staff can.
#[test]
fn a_table_changes_by_the_word_of_two_administrators() {
    let stage = Stage::set();
    let mut admin = stage.page_of("admin");
    let mut second = stage.colleague(&mut admin, "yonetici.iki", "Sistem yöneticisi", None);
    admin.press("Tablolar ve değişiklikler");
    admin.press("Değişiklik öner: Nispi aidat oranları");
    admin.choose("Sektör", "HAZIRGIYIM");
    admin.write("Oran (on binde)", "11");
    admin.write("Ek oran (on binde)", "0");
    admin.write("İlk gün", "01.01.2024");
    admin.press("Önizle");
    admin.refuses("");
    admin.write("Oran (on binde)", "7,5");
    admin.write("Gerekçe", "Genel kurul kararı 2026/3");
    admin.press("Önizle");
    admin.reads("Henüz hiçbir şey değişmedi");
    admin.reads("Geçmiş beyannamelerle önizleme");
    admin.press("İkinci kişinin onayına gönder");
    admin.reads("Bu öneri sizin.");
    let proposal = admin.path();

    let mut staff = stage.page_of("staff-immib");
    assert_eq!(staff.open(&proposal).status, 404, "staff change no rates");
    second.open("/staff/tables");
    second.press("Nispi aidat oranları");
    assert!(second.path().contains("/staff/"), "{}", second.path());
    second.open(&proposal);
    second.reads("Sonucu değişen");
    second.press("Reddet");
    second.refuses("Gerekçeyi yazın");
    second.press("Onayla");
    second.reads("Onaylandı, satırlar yazıldı");
    second.open("/staff/tables/rates?key=HAZIRGIYIM");
    second.reads("7,5");
    assert_eq!([admin.complaints(), second.complaints()].concat(), Vec::<String>::new());
}

/// S-9: staff propose a membership, a colleague confirms it, and firm's card and list tell of it; those of another
/// secretariat's unions cannot be proposed. A commitment likewise.
#[test]
fn memberships_and_commitments_change_by_two_of_the_staff() {
    let stage = Stage::set();
    let mut admin = stage.page_of("admin");
    let mut second = stage.colleague(&mut admin, "ikinci.kisi", "Sekreterlik görevlisi", Some(SECRETARIAT));
    let mut staff = stage.page_of("staff-immib");
    staff.open("/staff");
    for (table, first, choice, answer) in [
        ("Birlik üyelikleri", "Vergi numarası", ("Birlik", "TET"), "Aktif"),
        ("Taahhütnameler", "Vergi numarası", ("Genel sekreterlik", "IMMIB"), "Geçerli"),
    ] {
        staff.press("Tablolar ve değişiklikler");
        staff.press(&format!("Değişiklik öner: {table}"));
        staff.write(first, "9378657978");
        staff.choose(choice.0, choice.1);
        staff.write("İlk gün", "01.01.2026");
        staff.press("Önizle");
        staff.refuses("Gerekçeyi yazın");
        staff.write("Gerekçe", "Yönetim kurulu kararı 2026/9");
        staff.press("Önizle");
        staff.press("İkinci kişinin onayına gönder");
        let proposal = staff.path();
        second.open(&proposal);
        second.press("Onayla");
        second.reads("Onaylandı, satırlar yazıldı");
        second.open("/staff/firms/9378657978");
        second.reads(choice.1);
        second.reads("Geçerli");
        let _ = answer;
    }
    staff.press("Birlik üyelikleri");
    staff.write("Unvan ya da vergi numarası", "kızılbozkır");
    staff.renew(|page| page.click("Filtrele"));
    let rows = staff.rows();
    assert!(rows.len() == 1 && rows[0].iter().any(|cell| cell == "Aktif"), "own unions alone: {rows:?}");
    assert_eq!([staff.complaints(), second.complaints()].concat(), Vec::<String>::new());
}

/// S-12: an administrator makes staff and gives it other roles; staff lock whom they may with a reason, and who is locked
/// is out at once.
#[test]
fn users_are_made_changed_and_locked() {
    let stage = Stage::set();
    let mut admin = stage.page_of("admin");
    admin.open("/staff/users/new");
    admin.write("Kullanıcı kodu", "staff-immib");
    admin.click("Sekreterlik görevlisi");
    admin.press("Oluştur");
    admin.refuses("Genel sekreterlik görevlisi için genel sekreterlik seçin");
    admin.choose("Genel sekreterlik", "EIB");
    admin.write("Gerekçe", "Yeni görevli");
    admin.press("Oluştur");
    admin.refuses("Bu kullanıcı kodu kullanılıyor.");
    let mut officer = stage.colleague(&mut admin, "memur.bir", "Gümrük memuru", None);
    officer.open("/desk");
    officer.reads("Kod sorgulama");

    admin.open("/staff/users/memur.bir");
    admin.press("Kilitle");
    admin.refuses("Gerekçeyi yazın");
    admin.write("Gerekçe", "Görevden ayrıldı");
    admin.press("Kilitle");
    admin.reads("Kilitlendi");
    officer.open("/account");
    assert_eq!(officer.path().split('?').next(), Some("/login"), "signed out at once");
    officer.complaints();
    admin.write("Gerekçe", "Yanlışlıkla kilitlendi");
    admin.press("Kilidi aç");
    admin.reads("Kilidi açıldı");
    admin.open("/staff/users/admin");
    admin.reads("kendinizi değiştiremezsiniz");

    let mut staff = stage.page_of("staff-immib");
    staff.open("/staff/users");
    staff.reads("exporter1");
    assert!(!staff.text("main").contains("Yeni görevli"), "staff make nobody");
    assert_eq!(staff.open("/staff/users/new").status, 403);
    staff.complaints();
    assert_eq!(admin.complaints(), Vec::<String>::new());
}
