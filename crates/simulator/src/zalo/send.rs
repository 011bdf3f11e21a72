//! `POST /v3.0/oa/message/cs`, and what is left of the second version: reactions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Inner;
use super::error::ZaloError;
use super::outgoing::{Outgoing, string};
use super::state::{Message, State};
use super::window;
use crate::fault::Fault;
use crate::ledger::Sent;

/// Reactions on one message.
const MOST_REACTIONS: u32 = 50;

impl Inner {
    pub(super) fn send(
        self: &Arc<Self>,
        state: &mut State,
        account: &str,
        data: &Value,
        strike: Option<Fault>,
    ) -> Result<Value, ZaloError> {
        let now = self.world.now();
        let id = string(&data["recipient"], "user_id")?.ok_or(ZaloError::BAD_PARAMETER)?;
        let outgoing = Outgoing::read(&data["message"], state, account, now)?;
        let person = state.people.get_mut(&id).filter(|person| person.account == account).ok_or(ZaloError::BAD_PARAMETER)?;
        if person.blocked {
            return Err(ZaloError::BLOCKED);
        }
        if person.unfollowed {
            return Err(ZaloError::NOT_FOLLOWER);
        }
        let account_state = state.accounts.get_mut(account).ok_or(ZaloError::BAD_TOKEN)?;
        let quota = window::take(account_state, person, now)?;
        let message_id = self.carry_out(state, account, &id, outgoing, None, Some((data, strike != Some(Fault::LostReply))));
        Ok(json!({"message_id": message_id, "user_id": id, "quota": quota}))
    }

    /// Puts a message of the account into the talk, tells its echo and its arrival, and counts it when an app sent it.
    fn carry_out(
        self: &Arc<Self>,
        state: &mut State,
        account: &str,
        id: &str,
        outgoing: Outgoing,
        admin: Option<&str>,
        asked: Option<(&Value, bool)>,
    ) -> String {
        let now = self.world.now();
        let message_id = self.new_message_id();
        if let Some((data, answered)) = asked {
            state.ledger.note(Sent {
                number: 0,
                at: now,
                account: account.to_owned(),
                to: id.to_owned(),
                kind: outgoing.kind.clone(),
                text: outgoing.text.clone(),
                message_id: message_id.clone(),
                answered,
                message: data["message"].clone(),
            });
        }
        let mut message = outgoing.echo();
        message["msg_id"] = message_id.clone().into();
        let event = format!("oa_send_{}", outgoing.kind);
        if let Some(person) = state.people.get_mut(id) {
            person.keep(Message {
                id: message_id.clone(),
                from_account: true,
                at: now,
                kind: outgoing.kind,
                text: outgoing.text,
                attachments: outgoing.attachments,
                choices: outgoing.choices,
                seen: false,
                hidden: false,
                reactions: 0,
            });
        }
        let mut sender = json!({"id": account});
        if let Some(admin) = admin {
            sender["admin_id"] = admin.into();
        }
        self.tell_event(state, account, Some(id), &event, json!({"sender": sender, "recipient": {"id": id}, "message": message}));
        if state.accounts.get(account).is_some_and(|account| account.config.receipts) {
            self.tell(state, account, id, "user_received_message", false, json!({"msg_id": message_id}));
        }
        message_id
    }

    /// Somebody answers in Zalo's own chat tool instead of our side.
    pub(super) fn answer_in_chat_tool(self: &Arc<Self>, state: &mut State, account: &str, id: &str, text: &str) -> String {
        let admin = self.random.digits(19);
        let outgoing = Outgoing { kind: "text".into(), text: text.to_owned(), ..Outgoing::default() };
        self.carry_out(state, account, id, outgoing, Some(&admin), None)
    }

    /// `POST /v2.0/oa/message`: reactions only; messages of the second version were shut down.
    pub(super) fn send_v2(self: &Arc<Self>, state: &mut State, account: &str, data: &Value) -> Result<Value, ZaloError> {
        if data.get("message").is_some() {
            return Err(ZaloError::V2_SHUT);
        }
        let id = string(&data["recipient"], "user_id")?.ok_or(ZaloError::BAD_PARAMETER)?;
        let icon = string(&data["sender_action"], "react_icon")?.ok_or(ZaloError::BAD_PARAMETER)?;
        let message_id = string(&data["sender_action"], "react_message_id")?.ok_or(ZaloError::BAD_PARAMETER)?;
        let person = state.person(account, &id).ok_or(ZaloError::BAD_PARAMETER)?;
        let message = person.messages.iter_mut().find(|message| message.id == message_id).ok_or(ZaloError::BAD_PARAMETER)?;
        if message.reactions >= MOST_REACTIONS {
            return Err(ZaloError::OVER_LIMIT);
        }
        message.reactions += 1;
        self.tell(state, account, &id, "oa_reacted_message", false, json!({"msg_id": message_id, "react_icon": icon}));
        Ok(json!({"message_id": message_id, "user_id": id}))
    }
}
