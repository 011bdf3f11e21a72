//! Comments under the city's posts: answered in public with next to nothing, hidden and shown again by an officer.

use channels::facebook;
use domain::permission::Act;
use serde_json::json;
use store::Tx;
use uuid::Uuid;

use crate::change::{note_event, read_for};
use crate::chat_accounts::ChatAccount;
use crate::reference::Reference;
use crate::tell::{Asking, Chat, Reach, Words, ask};
use crate::{City, Error, Officer, Problem, Result};

/// Under a comment stands only that it was received: never a code in public.
pub async fn acknowledge(tx: &mut Tx, city: &City, reference: &Reference, case: Uuid, comment: &str) -> Result<()> {
    in_public(tx, city, reference, case, comment, "comment_received", vec![], None).await?;
    Ok(())
}

/// An officer answers under the newest comment, for everybody to read.
pub async fn answer(city: &City, officer: &Officer, case: Uuid, text: &str) -> Result<()> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::new("text", "missing").into());
    }
    // A code, a telephone number or an address has no place in public.
    if !language::personal::find(text).is_empty() || !domain::tracking_code::TrackingCode::find_in(text).is_empty() {
        return Err(Problem::new("text", "personal").into());
    }
    let reference = city.reference();
    let mut tx = city.db.begin().await?;
    read_for(&mut tx, officer, Act::Read, case).await?;
    let comment = newest_comment(&mut tx, case).await?.ok_or(Error::NotFound)?;
    in_public(&mut tx, city, &reference, case, &comment, "public_reply", vec![("text", text.to_owned())], Some(officer.id)).await?;
    tx.commit().await?;
    Ok(())
}

/// Hides the newest comment of a case from everybody but its author, or shows it again.
pub async fn hide(city: &City, officer: &Officer, case: Uuid, hidden: bool) -> Result<()> {
    let mut q = city.db.read();
    let (row, _) = read_for(&mut q, officer, Act::Read, case).await?;
    let comment = newest_comment(&mut q, case).await?.ok_or(Error::NotFound)?;
    let conversation = store::conversations::find(&mut q, row.conversation_id).await?;
    let account = ChatAccount::of(city, store::channel_accounts::find(&mut q, conversation.account_id).await?)?;
    facebook::send::hide(&city.http, &account.facebook(), &comment, hidden).await.map_err(|error| Error::Setup(error.to_string()))?;
    let mut tx = city.db.begin().await?;
    let kind = if hidden { "comment_hidden" } else { "comment_shown" };
    note_event(&mut tx, city, case, kind, json!({ "by": officer.id }), None).await?;
    store::change_feed::add(&mut tx, "case", case, city.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn newest_comment(q: &mut impl store::Query, case: Uuid) -> Result<Option<String>> {
    Ok(store::messages::newest_inbound(q, case)
        .await?
        .filter(|message| !message.threading.0["post"].is_null())
        .and_then(|message| message.external_id))
}

#[expect(clippy::too_many_arguments, reason = "what is said, where, and by whom")]
async fn in_public(
    tx: &mut Tx,
    city: &City,
    reference: &Reference,
    case: Uuid,
    comment: &str,
    kind: &'static str,
    values: Vec<(&'static str, String)>,
    officer: Option<Uuid>,
) -> Result<Uuid> {
    let case = crate::change::OpenCase::load(tx, case).await?;
    let conversation = store::conversations::find(tx, case.row.conversation_id).await?;
    let identity = store::contacts::identity(tx, conversation.identity_id).await?;
    let chat = Chat { channel: "facebook", recipient: format!("under:{comment}"), conversation: conversation.id };
    let reach = Reach { identity, name: String::new(), language: case.row.language.clone(), threading: json!({}), chat: Some(chat) };
    let words = Words { kind, values, officer, agency: officer.map(|_| case.row.agency_id) };
    ask(tx, city, reference, Some(&case), &reach, words, Asking::default()).await
}
