//! SMPP 3.4 on the wire: headers, strings, numbers, TLVs, and the names of commands and states. [SMPP 3.4 §3, §5]

/// Octets of a header.
pub(super) const HEADER: usize = 16;
/// A PDU with a full message_payload fits; anything longer is taken for noise.
pub(super) const MOST: usize = 70_000;
/// Set in the command id of every answer.
pub(super) const ANSWER: u32 = 0x8000_0000;

/// Command ids. [SMPP 3.4 §5.1.2.1]
pub(super) mod command {
    pub const BIND_RECEIVER: u32 = 0x01;
    pub const BIND_TRANSMITTER: u32 = 0x02;
    pub const SUBMIT_SM: u32 = 0x04;
    pub const DELIVER_SM: u32 = 0x05;
    pub const UNBIND: u32 = 0x06;
    pub const BIND_TRANSCEIVER: u32 = 0x09;
    pub const ENQUIRE_LINK: u32 = 0x15;
    pub const GENERIC_NACK: u32 = 0x8000_0000;
}

/// Command states. [SMPP 3.4 §5.1.3]
pub(super) mod status {
    pub const OK: u32 = 0x00;
    pub const WRONG_MESSAGE_LENGTH: u32 = 0x01;
    pub const WRONG_COMMAND_LENGTH: u32 = 0x02;
    pub const WRONG_COMMAND: u32 = 0x03;
    pub const WRONG_BIND_STATE: u32 = 0x04;
    pub const ALREADY_BOUND: u32 = 0x05;
    pub const WRONG_PRIORITY: u32 = 0x06;
    pub const SYSTEM_ERROR: u32 = 0x08;
    pub const WRONG_SOURCE: u32 = 0x0A;
    pub const WRONG_DESTINATION: u32 = 0x0B;
    pub const BIND_FAILED: u32 = 0x0D;
    pub const WRONG_PASSWORD: u32 = 0x0E;
    pub const WRONG_SYSTEM_ID: u32 = 0x0F;
    pub const QUEUE_FULL: u32 = 0x14;
    pub const WRONG_ESM_CLASS: u32 = 0x43;
    pub const THROTTLED: u32 = 0x58;
    pub const WRONG_SCHEDULE: u32 = 0x61;
    pub const WRONG_VALIDITY: u32 = 0x62;
    pub const WRONG_OPTIONAL_PART: u32 = 0xC0;
}

/// Tags of optional parameters. [SMPP 3.4 §5.3.2]
pub(super) mod tag {
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
    pub const USER_MESSAGE_REFERENCE: u16 = 0x0204;
    pub const SAR_REFERENCE: u16 = 0x020C;
    pub const SAR_TOTAL: u16 = 0x020E;
    pub const SAR_NUMBER: u16 = 0x020F;
    pub const SC_INTERFACE_VERSION: u16 = 0x0210;
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    pub const MESSAGE_STATE: u16 = 0x0427;
}

/// One PDU, its body not looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pdu {
    pub id: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: Vec<u8>,
}

impl Pdu {
    pub fn new(id: u32, status: u32, sequence: u32, body: Vec<u8>) -> Self {
        Self { id, status, sequence, body }
    }

    /// The PDU after its length field.
    pub fn read(rest: &[u8]) -> Option<Self> {
        let mut fields = Fields(rest);
        Some(Self { id: fields.long().ok()?, status: fields.long().ok()?, sequence: fields.long().ok()?, body: fields.0.to_vec() })
    }

    pub fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(HEADER + self.body.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(HEADER + self.body.len());
        for number in [length, self.id, self.status, self.sequence] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(&self.body);
        bytes
    }
}

/// The body is shorter than its fields, or a string in it has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Short;

/// The rest of a body that is being read.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub fn octets(&mut self, count: usize) -> Result<&'a [u8], Short> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn octet(&mut self) -> Result<u8, Short> {
        Ok(self.octets(1)?[0])
    }

    pub fn short(&mut self) -> Result<u16, Short> {
        let octets = self.octets(2)?;
        Ok(u16::from_be_bytes([octets[0], octets[1]]))
    }

    pub fn long(&mut self) -> Result<u32, Short> {
        let octets = self.octets(4)?;
        Ok(u32::from_be_bytes([octets[0], octets[1], octets[2], octets[3]]))
    }

    /// A C-octet string: up to its NUL, which is taken too.
    pub fn string(&mut self) -> Result<String, Short> {
        let end = self.0.iter().position(|octet| *octet == 0).ok_or(Short)?;
        let text = self.octets(end)?.iter().map(|octet| char::from(*octet)).collect();
        self.octet()?;
        Ok(text)
    }

    /// Tag, length and value up to the end of the body.
    pub fn tlvs(&mut self) -> Result<Vec<(u16, Vec<u8>)>, Short> {
        let mut tlvs = Vec::new();
        while !self.0.is_empty() {
            let tag = self.short()?;
            let length = self.short()?;
            tlvs.push((tag, self.octets(usize::from(length))?.to_vec()));
        }
        Ok(tlvs)
    }
}

/// Adds a C-octet string.
pub(super) fn put_string(body: &mut Vec<u8>, text: &str) {
    body.extend(text.bytes().filter(|octet| *octet != 0));
    body.push(0);
}

/// Adds an optional parameter.
pub(super) fn put_tlv(body: &mut Vec<u8>, tag: u16, value: &[u8]) {
    body.extend(tag.to_be_bytes());
    body.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    body.extend(value);
}
