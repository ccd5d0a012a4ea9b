//! What a person sees: pages in Turkish and English, rendered here, whole without script and quicker with it.
//!
//! A folder is a feature: its handlers and its `page.html`. A handler reads: who asks → what was filled in → ask
//! `operations` → a page or a redirect. This crate knows no message and no statement of SQL.
//!
//! In reading order: `pages` with every address and who may come, `session` (who asks, and for which firm), `access`
//! (may they?), `page` and `menu` (what all pages share), `form`, `list` and `papers` (what many share), `csrf` (was the form
//! ours?), `text` (sentences in both languages; larger features have their own `words`), then the features.

mod access;
mod account;
mod accounts;
mod application;
mod applications;
mod assets;
mod check;
mod contact;
mod csrf;
mod declarations;
mod desk;
mod firm_card;
mod firm_users;
mod firms;
mod form;
mod home;
mod list;
mod mailbox;
mod memberships;
mod menu;
mod notice;
mod overview;
mod page;
mod pages;
mod papers;
mod password;
mod payments;
mod powers;
mod receipts;
mod session;
mod sign_in;
mod signup;
mod staff;
mod status;
mod tables;
mod text;
mod users;
mod visitor;

pub use contact::{Contact, Site};

use access::Who;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use ebirlik_operations::Office;
use form::FILES_AT_A_TIME;
use pages::pages;
use ring::rand::SystemRandom;
use session::Cookies;
use sign_in::tries::Tries;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The portal's pages. `secure_cookies` wherever people come by HTTPS: their cookies then never travel without it.
///
/// The sender's address is taken from [`axum::extract::ConnectInfo`] of a `SocketAddr` among the request's extensions;
/// without it all senders count as one address when sign-ins are slowed down.
///
/// The router answers what it does not know with a page of its own, so it can stand behind all other routes as
/// their fallback.
pub fn router(office: Arc<Office>, secure_cookies: bool, site: Site) -> Router {
    let pages = pages();
    let portal = Arc::new(Portal {
        office,
        cookies: Cookies { secure: secure_cookies },
        tries: Tries::default(),
        random: SystemRandom::new(),
        uploads: Semaphore::new(UPLOADS_AT_ONCE),
        site,
        files: Arc::new(Semaphore::new(FILES_AT_A_TIME)),
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

/// What the handlers have at hand.
struct Portal {
    office: Arc<Office>,
    cookies: Cookies,
    tries: Tries,
    /// Where session identifiers and first passwords come from; the portal draws nothing else.
    random: SystemRandom,
    /// Forms with files that are taken in at a time.
    uploads: Semaphore,
    /// Addresses of this installation that pages show.
    site: Site,
    /// Places for forms with files: each may take five megabytes.
    files: Arc<Semaphore>,
    /// Who may come to each address.
    doors: HashMap<&'static str, Who>,
}

/// Longest form: a user code and a password of the longest that is looked at, percent-encoded, four times over.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// Forms with files at a time: 160 MB of memory at most.
const UPLOADS_AT_ONCE: usize = 16;

#[cfg(test)]
pub(crate) mod tests;
