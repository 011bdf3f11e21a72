//! `POST /{page}/messages`: messages, sender actions and private replies.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Inner;
use super::call::Call;
use super::error::GraphError;
use super::outgoing::{Outgoing, string};
use super::state::{Author, Message, State};
use super::window::{self, PRIVATE_REPLY};
use crate::fault::Fault;
use crate::ledger::Sent;

/// Sends per second and page, and those with audio or video. [Meta: "Messenger Platform rate limits", 2026-03-23]
const PER_SECOND: u32 = 300;
const HEAVY_PER_SECOND: u32 = 10;

/// The app of Meta's own inbox, whose echoes carry its id.
const PAGE_INBOX_APP: u64 = 263_902_037_430_900;

impl Inner {
    pub(super) fn send(self: &Arc<Self>, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let state = &mut *state;
        let page = self.page(state, call, node)?;
        let recipient = call.json("recipient")?.ok_or_else(|| GraphError::parameter("The parameter recipient is required"))?;
        let message = call.json("message")?;
        if let Some(action) = call.text("sender_action") {
            if message.is_some() {
                return Err(GraphError::parameter("sender_action and message cannot be sent together"));
            }
            return self.sender_action(state, &page, &recipient, &action);
        }
        let message = message.ok_or_else(|| GraphError::parameter("The parameter message is required"))?;
        let uploaded = self.uploaded(call, message.get("attachment"))?;
        let outgoing = Outgoing::read(&message, state, &page, uploaded)?;
        self.check_rate(state, &page, &outgoing)?;

        let psid = match (string(&recipient, "comment_id")?, string(&recipient, "post_id")?) {
            (Some(comment), _) => self.private_reply(state, &page, &comment)?,
            (None, Some(post)) => self.private_reply_to_post(state, &page, &post)?,
            (None, None) => {
                let psid = string(&recipient, "id")?.ok_or_else(|| GraphError::parameter("Param recipient[id] is required"))?;
                let person = state.person(&page, &psid).ok_or_else(GraphError::no_such_user)?;
                let last_action = person.last_action;
                let (messaging_type, tag) = (call.text("messaging_type"), call.text("tag"));
                window::allows(messaging_type.as_deref(), tag.as_deref(), last_action, self.world.now())?;
                psid
            }
        };
        if state.people.get(&psid).is_some_and(|person| person.blocked) {
            return Err(GraphError::not_available());
        }

        let app = state.pages.get(&page).and_then(|page| page.config.app.parse().ok()).unwrap_or_default();
        let answered = call.strike != Some(Fault::LostReply);
        let mid = self.carry_out(state, &page, &psid, outgoing, app, Some((&message, answered)));
        Ok(json!({"recipient_id": psid, "message_id": mid}))
    }

    /// Puts a message of the page into the talk, tells its echo and its arrival, and counts it when an app sent it.
    fn carry_out(
        self: &Arc<Self>,
        state: &mut State,
        page: &str,
        psid: &str,
        outgoing: Outgoing,
        app: u64,
        asked: Option<(&Value, bool)>,
    ) -> String {
        let now = self.world.now();
        let mid = self.new_mid();
        if let Some((message, answered)) = asked {
            state.ledger.note(Sent {
                number: 0,
                at: now,
                account: page.to_owned(),
                to: psid.to_owned(),
                kind: outgoing.kind.clone(),
                text: outgoing.text.clone(),
                message_id: mid.clone(),
                answered,
                message: message.clone(),
            });
        }
        let mut echo = json!({"is_echo": true, "app_id": app, "mid": mid});
        if let Some(metadata) = &outgoing.metadata {
            echo["metadata"] = metadata.clone().into();
        }
        if let Some(attachments) = outgoing.echo_attachments() {
            echo["attachments"] = attachments;
        }
        if outgoing.kind == "text" {
            echo["text"] = outgoing.text.clone().into();
        }
        if let Some(person) = state.people.get_mut(psid) {
            person.keep(Message {
                mid: mid.clone(),
                from_page: true,
                at: now,
                text: outgoing.text,
                attachments: outgoing.attachments,
                choices: outgoing.choices,
                read: false,
                deleted: false,
            });
        }
        self.tell_echo(state, page, psid, &mid, echo, now);
        mid
    }

    fn tell_echo(self: &Arc<Self>, state: &mut State, page: &str, psid: &str, mid: &str, echo: Value, now: Timestamp) {
        let now = now.as_millisecond();
        let item = json!({"sender": {"id": page}, "recipient": {"id": psid}, "timestamp": now, "message": echo});
        self.tell(state, page, psid, "message_echoes", item);
        if state.pages.get(page).is_some_and(|page| page.config.receipts) {
            let item = json!({
                "sender": {"id": psid}, "recipient": {"id": page}, "timestamp": now,
                "delivery": {"mids": [mid], "watermark": now},
            });
            self.tell(state, page, psid, "message_deliveries", item);
        }
    }

    /// Somebody answers in Meta's own inbox instead of our side.
    pub(super) fn answer_in_inbox(self: &Arc<Self>, state: &mut State, page: &str, psid: &str, text: &str) -> String {
        let outgoing = Outgoing { kind: "text".into(), text: text.to_owned(), ..Outgoing::default() };
        self.carry_out(state, page, psid, outgoing, PAGE_INBOX_APP, None)
    }

    fn sender_action(&self, state: &mut State, page: &str, recipient: &Value, action: &str) -> Result<Value, GraphError> {
        let psid = string(recipient, "id")?.unwrap_or_default();
        state.person(page, &psid).ok_or_else(GraphError::no_such_user)?;
        if !matches!(action, "typing_on" | "typing_off" | "mark_seen") {
            return Err(GraphError::parameter("Param sender_action must be one of {mark_seen, typing_on, typing_off}"));
        }
        Ok(json!({"recipient_id": psid}))
    }

    fn check_rate(&self, state: &mut State, page: &str, outgoing: &Outgoing) -> Result<(), GraphError> {
        let now = self.world.now();
        let heavy = matches!(outgoing.kind.as_str(), "audio" | "video");
        let Some(page) = state.pages.get_mut(page) else { return Ok(()) };
        let over = page.over_second("sends", PER_SECOND, now) || (heavy && page.over_second("heavy sends", HEAVY_PER_SECOND, now));
        if over { Err(GraphError::too_many()) } else { Ok(()) }
    }

    /// The author of a comment, when it may be answered privately: once, within 7 days. [Meta: "Private Replies", 2026-04-16]
    fn private_reply(&self, state: &mut State, page: &str, id: &str) -> Result<String, GraphError> {
        let now = self.world.now();
        let comment = state.pages.get_mut(page).and_then(|page| page.comment_mut(id)).ok_or_else(|| GraphError::no_such_object(id))?;
        let Author::Person(psid) = comment.from.clone() else { return Err(GraphError::cannot_reply()) };
        if comment.answered_privately {
            return Err(GraphError::already_replied());
        }
        if now.duration_since(comment.at) > PRIVATE_REPLY {
            return Err(GraphError::cannot_reply());
        }
        if state.people.get(&psid).is_some_and(|person| person.blocked) {
            return Err(GraphError::not_available());
        }
        if let Some(comment) = state.pages.get_mut(page).and_then(|page| page.comment_mut(id)) {
            comment.answered_privately = true;
        }
        Ok(psid)
    }

    fn private_reply_to_post(&self, state: &mut State, page: &str, id: &str) -> Result<String, GraphError> {
        let now = self.world.now();
        let post = state.pages.get_mut(page).and_then(|page| page.posts.iter_mut().find(|post| post.id == id));
        let post = post.ok_or_else(|| GraphError::no_such_object(id))?;
        let Author::Person(psid) = post.from.clone() else { return Err(GraphError::cannot_reply()) };
        if post.answered_privately {
            return Err(GraphError::already_replied());
        }
        if now.duration_since(post.at) > PRIVATE_REPLY {
            return Err(GraphError::cannot_reply());
        }
        post.answered_privately = true;
        Ok(psid)
    }
}
