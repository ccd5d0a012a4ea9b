//! How does the bank behave today? Honest, or with every trouble that banks and strangers make, in shares of a thousand.

use serde::Deserialize;

/// How often what goes wrong, of a thousand times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mood {
    /// A payment is accompanied by false notices.
    pub forged: u32,
    /// A notice comes late.
    pub late: u32,
    /// A notice comes again although it was understood.
    pub repeated: u32,
    /// A notice is kept back until another one went.
    pub reordered: u32,
    /// A notice never comes.
    pub lost: u32,
    /// A question is answered 500.
    pub failing: u32,
    /// A question is not answered.
    pub hanging: u32,
}

impl Mood {
    /// Nothing goes wrong.
    pub const HONEST: Self = Self { forged: 0, late: 0, repeated: 0, reordered: 0, lost: 0, failing: 0, hanging: 0 };
    /// Everything goes wrong, often.
    pub const NASTY: Self =
        Self { forged: 300, late: 200, repeated: 300, reordered: 200, lost: 250, failing: 150, hanging: 20 };

    /// `honest` or `nasty`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "honest" => Some(Self::HONEST),
            "nasty" => Some(Self::NASTY),
            _ => None,
        }
    }
}
