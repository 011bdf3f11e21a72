//! What people do: the one door for tests, the control and the phone page.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::act::Act;
use super::state::{Attachment, Contact, Message, Person, State};
use super::{Inner, Zalo};
use crate::refusal::Refusal;

impl Zalo {
    /// A new person on Zalo; the id that this account knows them by.
    ///
    /// # Errors
    /// No such account.
    pub fn add_person(&self, account: &str, name: &str) -> Result<String, Refusal> {
        let mut state = self.0.state();
        if !state.accounts.contains_key(account) {
            return Err(Refusal::new(format!("no account {account}")));
        }
        let id = self.0.random.digits(19);
        let person = Person {
            id: id.clone(),
            by_app: self.0.random.digits(19),
            account: account.to_owned(),
            name: name.to_owned(),
            follows: false,
            unfollowed: false,
            blocked: false,
            clicked_chat: false,
            last_interaction: None,
            free_used: 0,
            contact: None,
            messages: VecDeque::new(),
            updated: Timestamp::UNIX_EPOCH,
        };
        state.people.insert(id.clone(), person);
        Ok(id)
    }

    /// Many people at once, each of whom has just written, so that the account may write to them; no webhook is posted.
    ///
    /// # Errors
    /// No such account.
    pub fn add_crowd(&self, account: &str, count: usize) -> Result<Vec<String>, Refusal> {
        let now = self.0.world.now();
        let crowd = (1..=count).map(|n| self.add_person(account, &format!("Người thử {n}"))).collect::<Result<Vec<_>, _>>()?;
        let mut state = self.0.state();
        for id in &crowd {
            if let Some(person) = state.people.get_mut(id) {
                person.interacts(now);
            }
        }
        Ok(crowd)
    }

    /// A person does something; the id of the message that came of it, empty when there is none.
    ///
    /// # Errors
    /// No such account, person or message.
    pub fn act(&self, account: &str, person: &str, act: Act) -> Result<String, Refusal> {
        let mut state = self.0.state();
        if state.person(account, person).is_none() {
            return Err(Refusal::new(format!("nobody {person} at account {account}")));
        }
        let id = self.0.act(&mut state, account, person, act)?;
        drop(state);
        self.0.world.journal.touch();
        Ok(id)
    }

    /// A person writes a text.
    ///
    /// # Errors
    /// No such account or person.
    pub fn write(&self, account: &str, person: &str, text: &str) -> Result<String, Refusal> {
        self.act(account, person, Act::Text { text: text.to_owned(), quote: None })
    }
}

/// What a person says in one message.
#[derive(Default)]
struct Saying {
    event: &'static str,
    text: Option<String>,
    quote: Option<String>,
    /// As in the webhook.
    items: Vec<Value>,
    /// As on the phone.
    attachments: Vec<Attachment>,
    shown_as: String,
    hidden: bool,
}

impl Inner {
    fn act(self: &Arc<Self>, state: &mut State, account: &str, id: &str, act: Act) -> Result<String, Refusal> {
        let said = match act {
            Act::Text { text, quote } => Saying { event: "user_send_text", text: Some(text), quote, ..Saying::default() },
            Act::Image { urls, text } => Saying {
                event: "user_send_image",
                text,
                items: urls.iter().map(|url| item("image", json!({"url": url, "thumbnail": url}))).collect(),
                attachments: urls.iter().map(|url| attachment("image", url, "")).collect(),
                ..Saying::default()
            },
            Act::Gif { url } => file("user_send_gif", "gif", json!({"url": url, "thumbnail": url}), "image", &url, ""),
            Act::Link { url, description } => {
                let payload = json!({"url": url, "thumbnail": "", "description": description});
                Saying { text: Some(url.clone()), ..file("user_send_link", "link", payload, "link", &url, &description) }
            }
            Act::Audio { url } => file("user_send_audio", "audio", json!({"url": url}), "audio", &url, "Tin thoại"),
            Act::Video { url } => {
                let payload = json!({"url": url, "thumbnail": "", "description": ""});
                file("user_send_video", "video", payload, "video", &url, "Phim")
            }
            Act::Sticker { id } => {
                let url = format!("https://zalo-api.zadn.vn/api/emoticon/sticker/webpc?eid={id}&size=130");
                let payload = json!({"id": id, "url": url});
                Saying {
                    event: "user_send_sticker",
                    items: vec![item("sticker", payload)],
                    shown_as: "(nhãn dán)".into(),
                    ..Saying::default()
                }
            }
            Act::Location { latitude, longitude } => {
                // Coordinates are text on Zalo.
                let payload = json!({"coordinates": {"latitude": latitude.to_string(), "longitude": longitude.to_string()}});
                let shown_as = format!("Vị trí: {latitude}, {longitude}");
                Saying { event: "user_send_location", items: vec![item("location", payload)], shown_as, ..Saying::default() }
            }
            Act::File { url, name, size, md5 } => {
                let kind = name.rsplit('.').next().unwrap_or_default();
                let payload = json!({"url": url, "name": name, "size": size.to_string(), "checksum": md5, "type": kind});
                file("user_send_file", "file", payload, "file", &url, &name)
            }
            Act::BusinessCard { phone } => {
                let description = json!({"phone": phone, "qrCodeUrl": "https://qr-talk.zdn.vn/demo.jpg", "gUid": ""}).to_string();
                let payload = json!({"description": description, "thumbnail": "", "url": ""});
                let shown_as = format!("Danh thiếp {phone}");
                Saying { event: "user_send_business_card", items: vec![item("link", payload)], shown_as, ..Saying::default() }
            }
            other => return self.act_without_words(state, account, id, other),
        };
        Ok(self.say(state, account, id, said))
    }

    /// A message of the person: kept, and told.
    fn say(self: &Arc<Self>, state: &mut State, account: &str, id: &str, said: Saying) -> String {
        let now = self.world.now();
        let msg_id = self.new_message_id();
        let mut message = json!({"msg_id": msg_id});
        if let Some(text) = &said.text {
            message["text"] = text.clone().into();
        }
        if let Some(quote) = &said.quote {
            message["quote_msg_id"] = quote.clone().into();
        }
        if !said.items.is_empty() {
            message["attachments"] = said.items.into();
        }
        if let Some(person) = state.people.get_mut(id) {
            person.interacts(now);
            person.keep(Message {
                id: msg_id.clone(),
                from_account: false,
                at: now,
                kind: said.event.trim_start_matches("user_send_").to_owned(),
                text: said.text.unwrap_or(said.shown_as),
                attachments: said.attachments,
                choices: Vec::new(),
                seen: true,
                hidden: said.hidden,
                reactions: 0,
            });
        }
        self.tell(state, account, id, said.event, true, message);
        msg_id
    }

    /// The query of a button: it reaches the account as a text; the person sees it only when it is a shown one.
    pub(super) fn query(self: &Arc<Self>, state: &mut State, account: &str, id: &str, payload: String, shown: bool) -> String {
        let said = Saying { event: "user_send_text", text: Some(payload), hidden: !shown, ..Saying::default() };
        self.say(state, account, id, said)
    }

    fn act_without_words(self: &Arc<Self>, state: &mut State, account: &str, id: &str, act: Act) -> Result<String, Refusal> {
        let now = self.world.now();
        let person = state.people.get_mut(id).ok_or_else(|| Refusal::new(format!("nobody {id}")))?;
        match act {
            Act::Follow | Act::Unfollow => {
                let follows = matches!(act, Act::Follow);
                person.follows = follows;
                if follows {
                    person.interacts(now);
                } else {
                    person.unfollowed = true;
                }
                let event = if follows { "follow" } else { "unfollow" };
                let body = json!({"oa_id": account, "source": "oa_profile", "follower": {"id": id}});
                self.tell_event(state, account, Some(id), event, body);
            }
            Act::ClickChat => {
                // Told once per person.
                if !std::mem::replace(&mut person.clicked_chat, true) {
                    person.interacts(now);
                    let body = json!({"oa_id": account, "user_id": id});
                    self.tell_event(state, account, Some(id), "user_click_chatnow", body);
                }
            }
            Act::ShareContact { name, phone, address } => {
                person.interacts(now);
                let info = json!({"name": name, "phone": phone, "user_dob": "", "gender": "", "full_address": address});
                person.contact = Some(Contact { name, phone, address });
                let body = json!({"sender": {"id": id}, "recipient": {"id": account}, "info": info});
                self.tell_event(state, account, Some(id), "user_submit_info", body);
            }
            Act::React { message, icon } => {
                if !person.messages.iter().any(|known| known.id == message) {
                    return Err(Refusal::new(format!("no message {message}")));
                }
                let message = json!({"msg_id": message, "react_icon": icon});
                self.tell(state, account, id, "user_reacted_message", true, message);
            }
            Act::Read => self.see_all(state, account, id),
            Act::Call { duration } => {
                person.interacts(now);
                let call_id = self.random.hex(16);
                let body = json!({
                    "sender": {"id": id}, "recipient": {"id": account}, "call_id": call_id,
                    "call_duration": duration, "status_code": 0,
                });
                self.tell_event(state, account, Some(id), "user_call_oa", body);
            }
            Act::Withdraw => self.tell(state, account, id, "user_withdraw", true, Value::Null),
            Act::Block | Act::Unblock => person.blocked = matches!(act, Act::Block),
            _ => return Err(Refusal::new("not something done without words")),
        }
        Ok(String::new())
    }

    /// The person has seen everything the account wrote; told only when there was something to see.
    pub(super) fn see_all(self: &Arc<Self>, state: &mut State, account: &str, id: &str) {
        let Some(person) = state.people.get_mut(id) else { return };
        let unseen = person.messages.iter_mut().filter(|message| message.from_account && !message.seen);
        let ids: Vec<_> = unseen
            .map(|message| {
                message.seen = true;
                message.id.clone()
            })
            .collect();
        if !ids.is_empty() {
            self.tell(state, account, id, "user_seen_message", false, json!({"msg_ids": ids}));
        }
    }

    pub(super) fn new_message_id(&self) -> String {
        self.random.hex(20)
    }
}

fn item(kind: &str, payload: Value) -> Value {
    json!({"type": kind, "payload": payload})
}

fn attachment(kind: &str, url: &str, name: &str) -> Attachment {
    Attachment { kind: kind.to_owned(), url: url.to_owned(), name: name.to_owned() }
}

fn file(event: &'static str, kind: &str, payload: Value, shown_kind: &str, url: &str, name: &str) -> Saying {
    Saying { event, items: vec![item(kind, payload)], attachments: vec![attachment(shown_kind, url, name)], ..Saying::default() }
}
