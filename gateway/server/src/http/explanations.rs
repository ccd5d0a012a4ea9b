//! `GET /v1/explanations/{ref}`: why an approval came out as it did, recomputed.

use super::answer::{Form, No, json};
use super::{Edge, accepts, query};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use ebirlik_operations::Client;
use ebirlik_operations::explain::explain;
use http::StatusCode;
use http::request::Parts;
use std::sync::Arc;

/// Explains an approval.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let reference = query::in_path(&parts.uri, EXPLANATIONS, "");
    let declarant = query::parameter(&parts.uri, "declarant");
    let shown = async {
        accepts(&parts.headers)?;
        let explained = Box::pin(explain(&edge.office, &client, &reference, declarant.as_deref())).await?;
        Ok(json(StatusCode::OK, &explained.given()?.to_json()))
    };
    shown.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

/// What stands before a reference in the path.
const EXPLANATIONS: &str = "/v1/explanations/";
