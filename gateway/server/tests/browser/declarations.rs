//! Declarations without a program of one's own: sent from the browser, looked up, told whole, given up.

use crate::installation::message;
use crate::page::Page;
use crate::stage::Stage;
use serde_json::json;

/// P-4.4.1 to P-4.4.6, P-5.1.1, P-5.1.2: the list of an exporter and of its broker, by every filter, over several pages, and
/// the same as a workbook.
#[test]
fn declarations_are_looked_through() {
    let stage = Stage::set();
    let pair = stage.installation.pair();
    for number in 0..MANY {
        let message = message(&pair, &format!("MANY-{number}"), "100.00");
        let answer = stage.runtime.block_on(stage.installation.post(&stage.server.url, &pair, message));
        assert_eq!(answer.expect("an answer").0, 200);
    }
    for user in ["exporter1", pair.user.as_str()] {
        let mut page = stage.page_of(user);
        page.press("Beyannameler");
        pages_are_turned(&mut page);
        days_are_asked_for(&mut page);
        filters_narrow(&mut page);
        assert_eq!(page.complaints(), Vec::<String>::new());
    }
}

/// What was sent just now is more than a page, and the workbook holds it all.
fn pages_are_turned(page: &mut Page) {
    page.write("Referans, kod ya da tescil no", "MANY-");
    page.renew(|page| page.click("Filtrele"));
    let mut references: Vec<String> = page.rows().into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(references.len(), 50);
    page.reads(&format!("{MANY} satırdan 1 - 50"));
    page.renew(|page| page.click("Sonraki sayfa"));
    references.extend(page.rows().into_iter().map(|row| row[1].clone()));
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), MANY);
    assert_eq!(page.keep("Excel indir").workbook_rows(), MANY + 2);
    page.renew(|page| page.click("Önceki sayfa"));
    page.renew(|page| page.press_in_column("Referans", "Artan sırala"));
    assert_eq!(page.rows()[0][1], "MANY-0");
    page.follow(|page| {
        page.eval("location.reload()");
    });
    assert_eq!(page.rows()[0][1], "MANY-0", "the wish is in the address");
    page.renew(|page| page.press_in_column("Onay kodu", "Sütunu gizle"));
    page.renew(|page| page.click("Filtreleri temizle"));
}

fn days_are_asked_for(page: &mut Page) {
    page.write("Başlangıç", "31.02.2026");
    page.renew(|page| page.click("Filtrele"));
    page.reads("Tarihi 21.11.2026 gibi yazın.");
    page.write("Başlangıç", "01.01.2020");
    page.write("Bitiş", "31.12.2020");
    page.renew(|page| page.click("Filtrele"));
    page.reads("Bu süzgece uyan beyanname yok.");
    page.renew(|page| page.click("Filtreleri temizle"));
    assert!(!page.rows().is_empty());
}

/// Secretariat, type, country and state.
fn filters_narrow(page: &mut Page) {
    let states = page.eval("[...document.querySelector('#f-state').options].map((one) => one.text)");
    let states = states.to_string();
    assert!(["Onay", "İptal", "Vazgeç"].iter().all(|state| states.contains(&format!("\"{state}\""))), "{states}");
    for (label, choice, column) in [
        ("Genel sekreterlik", "ITKIB", Some("ITKIB")),
        ("Durum", "Onay", Some("Onay")),
        ("Gideceği ülke", "Almanya", Some("Almanya")),
        ("Tip", "İhracatçı olarak", None),
        ("Tip", "İmalatçı olarak", None),
    ] {
        page.choose(label, choice);
        page.renew(|page| page.click("Filtrele"));
        let rows = page.rows();
        let is_so = |row: &Vec<String>| column.is_none_or(|words| row.iter().any(|cell| cell == words));
        assert!(rows.iter().all(is_so) && (column.is_none() || !rows.is_empty()), "{choice}: {rows:?}");
        page.renew(|page| page.click("Filtreleri temizle"));
    }
}

/// G-11, P-0.3: a broker enters an exporter's card and sends a pasted message, then a file; the check comes first, a
/// step sent twice counts once, and the declaration's page tells its whole story with code, square and slip.
#[test]
fn a_message_is_sent_from_the_browser() {
    let stage = Stage::set();
    let pair = stage.installation.pair();
    let mut page = stage.page_of(&pair.user);
    page.press("İşlem Yapabileceğiniz Firmalar");
    page.press(&format!("Adına işlem yap: {EXPORTER}"));
    page.press("Beyannameler");
    page.press("Beyanname gönder");
    page.press("Prova yap");
    page.refuses("Mesajı yapıştırın ya da dosyasını seçin.");
    let pasted = message(&pair, "PASTED-1", "1000.00");
    page.write("Mesaj (XML ya da EDIFACT)", &pasted.replace("610910000011", "6109"));
    page.press("Prova yap");
    page.refuses("Beyanname kabul edilmedi. Bulunan sorun sayısı: 1");
    page.reads("Bulunan sorunlar");
    page.write("Mesaj (XML ya da EDIFACT)", &pasted);
    page.press("Prova yap");
    for words in ["Henüz hiçbir şey kaydedilmedi.", "Nispi aidat, bugünün kuruyla", "6109.10.00.00.11"] {
        page.reads(words);
    }
    page.reads(&format!("{EXPORTER} adına"));
    page.press_unheard("Gönder");
    page.press("Gönder");
    page.reads("Onay kodu");
    story_is_told(&mut page);

    page.press("Beyannamelere dön");
    page.press("Beyanname gönder");
    let sent = message(&pair, "FILE-1", "2000.00");
    page.upload("Dosya", &stage.file("beyanname.xml", sent.as_bytes()));
    page.click("Kaydedilsin, ödemesi beklesin");
    page.press("Prova yap");
    page.press("Gönder");
    page.reads("Beyanname kaydedildi ve ödemesi bekleniyor.");
    page.press("Vazgeç");
    page.reads("Vazgeçilen beyanname yeniden açılamaz.");
    page.press("Vazgeç");
    page.reads("Beyannameden vazgeçildi");
    page.press("Beyannamelere dön");
    for (reference, state) in [("PASTED-1", "Onay"), ("FILE-1", "Vazgeç")] {
        let rows = page.rows();
        let found: Vec<_> = rows.iter().filter(|row| row.contains(&reference.to_owned())).collect();
        assert!(found.len() == 1 && found[0].contains(&state.to_owned()), "{reference}: {found:?}");
    }
    assert_eq!(page.complaints(), Vec::<String>::new());
}

/// Code with its square and a way to copy it, the formula of the price, what happened, versions, receipt and slip.
fn story_is_told(page: &mut Page) {
    let code = page.text("main b.code");
    assert_eq!(code.len(), 19, "{code}");
    assert_eq!(page.eval("document.querySelectorAll('svg.square path').length"), json!(1));
    page.click("Kodu kopyala");
    page.wait_for("[...document.querySelectorAll('main button')].some((one) => one.innerText === 'Kopyalandı')");
    assert_eq!(page.text_of("navigator.clipboard.readText()"), code.replace('-', ""));
    for words in ["Nispi aidat nasıl hesaplandı", "Neler oldu", "Onaylandı", "Sürüm 1", "Nispi aidat ödendi"] {
        page.reads(words);
    }
    let path = page.path();
    page.wait_until(&path, "Bilgi fişi");
    assert_eq!(page.keep("Bilgi fişi").kind, "application/pdf");
}

/// G-11, G-40: without a file the form is filled in; a wrong number is pointed at and nothing typed is lost; what waits for
/// its payment is sent again and becomes its second version.
#[test]
fn a_form_is_filled_in() {
    let stage = Stage::set();
    let mut page = stage.page_of("exporter1");
    fill_in(&mut page, "1,234.56");
    page.press("Prova yap");
    page.refuses("Sayıyı 1.234,56 gibi yazın");
    assert_eq!((page.value("Toplam fatura").as_str(), page.value("Referans").as_str()), ("1,234.56", "FORM-1"));
    page.write("Toplam fatura", "1.234,56");
    page.press("Prova yap");
    page.press("Düzelt");
    assert_eq!(page.value("Toplam fatura"), "1.234,56", "the way back keeps everything");
    page.press("Prova yap");
    page.press("Gönder");
    page.reads("ödemesi bekleniyor");
    fill_in(&mut page, "2.000,00");
    page.write("Fatura tutarı", "2.000,00");
    page.press("Prova yap");
    page.press("Gönder");
    page.reads("Sürüm 2");
    page.reads("2000.00");
    assert_eq!(page.complaints(), Vec::<String>::new());
}

fn fill_in(page: &mut Page, total: &str) {
    page.press("Beyannameler");
    page.press("Beyanname gönder");
    page.press("Dosyanız yoksa formu doldurun");
    for (label, choice) in [
        ("Genel sekreterlik", "IMMIB"),
        ("Ödeme", "ödemesi beklesin"),
        ("Rejim", "1000"),
        ("Gümrük idaresi", "341300"),
        ("Gideceği ülke", "Almanya"),
        ("Teslim şekli", "FOB"),
        ("Döviz", "USD"),
    ] {
        page.choose(label, choice);
    }
    for (label, text) in [
        ("Referans", "FORM-1"),
        ("Toplam fatura", total),
        ("GTİP", "6109.10.00.00.11"),
        ("Net ağırlık (kg)", "600"),
        ("Fatura tutarı", "1.234,56"),
    ] {
        page.write(label, text);
    }
}

/// More than a page.
const MANY: usize = 60;
/// Of the first pair.
const EXPORTER: &str = "Ihlamur Dış Ticaret ve Sanayi A.Ş.";
