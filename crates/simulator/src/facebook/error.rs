//! Errors as Graph says them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refused call. [Meta: "Common Error Codes", 2026-03-18]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphError {
    pub status: StatusCode,
    pub code: u32,
    pub subcode: Option<u32>,
    kind: &'static str,
    message: String,
}

impl GraphError {
    fn new(status: StatusCode, code: u32, subcode: Option<u32>, message: impl Into<String>) -> Self {
        Self { status, code, subcode, kind: "OAuthException", message: message.into() }
    }

    /// 100: a parameter that cannot be.
    pub fn parameter(message: impl AsRef<str>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 100, None, format!("(#100) {}", message.as_ref()))
    }

    /// 100/2018001.
    pub fn no_such_user() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 100, Some(2_018_001), "(#100) No matching user found")
    }

    /// 100/33.
    pub fn no_such_object(id: &str) -> Self {
        let message = format!(
            "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation."
        );
        Self { kind: "GraphMethodException", ..Self::new(StatusCode::BAD_REQUEST, 100, Some(33), message) }
    }

    pub fn bad_proof() -> Self {
        let message = "Invalid appsecret_proof provided in the API argument";
        Self { kind: "GraphMethodException", ..Self::new(StatusCode::BAD_REQUEST, 100, None, message) }
    }

    /// 190; the subcode tells why.
    pub fn token(subcode: Option<u32>) -> Self {
        let message = match subcode {
            Some(460) => "Error validating access token: The session has been invalidated because the user changed their password.",
            _ => "Invalid OAuth access token.",
        };
        Self::new(StatusCode::UNAUTHORIZED, 190, subcode, message)
    }

    /// 10/2018278.
    pub fn outside_window() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 10, Some(2_018_278), "(#10) This message is sent outside of allowed window.")
    }

    /// 200: not this page's business.
    pub fn permission() -> Self {
        Self::new(StatusCode::FORBIDDEN, 200, None, "(#200) The token does not have the permission for this object.")
    }

    /// 551/1545041: blocked or deactivated.
    pub fn not_available() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 551, Some(1_545_041), "(#551) This person isn't available right now.")
    }

    /// 506.
    pub fn duplicate_comment() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 506, None, "(#506) Duplicate status message")
    }

    /// 10900.
    pub fn already_replied() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 10_900, None, "(#10900) Activity already replied to")
    }

    /// 10903.
    pub fn cannot_reply() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 10_903, None, "(#10903) This user can't reply to this activity")
    }

    /// 613.
    pub fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, 613, None, "(#613) Calls to this api have exceeded the rate limit.")
    }

    /// 4: the day's calls are used up.
    pub fn day_used_up() -> Self {
        Self::new(StatusCode::FORBIDDEN, 4, None, "(#4) Application request limit reached")
    }

    /// 2: nothing was done.
    pub fn temporary() -> Self {
        let message = "An unexpected error has occurred. Please retry your request later.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, 2, None, message)
    }

    /// 2200: our side did not pass the handshake.
    pub fn callback_failed(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 2_200, None, format!("(#2200) callback verification failed: {why}"))
    }

    /// 2500.
    pub fn unknown_path() -> Self {
        Self::new(StatusCode::BAD_REQUEST, 2_500, None, "Unknown path components")
    }

    pub fn too_large() -> Self {
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, ..Self::parameter("The request is too large") }
    }

    pub fn body(&self, trace: &str) -> Value {
        let mut error = json!({"message": self.message, "type": self.kind, "code": self.code, "fbtrace_id": trace});
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        json!({ "error": error })
    }

    pub fn answer(&self, trace: &str) -> Response {
        let mut response = (self.status, Json(self.body(trace))).into_response();
        if self.code == 190
            && let Ok(value) = format!("OAuth \"Facebook Platform\" \"invalid_token\" \"{}\"", self.message).parse()
        {
            response.headers_mut().insert("www-authenticate", value);
        }
        response
    }
}
