//! What was sent, and what came back? A seeded stream of declarations over several connections, each answer kept with
//! the moment at which it was read to its last byte: from then on it is a promise.

use super::people::{Goods, People, element};
use crate::networks::wire::{Address, Answer, Stream, answer};
use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Everything that was sent in one run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// By reference.
    pub(crate) sent: BTreeMap<String, Sent>,
    /// What must never happen and did.
    pub(crate) complaints: Vec<String>,
    /// Requests without an answer, and answers that said to come again.
    pub(crate) faulted: usize,
    /// The longest wait for any answer.
    pub(crate) longest: Duration,
}

/// One declaration.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) goods: Goods,
    /// On the clock of [`now`].
    pub(crate) asked_at: Duration,
    /// The answer that approves it, and when it was read.
    pub(crate) approved: Option<(Vec<u8>, Duration)>,
}

impl Sent {
    /// The code in its answer.
    pub(crate) fn code(&self) -> Option<String> {
        let (answer, _) = self.approved.as_ref()?;
        Some(element(std::str::from_utf8(answer).ok()?, "KriptoKodu")?.to_owned())
    }
}

/// What an answer means to the sender.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Approved,
    /// We cannot tell now: send the same bytes again.
    Again,
    /// A refusal, which nothing in this stream deserves.
    Refused,
}

impl Book {
    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn complain(&self, complaint: String) {
        self.entries().complaints.push(complaint);
    }

    /// References without an answer that approves them.
    pub(crate) fn open(&self) -> Vec<String> {
        let entries = self.entries();
        entries.sent.iter().filter(|(_, sent)| sent.approved.is_none()).map(|(name, _)| name.clone()).collect()
    }

    /// All that was sent and answered before a moment.
    pub(crate) fn at(&self, moment: Duration) -> Self {
        let entries = self.entries();
        let sent = entries.sent.iter().filter(|(_, sent)| sent.asked_at < moment).map(|(reference, sent)| {
            let mut sent = sent.clone();
            sent.approved = sent.approved.filter(|(_, at)| *at < moment);
            (reference.clone(), sent)
        });
        Self(Arc::new(Mutex::new(Entries { sent: sent.collect(), ..Entries::default() })))
    }

    /// Forgets what was sent, not the complaints; gives how much it was.
    pub(crate) fn forget(&self) -> usize {
        std::mem::take(&mut self.entries().sent).len()
    }

    /// Writes down what came back for a reference; a second answer must be the first one's bytes.
    pub(crate) fn note(&self, reference: &str, came: Result<Answer>, waited: Duration) -> Option<Meaning> {
        let mut entries = self.entries();
        entries.longest = entries.longest.max(waited);
        let Ok(answer) = came else {
            entries.faulted += 1;
            return None;
        };
        let meaning = meaning(&answer);
        match meaning {
            Meaning::Again => entries.faulted += 1,
            Meaning::Refused => {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                entries.complaints.push(format!("{reference}: {} instead of an approval: {body}", answer.status));
            }
            Meaning::Approved => {
                let Some(sent) = entries.sent.get_mut(reference) else { return Some(meaning) };
                let first = sent.approved.get_or_insert_with(|| (answer.body.clone(), now()));
                if first.0 != answer.body {
                    let (first, then) =
                        (String::from_utf8_lossy(&first.0).into_owned(), String::from_utf8_lossy(&answer.body));
                    entries.complaints.push(format!("{reference}: two answers:\n{first}\n{then}"));
                }
            }
        }
        Some(meaning)
    }
}

/// What an answer means.
pub(crate) fn meaning(answer: &Answer) -> Meaning {
    let text = String::from_utf8_lossy(&answer.body);
    match (answer.status, element(&text, "Durum")) {
        (200, Some("ONAYLANDI")) if element(&text, "KriptoKodu").is_some() => Meaning::Approved,
        (503 | 429, Some("GECICI_HATA")) => Meaning::Again,
        _ => Meaning::Refused,
    }
}

/// A clock that every process of this machine shares and nobody sets.
pub(crate) fn now() -> Duration {
    let at = clock_gettime(ClockId::Monotonic);
    Duration::new(u64::try_from(at.tv_sec).unwrap_or(0), u32::try_from(at.tv_nsec).unwrap_or(0))
}

/// One connection that is opened when it is needed. What broke is never sent again by itself.
pub(crate) struct Client {
    address: Address,
    open: Option<(Stream, Vec<u8>)>,
}

impl Client {
    pub(crate) fn to(port: u16) -> Self {
        Self { address: Address { port, tls: None }, open: None }
    }

    /// The answer to a request.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        let conversation = async {
            let (mut stream, mut left) = match self.open.take() {
                Some(open) => open,
                None => (self.address.open().await?, Vec::new()),
            };
            stream.write_all(request).await?;
            let answer = answer(&mut stream, &mut left).await?;
            self.open = Some((stream, left));
            anyhow::Ok(answer)
        };
        timeout(PATIENCE, conversation).await.context("no answer within the time that the product states")?
    }
}

/// How a stream behaves.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    /// Begins every reference of the stream.
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) connections: u32,
    /// A connection that broke is the end of its stream.
    pub(crate) ends_when_broken: bool,
    /// Times that each message is sent at once, at most.
    pub(crate) twins: u32,
    /// Between two messages of one connection.
    pub(crate) pause: Duration,
}

impl Manner {
    /// Eight connections that send as fast as they are answered.
    pub(crate) fn brisk(name: String, seed: u64) -> Self {
        Self { name, seed, connections: 8, ends_when_broken: false, twins: 1, pause: Duration::ZERO }
    }
}

/// A stream under way.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    streams: JoinSet<Result<()>>,
}

impl Load {
    /// Starts to send; connections are spread over the servers.
    pub(crate) fn start(book: &Book, people: &People, ports: &[u16], manner: &Manner) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut streams = JoinSet::new();
        for connection in 0..manner.connections {
            let sender = Sender {
                book: book.clone(),
                people: people.clone(),
                ports: ports.to_vec(),
                manner: manner.clone(),
                rng: fastrand::Rng::with_seed(manner.seed ^ u64::from(connection).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                connection,
            };
            streams.spawn(sender.send(Arc::clone(&stop)));
        }
        Self { stop, streams }
    }

    /// Waits for what is under way; or, once every connection broke, for that.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.streams.join_next().await {
            ended??;
        }
        Ok(())
    }
}

struct Sender {
    book: Book,
    people: People,
    ports: Vec<u16>,
    manner: Manner,
    rng: fastrand::Rng,
    connection: u32,
}

impl Sender {
    async fn send(mut self, stop: Arc<AtomicBool>) -> Result<()> {
        let start = usize::try_from(self.connection)?;
        let mut clients: Vec<Client> = (0..self.manner.twins.max(1))
            .filter_map(|twin| {
                let place = (start + usize::try_from(twin).ok()?) % self.ports.len().max(1);
                self.ports.get(place).copied().map(Client::to)
            })
            .collect();
        for number in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let reference = format!("{}-{}-{number}", self.manner.name, self.connection);
            let goods = self.goods();
            let request = self.people.declaration(&reference, goods)?;
            let sent = Sent { goods, asked_at: now(), approved: None };
            self.book.entries().sent.insert(reference.clone(), sent);
            let times = self.times();
            let mut faulted = false;
            if self.rng.u8(..5) == 0 {
                // A fifth of the twins at once, each on its own connection.
                let asked = clients.iter_mut().take(times).map(|client| self.book.ask(client, &reference, &request));
                let told = futures_util::future::join_all(asked).await;
                faulted |= told.iter().any(Option::is_none);
            } else {
                for client in clients.iter_mut().take(times) {
                    faulted |= self.book.ask(client, &reference, &request).await.is_none();
                }
            }
            if faulted && self.manner.ends_when_broken {
                break;
            }
            sleep(if faulted { BROKEN_PAUSE } else { self.manner.pause }).await;
        }
        Ok(())
    }

    fn goods(&mut self) -> Goods {
        Goods { pair: self.rng.usize(..self.people.pairs()), items: self.rng.u32(1..4), amount: self.rng.u32(1..900) }
    }

    fn times(&mut self) -> usize {
        usize::try_from(self.rng.u32(1..=self.manner.twins.max(1))).unwrap_or(1)
    }
}

impl Book {
    /// Asks and writes down what came of it; nothing when the connection broke.
    pub(crate) async fn ask(&self, client: &mut Client, reference: &str, request: &[u8]) -> Option<Meaning> {
        let start = Instant::now();
        let came = client.ask(request).await;
        let waited = start.elapsed();
        if waited >= PATIENCE {
            self.complain(format!("{reference}: no answer in {} s", PATIENCE.as_secs()));
        }
        self.note(reference, came, waited)
    }
}

/// Every wait of the product has an end: a batch is given up after 15 seconds, a place in the store's pool after 5;
/// the batch before may have to be waited for too.
const PATIENCE: Duration = Duration::from_secs(40);
/// After a connection that broke, so that a server that is gone is not asked ten thousand times.
const BROKEN_PAUSE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, body: &str) -> Answer {
        Answer { status, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn only_an_approval_with_a_code_is_a_promise_and_only_a_fault_may_come_again() {
        let approved = "<Durum>ONAYLANDI</Durum><KriptoKodu>7K3M</KriptoKodu>";
        assert_eq!(meaning(&told(200, approved)), Meaning::Approved);
        assert_eq!(meaning(&told(200, "<Durum>ONAYLANDI</Durum>")), Meaning::Refused);
        assert_eq!(meaning(&told(503, "<Durum>GECICI_HATA</Durum>")), Meaning::Again);
        assert_eq!(meaning(&told(503, "<Durum>REDDEDILDI</Durum>")), Meaning::Refused);
        assert_eq!(meaning(&told(202, "<Durum>ODEME_BEKLIYOR</Durum>")), Meaning::Refused);
    }

    #[test]
    fn a_second_answer_that_differs_is_a_complaint() {
        let book = Book::default();
        let goods = Goods { pair: 0, items: 1, amount: 1 };
        book.entries().sent.insert("A".to_owned(), Sent { goods, asked_at: now(), approved: None });
        for body in
            ["<Durum>ONAYLANDI</Durum><KriptoKodu>A</KriptoKodu>", "<Durum>ONAYLANDI</Durum><KriptoKodu>B</KriptoKodu>"]
        {
            book.note("A", Ok(told(200, body)), Duration::ZERO);
        }
        assert_eq!(book.entries().complaints.len(), 1);
        assert_eq!(book.entries().sent["A"].code().as_deref(), Some("A"));
    }
}
