//! The PDUs that we send, written by rusmpp.

use std::str::FromStr;

use rusmpp::encode::{Encode, Length};
use rusmpp::pdus::{BindTransceiver, DataSmResp, DeliverSmResp, SubmitSm};
use rusmpp::tlvs::MessageSubmissionRequestTlvValue as Parameter;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, InterfaceVersion, Npi, RegisteredDelivery, ServiceType, Ton};
use rusmpp::{Command, CommandStatus, Pdu};

use super::concat::{self, Concat};
use super::pdu::{Address, command};
use super::text::{Alphabet, Encoding, Joining, split};
use crate::Error;

/// One message over the air, ready to be submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit(SubmitSm);

/// How our messages stand on a link: settings of the link.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Style {
    /// Whom our messages come from: brandname (TON 5, NPI 0, at most 11 characters) or short code (as the carrier says).
    pub source: Address,
    #[serde(default)]
    pub alphabet: Alphabet,
    #[serde(default)]
    pub joining: Joining,
    /// Ask for a receipt of the final state.
    #[serde(default)]
    pub receipts: bool,
}

/// Makes the messages of a text to a subscriber (`84…`, international): one, or the parts of a long one.
///
/// `reference` joins the parts: it must differ from that of the last long messages to the same number. `id` (0 for none)
/// goes along as user_message_reference, which some SMSCs give back in receipts.
///
/// # Errors
/// [`Error::Rejected`] for a text of more than 255 parts or a number that is none, [`Error::Misconfigured`] for a source
/// that cannot be written.
pub fn submits(style: &Style, number: &str, text: &str, reference: u16, id: u16) -> Result<Vec<Submit>, Error> {
    let segments = split(text, style.alphabet, style.joining).map_err(|error| Error::Rejected(error.to_string()))?;
    let source = COctetString::from_str(&style.source.addr).map_err(|_| misconfigured("source address"))?;
    if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Error::Rejected("the number has something else than digits".into()));
    }
    let destination = COctetString::from_str(number).map_err(|_| Error::Rejected("the number is too long".into()))?;
    // `split` makes no more than a u8 counts.
    let total = u8::try_from(segments.len()).unwrap_or(u8::MAX);
    let message = |(part, segment): (u8, super::text::Segment)| {
        let bits = if style.joining == Joining::Udh8 { 8 } else { 16 };
        let concat = Concat { reference, bits, total, part };
        let (mut esm_class, mut octets, mut parameters) = (0, segment.octets, Vec::new());
        match style.joining {
            _ if total == 1 => {}
            Joining::Udh8 | Joining::Udh16 => {
                esm_class = 0x40;
                octets.splice(..0, concat::write(concat));
            }
            Joining::Sar => parameters.extend([
                Parameter::SarMsgRefNum(reference),
                Parameter::SarTotalSegments(total),
                Parameter::SarSegmentSeqnum(part),
            ]),
        }
        if id != 0 {
            parameters.push(Parameter::UserMessageReference(id.into()));
        }
        let coding = if segment.encoding == Encoding::Ucs2 { DataCoding::Ucs2 } else { DataCoding::McSpecific };
        let octets = OctetString::from_vec(octets).map_err(|_| misconfigured("segment"))?;
        Ok(Submit(
            SubmitSm::builder()
                .service_type(ServiceType::default())
                .source_addr_ton(Ton::from(style.source.ton))
                .source_addr_npi(Npi::from(style.source.npi))
                .source_addr(source.clone())
                .dest_addr_ton(Ton::International)
                .dest_addr_npi(Npi::Isdn)
                .destination_addr(destination.clone())
                // rusmpp's own default is an acknowledgement.
                .esm_class(EsmClass::from(esm_class))
                .registered_delivery(RegisteredDelivery::from(u8::from(style.receipts)))
                .data_coding(coding)
                .short_message(octets)
                .tlvs(parameters)
                .build(),
        ))
    };
    (1..=total).zip(segments).map(message).collect()
}

fn misconfigured(what: &str) -> Error {
    Error::Misconfigured(format!("the {what} cannot be written in SMPP"))
}

impl Submit {
    /// The whole `submit_sm`.
    pub fn octets(&self, sequence: u32) -> Vec<u8> {
        request(sequence, self.0.clone())
    }
}

/// # Errors
/// [`Error::Misconfigured`] when id, password or type are too long or no ASCII.
pub(super) fn bind(system_id: &str, password: &str, system_type: &str, sequence: u32) -> Result<Vec<u8>, Error> {
    let bind = BindTransceiver::builder()
        .system_id(COctetString::from_str(system_id).map_err(|_| misconfigured("system_id"))?)
        .password(COctetString::from_str(password).map_err(|_| misconfigured("password"))?)
        .system_type(COctetString::from_str(system_type).map_err(|_| misconfigured("system_type"))?)
        .interface_version(InterfaceVersion::Smpp3_4)
        .build();
    Ok(request(sequence, bind))
}

pub(super) fn enquire_link(sequence: u32) -> Vec<u8> {
    request(sequence, Pdu::EnquireLink)
}

pub(super) fn unbind(sequence: u32) -> Vec<u8> {
    request(sequence, Pdu::Unbind)
}

/// The answer to a request of the SMSC; `None` for one that has none of ours.
pub(super) fn answer(request: u32, status: u32, sequence: u32) -> Option<Vec<u8>> {
    let pdu = match request {
        command::ENQUIRE_LINK => Pdu::EnquireLinkResp,
        command::UNBIND => Pdu::UnbindResp,
        // Their message_id is unused: empty.
        command::DELIVER_SM => DeliverSmResp::default().into(),
        command::DATA_SM => DataSmResp::default().into(),
        _ => return None,
    };
    Some(octets(status, sequence, pdu))
}

/// Says that a PDU is none for us. `sequence` 0 when not even that could be read.
pub(super) fn generic_nack(status: u32, sequence: u32) -> Vec<u8> {
    octets(status, sequence, Pdu::GenericNack)
}

fn request(sequence: u32, pdu: impl Into<Pdu>) -> Vec<u8> {
    octets(0, sequence, pdu)
}

fn octets(status: u32, sequence: u32, pdu: impl Into<Pdu>) -> Vec<u8> {
    let command = Command::new(CommandStatus::from(status), sequence, pdu);
    // command_length is not rusmpp's part of a command.
    let length = 4 + command.length();
    let mut octets = vec![0; length];
    octets[..4].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    command.encode(&mut octets[4..]);
    octets
}
