//! How much of everything does one HTTP/2 connection get?
//!
//! A client that keeps to these notices none of them; one that floods loses its connection.

use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto::Http2Builder;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The limits of one HTTP/2 connection: the section `[limits.http2]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http2 {
    /// Requests under way at a time.
    pub(crate) streams: u32,
    /// All header fields of a request together, uncompressed.
    pub(crate) header_bytes_max: u32,
    /// Streams that were opened, reset by the client and not looked at yet; one more ends the connection
    /// (CVE-2023-44487).
    pub(crate) pending_resets: usize,
    /// Streams that the client made us reset by breaking the rules; one more ends the connection (CVE-2025-8671).
    pub(crate) provoked_resets: usize,
    /// Bytes of one body that may come before we have taken them.
    pub(crate) stream_window_bytes: u32,
    /// Bytes of all bodies of the connection that may come before we have taken them.
    pub(crate) connection_window_bytes: u32,
    /// Bytes of one answer that wait for a slow reader.
    pub(crate) send_buffer_bytes: usize,
    /// How often a client is asked whether it is still there.
    pub(crate) ping_interval_ms: u64,
    /// How long it may take to say so.
    pub(crate) ping_timeout_ms: u64,
}

impl Default for Http2 {
    fn default() -> Self {
        Self {
            // Each may hold an answer that nobody takes; thousands of connections must not add up to a gigabyte.
            streams: 32,
            header_bytes_max: 64 << 10,
            pending_resets: 64,
            provoked_resets: 64,
            // 256 KiB each 20 ms are 12 MB a second for one body.
            stream_window_bytes: 256 << 10,
            connection_window_bytes: 512 << 10,
            send_buffer_bytes: 256 << 10,
            ping_interval_ms: 20_000,
            ping_timeout_ms: 20_000,
        }
    }
}

impl Http2 {
    /// Gives these limits to a server's builder.
    pub(crate) fn limit<E>(&self, mut builder: Http2Builder<'_, E>) {
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(self.streams)
            .max_header_list_size(self.header_bytes_max)
            .max_pending_accept_reset_streams(self.pending_resets)
            .max_local_error_reset_streams(self.provoked_resets)
            .initial_stream_window_size(self.stream_window_bytes)
            .initial_connection_window_size(self.connection_window_bytes)
            .max_send_buf_size(self.send_buffer_bytes)
            .keep_alive_interval(Some(Duration::from_millis(self.ping_interval_ms)))
            .keep_alive_timeout(Duration::from_millis(self.ping_timeout_ms));
    }

    /// The settings with which nothing would ever be answered if they were zero.
    pub(crate) fn never_zero(&self) -> [(&'static str, u64); 9] {
        let of = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        [
            ("limits.http2.streams", self.streams.into()),
            ("limits.http2.header_bytes_max", self.header_bytes_max.into()),
            ("limits.http2.pending_resets", of(self.pending_resets)),
            ("limits.http2.provoked_resets", of(self.provoked_resets)),
            ("limits.http2.stream_window_bytes", self.stream_window_bytes.into()),
            ("limits.http2.connection_window_bytes", self.connection_window_bytes.into()),
            ("limits.http2.send_buffer_bytes", of(self.send_buffer_bytes)),
            ("limits.http2.ping_interval_ms", self.ping_interval_ms),
            ("limits.http2.ping_timeout_ms", self.ping_timeout_ms),
        ]
    }

    /// The first setting that HTTP/2 itself does not know so large.
    pub(crate) fn too_large(&self) -> Option<(&'static str, u64)> {
        let windows = [
            ("limits.http2.stream_window_bytes", u64::from(self.stream_window_bytes)),
            ("limits.http2.connection_window_bytes", u64::from(self.connection_window_bytes)),
            ("limits.http2.send_buffer_bytes", u64::try_from(self.send_buffer_bytes).unwrap_or(u64::MAX)),
        ];
        windows.into_iter().find(|(_, bytes)| *bytes > WINDOW_BYTES_MAX)
    }
}

/// The largest window, 2^31 - 1. Source: RFC 9113, section 6.9.1.
const WINDOW_BYTES_MAX: u64 = 0x7fff_ffff;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::http::connection::serve;
    use axum::Router;
    use axum::routing::get;
    use h2::Reason;
    use h2::client::{Connection, SendRequest, handshake};
    use http::Request;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::watch;

    /// A server with these limits, and what keeps it running.
    async fn server(http2: Http2) -> (SocketAddr, watch::Sender<bool>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let limits = config::Limits { http2, ..config::Limits::default() };
        let router = Router::new().route("/", get(|| async { "here" }));
        tokio::spawn(async move { serve(listener, router.into(), &limits, None, None, stopping).await });
        (address, stop)
    }

    async fn client(address: SocketAddr) -> (SendRequest<bytes::Bytes>, Connection<TcpStream>) {
        handshake(TcpStream::connect(address).await.unwrap()).await.unwrap()
    }

    /// The status of one request with this header.
    async fn status(address: SocketAddr, header: &str) -> Option<u16> {
        let (sending, connection) = client(address).await;
        let connection = tokio::spawn(connection);
        let request = Request::get("http://a/").header("a", header).body(()).unwrap();
        let (response, _) = sending.ready().await.unwrap().send_request(request, true).unwrap();
        let status = response.await.ok().map(|response| response.status().as_u16());
        connection.abort();
        status
    }

    #[tokio::test]
    async fn a_client_is_told_how_many_requests_may_be_under_way() {
        let (address, _running) = server(Http2 { streams: 3, ..Http2::default() }).await;
        let (sending, connection) = client(address).await;
        tokio::spawn(connection);
        let mut sending = sending.ready().await.unwrap();
        let (response, _) = sending.send_request(Request::get("http://a/").body(()).unwrap(), true).unwrap();
        assert_eq!(response.await.unwrap().status(), 200);
        assert_eq!(sending.current_max_send_streams(), 3);
    }

    #[tokio::test]
    async fn headers_beyond_the_limit_are_refused() {
        let (address, _running) = server(Http2 { header_bytes_max: 4_096, ..Http2::default() }).await;
        assert_eq!(status(address, &"b".repeat(3_000)).await, Some(200));
        assert_eq!(status(address, &"b".repeat(5_000)).await, Some(431));
    }

    /// One frame of HTTP/2. Source: RFC 9113, section 4.1.
    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    /// Opens and resets so many streams in one go, then asks for a sign of life; whether it came.
    async fn survives_a_flood(address: SocketAddr, streams: u32) -> bool {
        let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        sent.extend(frame(SETTINGS, 0, 0, &[]));
        for stream in (0..streams).map(|number| 2 * number + 1) {
            // GET http://a/ from the static table, all of it in this frame.
            sent.extend(frame(HEADERS, 0x5, stream, &[0x82, 0x86, 0x84, 0x41, 1, b'a']));
            sent.extend(frame(RESET, 0, stream, &u32::from(Reason::CANCEL).to_be_bytes()));
        }
        sent.extend(frame(PING, 0, 0, &[0; 8]));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&sent).await.unwrap();
        loop {
            let mut header = [0; 9];
            // What we sent in vain may turn the end into a reset, before we have read why.
            if stream.read_exact(&mut header).await.is_err() {
                return false;
            }
            let mut payload = vec![0; u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize];
            stream.read_exact(&mut payload).await.unwrap();
            match (header[3], header[4]) {
                (GOAWAY, _) => {
                    assert_eq!(payload[4..8], u32::from(Reason::ENHANCE_YOUR_CALM).to_be_bytes());
                    return false;
                }
                (PING, 1) => return true,
                _ => {}
            }
        }
    }

    /// CVE-2023-44487: who opens and resets without end loses the connection, and nobody else notices.
    #[tokio::test]
    async fn a_flood_of_resets_ends_its_connection() {
        let (address, _running) = server(Http2::default()).await;
        assert!(!survives_a_flood(address, 1_000).await);
        assert_eq!(status(address, "b").await, Some(200));
        let (patient, _running) = server(Http2 { pending_resets: 1_000, ..Http2::default() }).await;
        assert!(survives_a_flood(patient, 1_000).await, "without the limit it would go on");
    }

    /// Kinds of frames. Source: RFC 9113, section 6.
    const HEADERS: u8 = 1;
    const RESET: u8 = 3;
    const SETTINGS: u8 = 4;
    const PING: u8 = 6;
    const GOAWAY: u8 = 7;

    #[test]
    fn a_window_that_http2_does_not_know_is_named() {
        assert_eq!(Http2::default().too_large(), None);
        let large = Http2 { stream_window_bytes: u32::MAX, ..Http2::default() };
        assert_eq!(large.too_large().map(|(setting, _)| setting), Some("limits.http2.stream_window_bytes"));
    }
}
