//! One event of a chat channel: a message, a comment, a receipt, an echo of what was typed in the vendor's own inbox.

use std::time::Duration;

use channels::{Event, Kind};
use domain::delivery::DeliveryState;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::channel_accounts::AccountRow;
use store::deliveries_in::{self, Inbound};
use store::files::FileRow;
use store::jobs::{self, Job};
use store::message_parts::PartRow;
use store::messages::MessageRow;
use store::{Json, Tx, change_feed};
use uuid::Uuid;

use super::{Done, Failure};
use crate::change::note_event;
use crate::chat::{Heard, greet, hear};
use crate::chat_accounts::ChatAccount;
use crate::chat_channel::ChatChannel;
use crate::receive::{Beginning, Incoming, Sender, begin, conversation_for, join, language_of, reception_of};
use crate::reference::Reference;
use crate::sms_accounts::CHANNEL;
use crate::tell::COMMENTER;
use crate::understand::{Hints, understand};
use crate::{City, Result};

/// Tries after which an edit or a receipt of a message that never came is let go.
const PATIENCE: i64 = 6;

/// How long a message waits for what is a courtesy only.
const COURTESY: Duration = Duration::from_millis(800);

pub(super) async fn run(city: &City, job: &Job, inbound: &Inbound, account: &AccountRow) -> Done {
    let event: Event = serde_json::from_value(inbound.payload.0.clone()).map_err(crate::Error::from)?;
    if account.channel == CHANNEL && event.kind != Kind::Message {
        return sms_receipt(city, job, inbound, &event).await;
    }
    let reference = city.reference();
    // Slow work first: media, the name of somebody new, the text understood.
    let speaks =
        matches!(event.kind, Kind::Message | Kind::Postback) || (event.kind == Kind::Comment && event.verb.as_deref() == Some("add"));
    let files = if speaks { super::fetch_media::take(city, account, &event, job.attempts).await? } else { Vec::new() };
    if event.kind == Kind::Postback {
        let account = ChatAccount::of(city, account.clone())?;
        let _told = tokio::time::timeout(COURTESY, account.hear_press(city, &event)).await;
    }
    let incoming = incoming(city, account, inbound, &event, files).await?;
    let reception = reception_of(&reference, account.agency_id);
    let proposal = understand(&reference, &incoming.text, &Hints::default(), city.now(), reception);
    let mut tx = city.db.begin().await?;
    let kept = match event.kind {
        Kind::Message | Kind::Postback => {
            settle_by_answer(&mut tx, city, account, &event, &incoming.sender).await?;
            let heard = Heard { incoming, proposal, reply_to: event.reply_to.clone() };
            let number = (account.channel == CHANNEL).then(|| event.sender_id.clone());
            let message = hear(&mut tx, city, &reference, heard).await?;
            if let Some(number) = number {
                vouch_for_number(&mut tx, city, message, &number).await?;
            }
            Some(message)
        }
        Kind::Comment => {
            let beginning = Beginning {
                code: None,
                proposal,
                visibility: domain::visibility::Visibility::Agencies,
                ward: None,
                business_id: None,
                hint: None,
                silent: None,
            };
            match comment(&mut tx, city, &reference, account, &event, incoming, beginning).await? {
                Kept::Message(message) => Some(message),
                Kept::Nothing => None,
                Kept::NotYet => return not_yet(job),
            }
        }
        Kind::EditedMessage | Kind::DeletedMessage => match rewrite(&mut tx, city, inbound.account_id, &event).await? {
            Kept::NotYet => return not_yet(job),
            _ => None,
        },
        Kind::DeliveryReceipt | Kind::ReadReceipt | Kind::Failed => match receipt(&mut tx, city, account, &event).await? {
            Kept::NotYet if job.attempts < PATIENCE => return not_yet(job),
            _ => None,
        },
        Kind::Echo => echo(&mut tx, city, inbound.account_id, &event, incoming).await?,
        Kind::Referral if ChatChannel::of(&account.channel).is_some_and(ChatChannel::greets) => {
            greet(&mut tx, city, &reference, &incoming).await?;
            None
        }
        Kind::Follow | Kind::Referral | Kind::Reaction => {
            opened(&mut tx, city, &event, &incoming).await?;
            None
        }
        Kind::Unfollow => None,
        Kind::ContactShared => {
            contact_shared(&mut tx, city, &event, &incoming).await?;
            None
        }
        Kind::ConsentWithdrawn => Some(consent_withdrawn(&mut tx, city, &reference, incoming, proposal).await?),
        Kind::Ignored => None,
    };
    let state = if kept.is_some() { "received" } else { "ignored" };
    deliveries_in::settle_inbound(&mut tx, inbound.id, state, kept).await?;
    jobs::finish(&mut tx, job).await?;
    fail::fail_point!("receive::before_commit");
    tx.commit().await?;
    Ok(())
}

/// A carrier's receipt. It may have come before the answer to what it is of; after a while it is of nothing of ours.
async fn sms_receipt(city: &City, job: &Job, inbound: &Inbound, event: &Event) -> Done {
    let mut tx = city.db.begin().await?;
    let known = crate::sms_receipts::settle(&mut tx, city, inbound.account_id, event).await?;
    if !known && job.attempts < PATIENCE {
        return not_yet(job);
    }
    deliveries_in::settle_inbound(&mut tx, inbound.id, "ignored", None).await?;
    jobs::finish(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}

enum Kept {
    Message(Uuid),
    Nothing,
    /// What it speaks of has not come yet.
    NotYet,
}

/// Vendors promise no order: what an edit speaks of may still be on its way.
fn not_yet(job: &Job) -> Done {
    if job.attempts >= PATIENCE {
        return Err(Failure::Never("what it speaks of never came".into()));
    }
    Err(Failure::Later {
        after: Some(SignedDuration::from_secs(1 << job.attempts.clamp(0, 8))),
        why: "what it speaks of has not come yet".into(),
    })
}

async fn incoming(city: &City, account: &AccountRow, inbound: &Inbound, event: &Event, files: Vec<FileRow>) -> Result<Incoming> {
    let person = crate::chat::person_of(event);
    let (kind, value) = match event.kind {
        Kind::Comment => (COMMENTER, format!("{}/{person}", event.post_id.as_deref().unwrap_or_default())),
        _ => (account.channel.as_str(), format!("{}/{person}", account.address)),
    };
    let known = store::contacts::vouched(&mut city.db.read(), kind, &value).await?;
    let name = match (&known, &event.contact_name) {
        (Some(identity), _) => store::contacts::find(&mut city.db.read(), identity.contact_id).await?.name,
        (None, Some(name)) => name.clone(),
        (None, None) => name_of(city, account, event, person).await,
    };
    let received_at = store::time(inbound.received_at)?;
    let written_at = event.timestamp_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(received_at);
    // A pressed button says what stands on it.
    let text = event.text.clone().or_else(|| event.payload.clone()).unwrap_or_default();
    let language = match &event.language {
        Some(tag) => if tag.starts_with("en") { "en" } else { "vi" }.to_owned(),
        // A telephone says nothing of its owner's language: the words do.
        None if account.channel == CHANNEL => language_of(&mut city.db.read(), known.as_ref(), &text).await?,
        None => "vi".to_owned(),
    };
    let place = event.attachments.iter().filter_map(|media| match media.kind.as_str() {
        "location" => media.coordinates.as_ref().map(|at| format!("Vị trí: {at}")),
        "link" | "fallback" => media.url.clone().or_else(|| media.title.clone()),
        "contact" => {
            let card: Vec<&str> = [&media.name, &media.title].into_iter().flatten().map(String::as_str).collect();
            (!card.is_empty()).then(|| format!("Danh thiếp: {}", card.join(", ")))
        }
        _ => None,
    });
    let text = std::iter::once(text).chain(place).filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join("\n");
    Ok(Incoming {
        account_id: account.id,
        account_agency: account.agency_id,
        channel: if kind == COMMENTER { COMMENTER.to_owned() } else { account.channel.clone() },
        sender: Sender { new: false, kind: kind.into(), value, name: one_line(&name), language },
        external_id: event.comment_id.clone().or_else(|| event.message_id.clone()).or_else(|| Some(event.external_id.clone())),
        subject: String::new(),
        text: crate::understand::truncate(&marked(text, event), crate::report::TEXT_LIMIT * 4).to_owned(),
        quoted: None,
        html: false,
        threading: json!({ "reply_to": event.reply_to, "post": event.post_id, "parent": event.parent_id, "parts": event.verb }),
        delivery_id: Some(inbound.delivery_id),
        written_at,
        files,
    })
}

/// What the vendor calls somebody who writes for the first time; empty when it does not tell. Never worth a second try: a
/// name is a courtesy.
async fn name_of(city: &City, account: &AccountRow, event: &Event, person: &str) -> String {
    let asks = matches!(event.kind, Kind::Message | Kind::Postback | Kind::Follow | Kind::Referral);
    if !asks || person.is_empty() {
        return String::new();
    }
    let Ok(account) = ChatAccount::of(city, account.clone()) else { return String::new() };
    tokio::time::timeout(COURTESY, account.name_of(city, person)).await.ok().flatten().unwrap_or_default()
}

/// Parts of a long SMS that never came, or came too late, are said to be so where the officer reads.
fn marked(text: String, event: &Event) -> String {
    match event.verb.as_deref() {
        Some("incomplete") => format!("{text}\n[Tin nhắn thiếu phần, chỗ thiếu ghi […]]"),
        Some("late_part") => format!("[Phần {} của tin nhắn trước, đến muộn] {text}", event.parent_id.as_deref().unwrap_or_default()),
        _ => text,
    }
}

/// Names are what strangers chose: one line, no control characters, nothing that turns the direction of what stands beside.
fn one_line(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = name.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c });
    crate::understand::truncate(&shown.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "), 200).to_owned()
}

/// One case for each commenter under each post. The page's own comments open none.
async fn comment(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    account: &AccountRow,
    event: &Event,
    incoming: Incoming,
    beginning: Beginning,
) -> Result<Kept> {
    match event.verb.as_deref() {
        Some("add") => {}
        Some("edited" | "remove") => return rewrite(tx, city, account.id, event).await,
        Some("hide" | "unhide") => {
            if let Some(message) = message_of(tx, account.id, event.comment_id.as_deref().unwrap_or_default()).await? {
                crate::comments::noticed(tx, city, &message, event).await?;
            }
            return Ok(Kept::Nothing);
        }
        _ => return Ok(Kept::Nothing),
    }
    if event.sender_id == account.address {
        // Ours, or the page's own words: matched with what we sent.
        return Ok(match &event.comment_id {
            Some(id) if store::message_parts::by_external(tx, account.id, id).await?.is_none() => {
                settle_echo(tx, city, account.id, None, id, event.text.as_deref().unwrap_or_default()).await?;
                Kept::Nothing
            }
            _ => Kept::Nothing,
        });
    }
    let known = store::contacts::vouched(tx, &incoming.sender.kind, &incoming.sender.value).await?;
    let earlier = match &known {
        Some(identity) => match store::conversations::of_identity(tx, account.id, identity.id).await? {
            Some(conversation) => store::cases::of_conversation(tx, conversation.id, 1).await?.into_iter().next(),
            None => None,
        },
        None => None,
    };
    if let Some(case) = earlier.filter(|case| case.open) {
        return Ok(Kept::Message(join(tx, city, reference, incoming, case.id, false).await?));
    }
    let public = event.comment_id.clone();
    let begun = begin(tx, city, reference, incoming, beginning).await?;
    if let Some(comment) = public {
        crate::comments::acknowledge(tx, city, reference, begun.case, &comment).await?;
    }
    Ok(Kept::Message(begun.message))
}

/// A person edited what was written, or took it back. What stood there before is kept beside an edit.
async fn rewrite(tx: &mut Tx, city: &City, account: Uuid, event: &Event) -> Result<Kept> {
    let Some(id) = event.comment_id.as_ref().or(event.message_id.as_ref()) else { return Ok(Kept::Nothing) };
    let Some(message) = message_of(tx, account, id).await? else { return Ok(Kept::NotYet) };
    let gone = event.kind == Kind::DeletedMessage || event.verb.as_deref() == Some("remove");
    if message.direction != "in" || message.state_reason.as_deref() == Some("taken_back") {
        return Ok(Kept::Nothing);
    }
    let (text, earlier, reason, kind) = if gone {
        (String::new(), None, "taken_back", "message_taken_back")
    } else {
        let earlier = [message.quoted.clone(), Some(message.text.clone())].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
        (event.text.clone().unwrap_or_default(), Some(earlier), "edited", "message_edited")
    };
    store::messages::rewrite(tx, message.id, &text, earlier, reason).await?;
    for case in store::cases::of_message(tx, message.id).await? {
        note_event(tx, city, case.id, kind, json!({ "message": message.id }), None).await?;
        change_feed::add(tx, "case", case.id, city.now()).await?;
    }
    Ok(Kept::Nothing)
}

/// The message that came in under an id of the channel.
async fn message_of(tx: &mut Tx, account: Uuid, id: &str) -> Result<Option<MessageRow>> {
    for message in store::messages::by_external(tx, id).await? {
        let conversation = store::conversations::find(tx, message.conversation_id).await?;
        if conversation.account_id == account {
            return Ok(Some(message));
        }
    }
    Ok(None)
}

/// A receipt moves messages of ours forward, and only forward.
async fn receipt(tx: &mut Tx, city: &City, account: &AccountRow, event: &Event) -> Result<Kept> {
    let to = match event.kind {
        Kind::ReadReceipt => DeliveryState::Read,
        Kind::Failed => DeliveryState::Failed,
        _ => DeliveryState::Delivered,
    };
    let mut found: Vec<(Uuid, String)> = Vec::new();
    for id in &event.receipt_ids {
        if let Some(part) = store::message_parts::by_external(tx, account.id, id).await? {
            let message = store::messages::find(tx, part.message_id).await?;
            found.push((message.id, message.state));
        }
    }
    if found.is_empty()
        && let [id] = event.receipt_ids.as_slice()
    {
        match settle_by_receipt(tx, city, account, event, id).await? {
            Kept::Message(message) => found.push((message, store::messages::find(tx, message).await?.state)),
            Kept::Nothing => {}
            Kept::NotYet => return Ok(Kept::NotYet),
        }
    }
    if let (true, Some(until)) = (event.receipt_ids.is_empty(), event.watermark_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())) {
        let value = format!("{}/{}", account.address, crate::chat::person_of(event));
        if let Some(identity) = store::contacts::vouched(tx, &account.channel, &value).await?
            && let Some(conversation) = store::conversations::of_identity(tx, account.id, identity.id).await?
        {
            found = store::messages::sent_before(tx, conversation.id, until, 50).await?;
        }
    }
    for (id, from) in found {
        let Ok(known) = from.parse::<DeliveryState>() else { continue };
        if known == to || domain::delivery::advance(known, to).is_err() {
            continue;
        }
        let reason = (to == DeliveryState::Failed).then(|| "ask_other_contact".to_owned());
        if store::messages::advance(tx, id, &from, to.as_str(), reason, city.now()).await? {
            for case in store::cases::of_message(tx, id).await? {
                if to == DeliveryState::Failed {
                    let said = event.reason.clone().map(|said| json!({ "diagnostic": said }));
                    note_event(tx, city, case.id, "delivery_failed", json!({ "message": id, "reason": "ask_other_contact" }), said).await?;
                }
                change_feed::add(tx, "case", case.id, city.now()).await?;
            }
        }
    }
    Ok(Kept::Nothing)
}

/// Parts on their way to the person of an event, or lost on it, whose ids nobody knows: where the vendor has no echoes.
async fn without_id(tx: &mut Tx, account: &AccountRow, person: &str) -> Result<Vec<PartRow>> {
    if ChatChannel::of(&account.channel).is_none_or(ChatChannel::echoes) {
        return Ok(Vec::new());
    }
    let Some(identity) = store::contacts::vouched(tx, &account.channel, &format!("{}/{person}", account.address)).await? else {
        return Ok(Vec::new());
    };
    let Some(conversation) = store::conversations::of_identity(tx, account.id, identity.id).await? else { return Ok(Vec::new()) };
    Ok(store::message_parts::without_id(tx, conversation.id).await?)
}

/// A receipt of a message whose id we never learned: it has overtaken the answer that tells the id, or that answer was lost
/// and there is one message only that it can be of.
async fn settle_by_receipt(tx: &mut Tx, city: &City, account: &AccountRow, event: &Event, id: &str) -> Result<Kept> {
    // Viber tells of the person's own messages, too.
    if deliveries_in::inbound_by_external(tx, account.id, id).await?.is_some() {
        return Ok(Kept::Nothing);
    }
    let parts = without_id(tx, account, crate::chat::person_of(event)).await?;
    if parts.iter().any(|part| part.state == "sending") {
        return Ok(Kept::NotYet);
    }
    let [part] = parts.as_slice() else { return Ok(Kept::Nothing) };
    super::send_chat::settle_part(tx, city, part, Some(id)).await?;
    Ok(Kept::Message(part.message_id))
}

/// A person's answer proves that a message arrived whose reply was lost: it repeats our mark (Viber), or answers a message of
/// ours that can only be this one (a button of Telegram).
async fn settle_by_answer(tx: &mut Tx, city: &City, account: &AccountRow, event: &Event, sender: &Sender) -> Result<()> {
    let parts = without_id(tx, account, crate::tell::own_id(&sender.value)).await?;
    let marked = event.tracking_id.as_deref().and_then(super::send_chat::read_mark);
    if let Some(part) = parts.iter().find(|part| Some((part.message_id, part.position)) == marked) {
        return super::send_chat::settle_part(tx, city, part, None).await;
    }
    let Some(answered) = event.reply_to.as_deref() else { return Ok(()) };
    let known = store::message_parts::by_external(tx, account.id, answered).await?.is_some()
        || message_of(tx, account.id, answered).await?.is_some();
    match parts.as_slice() {
        [part] if !known => super::send_chat::settle_part(tx, city, part, Some(answered)).await,
        _ => Ok(()),
    }
}

/// What the account wrote: ours, which settles it; or typed in the vendor's own inbox, which is an answer to be seen.
async fn echo(tx: &mut Tx, city: &City, account: Uuid, event: &Event, incoming: Incoming) -> Result<Option<Uuid>> {
    let id = event.message_id.as_deref().unwrap_or(&event.external_id);
    if let Some(part) = store::message_parts::by_external(tx, account, id).await? {
        answered_commenter(tx, city, part.message_id, &incoming.sender).await?;
        return Ok(None);
    }
    if let Some(message) = by_mark(tx, city, event, id).await? {
        answered_commenter(tx, city, message, &incoming.sender).await?;
        return Ok(None);
    }
    let (conversation, _, _, _) = conversation_for(tx, city, &incoming).await?;
    let text = event.text.as_deref().unwrap_or_default();
    if settle_echo(tx, city, account, Some(conversation.id), id, text).await? {
        return Ok(None);
    }
    let now = city.now().as_microsecond();
    let message = MessageRow {
        id: city.new_id(),
        conversation_id: conversation.id,
        direction: "out".into(),
        kind: "vendor_inbox".into(),
        officer_id: None,
        agency_id: incoming.account_agency,
        subject: String::new(),
        text: incoming.text,
        quoted: None,
        html: false,
        external_id: Some(id.to_owned()),
        threading: Json(json!({ "author": event.author_id })),
        recipient: Some(event.recipient_id.clone()),
        state: "sent".into(),
        state_reason: None,
        state_at: now,
        unconfirmed: false,
        delivery_id: incoming.delivery_id,
        created_at: incoming.written_at.as_microsecond().min(now),
        stored_at: now,
    };
    let message_id = message.id;
    let case = store::cases::of_conversation(tx, conversation.id, 1).await?.into_iter().next();
    store::messages::insert(tx, case.as_ref().map(|case| case.id), vec![message]).await?;
    if let Some(case) = case {
        note_event(tx, city, case.id, "answered_in_vendor_inbox", json!({ "message": message_id }), None).await?;
        change_feed::add(tx, "case", case.id, city.now()).await?;
    }
    Ok(Some(message_id))
}

/// Facebook's echo repeats our own id: the message that it is of.
async fn by_mark(tx: &mut Tx, city: &City, event: &Event, id: &str) -> Result<Option<Uuid>> {
    let Some((message, position)) = event.tracking_id.as_deref().and_then(super::send_chat::read_mark) else { return Ok(None) };
    let parts = store::message_parts::of_message(tx, message).await?;
    let Some(part) = parts.iter().find(|part| part.position == position) else { return Ok(None) };
    super::send_chat::settle_part(tx, city, part, Some(id)).await?;
    Ok(Some(message))
}

/// The echo of a private reply says in which chat its commenter is: by the vendor's own word the two are one person.
async fn answered_commenter(tx: &mut Tx, city: &City, message: Uuid, person: &Sender) -> Result<()> {
    let message = store::messages::find(tx, message).await?;
    let conversation = store::conversations::find(tx, message.conversation_id).await?;
    if store::contacts::identity(tx, conversation.identity_id).await?.kind != COMMENTER || person.value.ends_with('/') {
        return Ok(());
    }
    match store::contacts::vouched(tx, &person.kind, &person.value).await? {
        None => {
            let identity = crate::receive::proven_identity(city, conversation.contact_id, &person.kind, person.value.clone());
            store::contacts::add_identity(tx, &identity).await
        }
        Some(known) if known.contact_id != conversation.contact_id => {
            store::contacts::merge(tx, conversation.contact_id, known.contact_id).await
        }
        Some(_) => Ok(()),
    }
    .map_err(crate::Error::from)
}

/// An echo without our id is known by its words.
async fn settle_echo(tx: &mut Tx, city: &City, account: Uuid, conversation: Option<Uuid>, id: &str, text: &str) -> Result<bool> {
    let hash = super::send_chat::text_hash(city, text);
    let part = match conversation {
        Some(conversation) => store::message_parts::awaiting_echo(tx, conversation, &hash).await?,
        None => store::message_parts::awaiting_public_echo(tx, account, &hash).await?,
    };
    let Some(part) = part.filter(|part| part.account_id == account) else { return Ok(false) };
    super::send_chat::settle_part(tx, city, &part, Some(id)).await?;
    Ok(true)
}

/// A follow, a link, a heart: the window is open, nothing is said yet.
async fn opened(tx: &mut Tx, city: &City, event: &Event, incoming: &Incoming) -> Result<()> {
    if event.sender_id.is_empty() {
        return Ok(());
    }
    let (conversation, _, _, _) = conversation_for(tx, city, incoming).await?;
    store::conversations::acted(tx, conversation.id, incoming.written_at).await?;
    Ok(())
}

/// The carrier vouches for the number that an SMS came from.
async fn vouch_for_number(tx: &mut Tx, city: &City, message: Uuid, number: &str) -> Result<()> {
    let Ok(phone) = domain::contact::Phone::parse(number) else { return Ok(()) };
    if store::contacts::vouched(tx, "phone", phone.e164()).await?.is_some() {
        return Ok(());
    }
    let message = store::messages::find(tx, message).await?;
    let contact = store::conversations::find(tx, message.conversation_id).await?.contact_id;
    let identity = crate::receive::proven_identity(city, contact, "phone", phone.e164().to_owned());
    Ok(store::contacts::add_identity(tx, &identity).await?)
}

/// The vendor vouches for the number that a person shared by its button.
async fn contact_shared(tx: &mut Tx, city: &City, event: &Event, incoming: &Incoming) -> Result<()> {
    let (conversation, _, _, _) = conversation_for(tx, city, incoming).await?;
    let Some(phone) = event.contact_phone.as_deref().and_then(|typed| domain::contact::Phone::parse(typed).ok()) else { return Ok(()) };
    let value = domain::contact::ContactPoint::Phone(phone).value().to_owned();
    if store::contacts::vouched(tx, "phone", &value).await?.is_none() {
        store::contacts::add_identity(tx, &crate::receive::proven_identity(city, conversation.contact_id, "phone", value)).await?;
    }
    if let Some(name) = event.contact_name.as_deref().map(one_line).filter(|name| !name.is_empty()) {
        store::contacts::rename(tx, conversation.contact_id, &name).await?;
    }
    Ok(())
}

/// The person wants us to forget: the data officer gets a request, and nothing more is said in the chat.
async fn consent_withdrawn(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    incoming: Incoming,
    mut proposal: crate::understand::Proposal,
) -> Result<Uuid> {
    proposal.track = domain::track::Track::PersonalData;
    let words = reference.text("consent_withdrawn", "vi", city.today())?;
    proposal.title.clone_from(&words.subject);
    let text = words.text.trim().to_owned();
    let beginning = Beginning {
        code: None,
        proposal,
        visibility: domain::visibility::Visibility::Agencies,
        ward: None,
        business_id: None,
        hint: None,
        silent: Some("consent_withdrawn"),
    };
    Ok(begin(tx, city, reference, Incoming { text, ..incoming }, beginning).await?.message)
}
