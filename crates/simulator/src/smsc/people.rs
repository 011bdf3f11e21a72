//! What people write to a short code: in one part or several, in any order, with any of them missing.

use serde::Deserialize;

use super::message::{Address, HAS_HEADER, Message, Part};
use super::pdu::tag;
use super::state::{DeliverKind, State};
use super::{Inner, Smsc};
use crate::refusal::Refusal;
use crate::text::{Coding, cut};

/// How the parts of a long text say that they belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// User data header 00: a reference of 8 bits.
    #[default]
    Udh8,
    /// User data header 08: a reference of 16 bits.
    Udh16,
    /// sar_msg_ref_num, sar_total_segments, sar_segment_seqnum.
    Sar,
    /// They do not: one deliver_sm with message_payload.
    Payload,
}

impl Join {
    /// Octets that are taken from each part; over the air the TLVs are a header too.
    fn header(self) -> usize {
        match self {
            Self::Udh8 | Self::Sar => 6,
            Self::Udh16 => 7,
            Self::Payload => 0,
        }
    }
}

/// A message of a person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mo {
    /// `84…`
    pub from: String,
    /// The short code.
    pub to: String,
    /// What.
    pub text: String,
    /// By which account it comes; `None`: the one that has the short code.
    #[serde(default)]
    pub route: Option<String>,
    /// As UCS-2 also where GSM would do.
    #[serde(default)]
    pub ucs2: bool,
    /// How long texts are joined.
    #[serde(default)]
    pub join: Join,
    /// Which parts come, in which order, counted from 1: `[2, 1, 1]` is the second, then the first twice, and no third. Empty:
    /// all, in order.
    #[serde(default)]
    pub parts: Vec<u8>,
    /// The reference of the parts; `None`: one that counts up.
    #[serde(default)]
    pub reference: Option<u16>,
}

impl Mo {
    /// Comes as it would from most handsets.
    pub fn new(from: &str, to: &str, text: &str) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            text: text.to_owned(),
            route: None,
            ucs2: false,
            join: Join::default(),
            parts: Vec::new(),
            reference: None,
        }
    }
}

/// The longest text of a person, in octets.
const MOST_TEXT: usize = 40_000;

impl Smsc {
    /// A person writes; the numbers of the deliver_sm that go out.
    ///
    /// # Errors
    /// No account has the short code, or a part was asked for that the text does not have.
    pub fn write(&self, from: &str, to: &str, text: &str) -> Result<Vec<u64>, Refusal> {
        self.inject(Mo::new(from, to, text))
    }

    /// A person writes, and the network does with it what is asked.
    ///
    /// # Errors
    /// No account has the short code, or a part was asked for that the text does not have.
    pub fn inject(&self, mo: Mo) -> Result<Vec<u64>, Refusal> {
        let numbers = self.0.inject(&mut self.0.state(), &mo)?;
        self.0.send_off_all();
        Ok(numbers)
    }

    /// So many people write at the same time, from `84907000000` on.
    ///
    /// # Errors
    /// No account has the short code.
    pub fn storm(&self, to: &str, text: &str, count: u32) -> Result<(), Refusal> {
        {
            let mut state = self.0.state();
            for number in 0..count {
                self.0.inject(&mut state, &Mo::new(&format!("84907{number:06}"), to, text))?;
            }
        }
        self.0.send_off_all();
        Ok(())
    }
}

impl Inner {
    fn inject(&self, state: &mut State, mo: &Mo) -> Result<Vec<u64>, Refusal> {
        if mo.text.len() > MOST_TEXT {
            return Err(Refusal::new(format!("a text has at most {MOST_TEXT} octets")));
        }
        let has_code = |name: &str| state.routes.get(name).is_some_and(|known| known.route.short_codes.contains(&mo.to));
        let route = match &mo.route {
            Some(name) => state.routes.contains_key(name).then(|| name.clone()),
            None => state.routes.keys().find(|name| has_code(name)).cloned(),
        };
        let route = route.ok_or_else(|| Refusal::new(format!("no account takes messages to {}", mo.to)))?;
        let reference = mo.reference.unwrap_or_else(|| {
            state.next_reference = state.next_reference.wrapping_add(1);
            state.next_reference
        });
        let messages = parts(mo, reference)?;
        let now = self.world.now();
        self.world.handsets.say(&mo.from, &mo.to, &mo.text, now);
        let numbers = messages.into_iter().map(|message| self.queue(state, &route, DeliverKind::Message, message, now)).collect();
        self.world.journal.touch();
        Ok(numbers)
    }
}

/// The deliver_sm of a text, in the order asked for.
fn parts(mo: &Mo, reference: u16) -> Result<Vec<Message>, Refusal> {
    let coding = if mo.ucs2 { Coding::Ucs2 } else { Coding::of(&mo.text) };
    let texts = if mo.join == Join::Payload { vec![cut(&mo.text, coding, 0).concat()] } else { cut(&mo.text, coding, mo.join.header()) };
    let total = u8::try_from(texts.len()).map_err(|_| Refusal::new("a text has at most 255 parts"))?;
    let whole: Vec<u8> = (1..=total).collect();
    let wanted = if mo.parts.is_empty() { &whole } else { &mo.parts };
    wanted
        .iter()
        .map(|number| {
            let text = texts.get(usize::from(*number).wrapping_sub(1));
            let text = text.ok_or_else(|| Refusal::new(format!("the text has {total} parts, not {number}")))?;
            Ok(part(mo, coding, text, Part { reference, total, number: *number }))
        })
        .collect()
}

fn part(mo: &Mo, coding: Coding, text: &[u8], part: Part) -> Message {
    let mut message = Message {
        source: Address::international(&mo.from),
        destination: Address::short_code(&mo.to),
        data_coding: coding.number(),
        ..Message::default()
    };
    let [high, low] = part.reference.to_be_bytes();
    if part.total > 1 {
        match mo.join {
            Join::Udh8 => message.short.extend([5, 0, 3, low, part.total, part.number]),
            Join::Udh16 => message.short.extend([6, 8, 4, high, low, part.total, part.number]),
            Join::Sar => message.tlvs.extend([
                (tag::SAR_REFERENCE, vec![high, low]),
                (tag::SAR_TOTAL, vec![part.total]),
                (tag::SAR_NUMBER, vec![part.number]),
            ]),
            Join::Payload => {}
        }
    }
    if !message.short.is_empty() {
        message.esm_class = HAS_HEADER;
    }
    message.short.extend(text);
    message
}
