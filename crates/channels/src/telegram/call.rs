//! One call of the Bot API.

use reqwest::RequestBuilder;

use super::Access;
use super::errors::meaning;
use crate::answer;
use crate::http::Client;
use crate::json::Object;
use crate::{Error, http};

/// A request to a method. Its address holds the token and is never shown.
pub(super) fn method(client: &Client, access: &Access, name: &str) -> Result<RequestBuilder, Error> {
    let token = access.token.trim();
    // Anything else could lead to another place than the bot.
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-')) {
        return Err(Error::Misconfigured("the token is not one of a bot".into()));
    }
    Ok(client.post(http::base(&format!("{}/bot{token}/{name}", access.base.trim_end_matches('/')))?))
}

/// The body of an answer that says success; read `result` in it.
pub(super) async fn ask(request: RequestBuilder) -> Result<String, Error> {
    let answer = answer::of(request).await?;
    let done = answer.status.is_success() && Object::read(&answer.body).is_ok_and(|said| said.is_true("ok"));
    if done { Ok(answer.body) } else { Err(meaning(&answer)) }
}
