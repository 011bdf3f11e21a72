//! Recordings: how one is shown, and its sound, whole or from a place in it. Who plays it was allowed to and is written
//! down.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use service::calls::RecordingRow;
use uuid::Uuid;
use words::Tongue;

use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::parts::{Icon, Status, Tone};

/// A recording as it is played.
pub struct Recording {
    pub id: Uuid,
    pub status: Status,
    pub kept: bool,
    pub label: String,
}

impl Recording {
    pub fn of(tongue: Tongue, row: &RecordingRow) -> Recording {
        let kept = row.state == "kept";
        let key = match row.state.as_str() {
            "kept" | "wanted" | "removed" => row.state.clone(),
            _ => format!("refused-{}", row.note.as_deref().unwrap_or("other")),
        };
        let (icon, tone) = match row.state.as_str() {
            "kept" => (Icon::Tick, Tone::Calm),
            "wanted" => (Icon::Due, Tone::Calm),
            "removed" => (Icon::Shut, Tone::Calm),
            _ if row.note.as_deref() == Some("too_short") => (Icon::Shut, Tone::Calm),
            _ => (Icon::Late, Tone::Warn),
        };
        let known = tongue.knows(&format!("recording-{key}"));
        let text = if known { tongue.of("recording", &key) } else { tongue.of("recording", "refused-other") };
        let label = tongue.t(if row.voicemail { "recording-voicemail" } else { "recording-label" }).into_owned();
        Recording { id: row.id, status: Status { icon, tone, text: text.into_owned() }, kept, label }
    }
}

pub async fn fetch(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(recording): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let (row, bytes) = service::recordings::hear(&app.city, &signed_in.officer, recording).await?;
    let about = [
        (header::CONTENT_TYPE, row.mime),
        (header::CONTENT_DISPOSITION, "inline".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (HeaderName::from_static("x-content-type-options"), "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    let wanted = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    match wanted.and_then(|wanted| range(wanted, bytes.len())) {
        Some((from, to)) => {
            let place = [(header::CONTENT_RANGE, format!("bytes {from}-{}/{}", to - 1, bytes.len()))];
            Ok((StatusCode::PARTIAL_CONTENT, about, place, bytes[from..to].to_vec()).into_response())
        }
        None => Ok((about, bytes).into_response()),
    }
}

/// The one range of `bytes=from-to` or `bytes=from-` (RFC 9110 §14.1.2), its end not included; anything else is the whole.
fn range(wanted: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = wanted.strip_prefix("bytes=")?.split_once('-')?;
    let from = from.parse::<usize>().ok()?;
    let to = if to.is_empty() { length } else { to.parse::<usize>().ok()?.checked_add(1)?.min(length) };
    (from < to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges() {
        assert_eq!(range("bytes=0-", 10), Some((0, 10)));
        assert_eq!(range("bytes=2-4", 10), Some((2, 5)));
        assert_eq!(range("bytes=9-99", 10), Some((9, 10)));
        for whole in ["bytes=10-", "bytes=4-2", "bytes=-5", "bytes=0-1,3-4", "octets=0-1", "", "bytes=a-b", "bytes=0-18446744073709551615"]
        {
            assert_eq!(range(whole, 10), None, "{whole}");
        }
    }
}
