//! Files that came with a message: examined by content, cleaned, stored before the transaction that names them.

use store::files::FileRow;

use crate::attach::{self, Limits};
use crate::{City, Error, Problem, Result};

/// Caps of files, from the list of limits.
pub fn limits(city: &City) -> Result<Limits> {
    let reference = city.reference();
    let number = |item: &str| reference.number(item).map(|value| usize::try_from(value).unwrap_or(0));
    Ok(Limits { files: number("attachments_per_message")?, bytes: number("attachment_megabytes")? * 1024 * 1024 })
}

/// Files from a form: one that cannot be taken refuses the whole, with the reason, so that the sender can mend it.
pub async fn from_form(city: &City, files: Vec<(String, Vec<u8>)>) -> Result<Vec<FileRow>> {
    let limits = limits(city)?;
    if files.len() > limits.files {
        return Err(Problem::with("files", "too_many_files", limits.files as i64).into());
    }
    city.accepts_input()?;
    let mut rows = Vec::with_capacity(files.len());
    for (position, (name, bytes)) in files.into_iter().enumerate() {
        rows.push(take(city, position, name, None, bytes, limits, false).await?);
    }
    Ok(rows)
}

/// Files from a mail: the mail is in already, so one that cannot be offered is named with the reason and kept only in the
/// raw mail.
pub async fn from_mail(city: &City, files: Vec<(String, Option<String>, Vec<u8>)>) -> Result<Vec<FileRow>> {
    let limits = limits(city)?;
    let mut rows = Vec::with_capacity(files.len());
    for (position, (name, content_id, bytes)) in files.into_iter().enumerate() {
        rows.push(take(city, position, name, content_id, bytes, limits, true).await?);
    }
    Ok(rows)
}

/// A file that was named and could not be had.
pub fn refused(city: &City, position: usize, name: String, why: &str) -> FileRow {
    FileRow {
        id: city.new_id(),
        case_id: None,
        message_id: None,
        position: position as i64,
        name: crate::understand::truncate(&name, 200).to_owned(),
        mime: "application/octet-stream".into(),
        size: 0,
        original: String::new(),
        shown: None,
        content_id: None,
        refused: Some(why.into()),
        created_at: city.now().as_microsecond(),
    }
}

async fn take(
    city: &City,
    position: usize,
    name: String,
    content_id: Option<String>,
    bytes: Vec<u8>,
    limits: Limits,
    keep_refused: bool,
) -> Result<FileRow> {
    let size = bytes.len();
    let (bytes, examined) = tokio::task::spawn_blocking(move || {
        let examined = attach::examine(&name, &bytes, &limits);
        (bytes, examined)
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))?;
    let mut row = FileRow {
        id: city.new_id(),
        case_id: None,
        message_id: None,
        position: position as i64,
        name: String::new(),
        mime: "application/octet-stream".into(),
        size: size as i64,
        original: String::new(),
        shown: None,
        content_id,
        refused: None,
        created_at: city.now().as_microsecond(),
    };
    match examined {
        Ok(examined) => {
            if position >= limits.files {
                row.refused = Some("too_many_files".into());
            } else {
                row.original = city.attachments.put(bytes).await?.sha256;
                row.shown = match examined.shown {
                    Some(shown) => Some(city.attachments.put(shown).await?.sha256),
                    None => None,
                };
                row.mime = examined.mime.to_owned();
            }
            row.name = examined.name;
            Ok(row)
        }
        Err(refused) if keep_refused => {
            row.name = refused.name;
            row.refused = Some(refused.code.to_owned());
            Ok(row)
        }
        Err(refused) => Err(Problem { field: "files", code: refused.code, number: refused.number }.into()),
    }
}
