//! Who gets a place when all are taken?
//!
//! Whoever comes, as long as somebody else only sits there: shortly before the last place is taken, those go that
//! have kept us waiting longest, strangers before clients that were answered already. A request that is being worked
//! on never goes.

use super::pace::{Pace, Pauses};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// The places of a listener.
#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    all: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug)]
struct Taken {
    next: u64,
    by: HashMap<u64, Arc<Pace>>,
    /// When room was last made: what was dismissed then may still be leaving.
    cleared: Option<Instant>,
}

/// One place; free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    /// What its connection is doing.
    pub(crate) pace: Arc<Pace>,
    places: Arc<Places>,
    number: u64,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// So many.
    pub(crate) fn new(all: usize) -> Arc<Self> {
        let taken = Mutex::new(Taken { next: 0, by: HashMap::new(), cleared: None });
        Arc::new(Self { free: Arc::new(Semaphore::new(all)), all, taken })
    }

    /// A place for a connection that opens now; `None` when all are taken by work.
    fn take(self: &Arc<Self>, pauses: Pauses, now: Instant) -> Option<Place> {
        let spare = self.all / SPARE_PART;
        if self.free.available_permits() <= spare {
            self.make_room(spare.max(1), now);
        }
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        let pace = Pace::new(pauses);
        let mut taken = self.taken();
        let number = taken.next;
        taken.next += 1;
        taken.by.insert(number, Arc::clone(&pace));
        drop(taken);
        Some(Place { pace, places: Arc::clone(self), number, _permit: permit })
    }

    /// A place as soon as one is free; `None` when none becomes free in a moment. Those who wait behind this one wait
    /// in the system's queue.
    pub(crate) async fn take_soon(self: &Arc<Self>, pauses: Pauses) -> Option<Place> {
        let end = Instant::now() + MOMENT;
        loop {
            let now = Instant::now();
            let place = self.take(pauses, now);
            if place.is_some() || now >= end {
                return place;
            }
            // Whoever leaves wakes us, and room is made again from time to time.
            let _ = timeout(CLEAR_PAUSE, self.free.acquire()).await;
        }
    }

    /// Returns when nobody is left.
    pub(crate) async fn all_free(&self) {
        let all = u32::try_from(self.all).unwrap_or(u32::MAX);
        // It is never closed.
        let _ = self.free.acquire_many(all).await;
    }

    fn make_room(&self, count: usize, now: Instant) {
        let mut taken = self.taken();
        if taken.cleared.is_some_and(|cleared| now.saturating_duration_since(cleared) < CLEAR_PAUSE) {
            return;
        }
        taken.cleared = Some(now);
        let waits = |pace: &Arc<Pace>| pace.waits().map(|(is_known, since)| (is_known, since, Arc::clone(pace)));
        let mut waiting: Vec<_> = taken.by.values().filter_map(waits).collect();
        drop(taken);
        waiting.retain(|(_, since, _)| now.saturating_duration_since(*since) >= PATIENCE);
        waiting.sort_unstable_by_key(|(is_known, since, _)| (*is_known, *since));
        for (_, _, pace) in waiting.iter().take(count) {
            metrics::counter!("ebirlik_connections_dismissed_total").increment(1);
            pace.dismiss();
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().by.remove(&self.number);
    }
}

/// One place of so many is kept free while somebody only waits.
const SPARE_PART: usize = 16;
/// Room is made at most so often.
const CLEAR_PAUSE: Duration = Duration::from_millis(20);
/// How long a newcomer waits for somebody to leave.
const MOMENT: Duration = Duration::from_secs(1);
/// How long anyone may keep us waiting before it counts: a header comes in milliseconds.
const PATIENCE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::super::bodies::Leaving;
    use super::super::pace::Expired;
    use super::*;
    use axum::body::Body;

    const PAUSES: Pauses = Pauses { header: Duration::from_secs(10), idle: Duration::from_mins(1) };

    async fn is_dismissed(place: &Place) -> bool {
        timeout(Duration::from_millis(1), place.pace.expired()).await == Ok(Expired::Crowded)
    }

    #[tokio::test]
    async fn who_waited_longest_goes_and_work_stays() {
        let places = Places::new(3);
        let now = Instant::now();
        let known = places.take(PAUSES, now).unwrap();
        drop(Leaving::new(Body::empty(), known.pace.begin(false)));
        let working = places.take(PAUSES, now).unwrap();
        let request = working.pace.begin(false);
        let stranger = places.take(PAUSES, now).unwrap();
        assert!(places.take(PAUSES, now).is_none() && !is_dismissed(&stranger).await, "nobody has waited yet");
        let now = Instant::now() + PATIENCE;
        // Dismissed, but not gone yet: the next one is luckier.
        assert!(places.take(PAUSES, now).is_none());
        assert!(is_dismissed(&stranger).await && !is_dismissed(&known).await && !is_dismissed(&working).await);
        drop(stranger);
        let late = places.take(PAUSES, now).unwrap();
        let answered = late.pace.begin(false);
        assert!(!is_dismissed(&known).await);
        assert!(places.take(PAUSES, now + CLEAR_PAUSE).is_none());
        assert!(is_dismissed(&known).await && !is_dismissed(&working).await && !is_dismissed(&late).await);
        drop((known, request, answered, working, late));
        places.all_free().await;
    }
}
