#![doc = include_str!("../README.md")]

// What every use case stands on.
pub mod attach;
pub mod change;
pub mod city;
pub mod clock;
mod error;
pub mod keys;
pub mod lines;
pub mod load_reference;
pub mod reference;
pub mod tell;
pub mod understand;
pub mod verify;
pub mod words_of;

// Messages come in.
pub mod chat;
pub mod chat_accounts;
pub mod chat_channel;
pub mod chat_window;
pub mod chat_wiring;
pub mod comments;
pub mod file_link;
pub mod follow;
pub mod hotlines;
pub mod intake;
pub mod keep_files;
pub mod look_up;
pub mod mailboxes;
pub mod one_time_code;
pub mod receive;
pub mod report;
pub mod sms_accounts;
pub mod sms_hooks;
pub mod sms_links;
mod sms_receipts;
mod sms_routes;
pub mod sms_text;
mod sound;

// Officers work.
pub mod act;
pub mod answer;
pub mod call_backs;
pub mod call_desk;
pub mod calls;
pub mod enclose;
pub mod find;
pub mod note;
pub mod original_mail;
pub mod publish;
pub mod queue;
pub mod read_case;
pub mod recordings;
pub mod resend;
pub mod sign_in;
pub mod take_files;

// The administrator works.
pub mod channel_health;
pub mod deliveries;
pub mod edit_reference;
pub mod officers;
pub mod overview;
pub mod sms_health;

pub mod jobs;
pub mod seed;

pub use city::{City, Officer, Settings};
pub use error::{Error, Problem, Result};
