//! A stream that tells the pace of its connection, and takes no more than its turn.

use super::pace::Pace;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream that tells the pace of its connection.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    pace: Arc<Pace>,
    /// Until when a flood is not read.
    pause: Option<Pin<Box<Sleep>>>,
    /// Bytes read without once waiting for the client.
    at_once: usize,
}

impl<S> Paced<S> {
    /// Around a stream.
    pub(crate) fn new(stream: S, pace: Arc<Pace>) -> Self {
        Self { stream, pace, pause: None, at_once: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(context));
            this.pause = None;
        }
        if this.at_once >= BYTES_AT_ONCE {
            // Everybody else has a turn, however much lies there.
            this.at_once = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let result = Pin::new(&mut this.stream).poll_read(context, buffer);
        let bytes = buffer.filled().len() - before;
        this.at_once = if result.is_pending() { 0 } else { this.at_once + bytes };
        if bytes > 0 && this.pace.bytes_read(bytes) {
            this.pause = Some(Box::pin(sleep(FLOOD_PAUSE)));
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.written(|stream| stream.poll_write(context, buffer))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.written(|stream| stream.poll_write_vectored(context, buffers))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.stream).poll_flush(context);
        // hyper flushes when it has written all that it holds.
        let told = if result.is_pending() { Pace::stalls } else { Pace::flows };
        told(&this.pace);
        result
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl<S: AsyncWrite + Unpin> Paced<S> {
    fn written(&mut self, write: impl FnOnce(Pin<&mut S>) -> Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let result = write(Pin::new(&mut self.stream));
        match &result {
            Poll::Ready(Ok(bytes)) if *bytes > 0 => self.pace.bytes_written(*bytes),
            Poll::Ready(_) => {}
            Poll::Pending => self.pace.stalls(),
        }
        result
    }
}

/// A flood is read once in so long: some thousand empty frames each time.
const FLOOD_PAUSE: Duration = Duration::from_millis(250);
/// Read of one connection before all others have a turn.
const BYTES_AT_ONCE: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::super::pace::Pauses;
    use super::*;
    use tokio::io::AsyncWriteExt;

    const PAUSES: Pauses = Pauses { header: Duration::from_secs(10), idle: Duration::from_mins(1) };

    #[tokio::test]
    async fn who_sends_much_gives_others_a_turn() {
        let (mut client, server) = tokio::io::duplex(4 * BYTES_AT_ONCE);
        let mut stream = Paced::new(server, Pace::new(PAUSES));
        drop(stream.pace.begin(false));
        client.write_all(&vec![b'x'; 2 * BYTES_AT_ONCE]).await.unwrap();
        let mut piece = vec![0; BYTES_AT_ONCE];
        let mut read = async || {
            let mut buffer = ReadBuf::new(&mut piece);
            std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut stream).poll_read(context, &mut buffer))).await
        };
        assert!(read().await.is_ready());
        assert!(read().await.is_pending(), "a turn for others");
        assert!(read().await.is_ready());
    }
}
