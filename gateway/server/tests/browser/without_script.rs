//! The key paths once more: in Turkish without script, in English with it; and the browser that is not supported.

use crate::installation::message;
use crate::page::Page;
use crate::stage::Stage;

/// What is pressed and read on the key paths, in one language.
struct Words {
    language: &'static str,
    user: &'static str,
    password: &'static str,
    sign_in: &'static str,
    firms: &'static str,
    act: &'static str,
    declarations: &'static str,
    send_one: &'static str,
    message: &'static str,
    waits: &'static str,
    try_out: &'static str,
    on_behalf: &'static str,
    send: &'static str,
    recorded: &'static str,
    payments: &'static str,
    go_on: &'static str,
    payment_password: &'static str,
    pay: &'static str,
    wrong: &'static str,
    paid: &'static str,
    filter: &'static str,
    sought: &'static str,
    sign_out: &'static str,
}

/// Signing in, acting for a firm, sending a declaration and paying it, without script.
#[test]
fn key_paths_are_walked_without_script() {
    let stage = Stage::set();
    let mut page = stage.page();
    page.set_script(false);
    page.open("/login");
    key_paths(&stage, &mut page, &TURKISH, "PLAIN-1");
}

/// The same in English.
#[test]
fn key_paths_are_walked_in_english() {
    let stage = Stage::set();
    let mut page = stage.page();
    page.open("/login");
    page.press("English");
    key_paths(&stage, &mut page, &ENGLISH, "PLAIN-2");
    assert_eq!(page.complaints(), Vec::<String>::new());
}

fn key_paths(stage: &Stage, page: &mut Page, words: &Words, reference: &str) {
    sign_in(page, words, "broker3");
    page.press(words.firms);
    page.press(&words.act.replace("{firm}", EXPORTER));
    assert!(page.text(".acting b").contains(EXPORTER));
    page.press(words.declarations);
    page.press(words.send_one);
    let mut pair = stage.installation.pair();
    (pair.declarant, pair.exporter, pair.secretariat) = ("4840847211".into(), "5260181599".into(), "EIB".into());
    page.write(words.message, &message(&pair, reference, "1000.00"));
    page.click(words.waits);
    page.press(words.try_out);
    page.reads(&words.on_behalf.replace("{firm}", EXPORTER));
    page.press(words.send);
    page.reads(words.recorded);
    page.press(words.sign_out);

    sign_in(page, words, "exporter2");
    page.press(words.payments);
    page.click(reference);
    page.press(words.go_on);
    page.press(words.pay);
    assert!(page.text(".errors").contains(words.wrong), "{}", page.text("main"));
    page.write(words.payment_password, "demo-exporter2-pay");
    page.press(words.pay);
    page.reads(words.paid);
    page.press(words.declarations);
    page.write(words.sought, reference);
    // With script the list renews itself; without, the same address is opened.
    page.click(words.filter);
    page.wait_for(&format!(
        "document.querySelectorAll('tbody tr').length === 1 && location.search.includes('{reference}')"
    ));
    assert_eq!(page.text_of("document.documentElement.lang"), words.language);
    page.open("/login");
    page.press(words.sign_out);
    assert_eq!(page.path(), "/login");
}

fn sign_in(page: &mut Page, words: &Words, user: &str) {
    page.write(words.user, user);
    page.write(words.password, &format!("demo-{user}"));
    page.press(words.sign_in);
}

/// P-0.2: Internet Explorer is told that it is not supported, in words that it can show.
#[test]
fn internet_explorer_is_told_so_in_the_browser() {
    let stage = Stage::set();
    let mut page = stage.page();
    page.set_agent("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko");
    for path in ["/", "/login", "/signup", "/declarations"] {
        page.open(path);
        assert_eq!(page.text("h1"), "Internet Explorer desteklenmiyor", "{path}");
        assert_eq!(page.eval("document.scripts.length + document.forms.length"), 0, "{path}");
    }
    page.set_agent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    page.open("/login");
    assert_eq!(page.text("h1"), "Oturum aç");
}

/// Its account pays, and a broker acts for it.
const EXPORTER: &str = "Güneşbahçe Tarım Ürünleri İhracat Ltd. Şti.";
const TURKISH: Words = Words {
    language: "tr",
    user: "E-posta ya da kullanıcı kodu",
    password: "Şifre",
    sign_in: "Oturum aç",
    firms: "İşlem Yapabileceğiniz Firmalar",
    act: "Adına işlem yap: {firm}",
    declarations: "Beyannameler",
    send_one: "Beyanname gönder",
    message: "Mesaj (XML ya da EDIFACT)",
    waits: "Kaydedilsin, ödemesi beklesin",
    try_out: "Prova yap",
    on_behalf: "{firm} adına",
    send: "Gönder",
    recorded: "Beyanname kaydedildi ve ödemesi bekleniyor.",
    payments: "Ödeme Bekleyenler",
    go_on: "Devam et",
    payment_password: "Ödeme şifresi",
    pay: "Öde",
    wrong: "Ödeme şifrenizi yazın.",
    paid: "Onaylandı",
    filter: "Filtrele",
    sought: "Referans, kod ya da tescil no",
    sign_out: "Oturumu kapat",
};
const ENGLISH: Words = Words {
    language: "en",
    user: "E-mail or user code",
    password: "Password",
    sign_in: "Sign in",
    firms: "Firms you can act for",
    act: "Act for it: {firm}",
    declarations: "Declarations",
    send_one: "Send a declaration",
    message: "Message (XML or EDIFACT)",
    waits: "Record it, and let the payment wait",
    try_out: "Try it out",
    on_behalf: "On behalf of {firm}",
    send: "Send",
    recorded: "The declaration is recorded and waits for its payment.",
    payments: "Waiting for payment",
    go_on: "Continue",
    payment_password: "Payment password",
    pay: "Pay",
    wrong: "Enter your payment password.",
    paid: "Approved",
    filter: "Filter",
    sought: "Reference, code or registration number",
    sign_out: "Sign out",
};
