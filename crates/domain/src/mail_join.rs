//! Which case a mail belongs to.
//!
//! A mail joins by our own token, else by a Message-ID we know, else by a case code in its
//! subject; never by subject text alone, and a stranger never enters a conversation by quoting
//! a code or forging a References header.

use uuid::Uuid;

/// What was found out about one mail from a person, before anything is joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailFacts {
    /// The case named by a plus-token in a recipient address, whether the token is right or not.
    pub token_case: Option<Uuid>,
    /// The token's HMAC is right (compared in constant time).
    pub token_valid: bool,
    /// From is already a participant of `token_case`.
    pub from_on_token_case: bool,
    /// The case of a message that In-Reply-To or References names.
    pub reference_case: Option<Uuid>,
    /// From is already a participant of `reference_case`.
    pub from_on_reference_case: bool,
    /// The case whose code stands in the subject.
    pub subject_case: Option<Uuid>,
    /// From is already a participant of `subject_case`.
    pub from_on_subject_case: bool,
    /// The Authentication-Results of our own MX say dmarc=fail.
    pub dmarc_fail: bool,
}

/// Where the mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailJoin {
    /// Becomes a message of the case.
    Joined { case: Uuid },
    /// Becomes a message marked "từ địa chỉ mới": unseen by the sender and without an answer
    /// until an officer confirms.
    JoinedUnconfirmed { case: Uuid },
    /// Begins a new case; `hint` links it to the case it may be about, for officers only.
    New { hint: Option<Uuid> },
}

/// Decides by the order of trust: token, references, subject code.
///
/// A right token from a known address joins even when DMARC fails, because the token is the
/// proof; a wrong token is never an error to the sender, it is as if there were none.
pub fn join(facts: &MailFacts) -> MailJoin {
    if let (Some(case), true) = (facts.token_case, facts.token_valid) {
        return if facts.from_on_token_case { MailJoin::Joined { case } } else { MailJoin::JoinedUnconfirmed { case } };
    }
    let weaker = [(facts.reference_case, facts.from_on_reference_case), (facts.subject_case, facts.from_on_subject_case)];
    // A wrong token means a new conversation, whatever else the mail quotes.
    let may_join = facts.token_case.is_none() && !facts.dmarc_fail;
    for (case, from_known) in weaker {
        if let (Some(case), true, true) = (case, from_known, may_join) {
            return MailJoin::Joined { case };
        }
    }
    MailJoin::New { hint: facts.reference_case.or(facts.subject_case) }
}
