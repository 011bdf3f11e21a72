//! The simulator through its wires: HTTP in, webhooks out.

mod facebook;
mod facebook_public;
mod faults;
mod phone;
mod stage;
mod telegram;
mod viber;
mod webhooks;
mod zalo;
mod zalo_oauth;
