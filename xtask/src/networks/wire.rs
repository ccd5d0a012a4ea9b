//! How is HTTP spoken by hand? Requests as bytes, answers read back, frames of HTTP/2: what a library would never send.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// A connection, plain or with TLS.
pub(crate) type Stream = Pin<Box<dyn Conversation>>;

/// What can be read and written.
pub(crate) trait Conversation: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Conversation for S {}

/// Where the server is, and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) port: u16,
    pub(crate) tls: Option<Arc<TlsConnector>>,
}

impl Address {
    /// A bare connection.
    pub(crate) async fn reach(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.context("no connection")?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// A bare connection that hardly anything can be sent to.
    pub(crate) async fn reach_narrow(&self) -> Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4_096)?;
        Ok(socket.connect((Ipv4Addr::LOCALHOST, self.port).into()).await?)
    }

    /// A connection that speaks HTTP.
    pub(crate) async fn open(&self) -> Result<Stream> {
        let stream = self.reach().await?;
        Ok(match &self.tls {
            None => Box::pin(stream),
            Some(connector) => Box::pin(connector.connect(ServerName::try_from("localhost")?, stream).await?),
        })
    }
}

/// An answer over HTTP/1.1.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Reads one answer; what belongs to the next stays in `left`.
pub(crate) async fn answer(stream: &mut Stream, left: &mut Vec<u8>) -> Result<Answer> {
    loop {
        if let Some((answer, length)) = parse(left)? {
            left.drain(..length);
            return Ok(answer);
        }
        let before = left.len();
        stream.read_buf(left).await?;
        ensure!(left.len() > before, "closed without an answer");
    }
}

/// Every answer among these bytes, which must be nothing else.
pub(crate) fn answers(mut bytes: &[u8]) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let Some((answer, length)) = parse(bytes)? else { bail!("half an answer") };
        answers.push(answer);
        bytes = bytes.get(length..).unwrap_or_default();
    }
    Ok(answers)
}

/// The answer that the bytes begin with and its length; nothing when it is not whole.
fn parse(bytes: &[u8]) -> Result<Option<(Answer, usize)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).context("no status line")?;
    let status = status.get(..3).unwrap_or_default().parse()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = if status < 200 { 0 } else { length.context("no content-length")? };
    let whole = end + 4 + length;
    Ok(bytes.get(end + 4..whole).map(|body| (Answer { status, body: body.to_vec() }, whole)))
}

/// `Authorization: Basic ...`, with its line end.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("authorization: Basic {}\r\n", STANDARD.encode(format!("{user}:{password}")))
}

/// A whole request.
pub(crate) fn request(line: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("{line} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Frames of HTTP/2. Source: RFC 9113, section 6.
pub(crate) mod http2 {
    /// What a client says first, with its settings: windows of this size.
    pub(crate) fn greeting(window: u32) -> Vec<u8> {
        let settings = [&[0, 4][..], &window.to_be_bytes()].concat();
        [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(4, 0, 0, &settings)[..]].concat()
    }

    /// A frame of this kind, with these flags, on this stream.
    pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
        let mut frame = length.get(1..).unwrap_or_default().to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        frame
    }

    /// `GET` of a path of less than 128 bytes, whole.
    pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
        frame(1, 0x05, stream, &block(path))
    }

    /// Its header block, in HPACK without any compression. Source: RFC 7541, appendix A.
    pub(crate) fn block(path: &str) -> Vec<u8> {
        let length = u8::try_from(path.len()).unwrap_or(0);
        [&[0x82, 0x86, 0x41, 1, b'a', 0x04, length][..], path.as_bytes()].concat()
    }
}
