//! Words to the sender: a message in the conversation, queued for the channel on which the sender wrote.

use channels::email::thread;
use domain::time::local_date;
use serde_json::json;
use store::Json;
use store::Tx;
use store::contacts::IdentityRow;
use store::jobs::{self, NewJob};
use store::messages::MessageRow;
use uuid::Uuid;

use crate::change::OpenCase;
use crate::reference::{Reference, fill};
use crate::{City, Result};

/// Where a sender is reached.
pub struct Reach {
    pub identity: IdentityRow,
    pub name: String,
    /// That in which the case began: a person may write in Vietnamese of one thing and in English of another.
    pub language: String,
    /// Message-ID and References of the message that is answered.
    pub threading: serde_json::Value,
}

/// What is said.
pub struct Words<'a> {
    /// `receipt`, `routed`, `question`, `answer`, …: kind of the message and key of its text.
    pub kind: &'a str,
    pub values: Vec<(&'a str, String)>,
    pub officer: Option<Uuid>,
    pub agency: Option<Uuid>,
}

impl Reach {
    /// Finds out how the sender of a case is reached, answering the newest message of theirs.
    pub async fn of_case(tx: &mut Tx, case: &OpenCase) -> Result<Self> {
        let conversation = store::conversations::find(tx, case.row.conversation_id).await?;
        let identity = store::contacts::identity(tx, conversation.identity_id).await?;
        let contact = store::contacts::find(tx, case.row.contact_id).await?;
        let newest = store::messages::newest_inbound(tx, case.row.id).await?;
        let threading = newest.map_or(serde_json::Value::Null, |message| {
            json!({ "in_reply_to": message.external_id, "references": message.threading.0.get("references"), "subject": message.subject })
        });
        Ok(Self { identity, name: contact.name, language: case.row.language.clone(), threading })
    }

    /// The address the channel sends to; none when the page is the only place to read.
    pub fn recipient(&self) -> Option<&str> {
        let mail = matches!(self.identity.kind.as_str(), "email" | "typed_email");
        (mail && self.identity.mail_stopped_at.is_none()).then_some(self.identity.value.as_str())
    }
}

/// Queues words to the sender of a case and answers the message's id.
///
/// `{link}` stays in the stored text: the secret link is made when the message goes out and rests nowhere.
pub async fn tell(tx: &mut Tx, city: &City, reference: &Reference, case: &OpenCase, reach: &Reach, words: Words<'_>) -> Result<Uuid> {
    let now = city.now();
    let text = reference.text(words.kind, &reach.language, local_date(now))?;
    let code = case.code();
    let mut values: Vec<(&str, &str)> = vec![("code", &code), ("title", &case.row.title)];
    values.extend(words.values.iter().map(|(name, value)| (*name, value.as_str())));
    let id = city.new_id();
    let recipient = reach.recipient().filter(|_| reference.default_mailbox().is_some());
    // Only the page can show it: no address, or no mailbox to send from.
    let state = if recipient.is_some() { "queued" } else { "shown" };
    let mut bits = [0; 16];
    city.random.fill(&mut bits);
    let message = MessageRow {
        id,
        conversation_id: case.row.conversation_id,
        direction: "out".into(),
        kind: words.kind.into(),
        officer_id: words.officer,
        agency_id: words.agency,
        subject: fill(&text.subject, &values),
        text: fill(&text.text, &values),
        quoted: None,
        html: false,
        external_id: recipient.map(|_| thread::new_message_id(bits, city.settings.mail_host())),
        threading: Json(reach.threading.clone()),
        recipient: recipient.map(str::to_owned),
        state: state.into(),
        state_reason: None,
        state_at: now.as_microsecond(),
        unconfirmed: false,
        delivery_id: None,
        created_at: now.as_microsecond(),
        stored_at: now.as_microsecond(),
    };
    store::messages::insert(tx, Some(case.row.id), vec![message]).await?;
    if recipient.is_some() {
        let job = NewJob::now("send", &json!({ "message": id, "case": case.row.id }), now)?;
        jobs::enqueue(tx, vec![job.in_lane(format!("out:{}", case.row.conversation_id))], now).await?;
    }
    Ok(id)
}
