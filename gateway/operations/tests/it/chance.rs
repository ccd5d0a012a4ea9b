//! The chance of long runs: what happens follows from a seed, and how long they are from the environment.

use std::env;

/// The seeded sequence of `SplitMix64`.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below another, which is not 0.
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }

    /// A place among so many.
    pub(crate) fn place(&mut self, most: usize) -> usize {
        usize::try_from(self.below(most as u64)).expect("a place")
    }
}

/// A number that the environment names, or another one.
pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
