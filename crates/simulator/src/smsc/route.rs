//! A route: one account at the SMSC, how it behaves, and what it has counted.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;

/// How message ids are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdForm {
    /// `10597059`
    #[default]
    Decimal,
    /// `00A1B2C3`
    Hex,
    /// `a1b2c3`
    ShortHex,
}

impl IdForm {
    pub(super) fn write(self, id: u32) -> String {
        match self {
            Self::Decimal => id.to_string(),
            Self::Hex => format!("{id:08X}"),
            Self::ShortHex => format!("{id:x}"),
        }
    }
}

/// When receipts come, if they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptTime {
    /// Never: many routes in Viet Nam have none.
    Never,
    /// Before the message itself is answered.
    BeforeAnswer,
    /// As soon as the message has been answered.
    #[default]
    AtOnce,
    /// So many seconds later, by the simulator's clock.
    After(u32),
}

/// The shapes in which real SMSCs write receipts. [sms.md §4]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptShape {
    /// `id:X sub:001 dlvrd:001 submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DELIVRD err:000 text:…`
    #[default]
    Usual,
    /// Dates with seconds: YYMMDDhhmmss.
    Seconds,
    /// Dates with century and seconds: YYYYMMDDhhmmss.
    Century,
    /// Without sub and dlvrd.
    Short,
    /// The fields in another order.
    Shuffled,
    /// `Text:` with a capital, and an error in hexadecimal.
    Capital,
    /// No words at all: only the TLVs tell.
    Wordless,
}

/// Where a message ends. [SMPP 3.4 §5.2.28]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// On the handset.
    #[default]
    Delivered,
    /// Its time ran out.
    Expired,
    /// Somebody deleted it.
    Deleted,
    /// It cannot be delivered.
    Undeliverable,
    /// Read by customer care; not a final state here.
    Accepted,
    /// Nobody knows.
    Unknown,
    /// The network refused it.
    Rejected,
    /// Still on its way; not a final state.
    Enroute,
}

/// Receipts of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Receipts {
    /// When.
    pub time: ReceiptTime,
    /// In which words.
    pub shape: ReceiptShape,
    /// With receipted_message_id and message_state.
    pub tlvs: bool,
    /// How the message id is written in them, which may differ from the answer to submit_sm.
    pub ids: IdForm,
    /// First one of the state ACCEPTD, then the final one.
    pub accepted_first: bool,
    /// What becomes of messages whose number has no fate of its own ([`super::Smsc::set_fate`]).
    pub fate: Fate,
}

impl Default for Receipts {
    fn default() -> Self {
        Self {
            time: ReceiptTime::default(),
            shape: ReceiptShape::default(),
            tlvs: true,
            ids: IdForm::default(),
            accepted_first: false,
            fate: Fate::default(),
        }
    }
}

/// One account at the SMSC. Setting it again changes how it behaves and keeps its links and counters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// At most 15 characters.
    pub system_id: String,
    /// At most 8 characters.
    #[serde(skip_serializing)]
    pub password: String,
    /// Messages to these numbers come by this route: `["1022"]`.
    #[serde(default)]
    pub short_codes: Vec<String>,
    /// Senders that are allowed; empty: any.
    #[serde(default)]
    pub senders: Vec<String>,
    /// Answered with 0x14 when so many submit_sm wait for their answers; also the most deliver_sm that wait for ours.
    #[serde(default = "window")]
    pub window: u32,
    /// Links at once; one more is refused with 0x0D.
    #[serde(default = "most_links")]
    pub most_links: u32,
    /// How message ids are written in the answer to submit_sm.
    #[serde(default)]
    pub ids: IdForm,
    /// Receipts.
    #[serde(default)]
    pub receipts: Receipts,
    /// data_coding 0 means Latin-1 here, not GSM.
    #[serde(default)]
    pub latin: bool,
    /// A slow route: so many milliseconds of real time pass before a submit_sm is answered.
    #[serde(default)]
    pub answer_after_ms: u64,
    /// The SMSC asks `enquire_link` so often, in milliseconds of real time; no answer by the next time ends the link. 0: never.
    #[serde(default = "enquire_every_ms")]
    pub enquire_every_ms: u64,
    /// Đồng for each part; an invented price for the phone page.
    #[serde(default = "price")]
    pub price: u32,
}

fn window() -> u32 {
    10
}

fn most_links() -> u32 {
    4
}

fn enquire_every_ms() -> u64 {
    30_000
}

fn price() -> u32 {
    350
}

impl Route {
    /// An account whose messages are delivered and receipted at once.
    pub fn new(system_id: &str, password: &str) -> Self {
        Self {
            system_id: system_id.to_owned(),
            password: password.to_owned(),
            short_codes: Vec::new(),
            senders: Vec::new(),
            window: window(),
            most_links: most_links(),
            ids: IdForm::default(),
            receipts: Receipts::default(),
            latin: false,
            answer_after_ms: 0,
            enquire_every_ms: enquire_every_ms(),
            price: price(),
        }
    }

    /// The same, with messages to this short code.
    #[must_use]
    pub fn with_short_code(mut self, short_code: &str) -> Self {
        self.short_codes.push(short_code.to_owned());
        self
    }

    pub(super) fn answer_after(&self) -> Duration {
        Duration::from_millis(self.answer_after_ms)
    }

    /// What the protocol has room for. [SMPP 3.4 §5.2.1, §5.2.2]
    pub(super) fn check(&self) -> Result<(), String> {
        let fits = |text: &str, most: usize| text.len() <= most && text.bytes().all(|octet| octet.is_ascii_graphic());
        if self.system_id.is_empty() || !fits(&self.system_id, 15) {
            return Err(format!("a system_id has 1 to 15 characters without spaces: {:?}", self.system_id));
        }
        if !fits(&self.password, 8) {
            return Err("a password has at most 8 characters without spaces".into());
        }
        Ok(())
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Route({})", self.system_id)
    }
}

/// What a route has seen since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counters {
    /// Links that are bound now.
    pub links: u32,
    /// Binds that succeeded.
    pub binds: u64,
    /// Binds that were refused.
    pub refused_binds: u64,
    /// submit_sm that came.
    pub submits: u64,
    /// … that were taken (every part of a long message counts).
    pub accepted: u64,
    /// … that were answered with 0x58.
    pub throttled: u64,
    /// … that were answered with 0x14, since the window was full.
    pub over_window: u64,
    /// … that were refused for another reason.
    pub refused: u64,
    /// … that were taken and never answered.
    pub unanswered: u64,
    /// The most submit_sm that waited for answers at the same time, on one link.
    pub widest_window: u32,
    /// deliver_sm that went out, again and again counted.
    pub delivers: u64,
    /// … that our side answered with 0.
    pub acknowledged: u64,
    /// … that our side refused.
    pub refused_delivers: u64,
    /// … that our side did not answer in time, or whose link was lost.
    pub unanswered_delivers: u64,
    /// enquire_link that our side sent.
    pub enquiries: u64,
    /// PDUs that made no sense, answered with generic_nack.
    pub nonsense: u64,
}

/// A route as it stands.
pub(super) struct RouteState {
    pub route: Route,
    pub faults: Faults,
    pub counters: Counters,
    pub next_id: u32,
    /// Nothing is read or answered on its links.
    pub silent: bool,
    /// deliver_sm that wait for a link or for their time.
    pub ready: BTreeSet<(Timestamp, u64)>,
}
