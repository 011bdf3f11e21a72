//! One call of Zalo's interface: errors come in answers of status 200.

use reqwest::RequestBuilder;
use serde_json::Value;

use super::Access;
use super::errors::meaning;
use crate::answer::{self, Answer};
use crate::http::Client;
use crate::json::Object;
use crate::{Error, Receipt, http};

/// Asks; the parameters go as one JSON value in `data`.
pub(super) async fn get(client: &Client, access: &Access, path: &str, data: Option<Value>) -> Result<String, Error> {
    let mut address = address(&access.bases.openapi, path)?;
    if let Some(data) = data {
        address.query_pairs_mut().append_pair("data", &data.to_string());
    }
    ask(entitled(client.get(address), access)).await.map_err(answer::repeatable)
}

/// Tells something to one of the base addresses.
pub(super) async fn post(client: &Client, access: &Access, base: &str, path: &str, body: &Value) -> Result<String, Error> {
    ask(entitled(client.post(address(base, path)?), access).json(body)).await
}

pub(super) fn address(base: &str, path: &str) -> Result<reqwest::Url, Error> {
    http::base(&format!("{}{path}", base.trim_end_matches('/')))
}

/// The token goes in a field of its own, never as `Authorization`.
pub(super) fn entitled(request: RequestBuilder, access: &Access) -> RequestBuilder {
    let request = request.header("access_token", &access.access_token);
    if access.prove { request.header("appsecret_proof", access.appsecret_proof()) } else { request }
}

/// The body of an answer that says success.
pub(super) async fn ask(request: RequestBuilder) -> Result<String, Error> {
    let answer = answer::of(request).await?;
    judge(&answer)?;
    Ok(answer.body)
}

fn judge(answer: &Answer) -> Result<(), Error> {
    if answer.status.as_u16() == 429 || answer.status.is_server_error() {
        return Err(answer.refusal());
    }
    let said = Object::read(&answer.body).unwrap_or_default();
    match said.integer("error") {
        Some(0) if answer.status.is_success() => Ok(()),
        // Zalo's own codes are negative, apart from those that come with a status that says the same.
        Some(code) if code < 0 || answer.status.is_success() => Err(meaning(code, &answer::said(said.text("message")), answer)),
        _ => Err(answer.refusal()),
    }
}

/// What a sent message's answer tells.
pub(super) fn receipt(body: &str) -> Receipt {
    let said = Object::read(body).unwrap_or_default();
    let data = said.object("data");
    Receipt {
        external_id: data.id("message_id").or_else(|| data.id("msg_id")),
        // Not the whole answer: it names the person.
        answer: format!("0 {}", answer::said(said.text("message"))),
        quota: super::quota::of(&data.object("quota")),
    }
}
