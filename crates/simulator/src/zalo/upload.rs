//! `POST /v2.0/oa/upload/image`, `gif` and `file`: multipart, field `file`.

use axum::body::Bytes;
use axum::extract::{Extension, Multipart, Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::error::{ZaloError, answer};
use super::routes::limits;
use super::state::{Attachment, Upload};
use super::{Inner, Zalo};
use crate::clock::{in_viet_nam, later};
use crate::media::Format;
use crate::strike::Strike;

/// Bodies over this are refused unread: the largest file and its wrapping.
pub(super) const MOST_BODY: usize = 6 << 20;
const MOST_IMAGE: usize = 1 << 20;
const MOST_GIF: usize = 5 << 20;
const MOST_FILE: usize = 5 << 20;
/// Uploads of an account in a month.
const PER_MONTH: u32 = 5_000;
const LIVES: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) async fn upload(
    Shared(zalo): Shared<Zalo>,
    Path(kind): Path<String>,
    headers: HeaderMap,
    strike: Option<Extension<Strike>>,
    parts: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Response {
    let strike = strike.map(|Extension(strike)| strike.0);
    let (account, rate) = zalo.0.account(&mut zalo.0.state(), &headers, strike);
    let result = match account {
        Ok(account) => match read(parts).await {
            Ok((name, bytes)) => zalo.0.keep(&account, &kind, name, bytes),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    limits(answer(result), rate)
}

async fn read(parts: Result<Multipart, axum::extract::multipart::MultipartRejection>) -> Result<(String, Bytes), ZaloError> {
    let mut parts = parts.map_err(|_| ZaloError::BAD_PARAMETER)?;
    // Nothing but the file is looked for, and not among many parts.
    for _ in 0..8 {
        let Some(part) = parts.next_field().await.map_err(|_| ZaloError::OVER_LIMIT)? else { break };
        if part.name() == Some("file") {
            let name = part.file_name().unwrap_or_default().to_owned();
            return Ok((name, part.bytes().await.map_err(|_| ZaloError::OVER_LIMIT)?));
        }
    }
    Err(ZaloError::BAD_PARAMETER)
}

impl Inner {
    fn keep(&self, account: &str, kind: &str, name: String, bytes: Bytes) -> Result<Value, ZaloError> {
        let format = Format::of(&bytes);
        let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let (most, fits) = match kind {
            "image" => (MOST_IMAGE, matches!(format, Format::Jpeg | Format::Png)),
            "gif" => (MOST_GIF, format == Format::Gif),
            "file" => (MOST_FILE, file_fits(&ending, format)),
            _ => return Err(ZaloError::TYPE_NOT_SUPPORTED),
        };
        if bytes.len() > most {
            return Err(ZaloError::OVER_LIMIT);
        }
        if !fits {
            return Err(ZaloError::BAD_PARAMETER);
        }
        let now = self.world.now();
        let day = in_viet_nam(now);
        let mut state = self.state();
        state.forget_expired(now);
        let month = &mut state.accounts.get_mut(account).ok_or(ZaloError::BAD_TOKEN)?.month;
        if month.0 != (day.year(), day.month()) {
            *month = ((day.year(), day.month()), 0);
        }
        if month.1 >= PER_MONTH {
            return Err(ZaloError::OUT_OF_QUOTA);
        }
        month.1 += 1;
        let url = format!("{}{}", self.world.origin, self.world.media.keep(bytes));
        let id = self.random.letters(48);
        let attachment = Attachment { kind: kind.to_owned(), url, name };
        state.uploads.insert(id.clone(), Upload { account: account.to_owned(), attachment, until: later(now, LIVES) });
        Ok(if kind == "file" { json!({ "token": id }) } else { json!({ "attachment_id": id }) })
    }
}

/// PDF, DOC, DOCX, CSV; the content has to be what the name says.
fn file_fits(ending: &str, format: Format) -> bool {
    match ending {
        "pdf" => format == Format::Pdf,
        "docx" => format == Format::Zip,
        "doc" => format == Format::Compound,
        "csv" => format == Format::Other,
        _ => false,
    }
}
