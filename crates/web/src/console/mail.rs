//! A mail as it was sent, in a frame that can do nothing, or to be saved.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use service::{original_mail, read_case};
use uuid::Uuid;

use super::file::disposition;
use crate::app::{App, SignedIn};
use crate::error::Error;

/// Nothing runs, nothing is fetched; only our own pages may frame it.
const POLICY: &str = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'";

#[derive(Deserialize)]
pub struct Wanted {
    /// The octets, to be saved.
    #[serde(default)]
    raw: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((code, message)): Path<(String, Uuid)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let case = read_case::id_of(&app.city, &code).await?;
    if wanted.raw.is_some() {
        let octets = original_mail::octets(&app.city, &signed_in.officer, case, message).await?;
        let headers = [
            (header::CONTENT_TYPE, "message/rfc822".to_owned()),
            (header::CONTENT_DISPOSITION, disposition(&format!("{code}-{}.eml", message.simple()))),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        ];
        return Ok((headers, octets).into_response());
    }
    let html = original_mail::formatted(&app.city, &signed_in.officer, case, message).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    Ok((headers, html).into_response())
}
