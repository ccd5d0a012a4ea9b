//! Those who sign in: their list, each with what was done to it, locks and roles, and new members of staff.

mod act;
mod new;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use act::{set_locked, set_roles};
pub(crate) use new::{create, show as show_new};

use crate::form::Errors;
use crate::list::{Cell, Column, Field, FieldKind, List, ROWS_MAX, ROWS_OF_A_PAGE, Value, Wish, export};
use crate::page::{Frame, html, role_in_words, roles_in_words_of};
use crate::session::{Asker, Session};
use crate::text::{Language, time};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::Fault;
use ebirlik_operations::users::{self, OF_THE_UNIONS, User};
use ebirlik_operations::{Role, Roles};
use ebirlik_store::client_acts::{DoneAct, ListedClient};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use words::Words;

/// The list.
#[derive(Template)]
#[template(path = "users/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    is_admin: bool,
    list: List,
}

/// One of them.
#[derive(Template)]
#[template(path = "users/user.html")]
struct UserPage {
    frame: Frame,
    words: &'static Words,
    token: String,
    errors: Errors,
    code: String,
    /// Its address.
    address: String,
    facts: Vec<(&'static str, String)>,
    is_locked: bool,
    is_oneself: bool,
    may_lock: bool,
    /// Roles to choose from, each with its name and whether it has it; none where they cannot be changed.
    roles: Vec<(&'static str, &'static str, bool)>,
    secretariats: Vec<(String, bool)>,
    acts: Vec<(String, String, String, String)>,
    reason: String,
}

/// `GET /staff/users`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let words = Words::of(asker.language);
    let is_admin = session.client.roles.has(Role::Admin);
    let columns = columns(words);
    let wish = Wish::of(pairs, &columns);
    let page = if wish.format().is_some() { (ROWS_MAX, 0) } else { (ROWS_OF_A_PAGE, wish.offset()) };
    let filter = (wish.filter("code"), wish.filter("role"), wish.filter("secretariat"));
    let Ok((found, total)) = users::list(&portal.office, &session.client, filter, page).await else {
        return notice::unavailable(&asker);
    };
    let rows = found.into_iter().map(|row| cells(row, words, asker.language)).collect();
    if let Some(format) = wish.format() {
        return export(&asker, format, ("users", words.title.to_owned()), &columns, rows, &wish).await;
    }
    let field = |name, label, kind| Field { name, label, kind, value: wish.filter(name).to_owned(), error: None };
    let roles =
        Role::ALL.map(|role| (role.as_str().to_owned(), role_in_words(role, asker.language.texts()).to_owned()));
    let mut fields =
        vec![field("code", words.code, FieldKind::Text), field("role", words.role, FieldKind::Choice(roles.to_vec()))];
    if is_admin {
        let codes = secretariats(&portal).into_iter().map(|code| (code.clone(), code)).collect();
        fields.push(field("secretariat", words.secretariat, FieldKind::Choice(codes)));
    }
    let titles = (words.title, words.none);
    let list = List::new((asker.language, "/staff/users"), titles, (&columns, fields), (rows, total), wish);
    html(StatusCode::OK, &Page { frame: Frame::of(&asker, words.title), words, is_admin, list })
}

/// `GET /staff/users/{code}`
pub(crate) async fn show_user(State(portal): State<Arc<Portal>>, asker: Asker, Path(code): Path<String>) -> Response {
    user_page(&portal, &asker, &code, Errors::default(), String::new()).await
}

/// A user's page, with what was wrong with an act.
async fn user_page(portal: &Portal, asker: &Asker, code: &str, errors: Errors, reason: String) -> Response {
    let Ok(Some(session)) = &asker.session else { return notice::unavailable(asker) };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    match users::find(&portal.office, &session.client, code).await {
        Ok(Some(user)) => html(status, &UserPage::of(portal, asker, session, user, (errors, reason))),
        Ok(None) => notice::not_found(asker.clone()).await,
        Err(Fault::Unavailable | Fault::Busy | Fault::NoBulletin) => notice::unavailable(asker),
    }
}

impl UserPage {
    fn of(portal: &Portal, asker: &Asker, session: &Session, user: User, (errors, reason): (Errors, String)) -> Self {
        let (words, client) = (Words::of(asker.language), &session.client);
        let User { row, acts } = user;
        let has = Roles::parse(&row.roles).unwrap_or_default();
        let named = |role: Role| (role.as_str(), role_in_words(role, asker.language.texts()), has.has(role));
        let roles = if users::may_set_roles(client, &row) { OF_THE_UNIONS.map(named).to_vec() } else { Vec::new() };
        let is_locked = row.locked == 1;
        let all = [
            (words.name, row.name.clone()),
            (words.role, roles_in_words_of(&row.roles, asker.language.texts()).join(", ")),
            (words.firm, firm(&row)),
            (words.secretariat, row.secretariat.clone()),
            (words.state, if is_locked { words.locked } else { words.open }.to_owned()),
        ];
        Self {
            frame: Frame::of(asker, errors.title(words.title, asker.language)),
            token: session.token(),
            address: address(&row.code),
            facts: all.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            is_oneself: row.code == client.code,
            may_lock: users::may_lock(client, &row),
            secretariats: secretariats(portal)
                .into_iter()
                .map(|code| (code.clone(), code == row.secretariat))
                .collect(),
            acts: acts.into_iter().map(|act| told(act, words, asker.language)).collect(),
            code: row.code,
            is_locked,
            roles,
            reason,
            errors,
            words,
        }
    }
}

/// Where a user is looked at.
fn address(code: &str) -> String {
    format!("/staff/users/{}", utf8_percent_encode(code, NON_ALPHANUMERIC))
}

fn secretariats(portal: &Portal) -> Vec<String> {
    portal.office.rules().secretariats.keys().cloned().collect()
}

fn columns(words: &Words) -> Vec<Column> {
    let column = |key, head, width| Column { key, head, width, figures: false, sorts: false };
    vec![
        column("code", words.code, 24),
        column("name", words.name, 24),
        column("role", words.role, 24),
        column("firm", words.firm, 40),
        column("secretariat", words.secretariat, 16),
        column("state", words.state, 12),
    ]
}

fn cells(row: ListedClient, words: &Words, language: Language) -> Vec<Cell> {
    let state = if row.locked == 1 {
        Value::Tag("bad", words.locked.to_owned())
    } else {
        Value::Tag("good", words.open.to_owned())
    };
    let link = (!row.firm.is_empty()).then(|| format!("/staff/firms/{}", row.firm));
    vec![
        Cell { value: Value::Code(row.code.clone()), link: Some(address(&row.code)) },
        Value::Text(row.name.clone()).into(),
        Value::Text(roles_in_words_of(&row.roles, language.texts()).join(", ")).into(),
        Cell { value: Value::Text(firm(&row)), link },
        Value::Code(row.secretariat).into(),
        state.into(),
    ]
}

fn firm(row: &ListedClient) -> String {
    if row.firm.is_empty() { String::new() } else { format!("{} · {}", row.title, row.firm) }
}

/// When, what, by whom, why.
fn told(act: DoneAct, words: &Words, language: Language) -> (String, String, String, String) {
    let at = Timestamp::from_microsecond(act.done_at).map(time).unwrap_or_default();
    let what = match act.kind.as_str() {
        "created" => words.was_created,
        "locked" => words.was_locked,
        "unlocked" => words.was_unlocked,
        _ => words.was_changed,
    };
    let detail: Vec<String> = detail_of(&act.detail, language);
    let what = if detail.is_empty() { what.to_owned() } else { format!("{what} ({})", detail.join("; ")) };
    (at, what, act.done_by, act.reason)
}

/// Roles and secretariat out of an act's detail: `{"roles":"staff","secretariat":"IMMIB"}`.
fn detail_of(detail: &str, language: Language) -> Vec<String> {
    let value = |name: &str| {
        let (_, rest) = detail.split_once(&format!("\"{name}\":\""))?;
        rest.split('"').next().filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let roles = value("roles").map(|roles| roles_in_words_of(&roles, language.texts()).join(", "));
    roles.into_iter().chain(value("secretariat")).collect()
}
