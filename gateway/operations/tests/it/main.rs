//! What the union does, on both stores: approvals, money, resends, withdrawals, verification, audit.

#![cfg(test)]

mod acts;
mod approvals;
mod attachments;
mod audits;
mod backups;
mod bank;
mod cards;
mod credentials;
mod custody;
mod customs;
mod explained;
mod feed;
mod model;
mod money;
mod paying;
mod reconciled;
mod register;
mod resends;
mod settled;
mod staffing;
mod stage;
mod verification;
