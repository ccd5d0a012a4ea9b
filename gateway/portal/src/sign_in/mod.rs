//! Signing in and out. A refusal never says which of the two was wrong, and the typed user code stays.

pub(crate) mod tries;

use crate::access::SIGN_IN;
use crate::csrf;
use crate::page::{Frame, html};
use crate::session::{self, Asker};
use crate::text::fill;
use crate::visitor::FromAddress;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_operations::passwords::code_of;
use ebirlik_operations::sign_in::{Purpose, sign_in};
use serde::Deserialize;
use std::sync::Arc;

/// The form, with what was wrong with it.
#[derive(Template)]
#[template(path = "sign_in/page.html")]
struct Page {
    frame: Frame,
    errors: Vec<Error>,
    user: String,
    /// Where to go then; empty for the start page.
    next: String,
}

/// What is wrong, and the field to go to.
struct Error {
    field: &'static str,
    sentence: String,
    /// Whether it is the field's own fault, to be repeated beside it.
    at_field: bool,
}

impl Page {
    fn errors_at<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Error> {
        self.errors.iter().filter(move |error| error.at_field && error.field == field)
    }

    fn has_error(&self, field: &str) -> bool {
        self.errors_at(field).next().is_some()
    }
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    user: String,
    password: String,
    next: String,
}

/// What the form for signing out sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignOut {
    token: String,
}

/// What the address may say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    next: String,
}

/// `GET /login`
pub(crate) async fn show(asker: Asker, FromAddress(wish): FromAddress<Wish>) -> Response {
    if matches!(asker.session, Ok(Some(_))) {
        return Redirect::to("/").into_response();
    }
    page(StatusCode::OK, &asker, String::new(), wish.next, Vec::new())
}

/// `POST /login`
pub(crate) async fn submit(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let text = asker.language.texts();
    let Form(filled) = form.unwrap_or_default();
    let user = code_of(&filled.user);
    let user = user.as_str();
    let again = |status, errors| page(status, &asker, user.to_owned(), filled.next.clone(), errors);

    let mut missing = Vec::new();
    if user.is_empty() {
        missing.push(Error { field: "user", sentence: text.user_code_missing.to_owned(), at_field: true });
    }
    if filled.password.is_empty() {
        missing.push(Error { field: "password", sentence: text.password_missing.to_owned(), at_field: true });
    }
    if !missing.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, missing);
    }
    let whole = |sentence: String| vec![Error { field: "user", sentence, at_field: false }];
    if let Err(wait) = portal.tries.begin(user, asker.network, portal.office.clock.now()) {
        let errors = whole(fill(text.wait_seconds, "n", wait.seconds));
        let after = [(RETRY_AFTER, HeaderValue::from(wait.seconds))];
        return (after, again(StatusCode::TOO_MANY_REQUESTS, errors)).into_response();
    }
    let started = match sign_in(&portal.office, user, &filled.password, Purpose::Operate).await {
        Ok(Some(client)) => session::start(&portal, &client, &asker.agent).await,
        Ok(None) => {
            metrics::counter!("ebirlik_sign_ins_failed_total", "at" => "pages").increment(1);
            return again(StatusCode::UNPROCESSABLE_ENTITY, whole(text.not_recognised.to_owned()));
        }
        Err(fault) => Err(fault),
    };
    let Ok(id) = started else {
        portal.tries.came_to_nothing(user, asker.network);
        return again(StatusCode::SERVICE_UNAVAILABLE, whole(text.sign_in_unavailable.to_owned()));
    };
    portal.tries.succeeded(user, asker.network);
    if let Ok(Some(before)) = &asker.session
        && session::end(&portal, &before.id).await.is_err()
    {
        tracing::warn!("the session before a sign-in could not be ended");
    }
    ([(SET_COOKIE, portal.cookies.keep_session(&id))], Redirect::to(inside(&filled.next))).into_response()
}

/// `POST /sign-out`
pub(crate) async fn end(
    State(portal): State<Arc<Portal>>,
    asker: Asker,
    form: Result<Form<SignOut>, FormRejection>,
) -> Response {
    let Form(sent) = form.unwrap_or_default();
    match &asker.session {
        Ok(None) => {}
        Ok(Some(session)) if !csrf::is_token_of(&session.id, &sent.token) => return notice::stale_form(&asker),
        Ok(Some(session)) => {
            if session::end(&portal, &session.id).await.is_err() {
                return notice::unavailable(&asker);
            }
        }
        Err(_) => return notice::unavailable(&asker),
    }
    ([(SET_COOKIE, portal.cookies.drop_session())], Redirect::to(SIGN_IN)).into_response()
}

fn page(status: StatusCode, asker: &Asker, user: String, next: String, errors: Vec<Error>) -> Response {
    let text = asker.language.texts();
    let title = match errors.as_slice() {
        [] => text.sign_in.to_owned(),
        _ => format!("{}: {}", text.error, text.sign_in),
    };
    html(status, &Page { frame: Frame::of(asker, title), errors, user, next })
}

/// A path on this host, or the start page: nobody is sent to another site after signing in.
fn inside(next: &str) -> &str {
    let on_this_host = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if on_this_host { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    impl Page {
        fn sample(language: Language, errors: Vec<Error>) -> Self {
            let next = "/desk?kod=1SF9&ref=A".to_owned();
            Self { frame: Frame::sample(language, false), errors, user: "gmr\"001".to_owned(), next }
        }
    }

    #[test]
    fn password_managers_find_their_fields() {
        let page = Page::sample(Language::Turkish, Vec::new()).render().unwrap();
        assert!(page.contains(r#"autocomplete="username""#) && page.contains(r#"autocomplete="current-password""#));
        assert!(page.contains(r#"value="gmr&#34;001""#), "what was typed is kept and escaped");
        assert!(page.contains(r#"value="/desk?kod=1SF9&#38;ref=A""#));
        assert!(!page.contains("aria-invalid") && !page.contains("onpaste") && !page.contains("maxlength"));
    }

    #[test]
    fn errors_stand_at_the_top_with_the_focus_and_beside_their_field() {
        let error = |at_field| Error { field: "user", sentence: "Kullanıcı kodunuzu yazın.".to_owned(), at_field };
        let page = Page::sample(Language::Turkish, vec![error(true)]).render().unwrap();
        let (summary, form) = page.split_once("<form class=\"card\"").unwrap();
        assert!(summary.contains(r#"role="alert" tabindex="-1" autofocus"#));
        assert!(summary.contains(r##"<a href="#user">Kullanıcı kodunuzu yazın.</a>"##));
        assert!(form.contains(r#"aria-invalid="true" aria-describedby="user-error""#));
        assert!(!form.contains("autofocus"), "the summary has the focus");
        // An error of the pair is said once, and points at neither as the wrong one.
        let page = Page::sample(Language::Turkish, vec![error(false)]).render().unwrap();
        assert_eq!(page.matches("Kullanıcı kodunuzu yazın.").count(), 1);
        assert!(!page.contains("aria-invalid"));
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        let check = |next: &str, expected: &str| assert_eq!(inside(next), expected, "{next}");
        check("/desk?kod=1SF9-ND6A&ref=%C5%9E", "/desk?kod=1SF9-ND6A&ref=%C5%9E");
        for elsewhere in ["", "desk", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/ş"] {
            check(elsewhere, "/");
        }
    }
}
