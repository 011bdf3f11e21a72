//! Files handed over: `POST /{page}/message_attachments`, and files that come with a message.

use serde_json::{Value, json};

use super::Inner;
use super::call::Call;
use super::error::GraphError;
use super::outgoing::{string, the_file};
use super::state::{Attachment, Upload};
use crate::media::Format;

/// Pictures, and everything else. [facebook.md §7 "Limits"]
const MOST_PICTURE: usize = 8 << 20;
const MOST_FILE: usize = 25 << 20;
/// Uploads kept; more are refused.
const MOST_UPLOADS: usize = 10_000;

impl Inner {
    pub(super) fn upload(&self, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let page = self.page(&mut state, call, node)?;
        let message = call.json("message")?.ok_or_else(|| GraphError::parameter("The parameter message is required"))?;
        let attachment = message.get("attachment").ok_or_else(|| GraphError::parameter("Param message[attachment] is required"))?;
        let kind = string(attachment, "type")?.unwrap_or_default();
        if !matches!(kind.as_str(), "image" | "audio" | "video" | "file") {
            return Err(GraphError::parameter("Param message[attachment][type] must be one of {audio, file, image, video}"));
        }
        let uploaded = self.uploaded(call, Some(attachment))?;
        let file = the_file(&kind, attachment.get("payload").unwrap_or(&Value::Null), &state, &page, uploaded)?;
        if state.uploads.len() >= MOST_UPLOADS {
            return Err(GraphError::too_many());
        }
        let id = self.random.digits(16);
        state.uploads.insert(id.clone(), Upload { page, kind, url: file.url });
        Ok(json!({"attachment_id": id}))
    }

    /// The file that came with a call, checked and kept.
    pub(super) fn uploaded(&self, call: &Call, attachment: Option<&Value>) -> Result<Option<Attachment>, GraphError> {
        let Some(file) = &call.parameters.file else { return Ok(None) };
        let kind = attachment.map(|attachment| string(attachment, "type")).transpose()?.flatten().unwrap_or_default();
        let format = Format::of(&file.bytes);
        if kind == "image" && !format.is_picture() {
            return Err(GraphError::parameter("Upload attachment failure: the file is not an image"));
        }
        let most = if kind == "image" { MOST_PICTURE } else { MOST_FILE };
        if file.bytes.is_empty() || file.bytes.len() > most {
            return Err(GraphError::parameter("Upload attachment failure: the file is empty or too large"));
        }
        let url = format!("{}{}", self.world.origin, self.world.media.keep(file.bytes.clone()));
        Ok(Some(Attachment { kind, url, name: file.name.clone() }))
    }
}
