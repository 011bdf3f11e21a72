//! What a `command_status` means for the message and for the link.

use std::time::Duration;

use rusmpp::CommandStatus;

use crate::Error;

/// Taken.
pub const OK: u32 = 0x00;
pub const INVALID_LENGTH: u32 = 0x02;
pub const INVALID_COMMAND: u32 = 0x03;
pub const THROTTLED: u32 = 0x58;
/// To a `deliver_sm`: try again later.
pub const TRY_LATER: u32 = 0x64;
/// To a `deliver_sm`: never.
pub const NEVER: u32 = 0x65;

/// An SMSC does not say how long to wait: its limits are by the second.
const BREATH: Duration = Duration::from_secs(1);

/// A full queue or a fault of the SMSC does not pass so soon.
const PAUSE: Duration = Duration::from_secs(15);

/// What is to be done after a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Slow down, then the same message again.
    Throttle,
    /// The same message again after a while, or by another route.
    Retry,
    /// The link is in another state than we think: close it, bind anew, then the same message again.
    Reconnect,
    /// The SMSC does not let us in: an alarm for the administrator. Trying again may lock the account.
    Stop,
    /// This message is refused for good.
    Reject,
}

/// By the table of SMPP 3.4 §5.1.3; a code that it does not have is a refusal of the message.
pub fn remedy(status: u32) -> Remedy {
    match status {
        THROTTLED => Remedy::Throttle,
        // System error, queue full, submit failed, temporary application error.
        0x08 | 0x14 | 0x45 | TRY_LATER => Remedy::Retry,
        // Wrong bind status, already bound.
        0x04 | 0x05 => Remedy::Reconnect,
        // Bind failed, bad password, bad system id.
        0x0D..=0x0F => Remedy::Stop,
        _ => Remedy::Reject,
    }
}

/// The same for whoever sent the message.
pub fn error(status: u32) -> Error {
    let reason = name(status);
    match remedy(status) {
        Remedy::Throttle => Error::Throttled { after: Some(BREATH), reason },
        Remedy::Retry => Error::Throttled { after: Some(PAUSE), reason },
        Remedy::Reconnect => Error::Unreachable(reason),
        Remedy::Stop => Error::Misconfigured(reason),
        Remedy::Reject => Error::Rejected(reason),
    }
}

/// Number and name, as `0x58 ESME_RTHROTTLED`.
pub fn name(status: u32) -> String {
    match CommandStatus::from(status) {
        CommandStatus::Other(_) => format!("0x{status:02X}"),
        known => format!("0x{status:02X} {}", format!("{known:?}").to_uppercase().replacen("ESME", "ESME_", 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_table() {
        let stop = [0x0D, 0x0E, 0x0F];
        let reject = [0x01, 0x02, 0x03, 0x0A, 0x0B, 0x43, 0x61, 0x62, 0x65, 0x66, 0xFE, 0xFF, 0x411];
        assert!(stop.iter().all(|status| matches!(error(*status), Error::Misconfigured(_))));
        assert!(reject.iter().all(|status| matches!(error(*status), Error::Rejected(_))));
        assert!([0x04, 0x05].iter().all(|status| matches!(error(*status), Error::Unreachable(_))));
        assert!([0x08, 0x14, 0x45, 0x58, 0x64].iter().all(|status| matches!(error(*status), Error::Throttled { .. })));
        assert_eq!([remedy(0x58), remedy(0x14), remedy(0x04)], [Remedy::Throttle, Remedy::Retry, Remedy::Reconnect]);
        assert_eq!([name(0x58), name(0x411)], ["0x58 ESME_RTHROTTLED", "0x411"]);
    }
}
