//! One receipt: what stands on it, how to print it, and what was given back of the fee (G-62).

use super::words::Words;
use crate::desk::{kind_in_words, printed};
use crate::page::{Frame, html};
use crate::papers::{Asked, file};
use crate::session::Asker;
use crate::text::{Language, day, fill, lira, time};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::decision::{ApprovalKind, Fault};
use ebirlik_operations::papers::{Form, Receipt, find_receipt, one_receipt};
use ebirlik_operations::refund::{TrackedRefund, track};
use ebirlik_store::cases::CaseState;
use std::sync::Arc;

/// Facts, papers, refunds.
#[derive(Template)]
#[template(path = "receipts/one.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    title: String,
    number: String,
    /// Name, value, and whether it is letters to compare.
    facts: Vec<(&'static str, String, bool)>,
    /// What customs wants of it.
    about: &'static str,
    refunds: Vec<Refund>,
}

/// A refund in words.
struct Refund {
    amount: String,
    class: &'static str,
    state: &'static str,
    asked: String,
    decided: String,
    reason: String,
}

/// `GET /receipts/{number}`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(number): Path<String>,
) -> Response {
    let found = async {
        portal.office.catch_up().await?;
        match find_receipt(&portal.office, &session.client, &number).await? {
            Some((row, receipt)) => Ok(Some((receipt, track(&portal.office.store, row.declaration).await?))),
            None => Ok(None),
        }
    };
    match found.await {
        Ok::<_, Fault>(Some((receipt, refunds))) => html(StatusCode::OK, &Page::of(&asker, &receipt, refunds)),
        Ok(None) => notice::not_found(asker).await,
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /receipts/{number}/paper`: on A4 or 80 mm, as receipt or information slip (G-72).
pub(crate) async fn paper(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(number): Path<String>,
    FromAddress(pairs): FromAddress<Vec<(String, String)>>,
) -> Response {
    let Asked { paper, slip, .. } = Asked::of(&pairs);
    match one_receipt(&portal.office, &session.client, &number, paper, slip).await {
        Ok(Some(made)) => file(&number, Form::Pdf, made),
        Ok(None) => notice::not_found(asker).await,
        Err(error) => {
            tracing::error!(%error, "a receipt was not made");
            notice::unavailable(&asker)
        }
    }
}

impl Page {
    fn of(asker: &Asker, receipt: &Receipt, refunds: Vec<TrackedRefund>) -> Self {
        let words = Words::of(asker.language);
        let title = fill(words.one_title, "number", &receipt.number);
        let is_manual = matches!(receipt.kind, ApprovalKind::Cash | ApprovalKind::Paper);
        Self {
            frame: Frame::of(asker, title.clone()),
            title,
            number: receipt.number.clone(),
            facts: facts(receipt, asker.language),
            about: if is_manual { words.shown_to_customs } else { words.not_shown },
            refunds: refunds.into_iter().map(|refund| Refund::of(refund, asker.language)).collect(),
            words,
        }
    }
}

fn facts(receipt: &Receipt, language: Language) -> Vec<(&'static str, String, bool)> {
    let (words, text) = (Words::of(language), language.texts());
    let party = |title: &str, number: &str| format!("{title} · {number}");
    let secretariat = party(&receipt.secretariat_name, &receipt.secretariat);
    let all = [
        (words.amount, Some(lira(receipt.amount, language)), false),
        (words.paid_at, Some(time(receipt.paid_at)), false),
        (words.kind, Some(kind_in_words(text, receipt.kind).to_owned()), false),
        (words.exporter, Some(party(&receipt.exporter.title, &receipt.exporter.tax_number)), false),
        (words.declarant, Some(party(&receipt.declarant.title, &receipt.declarant.tax_number)), false),
        (words.secretariat, Some(secretariat), false),
        (words.office, receipt.office.clone(), false),
        (words.reference, Some(receipt.reference.clone()), true),
        (words.code, Some(printed(&receipt.code)), true),
        (words.record_no, Some(receipt.record_no.clone()), true),
        (words.fee, Some(lira(receipt.price.fee, language)), false),
        (words.valid_until, receipt.valid_until.map(day), false),
        (words.registration_no, receipt.registration_no.clone(), true),
    ];
    all.into_iter().filter_map(|(name, value, code)| Some((name, value?, code))).collect()
}

impl Refund {
    fn of(refund: TrackedRefund, language: Language) -> Self {
        let words = Words::of(language);
        let (class, state) = match refund.state {
            CaseState::Open => ("warn", words.state_open),
            CaseState::Done => ("good", words.state_done),
            CaseState::Refused => ("bad", words.state_refused),
        };
        Self {
            amount: lira(refund.amount, language),
            class,
            state,
            asked: time(refund.proposed_at),
            decided: refund.decided_at.map(time).unwrap_or_default(),
            reason: refund.reason,
        }
    }
}
