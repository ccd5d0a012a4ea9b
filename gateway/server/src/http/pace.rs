//! Is a connection still worth holding? Keeps the time of reading and writing, so that a client that sends
//! byte by byte, or nothing, or takes no answer, is let go.
//!
//! hyper's own header timeout does not start before the first bytes and counts idle connections too; this one
//! knows the difference, for HTTP/1 and HTTP/2 alike.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

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
    /// An answer was not taken in time.
    Stuck,
    /// Its place is needed for somebody else.
    Crowded,
}

/// What a connection is doing.
#[derive(Debug)]
pub(crate) struct Pace {
    pauses: Pauses,
    state: Mutex<State>,
    dismissal: Notify,
    /// Whether a declaration was ever sent.
    submits: AtomicBool,
    /// Whether the workshop has the connection.
    has_moved: AtomicBool,
}

#[derive(Debug)]
struct State {
    requests: usize,
    phase: Phase,
    since: Instant,
    is_http2: bool,
    /// Whether a request of this client was ever answered.
    is_known: bool,
    /// Bodies of which we wait for the next piece.
    arriving: usize,
    /// When each answer that is not taken yet should have been.
    answers: BTreeSet<(Instant, usize)>,
    answered: usize,
    /// Since when the client takes less than we have for it; later by what it takes, but never later than now.
    stalled: Option<Instant>,
    /// Bytes read that neither asked for anything nor were a body: frames that only keep us busy.
    unasked: usize,
    /// How many of them there may be: before the first request a header, afterwards what may be on its way too.
    unasked_max: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A header is arriving, or the first has not come yet.
    Heading,
    /// The last request is answered, and no byte of a next one has come.
    Resting,
}

/// One request under way, until its answer is taken.
#[derive(Debug)]
pub(crate) struct Underway {
    pace: Arc<Pace>,
    due: Option<(Instant, usize)>,
}

impl Pace {
    /// Of a connection that opens now.
    pub(crate) fn new(pauses: Pauses) -> Arc<Self> {
        let state = State {
            requests: 0,
            phase: Phase::Heading,
            since: Instant::now(),
            is_http2: false,
            is_known: false,
            arriving: 0,
            answers: BTreeSet::new(),
            answered: 0,
            stalled: None,
            unasked: 0,
            unasked_max: BYTES_PER_REQUEST,
        };
        Arc::new(Self {
            pauses,
            state: Mutex::new(state),
            dismissal: Notify::new(),
            submits: AtomicBool::new(false),
            has_moved: AtomicBool::new(false),
        })
    }

    /// A request's header is there.
    pub(crate) fn begin(self: &Arc<Self>, is_http2: bool) -> Underway {
        let mut state = self.state();
        if state.requests == 0 {
            state.since = Instant::now();
        }
        state.requests += 1;
        state.unasked = state.unasked.saturating_sub(BYTES_PER_REQUEST);
        state.unasked_max = UNASKED_BYTES_MAX;
        state.is_http2 = is_http2;
        drop(state);
        Underway { pace: Arc::clone(self), due: None }
    }

    /// A declaration is sent.
    pub(crate) fn submit(&self) {
        self.submits.store(true, Ordering::Relaxed);
    }

    /// Whether one ever was.
    pub(crate) fn submits(&self) -> bool {
        self.submits.load(Ordering::Relaxed)
    }

    /// The workshop has the connection from now on.
    pub(crate) fn moved(&self) {
        self.has_moved.store(true, Ordering::Relaxed);
    }

    /// Whether it has.
    pub(crate) fn has_moved(&self) -> bool {
        self.has_moved.load(Ordering::Relaxed)
    }

    /// Lets the connection go, because its place is needed.
    pub(crate) fn dismiss(&self) {
        self.dismissal.notify_one();
    }

    /// Whether the client was ever answered, and since when we wait for it and it for nothing; `None` while we work.
    pub(crate) fn waits(&self) -> Option<(bool, Instant)> {
        let state = self.state();
        (state.requests == state.arriving).then_some((state.is_known, state.since))
    }

    /// Returns when the connection should be let go.
    pub(crate) async fn expired(&self) -> Expired {
        loop {
            let now = Instant::now();
            let next = match self.deadline() {
                Some((at, why)) if at <= now => return why,
                // A later event may bring an earlier deadline.
                Some((at, _)) => at.min(now + LOOK),
                None => now + LOOK,
            };
            tokio::select! {
                () = self.dismissal.notified() => return Expired::Crowded,
                () = sleep_until(next) => {}
            }
        }
    }

    fn deadline(&self) -> Option<(Instant, Expired)> {
        let state = self.state();
        let stalled = state.stalled.map(|since| since + self.pauses.header);
        let answer = state.answers.first().map(|(due, _)| *due);
        let stuck = [stalled, answer].into_iter().flatten().min().map(|at| (at, Expired::Stuck));
        let waits = match (state.requests, state.phase) {
            (0, Phase::Heading) if !state.is_http2 => Some((state.since + self.pauses.header, Expired::Header)),
            (0, _) => Some((state.since + self.pauses.idle, Expired::Idle)),
            // Bodies and handlers have limits of their own.
            _ => None,
        };
        [stuck, waits].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// How long a client may take for so many bytes of ours.
    fn time_for(&self, bytes: usize) -> Duration {
        self.pauses.header + time_to_take(bytes)
    }

    /// Bytes came; says whether they are a flood that asks for nothing.
    pub(super) fn bytes_read(&self, bytes: usize) -> bool {
        let mut state = self.state();
        if state.requests == 0 && state.phase == Phase::Resting {
            (state.phase, state.since) = (Phase::Heading, Instant::now());
        }
        state.unasked = state.unasked.saturating_add(bytes);
        state.unasked > state.unasked_max
    }

    /// So many bytes of those that were read belong to a body.
    pub(super) fn delivered(&self, bytes: usize) {
        let mut state = self.state();
        state.unasked = state.unasked.saturating_sub(bytes);
    }

    /// A body begins, or ends, to be waited for.
    pub(super) fn awaits(&self, waits: bool) {
        let mut state = self.state();
        state.arriving = if waits { state.arriving + 1 } else { state.arriving.saturating_sub(1) };
    }

    pub(super) fn bytes_written(&self, bytes: usize) {
        let mut state = self.state();
        if state.requests == 0 && state.phase == Phase::Resting {
            state.since = Instant::now();
        }
        if let Some(since) = &mut state.stalled {
            *since = after_taking(*since, bytes, Instant::now());
        }
    }

    pub(super) fn stalls(&self) {
        self.state().stalled.get_or_insert_with(Instant::now);
    }

    pub(super) fn flows(&self) {
        self.state().stalled = None;
    }

    fn end(&self, due: Option<(Instant, usize)>) {
        let mut state = self.state();
        if let Some(due) = due {
            state.is_known = true;
            state.answers.remove(&due);
        }
        state.requests = state.requests.saturating_sub(1);
        if state.requests == 0 {
            (state.phase, state.since) = (Phase::Resting, Instant::now());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Underway {
    /// The answer is made; from now on it is the client's turn to take so many bytes.
    pub(super) fn answered(&mut self, bytes: usize) {
        let mut state = self.pace.state();
        let due = (Instant::now() + self.pace.time_for(bytes), state.answered);
        state.answered += 1;
        state.answers.insert(due);
        drop(state);
        self.due = Some(due);
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.pace.end(self.due.take());
    }
}

/// The longest that so many bytes of ours may take.
fn time_to_take(bytes: usize) -> Duration {
    Duration::from_millis(u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1_000) / TAKEN_BYTES_PER_SECOND)
}

/// Since when a client counts as slow that took so many bytes just now. The system's own buffers may take much at once;
/// that saves up no time.
fn after_taking(since: Instant, bytes: usize, now: Instant) -> Instant {
    (since + time_to_take(bytes)).min(now)
}

/// How often a connection is looked at when nothing happens that would wake us.
const LOOK: Duration = Duration::from_secs(1);
/// Read without a request or a body: more than the window of an HTTP/2 connection and the largest header together.
const UNASKED_BYTES_MAX: usize = 1 << 20;
/// What a request may bring beside its body: the largest header.
const BYTES_PER_REQUEST: usize = 64 << 10;
/// A client that takes its answer more slowly than this does not want it.
const TAKEN_BYTES_PER_SECOND: u64 = 4 << 10;

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
        pace.bytes_read(1);
        drop(request);
        assert_eq!(left(&pace), Some((60, Expired::Idle)));
        pace.bytes_written(1);
        assert_eq!(left(&pace), Some((60, Expired::Idle)));
        pace.bytes_read(1);
        assert_eq!(left(&pace), Some((10, Expired::Header)));
    }

    #[tokio::test]
    async fn http2_rests_between_its_frames() {
        let pace = Pace::new(PAUSES);
        let (one, two) = (pace.begin(true), pace.begin(true));
        drop(one);
        assert_eq!(left(&pace), None);
        drop(two);
        pace.bytes_read(1);
        assert_eq!(left(&pace), Some((60, Expired::Idle)));
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_not_held() {
        let pace = Pace::new(PAUSES);
        let mut request = pace.begin(false);
        request.answered(8 << 10);
        assert_eq!(left(&pace), Some((12, Expired::Stuck)));
        drop(request);
        assert_eq!(left(&pace), Some((60, Expired::Idle)));
        pace.stalls();
        assert_eq!(left(&pace), Some((10, Expired::Stuck)));
        pace.flows();
        assert_eq!(left(&pace), Some((60, Expired::Idle)));
    }

    #[test]
    fn who_takes_enough_is_never_slow() {
        let start = Instant::now();
        let second = |number: u64| start + Duration::from_secs(number);
        assert_eq!(after_taking(start, 1 << 20, second(1)), second(1), "nothing is saved up");
        assert_eq!(after_taking(start, 2 << 10, second(1)), start + Duration::from_millis(500));
        let each_second = |bytes| (1..=20).fold(start, |since, number| after_taking(since, bytes, second(number)));
        assert_eq!((each_second(8 << 10), each_second(2 << 10)), (second(20), second(10)));
    }

    #[tokio::test]
    async fn frames_that_ask_for_nothing_are_a_flood() {
        let pace = Pace::new(PAUSES);
        assert!(!pace.bytes_read(BYTES_PER_REQUEST));
        assert!(pace.bytes_read(1), "a header that is no request yet");
        drop(pace.begin(true));
        assert!(!pace.bytes_read(UNASKED_BYTES_MAX - 1));
        assert!(pace.bytes_read(1));
        drop(pace.begin(true));
        assert!(!pace.bytes_read(1));
        assert!(pace.bytes_read(BYTES_PER_REQUEST));
        pace.delivered(BYTES_PER_REQUEST);
        assert!(!pace.bytes_read(1));
    }

    #[tokio::test]
    async fn a_silent_connection_expires() {
        let pace = Pace::new(Pauses { header: Duration::from_millis(5), idle: Duration::from_mins(1) });
        assert_eq!(pace.expired().await, Expired::Header);
    }
}
