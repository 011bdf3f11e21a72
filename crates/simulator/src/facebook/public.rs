//! What people do under posts, and what the page's app is told of it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Inner;
use super::act::Act;
use super::state::{Author, Comment, Post, State};
use crate::refusal::Refusal;

impl Inner {
    pub(super) fn act_in_public(self: &Arc<Self>, state: &mut State, page: &str, psid: &str, act: Act) -> Result<String, Refusal> {
        let author = Author::Person(psid.to_owned());
        match act {
            Act::Comment { post, parent, text, photo } => {
                let parent = parent.unwrap_or_else(|| post.clone());
                self.add_comment(state, page, author, &post, &parent, text, photo)
            }
            Act::EditComment { comment, text } => {
                own_comment(state, page, psid, &comment)?.message = text;
                self.tell_comment(state, page, &comment, "edited");
                Ok(comment)
            }
            Act::RemoveComment { comment } => {
                own_comment(state, page, psid, &comment)?;
                self.remove_comment(state, page, &comment);
                Ok(comment)
            }
            Act::ReactToComment { comment, reaction } => {
                let page_state = state.pages.get(page).ok_or_else(|| Refusal::new(format!("no page {page}")))?;
                let post = page_state.comment(&comment).map(|comment| comment.post.clone());
                let post = post.ok_or_else(|| Refusal::new(format!("no comment {comment}")))?;
                let value = json!({
                    "item": "reaction", "verb": "add", "comment_id": comment, "post_id": post, "parent_id": post,
                    "reaction_type": reaction, "from": self.from(state, page, &author), "created_time": self.world.now().as_second(),
                });
                self.tell_change(state, page, Some(psid), "feed", value);
                Ok(comment)
            }
            Act::Post { text } => {
                let id = self.add_post(state, page, author.clone(), text.clone())?;
                let value = json!({
                    "item": "status", "verb": "add", "post_id": id, "message": text,
                    "from": self.from(state, page, &author), "created_time": self.world.now().as_second(),
                });
                self.tell_change(state, page, Some(psid), "feed", value);
                Ok(id)
            }
            Act::Mention { text } => {
                let id = format!("{psid}_{}", self.random.digits(15));
                let value = json!({
                    "item": "post", "verb": "add", "post_id": id, "message": text, "created_time": self.world.now().as_second(),
                });
                self.tell_change(state, page, Some(psid), "mention", value);
                Ok(id)
            }
            _ => Err(Refusal::new("not something done in public")),
        }
    }

    /// A new post on the page; nothing is told.
    pub(super) fn add_post(&self, state: &mut State, page: &str, from: Author, message: String) -> Result<String, Refusal> {
        let id = format!("{page}_{}", self.random.digits(15));
        let at = self.world.now();
        let page = state.pages.get_mut(page).ok_or_else(|| Refusal::new(format!("no page {page}")))?;
        page.posts.push(Post { id: id.clone(), from, message, at, answered_privately: false });
        Ok(id)
    }

    /// A new comment under a post or a comment; the page's own ones are told as well.
    pub(super) fn add_comment(
        self: &Arc<Self>,
        state: &mut State,
        page: &str,
        from: Author,
        post: &str,
        parent: &str,
        message: String,
        photo: Option<String>,
    ) -> Result<String, Refusal> {
        let at = self.world.now();
        let page_state = state.pages.get_mut(page).ok_or_else(|| Refusal::new(format!("no page {page}")))?;
        let known = page_state.post(post).is_some() && (parent == post || page_state.comment(parent).is_some());
        if !known {
            return Err(Refusal::new(format!("no post {post} or comment {parent}")));
        }
        // `{post}_{comment}`, where the post is named without its page; the three-part form is obsolete.
        let short = post.rsplit('_').next().unwrap_or(post);
        let id = format!("{short}_{}", self.random.digits(15));
        page_state.keep_comment(Comment {
            id: id.clone(),
            post: post.to_owned(),
            parent: parent.to_owned(),
            from,
            message,
            photo,
            at,
            hidden: false,
            removed: false,
            answered_privately: false,
            liked_by_page: false,
        });
        self.tell_comment(state, page, &id, "add");
        Ok(id)
    }

    pub(super) fn remove_comment(self: &Arc<Self>, state: &mut State, page: &str, comment: &str) {
        self.tell_comment(state, page, comment, "remove");
        if let Some(comment) = state.pages.get_mut(page).and_then(|page| page.comment_mut(comment)) {
            comment.removed = true;
        }
    }

    /// A change of the feed about a comment. A removal carries no message.
    pub(super) fn tell_comment(self: &Arc<Self>, state: &mut State, page: &str, comment: &str, verb: &str) {
        let Some(comment) = state.pages.get(page).and_then(|page| page.comment(comment)).cloned() else { return };
        let mut value = json!({
            "item": "comment", "verb": verb, "comment_id": comment.id, "post_id": comment.post, "parent_id": comment.parent,
            "from": self.from(state, page, &comment.from), "created_time": comment.at.as_second(),
        });
        if verb != "remove" {
            value["message"] = comment.message.into();
            if let Some(photo) = comment.photo {
                value["photo"] = photo.into();
            }
        }
        let person = match &comment.from {
            Author::Person(psid) => Some(psid.as_str()),
            Author::Page => None,
        };
        self.tell_change(state, page, person, "feed", value);
    }

    fn from(&self, state: &State, page: &str, author: &Author) -> Value {
        let Some(page) = state.pages.get(page) else { return Value::Null };
        let (id, name) = state.author(page, author);
        json!({"id": id, "name": name})
    }
}

fn own_comment<'a>(state: &'a mut State, page: &str, psid: &str, comment: &str) -> Result<&'a mut Comment, Refusal> {
    let found = state.pages.get_mut(page).and_then(|page| page.comment_mut(comment));
    found
        .filter(|comment| comment.from == Author::Person(psid.to_owned()))
        .ok_or_else(|| Refusal::new(format!("no comment {comment} of this person")))
}
