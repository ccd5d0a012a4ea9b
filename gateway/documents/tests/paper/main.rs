//! What do people, cameras and spreadsheets read from our documents?

#![cfg(test)]

mod facts;
mod letters;
mod petitions;
mod receipts;
mod statements;
mod tools;
mod workbooks;
