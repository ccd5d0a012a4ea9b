//! Who signs in for a firm, people and programs (P-4.13.1, P-5.7.1).

use crate::page::{Frame, html, roles_in_words};
use crate::text::words;
use crate::visitor::Visitor;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_operations::{Client, Roles};
use std::sync::Arc;

/// The users of a firm.
#[derive(Template)]
#[template(path = "firm_users/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    rows: Vec<Row>,
}

/// A user.
struct Row {
    code: String,
    name: String,
    phone: String,
    roles: String,
    locked: bool,
}

/// `GET /users`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    let words = Words::of(asker.language);
    let Ok(people) = portal.office.store.list_people_of(&session.client.firm).await else {
        return notice::unavailable(&asker);
    };
    let rows = people.into_iter().map(|person| {
        let roles = Roles::parse(&person.roles).unwrap_or_default();
        let client = Client { roles, ..session.client.clone() };
        Row {
            code: person.code,
            name: person.name,
            phone: person.phone,
            roles: roles_in_words(&client, asker.language.texts()).join(", "),
            locked: person.locked == 1,
        }
    });
    html(StatusCode::OK, &Page { rows: rows.collect(), frame: Frame::of(&asker, words.title), words })
}

words! {
    Words;
    title: "Kullanıcılar", "Users";
    lede: "Firmanız adına oturum açan kişiler ve programlar. Tanımadığınız biri varsa genel sekreterliğinizi arayın.", "People and programs that sign in for your firm. If you do not know one of them, call your general secretariat.";
    none: "Kayıtlı kullanıcı yok.", "No user is recorded.";
    code: "Kullanıcı", "User";
    name: "Ad soyad", "Name";
    phone: "Cep telefonu", "Mobile number";
    roles: "Roller", "Roles";
    state: "Durum", "State";
    active: "Etkin", "Active";
    locked: "Kilitli", "Locked";
    program: "Program", "Program";
}
