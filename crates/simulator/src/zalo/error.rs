//! Errors as Zalo says them: a number below 0 inside HTTP 200.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refused call. [zalo.md §7]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ZaloError(pub i32, pub &'static str);

impl ZaloError {
    pub const BAD_TOKEN: Self = Self(-216, "Access token is invalid");
    pub const EXPIRED_TOKEN: Self = Self(-220, "access_token is expired or removed");
    pub const TOO_MANY: Self = Self(-32, "Application reached its request quota");
    pub const ASSET_EXPIRED: Self = Self(-100, "Attachment is expired or does not exist");
    pub const SEND_FAILED: Self = Self(-200, "Send message failed");
    pub const BAD_PARAMETER: Self = Self(-201, "Parameter is invalid");
    pub const OVER_LIMIT: Self = Self(-210, "Parameter exceeds its limit");
    pub const OUT_OF_QUOTA: Self = Self(-211, "Out of quota");
    pub const NOT_FOLLOWER: Self = Self(-213, "User has not followed the Official Account");
    pub const BLOCKED: Self = Self(-217, "User has blocked the Official Account");
    pub const OUTSIDE_7_DAYS: Self = Self(-230, "User has not interacted with the Official Account in the last 7 days");
    pub const NO_INTERACTION: Self = Self(-232, "User has not interacted with the Official Account yet");
    pub const TYPE_NOT_SUPPORTED: Self = Self(-233, "Message type is not supported");
    pub const V2_SHUT: Self = Self(-240, "Message V2 is no longer supported");
    pub const BAD_PROOF: Self = Self(-242, "appsecret_proof is invalid");

    pub fn body(self) -> Value {
        json!({"error": self.0, "message": self.1})
    }
}

/// An answer of the OpenAPI.
pub(super) fn answer(result: Result<Value, ZaloError>) -> Response {
    match result {
        Ok(data) => Json(json!({"data": data, "error": 0, "message": "Success"})),
        Err(error) => Json(error.body()),
    }
    .into_response()
}
