//! Which bot is called, where, and with what right; and one call.

use reqwest::Client;
use serde_json::Value;

use super::errors;
use crate::{Error, answer, http};

/// Viber's address.
pub const VIBER: &str = "https://chatapi.viber.com";

/// One bot.
#[derive(Clone)]
pub struct Access {
    /// [`VIBER`]; tests and demonstrations put a simulator there.
    pub base: String,
    /// The bot's authentication token: the right to call, and the key of its callbacks' signatures.
    pub auth_token: String,
    /// Name above our messages, at most [`super::LIMITS`]`.sender_name` characters.
    pub sender_name: String,
    /// Public address of the picture beside them.
    pub avatar: Option<String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "viber::Access({} at {})", self.sender_name, self.base)
    }
}

/// Makes one call and gives the answer's text: a JSON object with status 0.
pub(super) async fn call(client: &Client, access: &Access, method: &str, body: &Value) -> Result<String, Error> {
    let mut address = http::base(&access.base)?;
    // A web address has a path.
    if let Ok(mut segments) = address.path_segments_mut() {
        segments.pop_if_empty().extend(["pa", method]);
    }
    let answer = answer::of(client.post(address).header("X-Viber-Auth-Token", &access.auth_token).json(body)).await?;
    match errors::refusal(&answer) {
        Some(error) => Err(error),
        None => Ok(answer.body),
    }
}
