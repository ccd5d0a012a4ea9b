//! The third step: what became of each declaration, looked at anew, and what comes next.

use super::words::Words;
use super::{Filled, Payer};
use crate::Portal;
use crate::desk::printed;
use crate::form::told;
use crate::notice;
use crate::page::{Frame, html};
use crate::session::Asker;
use crate::text::{Language, fill, lira};
use crate::visitor::FromAddress;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::money::Money;
use ebirlik_domain::state::State as DeclarationState;
use ebirlik_operations::pay::{self as paying, Outcome};
use std::sync::Arc;

/// What became of a payment.
#[derive(Template)]
#[template(path = "payments/done.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    class: &'static str,
    sentence: String,
    /// Whether any was approved.
    next: bool,
    rows: Vec<Row>,
}

/// What became of one declaration.
pub(super) struct Row {
    pub(super) reference: String,
    pub(super) class: &'static str,
    pub(super) word: &'static str,
    pub(super) sentence: String,
    pub(super) code: Option<String>,
}

/// `GET /payments/done`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Payer(asker, session): Payer,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let filled = Filled::of(pairs);
    match paying::outcomes(&portal.office, &session.client, &filled.chosen).await {
        Ok(outcomes) if outcomes.is_empty() => notice::not_found(asker).await,
        Ok(outcomes) => html(StatusCode::OK, &Page::of(&asker, &outcomes)),
        Err(_) => notice::unavailable(&asker),
    }
}

impl Page {
    fn of(asker: &Asker, outcomes: &[Outcome]) -> Self {
        let words = Words::of(asker.language);
        let approved: Vec<Money> =
            outcomes.iter().filter_map(|outcome| Some(outcome.approval.as_ref()?.price.fee)).collect();
        let paid = approved.iter().try_fold(Money::ZERO, |sum, fee| sum.checked_add(*fee)).unwrap_or_default();
        let waiting = outcomes.len() - approved.len();
        let (class, sentence) = match (approved.len(), waiting) {
            (0, _) => ("warn", words.done_none),
            (_, 0) => ("good", words.done_all),
            _ => ("warn", words.done_some),
        };
        let sentence = fill(&fill(sentence, "n", approved.len()), "waiting", waiting);
        Self {
            frame: Frame::of(asker, words.done_title),
            words,
            class,
            sentence: fill(&sentence, "sum", lira(paid, asker.language)),
            next: !approved.is_empty(),
            rows: outcomes.iter().map(|outcome| Row::of(outcome, asker.language)).collect(),
        }
    }
}

impl Row {
    /// As it stands now.
    pub(super) fn of(outcome: &Outcome, language: Language) -> Self {
        let words = Words::of(language);
        let Outcome { recorded, approval, findings } = outcome;
        let why = findings.first().map_or_else(|| words.can_be_paid.to_owned(), |finding| told(finding, language));
        let (class, word, sentence) = match (recorded.state, approval) {
            (DeclarationState::Approved | DeclarationState::Registered, Some(approval)) => {
                ("good", words.approved, lira(approval.price.fee, language))
            }
            (DeclarationState::Withdrawn | DeclarationState::Cancelled, _) => ("bad", words.ended, String::new()),
            _ => ("warn", words.waits, why),
        };
        let code = approval.as_ref().filter(|_| class == "good").map(|approval| printed(&approval.code));
        Self { reference: recorded.reference.clone(), class, word, sentence, code }
    }
}
