//! A new member of staff, officer or administrator: the form, and the first password, shown once.

use super::act::{Sent, told};
use super::secretariats;
use super::words::Words;
use crate::form::Errors;
use crate::page::{Frame, html, role_in_words};
use crate::session::{Asker, Session};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::Fault;
use ebirlik_operations::users::{self, OF_THE_UNIONS, Refused};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;

/// The form.
#[derive(Template)]
#[template(path = "users/new.html")]
struct NewPage {
    frame: Frame,
    words: &'static Words,
    token: String,
    errors: Errors,
    code: String,
    roles: Vec<(&'static str, &'static str, bool)>,
    secretariats: Vec<(String, bool)>,
    reason: String,
}

/// Who was made, and the password.
#[derive(Template)]
#[template(path = "users/made.html")]
struct MadePage {
    frame: Frame,
    words: &'static Words,
    code: String,
    password: String,
}

/// `GET /staff/users/new`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    html(StatusCode::OK, &NewPage::of(&portal, &asker, &session, &Sent::default(), Errors::default()))
}

/// `POST /staff/users/new`: the page with the password is the answer itself, since nothing keeps the password.
pub(crate) async fn create(
    State(portal): State<Arc<Portal>>,
    Posted(asker, session, pairs): Posted<Vec<(String, String)>>,
) -> Response {
    let sent = Sent::of(pairs);
    let Ok(password) = draw_password(&portal.random) else { return notice::unavailable(&asker) };
    let made = users::create(
        &portal.office,
        &session.client,
        (&sent.code, password.clone()),
        (&sent.roles, &sent.secretariat),
        &sent.reason,
    );
    match made.await {
        Ok(Ok(())) => {
            let words = Words::of(asker.language);
            let frame = Frame::of(&asker, words.made_title);
            html(StatusCode::OK, &MadePage { frame, words, code: sent.code, password })
        }
        Ok(Err(Refused::NotAllowed)) => notice::not_allowed(&asker),
        Ok(Err(refused)) => {
            let errors = told(refused, asker.language);
            html(StatusCode::UNPROCESSABLE_ENTITY, &NewPage::of(&portal, &asker, &session, &sent, errors))
        }
        Err(_) => notice::unavailable(&asker),
    }
}

impl NewPage {
    fn of(portal: &Portal, asker: &Asker, session: &Session, sent: &Sent, errors: Errors) -> Self {
        let words = Words::of(asker.language);
        let named = |role: ebirlik_operations::Role| {
            (role.as_str(), role_in_words(role, asker.language.texts()), sent.roles.contains(&role))
        };
        let chosen = |code: String| (code.clone(), code == sent.secretariat);
        Self {
            frame: Frame::of(asker, errors.title(words.new_title, asker.language)),
            token: session.token(),
            roles: OF_THE_UNIONS.map(named).to_vec(),
            secretariats: secretariats(portal).into_iter().map(chosen).collect(),
            code: sent.code.clone(),
            reason: sent.reason.clone(),
            errors,
            words,
        }
    }
}

/// Sixteen letters and digits that nobody can foresee, 80 bits, in fours: to be typed from paper once.
fn draw_password(random: &SystemRandom) -> Result<String, Fault> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).map_err(|_| {
        tracing::error!("the system gives no randomness; nobody new can be made");
        Fault::Unavailable
    })?;
    let letters = bytes.map(|byte| char::from(*LETTERS.get(usize::from(byte & 31)).unwrap_or(&b'x')));
    let fours: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    Ok(fours.join("-"))
}

/// Without those that look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

#[cfg(test)]
mod password_tests {
    use super::*;

    #[test]
    fn a_first_password_is_typed_from_paper() {
        let (one, other) = (draw_password(&SystemRandom::new()), draw_password(&SystemRandom::new()));
        let one = one.unwrap();
        assert_eq!(one.len(), 19);
        assert!(one.split('-').all(|four| four.len() == 4 && four.bytes().all(|letter| LETTERS.contains(&letter))));
        assert_ne!(one, other.unwrap());
    }
}
