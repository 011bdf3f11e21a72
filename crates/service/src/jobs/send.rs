//! Messages go out by mail. `sending` is written before the call; what was begun may be begun again, because the same
//! Message-ID makes a repeat harmless.

use std::time::Duration;

use channels::email::compose::{Letter, Origin, compose};
use channels::email::{bounce, smtp, thread};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use store::channel_accounts::AccountRow;
use store::jobs::{self, Job};
use store::messages::MessageRow;
use store::{Tx, change_feed};
use uuid::Uuid;

use super::{Done, Failure};
use crate::City;
use crate::change::note_event;
use crate::mailboxes;

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Payload {
    message: Uuid,
    /// None for words of a conversation that has no case yet.
    case: Option<Uuid>,
}

pub(super) async fn run(city: &City, job: &Job) -> Done {
    let Payload { message, case } = job.payload()?;
    let mut q = city.db.read();
    let message = store::messages::find(&mut q, message).await?;
    if !matches!(message.state.as_str(), "queued" | "sending") {
        // A bounce, an echo or a person settled it meanwhile.
        return settle(city, job, None).await;
    }
    let conversation = store::conversations::find(&mut q, message.conversation_id).await?;
    if let Ok(account) = store::channel_accounts::find(&mut q, conversation.account_id).await
        && crate::chat_channel::ChatChannel::of(&account.channel).is_some()
    {
        return super::send_chat::run(city, job, message, conversation, case).await;
    }
    let Some(case) = case else { return Err(Failure::Never("a mail belongs to a case".into())) };
    let case = store::cases::find(&mut q, case).await?;
    let Some(account) = account_for(city, &message).await? else {
        return Err(Failure::Later { after: Some(SignedDuration::from_mins(5)), why: "no mailbox is switched on".into() });
    };
    let mut tx = city.db.begin().await?;
    let link = if message.text.contains("{link}") { crate::follow::new_link(&mut tx, city, case.id).await? } else { String::new() };
    if message.state == "queued" {
        store::messages::advance(&mut tx, message.id, "queued", "sending", None, city.now()).await?;
    }
    tx.commit().await?;
    fail::fail_point!("send::before_call");
    let attachments = attachments(city, &message).await?;
    let text = message.text.replace("{link}", &link);
    let letter = Written { message: &message, code: &case.code, text: &text, attachments: &attachments };
    match send(city, &account, &letter).await {
        Ok(()) => {
            fail::fail_point!("send::after_call");
            settle(city, job, Some((&message, case.id, "sent", None))).await
        }
        Err(channels::Error::Rejected(said)) => {
            tracing::info!(message = %message.id, "a mail was refused");
            let reason = if said.contains("5.1.") || said.starts_with("550") { "ask_other_contact" } else { "ours_to_fix" };
            settle(city, job, Some((&message, case.id, "failed", Some((reason, said))))).await
        }
        Err(error) => {
            mailboxes::note_trouble(city, &account, &error.to_string()).await?;
            Err(Failure::Later { after: Some(again(&error, job.attempts)), why: error.to_string() })
        }
    }
}

#[derive(Deserialize)]
struct CodePayload {
    to: String,
    sealed: String,
    language: String,
    minutes: i64,
}

/// Sends a one-time code. It is worth nothing after its few minutes, so it is not tried for long.
pub(super) async fn run_code(city: &City, job: &Job) -> Done {
    let payload: CodePayload = job.payload()?;
    let to = opened(city, "one-time-code-to", &payload.to)?;
    let digits = opened(city, "one-time-code", &payload.sealed)?;
    let Some(account) = default_account(city).await? else {
        return Err(Failure::Never("no mailbox is switched on".into()));
    };
    let (subject, text) = crate::one_time_code::words(city, &digits, &payload.language, payload.minutes)?;
    let mut bits = [0; 16];
    city.random.fill(&mut bits);
    let message_id = thread::new_message_id(bits, city.settings.mail_host());
    let mailbox = mailboxes::of(&account)?;
    let letter = Letter {
        from_name: &mailbox.display_name,
        from: &account.address,
        to: &to,
        reply_to: &account.address,
        return_path: &account.address,
        subject: &subject,
        text: &text,
        html: None,
        message_id: &message_id,
        in_reply_to: None,
        references: &[],
        origin: Origin::Notice,
        instance: &city.settings.instance,
        date: city.now(),
        attachments: &[],
    };
    let (envelope, bytes) = compose(&letter).map_err(|error| Failure::Never(error.to_string()))?;
    match smtp::send(&mailboxes::smtp_settings(city, &account)?, &envelope, &bytes, PATIENCE).await {
        Ok(_) => settle(city, job, None).await,
        Err(error) if job.attempts < 5 => Err(Failure::Later { after: Some(SignedDuration::from_secs(20)), why: error.to_string() }),
        Err(error) => Err(Failure::Never(error.to_string())),
    }
}

/// What rests encrypted in a job.
pub(super) fn opened(city: &City, purpose: &str, hex: &str) -> Result<String, Failure> {
    let sealed = hex::decode(hex).map_err(|error| Failure::Never(error.to_string()))?;
    String::from_utf8(city.keys.open(purpose, &sealed)?).map_err(|error| Failure::Never(error.to_string()))
}

struct Written<'a> {
    message: &'a MessageRow,
    code: &'a str,
    text: &'a str,
    attachments: &'a [channels::Attachment],
}

async fn send(city: &City, account: &AccountRow, written: &Written<'_>) -> Result<(), channels::Error> {
    let message = written.message;
    let misconfigured = |error: crate::Error| channels::Error::Misconfigured(error.to_string());
    let mailbox = mailboxes::of(account).map_err(misconfigured)?;
    let token = thread::token(city.keys.mail(), &format!("c-{}", written.code));
    let reply_to = thread::plus_address(&account.address, &token).unwrap_or_else(|| account.address.clone());
    let return_path = bounce::return_path(&account.address, city.keys.mail(), &message.id.simple().to_string())
        .unwrap_or_else(|| account.address.clone());
    let references: Vec<String> =
        message.threading.0.get("references").and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default();
    let answered = message.threading.0.get("in_reply_to").and_then(|id| id.as_str());
    let html = html(written.text);
    // A receipt answers a machine's question "did it arrive"; what an officer wrote is a person's mail.
    let origin = match message.kind.as_str() {
        "answer" | "question" if message.officer_id.is_some() => Origin::Person,
        "receipt" => Origin::Receipt,
        _ => Origin::Notice,
    };
    let letter = Letter {
        from_name: &mailbox.display_name,
        from: &account.address,
        to: message.recipient.as_deref().unwrap_or_default(),
        reply_to: &reply_to,
        return_path: &return_path,
        subject: &message.subject,
        text: written.text,
        html: Some(&html),
        message_id: message.external_id.as_deref().unwrap_or_default(),
        in_reply_to: answered,
        references: &references,
        origin,
        instance: &city.settings.instance,
        date: store::time(message.created_at).map_err(|error| channels::Error::Rejected(error.to_string()))?,
        attachments: written.attachments,
    };
    let (envelope, bytes) = compose(&letter)?;
    let settings = mailboxes::smtp_settings(city, account).map_err(misconfigured)?;
    smtp::send(&settings, &envelope, &bytes, PATIENCE).await?;
    Ok(())
}

/// The text as simple HTML: paragraphs, lines, links.
fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    out.push_str("<!doctype html><html><body style=\"font-family:sans-serif;font-size:16px;line-height:1.5\">");
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        out.push_str("<p>");
        for (number, line) in paragraph.lines().enumerate() {
            if number > 0 {
                out.push_str("<br>");
            }
            for (place, word) in line.split(' ').enumerate() {
                if place > 0 {
                    out.push(' ');
                }
                let safe = escape(word);
                if word.starts_with("https://") || word.starts_with("http://") {
                    out.push_str(&format!("<a href=\"{safe}\">{safe}</a>"));
                } else {
                    out.push_str(&safe);
                }
            }
        }
        out.push_str("</p>");
    }
    out.push_str("</body></html>");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The mailbox of the conversation when it is one, else the city's.
async fn account_for(city: &City, message: &MessageRow) -> Result<Option<AccountRow>, Failure> {
    let mut q = city.db.read();
    let conversation = store::conversations::find(&mut q, message.conversation_id).await?;
    match store::channel_accounts::find(&mut q, conversation.account_id).await {
        Ok(account) if account.channel == "email" => Ok(account.enabled.then_some(account)),
        Ok(_) | Err(store::Error::NotFound) => default_account(city).await,
        Err(error) => Err(error.into()),
    }
}

async fn default_account(city: &City) -> Result<Option<AccountRow>, Failure> {
    match city.reference().default_mailbox() {
        Some(mailbox) => Ok(Some(store::channel_accounts::find(&mut city.db.read(), mailbox.id).await?)),
        None => Ok(None),
    }
}

pub(super) async fn attachments(city: &City, message: &MessageRow) -> Result<Vec<channels::Attachment>, Failure> {
    let mut found = Vec::new();
    for file in store::files::of_message(&mut city.db.read(), message.id).await? {
        let bytes = city.attachments.get(file.shown.as_ref().unwrap_or(&file.original)).await?;
        found.push(channels::Attachment { name: file.name, content_type: file.mime, content_id: None, inline: false, bytes });
    }
    Ok(found)
}

type Settled<'a> = Option<(&'a MessageRow, Uuid, &'a str, Option<(&'a str, String)>)>;

async fn settle(city: &City, job: &Job, settled: Settled<'_>) -> Done {
    let mut tx = city.db.begin().await?;
    if let Some((message, case, state, failure)) = settled {
        let reason = failure.as_ref().map(|(reason, _)| (*reason).to_owned());
        store::messages::advance(&mut tx, message.id, "sending", state, reason, city.now()).await?;
        if let Some((reason, said)) = failure {
            let told = json!({ "message": message.id, "reason": reason });
            note_event(&mut tx, city, case, "delivery_failed", told, Some(json!({ "diagnostic": said }))).await?;
        }
        change_feed::add(&mut tx, "case", case, city.now()).await?;
    }
    jobs::finish(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}

/// After the last try the officer sees that it is ours to send again.
pub(super) async fn give_up(tx: &mut Tx, city: &City, job: &Job, why: &str) -> store::Result<()> {
    let Ok(Payload { message, case }) = job.payload::<Payload>() else { return Ok(()) };
    let row = store::messages::find(tx, message).await?;
    if store::messages::advance(tx, message, &row.state, "failed", Some("ours_to_retry".into()), city.now()).await? {
        let told = json!({ "message": message, "reason": "ours_to_retry" });
        if let Some(case) = case {
            note_event(tx, city, case, "delivery_failed", told, Some(json!({ "diagnostic": why }))).await?;
            change_feed::add(tx, "case", case, city.now()).await?;
        }
    }
    Ok(())
}

/// 1, 5, 15 minutes, 1 hour, then every 4 hours (channels/email §6), unless the server says when.
fn again(error: &channels::Error, attempts: i64) -> SignedDuration {
    if let channels::Error::Throttled { after: Some(after), .. } = error {
        return SignedDuration::try_from(*after).unwrap_or(SignedDuration::from_mins(5));
    }
    match attempts {
        ..=1 => SignedDuration::from_mins(1),
        2 => SignedDuration::from_mins(5),
        3 => SignedDuration::from_mins(15),
        4 => SignedDuration::from_hours(1),
        _ => SignedDuration::from_hours(4),
    }
}
