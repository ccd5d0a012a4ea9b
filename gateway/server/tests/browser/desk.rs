//! What an officer sets and decides at the desk: other keys, and what was done while the register was out of reach.

use crate::keyboard::{Stroke, by_hand};
use crate::stage::Stage;

/// WCAG 2.1.4: the desk's keys are changed or turned off, and keep so in this browser.
#[test]
fn the_keys_of_the_desk_are_changed_and_turned_off() {
    let stage = Stage::set();
    let mut desk = stage.page_of("customs");
    desk.open("/desk/scanner");
    let change = |desk: &mut crate::page::Page, key: &str| {
        desk.eval("document.querySelector('[data-change=list]').focus()");
        desk.eval("document.querySelector('[data-change=list]').click()");
        desk.strike(&[Stroke::named(key)], GAP_MS);
        desk.text("#own-keys [role=status]")
    };
    assert!(change(&mut desk, "F9").contains("başka bir kısayolda"));
    assert!(change(&mut desk, "Enter").contains("Bu tuş olmaz."));
    assert_eq!(change(&mut desk, "Escape"), "Bu tuş başka bir kısayolda kullanılıyor; başka bir tuşa basın.");
    assert_eq!(change(&mut desk, "F8"), "Kısayollar kaydedildi.");
    desk.open("/desk");
    assert!(desk.text("#keys").contains("F8") && !desk.text("#keys").contains("F2"), "{}", desk.text("#keys"));
    desk.strike(&[Stroke::named("F2")], GAP_MS);
    assert_eq!(desk.path(), "/desk");
    desk.open("/desk/scanner");
    desk.click("İlk tuşlara dön");
    desk.click("Kısayolları kapat");
    desk.open("/desk");
    desk.strike(&by_hand("1SF9"), GAP_MS);
    desk.strike(&[Stroke::named("Escape")], GAP_MS);
    assert_eq!(desk.text_of("document.querySelector('#kod').value"), "1SF9", "turned off");
    desk.click("Kısayolları aç");
    desk.strike(&[Stroke::named("Escape")], GAP_MS);
    assert_eq!(desk.text_of("document.querySelector('#kod').value"), "");
    assert_eq!(desk.complaints(), Vec::<String>::new());
}

/// G-32: what an officer decided on grey is kept in the browser, sent when the register is back, and found by staff.
#[test]
fn an_officers_own_decision_waits_for_the_register() {
    let stage = Stage::set();
    let code = stage.codes().swap_remove(0);
    let mut desk = stage.page_of("customs");
    desk.open("/desk");
    desk.eval("window.fetch = () => Promise.reject(new TypeError('no network'))");
    desk.fill("#kod", &code);
    desk.strike(&[Stroke::named("Enter")], GAP_MS);
    desk.wait_for("document.querySelector('#verdict [data-decide]:not([hidden])')");
    desk.click("Kararı kaydet");
    assert_eq!(desk.text("#verdict [data-decide] [role=status]"), "Geçirildi ya da Bekletildi seçin.");
    desk.click("Geçirildi");
    desk.fill("#verdict [name=note]", "Tır sırası uzun");
    desk.click("Kararı kaydet");
    desk.wait_for("document.querySelector('#waiting').textContent.endsWith(': 1')");
    desk.open("/desk");
    desk.wait_for("document.querySelector('#waiting').textContent === ''");
    assert_eq!(desk.complaints(), Vec::<String>::new());
    let mut found = String::new();
    for user in ["staff-immib", "staff-itkib", "staff-uib", "staff-eib", "staff-oaib"] {
        let mut staff = stage.page_of(user);
        staff.open("/staff/search?kind=desk.let_pass");
        found.push_str(&staff.text("main"));
    }
    assert!(found.contains("Tır sırası uzun") && found.contains(&code), "{found}");
}

/// Between two keys of a quick hand.
const GAP_MS: u64 = 120;
