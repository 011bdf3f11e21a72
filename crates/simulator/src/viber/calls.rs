//! The calls of a bot.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::error::ViberError;
use super::outgoing;
use super::state::State;
use super::{Inner, Viber};
use crate::fault::Fault;
use crate::ledger::Sent;

/// Receivers of one broadcast.
const BROADCAST: usize = 300;
/// Details of one person may be asked for this often in 12 hours.
const DETAILS: u32 = 2;
const DETAILS_WINDOW: SignedDuration = SignedDuration::from_hours(12);

impl Inner {
    /// The bot of a token.
    pub(super) fn bot(&self, state: &mut State, token: &str, strike: Option<Fault>) -> Result<String, ViberError> {
        let bot = state.bots.values_mut().find(|bot| bot.token.as_deref() == Some(token)).ok_or(ViberError::INVALID_TOKEN)?;
        if strike == Some(Fault::TokenExpired) {
            bot.token = None;
            return Err(ViberError::INVALID_TOKEN);
        }
        Ok(bot.uri.clone())
    }

    /// `/pa/send_message`
    pub(super) fn send(self: &Arc<Self>, state: &mut State, bot: &str, data: &Value, answered: bool) -> Result<Value, ViberError> {
        let receiver = data.get("receiver").and_then(Value::as_str).ok_or(ViberError::MISSING_DATA)?;
        outgoing::check(data)?;
        let token = self.send_to(state, bot, receiver, data, answered)?;
        Ok(json!({"message_token": token, "chat_hostname": "SN-CHAT-01_", "billing_status": 1}))
    }

    fn send_to(self: &Arc<Self>, state: &mut State, bot: &str, receiver: &str, data: &Value, answered: bool) -> Result<u64, ViberError> {
        if state.bots.get(bot).is_none_or(|bot| bot.webhook.is_none()) {
            return Err(ViberError::NO_WEBHOOK);
        }
        let person = state.person(bot, receiver).ok_or(ViberError::NOT_REGISTERED)?;
        // A person who has opened the chat and not subscribed may be sent one message.
        if !person.subscribed && !std::mem::take(&mut person.welcome_open) {
            return Err(ViberError::NOT_SUBSCRIBED);
        }
        let token = self.new_message_token();
        self.note_sent(state, bot, receiver, data, token, answered);
        self.tell(state, bot, receiver, "delivered", token, json!({"user_id": receiver}));
        Ok(token)
    }

    /// Counts a message, and remembers what comes back with the person's next one.
    pub(super) fn note_sent(&self, state: &mut State, bot: &str, receiver: &str, data: &Value, token: u64, answered: bool) {
        if let Some(person) = state.people.get_mut(receiver) {
            person.tracking = data.get("tracking_data").and_then(Value::as_str).unwrap_or_default().to_owned();
            person.unseen.push(token);
        }
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        state.ledger.note(Sent {
            number: 0,
            at: self.world.now(),
            account: bot.to_owned(),
            to: receiver.to_owned(),
            kind: text("type"),
            text: text("text"),
            message_id: token.to_string(),
            answered,
            message: data.clone(),
        });
    }

    /// `/pa/broadcast_message`
    pub(super) fn broadcast(self: &Arc<Self>, state: &mut State, bot: &str, data: &Value, answered: bool) -> Result<Value, ViberError> {
        let list = data.get("broadcast_list").and_then(Value::as_array).ok_or(ViberError::MISSING_DATA)?;
        if list.is_empty() || list.len() > BROADCAST {
            return Err(ViberError::BAD_DATA);
        }
        outgoing::check(data)?;
        let mut message = data.clone();
        if let Some(message) = message.as_object_mut() {
            message.remove("broadcast_list");
        }
        let mut failed = Vec::new();
        for receiver in list.iter().filter_map(Value::as_str) {
            if let Err(error) = self.send_to(state, bot, receiver, &message, answered) {
                failed.push(json!({"receiver": receiver, "status": error.0, "status_message": error.1}));
            }
        }
        Ok(json!({"message_token": self.new_message_token(), "failed_list": failed}))
    }

    /// `/pa/get_account_info`
    pub(super) fn account_info(&self, state: &State, bot: &str) -> Value {
        let Some(known) = state.bots.get(bot) else { return json!({}) };
        let subscribers = state.people.values().filter(|person| person.bot == bot && person.subscribed).count();
        json!({
            "id": format!("pa:{bot}"), "name": known.name, "uri": known.uri, "icon": "", "background": "", "category": "Government",
            "webhook": known.webhook.clone().unwrap_or_default(), "event_types": known.events, "subscribers_count": subscribers,
            "members": [],
        })
    }

    /// `/pa/get_user_details`
    pub(super) fn user_details(&self, state: &mut State, bot: &str, data: &Value) -> Result<Value, ViberError> {
        let now = self.world.now().as_second();
        let id = data.get("id").and_then(Value::as_str).ok_or(ViberError::MISSING_DATA)?;
        let person = state.person(bot, id).ok_or(ViberError::NOT_REGISTERED)?;
        if now - person.asked.0 >= DETAILS_WINDOW.as_secs() {
            person.asked = (now, 0);
        }
        person.asked.1 += 1;
        if person.asked.1 > DETAILS {
            return Err(ViberError::TOO_MANY);
        }
        Ok(json!({
            "message_token": self.new_message_token(),
            "user": {"id": id, "name": person.name, "avatar": "", "country": "VN", "language": "vi", "api_version": 10},
        }))
    }

    /// `/pa/get_online`: at most 100 ids.
    pub(super) fn online(&self, state: &mut State, bot: &str, data: &Value) -> Result<Value, ViberError> {
        let ids = data.get("ids").and_then(Value::as_array).ok_or(ViberError::MISSING_DATA)?;
        if ids.len() > 100 {
            return Err(ViberError::BAD_DATA);
        }
        let users = ids.iter().filter_map(Value::as_str).map(|id| {
            // 0: online, 3: try later, 4: unavailable.
            let status = if state.person(bot, id).is_some() { 0 } else { 4 };
            json!({"id": id, "online_status": status, "online_status_message": if status == 0 { "online" } else { "unavailable" }})
        });
        Ok(json!({"users": users.collect::<Vec<_>>()}))
    }
}

impl Viber {
    /// `/pa/set_webhook`: the one call that talks to our side before it is answered. An empty address takes the webhook away.
    pub(super) async fn set_webhook(&self, bot: &str, data: &Value) -> Result<Value, ViberError> {
        const EVENTS: [&str; 7] = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started", "client_status"];
        let url = data.get("url").and_then(Value::as_str).ok_or(ViberError::MISSING_DATA)?;
        let named = data.get("event_types").and_then(Value::as_array);
        let named = named.map(|events| events.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>());
        let events = named.unwrap_or_else(|| EVENTS.iter().map(|event| (*event).to_owned()).collect());
        if !url.is_empty() {
            let body = self.0.callback();
            let signature = {
                let state = self.0.state();
                let token = state.bots.get(bot).and_then(|bot| bot.token.as_deref()).unwrap_or_default();
                super::webhook::signature(token, &body)
            };
            let request = self.0.world.deliveries.client().post(url).timeout(super::webhook::PATIENCE);
            let request = request.header("content-type", "application/json").header("x-viber-content-signature", signature);
            let answered = request.body(body).send().await.is_ok_and(|answer| answer.status() == 200);
            if !answered {
                return Err(ViberError::INVALID_URL);
            }
        }
        let mut state = self.0.state();
        let bot = state.bots.get_mut(bot).ok_or(ViberError::INVALID_TOKEN)?;
        bot.webhook = (!url.is_empty()).then(|| url.to_owned());
        bot.events = events.iter().cloned().collect();
        Ok(json!({"chat_hostname": "SN-CHAT-01_", "event_types": events}))
    }
}
