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

pub use contact::{Contact, Site};

use access::{
    ADMIN, EXPORTERS, FIRMS_THEMSELVES, FOR_A_FIRM, OF_A_SECRETARIAT, OF_BROKERS, OF_EXPORTERS, OF_THE_UNIONS, Who,
};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};
use ebirlik_operations::Office;
use ebirlik_operations::uploads::FILE_BYTES_MAX;
use form::{FILES_AT_A_TIME, FORM_WITH_FILE_BYTES_MAX};
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

/// Every page: its address, who may come, its handlers.
fn pages() -> Vec<(&'static str, Who, MethodRouter<Arc<Portal>>)> {
    vec![
        ("/", Who::Anyone, get(home::show)),
        (access::SIGN_IN, Who::Anyone, get(sign_in::show).post(sign_in::submit)),
        ("/sign-out", Who::Anyone, post(sign_in::end)),
        ("/status", Who::Anyone, get(status::show)),
        ("/check", Who::Anyone, get(check::show)),
        ("/assets/{file}", Who::Anyone, get(assets::show)),
        ("/desk", Who::Handler, get(desk::show)),
        ("/desk/verdict", Who::Handler, get(desk::show_verdict)),
        (
            "/desk/list",
            Who::Handler,
            get(desk::list::show)
                .merge(post(desk::list::check).layer(DefaultBodyLimit::max(desk::list::LIST_BYTES_MAX))),
        ),
        ("/desk/scanner", Who::Handler, get(desk::scanner::show)),
        (access::FIRMS, Who::SignedIn, get(firms::show).post(firms::choose)),
        ("/account", Who::SignedIn, get(account::show)),
        ("/account/sessions", Who::SignedIn, post(account::end_sessions)),
        ("/account/payment-password", Who::SignedIn, get(password::show_payment).post(password::choose_payment)),
        ("/account/payment-password/done", Who::SignedIn, get(password::show_payment_done)),
        ("/signup", Who::Anyone, get(signup::choose)),
        ("/signup/{kind}", Who::Anyone, get(signup::show_firm)),
        ("/signup/{kind}/person", Who::Anyone, get(signup::show_person).post(signup::begin)),
        ("/signup/waiting/{handle}", Who::Anyone, get(signup::wait).post(signup::mail_again)),
        (
            "/application/{token}",
            Who::Anyone,
            get(application::show).post(application::upload).layer(DefaultBodyLimit::max(FILES_BYTES_MAX)),
        ),
        ("/application/{token}/send", Who::Anyone, post(application::submit)),
        ("/password/{token}", Who::Anyone, get(password::show).post(password::choose)),
        ("/password/done", Who::Anyone, get(password::show_done)),
        ("/forgotten", Who::Anyone, get(password::show_forgotten).post(password::ask_for_link)),
        ("/forgotten/sent", Who::Anyone, get(password::show_sent)),
        ("/mailbox", Who::Anyone, get(mailbox::show)),
        ("/mailbox/{id}", Who::Anyone, get(mailbox::download)),
        ("/staff/applications", Who::Only(OF_A_SECRETARIAT), get(applications::show)),
        (
            "/staff/applications/{id}",
            Who::Only(OF_A_SECRETARIAT),
            get(applications::show_one).post(applications::decide),
        ),
        ("/staff/applications/{id}/{paper}", Who::Only(OF_A_SECRETARIAT), get(applications::download)),
        ("/overview", Who::Only(EXPORTERS), get(overview::show)),
        ("/declarations", Who::Only(FOR_A_FIRM), get(declarations::show)),
        (
            "/declarations/new",
            Who::Only(FOR_A_FIRM),
            get(declarations::send::show)
                .post(declarations::send::submit)
                .layer(DefaultBodyLimit::max(declarations::send::FORM_BYTES_MAX)),
        ),
        (
            "/declarations/new/form",
            Who::Only(FOR_A_FIRM),
            get(declarations::fill::show)
                .post(declarations::fill::submit)
                .layer(DefaultBodyLimit::max(declarations::fill::FORM_BYTES_MAX)),
        ),
        ("/declarations/{id}", Who::Only(FOR_A_FIRM), get(declarations::detail::show)),
        (
            "/declarations/{id}/withdraw",
            Who::Only(FOR_A_FIRM),
            get(declarations::withdraw::show).post(declarations::withdraw::submit),
        ),
        ("/declarations/{id}/receipts/{number}", Who::Only(FOR_A_FIRM), get(declarations::detail::receipt)),
        ("/staff/tables", Who::Only(OF_THE_UNIONS), get(tables::show)),
        ("/staff/tables/{table}", Who::Only(OF_THE_UNIONS), get(tables::show_table)),
        ("/staff/tables/{table}/propose", Who::Only(OF_THE_UNIONS), get(tables::show_form).post(tables::submit)),
        ("/staff/changes/{id}", Who::Only(OF_THE_UNIONS), get(tables::show_change)),
        ("/staff/changes/{id}/confirm", Who::Only(OF_THE_UNIONS), post(tables::confirm)),
        ("/staff/changes/{id}/refuse", Who::Only(OF_THE_UNIONS), post(tables::refuse)),
        ("/staff/changes/{id}/withdraw", Who::Only(OF_THE_UNIONS), post(tables::withdraw)),
        ("/staff/memberships", Who::Only(OF_THE_UNIONS), get(tables::show_memberships)),
        ("/staff/firms/{tax_no}", Who::Only(OF_THE_UNIONS), get(firm_card::show)),
        ("/staff/users", Who::Only(OF_THE_UNIONS), get(users::show)),
        ("/staff/users/new", Who::Only(ADMIN), get(users::show_new).post(users::create)),
        ("/staff/users/{code}", Who::Only(OF_THE_UNIONS), get(users::show_user)),
        ("/staff/users/{code}/lock", Who::Only(OF_THE_UNIONS), post(users::set_locked)),
        ("/staff/users/{code}/roles", Who::Only(ADMIN), post(users::set_roles)),
        ("/payments", Who::Only(FOR_A_FIRM), get(payments::show).post(payments::pay)),
        ("/payments/check", Who::Only(FOR_A_FIRM), get(payments::check)),
        ("/payments/done", Who::Only(FOR_A_FIRM), get(payments::show_done)),
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
        ("/staff/powers", Who::Only(OF_A_SECRETARIAT), get(powers::staff::show)),
        (
            "/staff/powers/{id}",
            Who::Only(OF_A_SECRETARIAT),
            get(powers::staff::show_application).post(powers::staff::decide_application),
        ),
        ("/staff/powers/{id}/paper", Who::Only(OF_A_SECRETARIAT), get(powers::application::show_paper)),
        (
            "/staff/powers/held/{key}",
            Who::Only(OF_A_SECRETARIAT),
            get(powers::staff::show_held).post(powers::staff::end),
        ),
        ("/memberships", Who::Only(OF_EXPORTERS), get(memberships::show)),
        ("/membership-application", Who::Only(OF_BROKERS), get(memberships::apply)),
        ("/users", Who::Only(FIRMS_THEMSELVES), get(firm_users::show)),
        ("/contact", Who::Anyone, get(contact::show)),
        ("/payments/card/{order}", Who::Only(FOR_A_FIRM), get(payments::show_order).post(payments::go_on)),
        ("/accounts", Who::Only(FOR_A_FIRM), get(accounts::show)),
        ("/accounts/{account}", Who::Only(FOR_A_FIRM), get(accounts::show_movements)),
        ("/accounts/{account}/statement", Who::Only(FOR_A_FIRM), get(accounts::statement)),
        ("/accounts/{account}/choice", Who::Only(FOR_A_FIRM), get(accounts::show_choice).post(accounts::keep)),
        ("/receipts", Who::Only(FOR_A_FIRM), get(receipts::show)),
        ("/receipts/papers", Who::Only(FOR_A_FIRM), get(receipts::papers)),
        ("/receipts/{number}", Who::Only(FOR_A_FIRM), get(receipts::show_one)),
        ("/receipts/{number}/paper", Who::Only(FOR_A_FIRM), get(receipts::paper)),
        ("/staff", Who::Only(OF_A_SECRETARIAT), get(staff::show)),
        ("/staff/desk", Who::Only(OF_A_SECRETARIAT), get(staff::desk::show)),
        ("/staff/cases", Who::Only(OF_A_SECRETARIAT), get(staff::cases::list)),
        ("/staff/cases/{id}", Who::Only(OF_A_SECRETARIAT), get(staff::cases::show).post(staff::cases::decide)),
        ("/staff/declarations", Who::Only(OF_A_SECRETARIAT), get(staff::declarations::find)),
        ("/staff/declarations/{id}", Who::Only(OF_A_SECRETARIAT), get(staff::declarations::show)),
        (
            "/staff/declarations/{id}/{act}",
            Who::Only(OF_A_SECRETARIAT),
            get(staff::declarations::act::show).post(staff::declarations::act::submit).layer(message_form()),
        ),
        ("/staff/receipts/{number}", Who::Only(OF_A_SECRETARIAT), get(staff::declarations::receipt)),
        (
            "/staff/counter",
            Who::Only(OF_A_SECRETARIAT),
            get(staff::counter::show).post(staff::counter::submit).layer(message_form()),
        ),
        (
            "/staff/bank",
            Who::Only(OF_A_SECRETARIAT),
            get(staff::bank::show)
                .post(staff::bank::import)
                .layer(DefaultBodyLimit::max(staff::STATEMENT_FORM_BYTES_MAX)),
        ),
        ("/staff/bank/{key}", Who::Only(OF_A_SECRETARIAT), get(staff::bank::show_line).post(staff::bank::decide)),
        (
            "/staff/reconciliation",
            Who::Only(OF_A_SECRETARIAT),
            get(staff::reconciliation::show)
                .post(staff::reconciliation::import)
                .layer(DefaultBodyLimit::max(staff::MONTH_FORM_BYTES_MAX)),
        ),
        (
            "/staff/reconciliation/{id}",
            Who::Only(OF_A_SECRETARIAT),
            get(staff::reconciliation::show_row).post(staff::reconciliation::decide),
        ),
        ("/staff/reconciliation/{id}/letter", Who::Only(OF_A_SECRETARIAT), get(staff::reconciliation::letter)),
        ("/staff/search", Who::Only(OF_A_SECRETARIAT), get(staff::search::show)),
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

/// A form with two files; one that is somewhat too large is read to its end, so that its sender hears why.
const FILES_BYTES_MAX: usize = 4 * FILE_BYTES_MAX;
/// Forms with files at a time: 160 MB of memory at most.
const UPLOADS_AT_ONCE: usize = 16;

#[cfg(test)]
pub(crate) mod tests;
