//! What a refusal of Viber means, by its `status`: HTTP says 200 to nearly all of them.

use std::time::Duration;

use crate::Error;
use crate::answer::{Answer, said};
use crate::json::Object;

/// Broadcasts are counted by ten seconds; Viber does not say how long to wait.
const COME_BACK: Duration = Duration::from_secs(10);

/// `None` when the call was granted.
pub(super) fn refusal(answer: &Answer) -> Option<Error> {
    let body = Object::read(&answer.body).unwrap_or_default();
    let Some(status) = body.integer("status") else { return Some(answer.refusal()) };
    let reason = format!("{status} {}", said(body.text("status_message")));
    Some(match status {
        0 if answer.status.is_success() => return None,
        0 => answer.refusal(),
        // The address of the callbacks, the token, the bot itself.
        1 | 2 | 7..=10 | 15..=18 => Error::Misconfigured(reason),
        // The person is unknown, has left, or has no device for it.
        5 | 6 | 11 => Error::PersonGone(reason),
        12 => Error::Throttled { after: answer.after.or(Some(COME_BACK)), reason },
        // The free allowance is used, or there is no balance.
        23 | 24 => Error::OutOfQuota(reason),
        // The request is wrong (3, 4, 13, 14, 22), of a kind not allowed (19, 20), or not allowed in the country (21).
        _ => Error::Rejected(reason),
    })
}
