//! The words and the pure rules of the exporters' unions: what a declaration is, what makes it acceptable,
//! who may send it, what it costs, in which states it can be and what can be answered.
//!
//! Nothing here reads a clock, a file, a socket or a table: whatever a rule needs is passed in.
//! Modules, in reading order: the decision first, then the way to it.

pub mod authority;
pub mod bulletin;
pub mod catalogue;
pub mod check;
pub mod decision;
pub mod declaration;
pub mod finding;
pub mod iban;
pub mod money;
pub mod number;
pub mod price;
pub mod registration;
pub mod rules;
pub mod state;
pub mod tax_number;
pub mod time;
pub mod turkish;
pub mod verdict;
