//! What people do in Messenger, and what the page's app is told of it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Inner;
use super::act::Act;
use super::state::{Attachment, Message, State};
use crate::refusal::Refusal;

impl Inner {
    pub(super) fn new_mid(&self) -> String {
        format!("m_{}", self.random.letters(40))
    }

    pub(super) fn act_in_private(self: &Arc<Self>, state: &mut State, page: &str, psid: &str, act: Act) -> Result<String, Refusal> {
        match act {
            Act::Text { text, reply_to } => {
                let mut message = json!({"text": text});
                if let Some(mid) = reply_to {
                    let of_page = self.message(state, psid, &mid)?.from_page;
                    message["reply_to"] = json!({"mid": mid, "is_self_reply": !of_page});
                }
                Ok(self.said(state, page, psid, message, &text, Vec::new()))
            }
            Act::QuickReply { title, payload } => {
                let message = json!({"text": title, "quick_reply": {"payload": payload}});
                Ok(self.said(state, page, psid, message, &title, Vec::new()))
            }
            Act::Attachment { what, urls, text } => Ok(self.sent_files(state, page, psid, &what, &urls, text)),
            Act::Sticker { sticker_id } => {
                let url = format!("https://scontent.xx.fbcdn.net/sticker/{sticker_id}.png");
                let item = json!({"type": "image", "payload": {"url": url, "sticker_id": sticker_id}});
                let message = json!({"attachments": [item], "sticker_id": sticker_id});
                Ok(self.said(state, page, psid, message, "👍", Vec::new()))
            }
            Act::Location { lat, long } => {
                let item = json!({"type": "location", "payload": {"coordinates": {"lat": lat, "long": long}}});
                Ok(self.said(state, page, psid, json!({"attachments": [item]}), &format!("📍 {lat}, {long}"), Vec::new()))
            }
            Act::Link { title, url } => {
                let item = json!({"type": "fallback", "title": title, "payload": {"url": url}});
                let message = json!({"text": url, "attachments": [item]});
                Ok(self.said(state, page, psid, message, &url, Vec::new()))
            }
            Act::Unsupported => Ok(self.said(state, page, psid, json!({"is_unsupported": true}), "(không xem được)", Vec::new())),
            Act::Edit { mid, text } => self.edited(state, page, psid, mid, text),
            Act::Delete { mid } => {
                self.message(state, psid, &mid)?.deleted = true;
                self.event(state, page, psid, "messages", "message", json!({"mid": mid, "is_deleted": true}));
                Ok(mid)
            }
            Act::Postback { title, payload } => {
                let mid = self.new_mid();
                self.acted(state, psid);
                let postback = json!({"mid": mid, "title": title, "payload": payload});
                self.event(state, page, psid, "messaging_postbacks", "postback", postback);
                Ok(mid)
            }
            Act::Referral { reference, source } => {
                self.acted(state, psid);
                let referral = json!({"ref": reference, "source": source, "type": "OPEN_THREAD"});
                self.event(state, page, psid, "messaging_referrals", "referral", referral);
                Ok(String::new())
            }
            Act::OptIn { reference } => {
                self.acted(state, psid);
                self.event(state, page, psid, "messaging_optins", "optin", json!({"ref": reference}));
                Ok(String::new())
            }
            Act::React { mid, emoji, reaction, undo } => {
                self.message(state, psid, &mid)?;
                self.acted(state, psid);
                let action = if undo { "unreact" } else { "react" };
                let reaction = json!({"mid": mid, "action": action, "emoji": emoji, "reaction": reaction});
                self.event(state, page, psid, "message_reactions", "reaction", reaction);
                Ok(mid)
            }
            Act::Read => {
                self.read_all(state, page, psid);
                Ok(String::new())
            }
            Act::Block | Act::Unblock => {
                let blocked = matches!(act, Act::Block);
                if let Some(person) = state.people.get_mut(psid) {
                    person.blocked = blocked;
                }
                Ok(String::new())
            }
            _ => Err(Refusal::new("not something done in private")),
        }
    }

    /// A message of the person: kept, and told.
    fn said(
        self: &Arc<Self>,
        state: &mut State,
        page: &str,
        psid: &str,
        mut message: Value,
        text: &str,
        attachments: Vec<Attachment>,
    ) -> String {
        let mid = self.new_mid();
        self.acted(state, psid);
        if let Some(person) = state.people.get_mut(psid) {
            person.keep(Message {
                mid: mid.clone(),
                from_page: false,
                at: self.world.now(),
                text: text.to_owned(),
                attachments,
                choices: Vec::new(),
                read: true,
                deleted: false,
            });
        }
        message["mid"] = mid.clone().into();
        self.event(state, page, psid, "messages", "message", message);
        mid
    }

    fn sent_files(
        self: &Arc<Self>,
        state: &mut State,
        page: &str,
        psid: &str,
        what: &str,
        urls: &[String],
        text: Option<String>,
    ) -> String {
        let items: Vec<_> = urls.iter().map(|url| json!({"type": what, "payload": {"url": url}})).collect();
        let mut message = json!({"attachments": items});
        if let Some(text) = &text {
            message["text"] = text.clone().into();
        }
        let attachments = urls.iter().map(|url| Attachment { kind: what.to_owned(), url: url.clone(), name: what.to_owned() }).collect();
        self.said(state, page, psid, message, &text.unwrap_or_default(), attachments)
    }

    fn edited(self: &Arc<Self>, state: &mut State, page: &str, psid: &str, mid: String, text: String) -> Result<String, Refusal> {
        let message = self.message(state, psid, &mid)?;
        message.text.clone_from(&text);
        // The count has been seen as a string.
        self.event(state, page, psid, "message_edits", "message_edit", json!({"mid": mid, "text": text, "num_edit": "1"}));
        Ok(mid)
    }

    /// The person has seen everything the page wrote; told only when there was something to see.
    pub(super) fn read_all(self: &Arc<Self>, state: &mut State, page: &str, psid: &str) {
        let Some(person) = state.people.get_mut(psid) else { return };
        let unread: Vec<_> = person.messages.iter_mut().filter(|message| message.from_page && !message.read).collect();
        let Some(last) = unread.iter().map(|message| message.at).max() else { return };
        unread.into_iter().for_each(|message| message.read = true);
        self.event(state, page, psid, "message_reads", "read", json!({"watermark": last.as_millisecond()}));
    }

    /// The window opens anew.
    fn acted(&self, state: &mut State, psid: &str) {
        let now = self.world.now();
        if let Some(person) = state.people.get_mut(psid) {
            person.last_action = Some(now);
        }
    }

    fn message<'a>(&self, state: &'a mut State, psid: &str, mid: &str) -> Result<&'a mut Message, Refusal> {
        let messages = state.people.get_mut(psid).map(|person| &mut person.messages);
        let message = messages.and_then(|messages| messages.iter_mut().find(|message| message.mid == mid));
        message.ok_or_else(|| Refusal::new(format!("no message {mid}")))
    }

    /// One item of `messaging` from a person to the page.
    fn event(self: &Arc<Self>, state: &mut State, page: &str, psid: &str, field: &str, name: &str, value: Value) {
        let now = self.world.now().as_millisecond();
        let mut item = json!({"sender": {"id": psid}, "recipient": {"id": page}, "timestamp": now});
        item[name] = value;
        self.tell(state, page, psid, field, item);
    }
}
