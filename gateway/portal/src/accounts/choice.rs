//! What the owner of an account chooses: the limit below which it is warned, and whether the waiting room is open.

use super::KEPT;
use super::words::Words;
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{Language, fill, lira};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_operations::accounts;
use ebirlik_operations::status::Answer;
use ebirlik_store::bank::Choice;
use serde::Deserialize;
use std::sync::Arc;

/// The form.
#[derive(Template)]
#[template(path = "accounts/choice.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    token: String,
    account: String,
    /// Whose account it is: one's own, also while an exporter's power is used.
    firm: String,
    filled: Filled,
    limit_hint: String,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filled {
    low_balance: String,
    releases: String,
}

/// `GET /accounts/{account}/choice`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(account): Path<String>,
) -> Response {
    if !crate::payments::is_open_to(&session.client) {
        return notice::not_a_payer(&asker);
    }
    match chosen(&portal, &session, &account).await {
        Ok(Some(choice)) => {
            let filled = Filled::of(choice);
            form(&portal, (&asker, &session), account, filled, Errors::default(), StatusCode::OK)
        }
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `POST /accounts/{account}/choice`
pub(crate) async fn keep(
    State(portal): State<Arc<Portal>>,
    Path(account): Path<String>,
    Posted(asker, session, filled): Posted<Filled>,
) -> Response {
    let words = Words::of(asker.language);
    let Ok(low_balance) = filled.limit() else {
        let mut errors = Errors::default();
        errors.add(LIMIT, words.choice_limit_wrong);
        return form(&portal, (&asker, &session), account, filled, errors, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let choice = Choice { releases: !filled.releases.is_empty(), low_balance };
    match accounts::choose(&portal.office, &session.client, &account, choice).await {
        Ok(Answer::Given(account)) => Redirect::to(&format!("/accounts?{KEPT}={}", account.name())).into_response(),
        Ok(Answer::Refused(refusal)) if refusal.status == 404 => notice::not_found(asker).await,
        Ok(Answer::Refused(_)) => notice::not_a_payer(&asker),
        Err(_) => notice::unavailable(&asker),
    }
}

async fn chosen(portal: &Portal, session: &Session, account: &str) -> Result<Option<Choice>, Fault> {
    match accounts::find(&portal.office, &session.client, account).await? {
        Some(account) => Ok(Some(portal.office.store.find_choice(account.id).await?)),
        None => Ok(None),
    }
}

fn form(
    portal: &Portal,
    (asker, session): (&Asker, &Session),
    account: String,
    filled: Filled,
    errors: Errors,
    status: StatusCode,
) -> Response {
    let words = Words::of(asker.language);
    let page = Page {
        frame: Frame::of(asker, errors.title(words.choice_title, asker.language)),
        token: session.token(),
        firm: session.acting.as_ref().map(|acting| acting.firm.title.clone()).unwrap_or_default(),
        limit_hint: fill(words.choice_limit_hint, "sum", lira(portal.office.low_balance(), asker.language)),
        words,
        errors,
        account,
        filled,
    };
    html(status, &page)
}

impl Filled {
    fn of(choice: Choice) -> Self {
        // As it may be typed: without the sign of the currency.
        let typed = |low: Money| lira(low, Language::Turkish).trim_end_matches(" TL").to_owned();
        Self {
            low_balance: choice.low_balance.map(typed).unwrap_or_default(),
            releases: if choice.releases { "yes".to_owned() } else { String::new() },
        }
    }

    /// Nothing where the installation's own limit is to count.
    fn limit(&self) -> Result<Option<Money>, ()> {
        match self.low_balance.trim().trim_end_matches("TL").trim_end() {
            "" => Ok(None),
            text => Money::parse_tr(text).map(Some).ok_or(()),
        }
    }
}

const LIMIT: &str = "low_balance";
