//! A business writes in a chat: what its message does, the same on every chat channel.
//!
//! Free text is enough. Every message leads to exactly one [`Step`], and a step says at most one thing back: nobody gets
//! two answers to one message. What was asked last is kept in [`Talk`], so that "5" or "không" has a meaning.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tracking_code::TrackingCode;

/// What a message means by itself, before anybody knows what was talked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// No words: a picture, a sticker, a place.
    Wordless,
    /// "chào", "alo", "1022 ơi": somebody is there, nothing is said yet.
    Greeting,
    Thanks,
    Yes,
    No,
    /// "bỏ qua": does not want to answer what was asked.
    Skip,
    /// "việc khác": the last words belong to another matter.
    OtherMatter,
    /// "hồ sơ của tôi đến đâu".
    Status,
    /// "dừng": no more messages but those about the own cases.
    Stop,
    /// "chưa đạt": the answer does not help.
    NotDone,
    /// A bare number from 0 to 99, with or without "sao".
    Number(u8),
    /// A tracking code and nothing else, or "KQ" and a code.
    Code(TrackingCode),
    /// "DG", a code and one to five.
    Rate {
        code: TrackingCode,
        score: u8,
    },
    /// Anything else is a report, or goes with one.
    Words,
}

/// What the conversation waits for, and what it was about last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Talk {
    pub asked: Option<Asked>,
    /// The case that the sender wrote to last, and when.
    pub case: Option<Uuid>,
    pub written_at: Option<Timestamp>,
    /// The message that joined a case only because it was the one open case: it may be about another matter.
    pub joined: Option<Uuid>,
    /// Messages without words that wait for words.
    pub pending: Vec<Uuid>,
    pub stopped: bool,
}

/// The one thing that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Asked {
    /// "Anh/chị đang vướng việc gì?"
    Matter,
    /// The tax code of the business; the proposed field may be refused instead.
    TaxCode { case: Uuid },
    /// The ward, where the proposed agency depends on it.
    Ward { case: Uuid },
    /// Only whether the proposed field is right.
    Proposal { case: Uuid },
    /// One of these fields, by number; the last number is "another one".
    Field { case: Uuid, fields: Vec<String> },
    /// One to five for the answer.
    Score { case: Uuid },
    /// What is still missing in the answer.
    Reason { case: Uuid, score: u8 },
}

impl Asked {
    pub fn case(&self) -> Option<Uuid> {
        match self {
            Self::Matter => None,
            Self::TaxCode { case }
            | Self::Ward { case }
            | Self::Proposal { case }
            | Self::Field { case, .. }
            | Self::Score { case }
            | Self::Reason { case, .. } => Some(*case),
        }
    }
}

/// A case of the sender's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCase {
    pub id: Uuid,
    pub open: bool,
    /// Nobody has routed it: its field may still be chosen by the sender.
    pub in_reception: bool,
    /// It has an answer that may be rated or refused.
    pub answered: bool,
    /// When the sender last wrote to it.
    pub written_at: Timestamp,
}

/// What is known about a message besides its words.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub intent: Intent,
    pub talk: &'a Talk,
    /// The sender's cases, the one written to last first.
    pub own: &'a [OwnCase],
    /// The own case of the message that this one answers.
    pub replied: Option<Uuid>,
    /// A code in the text that names an own case.
    pub own_code: Option<Uuid>,
    /// The text holds what was asked: a tax code, a ward.
    pub holds_tax_code: bool,
    pub holds_ward: bool,
    pub now: Timestamp,
}

/// Spans of time, dated data of the list of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// Messages this close together are one report.
    pub gather: SignedDuration,
    /// So long the one open case that was written to takes what comes.
    pub join: SignedDuration,
}

/// What the message does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Begins a case; its receipt is the answer.
    Begin,
    /// Goes with a case.
    Join {
        case: Uuid,
        answer: JoinAnswer,
    },
    /// Keeps the message on the conversation and asks what it is about.
    AskMatter,
    /// Keeps the message; nothing is said.
    Quiet,
    /// Tells where a case stands.
    Tell {
        case: Uuid,
    },
    /// Looks a code up that is not the sender's own: status and dates, as for anybody.
    LookUp(TrackingCode),
    /// There is no case to tell about.
    NoCase,
    /// A rating that counts for nothing: of a case that is not the sender's own, or has no answer to rate. Both are told
    /// alike, so that a stranger learns nothing.
    CannotRate(TrackingCode),
    /// The proposed field is right.
    Confirm {
        case: Uuid,
    },
    /// Offers other fields.
    OfferFields {
        case: Uuid,
    },
    /// Takes a field by its place among those offered; `None` is "another one", which a person chooses.
    TakeField {
        case: Uuid,
        field: Option<String>,
    },
    TakeTaxCode {
        case: Uuid,
    },
    TakeWard {
        case: Uuid,
    },
    /// What was asked is left out.
    LeaveOut {
        case: Uuid,
    },
    /// Takes the last joined message out of its case and begins another one with it.
    Separate {
        message: Uuid,
        from: Uuid,
    },
    Rate {
        case: Uuid,
        score: u8,
    },
    AskReason {
        case: Uuid,
        score: u8,
    },
    Reopen {
        case: Uuid,
        score: u8,
    },
    Stop,
}

/// What is said when a message goes with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinAnswer {
    /// It is one report with the message before.
    Nothing,
    /// The sender named the case: it is confirmed.
    Added,
    /// It was the one open case: confirmed, with a way out ("Việc khác").
    AddedByGuess,
}

/// Scores up to this ask what is missing; the list of limits says which one reopens.
const LOW: u8 = 2;

/// Decides. The order is the rule: what was asked is answered first where the words fit it; then a named case, then the one
/// open case, else a new one.
pub fn decide(facts: &Facts<'_>, spans: &Spans) -> Step {
    let talk = facts.talk;
    let find = |id: Uuid| facts.own.iter().find(|case| case.id == id);
    if let Some(step) = answered(facts) {
        return step;
    }
    match &facts.intent {
        Intent::Stop => return Step::Stop,
        Intent::OtherMatter => {
            return match (talk.joined, talk.case) {
                (Some(message), Some(from)) => Step::Separate { message, from },
                _ => Step::AskMatter,
            };
        }
        Intent::Status => {
            let about = facts.replied.or(facts.own_code).or(facts.own.first().map(|case| case.id));
            return about.map_or(Step::NoCase, |case| Step::Tell { case });
        }
        Intent::Rate { code, score } => {
            let own = facts.own_code.and_then(find).filter(|case| case.answered);
            return own.map_or_else(|| Step::CannotRate(code.clone()), |case| rated(case.id, *score));
        }
        Intent::Code(code) => return facts.own_code.map_or_else(|| Step::LookUp(code.clone()), |case| Step::Tell { case }),
        Intent::NotDone => {
            let named = facts.replied.and_then(find).filter(|case| case.answered);
            if let Some(case) = named.or_else(|| facts.own.iter().find(|case| case.answered)) {
                return Step::AskReason { case: case.id, score: 1 };
            }
        }
        Intent::Thanks => return Step::Quiet,
        _ => {}
    }
    if let Some(case) = facts.replied.or(facts.own_code) {
        return Step::Join { case, answer: JoinAnswer::Added };
    }
    let since = |at: Option<Timestamp>| at.map(|at| facts.now.duration_since(at));
    let gathering = since(talk.written_at).is_some_and(|gone| gone <= spans.gather);
    if let Some(case) = talk.case.and_then(find).filter(|case| gathering && case.open && !case.answered) {
        return Step::Join { case: case.id, answer: JoinAnswer::Nothing };
    }
    if facts.intent == Intent::Greeting {
        return Step::AskMatter;
    }
    let mut recent = facts.own.iter().filter(|case| case.open && !case.answered && facts.now.duration_since(case.written_at) <= spans.join);
    if let (Some(case), None) = (recent.next(), recent.next()) {
        return Step::Join { case: case.id, answer: JoinAnswer::AddedByGuess };
    }
    match facts.intent {
        // No words yet, or words that only make sense as an answer to something.
        Intent::Wordless | Intent::Yes | Intent::No | Intent::Skip | Intent::Number(_) => Step::AskMatter,
        _ => Step::Begin,
    }
}

/// A low score asks what is missing first.
fn rated(case: Uuid, score: u8) -> Step {
    if score <= LOW { Step::AskReason { case, score } } else { Step::Rate { case, score } }
}

/// The message read as an answer to what was asked, where it is one.
fn answered(facts: &Facts<'_>) -> Option<Step> {
    let asked = facts.talk.asked.as_ref()?;
    let case = asked.case()?;
    let own = facts.own.iter().find(|own| own.id == case)?;
    let may_choose = own.open && own.in_reception;
    match (asked, &facts.intent) {
        (Asked::Score { .. }, Intent::Number(score @ 1..=5)) if own.answered => Some(rated(case, *score)),
        (Asked::Reason { .. }, Intent::Skip | Intent::No) => Some(Step::LeaveOut { case }),
        (Asked::Reason { score, .. }, Intent::Words) => Some(Step::Reopen { case, score: *score }),
        (Asked::Field { fields, .. }, Intent::Number(number)) if may_choose => {
            let place = usize::from(*number).checked_sub(1)?;
            (place <= fields.len()).then(|| Step::TakeField { case, field: fields.get(place).cloned() })
        }
        (Asked::TaxCode { .. } | Asked::Ward { .. } | Asked::Field { .. }, Intent::Skip) => Some(Step::LeaveOut { case }),
        (Asked::TaxCode { .. }, _) if facts.holds_tax_code => Some(Step::TakeTaxCode { case }),
        (Asked::Ward { .. }, _) if facts.holds_ward && may_choose => Some(Step::TakeWard { case }),
        (Asked::TaxCode { .. } | Asked::Ward { .. } | Asked::Proposal { .. }, Intent::No) if may_choose => Some(Step::OfferFields { case }),
        (Asked::TaxCode { .. } | Asked::Ward { .. } | Asked::Proposal { .. }, Intent::Yes) => Some(Step::Confirm { case }),
        _ => None,
    }
}
