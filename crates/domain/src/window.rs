//! Windows of a chat channel: how long after a person's last act what may be written.

use jiff::{SignedDuration, Timestamp};

/// Spans of one channel, dated data of the list of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// Everything may be written, the program's own messages too.
    pub answer: SignedDuration,
    /// A human's answer may still be written (Facebook's human agent), or anything at a price (Zalo).
    pub human: SignedDuration,
    /// After `answer` the program may write too, at a price.
    pub program_pays: bool,
}

/// What a window allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Free, until then.
    Answer {
        until: Timestamp,
    },
    /// Only so, until then.
    Human {
        until: Timestamp,
    },
    Closed,
}

/// Judges one message. A person who never acted has opened no window.
pub fn judge(acted: Option<Timestamp>, now: Timestamp, human: bool, spans: &Spans) -> Verdict {
    let Some(acted) = acted else { return Verdict::Closed };
    let (answer, last) = (acted + spans.answer, acted + spans.human);
    if now <= answer {
        Verdict::Answer { until: answer }
    } else if now <= last && (human || spans.program_pays) {
        Verdict::Human { until: last }
    } else {
        Verdict::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::{Spans, Verdict, judge};
    use jiff::{SignedDuration, Timestamp};

    const HOURS: fn(i64) -> SignedDuration = SignedDuration::from_hours;

    #[test]
    fn facebook_lets_a_human_answer_for_a_week_and_zalo_lets_anybody_pay() {
        let facebook = Spans { answer: HOURS(24), human: HOURS(168), program_pays: false };
        let zalo = Spans { answer: HOURS(48), human: HOURS(168), program_pays: true };
        let acted = Timestamp::UNIX_EPOCH;
        let at = |hours| acted + HOURS(hours);
        assert_eq!(judge(None, at(0), true, &facebook), Verdict::Closed);
        assert_eq!(judge(Some(acted), at(24), false, &facebook), Verdict::Answer { until: at(24) });
        assert_eq!(judge(Some(acted), at(25), false, &facebook), Verdict::Closed);
        assert_eq!(judge(Some(acted), at(25), true, &facebook), Verdict::Human { until: at(168) });
        assert_eq!(judge(Some(acted), at(49), false, &zalo), Verdict::Human { until: at(168) });
        assert_eq!(judge(Some(acted), at(169), true, &zalo), Verdict::Closed);
    }
}
