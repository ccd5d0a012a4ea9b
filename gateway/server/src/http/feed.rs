//! `GET /v1/feed` and `GET /v1/receipts`: what happened to a firm's declarations, accounts and powers, and what it paid.

use super::answer::{Form, No, json};
use super::{Edge, accepts, papers, query};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_domain::time::printed;
use ebirlik_operations::Client;
use ebirlik_operations::papers::list_receipts;
use ebirlik_store::feed::FeedEntry;
use ebirlik_store::receipts::{ReceiptFilter, ReceiptRow};
use http::request::Parts;
use http::{StatusCode, Uri};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json as object};
use std::sync::Arc;

/// A firm's feed behind a position.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let listed = async {
        accepts(&parts.headers)?;
        let (after, limit) = (whole(&parts.uri, "after", 0, i64::MAX)?, limit(&parts.uri)?);
        edge.office.catch_up().await?;
        let entries = edge.office.store.list_feed(&client.firm, after, limit).await.map_err(Fault::from)?;
        let last = entries.last().map_or(after, |entry| entry.position);
        let events: Vec<Value> = entries.iter().map(event).collect();
        Ok(json(StatusCode::OK, &object!({ "events": events, "last": last })))
    };
    listed.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

/// Receipts by date, exporter and declarant (G-75).
pub(crate) async fn receipts(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let listed = async {
        let form = papers::form(&parts)?;
        let (from, until) = period(&parts.uri, edge.office.clock.today())?;
        let (after, limit) = (whole(&parts.uri, "after", 0, i64::MAX)?, limit(&parts.uri)?);
        let named = |name| query::parameter(&parts.uri, name).unwrap_or_default();
        let filter = ReceiptFilter {
            from,
            until,
            exporter: named("exporter"),
            declarant: named("declarant"),
            ..ReceiptFilter::default()
        };
        let of_from = period_days(&parts.uri, edge.office.clock.today())?.0.year();
        let year = whole(&parts.uri, "year", i64::from(of_from), 9_999)?;
        edge.office.catch_up().await?;
        if let Some(form) = form {
            return papers::receipts(&edge, &client, &parts.uri, (filter, year, form)).await;
        }
        let store = &edge.office.store;
        let rows = list_receipts(&edge.office, &client, (year, &filter), after, limit).await.map_err(Fault::from)?;
        let mut receipts = Vec::with_capacity(rows.len());
        for row in &rows {
            let declaration = store.find_declaration_by_id(row.declaration).await.map_err(Fault::from)?;
            receipts.push(receipt(row, declaration.as_ref()));
        }
        Ok(json(StatusCode::OK, &receipts))
    };
    listed.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

fn receipt(row: &ReceiptRow, declaration: Option<&ebirlik_store::declarations::Recorded>) -> Value {
    object!({
        "number": row.name(),
        "amount": row.amount.to_string(),
        "paid_at": printed(row.paid_at),
        "reference": declaration.map(|declaration| &declaration.reference),
        "declarant": declaration.map(|declaration| &declaration.declarant),
        "exporter": declaration.map(|declaration| &declaration.exporter),
        "version": row.version,
        "after": row.after,
    })
}

fn event(entry: &FeedEntry) -> Value {
    let account = entry.account_firm.as_ref().zip(entry.account_secretariat.as_ref());
    object!({
        "position": entry.position,
        "kind": entry.kind,
        "happened_at": Timestamp::from_microsecond(entry.happened_at).map(printed).ok(),
        "reference": entry.reference,
        "declarant": entry.declarant,
        "exporter": entry.exporter,
        "secretariat": entry.secretariat,
        "account": account.map(|(firm, secretariat)| format!("{secretariat}-{firm}")),
        "data": serde_json::from_str::<Value>(&entry.body).unwrap_or_default(),
    })
}

/// From the first instant of `from` to the end of `to`, in microseconds; the last thirty days where nothing is said.
///
/// # Errors
/// When one of them is no day, or the first comes after the last.
pub(crate) fn period(uri: &Uri, today: Date) -> Result<(i64, i64), No> {
    let (from, to) = period_days(uri, today)?;
    Ok(ebirlik_operations::papers::period(from, to))
}

/// The first and the last day.
///
/// # Errors
/// As [`period`].
pub(crate) fn period_days(uri: &Uri, today: Date) -> Result<(Date, Date), No> {
    let day = |name: &'static str| match query::parameter(uri, name) {
        None => Ok(None),
        Some(text) => text.parse::<Date>().map(Some).map_err(|_| parameter(name, text)),
    };
    let to = day("to")?.unwrap_or(today);
    let from = day("from")?.unwrap_or_else(|| to.saturating_sub(jiff::Span::new().days(30)));
    if from > to {
        return Err(parameter("from", from.to_string()));
    }
    Ok((from, to))
}

/// A whole number of the query, from 0 to a limit.
///
/// # Errors
/// When it is none.
pub(crate) fn whole(uri: &Uri, name: &'static str, otherwise: i64, most: i64) -> Result<i64, No> {
    match query::parameter(uri, name) {
        None => Ok(otherwise),
        Some(text) => match text.parse::<i64>() {
            Ok(number) if (0..=most).contains(&number) => Ok(number),
            _ => Err(parameter(name, text)),
        },
    }
}

/// How many rows are asked for.
///
/// # Errors
/// When it is no number up to [`ROWS_MAX`].
pub(crate) fn limit(uri: &Uri) -> Result<u32, No> {
    let limit = whole(uri, "limit", i64::from(ROWS), i64::from(ROWS_MAX))?;
    Ok(u32::try_from(limit).unwrap_or(ROWS))
}

/// A parameter of the query with a value that cannot be.
pub(crate) fn parameter(name: &'static str, value: String) -> No {
    let place = Place::Located { path: format!("?{name}"), line: 1, column: 1 };
    Refusal::of(None, Finding::new(Rule::ParameterValue).at(place).value(value)).into()
}

/// Rows of an answer where it is not said how many.
const ROWS: u32 = 100;
/// Rows of one answer.
const ROWS_MAX: u32 = 1_000;
