#![doc = include_str!("../README.md")]

mod clock;
mod control;
mod delivery;
pub mod esms;
pub mod facebook;
mod fault;
mod form;
mod handset;
mod http;
mod journal;
mod ledger;
mod line;
mod lock;
mod media;
mod options;
mod parameters;
pub mod pbx;
mod phone;
mod random;
mod refusal;
mod simulator;
pub mod smsc;
mod strike;
mod talk;
pub mod telegram;
mod text;
mod vendor;
pub mod viber;
mod world;
pub mod zalo;

pub use clock::Now;
pub use delivery::{Attempt, Delivery, State};

pub use fault::{CallKind, Fault, Rule};
pub use journal::{Happening, What};
pub use ledger::{Repeat, Sent};
pub use options::Options;
pub use refusal::Refusal;
pub use simulator::Simulator;
pub use vendor::Vendor;
