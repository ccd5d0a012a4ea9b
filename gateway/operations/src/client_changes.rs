//! Have clients or their credentials changed? The version that tells, and how old the knowledge of it may be.
//!
//! The server asks each second, so that no request has to. Where that fails or comes late, the requests ask
//! themselves, one for all; what they are told, or that nothing was told, counts for all who waited.

use ebirlik_domain::decision::Fault;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is known of the clients' version.
#[derive(Debug, Default)]
pub(crate) struct ClientChanges {
    known: Mutex<Option<Known>>,
    /// One asks at a time. Holds when asking last came to nothing.
    asking: tokio::sync::Mutex<Option<Instant>>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    version: i64,
    /// When it was asked for. A stopwatch, not a clock: what counts is how long ago that is.
    asked_at: Instant,
}

impl ClientChanges {
    /// Takes in what was asked for at that moment.
    pub(crate) fn learn(&self, version: i64, asked_at: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none_or(|known| known.asked_at <= asked_at) {
            *known = Some(Known { version, asked_at });
        }
    }

    /// The version, if necessary by asking.
    ///
    /// # Errors
    /// When it is not known lately and cannot be asked for: a credential that may be revoked by now is not believed.
    pub(crate) async fn version<F>(&self, ask: impl FnOnce() -> F) -> Result<i64, Fault>
    where
        F: Future<Output = Result<i64, Fault>>,
    {
        let now = Instant::now();
        if let Some(version) = self.fresh(now) {
            return Ok(version);
        }
        let mut failed_at = self.asking.lock().await;
        if let Some(version) = self.fresh(now) {
            return Ok(version);
        }
        if failed_at.is_some_and(|at| now.saturating_duration_since(at) < FAILURE_COUNTS) {
            return Err(Fault::Unavailable);
        }
        let asked_at = Instant::now();
        match ask().await {
            Ok(version) => {
                self.learn(version, asked_at);
                Ok(version)
            }
            Err(fault) => {
                *failed_at = Some(Instant::now());
                Err(fault)
            }
        }
    }

    fn fresh(&self, now: Instant) -> Option<i64> {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.filter(|known| now.saturating_duration_since(known.asked_at) <= AGE_MAX)?;
        Some(known.version)
    }
}

/// Oldest knowledge that is acted on. Source: contract section 3, two seconds, less what it takes to answer.
const AGE_MAX: Duration = Duration::from_millis(1_500);
/// How long a failure to ask counts for others, so that they do not queue up for their own.
const FAILURE_COUNTS: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn what_is_old_is_asked_for_once() {
        let changes = ClientChanges::default();
        let asked = AtomicUsize::new(0);
        let version = |answer: Result<i64, Fault>| {
            let (changes, asked) = (&changes, &asked);
            changes.version(move || async move {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                answer
            })
        };
        let fault = Err(Fault::Unavailable);
        assert_eq!(tokio::join!(version(fault), version(Ok(1)), version(Ok(1))), (fault, fault, fault));
        assert_eq!(asked.load(Ordering::Relaxed), 1, "one failed for all");
        changes.learn(7, Instant::now());
        assert_eq!(version(fault).await, Ok(7));
        // What is asked for later and answered first stays.
        changes.learn(6, Instant::now().checked_sub(Duration::from_secs(1)).unwrap());
        assert_eq!(version(fault).await, Ok(7));

        let changes = ClientChanges::default();
        changes.learn(7, Instant::now().checked_sub(AGE_MAX * 2).unwrap());
        let both = (changes.version(|| async { Ok(8) }), changes.version(|| async { Ok(9) }));
        assert_eq!(tokio::join!(both.0, both.1), (Ok(8), Ok(8)));
    }
}
