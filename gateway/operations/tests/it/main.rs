//! What the union does, on both stores: approvals, money, resends, withdrawals, verification, audit.

#![cfg(test)]

mod approvals;
mod audits;
mod backups;
mod credentials;
mod custody;
mod money;
mod register;
mod resends;
mod stage;
mod verification;
