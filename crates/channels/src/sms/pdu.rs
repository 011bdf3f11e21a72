//! One PDU from octets that anybody may have sent, with a name for everything that can be wrong with it.
//!
//! Bodies that matter to us are read; others are kept as octets. Nothing is lost to what is odd but harmless: a parameter
//! that is not known, a string that is no ASCII. rusmpp, which writes what we send (see [`super::write`]), is stricter than
//! SMSCs are and does not look at the declared length of a parameter.

use super::concat;
use super::tlv::{self, Tlv};

/// Octets of a header.
pub const HEADER: usize = 16;

/// Longest PDU that is read, in octets: a body and a `message_payload` of full length.
pub const LONGEST: usize = 66_000;

pub mod command {
    //! `command_id`s (SMPP 3.4 §5.1.2.1).

    pub const GENERIC_NACK: u32 = 0x8000_0000;
    pub const SUBMIT_SM: u32 = 0x04;
    pub const DELIVER_SM: u32 = 0x05;
    pub const UNBIND: u32 = 0x06;
    pub const BIND_TRANSCEIVER: u32 = 0x09;
    pub const BIND_TRANSCEIVER_RESP: u32 = RESPONSE | BIND_TRANSCEIVER;
    pub const ENQUIRE_LINK: u32 = 0x15;
    pub const ALERT_NOTIFICATION: u32 = 0x102;
    pub const DATA_SM: u32 = 0x103;
    /// What a response adds to the id of its request.
    pub const RESPONSE: u32 = 0x8000_0000;

    const REQUESTS: [(u32, &str); 14] = [
        (0x01, "bind_receiver"),
        (0x02, "bind_transmitter"),
        (0x03, "query_sm"),
        (SUBMIT_SM, "submit_sm"),
        (DELIVER_SM, "deliver_sm"),
        (UNBIND, "unbind"),
        (0x07, "replace_sm"),
        (0x08, "cancel_sm"),
        (BIND_TRANSCEIVER, "bind_transceiver"),
        (0x0B, "outbind"),
        (ENQUIRE_LINK, "enquire_link"),
        (0x21, "submit_multi"),
        (ALERT_NOTIFICATION, "alert_notification"),
        (DATA_SM, "data_sm"),
    ];

    /// The specification's name; `None` for an id that it does not have.
    pub fn name(id: u32) -> Option<String> {
        if id == GENERIC_NACK {
            return Some("generic_nack".to_owned());
        }
        let (_, name) = REQUESTS.iter().find(|(request, _)| *request == id & !RESPONSE)?;
        match (id & RESPONSE != 0, *name) {
            // These two are not answered.
            (true, "outbind" | "alert_notification") => None,
            (true, name) => Some(format!("{name}_resp")),
            (false, name) => Some((*name).to_owned()),
        }
    }
}

/// What is wrong with a PDU.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PduError {
    #[error("{0} octets are no header of 16")]
    TooShort(usize),
    #[error("command_length says {0} octets: no PDU is so short or so long")]
    AbsurdLength(u32),
    #[error("command_length says {said} octets, there are {there}")]
    LengthMismatch { said: u32, there: usize },
    #[error("unknown command_id 0x{0:08X}")]
    UnknownCommand(u32),
    #[error("the body ends before {0}")]
    BodyTooShort(&'static str),
    #[error("{0} has no end")]
    CStringWithoutEnd(&'static str),
    #[error("{0} is longer than the specification allows")]
    CStringTooLong(&'static str),
    #[error("sm_length says {said} octets, {left} are left")]
    ShortMessageOverrun { said: u8, left: usize },
    #[error("parameter 0x{tag:04X} says {said} octets, {left} are left")]
    TlvOverrun { tag: u16, said: u16, left: usize },
    #[error("{0} octets after the last parameter are none")]
    TrailingOctets(usize),
    #[error("the user data header goes past the end of the message")]
    UdhOverrun,
}

impl PduError {
    /// The error in one word, for tools and tests.
    pub fn name(&self) -> &'static str {
        match self {
            PduError::TooShort(_) => "too_short",
            PduError::AbsurdLength(_) => "absurd_length",
            PduError::LengthMismatch { .. } => "length_mismatch",
            PduError::UnknownCommand(_) => "unknown_command",
            PduError::BodyTooShort(_) => "body_too_short",
            PduError::CStringWithoutEnd(_) => "c_string_without_end",
            PduError::CStringTooLong(_) => "c_string_too_long",
            PduError::ShortMessageOverrun { .. } => "short_message_overrun",
            PduError::TlvOverrun { .. } => "tlv_overrun",
            PduError::TrailingOctets(_) => "trailing_octets",
            PduError::UdhOverrun => "udh_overrun",
        }
    }
}

/// The four numbers before every body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Octets of the whole PDU, header included.
    pub length: u32,
    pub command: u32,
    pub status: u32,
    pub sequence: u32,
}

impl Header {
    /// Reads the first 16 octets. That the command is known and the rest is there is for others to see.
    ///
    /// # Errors
    /// There are fewer, or the length is below 16 or above [`LONGEST`].
    pub fn read(octets: &[u8]) -> Result<Header, PduError> {
        let (words, _) = octets.as_chunks::<4>();
        let [length, command, status, sequence, ..] = words else { return Err(PduError::TooShort(octets.len())) };
        self::length(*length)?;
        let [length, command, status, sequence] = [length, command, status, sequence].map(|word| u32::from_be_bytes(*word));
        Ok(Header { length, command, status, sequence })
    }
}

/// Octets of a PDU by its first four.
///
/// # Errors
/// No PDU is so short or so long.
pub fn length(first: [u8; 4]) -> Result<usize, PduError> {
    let said = u32::from_be_bytes(first);
    usize::try_from(said).ok().filter(|length| (HEADER..=LONGEST).contains(length)).ok_or(PduError::AbsurdLength(said))
}

/// A number or name with its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// Type of number: 0 unknown, 1 international, 2 national, 3 network specific, 5 alphanumeric.
    pub ton: u8,
    /// Numbering plan: 0 unknown, 1 E.164.
    pub npi: u8,
    pub addr: String,
}

/// The body of `submit_sm`, `deliver_sm` and `data_sm`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShortMessage {
    pub source: Address,
    pub destination: Address,
    pub esm_class: u8,
    pub registered_delivery: u8,
    pub data_coding: u8,
    pub short_message: Vec<u8>,
    pub tlvs: Vec<Tlv>,
}

impl ShortMessage {
    /// The octets of the message: `short_message`, or `message_payload` where that is empty.
    pub fn content(&self) -> &[u8] {
        match tlv::find(&self.tlvs, tlv::MESSAGE_PAYLOAD) {
            Some(payload) if self.short_message.is_empty() => &payload.value,
            _ => &self.short_message,
        }
    }

    /// Which part it is, by header or parameters, and the octets of its text.
    ///
    /// # Errors
    /// [`PduError::UdhOverrun`].
    pub fn parted(&self) -> Result<(Option<concat::Concat>, &[u8]), PduError> {
        let by_parameters = tlv::concat(&self.tlvs);
        if self.esm_class & 0x40 == 0 {
            return Ok((by_parameters, self.content()));
        }
        let (by_header, text) = concat::read(self.content()).map_err(|concat::Overrun| PduError::UdhOverrun)?;
        Ok((by_header.or(by_parameters), text))
    }

    /// What became of a message of ours, now or in the end: bit 2 or 5 of esm_class says so, or a message_state, which no
    /// telephone sends. The bits between them are an other network's, and set by mistake.
    pub fn is_receipt(&self) -> bool {
        self.esm_class & 0x24 != 0 || tlv::find(&self.tlvs, tlv::MESSAGE_STATE).is_some()
    }
}

/// What a PDU carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    ShortMessage(ShortMessage),
    /// Answer to a short message; without a body when it failed.
    Taken {
        message_id: String,
        tlvs: Vec<Tlv>,
    },
    /// Request to bind, without its password.
    Bind {
        system_id: String,
        system_type: String,
        interface_version: u8,
    },
    /// Answer to it; without a body when it failed.
    Bound {
        system_id: String,
        tlvs: Vec<Tlv>,
    },
    /// Nothing, or something that is not read.
    Other(Vec<u8>),
}

/// One PDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdu {
    pub header: Header,
    pub body: Body,
}

/// Reads octets that are exactly one PDU.
///
/// # Errors
/// They are not.
pub fn decode(octets: &[u8]) -> Result<Pdu, PduError> {
    let header = Header::read(octets)?;
    if header.length as usize != octets.len() {
        return Err(PduError::LengthMismatch { said: header.length, there: octets.len() });
    }
    if command::name(header.command).is_none() {
        return Err(PduError::UnknownCommand(header.command));
    }
    let mut rest = Rest(&octets[HEADER..]);
    let body = match header.command {
        command::SUBMIT_SM | command::DELIVER_SM => Body::ShortMessage(rest.short_message()?),
        command::DATA_SM => Body::ShortMessage(rest.data()?),
        0x8000_0004 | 0x8000_0005 | 0x8000_0103 => {
            Body::Taken { message_id: rest.c_string_of_answer("message_id", 65)?, tlvs: rest.tlvs()? }
        }
        0x01 | 0x02 | command::BIND_TRANSCEIVER => rest.bind()?,
        0x8000_0001 | 0x8000_0002 | 0x8000_0009 => Body::Bound { system_id: rest.c_string_of_answer("system_id", 16)?, tlvs: rest.tlvs()? },
        _ => Body::Other(rest.0.to_vec()),
    };
    Ok(Pdu { header, body })
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn octet(&mut self, name: &'static str) -> Result<u8, PduError> {
        let (octet, rest) = self.0.split_first().ok_or(PduError::BodyTooShort(name))?;
        self.0 = rest;
        Ok(*octet)
    }

    fn word(&mut self) -> Option<u16> {
        let (word, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*word))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// At most `most` octets with the NUL; characters above ASCII are taken for Latin-1, control characters are left out.
    fn c_string(&mut self, name: &'static str, most: usize) -> Result<String, PduError> {
        if self.0.is_empty() {
            return Err(PduError::BodyTooShort(name));
        }
        let end = self.0.iter().position(|octet| *octet == 0).ok_or(PduError::CStringWithoutEnd(name))?;
        if end >= most {
            return Err(PduError::CStringTooLong(name));
        }
        let text = self.0[..end].iter().copied().map(char::from).filter(|c| !c.is_control()).collect();
        self.0 = &self.0[end + 1..];
        Ok(text)
    }

    /// The string of an answer, which may be the header alone.
    fn c_string_of_answer(&mut self, name: &'static str, most: usize) -> Result<String, PduError> {
        if self.0.is_empty() { Ok(String::new()) } else { self.c_string(name, most) }
    }

    fn address(&mut self, name: &'static str, most: usize) -> Result<Address, PduError> {
        Ok(Address { ton: self.octet(name)?, npi: self.octet(name)?, addr: self.c_string(name, most)? })
    }

    fn short_message(&mut self) -> Result<ShortMessage, PduError> {
        self.c_string("service_type", 6)?;
        let source = self.address("source_addr", 21)?;
        let destination = self.address("destination_addr", 21)?;
        let esm_class = self.octet("esm_class")?;
        self.octet("protocol_id")?;
        self.octet("priority_flag")?;
        self.c_string("schedule_delivery_time", 17)?;
        self.c_string("validity_period", 17)?;
        let registered_delivery = self.octet("registered_delivery")?;
        self.octet("replace_if_present_flag")?;
        let data_coding = self.octet("data_coding")?;
        self.octet("sm_default_msg_id")?;
        let said = self.octet("sm_length")?;
        let left = self.0.len();
        let short_message = self.take(usize::from(said)).ok_or(PduError::ShortMessageOverrun { said, left })?.to_vec();
        Ok(ShortMessage { source, destination, esm_class, registered_delivery, data_coding, short_message, tlvs: self.tlvs()? })
    }

    fn data(&mut self) -> Result<ShortMessage, PduError> {
        self.c_string("service_type", 6)?;
        Ok(ShortMessage {
            source: self.address("source_addr", 65)?,
            destination: self.address("destination_addr", 65)?,
            esm_class: self.octet("esm_class")?,
            registered_delivery: self.octet("registered_delivery")?,
            data_coding: self.octet("data_coding")?,
            short_message: Vec::new(),
            tlvs: self.tlvs()?,
        })
    }

    fn bind(&mut self) -> Result<Body, PduError> {
        let system_id = self.c_string("system_id", 16)?;
        self.c_string("password", 9)?;
        let system_type = self.c_string("system_type", 13)?;
        let interface_version = self.octet("interface_version")?;
        self.address("address_range", 41)?;
        match self.0.len() {
            0 => Ok(Body::Bind { system_id, system_type, interface_version }),
            more => Err(PduError::TrailingOctets(more)),
        }
    }

    fn tlvs(&mut self) -> Result<Vec<Tlv>, PduError> {
        let mut tlvs = Vec::new();
        while !self.0.is_empty() {
            let trailing = PduError::TrailingOctets(self.0.len());
            let (Some(tag), Some(said)) = (self.word(), self.word()) else { return Err(trailing) };
            let left = self.0.len();
            let value = self.take(usize::from(said)).ok_or(PduError::TlvOverrun { tag, said, left })?.to_vec();
            tlvs.push(Tlv { tag, value });
        }
        Ok(tlvs)
    }
}
