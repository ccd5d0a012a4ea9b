//! A socket that is watched by the runtime which serves its connection.
//!
//! A runtime is told of what arrives for the sockets that were opened on it. Were those of a connection that moved to
//! the workshop left behind, whoever verifies would stand in line behind the news for thousands who submit.

use super::pace::Pace;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A socket that follows its connection.
#[derive(Debug)]
pub(crate) struct Homed {
    /// Nothing only after a failed move.
    stream: Option<TcpStream>,
    pace: Arc<Pace>,
    has_moved: bool,
}

impl Homed {
    /// Around a socket of the runtime that this is called on.
    pub(crate) fn new(stream: TcpStream, pace: Arc<Pace>) -> Self {
        Self { stream: Some(stream), pace, has_moved: false }
    }

    /// The socket, watched from here on by the runtime that asks, if its connection has moved there.
    fn here(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        if !self.has_moved && self.pace.has_moved() {
            self.has_moved = true;
            self.stream =
                self.stream.take().map(TcpStream::into_std).transpose()?.map(TcpStream::from_std).transpose()?;
        }
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl AsyncRead for Homed {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().here()?.poll_read(context, buffer)
    }
}

impl AsyncWrite for Homed {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().here()?.poll_write(context, buffer)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().here()?.poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().here()?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().here()?.poll_shutdown(context)
    }
}
