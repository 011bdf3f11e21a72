//! Reading: people, conversations, the account, quotas.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Inner;
use super::error::ZaloError;
use super::outgoing::string;
use super::state::{Message, Person, State};
use super::window::{FREE, day};

/// Messages or talks of one answer.
const MOST: usize = 10;

impl Inner {
    /// `GET /v3.0/oa/user/detail`
    pub(super) fn user(&self, state: &mut State, account: &str, data: &Value) -> Result<Value, ZaloError> {
        let person = person(state, account, data)?;
        let mut shared = json!({"name": "", "phone": 0, "address": "", "city": "", "district": "", "user_dob": ""});
        if let Some(contact) = &person.contact {
            shared["name"] = contact.name.clone().into();
            // A number, so that a leading 0 is never seen.
            shared["phone"] = contact.phone.parse::<u64>().unwrap_or(0).into();
            shared["address"] = contact.address.clone().into();
        }
        let avatar = format!("https://s120-ava-talk.zadn.vn/{}.jpg", person.id);
        Ok(json!({
            "user_id": person.id, "user_id_by_app": person.by_app, "user_external_id": "",
            "display_name": person.name, "user_alias": person.name, "is_sensitive": false,
            "user_last_interaction_date": person.last_interaction.map(day).unwrap_or_default(),
            "user_is_follower": person.follows, "avatar": avatar, "avatars": {"120": avatar, "240": avatar},
            "tags_and_notes_info": {"notes": [], "tag_names": []}, "shared_info": shared,
        }))
    }

    /// `GET /v2.0/oa/conversation`: newest first, at most 10.
    pub(super) fn conversation(&self, state: &mut State, account: &str, data: &Value) -> Result<Value, ZaloError> {
        let account_name = state.accounts.get(account).map(|account| account.config.name.clone()).unwrap_or_default();
        let (offset, count) = range(data)?;
        let person = person(state, account, data)?;
        let messages = person.messages.iter().rev().skip(offset).take(count);
        Ok(messages.map(|message| row(account, &account_name, person, message)).collect())
    }

    /// `GET /v2.0/oa/listrecentchat`: the newest message of each talk.
    pub(super) fn recent(&self, state: &State, account: &str, data: &Value) -> Value {
        let (offset, count) = range(data).unwrap_or((0, MOST));
        let account_name = state.accounts.get(account).map(|account| account.config.name.clone()).unwrap_or_default();
        let mut people: Vec<_> = state.people.values().filter(|person| person.account == account && !person.messages.is_empty()).collect();
        people.sort_by(|a, b| (b.updated, &b.id).cmp(&(a.updated, &a.id)));
        let last = people.into_iter().skip(offset).take(count).filter_map(|person| Some((person, person.messages.back()?)));
        last.map(|(person, message)| row(account, &account_name, person, message)).collect()
    }

    /// `GET /v2.0/oa/getoa`
    pub(super) fn about(&self, state: &State, account: &str) -> Value {
        let followers = state.people.values().filter(|person| person.account == account && person.follows).count();
        let name = state.accounts.get(account).map(|account| account.config.name.clone()).unwrap_or_default();
        json!({
            "oa_id": account, "oaid": account, "name": name, "description": "", "oa_alias": "", "is_verified": true, "oa_type": 2,
            "num_follower": followers, "avatar": "", "cover": "", "package_name": "Nâng cao",
        })
    }

    /// `POST /v3.0/oa/quota/message`
    pub(super) fn quota(&self, state: &mut State, account: &str, data: &Value) -> Result<Value, ZaloError> {
        let now = self.world.now();
        let total = state.accounts.get(account).map_or(0, |account| account.config.free_replies);
        let person = person(state, account, data)?;
        let within = |window: SignedDuration| person.last_interaction.is_some_and(|last| now.duration_since(last) <= window);
        let remain = if within(FREE) { total.saturating_sub(person.free_used) } else { 0 };
        let last = person.last_interaction.map(|last| last.as_millisecond().to_string()).unwrap_or_default();
        Ok(json!({
            "last_interaction": last, "cs_reply": {"remain": remain, "total": total},
            "promotion": {"remain": 0, "total": 0},
        }))
    }
}

fn person<'a>(state: &'a mut State, account: &str, data: &Value) -> Result<&'a Person, ZaloError> {
    let id = string(data, "user_id")?.ok_or(ZaloError::BAD_PARAMETER)?;
    state.person(account, &id).map(|person| &*person).ok_or(ZaloError::BAD_PARAMETER)
}

fn range(data: &Value) -> Result<(usize, usize), ZaloError> {
    let number = |name: &str, usual: u64| data.get(name).map_or(Some(usual), Value::as_u64).and_then(|number| usize::try_from(number).ok());
    let (offset, count) = (number("offset", 0), number("count", 5));
    match (offset, count) {
        (Some(offset), Some(count)) if count <= MOST => Ok((offset, count)),
        _ => Err(ZaloError::BAD_PARAMETER),
    }
}

/// `src` 1: from the person, 0: from the account.
fn row(account: &str, account_name: &str, person: &Person, message: &Message) -> Value {
    let (of_account, of_person) = ((account, account_name), (person.id.as_str(), person.name.as_str()));
    let (from, to) = if message.from_account { (of_account, of_person) } else { (of_person, of_account) };
    let mut row = json!({
        "src": u8::from(!message.from_account), "time": message.at.as_millisecond(), "sent_time": message.at.to_string(),
        "type": message.kind, "message": message.text, "message_id": message.id,
        "from_id": from.0, "from_display_name": from.1, "from_avatar": "",
        "to_id": to.0, "to_display_name": to.1, "to_avatar": "",
    });
    if let Some(file) = message.attachments.first() {
        row["url"] = file.url.clone().into();
        row["thumb"] = file.url.clone().into();
    }
    row
}
