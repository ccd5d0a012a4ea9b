//! The main ways through the portal, walked as people do.

use crate::keyboard::by_hand;
use crate::stage::Stage;

/// P-0.1: the portal works in a current browser, in Turkish: signing in, acting for a firm, paying what waits, and the
/// officer who is shown the code.
#[test]
fn the_main_way_is_walked_in_turkish() {
    let stage = Stage::set();
    let mut page = stage.page();
    page.open("/");
    assert_eq!(page.path(), "/login");
    page.fill("#user", BROKER);
    page.fill("#password", "wrong");
    page.press("Oturum aç");
    assert!(page.text_of("document.title").starts_with("Hata:"));
    page.fill("#password", "demo-broker3");
    page.press("Oturum aç");

    page.press("İşlem Yapabileceğiniz Firmalar");
    page.follow(|page| {
        page.eval("document.querySelector('[name=exporter]').click()");
    });
    let acting = page.text(".acting b");
    assert!(
        !acting.is_empty() && page.text_of("document.title").contains(&acting),
        "whom one acts for is in the title"
    );

    let mut page = stage.page_of(EXPORTER);
    page.press("Ödeme Bekleyenler");
    page.click(WAITING);
    page.press("Devam et");
    page.press("Öde");
    assert!(page.text(".errors").contains("Ödeme şifrenizi yazın."), "{}", page.text("main"));
    assert_eq!(page.eval("document.querySelectorAll('[name=declaration]').length"), 1, "what was chosen is kept");
    page.fill("#password", "demo-exporter2-pay");
    page.press("Öde");
    assert!(page.text("main").contains("Onaylandı"), "{}", page.text("main"));
    let code = page.text("main .code");

    let mut desk = stage.page_of("customs");
    desk.open("/desk");
    desk.strike(&by_hand(&code), 120);
    desk.wait_for("document.querySelector('#verdict .verdict')");
    assert!(desk.text("#verdict").contains("GEÇERLİ"), "{}", desk.text("#verdict"));
    assert_eq!(desk.complaints(), Vec::<String>::new());
}

/// The same way in English, as far as the payment's form.
#[test]
fn the_main_way_is_found_in_english() {
    let stage = Stage::set();
    let mut page = stage.page();
    page.open("/");
    page.press("English");
    page.fill("#user", BROKER);
    page.fill("#password", "demo-broker3");
    page.press("Sign in");
    page.press("Firms you can act for");
    page.follow(|page| {
        page.eval("document.querySelector('[name=exporter]').click()");
    });
    page.press("Waiting for payment");
    assert_eq!(page.text_of("document.documentElement.lang"), "en");
    page.press("Sign out");
    assert_eq!((page.path().as_str(), page.text("h1").as_str()), ("/login", "Sign in"));
}

const BROKER: &str = "broker3";
/// Its account pays.
const EXPORTER: &str = "exporter2";
/// Priced, held and to be paid on the portal.
const WAITING: &str = "EGE26-00135";
