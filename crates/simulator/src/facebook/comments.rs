//! What a page does with comments: answer, edit, hide, delete, like.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Inner;
use super::access::Caller;
use super::call::Call;
use super::error::GraphError;
use super::state::{Author, State};
use crate::fault::Fault;
use crate::ledger::Sent;

/// Facebook's own limit of a comment.
const MOST_TEXT: usize = 8_000;

impl Inner {
    /// `POST /{comment or post}/comments`.
    pub(super) fn answer_publicly(self: &Arc<Self>, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let state = &mut *state;
        let page = self.page_of(state, call)?;
        let (post, parent) = {
            let page = state.pages.get(&page).ok_or_else(|| GraphError::no_such_object(node))?;
            match page.comment(node) {
                // An answer to an answer stands under the first comment: there are two levels.
                Some(comment) if comment.parent != comment.post => (comment.post.clone(), comment.parent.clone()),
                Some(comment) => (comment.post.clone(), comment.id.clone()),
                None => page.post(node).map(|post| (post.id.clone(), post.id.clone())).ok_or_else(|| GraphError::no_such_object(node))?,
            }
        };
        let photo = call.text("attachment_url");
        let text = call.text("message").unwrap_or_default();
        self.check_text(state, &page, &parent, &text, photo.is_some())?;
        let message = json!({"message": text, "attachment_url": photo});
        let id = self
            .add_comment(state, &page, Author::Page, &post, &parent, text.clone(), photo)
            .map_err(|_| GraphError::no_such_object(node))?;
        state.ledger.note(Sent {
            number: 0,
            at: self.world.now(),
            account: page,
            to: node.to_owned(),
            kind: "comment".into(),
            text,
            message_id: id.clone(),
            answered: call.strike != Some(Fault::LostReply),
            message,
        });
        Ok(json!({"id": id}))
    }

    /// `POST /{comment}`: hide or show (`is_hidden`), or edit the page's own (`message`).
    pub(super) fn change_comment(self: &Arc<Self>, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let state = &mut *state;
        let page = self.page_of(state, call)?;
        let comment = state.pages.get_mut(&page).and_then(|page| page.comment_mut(node));
        let comment = comment.ok_or_else(|| GraphError::no_such_object(node))?;
        let verb = match (call.parameters.flag("is_hidden"), call.text("message")) {
            (Some(hidden), _) => {
                if comment.from == Author::Page {
                    return Err(GraphError::permission());
                }
                comment.hidden = hidden;
                if hidden { "hide" } else { "unhide" }
            }
            (None, Some(text)) => {
                if comment.from != Author::Page {
                    return Err(GraphError::permission());
                }
                if text.trim().is_empty() || text.chars().count() > MOST_TEXT {
                    return Err(GraphError::parameter("Param message must be 1 to 8000 characters long"));
                }
                comment.message = text;
                "edited"
            }
            (None, None) => return Err(GraphError::parameter("Nothing to change: is_hidden or message is required")),
        };
        self.tell_comment(state, &page, node, verb);
        Ok(json!({"success": true}))
    }

    /// `DELETE /{comment}`.
    pub(super) fn delete_comment(self: &Arc<Self>, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let page = self.page_of(&mut state, call)?;
        if state.pages.get(&page).and_then(|page| page.comment(node)).is_none() {
            return Err(GraphError::no_such_object(node));
        }
        self.remove_comment(&mut state, &page, node);
        Ok(json!({"success": true}))
    }

    /// `POST` and `DELETE /{comment}/likes`.
    pub(super) fn like(&self, call: &Call, node: &str, likes: bool) -> Result<Value, GraphError> {
        let mut state = self.state();
        let page = self.page_of(&mut state, call)?;
        let comment = state.pages.get_mut(&page).and_then(|page| page.comment_mut(node));
        comment.ok_or_else(|| GraphError::no_such_object(node))?.liked_by_page = likes;
        Ok(json!({"success": true}))
    }

    /// The page that calls, where the path names something of its own.
    pub(super) fn page_of(&self, state: &mut State, call: &Call) -> Result<String, GraphError> {
        match self.caller(state, call)? {
            Caller::Page(page) => Ok(page),
            Caller::App(_) => Err(GraphError::permission()),
        }
    }

    fn check_text(&self, state: &State, page: &str, parent: &str, text: &str, has_photo: bool) -> Result<(), GraphError> {
        if (text.trim().is_empty() && !has_photo) || text.chars().count() > MOST_TEXT {
            return Err(GraphError::parameter("Param message must be 1 to 8000 characters long"));
        }
        let page = state.pages.get(page);
        let last = page.and_then(|page| page.comments.iter().rev().find(|comment| comment.from == Author::Page && !comment.removed));
        if last.is_some_and(|last| last.parent == parent && last.message == text && !text.is_empty()) {
            return Err(GraphError::duplicate_comment());
        }
        Ok(())
    }
}
