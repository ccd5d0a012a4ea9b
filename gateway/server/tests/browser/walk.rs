//! The main ways through the portal, walked as people do.

use crate::stage::Stage;

/// P-0.1: the portal works in a current browser: signing in, acting for a firm, paying what waits; in Turkish.
#[test]
fn the_main_way_is_walked_in_turkish() {
    let stage = Stage::set();
    let mut page = stage.page();
    page.open("/");
    assert_eq!(page.path(), "/login");
    page.fill("#user", "broker1");
    page.fill("#password", "wrong");
    page.press("Oturum aç");
    assert!(page.text_of("document.title").starts_with("Hata:"));
    page.fill("#user", "broker1");
    page.fill("#password", "demo-broker1");
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
}
