//! What may be written to the sender of a chat case now: the vendor's window, what is left to send, the longest message.

use channels::facebook;
use domain::window::{Spans, Verdict, judge};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use store::Query;
use store::cases::CaseRow;
use store::messages::MessageRow;

use crate::chat_channel::ChatChannel;
use crate::tell::{COMMENTER, place};
use crate::{City, Result};

/// The window of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatWindow {
    pub channel: String,
    pub spans: Spans,
    /// When the person last did what opens the window.
    pub acted: Option<Timestamp>,
    /// What the vendor said is left to send, since the person last acted.
    pub left: Option<i64>,
    /// Characters of one message; what is longer goes in pieces.
    pub limit: usize,
    /// The person wrote a comment only: there is nothing but the one private reply to it.
    pub private_reply: Option<PrivateReply>,
    /// The account is switched off, or waits for a person.
    pub off: bool,
    pub alarmed: bool,
}

/// The one private reply that a comment allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrivateReply {
    pub used: bool,
    pub until: Timestamp,
}

/// What a message may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// It goes out freely until then; without a date until the person blocks the account.
    Free(Option<Timestamp>),
    /// It goes out until then and is charged.
    Charged(Option<Timestamp>),
    /// It goes out until then because a person writes it.
    ByHand(Option<Timestamp>),
    /// The program may not say it; a person may, until then.
    OnlyByHand(Option<Timestamp>),
    /// It is the one private reply.
    Once(Timestamp),
    /// The private reply was sent, or its time is over.
    RepliedOnce,
    Closed,
}

impl ChatWindow {
    /// Judges a message written by a person (an answer, a question) or by the program (everything else).
    pub fn allows(&self, now: Timestamp, by_hand: bool) -> Allowed {
        match self.private_reply {
            Some(reply) if reply.used || now > reply.until => return Allowed::RepliedOnce,
            Some(reply) => return Allowed::Once(reply.until),
            None => {}
        }
        match judge(self.acted, now, by_hand, &self.spans) {
            Verdict::Answer { until } => Allowed::Free(until),
            Verdict::Human { until } if self.spans.program_pays => Allowed::Charged(until),
            Verdict::Human { until } => Allowed::ByHand(until),
            Verdict::Closed => match judge(self.acted, now, true, &self.spans) {
                Verdict::Human { until } => Allowed::OnlyByHand(until),
                _ => Allowed::Closed,
            },
        }
    }
}

#[derive(Deserialize)]
struct Quota {
    left: Option<i64>,
    at: Timestamp,
}

/// The window of the case; none when it is no chat.
pub async fn of_case(city: &City, q: &mut impl Query, case: &CaseRow, messages: &[MessageRow]) -> Result<Option<ChatWindow>> {
    let (conversation, identity) = place(q, case).await?;
    let account = store::channel_accounts::find(q, conversation.account_id).await?;
    let Some(channel) = ChatChannel::of(&account.channel) else { return Ok(None) };
    let acted = conversation.acted_at.map(store::time).transpose()?;
    // What was left before the person wrote again says nothing of what is left now.
    let quota = conversation.quota.and_then(|quota| serde_json::from_value::<Quota>(quota.0).ok());
    let left = quota.filter(|quota| acted.is_none_or(|acted| quota.at >= acted)).and_then(|quota| quota.left);
    let private_reply = match identity.kind.as_str() {
        COMMENTER => Some(private_reply(messages)?),
        _ => None,
    };
    Ok(Some(ChatWindow {
        spans: city.reference().windows(&account.channel),
        acted,
        left,
        limit: channel.text_limit(),
        private_reply,
        off: !account.enabled,
        alarmed: crate::channel_health::alarm_of(&account).is_some(),
        channel: account.channel,
    }))
}

/// What is left of the private reply to the newest comment.
fn private_reply(messages: &[MessageRow]) -> Result<PrivateReply> {
    let comment = messages.iter().rev().find(|message| message.direction == "in" && matches!(message.kind.as_str(), "report" | "reply"));
    let id = comment.and_then(|comment| comment.external_id.as_deref()).unwrap_or_default();
    let to = format!("comment:{id}");
    let went =
        |message: &MessageRow| message.recipient.as_deref() == Some(to.as_str()) && !matches!(message.state.as_str(), "failed" | "unknown");
    let written = comment.map_or(Ok(Timestamp::MIN), |comment| store::time(comment.created_at))?;
    let open = SignedDuration::from_hours(i64::from(facebook::LIMITS.private_reply_hours));
    Ok(PrivateReply { used: messages.iter().any(went), until: written.saturating_add(open).unwrap_or(Timestamp::MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: fn(i64) -> SignedDuration = SignedDuration::from_hours;

    fn window(channel: &str, human: i64, program_pays: bool) -> ChatWindow {
        ChatWindow {
            channel: channel.into(),
            spans: Spans { answer: Some(HOURS(24)), human: Some(HOURS(human)), program_pays },
            acted: Some(Timestamp::UNIX_EPOCH),
            left: None,
            limit: 2000,
            private_reply: None,
            off: false,
            alarmed: false,
        }
    }

    #[test]
    fn a_person_may_write_when_the_program_may_not() {
        let at = |hours| Timestamp::UNIX_EPOCH + HOURS(hours);
        let facebook = window("facebook", 168, false);
        assert_eq!(facebook.allows(at(1), false), Allowed::Free(Some(at(24))));
        assert_eq!(facebook.allows(at(25), true), Allowed::ByHand(Some(at(168))));
        assert_eq!(facebook.allows(at(25), false), Allowed::OnlyByHand(Some(at(168))));
        assert_eq!(facebook.allows(at(169), true), Allowed::Closed);
        let zalo = window("zalo", 168, true);
        assert_eq!(zalo.allows(at(25), false), Allowed::Charged(Some(at(168))));
        assert_eq!(zalo.allows(at(169), true), Allowed::Closed);
    }

    #[test]
    fn a_comment_is_answered_privately_once() {
        let reply = |used| Some(PrivateReply { used, until: Timestamp::UNIX_EPOCH });
        let once = ChatWindow { private_reply: reply(false), ..window("facebook", 168, false) };
        assert_eq!(once.allows(Timestamp::UNIX_EPOCH, true), Allowed::Once(Timestamp::UNIX_EPOCH));
        assert_eq!(once.allows(Timestamp::UNIX_EPOCH + HOURS(1), true), Allowed::RepliedOnce);
        assert_eq!(ChatWindow { private_reply: reply(true), ..once }.allows(Timestamp::UNIX_EPOCH, true), Allowed::RepliedOnce);
    }
}
