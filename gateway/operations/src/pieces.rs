//! A long document on its way: each piece leaves before the next one is made, so that length costs no memory.

use crate::papers::PaperError;
use bytes::Bytes;
use ebirlik_domain::decision::Fault;
use futures_util::Stream;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

/// Makes a document on a thread of its own. What breaks before its first piece is full is a fault; later the stream ends
/// with an error within the document, so that nobody takes a part for the whole.
///
/// # Errors
/// `Busy` when too many documents are being made, `Unavailable` when nothing came of it.
pub async fn in_pieces(
    make: impl FnOnce(&Handle, &mut Pipe) -> Result<(), PaperError> + Send + 'static,
) -> Result<Pieces, Fault> {
    let turn = TURNS.try_acquire().map_err(|_| Fault::Busy)?;
    let (sender, mut receiver) = mpsc::channel(PIECES);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut pipe = Pipe { sender, buffer: Vec::with_capacity(PIECE_BYTES) };
        if let Err(error) = make(&runtime, &mut pipe).and_then(|()| pipe.end().map_err(PaperError::Gone)) {
            tracing::warn!(%error, "a document was not made to its end");
        }
    });
    let Some(Piece::Bytes(first)) = receiver.recv().await else { return Err(Fault::Unavailable) };
    Ok(Pieces { first: Some(first), receiver, has_ended: false })
}

/// What travels from the maker to the client. A maker that goes without its end broke off.
enum Piece {
    Bytes(Bytes),
    End,
}

/// What a document is written into: pieces on their way to the client.
pub struct Pipe {
    sender: mpsc::Sender<Piece>,
    buffer: Vec<u8>,
}

impl Pipe {
    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE_BYTES));
        self.sender.blocking_send(Piece::Bytes(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn end(&mut self) -> io::Result<()> {
        self.send()?;
        self.sender.blocking_send(Piece::End).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl io::Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Pieces go when they are full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The pieces of a document, as a body takes them.
pub struct Pieces {
    first: Option<Bytes>,
    receiver: mpsc::Receiver<Piece>,
    has_ended: bool,
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        if self.has_ended {
            return Poll::Ready(None);
        }
        self.receiver.poll_recv(context).map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(bytes)),
            Some(Piece::End) => None,
            None => {
                self.has_ended = true;
                Some(Err(io::Error::other("the document broke off")))
            }
        })
    }
}

/// Long documents that are made at once, for programs and people together; each keeps a thread and a core busy.
static TURNS: Semaphore = Semaphore::const_new(2);
/// Pieces that wait for the client.
const PIECES: usize = 8;
const PIECE_BYTES: usize = 64 << 10;
