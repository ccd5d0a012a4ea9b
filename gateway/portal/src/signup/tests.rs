//! Signing up as a browser meets it, from the sign-in page to the waiting page and the papers.

use crate::tests::{Browser, House, Page};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use ebirlik_operations::mail::{self, Mailing};
use ebirlik_operations::uploads::FILE_BYTES_MAX;

pub(crate) const AYSE: &str = "ayse@ihlamur.example";
const EXPORTER: &str = "1234567890";

/// A house whose mails are shown at `/mailbox`.
pub(crate) async fn house() -> House {
    let house = House::open().await;
    let mailing = Mailing { public_url: "https://onay.example".to_owned(), post: None, is_shown: true };
    house.office.mail_by(mailing);
    house
}

/// The newest link of a kind that was mailed, as a path.
pub(crate) async fn mailed_link(house: &House, kind: &str) -> String {
    mail::write(&house.office).await.unwrap();
    let page = house.browser().get("/mailbox").await;
    assert_eq!(page.status, StatusCode::OK);
    let (_, rest) = page.body.split_once(&format!("href=\"https://onay.example/{kind}/")).expect("a link");
    format!("/{kind}/{}", rest.split('"').next().unwrap())
}

/// Begins an application; gives its waiting page.
pub(crate) async fn apply(browser: &mut Browser, kind: &str, form: &str) -> Page {
    let begun = browser.post(&format!("/signup/{kind}/person"), form.to_owned()).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    browser.get(begun.location()).await
}

/// The form of an exporter's application.
pub(crate) fn exporters_form(email: &str) -> String {
    format!("tax_no={EXPORTER}&name=Ay%C5%9Fe+Y%C4%B1lmaz&email={email}&phone=%2B90+532+123+45+67")
}

/// Sends files, each with its field and its name.
pub(crate) async fn upload(browser: &mut Browser, address: &str, files: &[(&str, &str, &[u8])]) -> Page {
    let mut body = Vec::new();
    for (field, name, bytes) in files {
        let head = format!("--cut\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--cut--\r\n");
    let request = Request::post(address).header(CONTENT_TYPE, "multipart/form-data; boundary=cut").body(body.into());
    browser.send(request.unwrap()).await
}

/// An exporter's application that was sent.
pub(crate) async fn sent(house: &House, email: &str) -> String {
    let mut browser = house.browser();
    apply(&mut browser, "exporter", &exporters_form(email)).await;
    let link = mailed_link(house, "application").await;
    let papers: [(&str, &str, &[u8]); 2] =
        [("petition", "dilekçe.pdf", b"%PDF-1.7 bir"), ("circular", "sirküler.png", b"\x89PNG\r\n\x1a\n")];
    assert_eq!(upload(&mut browser, &link, &papers).await.location(), link);
    assert_eq!(browser.post(&format!("{link}/send"), String::new()).await.location(), link);
    link
}

/// P-1.1, P-1.2, P-1.3: from the sign-in page to exactly two account types.
#[tokio::test]
async fn the_sign_in_page_leads_to_two_account_types() {
    let house = house().await;
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    for part in
        ["href=\"/signup\">Kayıt Ol</a>", "href=\"/forgotten\">Şifremi Unuttum</a>", "E-posta ya da kullanıcı kodu"]
    {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    let page = browser.get("/signup").await;
    let types =
        ["İhracatçı Firma Yetkilisiyim", "Gümrük Müşaviriyim", "Aktif olarak hem Gümrük Müşaviri ve İhracatçı Firma"];
    assert!(types.iter().all(|part| page.body.contains(part)), "{}", page.body);
    assert_eq!(page.body.matches("href=\"/signup/").count(), 2);
    let page = browser.get("/signup?lang=en").await;
    assert!(page.body.contains("I act for an exporter") && page.body.contains("continue as customs broker"));
    assert_eq!(browser.get("/signup/farmer").await.status, StatusCode::NOT_FOUND);
}

/// P-1.1.1, P-1.1.2, P-1.1.3, P-1.2.1, P-1.2.2, P-1.2.3: only a firm registered as what was chosen passes; it is shown first.
#[tokio::test]
async fn a_tax_number_shows_its_firm_or_is_refused() {
    let house = house().await;
    let mut browser = house.browser();
    let page = browser.get("/signup/exporter").await;
    assert!(page.body.contains("Vergi numarası") && page.body.contains("Devam Et"));
    let page = browser.get("/signup/exporter?tax_no=123+456+7890").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Ihlamur Dış Ticaret ve Sanayi A.Ş.") && page.body.contains("<dd>1234567890</dd>"));
    assert!(page.body.contains("Devam Et") && page.body.contains("action=\"/signup/exporter/person\""));
    for (address, sentence) in [
        ("/signup/broker?tax_no=1234567890", "kayıtlı bir gümrük müşaviri yok"),
        ("/signup/exporter?tax_no=9876543217", "kayıtlı bir ihracatçı firma yok"),
        ("/signup/exporter?tax_no=1234567891", "denetim hanesi tutmuyor"),
        ("/signup/exporter?tax_no=12345", "10 haneli (VKN) ya da 11 haneli"),
        ("/signup/exporter?tax_no=1234567891&lang=en", "The check digit of the tax number does not agree"),
    ] {
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
        assert!(page.body.contains(sentence) && page.body.contains("aria-invalid=\"true\""), "{}", page.body);
        assert!(page.body.contains("<title>Hata:") || page.body.contains("<title>Error:"));
    }
    let refused =
        browser.post("/signup/exporter/person?lang=tr", exporters_form(AYSE).replace(EXPORTER, "1234567891")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let mut flood = house.browser();
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = flood.get("/signup/exporter?tax_no=1234567890").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "the register is not for reading through");
}

/// P-1.1.4, P-1.1.5, P-1.1.7, P-1.1.9, P-1.2.4, P-1.2.5, P-1.2.7, P-1.2.9: details are kept while something is wrong; the
/// waiting page names the spam folder and sends again, not at once.
#[tokio::test]
async fn details_are_asked_for_and_the_mail_is_waited_for() {
    let house = house().await;
    let mut browser = house.browser();
    let page = browser.get("/signup/exporter/person?tax_no=1234567890").await;
    assert!(page.body.contains("yetkilendirme belgesindekilerle aynı olmalı") && !page.body.contains("<select"));
    let wrong = "tax_no=1234567890&name=&email=ayse%40&phone=5321234567";
    let page = browser.post("/signup/exporter/person", wrong.to_owned()).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "Adınızı ve soyadınızı",
        "value=\"ayse@\"",
        "value=\"5321234567\"",
        "0 ile başlayan 11 hane olarak",
        "<title>Hata:",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    let page = apply(&mut browser, "exporter", &exporters_form(AYSE)).await;
    for part in ["önemsiz e-postalar", "Yönergeleri Tekrar Gönder", AYSE, "28.11.2026 14:03", "Yeniden başvur"] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    let (_, rest) = page.body.split_once("action=\"/signup/waiting/").unwrap();
    let address = format!("/signup/waiting/{}", rest.split('"').next().unwrap());
    let soon = browser.post(&address, String::new()).await;
    assert_eq!(soon.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(soon.body.contains("60 saniye sonra yeniden isteyebilirsiniz"), "{}", soon.body);
    house.clock.forward(1);
    let again = browser.post(&address, String::new()).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(browser.get(again.location()).await.body.contains("Yönergeler yeniden gönderiliyor."));
    assert_eq!(browser.get("/signup/waiting/0a").await.status, StatusCode::NOT_FOUND);
    house.clock.forward(7 * 24 * 60);
    assert_eq!(browser.get(&address).await.status, StatusCode::NOT_FOUND);
}

/// P-1.1.10, P-1.1.11, P-1.1.12, P-1.1.14: papers are uploaded by the mailed link, each kept for itself; 5 MB pass and a byte more
/// does not; then the application is looked over, sent and received.
#[tokio::test]
async fn papers_are_uploaded_looked_over_and_sent() {
    let house = house().await;
    let mut browser = house.browser();
    apply(&mut browser, "exporter", &exporters_form(AYSE)).await;
    let link = mailed_link(&house, "application").await;
    let page = browser.get(&link).await;
    for part in ["JPEG, JPG, PNG ya da PDF", "5 MB", "28.11.2026 14:03", "Üyelik dilekçesi", "İmza sirküleri", AYSE]
    {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(!page.body.contains("Başvuruyu Gönder") && !page.body.contains("7 gün"));
    assert_eq!(browser.post(&format!("{link}/send"), String::new()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let empty = upload(&mut browser, &link, &[("petition", "", b""), ("circular", "", b"")]).await;
    assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.body.contains("Yüklenecek dosyayı seçin."));

    let mut whole = b"%PDF-1.7\n".to_vec();
    whole.resize(FILE_BYTES_MAX, b' ');
    let mut larger = whole.clone();
    larger.push(b' ');
    let files: [(&str, &str, &[u8]); 2] = [("petition", "dilekçe.pdf", &whole), ("circular", "sirküler.pdf", &larger)];
    let page = upload(&mut browser, &link, &files).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.body.contains("id=\"circular-error\"") && !page.body.contains("id=\"petition-error\""),
        "{}",
        page.body
    );
    assert!(page.body.contains("dilekçe.pdf") && page.body.contains("Yüklendi"), "what was uploaded is kept");
    let page = upload(&mut browser, &link, &[("circular", "sirküler.pdf", b"<html>")]).await;
    assert!(page.body.contains("id=\"circular-error\""), "the name alone proves nothing: {}", page.body);
    let huge = vec![b' '; 5 * FILE_BYTES_MAX];
    let page = upload(&mut browser, &link, &[("circular", "sirküler.pdf", &huge)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);

    let right = upload(&mut browser, &link, &[("circular", "sirküler.jpg", b"\xff\xd8\xff\xe0")]).await;
    assert_eq!((right.status, right.location()), (StatusCode::SEE_OTHER, &*link));
    let page = browser.get(&link).await;
    let (_, last) = page.body.split_once("Gönderilecek başvuru").unwrap();
    assert!(last.contains("Ihlamur Dış Ticaret ve Sanayi A.Ş. adına") && last.contains("sirküler.jpg"), "{last}");
    browser.post(&format!("{link}/send"), String::new()).await;
    let page = browser.get(&link).await;
    assert!(page.body.contains("Başvurunuz alındı") && page.body.contains("Üyelik şubesi"), "{}", page.body);
    assert!(
        page.body.contains("İstanbul Maden ve Metaller") && page.body.contains("İstanbul Tekstil"),
        "{}",
        page.body
    );
    assert!(browser.get(&format!("{link}?lang=en")).await.body.contains("Your application was received"));
}

/// P-1.1.12, P-1.1.13, P-1.2.12, P-1.2.13: after seven days the link says what became of the application and leads to sign-up.
#[tokio::test]
async fn a_link_that_is_over_says_so_and_leads_to_sign_up() {
    let house = house().await;
    let mut browser = house.browser();
    let form = format!("{}&secretariat=OAIB", exporters_form(AYSE).replace(EXPORTER, "9876543217"));
    apply(&mut browser, "broker", &form).await;
    let link = mailed_link(&house, "application").await;
    house.clock.forward(7 * 24 * 60);
    for _ in 0..2 {
        let page = browser.get(&link).await;
        assert_eq!(page.status, StatusCode::GONE);
        assert!(page.body.contains("belgeleriyle birlikte silindi") && page.body.contains("28.11.2026 14:03"));
        assert!(page.body.contains("href=\"/signup\">Kayıt Ol</a>"));
        mail::tidy(&house.office).await.unwrap();
    }
    let page = browser.get(&format!("/application/{}", "0a".repeat(32))).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("Bağlantı geçerli değil."));
}

/// P-1.1.12, P-1.2.12: two days before the end a mail reminds of it; the page gives seven more days by one button, once.
#[tokio::test]
async fn who_is_reminded_puts_the_end_off_by_a_click() {
    let house = house().await;
    let mut browser = house.browser();
    apply(&mut browser, "exporter", &exporters_form(AYSE)).await;
    let link = mailed_link(&house, "application").await;
    house.clock.forward(5 * 24 * 60);
    mail::tidy(&house.office).await.unwrap();
    let reminder = mailed_link(&house, "application").await;
    assert_ne!(reminder, link);
    let page = browser.get(&reminder).await;
    assert!(
        page.body.contains("28.11.2026 14:03") && page.body.contains("Son gönderme zamanını uzat: 05.12.2026 14:03"),
        "{}",
        page.body
    );
    for _ in 0..2 {
        let put_off = browser.post(&format!("{reminder}/extend"), String::new()).await;
        assert_eq!((put_off.status, put_off.location()), (StatusCode::SEE_OTHER, &*reminder));
        let page = browser.get(&link).await;
        assert!(page.body.contains("05.12.2026 14:03") && !page.body.contains("/extend"), "{}", page.body);
    }
    let page = browser.post(&format!("/application/{}/extend", "0a".repeat(32)), String::new()).await;
    assert_eq!(page.location(), format!("/application/{}", "0a".repeat(32)), "whose page says that there is none");
}

/// P-1.2.14: a broker, and an exporter that is a member nowhere, chooses where the application goes.
#[tokio::test]
async fn who_has_no_union_chooses_where_the_application_goes() {
    let house = house().await;
    let mut browser = house.browser();
    for (kind, tax_no) in [("broker", "9876543217"), ("exporter", "9960308245")] {
        let page = browser.get(&format!("/signup/{kind}/person?tax_no={tax_no}")).await;
        assert!(
            page.body.contains("<select id=\"secretariat\"") && page.body.contains("value=\"OAIB\""),
            "{}",
            page.body
        );
        let form = exporters_form(AYSE).replace(EXPORTER, tax_no);
        let page = browser.post(&format!("/signup/{kind}/person"), form.clone()).await;
        assert!(
            page.status == StatusCode::UNPROCESSABLE_ENTITY && page.body.contains("Genel sekreterliği listeden seçin.")
        );
        apply(&mut browser, kind, &format!("{form}&secretariat=OAIB")).await;
        let link = mailed_link(&house, "application").await;
        assert!(browser.get(&link).await.body.contains("Orta Anadolu"));
    }
}

/// The mailbox is shown by installations to try out alone.
#[tokio::test]
async fn mails_are_shown_only_where_everybody_may_read_them() {
    assert_eq!(House::open().await.browser().get("/mailbox").await.status, StatusCode::NOT_FOUND);
    let house = house().await;
    assert!(house.browser().get("/mailbox").await.body.contains("Henüz e-posta yok."));
    apply(&mut house.browser(), "exporter", &exporters_form(AYSE)).await;
    mailed_link(&house, "application").await;
    let page = house.browser().get("/mailbox").await;
    let (_, rest) = page.body.split_once("href=\"/mailbox/").unwrap();
    let address = format!("/mailbox/{}", rest.split('"').next().unwrap());
    assert!(page.body.contains("uyelik-dilekcesi.pdf"));
    let id: i64 = address.rsplit('/').next().unwrap().parse().unwrap();
    assert!(id > 0);
}
