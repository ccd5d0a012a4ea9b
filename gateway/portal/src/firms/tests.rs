//! For whom one acts, and how it is changed.

use crate::tests::{Browser, House};
use axum::http::StatusCode;
use ebirlik_store::parties::Power;

/// A broker and two exporters of the demo; its power of the second has ended.
const BROKER: &str = "broker1";

async fn choose(browser: &mut Browser, choice: &str) -> crate::tests::Page {
    let token = browser.get("/firms").await.token().to_owned();
    browser.post("/firms", format!("token={token}&{choice}")).await
}

/// P-5.9.1, P-5.9.2, P-4.1.6, P-4.15.1: exporters whose power is held are cards; after entering one, every page says for
/// whom one acts, and the way back is the own firm's card.
#[tokio::test]
async fn a_broker_enters_an_exporters_card_and_leaves_it() {
    let house = House::open().await;
    let mut browser = house.browser_of(BROKER).await;
    let page = browser.get("/firms").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "Firmalarım",
        "Vekaleti olan ihracatçılar",
        "value=\"1234567890\"",
        "Şu anda bu firma adına işlem yapıyorsunuz",
    ] {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    assert_eq!(choose(&mut browser, "exporter=1234567890").await.status, StatusCode::SEE_OTHER);
    let page = browser.get("/account").await;
    let title = house.office.store.find_firm("1234567890").await.unwrap().unwrap().title;
    assert!(page.body.contains(&format!("<b>{title}</b>")), "{}", page.body);
    assert!(page.body.contains(&format!(" - {title} - e-birlik</title>")));
    assert_eq!(choose(&mut browser, "firm=9876543217").await.status, StatusCode::SEE_OTHER);
    assert!(!browser.get("/account").await.body.contains(&format!("<b>{title}</b>")));
}

/// P-4.7.1.6: without a power, and from the day after its end, nobody acts by it.
#[tokio::test]
async fn a_power_that_has_ended_opens_nothing() {
    let house = House::open().await;
    let mut browser = house.browser_of(BROKER).await;
    for nobody in ["exporter=6281948215", "firm=1234567890", "exporter=", "firm=%27"] {
        assert_eq!(choose(&mut browser, nobody).await.status, StatusCode::FORBIDDEN, "{nobody}");
    }
    assert_eq!(choose(&mut browser, "exporter=1234567890").await.status, StatusCode::SEE_OTHER);
    let ended = Power {
        exporter: "1234567890".to_owned(),
        declarant: "9876543217".to_owned(),
        secretariat: "*".to_owned(),
        takes_refunds: 0,
        daily_limit: None,
        valid_from: "2024-01-01".to_owned(),
        valid_to: "2026-11-20".to_owned(),
    };
    house.office.store.save_powers(&[ended]).await.unwrap();
    let page = browser.get("/firms").await;
    assert!(!page.body.contains("value=\"1234567890\""), "{}", page.body);
    let acting = page.body.split("<a class=\"acting\"").nth(1).unwrap().split("</a>").next().unwrap();
    assert!(acting.contains("9876543217"), "{acting}");
}

/// P-4.1.6, P-4.15.1, P-4.15.2: a person with several firms chooses one first, and every page acts for it.
#[tokio::test]
async fn a_person_of_several_firms_chooses_first() {
    let house = House::open().await;
    house.person("ayse@marmara.example", &["1234567890", "9876543217"]).await;
    let mut browser = house.browser();
    let signed_in = browser.sign_in("ayse@marmara.example", "demo-ayse@marmara.example").await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{}", signed_in.body);
    assert_eq!(browser.get("/").await.location(), "/firms");
    assert_eq!(browser.get("/payments").await.location(), "/firms", "no page before the choice");
    assert_eq!(choose(&mut browser, "firm=1234567890").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/payments").await.status, StatusCode::OK);
    // A firm that is not hers opens nothing, also when it is named.
    assert_eq!(choose(&mut browser, "firm=5260181599").await.status, StatusCode::FORBIDDEN);
}
