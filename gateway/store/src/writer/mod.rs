//! The approval writer: the one place where declarations are recorded, debited, approved and given their codes.
//!
//! Requests queue up; a task takes whatever waits as one batch, settles it in one transaction and answers each after the
//! commit. A durable commit costs one fsync whether it carries one approval or hundreds. Nothing in memory is trusted from
//! one transaction to the next, so several servers and the commands beside them are right together.

pub(crate) mod batch;
mod decide;
#[cfg(feature = "measure")]
mod measure;
pub(crate) mod postgres;
pub(crate) mod rows;
mod seal;
pub(crate) mod sqlite;
mod stages;

use crate::connection::TRIES_MAX;
use crate::packed::Packed;
use crate::parties::Basis;
use crate::{DeclarationKey, Ids, Store, StoreError, detail};
use batch::Desk;
use crypto_code::StatementBytes;
use ebirlik_domain::authority::{Payer, PowerLimit};
use ebirlik_domain::decision::{Approval, ApprovalKind, Fault, Pending};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::money::Money;
use ebirlik_domain::price::Price;
use ebirlik_domain::state::State;
use ebirlik_domain::time::Clock;
use jiff::{Timestamp, civil::Date};
use stages::STAGES;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::oneshot::error::RecvError;
use tokio::sync::{mpsc, oneshot};

/// Most declarations settled in one transaction unless said otherwise. Above this the commit's share per approval is
/// next to nothing.
pub const BATCH_MAX: usize = 256;
/// A batch that is not settled by then is given up; whether it was committed, its resends find out.
const BATCH_TIMEOUT: Duration = Duration::from_secs(15);
/// A declaration that is not answered by then is told that we cannot tell: its batch, and one before it, were given up,
/// or the disk takes no writes and no error comes of it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(32);
/// Of Linux' twenty steps: behind those who verify, before those who read declarations and so make its work.
const STEP_BACK: i32 = 5;
/// Content of one batch, in bytes, beyond which it is settled in parts.
const BATCH_BYTES_MAX: usize = 16 << 20;
/// Tries after a twin of another server.
const TWINS_MAX: u32 = 5;
/// Tries after PostgreSQL went away; the time of a batch bounds them too.
const LOST_MAX: u32 = 20;
/// Before each of them: a new leader needs a moment.
const LOST_PAUSE: Duration = Duration::from_millis(200);
/// Codes tried for one declaration. A clash of 65 bits is improbable once, impossible four times.
const COLLISIONS_MAX: u32 = 3;

/// A declaration that is ready to be recorded: sound, authorised and priced.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Declarant's tax number.
    pub declarant: String,
    /// Its reference.
    pub reference: String,
    /// Exporter's tax number.
    pub exporter: String,
    /// The secretariat chosen.
    pub secretariat: String,
    /// User code of the sender.
    pub sent_by: String,
    /// The whole content.
    pub content: Packed,
    /// Digest of the content: equal for the same declaration.
    pub digest: [u8; 32],
    /// The canonical statement that the code binds.
    pub statement: StatementBytes,
    /// The day that it was priced for. On another day it must be priced anew.
    pub day: Date,
    /// The versions that it was judged by: at others it must be judged anew. `None` where that was tried often enough.
    pub basis: Option<Basis>,
    /// Its price on that day.
    pub price: Arc<Price>,
    /// What is kept of that price: [`pack_price`].
    pub detail: Packed,
    /// Who pays, if anybody agreed to.
    pub payer: Option<Payer>,
    /// What may be debited today by the power that it was sent by, where that is limited.
    pub limit: Option<PowerLimit>,
    /// How it is paid.
    pub tender: Tender,
    /// For what was recorded before and is taken up again: the version that it must still be.
    pub expected_version: Option<u32>,
    /// True when the sender asked to wait for payment.
    pub hold: bool,
    /// True when a person must decide first.
    pub at_desk: bool,
    /// Days of validity after approval.
    pub validity_days: Option<u16>,
    /// What the sender should know, places worked out.
    pub notices: Vec<Finding>,
}

/// How a declaration is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tender {
    /// Out of the payer's current account.
    Account {
        /// What the money in it counts as: prepaid, or paid by card a moment ago.
        kind: ApprovalKind,
    },
    /// The money has come in another way: by card, in cash at an office, or with the paper.
    Received {
        /// Which way.
        kind: ApprovalKind,
        /// The secretariat's own side that took it.
        account: i64,
    },
}

/// What an approval keeps of a price, written before the writer is asked: its time is everybody's.
pub fn pack_price(price: &Price) -> Packed {
    detail::of_price(price)
}

/// What became of a settlement.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// Approved, now or before; the answer is the same.
    Approved(Arc<Approval>),
    /// Recorded; it waits.
    Pending(Pending),
    /// This reference is approved with other content; nothing changed.
    Changed,
    /// This reference was withdrawn or cancelled; nothing changed.
    Ended {
        /// Which of the two.
        state: State,
        /// When.
        at: Option<Timestamp>,
    },
    /// The day, the tables or the register changed since it was judged; nothing is recorded, judge it anew.
    Stale,
}

/// Gives codes and proves answers; the writer itself knows neither keys nor messages.
pub trait Seal: Send + Sync {
    /// The code of a statement with a collision counter.
    fn code(&self, statement: &StatementBytes, collision: u32) -> String;
    /// SHA-256 of the answer that renders this approval.
    fn answer_digest(&self, approval: &Approval) -> [u8; 32];
    /// Version of that renderer.
    fn renderer(&self) -> u32;
}

/// What the writer is told once.
#[derive(Clone)]
pub struct WriterSettings {
    /// The store it writes to.
    pub store: Store,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Codes and answer digests.
    pub seal: Arc<dyn Seal>,
    /// Row numbers.
    pub ids: Arc<Ids>,
    /// Declarations that may wait; beyond it the sender is told to come again.
    pub queue: usize,
    /// Most declarations settled in one transaction, such as [`BATCH_MAX`].
    pub batch: usize,
    /// A balance below this after a debit gives a notice (G-52).
    pub low_balance: Money,
}

/// The handle to the writer's queue.
#[derive(Debug)]
pub struct Writer {
    queue: std::sync::Mutex<Option<mpsc::Sender<Job>>>,
    ended: tokio::sync::Mutex<Option<oneshot::Receiver<()>>>,
    work: Arc<Work>,
}

#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) settlement: Arc<Settlement>,
    pub(crate) key: DeclarationKey,
    came_at: Instant,
    answer: oneshot::Sender<Result<Settled, Fault>>,
}

impl Writer {
    /// Starts the writer's thread, on the runtime that this is called on.
    pub fn start(settings: WriterSettings) -> Self {
        let (sender, receiver) = mpsc::channel(settings.queue);
        let (end, ended) = oneshot::channel();
        let work = Arc::new(Work { began: Instant::now(), ended_us: AtomicU64::new(NEVER) });
        let told = Arc::clone(&work);
        let runtime = Handle::current();
        // A thread of its own: SQLite is spoken to without a thread between, and a commit blocks.
        std::thread::spawn(move || {
            // Refused only where even that is forbidden; then all threads are equal.
            let _ = rustix::process::setpriority_process(None, STEP_BACK);
            runtime.block_on(run(settings, receiver, &told));
            let _nobody_waits = end.send(());
        });
        Self { queue: std::sync::Mutex::new(Some(sender)), ended: tokio::sync::Mutex::new(Some(ended)), work }
    }

    /// Settles a declaration. Durable when it returns; a caller that goes away changes nothing.
    ///
    /// # Errors
    /// [`Fault::Busy`] at once when the queue is full; [`Fault::Unavailable`] when the store cannot tell, in which case
    /// it may or may not be recorded and sending it again gives the one answer.
    pub async fn settle(&self, settlement: Settlement) -> Result<Settled, Fault> {
        let queue = self.queue.lock().map_err(|_| Fault::Unavailable)?.clone().ok_or(Fault::Unavailable)?;
        let (answer, answered) = oneshot::channel();
        let key = DeclarationKey::of(&settlement.declarant, &settlement.reference);
        // Held here too: what this thread made, it also throws away; from another thread that costs several times as much.
        let settlement = Arc::new(settlement);
        let job = Job { settlement: Arc::clone(&settlement), key, came_at: Instant::now(), answer };
        queue.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Fault::Busy,
            mpsc::error::TrySendError::Closed(_) => Fault::Unavailable,
        })?;
        drop(queue);
        match tokio::time::timeout(ANSWER_TIMEOUT, answered).await {
            Ok(Ok(settled)) => settled,
            Ok(Err(RecvError { .. })) | Err(_) => Err(Fault::Unavailable),
        }
    }

    /// True while the thread that settles is alive.
    pub fn is_alive(&self) -> bool {
        self.queue.lock().is_ok_and(|queue| queue.as_ref().is_some_and(|queue| !queue.is_closed()))
    }

    /// How many declarations wait now.
    pub fn waiting(&self) -> usize {
        let queue = self.queue.lock().ok().and_then(|queue| queue.clone());
        queue.map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    /// For how long nothing was settled and nothing waited; zero while something is, and what can wait itself should.
    pub fn idle_for(&self) -> Duration {
        if self.waiting() > 0 { Duration::ZERO } else { self.work.idle_for() }
    }

    /// Takes no more, settles what waits, and ends.
    pub async fn close(&self) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        if let Some(ended) = self.ended.lock().await.take() {
            // A panic in the thread was logged where it happened.
            let _ended = ended.await;
        }
    }
}

/// When was a batch settled last?
#[derive(Debug)]
struct Work {
    began: Instant,
    /// Microseconds from the beginning; or [`NEVER`], or [`NOW`].
    ended_us: AtomicU64,
}

/// Nothing was settled yet.
const NEVER: u64 = u64::MAX;
/// A batch is being settled.
const NOW: u64 = u64::MAX - 1;

impl Work {
    fn begin(&self) {
        self.ended_us.store(NOW, Ordering::Relaxed);
    }

    fn end(&self) {
        let us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(NEVER);
        self.ended_us.store(us, Ordering::Relaxed);
    }

    fn idle_for(&self) -> Duration {
        match self.ended_us.load(Ordering::Relaxed) {
            NEVER => Duration::MAX,
            NOW => Duration::ZERO,
            us => self.began.elapsed().saturating_sub(Duration::from_micros(us)).max(Duration::from_micros(1)),
        }
    }
}

async fn run(settings: WriterSettings, mut queue: mpsc::Receiver<Job>, work: &Work) {
    let mut desk = Desk::of(settings.store.clone());
    let mut jobs = Vec::with_capacity(settings.batch);
    while queue.recv_many(&mut jobs, settings.batch).await > 0 {
        work.begin();
        for part in parts(std::mem::take(&mut jobs)) {
            settle_batch(&settings, &mut desk, part).await;
        }
        work.end();
    }
}

/// A batch in the order of arrival, cut where its content grows too large for one transaction.
fn parts(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let (mut parts, mut bytes) = (vec![Vec::with_capacity(jobs.len())], 0);
    for job in jobs {
        bytes += job.settlement.content.bytes.len();
        if bytes > BATCH_BYTES_MAX && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(Vec::new());
            bytes = job.settlement.content.bytes.len();
        }
        if let Some(part) = parts.last_mut() {
            part.push(job);
        }
    }
    parts
}

/// Settles a batch, and if one row spoils it, its halves: nobody is refused for a neighbour.
async fn settle_batch(settings: &WriterSettings, desk: &mut Desk, jobs: Vec<Job>) {
    if let Some(first) = jobs.first() {
        STAGES.queue.record(first.came_at.elapsed());
    }
    STAGES.batch.record(f64::from(u32::try_from(jobs.len()).unwrap_or(u32::MAX)));
    let mut waiting = vec![jobs];
    while let Some(mut jobs) = waiting.pop() {
        let settled = tokio::time::timeout(BATCH_TIMEOUT, settle_with_retries(settings, desk, &jobs)).await;
        match settled.unwrap_or(Err(StoreError::Late)) {
            Ok(results) => {
                crate::fault_point::reach("before-answer");
                for (Job { settlement, answer, .. }, result) in jobs.into_iter().zip(results) {
                    drop(settlement);
                    // The receiver is gone when the client hung up; its answer waits in the store.
                    let _delivered = answer.send(Ok(result));
                }
                crate::fault_point::reach("after-answer");
            }
            Err(error) if jobs.len() > 1 && error.is_about_rows() => {
                let second = jobs.split_off(jobs.len() / 2);
                waiting.push(second);
                waiting.push(jobs);
            }
            Err(error) => {
                let fault = Fault::from(error);
                for job in jobs {
                    let _delivered = job.answer.send(Err(fault));
                }
            }
        }
    }
}

async fn settle_with_retries(
    settings: &WriterSettings,
    desk: &mut Desk,
    jobs: &[Job],
) -> Result<Vec<Settled>, StoreError> {
    #[cfg(feature = "measure")]
    if measure::is_store_off() {
        return Ok(measure::settle(settings, jobs));
    }
    let (mut tries, mut collision) = (0, 0);
    let mut lost = 0;
    loop {
        let error = match desk.settle(settings, jobs, collision).await {
            Ok(results) => return Ok(results),
            Err(error) => error,
        };
        tries += 1;
        if error.is_code_clash() && jobs.len() == 1 && collision < COLLISIONS_MAX {
            collision += 1;
        } else if error.is_unique_violation() && !error.is_code_clash() && tries <= TWINS_MAX {
            // A twin was committed by another server meanwhile: the next try finds it.
        } else if error.is_of_the_connection() && lost < LOST_MAX {
            // If the commit was done, the next try finds the twin; the pool finds the server, or says that there is none.
            lost += 1;
            tokio::time::sleep(LOST_PAUSE).await;
        } else if !error.is_transient() || tries > TRIES_MAX {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(u64::from(tries.min(20)))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_is_idle_from_the_end_of_a_batch() {
        let work = Work { began: Instant::now(), ended_us: AtomicU64::new(NEVER) };
        assert_eq!(work.idle_for(), Duration::MAX);
        work.begin();
        assert_eq!(work.idle_for(), Duration::ZERO);
        work.end();
        let idle = work.idle_for();
        assert!(idle > Duration::ZERO && idle < Duration::from_mins(1), "{idle:?}");
    }
}
