//! Optional parameters: tag, length and value, kept as they came.

use super::concat::Concat;

pub const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
pub const USER_MESSAGE_REFERENCE: u16 = 0x0204;
pub const SAR_MSG_REF_NUM: u16 = 0x020C;
pub const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
pub const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
pub const SC_INTERFACE_VERSION: u16 = 0x0210;
pub const NETWORK_ERROR_CODE: u16 = 0x0423;
pub const MESSAGE_PAYLOAD: u16 = 0x0424;
pub const MESSAGE_STATE: u16 = 0x0427;

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Number,
    Text,
    Octets,
}

/// Those of SMPP 3.4 that a short message or its answer may carry (§5.3.2).
const KNOWN: [(u16, &str, Shape); 37] = [
    (0x0005, "dest_addr_subunit", Shape::Number),
    (0x0006, "dest_network_type", Shape::Number),
    (0x0007, "dest_bearer_type", Shape::Number),
    (0x0008, "dest_telematics_id", Shape::Number),
    (0x000D, "source_addr_subunit", Shape::Number),
    (0x000E, "source_network_type", Shape::Number),
    (0x000F, "source_bearer_type", Shape::Number),
    (0x0010, "source_telematics_id", Shape::Number),
    (0x0017, "qos_time_to_live", Shape::Number),
    (0x0019, "payload_type", Shape::Number),
    (0x001D, "additional_status_info_text", Shape::Text),
    (RECEIPTED_MESSAGE_ID, "receipted_message_id", Shape::Text),
    (0x0030, "ms_msg_wait_facilities", Shape::Number),
    (0x0201, "privacy_indicator", Shape::Number),
    (0x0202, "source_subaddress", Shape::Octets),
    (0x0203, "dest_subaddress", Shape::Octets),
    (USER_MESSAGE_REFERENCE, "user_message_reference", Shape::Number),
    (0x0205, "user_response_code", Shape::Number),
    (0x020A, "source_port", Shape::Number),
    (0x020B, "destination_port", Shape::Number),
    (SAR_MSG_REF_NUM, "sar_msg_ref_num", Shape::Number),
    (0x020D, "language_indicator", Shape::Number),
    (SAR_TOTAL_SEGMENTS, "sar_total_segments", Shape::Number),
    (SAR_SEGMENT_SEQNUM, "sar_segment_seqnum", Shape::Number),
    (SC_INTERFACE_VERSION, "sc_interface_version", Shape::Number),
    (0x0302, "callback_num_pres_ind", Shape::Number),
    (0x0303, "callback_num_atag", Shape::Octets),
    (0x0304, "number_of_messages", Shape::Number),
    (0x0381, "callback_num", Shape::Octets),
    (0x0420, "dpf_result", Shape::Number),
    (0x0421, "set_dpf", Shape::Number),
    (0x0422, "ms_availability_status", Shape::Number),
    (NETWORK_ERROR_CODE, "network_error_code", Shape::Octets),
    (MESSAGE_PAYLOAD, "message_payload", Shape::Octets),
    (0x0425, "delivery_failure_reason", Shape::Number),
    (0x0426, "more_messages_to_send", Shape::Number),
    (MESSAGE_STATE, "message_state", Shape::Number),
];

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tlv {
    pub tag: u16,
    pub value: Vec<u8>,
}

impl Tlv {
    /// The specification's name and the shape of its value.
    pub(super) fn known(&self) -> Option<(&'static str, Shape)> {
        KNOWN.iter().find(|(tag, ..)| *tag == self.tag).map(|(_, name, shape)| (*name, *shape))
    }

    /// A value of one to four octets as the number they are.
    pub fn number(&self) -> Option<u32> {
        let short = (1..=4).contains(&self.value.len());
        short.then(|| self.value.iter().fold(0, |number, octet| number << 8 | u32::from(*octet)))
    }

    /// A C-octet string; some leave its end out.
    pub fn text(&self) -> String {
        let end = self.value.iter().position(|octet| *octet == 0).unwrap_or(self.value.len());
        self.value[..end].iter().copied().map(char::from).collect()
    }
}

/// The first one with a tag.
pub fn find(tlvs: &[Tlv], tag: u16) -> Option<&Tlv> {
    tlvs.iter().find(|tlv| tlv.tag == tag)
}

/// What the `sar_…` parameters say, when all three are there and possible.
pub(super) fn concat(tlvs: &[Tlv]) -> Option<Concat> {
    let number = |tag| find(tlvs, tag)?.number();
    let reference = number(SAR_MSG_REF_NUM)?.try_into().ok()?;
    let total = number(SAR_TOTAL_SEGMENTS)?.try_into().ok()?;
    let part = number(SAR_SEGMENT_SEQNUM)?.try_into().ok()?;
    Concat { reference, bits: 16, total, part }.possible()
}
