//! Accepting connections: how many, how long, and how they end when the server stops.
//!
//! HTTP/1.1 and HTTP/2 on the same port. The conversation is generic over the stream, so that TLS stands between
//! accepting and conversing without changing either.

use super::pace::{Expired, Pace, Paced, Pauses};
use crate::config;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Answers connections until `stopping` says true, then finishes those that it has, within the shutdown timeout.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &config::Limits,
    mut stopping: watch::Receiver<bool>,
) {
    let server = Arc::new(Server::new(limits));
    let connections = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let places = Arc::new(Semaphore::new(limits.connections));
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
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            metrics::counter!("ebirlik_connections_refused_total").increment(1);
            continue;
        };
        // Answers are small and whole; waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let (server, router, stopping) = (Arc::clone(&server), router.clone(), stopping.clone());
        tokio::spawn(async move {
            metrics::gauge!("ebirlik_connections").increment(1);
            server.converse(stream, address, router, stopping).await;
            metrics::gauge!("ebirlik_connections").decrement(1);
            drop(place);
        });
    }
    drop(listener);
    let all_done = timeout(limits.shutdown_timeout(), places.acquire_many(connections)).await;
    if all_done.is_err() {
        tracing::warn!("some connections did not finish in time and were cut");
    }
}

/// What every connection is served with.
struct Server {
    builder: auto::Builder<TokioExecutor>,
    pauses: Pauses,
}

impl Server {
    fn new(limits: &config::Limits) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(None) // see `pace`
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEADER_BYTES_MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(RESETS_MAX)
            .max_local_error_reset_streams(RESETS_MAX)
            .keep_alive_interval(Some(PING_INTERVAL))
            .keep_alive_timeout(PING_TIMEOUT);
        let pauses = Pauses {
            header: Duration::from_millis(limits.header_timeout_ms),
            idle: Duration::from_millis(limits.idle_timeout_ms),
        };
        Self { builder, pauses }
    }

    /// One connection, from its first byte to its last.
    async fn converse<S>(&self, stream: S, peer: SocketAddr, router: Router, mut stopping: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pace = Pace::new(self.pauses);
        let stream = TokioIo::new(Paced::new(stream, Arc::clone(&pace)));
        let conversation = Conversation { router: TowerToHyperService::new(router), peer, pace: Arc::clone(&pace) };
        let mut connection = pin!(self.builder.serve_connection(stream, conversation));
        let expired = tokio::select! {
            _ = connection.as_mut() => return, // the client closed, or broke off
            expired = pace.expired() => Some(expired),
            _ = stopping.wait_for(|stop| *stop) => None,
        };
        if expired == Some(Expired::Header) {
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

/// Hands each request of a connection to the router.
struct Conversation {
    router: TowerToHyperService<Router>,
    peer: SocketAddr,
    pace: Arc<Pace>,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service<Request<Incoming>> for Conversation {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        let underway = self.pace.begin(request.version() == Version::HTTP_2);
        // HTTP/1 counts them while reading; HTTP/2 only knows their size.
        if request.headers().len() > HEADERS_MAX {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Box::pin(async move { Ok(response) });
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answer = self.router.call(request);
        Box::pin(async move {
            let response = answer.await;
            drop(underway);
            response
        })
    }
}

/// All header fields of a request together.
const HEADER_BYTES_MAX: usize = 64 << 10;
/// Number of header fields.
const HEADERS_MAX: usize = 100;
/// Requests at a time on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// Streams that a client may open and reset at once before it is taken for an attacker.
const RESETS_MAX: usize = 64;
/// How often an HTTP/2 peer is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long it may take to say so.
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Rest after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long an idle connection may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::task::JoinHandle;

    /// A server with one route, the way to stop it, and its end.
    async fn server(limits: config::Limits) -> (SocketAddr, watch::Sender<bool>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let router = Router::new().route("/", get(|| async { "here" }));
        let task = tokio::spawn(async move { serve(listener, router, &limits, stopping).await });
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
        assert_eq!(said(address, ASK).await, "");
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
