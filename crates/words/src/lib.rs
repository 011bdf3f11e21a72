//! What people read: Vietnamese first, English second.
//!
//! `vi/*.ftl` is the source; `en/*.ftl` follows key by key, and a key missing there is shown in
//! Vietnamese. Pages and messages alike ask a [`Tongue`]. Which keys exist and which are used is
//! checked by tests ([`keys`]), so a typo never reaches a reader.

pub mod dates;
pub mod figures;
pub mod keys;
mod tongue;

pub use fluent_bundle::FluentValue as Value;
pub use tongue::{Lang, Tongue, capital};

/// Marks a word key kept in a constant, so that the test that looks for unused keys finds it.
///
/// ```
/// let key = if 2 > 1 { words::key!("ruler") } else { words::key!("steps") };
/// assert_eq!(key, "ruler");
/// ```
#[macro_export]
macro_rules! key {
    ($key:literal) => {
        $key
    };
}
