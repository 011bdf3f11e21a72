//! What Zalo's error codes mean for the message, after its table of codes and that of template messages (ZBS).

use std::time::Duration;

use jiff::Timestamp;

use crate::Error;
use crate::answer::Answer;

/// Where the answer does not tell what time it is there.
const ASK_AGAIN: Duration = Duration::from_secs(3600);

/// The meaning of a code other than 0.
pub(super) fn meaning(code: i64, sentence: &str, answer: &Answer) -> Error {
    let reason = format!("{code} {sentence}").trim_end().to_owned();
    match code {
        // Token invalid, expired, removed.
        -216 | -220 | -124 => Error::TokenExpired(reason),
        // The app's or the account's calls of this minute.
        -32 => Error::Throttled { after: answer.after, reason },
        // An uploaded file that is gone (upload it again), an unknown fault, a failed sending.
        -100 | -200 => Error::Throttled { after: None, reason },
        // At night only promotional messages are refused (-133 is the same for templates). The message stays right and
        // nobody has anything to decide, so it waits for the morning and does not go back to the officer.
        -234 | -133 => Error::NotNow { after: answer.date.map_or(ASK_AGAIN, until_morning), reason },
        // Quota of the account, of the receiver, of the package; balance and quota of template messages.
        -211 | -218 | -321 | -115 | -137 | -144 | -147 => Error::OutOfQuota(reason),
        // The last word of the person is older than seven days, or there is none.
        -230 | -232 => Error::WindowClosed(reason),
        // No follower, blocked, away for 45 days, restricted; of templates: no such number, or one that cannot receive.
        -213 | -217 | -227 | -244 | -108 | -114 | -118 | -119 | -139 | -141 => Error::PersonGone(reason),
        // The account or the app is switched off, unknown, not entitled, not linked; the proof of the app's secret is wrong.
        -204 | -205 | -209 | -212 | -219 | -221 | -223 | -224 | -235 | -320 | -242 => Error::Misconfigured(reason),
        _ => Error::Rejected(reason),
    }
}

/// From a moment to the next 06:00 in Viet Nam (UTC+7, no summer time), when promotional messages are delivered again.
fn until_morning(now: Timestamp) -> Duration {
    const DAY: i64 = 24 * 3600;
    let local = now.as_second() + 7 * 3600;
    let left = (6 * 3600 - local).rem_euclid(DAY);
    Duration::from_secs(left.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_morning_comes_at_six_in_viet_nam() {
        for (now, hours) in
            [("2026-02-25T15:00:00Z", 8), ("2026-02-25T22:59:00Z", 0), ("2026-02-25T23:00:00Z", 0), ("2026-02-26T01:00:00Z", 22)]
        {
            assert_eq!(until_morning(now.parse().unwrap()).as_secs() / 3600, hours, "{now}");
        }
    }
}
