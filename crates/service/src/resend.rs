//! A message that did not arrive is sent again by a person, and one that nobody knows of is settled by one.
//!
//! The old message stays as it is: a new one is queued beside it, so that every attempt has a fate of its own.

use domain::permission::Act;
use serde_json::json;
use store::Tx;
use store::files::FileRow;
use store::messages::MessageRow;
use uuid::Uuid;

use crate::change::OpenCase;
use crate::tell::{Reach, queue};
use crate::{City, Error, Officer, Problem, Result};

/// The message that this one repeats, if it repeats one.
pub fn repeats(message: &MessageRow) -> Option<Uuid> {
    message.threading.0.get("again")?.as_str()?.parse().ok()
}

/// Queues the words of a failed message once more, to wherever the sender is reached now. Of one whose fate is unknown only
/// when the officer says that it may arrive twice.
///
/// # Errors
/// [`Error::Stale`] when it has arrived meanwhile or was sent again already.
pub async fn again(city: &City, officer: &Officer, case: Uuid, version: i64, message: Uuid, may_come_twice: bool) -> Result<Uuid> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.allow(officer, Act::Answer)?;
    case.expect_version(version)?;
    let (old, messages) = outbound(&mut tx, &case, message).await?;
    match old.state.as_str() {
        "failed" => {}
        "unknown" if may_come_twice => {}
        "unknown" => return Err(Problem::new("twice", "missing").into()),
        _ => return Err(Error::Stale),
    }
    if messages.iter().any(|other| repeats(other) == Some(old.id)) {
        return Err(Error::Stale);
    }
    let reach = Reach::of_case(&mut tx, &case).await?;
    // What was public stays where it was; the rest goes to where the sender writes now.
    let public = old.recipient.as_deref().is_some_and(|to| to.starts_with("under:"));
    let (channel, conversation, recipient) = match &reach.chat {
        Some(chat) if public => (chat.channel, old.conversation_id, old.recipient.clone()),
        Some(chat) => (chat.channel, chat.conversation, Some(chat.recipient.clone())),
        None => ("email", old.conversation_id, reach.recipient().map(str::to_owned)),
    };
    let recipient = Some(recipient.ok_or_else(|| Problem::new("message", "no_recipient"))?);
    let id = city.new_id();
    let now = city.now().as_microsecond();
    let mut threading = old.threading.0.clone();
    threading["again"] = json!(old.id);
    let files = store::files::of_message(&mut tx, old.id).await?;
    let copy = MessageRow {
        id,
        conversation_id: conversation,
        external_id: old.external_id.as_ref().filter(|_| reach.chat.is_none()).map(|_| new_message_id(city)),
        threading: store::Json(threading),
        recipient,
        state: "queued".into(),
        state_reason: None,
        state_at: now,
        created_at: now,
        stored_at: now,
        ..old.clone()
    };
    queue(&mut tx, city, Some(case.id()), copy, channel).await?;
    let files = files.into_iter().map(|file| FileRow { id: city.new_id(), message_id: Some(id), ..file });
    store::files::insert(&mut tx, files.collect()).await?;
    case.event(city, &by(officer), "message_resent", json!({ "message": old.id, "again": id }), None);
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(id)
}

/// An officer found out whether a message of unknown fate arrived.
///
/// # Errors
/// [`Error::Stale`] when it is known meanwhile.
pub async fn settle(city: &City, officer: &Officer, case: Uuid, version: i64, message: Uuid, arrived: bool) -> Result<()> {
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.allow(officer, Act::Answer)?;
    case.expect_version(version)?;
    let (old, _) = outbound(&mut tx, &case, message).await?;
    let (to, reason) = if arrived { ("delivered", None) } else { ("failed", Some("not_arrived".to_owned())) };
    if old.state != "unknown" || !store::messages::advance(&mut tx, old.id, "unknown", to, reason, city.now()).await? {
        return Err(Error::Stale);
    }
    if arrived {
        for part in store::message_parts::of_message(&mut tx, old.id).await? {
            store::message_parts::sent(&mut tx, old.id, part.position, None, city.now()).await?;
        }
    }
    case.event(city, &by(officer), "delivery_settled", json!({ "message": old.id, "state": to }), None);
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(())
}

/// A message of ours that belongs to the case, and all of the case's.
async fn outbound(tx: &mut Tx, case: &OpenCase, message: Uuid) -> Result<(MessageRow, Vec<MessageRow>)> {
    let messages = store::messages::of_case(tx, case.id()).await?;
    let found = messages.iter().find(|known| known.id == message && known.direction == "out").cloned();
    Ok((found.ok_or(Error::NotFound)?, messages))
}

fn new_message_id(city: &City) -> String {
    let mut bits = [0; 16];
    city.random.fill(&mut bits);
    channels::email::thread::new_message_id(bits, city.settings.mail_host())
}

fn by(officer: &Officer) -> String {
    format!("officer:{}", officer.id)
}
