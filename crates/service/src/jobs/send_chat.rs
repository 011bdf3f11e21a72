//! Messages go out in chats, part by part.
//!
//! A chat removes no repeats. So a part is noted as begun before the call, and what was begun is never begun again: when the
//! answer was lost it is `unknown`, until an echo, a receipt or a person settles it.

use std::time::Duration;

use channels::outbound::Linked;
use channels::outbound::{Button, Content, Footing, Press, Recipient, split};
use channels::{Outbound, Receipt};
use domain::delivery::DeliveryState;
use jiff::SignedDuration;
use serde_json::json;
use store::conversations::ConversationRow;
use store::jobs::{self, Job};
use store::message_parts::{self, PartRow};
use store::messages::MessageRow;
use store::{Tx, change_feed};
use uuid::Uuid;

use super::{Done, Failure};
use crate::City;
use crate::change::note_event;
use crate::channel_health::{self, Trouble};
use crate::chat_accounts::{self, ChatAccount};
use crate::reference::Reference;

/// A person mends an account in minutes, not in moments.
const MENDING: SignedDuration = SignedDuration::from_secs(30);

pub(super) async fn run(city: &City, job: &Job, message: MessageRow, conversation: ConversationRow, case: Option<Uuid>) -> Done {
    let Some(account) = chat_accounts::find(city, conversation.account_id).await? else {
        return Err(Failure::Wait { after: SignedDuration::from_mins(5), why: "the account is switched off".into() });
    };
    let reference = city.reference();
    let (id, most) = (account.row.id, account.channel.pace(&reference)?);
    let between = between(&account, &reference);
    let alarmed = channel_health::alarm_of(&account.row).is_some();
    if alarmed && !city.lines.probes(id, most, city.now()) {
        let after = city.lines.again(id, most, city.now() + MENDING, city.now());
        return Err(Failure::Wait { after, why: "the account needs a person first".into() });
    }
    let footing = match window(city, &account, &conversation, &message).await? {
        Ok(footing) => footing,
        Err(reason) => return give_back(city, job, &message, case, reason, reason).await,
    };
    let text = with_link(city, &message, case).await?;
    let files = files(city, &account, &message).await?;
    let parts = parts(&account, &message, &text, files);
    if parts.len() > 1 && message.recipient.as_deref().is_some_and(|to| to.starts_with("comment:")) {
        // A comment allows one private message: half an answer helps nobody.
        return give_back(city, job, &message, case, "one_message_only", "a comment allows one private message").await;
    }
    let begun = message_parts::of_message(&mut city.db.read(), message.id).await?;
    let mut last = Receipt::default();
    let total = parts.len();
    for (position, content) in parts.into_iter().enumerate() {
        let position = position as i64;
        match begun.iter().find(|part| part.position == position).map(|part| part.state.as_str()) {
            Some("sent") => continue,
            // Begun before a crash, or its answer was lost: nobody knows, so nobody tries again.
            Some(_) => return lose(city, job, &message, case, position, "the answer was lost").await,
            None => {}
        }
        match city.lines.turn(id, most, 1, city.now()) {
            Ok(wait) => {
                let wait = if position > 0 { wait.max(between) } else { wait };
                tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
            }
            Err(after) => return Err(Failure::Wait { after, why: "the channel is given time".into() }),
        }
        let row = PartRow {
            message_id: message.id,
            position,
            account_id: account.row.id,
            text_hash: text_hash(city, content_text(&content)),
            external_id: None,
            state: "sending".into(),
            at: city.now().as_microsecond(),
            route: None,
            receipt: None,
        };
        let mut tx = city.db.begin().await?;
        if !message_parts::begin(&mut tx, &row).await? {
            return Err(Failure::Later { after: None, why: "another node has begun it".into() });
        }
        if message.state == "queued" && position == 0 {
            store::messages::advance(&mut tx, message.id, "queued", "sending", None, city.now()).await?;
        }
        tx.commit().await?;
        fail::fail_point!("send_chat::before_call");
        let outbound = Outbound { id: mark(message.id, position), recipient: recipient(&message), footing, content, reply_to: None };
        match account.send(city, &outbound).await {
            Ok(receipt) => {
                fail::fail_point!("send_chat::after_call");
                city.lines.took(id, most);
                if position + 1 < total as i64 {
                    let mut tx = city.db.begin().await?;
                    message_parts::sent(&mut tx, message.id, position, receipt.external_id, city.now()).await?;
                    tx.commit().await?;
                } else {
                    last = receipt;
                }
            }
            Err(error) => return failed(city, job, &account, &message, case, position, error).await,
        }
    }
    let mut tx = city.db.begin().await?;
    message_parts::sent(&mut tx, message.id, total as i64 - 1, last.external_id.clone(), city.now()).await?;
    let now = store::messages::find(&mut tx, message.id).await?.state;
    if matches!(now.as_str(), "queued" | "sending") {
        store::messages::advance(&mut tx, message.id, &now, "sent", None, city.now()).await?;
    }
    if let Some(quota) = last.quota {
        let kept = json!({ "kind": quota.kind, "left": quota.left, "total": quota.total, "until": quota.until, "at": city.now() });
        store::conversations::set_quota(&mut tx, conversation.id, kept).await?;
    }
    finish(tx, city, job, case).await?;
    if alarmed {
        // Somebody has mended it.
        channel_health::calm(city, account.row.id).await?;
    }
    Ok(())
}

/// What goes over the wire, in order: the text in pieces, buttons below the last, then the files.
fn parts(account: &ChatAccount, message: &MessageRow, text: &str, files: Vec<Content>) -> Vec<Content> {
    let titles: Vec<String> =
        message.threading.0.get("buttons").and_then(|list| serde_json::from_value(list.clone()).ok()).unwrap_or_default();
    let public = message.recipient.as_deref().is_some_and(|to| to.starts_with("under:"));
    let titles = if public { Vec::new() } else { titles };
    let fits = account.channel.has_room_for(&titles);
    let text = if fits { text.to_owned() } else { format!("{text}\n{}", titles.join(" · ")) };
    let mut pieces = split(&text, account.channel.text_limit());
    let last = pieces.pop();
    let mut parts: Vec<Content> = pieces.into_iter().map(|text| Content::Text { text, buttons: Vec::new() }).collect();
    if let Some(text) = last {
        let buttons = if fits { titles } else { Vec::new() };
        let buttons = buttons.into_iter().map(|title| Button { press: Press::Answer(title.clone()), title }).collect();
        parts.push(Content::Text { text, buttons });
    }
    parts.extend(files);
    parts
}

/// The files as the channel takes them.
async fn files(city: &City, account: &ChatAccount, message: &MessageRow) -> Result<Vec<Content>, Failure> {
    if !account.channel.fetches_files() {
        return Ok(super::send::attachments(city, message).await?.into_iter().map(Content::File).collect());
    }
    let rows = store::files::of_message(&mut city.db.read(), message.id).await?;
    let linked = rows.into_iter().map(|file| {
        let address = crate::file_link::address(city, &file)?;
        let size = u64::try_from(file.size).unwrap_or_default();
        Ok(Content::Linked(Linked { address, name: file.name, content_type: file.mime, size }))
    });
    Ok(linked.collect::<crate::Result<_>>()?)
}

/// What a person is spared between the parts of one message.
fn between(account: &ChatAccount, reference: &Reference) -> SignedDuration {
    match reference.number(&format!("{}_person_per_minute", account.channel.as_str())) {
        Ok(most) if most > 0 => SignedDuration::from_millis(60_000 / most),
        _ => SignedDuration::ZERO,
    }
}

fn content_text(content: &Content) -> &str {
    match content {
        Content::Text { text, .. } => text,
        Content::File(file) => &file.name,
        Content::Linked(file) => &file.name,
    }
}

/// Under which right the message may go now; else the reason for which it goes back to the officer.
async fn window(
    city: &City,
    account: &ChatAccount,
    conversation: &ConversationRow,
    message: &MessageRow,
) -> store::Result<Result<Footing, &'static str>> {
    let to = message.recipient.as_deref().unwrap_or_default();
    if to.starts_with("comment:") {
        // A comment allows one private reply; then its author must answer first.
        let used = store::messages::is_written_to(&mut city.db.read(), conversation.id, to, message.id).await?;
        return Ok(if used { Err("window_closed") } else { Ok(Footing::Answer) });
    }
    if to.starts_with("under:") {
        return Ok(Ok(Footing::Answer));
    }
    let human = message.officer_id.is_some() && matches!(message.kind.as_str(), "answer" | "answer_late" | "question");
    let acted = conversation.acted_at.and_then(|at| store::time(at).ok());
    let spans = city.reference().windows(&account.row.channel);
    Ok(match domain::window::judge(acted, city.now(), human, &spans) {
        domain::window::Verdict::Answer { .. } => Ok(Footing::Answer),
        domain::window::Verdict::Human { .. } => Ok(Footing::Human),
        domain::window::Verdict::Closed => Err("window_closed"),
    })
}

fn recipient(message: &MessageRow) -> Recipient {
    let to = message.recipient.as_deref().unwrap_or_default();
    match to.split_once(':') {
        Some(("comment", comment)) => Recipient::AuthorOf { comment: comment.to_owned() },
        Some(("under", comment)) => Recipient::UnderComment(comment.to_owned()),
        _ => Recipient::Person(to.to_owned()),
    }
}

async fn with_link(city: &City, message: &MessageRow, case: Option<Uuid>) -> Result<String, Failure> {
    let (true, Some(case)) = (message.text.contains("{link}"), case) else { return Ok(message.text.clone()) };
    let mut tx = city.db.begin().await?;
    let link = crate::follow::new_link(&mut tx, city, case).await?;
    tx.commit().await?;
    Ok(message.text.replace("{link}", &link))
}

/// What a refusal means for this message.
async fn failed(
    city: &City,
    job: &Job,
    account: &ChatAccount,
    message: &MessageRow,
    case: Option<Uuid>,
    position: i64,
    error: channels::Error,
) -> Done {
    use channels::Error as E;
    let why = error.to_string();
    match error {
        E::Lost(_) => {
            silent(city, account)?;
            return lose(city, job, message, case, position, &why).await;
        }
        E::Rejected(_) => return end(city, job, message, case, position, "ours_to_fix", &why).await,
        E::WindowClosed(_) => return end(city, job, message, case, position, "window_closed", &why).await,
        E::PersonGone(_) => return end(city, job, message, case, position, "ask_other_contact", &why).await,
        _ => {}
    }
    // It surely did not go out: it waits and is begun again.
    let mut tx = city.db.begin().await?;
    message_parts::undo(&mut tx, message.id, position).await?;
    tx.commit().await?;
    let wait = match error {
        E::Throttled { after, .. } => {
            let pause = after.and_then(|after| SignedDuration::try_from(after).ok());
            city.lines.slower(account.row.id, account.channel.pace(&city.reference())?, pause, city.now());
            pause.unwrap_or(SignedDuration::from_secs(1))
        }
        // What else waits for this account goes on.
        E::NotNow { after, .. } => SignedDuration::try_from(after).unwrap_or(SignedDuration::from_hours(1)),
        E::TokenExpired(_) => match super::refresh_token::run(city, account).await {
            Ok(()) => SignedDuration::ZERO,
            Err(_) => SignedDuration::from_secs(30),
        },
        E::OutOfQuota(_) | E::Misconfigured(_) => {
            channel_health::raise(city, account.row.id, &Trouble::of(&error)).await?;
            city.forget_account(account.row.id);
            SignedDuration::from_mins(1)
        }
        _ => {
            silent(city, account)?;
            return Err(Failure::Later { after: None, why });
        }
    };
    Err(Failure::Wait { after: wait, why })
}

/// A call that nobody answered: after some of them the account is left in peace for a while.
fn silent(city: &City, account: &ChatAccount) -> crate::Result<()> {
    if city.lines.silent(account.row.id, account.channel.pace(&city.reference())?, city.now()) {
        tracing::warn!(account = %account.row.id, "the channel does not answer: its circuit opens");
        metrics::counter!("channel_circuit_opened_total", "channel" => account.channel.as_str()).increment(1);
    }
    Ok(())
}

/// The answer was lost: shown as unknown, and left.
async fn lose(city: &City, job: &Job, message: &MessageRow, case: Option<Uuid>, position: i64, why: &str) -> Done {
    let mut tx = city.db.begin().await?;
    message_parts::lost(&mut tx, message.id, position, city.now()).await?;
    let now = store::messages::find(&mut tx, message.id).await?.state;
    if matches!(now.as_str(), "queued" | "sending") {
        store::messages::advance(&mut tx, message.id, &now, "unknown", Some("reply_lost".into()), city.now()).await?;
        if let Some(case) = case {
            let told = json!({ "message": message.id });
            note_event(&mut tx, city, case, "delivery_unknown", told, Some(json!({ "diagnostic": why }))).await?;
        }
    }
    finish(tx, city, job, case).await
}

async fn end(city: &City, job: &Job, message: &MessageRow, case: Option<Uuid>, position: i64, reason: &'static str, why: &str) -> Done {
    let mut tx = city.db.begin().await?;
    message_parts::undo(&mut tx, message.id, position).await?;
    tx.commit().await?;
    give_back(city, job, message, case, reason, why).await
}

/// Nothing more can be done by itself: the officer sees why and what can be done.
async fn give_back(city: &City, job: &Job, message: &MessageRow, case: Option<Uuid>, reason: &'static str, why: &str) -> Done {
    let mut tx = city.db.begin().await?;
    let now = store::messages::find(&mut tx, message.id).await?.state;
    if store::messages::advance(&mut tx, message.id, &now, "failed", Some(reason.into()), city.now()).await?
        && let Some(case) = case
    {
        let told = json!({ "message": message.id, "reason": reason });
        note_event(&mut tx, city, case, "delivery_failed", told, Some(json!({ "diagnostic": why }))).await?;
    }
    finish(tx, city, job, case).await
}

async fn finish(mut tx: Tx, city: &City, job: &Job, case: Option<Uuid>) -> Done {
    if let Some(case) = case {
        change_feed::add(&mut tx, "case", case, city.now()).await?;
    }
    jobs::finish(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}

/// Something proves that a part went out, by its id if it tells that: what was unknown is sent.
pub(super) async fn settle_part(tx: &mut Tx, city: &City, part: &PartRow, external_id: Option<&str>) -> crate::Result<()> {
    message_parts::sent(tx, part.message_id, part.position, external_id.map(str::to_owned), city.now()).await?;
    let message = store::messages::find(tx, part.message_id).await?;
    let Ok(known) = message.state.parse::<DeliveryState>() else { return Ok(()) };
    if known != DeliveryState::Unknown {
        return Ok(());
    }
    let parts = message_parts::of_message(tx, part.message_id).await?;
    if parts.iter().all(|part| part.state == "sent")
        && store::messages::advance(tx, message.id, "unknown", "sent", None, city.now()).await?
    {
        for case in store::cases::of_message(tx, message.id).await? {
            note_event(tx, city, case.id, "delivery_settled", json!({ "message": message.id }), None).await?;
            change_feed::add(tx, "case", case.id, city.now()).await?;
        }
    }
    Ok(())
}

/// Our id of a part, which Facebook's echo and a person's next message on Viber repeat.
fn mark(message: Uuid, position: i64) -> String {
    format!("{}.{position}", message.simple())
}

pub(super) fn read_mark(mark: &str) -> Option<(Uuid, i64)> {
    let (message, position) = mark.split_once('.')?;
    Some((message.parse().ok()?, position.parse().ok()?))
}

/// What an echo is compared by: the words without their spaces, which vendors change.
pub(super) fn text_hash(city: &City, text: &str) -> String {
    city.keys.hash("echo", &text.split_whitespace().collect::<Vec<_>>().join(" "))
}
