//! `POST /card-notices`: the bank says that something became of a card payment, which makes us ask it.

use super::answer::{Form, No, bytes};
use super::{Edge, body};
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_operations::card::{self, NoticeError};
use http::StatusCode;
use std::sync::Arc;

/// Takes a notice. Whoever sends it is not known by a sign-in but by its signature.
pub(crate) async fn notice(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let form = Form::accepted(request.headers());
    let (parts, body) = request.into_parts();
    if edge.office.cards().is_none() {
        body::drain(&parts.headers, body).await;
        return No::rule(Rule::NotFound).respond(form);
    }
    let limits = &edge.config.limits;
    let gathered = match body::gather(&parts.headers, body, NOTICE_BYTES_MAX, limits, &edge.bodies).await {
        Ok(gathered) => gathered,
        Err(no) => return no.respond(form),
    };
    match card::notice(&edge.office, &gathered.bytes).await {
        Ok(()) => bytes(StatusCode::OK, TEXT, "OK"),
        Err(NoticeError::Forged(forged)) => {
            tracing::warn!(%forged, "a notice of a card payment was refused");
            bytes(StatusCode::BAD_REQUEST, TEXT, "REFUSED")
        }
        Err(NoticeError::Fault(fault)) => No::from(fault).respond(form),
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
/// Notices have some four hundred bytes.
const NOTICE_BYTES_MAX: usize = 8 << 10;
