//! `GET /v1/accounts` and what belongs to an account: its balance and outlook, its statement, what its owner chose.

use super::answer::{Form, No, json};
use super::feed::{limit, period, whole};
use super::{Edge, accepts, body, papers, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::{Money, signed_lira};
use ebirlik_domain::time::printed;
use ebirlik_operations::forecast::outlook;
use ebirlik_operations::{Client, accounts};
use ebirlik_store::accounts::Account;
use ebirlik_store::bank::Choice;
use ebirlik_store::feed::AccountLine;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json as object};
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
    let mut accounts = Vec::new();
    for account in edge.office.store.list_accounts(&client.firm).await.map_err(Fault::from)? {
        let outlook = outlook(&edge.office, &account).await?;
        accounts.push(object!({
            "id": account.name(),
            "secretariat": account.secretariat,
            "balance": Money::from_kurus(account.balance_kurus).map(|balance| balance.to_string()),
            "low": outlook.is_low,
            "daily": outlook.daily.to_string(),
            "runs_out_on": outlook.runs_out_on.map(|day| day.to_string()),
            "releases": outlook.releases,
        }));
    }
    Ok(Value::Array(accounts))
}

/// The lines of an account, with the balance before the first and after the last.
pub(crate) async fn statement(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let told = async {
        if let Some(form) = papers::form(&parts)? {
            return papers::statement(&edge, &client, &parts.uri, form).await;
        }
        let account = own(&edge, &client, &query::in_path(&parts.uri, ACCOUNTS, "/statement")).await?;
        let (from, until) = period(&parts.uri, edge.office.clock.today())?;
        let (after, limit) = (whole(&parts.uri, "after", 0, i64::MAX)?, limit(&parts.uri)?);
        edge.office.catch_up().await?;
        let store = &edge.office.store;
        let (before, opening) = store.balance_before(account.id, from).await.map_err(Fault::from)?;
        let (last, closing) = store.balance_before(account.id, until).await.map_err(Fault::from)?;
        let after = after.max(before);
        let lines = store.list_lines(account.id, after, last, limit).await.map_err(Fault::from)?;
        let told: Vec<Value> = lines.iter().map(line).collect();
        Ok(json(
            StatusCode::OK,
            &object!({
                "account": account.name(), "opening_balance": signed_lira(opening), "closing_balance": signed_lira(closing),
                "lines": told, "last": lines.last().map_or(after, |line| line.number),
            }),
        ))
    };
    told.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

/// What the owner of an account chooses.
#[derive(Debug, Deserialize)]
struct Chosen {
    /// Declarations short of money release themselves when money comes.
    releases: bool,
    /// Lira; a balance below it is told.
    low_balance: Option<String>,
}

/// Keeps what the owner of an account chose.
pub(crate) async fn choose(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let chosen = async {
        let (parts, _, chosen): (_, _, Chosen) =
            body::asked_in_json(&edge, request, edge.config.limits.list_bytes_max).await?;
        let malformed = || Refusal::of(None, Finding::new(Rule::JsonMalformed).detail("low_balance"));
        let low_balance = chosen.low_balance.map(|text| Money::parse(&text).ok_or_else(malformed)).transpose()?;
        let choice = Choice { releases: chosen.releases, low_balance };
        let name = query::in_path(&parts.uri, ACCOUNTS, "/choice");
        let account = accounts::choose(&edge.office, &client, &name, choice).await?.given()?;
        Ok(json(
            StatusCode::OK,
            &object!({
                "account": account.name(), "releases": choice.releases,
                "low_balance": choice.low_balance.map(|low| low.to_string()),
            }),
        ))
    };
    chosen.await.unwrap_or_else(|no: No| no.respond(form))
}

/// An account of the client's own firm, by its name.
///
/// # Errors
/// E1404 when there is none such.
pub(crate) async fn own(edge: &Edge, client: &Client, name: &str) -> Result<Account, No> {
    accounts::find(&edge.office, client, name)
        .await?
        .ok_or_else(|| Refusal::of(None, Finding::new(Rule::NotFound).value(name)).into())
}

fn line(line: &AccountLine) -> Value {
    object!({
        "number": line.number,
        "booked_at": Timestamp::from_microsecond(line.booked_at).map(printed).ok(),
        "kind": line.kind,
        "amount": signed_lira(line.amount_kurus),
        "balance": signed_lira(line.balance_kurus),
        "reference": line.reference,
        "declarant": line.declarant,
        "exporter": line.exporter,
        "data": serde_json::from_str::<Value>(&line.body).unwrap_or_default(),
    })
}

/// What stands before an account's name in the path.
pub(crate) const ACCOUNTS: &str = "/v1/accounts/";
