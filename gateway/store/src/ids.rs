//! Numbers for rows: 63 bits, rising with time, never the same twice.

use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// Gives row numbers of microseconds since 1970 (upper bits) and a salt of this process (lower 8 bits).
///
/// Two servers that draw the same number clash on a primary key, and the batch is simply tried again.
#[derive(Debug)]
pub struct Ids {
    last: AtomicI64,
    salt: i64,
}

impl Ids {
    /// `salt` should differ from server to server. Numbers start above `last`, the highest in use: also after the clock
    /// was set back.
    pub fn after(last: i64, salt: u8) -> Self {
        let salt = i64::from(salt);
        Self { last: AtomicI64::new((last & !0xff) | salt), salt }
    }

    /// From now on numbers are higher than this one, which another server drew: its clock may be ahead of ours.
    pub fn follow(&self, last: i64) {
        self.last.fetch_max((last & !0xff) | self.salt, Ordering::Relaxed);
    }

    /// The next number. Rises also when the clock does not, or goes back.
    pub fn next(&self, now: Timestamp) -> i64 {
        let fresh = now.as_microsecond() << 8 | self.salt;
        let step = |last: i64| Some(if fresh > last { fresh } else { last + 256 });
        self.last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
            .map_or(fresh, |last| if fresh > last { fresh } else { last + 256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_even_when_the_clock_stands_or_goes_back() {
        let ids = Ids::after(0, 7);
        let at = |micros| Timestamp::from_microsecond(micros).unwrap();
        let drawn = [1_000_000, 1_000_000, 999_999, 1_000_001, 2_000_000].map(|micros| ids.next(at(micros)));
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]), "{drawn:?}");
        assert!(drawn.iter().all(|id| id & 0xff == 7));
        ids.follow(3_000_000 << 8);
        assert!(ids.next(at(2_000_001)) > 3_000_000 << 8, "another server's clock is ahead");
        let restarted = Ids::after(drawn[4], 9);
        assert!(restarted.next(at(1_000_000)) > drawn[4], "a restart after the clock was set back");
    }
}
