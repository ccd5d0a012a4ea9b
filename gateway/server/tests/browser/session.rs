//! The end of a session while a page is open: it is said before, it is put off, and what was typed comes back.

use crate::page::Page;
use crate::stage::Stage;

/// Two minutes before the end a line says so; its button renews the session, and what was typed stays.
#[test]
fn a_session_is_renewed_before_it_ends() {
    let stage = Stage::set();
    let mut page = stage.page_of("broker1");
    page.open(FORM);
    page.fill(FIELD, "123456");
    pass_minutes(&mut page, 26);
    page.eval("new Promise((done) => setTimeout(done, 1500))");
    assert_eq!(page.text("#session"), "", "three minutes are left");
    pass_minutes(&mut page, 1);
    page.wait_for("document.querySelector('#session button')");
    assert!(page.text("#session").contains("2 dakika içinde kapanacak."), "{}", page.text("#session"));
    page.click("Oturumu uzat");
    page.wait_for("document.querySelector('#session').innerText === 'Oturum uzatıldı.'");
    assert_eq!(page.text_of("document.activeElement.id"), "tax_no", "back where the hands were");
    assert_eq!(value(&mut page), "123456");
    pass_minutes(&mut page, 27);
    page.wait_for("document.querySelector('#session button')");
    assert_eq!(page.complaints(), Vec::<String>::new());
}

/// After the end one signs in again and finds what was typed: by the line's link, and by sending the form too late. It is
/// nobody else's, and a password is never kept.
#[test]
fn what_was_typed_comes_back_after_the_sign_in() {
    let stage = Stage::set();
    let mut page = stage.page_of("broker1");
    page.open(FORM);
    page.fill(FIELD, "123456");
    end_sessions(&stage);
    pass_minutes(&mut page, 30);
    page.wait_for("document.querySelector('#session a')");
    page.press("Oturum aç");
    assert!(page.path().starts_with("/login?next="), "{}", page.path());
    sign_in_here(&mut page, "broker1");
    assert_eq!((page.path(), value(&mut page)), (FORM.to_owned(), "123456".to_owned()));
    assert!(page.text("#session").contains("geri getirildi"), "{}", page.text("#session"));

    page.fill(FIELD, "999");
    end_sessions(&stage);
    page.press_enter();
    assert!(page.path().starts_with("/login?next="), "{}", page.path());
    sign_in_here(&mut page, "broker1");
    assert_eq!((page.path(), value(&mut page)), (FORM.to_owned(), "999".to_owned()));
    page.open(FORM);
    assert_eq!(value(&mut page), "", "it comes back once");

    page.fill(FIELD, "999");
    end_sessions(&stage);
    page.press_enter();
    sign_in_here(&mut page, "exporter1");
    page.open(FORM);
    assert_eq!((page.path(), value(&mut page)), (FORM.to_owned(), String::new()), "nobody else's");

    page.open("/account/password");
    page.fill("#own", "gizli kalsin");
    page.fill("#password", "bu da gizli kalsin");
    end_sessions_of(&stage, "exporter1");
    page.press_enter();
    let kept = page.text_of("JSON.stringify({ ...sessionStorage, ...localStorage })");
    assert!(!kept.contains("gizli"), "{kept}");
}

/// Signs in on the sign-in page that is open.
fn sign_in_here(page: &mut Page, user: &str) {
    page.fill("#user", user);
    page.fill("#password", &format!("demo-{user}"));
    page.press_enter();
}

fn end_sessions(stage: &Stage) {
    end_sessions_of(stage, "broker1");
}

/// Ends every other session of a user, as from another computer.
fn end_sessions_of(stage: &Stage, user: &str) {
    let mut elsewhere = stage.page_of(user);
    elsewhere.open("/account");
    elsewhere.press("Diğer oturumların hepsini kapat");
}

/// Moves the clock that the page sees.
fn pass_minutes(page: &mut Page, minutes: u64) {
    page.eval(&format!("(() => {{ const before = Date.now; Date.now = () => before() + {minutes} * 60000; }})()"));
}

fn value(page: &mut Page) -> String {
    page.text_of("document.querySelector('#tax_no')?.value ?? 'no field'")
}

/// A form for text.
const FORM: &str = "/powers/new";
const FIELD: &str = "#tax_no";
