//! Caps and windows of the case life cycle that are no answer deadlines.

use serde::{Deserialize, Serialize};

/// The city's own proposals unless said otherwise; stored as dated configuration, these are the
/// values of a fresh installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Working days in which a sender proves the contact before the case is withdrawn.
    pub proof_working_days: u32,
    /// Reminders sent before a case unproven is withdrawn.
    pub proof_reminders: u32,
    /// Most working days a sender is given to answer a question.
    pub info_max_working_days: u32,
    /// Reminders sent before a case without the asked information is closed.
    pub info_reminders: u32,
    /// Working days between reminders to prove the contact, and between the last one and the date.
    pub proof_reminder_working_days: u32,
    /// The same for asked information.
    pub info_reminder_working_days: u32,
    /// Local hour at which reminders go out.
    pub reminder_hour: u32,
    /// How often the handling officer may ask the sender.
    pub handler_asks: u32,
    /// How often a case may be sent back before the city leader decides the lead.
    pub bounces: u32,
    /// How often an answer date may be extended.
    pub extensions: u32,
    /// Working days to mend an answer that misses the point (counted anew).
    pub send_back_working_days: u32,
    /// Calendar days after the answer or the closing in which the sender may reopen.
    pub reopen_days: u32,
    /// How often the sender may reopen.
    pub reopen_max: u32,
    /// Highest rating (of 5) that reopens.
    pub reopen_rating: u8,
    /// Fewest working days a reopened case gets.
    pub reopen_min_working_days: u32,
    /// Calendar days of silence after which an answered case closes.
    pub silence_days: u32,
    /// A sub-request gets this part of the time that remains: one third.
    pub sub_request_share: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            proof_working_days: 5,
            proof_reminders: 2,
            info_max_working_days: 10,
            info_reminders: 1,
            proof_reminder_working_days: 2,
            info_reminder_working_days: 1,
            reminder_hour: 8,
            handler_asks: 2,
            bounces: 2,
            extensions: 1,
            send_back_working_days: 2,
            reopen_days: 30,
            reopen_max: 2,
            reopen_rating: 2,
            reopen_min_working_days: 2,
            silence_days: 15,
            sub_request_share: 3,
        }
    }
}
