//! How a refusal and a fault look: `BirlikOnayCevabi` in XML, also in a fault of SOAP, or problem details in JSON
//! (RFC 9457).
//!
//! The one place that turns what is wrong into status, headers and text.

use super::access::{Door, Refusals};
use super::limits::TooMany;
use super::media;
use super::sign_in::CHALLENGE;
use axum::body::Body;
use axum::response::Response;
use ebirlik_domain::catalogue::{Code, Rule, fill};
use ebirlik_domain::decision::{Change, Decision, Fault, Refusal};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_message::reply;
use ebirlik_message::soap::{self, Version};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

/// Why a request is not answered as it wished.
#[derive(Debug)]
pub(crate) enum No {
    /// Something about the request must change.
    Refused(Refusal),
    /// We cannot tell now.
    Fault(Fault),
    /// It came too soon after the ones before.
    TooMany(TooMany),
}

/// The form that a refusal takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `BirlikOnayCevabi`.
    Xml,
    /// Problem details.
    Json,
    /// `BirlikOnayCevabi` in a fault.
    Soap(Version),
}

impl Form {
    /// The form for a request: where the client does not say, the door decides.
    pub(crate) fn of(door: Option<&Door>, headers: &HeaderMap) -> Self {
        match door.map(|door| door.refusals) {
            Some(Refusals::Approval) => Self::Xml,
            Some(Refusals::Soap) => Self::Soap(Version::of_media(&media::sent(headers).0).unwrap_or(Version::Soap11)),
            Some(Refusals::Problem | Refusals::Verification) => Self::accepted(headers),
            None => match headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
                // A program that sends XML to a wrong address reads XML.
                Some(sent) if XML.contains(&media::content_type(sent).0.as_str()) => Self::Xml,
                _ => Self::accepted(headers),
            },
        }
    }

    /// JSON, unless the client prefers XML.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers.get_all(header::ACCEPT).iter();
        match media::preferred(accept, &["application/json", "application/problem+json", "application/xml", "text/xml"])
        {
            Some(2 | 3) => Self::Xml,
            _ => Self::Json,
        }
    }
}

impl No {
    /// A refusal for one finding, with the status of its code.
    pub(crate) fn rule(rule: Rule) -> Self {
        Self::Refused(Refusal::of(None, Finding::new(rule)))
    }

    /// The answer.
    pub(crate) fn respond(self, form: Form) -> Response {
        let mut response = match (&self, form) {
            (Self::Refused(refusal), Form::Xml) => {
                xml(status(refusal.status), reply::write(&Decision::Refused(refusal.clone()), None))
            }
            (Self::Refused(refusal), Form::Json) => problem(refusal),
            (Self::Fault(_) | Self::TooMany(_), Form::Xml) => {
                let finding = self.own_finding();
                xml(status(finding.code().status()), reply::write_fault(&finding, None))
            }
            (Self::Fault(_) | Self::TooMany(_), Form::Json) => problem(&Refusal::of(None, self.own_finding())),
            (Self::Refused(refusal), Form::Soap(version)) => fault(version, refusal),
            (Self::Fault(_) | Self::TooMany(_), Form::Soap(version)) => {
                fault(version, &Refusal::of(None, self.own_finding()))
            }
        };
        if let Some(seconds) = self.retry_after_s() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
        }
        self.count();
        response
    }

    /// When to come back, if coming back unchanged can help.
    pub(crate) fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Refused(_) => None,
            Self::Fault(fault) => Some(retry_after_s(*fault)),
            Self::TooMany(too_many) => Some(too_many.retry_after_s),
        }
    }

    fn own_finding(&self) -> Finding {
        match self {
            Self::Refused(_) => Finding::new(Rule::Unavailable),
            Self::Fault(fault) => Finding::new(fault.rule()),
            Self::TooMany(too_many) => Finding::new(Rule::TooManyRequests).detail(too_many.retry_after_s.to_string()),
        }
    }

    fn count(&self) {
        match self {
            Self::Refused(refusal) => count_findings(&refusal.findings),
            Self::Fault(_) | Self::TooMany(_) => count_findings(&[self.own_finding()]),
        }
    }
}

/// Counts what was refused, by code.
pub(crate) fn count_findings(findings: &[Finding]) {
    for finding in findings {
        metrics::counter!("ebirlik_refusals_total", "code" => finding.code().as_str()).increment(1);
    }
}

/// When to come back after a fault.
pub(crate) fn retry_after_s(fault: Fault) -> u64 {
    match fault {
        Fault::Busy => 1,
        Fault::Unavailable => 5,
        Fault::NoBulletin => 60,
    }
}

/// A fault of SOAP.
fn fault(version: Version, refusal: &Refusal) -> Response {
    let (number, body) = soap::fault(version, refusal);
    bytes(status(number), version.content_type(), body)
}

/// An XML answer.
pub(crate) fn xml(status: StatusCode, body: Vec<u8>) -> Response {
    bytes(status, "application/xml; charset=utf-8", body)
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // What we write has text keys and nothing that refuses to be written.
    bytes(status, "application/json", serde_json::to_vec(body).unwrap_or_default())
}

/// An answer with a type of its own.
pub(crate) fn bytes(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The same answer with one more header.
pub(crate) fn with(mut response: Response, name: HeaderName, value: &'static str) -> Response {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

/// A status that the domain worked out; all of them are real ones.
pub(crate) fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Problem details of a refusal: the first finding in front, all of them in `errors`.
fn problem(refusal: &Refusal) -> Response {
    let first = refusal.findings.first();
    let (code, told) = (first.map(Finding::code), first.map(told));
    let body = Problem {
        kind: code.map_or_else(|| "about:blank".to_owned(), |code| format!("/errors#{}", code.as_str())),
        title: code.map(Code::title_tr),
        title_en: code.map(Code::title_en),
        status: refusal.status,
        code: code.map(Code::as_str),
        detail: told.as_ref().map(|told| told.tr.as_str()),
        detail_en: told.as_ref().map(|told| told.en.as_str()),
        reference: refusal.reference.as_deref(),
        errors: refusal.findings.iter().map(finding_json).collect(),
        changes: refusal.changes.iter().map(Difference::of).collect(),
    };
    with(json(status(refusal.status), &body), header::CONTENT_TYPE, "application/problem+json")
}

/// Problem details. Source: RFC 9457, with our own members after its own.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: Option<&'static str>,
    title_en: Option<&'static str>,
    status: u16,
    code: Option<&'static str>,
    detail: Option<&'a str>,
    detail_en: Option<&'a str>,
    reference: Option<&'a str>,
    errors: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Difference<'a>>,
}

/// One difference between two versions.
#[derive(Debug, Serialize)]
pub(crate) struct Difference<'a> {
    path: &'a str,
    old: &'a str,
    new: &'a str,
}

impl<'a> Difference<'a> {
    /// As JSON says it.
    pub(crate) fn of(change: &'a Change) -> Self {
        Self { path: &change.path, old: &change.old, new: &change.new }
    }
}

/// One finding as JSON: code, place, both languages.
pub(crate) fn finding_json(finding: &Finding) -> Value {
    let told = told(finding);
    let (path, line, column) = match &finding.place {
        Place::Located { path, line, column } => (Some(path.as_str()), Some(*line), Some(*column)),
        Place::Source { path, .. } => (Some(path.as_str()), None, None),
        Place::Field { .. } | Place::Nowhere => (None, None, None),
    };
    json!({
        "code": finding.code().as_str(),
        "path": path,
        "line": line,
        "column": column,
        "item": finding.item,
        "message": { "tr": told.tr, "en": told.en },
        "value": finding.value,
        "remedy": { "tr": told.remedy_tr, "en": told.remedy_en },
    })
}

/// What is said about a finding, its blanks filled in.
pub(crate) struct Told {
    /// What is wrong, in Turkish.
    pub(crate) tr: String,
    /// What is wrong, in English.
    pub(crate) en: String,
    /// What to do, in Turkish.
    pub(crate) remedy_tr: String,
    /// What to do, in English.
    pub(crate) remedy_en: String,
}

/// The texts of the catalogue for a finding.
pub(crate) fn told(finding: &Finding) -> Told {
    let path = match &finding.place {
        Place::Located { path, .. } | Place::Source { path, .. } => Some(path.as_str()),
        Place::Field { .. } | Place::Nowhere => None,
    };
    let (value, detail) = (finding.value.as_deref().unwrap_or(""), reply::detail(finding, path));
    let filled = |text| fill(text, value, detail);
    let rule = finding.rule;
    Told {
        tr: filled(rule.tr()),
        en: filled(rule.en()),
        remedy_tr: filled(rule.remedy_tr()),
        remedy_en: filled(rule.remedy_en()),
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for No {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<TooMany> for No {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany(too_many)
    }
}

const XML: [&str; 2] = ["application/xml", "text/xml"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::access::door;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_refusal_takes_the_form_that_the_client_reads() {
        let check = |path: &str, sent: &[(HeaderName, &'static str)], expected: Form| {
            assert_eq!(Form::of(door(path), &headers(sent)), expected, "{path} {sent:?}");
        };
        check("/v1/approvals", &[(header::ACCEPT, "application/json")], Form::Xml);
        check("/v1/approvals/{reference}", &[], Form::Json);
        check("/v1/approvals/{reference}", &[(header::ACCEPT, "application/xml")], Form::Xml);
        check("/v1/codes/{code}", &[(header::ACCEPT, "*/*")], Form::Json);
        check("/v1/nothing", &[(header::CONTENT_TYPE, "text/xml; charset=utf-8")], Form::Xml);
        check("/v1/nothing", &[], Form::Json);
        let soap12 = (header::CONTENT_TYPE, "application/soap+xml; action=\"x\"");
        check("/soap/onay", &[soap12, (header::ACCEPT, "application/json")], Form::Soap(Version::Soap12));
        check("/soap/onay", &[(header::CONTENT_TYPE, "text/xml")], Form::Soap(Version::Soap11));
        check("/soap/onay", &[], Form::Soap(Version::Soap11));
    }

    #[test]
    fn statuses_and_headers_follow_the_reason() {
        let check = |no: No, expected: u16, name: HeaderName, value: Option<&str>| {
            let response = no.respond(Form::Json);
            assert_eq!(response.status().as_u16(), expected);
            let found = response.headers().get(&name).map(|value| value.to_str().unwrap());
            assert_eq!(found, value, "{name}");
        };
        check(No::rule(Rule::SignIn), 401, header::WWW_AUTHENTICATE, Some(CHALLENGE));
        check(No::rule(Rule::RoleMayNot), 403, header::WWW_AUTHENTICATE, None);
        check(No::Fault(Fault::Busy), 503, header::RETRY_AFTER, Some("1"));
        check(No::Fault(Fault::NoBulletin), 503, header::RETRY_AFTER, Some("60"));
        check(TooMany { retry_after_s: 2 }.into(), 429, header::RETRY_AFTER, Some("2"));
        check(No::rule(Rule::NotFound), 404, header::CONTENT_TYPE, Some("application/problem+json"));
    }
}
