//! `POST /v1/approvals`: a declaration comes in, its answer goes out (contract sections 4 and 5).
//!
//! The answer has the form of the message: `BirlikOnayCevabi`, or CUSRES and CONTRL. This file knows how a message travels, and no rule about what it says.

use super::answer::{self, Form, No, status};
use super::body::{self, Budget};
use super::trail::Trail;
use super::walls::Seat;
use super::{Edge, long, media, query};
use crate::config::TestInterchanges;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Decision, Fault, Refusal};
use ebirlik_domain::finding::{Finding, Place};
use ebirlik_message::edifact::Envelope;
use ebirlik_message::soap::Version;
use ebirlik_message::{Contrl, Read, RequestFacts, Wire, reply};
use ebirlik_operations::Client;
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::counter::{self, Counter};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use std::sync::Arc;
use std::time::Instant;

/// Submits one declaration.
pub(crate) async fn submit(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    answered(&edge, client, None, request).await.unwrap_or_else(|no| no.respond(Form::Xml))
}

/// Enters a declaration at the counter: `?kind=NAKIT` or `KAGIT`.
pub(crate) async fn enter(
    State(edge): State<Arc<Edge>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
) -> Response {
    let counter = match query::parameter(request.uri(), "kind").as_deref() {
        None | Some("NAKIT") => Counter::Cash,
        Some("KAGIT") => Counter::Paper,
        Some(other) => {
            let (parts, body) = request.into_parts();
            body::drain(&parts.headers, body).await;
            return refused(parameter_value("kind", other.to_owned())).respond(Form::Xml);
        }
    };
    answered(&edge, client, Some(counter), request).await.unwrap_or_else(|no| no.respond(Form::Xml))
}

async fn answered(
    edge: &Arc<Edge>,
    client: Arc<Client>,
    counter: Option<Counter>,
    request: Request,
) -> Result<Response, No> {
    let (parts, body) = request.into_parts();
    let travel = match Travel::of(&parts.headers) {
        Ok(travel) => travel,
        Err(no) => {
            body::drain(&parts.headers, body).await;
            return Err(no);
        }
    };
    let received = receive(edge, &parts, body, &edge.bodies).await?;
    decide(edge, (client, counter), &parts.uri, travel, received).await
}

/// A whole body, and the trail of its request.
pub(super) struct Received {
    pub(super) gathered: body::Gathered,
    trail: Trail,
}

/// Takes a body in.
pub(super) async fn receive(edge: &Edge, parts: &Parts, body: Body, budget: &Budget) -> Result<Received, No> {
    // A refusal must cost next to nothing: before the body is gathered, and again before it is read.
    if let Err(busy) = edge.rooms.submission.may_enter() {
        body::drain(&parts.headers, body).await;
        return Err(busy.into());
    }
    let trail = parts.extensions.get::<Trail>().cloned().unwrap_or_else(|| Trail::begin(&parts.headers));
    let started = Instant::now();
    let limits = &edge.config.limits;
    let gathered = body::gather(&parts.headers, body, limits.body_bytes_max, limits, budget).await?;
    edge.stages.receive.took(started, &trail);
    Ok(Received { gathered, trail })
}

/// Decides on what a body holds.
pub(super) async fn decide(
    edge: &Arc<Edge>,
    (client, counter): (Arc<Client>, Option<Counter>),
    uri: &Uri,
    travel: Travel,
    Received { gathered, trail }: Received,
) -> Result<Response, No> {
    let (asked, started) = (Asked::of(uri), Instant::now());
    let seat = edge.rooms.submission.enter().await?;
    edge.stages.wait.took(started, &trail);
    // Whoever hangs up takes neither the decision nor its share of the memory away.
    let work = {
        let edge = Arc::clone(edge);
        Box::pin(async move { worked_on(&edge, (&client, counter), (travel, asked, trail), gathered, seat).await })
    };
    edge.workshop.done(work).await.unwrap_or(Err(Fault::Unavailable.into()))
}

/// From a whole body to its answer.
async fn worked_on(
    edge: &Edge,
    (client, counter): (&Client, Option<Counter>),
    (travel, asked, trail): (Travel, Asked, Trail),
    gathered: body::Gathered,
    _seat: Seat,
) -> Result<Response, No> {
    let (wire, asked_mode, started) = (travel.wire, asked.mode, Instant::now());
    let heard = read(edge, travel, asked, gathered).await?;
    edge.stages.read.took(started, &trail);
    let (read, share) = match heard {
        Heard::Declared(read, share) => (read, share),
        Heard::Broken(contrl) => {
            answer::count_findings(&contrl.findings);
            return Ok(answer::bytes(StatusCode::BAD_REQUEST, wire.content_type(), contrl.bytes));
        }
    };
    let Read { declaration, source } = *read;
    let is_test =
        source.envelope().is_some_and(Envelope::is_test) && edge.config.test_interchanges == TestInterchanges::DryRun;
    let mode = if is_test { Mode::Trial } else { asked_mode };
    let started = Instant::now();
    let decided = match counter {
        None => approve(&edge.office, client, declaration, mode).await,
        Some(counter) => Box::pin(counter::enter(&edge.office, client, declaration, counter, mode)).await,
    };
    edge.stages.decide.took(started, &trail);
    drop(share);
    let started = Instant::now();
    let (decision, retry_after_s) = match (decided, wire) {
        (Ok(decision), _) => (decision, None),
        (Err(fault), Wire::Xml) => return Err(fault.into()),
        (Err(fault), Wire::Edifact) => {
            let refusal = Refusal::of(None, Finding::new(fault.rule()));
            (Decision::Refused(refusal), Some(answer::retry_after_s(fault)))
        }
    };
    if let Decision::Refused(refusal) = &decision {
        answer::count_findings(&refusal.findings);
    }
    let written = reply::write(&decision, Some(&source));
    // To SOAP a refusal is an answer too: toolkits take other statuses for trouble on the way.
    let status = if source.soap().is_some() { StatusCode::OK } else { status(status_of(&decision)) };
    let mut response = answer::bytes(status, source.content_type(), written);
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    edge.stages.answer.took(started, &trail);
    Ok(response)
}

/// How the message travels.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Travel {
    wire: Wire,
    pub(super) charset: Option<String>,
    pub(super) is_packed: bool,
    /// In an envelope of SOAP.
    is_enveloped: bool,
}

impl Travel {
    fn of(headers: &HeaderMap) -> Result<Self, No> {
        let (media, charset) = media::sent(headers);
        match media.as_str() {
            "application/xml" | "text/xml" => Self::by(headers, Wire::Xml, XML, charset),
            "application/edifact" => Self::by(headers, Wire::Edifact, EDIFACT, charset),
            _ => Err(refused(Finding::new(Rule::MediaType).value(media))),
        }
    }

    /// The same of a message in an envelope. Its version is said by the envelope alone.
    pub(super) fn of_envelope(headers: &HeaderMap) -> Result<Self, No> {
        let (media, charset) = media::sent(headers);
        if Version::of_media(&media).is_none() {
            return Err(refused(Finding::new(Rule::MediaType).value(media)));
        }
        Ok(Self { is_enveloped: true, ..Self::by(headers, Wire::Xml, SOAP, charset)? })
    }

    fn by(headers: &HeaderMap, wire: Wire, offers: &[&str], charset: Option<String>) -> Result<Self, No> {
        let accept = headers.get_all(header::ACCEPT).iter();
        media::preferred(accept, offers).ok_or_else(|| No::rule(Rule::NotAcceptable))?;
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
        Ok(Self { wire, charset, is_packed, is_enveloped: false })
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

/// What a body turned out to be.
enum Heard {
    /// A declaration, with its share of the memory for bodies.
    Declared(Box<Read>, body::Share),
    /// An interchange with broken syntax, and what answers it.
    Broken(Contrl),
}

/// Unpacks and reads the message; what is long waits for its turn.
async fn read(edge: &Edge, travel: Travel, asked: Asked, gathered: body::Gathered) -> Result<Heard, No> {
    let limits = edge.config.limits;
    let received_at = edge.office.clock.now();
    let body::Gathered { bytes, mut share } = gathered;
    let is_long = bytes.len() > if travel.is_packed { PACKED_BYTES_INLINE } else { BYTES_INLINE };
    let work = move || {
        let bytes: Vec<u8> = if travel.is_packed {
            let unpacked = body::unpack(&bytes, limits.body_bytes_max, &mut share)?;
            drop(bytes);
            unpacked
        } else {
            bytes.into()
        };
        let facts = RequestFacts {
            charset: travel.charset.as_deref(),
            secretariat: asked.secretariat.as_deref(),
            payment: asked.payment.as_deref(),
            limits: limits.message(),
            received_at,
            is_enveloped: travel.is_enveloped,
        };
        match travel.wire.read(bytes, &facts) {
            Ok(mut read) => {
                read.declaration.findings.extend(asked.findings);
                Ok(Heard::Declared(Box::new(read), share))
            }
            Err(error) => match error.into_parts() {
                (_, Some(contrl)) => Ok(Heard::Broken(contrl)),
                (finding, None) if finding.rule == Rule::BodyTooLarge => Err(body::too_large(finding).into()),
                (finding, None) => Err(refused(finding)),
            },
        }
    };
    if !is_long {
        return work();
    }
    long::in_turn(work).await?
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

const XML: &[&str] = &["application/xml", "text/xml"];
const EDIFACT: &[&str] = &["application/edifact"];
const SOAP: &[&str] = &["text/xml", "application/soap+xml", "application/xml"];
/// Longest message read on the threads that answer: about a millisecond.
const BYTES_INLINE: usize = 256 << 10;
/// Longest packed message unpacked there; it may become a thousand times as long.
const PACKED_BYTES_INLINE: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderName;

    fn travel(pairs: &[(HeaderName, &'static str)]) -> Result<Travel, (u16, Rule)> {
        let headers = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        Travel::of(&headers).map_err(|no| match no {
            No::Refused(refusal) => (refusal.status, refusal.findings[0].rule),
            other => panic!("{other:?}"),
        })
    }

    const TYPE: HeaderName = header::CONTENT_TYPE;
    const PACKED: HeaderName = header::CONTENT_ENCODING;
    const ACCEPT: HeaderName = header::ACCEPT;

    #[test]
    fn only_xml_and_edifact_plain_or_gzip_come_in() {
        let sound = |charset: Option<&str>, is_packed| {
            Ok(Travel { wire: Wire::Xml, charset: charset.map(ToOwned::to_owned), is_packed, is_enveloped: false })
        };
        assert_eq!(travel(&[(TYPE, "application/xml")]), sound(None, false));
        assert_eq!(
            travel(&[(TYPE, "text/xml; charset=iso-8859-9"), (PACKED, "gzip")]),
            sound(Some("iso-8859-9"), true)
        );
        assert_eq!(travel(&[(TYPE, "text/xml"), (PACKED, "identity"), (ACCEPT, "*/*")]), sound(None, false));
        assert_eq!(travel(&[]), Err((415, Rule::MediaType)));
        let edifact = Travel { wire: Wire::Edifact, charset: None, is_packed: false, is_enveloped: false };
        assert_eq!(travel(&[(TYPE, "application/EDIFACT"), (ACCEPT, "application/EDIFACT")]), Ok(edifact));
        assert_eq!(travel(&[(TYPE, "application/EDIFACT"), (ACCEPT, "text/xml")]), Err((406, Rule::NotAcceptable)));
        assert_eq!(travel(&[(TYPE, "text/plain")]), Err((415, Rule::MediaType)));
        assert_eq!(travel(&[(TYPE, "text/xml"), (PACKED, "br")]), Err((415, Rule::ContentEncoding)));
        assert_eq!(travel(&[(TYPE, "text/xml"), (PACKED, "gzip, gzip")]), Err((415, Rule::ContentEncoding)));
        assert_eq!(travel(&[(TYPE, "text/xml"), (ACCEPT, "application/json")]), Err((406, Rule::NotAcceptable)));
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
