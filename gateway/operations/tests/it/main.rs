//! What the union does, on both stores: approvals, money, resends, withdrawals, verification, audit.

#![cfg(test)]

mod accounts;
mod acts;
mod approvals;
mod attachments;
mod audits;
mod backups;
mod bank;
mod batches;
mod cards;
mod chance;
mod changed;
mod credentials;
mod custody;
mod customs;
mod desk;
mod explained;
mod feed;
mod limits;
mod listing;
mod model;
mod money;
mod nastiest;
mod paying;
mod powers;
mod reconciled;
mod register;
mod resends;
mod restored;
mod sending;
mod settled;
mod sign_up;
mod sink;
mod slips;
mod staffing;
mod stage;
mod till;
mod told;
mod users;
mod verification;
