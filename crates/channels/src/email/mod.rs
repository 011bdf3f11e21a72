//! E-mail: IMAP in, SMTP out.
//!
//! In: [`imap`] collects raw octets; the caller stores them; [`parse`] makes a [`Mail`] of them,
//! [`classify`] says whether a person wrote it, [`quoted`] what is new in it, [`thread`] what it
//! answers. Out: [`compose`] writes the message, [`smtp`] hands it over.

mod body;
pub mod bounce;
pub mod charset;
pub mod classify;
pub mod compose;
mod encoding;
mod fingerprint;
pub mod folder_name;
pub mod header;
pub mod html;
mod html_tag;
pub mod imap;
pub mod inspect;
mod legacy;
mod mime;
mod name;
pub mod parse;
pub mod probe;
mod quote_header;
pub mod quoted;
mod smime;
pub mod smtp;
pub mod thread;
pub mod tls;

pub use classify::{Kind, Ours, Verdict, classify};
pub use fingerprint::fingerprint;
pub use inspect::inspect;
pub use parse::{Mail, parse};
