//! Files of a form that came back with mistakes: they are stored already, and the form carries a sealed list of them, so
//! that nobody has to choose them again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
pub use store::files::FileRow;

use crate::{City, Result};

/// What the form remembers of a file.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    mime: String,
    size: i64,
    original: String,
    shown: Option<String>,
}

/// The files as a text for a hidden field. It opens only with the same form's key: contents cannot be claimed by their hash.
pub fn seal(city: &City, form_key: &str, files: &[FileRow]) -> Result<String> {
    if files.is_empty() {
        return Ok(String::new());
    }
    let kept: Vec<Kept> = files
        .iter()
        .map(|file| Kept {
            name: file.name.clone(),
            mime: file.mime.clone(),
            size: file.size,
            original: file.original.clone(),
            shown: file.shown.clone(),
        })
        .collect();
    let sealed = city.keys.seal(city.random.as_ref(), &purpose(form_key), &serde_json::to_vec(&kept)?)?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// The files of a hidden field; none when it was not made by [`seal`] for this form.
pub fn open(city: &City, form_key: &str, sealed: &str) -> Vec<FileRow> {
    let kept = URL_SAFE_NO_PAD
        .decode(sealed)
        .ok()
        .and_then(|sealed| city.keys.open(&purpose(form_key), &sealed).ok())
        .and_then(|kept| serde_json::from_slice::<Vec<Kept>>(&kept).ok())
        .unwrap_or_default();
    let row = |kept: Kept| FileRow {
        id: city.new_id(),
        case_id: None,
        message_id: None,
        position: 0,
        name: kept.name,
        mime: kept.mime,
        size: kept.size,
        original: kept.original,
        shown: kept.shown,
        content_id: None,
        refused: None,
        created_at: city.now().as_microsecond(),
    };
    kept.into_iter().map(row).collect()
}

fn purpose(form_key: &str) -> String {
    format!("kept-files/{form_key}")
}
