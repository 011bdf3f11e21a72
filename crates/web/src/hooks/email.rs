//! A mail relay hands over one message: its raw octets as the body, signed with the mailbox's key.
//!
//! `X-DoiThoai-Signature: sha256=<hex of HMAC-SHA-256 over the body>`. The relay keeps the message until it gets a 2xx
//! and may deliver it again; the same message never becomes two.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;

pub async fn deliver(State(app): State<App>, Path(account): Path<Uuid>, headers: HeaderMap, body: Bytes) -> Result<Response, Error> {
    let signature = headers.get("x-doithoai-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = service::mailboxes::check_hook(&app.city, account, signature, &body).await?;
    let told = serde_json::json!({ "via": "hook" });
    let id = app.intake.deliver(known, "email", told, body.into()).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(serde_json::json!({ "id": id }))).into_response())
}
