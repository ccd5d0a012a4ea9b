//! Does the server live, and can it work? For the operator's machines.

use super::answer::{bytes, json};
use super::{Edge, figures};
use axum::extract::State;
use axum::response::Response;
use ebirlik_domain::decision::Fault;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// The last proof that store and writer work, shared by all who ask.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    /// The answer of the last second, or of a new probe. Those who ask meanwhile wait for the same one.
    async fn is_ready<F>(&self, now: Instant, probe: impl FnOnce() -> F) -> bool
    where
        F: Future<Output = Result<(), Fault>>,
    {
        let mut last = self.0.lock().await;
        if let Some((_, ready)) = last.filter(|(at, _)| now.saturating_duration_since(*at) < LIFE) {
            return ready;
        }
        let ready = matches!(timeout(PROBE_TIMEOUT, probe()).await, Ok(Ok(())));
        *last = Some((Instant::now(), ready));
        ready
    }
}

impl Edge {
    /// Whether store and writer work, as of this second.
    pub(crate) async fn works(&self) -> bool {
        self.readiness.is_ready(Instant::now(), || self.office.ready()).await
    }
}

/// The process answers.
pub(crate) async fn live() -> Response {
    json(StatusCode::OK, &json!({ "status": "live" }))
}

/// Store and writer work.
pub(crate) async fn ready(State(edge): State<Arc<Edge>>) -> Response {
    if edge.works().await {
        json(StatusCode::OK, &json!({ "status": "ready" }))
    } else {
        json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "not ready" }))
    }
}

/// The figures as Prometheus reads them.
pub(crate) async fn all_figures(State(edge): State<Arc<Edge>>) -> Response {
    bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", figures::written(&edge))
}

/// How long an answer is shared. Source: contract section 3.
const LIFE: Duration = Duration::from_secs(1);
/// A store that needs longer is not ready.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn one_probe_a_second_is_shared() {
        let readiness = Readiness::default();
        let probes = AtomicUsize::new(0);
        let ask = |now, result: Result<(), Fault>| {
            let (readiness, probes) = (&readiness, &probes);
            readiness.is_ready(now, move || async move {
                probes.fetch_add(1, Ordering::Relaxed);
                result
            })
        };
        let start = Instant::now();
        assert!(ask(start, Ok(())).await);
        assert!(ask(start, Err(Fault::Unavailable)).await);
        assert!(!ask(start + LIFE * 2, Err(Fault::Unavailable)).await);
        assert_eq!(probes.load(Ordering::Relaxed), 2);
    }
}
