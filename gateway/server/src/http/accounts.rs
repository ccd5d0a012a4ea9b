//! `GET /v1/accounts`: what is left in the firm's current accounts.

use super::answer::{Form, No, json};
use super::{Edge, accepts};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use ebirlik_domain::decision::Fault;
use ebirlik_domain::money::Money;
use ebirlik_operations::Client;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

/// The firm's accounts with their balances.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let form = Form::accepted(&parts.headers);
    match listed(&edge, &client, &parts.headers).await {
        Ok(accounts) => json(StatusCode::OK, &accounts),
        Err(no) => no.respond(form),
    }
}

async fn listed(edge: &Edge, client: &Client, headers: &HeaderMap) -> Result<Value, No> {
    accepts(headers)?;
    let accounts = edge.office.store.list_accounts(&client.firm).await.map_err(Fault::from)?;
    let accounts = accounts.iter().map(|account| {
        json!({
            "id": account.name(),
            "secretariat": account.secretariat,
            "balance": Money::from_kurus(account.balance_kurus).map(|balance| balance.to_string()),
        })
    });
    Ok(accounts.collect())
}
