//! The body that submit_sm and deliver_sm share, and which part of a long text it is. [SMPP 3.4 §4.4, §4.6; 3GPP TS 23.040 §9.2.3.24]

use super::pdu::{Fields, Short, put_string, put_tlv, status, tag};
use crate::text::Coding;

/// Octets of a text that go without message_payload.
const MOST_SHORT: usize = 254;
/// The text begins with a user data header.
pub(super) const HAS_HEADER: u8 = 0x40;
/// The text is a delivery receipt.
pub(super) const IS_RECEIPT: u8 = 0x04;
/// Bits of esm_class that say what kind of message it is.
const KIND: u8 = 0x3C;

/// Type of number, numbering plan and the digits or letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub ton: u8,
    pub npi: u8,
    pub text: String,
}

impl Address {
    /// An E.164 number without plus.
    pub fn international(text: &str) -> Self {
        Self { ton: 1, npi: 1, text: text.to_owned() }
    }

    /// A short code.
    pub fn short_code(text: &str) -> Self {
        Self { ton: 0, npi: 1, text: text.to_owned() }
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, Short> {
        Ok(Self { ton: fields.octet()?, npi: fields.octet()?, text: fields.string()? })
    }

    fn put(&self, body: &mut Vec<u8>) {
        body.extend([self.ton, self.npi]);
        put_string(body, &self.text);
    }
}

/// Which part of which long text. Numbers count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub reference: u16,
    pub total: u8,
    pub number: u8,
}

/// The fields of submit_sm and deliver_sm.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub source: Address,
    pub destination: Address,
    pub esm_class: u8,
    pub priority: u8,
    pub schedule: String,
    pub validity: String,
    pub registered: u8,
    pub data_coding: u8,
    /// short_message.
    pub short: Vec<u8>,
    pub tlvs: Vec<(u16, Vec<u8>)>,
}

impl Message {
    /// # Errors
    /// The command status that says what is wrong with the body.
    pub fn read(body: &[u8]) -> Result<Self, u32> {
        let mut fields = Fields(body);
        let message = Self::read_mandatory(&mut fields).map_err(|Short| status::WRONG_COMMAND_LENGTH)?;
        let tlvs = fields.tlvs().map_err(|Short| status::WRONG_OPTIONAL_PART)?;
        Ok(Self { tlvs, ..message })
    }

    fn read_mandatory(fields: &mut Fields<'_>) -> Result<Self, Short> {
        fields.string()?; // service_type
        let mut message = Self { source: Address::read(fields)?, destination: Address::read(fields)?, ..Self::default() };
        message.esm_class = fields.octet()?;
        fields.octet()?; // protocol_id
        message.priority = fields.octet()?;
        message.schedule = fields.string()?;
        message.validity = fields.string()?;
        message.registered = fields.octet()?;
        fields.octet()?; // replace_if_present_flag
        message.data_coding = fields.octet()?;
        fields.octet()?; // sm_default_msg_id
        let length = fields.octet()?;
        message.short = fields.octets(usize::from(length))?.to_vec();
        Ok(message)
    }

    pub fn body(&self) -> Vec<u8> {
        let mut body = vec![0]; // service_type
        self.source.put(&mut body);
        self.destination.put(&mut body);
        body.extend([self.esm_class, 0, self.priority]);
        put_string(&mut body, &self.schedule);
        put_string(&mut body, &self.validity);
        let short = if self.short.len() > MOST_SHORT { &[][..] } else { &self.short[..] };
        body.extend([self.registered, 0, self.data_coding, 0, u8::try_from(short.len()).unwrap_or(0)]);
        body.extend(short);
        if short.len() < self.short.len() {
            put_tlv(&mut body, tag::MESSAGE_PAYLOAD, &self.short);
        }
        for (tag, value) in &self.tlvs {
            put_tlv(&mut body, *tag, value);
        }
        body
    }

    /// What an SMSC looks at before it takes a message; the command status that refuses it.
    pub fn check(&self) -> Result<(), u32> {
        let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
        let number = self.destination.text.strip_prefix('+').unwrap_or(&self.destination.text);
        if !digits(number) || !(8..=15).contains(&number.len()) || self.destination.ton > 2 {
            return Err(status::WRONG_DESTINATION);
        }
        let source = &self.source.text;
        let good = match self.source.ton {
            5 => (1..=11).contains(&source.len()),
            0..=3 => (1..=15).contains(&source.len()) && digits(source),
            _ => false,
        };
        if !good {
            return Err(status::WRONG_SOURCE);
        }
        if self.priority > 3 {
            return Err(status::WRONG_PRIORITY);
        }
        if !is_time(&self.schedule) {
            return Err(status::WRONG_SCHEDULE);
        }
        if !is_time(&self.validity) {
            return Err(status::WRONG_VALIDITY);
        }
        let payload = self.tlv(tag::MESSAGE_PAYLOAD);
        if self.short.len() > MOST_SHORT || (payload.is_some() && !self.short.is_empty()) {
            return Err(status::WRONG_MESSAGE_LENGTH);
        }
        if self.esm_class & KIND != 0 || (self.esm_class & HAS_HEADER != 0 && self.header().is_none()) {
            return Err(status::WRONG_ESM_CLASS);
        }
        let coding = if self.data_coding == 8 { Coding::Ucs2 } else { Coding::Gsm };
        let header = self.header().map_or(0, |header| header.len() + 1);
        if payload.is_none() && self.text_octets().len() > coding.room(header) {
            // It does not go over the air at once: its sender must cut it, or hand it over as message_payload.
            return Err(status::WRONG_MESSAGE_LENGTH);
        }
        Ok(())
    }

    pub fn tlv(&self, tag: u16) -> Option<&[u8]> {
        self.tlvs.iter().find(|(known, _)| *known == tag).map(|(_, value)| value.as_slice())
    }

    /// short_message, or message_payload when that is empty.
    fn octets(&self) -> &[u8] {
        if self.short.is_empty() { self.tlv(tag::MESSAGE_PAYLOAD).unwrap_or_default() } else { &self.short }
    }

    /// The user data header without its length octet, if there is one and it is whole.
    fn header(&self) -> Option<&[u8]> {
        if self.esm_class & HAS_HEADER == 0 {
            return None;
        }
        let (length, rest) = self.octets().split_first()?;
        rest.get(..usize::from(*length))
    }

    /// The text without any user data header.
    pub fn text_octets(&self) -> &[u8] {
        let skip = self.header().map_or(0, |header| header.len() + 1);
        self.octets().get(skip..).unwrap_or_default()
    }

    /// Which part of a long text this is: by its header, or by its TLVs.
    pub fn part(&self) -> Option<Part> {
        let part = match self.header() {
            Some(header) => part_of_header(header)?,
            None => {
                let number = |tag| self.tlv(tag).and_then(|value| value.last().copied());
                let reference = self.tlv(tag::SAR_REFERENCE)?;
                let reference = u16::from_be_bytes([*reference.first()?, *reference.get(1)?]);
                Part { reference, total: number(tag::SAR_TOTAL)?, number: number(tag::SAR_NUMBER)? }
            }
        };
        (part.total > 1 && (1..=part.total).contains(&part.number)).then_some(part)
    }
}

/// Information elements 00 (8-bit reference) and 08 (16-bit reference).
fn part_of_header(header: &[u8]) -> Option<Part> {
    let mut fields = Fields(header);
    while let (Ok(element), Ok(length)) = (fields.octet(), fields.octet()) {
        let value = fields.octets(usize::from(length)).ok()?;
        match (element, value) {
            (0x00, [reference, total, number]) => {
                return Some(Part { reference: u16::from(*reference), total: *total, number: *number });
            }
            (0x08, [high, low, total, number]) => {
                return Some(Part { reference: u16::from_be_bytes([*high, *low]), total: *total, number: *number });
            }
            _ => {}
        }
    }
    None
}

/// Empty, or sixteen characters: `YYMMDDhhmmsstnnp`. [SMPP 3.4 §7.1.1]
fn is_time(text: &str) -> bool {
    text.is_empty()
        || (text.len() == 16
            && text.is_ascii()
            && text[..15].bytes().all(|octet| octet.is_ascii_digit())
            && text.ends_with(['+', '-', 'R']))
}
