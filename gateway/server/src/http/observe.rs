//! What every request leaves behind: an `X-Request-Id`, a line in the log, figures, and safe headers.
//!
//! The log names the route and never the address itself, which holds references, codes and tax numbers.

use super::request_id;
use super::trail::Trail;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use ebirlik_operations::Client;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use hyper::body::Body;
use metrics::{Counter, Gauge, Histogram};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::{Duration, Instant};

/// Who signed in, told by the gate to the log.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn(pub(crate) Arc<Client>);

/// Which route of the portal answered, told to the log.
#[derive(Debug, Clone)]
pub(crate) struct PortalRoute(pub(crate) MatchedPath);

/// The outermost layer.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    observed(request, matched.as_ref().map(MatchedPath::as_str), |request| next.run(request)).await
}

/// An answer with all that it leaves behind. A route that is not known yet is the portal's, which names it.
pub(crate) async fn observed<F: Future<Output = Response>>(
    mut request: Request,
    route: Option<&str>,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let started = Instant::now();
    let id = request_id::of(request.headers());
    request.headers_mut().insert(request_id::HEADER, id.clone());
    let method = request.method().clone();
    let trail = Trail::begin(request.headers());
    request.extensions_mut().insert(trail.clone());
    let in_flight = InFlight::new();
    let answered = without_panic(answer(request)).await;
    drop(in_flight);
    let mut response = answered.unwrap_or_else(|| {
        let mut response = Response::new(
            "Geçici bir hata oluştu, lütfen yeniden deneyin. / Temporary fault, please try again.".into(),
        );
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        response
    });
    let portal = response.extensions_mut().remove::<PortalRoute>().map(|route| route.0);
    let route = route.or(portal.as_ref().map(MatchedPath::as_str)).unwrap_or("none");
    record(&method, route, &response, &id, started.elapsed());
    trail.end(&method, route, response.status().as_u16(), id.to_str().unwrap_or("-"));
    protect(&mut response);
    response.headers_mut().insert(request_id::HEADER, id);
    response
}

/// Counts a request while it is under way, also when its client hangs up in the middle.
struct InFlight;

impl InFlight {
    fn new() -> Self {
        IN_FLIGHT.increment(1);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        IN_FLIGHT.decrement(1);
    }
}

static IN_FLIGHT: LazyLock<Gauge> = LazyLock::new(|| metrics::gauge!("ebirlik_requests_in_flight"));

/// Runs a future to its end; `None` when it panicked. The panic is logged, the server lives on.
pub(crate) async fn without_panic<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        // The future is dropped after a panic and never polled again, so nobody sees what it left broken.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
            Err(panic) => {
                metrics::counter!("ebirlik_panics_total").increment(1);
                tracing::error!(panic = message_of(panic.as_ref()), "a handler panicked");
                Poll::Ready(None)
            }
        }
    })
    .await
}

fn record(method: &Method, route: &str, response: &Response, id: &HeaderValue, duration: Duration) {
    let status = response.status().as_u16();
    FIGURES.with_borrow_mut(|figures| {
        let known = figures.iter().position(|known| known.status == status && known.route == route);
        let at = known.unwrap_or_else(|| {
            figures.push(Figures::of(route, status));
            figures.len() - 1
        });
        if let Some(figures) = figures.get(at) {
            figures.requests.increment(1);
            figures.duration.record(duration.as_secs_f64());
        }
    });
    let user = response.extensions().get::<SignedIn>();
    tracing::info!(
        method = method.as_str(),
        route,
        status,
        duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        request_id = id.to_str().unwrap_or("-"),
        user = user.map(|user| user.0.code.as_str()),
        bytes = response.body().size_hint().exact(),
        "answered"
    );
}

/// The figures of one route and status. Looking them up by their labels costs more than counting.
struct Figures {
    route: String,
    status: u16,
    requests: Counter,
    duration: Histogram,
}

impl Figures {
    fn of(route: &str, status: u16) -> Self {
        let labels = [("route", route.to_owned()), ("status", status.to_string())];
        Self {
            route: route.to_owned(),
            status,
            requests: metrics::counter!("ebirlik_requests_total", &labels),
            duration: metrics::histogram!("ebirlik_request_duration_seconds", "route" => route.to_owned()),
        }
    }
}

thread_local! {
    /// Those that this thread has met: as many as there are routes and statuses.
    static FIGURES: RefCell<Vec<Figures>> = const { RefCell::new(Vec::new()) };
}

/// Headers that keep browsers from doing harm with an answer. What a page says of itself goes before.
fn protect(response: &mut Response) {
    for (name, value) in SAFE_HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// For answers that are data. Pages bring their own, which allow more and forbid more.
const SAFE_HEADERS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_the_request_and_nothing_else() {
        assert_eq!(without_panic(async { 1 }).await, Some(1));
        let broken = async {
            tokio::task::yield_now().await;
            assert!(std::env::args().next().is_none(), "a broken handler");
        };
        assert_eq!(without_panic(broken).await, None);
    }

    #[test]
    fn a_page_may_say_more_than_we_do() {
        let mut response = Response::new(axum::body::Body::empty());
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
        protect(&mut response);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "max-age=60");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}
