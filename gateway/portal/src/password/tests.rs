//! Passwords as a browser meets them.

use crate::signup::tests::{AYSE, house, mailed_link, sent};
use crate::tests::House;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use ebirlik_operations::applications::{approve, list};
use ebirlik_operations::mail;
use ebirlik_operations::sign_in::find_client;

const GOOD: &str = "%C3%BC%C3%A7+kelime+yeter+7";

/// Approves the application that waits; gives the link to set a password.
async fn approved(house: &House) -> String {
    sent(house, AYSE).await;
    let staff = find_client(&house.office, "staff-immib").await.unwrap().unwrap();
    let (queue, _) = list(&house.office, &staff, ("sent", ""), false, (10, 0)).await.unwrap();
    approve(&house.office, &staff, queue[0].id).await.unwrap();
    mailed_link(house, "password").await
}

/// P-2.1, P-2.2, P-2.3, P-4.0.1, P-1.1.15, P-1.2.15: the link in the mail sets a password, once; with it and the address one signs
/// in. A link that is over points to "Şifremi Unuttum".
#[tokio::test]
async fn the_mailed_link_sets_a_password_once() {
    let house = house().await;
    let link = approved(&house).await;
    let mut browser = house.browser();
    let page = browser.get(&link).await;
    assert!(page.body.contains("Şifrenizi Oluşturun") && page.body.contains(AYSE), "{}", page.body);
    assert!(page.body.contains("autocomplete=\"new-password\"") && !page.body.contains("onpaste"));
    let short = browser.post(&link, "password=k%C4%B1sa".to_owned()).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.body.contains("Şifre en az 10 karakter olmalı.") && short.body.contains("<title>Hata:"));
    let common = browser.post(&link, "password=password123".to_owned()).await;
    assert!(common.body.contains("ilk tahmin edilenlerden") && !common.body.contains("password123"));
    let done = browser.post(&link, format!("password={GOOD}")).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/password/done"));
    assert!(browser.get("/password/done").await.body.contains("href=\"/login\""));
    for page in [browser.get(&link).await, browser.post(&link, format!("password={GOOD}1")).await] {
        assert_eq!(page.status, StatusCode::GONE);
        assert!(page.body.contains("href=\"/forgotten\">Şifremi Unuttum</a>"), "{}", page.body);
    }
    let signed_in = browser.sign_in("AYSE%40ihlamur.EXAMPLE", GOOD).await;
    assert_eq!((signed_in.status, signed_in.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(browser.get("/account").await.body.contains("Ihlamur Dış Ticaret"), "acts for the firm");
}

/// P-2.2: twenty-four hours.
#[tokio::test]
async fn a_link_is_refused_after_twenty_four_hours() {
    let house = house().await;
    let link = approved(&house).await;
    house.clock.forward(24 * 60 - 1);
    assert_eq!(house.browser().get(&link).await.status, StatusCode::OK);
    house.clock.forward(1);
    let page = house.browser().post(&link, format!("password={GOOD}")).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.body.contains("24 saat"));
}

/// P-3.1, P-3.2: the same answer for everybody; only who is known gets a mail, and its sessions end with the change.
#[tokio::test]
async fn who_forgot_the_password_is_told_the_same_as_everybody() {
    let house = house().await;
    let link = approved(&house).await;
    house.browser().post(&link, format!("password={GOOD}")).await;
    let mut signed_in = house.browser();
    assert_eq!(signed_in.sign_in("ayse%40ihlamur.example", GOOD).await.location(), "/");
    let mut browser = house.browser();
    let page = browser.get("/forgotten").await;
    assert!(page.body.contains("Şifremi Unuttum"));
    let missing = browser.post("/forgotten", "email=broker1".to_owned()).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let known = browser.post("/forgotten", "email=Ayse%40ihlamur.example".to_owned()).await;
    let unknown = browser.post("/forgotten", "email=nobody%40ihlamur.example".to_owned()).await;
    assert_eq!((known.status, known.location()), (unknown.status, unknown.location()));
    assert!(browser.get(known.location()).await.body.contains("Adres kayıtlıysa"));
    assert_eq!(mail::write(&house.office).await.unwrap(), 1);
    let link = mailed_link(&house, "password").await;
    assert_eq!(signed_in.get("/account").await.status, StatusCode::OK);
    browser.post(&link, "password=bambaska+bir+sifre".to_owned()).await;
    assert_eq!(signed_in.get("/account").await.status, StatusCode::SEE_OTHER, "other sessions end");
    assert_eq!(browser.sign_in("ayse%40ihlamur.example", "bambaska+bir+sifre").await.location(), "/");

    let mut flood = house.browser();
    let mut last = flood.get("/forgotten").await;
    for _ in 0..12 {
        last = flood.post("/forgotten", "email=a%40b.example".to_owned()).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!last.header(&RETRY_AFTER).is_empty());
}

/// P-2.1: the password to pay with is set by payers, after proving their own.
#[tokio::test]
async fn payers_set_their_second_password() {
    let house = house().await;
    let mut payer = house.browser_of("exporter1").await;
    assert!(payer.get("/account").await.body.contains("href=\"/account/payment-password\""));
    let address = "/account/payment-password";
    let page = payer.get(address).await;
    let form = |own: &str, password: &str| format!("token={}&own={own}&password={password}", page.token());
    assert_eq!(payer.post(address, "own=x&password=y".to_owned()).await.status, StatusCode::FORBIDDEN);
    let wrong = payer.post(address, form("wrong", GOOD)).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("Oturum şifreniz yanlış."));
    let same = payer.post(address, form("demo-exporter1", "demo-exporter1")).await;
    assert!(same.body.contains("farklı olmalı"), "{}", same.body);
    let done = payer.post(address, form("demo-exporter1", GOOD)).await;
    assert_eq!(done.location(), "/account/payment-password/done");
    assert!(payer.get(done.location()).await.body.contains("Ödeme şifreniz kaydedildi"));
    let officer = house.browser_of("customs").await.get(address).await;
    assert_eq!(officer.status, StatusCode::FORBIDDEN);
}

/// P-3.2: one's own password is changed under "Hesabım"; other sessions end, this one stays; wrong tries are slowed down.
#[tokio::test]
async fn ones_own_password_is_changed_while_signed_in() {
    let house = house().await;
    let (mut here, mut there) = (house.browser_of("customs").await, house.browser_of("customs").await);
    assert!(here.get("/account").await.body.contains("href=\"/account/password\""));
    let address = "/account/password";
    let page = here.get(address).await;
    assert!(
        page.body.contains("autocomplete=\"current-password\"") && page.body.contains("autocomplete=\"new-password\"")
    );
    let form = |own: &str, password: &str| format!("token={}&own={own}&password={password}", page.token());
    assert_eq!(here.post(address, "own=x&password=y".to_owned()).await.status, StatusCode::FORBIDDEN);
    for (own, password, told) in [
        ("wrong", GOOD, "Oturum şifreniz yanlış."),
        ("demo-customs", "k%C4%B1sa", "Şifre en az 10 karakter olmalı."),
        ("demo-customs", "demo-customs", "Yeni şifre bugünkünden farklı olmalı."),
    ] {
        let answer = here.post(address, form(own, password)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(told) && answer.body.contains("<title>Hata:"), "{}", answer.body);
    }
    assert_eq!(there.get("/account").await.status, StatusCode::OK);
    let done = here.post(address, form("demo-customs", GOOD)).await;
    assert_eq!(done.location(), "/account/password/done");
    assert!(here.get(done.location()).await.body.contains("Şifreniz değiştirildi"));
    assert_eq!(there.get("/account").await.status, StatusCode::SEE_OTHER, "other sessions end");
    assert_eq!(there.sign_in("customs", "demo-customs").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(there.sign_in("customs", GOOD).await.location(), "/");

    for _ in 0..10 {
        here.post(address, form("wrong", GOOD)).await;
    }
    let slowed = here.post(address, form(GOOD, GOOD)).await;
    assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!slowed.header(&RETRY_AFTER).is_empty());
}
