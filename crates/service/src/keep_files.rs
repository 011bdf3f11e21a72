//! Files of a form that came back with mistakes: they are stored already, and the form carries a sealed list of them, so
//! that nobody has to choose them again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
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

/// The files whose contents are still there, and the names of the others: a form that lay for days has lost them.
pub async fn renew(city: &City, files: Vec<FileRow>) -> Result<(Vec<FileRow>, Vec<String>)> {
    // Well before the night comes for them.
    let old = city.now() - SignedDuration::from_hours(12);
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for file in files {
        let mut there = city.attachments.renew(&file.original, old).await?;
        if let Some(shown) = &file.shown {
            there &= city.attachments.renew(shown, old).await?;
        }
        if there {
            kept.push(file);
        } else {
            gone.push(file.name);
        }
    }
    Ok((kept, gone))
}

fn purpose(form_key: &str) -> String {
    format!("kept-files/{form_key}")
}
