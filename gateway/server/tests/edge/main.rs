//! Through the edge: HTTP in, HTTP out, on both stores, with a clock that stands still and a fixed key.

#![cfg(test)]

mod afterwards;
mod attachments;
mod cards;
mod edifact;
mod fixtures;
mod hostile;
mod nine_faults;
mod office;
mod rights;
mod soap;
mod verification;
