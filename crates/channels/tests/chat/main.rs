//! The chat channels: what vendors send is read as it is meant, what they answer is understood, and nothing hurts.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod facebook_calls;
mod facebook_events;
mod facebook_poll;
mod gateways;
mod hostile;
mod viber;
#[path = "../wire/mod.rs"]
mod wire;
