//! What brokers did in an exporter's name, the newest first, with the button that stops them beside it.

use super::{Done, Words, held, on_behalf};
use crate::page::{Frame, html};
use crate::text::time;
use crate::visitor::{FromAddress, Visitor};
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ebirlik_operations::powers::acts::{self, Activity, activity};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// What was done, and by whom.
#[derive(Template)]
#[template(path = "powers/activity.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    token: String,
    told: Option<&'static str>,
    brokers: Vec<Broker>,
    rows: Vec<Row>,
    before: Option<i64>,
    on_behalf: String,
}

/// A broker that holds or held a power.
struct Broker {
    tax_no: String,
    title: String,
    is_frozen: bool,
}

/// A line.
struct Row {
    at: String,
    who: String,
    what: &'static str,
    reference: String,
    secretariat: String,
}

/// Where a list goes on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    before: Option<i64>,
}

/// `GET /powers/activity`
pub(crate) async fn show(
    State(portal): State<Arc<Portal>>,
    Visitor(asker, session): Visitor,
    FromAddress(wish): FromAddress<Wish>,
    FromAddress(done): FromAddress<Done>,
) -> Response {
    let words = Words::of(asker.language);
    let Ok(Activity { deeds, brokers, before }) = activity(&portal.office, &session.client, wish.before).await else {
        return notice::unavailable(&asker);
    };
    let own = session.acting.as_ref().map(|acting| &acting.firm);
    let title_of = |tax_no: &str| match own.filter(|own| own.tax_no == tax_no) {
        Some(own) => own.title.clone(),
        None => brokers.get(tax_no).map_or(tax_no, |(title, _)| title.as_str()).to_owned(),
    };
    let rows = deeds.into_iter().map(|deed| Row::of(deed, &title_of, words)).collect();
    let frame = Frame::of(&asker, words.activity);
    let brokers = brokers.iter().map(|(tax_no, (title, is_frozen))| Broker {
        tax_no: tax_no.clone(),
        title: title.clone(),
        is_frozen: *is_frozen,
    });
    let page = Page {
        on_behalf: on_behalf(&frame, words),
        frame,
        words,
        token: session.token(),
        told: held::told(&done.done, words),
        brokers: brokers.collect(),
        rows,
        before,
    };
    html(StatusCode::OK, &page)
}

impl Row {
    fn of(deed: acts::Done, title_of: &impl Fn(&str) -> String, words: &'static Words) -> Self {
        let everywhere = deed.secretariat == "*";
        Self {
            at: Timestamp::from_microsecond(deed.at).map(time).unwrap_or_default(),
            who: title_of(&deed.by),
            what: what(&deed.kind, words),
            reference: deed.reference.unwrap_or_default(),
            secretariat: if everywhere { words.everywhere.to_owned() } else { deed.secretariat },
        }
    }
}

fn what(kind: &str, words: &'static Words) -> &'static str {
    match kind {
        "declaration.recorded" => words.did_recorded,
        "declaration.approved" | "declaration.released" => words.did_approved,
        "declaration.withdrawn" => words.did_withdrawn,
        "declaration.corrected" => words.did_corrected,
        "declaration.cancelled" => words.did_cancelled,
        "declaration.paper_attached" => words.did_paper,
        "power.applied" => words.did_applied,
        "power.approved" => words.did_granted,
        "power.rejected" => words.did_rejected,
        "power.cancelled" => words.did_given_up,
        "power.revoked" => words.did_revoked,
        "power.frozen" => words.did_frozen,
        "power.released" => words.did_released,
        "power.recorded" => words.did_registered,
        _ => words.did_other,
    }
}
