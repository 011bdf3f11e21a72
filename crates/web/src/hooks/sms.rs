//! HTTP gateways of SMS deliver: the secret part of the address and the signature are checked, the octets are stored, then
//! acknowledged.

use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use service::sms_hooks;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;

/// eSMS brings a message to the short code.
pub async fn esms_message(
    State(app): State<App>,
    Path((account, secret)): Path<(Uuid, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query.unwrap_or_default();
    let answer = sms_hooks::take_esms_message(&app.city, &app.intake, account, &secret, &query).await?;
    Ok(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], answer).into_response())
}

/// eSMS says what became of a message of ours.
pub async fn esms_receipt(
    State(app): State<App>,
    Path((account, secret, route)): Path<(Uuid, String, Uuid)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query.unwrap_or_default();
    sms_hooks::take_esms_receipt(&app.city, &app.intake, account, &secret, route, &query).await?;
    Ok(StatusCode::OK.into_response())
}

/// V-COM brings a message to the short code.
pub async fn vcom_message(
    State(app): State<App>,
    Path((account, secret)): Path<(Uuid, String)>,
    request: Request,
) -> Result<Response, Error> {
    let cap = usize::try_from(app.city.reference().number("webhook_kilobytes")?).unwrap_or(0) * 1024;
    let body = axum::body::to_bytes(request.into_body(), cap).await.map_err(|_| Error::TooLarge)?;
    let answer = sms_hooks::take_vcom_message(&app.city, &app.intake, account, &secret, &body).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}
