//! Where did the time of one request go, beside that of whoever called us? Its trail is sent to a collector of traces, as
//! OpenTelemetry's protocol says it, in builds with the feature `traces`.
//!
//! Nothing is sent while a request is under way: its stages are written down, and become spans once it is answered. In
//! other builds a trail is nothing.

#[cfg(feature = "traces")]
pub(crate) use sent::Trail;

#[cfg(not(feature = "traces"))]
pub(crate) use unsent::Trail;

use serde::{Deserialize, Serialize};

/// Where traces are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The collector's address for traces over HTTP, such as `http://127.0.0.1:4318/v1/traces`.
    pub(crate) endpoint: String,
    /// One of so many requests is sent, from 1 for each; 0 counts as 1. Whoever calls: a stranger's header asks for nothing.
    #[serde(default = "every")]
    pub(crate) one_in: u32,
}

fn every() -> u32 {
    1
}

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent to {0}: {1}")]
pub(crate) struct TrailError(String, String);

#[cfg(not(feature = "traces"))]
mod unsent {
    use super::{Settings, TrailError};
    use http::{HeaderMap, Method};
    use std::time::Instant;

    /// Nothing.
    #[derive(Debug, Clone)]
    pub(crate) struct Trail;

    #[expect(clippy::unused_self, reason = "a trail that is sent uses it")]
    impl Trail {
        pub(crate) fn open(settings: &Settings) -> Result<(), TrailError> {
            let why = "this program was built without the feature `traces`";
            Err(TrailError(settings.endpoint.clone(), why.to_owned()))
        }

        pub(crate) fn close() {}

        pub(crate) fn begin(_: &HeaderMap) -> Self {
            Self
        }

        pub(crate) fn stage(&self, _: &'static str, _: Instant) {}

        pub(crate) fn end(self, _: &Method, _: &str, _: u16, _: &str) {}
    }
}

#[cfg(feature = "traces")]
mod sent {
    use super::{Settings, TrailError};
    use crate::clock::SystemClock;
    use ebirlik_domain::time::Clock;
    use http::{HeaderMap, Method};
    use opentelemetry::propagation::{Extractor, TextMapPropagator};
    use opentelemetry::trace::{
        Span, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
    };
    use opentelemetry::{Context, KeyValue};
    use opentelemetry_otlp::{SpanExporter, WithExportConfig};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, Mutex, OnceLock, PoisonError};
    use std::time::{Instant, SystemTime};

    /// Where traces go; one for the process, as its figures are.
    static SENDER: OnceLock<Sender> = OnceLock::new();

    struct Sender {
        provider: SdkTracerProvider,
        one_in: u32,
        count: AtomicU32,
    }

    /// What became of one request so far; nothing where it is not sent.
    #[derive(Debug, Clone)]
    pub(crate) struct Trail(Option<Arc<Going>>);

    #[derive(Debug)]
    struct Going {
        parent: Context,
        started: Instant,
        started_at: SystemTime,
        stages: Mutex<Vec<(&'static str, Instant, Instant)>>,
    }

    impl Trail {
        /// From now on trails are sent. A thread of its own sends them; what it cannot send in time is thrown away.
        ///
        /// # Errors
        /// When the address is none.
        pub(crate) fn open(settings: &Settings) -> Result<(), TrailError> {
            let failed = |why: String| TrailError(settings.endpoint.clone(), why);
            let exporter = SpanExporter::builder().with_http().with_endpoint(&settings.endpoint).build();
            let exporter = exporter.map_err(|error| failed(error.to_string()))?;
            let about = Resource::builder_empty()
                .with_attributes([
                    KeyValue::new("service.name", "ebirlik"),
                    KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                ])
                .build();
            let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(about).build();
            let sender = Sender { provider, one_in: settings.one_in.max(1), count: AtomicU32::new(0) };
            SENDER.set(sender).map_err(|_| failed("they are sent already".to_owned()))
        }

        /// Sends what is left.
        pub(crate) fn close() {
            if let Some(sender) = SENDER.get()
                && let Err(error) = sender.provider.shutdown()
            {
                tracing::warn!(%error, "the last traces were not sent");
            }
        }

        /// A request begins; its headers may name the caller's trace (`traceparent`).
        pub(crate) fn begin(headers: &HeaderMap) -> Self {
            let Some(sender) = SENDER.get() else { return Self(None) };
            if !sender.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(sender.one_in) {
                return Self(None);
            }
            let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
            let caller = parent.span().span_context().clone();
            // Its numbers alone: what else it says of the trace is not ours to pass on.
            let (trace, span) = (caller.trace_id(), caller.span_id());
            let caller = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
            let parent = Context::new().with_remote_span_context(caller);
            let (started, started_at) = (Instant::now(), SystemClock.now().into());
            Self(Some(Arc::new(Going { parent, started, started_at, stages: Mutex::default() })))
        }

        /// A stage began at that moment, and is over.
        pub(crate) fn stage(&self, name: &'static str, since: Instant) {
            if let Some(going) = &self.0 {
                let mut stages = going.stages.lock().unwrap_or_else(PoisonError::into_inner);
                stages.push((name, since, Instant::now()));
            }
        }

        /// It is answered. No address, no name and no number of anybody is told, but the request's own name, which the
        /// caller may have given.
        pub(crate) fn end(self, method: &Method, route: &str, status: u16, request_id: &str) {
            let (Some(sender), Some(going)) = (SENDER.get(), self.0) else { return };
            let at = |moment: Instant| going.started_at + moment.saturating_duration_since(going.started);
            let tracer = sender.provider.tracer("ebirlik");
            let method = KNOWN.into_iter().find(|known| *known == method).unwrap_or("_OTHER");
            let mut span = tracer
                .span_builder(format!("{method} {route}"))
                .with_kind(SpanKind::Server)
                .with_start_time(going.started_at)
                .with_attributes([
                    KeyValue::new("http.request.method", method),
                    KeyValue::new("http.route", route.to_owned()),
                    KeyValue::new("http.response.status_code", i64::from(status)),
                    KeyValue::new("ebirlik.request_id", request_id.to_owned()),
                ])
                .start_with_context(&tracer, &going.parent);
            if status >= 500 {
                span.set_status(Status::error(""));
            }
            let inside = Context::new().with_remote_span_context(span.span_context().clone());
            for (name, since, until) in going.stages.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
                let stage = tracer.span_builder(name).with_start_time(at(since));
                stage.start_with_context(&tracer, &inside).end_with_timestamp(at(until));
            }
            span.end_with_timestamp(at(Instant::now()));
        }
    }

    /// Methods that are told by name.
    const KNOWN: [&str; 5] = ["GET", "HEAD", "POST", "PUT", "DELETE"];

    struct Headers<'a>(&'a HeaderMap);

    impl Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key)?.to_str().ok()
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(http::HeaderName::as_str).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(feature = "traces"))]
    #[test]
    fn a_program_that_sends_none_says_so() {
        let settings = Settings { endpoint: "http://127.0.0.1:4318/v1/traces".to_owned(), one_in: 1 };
        let error = Trail::open(&settings).unwrap_err().to_string();
        assert!(error.contains("127.0.0.1:4318") && error.contains("feature `traces`"), "{error}");
    }

    #[cfg(feature = "traces")]
    mod with_the_feature {
        use super::*;
        use http::{HeaderMap, HeaderValue, Method};
        use std::io::{Read, Write};
        use std::net::TcpListener;
        use std::time::Instant;

        const TRACE: [u8; 16] =
            [0x0A, 0xF7, 0x65, 0x19, 0x16, 0xCD, 0x43, 0xDD, 0x84, 0x48, 0xEB, 0x21, 0x1C, 0x80, 0x31, 0x9C];

        /// What a collector is sent first.
        fn collected(listener: &TcpListener) -> Vec<u8> {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut sent, mut piece) = (Vec::new(), [0; 4096]);
            loop {
                let length = stream.read(&mut piece).unwrap();
                sent.extend_from_slice(&piece[..length]);
                let Some(head) = sent.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
                let text = String::from_utf8_lossy(&sent[..head]).to_ascii_lowercase();
                let told = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                if sent.len() >= head + 4 + told.parse::<usize>().unwrap() || length == 0 {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                    return sent;
                }
            }
        }

        /// One test, since a process has one sender.
        #[test]
        fn an_answered_request_is_sent_with_its_stages_under_its_callers_trace() {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            // As the program does at its start.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
            Trail::open(&Settings { endpoint, one_in: 2 }).unwrap();
            let collector = std::thread::spawn(move || collected(&listener));
            // The first of two is sent, and the third.
            Trail::begin(&HeaderMap::new()).end(&Method::GET, "/first", 200, "r1");
            Trail::begin(&HeaderMap::new()).end(&Method::GET, "/second", 200, "r2");
            let caller = HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            let trail = Trail::begin(&HeaderMap::from_iter([("traceparent".parse().unwrap(), caller)]));
            trail.stage("decide", Instant::now());
            trail.end(&Method::POST, "/v1/approvals", 503, "r3");
            Trail::close();
            let sent = collector.join().unwrap();
            let holds = |part: &[u8]| sent.windows(part.len()).any(|window| window == part);
            for part in ["POST /v1/traces", "GET /first", "POST /v1/approvals", "decide", "ebirlik.request_id", "r3"] {
                assert!(holds(part.as_bytes()), "{part}");
            }
            assert!(holds(&TRACE), "the caller's trace");
            assert!(!holds(b"/second"));
        }
    }
}
