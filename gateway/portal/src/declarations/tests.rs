//! Declarations on pages: the list and its files, one story, giving up, and the two ways to send.

use super::*;
use crate::tests::{Browser, House, Page as Answer};
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, USER_AGENT};
use ebirlik_operations::demo::cases;
use std::fmt::Write;

/// The demo's plain sample, wrapped, under another reference.
fn message(reference: &str) -> String {
    let case = cases().iter().find(|case| case.name == "plain-sample-wrapped").unwrap();
    let text = String::from_utf8(case.steps[0].request.to_vec()).unwrap();
    let (_, rest) = text.split_once("<Referans_no>").unwrap();
    let before = rest.split('<').next().unwrap().to_owned();
    text.replace(&before, reference)
}

/// A form with a file in it.
async fn upload(browser: &mut Browser, pairs: &[(&str, &str)]) -> Answer {
    let mut body = String::new();
    for (name, value) in pairs {
        let file = if *name == "file" { "; filename=\"beyanname.xml\"" } else { "" };
        write!(body, "--b\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n").unwrap();
    }
    body.push_str("--b--\r\n");
    let request = Request::post("/declarations/new").header(CONTENT_TYPE, "multipart/form-data; boundary=b");
    browser.send(request.body(Body::from(body)).unwrap()).await
}

/// As an old program writes it: a byte a letter.
fn latin5(text: &str) -> Vec<u8> {
    let byte = |letter: char| match letter {
        'Ğ' => 0xD0,
        'İ' => 0xDD,
        'Ş' => 0xDE,
        'ğ' => 0xF0,
        'ı' => 0xFD,
        'ş' => 0xFE,
        other => u8::try_from(u32::from(other)).unwrap(),
    };
    text.chars().map(byte).collect()
}

/// Turkish rules: encodings. A file of an old program, in ISO-8859-9, is read rightly; one that says UTF-8 and is not is
/// refused with the remedy, and no letter is garbled.
#[tokio::test]
async fn a_file_in_an_old_encoding_is_read_or_refused() {
    let house = House::open().await;
    let mut browser = house.browser_of("broker1").await;
    let token = browser.get("/declarations/new").await.token().to_owned();
    let plain = message("ESKI-1");
    let plain = plain.split_once("?>").map_or(plain.as_str(), |(_, rest)| rest);
    for (encoding, status) in [("ISO-8859-9", StatusCode::OK), ("UTF-8", StatusCode::UNPROCESSABLE_ENTITY)] {
        let said = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{plain}");
        let file = latin5(&said.replace("<Aciklamalar/>", "<Aciklamalar>ŞĞİı</Aciklamalar>"));
        let mut body = Vec::new();
        for (name, value) in [("token", token.as_bytes()), ("step", b"try"), ("file", &file)] {
            let named = if name == "file" { "; filename=\"beyanname.xml\"" } else { "" };
            body.extend(format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"{named}\r\n\r\n").into_bytes());
            body.extend([value, b"\r\n"].concat());
        }
        body.extend(b"--b--\r\n");
        let request = Request::post("/declarations/new").header(CONTENT_TYPE, "multipart/form-data; boundary=b");
        let page = browser.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(page.status, status, "{encoding}: {}", page.body);
        assert!(!page.body.contains('\u{fffd}'), "{encoding}: {}", page.body);
        let told = if status == StatusCode::OK { "ŞĞİı" } else { "E1004" };
        assert!(page.body.contains(told), "{encoding}: {}", page.body);
    }
}

/// The value of a hidden field.
fn hidden(page: &Answer, name: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    let written = rest.split('"').next().unwrap();
    written.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#38;", "&")
}

/// Pastes, tries out and sends; where it leads.
async fn sent(browser: &mut Browser, reference: &str) -> String {
    let token = browser.get("/declarations/new").await.token().to_owned();
    let tried = upload(browser, &[("token", &token), ("message", &message(reference)), ("step", "try")]).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    let kept = hidden(&tried, "message");
    let done = upload(browser, &[("token", &token), ("message", &kept), ("step", "send")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    done.location().to_owned()
}

#[track_caller]
fn holds(page: &Answer, parts: &[&str]) {
    for part in parts {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
}

/// P-0.1, P-0.2: Internet Explorer gets one clear page in both languages, other browsers the portal.
#[tokio::test]
async fn internet_explorer_is_told_so() {
    let house = House::open().await;
    let asked = |address: &str, agent: &'static str| {
        Request::get(address).header(USER_AGENT, agent).body(Body::empty()).unwrap()
    };
    for agent in
        ["Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0)"]
    {
        let page = house.browser().send(asked("/declarations", agent)).await;
        holds(&page, &["Internet Explorer desteklenmiyor", "Internet Explorer is not supported"]);
        assert!(!page.body.contains("<script") && !page.body.contains("stylesheet"));
    }
    for agent in
        ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Chrome/142.0.0.0 Safari/537.36"]
    {
        assert_eq!(house.browser().send(asked("/declarations", agent)).await.location(), "/login?next=%2Fdeclarations");
    }
}

/// P-4.0.1, P-4.0.2, P-5.0.1, P-5.0.2, P-4.1.6, P-4.1.7: an exporter lands on the overview, a broker on its powers; the
/// overview says for whom one acts, leads to the other firms, and counts what there is.
#[tokio::test]
async fn everybody_lands_where_its_work_is() {
    let house = House::open().await;
    house.waiting(&["ODE-1", "ODE-2"]).await;
    assert_eq!(house.browser_of("broker1").await.get("/").await.location(), "/powers");
    let mut exporter = house.browser_of("exporter1").await;
    assert_eq!(exporter.get("/").await.location(), "/overview");
    let page = exporter.get("/overview").await;
    holds(
        &page,
        &[
            "<h1>Genel Bakış</h1>",
            "<b>2</b> · Ödemesi beklenen",
            "href=\"/payments\"",
            "ODE-2",
            "Ihlamur",
            "href=\"/firms\"",
        ],
    );
    holds(
        &page,
        &[
            "<a href=\"/declarations?state=waiting_payment\"><b>2</b>",
            "<a href=\"/declarations?state=approved\"><b>0</b>",
        ],
    );
    holds(&exporter.get("/overview?lang=en").await, &["<h1>Overview</h1>", "Waiting for payment"]);
    let nothing = house.browser_of("exporter2").await.get("/overview").await;
    holds(&nothing, &["Henüz beyanname yok."]);
    assert!(!nothing.body.contains("ODE-1") && !nothing.body.contains("Ödemesi beklenen"));
    assert_eq!(house.browser_of("broker1").await.get("/overview").await.status, StatusCode::FORBIDDEN);
}

/// P-4.4.1, P-4.4.2, P-4.4.3, P-4.4.4, P-4.4.5, P-5.1.1, P-5.1.2: the list of both firms, its filters, and files with the
/// same rows.
#[tokio::test]
async fn the_list_is_filtered_and_taken_along() {
    let house = House::open().await;
    house.waiting(&["ODE-1"]).await;
    let mut broker = house.browser_of("broker1").await;
    sent(&mut broker, "BRK-A").await;
    for user in ["broker1", "exporter1"] {
        let page = house.browser_of(user).await.get("/declarations").await;
        holds(&page, &["2 satırdan 1 - 2", ">BRK-A</a>", ">ODE-1</a>", "Onay</span>", "Ödeme bekliyor</span>"]);
        holds(
            &page,
            &["name=\"from\" value=\"23.10.2026\"", "name=\"to\" value=\"21.11.2026\"", "Filtrele", ">Vazgeç</option>"],
        );
    }
    let mut exporter = house.browser_of("exporter1").await;
    let only = async |browser: &mut Browser, query: &str, expected: &[&str]| {
        let page = browser.get(&format!("/declarations?{query}")).await;
        let shown: Vec<_> =
            ["BRK-A", "ODE-1"].into_iter().filter(|one| page.body.contains(&format!(">{one}</a>"))).collect();
        assert_eq!(shown, expected, "{query}");
    };
    for (query, expected) in [
        ("state=approved", &["BRK-A"][..]),
        ("state=cancelled", &[]),
        ("state=waiting_payment&side=exporter", &["ODE-1"]),
        ("side=manufacturer", &["BRK-A", "ODE-1"]),
        ("side=declarant", &[]),
        ("secretariat=IMMIB", &["BRK-A", "ODE-1"]),
        ("secretariat=UIB", &[]),
        ("destination=001", &[]),
        ("reference=brk-", &["BRK-A"]),
        ("from=1.11.2026&to=20.11.2026", &[]),
        ("from=20.11.2026&sort=-fee", &["BRK-A", "ODE-1"]),
    ] {
        only(&mut exporter, query, expected).await;
    }
    holds(
        &exporter.get("/declarations?from=31.02.2026").await,
        &["Tarihi 21.11.2026 gibi yazın.", "value=\"31.02.2026\""],
    );

    let csv = exporter.get("/declarations?state=approved&hide=code&format=csv").await;
    assert_eq!(csv.header(&CONTENT_DISPOSITION), "attachment; filename=\"beyannameler.csv\"");
    let lines: Vec<_> = csv.body.lines().collect();
    assert_eq!(lines.len(), 2, "{}", csv.body);
    assert!(lines[1].starts_with("21.11.2026 14:03;BRK-A;") && lines[1].contains(";Onay;"), "{}", lines[1]);
    let english = exporter.get("/declarations?lang=en&sort=destination").await;
    holds(&english, &["<h1>Declarations</h1>", "Germany", "Approved</span>"]);
    assert!(english.body.len() < 100_000, "{} bytes", english.body.len());
    only(&mut house.browser_of("exporter2").await, "", &[]).await;
}

/// P-4.4.3, P-5.1.1: by an exporter's power a broker sees what it declared for that exporter, and no more.
#[tokio::test]
async fn by_a_power_the_list_is_that_exporters() {
    let house = House::open().await;
    house.waiting(&["ODE-1"]).await;
    let mut broker = house.browser_of("broker1").await;
    let address = sent(&mut broker, "BRK-A").await;
    let token = broker.get("/firms").await.token().to_owned();
    broker.post("/firms", format!("token={token}&exporter=9935181908")).await;
    let page = broker.get("/declarations").await;
    holds(&page, &["Bu süzgece uyan beyanname yok."]);
    assert_eq!(broker.get(&address).await.status, StatusCode::NOT_FOUND);
    let refused = upload(&mut broker, &[("token", &token), ("message", &message("BRK-B")), ("step", "send")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&refused, &["E3002", "/Gelen/BeyannameBilgi/Gonderici_vergi_no"]);
    broker.post("/firms", format!("token={token}&exporter=1234567890")).await;
    holds(&broker.get("/declarations").await, &[">BRK-A</a>", ">ODE-1</a>"]);
    assert_eq!(broker.get(&address).await.status, StatusCode::OK);
}

/// G-11, P-0.3: pasted, tried out, checked in somebody's name, sent; sent again after a break it leads to the same answer.
#[tokio::test]
async fn a_message_is_tried_out_checked_and_sent_once() {
    let house = House::open().await;
    let mut broker = house.browser_of("broker1").await;
    let page = broker.get("/declarations/new").await;
    holds(&page, &["<h1>Beyanname gönder</h1>", "en fazla 1 MB", "Mesajda yazan"]);
    let token = page.token().to_owned();
    let nothing = upload(&mut broker, &[("token", &token), ("step", "try")]).await;
    holds(&nothing, &["<title>Hata: Beyanname gönder", "Mesajı yapıştırın ya da dosyasını seçin."]);
    assert_eq!(
        upload(&mut broker, &[("token", "0f"), ("message", &message("BRK-A"))]).await.status,
        StatusCode::FORBIDDEN
    );

    let large = "x".repeat(2 << 20);
    let refused = upload(&mut broker, &[("token", &token), ("file", &large), ("step", "try")]).await;
    holds(&refused, &["Mesaj 1 MB sınırını aşıyor."]);

    let wrong = message("BRK-A").replace("<Rejim>1000</Rejim>", "<Rejim>9999</Rejim>");
    let refused = upload(&mut broker, &[("token", &token), ("file", &wrong), ("step", "try")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&refused, &["Bulunan sorun sayısı: 1", "E2002", "/Gelen/BeyannameBilgi/Rejim (satır", "yeniden gösterilmez"]);

    let tried = upload(&mut broker, &[("token", &token), ("file", &message("BRK-A")), ("step", "try")]).await;
    holds(
        &tried,
        &[
            "Göndermeden önce kontrol edin",
            "BRK-A",
            "Almanya",
            "bugünün kuruyla",
            "Çınarlı Liman Gümrük Müşavirliği Ltd. Şti. adına",
        ],
    );
    assert!(!broker.get("/declarations").await.body.contains("BRK-A"), "nothing is recorded yet");
    let kept = hidden(&tried, "message");
    for page in [&refused, &tried] {
        assert!(!page.body.contains("5ec2e75cb70b6ec1ea1d46ba0dc11248"), "customs' password is never shown again");
    }
    let form = [("token", token.as_str()), ("message", &kept), ("step", "send")];
    let first = upload(&mut broker, &form).await;
    let again = upload(&mut broker, &form).await;
    assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, first.location()));
    let page = broker.get(first.location()).await;
    holds(&page, &["Beyanname onaylandı.", "data-label=\"Kodu kopyala\"", "<svg class=\"square\"", "broker1"]);
    assert_eq!(page.body.matches("Nispi aidat ödendi").count(), 1);
    let report = ebirlik_operations::audit::audit(&house.office).await.unwrap();
    assert_eq!(report.broken, []);
}

/// G-11: without a program, a form makes the same message; what is wrong stands beside its field, and what was typed stays.
#[tokio::test]
async fn a_form_is_filled_in_and_becomes_a_declaration() {
    let house = House::open().await;
    let mut exporter = house.browser_of("exporter1").await;
    let page = exporter.get("/declarations/new/form").await;
    holds(&page, &["<h1>Beyanname formu</h1>", "name=\"exporter\" value=\"1234567890\"", "Kalem 1"]);
    let token = page.token().to_owned();
    let form = |amount: &str, rest: &str| {
        format!(
            "token={token}&reference=FORM-1&exporter=1234567890&secretariat=IMMIB&payment=CARI_HESAP&regime=1000\
            &office=341300&destination=004&term=FOB&total=25.000%2C00&currency=USD&gtip-1=6109.10.00.00.11\
            &weight-1=600&amount-1={amount}&{rest}"
        )
    };
    let more = exporter.post("/declarations/new/form", form("25.000%2C00", "items=1&step=add")).await;
    holds(&more, &["Kalem 2", "name=\"items\" value=\"2\"", "value=\"6109.10.00.00.11\""]);
    let wrong = exporter.post("/declarations/new/form", form("25,000.00", "items=1&step=try")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&wrong, &["href=\"#amount-1\"", "id=\"amount-1-error\"", "value=\"25,000.00\""]);
    let wrong = exporter.post("/declarations/new/form", form("24.000%2C00", "items=1&step=try")).await;
    holds(&wrong, &["<title>Hata: Beyanname formu", "href=\"#total\""]);
    let tried = exporter.post("/declarations/new/form", form("25.000%2C00", "items=2&step=try")).await;
    holds(&tried, &["Göndermeden önce kontrol edin", "6109.10.00.00.11", "25.000,00 USD", "518,77 TL", " adına"]);
    assert!(!tried.body.contains("name=\"step\" value=\"try\""));
    let kept = hidden(&tried, "message");
    let done = upload(&mut exporter, &[("token", &token), ("message", &kept), ("step", "send")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    holds(&exporter.get(done.location()).await, &["FORM-1", "518,77 TL", "Makbuz"]);
}

/// G-57: the story of a declaration, the way to pay for it while it waits, papers of what was paid; others find nothing.
#[tokio::test]
async fn a_story_leads_on_and_is_nobody_elses() {
    let house = House::open().await;
    house.waiting(&["ODE-1"]).await;
    let mut broker = house.browser_of("broker1").await;
    let paid = sent(&mut broker, "BRK-A").await;
    let mut exporter = house.browser_of("exporter1").await;
    let list = exporter.get("/declarations?reference=ODE").await;
    let waiting =
        list.body.split("href=\"/declarations/").find_map(|part| part.split('"').next()?.parse::<i64>().ok()).unwrap();
    let page = exporter.get(&format!("/declarations/{waiting}")).await;
    holds(&page, &["Ödeme bekliyor", "href=\"/payments\"", "bugünün kuruyla", "Kaydedildi"]);
    assert!(!page.body.contains(&format!("/declarations/{waiting}/withdraw")), "only who declared may give it up");
    let page = exporter.get(&paid).await;
    holds(&page, &["nasıl hesaplandı", "%0,", "Sürüm 1"]);
    let receipt = page.body.split("/receipts/").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let address = format!("{}/receipts/{receipt}", paid.split('?').next().unwrap());
    let nobody = house.browser_of("exporter2").await.get(&address).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    assert_eq!(house.browser_of("exporter2").await.get(&paid).await.status, StatusCode::NOT_FOUND);
    for odd in ["/declarations/x", "/declarations/7", "/declarations/99999999999999999999"] {
        assert_eq!(exporter.get(odd).await.status, StatusCode::NOT_FOUND, "{odd}");
    }
    assert_eq!(
        exporter.get(&format!("{}/receipts/IMMIB-2026-9999999", paid.split('?').next().unwrap())).await.status,
        StatusCode::NOT_FOUND
    );
    assert!(exporter.get(&address).await.body.starts_with("%PDF-"));
}

/// giving up is checked first, done in somebody's name by who declared, and the same a second time.
#[tokio::test]
async fn a_declaration_is_given_up_after_a_check() {
    let house = House::open().await;
    let mut broker = house.browser_of("broker1").await;
    let address = sent(&mut broker, "BRK-A").await;
    let address = address.split('?').next().unwrap().to_owned();
    let page = broker.get(&format!("{address}/withdraw")).await;
    holds(&page, &["Onay kodu hemen geçersiz olur", " TL", "Müşavirliği Ltd. Şti. adına"]);
    let form = format!("token={}", page.token());
    assert_eq!(broker.post(&format!("{address}/withdraw"), "token=0f".to_owned()).await.status, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        let done = broker.post(&format!("{address}/withdraw"), form.clone()).await;
        assert_eq!(done.location(), format!("{address}?done=withdrawn"));
    }
    let page = broker.get(&format!("{address}?done=withdrawn")).await;
    holds(&page, &["Beyannameden vazgeçildi", "Vazgeçildi"]);
    assert!(!page.body.contains("class=\"square\""), "a dead code is not shown to be copied");
    assert_eq!(broker.get(&format!("{address}/withdraw")).await.location(), address);
    let mut exporter = house.browser_of("exporter1").await;
    let token = exporter.get("/declarations").await.token().to_owned();
    let refused = exporter.post(&format!("{address}/withdraw"), format!("token={token}")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
}

#[test]
fn days_are_read_as_people_write_them() {
    let check = |typed: &str, expected: Option<&str>| {
        assert_eq!(parse_day(typed).map(|day| day.to_string()).as_deref(), expected, "{typed}");
    };
    check("21.11.2026", Some("2026-11-21"));
    check("1. 2. 2026", Some("2026-02-01"));
    for wrong in ["", "31.02.2026", "21.11.26", "2026-11-21", "21.11.2026.1", "x.y.2026"] {
        check(wrong, None);
    }
}
