//! Grounds on which reception may refuse a submission. The duty to state the reason is in the
//! 1022 regulation: the code goes with a text that is always sent.

codes! {
    /// Refusal grounds R1 to R10.
    pub enum RefusalGround {
        /// A complaint or denunciation, not feedback: it is guided, never refused.
        NotFeedback = "R1",
        /// No or false contact where the track needs it (Decision 31/2021 Art 41).
        NoContact = "R2",
        /// Not in Vietnamese; practice accepts English from foreign-invested firms.
        Language = "R3",
        /// Still unclear after one question.
        Unclear = "R4",
        /// Outside the territory or competence of every participating agency.
        OutOfCompetence = "R5",
        /// Already answered and nothing new; the answer's link is given.
        AlreadyAnswered = "R6",
        /// Being settled by a court, an inspection or an arbitration.
        BeingSettled = "R7",
        /// Insulting, advertising, spam.
        Abuse = "R8",
        /// State secrets or distortion (Decision 48/2025): kept in a restricted log, never shown.
        StateSecret = "R9",
        /// A test or the same message again.
        Duplicate = "R10",
    }
}

impl RefusalGround {
    /// Whether this ground ends in guidance to another door instead of a refusal.
    pub const fn means_guidance(self) -> bool {
        matches!(self, Self::NotFeedback)
    }

    /// Whether the submission goes to the restricted log only.
    pub const fn restricted(self) -> bool {
        matches!(self, Self::StateSecret)
    }
}
