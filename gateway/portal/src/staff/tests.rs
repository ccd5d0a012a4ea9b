//! The staff's pages as staff meet them; the rules are tested where they live.

use crate::tests::{Browser, House, Page};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use ebirlik_domain::decision::Decision;
use ebirlik_message::{RequestFacts, read};
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::demo::cases;
use ebirlik_operations::sign_in::find_client;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

fn written(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The first message of the demo, wrapped, and who sends it.
fn first() -> (&'static str, String) {
    let case = cases().iter().find(|case| case.name == "plain-sample-wrapped").unwrap();
    let step = case.steps.first().unwrap();
    (step.user, String::from_utf8(step.request.to_vec()).unwrap())
}

async fn posted(browser: &mut Browser, address: &str, fields: &[(&str, &str)]) -> Page {
    let token = browser.get(address).await.token().to_owned();
    let fields = fields.iter().map(|(name, value)| format!("&{name}={}", written(value)));
    browser.post(address, format!("token={token}{}", fields.collect::<String>())).await
}

/// A file, as browsers send it.
async fn uploaded(browser: &mut Browser, address: &str, file: &str) -> Page {
    let token = browser.get(address).await.token().to_owned();
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n--b\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"dosya.csv\"\r\n\r\n{file}\r\n--b--\r\n"
    );
    let request = Request::post(address).header(CONTENT_TYPE, "multipart/form-data; boundary=b");
    browser.send(request.body(Body::from(body)).unwrap()).await
}

/// The first link that begins so.
fn link(page: &Page, start: &str) -> String {
    let (_, rest) =
        page.body.split_once(&format!("href=\"{start}")).unwrap_or_else(|| panic!("{start} in {}", page.body));
    format!("{start}{}", rest.split('"').next().unwrap())
}

/// S-13: only staff come here, and every page has its title and its way in.
#[tokio::test]
async fn the_pages_of_staff_are_open_to_staff_alone() {
    let house = House::open().await;
    let mut staff = house.browser_of("staff-immib").await;
    let mut others = [house.browser_of("customs").await, house.browser_of("exporter1").await];
    for (address, title) in [
        ("/staff", "Sekreterlik işleri"),
        ("/staff/desk", "Onay masası"),
        ("/staff/cases", "İkinci kişiyi bekleyen işlemler"),
        ("/staff/declarations", "Beyanname bul"),
        ("/staff/counter", "Vezne"),
        ("/staff/bank", "Banka ekstreleri"),
        ("/staff/reconciliation", "Gümrükle mutabakat"),
        ("/staff/search", "Kim, ne, ne zaman"),
    ] {
        let page = staff.get(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert!(page.body.contains(&format!("<h1>{title}</h1>")), "{address}: {}", page.body);
        assert!(page.body.len() < 100 << 10, "{address}: {} bytes", page.body.len());
        for other in &mut others {
            assert_eq!(other.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
        }
    }
    for address in
        ["/staff/declarations/7", "/staff/cases/7", "/staff/bank/7", "/staff/reconciliation/7", "/staff/cases/x"]
    {
        assert_eq!(staff.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let page = staff.get("/staff?lang=en").await;
    assert!(page.body.contains("Unmatched bank lines") && page.body.contains("Nothing waits"), "{}", page.body);
}

/// G-93, G-62: a declaration is found, corrected after a look at what that comes to, cancelled by two people, and its story
/// tells all of it.
#[tokio::test]
async fn an_act_is_checked_before_it_is_done_and_a_second_person_decides() {
    let house = House::open().await;
    let (approval, exporter) = house.approved().await;
    let mut staff = house.browser_of("staff-immib").await;
    let found = staff.get(&format!("/staff/declarations?q={}", approval.code)).await;
    let address = link(&found, "/staff/declarations/");
    let story = staff.get(&address).await;
    for part in [approval.reference.as_str(), &approval.record_no, &exporter, "/correct\"", "/cancel\""] {
        assert!(story.body.contains(part), "{part} in {}", story.body);
    }
    assert!(!story.body.contains("/rebind\"") && !story.body.contains("/release\""));

    let correct = format!("{address}/correct");
    let page = posted(&mut staff, &correct, &[("reason", "dilekçe"), ("proof", "17"), ("step", "check")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("<title>Hata: Düzelt") && page.body.contains(">dilekçe</textarea>"), "{}", page.body);
    let corrected = first().1.replace("<Toplam_fatura>26450.00", "<Toplam_fatura>26451.00");
    let fields = [("reason", "dilekçe"), ("proof", "17"), ("step", "check"), ("pasted", corrected.as_str())];
    let page = posted(&mut staff, &correct, &fields).await;
    assert!(page.body.contains("Mesajdaki sorunlar") && page.body.contains("E2007"), "{}", page.body);

    let cancel = format!("{address}/cancel");
    let page = posted(&mut staff, &cancel, &[("reason", "ihracat yok"), ("proof", "18"), ("step", "check")]).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["Bilgileri kontrol edin", "ihracat yok", "IMMIB adına", "value=\"do\""] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(page.body.contains("ikinci bir kişinin onayı"), "the demo's limit here is nothing at all");
    let page = posted(&mut staff, &cancel, &[("reason", "ihracat yok"), ("proof", "18"), ("step", "do")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let told = staff.get(page.location()).await;
    assert!(told.body.contains("İkinci bir kişinin kararını bekliyor"), "{}", told.body);

    let list = staff.get("/staff/cases").await;
    let case = link(&list, "/staff/cases/");
    let own = staff.get(&case).await;
    assert!(own.body.contains("Bu işlemi siz önerdiniz") && !own.body.contains("value=\"confirm\""), "{}", own.body);
    let page = staff.post(&case, format!("token={}&decision=confirm", own.token())).await;
    assert!(page.status.is_client_error(), "{}", page.status);
    let searched = staff.get("/staff/search?user=staff-immib").await;
    assert!(searched.body.contains("İşlem önerildi"), "{}", searched.body);
}

/// G-95: what waits at the desk leads to its content, and is refused there with a reason.
#[tokio::test]
async fn the_desk_shows_what_it_decides_on() {
    let house = House::open().await;
    let (user, message) = first();
    let watched = ebirlik_store::rules::WatchedGoodsRow {
        gtip_prefix: message.split("<Gtip>").nth(1).unwrap()[..4].to_owned(),
        at_desk: 1,
        validity_days: None,
        valid_from: "2024-01-01".to_owned(),
        valid_to: String::new(),
        origin: "test".to_owned(),
    };
    house.office.store.save_watched_goods(&[watched]).await.unwrap();
    let client = find_client(&house.office, user).await.unwrap().unwrap();
    let declaration = read(message.as_bytes(), &RequestFacts::default()).unwrap().declaration;
    let decision = approve(&house.office, &client, declaration, Mode::Real).await.unwrap();
    assert!(matches!(decision, Decision::Pending(_)), "{decision:?}");
    let mut staff = house.browser_of("staff-immib").await;
    let page = staff.get("/staff/desk").await;
    let address = link(&page, "/staff/declarations/");
    let page = staff.get(&address).await;
    assert!(page.body.contains("Masadan geçir") && page.body.contains("GTİP"), "{}", page.body);
    let page = posted(&mut staff, &format!("{address}/refuse"), &[("step", "check")]).await;
    assert!(page.body.contains("<title>Hata: Reddet"), "a reason is needed: {}", page.body);
    let page = posted(&mut staff, &format!("{address}/refuse"), &[("reason", "kota dolu"), ("step", "do")]).await;
    let told = staff.get(page.location()).await;
    assert!(told.body.contains("kota dolu") && told.body.contains("İptal"), "{}", told.body);
    assert!(staff.get("/staff/desk").await.body.contains("Onay masasında bekleyen beyanname yok."));
    assert!(staff.get("/staff/desk?format=csv").await.status.is_success());
}

/// G-92: a statement is taken in once; a line that nobody could tell is booked after a look at its account.
#[tokio::test]
async fn a_statement_is_uploaded_and_its_lines_are_decided_on() {
    let house = House::open().await;
    let mut staff = house.browser_of("staff-immib").await;
    let file = "date,amount,text\n2026-11-20,1000.00,AIDAT ODEMESI\n";
    for expected in ["Karar bekleyen: 1. Önceden bilinen: 0.", "Karar bekleyen: 0. Önceden bilinen: 1."] {
        let page = uploaded(&mut staff, "/staff/bank", file).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        let told = staff.get(page.location()).await;
        assert!(told.body.contains(expected), "{expected} in {}", told.body);
    }
    let page = uploaded(&mut staff, "/staff/bank", "ne bu?").await;
    assert!(page.body.contains("<title>Hata: Banka ekstreleri"), "{}", page.body);
    let line = link(&staff.get("/staff/bank").await, "/staff/bank/");
    let book = |reason, step| [("tax_no", "1234567890"), ("decision", "book"), ("reason", reason), ("step", step)];
    let page = posted(&mut staff, &line, &book("", "")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = posted(&mut staff, &line, &book("dekont", "")).await;
    assert!(page.body.contains("IMMIB-1234567890 · ") && page.body.contains("value=\"do\""), "{}", page.body);
    let page = posted(&mut staff, &line, &book("dekont", "do")).await;
    assert!(staff.get(page.location()).await.body.contains("Satır hesaba geçti."));
    assert!(staff.get("/staff/bank").await.body.contains("Karar bekleyen satır yok."));
}

/// G-81, G-82, G-83, G-84, G-85: a month is uploaded; a row shows both sides, gets an owner, a letter and an end.
#[tokio::test]
async fn a_month_is_uploaded_and_its_rows_are_worked_on() {
    let house = House::open().await;
    let (approval, exporter) = house.approved().await;
    let mut staff = house.browser_of("staff-immib").await;
    let file = format!(
        "registration_no,code,ref,exporter,registered_on,invoice_total,currency,gtips\n\
         26341300EX000001,{},{},{exporter},2026-11-21,1.00,USD,\n",
        approval.code, approval.reference
    );
    for known in ["Önceden bilinen: 0.", "Önceden bilinen: 1."] {
        let page = uploaded(&mut staff, "/staff/reconciliation", &file).await;
        let told = staff.get(page.location()).await;
        assert!(told.body.contains(known) && told.body.contains("Farklı: 1."), "{}", told.body);
    }
    let list = staff.get("/staff/reconciliation?kind=differs").await;
    assert!(list.body.contains("Toplam fatura tutarı: 1.00 / 26450.00"), "{}", list.body);
    let row = link(&list, "/staff/reconciliation/");
    let page = posted(&mut staff, &row, &[("decision", "take")]).await;
    assert_eq!(page.location(), row);
    assert!(staff.get("/staff/reconciliation?owner=staff-immib").await.body.contains("26341300EX000001"));
    let letter = staff.get(&format!("{row}/letter")).await;
    assert_eq!(letter.header(&CONTENT_TYPE), "application/pdf");
    let page = posted(&mut staff, &row, &[("decision", "settle"), ("reason", "")]).await;
    assert!(page.body.contains("<title>Hata: Mutabakat satırı"), "{}", page.body);
    posted(&mut staff, &row, &[("decision", "settle"), ("reason", "yazı geldi")]).await;
    assert!(staff.get(&row).await.body.contains("Bu satır kapandı. Gerekçe: yazı geldi"));
    let workbook = staff.get("/staff/reconciliation?state=settled&format=csv").await;
    assert!(workbook.body.contains("26341300EX000001"), "{}", workbook.body);
}

/// G-9, G-12, G-79, G-80: what is brought to the counter is tried, checked and entered; code and receipt follow.
#[tokio::test]
async fn the_counter_takes_a_message_or_what_is_filled_in() {
    let house = House::open().await;
    let mut staff = house.browser_of("staff-immib").await;
    let page = posted(&mut staff, "/staff/counter", &[("step", "check")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let by_hand = |reference| {
        [
            ("reference", reference),
            ("declarant", "9876543217"),
            ("exporter", "1234567890"),
            ("regime", "1000"),
            ("office", "341300"),
            ("destination", "004"),
            ("delivery_term", "FOB"),
            ("invoice_total", "25.000,00"),
            ("currency", "USD"),
            ("gtip", "6109.10.00.00.11"),
            ("net_weight", "600"),
            ("item_amount", "25000"),
        ]
    };
    let with = |reference, step| [by_hand(reference).as_slice(), &[("kind", "cash"), ("step", step)]].concat();
    let page = posted(&mut staff, "/staff/counter", &with("", "check")).await;
    assert!(page.body.contains("E2001") && page.body.contains("value=\"25.000,00\""), "{}", page.body);
    let page = posted(&mut staff, "/staff/counter", &with("VZN-1", "check")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Alınacak aidat") && page.body.contains("6109.10.00.00.11"), "{}", page.body);
    let page = posted(&mut staff, "/staff/counter", &with("VZN-1", "do")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let told = staff.get(page.location()).await;
    assert!(told.body.contains("Giriş yapıldı.") && told.body.contains("Nakit"), "{}", told.body);
    let receipt = link(&told, "/staff/receipts/");
    for address in [receipt.clone(), format!("{receipt}?paper=80mm")] {
        // A PDF is no text: what matters is that it is one.
        assert_eq!(staff.get(&address).await.header(&CONTENT_TYPE), "application/pdf", "{address}");
    }
    let message = first().1;
    let page =
        posted(&mut staff, "/staff/counter", &[("pasted", message.as_str()), ("kind", "paper"), ("step", "do")]).await;
    let told = staff.get(page.location()).await;
    assert!(told.body.contains("Kâğıt üzerinde onay"), "{}", told.body);
}
