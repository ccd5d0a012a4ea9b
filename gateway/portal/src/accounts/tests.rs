//! Current accounts as a browser meets them.

use crate::tests::House;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;

/// G-52, P-4.9.3: an account shows what is left, what waits, when it runs out and how that was reckoned, and where deposits
/// go with the reference to write; in both languages.
/// Turkish rules: IBAN.
#[tokio::test]
async fn an_account_tells_how_long_it_lasts_and_how_money_comes_in() {
    let house = House::open().await;
    house.approved().await;
    house.office.catch_up().await.unwrap();
    let mut owner = house.browser_of("exporter1").await;
    let page = owner.get("/accounts").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "IMMIB-1234567890",
        "ITKIB-1234567890",
        "Bekleyen kesintiler",
        "0,00 TL (0 beyanname)",
        "Böyle giderse bakiye bir yıldan uzun yeter.",
        "Nasıl hesaplandı: son 1 günde ",
        "TR16 9999 8000 0000 0001 0000 00",
        "Örnek Bank",
        "data-copy=\"IMMIB-1234567890\"",
        "href=\"/accounts/IMMIB-1234567890/choice\"",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(!page.body.contains("EIB-5260181599"), "the accounts of others");
    assert!(page.body.len() < 100_000);
    let page = owner.get("/accounts?lang=en").await;
    assert!(page.body.contains("lasts longer than a year") && page.body.contains("Payment reference"));
    assert_eq!(house.browser_of("customs").await.get("/accounts").await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.browser().get("/accounts").await.location(), "/login?next=%2Faccounts");
    let broker = house.browser_of("broker1").await.get("/accounts").await;
    assert!(broker.body.contains("cari hesabı yok"), "{}", broker.body);
}

/// G-52: the owner chooses below which balance it is warned and whether the waiting room is open; amounts as people write
/// them, never guessed. Others' accounts are not found.
/// Turkish rules: numbers.
#[tokio::test]
async fn the_owner_chooses_its_limit_and_the_waiting_room() {
    let house = House::open().await;
    let mut owner = house.browser_of("exporter1").await;
    let address = "/accounts/IMMIB-1234567890/choice";
    let form = owner.get(address).await;
    assert!(form.body.contains("1.000,00 TL geçerlidir"), "{}", form.body);
    assert!(form.body.contains("Ihlamur Dış Ticaret ve Sanayi A.Ş. adına"));
    let token = form.token().to_owned();
    let foreign = owner.post(address, format!("token={token}&low_balance=1%2C234.56&releases=yes")).await;
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["<title>Hata: ", "value=\"1,234.56\"", "kuruştan önce virgül", "href=\"#low_balance\"", " checked"]
    {
        assert!(foreign.body.contains(part), "{part} in {}", foreign.body);
    }
    assert_eq!(owner.post(address, "token=0f&low_balance=".to_owned()).await.status, StatusCode::FORBIDDEN);
    let kept = owner.post(address, format!("token={token}&low_balance=250.000.000%2C50&releases=yes")).await;
    assert_eq!((kept.status, kept.location()), (StatusCode::SEE_OTHER, "/accounts?kept=IMMIB-1234567890"));
    let page = owner.get(kept.location()).await;
    for part in ["Seçimleriniz kaydedildi. Hesap: IMMIB-1234567890", "250.000.000,50 TL", "Bakiye düşük", "Açık: "]
    {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert!(owner.get(address).await.body.contains("value=\"250.000.000,50\""));
    let other = "/accounts/EIB-5260181599";
    for address in [other.to_owned(), format!("{other}/choice"), format!("{other}/statement")] {
        assert_eq!(owner.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let others = owner.post(&format!("{other}/choice"), format!("token={token}&low_balance=")).await;
    assert_eq!(others.status, StatusCode::NOT_FOUND);
}

/// G-72: each movement with the balance after it, by days, kind and reference; a chart with its table; the statement as PDF
/// and workbook; the list as CSV with the same values.
#[tokio::test]
async fn movements_are_listed_drawn_and_kept_as_a_statement() {
    let house = House::open().await;
    let (approval, _) = house.approved().await;
    let mut owner = house.browser_of("exporter1").await;
    let address = "/accounts/IMMIB-1234567890";
    let page = owner.get(address).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "2 satırdan 1 - 2",
        "value=\"22.10.2026\"",
        "value=\"21.11.2026\"",
        "Nispi aidat",
        "Yatırılan para",
        "DEMO-ACILIS-001",
        "100.000.000,00 TL",
        approval.reference.as_str(),
        "<svg ",
        "Tablo olarak göster",
        "/accounts/IMMIB-1234567890/statement?from=22.10.2026&#38;to=21.11.2026&amp;format=pdf",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    let found = owner.get(&format!("{address}?kind=account.deposited")).await;
    assert!(found.body.contains("1 satırdan 1 - 1") && !found.body.contains(&approval.reference));
    let found = owner.get(&format!("{address}?reference=acilis")).await;
    assert!(found.body.contains("DEMO-ACILIS-001") && found.body.contains("1 satırdan 1 - 1"));
    let before = owner.get(&format!("{address}?from=1.1.2025&to=31.1.2025")).await;
    assert!(before.body.contains("aranan hareket yok"));
    let csv = owner.get(&format!("{address}?format=csv")).await;
    assert!(csv.body.contains(";DEMO-ACILIS-001;;;;100000000,00;100000000,00\r\n"), "{}", csv.body);
    for (format, start, media) in [("pdf", "%PDF-", "application/pdf"), ("xlsx", "PK", "application/vnd.openxml")] {
        let file = owner.get(&format!("{address}/statement?from=1.11.2026&to=30.11.2026&format={format}")).await;
        assert!(file.status == StatusCode::OK && file.body.starts_with(start), "{format}");
        assert!(file.header(&CONTENT_TYPE).starts_with(media));
    }
}
