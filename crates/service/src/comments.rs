//! Comments under the city's posts: answered in public with next to nothing, hidden and shown again by an officer.

use channels::{Event, facebook};
use domain::permission::Act;
use serde_json::json;
use store::Tx;
use store::events::EventRow;
use store::messages::MessageRow;
use uuid::Uuid;

use crate::change::{OpenCase, note_event, read_to};
use crate::channel_health::{Class, Trouble};
use crate::chat_accounts::ChatAccount;
use crate::reference::Reference;
use crate::tell::{Asking, Chat, Reach, Words, ask};
use crate::{City, Error, Officer, Problem, Result};

/// Under a comment stands only that it was received: never a code in public.
pub async fn acknowledge(tx: &mut Tx, city: &City, reference: &Reference, case: Uuid, comment: &str) -> Result<()> {
    let case = OpenCase::load(tx, case).await?;
    in_public(tx, city, reference, &case, comment, Public::default()).await?;
    Ok(())
}

/// An officer answers under a comment (the newest unless another is named), for everybody to read.
pub async fn answer(city: &City, officer: &Officer, case: Uuid, version: i64, comment: Option<Uuid>, text: &str) -> Result<()> {
    let text = text.trim();
    check(text)?;
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.allow(officer, Act::Answer)?;
    case.expect_version(version)?;
    let (_, comment) = chosen(&store::messages::of_case(&mut tx, case.id()).await?, comment)?;
    let said = Public { text: Some(text), officer: Some(officer.id) };
    let message = in_public(&mut tx, city, &reference, &case, &comment, said).await?;
    case.event(city, &by(officer), "public_reply", json!({ "message": message }), None);
    case.save(&mut tx, city, &reference).await?;
    tx.commit().await?;
    Ok(())
}

/// A code, a telephone number or an address has no place in public.
fn check(text: &str) -> Result<()> {
    let most = facebook::LIMITS.text;
    let problem = if text.is_empty() {
        Problem::new("public", "missing")
    } else if text.chars().count() > most {
        Problem::with("public", "too_long", most)
    } else if !domain::tracking_code::TrackingCode::find_in(text).is_empty() {
        Problem::new("public", "code")
    } else if !language::personal::find(text).is_empty() {
        Problem::new("public", "personal")
    } else {
        return Ok(());
    };
    Err(problem.into())
}

/// Hides a comment of a case (the newest unless another is named) from everybody but its author, or shows it again.
pub async fn hide(city: &City, officer: &Officer, case: Uuid, comment: Option<Uuid>, hidden: bool) -> Result<()> {
    let mut q = city.db.read();
    let (row, _) = read_to(&mut q, officer, Act::Answer, case).await?;
    let (message, comment) = chosen(&store::messages::of_case(&mut q, case).await?, comment)?;
    let conversation = store::conversations::find(&mut q, row.conversation_id).await?;
    let account = ChatAccount::of(city, store::channel_accounts::find(&mut q, conversation.account_id).await?)?;
    facebook::send::hide(&city.http, &account.facebook(), &comment, hidden).await.map_err(|error| refusal(&error))?;
    let mut tx = city.db.begin().await?;
    let mut case = OpenCase::load(&mut tx, case).await?;
    case.event(city, &by(officer), kind(hidden), json!({ "message": message }), None);
    case.save(&mut tx, city, &city.reference()).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody hid a comment in the vendor's own tools, or showed it again; what we did ourselves is told as well.
pub async fn noticed(tx: &mut Tx, city: &City, message: &MessageRow, event: &Event) -> Result<()> {
    let now_hidden = event.verb.as_deref() == Some("hide");
    for case in store::cases::of_message(tx, message.id).await? {
        if is_hidden(&store::events::of_case(tx, case.id).await?, message.id) != now_hidden {
            note_event(tx, city, case.id, kind(now_hidden), json!({ "message": message.id }), None).await?;
            store::change_feed::add(tx, "case", case.id, city.now()).await?;
        }
    }
    Ok(())
}

/// Whether a comment is hidden, by the events of its case.
pub fn is_hidden(events: &[EventRow], comment: Uuid) -> bool {
    let comment = comment.to_string();
    let of_it = |event: &&EventRow| {
        matches!(event.kind.as_str(), "comment_hidden" | "comment_shown") && event.body.0["message"].as_str() == Some(comment.as_str())
    };
    events.iter().rev().find(of_it).is_some_and(|event| event.kind == "comment_hidden")
}

/// Whether a message came in as a comment.
pub fn was_comment(message: &MessageRow) -> bool {
    message.direction == "in" && !message.threading.0["post"].is_null()
}

/// Whether it is one that still stands under its post.
pub fn is_comment(message: &MessageRow) -> bool {
    was_comment(message) && message.state_reason.as_deref() != Some("taken_back")
}

fn kind(hidden: bool) -> &'static str {
    if hidden { "comment_hidden" } else { "comment_shown" }
}

/// A comment of a case: our message and the vendor's id.
fn chosen(messages: &[MessageRow], wanted: Option<Uuid>) -> Result<(Uuid, String)> {
    let fits = |message: &&MessageRow| is_comment(message) && wanted.is_none_or(|wanted| wanted == message.id);
    let message = messages.iter().rev().find(fits).ok_or_else(|| Problem::new("comment", "gone"))?;
    Ok((message.id, message.external_id.clone().ok_or(Error::NotFound)?))
}

/// Why the vendor would not, for the page to word.
fn refusal(error: &channels::Error) -> Error {
    let code = match Trouble::of(error).class {
        Class::Token | Class::Setup | Class::Quota => "setup",
        Class::Throttled | Class::Unreachable => "unreachable",
        Class::Gone => "gone",
        _ => "refused",
    };
    Problem::new("comment", code).into()
}

/// What is said in public, and by whom; by default that a comment was received.
#[derive(Default)]
struct Public<'a> {
    text: Option<&'a str>,
    officer: Option<Uuid>,
}

async fn in_public(tx: &mut Tx, city: &City, reference: &Reference, case: &OpenCase, comment: &str, said: Public<'_>) -> Result<Uuid> {
    let conversation = store::conversations::find(tx, case.row.conversation_id).await?;
    let identity = store::contacts::identity(tx, conversation.identity_id).await?;
    let chat = Chat {
        channel: crate::chat_channel::ChatChannel::Facebook.as_str(),
        recipient: format!("under:{comment}"),
        conversation: conversation.id,
    };
    let reach = Reach { identity, name: String::new(), language: case.row.language.clone(), threading: json!({}), chat: Some(chat) };
    let (kind, values) = match said.text {
        Some(text) => ("public_reply", vec![("text", text.to_owned())]),
        None => ("comment_received", vec![]),
    };
    let words = Words { kind, values, officer: said.officer, agency: said.officer.map(|_| case.row.agency_id) };
    ask(tx, city, reference, Some(case), &reach, words, Asking::default()).await
}

fn by(officer: &Officer) -> String {
    format!("officer:{}", officer.id)
}
