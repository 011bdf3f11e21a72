//! Words to the sender: a message in the conversation, queued for the channel on which the sender wrote.

use channels::email::thread;
use domain::chat::{Asked, Talk};
use domain::time::local_date;
use jiff::Timestamp;
use serde_json::json;
use store::Json;
use store::cases::CaseRow;
use store::contacts::IdentityRow;
use store::conversations::ConversationRow;
use store::jobs::{self, NewJob};
use store::messages::MessageRow;
use store::{Query, Tx};
use uuid::Uuid;

use crate::change::OpenCase;
use crate::chat_channel::ChatChannel;
use crate::jobs::{SENDING, SENDING_SMS};
use crate::reference::{Reference, fill};
use crate::sms_accounts::CHANNEL;
use crate::{City, Result, sms_text};

/// Where a sender is reached.
pub struct Reach {
    pub identity: IdentityRow,
    pub name: String,
    /// That in which the case began: a person may write in Vietnamese of one thing and in English of another.
    pub language: String,
    /// Message-ID and References of the message that is answered.
    pub threading: serde_json::Value,
    /// On a chat channel.
    pub chat: Option<Chat>,
}

/// Where a chat is: its channel, and whom the channel sends to (`comment:…` is the one private reply to a comment).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    pub channel: &'static str,
    pub recipient: String,
    pub conversation: Uuid,
}

/// What is asked along with what is said.
#[derive(Default)]
pub struct Asking {
    /// Texts that the sender may answer by a tap; each is the answer itself.
    pub buttons: Vec<String>,
    /// Text of the question, below the message.
    pub question: Option<&'static str>,
    pub asked: Option<Asked>,
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
        let (conversation, identity) = place(tx, &case.row).await?;
        let contact = store::contacts::find(tx, case.row.contact_id).await?;
        let newest = store::messages::newest_inbound(tx, case.row.id).await?;
        let comment = newest.as_ref().and_then(|message| message.external_id.clone());
        let threading = newest.map_or(serde_json::Value::Null, |message| {
            json!({ "in_reply_to": message.external_id, "references": message.threading.0.get("references"), "subject": message.subject })
        });
        let chat = Chat::of(&identity, conversation.id, comment.as_deref());
        Ok(Self { identity, name: contact.name, language: case.row.language.clone(), threading, chat })
    }

    /// The address the channel sends to; none when the page is the only place to read.
    pub fn recipient(&self) -> Option<&str> {
        let mail = matches!(self.identity.kind.as_str(), "email" | "typed_email");
        (mail && self.identity.mail_stopped_at.is_none()).then_some(self.identity.value.as_str())
    }
}

/// The conversation in which the sender of a case is reached now.
pub async fn place(q: &mut impl Query, case: &CaseRow) -> Result<(ConversationRow, IdentityRow)> {
    let conversation = store::conversations::find(q, case.conversation_id).await?;
    let identity = store::contacts::identity(q, conversation.identity_id).await?;
    if identity.kind == COMMENTER {
        // Who answered the private reply is reached in the chat that this opened.
        for other in store::conversations::of_contact(q, conversation.account_id, case.contact_id).await? {
            let known = store::contacts::identity(q, other.identity_id).await?;
            if known.kind != COMMENTER {
                return Ok((other, known));
            }
        }
    }
    Ok((conversation, identity))
}

/// The vendor's id of a person, of the value of an identity: `account/person`. Ids of people may hold slashes, those of
/// accounts do not.
pub fn own_id(value: &str) -> &str {
    value.split_once('/').map_or(value, |(_, id)| id)
}

/// Kind of the identity of somebody who wrote a comment: one for each post, since each is a talk of its own.
pub const COMMENTER: &str = "facebook_comment";

impl Chat {
    /// The chat of an identity, if a chat channel knows it. `comment` is the newest comment of a commenter.
    pub fn of(identity: &IdentityRow, conversation: Uuid, comment: Option<&str>) -> Option<Self> {
        let own = own_id(&identity.value);
        let (channel, recipient) = match identity.kind.as_str() {
            CHANNEL => (CHANNEL, own.to_owned()),
            COMMENTER => (ChatChannel::Facebook.as_str(), format!("comment:{}", comment?)),
            kind => (ChatChannel::of(kind)?.as_str(), own.to_owned()),
        };
        Some(Self { channel, recipient, conversation })
    }
}

/// Whether officers and senders talk on this channel message by message, rather than by letters.
pub fn is_talk(channel: &str) -> bool {
    channel == CHANNEL || channel == COMMENTER || ChatChannel::of(channel).is_some()
}

/// The queue of what goes out on a channel: a channel that is slow holds up no other.
pub fn sending_queue(channel: &str) -> &'static str {
    match ChatChannel::of(channel) {
        Some(chat) => chat.sending_queue(),
        None if channel == CHANNEL => SENDING_SMS,
        None => SENDING,
    }
}

/// Queues words to the sender of a case and answers the message's id. An answer in a chat asks to be rated.
pub async fn tell(tx: &mut Tx, city: &City, reference: &Reference, case: &OpenCase, reach: &Reach, words: Words<'_>) -> Result<Uuid> {
    let asking = match words.kind {
        "answer" | "answer_late" | "answered_before" if reach.chat.is_some() => Asking {
            buttons: ["5 sao", "4 sao", "3 sao", "2 sao", "1 sao"].map(str::to_owned).to_vec(),
            question: Some("chat_ask_score"),
            asked: Some(Asked::Score { case: case.id() }),
        },
        _ => Asking::default(),
    };
    ask(tx, city, reference, Some(case), reach, words, asking).await
}

/// The same with a question. Without a case the words are the conversation's own.
///
/// `{link}` stays in the stored text: the secret link is made when the message goes out and rests nowhere.
pub async fn ask(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    case: Option<&OpenCase>,
    reach: &Reach,
    words: Words<'_>,
    asking: Asking,
) -> Result<Uuid> {
    let now = city.now();
    let place = Place { channel: reach.chat.as_ref().map(|chat| chat.channel), identity: &reach.identity.value, language: &reach.language };
    let (subject, written) = worded(reference, case, &place, words.kind, &words.values, asking.question, now)?;
    let id = city.new_id();
    let conversation = reach.chat.as_ref().map(|chat| chat.conversation).or(case.map(|case| case.row.conversation_id));
    let Some(conversation) = conversation else { return Err(crate::Error::Internal("words without a place to say them".into())) };
    let recipient = match &reach.chat {
        Some(chat) => Some(chat.recipient.as_str()),
        None => reach.recipient().filter(|_| reference.default_mailbox().is_some()),
    };
    // Only the page can show it: no address, or no mailbox to send from.
    let state = if recipient.is_some() { "queued" } else { "shown" };
    let mut bits = [0; 16];
    city.random.fill(&mut bits);
    let mut threading = reach.threading.clone();
    if !asking.buttons.is_empty() {
        threading = json!({ "in_reply_to": threading.get("in_reply_to"), "buttons": asking.buttons });
    }
    let message = MessageRow {
        id,
        conversation_id: conversation,
        direction: "out".into(),
        kind: words.kind.into(),
        officer_id: words.officer,
        agency_id: words.agency,
        subject,
        text: written,
        quoted: None,
        html: false,
        external_id: recipient.filter(|_| reach.chat.is_none()).map(|_| thread::new_message_id(bits, city.settings.mail_host())),
        threading: Json(threading),
        recipient: recipient.map(str::to_owned),
        state: state.into(),
        state_reason: None,
        state_at: now.as_microsecond(),
        unconfirmed: false,
        delivery_id: None,
        created_at: now.as_microsecond(),
        stored_at: now.as_microsecond(),
    };
    queue(tx, city, case.map(OpenCase::id), message, reach.chat.as_ref().map_or("email", |chat| chat.channel)).await?;
    if let (Some(asked), Some(chat)) = (asking.asked, &reach.chat) {
        let row = store::conversations::find(tx, chat.conversation).await?;
        let mut talk: Talk = serde_json::from_value(row.talk.0)?;
        talk.asked = Some(asked);
        store::conversations::set_talk(tx, row.id, serde_json::to_value(&talk)?).await?;
    }
    Ok(id)
}

/// Where words are read: on a chat channel, by an identity of it, in a language.
pub(crate) struct Place<'a> {
    pub channel: Option<&'a str>,
    pub identity: &'a str,
    pub language: &'a str,
}

/// Subject and text of what is said, with the question below it.
pub(crate) fn worded(
    reference: &Reference,
    case: Option<&OpenCase>,
    place: &Place<'_>,
    kind: &str,
    values: &[(&str, String)],
    question: Option<&str>,
    now: Timestamp,
) -> Result<(String, String)> {
    let today = local_date(now);
    let sms = place.channel == Some(CHANNEL);
    let text = reference.text(&key_of(reference, kind, place), place.language, today)?;
    let code = case.map_or_else(String::new, OpenCase::code);
    let title = case.map_or("", |case| case.row.title.as_str());
    let few = case.filter(|_| sms).map(|case| sms_text::short_values(reference, case, now)).unwrap_or_default();
    let mut known: Vec<(&str, &str)> = vec![("code", &code), ("title", title)];
    known.extend(values.iter().map(|(name, value)| (*name, value.as_str())));
    known.extend(few.iter().map(|(name, value)| (*name, value.as_str())));
    let mut written = fill(text.text.trim(), &known);
    if let Some(question) = question {
        let question = reference.text(&key_of(reference, question, place), place.language, today)?;
        written = format!("{written}{}{}", if sms { " " } else { "\n\n" }, fill(question.text.trim(), &known));
    }
    if sms {
        written = sms_text::shaped(reference, sms_text::address_of(place.identity)?, &written)?;
    }
    Ok((fill(&text.subject, &known), written))
}

/// The text of a kind for where it is read: in a chat the same is said in fewer words, by SMS in the fewest, where there are
/// such.
fn key_of(reference: &Reference, kind: &str, place: &Place<'_>) -> String {
    let variants: &[&str] = match place.channel {
        Some(CHANNEL) => &["_sms", "_chat"],
        Some(_) => &["_chat"],
        None => &[],
    };
    let mut keys = variants.iter().map(|variant| format!("{kind}{variant}"));
    keys.find(|key| reference.knows_text(key)).unwrap_or_else(|| kind.to_owned())
}

/// Stores a message and the job that sends it on a channel; without a recipient only the page shows it.
pub async fn queue(tx: &mut Tx, city: &City, case: Option<Uuid>, message: MessageRow, channel: &str) -> Result<()> {
    let now = city.now();
    let kind = if channel == CHANNEL { "send_sms" } else { "send" };
    let job = NewJob::now(sending_queue(channel), kind, &json!({ "message": message.id, "case": case }), now)?;
    let job = message.recipient.is_some().then(|| job.in_lane(format!("out:{}", message.conversation_id)));
    store::messages::insert(tx, case, vec![message]).await?;
    jobs::enqueue(tx, job.into_iter().collect(), now).await?;
    Ok(())
}
