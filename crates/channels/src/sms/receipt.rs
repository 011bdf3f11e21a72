//! Delivery receipts: a text whose fields every SMSC writes a little differently (SMPP 3.4 appendix B), and parameters that
//! say the same better where they are.

use serde::Serialize;

use super::tlv::{self, Tlv};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    Enroute,
    Delivrd,
    Expired,
    Deleted,
    Undeliv,
    Acceptd,
    Unknown,
    Rejectd,
}

/// What a state means for the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    Failed,
    /// Something may still come.
    Pending,
}

impl State {
    /// The number of message_state (SMPP 3.4 §5.2.28).
    pub fn of_number(number: u32) -> Option<State> {
        Some(match number {
            1 => State::Enroute,
            2 => State::Delivrd,
            3 => State::Expired,
            4 => State::Deleted,
            5 => State::Undeliv,
            6 => State::Acceptd,
            7 => State::Unknown,
            8 => State::Rejectd,
            _ => return None,
        })
    }

    /// The word after `stat:`, in seven letters or written out, in any case.
    pub fn of_word(word: &str) -> Option<State> {
        Some(match word.to_ascii_uppercase().as_str() {
            "ENROUTE" | "BUFFRED" | "BUFFERED" => State::Enroute,
            "DELIVRD" | "DELIVERED" | "DELIVER" => State::Delivrd,
            "EXPIRED" => State::Expired,
            "DELETED" => State::Deleted,
            "UNDELIV" | "UNDELIVERABLE" | "UNDELIVERED" | "FAILED" => State::Undeliv,
            "ACCEPTD" | "ACCEPTED" => State::Acceptd,
            "UNKNOWN" => State::Unknown,
            "REJECTD" | "REJECTED" => State::Rejectd,
            _ => return None,
        })
    }

    pub fn as_str(self) -> &'static str {
        match self {
            State::Enroute => "ENROUTE",
            State::Delivrd => "DELIVRD",
            State::Expired => "EXPIRED",
            State::Deleted => "DELETED",
            State::Undeliv => "UNDELIV",
            State::Acceptd => "ACCEPTD",
            State::Unknown => "UNKNOWN",
            State::Rejectd => "REJECTD",
        }
    }

    pub fn outcome(self) -> Outcome {
        match self {
            State::Delivrd => Outcome::Delivered,
            State::Expired | State::Deleted | State::Undeliv | State::Rejectd => Outcome::Failed,
            State::Enroute | State::Acceptd | State::Unknown => Outcome::Pending,
        }
    }
}

/// The fields as they are written; what is missing is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The SMSC's id of our message: see [`id_forms`].
    pub id: Option<String>,
    pub sub: Option<String>,
    pub dlvrd: Option<String>,
    /// `YYMMDDhhmm`, with seconds, or `YYYYMMDDhhmmss`, by the SMSC's own clock and zone.
    pub submit_date: Option<String>,
    pub done_date: Option<String>,
    /// Seven letters as a rule; another SMSC's word stays as it is.
    pub stat: Option<String>,
    /// Decimal, hexadecimal or anything else.
    pub err: Option<String>,
    /// The beginning of our message.
    pub text: Option<String>,
}

/// Names of the fields as they stand before a colon, lower case.
const FIELDS: [&str; 8] = ["id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text"];

/// Longest value that is kept, in characters: no SMSC writes half as much.
const LONGEST: usize = 255;

impl Receipt {
    /// Reads the fields in whatever order they stand. What is no receipt has none.
    pub fn read(text: &str) -> Receipt {
        let mut receipt = Receipt::default();
        let fields = fields(text);
        for (place, (name, _, value)) in fields.iter().enumerate() {
            // The message's own words may look like fields: they do not count once the receipt is complete.
            let last = *name == "text" && receipt.is_some();
            let end = fields.get(place + 1).filter(|_| !last).map_or(text.len(), |(_, begin, _)| *begin);
            let value = &text[*value..end];
            // Of two the first one counts.
            if let Some(value) = if *name == "text" { tidy(value) } else { word(value) } {
                receipt.field(name).get_or_insert(value);
            }
            if last {
                break;
            }
        }
        receipt
    }

    /// The receipt of a `deliver_sm`: its parameters count more than its text.
    pub fn of(text: &str, tlvs: &[Tlv]) -> Receipt {
        let mut receipt = Receipt::read(text);
        if let Some(id) = tlv::find(tlvs, tlv::RECEIPTED_MESSAGE_ID).and_then(|tlv| word(&tlv.text())) {
            receipt.id = Some(id);
        }
        let state = tlv::find(tlvs, tlv::MESSAGE_STATE).and_then(Tlv::number).and_then(State::of_number);
        if let Some(state) = state {
            receipt.stat = Some(state.as_str().to_owned());
        }
        if let Some([_, high, low]) = tlv::find(tlvs, tlv::NETWORK_ERROR_CODE).map(|tlv| tlv.value.as_slice()) {
            receipt.err.get_or_insert_with(|| format!("{:03}", u16::from_be_bytes([*high, *low])));
        }
        receipt
    }

    /// `None` when there is none, or a word that nobody knows.
    pub fn state(&self) -> Option<State> {
        State::of_word(self.stat.as_deref()?)
    }

    /// Whether it says anything about a message of ours.
    pub fn is_some(&self) -> bool {
        self.id.is_some() && self.stat.is_some()
    }

    fn field(&mut self, name: &str) -> &mut Option<String> {
        match name {
            "id" => &mut self.id,
            "sub" => &mut self.sub,
            "dlvrd" => &mut self.dlvrd,
            "submit date" => &mut self.submit_date,
            "done date" => &mut self.done_date,
            "stat" => &mut self.stat,
            "err" => &mut self.err,
            _ => &mut self.text,
        }
    }
}

/// A value on one line, without control characters; `None` when nothing is left.
fn tidy(value: &str) -> Option<String> {
    let shown = value.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control());
    let value: String = shown.collect::<String>().trim().chars().take(LONGEST).collect();
    (!value.is_empty()).then_some(value)
}

/// The first word of a value: every field but the text is one, and what follows is a field that nobody knows.
fn word(value: &str) -> Option<String> {
    let value = tidy(value)?;
    let word = value.split(' ').next()?.trim_matches([',', ';']);
    (!word.is_empty()).then(|| word.to_owned())
}

/// Names of the fields in a text, each with the places where its name and its value begin.
fn fields(text: &str) -> Vec<(&'static str, usize, usize)> {
    let named = |(colon, _): (usize, &str)| {
        // The longest name: `submit date` is no `date`.
        let (begin, name) = FIELDS.iter().filter_map(|name| Some((begin(&text[..colon], name)?, *name))).min()?;
        Some((name, begin, colon + 1))
    };
    text.match_indices(':').filter_map(named).collect()
}

/// Where a name at the end of a text begins, if it is a word of its own; blank, `_` and nothing are the same inside it.
fn begin(text: &str, name: &str) -> Option<usize> {
    let mut left = text;
    for word in name.rsplit(' ') {
        left = left.trim_end_matches([' ', '_']);
        let cut = left.len().checked_sub(word.len())?;
        left = left.get(cut..).filter(|end| end.eq_ignore_ascii_case(word)).map(|_| &left[..cut])?;
    }
    (!left.ends_with(char::is_alphanumeric)).then_some(left.len())
}

/// The forms under which the id of a receipt may have stood in the answer to our `submit_sm`, likeliest first: as it is,
/// in the other case, without leading zeros, and between decimal and hexadecimal.
///
/// Two ids can meet in one form (`10` is hexadecimal for `16`): take the first form that is the id of a message *to the
/// number that the receipt is about*.
pub fn id_forms(id: &str) -> Vec<String> {
    let id = id.trim();
    let mut forms = vec![id.to_owned(), id.to_uppercase(), id.to_lowercase()];
    let bare = id.trim_start_matches('0');
    if !bare.is_empty() {
        forms.extend([bare.to_owned(), bare.to_uppercase(), bare.to_lowercase()]);
    }
    let digits = id.bytes().all(|octet| octet.is_ascii_digit());
    if let Some(number) = id.parse::<u128>().ok().filter(|_| digits) {
        forms.extend(hexadecimal(number));
    }
    if let Some(number) = u128::from_str_radix(id, 16).ok().filter(|_| id.bytes().all(|octet| octet.is_ascii_hexdigit())) {
        forms.push(number.to_string());
        // SMSCs that pad write ten digits.
        forms.push(format!("{number:010}"));
        forms.extend(hexadecimal(number));
    }
    let mut seen = std::collections::HashSet::new();
    forms.retain(|form| !form.is_empty() && seen.insert(form.clone()));
    forms
}

fn hexadecimal(number: u128) -> [String; 4] {
    [format!("{number:X}"), format!("{number:x}"), format!("{number:08X}"), format!("{number:08x}")]
}

/// Whether two ids may be the same one, written in two ways.
pub fn same_id(one: &str, other: &str) -> bool {
    let other = other.trim();
    id_forms(one).iter().any(|form| form == other) || id_forms(other).iter().any(|form| form == one.trim())
}
