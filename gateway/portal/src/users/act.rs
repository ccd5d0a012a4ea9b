//! Locks and roles of a user: what the forms of its page send.

use super::words::Words;
use super::{address, user_page};
use crate::form::Errors;
use crate::session::Asker;
use crate::text::Language;
use crate::visitor::Posted;
use crate::{Portal, notice};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::Role;
use ebirlik_operations::users::{self, Refused};
use std::sync::Arc;

/// What a form sends; a role comes once for each.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) code: String,
    pub(super) locked: String,
    pub(super) roles: Vec<Role>,
    pub(super) secretariat: String,
    pub(super) reason: String,
}

impl Sent {
    pub(super) fn of(pairs: Vec<(String, String)>) -> Self {
        let mut sent = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "code" => value.trim().clone_into(&mut sent.code),
                "locked" => sent.locked = value,
                "role" => sent.roles.extend(Role::parse(&value)),
                "secretariat" => sent.secretariat = value,
                "reason" => sent.reason = value,
                _ => {}
            }
        }
        sent
    }
}

/// `POST /staff/users/{code}/lock`
pub(crate) async fn set_locked(
    State(portal): State<Arc<Portal>>,
    Path(code): Path<String>,
    Posted(asker, session, pairs): Posted<Vec<(String, String)>>,
) -> Response {
    let sent = Sent::of(pairs);
    let done = users::set_locked(&portal.office, &session.client, &code, sent.locked == "yes", &sent.reason).await;
    answer(&portal, &asker, &code, done, sent.reason).await
}

/// `POST /staff/users/{code}/roles`
pub(crate) async fn set_roles(
    State(portal): State<Arc<Portal>>,
    Path(code): Path<String>,
    Posted(asker, session, pairs): Posted<Vec<(String, String)>>,
) -> Response {
    let sent = Sent::of(pairs);
    let roles = (sent.roles.as_slice(), sent.secretariat.as_str());
    let done = users::set_roles(&portal.office, &session.client, &code, roles, &sent.reason).await;
    answer(&portal, &asker, &code, done, sent.reason).await
}

async fn answer(
    portal: &Portal,
    asker: &Asker,
    code: &str,
    done: Result<Result<(), Refused>, Fault>,
    reason: String,
) -> Response {
    match done {
        Ok(Ok(())) => Redirect::to(&address(code)).into_response(),
        Ok(Err(Refused::NotFound)) => notice::not_found(asker.clone()).await,
        Ok(Err(Refused::NotAllowed)) => notice::not_allowed(asker),
        Ok(Err(refused)) => user_page(portal, asker, code, told(refused, asker.language), reason).await,
        Err(_) => notice::unavailable(asker),
    }
}

/// Why nothing was done, at the field to go to.
pub(super) fn told(refused: Refused, language: Language) -> Errors {
    let words = Words::of(language);
    let (field, sentence) = match refused {
        Refused::NotFound | Refused::NotAllowed => ("reason", words.not_allowed),
        Refused::Oneself => ("reason", words.oneself),
        Refused::ReasonMissing => ("reason", words.no_reason),
        Refused::CodeForm => ("code", words.code_form),
        Refused::Taken => ("code", words.taken),
        Refused::RolesForm => ("roles", words.roles_form),
        Refused::SecretariatForm => ("secretariat", words.secretariat_form),
        Refused::NothingNew => ("reason", words.nothing_new),
    };
    let mut errors = Errors::default();
    errors.add(field, sentence);
    errors
}
