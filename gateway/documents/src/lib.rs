//! How do facts become paper?

mod digits;

pub use digits::{code_of_digits, digits_of};
