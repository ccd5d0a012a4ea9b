//! What we remember: parties, rules, rates, declarations, approvals, money, and everything that happened.
//!
//! One store, on SQLite or PostgreSQL, with the same tables, the same statements and the same promises: a call
//! that returned is durable, and no transaction leaks out of here. Each file is one concept and gives atomic
//! business facts. This crate knows no message, no page and no route.

mod behind;
mod connection;
mod detail;
mod direct;
mod error;
mod fault_point;
mod ids;
mod left_out;
mod lent;
mod nodes;
mod packed;
mod places;
mod row_writer;
mod sql;
mod wall;

pub mod accounts;
pub mod applications;
pub mod approved;
pub mod attachments;
pub mod audit;
pub mod backup;
pub mod bank;
pub mod bulletins;
pub mod cards;
pub mod cases;
pub mod changes;
pub mod client_acts;
pub mod clients;
pub mod codes;
pub mod corrections;
pub mod credentials;
pub mod declarations;
pub mod desk_decisions;
pub mod events;
pub mod feed;
pub mod history;
pub mod listing;
pub mod mails;
pub mod movements;
pub mod parties;
pub mod passwords;
pub mod people;
pub mod power_applications;
pub mod powers;
pub mod queues;
pub mod receipts;
pub mod reconciliations;
pub mod register;
pub mod registrations;
pub mod rules;
pub mod sessions;
pub mod settlements;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trail;
pub mod uploads;
pub mod waiting;
pub mod writer;

pub use connection::{PostgresStore, SqliteStore, Store};
pub use declarations::DeclarationKey;
pub use error::{StoreError, sync_failed};
pub use ids::Ids;
pub use packed::Packed;
pub use wall::{Connections, Wall, Walled};

#[cfg(test)]
mod tests;
