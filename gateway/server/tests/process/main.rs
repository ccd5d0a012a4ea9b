//! The program as its users run it: a process, a port, a store; under load, killed, beside commands and a twin.

#![cfg(test)]

mod authority;
mod backups;
mod commands;
mod credentials;
mod custody;
mod demo;
mod figures;
mod installation;
mod kills;
mod load;
mod mails;
mod messages;
mod secrets;
mod tls;
mod upgrades;
mod walls;
