//! What people do with a bot.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::state::{Chat, State};
use super::{Inner, Telegram};
use crate::refusal::Refusal;

/// One thing a person does in a private chat. Over HTTP the same names are used: `{"kind":"text","text":"…"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Presses Start, perhaps by a link with a parameter.
    Start {
        /// The parameter of the link.
        #[serde(default)]
        parameter: String,
    },
    /// Writes.
    Text {
        /// What.
        text: String,
        /// The message it answers.
        #[serde(default)]
        reply_to: Option<i64>,
    },
    /// Sends a photo of the simulator's own.
    Photo {
        /// Words with it.
        #[serde(default)]
        caption: String,
    },
    /// Shares their own number.
    Contact {
        /// With country code.
        phone: String,
    },
    /// Says where they are.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    },
    /// Changes a message.
    Edit {
        /// Which.
        message: i64,
        /// To what.
        text: String,
    },
    /// Presses an inline button.
    Callback {
        /// The message with the button.
        message: i64,
        /// Its `callback_data`.
        data: String,
    },
    /// Reacts to a message.
    React {
        /// Which.
        message: i64,
        /// 👍
        emoji: String,
    },
    /// Blocks the bot.
    Block,
    /// Unblocks it.
    Unblock,
}

/// The smallest picture there is: a GIF of one point.
const POINT: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

impl Telegram {
    /// A new person who has not started the bot yet; the chat's id.
    ///
    /// # Errors
    /// No such bot.
    pub fn add_person(&self, bot: &str, name: &str) -> Result<i64, Refusal> {
        let mut state = self.0.state();
        if !state.bots.contains_key(bot) {
            return Err(Refusal::new(format!("no bot {bot}")));
        }
        let id = state.next_chat;
        state.next_chat += 1;
        let chat = Chat {
            id,
            bot: bot.to_owned(),
            name: name.to_owned(),
            started: false,
            blocked: false,
            next_message: 40,
            messages: VecDeque::new(),
        };
        state.chats.insert(id, chat);
        Ok(id)
    }

    /// A person does something; the id of the message that came of it, 0 when there is none.
    ///
    /// # Errors
    /// No such bot, chat or message.
    pub fn act(&self, bot: &str, chat: i64, act: Act) -> Result<i64, Refusal> {
        let mut state = self.0.state();
        let state = &mut *state;
        if state.chat(bot, chat).is_none() {
            return Err(Refusal::new(format!("no chat {chat} with bot {bot}")));
        }
        self.0.act(state, bot, chat, act)
    }
}

impl Inner {
    fn act(self: &Arc<Self>, state: &mut State, bot: &str, id: i64, act: Act) -> Result<i64, Refusal> {
        let now = self.world.now().as_second();
        match act {
            Act::Start { parameter } => {
                let text = if parameter.is_empty() { "/start".to_owned() } else { format!("/start {parameter}") };
                let entity = json!([{"type": "bot_command", "offset": 0, "length": 6}]);
                Ok(self.said(state, bot, id, json!({"text": text, "entities": entity})))
            }
            Act::Text { text, reply_to } => {
                let mut content = json!({"text": text});
                if let Some(reply_to) = reply_to {
                    content["reply_to_message"] = message(state, bot, id, reply_to)?.clone();
                }
                Ok(self.said(state, bot, id, content))
            }
            Act::Photo { caption } => {
                let path = self.world.media.keep(axum::body::Bytes::from_static(POINT));
                let name = path.trim_start_matches("/media/").to_owned();
                let file_id = format!("AgAC{name}");
                state.keep_file(&file_id, format!("photos/{name}"), POINT.len());
                let size =
                    json!({"file_id": file_id, "file_unique_id": &file_id[4..16], "width": 1, "height": 1, "file_size": POINT.len()});
                let mut content = json!({"photo": [size]});
                if !caption.is_empty() {
                    content["caption"] = caption.into();
                }
                Ok(self.said(state, bot, id, content))
            }
            Act::Contact { phone } => {
                let name = state.chat(bot, id).map(|chat| chat.name.clone()).unwrap_or_default();
                Ok(self.said(state, bot, id, json!({"contact": {"phone_number": phone, "first_name": name, "user_id": id}})))
            }
            Act::Location { latitude, longitude } => {
                Ok(self.said(state, bot, id, json!({"location": {"latitude": latitude, "longitude": longitude}})))
            }
            Act::Edit { message: number, text } => {
                let edited = message(state, bot, id, number)?;
                edited["text"] = text.into();
                edited["edit_date"] = now.into();
                let edited = edited.clone();
                self.tell(state, bot, id, "edited_message", edited);
                Ok(number)
            }
            Act::Callback { message: number, data } => {
                let pressed = message(state, bot, id, number)?.clone();
                let from = state.chat(bot, id).map(|chat| chat.user()).unwrap_or_default();
                let query = json!({"id": format!("{id}{number}"), "from": from, "message": pressed, "chat_instance": "1", "data": data});
                self.tell(state, bot, id, "callback_query", query);
                Ok(0)
            }
            Act::React { message: number, emoji } => {
                message(state, bot, id, number)?;
                let Some(chat) = state.chat(bot, id) else { return Ok(0) };
                let reaction = json!({
                    "chat": chat.chat_node(), "message_id": number, "user": chat.user(), "date": now,
                    "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": emoji}],
                });
                self.tell(state, bot, id, "message_reaction", reaction);
                Ok(0)
            }
            Act::Block | Act::Unblock => {
                let blocked = matches!(act, Act::Block);
                let bot_user = state.bots.get(bot).map(|bot| bot.user()).unwrap_or_default();
                let Some(chat) = state.chat(bot, id) else { return Ok(0) };
                chat.blocked = blocked;
                let (old, new) = if blocked { ("member", "kicked") } else { ("kicked", "member") };
                let change = json!({
                    "chat": chat.chat_node(), "from": chat.user(), "date": now,
                    "old_chat_member": {"user": bot_user, "status": old}, "new_chat_member": {"user": bot_user, "status": new},
                });
                self.tell(state, bot, id, "my_chat_member", change);
                Ok(0)
            }
        }
    }

    /// A message of the person: kept, and told.
    fn said(self: &Arc<Self>, state: &mut State, bot: &str, id: i64, mut content: Value) -> i64 {
        let now = self.world.now().as_second();
        let Some(chat) = state.chat(bot, id) else { return 0 };
        chat.started = true;
        let number = chat.number();
        content["message_id"] = number.into();
        content["date"] = now.into();
        content["chat"] = chat.chat_node();
        content["from"] = chat.user();
        chat.keep(content.clone());
        self.tell(state, bot, id, "message", content);
        number
    }
}

fn message<'a>(state: &'a mut State, bot: &str, id: i64, number: i64) -> Result<&'a mut Value, Refusal> {
    let message = state.chat(bot, id).and_then(|chat| chat.message_mut(number));
    message.ok_or_else(|| Refusal::new(format!("no message {number}")))
}
