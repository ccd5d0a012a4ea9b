//! What lies between the server and its database? A proxy that passes everything on, and that can drop, delay or cut
//! it; and cut in the very moment when COMMIT was sent and its answer has not come back.

use anyhow::Result;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What happens to what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    /// It arrives.
    Works,
    /// It vanishes, both ways; connections stay open.
    DropsAll,
    /// Questions vanish.
    DropsQuestions,
    /// Answers vanish.
    DropsAnswers,
    /// It arrives late.
    Delays(Duration),
    /// Connections are reset, new ones too.
    Resets,
}

/// What happens to the next COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commit {
    /// It is carried out, and the connection is cut before its answer arrives.
    AnswerCut,
    /// It is carried out, and its answer and all that follows vanish.
    AnswerDropped,
    /// The connection is cut before it arrives.
    NeverSent,
}

/// A proxy in front of a database.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    database: u16,
    network: watch::Sender<Network>,
    commit: Mutex<Option<Commit>>,
    hit: AtomicU32,
}

impl Proxy {
    /// Listens on a port of its own.
    pub(crate) async fn to(database: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (network, _) = watch::channel(Network::Works);
        let shared = Arc::new(Shared { database, network, commit: Mutex::new(None), hit: AtomicU32::new(0) });
        let ours = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&ours).connection(client));
            }
        });
        Ok(Self { port, shared, accepting })
    }

    /// From now on the network is like this.
    pub(crate) fn set(&self, network: Network) {
        self.shared.network.send_replace(network);
    }

    /// The next COMMIT meets this.
    pub(crate) fn hit_commit(&self, commit: Commit) {
        *self.shared.commit.lock().unwrap_or_else(PoisonError::into_inner) = Some(commit);
    }

    /// COMMITs that were hit so far.
    pub(crate) fn hit(&self) -> u32 {
        self.shared.hit.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.set(Network::Resets);
    }
}

/// What one connection's direction tells the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    /// Cut when the answer to COMMIT is here.
    CutAtAnswer,
    /// Drop from here on.
    Dropped,
    Cut,
}

impl Shared {
    async fn connection(self: Arc<Self>, client: TcpStream) {
        if *self.network.borrow() == Network::Resets {
            let _reset = client.set_zero_linger();
            return;
        }
        let Ok(database) = TcpStream::connect(("127.0.0.1", self.database)).await else {
            let _reset = client.set_zero_linger();
            return;
        };
        let _quick = (client.set_nodelay(true), database.set_nodelay(true));
        let _reset = client.set_zero_linger();
        let (from_client, to_client) = client.into_split();
        let (from_database, to_database) = database.into_split();
        let (fate, _) = watch::channel(Fate::Open);
        let mut watched = fate.subscribe();
        let mut network = self.network.subscribe();
        tokio::select! {
            () = self.questions(from_client, to_database, &fate) => {}
            () = self.answers(from_database, to_client, &fate) => {}
            _ = watched.wait_for(|fate| *fate == Fate::Cut) => {}
            _ = network.wait_for(|network| *network == Network::Resets) => {}
        }
    }

    /// From the server to the database, message by message.
    async fn questions(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, fate: &watch::Sender<Fate>) {
        let (mut frontend, mut bytes) = (Frontend::default(), vec![0; 65_536]);
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            for message in frontend.feed(bytes.get(..length).unwrap_or_default()) {
                if is_commit(&message)
                    && let Some(commit) = self.commit.lock().unwrap_or_else(PoisonError::into_inner).take()
                {
                    self.hit.fetch_add(1, Ordering::Relaxed);
                    fate.send_replace(match commit {
                        Commit::AnswerCut => Fate::CutAtAnswer,
                        Commit::AnswerDropped => Fate::Dropped,
                        Commit::NeverSent => Fate::Cut,
                    });
                    if commit == Commit::NeverSent {
                        return;
                    }
                }
                let network = *self.network.borrow();
                if let Network::Delays(time) = network {
                    sleep(time).await;
                }
                if matches!(network, Network::DropsAll | Network::DropsQuestions) {
                    continue;
                }
                if to.write_all(&message).await.is_err() {
                    return;
                }
            }
        }
    }

    /// From the database to the server.
    async fn answers(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, fate: &watch::Sender<Fate>) {
        let mut bytes = vec![0; 65_536];
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            let network = *self.network.borrow();
            if let Network::Delays(time) = network {
                sleep(time).await;
            }
            match *fate.borrow() {
                Fate::CutAtAnswer | Fate::Cut => return,
                Fate::Dropped => continue,
                Fate::Open => {}
            }
            if matches!(network, Network::DropsAll | Network::DropsAnswers) {
                continue;
            }
            if to.write_all(bytes.get(..length).unwrap_or_default()).await.is_err() {
                return;
            }
        }
    }
}

/// Cuts what a client sends into messages. Source: PostgreSQL, Frontend/Backend Protocol, Message Formats.
#[derive(Default)]
struct Frontend {
    left: Vec<u8>,
    /// The first messages have no letter in front: the wish for TLS, and the start itself.
    has_started: bool,
}

impl Frontend {
    /// The messages that are whole now.
    fn feed(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.left.extend_from_slice(bytes);
        let mut messages = Vec::new();
        loop {
            let from = usize::from(self.has_started);
            let Some(length) = self.left.get(from..from + 4).and_then(|length| length.try_into().ok()) else { break };
            let whole = from + usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
            if whole > self.left.len() {
                break;
            }
            let message: Vec<u8> = self.left.drain(..whole).collect();
            let asks_for_tls = message.get(4..8) == Some(&TLS_WANTED.to_be_bytes());
            self.has_started |= !asks_for_tls;
            messages.push(message);
        }
        messages
    }
}

/// A simple query that says COMMIT, or the execution's twin: a parsed statement of that text.
fn is_commit(message: &[u8]) -> bool {
    matches!(message.first(), Some(b'Q' | b'P'))
        && message.windows(6).any(|word| word.eq_ignore_ascii_case(b"COMMIT"))
        && message.len() < 32
}

/// The number of the request for TLS, which comes before the start. Source: PostgreSQL, `SSLRequest`.
const TLS_WANTED: u32 = 80_877_103;

#[cfg(test)]
mod tests {
    use super::*;

    fn message(letter: u8, text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len() + 5).unwrap().to_be_bytes();
        [&[letter][..], &length, text.as_bytes(), &[0]].concat()
    }

    #[test]
    fn commit_is_found_however_the_bytes_are_cut() {
        let start = [&12_u32.to_be_bytes()[..], &196_608_u32.to_be_bytes(), &[0; 4]].concat();
        let tls = [&8_u32.to_be_bytes()[..], &TLS_WANTED.to_be_bytes()].concat();
        let bytes = [tls, start, message(b'Q', "BEGIN"), message(b'Q', "COMMIT"), message(b'Q', "select 1")].concat();
        for piece in 1..bytes.len() {
            let mut frontend = Frontend::default();
            let messages: Vec<_> = bytes.chunks(piece).flat_map(|piece| frontend.feed(piece)).collect();
            assert_eq!(messages.concat(), bytes, "nothing is lost");
            let commits: Vec<usize> = (0..messages.len()).filter(|at| is_commit(&messages[*at])).collect();
            assert_eq!(commits, [3], "in pieces of {piece}");
        }
    }

    #[test]
    fn a_long_statement_with_the_word_is_no_commit() {
        assert!(!is_commit(&message(b'Q', "select * from declaration where reference = 'COMMIT'")));
    }
}
