//! Chat channels deliver: the signature is checked over the raw bytes, they are stored, then acknowledged.
//!
//! The vendors repeat what is not answered with 200 in time, and end the subscription when that happens for long.

use std::collections::HashMap;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use service::chat_accounts::{self, Headers};
use service::chat_channel::ChatChannel;
use service::{chat_wiring, file_link};
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::portal::files::saved;

/// Header fields that are kept with a delivery: what signatures and repeats are about.
const KEPT: [&str; 7] = [
    "x-hub-signature-256",
    "x-hub-signature",
    "x-zevent-signature",
    "x-zevent-timestamp",
    "x-zevent-server",
    "x-viber-content-signature",
    "num_retry",
];
/// Telegram sends the secret itself: it is compared and not kept.
const SECRET: &str = "x-telegram-bot-api-secret-token";

pub async fn deliver(channel: ChatChannel, State(app): State<App>, Path(account): Path<Uuid>, request: Request) -> Result<Response, Error> {
    let cap = usize::try_from(app.city.reference().number("webhook_kilobytes")?).unwrap_or(0) * 1024;
    let (parts, body) = request.into_parts();
    let field = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if field("content-length").and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > cap) {
        return Err(Error::TooLarge);
    }
    let mut told: Headers = KEPT.into_iter().chain([SECRET]).filter_map(|name| Some((name, field(name)?.to_owned()))).collect();
    let body = axum::body::to_bytes(body, cap).await.map_err(|_| Error::TooLarge)?;
    let known = chat_accounts::check_delivery(&app.city, channel, account, &told, &body).await?;
    told.0.remove(SECRET);
    app.intake.deliver(known, channel.as_str(), serde_json::to_value(&told.0).unwrap_or_default(), body.into()).await?;
    Ok(StatusCode::OK.into_response())
}

/// Meta asks whether the address is ours.
pub async fn handshake(
    State(app): State<App>,
    Path(account): Path<Uuid>,
    Query(asked): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    let get = |name: &str| asked.get(name).map(String::as_str);
    let challenge = chat_accounts::challenge(&app.city, account, get("hub.mode"), get("hub.verify_token"), get("hub.challenge")).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], challenge).into_response())
}

/// Zalo sends the administrator's browser back with a code.
pub async fn permission(
    State(app): State<App>,
    Path(account): Path<Uuid>,
    Query(given): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    let get = |name: &str| given.get(name).map_or("", String::as_str);
    match chat_wiring::take_permission(&app.city, account, get("code"), get("oa_id"), get("state")).await {
        // A refusal of Zalo's is an alarm on the page to which the browser goes back.
        Ok(()) | Err(service::Error::Setup(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(axum::response::Redirect::to(&format!("/admin/channels/{account}")).into_response())
}

/// Viber fetches a file that was sent to somebody.
pub async fn file(State(app): State<App>, Path((file, until, seal, _name)): Path<(Uuid, i64, String, String)>) -> Result<Response, Error> {
    let (row, bytes) = file_link::open(&app.city, file, until, &seal).await?;
    Ok(saved(&row, bytes))
}

/// The file that proves the domain to Zalo: `zalo_verifier….html` at the root.
pub async fn proof(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Error> {
    if !name.starts_with("zalo_verifier") {
        return Err(Error::NotFound);
    }
    let body = chat_accounts::proof_file(&app.city, &name).await?;
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response())
}
