//! How is a server asked? Closed: so many connections, each with its next question after its answer. Open: so many
//! questions a second whatever comes back, the time counted from when a question was due.
//!
//! One thread, hand-driven connections; the load takes some ten microseconds of processor time for each request.

use crate::wire::{Address, Connection};
use anyhow::{Context, Result, bail};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

/// What is asked, and what becomes of the answers.
pub(crate) trait Questions {
    /// Writes the next request; its number.
    fn next(&self, buffer: &mut Vec<u8>) -> u64;
    /// Takes the answer to a number.
    fn answered(&self, number: u64, status: u16, body: &[u8]) -> Outcome;
}

/// What an answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should be.
    Done,
    /// The server has enough to do, and says so.
    Refused,
    /// Neither.
    Wrong,
}

/// One run.
pub(crate) struct Run<'a> {
    pub(crate) address: Address,
    pub(crate) connections: usize,
    /// Questions a second; none: closed.
    pub(crate) rate: Option<f64>,
    /// Before anything is counted.
    pub(crate) warm: Duration,
    /// Counted.
    pub(crate) length: Duration,
    /// Processor time of whoever is measured, in seconds so far.
    pub(crate) processor: &'a dyn Fn() -> Result<f64>,
}

/// What one run came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    /// Answered as it should be.
    pub(crate) per_second: f64,
    pub(crate) mean_us: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p999_us: f64,
    /// Processor time of the server for each.
    pub(crate) cpu_us: f64,
    /// Refusals a second.
    pub(crate) refused_per_second: f64,
    /// How long nearly all refusals took, from the sending.
    pub(crate) refused_p99_us: f64,
    /// Connections that broke.
    pub(crate) broken: u64,
}

impl Measured {
    /// Two runs at the same time as one: what both did, at the slower one's pace.
    pub(crate) fn beside(&self, other: &Self) -> Self {
        Self {
            per_second: self.per_second + other.per_second,
            mean_us: self.mean_us.max(other.mean_us),
            p50_us: self.p50_us.max(other.p50_us),
            p99_us: self.p99_us.max(other.p99_us),
            p999_us: self.p999_us.max(other.p999_us),
            cpu_us: self.cpu_us.max(other.cpu_us),
            refused_per_second: self.refused_per_second + other.refused_per_second,
            refused_p99_us: self.refused_p99_us.max(other.refused_p99_us),
            broken: self.broken + other.broken,
        }
    }
}

/// Runs it to its end, on this thread.
pub(crate) fn run(run: &Run<'_>, questions: Rc<dyn Questions>) -> Result<Measured> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, drive(run, questions))
}

/// What the connections of a run share.
struct Shared {
    questions: Rc<dyn Questions>,
    address: Address,
    begin: Instant,
    end: Instant,
    done_us: RefCell<Vec<u32>>,
    refused_us: RefCell<Vec<u32>>,
    broken: Cell<u64>,
    wrong: RefCell<Option<String>>,
    pace: Option<Pace>,
}

/// When questions are due: in bunches, a tick apart.
struct Pace {
    start: Instant,
    per_tick: f64,
    given: Cell<u64>,
    due: Arc<Semaphore>,
}

async fn drive(run: &Run<'_>, questions: Rc<dyn Questions>) -> Result<Measured> {
    // The first one proves the password, which is slow on purpose.
    let mut connections = vec![introduced(run, &*questions).await?];
    while connections.len() < run.connections {
        connections.push(Connection::open(&run.address).await?);
    }
    let start = Instant::now();
    let (begin, end) = (start + run.warm, start + run.warm + run.length);
    let stop = Arc::new(AtomicBool::new(false));
    let (pace, ticking) = match run.rate {
        None => (None, None),
        Some(rate) => {
            let per_tick = rate * TICK.as_secs_f64();
            let due = Arc::new(Semaphore::new(0));
            let ticker = tick(Arc::clone(&due), per_tick, start, Arc::clone(&stop), run.connections);
            (Some(Pace { start, per_tick, given: Cell::new(0), due }), Some(ticker))
        }
    };
    let shared = Rc::new(Shared {
        questions,
        address: run.address.clone(),
        begin,
        end,
        done_us: RefCell::default(),
        refused_us: RefCell::default(),
        broken: Cell::new(0),
        wrong: RefCell::new(None),
        pace,
    });
    let tasks: Vec<_> =
        connections.into_iter().map(|it| tokio::task::spawn_local(converse(Rc::clone(&shared), it))).collect();
    tokio::time::sleep_until(begin.into()).await;
    let before = (run.processor)()?;
    tokio::time::sleep_until(end.into()).await;
    let used = (run.processor)()? - before;
    stop.store(true, Ordering::Relaxed);
    if let Some(pace) = &shared.pace {
        pace.due.close();
    }
    for task in tasks {
        tokio::time::timeout(PATIENCE, task).await.context("an answer never came")??;
    }
    if let Some(ticking) = ticking {
        let _ended = ticking.join();
    }
    if let Some(wrong) = shared.wrong.take() {
        bail!("an answer that is neither right nor a refusal: {wrong}");
    }
    Ok(shared.measured(run.length, used))
}

async fn introduced(run: &Run<'_>, questions: &dyn Questions) -> Result<Connection> {
    let mut connection = Connection::open(&run.address).await?;
    let mut buffer = Vec::new();
    let number = questions.next(&mut buffer);
    let status = connection.ask(&buffer).await?;
    if questions.answered(number, status, connection.body()) == Outcome::Wrong {
        bail!("{status}: {}", String::from_utf8_lossy(connection.body()));
    }
    Ok(connection)
}

async fn converse(shared: Rc<Shared>, mut connection: Connection) {
    let mut buffer = Vec::new();
    loop {
        let due = match &shared.pace {
            None => Instant::now(),
            Some(pace) => match pace.due.acquire().await {
                Ok(permit) => {
                    permit.forget();
                    pace.next_due()
                }
                Err(_closed) => return,
            },
        };
        if due >= shared.end {
            return;
        }
        let number = shared.questions.next(&mut buffer);
        let sent = Instant::now();
        match connection.ask(&buffer).await {
            Ok(status) => shared.record((due, sent), number, status, connection.body()),
            Err(_) if Instant::now() >= shared.end => return,
            Err(_) => {
                shared.broken.set(shared.broken.get() + 1);
                let Ok(fresh) = Connection::open(&shared.address).await else { return };
                connection = fresh;
            }
        }
    }
}

impl Shared {
    fn record(&self, (due, sent): (Instant, Instant), number: u64, status: u16, body: &[u8]) {
        let now = Instant::now();
        let outcome = self.questions.answered(number, status, body);
        let counts = now >= self.begin && now < self.end;
        let since = |instant: Instant| u32::try_from((now - instant).as_micros()).unwrap_or(u32::MAX);
        match outcome {
            Outcome::Done if counts => self.done_us.borrow_mut().push(since(due)),
            Outcome::Refused if counts => self.refused_us.borrow_mut().push(since(sent)),
            Outcome::Done | Outcome::Refused => {}
            Outcome::Wrong => {
                self.wrong.replace(Some(format!("{status}: {}", String::from_utf8_lossy(body))));
            }
        }
    }

    fn measured(&self, length: Duration, used_s: f64) -> Measured {
        let (mut done, mut refused) = (self.done_us.borrow_mut(), self.refused_us.borrow_mut());
        done.sort_unstable();
        refused.sort_unstable();
        let count = in_float(done.len());
        Measured {
            per_second: count / length.as_secs_f64(),
            mean_us: done.iter().map(|took| f64::from(*took)).sum::<f64>() / count.max(1.0),
            p50_us: percentile(&done, 500),
            p99_us: percentile(&done, 990),
            p999_us: percentile(&done, 999),
            cpu_us: used_s * 1e6 / count.max(1.0),
            refused_per_second: in_float(refused.len()) / length.as_secs_f64(),
            refused_p99_us: percentile(&refused, 990),
            broken: self.broken.get(),
        }
    }
}

impl Pace {
    /// When the question that is taken now was due: at the tick that let it go.
    fn next_due(&self) -> Instant {
        let number = self.given.get() + 1;
        self.given.set(number);
        #[expect(clippy::cast_precision_loss, reason = "counts of one run")]
        let ticks = (number as f64 / self.per_tick).ceil();
        self.start + TICK.mul_f64(ticks)
    }
}

/// Lets questions go when they are due. A thread of its own: it sleeps more precisely than the runtime's clock.
fn tick(
    due: Arc<Semaphore>,
    per_tick: f64,
    start: Instant,
    stop: Arc<AtomicBool>,
    connections: usize,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let (mut ticks, mut given) = (0_u32, 0.0);
        while !stop.load(Ordering::Relaxed) {
            ticks += 1;
            let at = start + TICK * ticks;
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            let wanted = (f64::from(ticks) * per_tick).floor() - given;
            given += wanted;
            // What nobody is free to send, for more than a second of it, is not offered: the load is at its limit.
            if due.available_permits() < connections.max(SECOND) {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few at a tick")]
                due.add_permits(wanted as usize);
            }
        }
    })
}

fn percentile(sorted: &[u32], thousandth: usize) -> f64 {
    sorted.get(sorted.len() * thousandth / 1_000).copied().map_or(0.0, f64::from)
}

fn in_float(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of one run")]
    let float = count as f64;
    float
}

/// Between two bunches of an open run.
const TICK: Duration = Duration::from_micros(500);
/// Questions that may be overdue in an open run.
const SECOND: usize = 100_000;
/// For the last answers of a run.
const PATIENCE: Duration = Duration::from_secs(30);
