//! When a page may write. [facebook.md §7 "Windows"]

use jiff::{SignedDuration, Timestamp};

use super::error::GraphError;

/// After the person's last action anything may be sent.
const OPEN: SignedDuration = SignedDuration::from_hours(24);
/// A human agent may still answer.
const HUMAN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A comment may be answered privately.
pub(super) const PRIVATE_REPLY: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whether this kind of message may go now.
pub(super) fn allows(
    messaging_type: Option<&str>,
    tag: Option<&str>,
    last_action: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), GraphError> {
    let within = |window| last_action.is_some_and(|last| now.duration_since(last) <= window);
    match (messaging_type, tag) {
        (None | Some("RESPONSE" | "UPDATE"), None) => within(OPEN).then_some(()).ok_or_else(GraphError::outside_window),
        (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")) => within(HUMAN).then_some(()).ok_or_else(GraphError::outside_window),
        // The other tags are being withdrawn: nothing should lean on them.
        (Some("MESSAGE_TAG"), Some(_)) => Err(GraphError::parameter("Param tag must be one of {HUMAN_AGENT}")),
        (Some("MESSAGE_TAG"), None) => Err(GraphError::parameter("Param tag is required for MESSAGE_TAG")),
        (_, Some(_)) => Err(GraphError::parameter("Param tag may only be used with messaging_type MESSAGE_TAG")),
        (Some(_), None) => Err(GraphError::parameter("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_for_anything_a_week_for_a_human() {
        let at = |hours: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let last = Some(at(0));
        assert!(allows(Some("RESPONSE"), None, last, at(24)).is_ok());
        assert_eq!(allows(Some("RESPONSE"), None, last, at(25)), Err(GraphError::outside_window()));
        assert!(allows(Some("MESSAGE_TAG"), Some("HUMAN_AGENT"), last, at(168)).is_ok());
        assert_eq!(allows(Some("MESSAGE_TAG"), Some("HUMAN_AGENT"), last, at(169)), Err(GraphError::outside_window()));
        assert_eq!(allows(None, None, None, at(0)), Err(GraphError::outside_window()), "nobody has written yet");
    }
}
