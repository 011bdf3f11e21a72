//! Outbound messages: what is known about where one is.

codes! {
    /// State of one outbound message on its way to one recipient.
    pub enum DeliveryState {
        Queued = "queued",
        /// Written before the channel is called; found after a crash it becomes `unknown`,
        /// or `queued` where a repeat is harmless.
        Sending = "sending",
        /// Accepted by the channel.
        Sent = "sent",
        Delivered = "delivered",
        Read = "read",
        /// Ended without reaching the recipient; carries a [`FailureReason`].
        Failed = "failed",
        /// The reply was lost: never silently sent again where that costs money or is public.
        Unknown = "unknown",
    }
}

codes! {
    /// Whose turn it is after a failure.
    pub enum FailureReason {
        /// A passing fault: the next attempt is ours.
        OursToRetry = "ours_to_retry",
        /// Configuration or content: someone of ours must repair it.
        OursToFix = "ours_to_fix",
        /// The address is dead: ask the sender for another contact.
        AskOtherContact = "ask_other_contact",
    }
}

/// A report that would move a delivery backwards, for example `sent` after `read`. It is late
/// news, not a fault: the caller keeps the state it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a delivery does not go from {from} to {to}")]
pub struct NotForward {
    pub from: DeliveryState,
    pub to: DeliveryState,
}

/// The state after a report; only forward. The same state again is no move and no error.
///
/// `failed` after `sent` is forward (a bounce); after `delivered` it is not. `unknown` ends on
/// evidence: an echo, a receipt, a person. `failed` ends: a new attempt is a new queue entry,
/// except for `ours_to_retry`, which [`may_retry`] decides.
pub fn advance(from: DeliveryState, to: DeliveryState) -> Result<DeliveryState, NotForward> {
    use DeliveryState::{Delivered, Failed, Queued, Read, Sending, Sent, Unknown};
    let forward = match from {
        Queued => matches!(to, Sending | Failed),
        Sending => matches!(to, Sent | Delivered | Read | Failed | Unknown),
        Sent => matches!(to, Delivered | Read | Failed),
        Delivered => matches!(to, Read),
        Unknown => matches!(to, Sent | Delivered | Read | Failed),
        Read | Failed => false,
    };
    if forward || from == to { Ok(to) } else { Err(NotForward { from, to }) }
}

/// Whether a failed attempt may be queued again by itself.
pub fn may_retry(state: DeliveryState, reason: Option<FailureReason>) -> bool {
    state == DeliveryState::Failed && reason == Some(FailureReason::OursToRetry)
}

impl DeliveryState {
    /// Whether nothing more is expected without a person or new evidence.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Read | Self::Failed)
    }

    /// Whether the officer should be shown it as a trouble.
    pub const fn is_trouble(self) -> bool {
        matches!(self, Self::Failed | Self::Unknown)
    }
}
