//! What the union does: approve, tell the status, withdraw, verify, sign people in, and keep its registers.
//!
//! The programs' interface, the portal and the command line all call these functions; none of them knows a route,
//! a page or a statement of SQL. [`approve::approve`] is the heart; read it first.

pub mod accounts;
pub mod acting;
pub mod applications;
pub mod approve;
pub mod attachments;
pub mod audit;
pub mod backup;
pub mod bank;
pub mod card;
pub mod cases;
pub mod changes;
pub mod client;
mod client_changes;
pub mod counter;
pub mod countries;
pub mod credentials;
pub mod customs;
pub mod demo;
pub mod desk_decisions;
pub mod explain;
pub mod firm_card;
pub mod forecast;
pub mod guessing;
pub mod import;
pub mod incoming;
pub mod keys;
pub mod letters;
pub mod links;
pub mod listing;
pub mod lookup;
pub mod mail;
pub mod marks;
pub mod money;
pub mod office;
pub mod papers;
pub mod passwords;
pub mod pay;
pub mod pieces;
pub mod powers;
pub mod preview;
pub mod queues;
pub mod rates;
pub mod reconcile;
pub mod refund;
mod register;
pub mod rules;
mod seal;
pub mod sending;
pub mod settle;
pub mod sign_in;
pub mod slips;
pub mod standing;
pub mod status;
mod stored;
pub mod story;
pub mod trail;
pub mod uploads;
pub mod users;
pub mod verify;
pub mod waiting_room;
pub mod withdraw;

pub use client::{Client, Role, Roles};
pub use office::{Office, OfficeError, Settings};
