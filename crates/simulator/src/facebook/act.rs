//! What a person does on Facebook.

use serde::Deserialize;

/// One thing a person does, privately with a page or in public under a post. Over HTTP the same names are used:
/// `{"kind":"text","text":"…"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Writes to the page.
    Text {
        /// What.
        text: String,
        /// The message it answers.
        #[serde(default)]
        reply_to: Option<String>,
    },
    /// Taps a quick reply.
    QuickReply {
        /// Its title, which is said.
        title: String,
        /// Its payload.
        payload: String,
    },
    /// Sends files of one kind.
    Attachment {
        /// `image`, `audio`, `video` or `file`.
        #[serde(rename = "type")]
        what: String,
        /// Where they can be fetched.
        urls: Vec<String>,
        /// Words with them.
        #[serde(default)]
        text: Option<String>,
    },
    /// Sends a sticker; 369239263222822 is a thumb up.
    Sticker {
        /// Facebook's number of it.
        sticker_id: u64,
    },
    /// Says where they are.
    Location {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        long: f64,
    },
    /// Shares a link.
    Link {
        /// Its title.
        title: String,
        /// Its address.
        url: String,
    },
    /// Sends what Messenger cannot show to pages.
    Unsupported,
    /// Changes a message.
    Edit {
        /// Which.
        mid: String,
        /// To what.
        text: String,
    },
    /// Takes a message back.
    Delete {
        /// Which.
        mid: String,
    },
    /// Presses a button, Get Started or a menu entry.
    Postback {
        /// Its title.
        title: String,
        /// Its payload.
        payload: String,
    },
    /// Comes by an m.me link or an advertisement.
    Referral {
        /// The parameter of the link.
        #[serde(rename = "ref")]
        reference: String,
        /// `SHORTLINK`, `ADS`, …
        source: String,
    },
    /// Ticks the opt-in box.
    OptIn {
        /// The box's parameter.
        #[serde(rename = "ref")]
        reference: String,
    },
    /// Reacts to a message, or takes the reaction back.
    React {
        /// Which.
        mid: String,
        /// 😢
        emoji: String,
        /// `sad`, `like`, …
        reaction: String,
        /// Takes it back.
        #[serde(default)]
        undo: bool,
    },
    /// Opens the chat and sees what the page wrote.
    Read,
    /// Blocks the page: nothing reaches this person.
    Block,
    /// Lets the page write again.
    Unblock,
    /// Comments under a post, or answers a comment.
    Comment {
        /// The post.
        post: String,
        /// The comment it answers.
        #[serde(default)]
        parent: Option<String>,
        /// What.
        text: String,
        /// Where its picture can be fetched.
        #[serde(default)]
        photo: Option<String>,
    },
    /// Changes a comment.
    EditComment {
        /// Which.
        comment: String,
        /// To what.
        text: String,
    },
    /// Takes a comment back.
    RemoveComment {
        /// Which.
        comment: String,
    },
    /// Reacts to a comment.
    ReactToComment {
        /// Which.
        comment: String,
        /// `like`, `love`, `care`, `haha`, `wow`, `sad`, `angry`.
        reaction: String,
    },
    /// Writes on the page's wall.
    Post {
        /// What.
        text: String,
    },
    /// Mentions the page in a post elsewhere.
    Mention {
        /// What.
        text: String,
    },
}
