//! Slowing down whoever guesses: a user who tries codes that were never issued, or one who tries passwords.
//!
//! Only wrong guesses count and only their answers wait: a typing error costs nothing, an officer with a genuine code
//! in hand and a program with the right password are never slowed down, and nobody is locked out by a stranger. What an
//! answer waits for is the guesses before it: a list that is sent once, wrong codes and all, is answered at once.
//! Source: contract section 3.

use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The recent wrong guesses of each guesser, and of all together.
#[derive(Debug)]
pub struct Guessing {
    longest: Duration,
    /// Milliseconds since 1970 of each guess.
    recent: Mutex<HashMap<String, VecDeque<i64>>>,
    minute: Mutex<Minute>,
}

/// The guesses of all within one minute.
#[derive(Debug, Default)]
struct Minute {
    number: i64,
    guesses: usize,
}

/// What a wrong guess leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consequence {
    /// How long the answer has to wait.
    pub wait: Duration,
    /// The guesses of all within this minute have just passed what honest people make.
    pub alarm: bool,
}

impl Consequence {
    /// Waits as long as it has to. `what` was guessed, for the figures.
    pub(crate) async fn bear(self, what: &'static str) {
        if !self.wait.is_zero() {
            metrics::counter!("ebirlik_answers_delayed_total", "guessed" => what).increment(1);
            tokio::time::sleep(self.wait).await;
        }
    }
}

impl Guessing {
    /// Nobody has guessed yet; answers wait so long at most.
    pub fn waiting_at_most(longest: Duration) -> Self {
        Self { longest, recent: Mutex::default(), minute: Mutex::default() }
    }

    /// Records wrong guesses of one guesser, and says what follows.
    pub fn record(&self, guesser: &str, wrong: usize, now: Timestamp) -> Consequence {
        if wrong == 0 {
            return Consequence { wait: Duration::ZERO, alarm: false };
        }
        Consequence { wait: self.wait(guesser, wrong, now.as_millisecond()), alarm: self.alarms(wrong, now) }
    }

    /// Forgets guessers whose last guess is long ago. To be called from a timer.
    pub fn clean(&self, now: Timestamp) {
        let now = now.as_millisecond();
        self.recent().retain(|_, guesses| guesses.back().is_some_and(|&at| now - at <= WINDOW_MS));
    }

    fn wait(&self, guesser: &str, wrong: usize, now: i64) -> Duration {
        let mut recent = self.recent();
        if recent.len() >= GUESSERS_MAX && !recent.contains_key(guesser) {
            return STEP;
        }
        let times = recent.entry(guesser.to_owned()).or_default();
        while times.front().is_some_and(|&at| now - at > WINDOW_MS) {
            times.pop_front();
        }
        let beyond = u32::try_from((times.len() + 1).saturating_sub(FREE)).unwrap_or(u32::MAX);
        times.extend(std::iter::repeat_n(now, wrong.min(REMEMBERED_MAX)));
        while times.len() > REMEMBERED_MAX {
            times.pop_front();
        }
        STEP.saturating_mul(beyond).min(self.longest)
    }

    fn alarms(&self, wrong: usize, now: Timestamp) -> bool {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.as_second().div_euclid(60);
        if minute.number != number {
            *minute = Minute { number, guesses: 0 };
        }
        let before = minute.guesses;
        minute.guesses = before.saturating_add(wrong);
        before <= HONEST_A_MINUTE && minute.guesses > HONEST_A_MINUTE
    }

    fn recent(&self) -> MutexGuard<'_, HashMap<String, VecDeque<i64>>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wrong guesses within the window that cost nothing. Source: contract section 3.
const FREE: usize = 10;
/// How long a wrong guess is remembered. Source: contract section 3.
const WINDOW_MS: i64 = 5 * 60 * 1_000;
/// What each further one adds.
const STEP: Duration = Duration::from_millis(250);
/// The longest wait of a password.
pub(crate) const PASSWORD_WAIT_MAX: Duration = Duration::from_secs(5);
/// The longest wait of a code: a list of 5,000 is answered within two seconds whatever came before it.
pub(crate) const CODE_WAIT_MAX: Duration = Duration::from_secs(1);
/// Guesses remembered of one guesser: as many as reach the longest wait.
const REMEMBERED_MAX: usize = 30;
/// Guessers remembered. There are a few thousand customs officers.
const GUESSERS_MAX: usize = 10_000;
/// Wrong guesses of all in a minute that no honest day has passed.
const HONEST_A_MINUTE: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_eleventh_guess_in_five_minutes_waits() {
        let guessing = Guessing::waiting_at_most(PASSWORD_WAIT_MAX);
        let wait = |user: &str, wrong: usize, second: i64| guessing.record(user, wrong, at(second)).wait;
        for _ in 0..10 {
            assert_eq!(wait("customs", 1, 0), Duration::ZERO);
        }
        assert_eq!(wait("customs", 0, 0), Duration::ZERO);
        assert_eq!(wait("customs", 1, 0), STEP);
        assert_eq!(wait("other", 1, 0), Duration::ZERO);
        assert_eq!(wait("customs", 5_000, 0), 2 * STEP);
        assert_eq!(wait("customs", 1, 0), PASSWORD_WAIT_MAX);
        assert_eq!(wait("list", 5_000, 0), Duration::ZERO);
        assert_eq!(wait("list", 5_000, 0), PASSWORD_WAIT_MAX);
        assert_eq!(wait("customs", 1, 301), Duration::ZERO);
        guessing.clean(at(602));
        assert!(guessing.recent().is_empty());
    }

    #[test]
    fn the_guesses_of_all_together_alarm_once_a_minute() {
        let guessing = Guessing::waiting_at_most(PASSWORD_WAIT_MAX);
        let alarm = |user: usize, second: i64| guessing.record(&user.to_string(), 1, at(second)).alarm;
        assert_eq!((0..60).filter(|user| alarm(*user, 0)).count(), 1);
        assert!(!alarm(0, 1) && !alarm(0, 60));
        assert!(guessing.record("list", 51, at(120)).alarm && !guessing.record("list", 51, at(121)).alarm);
    }
}
