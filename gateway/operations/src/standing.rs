//! How do things stand: submission, verification, payments and the bulletin of the day, each since when?
//!
//! Looked at each second by the server and kept in memory, so that telling it costs nothing. What was not looked at
//! lately is unknown, and says so.

use crate::office::Office;
use ebirlik_domain::bulletin::Bulletin;
use ebirlik_store::Wall;
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::{Mutex, PoisonError};

/// How one part works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// As it should.
    Works,
    /// It works, and some are told to come again in a moment.
    Crowded,
    /// It does not.
    Fails,
    /// We cannot tell.
    #[default]
    Unknown,
}

/// A level, and since when it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// How it works.
    pub level: Level,
    /// Since when, as far as this server has seen.
    pub since: Option<Timestamp>,
}

/// How everything stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Declarations are taken and approved.
    pub submission: Part,
    /// Codes are verified.
    pub verification: Part,
    /// Fees are debited from current accounts.
    pub payments: Part,
    /// There is a bulletin that prices today's declarations.
    pub rates: Part,
    /// Its day and number.
    pub bulletin: Option<(Date, String)>,
    /// When it was looked at last.
    pub looked_at: Option<Timestamp>,
}

/// What the server sees by itself: who was told to come again since the last look, and whether writes are durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Declarations found no place.
    pub submission_crowded: bool,
    /// Verifications found no place.
    pub verification_crowded: bool,
    /// The last proof that the writer lives and the store takes a durable write.
    pub writes: bool,
}

/// The last look.
#[derive(Debug, Default)]
pub(crate) struct LastLook(Mutex<Standing>);

impl Office {
    /// Looks at everything anew. To be called each second.
    pub async fn look(&self, sight: Sight) {
        let (now, today) = (self.clock.now(), self.clock.today());
        let reads = self.behind(Wall::Verification).nearest_code(ANY_CODE).await.is_ok();
        let bulletin = self.bulletin_on(today).await;
        let rates = match &bulletin {
            Ok(Some(_)) => Level::Works,
            Ok(None) => Level::Fails,
            Err(_) => Level::Unknown,
        };
        let mut standing = self.last_look.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Without rates only what is free of fee could be approved.
        let submission =
            if rates == Level::Fails { Level::Fails } else { level(sight.writes, sight.submission_crowded) };
        standing.submission.turn(submission, now);
        standing.verification.turn(level(reads, sight.verification_crowded), now);
        standing.payments.turn(level(sight.writes, false), now);
        standing.rates.turn(rates, now);
        standing.bulletin = bulletin.ok().flatten().map(|bulletin| told(&bulletin));
        standing.looked_at = Some(now);
    }

    /// How everything stands: as of the last look, or unknown where that is long ago.
    pub fn standing(&self) -> Standing {
        let standing = self.last_look.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        standing.known_at(self.clock.now())
    }
}

impl Part {
    fn turn(&mut self, level: Level, now: Timestamp) {
        if self.since.is_none() || self.level != level {
            *self = Self { level, since: Some(now) };
        }
    }
}

impl Standing {
    fn known_at(self, now: Timestamp) -> Self {
        let age = self.looked_at.map(|at| now.as_millisecond().saturating_sub(at.as_millisecond()));
        match age {
            Some(age) if age <= KNOWN_FOR_MS => self,
            _ => Self { looked_at: self.looked_at, ..Self::default() },
        }
    }
}

fn level(works: bool, crowded: bool) -> Level {
    match (works, crowded) {
        (false, _) => Level::Fails,
        (true, true) => Level::Crowded,
        (true, false) => Level::Works,
    }
}

fn told(bulletin: &Bulletin) -> (Date, String) {
    (bulletin.date, bulletin.number.clone())
}

/// Sixteen symbols: whichever code lies nearest, reading it proves that codes can be read.
const ANY_CODE: &str = "0000000000000000";
/// Looks are a second apart; after ten without one nothing is known.
const KNOWN_FOR_MS: i64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn since_is_when_the_level_turned() {
        let mut part = Part::default();
        for (second, level, since) in [
            (1, Level::Works, 1),
            (2, Level::Works, 1),
            (3, Level::Fails, 3),
            (4, Level::Fails, 3),
            (5, Level::Works, 5),
        ] {
            part.turn(level, at(second));
            assert_eq!(part, Part { level, since: Some(at(since)) });
        }
    }

    #[test]
    fn what_was_not_looked_at_lately_is_unknown() {
        let mut standing = Standing { looked_at: Some(at(0)), ..Standing::default() };
        standing.submission.turn(Level::Works, at(0));
        assert_eq!(standing.clone().known_at(at(10)).submission.level, Level::Works);
        let later = standing.known_at(at(11));
        assert_eq!((later.submission.level, later.looked_at), (Level::Unknown, Some(at(0))));
        assert_eq!(Standing::default().known_at(at(0)), Standing::default());
    }
}
