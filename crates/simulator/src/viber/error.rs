//! Errors as Viber says them: a status inside HTTP 200.

use serde_json::{Value, json};

/// A refused call. [viber.md §7]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ViberError(pub u32, pub &'static str);

impl ViberError {
    pub const INVALID_URL: Self = Self(1, "invalidUrl");
    pub const INVALID_TOKEN: Self = Self(2, "invalidAuthToken");
    pub const BAD_DATA: Self = Self(3, "badData");
    pub const MISSING_DATA: Self = Self(4, "missingData");
    pub const NOT_REGISTERED: Self = Self(5, "receiverNotRegistered");
    pub const NOT_SUBSCRIBED: Self = Self(6, "receiverNotSubscribed");
    pub const NO_WEBHOOK: Self = Self(10, "webhookNotSet");
    pub const TOO_MANY: Self = Self(12, "tooManyRequests");

    pub fn body(self) -> Value {
        json!({"status": self.0, "status_message": self.1})
    }
}
