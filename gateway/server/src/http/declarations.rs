//! `GET /v1/approvals/{ref}` and its withdrawal: how a declaration stands, in JSON or XML.

use super::answer::{Difference, Form, No, json, xml};
use super::xml::Element;
use super::{Edge, accepts, body, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::decision::{ApprovalKind, Fault};
use ebirlik_domain::price::Price;
use ebirlik_domain::state::State as Standing;
use ebirlik_domain::time::printed;
use ebirlik_operations::status::{Answer, Status, status};
use ebirlik_operations::withdraw::withdraw;
use ebirlik_operations::{Client, pay};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::json as object;
use std::sync::Arc;

/// How a declaration stands.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let (reference, declarant) = named(&parts, "");
    answered(&parts, Box::pin(status(&edge.office, &client, &reference, declarant.as_deref()))).await
}

/// Vazgeç: gives a declaration up.
pub(crate) async fn give_up(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let (reference, declarant) = named(&parts, "/withdraw");
    answered(&parts, Box::pin(withdraw(&edge.office, &client, &reference, declarant.as_deref()))).await
}

/// Whether a waiting declaration goes before those that are not urgent.
#[derive(Debug, Deserialize)]
struct Urgency {
    urgent: bool,
}

/// Puts a waiting declaration first in the waiting room, or back into the row.
pub(crate) async fn put_first(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    let put = async {
        let (parts, _, asked): (_, _, Urgency) =
            body::asked_in_json(&edge, request, edge.config.limits.list_bytes_max).await?;
        let (reference, declarant) = named(&parts, "/urgent");
        let named = pay::Named { declarant: declarant.unwrap_or_else(|| client.firm.clone()), reference };
        pay::set_urgent(&edge.office, &client, &named, asked.urgent).await?.given()?;
        Ok(json(StatusCode::OK, &object!({ "reference": named.reference, "urgent": asked.urgent })))
    };
    put.await.unwrap_or_else(|no: No| no.respond(form))
}

/// The reference in the path before `end`, and the declarant where the address names one.
fn named(parts: &Parts, end: &str) -> (String, Option<String>) {
    (query::in_path(&parts.uri, APPROVALS, end), query::parameter(&parts.uri, "declarant"))
}

/// Asks only when the client takes a form that we have.
async fn answered(parts: &Parts, asked: impl Future<Output = Result<Answer<Status>, Fault>>) -> Response {
    let answer = async { Ok((accepts(&parts.headers)?, asked.await?)) };
    told(answer.await, Form::accepted(&parts.headers))
}

fn told(answer: Result<(Form, Answer<Status>), No>, refusals: Form) -> Response {
    match answer {
        Ok((Form::Json, Answer::Given(status))) => json(StatusCode::OK, &as_json(&status)),
        Ok((Form::Xml | Form::Soap(_), Answer::Given(status))) => xml(StatusCode::OK, as_xml(&status)),
        Ok((form, Answer::Refused(refusal))) => No::from(refusal).respond(form),
        Err(no) => no.respond(refusals),
    }
}

/// A declaration as JSON says it.
#[derive(Debug, Serialize)]
struct Told<'a> {
    reference: &'a str,
    declarant: &'a str,
    exporter: &'a str,
    secretariat: &'a str,
    state: &'static str,
    version: u32,
    code: Option<&'a str>,
    record_no: Option<&'a str>,
    kind: Option<&'static str>,
    approved_at: Option<String>,
    valid_until: Option<String>,
    registration_no: Option<&'a str>,
    ended_at: Option<String>,
    fee: Option<String>,
    formula: Option<ToldFormula<'a>>,
    versions: Vec<ToldVersion<'a>>,
}

/// What the fee was computed from.
#[derive(Debug, Serialize)]
struct ToldFormula<'a> {
    fob_try: String,
    rates: Vec<ToldRate<'a>>,
    items: Vec<ToldItem<'a>>,
}

#[derive(Debug, Serialize)]
struct ToldRate<'a> {
    currency: &'a str,
    buying: String,
    unit: u32,
    date: String,
    bulletin: &'a str,
}

#[derive(Debug, Serialize)]
struct ToldItem<'a> {
    number: u32,
    sector: &'a str,
    fob: String,
    currency: &'a str,
    rate: String,
    fee: String,
}

#[derive(Debug, Serialize)]
struct ToldVersion<'a> {
    version: u32,
    sent_at: String,
    sent_by: &'a str,
    changes: Vec<Difference<'a>>,
}

fn as_json(status: &Status) -> Told<'_> {
    let versions = status.versions.iter().map(|version| ToldVersion {
        version: version.version,
        sent_at: printed(version.sent_at),
        sent_by: &version.sent_by,
        changes: version.changes.iter().map(Difference::of).collect(),
    });
    Told {
        reference: &status.reference,
        declarant: &status.declarant,
        exporter: &status.exporter,
        secretariat: &status.secretariat,
        state: status.state.as_str(),
        version: status.version,
        code: status.code.as_deref(),
        record_no: status.record_no.as_deref(),
        kind: status.kind.map(ApprovalKind::as_str),
        approved_at: status.approved_at.map(printed),
        valid_until: status.valid_until.map(|day| day.to_string()),
        registration_no: status.registration_no.as_deref(),
        ended_at: status.ended_at.map(printed),
        fee: status.price.as_ref().map(|price| price.fee.to_string()),
        formula: status.price.as_deref().map(formula_json),
        versions: versions.collect(),
    }
}

fn formula_json(price: &Price) -> ToldFormula<'_> {
    let rates = price.rates.iter().map(|rate| ToldRate {
        currency: &rate.currency,
        buying: rate.buying.to_string(),
        unit: rate.unit,
        date: rate.date.to_string(),
        bulletin: &rate.bulletin,
    });
    let items = price.items.iter().map(|item| ToldItem {
        number: item.number,
        sector: &item.sector,
        fob: item.fob.to_string(),
        currency: &item.currency,
        rate: item.rate.to_string(),
        fee: item.fee.to_string(),
    });
    ToldFormula { fob_try: price.fob_try.to_string(), rates: rates.collect(), items: items.collect() }
}

fn as_xml(status: &Status) -> Vec<u8> {
    let mut root = Element::root("BirlikOnayDurumu");
    root.text("Referans", &status.reference);
    root.text("BeyanSahibi", &status.declarant);
    root.text("Ihracatci", &status.exporter);
    root.text("GenelSekreterlik", &status.secretariat);
    root.text("Durum", state_word(status.state));
    root.text("Surum", &status.version.to_string());
    root.maybe("KriptoKodu", status.code.as_deref());
    root.maybe("BirlikKayitNo", status.record_no.as_deref());
    root.maybe("OnaySekli", status.kind.map(ApprovalKind::as_str));
    root.maybe("OnayZamani", status.approved_at.map(printed).as_deref());
    root.maybe("GecerlilikSonu", status.valid_until.map(|day| day.to_string()).as_deref());
    root.maybe("TescilNo", status.registration_no.as_deref());
    root.maybe("BitisZamani", status.ended_at.map(printed).as_deref());
    if let Some(price) = &status.price {
        root.child(formula_xml(price));
    }
    let mut versions = Element::new("Surumler");
    for version in &status.versions {
        let mut element = Element::new("Surum");
        element.attribute("no", &version.version.to_string());
        element.attribute("zaman", &printed(version.sent_at));
        element.attribute("kullanici", &version.sent_by);
        for change in &version.changes {
            let mut difference = Element::new("Degisiklik");
            difference.attribute("yol", &change.path);
            difference.attribute("eski", &change.old);
            difference.attribute("yeni", &change.new);
            element.child(difference);
        }
        versions.child(element);
    }
    root.child(versions);
    root.into_document()
}

fn formula_xml(price: &Price) -> Element {
    let mut fee = Element::new("NispiAidat");
    fee.text("Tutar", &price.fee.to_string());
    fee.text("FobTL", &price.fob_try.to_string());
    for rate in &price.rates {
        let mut element = Element::new("Kur");
        element.attribute("doviz", &rate.currency);
        element.attribute("tarih", &rate.date.to_string());
        element.attribute("bulten", &rate.bulletin);
        if rate.unit != 1 {
            element.attribute("birim", &rate.unit.to_string());
        }
        element.content(&rate.buying.to_string());
        fee.child(element);
    }
    for item in &price.items {
        let mut element = Element::new("Kalem");
        element.attribute("no", &item.number.to_string());
        element.attribute("sektor", &item.sector);
        element.attribute("fob", &item.fob.to_string());
        element.attribute("doviz", &item.currency);
        element.attribute("oran", &item.rate.to_string());
        element.attribute("tutar", &item.fee.to_string());
        fee.child(element);
    }
    fee
}

/// The state in the words of `Durum`.
fn state_word(state: Standing) -> &'static str {
    match state {
        Standing::WaitingPayment => "ODEME_BEKLIYOR",
        Standing::AtDesk => "ONAY_MASASINDA",
        Standing::Approved => "ONAYLANDI",
        Standing::Registered => "TESCIL_EDILDI",
        Standing::Withdrawn => "VAZGECILDI",
        Standing::Cancelled => "IPTAL_EDILDI",
    }
}

/// What stands before a reference in the path.
const APPROVALS: &str = "/v1/approvals/";
