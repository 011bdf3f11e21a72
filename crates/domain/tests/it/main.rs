//! Rules as the documents state them, and invariants over random histories.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calendar;
mod call;
mod case_rows;
mod case_table;
mod chat;
mod codes;
mod contact;
mod deadline;
mod delivery;
mod event;
mod invariants;
mod mail_join;
mod permission;
mod route;
mod sample;
mod sms;
