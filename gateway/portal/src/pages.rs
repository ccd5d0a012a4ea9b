//! Every page: its address, who may come, its handlers. What is not here is not answered.

use crate::Portal;
use crate::access::{
    self, ADMIN, EXPORTERS, FIRMS_THEMSELVES, FOR_A_FIRM, OF_A_SECRETARIAT, OF_BROKERS, OF_EXPORTERS, OF_THE_UNIONS,
    Who,
};
use crate::form::FORM_WITH_FILE_BYTES_MAX;
use crate::{
    account, accounts, application, applications, assets, check, contact, declarations, desk, firm_card, firm_users,
    firms, home, mailbox, memberships, overview, password, payments, powers, receipts, session, sign_in, signup, staff,
    status, tables, users,
};
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use ebirlik_operations::uploads::FILE_BYTES_MAX;
use std::sync::Arc;

/// An address, who may come, its handlers.
pub(crate) type Page = (&'static str, Who, MethodRouter<Arc<Portal>>);

/// All of them.
pub(crate) fn pages() -> Vec<Page> {
    [everybody(), people(), for_firms(), for_staff(), registers()].into_iter().flatten().collect()
}

/// What everybody may see, and the desk of customs.
fn everybody() -> Vec<Page> {
    vec![
        ("/", Who::Anyone, get(home::show)),
        (access::SIGN_IN, Who::Anyone, get(sign_in::show).post(sign_in::submit)),
        ("/sign-out", Who::Anyone, post(sign_in::end)),
        ("/status", Who::Anyone, get(status::show)),
        ("/check", Who::Anyone, get(check::show)),
        ("/check/list", Who::Anyone, get(check::list::show)),
        ("/assets/{file}", Who::Anyone, get(assets::show)),
        ("/desk", Who::Handler, get(desk::show)),
        ("/desk/verdict", Who::Handler, get(desk::show_verdict)),
        (
            "/desk/list",
            Who::Handler,
            get(desk::list::show)
                .merge(post(desk::list::check).layer(DefaultBodyLimit::max(desk::list::LIST_BYTES_MAX))),
        ),
        ("/desk/decisions", Who::Handler, post(desk::decisions::take)),
        ("/desk/scanner", Who::Handler, get(desk::scanner::show)),
        ("/contact", Who::Anyone, get(contact::show)),
    ]
}

/// Signing up, passwords, one's own account, and for whom one acts.
fn people() -> Vec<Page> {
    vec![
        (access::FIRMS, Who::SignedIn, get(firms::show).post(firms::choose)),
        ("/session", Who::SignedIn, get(session::renew)),
        ("/account", Who::SignedIn, get(account::show)),
        ("/account/sessions", Who::SignedIn, post(account::end_sessions)),
        ("/account/password", Who::SignedIn, get(password::show_own).post(password::choose_own)),
        ("/account/password/done", Who::SignedIn, get(password::show_own_done)),
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
        ("/application/{token}/extend", Who::Anyone, post(application::put_off)),
        ("/application/{token}/send", Who::Anyone, post(application::submit)),
        ("/password/{token}", Who::Anyone, get(password::show).post(password::choose)),
        ("/password/done", Who::Anyone, get(password::show_done)),
        ("/forgotten", Who::Anyone, get(password::show_forgotten).post(password::ask_for_link)),
        ("/forgotten/sent", Who::Anyone, get(password::show_sent)),
        ("/mailbox", Who::Anyone, get(mailbox::show)),
        ("/mailbox/{id}", Who::Anyone, get(mailbox::download)),
    ]
}

/// What exporters and brokers do.
fn for_firms() -> Vec<Page> {
    vec![
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
        ("/memberships", Who::Only(OF_EXPORTERS), get(memberships::show)),
        ("/membership-application", Who::Only(OF_BROKERS), get(memberships::apply)),
        ("/users", Who::Only(FIRMS_THEMSELVES), get(firm_users::show)),
        ("/payments/card/{order}", Who::Only(FOR_A_FIRM), get(payments::show_order).post(payments::go_on)),
        ("/accounts", Who::Only(FOR_A_FIRM), get(accounts::show)),
        ("/accounts/{account}", Who::Only(FOR_A_FIRM), get(accounts::show_movements)),
        ("/accounts/{account}/statement", Who::Only(FOR_A_FIRM), get(accounts::statement)),
        ("/accounts/{account}/choice", Who::Only(FOR_A_FIRM), get(accounts::show_choice).post(accounts::keep)),
        ("/receipts", Who::Only(FOR_A_FIRM), get(receipts::show)),
        ("/receipts/papers", Who::Only(FOR_A_FIRM), get(receipts::papers)),
        ("/receipts/{number}", Who::Only(FOR_A_FIRM), get(receipts::show_one)),
        ("/receipts/{number}/paper", Who::Only(FOR_A_FIRM), get(receipts::paper)),
    ]
}

/// What waits for a secretariat's staff, and what they do.
fn for_staff() -> Vec<Page> {
    vec![
        ("/staff/applications", Who::Only(OF_A_SECRETARIAT), get(applications::show)),
        (
            "/staff/applications/{id}",
            Who::Only(OF_A_SECRETARIAT),
            get(applications::show_one).post(applications::decide),
        ),
        ("/staff/applications/{id}/{paper}", Who::Only(OF_A_SECRETARIAT), get(applications::download)),
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

/// The registers and tables of the unions, and who signs in.
fn registers() -> Vec<Page> {
    vec![
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
    ]
}

/// A form with two files; one that is somewhat too large is read to its end, so that its sender hears why.
const FILES_BYTES_MAX: usize = 4 * FILE_BYTES_MAX;

/// How much a form may hold that brings a message.
fn message_form() -> DefaultBodyLimit {
    DefaultBodyLimit::max(staff::MESSAGE_FORM_BYTES_MAX)
}
