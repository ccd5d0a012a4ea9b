//! Who sends while the leader dies? Brokers' programs: each sends a declaration until it is answered, then the next one.

use crate::networks::others::People;
use crate::networks::target::Server;
use crate::networks::wire::{Address, Answer, Stream, answer};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// An approval that its sender holds in hands.
pub(crate) struct Approval {
    reference: u64,
    pub(crate) server: usize,
    /// When it was sent for the last time, and when the answer was there.
    pub(crate) sent: Instant,
    pub(crate) answered: Instant,
    answer: Vec<u8>,
}

/// What the senders were told.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) approvals: Vec<Approval>,
    /// E9001, or cut off.
    pub(crate) come_again: usize,
    /// Anything else.
    pub(crate) wrong: Vec<String>,
}

/// The senders at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    told: Arc<Mutex<Told>>,
    senders: JoinSet<()>,
}

impl Load {
    /// Starts them, as many on each server; on the runtime that this is called on.
    pub(crate) fn start(servers: &[Server], people: &People) -> Self {
        let mut load = Self { stop: Arc::default(), told: Arc::default(), senders: JoinSet::new() };
        for sender in 0..SENDERS {
            let server = sender % servers.len();
            let Some(address) = servers.get(server).map(|server| server.address.clone()) else { continue };
            let sender = Sender { server, address, people: people.clone(), told: Arc::clone(&load.told), open: None };
            let first = load.senders.len() as u64 + 1;
            load.senders.spawn(sender.work(first, Arc::clone(&load.stop)));
        }
        load
    }

    /// How many servers approved what was sent after an instant.
    pub(crate) fn servers_after(&self, instant: Instant) -> usize {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = told.approvals.iter().filter(|approval| approval.sent > instant);
        fresh.map(|approval| approval.server).collect::<BTreeSet<usize>>().len()
    }

    /// Lets each bring its last declaration home; what they were told.
    pub(crate) async fn stop(mut self) -> Result<Told> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.senders.join_next().await {
            ended?;
        }
        Ok(std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

struct Sender {
    server: usize,
    address: Address,
    people: People,
    told: Arc<Mutex<Told>>,
    open: Option<(Stream, Vec<u8>)>,
}

impl Sender {
    async fn work(mut self, first: u64, stop: Arc<AtomicBool>) {
        for reference in (first..).step_by(SENDERS) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            while !self.send(reference).await {
                sleep(PAUSE).await;
            }
        }
    }

    /// Sends a declaration; false when it has to be sent again.
    async fn send(&mut self, reference: u64) -> bool {
        let sent = Instant::now();
        let asked = timeout(PATIENCE, ask(&self.address, &mut self.open, &self.people.declaration(reference))).await;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match asked {
            Ok(Ok(answer)) if is_approval(&answer) => {
                let (server, answered) = (self.server, Instant::now());
                told.approvals.push(Approval { reference, server, sent, answered, answer: answer.body });
                return true;
            }
            Ok(Ok(answer)) if answer.status == 503 => told.come_again += 1,
            Ok(Ok(answer)) => told.wrong.push(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body))),
            Ok(Err(_)) => told.come_again += 1,
            Err(_) => told.wrong.push(format!("no answer in {} s", PATIENCE.as_secs())),
        }
        // A client that was told something wrong does not ask for ever.
        told.wrong.len() > WRONG_MAX
    }
}

impl Told {
    /// The longest time between two approvals, of whichever servers.
    pub(crate) fn longest_pause(&self) -> Duration {
        let mut answered: Vec<Instant> = self.approvals.iter().map(|approval| approval.answered).collect();
        answered.sort_unstable();
        let pauses = answered.windows(2).filter_map(|pair| Some(pair.get(1)?.duration_since(*pair.first()?)));
        pauses.max().unwrap_or_default()
    }

    /// Every approval verifies on this server, and sent again is answered as it was.
    pub(crate) async fn hold(&self, address: &Address, people: &People) -> Result<()> {
        let mut open = None;
        for chunk in self.approvals.chunks(CODES) {
            let codes = chunk.iter().map(|approval| Ok((approval.reference, code(&approval.answer)?)));
            let told = ask(address, &mut open, &people.questions(&codes.collect::<Result<Vec<_>>>()?)).await?;
            let valid = String::from_utf8_lossy(&told.body).matches("\"valid\"").count();
            ensure!(valid == chunk.len(), "{valid} of {} acknowledged codes are valid", chunk.len());
        }
        for approval in &self.approvals {
            let again = ask(address, &mut open, &people.declaration(approval.reference)).await?;
            ensure!(again.body == approval.answer, "declaration {} is answered otherwise now", approval.reference);
        }
        Ok(())
    }
}

fn is_approval(answer: &Answer) -> bool {
    answer.status == 200 && code(&answer.body).is_ok()
}

fn code(answer: &[u8]) -> Result<String> {
    let text = String::from_utf8_lossy(answer);
    let (_, rest) = text.split_once("<KriptoKodu>").context("no code")?;
    Ok(rest.split_once('<').context("half a code")?.0.to_owned())
}

/// On the open connection, or on a new one.
async fn ask(address: &Address, open: &mut Option<(Stream, Vec<u8>)>, request: &[u8]) -> Result<Answer> {
    let (mut stream, mut left) = match open.take() {
        Some(open) => open,
        None => (address.open().await?, Vec::new()),
    };
    stream.write_all(request).await?;
    let answer = answer(&mut stream, &mut left).await?;
    if answer.status < 200 {
        bail!("an answer before the answer");
    }
    *open = Some((stream, left));
    Ok(answer)
}

const SENDERS: usize = 8;
/// Before a declaration is sent again.
const PAUSE: Duration = Duration::from_millis(100);
/// A server answers in forty seconds, whatever happens behind it.
const PATIENCE: Duration = Duration::from_mins(1);
const WRONG_MAX: usize = 20;
/// Codes in one list.
const CODES: usize = 1_000;
