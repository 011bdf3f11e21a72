//! Files go up first and are then named in a message.
//!
//! What was uploaded lives seven days and may be named in many messages: who keeps an [`Asset`] uploads again when sending
//! it is refused with -100.

use serde::{Deserialize, Serialize};

use super::limits::LIMITS;
use super::{Access, call};
use crate::answer::repeatable;
use crate::http::Client;
use crate::json::Object;
use crate::{Attachment, Error};

/// What Zalo knows a file by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asset {
    Image { attachment_id: String },
    Gif { attachment_id: String, width: u16, height: u16 },
    File { token: String },
}

enum Sort {
    Image,
    Gif { width: u16, height: u16 },
    File,
}

/// Uploads a file.
///
/// # Errors
/// [`Error::Rejected`] for a type or a size that Zalo does not take; else as [`super::send`], but never [`Error::Lost`]: a
/// file that went up twice harms nobody.
pub async fn upload(client: &Client, access: &Access, file: &Attachment) -> Result<Asset, Error> {
    let (sort, limit) = sort(file).ok_or_else(|| Error::Rejected("only JPEG, PNG, GIF, PDF, DOC, DOCX and CSV can be sent".into()))?;
    if file.bytes.len() > limit {
        return Err(Error::Rejected(format!("the file has {} octets, {limit} are allowed", file.bytes.len())));
    }
    let path = match sort {
        Sort::Image => "/v2.0/oa/upload/image",
        Sort::Gif { .. } => "/v2.0/oa/upload/gif",
        Sort::File => "/v2.0/oa/upload/file",
    };
    let part = reqwest::multipart::Part::bytes(file.bytes.clone()).file_name(file.name.clone());
    let part = part.mime_str(&file.content_type).map_err(|_| Error::Rejected("the file's type cannot be written".into()))?;
    let form = reqwest::multipart::Form::new().part("file", part);
    let request = client.post(call::address(&access.bases.openapi, path)?).multipart(form);
    let body = call::ask(call::entitled(request, access)).await.map_err(repeatable)?;
    let said = Object::read(&body).unwrap_or_default();
    let data = said.object("data");
    let id = |name: &str| data.id(name).ok_or_else(|| Error::Unreachable(format!("the answer to an upload has no {name}")));
    Ok(match sort {
        Sort::Image => Asset::Image { attachment_id: id("attachment_id")? },
        Sort::Gif { width, height } => Asset::Gif { attachment_id: id("attachment_id")?, width, height },
        Sort::File => Asset::File { token: id("token")? },
    })
}

/// How a file goes up, by its content for pictures and its name for documents, and how many octets it may have.
fn sort(file: &Attachment) -> Option<(Sort, usize)> {
    match file.bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] | [0x89, b'P', b'N', b'G', ..] => return Some((Sort::Image, LIMITS.image)),
        // A message with a GIF names its size, which stands in its header (GIF89a, section 18).
        [b'G', b'I', b'F', b'8', _, b'a', w, w2, h, h2, ..] => {
            let (width, height) = (u16::from_le_bytes([*w, *w2]), u16::from_le_bytes([*h, *h2]));
            return Some((Sort::Gif { width, height }, LIMITS.gif));
        }
        _ => {}
    }
    let extension = file.name.rsplit_once('.')?.1.to_ascii_lowercase();
    matches!(extension.as_str(), "pdf" | "doc" | "docx" | "csv").then_some((Sort::File, LIMITS.file))
}
