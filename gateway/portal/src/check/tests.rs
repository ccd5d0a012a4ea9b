//! What everybody is told of a slip, and what nobody is.

use crate::desk::printed;
use crate::tests::House;
use axum::http::StatusCode;
use ebirlik_documents::digits_of;

/// A slip's public check asks for its code and its exporter's number, and shows what the slip says, in both languages.
#[tokio::test]
async fn whoever_holds_a_slip_is_shown_what_it_says() {
    let house = House::open().await;
    let (approval, exporter) = house.approved().await;
    let mut anyone = house.browser();
    let page = anyone.get("/check").await;
    assert!(page.status == StatusCode::OK && !page.body.contains("verdict good") && page.body.contains("/check"));
    let digits = digits_of(&approval.code).unwrap();
    for typed in [approval.code.clone(), printed(&approval.code).to_lowercase(), digits] {
        let page = anyone.get(&format!("/check?kod={typed}&vkn={exporter}")).await;
        assert_eq!(page.status, StatusCode::OK);
        for part in ["FİŞ GERÇEK", &approval.record_no, &approval.reference, "Ihlamur Dış Ticaret", "Cari hesap"] {
            assert!(page.body.contains(part), "{part} in {}", page.body);
        }
    }
    let page = anyone.get(&format!("/check?kod={}&vkn={exporter}&lang=en", approval.code)).await;
    assert!(page.body.contains("THE SLIP IS GENUINE") && page.body.contains("Proportional fee"), "{}", page.body);
}

#[tokio::test]
async fn a_wrong_exporter_and_a_code_never_issued_are_told_the_same() {
    let house = House::open().await;
    let (approval, _) = house.approved().await;
    let mut anyone = house.browser();
    let other = anyone.get(&format!("/check?kod={}&vkn=5260181599", approval.code)).await;
    let never = anyone.get("/check?kod=0000000000000000&vkn=5260181599").await;
    assert!(other.body.contains("BÖYLE BİR FİŞ YOK") && !other.body.contains(&approval.record_no));
    assert_eq!(other.body.replace(&approval.code, "0000000000000000"), never.body);
}

#[tokio::test]
async fn typing_errors_are_shown_beside_their_field_and_are_no_guesses() {
    let house = House::open().await;
    let mut anyone = house.browser();
    for _ in 0..20 {
        let page = anyone.get("/check?kod=1SF9&vkn=1234567891").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("<title>Hata: Bilgi fişi sorgulama") && page.body.contains("value=\"1SF9\""));
        assert!(page.body.contains("id=\"kod-error\"") && page.body.contains("id=\"vkn-error\""), "{}", page.body);
    }
}
