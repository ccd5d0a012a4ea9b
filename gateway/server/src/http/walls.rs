//! How much is worked on at once behind each wall, and who is told at once to come again?
//!
//! Verification, submission, what firms' programs look up and people's pages have places of their own, so that however many of one kind come, the
//! others find theirs free. Whoever finds none waits a moment in a queue with an end; beyond that the answer is a
//! refusal that costs next to nothing.

use super::access::Traffic;
use crate::config;
use ebirlik_domain::decision::Fault;
use ebirlik_store::Wall;
use metrics::Counter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The rooms of a server.
#[derive(Debug)]
pub(crate) struct Rooms {
    /// Declarations from their whole body to their answer.
    pub(crate) submission: Room,
    /// Codes that are looked up.
    pub(crate) verification: Room,
    /// What programs look up: status, accounts, feeds.
    pub(crate) programs: Room,
    /// Pages.
    pub(crate) people: Room,
}

/// A bounded number of places and a bounded queue before them.
#[derive(Debug)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
    queue: Semaphore,
    size: usize,
    patience: Duration,
    full: Counter,
    late: Counter,
    /// Refusals since somebody last looked.
    refused: AtomicBool,
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Rooms {
    /// With the settings' figures.
    pub(crate) fn new(limits: &config::Limits) -> Self {
        let patience = Duration::from_millis(limits.wait_ms);
        Self {
            submission: Room::new(SUBMISSION, limits.submissions, patience),
            verification: Room::new(VERIFICATION, limits.verifications, patience),
            programs: Room::new(PROGRAMS, limits.inquiries, patience.max(PEOPLES_PATIENCE)),
            people: Room::new(PEOPLE, limits.pages, patience.max(PEOPLES_PATIENCE)),
        }
    }
}

impl Rooms {
    /// Each with its name in figures.
    pub(crate) fn each(&self) -> [(&'static str, &Room); 4] {
        let Self { submission, verification, programs, people } = self;
        [(SUBMISSION, submission), (VERIFICATION, verification), (PROGRAMS, programs), (PEOPLE, people)]
    }
}

impl Room {
    fn new(wall: &'static str, size: usize, patience: Duration) -> Self {
        let refused =
            |reason: &'static str| metrics::counter!("ebirlik_wall_refusals_total", "wall" => wall, "reason" => reason);
        let (places, queue) = (Arc::new(Semaphore::new(size)), Semaphore::new(size));
        Self {
            places,
            queue,
            size,
            patience,
            full: refused("full"),
            late: refused("late"),
            refused: AtomicBool::new(false),
        }
    }

    /// A place, if necessary after a moment.
    ///
    /// # Errors
    /// [`Fault::Busy`] at once when the queue is full, or when the moment is over.
    pub(crate) async fn enter(&self) -> Result<Seat, Fault> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(Seat(place));
        }
        let Ok(_waiting) = self.queue.try_acquire() else {
            return Err(self.refuse(&self.full));
        };
        if let Ok(Ok(place)) = timeout(self.patience, Arc::clone(&self.places).acquire_owned()).await {
            return Ok(Seat(place));
        }
        Err(self.refuse(&self.late))
    }

    /// That there is no use in coming in now, told before anything was done for the request.
    ///
    /// # Errors
    /// [`Fault::Busy`] while places and queue are full.
    pub(crate) fn may_enter(&self) -> Result<(), Fault> {
        if self.places.available_permits() == 0 && self.queue.available_permits() == 0 {
            return Err(self.refuse(&self.full));
        }
        Ok(())
    }

    /// Whether anybody was refused since this was last asked.
    pub(crate) fn was_crowded(&self) -> bool {
        self.refused.swap(false, Ordering::Relaxed)
    }

    fn refuse(&self, counter: &Counter) -> Fault {
        counter.increment(1);
        self.refused.store(true, Ordering::Relaxed);
        Fault::Busy
    }

    /// Places taken, requests that wait for one, and places in all.
    pub(crate) fn taken(&self) -> (usize, usize, usize) {
        let of = |left: usize| self.size.saturating_sub(left);
        (of(self.places.available_permits()), of(self.queue.available_permits()), self.size)
    }
}

impl Traffic {
    /// The wall that a request works behind.
    pub(crate) fn wall(self) -> Wall {
        match self {
            Self::Submission => Wall::Submission,
            Self::Verification => Wall::Verification,
            Self::Probe | Self::Inquiry | Self::Pages | Self::Public => Wall::People,
        }
    }
}

/// The rooms' names in figures, in their order.
pub(crate) const ROOMS: &[&str] = &[SUBMISSION, VERIFICATION, PROGRAMS, PEOPLE];
const SUBMISSION: &str = "submission";
const VERIFICATION: &str = "verification";
const PROGRAMS: &str = "programs";
const PEOPLE: &str = "people";
/// People wait a little rather than being sent away.
const PEOPLES_PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_room_refuses_at_once_and_fills_again_when_a_place_is_free() {
        let room = Arc::new(Room::new(SUBMISSION, 1, Duration::from_millis(20)));
        let seat = room.enter().await.unwrap();
        assert_eq!((room.taken(), room.may_enter()), ((1, 0, 1), Ok(())));
        let waiting = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.enter().await }
        });
        tokio::task::yield_now().await;
        assert_eq!(room.taken(), (1, 1, 1));
        assert_eq!((room.may_enter(), room.enter().await.map(drop)), (Err(Fault::Busy), Err(Fault::Busy)));
        drop(seat);
        let seat = waiting.await.unwrap().unwrap();
        assert_eq!(room.taken(), (1, 0, 1));
        assert_eq!(room.enter().await.map(drop), Err(Fault::Busy), "the moment is over");
        drop(seat);
        assert!(room.enter().await.is_ok());
    }

    #[tokio::test]
    async fn one_room_never_fills_another() {
        let limits = config::Limits {
            submissions: 1,
            verifications: 1,
            inquiries: 1,
            pages: 1,
            wait_ms: 1,
            ..config::Limits::default()
        };
        for full in 0..ROOMS.len() {
            let rooms = Rooms::new(&limits);
            let _seat = rooms.each()[full].1.enter().await.unwrap();
            for (place, (name, room)) in rooms.each().into_iter().enumerate() {
                assert_eq!(room.taken().0, usize::from(place == full), "{name}");
                assert!(place == full || room.enter().await.is_ok(), "{name}");
            }
        }
    }
}
