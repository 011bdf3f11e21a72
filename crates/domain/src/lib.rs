#![doc = include_str!("../README.md")]

#[macro_use]
mod codes;

pub mod agency;
pub mod calendar;
pub mod call;
pub mod case;
pub mod chat;
pub mod contact;
pub mod deadline;
pub mod delivery;
pub mod event;
pub mod mail_join;
pub mod permission;
pub mod refusal;
pub mod route;
pub mod sms;
pub mod tax_code;
pub mod time;
pub mod track;
pub mod tracking_code;
pub mod visibility;
pub mod window;

pub use codes::UnknownCode;
