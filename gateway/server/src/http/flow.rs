//! How fast may what is much in all be done, such as taking in large bodies, so that others are answered meanwhile?
//!
//! Everybody's share goes through one flow. Small bodies never wait here.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A flow of so many bytes a second, or other pieces, for whoever comes.
#[derive(Debug)]
pub(crate) struct Flow {
    per_second: u64,
    /// When what was let through so far should be through.
    through: Mutex<Option<Instant>>,
}

/// All bodies beyond [`super::body::NOT_LARGE`], those that are thrown away too. 32 MiB alone take a quarter of a second.
pub(crate) static LARGE_BODIES: Flow = Flow::of(128 << 20);

impl Flow {
    /// Of so many a second.
    pub(crate) const fn of(per_second: u64) -> Self {
        Self { per_second, through: Mutex::new(None) }
    }

    /// Lets so many more through, when it is their turn.
    pub(crate) async fn pass(&self, pieces: usize) {
        let now = Instant::now();
        let due = self.book(pieces, now);
        if due > now + BURST {
            sleep_until(due).await;
        }
    }

    /// When it is their turn.
    fn book(&self, pieces: usize, now: Instant) -> Instant {
        let nanos = u64::try_from(pieces).unwrap_or(u64::MAX).saturating_mul(1_000_000_000) / self.per_second;
        let mut through = self.through.lock().unwrap_or_else(PoisonError::into_inner);
        let due = through.map_or(now, |through| through.max(now));
        *through = Some(due + Duration::from_nanos(nanos));
        due
    }
}

/// Timers wake by the millisecond: who is early by less goes on.
const BURST: Duration = Duration::from_millis(4);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_share_one_flow_and_a_rest_is_not_saved_up() {
        let flow = Flow::of(1 << 20);
        let now = Instant::now();
        assert_eq!(flow.book(1 << 19, now), now);
        assert_eq!(flow.book(1 << 18, now), now + Duration::from_millis(500));
        assert_eq!(flow.book(1, now), now + Duration::from_millis(750));
        let later = now + Duration::from_mins(1);
        assert_eq!(flow.book(1 << 20, later), later);
        assert_eq!(flow.book(1, later), later + Duration::from_secs(1));
    }

    #[tokio::test]
    async fn who_comes_too_fast_waits() {
        let flow = Flow::of(1_000);
        flow.pass(50).await;
        let start = Instant::now();
        flow.pass(1).await;
        assert!(start.elapsed() >= Duration::from_millis(40));
    }
}
