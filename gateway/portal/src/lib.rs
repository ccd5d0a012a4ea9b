//! What a person sees: pages in Turkish and English, rendered here, whole without script and quicker with it.
//!
//! A folder is a feature: its handlers and its `page.html`. A handler reads: who asks → what was filled in → ask
//! `operations` → a page or a redirect. This crate knows no message and no statement of SQL.
//!
//! In reading order: [`router`] with every address, `page` (what all pages share), `session` (who asks), `csrf`
//! (was the form ours?), `text` (every sentence, in both languages), then the features.

mod assets;
mod csrf;
mod desk;
mod home;
mod notice;
mod page;
mod payments;
mod session;
mod sign_in;
mod status;
mod text;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use ebirlik_operations::Office;
use ring::rand::SystemRandom;
use session::Cookies;
use sign_in::tries::Tries;
use std::sync::Arc;

/// The portal's pages. `secure_cookies` wherever people come by HTTPS: their cookies then never travel without it.
///
/// The sender's address is taken from [`axum::extract::ConnectInfo`] of a `SocketAddr` among the request's extensions;
/// without it all senders count as one address when sign-ins are slowed down.
///
/// The router answers what it does not know with a page of its own, so it can stand behind all other routes as
/// their fallback.
pub fn router(office: Arc<Office>, secure_cookies: bool) -> Router {
    let portal = Arc::new(Portal {
        office,
        cookies: Cookies { secure: secure_cookies },
        tries: Tries::default(),
        random: SystemRandom::new(),
    });
    Router::new()
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::end))
        .route("/desk", get(desk::show))
        .route("/desk/verdict", get(desk::show_verdict))
        .route("/payments", get(payments::show).post(payments::pay))
        .route("/payments/card/{order}", get(payments::show_order).post(payments::go_on))
        .route("/status", get(status::show))
        .route("/assets/{file}", get(assets::show))
        .method_not_allowed_fallback(notice::method_not_allowed)
        .fallback(notice::not_found)
        .layer(middleware::from_fn_with_state(Arc::clone(&portal), page::guard))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(portal)
}

/// What the handlers have at hand.
struct Portal {
    office: Arc<Office>,
    cookies: Cookies,
    tries: Tries,
    /// Where session identifiers come from; the portal draws nothing else.
    random: SystemRandom,
}

/// Longest form: a user code and a password of the longest that is looked at, percent-encoded, four times over.
const FORM_BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests;
