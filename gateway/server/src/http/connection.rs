//! Accepting connections: how many, how long, and how they end when the server stops.
//!
//! HTTP/1.1 and HTTP/2 on the same port. The conversation is generic over the stream, so that TLS stands between
//! accepting and conversing without changing either: with it the client chooses by ALPN, without it by its first bytes.
//! Accepting never waits for a handshake, and a handshake takes its time from that of the first header.
//!
//! A connection that submits a declaration moves to the workshop with its first one: whoever verifies never stands in
//! line behind thousands who submit, be it only to be refused.

use super::bodies::{Arriving, Leaving};
use super::flow::Flow;
use super::homed::Homed;
use super::pace::{Expired, Pace, Pauses};
use super::paced::Paced;
use super::places::{Place, Places};
use super::soap::SERVICE;
use super::{Routes, SUBMISSION};
use crate::config;
use crate::tls::certificate::Certificate;
use crate::tls::{Agreed, Identity};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// The certificate that the client of a request has proved, among the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Shown(pub(crate) Arc<Certificate>);

/// Answers connections until `stopping` says true, then finishes those that it has, within the shutdown timeout.
/// With an identity it speaks TLS and nothing else. `workshop` is where those go that submit; nowhere without it.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Routes,
    limits: &config::Limits,
    identity: Option<Arc<Identity>>,
    workshop: Option<Handle>,
    mut stopping: watch::Receiver<bool>,
) {
    let server = Arc::new(Server::new(limits, identity));
    let places = Places::new(limits.connections);
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, or a client that gave up while it waited. Neither ends the server.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(place) = places.take_soon(server.pauses).await else {
            metrics::counter!("ebirlik_connections_refused_total").increment(1);
            continue;
        };
        // Answers are small and whole; waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let (server, routes, stopping) = (Arc::clone(&server), routes.clone(), stopping.clone());
        let seat_pace = Arc::clone(&place.pace);
        let conversation = Box::pin(async move {
            metrics::gauge!("ebirlik_connections").increment(1);
            server.welcome(stream, address, &place, routes, stopping).await;
            metrics::gauge!("ebirlik_connections").decrement(1);
            drop(place);
        });
        tokio::spawn(carry_on(conversation, seat_pace, workshop.clone()));
    }
    drop(listener);
    let all_done = timeout(limits.shutdown_timeout(), places.all_free()).await;
    if all_done.is_err() {
        tracing::warn!("some connections did not finish in time and were cut");
    }
}

/// Carries on a conversation here, and in the workshop once it submits.
async fn carry_on(
    mut conversation: Pin<Box<impl Future<Output = ()> + Send + 'static>>,
    pace: Arc<Pace>,
    workshop: Option<Handle>,
) {
    let is_over = std::future::poll_fn(|context| match conversation.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending if workshop.is_some() && pace.submits() => Poll::Ready(false),
        Poll::Pending => Poll::Pending,
    });
    if !is_over.await
        && let Some(workshop) = workshop
    {
        pace.moved();
        workshop.spawn(conversation);
    }
}

/// What every connection is served with.
struct Server {
    builder: auto::Builder<TokioExecutor>,
    pauses: Pauses,
    identity: Option<Arc<Identity>>,
}

impl Server {
    fn new(limits: &config::Limits, identity: Option<Arc<Identity>>) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(None) // see `pace`
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEADER_BYTES_MAX);
        limits.http2.limit(builder.http2());
        let pauses = Pauses {
            header: Duration::from_millis(limits.header_timeout_ms),
            idle: Duration::from_millis(limits.idle_timeout_ms),
        };
        Self { builder, pauses, identity }
    }

    /// One connection: its handshake, if there is one, and its conversation.
    async fn welcome(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        seat: &Place,
        routes: Routes,
        stopping: watch::Receiver<bool>,
    ) {
        let pace = Arc::clone(&seat.pace);
        let stream = Homed::new(stream, Arc::clone(&pace));
        let Some(identity) = &self.identity else {
            return self.converse(&self.builder, stream, Guest { peer, tls: None, pace }, routes, stopping).await;
        };
        let greeted = tokio::select! {
            greeted = timeout(HANDSHAKE_MAX, identity.acceptor().accept(stream)) => greeted.ok(),
            _ = pace.expired() => None,
        };
        let failed = |why: &'static str| metrics::counter!(FAILED_HANDSHAKES, "why" => why).increment(1);
        let stream = match greeted {
            Some(Ok(stream)) => stream,
            Some(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                return failed("refused");
            }
            None => return failed("timeout"),
        };
        let Ok(agreed) = Agreed::of(stream.get_ref().1) else {
            return failed("certificate");
        };
        let builder = self.builder.clone();
        let builder = if agreed.is_http2 { builder.http2_only() } else { builder.http1_only() };
        self.converse(&builder, stream, Guest { peer, tls: Some(agreed), pace }, routes, stopping).await;
    }

    /// One connection, from the first byte of HTTP to the last.
    async fn converse<S>(
        &self,
        builder: &auto::Builder<TokioExecutor>,
        stream: S,
        guest: Guest,
        routes: Routes,
        mut stopping: watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pace = Arc::clone(&guest.pace);
        let stream = TokioIo::new(Paced::new(stream, Arc::clone(&pace)));
        let conversation = Conversation { routes, guest };
        let mut connection = pin!(builder.serve_connection(stream, conversation));
        let expired = tokio::select! {
            _ = connection.as_mut() => return, // the client closed, or broke off
            expired = pace.expired() => Some(expired),
            _ = stopping.wait_for(|stop| *stop) => None,
        };
        if matches!(expired, Some(Expired::Header | Expired::Stuck | Expired::Crowded)) {
            // Thousands whose time is over together go one after the other; what they hold is much to give back.
            CUTS.pass(1).await;
            return;
        }
        // What is under way is finished, nothing new is taken.
        connection.as_mut().graceful_shutdown();
        let farewell = async {
            tokio::select! {
                _ = connection => {}
                _ = pace.expired() => {}
            }
        };
        if expired == Some(Expired::Idle) {
            let _ = timeout(FAREWELL, farewell).await;
        } else {
            farewell.await;
        }
    }
}

/// Hands on each request of a connection.
struct Conversation {
    routes: Routes,
    guest: Guest,
}

/// Who is at the other end of a connection.
struct Guest {
    peer: SocketAddr,
    /// What was agreed in the handshake; nothing on plain HTTP.
    tls: Option<Agreed>,
    pace: Arc<Pace>,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service<Request<Incoming>> for Conversation {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        let underway = self.guest.pace.begin(request.version() == Version::HTTP_2);
        if matches!(request.uri().path(), SUBMISSION | SERVICE) {
            self.guest.pace.submit();
        }
        // HTTP/1 counts them while reading; HTTP/2 only knows their size.
        if request.headers().len() > HEADERS_MAX {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Box::pin(async move { Ok(response) });
        }
        let pace = Arc::clone(&self.guest.pace);
        let mut request = request.map(|body| Body::new(Arriving::new(body, pace)));
        request.extensions_mut().insert(ConnectInfo(self.guest.peer));
        let is_secure = self.guest.tls.is_some();
        if let Some(certificate) = self.guest.tls.as_ref().and_then(|agreed| agreed.certificate.clone()) {
            request.extensions_mut().insert(Shown(certificate));
        }
        let routes = self.routes.clone();
        Box::pin(async move {
            // Everybody has a turn between two requests of one connection, however many lie there.
            tokio::task::yield_now().await;
            let mut response = routes.answer(request).await;
            if is_secure {
                response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
            }
            // Under way until the client has taken the answer.
            Ok(response.map(|body| Body::new(Leaving::new(body, underway))))
        })
    }
}

/// All header fields of a request together.
const HEADER_BYTES_MAX: usize = 64 << 10;
/// Number of header fields.
const HEADERS_MAX: usize = 100;
/// The longest that a handshake may take, also where headers are given more.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// Counts handshakes that came to nothing, and why.
const FAILED_HANDSHAKES: &str = "ebirlik_tls_handshakes_failed_total";
/// Tells browsers to come by HTTPS for a year, whatever a link says.
const HTTPS_ONLY: &str = "max-age=31536000";
/// Connections cut in a second at most.
static CUTS: Flow = Flow::of(2_500);
/// Rest after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long an idle connection may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;

    /// A server with one route, the way to stop it, and its end.
    async fn server(limits: config::Limits) -> (SocketAddr, watch::Sender<bool>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let router =
            Router::new().route("/", get(|| async { "here" })).route("/long", get(std::future::pending::<&str>));
        let task = tokio::spawn(async move { serve(listener, router.into(), &limits, None, None, stopping).await });
        (address, stop, task)
    }

    /// Sends this, and gives what comes until the server closes.
    async fn said(address: SocketAddr, sent: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        // A reset after the answer is as good as an end.
        let _ = stream.read_to_end(&mut heard).await;
        String::from_utf8(heard).unwrap()
    }

    const ASK: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

    #[tokio::test]
    async fn who_is_slow_or_silent_is_let_go() {
        let limits = config::Limits { header_timeout_ms: 20, idle_timeout_ms: 20, ..config::Limits::default() };
        let (address, _running, _) = server(limits).await;
        // The beginning of an HTTP/2 preface keeps hyper waiting; it must not keep us.
        for sent in ["", "PRI * HT", "GET / HTTP/1.1\r\nho"] {
            assert_eq!(said(address, sent).await, "", "{sent:?}");
        }
        let answers = said(address, &ASK.repeat(2)).await;
        assert_eq!(answers.matches("200 OK").count(), 2, "{answers}");
    }

    #[tokio::test]
    async fn headers_have_their_limits() {
        let (address, _running, _) = server(config::Limits::default()).await;
        let many = "a: b\r\n".repeat(150);
        for headers in [many, format!("a: {}\r\n", "b".repeat(HEADER_BYTES_MAX))] {
            let answer = said(address, &format!("GET / HTTP/1.1\r\nhost: a\r\n{headers}\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        }
    }

    #[tokio::test]
    async fn beyond_the_cap_connections_are_closed() {
        let (address, _running, _) = server(config::Limits { connections: 1, ..config::Limits::default() }).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(ASK.as_bytes()).await.unwrap();
        assert_ne!(first.read(&mut [0; 1024]).await.unwrap(), 0);
        // Who only rests makes room; whose request is worked on does not.
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(ASK.as_bytes()).await.unwrap();
        assert_ne!(second.read(&mut [0; 1024]).await.unwrap(), 0);
        assert_eq!(first.read(&mut [0; 1024]).await.unwrap(), 0);
        second.write_all(b"GET /long HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        assert_eq!(said(address, ASK).await, "");
    }

    /// Who stands before us may have believed the other length. Source: RFC 9112, section 6.1.
    #[tokio::test]
    async fn behind_a_request_with_two_lengths_nothing_is_read() {
        let (address, _running, _) = server(config::Limits::default()).await;
        for lengths in
            ["content-length: 5\r\ntransfer-encoding: chunked", "transfer-encoding: chunked\r\ncontent-length: 5"]
        {
            let answer = said(address, &format!("POST / HTTP/1.1\r\nhost: a\r\n{lengths}\r\n\r\n0\r\n\r\n{ASK}")).await;
            assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("here"), "{answer}");
        }
    }

    #[tokio::test]
    async fn who_submits_is_served_in_the_workshop_from_then_on() {
        let thread = || async { std::thread::current().name().unwrap_or_default().to_owned() };
        let router = Router::new().route("/elsewhere", get(thread)).route(SUBMISSION, get(thread));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let workshop = crate::workshop::Workshop::open().unwrap();
        let (_running, stopping) = watch::channel(false);
        let handle = workshop.handle().cloned();
        tokio::spawn(async move {
            serve(listener, router.into(), &config::Limits::default(), None, handle, stopping).await;
        });
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut ask = async |path: &str| {
            stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.unwrap();
            let mut answer = vec![0; 4096];
            let length = stream.read(&mut answer).await.unwrap();
            String::from_utf8_lossy(&answer[..length]).ends_with("workshop")
        };
        assert!(!ask("/elsewhere").await);
        ask(SUBMISSION).await;
        assert!(ask(SUBMISSION).await);
        assert!(ask("/elsewhere").await);
    }

    #[tokio::test]
    async fn a_stopping_server_lets_resting_connections_go() {
        let (address, stop, task) = server(config::Limits::default()).await;
        let mut resting = TcpStream::connect(address).await.unwrap();
        resting.write_all(ASK.as_bytes()).await.unwrap();
        assert_ne!(resting.read(&mut [0; 1024]).await.unwrap(), 0);
        stop.send(true).unwrap();
        task.await.unwrap();
        assert_eq!(resting.read(&mut [0; 1024]).await.unwrap(), 0);
        assert!(TcpStream::connect(address).await.is_err());
    }
}
