//! Bank statements of a secretariat: taken in, and what nobody could tell decided on.

use super::answer::{Form, No, json};
use super::{Edge, accepts, body, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::money::Money;
use ebirlik_operations::Client;
use ebirlik_operations::bank::{self, Decision};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json as object};
use std::sync::Arc;

/// Takes in a statement, MT940 or CSV.
pub(crate) async fn import(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let imported = async {
        let (parts, body) = request.into_parts();
        if let Err(no) = accepts(&parts.headers) {
            body::drain(&parts.headers, body).await;
            return Err(no);
        }
        let limits = &edge.config.limits;
        let gathered = body::gather(&parts.headers, body, limits.list_bytes_max, limits, &edge.bodies).await?;
        let imported = bank::import(&edge.office, &client.secretariat, &gathered.bytes).await?.given()?;
        Ok(json(
            StatusCode::OK,
            &object!({
                "booked": imported.lines.booked, "unmatched": imported.lines.unmatched,
                "before": imported.lines.before, "outgoing": imported.outgoing, "released": imported.released,
            }),
        ))
    };
    imported.await.unwrap_or_else(|no: No| no.respond(form))
}

/// Lines that a person must decide on.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let listed = async {
        accepts(&parts.headers)?;
        let lines = bank::list_unmatched(&edge.office, &client).await?;
        let lines = lines.iter().map(|line| {
            object!({
                "line": line.line_key, "booked_on": line.booked_on, "bank_reference": line.bank_reference,
                "amount": Money::from_kurus(line.amount_kurus).map(|amount| amount.to_string()), "text": line.text,
            })
        });
        Ok(json(StatusCode::OK, &lines.collect::<Vec<Value>>()))
    };
    listed.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

/// What a person decides on a line.
#[derive(Debug, Deserialize)]
struct Decided {
    /// Name of the current account that it is for; without one it is set aside.
    account: Option<String>,
    #[serde(default)]
    reason: String,
}

/// Books a line, or sets it aside.
pub(crate) async fn decide(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let decided = async {
        let (parts, _, decided): (_, _, Decided) =
            body::asked_in_json(&edge, request, edge.config.limits.list_bytes_max).await?;
        let line = query::in_path(&parts.uri, LINES, "");
        let decision = Decision { line, account: decided.account, reason: decided.reason };
        let state = bank::decide(&edge.office, &client, &decision).await?.given()?;
        Ok(json(StatusCode::OK, &object!({ "line": decision.line, "state": state })))
    };
    decided.await.unwrap_or_else(|no: No| no.respond(form))
}

/// What stands before a line's key in the path.
const LINES: &str = "/v1/bank-lines/";
