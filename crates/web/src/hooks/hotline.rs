//! A telephone exchange tells about a call. It signs nothing: the address is secret, and the account lists who may call it.
//!
//! Some send JSON or a form, others everything in the address, with a last part of their own (`…/call_in?phone=…`). What
//! came is stored as it came, an address from that last part on, so that the secret rests nowhere.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use service::hotlines::{self, CHANNEL};
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::limit::Client;

pub async fn plain(
    state: State<App>,
    client: Client,
    Path((account, secret)): Path<(Uuid, String)>,
    request: Request,
) -> Result<Response, Error> {
    deliver(state, client, account, &secret, "", request).await
}

pub async fn with_path(
    state: State<App>,
    client: Client,
    Path((account, secret, rest)): Path<(Uuid, String, String)>,
    request: Request,
) -> Result<Response, Error> {
    deliver(state, client, account, &secret, &rest, request).await
}

async fn deliver(
    State(app): State<App>,
    client: Client,
    account: Uuid,
    secret: &str,
    rest: &str,
    request: Request,
) -> Result<Response, Error> {
    app.limits.hotline.check(&client.network())?;
    let cap = usize::try_from(app.city.reference().number("webhook_kilobytes")?).unwrap_or(0) * 1024;
    let hotline = hotlines::check_delivery(&app.city, account, secret, client.0).await?;
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(body, cap).await.map_err(|_| Error::TooLarge)?;
    let octets = match parts.uri.query() {
        Some(query) if body.is_empty() => format!("/{rest}?{query}").into_bytes(),
        _ => body.into(),
    };
    let reply = hotlines::reply(&hotline, &octets);
    app.intake.deliver(Some(account), CHANNEL, serde_json::json!({ "content-type": kind }), octets).await?;
    Ok(Json(reply).into_response())
}
