//! What is decided before any handler runs, in the contract's order: limits, sign-in, role, method.

use super::access::{self, Door, Refusals, Traffic};
use super::answer::{Form, No, with};
use super::observe::{SignedIn, without_panic};
use super::{Edge, body, codes, sign_in};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::Fault;
use ebirlik_operations::Client;
use http::request::Parts;
use http::{Extensions, Method, header};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The layer around everything under the doors.
pub(crate) async fn gate(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let door = path.and_then(|path| access::door(path.as_str()));
    gated(&edge, door, request, |request| next.run(request)).await
}

/// Lets a request through to its handler, or answers it here.
pub(crate) async fn gated<F: Future<Output = Response>>(
    edge: &Edge,
    door: Option<&Door>,
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let form = Form::of(door, &parts.headers);
    // For what breaks on our side: the verdict "unavailable" needs the code that was asked for.
    let code = door.filter(|door| door.refusals == Refusals::Verification).map(|_| codes::asked_in(&parts.uri));
    let fault_of = |no: No| match (&no, &code) {
        (No::Fault(fault), Some(code)) => codes::unavailable(code.as_deref(), *fault, form),
        _ => no.respond(form),
    };
    let admitted = match door {
        Some(door) => {
            timeout(ADMITTED_BY, admit(edge, door, &mut parts)).await.unwrap_or(Err(Fault::Unavailable.into()))
        }
        None => Err(No::rule(Rule::NotFound)),
    };
    let client = match admitted {
        Ok(client) => client,
        Err(no) => {
            body::drain(&parts.headers, body).await;
            return fault_of(no);
        }
    };
    let mut response = if let Some(door) = door.filter(|door| !door.takes(&parts.method)) {
        body::drain(&parts.headers, body).await;
        with(No::rule(Rule::MethodNotAllowed).respond(form), header::ALLOW, door.allow())
    } else {
        let is_inquiry = door.is_some_and(|door| door.traffic == Traffic::Inquiry);
        match if is_inquiry { edge.rooms.programs.enter().await.map(Some) } else { Ok(None) } {
            Ok(_seat) => {
                // The body has its own time; after it, whatever a handler waits for has less than this.
                let end = Duration::from_millis(edge.config.limits.body_timeout_ms) + ANSWERED_BY;
                let answered = timeout(end, without_panic(answer(Request::from_parts(parts, body)))).await;
                answered.ok().flatten().unwrap_or_else(|| fault_of(Fault::Unavailable.into()))
            }
            Err(busy) => {
                body::drain(&parts.headers, body).await;
                fault_of(busy.into())
            }
        }
    };
    if let Some(client) = client {
        response.extensions_mut().insert(SignedIn(client));
    }
    response
}

/// Lets a request through to the portal, which has its own doors; only how often it is asked is counted here.
pub(crate) async fn gate_of_pages(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    // How things stand is told out of memory, also while every place is taken.
    let is_public = request.uri().path() == STATUS;
    let traffic = if is_public { Traffic::Public } else { Traffic::Pages };
    if let Err(too_many) = edge.limits.count_address(traffic, address(request.extensions())) {
        return No::from(too_many).respond(Form::Json);
    }
    if is_public {
        return next.run(request).await;
    }
    match edge.rooms.people.enter().await {
        Ok(_seat) => next.run(request).await,
        Err(busy) => No::from(busy).respond(Form::Json),
    }
}

/// Who comes in; nobody in particular where everyone may.
async fn admit(edge: &Edge, door: &Door, parts: &mut Parts) -> Result<Option<Arc<Client>>, No> {
    if door.traffic != Traffic::Probe {
        edge.limits.count_address(door.traffic, address(&parts.extensions))?;
    }
    if door.who.roles(&parts.method).is_none() {
        return Ok(None);
    }
    let client = sign_in::client_of(edge, door.traffic.wall(), parts, None).await?;
    let may_be_named = door.refusals == Refusals::Soap && parts.method == Method::POST;
    if client.is_none() && may_be_named && !parts.headers.contains_key(header::AUTHORIZATION) {
        // The message itself may say who sends it; its handler looks.
        return Ok(None);
    }
    let client = client.ok_or_else(|| No::rule(Rule::SignIn))?;
    let_in(edge, door, &client)?;
    parts.extensions.insert(Arc::clone(&client));
    Ok(Some(client))
}

/// Lets in a client who has signed in.
pub(crate) fn let_in(edge: &Edge, door: &Door, client: &Client) -> Result<(), No> {
    edge.limits.count_user(door.traffic, client)?;
    if door.who.admits(client) { Ok(()) } else { Err(No::rule(Rule::RoleMayNot)) }
}

/// Where a request comes from.
pub(crate) fn address(extensions: &Extensions) -> IpAddr {
    extensions.get::<ConnectInfo<SocketAddr>>().map_or(UNKNOWN, |peer| peer.0.ip())
}

/// The page of how things stand.
const STATUS: &str = "/status";
/// Sign-in waits five seconds at most for a wrong password before; the rest is the store's.
const ADMITTED_BY: Duration = Duration::from_secs(20);
/// A batch of the writer is given up after fifteen seconds, and one more may be before it.
const ANSWERED_BY: Duration = Duration::from_secs(35);
/// Only tests have requests without a connection.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
