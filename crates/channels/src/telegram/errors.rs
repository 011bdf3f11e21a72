//! What Telegram's errors mean for the message.

use crate::Error;
use crate::answer::{Answer, said, wait};
use crate::json::Object;

/// The meaning of an answer whose `ok` is not true. `error_code` equals the status.
pub(super) fn meaning(answer: &Answer) -> Error {
    let text = Object::read(&answer.body).unwrap_or_default();
    let code = text.integer("error_code").unwrap_or_default();
    let sentence = said(text.text("description"));
    let reason = format!("{code} {sentence}").trim_end().to_owned();
    let parameters = text.object("parameters");
    match code {
        // Not Telegram's own words: a gateway on the way.
        _ if !text.has("error_code") => answer.refusal(),
        // The whole bot is refused for that long.
        429 => {
            let seconds = parameters.integer("retry_after").and_then(|seconds| u64::try_from(seconds).ok());
            Error::Throttled { after: seconds.map(wait).or(answer.after), reason }
        }
        // The token is wrong or revoked; somebody else fetches this bot's updates.
        401 | 404 | 409 => Error::Misconfigured(reason),
        // Blocked by the person, deactivated, never started.
        403 => Error::PersonGone(reason),
        400 if sentence.contains("chat not found") => Error::PersonGone(reason),
        // A group that became a supergroup has another id.
        400 if parameters.has("migrate_to_chat_id") => {
            Error::PersonGone(format!("{reason}: now {}", parameters.id("migrate_to_chat_id").unwrap_or_default()))
        }
        500..=599 => Error::Unreachable(reason),
        _ => Error::Rejected(reason),
    }
}
