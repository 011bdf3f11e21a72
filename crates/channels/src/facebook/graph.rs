//! One call of the Graph API.

use reqwest::{Client, RequestBuilder, Url};

use super::{Access, errors};
use crate::{Error, answer};

/// Asks; asking again does no harm.
pub(super) async fn get(client: &Client, access: &Access, address: Url) -> Result<String, Error> {
    call(client.get(access.proven(address)), access).await.map_err(answer::repeatable)
}

/// Tells.
pub(super) async fn post(client: &Client, access: &Access, address: Url, body: &serde_json::Value) -> Result<String, Error> {
    call(client.post(access.proven(address)).json(body), access).await
}

/// Makes the call and gives the answer's text, which is a JSON object.
pub(super) async fn call(request: RequestBuilder, access: &Access) -> Result<String, Error> {
    // The token goes in a header: addresses end in logs.
    let answer = answer::of(request.bearer_auth(&access.page_token)).await?;
    match errors::refusal(&answer, &access.page_token) {
        Some(error) => Err(error),
        None => Ok(answer.body),
    }
}
