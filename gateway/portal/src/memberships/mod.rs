//! The unions that a firm belongs to (P-4.8.1), and the way to the membership system for a broker (P-5.5.1).

use crate::page::{Frame, html};
use crate::text::{day, words};
use crate::visitor::Visitor;
use crate::{Portal, notice};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use ebirlik_operations::powers::list_memberships;
use ebirlik_store::parties::Membership;
use jiff::civil::Date;
use std::sync::Arc;

/// The memberships of a firm.
#[derive(Template)]
#[template(path = "memberships/page.html")]
struct Page {
    frame: Frame,
    words: &'static Words,
    rows: Vec<Row>,
}

/// One membership.
struct Row {
    union: String,
    secretariat: String,
    from: String,
    to: String,
    registry_no: String,
    holds: bool,
}

/// `GET /memberships`
pub(crate) async fn show(State(portal): State<Arc<Portal>>, Visitor(asker, session): Visitor) -> Response {
    let words = Words::of(asker.language);
    let firm = session.exporter().unwrap_or(&session.client.firm);
    match list_memberships(&portal.office, firm).await {
        Ok(rows) => {
            let rows = rows.into_iter().map(|(row, holds)| Row::of(&portal, row, holds)).collect();
            html(StatusCode::OK, &Page { frame: Frame::of(&asker, words.title), words, rows })
        }
        Err(_) => notice::unavailable(&asker),
    }
}

/// `GET /membership-application`: memberships are applied for in a system of its own.
pub(crate) async fn apply(State(portal): State<Arc<Portal>>) -> Response {
    Redirect::to(&portal.site.membership_url).into_response()
}

impl Row {
    fn of(portal: &Portal, row: Membership, holds: bool) -> Self {
        let shown = |text: &str| text.parse::<Date>().map(day).unwrap_or_default();
        let name = portal.office.rules().secretariats.get(&row.secretariat).cloned();
        Self {
            from: shown(&row.valid_from),
            to: shown(&row.valid_to),
            union: row.union_code,
            secretariat: name.unwrap_or(row.secretariat),
            registry_no: row.registry_no,
            holds,
        }
    }
}

words! {
    Words;
    title: "Üyesi Olduğunuz Birlikler", "Unions you are a member of";
    none: "Kayıtlı üyelik yok.", "No membership is recorded.";
    union: "Birlik", "Union";
    secretariat: "Genel sekreterlik", "General secretariat";
    from: "Üyelik tarihi", "Member since";
    to: "Bitiş", "Until";
    registry_no: "Sicil no", "Registry number";
    state: "Durum", "State";
    active: "Üye", "Member";
    ended: "Sona erdi", "Ended";
}
