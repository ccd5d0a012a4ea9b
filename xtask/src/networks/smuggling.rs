//! Which requests could a proxy and we understand differently, so that one hides in another?
//!
//! Source: RFC 9112, sections 2.2, 3.2, 5.1, 5.2, 6.1, 6.3 and 7.1.

use super::wire::{Address, answers};
use anyhow::{Context, Result, ensure};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// One such request.
pub(crate) struct Case {
    name: &'static str,
    sent: Vec<u8>,
    /// How many answers may come. None: one, 400, and the connection is closed.
    taken: Option<usize>,
}

/// The whole set.
pub(crate) fn cases() -> Vec<Case> {
    let refused = |name, headers: &str, body: &str| Case {
        name,
        sent: format!("POST /v1/nothing HTTP/1.1\r\nhost: a\r\n{headers}\r\n{body}{HIDDEN}").into_bytes(),
        taken: None,
    };
    let taken = |name, sent: &str, count| Case { name, sent: sent.as_bytes().to_vec(), taken: Some(count) };
    vec![
        refused("two CL", "content-length: 0\r\ncontent-length: 50\r\n", ""),
        refused("two CL in one", "content-length: 0, 50\r\n", ""),
        refused("TE xchunked", "transfer-encoding: xchunked\r\n", "0\r\n\r\n"),
        refused("TE chunked, identity", "transfer-encoding: chunked, identity\r\n", "0\r\n\r\n"),
        refused("TE with vertical tab", "transfer-encoding: \u{b}chunked\r\n", "0\r\n\r\n"),
        refused("TE twice, last not chunked", "transfer-encoding: chunked\r\ntransfer-encoding: x\r\n", "0\r\n\r\n"),
        refused("space before colon", "content-length : 0\r\n", ""),
        refused("folded header", "x: a\r\n b\r\ncontent-length: 0\r\n", ""),
        refused("header without name", ": x\r\n", ""),
        refused("NUL in a header", "x: a\0b\r\n", ""),
        refused("return in a header", "x: a\rb\r\n", ""),
        refused("negative length", "content-length: -1\r\n", ""),
        refused("length with sign", "content-length: +0\r\n", ""),
        refused("length in hexadecimal", "content-length: 0x0\r\n", ""),
        refused("length over 64 bits", "content-length: 18446744073709551616\r\n", ""),
        // TE counts, and the connection is closed.
        taken("CL and TE", &two_lengths("content-length: 6\r\ntransfer-encoding: chunked\r\n"), 1),
        taken("TE and CL", &two_lengths("transfer-encoding: chunked\r\ncontent-length: 6\r\n"), 1),
        taken(
            "TE over HTTP/1.0",
            "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            1,
        ),
        taken("chunk of negative size", &chunked("-1\r\nx\r\n"), 1),
        taken("chunk size over 64 bits", &chunked("10000000000000000\r\nx\r\n"), 1),
        taken("chunk ended by LF", &chunked("1\nx\n0\n\n"), 1),
        taken("chunk longer than said", &chunked("1\r\nxyz\r\n0\r\n\r\n"), 1),
        taken("chunk extensions", &chunked("1;a=b\r\nx\r\n0\r\n\r\n"), 2),
        taken("absolute form", "GET http://localhost/health/live HTTP/1.1\r\nhost: other\r\n\r\n", 1),
        taken("lines ended by LF", "GET /health/live HTTP/1.1\nhost: a\n\n", 1),
    ]
}

impl Case {
    /// Sends it; an error says what the server should not have done.
    pub(crate) async fn ask(&self, address: &Address) -> Result<()> {
        let mut stream = address.open().await?;
        stream.write_all(&self.sent).await?;
        let mut heard = Vec::new();
        // An open connection is heard out for a moment.
        let closed = timeout(MOMENT, stream.read_to_end(&mut heard)).await.is_ok();
        let answers = answers(&heard).with_context(|| format!("{}: {}", self.name, heard.escape_ascii()))?;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        match self.taken {
            None => ensure!(statuses == [400] && closed, "{}: answered {statuses:?}, closed: {closed}", self.name),
            Some(count) => ensure!(
                statuses.len() <= count && statuses.iter().all(|status| *status < 500),
                "{}: answered {statuses:?}",
                self.name
            ),
        }
        Ok(())
    }
}

/// A request that ends before what is hidden, or after a part of it.
fn two_lengths(headers: &str) -> String {
    format!("POST /v1/nothing HTTP/1.1\r\nhost: a\r\n{headers}\r\n0\r\n\r\n{HIDDEN}")
}

/// A chunked request with another one behind it.
fn chunked(body: &str) -> String {
    format!("POST /v1/nothing HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{body}{HIDDEN}")
}

/// What would be answered if it were taken for a request of its own.
const HIDDEN: &str = "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n";
const MOMENT: Duration = Duration::from_secs(2);
