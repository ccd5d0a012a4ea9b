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
mod contact;
mod csrf;
mod desk;
mod firms;
mod form;
mod home;
mod list;
mod memberships;
mod menu;
mod notice;
mod page;
mod payments;
mod powers;
mod session;
mod sign_in;
mod status;
mod text;
mod firm_users;

pub use contact::{Contact, Site};

use access::{EXPORTERS, FIRMS_THEMSELVES, FOR_A_FIRM, OF_BROKERS, OF_EXPORTERS, STAFF, Who};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};
use ebirlik_operations::Office;
use form::sent::{FILES_AT_A_TIME, FORM_WITH_FILE_BYTES_MAX};
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
        ("/powers", Who::Only(FIRMS_THEMSELVES), get(powers::show)),
        ("/powers/new", Who::Only(FIRMS_THEMSELVES), get(powers::new::show).post(powers::new::choose)),
        (
            "/powers/new/{tax_no}",
            Who::Only(FIRMS_THEMSELVES),
            get(powers::new::show_terms).post(powers::new::take).layer(DefaultBodyLimit::max(FORM_WITH_FILE_BYTES_MAX)),
        ),
        (
            "/powers/applications/{id}",
            Who::Only(FIRMS_THEMSELVES),
            get(powers::application::show).post(powers::application::act),
        ),
        ("/powers/applications/{id}/paper", Who::Only(FIRMS_THEMSELVES), get(powers::application::show_paper)),
        ("/powers/held/{key}", Who::Only(FIRMS_THEMSELVES), get(powers::held::show).post(powers::held::end)),
        ("/powers/brokers/{tax_no}", Who::Only(EXPORTERS), post(powers::held::stop)),
        ("/powers/activity", Who::Only(EXPORTERS), get(powers::activity::show)),
        ("/staff/powers", Who::Only(STAFF), get(powers::staff::show)),
        (
            "/staff/powers/{id}",
            Who::Only(STAFF),
            get(powers::staff::show_application).post(powers::staff::decide_application),
        ),
        ("/staff/powers/{id}/paper", Who::Only(STAFF), get(powers::application::show_paper)),
        ("/staff/powers/held/{key}", Who::Only(STAFF), get(powers::staff::show_held).post(powers::staff::end)),
        ("/memberships", Who::Only(OF_EXPORTERS), get(memberships::show)),
        ("/membership-application", Who::Only(OF_BROKERS), get(memberships::apply)),
        ("/users", Who::Only(FIRMS_THEMSELVES), get(firm_users::show)),
        ("/contact", Who::Anyone, get(contact::show)),
        ("/payments/card/{order}", Who::Only(FOR_A_FIRM), get(payments::show_order).post(payments::go_on)),
    ]
}

/// What the handlers have at hand.
struct Portal {
    office: Arc<Office>,
    cookies: Cookies,
    tries: Tries,
    /// Where session identifiers come from; the portal draws nothing else.
    random: SystemRandom,
    /// Addresses of this installation that pages show.
    site: Site,
    /// Places for forms with files: each may take five megabytes.
    files: Arc<Semaphore>,
    /// Who may come to each address.
    doors: HashMap<&'static str, Who>,
}

/// Longest form: a user code and a password of the longest that is looked at, percent-encoded, four times over.
const FORM_BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests;
