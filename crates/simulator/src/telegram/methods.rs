//! The methods of the Bot API.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Inner;
use super::call::{BotError, Call};
use super::state::{State, Webhook};
use crate::fault::Fault;
use crate::ledger::Sent;

const TEXT: usize = 4_096;
const CAPTION: usize = 1_024;
const CALLBACK_DATA: usize = 64;
/// Sends of a bot in a second, over all chats. [Telegram Bot FAQ]
const PER_SECOND: u32 = 30;

impl Inner {
    pub(super) fn method(self: &Arc<Self>, call: &Call, method: &str) -> Result<Value, BotError> {
        let mut state = self.state();
        let state = &mut *state;
        // Method names are read without regard to case.
        match method.to_ascii_lowercase().as_str() {
            "getme" => Ok(self.me(state, call)),
            "setwebhook" => {
                let set = set_webhook(state, call)?;
                self.tell_kept(state, &call.bot);
                Ok(set)
            }
            "deletewebhook" => {
                if let Some(bot) = state.bots.get_mut(&call.bot) {
                    bot.webhook = None;
                }
                Ok(true.into())
            }
            "getwebhookinfo" => Ok(self.webhook_info(state, call)),
            "sendmessage" => {
                let text = call.text("text").unwrap_or_default();
                check_text(&text)?;
                self.send(state, call, "text", json!({"text": text.trim()}))
            }
            "sendphoto" => self.send_file(state, call, "photo"),
            "senddocument" => self.send_file(state, call, "document"),
            "sendvoice" => self.send_file(state, call, "voice"),
            "sendvideo" => self.send_file(state, call, "video"),
            "sendlocation" => {
                let degrees = |name| call.text(name).and_then(|text| text.parse::<f64>().ok()).filter(|degrees| degrees.abs() <= 180.0);
                let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) else {
                    return Err(BotError::bad_request("latitude and longitude are required"));
                };
                self.send(state, call, "location", json!({"location": {"latitude": latitude, "longitude": longitude}}))
            }
            "sendchataction" => chat(state, call).map(|_| true.into()),
            "answercallbackquery" => match call.text("callback_query_id") {
                Some(_) if call.text("text").unwrap_or_default().chars().count() <= 200 => Ok(true.into()),
                _ => Err(BotError::bad_request("query is too old and response timeout expired or query ID is invalid")),
            },
            "editmessagetext" => self.edit(state, call),
            "deletemessage" => {
                let id = call.number("message_id").unwrap_or_default();
                let (bot, chat_id) = chat(state, call)?;
                let chat = state.chat(&bot, chat_id).ok_or_else(no_chat)?;
                let before = chat.messages.len();
                chat.messages.retain(|message| message["message_id"] != id);
                if chat.messages.len() == before { Err(BotError::bad_request("message to delete not found")) } else { Ok(true.into()) }
            }
            "getfile" => get_file(state, call),
            _ => Err(BotError::not_found()),
        }
    }

    fn me(&self, state: &State, call: &Call) -> Value {
        let mut user = state.bots.get(&call.bot).map(|bot| bot.user()).unwrap_or_default();
        user["can_join_groups"] = true.into();
        user["can_read_all_group_messages"] = false.into();
        user["supports_inline_queries"] = false.into();
        user
    }

    fn webhook_info(&self, state: &State, call: &Call) -> Value {
        let Some(bot) = state.bots.get(&call.bot) else { return Value::Null };
        let pending = self.world.deliveries.waiting(crate::vendor::Vendor::Telegram, &call.bot);
        let mut info = json!({"url": "", "has_custom_certificate": false, "pending_update_count": pending + bot.updates.len()});
        if let Some(webhook) = &bot.webhook {
            info["url"] = webhook.url.clone().into();
            info["max_connections"] = webhook.max_connections.into();
            if let Some(allowed) = &webhook.allowed {
                info["allowed_updates"] = allowed.clone().into();
            }
        }
        if let Some((at, why)) = &bot.last_error {
            info["last_error_date"] = (*at).into();
            info["last_error_message"] = why.clone().into();
        }
        info
    }

    fn send_file(self: &Arc<Self>, state: &mut State, call: &Call, kind: &str) -> Result<Value, BotError> {
        let caption = call.text("caption").unwrap_or_default();
        if caption.encode_utf16().count() > CAPTION {
            return Err(BotError::bad_request("message caption is too long"));
        }
        let file_id = match (&call.parameters.file, call.text(kind)) {
            (Some(file), _) => {
                let most = if kind == "photo" { 10 << 20 } else { 50 << 20 };
                if file.bytes.len() > most {
                    return Err(BotError::bad_request("file is too big"));
                }
                let path = self.world.media.keep(file.bytes.clone());
                let name = path.trim_start_matches("/media/");
                let file_id = format!("BQAC{name}");
                state.keep_file(&file_id, format!("documents/{name}"), file.bytes.len());
                file_id
            }
            (None, Some(known)) if state.files.contains_key(&known) => known,
            (None, Some(url)) if url.starts_with("https://") => format!("URL{url}"),
            _ => return Err(BotError::bad_request(&format!("there is no {kind} in the request"))),
        };
        let file = json!({"file_id": file_id, "file_unique_id": file_id.chars().rev().take(12).collect::<String>()});
        let mut content = json!({});
        content[kind] = if kind == "photo" { json!([file]) } else { file };
        if !caption.is_empty() {
            content["caption"] = caption.into();
        }
        self.send(state, call, kind, content)
    }

    fn send(self: &Arc<Self>, state: &mut State, call: &Call, kind: &str, mut content: Value) -> Result<Value, BotError> {
        let now = self.world.now();
        check_markup(call)?;
        let (bot_id, chat_id) = chat(state, call)?;
        let bot = state.bots.get_mut(&bot_id).ok_or_else(BotError::unauthorized)?;
        if bot.second.0 != now.as_second() {
            bot.second = (now.as_second(), 0);
        }
        bot.second.1 = bot.second.1.saturating_add(1);
        if bot.second.1 > PER_SECOND {
            return Err(BotError::flood(1));
        }
        let from = bot.user();
        let chat = state.chat(&bot_id, chat_id).ok_or_else(no_chat)?;
        if chat.blocked {
            return Err(BotError::blocked());
        }
        if !chat.started {
            return Err(BotError::not_started());
        }
        let reply = call.parameters.json("reply_parameters")?.unwrap_or_default();
        if let Some(id) = reply["message_id"].as_i64() {
            match chat.message_mut(id) {
                Some(message) => content["reply_to_message"] = message.clone(),
                None if reply["allow_sending_without_reply"] == true => {}
                None => return Err(BotError::bad_request("message to be replied not found")),
            }
        }
        let number = chat.number();
        content["message_id"] = number.into();
        content["date"] = now.as_second().into();
        content["chat"] = chat.chat_node();
        content["from"] = from;
        if let Some(markup) = call.parameters.json("reply_markup")?.filter(|markup| markup.get("inline_keyboard").is_some()) {
            content["reply_markup"] = markup;
        }
        chat.keep(content.clone());
        let text = content["text"].as_str().or_else(|| content["caption"].as_str()).unwrap_or_default().to_owned();
        state.ledger.note(Sent {
            number: 0,
            at: now,
            account: bot_id,
            to: chat_id.to_string(),
            kind: kind.to_owned(),
            text,
            message_id: number.to_string(),
            answered: call.strike != Some(Fault::LostReply),
            message: content.clone(),
        });
        Ok(content)
    }

    fn edit(&self, state: &mut State, call: &Call) -> Result<Value, BotError> {
        let text = call.text("text").unwrap_or_default();
        check_text(&text)?;
        check_markup(call)?;
        let (bot, chat_id) = chat(state, call)?;
        let id = call.number("message_id").unwrap_or_default();
        let bot_user = state.bots.get(&bot).map(|bot| bot.user()).unwrap_or_default();
        let chat = state.chat(&bot, chat_id).ok_or_else(no_chat)?;
        let message = chat.message_mut(id).filter(|message| message["from"] == bot_user);
        let message = message.ok_or_else(|| BotError::bad_request("message to edit not found"))?;
        if message["text"] == text.trim() {
            return Err(BotError::bad_request("message is not modified"));
        }
        message["text"] = text.trim().into();
        message["edit_date"] = self.world.now().as_second().into();
        Ok(message.clone())
    }
}

fn set_webhook(state: &mut State, call: &Call) -> Result<Value, BotError> {
    let url = call.text("url").unwrap_or_default();
    let secret_token = call.text("secret_token").unwrap_or_default();
    let good = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
    if secret_token.len() > 256 || !secret_token.chars().all(good) {
        return Err(BotError::bad_request("secret token contains unallowed characters"));
    }
    // HTTPS, but on this machine.
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|here| url.starts_with(here));
    if !url.is_empty() && !here && !url.starts_with("https://") {
        return Err(BotError::bad_request("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    let allowed = match call.parameters.json("allowed_updates")? {
        Some(Value::Array(kinds)) if !kinds.is_empty() => Some(kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Some(Value::Array(_)) | None => None,
        Some(_) => return Err(BotError::bad_request("can't parse allowed updates")),
    };
    let max_connections = call.number("max_connections").unwrap_or(40).clamp(1, 100).unsigned_abs();
    let bot = state.bots.get_mut(&call.bot).ok_or_else(BotError::unauthorized)?;
    if call.parameters.flag("drop_pending_updates") == Some(true) {
        bot.updates.clear();
    }
    bot.webhook = (!url.is_empty()).then_some(Webhook { url, secret_token, allowed, max_connections });
    Ok(true.into())
}

fn get_file(state: &State, call: &Call) -> Result<Value, BotError> {
    let id = call.text("file_id").unwrap_or_default();
    let (path, size) = state.files.get(&id).ok_or_else(|| BotError::bad_request("invalid file_id"))?;
    if *size > 20 << 20 {
        return Err(BotError::bad_request("file is too big"));
    }
    let unique: String = id.chars().rev().take(12).collect();
    Ok(json!({"file_id": id, "file_unique_id": unique, "file_size": size, "file_path": path}))
}

/// The bot and the chat a call is about, when they know each other.
fn chat(state: &mut State, call: &Call) -> Result<(String, i64), BotError> {
    let id = call.number("chat_id").ok_or_else(no_chat)?;
    state.chat(&call.bot, id).ok_or_else(no_chat)?;
    Ok((call.bot.clone(), id))
}

fn no_chat() -> BotError {
    BotError::bad_request("chat not found")
}

fn check_text(text: &str) -> Result<(), BotError> {
    if text.trim().is_empty() {
        return Err(BotError::bad_request("message text is empty"));
    }
    // Lengths are in UTF-16 units.
    if text.encode_utf16().count() > TEXT {
        return Err(BotError::bad_request("message is too long"));
    }
    Ok(())
}

fn check_markup(call: &Call) -> Result<(), BotError> {
    let markup = call.parameters.json("reply_markup")?.unwrap_or_default();
    let rows = markup["inline_keyboard"].as_array().map_or(&[][..], Vec::as_slice);
    for button in rows.iter().filter_map(Value::as_array).flatten() {
        if button["text"].as_str().is_none_or(str::is_empty) {
            return Err(BotError::bad_request("inline keyboard button text is empty"));
        }
        let data = button["callback_data"].as_str();
        if data.is_none() && button["url"].as_str().is_none() {
            return Err(BotError::bad_request("inline keyboard button must have exactly one of the optional fields"));
        }
        if data.is_some_and(|data| data.is_empty() || data.len() > CALLBACK_DATA) {
            return Err(BotError::bad_request("BUTTON_DATA_INVALID"));
        }
    }
    Ok(())
}
