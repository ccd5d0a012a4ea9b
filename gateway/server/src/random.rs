//! The one place that asks the system for randomness.

use ring::rand::{SecureRandom, SystemRandom};

/// Bytes that nobody can foresee.
///
/// # Errors
/// When the system has no randomness to give; nothing secret may be made then.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// The system gives no randomness.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system gives no randomness")]
pub(crate) struct NoRandomness;
