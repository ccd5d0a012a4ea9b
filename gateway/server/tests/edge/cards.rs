//! The bank's notices as they come in over HTTP: only the bank's are understood, and they make us ask it.

use crate::office::{Edge, fixture, read};
use ebirlik_bank_simulator::{Bank, CODE, Forgery, GOOD_CARD, Mood, Settings};
use ebirlik_operations::card::hosted::{HostedPage, HostedSettings};
use ebirlik_operations::card::signature::Secret;
use ebirlik_operations::card::{self, Cards, OPEN_FOR};
use ebirlik_operations::pay::Named;
use ebirlik_operations::sign_in::find_client;
use ebirlik_operations::status::Answer;
use ebirlik_store::testing::Engine;
use reqwest::Method;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";

/// G-51, G-53: a notice is answered OK once it was understood; a forged one 400, and it changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn notices_of_the_bank_come_in_without_a_sign_in() {
    let edge = Edge::on(Engine::Sqlite).await;
    let send = async |body: String| {
        let request = edge.anonymous(Method::POST, card::NOTICES).header("content-type", "application/json");
        read(request.body(body).send().await.expect("an answer")).await
    };
    assert_eq!(send("{}".to_owned()).await.0, 404, "cards are not taken here");
    let settings = Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        merchant: "M-1".to_owned(),
        secret: "ortak".to_owned(),
        seed: 1,
        mood: Mood { lost: 1_000, ..Mood::HONEST },
        pace: Duration::from_millis(5),
        open_for: Duration::from_mins(90),
    };
    let bank = Bank::open(settings).await.expect("a bank");
    let settings = HostedSettings {
        merchant: "M-1".to_owned(),
        secret: Secret::new("ortak"),
        url: bank.url(),
        timeout: Duration::from_secs(5),
    };
    let gateway = Box::new(HostedPage::new(settings).expect("a gateway"));
    edge.office.take_cards(Cards { gateway, own_url: edge.url.clone(), open_for: OPEN_FOR });
    let held = String::from_utf8(fixture("first/declaration.xml")).expect("a text").replace("CARI_HESAP", "BEKLET");
    assert_eq!(edge.submit(held).await.0, 202);
    let payer = find_client(&edge.office, "broker1").await.expect("no fault").expect("a client");
    let named = Named { declarant: payer.firm.clone(), reference: "BRK-2026-0042".to_owned() };
    let begun = card::begin(&edge.office, &payer, "demo-broker1-pay", &[named]).await.expect("no fault");
    let Answer::Given(page) = begun else { panic!("{begun:?}") };
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a browser");
    for (step, form) in [("card", format!("card={GOOD_CARD}")), ("code", format!("code={CODE}"))] {
        let request = browser.post(format!("{}/{step}", page.url)).header("content-type", FORM);
        request.body(form).send().await.expect("an answer");
    }
    for forgery in [Forgery::Signature, Forgery::Amount, Forgery::Merchant, Forgery::Unknown, Forgery::Form] {
        let (status, text) = send(bank.forged(&page.order_no, forgery).expect("a lie")).await;
        assert_eq!((status, text.as_str()), (400, "REFUSED"), "{forgery:?}");
    }
    assert_eq!(send("x".repeat(9 << 10)).await.0, 413);
    let get = edge.anonymous(Method::GET, card::NOTICES).send().await.expect("an answer");
    assert_eq!(get.status().as_u16(), 405);
    for _ in 0..2 {
        let (status, text) = send(bank.notice(&page.order_no).expect("a notice")).await;
        assert_eq!((status, text.as_str()), (200, "OK"));
    }
    let (status, told) =
        read(edge.get("/v1/approvals/BRK-2026-0042", "broker1").send().await.expect("an answer")).await;
    assert!(status == 200 && told.contains("KREDI_KARTI"), "{told}");
}
