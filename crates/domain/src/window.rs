//! Windows of a chat channel: how long after a person's last act what may be written.

use jiff::{SignedDuration, Timestamp};

/// Spans of one channel, dated data of the list of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// Everything may be written, the program's own messages too. None: without end.
    pub answer: Option<SignedDuration>,
    /// A human's answer may still be written (Facebook's human agent), or anything at a price (Zalo, Viber). None: without
    /// end.
    pub human: Option<SignedDuration>,
    /// After `answer` the program may write too, at a price.
    pub program_pays: bool,
}

/// What a window allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Free, until then; without a date as long as the person does not block the account.
    Answer {
        until: Option<Timestamp>,
    },
    /// Only so, until then.
    Human {
        until: Option<Timestamp>,
    },
    Closed,
}

/// Judges one message. A person who never acted has opened no window.
pub fn judge(acted: Option<Timestamp>, now: Timestamp, human: bool, spans: &Spans) -> Verdict {
    let Some(acted) = acted else { return Verdict::Closed };
    let end = |span: Option<SignedDuration>| span.map(|span| acted.saturating_add(span).unwrap_or(Timestamp::MAX));
    let is_open = |end: Option<Timestamp>| end.is_none_or(|end| now <= end);
    let (answer, last) = (end(spans.answer), end(spans.human));
    if is_open(answer) {
        Verdict::Answer { until: answer }
    } else if is_open(last) && (human || spans.program_pays) {
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
        let facebook = Spans { answer: Some(HOURS(24)), human: Some(HOURS(168)), program_pays: false };
        let zalo = Spans { answer: Some(HOURS(48)), human: Some(HOURS(168)), program_pays: true };
        let acted = Timestamp::UNIX_EPOCH;
        let at = |hours| acted + HOURS(hours);
        assert_eq!(judge(None, at(0), true, &facebook), Verdict::Closed);
        assert_eq!(judge(Some(acted), at(24), false, &facebook), Verdict::Answer { until: Some(at(24)) });
        assert_eq!(judge(Some(acted), at(25), false, &facebook), Verdict::Closed);
        assert_eq!(judge(Some(acted), at(25), true, &facebook), Verdict::Human { until: Some(at(168)) });
        assert_eq!(judge(Some(acted), at(49), false, &zalo), Verdict::Human { until: Some(at(168)) });
        assert_eq!(judge(Some(acted), at(169), true, &zalo), Verdict::Closed);
    }

    #[test]
    fn a_span_without_end_stays_open_once_the_person_has_acted() {
        let telegram = Spans { answer: None, human: None, program_pays: false };
        let viber = Spans { answer: Some(HOURS(24)), human: None, program_pays: true };
        let (acted, years_later) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + HOURS(100_000));
        assert_eq!(judge(None, acted, true, &telegram), Verdict::Closed);
        assert_eq!(judge(Some(acted), years_later, false, &telegram), Verdict::Answer { until: None });
        assert_eq!(judge(Some(acted), years_later, false, &viber), Verdict::Human { until: None });
    }
}
