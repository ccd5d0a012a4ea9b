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
