//! What the secretariat's staff do to declarations: the desk, cancelling, correcting, refunding, and the second person's
//! word. The rules are `operations::cases`.

use super::answer::{self, Form, No, finding_json, json};
use super::{Edge, accepts, body, feed, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Decision, Refusal};
use ebirlik_domain::declaration::Declaration;
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::time::printed;
use ebirlik_message::{RequestFacts, Wire};
use ebirlik_operations::Client;
use ebirlik_operations::cases::{self, Act, ActResult, Effect, Proposal};
use ebirlik_operations::refund::Application;
use ebirlik_operations::status::Answer;
use ebirlik_store::cases::{Case, CaseState};
use ebirlik_store::declarations::Recorded;
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json as object};
use std::sync::Arc;

/// An act as sent; which of the members it needs, its address says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    proof: String,
    /// Of a correction: the whole message as it should have been.
    declaration: Option<String>,
    /// Of a refund: lira; all that is left where it is not said.
    amount: Option<String>,
    /// Of a refund: tax number of the firm whose petition it is; the exporter where it is not said.
    applied_by: Option<String>,
    /// Of a refund: the day of the application.
    applied_on: Option<String>,
    /// Of a refund: what confirms that the export did not take place.
    #[serde(default)]
    confirmation: String,
    /// Of a new registration number.
    #[serde(default)]
    registration_no: String,
    /// Of the desk: the version that was looked at.
    version: Option<u32>,
}

/// The desk lets a declaration pass.
pub(crate) async fn release(edge: State<Arc<Edge>>, client: Extension<Arc<Client>>, request: Request) -> Response {
    acted(&edge, &client, request, "/release", |_, asked| Ok(Act::Release { version: asked.version })).await
}

/// İptal.
pub(crate) async fn cancel(edge: State<Arc<Edge>>, client: Extension<Arc<Client>>, request: Request) -> Response {
    acted(&edge, &client, request, "/cancel", |_, _| Ok(Act::Cancel)).await
}

/// Düzeltme.
pub(crate) async fn correct(edge: State<Arc<Edge>>, client: Extension<Arc<Client>>, request: Request) -> Response {
    acted(&edge, &client, request, "/correct", |edge, asked| Ok(Act::Correct(Box::new(declaration(edge, asked)?))))
        .await
}

/// The fee back, or a part of it.
pub(crate) async fn refund(edge: State<Arc<Edge>>, client: Extension<Arc<Client>>, request: Request) -> Response {
    acted(&edge, &client, request, "/refund", |_, asked| Ok(Act::Refund(application(asked)?))).await
}

/// Another registration number.
pub(crate) async fn rebind(edge: State<Arc<Edge>>, client: Extension<Arc<Client>>, request: Request) -> Response {
    acted(&edge, &client, request, "/rebind", |_, asked| {
        Ok(Act::Rebind { registration_no: asked.registration_no.clone() })
    })
    .await
}

async fn acted(
    edge: &Arc<Edge>,
    client: &Client,
    request: Request,
    end: &str,
    act: impl FnOnce(&Edge, &Asked) -> Result<Act, No>,
) -> Response {
    let form = Form::accepted(request.headers());
    let acted = async {
        let (parts, _, asked): (_, _, Asked) =
            body::asked_in_json(edge, request, edge.config.limits.body_bytes_max).await?;
        let reference = query::in_path(&parts.uri, APPROVALS, end);
        let declarant = query::parameter(&parts.uri, "declarant").unwrap_or_default();
        let act = act(edge, &asked)?;
        let proposal = Proposal { declarant, reference, act, reason: asked.reason, proof: asked.proof };
        told(Box::pin(cases::propose(&edge.office, client, proposal)).await?)
    };
    acted.await.unwrap_or_else(|no: No| no.respond(form))
}

/// The second person's yes.
pub(crate) async fn confirm(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let confirmed = async {
        let (case, asked) = case_of(&edge, request, "/confirm").await?;
        told(Box::pin(cases::confirm(&edge.office, &client, case, &asked.reason)).await?)
    };
    confirmed.await.unwrap_or_else(|no: No| no.respond(form))
}

/// The second person's no.
pub(crate) async fn refuse(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let refused = async {
        let (case, asked) = case_of(&edge, request, "/refuse").await?;
        told(cases::refuse(&edge.office, &client, case, &asked.reason).await?)
    };
    refused.await.unwrap_or_else(|no: No| no.respond(form))
}

async fn case_of(edge: &Edge, request: Request, end: &str) -> Result<(i64, Asked), No> {
    let (parts, _, asked): (_, _, Asked) =
        body::asked_in_json(edge, request, edge.config.limits.list_bytes_max).await?;
    let case = query::in_path(&parts.uri, CASES, end);
    let number = case.parse().map_err(|_| Refusal::of(None, Finding::new(Rule::NotFound).value(case)))?;
    Ok((number, asked))
}

/// Declarations at the desk of the staff's secretariat.
pub(crate) async fn desk(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let listed = async {
        accepts(&parts.headers)?;
        let after = feed::whole(&parts.uri, "after", 0, i64::MAX)?;
        let waiting = cases::list_at_desk(&edge.office, &client, after).await?;
        let waiting: Vec<Value> = waiting.iter().map(recorded_json).collect();
        Ok(json(StatusCode::OK, &waiting))
    };
    listed.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

/// Cases of the staff's secretariat that wait for a second person.
pub(crate) async fn cases(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let listed = async {
        accepts(&parts.headers)?;
        let open = cases::list_open(&edge.office, &client).await?;
        let open: Vec<Value> = open.iter().map(|(case, recorded)| case_json(case, recorded)).collect();
        Ok(json(StatusCode::OK, &open))
    };
    listed.await.unwrap_or_else(|no: No| no.respond(Form::accepted(&parts.headers)))
}

/// The message of a correction, read as one that is submitted.
fn declaration(edge: &Edge, asked: &Asked) -> Result<Declaration, No> {
    let text = asked.declaration.as_deref().unwrap_or_default();
    let facts = RequestFacts {
        limits: edge.config.limits.message(),
        received_at: edge.office.clock.now(),
        ..RequestFacts::default()
    };
    let read = Wire::of(text.as_bytes()).read(text.as_bytes(), &facts);
    let read = read.map_err(|error| Refusal::of(None, error.into_parts().0))?;
    Ok(read.declaration)
}

fn application(asked: &Asked) -> Result<Application, No> {
    let malformed = |name: &str| No::from(Refusal::of(None, Finding::new(Rule::JsonMalformed).detail(name)));
    let amount =
        asked.amount.as_deref().map(|text| Money::parse(text).ok_or_else(|| malformed("amount"))).transpose()?;
    let applied_on =
        asked.applied_on.as_deref().map(|text| text.parse().map_err(|_| malformed("applied_on"))).transpose()?;
    let (applied_by, confirmation) = (asked.applied_by.clone(), asked.confirmation.clone());
    Ok(Application { amount, applied_by, applied_on, confirmation })
}

fn told(answer: Answer<ActResult>) -> Result<Response, No> {
    let result = answer.given()?;
    let status = if result.state == CaseState::Open { StatusCode::ACCEPTED } else { StatusCode::OK };
    let effect = result.effect.as_ref().map(effect_json);
    Ok(json(status, &object!({ "case": result.case.to_string(), "state": result.state.as_str(), "effect": effect })))
}

fn effect_json(effect: &Effect) -> Value {
    match effect {
        Effect::Released(decision) => decision_json(decision),
        Effect::Cancelled => object!({ "state": "cancelled" }),
        Effect::Corrected(corrected) => object!({
            "version": corrected.approval.version,
            "code": corrected.approval.code,
            "code_before": corrected.code_before,
            "fee": corrected.approval.price.fee.to_string(),
            "charged": corrected.charged.to_string(),
            "returned": corrected.returned.to_string(),
            "balance": corrected.approval.balance.map(|balance| balance.to_string()),
        }),
        Effect::Refunded { amount, balance } => {
            object!({ "amount": amount.to_string(), "balance": balance.map(|balance| balance.to_string()) })
        }
        Effect::Rebound => object!({ "state": "registered" }),
    }
}

fn decision_json(decision: &Decision) -> Value {
    match decision {
        Decision::Approved(approval) => object!({
            "state": "approved", "code": approval.code, "record_no": approval.record_no,
            "fee": approval.price.fee.to_string(), "kind": approval.kind.as_str(),
        }),
        Decision::Pending(pending) => object!({
            "state": if pending.awaits == ebirlik_domain::decision::Awaits::Desk { "at_desk" } else { "waiting_payment" },
            "fee": pending.price.fee.to_string(),
            "notices": pending.notices.iter().map(finding_json).collect::<Vec<_>>(),
        }),
        Decision::Refused(refusal) => {
            answer::count_findings(&refusal.findings);
            object!({ "state": "refused", "errors": refusal.findings.iter().map(finding_json).collect::<Vec<_>>() })
        }
        Decision::Trial(_) => Value::Null,
    }
}

fn recorded_json(recorded: &Recorded) -> Value {
    object!({
        "reference": recorded.reference,
        "declarant": recorded.declarant,
        "exporter": recorded.exporter,
        "secretariat": recorded.secretariat,
        "state": recorded.state.as_str(),
        "version": recorded.version,
        "received_at": printed(recorded.received_at),
        "after": recorded.received_at.as_microsecond(),
    })
}

fn case_json(case: &Case, recorded: &Recorded) -> Value {
    object!({
        "case": case.id.to_string(),
        "kind": case.kind.as_str(),
        "declaration": recorded_json(recorded),
        "amount": Money::from_kurus(case.amount_kurus).map(|amount| amount.to_string()),
        "subject": serde_json::from_str::<Value>(&case.subject).unwrap_or_default(),
        "reason": case.reason,
        "proof": case.proof,
        "proposed_by": case.proposed_by,
        "proposed_at": printed(case.proposed_at),
    })
}

/// What stands before a reference in the path.
const APPROVALS: &str = "/v1/approvals/";
/// What stands before a case's number in the path.
const CASES: &str = "/v1/cases/";
