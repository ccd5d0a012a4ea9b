//! Receipts as a browser meets them.

use crate::tests::House;
use axum::http::StatusCode;
use axum::http::header::CONTENT_DISPOSITION;
use ebirlik_operations::cases::{Act, Proposal, propose};
use ebirlik_operations::refund::Application;
use ebirlik_operations::sign_in::find_client;

/// G-71, G-72, G-73, G-74, G-75: a firm's receipts by day, exporter, declarant and secretariat; one by one and all that the
/// filter takes, as receipt or information slip, on A4 and 80 mm, and as workbook. What belongs to others is not found.
#[tokio::test]
async fn receipts_are_listed_seen_and_printed() {
    let house = House::open().await;
    let (approval, exporter) = house.approved().await;
    let mut owner = house.browser_of("exporter1").await;
    let page = owner.get("/receipts").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let number = "IMMIB-2026-0000001";
    for part in
        ["1 satırdan 1 - 1", number, approval.reference.as_str(), "9876543217", "/receipts/papers?from=22.10.2026"]
    {
        assert!(page.body.contains(part), "{part} in {}", page.body);
    }
    for (filter, is_found) in [
        (format!("exporter={exporter}"), true),
        ("exporter=5260181599".to_owned(), false),
        ("declarant=9876543217&secretariat=IMMIB&sort=-amount".to_owned(), true),
        ("secretariat=OAIB".to_owned(), false),
        ("to=20.11.2026".to_owned(), false),
    ] {
        let page = owner.get(&format!("/receipts?{filter}")).await;
        assert_eq!(page.body.contains(number), is_found, "{filter}");
    }
    let wrong = owner.get("/receipts?from=yarın").await;
    assert!(wrong.body.contains("Günü gg.aa.yyyy olarak yazın") && wrong.body.contains("value=\"yarın\""));

    let one = owner.get(&format!("/receipts/{number}")).await;
    for part in [
        "Ihlamur Dış Ticaret ve Sanayi A.Ş. · 1234567890",
        &approval.record_no,
        "gümrükte makbuz istenmez",
        "iade işlemi yok",
    ] {
        assert!(one.body.contains(part), "{part} in {}", one.body);
    }
    for address in [
        format!("/receipts/{number}/paper"),
        format!("/receipts/{number}/paper?paper=80mm&slip=bilgi"),
        "/receipts/papers?from=1.11.2026&to=30.11.2026".to_owned(),
        "/receipts/papers?from=1.11.2026&to=30.11.2026&slip=bilgi&paper=80mm".to_owned(),
    ] {
        let paper = owner.get(&address).await;
        assert!(paper.status == StatusCode::OK && paper.body.starts_with("%PDF-"), "{address}");
        assert!(paper.header(&CONTENT_DISPOSITION).contains(".pdf"), "{address}");
    }
    assert!(owner.get("/receipts/papers?format=xlsx").await.body.starts_with("PK"));
    assert!(owner.get("/receipts?format=csv").await.body.contains(number));

    assert!(house.browser_of("broker1").await.get("/receipts").await.body.contains(number), "its declarant's too");
    let mut stranger = house.browser_of("exporter2").await;
    assert!(!stranger.get("/receipts").await.body.contains(number));
    for address in [format!("/receipts/{number}"), format!("/receipts/{number}/paper"), "/receipts/yok".to_owned()] {
        assert_eq!(stranger.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    assert_eq!(house.browser_of("customs").await.get("/receipts").await.status, StatusCode::FORBIDDEN);
}

/// G-62: what was given back of a fee stands beside its receipt, and what still waits for a second person.
#[tokio::test]
async fn a_refund_is_followed_on_its_receipt() {
    let house = House::open().await;
    let (approval, _) = house.approved().await;
    let staff = find_client(&house.office, "staff-immib").await.unwrap().unwrap();
    let proposal = Proposal {
        declarant: "9876543217".to_owned(),
        reference: approval.reference.clone(),
        act: Act::Refund(Application {
            amount: ebirlik_domain::money::Money::parse("1.00"),
            confirmation: "gümrük yazısı 17".to_owned(),
            ..Application::default()
        }),
        reason: "malın bir kısmı gitmedi".to_owned(),
        proof: "dilekçe 21.11.2026/3".to_owned(),
    };
    propose(&house.office, &staff, proposal).await.unwrap().given().unwrap();
    let mut owner = house.browser_of("exporter1").await;
    let list = owner.get("/receipts?lang=en").await;
    assert!(
        list.body.contains("Refund under review: 1.00 TL") || list.body.contains("Given back: 1.00 TL"),
        "{}",
        list.body
    );
    let one = owner.get("/receipts/IMMIB-2026-0000001?lang=tr").await;
    assert!(one.body.contains("malın bir kısmı gitmedi") && one.body.contains("1,00 TL"), "{}", one.body);
    assert!(!one.body.contains("staff-immib"), "who decided is the secretariat's business");
}
