//! `POST /v1/approvals`: a declaration comes in, its answer goes out (contract sections 4 and 5).
//!
//! Every answer is `BirlikOnayCevabi`. This file knows how a message travels, and no rule about what it says.

use super::answer::{self, Form, No, status, xml};
use super::{Edge, body, media, query};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Decision, Fault, Refusal};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_message::{Read, RequestFacts, reply};
use ebirlik_operations::Client;
use ebirlik_operations::approve::{Mode, approve};
use http::{HeaderMap, Uri, header};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Submits one declaration.
pub(crate) async fn submit(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    answered(&edge, client, request).await.unwrap_or_else(|no| no.respond(Form::Xml))
}

async fn answered(edge: &Arc<Edge>, client: Arc<Client>, request: Request) -> Result<Response, No> {
    let (parts, body) = request.into_parts();
    let wire = match Wire::of(&parts.headers) {
        Ok(wire) => wire,
        Err(no) => {
            body::drain(&parts.headers, body).await;
            return Err(no);
        }
    };
    let asked = Asked::of(&parts.uri);
    let limits = &edge.config.limits;
    let gathered = body::gather(&parts.headers, body, limits.body_bytes_max, limits, &edge.bodies).await?;
    let mode = asked.mode;
    let (read, share) = read(edge, wire, asked, gathered).await?;
    let Read { declaration, source } = read;
    // A task of its own: whoever hangs up takes neither the decision nor its share of the memory away.
    let office = Arc::clone(&edge.office);
    let decided = tokio::spawn(async move {
        let decision = approve(&office, &client, declaration, mode).await;
        drop(share);
        decision
    });
    let decision = decided.await.map_err(|_| Fault::Unavailable)??;
    if let Decision::Refused(refusal) = &decision {
        answer::count_findings(&refusal.findings);
    }
    Ok(xml(status(status_of(&decision)), reply::write(&decision, Some(&source))))
}

/// How the message travels.
#[derive(Debug, PartialEq, Eq)]
struct Wire {
    charset: Option<String>,
    is_packed: bool,
}

impl Wire {
    fn of(headers: &HeaderMap) -> Result<Self, No> {
        let accept = headers.get_all(header::ACCEPT).iter();
        media::preferred(accept, &XML).ok_or_else(|| No::rule(Rule::NotAcceptable))?;
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (media, charset) = media::content_type(content_type);
        if !XML.contains(&media.as_str()) {
            return Err(refused(Finding::new(Rule::MediaType).value(media)));
        }
        let encodings: Vec<&[u8]> = headers.get_all(header::CONTENT_ENCODING).iter().map(AsRef::as_ref).collect();
        let is_packed = match encodings.as_slice() {
            [] => false,
            [one] if one.eq_ignore_ascii_case(b"identity") => false,
            [one] if one.eq_ignore_ascii_case(b"gzip") || one.eq_ignore_ascii_case(b"x-gzip") => true,
            others => {
                let value = String::from_utf8_lossy(&others.join(&b", "[..])).into_owned();
                return Err(refused(Finding::new(Rule::ContentEncoding).value(value)));
            }
        };
        Ok(Self { charset, is_packed })
    }
}

/// What the address asks beside the message.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    secretariat: Option<String>,
    payment: Option<String>,
    mode: Mode,
    /// Parameters with a value that cannot be.
    findings: Vec<Finding>,
}

impl Asked {
    fn of(uri: &Uri) -> Self {
        let mut findings = Vec::new();
        let mut once = |name: &str| {
            let mut values = query::parameters(uri).filter(|(found, _)| found == name).map(|(_, value)| value);
            let first = values.next();
            if let Some(second) = values.next() {
                findings.push(parameter_value(name, second));
            }
            first
        };
        let (secretariat, payment, dry_run) = (once("secretariat"), once("payment"), once("dryRun"));
        let mode = match dry_run.as_deref() {
            None | Some("false") => Mode::Real,
            Some("true") => Mode::Trial,
            Some(other) => {
                findings.push(parameter_value("dryRun", other.to_owned()));
                // Whoever asked for something like a dry run is not debited.
                Mode::Trial
            }
        };
        Self { secretariat, payment, mode, findings }
    }
}

/// Unpacks and reads the message; what is long goes to threads that may be busy for long.
async fn read(edge: &Edge, wire: Wire, asked: Asked, gathered: body::Gathered) -> Result<(Read, body::Share), No> {
    let limits = edge.config.limits;
    let body::Gathered { bytes, mut share } = gathered;
    let is_long = bytes.len() > if wire.is_packed { PACKED_BYTES_INLINE } else { BYTES_INLINE };
    let work = move || {
        let bytes: Vec<u8> =
            if wire.is_packed { body::unpack(&bytes, limits.body_bytes_max, &mut share)? } else { bytes.into() };
        let facts = RequestFacts {
            charset: wire.charset.as_deref(),
            secretariat: asked.secretariat.as_deref(),
            payment: asked.payment.as_deref(),
            limits: limits.message(),
        };
        let mut read = ebirlik_message::read(bytes, &facts).map_err(|error| refused(error.into_finding()))?;
        read.declaration.findings.extend(asked.findings);
        Ok((read, share))
    };
    if !is_long {
        return work();
    }
    // In turn: each may take a hundred megabytes while it is read.
    let _turn = LONG.acquire().await.map_err(|_| Fault::Unavailable)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| Fault::Unavailable)?
}

/// HTTP status of a decision. Source: contract section 5.
fn status_of(decision: &Decision) -> u16 {
    match decision {
        Decision::Approved(_) | Decision::Trial(_) => 200,
        Decision::Pending(_) => 202,
        Decision::Refused(refusal) => refusal.status,
    }
}

fn parameter_value(name: &str, value: String) -> Finding {
    let place = Place::Located { path: format!("?{name}"), line: 1, column: 1 };
    Finding::new(Rule::ParameterValue).at(place).value(value)
}

fn refused(finding: Finding) -> No {
    Refusal::of(None, finding).into()
}

const XML: [&str; 2] = ["application/xml", "text/xml"];
/// Long messages read at a time.
static LONG: Semaphore = Semaphore::const_new(3);
/// Longest message read on the threads that answer: about a millisecond.
const BYTES_INLINE: usize = 256 << 10;
/// Longest packed message unpacked there; it may become a thousand times as long.
const PACKED_BYTES_INLINE: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::HeaderName;

    fn wire(pairs: &[(HeaderName, &'static str)]) -> Result<Wire, (u16, Rule)> {
        let headers = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        Wire::of(&headers).map_err(|no| match no {
            No::Refused(refusal) => (refusal.status, refusal.findings[0].rule),
            other => panic!("{other:?}"),
        })
    }

    const TYPE: HeaderName = header::CONTENT_TYPE;
    const PACKED: HeaderName = header::CONTENT_ENCODING;
    const ACCEPT: HeaderName = header::ACCEPT;

    #[test]
    fn only_xml_plain_or_gzip_comes_in() {
        let sound = |charset: Option<&str>, is_packed| Ok(Wire { charset: charset.map(ToOwned::to_owned), is_packed });
        assert_eq!(wire(&[(TYPE, "application/xml")]), sound(None, false));
        assert_eq!(wire(&[(TYPE, "text/xml; charset=iso-8859-9"), (PACKED, "gzip")]), sound(Some("iso-8859-9"), true));
        assert_eq!(wire(&[(TYPE, "text/xml"), (PACKED, "identity"), (ACCEPT, "*/*")]), sound(None, false));
        assert_eq!(wire(&[]), Err((415, Rule::MediaType)));
        assert_eq!(wire(&[(TYPE, "application/EDIFACT")]), Err((415, Rule::MediaType)));
        assert_eq!(wire(&[(TYPE, "text/xml"), (PACKED, "br")]), Err((415, Rule::ContentEncoding)));
        assert_eq!(wire(&[(TYPE, "text/xml"), (PACKED, "gzip, gzip")]), Err((415, Rule::ContentEncoding)));
        assert_eq!(wire(&[(TYPE, "text/xml"), (ACCEPT, "application/json")]), Err((406, Rule::NotAcceptable)));
    }

    #[test]
    fn a_doubtful_dry_run_is_never_real() {
        let check = |query: &str, mode: Mode, paths: &[&str]| {
            let asked = Asked::of(&format!("/v1/approvals?{query}").parse().unwrap());
            let found: Vec<&str> = asked
                .findings
                .iter()
                .map(|finding| match &finding.place {
                    Place::Located { path, .. } => path.as_str(),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!((asked.mode, found.as_slice()), (mode, paths), "{query}");
        };
        check("", Mode::Real, &[]);
        check("dryRun=false&secretariat=IMMIB", Mode::Real, &[]);
        check("dryRun=true", Mode::Trial, &[]);
        check("dryRun=TRUE", Mode::Trial, &["?dryRun"]);
        check("dryRun", Mode::Trial, &["?dryRun"]);
        check("dryRun=true&dryRun=false", Mode::Trial, &["?dryRun"]);
        check("secretariat=A&secretariat=B&payment=X", Mode::Real, &["?secretariat"]);
    }
}
