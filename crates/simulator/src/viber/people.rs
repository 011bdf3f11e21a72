//! What people do with a bot on Viber.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::{Person, State};
use super::{Inner, Viber};
use crate::refusal::Refusal;

/// One thing a person does. Over HTTP the same names are used: `{"kind":"text","text":"…"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Opens the chat, perhaps by a link with a context.
    Open {
        /// The parameter of the link.
        #[serde(default)]
        context: String,
    },
    /// Writes, or presses a button whose body this is.
    Text {
        /// What.
        text: String,
    },
    /// Sends a picture.
    Picture {
        /// Where it can be fetched.
        media: String,
        /// Words with it.
        #[serde(default)]
        text: String,
    },
    /// Sends a file.
    File {
        /// Where it can be fetched.
        media: String,
        /// Its name.
        file_name: String,
        /// Bytes.
        size: u64,
    },
    /// Shares a contact.
    Contact {
        /// Whose.
        name: String,
        /// With country code.
        phone_number: String,
    },
    /// Says where they are.
    Location {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
    },
    /// Sends a sticker.
    Sticker {
        /// Viber's number of it.
        sticker_id: u64,
    },
    /// Subscribes.
    Subscribe,
    /// Unsubscribes.
    Unsubscribe,
    /// Sees what the bot wrote.
    Read,
}

impl Viber {
    /// A new person who has not written yet; the id that this bot knows them by.
    ///
    /// # Errors
    /// No such bot.
    pub fn add_person(&self, bot: &str, name: &str) -> Result<String, Refusal> {
        let mut state = self.0.state();
        if !state.bots.contains_key(bot) {
            return Err(Refusal::new(format!("no bot {bot}")));
        }
        let bits: Vec<u8> = (0..2).flat_map(|_| self.0.random.next().to_le_bytes()).collect();
        let id = STANDARD.encode(bits);
        let person = Person {
            bot: bot.to_owned(),
            name: name.to_owned(),
            subscribed: false,
            tracking: String::new(),
            unseen: Vec::new(),
            welcome_open: false,
            asked: (0, 0),
        };
        state.people.insert(id.clone(), person);
        Ok(id)
    }

    /// A person does something.
    ///
    /// # Errors
    /// No such bot or person.
    pub fn act(&self, bot: &str, person: &str, act: Act) -> Result<(), Refusal> {
        let mut state = self.0.state();
        let state = &mut *state;
        if state.person(bot, person).is_none() {
            return Err(Refusal::new(format!("nobody {person} at bot {bot}")));
        }
        self.0.act(state, bot, person, act);
        Ok(())
    }
}

impl Inner {
    fn act(self: &Arc<Self>, state: &mut State, bot: &str, id: &str, act: Act) {
        let Some(person) = state.people.get_mut(id) else { return };
        let user = json!({"id": id, "name": person.name, "language": "vi", "country": "VN", "api_version": 10});
        let message = match act {
            Act::Open { context } => {
                person.welcome_open = true;
                let body = json!({"type": "open", "context": context, "subscribed": person.subscribed, "user": user});
                return self.tell(state, bot, id, "conversation_started", self.new_message_token(), body);
            }
            Act::Subscribe => {
                person.subscribed = true;
                return self.tell(state, bot, id, "subscribed", self.new_message_token(), json!({"user": user}));
            }
            Act::Unsubscribe => {
                person.subscribed = false;
                return self.tell(state, bot, id, "unsubscribed", self.new_message_token(), json!({"user_id": id}));
            }
            Act::Read => {
                for token in std::mem::take(&mut person.unseen) {
                    self.tell(state, bot, id, "seen", token, json!({"user_id": id}));
                }
                return;
            }
            Act::Text { text } => json!({"type": "text", "text": text}),
            Act::Picture { media, text } => {
                json!({"type": "picture", "media": media, "thumbnail": media, "text": text, "file_name": "anh.jpg", "size": 0})
            }
            Act::File { media, file_name, size } => json!({"type": "file", "media": media, "file_name": file_name, "size": size}),
            Act::Contact { name, phone_number } => {
                json!({"type": "contact", "contact": {"name": name, "phone_number": phone_number}})
            }
            Act::Location { lat, lon } => json!({"type": "location", "location": {"lat": lat, "lon": lon}}),
            Act::Sticker { sticker_id } => json!({"type": "sticker", "sticker_id": sticker_id}),
        };
        self.say(state, bot, id, user, message);
    }

    fn say(self: &Arc<Self>, state: &mut State, bot: &str, id: &str, user: Value, mut message: Value) {
        let Some(person) = state.people.get_mut(id) else { return };
        // Who writes is subscribed.
        person.subscribed = true;
        let tracking = std::mem::take(&mut person.tracking);
        if !tracking.is_empty() {
            message["tracking_data"] = tracking.into();
        }
        let body = json!({"sender": user, "message": message, "silent": false});
        self.tell(state, bot, id, "message", self.new_message_token(), body);
    }
}
