//! What is done again and again: a turn ends in time, and that it fails is told once.

use ebirlik_domain::decision::Fault;
use std::time::Duration;
use tokio::time::timeout;

/// A turn that hangs, since the network to the store drops everything, must not be the last one.
pub(crate) async fn in_time<T>(turn: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    timeout(TURN_MAX, turn).await.unwrap_or(Err(Fault::Unavailable))
}

/// A turn with more to do goes on in the next one.
const TURN_MAX: Duration = Duration::from_secs(20);

/// Logs when something begins to fail and when it works again, not at every turn between.
pub(crate) struct Health {
    message: &'static str,
    fails: bool,
}

impl Health {
    /// Of what is logged so while it fails.
    pub(crate) fn new(message: &'static str) -> Self {
        Self { message, fails: false }
    }

    /// What became of a turn.
    pub(crate) fn report(&mut self, result: Result<(), Fault>) {
        match (result, self.fails) {
            (Err(fault), false) => tracing::error!(%fault, "{}", self.message),
            (Ok(()), true) => tracing::info!("works again: {}", self.message),
            _ => {}
        }
        self.fails = result.is_err();
    }
}
