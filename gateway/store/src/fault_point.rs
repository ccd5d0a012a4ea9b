//! Where may a test of faults end the process? At named steps of the approval writer, behind the feature
//! `fault-points`, which no shipped build has: there a step is an empty function.
//!
//! `FAULT_POINT=before-commit:3` in the environment ends the process at the third time that it reaches that step:
//! nothing is unwound, flushed or closed, as when the power of the process were cut. What fails and goes on, a statement
//! or a disk, is provoked for real by `cargo xtask faults` and needs no point here.

/// Ends the process here if the environment says so.
#[cfg(feature = "fault-points")]
pub(crate) fn reach(step: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The step to end at, and how often it is still passed.
    static END: LazyLock<Option<(String, AtomicU32)>> = LazyLock::new(|| {
        let wanted = std::env::var("FAULT_POINT").ok()?;
        let (step, times) = wanted.split_once(':')?;
        Some((step.to_owned(), AtomicU32::new(times.parse().ok()?)))
    });
    if let Some((end, times)) = &*END
        && end == step
        && times.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}

/// Nothing, in every build that is shipped.
#[cfg(not(feature = "fault-points"))]
pub(crate) const fn reach(_step: &str) {}
