//! A long document on its way: each piece leaves before the next one is made, so that length costs no memory.

use crate::client::Client;
use crate::papers::PaperError;
use bytes::Bytes;
use ebirlik_domain::decision::Fault;
use futures_util::Stream;
use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Makes a document on a thread of its own. What breaks before its first piece is full is a fault; later the stream ends
/// with an error within the document, so that nobody takes a part for the whole.
///
/// # Errors
/// `Busy` when too many documents are being made, or one for the same firm; `Unavailable` when nothing came of it.
pub async fn in_pieces(
    client: &Client,
    make: impl FnOnce(&Handle, &mut Pipe) -> Result<(), PaperError> + Send + 'static,
) -> Result<Pieces, Fault> {
    let turn = Turn::awaited(client).await.ok_or(Fault::Busy)?;
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

/// A turn at making a long document: of [`TURNS`] at once, one for each firm or secretariat, so that nobody who reads
/// slowly holds them all.
struct Turn(String);

/// Who has a turn now.
static TAKEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

impl Turn {
    /// The one before ends moments after its client has the last piece.
    async fn awaited(client: &Client) -> Option<Self> {
        for _ in 0..PATIENCE_TURNS {
            if let Some(turn) = Self::of(client) {
                return Some(turn);
            }
            tokio::time::sleep(A_MOMENT).await;
        }
        Self::of(client)
    }

    fn of(client: &Client) -> Option<Self> {
        let whose = if client.firm.is_empty() { &client.secretariat } else { &client.firm };
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        (taken.len() < TURNS && taken.insert(whose.clone())).then(|| Self(whose.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
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
const TURNS: usize = 2;
/// How often, and how long between, a turn is asked for again.
const PATIENCE_TURNS: u32 = 20;
const A_MOMENT: Duration = Duration::from_millis(25);
/// Pieces that wait for the client.
const PIECES: usize = 8;
const PIECE_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Roles;

    /// G-73: one firm holds one turn at a time, and leaves the other to others.
    #[test]
    fn one_firm_has_one_turn() {
        let of = |firm: &str, secretariat: &str| Client {
            code: "x".to_owned(),
            firm: firm.to_owned(),
            secretariat: secretariat.to_owned(),
            roles: Roles::default(),
        };
        let first = Turn::of(&of("1234567890", ""));
        assert!(first.is_some() && Turn::of(&of("1234567890", "")).is_none());
        let second = Turn::of(&of("", "IMMIB"));
        assert!(second.is_some() && Turn::of(&of("", "OAIB")).is_none());
        drop(first);
        assert!(Turn::of(&of("1234567890", "")).is_some());
        drop(second);
    }
}
