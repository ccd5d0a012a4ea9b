//! `GET /v1/codes/{code}` and `POST /v1/codes/verify`: is this code good? (contract section 7)
//!
//! "Cannot tell" is a verdict of its own, with status 503: it is never shown as "not valid".

use super::answer::{Form, No, json, retry_after_s, xml};
use super::xml::Element;
use super::{Edge, accepts, body, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::time::printed;
use ebirlik_domain::verdict::{Verification, VerifiedApproval};
use ebirlik_operations::Client;
use ebirlik_operations::verify::{Asked, mistyped, note, verify};
use http::request::Parts;
use http::{StatusCode, Uri, header};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Verifies one code.
pub(crate) async fn one(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    parts: Parts,
) -> Response {
    let form = match accepts(&parts.headers) {
        Ok(form) => form,
        Err(no) => return no.respond(Form::Json),
    };
    let code = query::in_path(&parts.uri, CODES, "");
    let asked = Asked {
        code: code.clone(),
        reference: query::parameter(&parts.uri, "ref"),
        exporter: query::parameter(&parts.uri, "exporter"),
    };
    let verifications = match verified(&edge, &client, &[asked]).await {
        Ok(verifications) => verifications,
        Err(fault) => return unavailable(Some(&code), fault, form),
    };
    match (verifications.first(), form) {
        (Some(verification), Form::Json) => json(StatusCode::OK, &Told::of(verification)),
        (Some(verification), Form::Xml | Form::Soap(_)) => {
            let mut root = Element::root(ONE);
            fill(&mut root, verification);
            xml(StatusCode::OK, root.into_document())
        }
        (None, form) => unavailable(Some(&code), Fault::Unavailable, form),
    }
}

/// Verifies a list of codes, in its order.
pub(crate) async fn list(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let form = Form::accepted(request.headers());
    listed(&edge, &client, request).await.unwrap_or_else(|no| no.respond(form))
}

/// The verdict that nothing can be said now. Without a code: for a list that was not read.
pub(crate) fn unavailable(code: Option<&str>, fault: Fault, form: Form) -> Response {
    let Some(code) = code else {
        return No::Fault(fault).respond(form);
    };
    let response = match form {
        Form::Json => json(StatusCode::SERVICE_UNAVAILABLE, &Told::unavailable(code)),
        Form::Xml | Form::Soap(_) => {
            let mut root = Element::root(ONE);
            fill_unavailable(&mut root, code);
            xml(StatusCode::SERVICE_UNAVAILABLE, root.into_document())
        }
    };
    later(response, fault)
}

/// The code that an address asks about; none for a list.
pub(crate) fn asked_in(uri: &Uri) -> Option<String> {
    (uri.path() != LIST).then(|| query::in_path(uri, CODES, ""))
}

/// Verdicts from behind verification's own wall. Whoever guesses waits outside, and takes nobody's place.
async fn verified(edge: &Edge, client: &Client, asked: &[Asked]) -> Result<Vec<Verification>, Fault> {
    let seat = edge.rooms.verification.enter().await?;
    let verifications = verify(&edge.office, asked).await?;
    drop(seat);
    note(&edge.office, client, &verifications).await;
    Ok(verifications)
}

/// One entry of a list as sent.
#[derive(Debug, Deserialize)]
struct Entry {
    code: String,
    #[serde(rename = "ref")]
    reference: Option<String>,
    exporter: Option<String>,
}

/// A verdict as JSON says it. Source: contract section 7.
#[derive(Debug, Serialize)]
struct Told<'a> {
    verdict: &'static str,
    code: &'a str,
    #[serde(rename = "ref")]
    reference: Option<&'a str>,
    bound: bool,
    approval: Option<ToldApproval<'a>>,
    typo_at: Option<u8>,
    /// Only when it is known to have leaked.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'static str>,
}

/// What is told about an approval. No party's data.
#[derive(Debug, Serialize)]
struct ToldApproval<'a> {
    kind: &'static str,
    approved_at: String,
    secretariat: &'a str,
    record_no: &'a str,
    registration_no: Option<&'a str>,
    valid_until: Option<String>,
    ended_at: Option<String>,
}

async fn listed(edge: &Edge, client: &Client, request: Request) -> Result<Response, No> {
    let (_, form, entries): (_, _, Vec<Entry>) =
        body::asked_in_json(edge, request, edge.config.limits.list_bytes_max).await?;
    if entries.len() > LIST_MAX {
        let finding = Finding::new(Rule::TooManyCodes).value(entries.len().to_string()).detail(LIST_MAX.to_string());
        return Err(Refusal::of(None, finding).into());
    }
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let asked: Vec<Asked> = entries
        .into_iter()
        .map(|entry| Asked { code: entry.code, reference: said(entry.reference), exporter: said(entry.exporter) })
        .collect();
    match verified(edge, client, &asked).await {
        Ok(verifications) => Ok(list_of(StatusCode::OK, form, verifications.iter(), Told::of, fill)),
        Err(fault) => {
            // A typing error is told without the store.
            let told: Vec<_> = asked.iter().map(|asked| mistyped(&asked.code).ok_or(asked.code.as_str())).collect();
            let response =
                list_of(StatusCode::SERVICE_UNAVAILABLE, form, told.iter(), Told::without_store, fill_without_store);
            Ok(later(response, fault))
        }
    }
}

fn fill_without_store(element: &mut Element, told: &Result<Verification, &str>) {
    match told {
        Ok(verification) => fill(element, verification),
        Err(code) => fill_unavailable(element, code),
    }
}

fn list_of<'a, T>(
    status: StatusCode,
    form: Form,
    entries: impl Iterator<Item = T>,
    told: impl Fn(T) -> Told<'a>,
    fill: impl Fn(&mut Element, T),
) -> Response {
    match form {
        Form::Json => json(status, &entries.map(told).collect::<Vec<_>>()),
        Form::Xml | Form::Soap(_) => {
            let mut root = Element::root("KodDogrulamalari");
            for entry in entries {
                let mut element = Element::new(ONE);
                fill(&mut element, entry);
                root.child(element);
            }
            xml(status, root.into_document())
        }
    }
}

impl<'a> Told<'a> {
    /// A typing error, or that nothing can be said about a well-formed code now.
    fn without_store(told: &'a Result<Verification, &'a str>) -> Self {
        told.as_ref().map_or_else(|code| Self::unavailable(code), Self::of)
    }

    fn of(verification: &'a Verification) -> Self {
        Self {
            verdict: verification.verdict.as_str(),
            code: &verification.code,
            reference: verification.reference.as_deref(),
            bound: verification.bound,
            approval: verification.approval.as_ref().map(ToldApproval::of),
            typo_at: verification.typo_at,
            key: verification.key_leaked.then_some(KEY_LEAKED),
        }
    }

    fn unavailable(code: &'a str) -> Self {
        Self { verdict: UNAVAILABLE, code, reference: None, bound: false, approval: None, typo_at: None, key: None }
    }
}

impl<'a> ToldApproval<'a> {
    fn of(approval: &'a VerifiedApproval) -> Self {
        Self {
            kind: approval.kind.as_str(),
            approved_at: printed(approval.approved_at),
            secretariat: &approval.secretariat,
            record_no: &approval.record_no,
            registration_no: approval.registration_no.as_deref(),
            valid_until: approval.valid_until.map(|day| day.to_string()),
            ended_at: approval.ended_at.map(printed),
        }
    }
}

fn fill(element: &mut Element, verification: &Verification) {
    element.text("Sonuc", verification.verdict.as_str());
    element.text("KriptoKodu", &verification.code);
    element.maybe("Referans", verification.reference.as_deref());
    element.text("Bagli", if verification.bound { "true" } else { "false" });
    if let Some(approval) = &verification.approval {
        let mut child = Element::new("Onay");
        child.text("OnaySekli", approval.kind.as_str());
        child.text("OnayZamani", &printed(approval.approved_at));
        child.text("GenelSekreterlik", &approval.secretariat);
        child.text("BirlikKayitNo", &approval.record_no);
        child.maybe("TescilNo", approval.registration_no.as_deref());
        child.maybe("GecerlilikSonu", approval.valid_until.map(|day| day.to_string()).as_deref());
        child.maybe("BitisZamani", approval.ended_at.map(printed).as_deref());
        element.child(child);
    }
    element.maybe("HataliKarakter", verification.typo_at.map(|at| at.to_string()).as_deref());
    element.maybe("Anahtar", verification.key_leaked.then_some(KEY_LEAKED));
}

fn fill_unavailable(element: &mut Element, code: &str) {
    element.text("Sonuc", UNAVAILABLE);
    element.text("KriptoKodu", code);
    element.text("Bagli", "false");
}

fn later(mut response: Response, fault: Fault) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, retry_after_s(fault).into());
    response
}

/// The verdict of a fault: cannot tell now.
const UNAVAILABLE: &str = "unavailable";
/// What is told of a code's key, beside the verdict.
const KEY_LEAKED: &str = "leaked";
/// Root of one verification in XML.
const ONE: &str = "KodDogrulama";
/// What stands before a code in the path.
pub(crate) const CODES: &str = "/v1/codes/";
/// Where lists are asked.
pub(crate) const LIST: &str = "/v1/codes/verify";
/// Codes in one list. Source: contract section 3.
const LIST_MAX: usize = 5_000;

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_domain::decision::ApprovalKind;
    use ebirlik_domain::verdict::Verdict;
    use http_body_util::BodyExt;
    use serde_json::json;

    fn verification() -> Verification {
        Verification {
            verdict: Verdict::Valid,
            code: "7K3M000000000000".to_owned(),
            reference: Some("BRK-1".to_owned()),
            bound: true,
            approval: Some(VerifiedApproval {
                kind: ApprovalKind::CurrentAccount,
                approved_at: "2026-11-21T11:03:22.123456Z".parse().unwrap(),
                secretariat: "IMMIB".to_owned(),
                record_no: "26IMMIB000000042".to_owned(),
                registration_no: None,
                valid_until: None,
                ended_at: None,
            }),
            typo_at: None,
            key_leaked: false,
        }
    }

    #[test]
    fn a_leaked_key_is_named_beside_the_verdict() {
        let leaked = Verification { key_leaked: true, ..verification() };
        let told = serde_json::to_value(Told::of(&leaked)).unwrap();
        assert_eq!((&told["verdict"], &told["key"]), (&json!("valid"), &json!("leaked")));
        let mut root = Element::root(ONE);
        fill(&mut root, &leaked);
        assert!(String::from_utf8(root.into_document()).unwrap().contains("<Anahtar>leaked</Anahtar>"));
    }

    #[test]
    fn a_verdict_has_the_contracts_keys() {
        let expected = json!({
            "verdict": "valid", "code": "7K3M000000000000", "ref": "BRK-1", "bound": true,
            "approval": {
                "kind": "CARI_HESAP", "approved_at": "2026-11-21T14:03:22.123+03:00", "secretariat": "IMMIB",
                "record_no": "26IMMIB000000042", "registration_no": null, "valid_until": null, "ended_at": null
            },
            "typo_at": null
        });
        assert_eq!(serde_json::to_value(Told::of(&verification())).unwrap(), expected);
    }

    #[tokio::test]
    async fn a_fault_is_unavailable_and_never_not_valid() {
        let response = unavailable(Some("7K3M"), Fault::Unavailable, Form::Json);
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let expected =
            r#"{"verdict":"unavailable","code":"7K3M","ref":null,"bound":false,"approval":null,"typo_at":null}"#;
        assert_eq!(body, expected);
        assert_eq!(unavailable(None, Fault::Busy, Form::Json).status(), 503);
    }

    #[test]
    fn an_address_asks_about_one_code_or_a_list() {
        let check = |path: &str, code: Option<&str>| {
            assert_eq!(asked_in(&path.parse().unwrap()).as_deref(), code, "{path}");
        };
        check("/v1/codes/7K3M-0000%2F1?ref=a", Some("7K3M-0000/1"));
        check("/v1/codes/verify", None);
    }
}
