//! Under which key was a code issued?

use std::fmt;

use crate::alphabet;

/// The generation of a key, written as a code's first letter: a symbol value, 0..=31.
///
/// A generation names one key for ever and is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(u8);

impl Generation {
    /// The generation of a new ring's key; 0 stays unused.
    pub(crate) const FIRST: Self = Self(1);

    /// The generation with this symbol value; `None` above 31.
    pub fn new(value: u8) -> Option<Self> {
        (value < 32).then_some(Self(value))
    }

    /// The generation written by this letter, upper case as codes are printed.
    pub fn from_symbol(symbol: char) -> Option<Self> {
        alphabet::value_of(symbol).map(Self).filter(|generation| generation.symbol() == symbol)
    }

    /// The symbol value, 0..=31.
    pub fn value(self) -> u8 {
        self.0
    }

    /// The letter that stands first in each code of this generation.
    pub fn symbol(self) -> char {
        char::from(alphabet::letter_of(self.0))
    }

    /// The generation after this one; `None` after the last.
    pub(crate) fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.symbol())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(symbol: char, expected: Option<u8>) {
        assert_eq!(Generation::from_symbol(symbol).map(Generation::value), expected, "{symbol:?}");
    }

    #[test]
    fn a_generation_is_one_printed_letter() {
        check('0', Some(0));
        check('Z', Some(31));
        check('z', None);
        check('O', None);
        check('U', None);
        check('-', None);
    }

    #[test]
    fn the_last_generation_has_no_next() {
        assert_eq!(Generation::new(32), None);
        assert_eq!(Generation(31).next(), None);
        assert_eq!(Generation(0).next(), Some(Generation(1)));
    }
}
