//! Slowing down whoever tries codes: a user with many codes that were never issued gets such answers later.
//!
//! Only `not_issued` counts and only its answers wait: a typing error costs nothing, and an officer with a
//! genuine code in hand is never slowed down. What an answer waits for is the guesses before it: a list that is sent
//! once, wrong codes and all, is answered at once. Source: contract section 3.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The recent wrong guesses of each user.
#[derive(Debug, Default)]
pub(crate) struct Guessing {
    recent: Mutex<HashMap<String, VecDeque<Instant>>>,
}

impl Guessing {
    /// Records codes of a user that were never issued, and says how long the answer has to wait.
    pub(crate) fn record(&self, user: &str, not_issued: usize, now: Instant) -> Duration {
        if not_issued == 0 {
            return Duration::ZERO;
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= USERS_MAX && !recent.contains_key(user) {
            return STEP;
        }
        let guesses = recent.entry(user.to_owned()).or_default();
        let is_old = |at: Option<&Instant>| at.is_some_and(|&at| now.duration_since(at) > WINDOW);
        while is_old(guesses.front()) {
            guesses.pop_front();
        }
        let beyond = u32::try_from((guesses.len() + 1).saturating_sub(FREE)).unwrap_or(u32::MAX);
        guesses.extend(std::iter::repeat_n(now, not_issued.min(REMEMBERED_MAX)));
        while guesses.len() > REMEMBERED_MAX {
            guesses.pop_front();
        }
        STEP.saturating_mul(beyond).min(DELAY_MAX)
    }

    /// Forgets users whose last guess is long ago. To be called from a timer.
    pub(crate) fn clean(&self, now: Instant) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|_, guesses| guesses.back().is_some_and(|&at| now.duration_since(at) <= WINDOW));
    }
}

/// Wrong guesses within the window that cost nothing. Source: contract section 3.
const FREE: usize = 10;
/// How long a wrong guess is remembered. Source: contract section 3.
const WINDOW: Duration = Duration::from_mins(5);
/// What each further one adds.
const STEP: Duration = Duration::from_millis(250);
/// The longest wait: a list of 5,000 is answered within two seconds whatever came before it.
const DELAY_MAX: Duration = Duration::from_secs(1);
/// Guesses remembered of one user: as many as reach the longest wait.
const REMEMBERED_MAX: usize = 14;
/// Users remembered. There are a few thousand customs officers.
const USERS_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_guess_in_five_minutes_waits() {
        let guessing = Guessing::default();
        let start = Instant::now();
        for _ in 0..10 {
            assert_eq!(guessing.record("customs", 1, start), Duration::ZERO);
        }
        assert_eq!(guessing.record("customs", 0, start), Duration::ZERO);
        assert_eq!(guessing.record("customs", 1, start), STEP);
        assert_eq!(guessing.record("other", 1, start), Duration::ZERO);
        assert_eq!(guessing.record("customs", 5_000, start), 2 * STEP);
        assert_eq!(guessing.record("customs", 1, start), DELAY_MAX);
        assert_eq!(guessing.record("list", 5_000, start), Duration::ZERO);
        assert_eq!(guessing.record("list", 5_000, start), DELAY_MAX);
        let later = start + WINDOW + Duration::from_secs(1);
        assert_eq!(guessing.record("customs", 1, later), Duration::ZERO);
        guessing.clean(later + WINDOW + Duration::from_secs(1));
        assert!(guessing.recent.lock().unwrap().is_empty());
    }
}
