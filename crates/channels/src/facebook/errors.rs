//! What a refusal of the Graph API means, by its number: the sentences are translated and change.
//!
//! Meta's pages "Common Error Codes" (2026-03-18) and "Error Codes" of the Messenger Platform.

use crate::Error;
use crate::answer::{Answer, said};
use crate::json::Object;

/// `None` when the call was granted. The body is read whatever the status says: some refusals come with 200.
pub(super) fn refusal(answer: &Answer, token: &str) -> Option<Error> {
    let Ok(body) = Object::read(&answer.body) else { return Some(answer.refusal()) };
    if !body.has("error") {
        return (!answer.status.is_success()).then(|| answer.refusal());
    }
    let error = body.object("error");
    let code = error.integer("code").unwrap_or_default();
    let subcode = error.integer("error_subcode").unwrap_or_default();
    // A sentence about a bad token quotes it.
    let sentence = error.text("message").map(|message| if token.is_empty() { message } else { message.replace(token, "…") });
    let trace = error.id("fbtrace_id").map(|trace| format!(" [{trace}]")).unwrap_or_default();
    let reason = format!("{code}/{subcode} {}{trace}", said(sentence));
    Some(match (code, subcode) {
        (10, 2018278) => Error::WindowClosed(reason),
        (551, _) | (200, 1545041) | (100, 2018001) => Error::PersonGone(reason),
        (4 | 17 | 32 | 613, _) => Error::Throttled { after: answer.after, reason },
        (_, _) if answer.status.as_u16() == 429 => Error::Throttled { after: answer.after, reason },
        // A page token is renewed by a person alone.
        (190, _) => Error::Misconfigured(reason),
        // A permission is missing, or Meta blocks the page for what it did.
        (10 | 200 | 230 | 368, _) => Error::Misconfigured(reason),
        (100 | 506, _) => Error::Rejected(reason),
        (1 | 2 | 1200, _) => Error::Unreachable(reason),
        (_, _) if answer.status.is_server_error() || error.is_true("is_transient") => Error::Unreachable(reason),
        (_, _) => Error::Rejected(reason),
    })
}
