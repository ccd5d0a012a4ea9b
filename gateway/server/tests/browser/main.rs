//! The portal as people meet it: a demo's server and a real browser, Chromium without a window. Pages are crawled and
//! examined, keyboards and scanners are tried, and the main ways are walked.

#![cfg(test)]

mod cases;
mod chromium;
mod counter;
mod crawl;
mod declarations;
mod desk;
mod examine;
mod hands;
#[expect(dead_code, reason = "the tests of the process use the rest of it")]
#[path = "../process/installation.rs"]
mod installation;
mod keyboard;
mod keys;
mod money;
mod office;
mod officer;
mod page;
mod powers;
mod session;
mod signup;
mod staff;
mod stage;
mod tables;
#[expect(dead_code, reason = "the tests of documents use the rest of it")]
#[path = "../../../documents/tests/paper/tools.rs"]
mod tools;
mod trial;
mod walk;
mod without_script;
