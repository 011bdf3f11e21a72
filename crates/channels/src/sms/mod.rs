//! SMS: SMPP 3.4 to the SMSCs of carriers, and HTTP gateways.
//!
//! Pure, for any octets:
//! - [`text`]: what a text costs ([`text::count`]) and how it is cut; [`gsm`] and [`coding`] the alphabets
//! - [`pdu`]: one PDU from hostile octets, with named errors; [`submits`] makes ours from a text
//! - [`deliver::read`]: the stored octets of a `deliver_sm` → a message [`crate::Event`], a part of one, or a receipt;
//!   [`deliver::join`] makes a message of parts; [`deliver`] says how repeats are known without ids
//! - [`receipt`]: receipts in every shape, ids in decimal and hexadecimal
//! - [`status`]: what a command_status means
//! - [`esms`], [`vcom`]: HTTP gateways of Viet Nam
//!
//! With a network, without a database: [`session`], one bound SMPP session; [`Backoff`] between two of them.
//!
//! Facts are those of the SMPP 3.4 specification, 3GPP TS 23.038 and 23.040, and the pages of the gateways.

mod backoff;
pub mod coding;
pub mod concat;
pub mod deliver;
pub mod esms;
mod fields;
pub mod gsm;
pub mod inspect;
pub mod pdu;
pub mod receipt;
pub mod session;
pub mod status;
pub mod text;
pub mod tlv;
pub mod vcom;
mod write;

pub use backoff::Backoff;
pub use deliver::{Delivered, Part};
pub use session::Session;
pub use text::{Alphabet, Count, Encoding, Joining, count};
pub use write::{Style, Submit, submits};
