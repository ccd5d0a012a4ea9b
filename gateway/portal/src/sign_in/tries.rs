//! How often may one network try one user code? After ten failures in five minutes each further try has to wait.
//!
//! The count is of user code and network together, so that a stranger can slow down a stranger and nobody else, and
//! it only delays: nobody is ever locked out.

use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The recent failures.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    recent: Mutex<HashMap<Key, VecDeque<i64>>>,
}

/// User code and network.
type Key = (String, IpAddr);

/// Come back after so many seconds, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) seconds: i64,
}

impl Tries {
    /// Lets a try begin, and counts it as a failure until it is known to be none; else says how long to wait.
    ///
    /// # Errors
    /// When the next try is not due yet. Such a try is not counted.
    pub(crate) fn begin(&self, user: &str, network: IpAddr, now: Timestamp) -> Result<(), Wait> {
        let (key, now) = (key(user, network), now.as_second());
        let mut recent = self.lock();
        if let Some(failures) = recent.get_mut(&key) {
            while failures.front().is_some_and(|at| *at <= now - WINDOW_S) {
                failures.pop_front();
            }
            let due = failures.back().map_or(now, |last| last + delay_s(failures.len()));
            if due > now {
                return Err(Wait { seconds: due - now });
            }
        } else {
            make_room(&mut recent, now);
        }
        recent.entry(key).or_default().push_back(now);
        Ok(())
    }

    /// The password was right: all is forgotten.
    pub(crate) fn succeeded(&self, user: &str, network: IpAddr) {
        self.lock().remove(&key(user, network));
    }

    /// Nothing was checked: the try does not count.
    pub(crate) fn came_to_nothing(&self, user: &str, network: IpAddr) {
        if let Some(failures) = self.lock().get_mut(&key(user, network)) {
            failures.pop_back();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, VecDeque<i64>>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(user: &str, network: IpAddr) -> Key {
    (user.chars().take(USER_LETTERS_MAX).collect(), network)
}

/// After so many failures, how long after the last one the next try may begin.
fn delay_s(failures: usize) -> i64 {
    match failures.checked_sub(FREE) {
        None => 0,
        Some(beyond) => 1_i64
            .checked_shl(u32::try_from(beyond).unwrap_or(u32::MAX))
            .map_or(DELAY_MAX_S, |delay| delay.clamp(1, DELAY_MAX_S)),
    }
}

/// Forgets what is over; if that is not enough, who failed least: a flood of user codes loses its own.
fn make_room(recent: &mut HashMap<Key, VecDeque<i64>>, now: i64) {
    if recent.len() < KEYS_MAX {
        return;
    }
    recent.retain(|_, failures| failures.back().is_some_and(|at| *at > now - WINDOW_S));
    if recent.len() >= KEYS_MAX {
        let least = recent.iter().min_by_key(|(_, failures)| (failures.len(), failures.back().copied()));
        if let Some(key) = least.map(|(key, _)| key.clone()) {
            recent.remove(&key);
        }
    }
}

/// Failures that cost nothing.
const FREE: usize = 10;
/// How long a failure is remembered.
const WINDOW_S: i64 = 5 * 60;
/// The longest wait.
const DELAY_MAX_S: i64 = 60;
/// Pairs remembered, some 200 bytes each.
const KEYS_MAX: usize = 10_000;
/// Of a longer user code only the beginning is remembered.
const USER_LETTERS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_eleventh_failure_waits_and_each_further_one_longer() {
        let tries = Tries::default();
        for _ in 0..10 {
            assert_eq!(tries.begin("a", HERE, at(0)), Ok(()));
        }
        assert_eq!(tries.begin("a", HERE, at(0)), Err(Wait { seconds: 1 }));
        assert_eq!(tries.begin("a", HERE, at(1)), Ok(()));
        assert_eq!(tries.begin("a", HERE, at(1)), Err(Wait { seconds: 2 }));
        assert_eq!(tries.begin("a", HERE, at(3)), Ok(()));
        assert_eq!(tries.begin("a", HERE, at(3)), Err(Wait { seconds: 4 }));
        assert_eq!([9, 10, 15, 16, 17, 500].map(delay_s), [0, 1, 32, 60, 60, 60]);
        assert_eq!(tries.begin("a", HERE, at(400)), Ok(()));
    }

    #[test]
    fn a_stranger_slows_down_nobody_else() {
        let tries = Tries::default();
        for second in 0..11 {
            let _ = tries.begin("a", ELSEWHERE, at(second));
        }
        assert!(tries.begin("a", ELSEWHERE, at(11)).is_err());
        assert_eq!(tries.begin("a", HERE, at(11)), Ok(()));
        assert_eq!(tries.begin("b", ELSEWHERE, at(11)), Ok(()));
    }

    #[test]
    fn a_success_forgets_and_a_fault_does_not_count() {
        let tries = Tries::default();
        for _ in 0..10 {
            assert_eq!(tries.begin("a", HERE, at(0)), Ok(()));
        }
        tries.came_to_nothing("a", HERE);
        assert_eq!(tries.begin("a", HERE, at(0)), Ok(()));
        tries.succeeded("a", HERE);
        assert_eq!(tries.begin("a", HERE, at(0)), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_a_flood_forgets_its_own() {
        let tries = Tries::default();
        for _ in 0..10 {
            assert_eq!(tries.begin("victim", HERE, at(0)), Ok(()));
        }
        for number in 0..KEYS_MAX + 50 {
            assert_eq!(tries.begin(&number.to_string(), ELSEWHERE, at(0)), Ok(()));
        }
        assert!(tries.lock().len() <= KEYS_MAX);
        assert!(tries.begin("victim", HERE, at(0)).is_err());
        assert_eq!(tries.begin("new", HERE, at(1_000)), Ok(()));
        assert_eq!(tries.lock().len(), 1);
    }
}
