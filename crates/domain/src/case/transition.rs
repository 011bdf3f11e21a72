//! The table of transitions: code, docs and pages are drawn from it.

use super::stage::{Label, Role};
use super::state::CaseState;

codes! {
    /// What a transition does to the answer clock.
    pub enum ClockEffect {
        None = "none",
        /// The case is received: legal day 1 is the next working day.
        Receive = "receive",
        /// Suspended until the contact is proven.
        Suspend = "suspend",
        Start = "start",
        /// Target for reception.
        ReceptionTarget = "reception_target",
        Pause = "pause",
        /// The due date moves by the paused days.
        Resume = "resume",
        End = "end",
        /// Follows the master.
        Follow = "follow",
        /// The due date is computed and shown to the sender.
        Compute = "compute",
        /// Computed again from receipt; the original is kept.
        Recompute = "recompute",
        /// The agency's own dates restart inside the same total.
        SubRestart = "sub_restart",
        SubClock = "sub_clock",
        /// The new date; the original is kept.
        Extend = "extend",
        Stop = "stop",
        /// Restarts with the working days of sending back.
        SendBack = "send_back",
        PledgeClock = "pledge_clock",
        /// Half of the original, not under the least working days.
        Reopen = "reopen",
        /// Computed again over the changed calendar, never earlier.
        Calendar = "calendar",
    }
}

impl ClockEffect {
    /// Whether the total due date may change.
    pub const fn may_move_due(self) -> bool {
        matches!(self, Self::Compute | Self::Recompute | Self::Resume | Self::Extend | Self::SendBack | Self::Reopen | Self::Calendar)
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub number: &'static str,
    /// Unique name for words, forms and events.
    pub name: &'static str,
    pub from: &'static [Label],
    /// Labels it can lead to; empty: the label stays.
    pub to: &'static [Label],
    pub roles: &'static [Role],
    /// In words, for the docs.
    pub guard: &'static str,
    pub clock: ClockEffect,
    /// Told to the sender in the same act.
    pub tell_sender: bool,
}

use ClockEffect as C;
use Label as L;
use Role as R;

/// Every label of a case that is not closed.
pub const OPEN: &[Label] =
    &[L::New, L::Verify, L::Screen, L::NeedInfo, L::Routed, L::Bounced, L::Working, L::Coord, L::Draft, L::Answered, L::Pledge];

/// Open and not answered, with a lead or before.
pub const UNANSWERED: &[Label] = &[L::New, L::Verify, L::Screen, L::NeedInfo, L::Routed, L::Bounced, L::Working, L::Coord, L::Draft];

/// Every label: `Label::ALL` under the name the table uses.
const ANY: &[Label] = Label::ALL;

macro_rules! rows {
    ($($number:literal $name:literal $from:expr => $to:expr, $roles:expr, $clock:expr, $tell:literal, $guard:literal;)+) => {
        /// Rows 1 to 31 of the life cycle, with their variants (b) and the three of ours: sealing,
        /// a changed calendar and reminders.
        pub const TRANSITIONS: &[Row] = &[$(Row {
            number: $number,
            name: $name,
            from: $from,
            to: $to,
            roles: $roles,
            guard: $guard,
            clock: $clock,
            tell_sender: $tell,
        }),+];
    };
}

#[rustfmt::skip]
rows! {
    "1" "receive" &[] => &[L::New], &[R::Sender, R::Operator], C::Receive, true,
        "never stored before (message id of the channel); consent text shown";
    "2" "require_proof" &[L::New, L::Screen] => &[L::Verify], &[R::System], C::Suspend, true,
        "the track needs an identity and the contact is unproven";
    "3" "proof_given" &[L::Verify] => &[L::Screen], &[R::Sender], C::Start, true,
        "the one-time code or the channel's own proof is right";
    "4" "proof_expired" &[L::Verify] => &[L::Withdrawn], &[R::System], C::End, true,
        "5 working days are over, the reminders sent";
    "5" "start_screening" &[L::New] => &[L::Screen], &[R::Operator], C::ReceptionTarget, false,
        "";
    "6" "ask_info" &[L::Screen] => &[L::NeedInfo], &[R::Operator], C::Pause, true,
        "written question; date at most 10 working days away";
    "7" "info_arrived" &[L::NeedInfo] => &[L::Screen, L::Working], &[R::Sender, R::Operator], C::Resume, false,
        "a reply arrived on any channel";
    "8" "info_expired" &[L::NeedInfo] => &[L::Closed], &[R::System], C::End, true,
        "the date is over, the reminder sent; reopenable for 30 days";
    "9" "refuse" &[L::Screen] => &[L::Refused], &[R::Operator], C::End, true,
        "ground R2-R10 and its text; confirmed by a second person";
    "10" "guide" &[L::Screen] => &[L::Guided], &[R::Operator], C::End, true,
        "track KN, TC or KC, or a body outside the city; says where to go";
    "11" "merge" &[L::Screen] => &[L::Merged], &[R::Operator], C::Follow, true,
        "the master is open and on the same subject; every sender keeps a personal answer";
    "11b" "object" &[L::Merged] => &[L::Screen], &[R::Sender], C::None, false,
        "once";
    "12" "route" &[L::Screen] => &[L::Routed], &[R::Operator], C::Compute, true,
        "the track is handled here; the lead is competent on that date; identity proven where the track needs it";
    "12b" "correct" &[L::Routed, L::Working] => &[], &[R::Operator, R::Leader], C::Recompute, true,
        "reason; the new track is handled here";
    "13" "accept" &[L::Routed] => &[L::Working], &[R::Coordinator, R::Handler], C::None, false,
        "own agency leads; within 1 working day, else it escalates to the leader, then to reception";
    "13b" "assign" &[L::Working, L::Coord, L::Draft] => &[], &[R::Coordinator, R::Leader], C::None, false,
        "own agency leads; another officer";
    "14" "return" &[L::Routed, L::Working] => &[L::Bounced], &[R::Coordinator], C::None, false,
        "reason; 1 working day after the agency got it (2 for PL); at most twice";
    "15" "reroute" &[L::Bounced] => &[L::Routed], &[R::Operator, R::CityLeader], C::SubRestart, true,
        "the lead is competent on that date; after two returns the city leader decides";
    "16" "sub_request" &[L::Working, L::Coord] => &[L::Coord], &[R::Handler, R::Coordinator], C::SubClock, false,
        "text, another agency, date (a third of what remains unless given)";
    "17" "sub_request_done" &[L::Coord] => &[L::Working, L::Coord], &[R::System], C::None, false,
        "answered, or expired (recorded as no opinion); working when none is left";
    "18" "handler_asks" &[L::Working] => &[L::NeedInfo], &[R::Handler], C::Pause, true,
        "as 6; at most twice";
    "19" "extend" UNANSWERED => &[], &[R::Leader], C::Extend, true,
        "before the date is over, once, reason, later date";
    "20" "submit_draft" &[L::Working] => &[L::Draft], &[R::Handler], C::None, false,
        "own agency leads";
    "20b" "return_draft" &[L::Draft] => &[L::Working], &[R::Leader], C::None, false,
        "says what to rework";
    "21" "approve" &[L::Draft] => &[L::Answered, L::Pledge], &[R::Leader, R::Handler], C::Stop, true,
        "not the person who drafted; a handling officer only on the field track; pledges of an earlier answer stay open";
    "21b" "send_answer" &[L::Working] => &[L::Answered, L::Pledge], &[R::Handler, R::Leader], C::Stop, true,
        "field track only";
    "22" "send_back" &[L::Answered] => &[L::Working, L::Screen], &[R::Operator, R::Publisher], C::SendBack, true,
        "the answer misses the point; before publication";
    "23" "pledge" &[L::Answered, L::Pledge] => &[L::Pledge], &[R::Leader], C::PledgeClock, true,
        "action, date, owner";
    "24" "pledge_kept" &[L::Pledge] => &[L::Closed, L::Pledge], &[R::Handler], C::None, true,
        "proof attached; closed when it was the last";
    "25" "pledge_missed" &[L::Pledge] => &[], &[R::System], C::None, true,
        "the date is over; apology and one new date only";
    "26" "reopen" &[L::Answered, L::Pledge, L::Closed] => &[L::Working, L::Screen], &[R::Sender, R::Operator, R::CityLeader], C::Reopen, true,
        "reason, or rating of at most 2 with a comment; the sender within 30 days and twice";
    "27" "close" &[L::Answered] => &[L::Closed], &[R::System, R::Sender], C::End, false,
        "rated, or 15 days of silence";
    "28" "withdraw" OPEN => &[L::Withdrawn], &[R::Sender], C::End, true,
        "not sealed";
    "29" "publish" ANY => &[], &[R::Publisher], C::None, false,
        "not sealed; the track allows it; redaction checked; the sender chose public or it is an anonymised question and answer";
    "30" "unpublish" ANY => &[], &[R::Publisher, R::DataOfficer, R::Sender], C::None, false,
        "published; reason";
    "31" "answer_from_published" &[L::Screen] => &[L::Answered], &[R::Operator], C::Stop, true,
        "a published answer still holds; sent as it is with its date";
    "31b" "not_right" &[L::Answered] => &[L::Screen], &[R::Sender], C::None, false,
        "the answer was a published one";
    "32" "seal" ANY => &[], &[R::Operator, R::DataOfficer], C::None, false,
        "named receivers, reason; ends publication";
    "33" "calendar_changed" OPEN => &[], &[R::System], C::Calendar, true,
        "the date by the rule becomes later; a promised date never moves earlier";
    "34" "remind" &[L::Verify, L::NeedInfo] => &[], &[R::System], C::None, true,
        "the day of a reminder has come; as often as the limits say";
}

impl Row {
    /// The first of somebody's roles in which this row may be acted on.
    pub fn role_among(&self, roles: &[Role]) -> Option<Role> {
        roles.iter().copied().find(|role| self.roles.contains(role))
    }

    /// Whether the row makes sense for this case beyond its label: what can be told without
    /// knowing the details of the act. A row offered may still be refused.
    fn is_offered(&self, state: &CaseState) -> bool {
        match self.number {
            "11b" => !state.objected,
            "13b" => state.lead.is_some(),
            "19" => state.due.is_some(),
            "21b" => state.track.is_some_and(|track| track.answers_directly()),
            "22" => state.published_at.is_none(),
            "28" => !state.sealed,
            "29" => state.may_be_public() && state.published_at.is_none(),
            "30" => state.published_at.is_some(),
            "31b" => state.lead.is_none(),
            "32" => !state.sealed,
            "33" => state.due.is_some(),
            _ => true,
        }
    }
}

/// The row of a number or name.
pub fn row(number_or_name: &str) -> Option<&'static Row> {
    TRANSITIONS.iter().find(|row| row.number == number_or_name || row.name == number_or_name)
}

/// The rows somebody with these roles can try on this case: pages draw their buttons from it.
pub fn available(state: &CaseState, roles: &[Role]) -> Vec<&'static Row> {
    let label = state.label();
    TRANSITIONS
        .iter()
        .filter(|row| row.from.contains(&label) && row.role_among(roles).is_some())
        .filter(|row| {
            // Approving by a handling officer is for the field track only.
            row.number != "21" || roles.contains(&Role::Leader) || state.track.is_some_and(|track| track.answers_directly())
        })
        .filter(|row| row.is_offered(state))
        .collect()
}

/// The table as Markdown, for the docs.
pub fn markdown_table() -> String {
    let names = |labels: &[Label]| match labels.len() {
        0 => "same".to_owned(),
        count if count == Label::ALL.len() => "any".to_owned(),
        _ if labels == OPEN => "any open".to_owned(),
        _ if labels == UNANSWERED => "any unanswered".to_owned(),
        _ => labels.iter().map(|label| label.as_str()).collect::<Vec<_>>().join(", "),
    };
    let mut out = String::from(
        "| # | name | from | to | who | guard | clock | tells the sender |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in TRANSITIONS {
        let from = if row.from.is_empty() { "–".to_owned() } else { names(row.from) };
        let who: Vec<_> = row.roles.iter().map(|role| role.letter()).collect();
        let cells = [
            row.number,
            row.name,
            &from,
            &names(row.to),
            &who.join(", "),
            if row.guard.is_empty() { "–" } else { row.guard },
            row.clock.as_str(),
            if row.tell_sender { "yes" } else { "–" },
        ];
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out
}
