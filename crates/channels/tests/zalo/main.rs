//! Zalo: what comes in, and what is sent to a server that answers oddly.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod ask;
mod oauth;
mod parse;
mod refuse;
mod send;
mod verify;
#[path = "../wire/mod.rs"]
mod wire;

use channels::Error;
use channels::zalo::{Access, Bases};

const BODY: &str = r#"{"app_id":"1234567890123456789","user_id_by_app":"555000111222333444","event_name":"user_send_text","timestamp":"1790000000000","sender":{"id":"4000000000000000001"},"recipient":{"id":"3000000000000000002"},"message":{"text":"Xin chào","msg_id":"a1b2c3d4e5f60718"}}"#;
const PERSON: &str = "4000000000000000001";
const ACCOUNT: &str = "3000000000000000002";

fn access(base: &str) -> Access {
    Access {
        bases: Bases { openapi: base.into(), oauth: base.into(), business: base.into() },
        oa_id: ACCOUNT.into(),
        app_id: "1234567890123456789".into(),
        app_secret: "app-secret-demo".into(),
        access_token: "zalo-demo-access-token".into(),
        ..Access::default()
    }
}

/// The same kind of error, whatever it says.
fn kind(error: &Error) -> &'static str {
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
