//! Credentials that were verified a moment ago, so that a program which sends a hundred declarations a second
//! is not hashed a hundred times.
//!
//! It holds keyed hashes only, for a bounded number of pairs and a short time, and runs one slow verification
//! a guest at a time, a guest being a user code from a network: whoever floods one user code with guesses delays
//! that code from that network alone.

use ebirlik_domain::decision::Fault;
use ebirlik_operations::Client;
use metrics::Counter;
use ring::hmac;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// The client, or that there is none with this password.
pub(crate) type Outcome = Option<Arc<Client>>;

/// What was verified a moment ago.
pub(crate) struct Credentials {
    key: hmac::Key,
    memory: Mutex<Memory>,
    /// One slow verification a guest at a time.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    waiting: Semaphore,
    hits: Counter,
    misses: Counter,
}

#[derive(Default)]
struct Memory {
    /// Version of all clients that the entries belong to.
    version: i64,
    entries: HashMap<[u8; 32], Entry>,
}

struct Entry {
    outcome: Outcome,
    until: Instant,
}

impl Credentials {
    /// Empty, under a fresh random key.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            memory: Mutex::default(),
            turns: Mutex::default(),
            waiting: Semaphore::new(WAITING_MAX),
            hits: metrics::counter!("ebirlik_credentials_total", "how" => "remembered"),
            misses: metrics::counter!("ebirlik_credentials_total", "how" => "proved"),
        }
    }

    /// The outcome for this pair: remembered, or by asking once.
    ///
    /// `version` tells when any client or credential was changed; what was verified under an older one does not count.
    ///
    /// # Errors
    /// When asking or the version failed, or too many wait already.
    pub(crate) async fn check<V, F>(
        &self,
        guest: &str,
        pair: [&str; 2],
        version: impl Fn() -> V,
        ask: impl FnOnce() -> F,
    ) -> Result<Outcome, Fault>
    where
        V: Future<Output = Result<i64, Fault>>,
        F: Future<Output = Result<Outcome, Fault>>,
    {
        let tag = self.tag(pair);
        if let Some(outcome) = self.remembered(&tag, version().await?, Instant::now()) {
            self.hits.increment(1);
            return Ok(outcome);
        }
        let turn = self.turn_of(guest);
        // Guesses of one guest fill that guest's places and nobody else's.
        if Arc::strong_count(&turn) > WAITING_PER_GUEST_MAX + 1 {
            self.end_turn(guest, turn);
            return Err(Fault::Busy);
        }
        let _place = self.waiting.try_acquire().map_err(|_| Fault::Busy)?;
        let guard = turn.lock().await;
        let result = Box::pin(self.found_out(tag, version(), ask)).await;
        drop(guard);
        self.end_turn(guest, turn);
        result
    }

    async fn found_out<F>(
        &self,
        tag: [u8; 32],
        version: impl Future<Output = Result<i64, Fault>>,
        ask: impl FnOnce() -> F,
    ) -> Result<Outcome, Fault>
    where
        F: Future<Output = Result<Outcome, Fault>>,
    {
        let before = version.await?;
        // Another request of the same guest may have found out while we waited.
        if let Some(outcome) = self.remembered(&tag, before, Instant::now()) {
            return Ok(outcome);
        }
        self.misses.increment(1);
        let outcome = ask().await?;
        self.remember(tag, outcome.clone(), before, Instant::now());
        Ok(outcome)
    }

    /// A keyed hash of both, their lengths included.
    fn tag(&self, pair: [&str; 2]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        for part in pair {
            context.update(&part.len().to_le_bytes());
            context.update(part.as_bytes());
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    fn remembered(&self, tag: &[u8; 32], version: i64, now: Instant) -> Option<Outcome> {
        let mut memory = self.memory();
        if memory.version != version {
            memory.version = version;
            memory.entries.clear();
        }
        let entry = memory.entries.get(tag).filter(|entry| now < entry.until)?;
        Some(entry.outcome.clone())
    }

    fn remember(&self, tag: [u8; 32], outcome: Outcome, version: i64, now: Instant) {
        let mut memory = self.memory();
        if memory.version != version {
            return;
        }
        if memory.entries.len() >= REMEMBERED_MAX {
            memory.entries.retain(|_, entry| now < entry.until);
        }
        if memory.entries.len() >= REMEMBERED_MAX {
            memory.entries.clear();
        }
        let life = if outcome.is_some() { RIGHT_FOR } else { WRONG_FOR };
        memory.entries.insert(tag, Entry { outcome, until: now + life });
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn_of(&self, guest: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // Turns that nobody holds or awaits are leftovers of requests that were given up.
        if turns.len() >= WAITING_MAX {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        Arc::clone(turns.entry(guest.to_owned()).or_default())
    }

    fn end_turn(&self, guest: &str, turn: Arc<tokio::sync::Mutex<()>>) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        drop(turn);
        if turns.get(guest).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(guest);
        }
    }
}

/// How long a right pair is remembered.
const RIGHT_FOR: Duration = Duration::from_mins(1);
/// How long a wrong pair is: a program with an old password shall not keep a core busy.
const WRONG_FOR: Duration = Duration::from_secs(5);
/// Pairs remembered: more than all brokers' programs of the country.
const REMEMBERED_MAX: usize = 10_000;
/// Requests of one guest that may wait: as many as a program may have connections when its password is asked for anew;
/// all but the first are answered from memory.
const WAITING_PER_GUEST_MAX: usize = 1_024;
/// Requests that may wait for a slow verification, of all guests: as many as there are connections by default. Each
/// guest's wait behind one another, so that one who guesses holds up nobody else.
const WAITING_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    fn client() -> Arc<Client> {
        Arc::new(Client {
            code: "broker1".to_owned(),
            firm: String::new(),
            secretariat: String::new(),
            roles: ebirlik_operations::Roles::default(),
        })
    }

    struct Office {
        credentials: Credentials,
        version: AtomicI64,
        asked: AtomicUsize,
    }

    impl Office {
        fn new() -> Self {
            Self { credentials: Credentials::new(&[7; 32]), version: AtomicI64::new(1), asked: AtomicUsize::new(0) }
        }

        async fn sign_in(&self, password: &str) -> Result<bool, Fault> {
            let ask = || async {
                self.asked.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok(if password == "right" { Some(client()) } else { None })
            };
            let version = || async { Ok(self.version.load(Ordering::Relaxed)) };
            Ok(self.credentials.check("broker1", ["broker1", password], version, ask).await?.is_some())
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_pair_is_verified_once() {
        let office = Office::new();
        for _ in 0..3 {
            assert_eq!(office.sign_in("right").await, Ok(true));
            assert_eq!(office.sign_in("wrong").await, Ok(false));
        }
        assert_eq!(office.asked(), 2);
    }

    #[tokio::test]
    async fn requests_at_the_same_time_ask_once() {
        let office = Office::new();
        let (one, two, three) = tokio::join!(office.sign_in("right"), office.sign_in("right"), office.sign_in("right"));
        assert_eq!((one, two, three), (Ok(true), Ok(true), Ok(true)));
        assert_eq!(office.asked(), 1);
        assert!(office.credentials.turns.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_changed_client_is_asked_again() {
        let office = Office::new();
        assert_eq!(office.sign_in("right").await, Ok(true));
        office.version.store(2, Ordering::Relaxed);
        assert_eq!(office.sign_in("right").await, Ok(true));
        assert_eq!(office.asked(), 2);
    }

    #[tokio::test]
    async fn a_change_during_verification_is_not_remembered() {
        let office = Office::new();
        let ask = || async {
            office.version.store(2, Ordering::Relaxed);
            Ok(Some(client()))
        };
        let version = || async { Ok(office.version.load(Ordering::Relaxed)) };
        assert!(office.credentials.check("broker1", ["broker1", "right"], version, ask).await.unwrap().is_some());
        assert_eq!(office.sign_in("right").await, Ok(true));
        assert_eq!(office.asked(), 1);
    }

    #[test]
    fn pairs_are_forgotten_in_time_and_bounded() {
        let credentials = Credentials::new(&[7; 32]);
        let now = Instant::now();
        let tag = credentials.tag(["a", "bc"]);
        assert_ne!(tag, credentials.tag(["ab", "c"]));
        credentials.remember(tag, Some(client()), 0, now);
        assert!(credentials.remembered(&tag, 0, now + RIGHT_FOR / 2).is_some());
        assert!(credentials.remembered(&tag, 0, now + RIGHT_FOR).is_none());
        for user in 0..=REMEMBERED_MAX {
            credentials.remember(credentials.tag([&user.to_string(), ""]), Some(client()), 0, now);
        }
        assert!(credentials.memory().entries.len() <= REMEMBERED_MAX);
    }
}
