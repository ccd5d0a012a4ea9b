//! Giving a declaration up (Vazgeç): what it means, for whom it is done, and one button.

use super::address_of;
use super::words::Words as Shared;
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::session::{Asker, Session};
use crate::text::{lira, words};
use crate::visitor::{Posted, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_operations::status::Answer;
use ebirlik_operations::story::{Story, story};
use ebirlik_operations::withdraw::withdraw;
use serde::de::IgnoredAny;
use std::sync::Arc;

/// The check before it is done.
#[derive(Template)]
#[template(path = "declarations/withdraw.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    shared: &'static Shared,
    errors: Errors,
    token: String,
    id: i64,
    reference: String,
    /// What was paid for it.
    paid: Option<String>,
    has_code: bool,
}

/// `GET /declarations/{id}/withdraw`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    Path(id): Path<String>,
) -> Response {
    match find(&portal, &session, &id).await {
        Found::Story(story) if story.may_withdraw => page(&asker, &session, &story, Errors::default()),
        Found::Story(story) => Redirect::to(&address_of(story.id)).into_response(),
        Found::Nothing => notice::not_found(asker).await,
        Found::Unknown => notice::unavailable(&asker),
    }
}

/// `POST /declarations/{id}/withdraw`: a second time gives the same.
pub(crate) async fn submit(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    Posted(asker, session, _): Posted<IgnoredAny>,
) -> Response {
    let story = match find(&portal, &session, &id).await {
        Found::Story(story) => story,
        Found::Nothing => return notice::not_found(asker).await,
        Found::Unknown => return notice::unavailable(&asker),
    };
    let status = &story.status;
    match withdraw(&portal.office, &session.client, &status.reference, Some(&status.declarant)).await {
        Ok(Answer::Given(_)) => Redirect::to(&format!("{}?done=withdrawn", address_of(story.id))).into_response(),
        Ok(Answer::Refused(refusal)) => {
            page(&asker, &session, &story, Errors::refused("withdraw", &refusal, asker.language))
        }
        Err(_) => notice::unavailable(&asker),
    }
}

enum Found {
    Story(Box<Story>),
    Nothing,
    Unknown,
}

async fn find(portal: &Portal, session: &Session, id: &str) -> Found {
    let Ok(id) = id.parse() else { return Found::Nothing };
    match story(&portal.office, &session.client, session.exporter(), id).await {
        Ok(Some(story)) => Found::Story(Box::new(story)),
        Ok(None) => Found::Nothing,
        Err(_) => Found::Unknown,
    }
}

fn page(asker: &Asker, session: &Session, story: &Story, errors: Errors) -> Response {
    let (language, status) = (asker.language, &story.status);
    let words = Words::of(language);
    let code = if errors.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
    let paid = status.price.as_ref().filter(|price| status.code.is_some() && !price.fee.is_zero());
    let page = Page {
        frame: Frame::of(asker, errors.title(words.title, language)),
        words,
        shared: Shared::of(language),
        errors,
        token: session.token(),
        id: story.id,
        reference: status.reference.clone(),
        paid: paid.map(|price| lira(price.fee, language)),
        has_code: status.code.is_some(),
    };
    html(code, &page)
}

words! {
    Words;
    title: "Beyannameden vazgeç", "Withdraw a declaration";
    lede: "Vazgeçilen beyanname yeniden açılamaz. Aynı eşya için yeni bir referansla yeni bir beyanname gönderilir.", "A withdrawn declaration cannot be opened again. For the same goods, a new declaration is sent under a new reference.";
    code_dies: "Onay kodu hemen geçersiz olur; gümrükte kullanılamaz.", "The approval code is invalid at once and cannot be used at customs.";
    fee_stays: "Ödenmiş nispi aidat kendiliğinden geri verilmez; iadesine genel sekreterlik karar verir.", "A fee that was paid does not come back by itself; the general secretariat decides on its refund.";
    paid: "Ödenmiş nispi aidat", "Fee that was paid";
    confirm: "Vazgeç", "Withdraw";
    keep: "Beyannameye dön", "Back to the declaration";
}
