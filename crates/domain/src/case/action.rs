//! What can be asked of a case, and how it can be refused.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::stage::Label;
use crate::refusal::RefusalGround;
use crate::track::{Track, Urgency};

/// One act on a case, with what it needs. The row of the table it stands for follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// 2: the track needs an identity that is not proven.
    RequireProof { track: Track },
    /// 3
    ProofGiven,
    /// 4
    ProofExpired,
    /// 5
    StartScreening,
    /// 6 from screening, 18 by the handling officer.
    AskInfo { question: String, until: Timestamp },
    /// 7
    InfoArrived,
    /// 8
    InfoExpired,
    /// 9: confirmed by another officer than the one who acts.
    Refuse { ground: RefusalGround, text: String, confirmed_by: Uuid },
    /// 10: to a body outside; the track when it is KN, TC or KC. `to` is told to the sender.
    Guide { track: Option<Track>, to: String },
    /// 11
    Merge { master: Uuid, master_open: bool },
    /// 11b: the sender wants an own case.
    Object,
    /// 12. `lead_competent`: what `AgencyTree::is_competent` says of the lead today.
    Route { track: Track, field: String, urgency: Urgency, lead: Uuid, lead_competent: bool, co: Vec<Uuid>, why: String },
    /// 12b
    Correct { track: Track, field: String, urgency: Urgency, reason: String },
    /// 13
    Accept { officer: Uuid },
    /// 13b
    Assign { officer: Uuid },
    /// 14
    Return { reason: String, proposed: Option<Uuid> },
    /// 15
    Reroute { lead: Uuid, lead_competent: bool, co: Vec<Uuid>, why: String },
    /// 16: without a date the sub-request gets its share of the time that remains.
    SubRequest { id: Uuid, agency: Uuid, text: String, due: Option<Timestamp> },
    /// 17: `expired` is recorded as "no opinion".
    SubRequestDone { id: Uuid, expired: bool },
    /// 19
    Extend { until: Timestamp, reason: String },
    /// 20
    SubmitDraft { answer_id: Uuid },
    /// 20b
    ReturnDraft { reason: String },
    /// 21
    ApproveDraft,
    /// 21b: on the field track, without a leader.
    SendAnswer { answer_id: Uuid },
    /// 22
    SendBack { reason: String },
    /// 23
    Pledge { id: Uuid, text: String, due: Timestamp, owner: Uuid },
    /// 24
    PledgeKept { id: Uuid, proof: bool },
    /// 25: with the one new date, once.
    PledgeMissed { id: Uuid, new_due: Option<Timestamp> },
    /// 26
    Reopen { reason: String, rating: Option<u8> },
    /// 27: with the rating when the sender gave one, without after silence.
    Close { rating: Option<u8> },
    /// 28
    Withdraw,
    /// 29
    Publish { checklist_passed: bool, anonymised_question: bool },
    /// 30
    Unpublish { reason: String },
    /// 31
    AnswerFromPublished { answer_id: Uuid, track: Track, field: String },
    /// 31b: the sender says that it does not answer the question.
    NotRight { reason: String },
    /// 32
    Seal { receivers: BTreeSet<Uuid>, reason: String },
    /// 33: days were added to or taken from the calendar.
    CalendarChanged,
    /// 34: with the question that still waits for its answer, to be put once more; empty for a proof.
    Remind { question: String },
}

codes! {
    /// Why an act that is possible from here is not allowed now. Pages word each code.
    pub enum GuardCode {
        AlreadyExtended = "already_extended",
        AlreadyMoved = "already_moved",
        AlreadyPublished = "already_published",
        BounceTooLate = "bounce_too_late",
        CityLeaderDecides = "city_leader_decides",
        ContactUnproven = "contact_unproven",
        DateMissing = "date_missing",
        DateNotLater = "date_not_later",
        DateTooLate = "date_too_late",
        FieldMissing = "field_missing",
        GroundMeansGuidance = "ground_means_guidance",
        LeadNotCompetent = "lead_not_competent",
        MasterClosed = "master_closed",
        NeedsLeader = "needs_leader",
        NoDueDate = "no_due_date",
        NotPublishable = "not_publishable",
        NotPublished = "not_published",
        NotYetDue = "not_yet_due",
        NotYourAgency = "not_your_agency",
        NothingChanged = "nothing_changed",
        ObjectionUsed = "objection_used",
        OfficerMissing = "officer_missing",
        PastDue = "past_due",
        PledgeUnknown = "pledge_unknown",
        ProofMissing = "proof_missing",
        ProofNotNeeded = "proof_not_needed",
        RatingTooHigh = "rating_too_high",
        RatingOutOfRange = "rating_out_of_range",
        RatingMissing = "rating_missing",
        ReasonMissing = "reason_missing",
        ReceiversMissing = "receivers_missing",
        RedactionMissing = "redaction_missing",
        RemindersMissing = "reminders_missing",
        ReopenTooLate = "reopen_too_late",
        ReopenTooOften = "reopen_too_often",
        SameAgency = "same_agency",
        SamePerson = "same_person",
        Sealed = "sealed",
        SecondPersonNeeded = "second_person_needed",
        SenderRefused = "sender_refused",
        SubRequestUnknown = "sub_request_unknown",
        TextMissing = "text_missing",
        TooManyAsks = "too_many_asks",
        TooManyBounces = "too_many_bounces",
        TrackHandledHere = "track_handled_here",
        TrackNotHandledHere = "track_not_handled_here",
        WasPublished = "was_published",
    }
}

/// Why an act did not happen; the case is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// The case is not where this can be done; show what it is now.
    #[error("not possible while the case is {label}")]
    NotFromHere { label: Label },
    /// Somebody else may.
    #[error("not allowed in this role")]
    NotYourRole,
    #[error("not allowed: {0}")]
    Guard(GuardCode),
}

impl From<GuardCode> for Refused {
    fn from(code: GuardCode) -> Self {
        Self::Guard(code)
    }
}
