//! What the parsers make of a PDU or a receipt, as one JSON object for people who look into a fault.

use serde_json::{Map, Value, json};

use super::coding;
use super::pdu::{self, Address, Body, Header, PduError, ShortMessage, command};
use super::receipt::Receipt;
use super::text::Alphabet;
use super::tlv::{Shape, Tlv};

/// One PDU in hexadecimal digits; blanks and line ends between them do not count.
///
/// Keys: command, status, sequence, source_addr, destination_addr (each with `…_ton` and `…_npi`), data_coding, text, udh,
/// tlvs, receipt; answers have message_id or system_id instead. What cannot be read has `error` beside what could.
pub fn smpp(written: &str, alphabet: Alphabet) -> Value {
    let digits: String = written.split_whitespace().collect();
    let Ok(octets) = hex::decode(digits.trim_start_matches("0x")) else {
        return json!({"error": "not_hex", "detail": "no even number of hexadecimal digits"});
    };
    let mut shown = Map::new();
    if let Ok(header) = Header::read(&octets) {
        let name = command::name(header.command).unwrap_or_else(|| format!("0x{:08X}", header.command));
        shown.insert("command".into(), name.into());
        shown.insert("status".into(), header.status.into());
        shown.insert("sequence".into(), header.sequence.into());
    }
    match pdu::decode(&octets) {
        Ok(pdu) => body(&pdu.body, alphabet, &mut shown),
        Err(error) => failed(&error, &mut shown),
    }
    shown.into()
}

/// A receipt's text: its fields as they are written, null where they are missing.
pub fn receipt(text: &str) -> Value {
    json!(Receipt::read(text))
}

fn failed(error: &PduError, shown: &mut Map<String, Value>) {
    shown.insert("error".into(), error.name().into());
    shown.insert("detail".into(), error.to_string().into());
}

fn body(body: &Body, alphabet: Alphabet, shown: &mut Map<String, Value>) {
    match body {
        Body::ShortMessage(message) => short_message(message, alphabet, shown),
        Body::Taken { message_id, tlvs } => {
            shown.insert("message_id".into(), message_id.as_str().into());
            shown.insert("tlvs".into(), parameters(tlvs));
        }
        Body::Bind { system_id, system_type, interface_version } => {
            shown.insert("system_id".into(), system_id.as_str().into());
            shown.insert("system_type".into(), system_type.as_str().into());
            shown.insert("interface_version".into(), (*interface_version).into());
        }
        Body::Bound { system_id, tlvs } => {
            shown.insert("system_id".into(), system_id.as_str().into());
            shown.insert("tlvs".into(), parameters(tlvs));
        }
        Body::Other(_) => {}
    }
}

fn short_message(message: &ShortMessage, alphabet: Alphabet, shown: &mut Map<String, Value>) {
    let mut address = |name: &str, address: &Address| {
        shown.insert(name.to_owned(), address.addr.as_str().into());
        shown.insert(format!("{name}_ton"), address.ton.into());
        shown.insert(format!("{name}_npi"), address.npi.into());
    };
    address("source_addr", &message.source);
    address("destination_addr", &message.destination);
    shown.insert("esm_class".into(), message.esm_class.into());
    shown.insert("registered_delivery".into(), message.registered_delivery.into());
    shown.insert("data_coding".into(), message.data_coding.into());
    match message.parted() {
        Ok((concat, content)) => {
            let text = coding::decode(content, message.data_coding, alphabet).map(|text| coding::tidy(&text));
            let receipt = message.is_receipt().then(|| Receipt::of(text.as_deref().unwrap_or_default(), &message.tlvs));
            let headed = message.esm_class & 0x40 != 0;
            shown.insert("text".into(), json!(text));
            shown.insert("udh".into(), json!(concat.filter(|_| headed)));
            shown.insert("tlvs".into(), parameters(&message.tlvs));
            shown.insert("receipt".into(), json!(receipt));
        }
        Err(error) => failed(&error, shown),
    }
}

/// By name, or by number where there is none; of two with one tag the first.
fn parameters(tlvs: &[Tlv]) -> Value {
    let mut shown = Map::new();
    for tlv in tlvs {
        let (name, value) = match tlv.known() {
            Some((name, Shape::Number)) => (name.to_owned(), tlv.number().map_or_else(|| hex::encode(&tlv.value).into(), Value::from)),
            Some((name, Shape::Text)) => (name.to_owned(), tlv.text().into()),
            Some((name, Shape::Octets)) => (name.to_owned(), hex::encode(&tlv.value).into()),
            None => (format!("0x{:04X}", tlv.tag), hex::encode(&tlv.value).into()),
        };
        shown.entry(name).or_insert(value);
    }
    shown.into()
}
