//! How is HTTP/1.1 spoken for next to nothing? Bytes out, and of the answer only status, length and the body's place.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// Where a server is, and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Address {
    /// On this machine.
    pub(crate) port: u16,
    /// Believes the server's certificate; plain HTTP without.
    pub(crate) tls: Option<Arc<TlsConnector>>,
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: Pin<Box<dyn Conversation>>,
    buffer: Vec<u8>,
    body_at: usize,
}

/// What can be read and written.
trait Conversation: AsyncRead + AsyncWrite {}

impl<S: AsyncRead + AsyncWrite> Conversation for S {}

impl Connection {
    pub(crate) async fn open(address: &Address) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", address.port)).await.context("no connection")?;
        stream.set_nodelay(true)?;
        let stream: Pin<Box<dyn Conversation>> = match &address.tls {
            None => Box::pin(stream),
            Some(connector) => Box::pin(connector.connect(ServerName::try_from("localhost")?, stream).await?),
        };
        Ok(Self { stream, buffer: Vec::with_capacity(BUFFER), body_at: 0 })
    }

    /// Sends a request and reads the whole answer; its status.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        self.buffer.clear();
        let mut whole = None;
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "closed without an answer");
            if whole.is_none() {
                whole = head(&self.buffer)?;
            }
            if let Some((status, body_at, length)) = whole
                && self.buffer.len() >= body_at + length
            {
                self.body_at = body_at;
                return Ok(status);
            }
        }
    }

    /// A header of the last answer, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(self.buffer.get(..self.body_at)?).ok()?;
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        self.buffer.get(self.body_at..).unwrap_or_default()
    }
}

/// Status, place and length of the body, once the head is whole.
fn head(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let Some(end) = find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let head = bytes.get(..end).unwrap_or_default();
    let status = head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()).context("no status line")?;
    let length = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..15).is_some_and(|name| name.eq_ignore_ascii_case(b"content-length:")))
        .and_then(|line| std::str::from_utf8(line.get(15..)?).ok()?.trim().parse().ok())
        .context("no content-length")?;
    Ok(Some((status.parse()?, end + 4, length)))
}

/// The text of an element that has no children.
pub(crate) fn element<'a>(body: &'a [u8], opening: &[u8]) -> Option<&'a [u8]> {
    let rest = body.get(find(body, opening)? + opening.len()..)?;
    rest.get(..rest.iter().position(|byte| *byte == b'<')?)
}

/// Where a few bytes stand among others.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, length) = (*wanted.first()?, wanted.len());
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        if bytes.get(from + at..from + at + length) == Some(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// A whole request.
pub(crate) fn request(line: &str, user: (&str, &str), content_type: &str, body: &[u8]) -> Vec<u8> {
    let basic = STANDARD.encode(format!("{}:{}", user.0, user.1));
    let about = if content_type.is_empty() {
        String::new()
    } else {
        format!("content-type: {content_type}\r\ncontent-length: {}\r\n", body.len())
    };
    let head = format!("{line} HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic {basic}\r\n{about}\r\n");
    [head.as_bytes(), body].concat()
}

/// Holds an answer to a declaration of ten items.
const BUFFER: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let check = |text: &str, expected: Option<(u16, usize, usize)>| {
            assert_eq!(head(text.as_bytes()).unwrap(), expected, "{text}");
        };
        check("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", Some((200, 39, 12)));
        check("HTTP/1.1 503 Busy\r\nx: y\r\ncontent-length:0\r\n\r\n", Some((503, 45, 0)));
        check("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n", None);
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert_eq!(element(b"<a>1</a><b>22</b>", b"<b>"), Some(&b"22"[..]));
        assert_eq!(element(b"<a>1</a>", b"<b>"), None);
    }
}
