//! Who did what and when (S-13): the events of a secretariat, asked for by days, firm, reference, user and kind.

use super::words::{self, Words};
use super::{day_typed, declarations};
use crate::form::Errors;
use crate::page::{Frame, html};
use crate::text::{Language, day, lira, time};
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_domain::money::Money;
use ebirlik_operations::trail::{Happening, KINDS, Question, search};
use jiff::Span;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::sync::Arc;

/// The question, and what was found.
#[derive(Template)]
#[template(path = "staff/search.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    errors: Errors,
    asked: Wanted,
    kinds: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    older: Option<String>,
}

/// What is asked, as typed.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    from: String,
    to: String,
    kind: String,
    user: String,
    firm: String,
    #[serde(rename = "ref")]
    reference: String,
    before: String,
}

struct Row {
    at: String,
    what: String,
    by: String,
    about: String,
    address: Option<String>,
    amount: String,
    reason: String,
}

/// `GET /staff/search`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(mut wish): FromAddress<Wanted>,
) -> Response {
    let (words, mut errors) = (Words::of(asker.language), Errors::default());
    let today = portal.office.clock.today();
    for (field, text, default) in
        [("from", &mut wish.from, today.saturating_sub(Span::new().days(DAYS - 1))), ("to", &mut wish.to, today)]
    {
        if text.trim().is_empty() {
            *text = day(default);
        }
        if day_typed(text).is_none() {
            errors.add(field, words.bad_day);
        }
    }
    let kinds = KINDS.into_iter().map(|kind| (kind, words::happening(kind, words).unwrap_or(kind))).collect();
    let frame = Frame::of(&asker, errors.title(words.search_title, asker.language));
    let mut page = Page { frame, words, errors, asked: wish, kinds, rows: Vec::new(), older: None };
    let (Some(from), Some(to)) = (day_typed(&page.asked.from), day_typed(&page.asked.to)) else {
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let question = Question {
        from,
        to,
        kind: page.asked.kind.clone(),
        user: page.asked.user.clone(),
        tax_no: page.asked.firm.clone(),
        reference: page.asked.reference.clone(),
    };
    let before = page.asked.before.parse().ok();
    let Ok(found) = search(&portal.office, &session.client, &question, before, ROWS).await else {
        return notice::unavailable(&asker);
    };
    page.older = found.next.map(|next| page.asked.behind(next));
    page.rows = found.happenings.into_iter().map(|happening| Row::of(happening, words, asker.language)).collect();
    html(StatusCode::OK, &page)
}

impl Wanted {
    /// The same question behind a place of the list.
    fn behind(&self, place: i64) -> String {
        let place = place.to_string();
        let pairs = [
            ("from", &self.from),
            ("to", &self.to),
            ("kind", &self.kind),
            ("user", &self.user),
            ("firm", &self.firm),
            ("ref", &self.reference),
            ("before", &place),
        ];
        let written = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let written = written.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        format!("/staff/search?{}", written.collect::<Vec<_>>().join("&"))
    }
}

impl Row {
    fn of(happening: Happening, words: &Words, language: Language) -> Self {
        let joined =
            |parts: [&str; 2]| parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ");
        Self {
            at: time(happening.at),
            what: words::happening(&happening.kind, words).map_or_else(|| happening.kind.clone(), ToOwned::to_owned),
            by: joined([&happening.proposed_by, &happening.by]),
            address: happening.declaration.map(declarations::address),
            reason: joined([&happening.reason, &happening.proof]),
            about: happening.about,
            amount: Money::parse(&happening.amount).map(|amount| lira(amount, language)).unwrap_or_default(),
        }
    }
}

/// Rows of a page.
const ROWS: u32 = 50;
/// Days that are looked at where none are given.
const DAYS: i64 = 7;
