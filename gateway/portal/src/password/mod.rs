//! Passwords: set by a link that works once, asked for by who forgot theirs, and changed by who is signed in: one's own,
//! and the second one, to pay with.

use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::signup::slowed;
use crate::text::{fill, words};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_operations::links::Token;
use ebirlik_operations::passwords::{
    Changing, LETTERS_MIN, PasswordFlaw, Setting, ask, change, code_of, find_user, set, set_payment,
};
use ebirlik_operations::{Client, Role};
use serde::Deserialize;
use std::sync::Arc;

/// The password behind a link.
#[derive(Template)]
#[template(path = "password/set.html")]
struct SetPage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    /// For password managers.
    user: String,
}

/// One sentence with the way on.
#[derive(Template)]
#[template(path = "password/told.html")]
struct ToldPage {
    frame: Frame,
    title: &'static str,
    sentence: &'static str,
    /// Where it goes on: address and label.
    next: (&'static str, &'static str),
}

/// Who forgot the password.
#[derive(Template)]
#[template(path = "password/forgotten.html")]
struct ForgottenPage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    email: String,
}

/// One of one's two passwords, changed after proving one's own.
#[derive(Template)]
#[template(path = "password/change.html")]
struct ChangePage {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    title: &'static str,
    lede: &'static str,
    label: &'static str,
    address: &'static str,
    /// What password managers make of it: they keep the one to sign in with.
    completed: &'static str,
    token: String,
    user: String,
}

/// Which of one's two passwords.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Own,
    Payment,
}

/// What the form behind a link sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    password: String,
}

/// What who forgot the password sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Forgotten {
    email: String,
}

/// What the form to change a password sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Changed {
    own: String,
    password: String,
}

/// `GET /password/{token}`: looking does not use the link up, since mail servers look too.
pub(crate) async fn show(State(portal): State<Arc<Portal>>, asker: Asker, Path(token): Path<String>) -> Response {
    by_link(&portal, &asker, &token, StatusCode::OK, Errors::default()).await
}

/// `POST /password/{token}`
pub(crate) async fn choose(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    Path(token): Path<String>,
    form: Result<Form<Chosen>, FormRejection>,
) -> Response {
    let Form(chosen) = form.unwrap_or_default();
    let Some(link) = Token::parse(&token) else { return over(&asker) };
    match set(&portal.office, &link, &chosen.password).await {
        Ok(Setting::Set) => Redirect::to("/password/done").into_response(),
        Ok(Setting::Over) => over(&asker),
        Ok(Setting::Flawed(flaw)) => {
            let mut errors = Errors::default();
            errors.add("password", told(flaw, Words::of(asker.language)));
            by_link(&portal, &asker, &token, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /password/done`
pub(crate) async fn show_done(asker: Asker) -> Response {
    let words = Words::of(asker.language);
    let next = ("/login", asker.language.texts().sign_in);
    say(StatusCode::OK, &asker, (words.done, words.done_next), next)
}

/// `GET /forgotten`
pub(crate) async fn show_forgotten(asker: Asker) -> Response {
    forgotten(StatusCode::OK, &asker, String::new(), Errors::default())
}

/// `POST /forgotten`: the same answer whether the address is known or not (P-3.2).
pub(crate) async fn ask_for_link(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    form: Result<Form<Forgotten>, FormRejection>,
) -> Response {
    let Form(sent) = form.unwrap_or_default();
    let words = Words::of(asker.language);
    let mut errors = Errors::default();
    if !sent.email.contains('@') {
        errors.add("email", words.email_missing);
        return forgotten(StatusCode::UNPROCESSABLE_ENTITY, &asker, sent.email, errors);
    }
    if let Err(seconds) = slowed(&portal, &asker) {
        errors.add("email", fill(words.slowed, "n", seconds));
        let page = forgotten(StatusCode::TOO_MANY_REQUESTS, &asker, sent.email, errors);
        return ([(RETRY_AFTER, HeaderValue::from(seconds))], page).into_response();
    }
    match ask(&portal.office, &code_of(&sent.email)).await {
        Ok(()) => Redirect::to("/forgotten/sent").into_response(),
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /forgotten/sent`
pub(crate) async fn show_sent(asker: Asker) -> Response {
    let words = Words::of(asker.language);
    let next = ("/login", words.to_sign_in);
    say(StatusCode::OK, &asker, (words.sent, words.sent_next), next)
}

/// `GET /account/password`
pub(crate) async fn show_own(visitor: Visitor) -> Response {
    changed(StatusCode::OK, &visitor, Which::Own, Errors::default())
}

/// `POST /account/password`
pub(crate) async fn choose_own(State(portal): State<Arc<Portal>>, form: Posted<Changed>) -> Response {
    choose_after_proof(&portal, Which::Own, form).await
}

/// `GET /account/password/done`
pub(crate) async fn show_own_done(asker: Asker) -> Response {
    let words = Words::of(asker.language);
    say(StatusCode::OK, &asker, (words.own_done, words.own_done_next), ("/account", words.to_account))
}

/// `GET /account/payment-password`
pub(crate) async fn show_payment(visitor: Visitor) -> Response {
    changed(StatusCode::OK, &visitor, Which::Payment, Errors::default())
}

/// `POST /account/payment-password`
pub(crate) async fn choose_payment(State(portal): State<Arc<Portal>>, form: Posted<Changed>) -> Response {
    choose_after_proof(&portal, Which::Payment, form).await
}

/// After proving one's own password, which is tried as often as at the sign-in.
async fn choose_after_proof(portal: &Portal, which: Which, form: Posted<Changed>) -> Response {
    let Posted(asker, session, sent) = form;
    if which == Which::Payment && !pays(&session.client) {
        return notice::not_a_payer(&asker);
    }
    let visitor = Visitor(asker, session);
    let Visitor(asker, session) = &visitor;
    let (words, client, office) = (Words::of(asker.language), &session.client, &portal.office);
    let mut errors = Errors::default();
    if let Err(wait) = portal.tries.begin(&client.code, asker.network, office.clock.now()) {
        errors.add("own", fill(asker.language.texts().wait_seconds, "n", wait.seconds));
        let page = changed(StatusCode::TOO_MANY_REQUESTS, &visitor, which, errors);
        return ([(RETRY_AFTER, HeaderValue::from(wait.seconds))], page).into_response();
    }
    let done = match which {
        Which::Own => change(office, client, (&sent.own, &sent.password), &session.id.digest()).await,
        Which::Payment => set_payment(office, client, &sent.own, &sent.password).await,
    };
    match done {
        Ok(Changing::NotProved) => errors.add("own", words.own_wrong),
        Ok(Changing::Flawed(flaw)) => {
            portal.tries.succeeded(&client.code, asker.network);
            errors.add("password", told(flaw, words));
        }
        Ok(Changing::Set) => {
            portal.tries.succeeded(&client.code, asker.network);
            return Redirect::to(&format!("{}/done", which.address())).into_response();
        }
        Err(_) => {
            portal.tries.came_to_nothing(&client.code, asker.network);
            return notice::unavailable(asker);
        }
    }
    changed(StatusCode::UNPROCESSABLE_ENTITY, &visitor, which, errors)
}

/// `GET /account/payment-password/done`
pub(crate) async fn show_payment_done(asker: Asker) -> Response {
    let words = Words::of(asker.language);
    say(StatusCode::OK, &asker, (words.payment_done, words.payment_done_next), ("/account", words.to_account))
}

/// Whether a client pays, and so has a second password.
pub(crate) fn pays(client: &Client) -> bool {
    client.roles.has(Role::Payer)
}

async fn by_link(portal: &Portal, asker: &Asker, token: &str, status: StatusCode, errors: Errors) -> Response {
    let found = match Token::parse(token) {
        Some(link) => find_user(&portal.office, &link).await,
        None => Ok(None),
    };
    let words = Words::of(asker.language);
    match found {
        Ok(Some(user)) => {
            let frame = Frame::of(asker, errors.title(words.title, asker.language));
            html(status, &SetPage { frame, words, errors, token: token.to_owned(), user })
        }
        Ok(None) => over(asker),
        Err(_) => notice::unavailable(asker),
    }
}

/// The link was used, or its time is over (P-2.2).
fn over(asker: &Asker) -> Response {
    let words = Words::of(asker.language);
    say(StatusCode::GONE, asker, (words.over, words.over_next), ("/forgotten", words.forgotten))
}

fn forgotten(status: StatusCode, asker: &Asker, email: String, errors: Errors) -> Response {
    let words = Words::of(asker.language);
    let frame = Frame::of(asker, errors.title(words.forgotten, asker.language));
    html(status, &ForgottenPage { frame, words, errors, email })
}

fn changed(status: StatusCode, Visitor(asker, session): &Visitor, which: Which, errors: Errors) -> Response {
    if which == Which::Payment && !pays(&session.client) {
        return notice::not_a_payer(asker);
    }
    let words = Words::of(asker.language);
    let (title, lede, label, completed) = match which {
        Which::Own => (words.change, words.change_lede, words.password, "new-password"),
        Which::Payment => (words.payment, words.payment_lede, words.payment_new, "off"),
    };
    let page = ChangePage {
        frame: Frame::of(asker, errors.title(title, asker.language)),
        address: which.address(),
        token: session.token(),
        user: session.client.code.clone(),
        words,
        errors,
        title,
        lede,
        label,
        completed,
    };
    html(status, &page)
}

impl Which {
    fn address(self) -> &'static str {
        match self {
            Self::Own => "/account/password",
            Self::Payment => "/account/payment-password",
        }
    }
}

fn say(
    status: StatusCode,
    asker: &Asker,
    (title, sentence): (&'static str, &'static str),
    next: (&'static str, &'static str),
) -> Response {
    html(status, &ToldPage { frame: Frame::of(asker, title), title, sentence, next })
}

fn told(flaw: PasswordFlaw, words: &Words) -> String {
    let sentence = match flaw {
        PasswordFlaw::Short => words.too_short,
        PasswordFlaw::Long => words.too_long,
        PasswordFlaw::Common => words.common,
        PasswordFlaw::LikeUser => words.like_user,
        PasswordFlaw::LikeOther => words.like_other,
        PasswordFlaw::Unchanged => words.unchanged,
    };
    fill(sentence, "n", LETTERS_MIN)
}

words! {
    Words;
    title: "Şifrenizi Oluşturun", "Set your password";
    user: "E-posta", "E-mail";
    password: "Yeni şifre", "New password";
    hint: "En az 10 karakter. Birkaç kelimelik bir cümle uzun ve akılda kalıcıdır; yapıştırabilir ya da şifre yöneticinize bırakabilirsiniz.", "At least 10 characters. A phrase of several words is long and easy to remember; you may paste it, or leave it to your password manager.";
    save: "Şifreyi Kaydet", "Save the password";
    too_short: "Şifre en az {n} karakter olmalı.", "A password has at least {n} characters.";
    too_long: "Şifre çok uzun.", "The password is too long.";
    common: "Bu şifre ilk tahmin edilenlerden; başka bir şifre seçin.", "This password is among the first that are guessed; choose another.";
    like_user: "Şifre kullanıcı adınızla aynı olamaz.", "The password cannot be your own user name.";
    unchanged: "Yeni şifre bugünkünden farklı olmalı.", "The new password must differ from the one you have.";
    like_other: "Ödeme şifresi oturum şifrenizden farklı olmalı.", "The payment password must differ from the one you sign in with.";
    done: "Şifreniz kaydedildi", "Your password was saved";
    done_next: "Açık oturumların hepsi kapatıldı. E-posta adresiniz ve yeni şifrenizle oturum açın.", "All open sessions have ended. Sign in with your e-mail address and the new password.";
    over: "Bağlantının süresi dolmuş ya da kullanılmış", "The link is over or was used";
    over_next: "Şifre bağlantısı 24 saat ve bir kez çalışır. Yenisini \"Şifremi Unuttum\" sayfasından isteyin.", "A link to set a password works for 24 hours and once. Ask for another on the page \"Forgot my password\".";
    forgotten: "Şifremi Unuttum", "Forgot my password";
    forgotten_lede: "Oturum açtığınız e-posta adresini yazın; yeni şifre belirleyeceğiniz bağlantıyı gönderelim.", "Enter the e-mail address that you sign in with, and we send a link to set a new password.";
    forgotten_code: "E-posta adresi yerine kullanıcı koduyla oturum açıyorsanız genel sekreterliğinizin e-birlik masasını arayın.", "If you sign in with a user code and not an e-mail address, call the e-birlik desk of your general secretariat.";
    email_missing: "E-posta adresinizi yazın.", "Enter your e-mail address.";
    slowed: "Çok sayıda deneme yapıldı. {n} saniye bekleyip yeniden deneyin.", "There were many tries. Wait {n} seconds and try again.";
    ask: "Bağlantı Gönder", "Send the link";
    sent: "E-postanıza bakın", "Look at your e-mail";
    sent_next: "Adres kayıtlıysa şifre bağlantısı birkaç dakika içinde gelir. Gelmezse önemsiz e-postalar (spam) klasörüne de bakın.", "If the address is registered, the link comes within a few minutes. If it does not, look in the spam folder too.";
    to_sign_in: "Oturum açma sayfasına dön", "Back to the sign-in page";
    payment: "Ödeme şifresi", "Payment password";
    payment_lede: "Ödemeleri bu ikinci şifreyle onaylarsınız. Oturum şifrenizden farklı olmalı.", "You confirm payments with this second password. It must differ from the one you sign in with.";
    change: "Şifre Değiştirme", "Change your password";
    change_lede: "Diğer açık oturumlarınız kapatılır; bu oturum açık kalır.", "Your other open sessions end; this one stays.";
    own_done: "Şifreniz değiştirildi", "Your password was changed";
    own_done_next: "Diğer açık oturumlarınız kapatıldı. Bundan sonra yeni şifrenizle oturum açın.", "Your other sessions have ended. Sign in with the new password from now on.";
    own: "Oturum şifreniz", "The password you sign in with";
    own_wrong: "Oturum şifreniz yanlış.", "The password you sign in with is wrong.";
    payment_new: "Yeni ödeme şifresi", "New payment password";
    payment_done: "Ödeme şifreniz kaydedildi", "Your payment password was saved";
    payment_done_next: "Bundan sonraki ödemelerde yeni ödeme şifrenizi kullanın.", "Use the new payment password from now on.";
    to_account: "Hesabıma dön", "Back to my account";
}

#[cfg(test)]
mod tests;
