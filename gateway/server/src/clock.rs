//! The one place that reads the machine's clock. Everything else is given a [`Clock`].

use ebirlik_domain::time::Clock;
use jiff::Timestamp;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the product's time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
