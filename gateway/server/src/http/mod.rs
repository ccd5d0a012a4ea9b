//! Everything that can be asked over HTTP, on one page.
//!
//! A request passes [`observe`] (name, log, figures), [`gate`] (limits, sign-in, role, method) and comes to its
//! handler. Who may call what stands in [`access`]; the rules themselves in `operations`.

pub(crate) mod access;
pub(crate) mod accounts;
pub(crate) mod acts;
pub(crate) mod answer;
pub(crate) mod approvals;
pub(crate) mod attachments;
pub(crate) mod bank;
pub(crate) mod bodies;
pub(crate) mod body;
pub(crate) mod cards;
pub(crate) mod codes;
pub(crate) mod connection;
pub(crate) mod credentials;
pub(crate) mod customs;
pub(crate) mod declarations;
pub(crate) mod explanations;
pub(crate) mod feed;
pub(crate) mod figures;
pub(crate) mod flow;
pub(crate) mod gate;
pub(crate) mod health;
mod homed;
pub(crate) mod http2;
pub(crate) mod limits;
mod long;
pub(crate) mod media;
pub(crate) mod observe;
pub(crate) mod pace;
mod paced;
pub(crate) mod papers;
pub(crate) mod places;
pub(crate) mod published;
pub(crate) mod query;
pub(crate) mod reconciliations;
pub(crate) mod request_id;
pub(crate) mod sign_in;
pub(crate) mod soap;
pub(crate) mod trail;
pub(crate) mod walls;
pub(crate) mod xml;

use crate::config::Config;
use crate::random;
use crate::workshop::Workshop;
use access::Door;
use answer::{Form, No};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Extension, Router};
use body::Budget;
use credentials::Credentials;
use ebirlik_domain::catalogue::Rule;
use ebirlik_operations::{Client, Office};
use ebirlik_store::Walled;
use figures::Stages;
use health::Readiness;
use http::{HeaderMap, Method, header};
use limits::Limits;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::time::Instant;
use tower::Service;
use walls::Rooms;

/// What the HTTP side of a server holds.
pub(crate) struct Edge {
    pub(crate) office: Arc<Office>,
    pub(crate) config: Arc<Config>,
    /// What was verified a moment ago, wall by wall: guesses at one never fill another's memory.
    pub(crate) credentials: Walled<Credentials>,
    pub(crate) limits: Limits,
    pub(crate) rooms: Rooms,
    pub(crate) bodies: Budget,
    /// The same of those who are to be named by their messages: whoever has not signed in yet fills nobody else's.
    pub(crate) strangers_bodies: Budget,
    pub(crate) readiness: Readiness,
    pub(crate) figures: PrometheusHandle,
    pub(crate) stages: Stages,
    pub(crate) started: Instant,
    /// Where declarations are worked on.
    pub(crate) workshop: Workshop,
}

/// Why a server cannot answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EdgeError {
    /// No key for remembered credentials.
    #[error(transparent)]
    Random(#[from] random::NoRandomness),
    /// No threads for declarations.
    #[error("declarations get no threads: {0}")]
    Workshop(#[from] std::io::Error),
    /// The figures cannot be kept.
    #[error(transparent)]
    Figures(#[from] metrics_exporter_prometheus::BuildError),
}

impl Edge {
    /// Around an open office.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(crate) fn new(office: Arc<Office>, config: Arc<Config>) -> Result<Arc<Self>, EdgeError> {
        // First of all: what is counted before the recorder stands is lost.
        let figures = figures::recorder()?;
        let key = random::bytes()?;
        Ok(Arc::new(Self {
            office,
            credentials: Walled::each(|_| Credentials::new(&key)),
            rooms: Rooms::new(&config.limits),
            limits: Limits::new(&config.limits),
            bodies: Budget::new(config.limits.bodies_in_flight_bytes_max, body::KEPT),
            strangers_bodies: Budget::new(config.limits.bodies_in_flight_bytes_max, body::NOT_LARGE),
            readiness: Readiness::default(),
            figures,
            stages: Stages::new(),
            started: Instant::now(),
            workshop: Workshop::open()?,
            config,
        }))
    }

    /// Forgets what is out of date. To be called from a timer.
    pub(crate) fn clean(&self) {
        self.limits.clean();
        self.office.forget_guesses();
        self.figures.run_upkeep();
    }
}

/// What answers the requests of a listener.
///
/// The two addresses that are asked thousands of times a second are answered past the router, which copies all that a
/// request passes through for each: the same layers and the same handlers, called as functions.
#[derive(Clone)]
pub(crate) struct Routes {
    hot: Option<Arc<Edge>>,
    router: Router,
}

impl From<Router> for Routes {
    fn from(router: Router) -> Self {
        Self { hot: None, router }
    }
}

impl Routes {
    /// Every route of the server.
    pub(crate) fn of(edge: &Arc<Edge>) -> Self {
        Self { hot: Some(Arc::clone(edge)), router: router(edge) }
    }

    /// The answer to a request.
    pub(crate) async fn answer(self, request: Request) -> Response {
        let Self { hot, mut router } = self;
        // The router takes the body away from an answer to HEAD.
        let hot = hot.as_ref().filter(|_| request.method() != Method::HEAD);
        let Some((edge, door)) = hot.and_then(|edge| Some((edge, hot_door(request.uri().path())?))) else {
            return match router.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
        };
        let handled = |request| handle(Arc::clone(edge), door, request);
        let gated = |request| gate::gated(edge, Some(door), request, handled);
        observe::observed(request, Some(door.path), gated).await
    }
}

/// The door at a path that is answered past the router.
fn hot_door(path: &str) -> Option<&'static Door> {
    if path == SUBMISSION {
        return access::door(SUBMISSION);
    }
    let code = path.strip_prefix(codes::CODES)?;
    let is_one = !code.is_empty() && !code.contains('/') && path != codes::LIST;
    if is_one { access::door(CODE) } else { None }
}

/// A request that the gate let through to one of these doors.
async fn handle(edge: Arc<Edge>, door: &Door, request: Request) -> Response {
    let Some(client) = request.extensions().get::<Arc<Client>>().cloned() else {
        return No::rule(Rule::SignIn).respond(Form::Json);
    };
    if door.path == SUBMISSION {
        approvals::submit(State(edge), Extension(client), request).await
    } else {
        codes::one(State(edge), Extension(client), request.into_parts().0).await
    }
}

/// Where declarations are sent to.
pub(crate) const SUBMISSION: &str = "/v1/approvals";
/// Where one code is verified.
const CODE: &str = "/v1/codes/{code}";

/// Every route of the server, for whoever asks seldom.
pub(crate) fn router(edge: &Arc<Edge>) -> Router {
    let portal = ebirlik_portal::router(Arc::clone(&edge.office), edge.config.is_https(), edge.config.site())
        .layer(from_fn(name_route))
        .layer(from_fn_with_state(Arc::clone(edge), gate::gate_of_pages));
    Router::new()
        .route(SUBMISSION, any(approvals::submit))
        .route("/v1/approvals/{reference}", any(declarations::show))
        .route("/v1/approvals/{reference}/withdraw", any(declarations::give_up))
        .route("/v1/approvals/{reference}/urgent", any(declarations::put_first))
        .route("/v1/approvals/{reference}/papers", any(attachments::serve))
        .route("/v1/approvals/{reference}/papers/{paper}", any(attachments::one))
        .route(CODE, any(codes::one))
        .route("/v1/codes/verify", any(codes::list))
        .route("/v1/accounts", any(accounts::list))
        .route("/v1/accounts/{account}/statement", any(accounts::statement))
        .route("/v1/accounts/{account}/choice", any(accounts::choose))
        .route("/v1/feed", any(feed::list))
        .route("/v1/receipts", any(feed::receipts))
        .route("/v1/receipts/{receipt}", any(papers::one))
        .route("/v1/explanations/{reference}", any(explanations::show))
        .route("/v1/registrations", any(customs::register))
        .route("/v1/registrations/{number}/exit", any(customs::exit))
        .route("/v1/approvals/{reference}/release", any(acts::release))
        .route("/v1/approvals/{reference}/cancel", any(acts::cancel))
        .route("/v1/approvals/{reference}/correct", any(acts::correct))
        .route("/v1/approvals/{reference}/refund", any(acts::refund))
        .route("/v1/approvals/{reference}/rebind", any(acts::rebind))
        .route("/v1/reconciliations", any(reconciliations::serve))
        .route("/v1/reconciliations/{row}", any(reconciliations::decide))
        .route("/v1/desk", any(acts::desk))
        .route("/v1/cases", any(acts::cases))
        .route("/v1/cases/{case}/confirm", any(acts::confirm))
        .route("/v1/cases/{case}/refuse", any(acts::refuse))
        .route("/v1/counter/approvals", any(approvals::enter))
        .route(soap::SERVICE, any(soap::serve))
        .route("/v1/bank-statements", any(bank::import))
        .route("/v1/bank-lines", any(bank::list))
        .route("/v1/bank-lines/{line}", any(bank::decide))
        .route("/card-notices", any(cards::notice))
        .route("/schemas", any(published::schemas))
        .route("/schemas/", any(published::schemas))
        .route("/schemas/{*file}", any(published::schemas))
        .route("/errors", any(published::errors))
        .route("/openapi.json", any(published::openapi))
        .route("/health/live", any(health::live))
        .route("/health/ready", any(health::ready))
        .merge(figures(edge))
        // No doors: the gate answers E1404.
        .route("/v1", any(nothing))
        .route("/v1/{*rest}", any(nothing))
        .route("/soap/{*rest}", any(nothing))
        .layer(from_fn_with_state(Arc::clone(edge), gate::gate))
        .fallback_service(portal)
        .layer(from_fn(observe::observe))
        .with_state(Arc::clone(edge))
}

/// The figures, where they have no listener of their own. Life and readiness stay on both: whoever sends traffic to a
/// listener has to ask that one, and they tell no more than a word.
fn figures(edge: &Edge) -> Router<Arc<Edge>> {
    match edge.config.metrics_listen {
        None => Router::new().route("/metrics", any(health::all_figures)),
        Some(_) => Router::new(),
    }
}

/// The routes of the operator's own listener.
pub(crate) fn operator_router(edge: &Arc<Edge>) -> Router {
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::all_figures))
        .with_state(Arc::clone(edge))
}

/// The form of a data answer that the client takes: JSON, or XML on `Accept`.
///
/// # Errors
/// E1406 when it takes neither.
pub(crate) fn accepts(headers: &HeaderMap) -> Result<Form, No> {
    let offers = ["application/json", "application/xml", "text/xml"];
    match media::preferred(headers.get_all(header::ACCEPT).iter(), &offers) {
        Some(0) => Ok(Form::Json),
        Some(_) => Ok(Form::Xml),
        None => Err(No::rule(Rule::NotAcceptable)),
    }
}

async fn nothing() -> Response {
    No::rule(Rule::NotFound).respond(Form::Json)
}

/// Tells the log which route of the portal answered.
async fn name_route(request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        response.extensions_mut().insert(observe::PortalRoute(matched));
    }
    response
}
