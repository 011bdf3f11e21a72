//! What the phone shows of Facebook: a talk, the wall, and the buttons as they are pressed.

use jiff::Timestamp;

use super::Facebook;
use super::act::Act;
use super::state::{Author, Comment, Message};
use crate::refusal::Refusal;
use crate::talk::{Bubble, Does, is_web_address};

/// A post with what was said under it.
#[derive(Debug, Clone)]
pub(crate) struct Wall {
    pub id: String,
    pub author: String,
    pub text: String,
    pub at: Timestamp,
    pub comments: Vec<Said>,
}

/// A comment as everybody sees it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub id: String,
    pub author: String,
    pub mine: bool,
    pub of_page: bool,
    /// An answer to a comment.
    pub nested: bool,
    /// The page hid it: only its author and their friends see it still.
    pub hidden: bool,
    pub text: String,
    pub photo: Option<String>,
    pub at: Timestamp,
}

impl Facebook {
    /// Pages by id and name.
    pub(crate) fn pages(&self) -> Vec<(String, String)> {
        self.0.state().pages.values().map(|page| (page.config.id.clone(), page.config.name.clone())).collect()
    }

    /// Whether anybody hears what people write to this page.
    pub(crate) fn is_heard(&self, page: &str) -> bool {
        let state = self.0.state();
        let page = state.pages.get(page).filter(|page| !page.fields.is_empty());
        page.and_then(|page| state.apps.get(&page.config.app)).is_some_and(|app| app.webhook.is_some())
    }

    /// A talk, oldest first.
    pub(crate) fn bubbles(&self, page: &str, psid: &str) -> Vec<Bubble> {
        let mut state = self.0.state();
        let Some(person) = state.person(page, psid) else { return Vec::new() };
        person.messages.iter().filter(|message| !message.deleted).map(bubble).collect()
    }

    /// How many messages of the page the person has not seen.
    pub(crate) fn unread(&self, page: &str, psid: &str) -> usize {
        let mut state = self.0.state();
        let person = state.person(page, psid);
        person.map_or(0, |person| person.messages.iter().filter(|message| message.from_page && !message.read).count())
    }

    /// The posts of a page, newest first, as this person sees them.
    pub(crate) fn wall(&self, page: &str, psid: &str) -> Vec<Wall> {
        let state = self.0.state();
        let Some(page) = state.pages.get(page) else { return Vec::new() };
        let me = Author::Person(psid.to_owned());
        let said = |comment: &Comment| Said {
            id: comment.id.clone(),
            author: state.author(page, &comment.from).1,
            mine: comment.from == me,
            of_page: comment.from == Author::Page,
            nested: comment.parent != comment.post,
            hidden: comment.hidden,
            text: comment.message.clone(),
            photo: comment.photo.clone().filter(|photo| is_web_address(photo)),
            at: comment.at,
        };
        let seen = |comment: &&Comment| !comment.removed && (!comment.hidden || comment.from == me);
        let under = |parent: &str| page.comments.iter().filter(move |comment| comment.parent == parent).collect::<Vec<_>>();
        let wall = page.posts.iter().rev().map(|post| {
            let mut comments = Vec::new();
            for comment in under(&post.id).into_iter().filter(seen) {
                comments.push(said(comment));
                comments.extend(under(&comment.id).into_iter().filter(seen).map(said));
            }
            Wall { id: post.id.clone(), author: state.author(page, &post.from).1, text: post.message.clone(), at: post.at, comments }
        });
        wall.collect()
    }

    /// A person presses the `index`-th button of a message.
    ///
    /// # Errors
    /// No such page, person, message or button.
    pub fn tap(&self, page: &str, psid: &str, mid: &str, index: usize) -> Result<(), Refusal> {
        let choice = {
            let mut state = self.0.state();
            let person = state.person(page, psid).ok_or_else(|| Refusal::new(format!("nobody {psid}")))?;
            let message = person.messages.iter().find(|message| message.mid == mid);
            message.and_then(|message| message.choices.get(index)).cloned().ok_or_else(|| Refusal::new("no such button"))?
        };
        let act = match choice.does {
            Does::QuickReply { payload } => Act::QuickReply { title: choice.label, payload },
            Does::Postback { payload } => Act::Postback { title: choice.label, payload },
            // These open something on the phone; nothing goes over the wire.
            Does::Open { .. } | Does::Dial { .. } | Does::Query { .. } | Does::ShareContact => return Ok(()),
        };
        self.act(page, psid, act)?;
        Ok(())
    }
}

fn bubble(message: &Message) -> Bubble {
    let (pictures, files): (Vec<_>, Vec<_>) =
        message.attachments.iter().filter(|file| is_web_address(&file.url)).partition(|file| file.kind == "image");
    Bubble {
        id: message.mid.clone(),
        mine: !message.from_page,
        at: message.at,
        text: message.text.clone(),
        pictures: pictures.into_iter().map(|file| file.url.clone()).collect(),
        files: files.into_iter().map(|file| (file.name.clone(), file.url.clone())).collect(),
        choices: message.choices.clone(),
        note: String::new(),
    }
}
