//! Telegram: what comes in, and what is sent to a server that answers oddly.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod ask;
mod parse;
mod send;
#[path = "../wire/mod.rs"]
mod wire;

use channels::Error;
use channels::telegram::Access;

const TOKEN: &str = "123456789:AADemoDemoDemoDemoDemoDemoDemoDemoDe";

fn access(base: &str) -> Access {
    Access { base: base.into(), ..Access::new(TOKEN) }
}

/// The same kind of error, whatever it says; no error ever tells the token.
fn kind(error: &Error) -> &'static str {
    assert!(!error.to_string().contains("AADemo"), "{error}");
    match error {
        Error::Rejected(_) => "rejected",
        Error::Throttled { .. } => "throttled",
        Error::NotNow { .. } => "not now",
        Error::Unreachable(_) => "unreachable",
        Error::Misconfigured(_) => "misconfigured",
        Error::TokenExpired(_) => "token expired",
        Error::WindowClosed(_) => "window closed",
        Error::PersonGone(_) => "person gone",
        Error::OutOfQuota(_) => "out of quota",
        Error::Lost(_) => "lost",
    }
}
