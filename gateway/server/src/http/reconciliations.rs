//! `POST /v1/reconciliations` and its three lists: a month of customs beside a month of ours.

use super::answer::{Form, No, json};
use super::{Edge, accepts, body, feed, papers, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::time::printed;
use ebirlik_operations::Client;
use ebirlik_operations::reconcile::{self, Matched, Month};
use ebirlik_store::reconciliations::FoundRow;
use http::request::Parts;
use http::{StatusCode, Uri};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json as object};
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Takes in a month's registrations and matches them, or with `GET` gives the lists.
pub(crate) async fn serve(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let is_file = request.method() == http::Method::POST;
    let answered = if is_file { matched(&edge, request).await } else { listed(&edge, &client, request).await };
    answered.unwrap_or_else(|no: No| no.respond(form))
}

async fn matched(edge: &Arc<Edge>, request: Request) -> Result<Response, No> {
    let (parts, body) = request.into_parts();
    let month = match accepts(&parts.headers).and_then(|_| month_said(&parts.uri)) {
        Ok(month) => month,
        Err(no) => {
            body::drain(&parts.headers, body).await;
            return Err(no);
        }
    };
    let limits = &edge.config.limits;
    let gathered = body::gather(&parts.headers, body, limits.body_bytes_max, limits, &edge.bodies).await?;
    let office = Arc::clone(&edge.office);
    // Whoever hangs up, or is told that it takes longer, stops nothing.
    let run = tokio::spawn(async move {
        let result = reconcile::reconcile(&office, month, Cursor::new(&gathered.bytes)).await;
        drop(gathered.share);
        result
    });
    match timeout(ANSWERED_BY, run).await {
        Err(_) => Ok(json(StatusCode::ACCEPTED, &object!({ "state": "running" }))),
        Ok(Err(_)) => Err(Fault::Unavailable.into()),
        Ok(Ok(result)) => Ok(json(StatusCode::OK, &told(&result?.given()?))),
    }
}

fn told(matched: &Matched) -> Value {
    object!({
        "rows": matched.rows, "known": matched.known, "matched": matched.matched,
        "without_approval": matched.without_approval, "never_registered": matched.never_registered,
        "differing": matched.differing,
    })
}

async fn listed(edge: &Arc<Edge>, client: &Arc<Client>, request: Request) -> Result<Response, No> {
    let (parts, _) = request.into_parts();
    let form = papers::form(&parts)?;
    let month = month_said(&parts.uri)?.unwrap_or_else(|| Month::of(edge.office.clock.today()));
    let kind = query::parameter(&parts.uri, "kind").unwrap_or_default();
    if !["", "without_approval", "never_registered", "differs"].contains(&kind.as_str()) {
        return Err(feed::parameter("kind", kind));
    }
    match form {
        None => {}
        Some(papers::Form::Xlsx) => return papers::differences(edge, client, month, kind).await,
        Some(papers::Form::Pdf) => return Err(feed::parameter("format", "pdf".to_owned())),
    }
    let (after, limit) = (feed::whole(&parts.uri, "after", 0, i64::MAX)?, feed::limit(&parts.uri)?);
    let rows = reconcile::list(&edge.office, client, &month, &kind, after, limit).await?;
    let now = edge.office.clock.now();
    let rows: Vec<Value> = rows.iter().map(|row| row_json(row, now)).collect();
    Ok(json(StatusCode::OK, &rows))
}

/// What staff decide on a row.
#[derive(Debug, Deserialize)]
struct Decided {
    /// True settles it; else it is taken on.
    #[serde(default)]
    settle: bool,
    #[serde(default)]
    reason: String,
}

/// Takes a row on, or settles it.
pub(crate) async fn decide(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let decided = async {
        let (parts, _, decided): (Parts, _, Decided) =
            body::asked_in_json(&edge, request, edge.config.limits.list_bytes_max).await?;
        let id = query::in_path(&parts.uri, RECONCILIATIONS, "");
        let number = id.parse().map_err(|_| Refusal::of(None, Finding::new(Rule::NotFound).value(id.clone())))?;
        let settled = decided.settle.then(|| decided.reason.trim());
        reconcile::decide(&edge.office, &client, number, settled).await?.given()?;
        let state = if decided.settle { "settled" } else { "open" };
        Ok(json(StatusCode::OK, &object!({ "id": id, "state": state, "owner": client.code })))
    };
    decided.await.unwrap_or_else(|no: No| no.respond(form))
}

fn row_json(row: &FoundRow, now: Timestamp) -> Value {
    let found_at = Timestamp::from_microsecond(row.found_at).unwrap_or(now);
    object!({
        "id": row.id.to_string(),
        "month": row.month,
        "kind": row.kind,
        "registration_no": row.registration_no,
        "reference": row.reference,
        "declarant": row.declarant,
        "exporter": row.exporter,
        "secretariat": row.secretariat,
        "fields": serde_json::from_str::<Value>(&row.fields).unwrap_or_default(),
        "state": row.state,
        "owner": row.owner,
        "found_at": printed(found_at),
        "age_days": row.age_days(now),
    })
}

fn month_said(uri: &Uri) -> Result<Option<Month>, No> {
    match query::parameter(uri, "month") {
        None => Ok(None),
        Some(text) => Month::parse(&text).map(Some).ok_or_else(|| feed::parameter("month", text)),
    }
}

/// What stands before a row's number in the path.
const RECONCILIATIONS: &str = "/v1/reconciliations/";
/// Afterwards whoever asked is told that it goes on.
const ANSWERED_BY: Duration = Duration::from_secs(25);
