//! Bodies that tell the pace of their connection: how much comes in, and when an answer is taken.

use super::pace::{Pace, Underway};
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A body that comes in; tells when we wait for it.
#[derive(Debug)]
pub(crate) struct Arriving {
    body: Incoming,
    pace: Arc<Pace>,
    waits: bool,
}

impl Arriving {
    /// Around the body of a request.
    pub(crate) fn new(body: Incoming, pace: Arc<Pace>) -> Self {
        Self { body, pace, waits: false }
    }

    fn wait(&mut self, waits: bool) {
        if waits != std::mem::replace(&mut self.waits, waits) {
            self.pace.awaits(waits);
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.wait(false);
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.wait(frame.is_pending());
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.pace.delivered(frame.data_ref().map_or(0, Bytes::len));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer; its request is under way until the client has taken it.
#[derive(Debug)]
pub(crate) struct Leaving {
    body: axum::body::Body,
    _underway: Underway,
}

impl Leaving {
    /// Around the body of an answer.
    pub(crate) fn new(body: axum::body::Body, mut underway: Underway) -> Self {
        let bytes = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
        underway.answered(bytes.unwrap_or_default());
        Self { body, _underway: underway }
    }
}

impl Body for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
