//! Tables and their changes as a browser meets them.

use crate::tests::{Browser, House, Page};
use axum::http::StatusCode;
use ebirlik_store::clients::ClientRow;

/// A second person with the roles of another.
async fn twin(house: &House, of: &str, code: &str) -> Browser {
    let row = house.office.store.find_client(of).await.unwrap().unwrap();
    house.office.store.save_clients(&[ClientRow { code: code.to_owned(), ..row }]).await.unwrap();
    let mut browser = house.browser();
    assert_eq!(browser.sign_in(code, &format!("demo-{of}")).await.status, StatusCode::SEE_OTHER);
    browser
}

fn has(page: &Page, parts: &[&str]) {
    for part in parts {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
}

/// S-12: the tables are listed, filtered by key and day, and given as a workbook with the same rows.
#[tokio::test]
async fn tables_are_listed_and_filtered_by_key_and_day() {
    let house = House::open().await;
    let mut admin = house.browser_of("admin").await;
    let page = admin.get("/staff/tables").await;
    has(
        &page,
        &["Tablolar ve kütükler", "Nispi aidat oranları", "/staff/tables/holidays/propose", "Bekleyen öneri yok."],
    );
    has(&admin.get("/staff/tables?lang=en").await, &["Fee rates", "No proposal waits."]);
    has(&admin.get("/staff/tables/rates?lang=tr&key=findik").await, &["FINDIK", "Geçerli", "1 satırdan 1 - 1"]);
    let page = admin.get("/staff/tables/rates?key=FINDIK&day=01.01.1990").await;
    has(&page, &["Bu süzgeçle satır bulunamadı."]);
    has(&admin.get("/staff/tables/rates?day=1990-01-01").await, &["Günü 21.11.2026 biçiminde yazın."]);
    let file = admin.get("/staff/tables/holidays?format=csv").await;
    assert_eq!(file.status, StatusCode::OK);
    has(&file, &["Gün;Adı;"]);
    for table in ["tariff", "nothing"] {
        assert_eq!(admin.get(&format!("/staff/tables/{table}")).await.status, StatusCode::NOT_FOUND, "{table}");
    }
    let mut staff = house.browser_of("staff-immib").await;
    assert_eq!(staff.get("/staff/tables/rates").await.status, StatusCode::FORBIDDEN);
    assert_eq!(staff.get("/staff/tables/rates/propose").await.status, StatusCode::FORBIDDEN);
    assert!(!staff.get("/staff/tables").await.body.contains("/staff/tables/rates"));
    let mut broker = house.browser_of("broker1").await;
    assert_eq!(broker.get("/staff/tables").await.status, StatusCode::FORBIDDEN);
}

/// S-12: a rate is proposed with its preview, checked, confirmed by a second person, and stands in the list.
#[tokio::test]
async fn a_rate_is_proposed_previewed_and_confirmed_by_a_second_person() {
    let house = House::open().await;
    let (approval, _) = house.approved().await;
    let sector = approval.price.items.first().unwrap().sector.clone();
    let mut admin = house.browser_of("admin").await;
    let form = admin.get(&format!("/staff/tables/rates/propose?sector_code={sector}")).await;
    has(&form, &["Nispi aidat oranları: Değişiklik öner", "name=\"rate_e4\"", " selected>"]);
    let token = form.token().to_owned();
    let row = |rate: &str, from: &str| {
        format!("sector_code={sector}&rate_e4={rate}&extra_rate_e4=0&valid_from={from}&valid_to=&note=Karar")
    };
    let send = |step: &str, rows: &str, reason: &str| format!("token={token}&step={step}&{rows}&reason={reason}");
    let address = "/staff/tables/rates/propose";
    let wrong = admin.post(address, send("preview", &row("11", "2027"), "")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    has(
        &wrong,
        &[
            "<title>Hata: ",
            "1. satır, Oran (on binde): “11” olmaz.",
            "href=\"#rate_e4-1\"",
            "Gerekçeyi yazın",
            "value=\"2027\"",
        ],
    );
    let english = admin.post(&format!("{address}?lang=en"), send("preview", &row("11", "01.01.2027"), "x")).await;
    has(&english, &["Row 1, Rate (per ten thousand): ", "does not do."]);
    let more = admin.post(&format!("{address}?lang=tr"), send("add", &row("9,5", "01.01.2027"), "")).await;
    has(&more, &["Satır 2", "value=\"9,5\"", "id=\"rate_e4-2\""]);

    let check = admin.post(address, send("preview", &row("9,5", "01.01.2027"), "Kurul%20karar%C4%B1")).await;
    assert_eq!(check.status, StatusCode::OK, "{}", check.body);
    has(
        &check,
        &[
            "Henüz hiçbir şey değişmedi.",
            "31.12.2026",
            "Son günü değişir",
            "Geçmiş beyannamelerle önizleme",
            "Hesap günü",
            &approval.reference,
            "name=\"rate_e4\" value=\"9.5\"",
            "İkinci kişinin onayına gönder",
        ],
    );
    let proposed = admin.post(address, send("send", &row("9.5", "2027-01-01"), "Kurul%20karar%C4%B1")).await;
    assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.body);
    let change = proposed.location().to_owned();
    let page = admin.get(&change).await;
    has(&page, &["İkinci kişiyi bekliyor", "Bu öneri sizin.", "Kurul kararı", "Öneriyi geri al"]);
    assert!(!page.body.contains("/confirm\""));
    let own = admin.post(&format!("{change}/confirm"), format!("token={}", page.token())).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    has(&own, &["Kendi önerinizi onaylayamaz"]);
    let again = admin.post(address, send("send", &row("8", "2028-01-01"), "x")).await;
    has(&again, &["Bu anahtar için bekleyen bir öneri var"]);

    let mut second = twin(&house, "admin", "admin-2").await;
    has(&second.get("/staff/tables").await, &["Kurul kararı", &change]);
    let page = second.get(&change).await;
    has(&page, &["İkinci kişinin kararı", "<b>admin-2</b>", "Nispi aidat toplamı"]);
    let token = page.token().to_owned();
    let refused = second.post(&format!("{change}/refuse"), format!("token={token}&reason=")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let confirmed = second.post(&format!("{change}/confirm"), format!("token={token}")).await;
    assert_eq!((confirmed.status, confirmed.location()), (StatusCode::SEE_OTHER, change.as_str()));
    has(&second.get(&change).await, &["Onaylandı, satırlar yazıldı", "admin-2"]);
    has(&second.get(&format!("/staff/tables/rates?key={sector}&day=01.01.2027")).await, &["9,5", "Başlayacak"]);
    let twice = second.post(&format!("{change}/confirm"), format!("token={token}")).await;
    has(&twice, &["Bu öneri hakkında daha önce karar verilmiş."]);
    let stale = second.post(&format!("{change}/refuse"), "token=x&reason=x".to_owned()).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
}

/// S-9: memberships are searched by title and number; one ends by two people of its secretariat, unseen by others.
#[tokio::test]
async fn memberships_are_searched_and_end_by_two_people() {
    let house = House::open().await;
    let mut staff = house.browser_of("staff-immib").await;
    let page = staff.get("/staff/memberships?key=IHLAMUR").await;
    has(&page, &["Ihlamur Dış Ticaret ve Sanayi A.Ş.", "IKMIB", "Aktif", "/staff/firms/1234567890"]);
    assert!(!page.body.contains("IHKIB"), "another secretariat's");
    has(&staff.get("/staff/memberships?key=1860913903").await, &["Işıltı Boya ve Kimya Sanayi A.Ş."]);
    has(&staff.get("/staff/memberships?key=G%C3%BCne%C5%9Fbah%C3%A7e").await, &["Bu süzgeçle satır bulunamadı."]);
    let form = staff.get("/staff/tables/memberships/propose?tax_no=1234567890&union=IKMIB&valid_from=2024-01-01").await;
    has(&form, &["value=\"01.01.2024\"", "value=\"1234567890\""]);
    assert!(!form.body.contains("value=\"IHKIB\""), "own unions alone");
    let token = form.token().to_owned();
    let send = |union: &str| {
        format!(
            "token={token}&step=send&reason=Dilek%C3%A7e&tax_no=1234567890&union={union}&valid_from=01.01.2024&valid_to=30.11.2026"
        )
    };
    let other = staff.post("/staff/tables/memberships/propose", send("IHKIB")).await;
    has(&other, &["1. satır, Birlik: IHKIB sizin genel sekreterliğinizin değil."]);
    let proposed = staff.post("/staff/tables/memberships/propose", send("IKMIB")).await;
    let change = proposed.location().to_owned();
    let mut elsewhere = house.browser_of("staff-eib").await;
    assert_eq!(elsewhere.get(&change).await.status, StatusCode::NOT_FOUND);
    let mut second = twin(&house, "staff-immib", "staff-immib-2").await;
    let token = second.get(&change).await.token().to_owned();
    let confirmed = second.post(&format!("{change}/confirm"), format!("token={token}")).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER);
    has(&second.get("/staff/memberships?key=1234567890").await, &["30.11.2026"]);
    let withdrawn = staff.get("/staff/tables/commitments/propose").await;
    let token = withdrawn.token().to_owned();
    let form = format!("token={token}&step=send&reason=x&firm=9876543217&secretariat=IMMIB&valid_from=01.01.2027");
    let change = staff.post("/staff/tables/commitments/propose", form).await.location().to_owned();
    let done = staff.post(&format!("{change}/withdraw"), format!("token={token}")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    has(&staff.get(&change).await, &["Geri alındı"]);
}
