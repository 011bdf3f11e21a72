//! Stages, labels, outcomes and roles.

codes! {
    /// The seven stages a case can be in; everything else is derived.
    pub enum Stage {
        New = "new",
        Waiting = "waiting",
        Routed = "routed",
        Working = "working",
        Approval = "approval",
        Answered = "answered",
        Closed = "closed",
    }
}

codes! {
    /// The sixteen labels that officers and other systems see.
    pub enum Label {
        /// Mới tiếp nhận.
        New = "new",
        /// Chờ xác thực người gửi.
        Verify = "verify",
        /// Đang phân loại.
        Screen = "screen",
        /// Chờ bổ sung thông tin.
        NeedInfo = "need_info",
        /// Đã chuyển cơ quan xử lý.
        Routed = "routed",
        /// Trả lại, chưa đúng thẩm quyền.
        Bounced = "bounced",
        /// Đang xử lý.
        Working = "working",
        /// Đang phối hợp.
        Coord = "coord",
        /// Đã dự thảo, chờ duyệt.
        Draft = "draft",
        /// Đã trả lời.
        Answered = "answered",
        /// Đã trả lời, đang thực hiện cam kết.
        Pledge = "pledge",
        /// Đã đóng.
        Closed = "closed",
        /// Từ chối tiếp nhận.
        Refused = "refused",
        /// Đã hướng dẫn sang kênh khác.
        Guided = "guided",
        /// Đã gộp vào …
        Merged = "merged",
        /// Người gửi rút.
        Withdrawn = "withdrawn",
    }
}

codes! {
    /// How a closed case ended.
    pub enum Outcome {
        Done = "done",
        /// The sender did not send what was asked.
        NoReply = "no_reply",
        Refused = "refused",
        Guided = "guided",
        Merged = "merged",
        Withdrawn = "withdrawn",
    }
}

codes! {
    /// What a waiting case waits for.
    pub enum WaitingFor {
        Proof = "proof",
        Info = "info",
    }
}

codes! {
    /// The five steps the sender sees; "closed" is told in words beside the last one.
    pub enum SenderStep {
        /// Đã nhận.
        Received = "received",
        /// Đã chuyển.
        Routed = "routed",
        /// Đang xử lý.
        Working = "working",
        /// Đã trả lời.
        Answered = "answered",
        /// Anh/chị đánh giá.
        Rating = "rating",
    }
}

codes! {
    /// In which role somebody acts on a case.
    pub enum Role {
        Sender = "sender",
        /// Reception (1022, ITPC or an agency's own).
        Operator = "operator",
        /// Coordinator of an agency: accepts, assigns, sends back.
        Coordinator = "coordinator",
        /// Handling officer.
        Handler = "handler",
        /// Leader of an agency: approves, extends.
        Leader = "leader",
        Publisher = "publisher",
        /// City leader and the city office.
        CityLeader = "city_leader",
        /// Officer for personal data.
        DataOfficer = "data_officer",
        Administrator = "administrator",
        System = "system",
    }
}

impl Role {
    /// Roles that act for the agency that leads a case, and only there.
    pub const fn acts_for_lead(self) -> bool {
        matches!(self, Self::Coordinator | Self::Handler | Self::Leader)
    }

    /// The letters of the transition table.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Sender => "S",
            Self::Operator => "O",
            Self::Coordinator => "C",
            Self::Handler => "H",
            Self::Leader => "L",
            Self::Publisher => "P",
            Self::CityLeader => "X",
            Self::DataOfficer => "D",
            Self::Administrator => "A",
            Self::System => "Sys",
        }
    }
}
