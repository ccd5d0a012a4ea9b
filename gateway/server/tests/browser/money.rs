//! Money as firms meet it: what waits is paid from the account or by card on the bank's page, and what was paid is found
//! again in movements, statements and receipts.

use crate::installation::{Pair, message};
use crate::page::Page;
use crate::stage::Stage;
use ebirlik_bank_simulator::{Bank, CODE, GOOD_CARD, Mood, Settings};
use std::time::Duration;
use tokio::runtime::Runtime;

/// G-55 to G-61, P-0.3: the payer chooses among what waits, sees what it costs, and pays with the payment password; a payment
/// sent twice is made once. G-52, G-72 to G-75: the account, its movements and statement, and receipts one and in bulk.
#[test]
fn what_waits_is_paid_from_the_account() {
    let stage = Stage::set();
    wait_for_payment(&stage, "WALK-1");
    let mut page = stage.page_of("exporter2");
    page.press("Cari Hesaplar");
    page.reads("9.997.368,01 TL");
    page.press("Ödeme Bekleyenler");
    page.press("Devam et");
    page.refuses("Ödenecek en az bir beyanname seçin.");
    for reference in ["EGE26-00135", "WALK-1"] {
        page.click(reference);
    }
    assert!(page.text("output.running").contains("Seçilen: 2 beyanname, toplam"), "{}", page.text("main"));
    page.press("Devam et");
    let total = page.text("main tfoot td");
    page.reads(&format!("2 beyanname, toplam {total}, hesap EIB-"));
    page.reads("Güneşbahçe Tarım Ürünleri İhracat Ltd. Şti. adına");
    page.write("Ödeme şifresi", "demo-exporter2");
    page.press("Öde");
    page.refuses("Ödeme şifresi yanlış");
    page.write("Ödeme şifresi", "demo-exporter2-pay");
    page.press_unheard("Öde");
    page.write("Ödeme şifresi", "demo-exporter2-pay");
    page.press("Öde");
    page.reads("Ödeme tamamlandı: 2 beyanname onaylandı");
    page.press("Makbuzlar");
    receipts_are_found(&mut page, &total);
    movements_are_looked_through(&mut page);
    limit_is_set(&mut page);
    assert_eq!(page.complaints(), Vec::<String>::new());
}

/// Of what was paid just now: by day and by declarant, one and all together.
fn receipts_are_found(page: &mut Page, total: &str) {
    page.reads("Makbuzlar ihracatçı adına");
    page.wait_until("/receipts", "WALK-1");
    page.write("Beyan sahibi vergi no", "5260181599");
    page.choose("Genel sekreterlik", "EIB");
    page.renew(|page| page.click("Filtrele"));
    let rows = page.rows();
    assert_eq!(rows.len(), 1, "the other one was sent by the broker: {rows:?} of {total}");
    page.renew(|page| page.click("Filtreleri temizle"));
    let rows = page.rows().len();
    assert!(rows >= 3);
    assert_eq!(page.keep("Excel indir").workbook_rows(), rows + 2);
    assert_eq!(page.keep("Makbuz dökümü (Excel)").workbook_rows(), rows + 2);
    for label in ["Makbuzlar, A4 (PDF)", "Makbuzlar, 80 mm (PDF)", "Bilgi fişleri, A4 (PDF)"] {
        assert_eq!(page.keep(label).kind, "application/pdf", "{label}");
    }
    page.press_in_row("WALK-1");
    page.reads("gümrükte makbuz istenmez");
    page.reads("Güneşbahçe Tarım Ürünleri İhracat Ltd. Şti.");
    for label in ["Makbuz, A4 (PDF)", "Bilgi fişi, A4 (PDF)", "Bilgi fişi, 80 mm (PDF)"] {
        assert!(page.keep(label).bytes.starts_with(b"%PDF-"), "{label}");
    }
}

/// Each payment once, and the statement of the same days.
fn movements_are_looked_through(page: &mut Page) {
    page.press("Cari Hesaplar");
    page.reads("Ne zaman biter?");
    let account = page.text("section.account h2 .code");
    page.press(&format!("Hareketler ve ekstre: {account}"));
    for reference in ["WALK-1", "EGE26-00135"] {
        page.write("Referans", reference);
        page.renew(|page| page.click("Filtrele"));
        assert_eq!(page.rows().len(), 1, "{reference} is paid once");
    }
    page.renew(|page| page.click("Filtreleri temizle"));
    page.choose("İşlem", "Yatırılan para");
    page.renew(|page| page.click("Filtrele"));
    assert!(page.text("#list").contains("10.000.000,00 TL"), "{}", page.text("#list"));
    assert_eq!(page.keep("Ekstre (PDF)").kind, "application/pdf");
    assert!(page.keep("Ekstre (Excel)").workbook_rows() > 5);
    page.click("Tablo olarak göster");
}

/// A limit is written as people write money, and counts at once.
fn limit_is_set(page: &mut Page) {
    page.press("Cari Hesaplar");
    let account = page.text("section.account h2 .code");
    page.press(&format!("Uyarı sınırını ve bekleme odasını değiştir: {account}"));
    page.write("Uyarı sınırı (TL)", "1,234.56");
    page.press("Kaydet");
    page.refuses("Tutarı 1.234,56 ya da 1234,56 biçiminde yazın");
    page.write("Uyarı sınırı (TL)", "20.000.000,50");
    page.press("Kaydet");
    page.reads("Seçimleriniz kaydedildi.");
    page.reads("20.000.000,50 TL");
    page.reads("Bakiye düşük");
}

/// G-53, G-58, G-59: what the account cannot pay is paid by card on the bank's own page; while nobody knows, it is being
/// checked and cannot be paid a second time; a payment that was given up is tried again.
#[test]
fn what_waits_is_paid_by_card() {
    let runtime = Runtime::new().expect("a runtime");
    let bank = runtime.block_on(Bank::open(bank_settings())).expect("a bank");
    let url = bank.url();
    let settings = [
        ("EBIRLIK_CARD__MERCHANT", "M-1"),
        ("EBIRLIK_CARD__SECRET", "ortak"),
        ("EBIRLIK_CARD__GATEWAY_URL", url.as_str()),
        ("EBIRLIK_CARD__RETURN_URL_BASE", "{url}"),
        ("EBIRLIK_CARD__ASK_AGAIN_MS", "500"),
    ];
    let stage = Stage::set_with(runtime, &settings);
    let mut page = stage.page_of("exporter5");
    page.press("Ödeme Bekleyenler");
    page.click(SHORT);
    page.press("Devam et");
    page.reads("eksik 549,12 TL");
    page.press("Bunları kartla öde");
    page.reads("1 beyanname, toplam 2.049,12 TL, kredi kartı, komisyon yok");
    page.write("Ödeme şifresi", "demo-exporter5-pay");
    to_the_bank(&mut page);
    page.reads("2049,12 TL");

    let mut elsewhere = stage.page_of("exporter5");
    elsewhere.press("Ödeme Bekleyenler");
    elsewhere.press("Kart ödemesi kontrol ediliyor");
    elsewhere.reads("yeniden ödemeyin");
    assert!(!elsewhere.text("main").contains("Yeniden dene"));

    page.press("Vazgeç");
    let order = page.path();
    page.wait_until(&order, "Ödeme Başarısız");
    page.reads("beyannameler ödeme beklemeye devam ediyor");
    page.press("Yeniden dene");
    page.write("Ödeme şifresi", "demo-exporter5-pay");
    to_the_bank(&mut page);
    page.write("Kart numarası", GOOD_CARD);
    page.press("Devam et");
    page.write("Telefonunuza gelen doğrulama kodu", CODE);
    page.press("Onayla");
    let order = page.path();
    page.wait_until(&order, "Onaylandı");
    page.reads("Ödeme başarılı");
    page.press("Makbuzlar");
    page.wait_until("/receipts", SHORT);
    page.press_in_row(SHORT);
    page.reads("Kredi kartı");
    assert_eq!(bank.taken().len(), 1);
    assert_eq!([page.complaints(), elsewhere.complaints()].concat(), Vec::<String>::new());
}

/// The bank's page opens by itself, a second after ours.
fn to_the_bank(page: &mut Page) {
    page.press("Bankanın sayfasında öde");
    page.follow(|_| ());
    assert_eq!(page.text("h1"), "Kartla ödeme");
    assert!(page.path().starts_with("/pay/"), "{}", page.path());
}

/// Has an exporter's own declaration wait for its payment.
fn wait_for_payment(stage: &Stage, reference: &str) {
    let firm = || "5260181599".to_owned();
    let (user, password) = ("exporter2".to_owned(), "demo-exporter2".to_owned());
    let pair = Pair { user, password, declarant: firm(), exporter: firm(), secretariat: "EIB".to_owned() };
    let message = message(&pair, reference, "1000.00").replace("<Gelen", "<Odeme>BEKLET</Odeme><Gelen");
    let answer = stage.runtime.block_on(stage.installation.post(&stage.server.url, &pair, message));
    let (status, answer) = answer.expect("an answer");
    assert_eq!(status, 202, "{}", String::from_utf8_lossy(&answer));
}

fn bank_settings() -> Settings {
    Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        merchant: "M-1".to_owned(),
        secret: "ortak".to_owned(),
        seed: 1,
        mood: Mood::HONEST,
        pace: Duration::from_millis(5),
        open_for: Duration::from_mins(90),
    }
}

/// Costs more than its account holds.
const SHORT: &str = "EGE26-00136";
