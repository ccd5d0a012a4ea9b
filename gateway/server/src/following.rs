//! What follows the approvals, and how does it give way to them? The audit chain, numbers for firms, accounts and
//! receipts, lists of declarations.
//!
//! On SQLite approvals wait while a piece of it is written. So pieces are small while declarations come, and each is
//! followed by a rest: a few times as long as it took where the writer finds time between its batches, and longer where
//! it finds none.
//! Spread like this an approval meets one piece at most; in a row they would make it wait for all of them.

use crate::turn::{Health, in_time};
use ebirlik_domain::decision::Fault;
use ebirlik_operations::office::LATELY;
use ebirlik_operations::{Office, listing};
use ebirlik_store::feed::Followed;
use metrics::Gauge;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

/// Chains what happened for the audit, soon after it happened and never in its way; numbers what the chain holds, and tells
/// how long some of it has waited. One after the other, so that a server holds few connections.
pub(crate) async fn keep_numbering(office: Arc<Office>, mut stop: watch::Receiver<bool>) {
    let mut chaining = Health::new("events cannot be chained now; they stay recorded and are chained later");
    let mut numbering = Health::new("events cannot be numbered now; they stay chained and are numbered later");
    let mut lag = Lag::new(NUMBERS_BEHIND);
    let (mut last_turn, mut due) = (Instant::now(), Instant::now());
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(due.saturating_duration_since(Instant::now()).min(PAUSE)) => {}
        }
        metrics::gauge!(CHAIN_BEHIND).increment(last_turn.elapsed().as_secs_f64());
        last_turn = Instant::now();
        chaining.report(in_time(chain_all(&office)).await);
        if Instant::now() < due {
            continue;
        }
        let turn = in_time(follow(&office, || number(&office))).await;
        due = Instant::now() + turn.ok().flatten().unwrap_or(PAUSE);
        numbering.report(turn.map(|_| ()));
        lag.tell(in_time(office.numbering()).await);
    }
}

/// Keeps the lists of declarations up to date, behind the chain. What an older program left behind is caught up here.
pub(crate) async fn keep_listing(office: Arc<Office>, mut stop: watch::Receiver<bool>) {
    let mut health = Health::new("lists of declarations cannot be kept now; they show older states until they are");
    let (mut lag, mut rest) = (Lag::new(LISTS_BEHIND), PAUSE);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(rest) => {}
        }
        let turn = in_time(follow(&office, || listing::follow(&office))).await;
        rest = turn.ok().flatten().unwrap_or(PAUSE);
        health.report(turn.map(|_| ()));
        lag.tell(in_time(office.listed()).await);
    }
}

/// How long has what was chained at a moment waited? So it is told rightly also while more is coming.
struct Lag {
    gauge: Gauge,
    goal: i64,
    since: Instant,
}

impl Lag {
    fn new(gauge: &'static str) -> Self {
        Self { gauge: metrics::gauge!(gauge), goal: 0, since: Instant::now() }
    }

    fn tell(&mut self, seen: Result<Followed, Fault>) {
        if let Some(seen) = seen.ok().filter(|seen| seen.followed >= self.goal) {
            (self.goal, self.since) = (seen.chained, Instant::now());
            self.gauge.set(0);
        } else {
            self.gauge.set(self.since.elapsed().as_secs_f64());
        }
    }
}

/// Follows events piece by piece until nothing is left, or for one piece while declarations come: then how long to rest
/// before the next one.
async fn follow<F: Future<Output = Result<usize, Fault>>>(
    office: &Office,
    piece: impl Fn() -> F,
) -> Result<Option<Duration>, Fault> {
    for _ in 0..PIECES {
        let began = Instant::now();
        let events = piece().await?;
        if events == 0 {
            return Ok(None);
        }
        let idle = office.idle_for();
        if idle.is_zero() {
            let rest = REST_FOR_EVENT * u32::try_from(events).unwrap_or(u32::MAX);
            return Ok(Some(rest.min(REST_MAX)));
        }
        if idle < LATELY {
            return Ok(Some(began.elapsed() * RESTS));
        }
    }
    Ok(Some(Duration::ZERO))
}

/// Chains and numbers what is left, within a bound, when nothing comes any more.
///
/// # Errors
/// When the store does not answer; it is done after the next start.
pub(crate) async fn finish(office: &Office) -> Result<(), Fault> {
    chain_all(office).await?;
    for _ in 0..PIECES {
        if number(office).await? == 0 {
            break;
        }
    }
    Ok(())
}

async fn number(office: &Office) -> Result<usize, Fault> {
    let numbered = office.number_events().await?;
    metrics::counter!("ebirlik_numbered_events_total").increment(u64::try_from(numbered).unwrap_or(u64::MAX));
    Ok(numbered)
}

/// Chains until nothing is left, a full turn after the other, within a bound.
async fn chain_all(office: &Office) -> Result<(), Fault> {
    for _ in 0..PIECES {
        let chained = office.chain_events().await?;
        metrics::counter!("ebirlik_chained_events_total").increment(u64::try_from(chained).unwrap_or(u64::MAX));
        if chained == 0 {
            metrics::gauge!(CHAIN_BEHIND).set(0);
            return Ok(());
        }
    }
    Ok(())
}

/// Seconds since the chain last held every event.
const CHAIN_BEHIND: &str = "ebirlik_chain_behind_seconds";
/// Seconds that what was chained at a moment has waited for its numbers.
const NUMBERS_BEHIND: &str = "ebirlik_numbers_behind_seconds";
/// Seconds that what was chained at a moment has waited for the lists.
const LISTS_BEHIND: &str = "ebirlik_lists_behind_seconds";
/// Between two turns that left nothing; a turn takes what has gathered.
const PAUSE: Duration = Duration::from_millis(250);
/// Pieces at most before a turn ends.
const PIECES: u32 = 20;
/// Rest so many times as long as the piece took, while declarations come and the writer finds time between.
const RESTS: u32 = 3;
/// Rest for each event followed, while declarations wait: to follow one costs about as much as to approve it, and each
/// piece a sync of its own, on a slow disk some milliseconds.
const REST_FOR_EVENT: Duration = Duration::from_millis(6);
/// Rest at most, as behind the large pieces of PostgreSQL.
const REST_MAX: Duration = Duration::from_secs(1);
