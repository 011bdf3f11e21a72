//! Legal tracks: the first thing that classification decides. The track fixes the deadlines,
//! who may see the case and whether it may be handled here at all.

codes! {
    /// The eleven legal kinds of a submission.
    pub enum Track {
        /// Hiện trường: incident, infrastructure, urban order.
        Field = "HT",
        /// Quy định, thủ tục hành chính (Decree 20/2008).
        Procedure = "QD",
        /// Pháp luật: a legal text that conflicts, is unclear or burdens (Decision 48/2025).
        Law = "PL",
        /// Hỏi đáp, vướng mắc: how a rule applies to this business (Decree 55/2019).
        Question = "HD",
        /// Thái độ cán bộ: conduct of an official in a procedure (Decree 118/2025).
        Conduct = "CB",
        /// Hiến kế: a proposal.
        Proposal = "HK",
        /// Cung cấp thông tin (Law on Access to Information 2016).
        Information = "TT",
        /// Dữ liệu cá nhân: request of a data subject to us (Law 91/2025).
        PersonalData = "DL",
        /// Khiếu nại (Law on Complaints 2011): guided to the competent body.
        Complaint = "KN",
        /// Tố cáo (Law on Denunciations 2018): handed over securely, identity protected.
        Denunciation = "TC",
        /// Khẩn cấp: 113, 114, 115 are shown at once.
        Emergency = "KC",
    }
}

codes! {
    /// How urgent a case on the field track is; each class may have its own deadline rule.
    pub enum Urgency {
        /// Disaster, epidemic, danger.
        Urgent = "urgent",
        /// Can be checked on the spot at once.
        Prompt = "prompt",
        Normal = "normal",
    }
}

codes! {
    /// Under which condition cases of a track may be made public.
    pub enum Publishable {
        Yes = "yes",
        /// Only as question and answer after redaction.
        AsQuestion = "as_question",
        /// Only if the sender chose public.
        WithConsent = "with_consent",
        /// Only counted.
        StatisticsOnly = "statistics_only",
        Never = "never",
    }
}

impl Track {
    /// Whether an agency handles it through this system. The others are guided or handed over.
    pub const fn handled_here(self) -> bool {
        !matches!(self, Self::Complaint | Self::Denunciation | Self::Emergency)
    }

    /// Whether the sender's identity must be proven before routing.
    pub const fn needs_identity(self) -> bool {
        matches!(self, Self::Conduct | Self::PersonalData)
    }

    /// Whether choosing it seals the case: only named receivers see it from then on.
    pub const fn sealed(self) -> bool {
        matches!(self, Self::Denunciation)
    }

    /// Whether the handling officer may answer without a leader's approval.
    pub const fn answers_directly(self) -> bool {
        matches!(self, Self::Field)
    }

    /// When its cases may be published.
    pub const fn publishable(self) -> Publishable {
        match self {
            Self::Field | Self::Procedure | Self::Law => Publishable::Yes,
            Self::Question => Publishable::AsQuestion,
            Self::Proposal => Publishable::WithConsent,
            Self::Conduct => Publishable::StatisticsOnly,
            Self::Information | Self::PersonalData | Self::Complaint | Self::Denunciation | Self::Emergency => Publishable::Never,
        }
    }
}
