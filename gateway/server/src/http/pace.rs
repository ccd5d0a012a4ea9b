//! Is a connection still worth holding? Keeps the time of reading and writing, so that a client that sends
//! byte by byte, or nothing, is let go.
//!
//! hyper's own header timeout does not start before the first bytes and counts idle connections too; this one
//! knows the difference, for HTTP/1 and HTTP/2 alike.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep, sleep_until};

/// How long each pause may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pauses {
    /// From the first byte of a request (or the start of the connection) to the end of its header.
    pub(crate) header: Duration,
    /// Between two requests.
    pub(crate) idle: Duration,
}

/// Why a connection is let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expired {
    /// A header did not arrive in time.
    Header,
    /// Nothing was asked for long.
    Idle,
}

/// What a connection is doing.
#[derive(Debug)]
pub(crate) struct Pace {
    pauses: Pauses,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    requests: usize,
    phase: Phase,
    since: Instant,
    is_http2: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A header is arriving, or the first has not come yet.
    Heading,
    /// The last request is answered, and no byte of a next one has come.
    Resting,
}

/// One request under way.
#[derive(Debug)]
pub(crate) struct Underway(Arc<Pace>);

impl Pace {
    /// Of a connection that opens now.
    pub(crate) fn new(pauses: Pauses) -> Arc<Self> {
        let state = State { requests: 0, phase: Phase::Heading, since: Instant::now(), is_http2: false };
        Arc::new(Self { pauses, state: Mutex::new(state) })
    }

    /// A request's header is there.
    pub(crate) fn begin(self: &Arc<Self>, is_http2: bool) -> Underway {
        let mut state = self.state();
        state.requests += 1;
        state.is_http2 = is_http2;
        drop(state);
        Underway(Arc::clone(self))
    }

    /// Returns when the connection should be let go.
    pub(crate) async fn expired(&self) -> Expired {
        loop {
            match self.deadline() {
                Some((at, why)) if at <= Instant::now() => return why,
                Some((at, _)) => sleep_until(at).await,
                // Bodies and handlers have limits of their own.
                None => sleep(self.pauses.header).await,
            }
        }
    }

    fn deadline(&self) -> Option<(Instant, Expired)> {
        let state = self.state();
        match (state.requests, state.phase) {
            (0, Phase::Heading) if !state.is_http2 => Some((state.since + self.pauses.header, Expired::Header)),
            (0, _) => Some((state.since + self.pauses.idle, Expired::Idle)),
            _ => None,
        }
    }

    fn bytes_read(&self) {
        let mut state = self.state();
        if state.requests == 0 && state.phase == Phase::Resting {
            (state.phase, state.since) = (Phase::Heading, Instant::now());
        }
    }

    fn bytes_written(&self) {
        let mut state = self.state();
        if state.phase == Phase::Resting {
            state.since = Instant::now();
        }
    }

    fn end(&self) {
        let mut state = self.state();
        state.requests = state.requests.saturating_sub(1);
        if state.requests == 0 {
            (state.phase, state.since) = (Phase::Resting, Instant::now());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A stream that tells the pace of its connection.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    pace: Arc<Pace>,
}

impl<S> Paced<S> {
    /// Around a stream.
    pub(crate) fn new(stream: S, pace: Arc<Pace>) -> Self {
        Self { stream, pace }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let result = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.pace.bytes_read();
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
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl<S: AsyncWrite + Unpin> Paced<S> {
    fn written(&mut self, write: impl FnOnce(Pin<&mut S>) -> Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let result = write(Pin::new(&mut self.stream));
        if matches!(result, Poll::Ready(Ok(1..))) {
            self.pace.bytes_written();
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSES: Pauses = Pauses { header: Duration::from_secs(10), idle: Duration::from_mins(1) };

    /// Seconds until it expires, and why.
    fn left(pace: &Pace) -> Option<(u64, Expired)> {
        let (at, why) = pace.deadline()?;
        let seconds = at.duration_since(Instant::now()).as_millis().div_ceil(1_000);
        Some((u64::try_from(seconds).unwrap(), why))
    }

    #[tokio::test]
    async fn a_header_has_less_time_than_a_rest() {
        let pace = Pace::new(PAUSES);
        assert_eq!(left(&pace), Some((10, Expired::Header)));
        let request = pace.begin(false);
        assert_eq!(left(&pace), None);
        pace.bytes_read();
        drop(request);
        assert_eq!(left(&pace), Some((60, Expired::Idle)));
        pace.bytes_written();
        assert_eq!(left(&pace), Some((60, Expired::Idle)));
        pace.bytes_read();
        assert_eq!(left(&pace), Some((10, Expired::Header)));
    }

    #[tokio::test]
    async fn http2_rests_between_its_frames() {
        let pace = Pace::new(PAUSES);
        let (one, two) = (pace.begin(true), pace.begin(true));
        drop(one);
        assert_eq!(left(&pace), None);
        drop(two);
        pace.bytes_read();
        assert_eq!(left(&pace), Some((60, Expired::Idle)));
    }

    #[tokio::test]
    async fn a_silent_connection_expires() {
        let pace = Pace::new(Pauses { header: Duration::from_millis(5), idle: Duration::from_mins(1) });
        assert_eq!(pace.expired().await, Expired::Header);
    }
}
