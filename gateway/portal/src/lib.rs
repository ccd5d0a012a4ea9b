//! What a person sees: pages in Turkish and English, rendered here, whole without script and quicker with it.
//!
//! A folder is a feature: its handlers and its `page.html`. A handler reads: who asks → what was filled in → ask
//! `operations` → a page or a redirect. This crate knows no message and no statement of SQL.
//!
//! In reading order: `pages` with every address and who may come, `session` (who asks, and for which firm), `access`
//! (may they?), `page` and `menu` (what all pages share), `form` and `list` (what many share), `csrf` (was the form
//! ours?), `text` (sentences in both languages; larger features have their own `words`), then the features.

mod access;
mod account;
mod assets;
mod csrf;
mod desk;
mod firms;
mod form;
mod home;
mod list;
mod menu;
mod notice;
mod page;
mod payments;
mod session;
mod sign_in;
mod staff;
mod status;
mod text;

use access::{FOR_A_FIRM, STAFF, Who};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};
use ebirlik_operations::Office;
use ring::rand::SystemRandom;
use session::Cookies;
use sign_in::tries::Tries;
use std::collections::HashMap;
use std::sync::Arc;

/// The portal's pages. `secure_cookies` wherever people come by HTTPS: their cookies then never travel without it.
///
/// The sender's address is taken from [`axum::extract::ConnectInfo`] of a `SocketAddr` among the request's extensions;
/// without it all senders count as one address when sign-ins are slowed down.
///
/// The router answers what it does not know with a page of its own, so it can stand behind all other routes as
/// their fallback.
pub fn router(office: Arc<Office>, secure_cookies: bool) -> Router {
    let pages = pages();
    let portal = Arc::new(Portal {
        office,
        cookies: Cookies { secure: secure_cookies },
        tries: Tries::default(),
        random: SystemRandom::new(),
        doors: pages.iter().map(|(path, who, _)| (*path, *who)).collect(),
    });
    pages
        .into_iter()
        .fold(Router::new(), |router, (path, _, handlers)| router.route(path, handlers))
        .method_not_allowed_fallback(notice::method_not_allowed)
        .route_layer(middleware::from_fn_with_state(Arc::clone(&portal), access::keep))
        .fallback(notice::not_found)
        .layer(middleware::from_fn_with_state(Arc::clone(&portal), page::guard))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(portal)
}

/// Every page: its address, who may come, its handlers.
fn pages() -> Vec<(&'static str, Who, MethodRouter<Arc<Portal>>)> {
    vec![
        ("/", Who::Anyone, get(home::show)),
        (access::SIGN_IN, Who::Anyone, get(sign_in::show).post(sign_in::submit)),
        ("/sign-out", Who::Anyone, post(sign_in::end)),
        ("/status", Who::Anyone, get(status::show)),
        ("/assets/{file}", Who::Anyone, get(assets::show)),
        ("/desk", Who::Handler, get(desk::show)),
        ("/desk/verdict", Who::Handler, get(desk::show_verdict)),
        (access::FIRMS, Who::SignedIn, get(firms::show).post(firms::choose)),
        ("/account", Who::SignedIn, get(account::show)),
        ("/account/sessions", Who::SignedIn, post(account::end_sessions)),
        ("/payments", Who::Only(FOR_A_FIRM), get(payments::show).post(payments::pay)),
        ("/payments/card/{order}", Who::Only(FOR_A_FIRM), get(payments::show_order).post(payments::go_on)),
        ("/staff", Who::Only(STAFF), get(staff::show)),
        ("/staff/desk", Who::Only(STAFF), get(staff::desk::show)),
        ("/staff/cases", Who::Only(STAFF), get(staff::cases::list)),
        ("/staff/cases/{id}", Who::Only(STAFF), get(staff::cases::show).post(staff::cases::decide)),
        ("/staff/declarations", Who::Only(STAFF), get(staff::declarations::find)),
        ("/staff/declarations/{id}", Who::Only(STAFF), get(staff::declarations::show)),
        (
            "/staff/declarations/{id}/{act}",
            Who::Only(STAFF),
            get(staff::declarations::act::show).post(staff::declarations::act::submit).layer(message_form()),
        ),
        ("/staff/receipts/{number}", Who::Only(STAFF), get(staff::declarations::receipt)),
        (
            "/staff/counter",
            Who::Only(STAFF),
            get(staff::counter::show).post(staff::counter::submit).layer(message_form()),
        ),
        (
            "/staff/bank",
            Who::Only(STAFF),
            get(staff::bank::show)
                .post(staff::bank::import)
                .layer(DefaultBodyLimit::max(staff::STATEMENT_FORM_BYTES_MAX)),
        ),
        ("/staff/bank/{key}", Who::Only(STAFF), get(staff::bank::show_line).post(staff::bank::decide)),
        (
            "/staff/reconciliation",
            Who::Only(STAFF),
            get(staff::reconciliation::show)
                .post(staff::reconciliation::import)
                .layer(DefaultBodyLimit::max(staff::MONTH_FORM_BYTES_MAX)),
        ),
        (
            "/staff/reconciliation/{id}",
            Who::Only(STAFF),
            get(staff::reconciliation::show_row).post(staff::reconciliation::decide),
        ),
        ("/staff/reconciliation/{id}/letter", Who::Only(STAFF), get(staff::reconciliation::letter)),
        ("/staff/search", Who::Only(STAFF), get(staff::search::show)),
    ]
}

/// How much a form may hold that brings a message.
fn message_form() -> DefaultBodyLimit {
    DefaultBodyLimit::max(staff::MESSAGE_FORM_BYTES_MAX)
}

/// What the handlers have at hand.
struct Portal {
    office: Arc<Office>,
    cookies: Cookies,
    tries: Tries,
    /// Where session identifiers come from; the portal draws nothing else.
    random: SystemRandom,
    /// Who may come to each address.
    doors: HashMap<&'static str, Who>,
}

/// Longest form: a user code and a password of the longest that is looked at, percent-encoded, four times over.
const FORM_BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests;
