//! Attached files, fetched through their case and never shown as a page of ours.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use service::read_case;
use uuid::Uuid;

use crate::app::{App, SignedIn};
use crate::error::Error;

#[derive(Deserialize)]
pub struct Wanted {
    /// As it came, with everything a picture says about place and device.
    #[serde(default)]
    goc: Option<String>,
}

pub async fn fetch(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((code, file)): Path<(String, Uuid)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let case = read_case::id_of(&app.city, &code).await?;
    let (row, bytes) = read_case::file(&app.city, &signed_in.officer, case, file, wanted.goc.is_some()).await?;
    let headers = [
        (header::CONTENT_TYPE, row.mime),
        (header::CONTENT_DISPOSITION, disposition(&row.name)),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (HeaderName::from_static("x-content-type-options"), "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// `attachment` with the name as RFC 6266 and RFC 8187 write it: letters beyond ASCII percent-encoded.
pub(super) fn disposition(name: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(name.len() * 2);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(super::disposition("a\"\r\nb é.pdf"), "attachment; filename*=UTF-8''a%22%0D%0Ab%20%C3%A9.pdf");
    }
}
