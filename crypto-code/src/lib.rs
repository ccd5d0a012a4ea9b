#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

// In reading order: what a code is, what it says, and who can issue it.
mod alphabet;
mod checks;
mod code;
mod decimal;
mod generation;
mod mac;
mod ring;
mod ring_text;
mod statement;
#[cfg(test)]
mod vectors;

pub use code::{CryptoCode, Mistyped, MistypedKind};
pub use generation::Generation;
pub use ring::{Check, KeyRing};
pub use ring_text::{KeyRingError, KeyRingFault};
pub use statement::{Item, NotDecimal, Statement, StatementBytes};
