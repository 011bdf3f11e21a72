//! One Bot API call and its answer.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::parameters::{Parameters, Unreadable};

/// What a method is given.
pub(super) struct Call {
    /// The bot's id.
    pub bot: String,
    pub parameters: Parameters,
    pub strike: Option<Fault>,
}

impl Call {
    pub fn text(&self, name: &str) -> Option<String> {
        self.parameters.text(name)
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| text.parse().ok())
    }
}

/// A refused call; the HTTP status is the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BotError {
    code: u16,
    description: String,
    retry_after: Option<u32>,
}

impl BotError {
    pub fn bad_request(why: &str) -> Self {
        Self { code: 400, description: format!("Bad Request: {why}"), retry_after: None }
    }

    pub fn unauthorized() -> Self {
        Self { code: 401, description: "Unauthorized".into(), retry_after: None }
    }

    pub fn blocked() -> Self {
        Self { code: 403, description: "Forbidden: bot was blocked by the user".into(), retry_after: None }
    }

    pub fn not_started() -> Self {
        Self { code: 403, description: "Forbidden: bot can't initiate conversation with a user".into(), retry_after: None }
    }

    pub fn not_found() -> Self {
        Self { code: 404, description: "Not Found".into(), retry_after: None }
    }

    pub fn webhook_is_set() -> Self {
        let description = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
        Self { code: 409, description: description.into(), retry_after: None }
    }

    pub fn too_large() -> Self {
        Self { code: 413, description: "Request Entity Too Large".into(), retry_after: None }
    }

    pub fn flood(retry_after: u32) -> Self {
        Self { code: 429, description: format!("Too Many Requests: retry after {retry_after}"), retry_after: Some(retry_after) }
    }

    pub fn internal() -> Self {
        Self { code: 500, description: "Internal Server Error".into(), retry_after: None }
    }

    pub fn code(&self) -> u16 {
        self.code
    }
}

impl From<Unreadable> for BotError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::too_large(),
            Unreadable::Malformed(_) => Self::bad_request("can't parse parameters"),
        }
    }
}

impl IntoResponse for BotError {
    fn into_response(self) -> Response {
        let mut body = json!({"ok": false, "error_code": self.code, "description": self.description});
        if let Some(retry_after) = self.retry_after {
            body["parameters"] = json!({"retry_after": retry_after});
        }
        (StatusCode::from_u16(self.code).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
    }
}

pub(super) fn answer(result: Result<Value, BotError>) -> Response {
    match result {
        Ok(result) => Json(json!({"ok": true, "result": result})).into_response(),
        Err(error) => error.into_response(),
    }
}
