//! Files going up and down: forms are read piece by piece under the caps, one file in memory at a time; downloads are never
//! shown inside our pages.

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use service::keep_files::{self, FileRow};
use service::{Problem, take_files};
use uuid::Uuid;
use words::key;

use crate::app::App;
use crate::error::Error;
use crate::portal::kept_pass::opened;

/// Ten files of 25 MB and the words around them.
pub const BODY_LIMIT: usize = 260 * 1024 * 1024;
/// A form without files: the longest text takes 180,000 octets as a browser spells it.
const PLAIN_LIMIT: usize = 1024 * 1024;
/// More than the longest text takes in UTF-8; what is longer is cut here and refused for its length later.
const WORDS_LIMIT: usize = 256 * 1024;
/// A form of ours has some twenty fields and ten files. A hundred files still get a clear answer.
const PARTS_LIMIT: usize = 400;

/// A form as it came.
#[derive(Default)]
pub struct Sent {
    fields: Vec<(String, String)>,
    /// Stored contents, those kept from an earlier try first.
    pub files: Vec<FileRow>,
    /// Files that were not taken: name and reason.
    pub refused: Vec<(String, Problem)>,
    pub form_key: String,
}

impl Sent {
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(of, _)| of == name).map_or("", |(_, value)| value.as_str())
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(of, found)| of == name && found == value)
    }

    /// The list of taken files for a form that comes back.
    pub fn kept(&self, app: &App) -> Result<String, Error> {
        Ok(keep_files::seal(&app.city, &self.form_key, &self.files)?)
    }
}

/// Reads a form, with or without files.
///
/// # Errors
/// [`Error::TooLarge`] over the limit of the whole, [`Error::Invalid`] when it is no form. A single file too large or of a
/// wrong kind is no error here: the rest is read and the page says which file it was.
pub async fn read(app: &App, mut request: Request) -> Result<Sent, Error> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let mut sent = Sent::default();
    if kind.starts_with("multipart/form-data") {
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| Error::Invalid)?;
        parts(app, &mut form, &mut sent).await?;
    } else {
        DefaultBodyLimit::max(PLAIN_LIMIT).apply(&mut request);
        let axum::Form(fields) = axum::Form::<Vec<(String, String)>>::from_request(request, &()).await.map_err(|error| {
            match error.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
                _ => Error::Invalid,
            }
        })?;
        sent.fields = fields;
    }
    // A key that is not of our making could be shared by two people, who would then share a case.
    sent.form_key = match sent.get("form_key") {
        key if key.len() == 22 => key.to_owned(),
        _ => service::report::new_form_key(&app.city),
    };
    let mut kept = keep_files::open(&app.city, &sent.form_key, sent.get("kept"));
    kept.retain(|file| !sent.has("drop", &file.original));
    let (mut kept, gone) = keep_files::renew(&app.city, kept).await?;
    sent.refused.extend(gone.into_iter().map(|name| (name, Problem::new("files", "file_gone"))));
    for file in std::mem::take(&mut sent.files) {
        if !kept.iter().any(|known| known.original == file.original) {
            kept.push(file);
        }
    }
    let most = take_files::limits(&app.city)?.files;
    if kept.len() > most {
        sent.refused.push((String::new(), Problem::with("files", "too_many_files", most)));
        kept.truncate(most);
    }
    for (position, file) in kept.iter_mut().enumerate() {
        file.position = position as i64;
    }
    sent.files = kept;
    Ok(sent)
}

async fn parts(app: &App, form: &mut Multipart, sent: &mut Sent) -> Result<(), Error> {
    let limits = take_files::limits(&app.city)?;
    let mut count = 0;
    let mut chosen = 0;
    while let Some(mut part) = form.next_field().await.map_err(|error| unreadable(&error))? {
        count += 1;
        if count > PARTS_LIMIT {
            return Err(Error::TooLarge);
        }
        let name = part.name().unwrap_or_default().to_owned();
        let Some(file) = part.file_name().map(str::to_owned) else {
            let mut bytes = Vec::new();
            while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
                let room = WORDS_LIMIT.saturating_sub(bytes.len()).min(chunk.len());
                bytes.extend_from_slice(&chunk[..room]);
            }
            sent.fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            continue;
        };
        let mut bytes = Vec::new();
        let mut size = 0;
        let over = chosen >= limits.files;
        while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
            size += chunk.len();
            if size <= limits.bytes && !over {
                bytes.extend_from_slice(&chunk);
            }
        }
        // A browser sends an empty part where nothing was chosen.
        if size == 0 && file.is_empty() {
            continue;
        }
        chosen += 1;
        let shown_name = super::line(&file);
        if over {
            if chosen == limits.files + 1 {
                sent.refused.push((String::new(), Problem::with("files", "too_many_files", limits.files)));
            }
        } else if size > limits.bytes {
            sent.refused.push((shown_name, Problem::with("files", "file_too_large", limits.bytes / 1024 / 1024)));
        } else {
            match take_files::from_form(&app.city, vec![(file, bytes)]).await {
                Ok(taken) => sent.files.extend(taken),
                Err(service::Error::Invalid(problems)) => {
                    sent.refused.extend(problems.into_iter().map(|problem| (shown_name.clone(), problem)));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// The words for a file that was not taken.
pub fn refusal(name: &str, problem: &Problem) -> (&'static str, Vec<(&'static str, words::Value<'static>)>) {
    let n = || ("n", problem.number.unwrap_or_default().into());
    let named = || ("name", name.to_owned().into());
    match problem.code {
        "too_many_files" => (key!("problem-files-too_many"), vec![n()]),
        "file_too_large" | "too_large" => (key!("problem-files-too_large"), vec![named(), n()]),
        "file_empty" => (key!("problem-files-empty"), vec![named()]),
        "picture_too_large" => (key!("problem-files-picture"), vec![named()]),
        "file_gone" => (key!("problem-files-gone"), vec![named()]),
        "file_damaged" => (key!("problem-files-damaged"), vec![named()]),
        _ => (key!("problem-files-kind"), vec![named()]),
    }
}

fn unreadable(error: &axum::extract::multipart::MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Error::TooLarge } else { Error::Invalid }
}

/// A file of the talk, to be saved: never shown in our pages, where it could act in our name.
pub async fn download(State(app): State<App>, headers: HeaderMap, Path((code, file)): Path<(String, Uuid)>) -> Result<Response, Error> {
    let case = opened(&app, &headers, &code).await?.ok_or(Error::NotFound)?;
    let said = |message: Uuid| case.messages.iter().any(|known| known.id == message);
    let row = case.files.iter().find(|row| row.id == file && row.refused.is_none() && row.message_id.is_some_and(said));
    let row = row.ok_or(Error::NotFound)?;
    let bytes = app.city.attachments.get(row.shown.as_ref().unwrap_or(&row.original)).await.map_err(service::Error::from)?;
    Ok(saved(row, bytes))
}

/// A file as an answer: to be saved, never shown in our pages.
pub fn saved(row: &FileRow, bytes: Vec<u8>) -> Response {
    let kind = HeaderValue::from_str(&row.mime).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let safe = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition(&row.name)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (safe, bytes).into_response()
}

/// `attachment` with the name in both spellings of RFC 6266: plain ASCII, and UTF-8 as RFC 8187 writes it.
pub fn disposition(name: &str) -> HeaderValue {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_is_given_in_both_spellings() {
        let header = disposition("Hóa đơn \"5%\".pdf");
        let text = header.to_str().expect("ASCII");
        assert!(text.starts_with("attachment; filename=\"H_a __n _5__.pdf\"; "), "{text}");
        assert!(text.ends_with("filename*=UTF-8''H%C3%B3a%20%C4%91%C6%A1n%20%225%25%22.pdf"), "{text}");
    }
}
