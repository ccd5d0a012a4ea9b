//! The membership branch and the powers: what people send is looked at, and decided with a reason.

use crate::page::Page;
use crate::stage::Stage;
use std::path::Path;

/// S-1: the branch opens both papers, sends one application back with its reason, and approves the next, which mails the
/// link to a password.
#[test]
fn the_membership_branch_decides_on_sign_ups() {
    let stage = Stage::set();
    let paper = stage.file("belge.pdf", PAPER);
    let mut person = stage.page();
    sign_up(&mut person, "aylin.sezer@example.org", &paper);
    let mut staff = stage.page_of("staff-immib");
    staff.open("/staff");
    staff.press("Üyelik başvuruları");
    staff.reads("Karar bekleyen başvuru: 1");
    staff.press_in_row("Aylin Sezer");
    for label in ["Üyelik dilekçesi", "İmza sirküleri"] {
        assert_eq!(staff.keep(&format!("İndir: {label}")).bytes, PAPER);
    }
    staff.press("Reddet");
    staff.refuses("Ret gerekçesini yazın");
    staff.write("Gerekçe", "İmza sirküleri başka bir yetkilinin");
    staff.press("Reddet");
    staff.reads("Kabul edilmedi");
    person.open_mail("aylin.sezer@example.org", &["kabul edilmedi"]);
    person.reads("İmza sirküleri başka bir yetkilinin");

    sign_up(&mut person, "aylin@example.org", &paper);
    staff.press("Başvurulara dön");
    staff.choose("Durum", "Karar bekliyor");
    staff.renew(|page| page.click("Filtrele"));
    staff.press_in_row("Aylin Sezer");
    staff.press("Onayla");
    staff.reads("Onaylandı");
    person.open_mail("aylin@example.org", &["onaylandı"]);
    person.follow_mail();
    assert!(person.path().starts_with("/password/"), "{}", person.path());
    let mut other = stage.page_of("staff-eib");
    other.open("/staff/applications");
    assert!(!other.text("main").contains("Aylin"), "another branch's");
    assert_eq!([staff.complaints(), person.complaints()].concat(), Vec::<String>::new());
}

/// S-4: a power is rejected with a reason and then approved; the broker acts by it until it is revoked.
#[test]
fn powers_are_reviewed_approved_and_revoked() {
    let stage = Stage::set();
    let paper = stage.file("vekaletname.pdf", PAPER);
    let mut broker = stage.page_of("broker3");
    let mut staff = stage.page_of("staff-immib");
    for approves in [false, true] {
        apply_for_power(&mut broker, &paper);
        staff.open("/staff");
        staff.press("Vekaletname onayları");
        staff.choose("Durum", "İncelemede");
        staff.renew(|page| page.click("Filtrele"));
        staff.follow(|page| {
            page.eval("document.querySelector('#list tbody a').click()");
        });
        assert_eq!(staff.keep("Dosyayı indir").bytes, PAPER);
        if approves {
            staff.press("Onayla");
            staff.reads("Vekaletname onaylandı");
        } else {
            staff.press("Reddet");
            staff.refuses("erekçe");
            staff.write("Gerekçe", "Noter onayı eksik");
            staff.press("Reddet");
            staff.reads("Vekaletname reddedildi");
        }
    }
    broker.open("/firms");
    broker.reads("Ihlamur Dış Ticaret ve Sanayi A.Ş.");
    staff.press_in_row("01.01.2026");
    staff.write("Gerekçe", "Azilname 2026/15");
    staff.press("Vekaleti sona erdir");
    staff.reads("Vekaletname sona erdirildi.");
    broker.open("/firms");
    assert!(!broker.text("main").contains("Ihlamur"), "{}", broker.text("main"));
    assert_eq!([staff.complaints(), broker.complaints()].concat(), Vec::<String>::new());
}

/// An exporter's person applies and sends both papers by the link of the mail.
fn sign_up(page: &mut Page, email: &str, paper: &Path) {
    page.open("/signup");
    page.press("İhracatçı Firma Yetkilisiyim");
    page.write("Vergi numarası", "1860913903");
    page.press("Devam Et");
    page.press("Devam Et");
    page.write("Ad soyad", "Aylin Sezer");
    page.write("E-posta", email);
    page.write("Cep Telefonu", "0532 123 45 67");
    page.press("Yönergeleri Gönder");
    page.open_mail(email, &["şimdi ne yapacaksınız"]);
    page.follow_mail();
    for label in ["Üyelik dilekçesi", "İmza sirküleri"] {
        page.upload(label, paper);
    }
    page.press("Belgeleri Yükle");
    page.press("Başvuruyu Gönder");
    page.reads("Başvurunuz alındı");
}

/// The broker asks for a power of the demo's first exporter.
fn apply_for_power(page: &mut Page, paper: &Path) {
    page.open("/powers/new");
    page.write("İhracatçının vergi numarası", "1234567890");
    page.press("Devam Et");
    page.choose("Onaya gönderileceği genel sekreterlik", "IMMIB");
    page.write("İlk gün", "01.01.2026");
    page.upload("Vekaletname", paper);
    page.press("Devam Et");
    page.press("Onaya gönder");
    page.reads("Vekaletname onaya gönderildi.");
}

const PAPER: &[u8] = include_bytes!("../../../../fixtures/demo/history/paper.pdf");
