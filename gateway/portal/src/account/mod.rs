//! One's own account: who one is, and the sessions that are open, to end those that one does not know.

use crate::page::{Frame, html, roles_in_words};
use crate::session::{self, Asker, Session};
use crate::text::{time, words};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice, password};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// The account's page.
#[derive(Template)]
#[template(path = "account/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    token: String,
    code: String,
    /// Name and mobile number; programs have none.
    profile: Option<(String, String)>,
    roles: Vec<&'static str>,
    sessions: Vec<Row>,
    /// Whether it has a second password.
    pays: bool,
}

/// One session.
struct Row {
    /// Its name for the form: a digest, never the identifier.
    name: String,
    agent: String,
    started: String,
    seen: String,
    /// The one that asks.
    here: bool,
}

/// What the form sends: the session to end; empty ends all others.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ended {
    session: String,
}

/// `GET /account`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    match Page::of(&portal, &asker, &session).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /account/sessions`
pub(crate) async fn end_sessions(
    State(portal): State<Arc<Portal>>,
    Posted(asker, session, sent): Posted<Ended>,
) -> Response {
    match end(&portal, &session, &sent.session).await {
        Ok(()) => Redirect::to("/account").into_response(),
        Err(_) => notice::unavailable(&asker),
    }
}

async fn end(portal: &Portal, session: &Session, name: &str) -> Result<(), Fault> {
    let (store, client) = (&portal.office.store, &session.client.code);
    if name.is_empty() {
        return Ok(store.end_other_sessions(client, &session.id.digest()).await?);
    }
    let open = session::list(portal, &session.client).await?;
    match open.iter().find(|open| session::hex(&open.id_hash) == name) {
        Some(open) => Ok(store.end_session_of(client, &open.id_hash).await?),
        None => Ok(()),
    }
}

impl Page {
    async fn of(portal: &Portal, asker: &Asker, session: &Session) -> Result<Self, Fault> {
        let words = Words::of(asker.language);
        let here = session.id.digest();
        let at = |micros| Timestamp::from_microsecond(micros).map(time).unwrap_or_default();
        let sessions = session::list(portal, &session.client).await?.into_iter().map(|open| Row {
            here: open.id_hash == here,
            name: session::hex(&open.id_hash),
            started: at(open.started_at),
            seen: at(open.seen_at),
            agent: open.agent,
        });
        Ok(Self {
            sessions: sessions.collect(),
            profile: portal.office.store.find_profile(&session.client.code).await?,
            roles: roles_in_words(&session.client, asker.language.texts()),
            pays: password::pays(&session.client),
            code: session.client.code.clone(),
            token: session.token(),
            frame: Frame::of(asker, words.title),
            words,
        })
    }
}

words! {
    Words;
    title: "Hesabım", "My account";
    password: "Şifreyi değiştir", "Change the password";
    payment_password: "Ödeme şifresini belirle", "Set the payment password";
    name: "Ad soyad", "Name";
    phone: "Cep telefonu", "Mobile number";
    sessions: "Açık oturumlar", "Open sessions";
    about: "Tanımadığınız bir oturum varsa kapatın ve şifrenizi değiştirin.", "If there is a session that you do not know, end it and change your password.";
    browser: "Tarayıcı", "Browser";
    unknown: "Bilinmiyor", "Unknown";
    started: "Açılış", "Started";
    seen: "Son kullanım", "Last used";
    this_one: "Bu oturum", "This session";
    act: "İşlem", "Action";
    end: "Kapat", "End";
    end_others: "Diğer oturumların hepsini kapat", "End all other sessions";
}
