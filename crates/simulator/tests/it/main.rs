//! The simulator through its wires: HTTP in, webhooks out.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod esms;
mod facebook;
mod facebook_public;
mod faults;
mod hostile;
mod pbx;
mod phone;
mod phone_numbers;
mod smsc;
mod stage;
mod telegram;
mod viber;
mod webhooks;
mod zalo;
mod zalo_oauth;
