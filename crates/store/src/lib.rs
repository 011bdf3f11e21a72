#![doc = include_str!("../README.md")]

mod attachments;
mod backup;
pub mod db;
mod error;
pub mod migrate;
pub mod notify;
mod sql;
mod value;
mod writer;

// One file per aggregate: its rows and every statement that touches them.
pub mod answers;
pub mod audit;
pub mod businesses;
pub mod call_backs;
pub mod calls;
pub mod cases;
pub mod change_feed;
pub mod channel_accounts;
pub mod contacts;
pub mod conversations;
pub mod deliveries_in;
pub mod events;
pub mod files;
pub mod jobs;
pub mod leases;
pub mod links;
pub mod message_parts;
pub mod messages;
pub mod officers;
pub mod reference;
pub mod sessions;
pub mod settings;
pub mod sms;
pub mod verify;

pub use attachments::{Attachments, Blob};
pub use backup::{backup, restore};
pub use db::{Db, Query, Reader, Tx};
pub use error::{Error, Result};
pub use sql::{Registered, Statement, registered};
pub use sqlx::types::Json;
pub use value::{Args, Row, Value, time};
