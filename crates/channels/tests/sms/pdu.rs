//! One PDU, right and wrong.

use channels::sms::pdu::{self, Address, Body, PduError, ShortMessage};
use channels::sms::{Alphabet, inspect, tlv};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::example::{self, octets};

fn body(hex: &str) -> Body {
    pdu::decode(&octets(hex)).unwrap().body
}

fn message(hex: &str) -> ShortMessage {
    match body(hex) {
        Body::ShortMessage(message) => message,
        other => panic!("{other:?}"),
    }
}

fn shown(hex: &str) -> Value {
    inspect::smpp(hex, Alphabet::Gsm)
}

#[test]
fn a_session_is_read() {
    let bind = Body::Bind { system_id: "doithoai".into(), system_type: String::new(), interface_version: 0x34 };
    assert_eq!(body(example::BIND), bind);
    let Body::Bound { system_id, tlvs } = body(example::BOUND) else { panic!("no answer to bind") };
    assert_eq!((system_id.as_str(), tlvs[0].tag, tlvs[0].number()), ("SMSC01", tlv::SC_INTERFACE_VERSION, Some(0x34)));
    for (hex, command, sequence) in [
        (example::ENQUIRE, "enquire_link", 2),
        (example::ENQUIRED, "enquire_link_resp", 2),
        (example::STORED, "deliver_sm_resp", 1001),
        (example::TAKEN, "submit_sm_resp", 3),
    ] {
        let shown = shown(hex);
        assert_eq!(shown["command"], command);
        assert_eq!((&shown["status"], &shown["sequence"]), (&json!(0), &json!(sequence)));
    }
    assert_eq!(body(example::TAKEN), Body::Taken { message_id: "00A1B2C3".into(), tlvs: vec![] });
    assert_eq!(shown(example::NACK), json!({"command": "generic_nack", "status": 3, "sequence": 0}));
    let throttled = shown(example::THROTTLED);
    assert_eq!((&throttled["command"], &throttled["status"], &throttled["sequence"]), (&json!("submit_sm_resp"), &json!(0x58), &json!(9)));
}

#[test]
fn messages_are_read() {
    let mo = message(example::MO);
    assert_eq!(mo.source, Address { ton: 1, npi: 1, addr: "84900000001".into() });
    assert_eq!(mo.destination, Address { ton: 0, npi: 1, addr: "8088".into() });
    assert_eq!((mo.content(), mo.data_coding, mo.is_receipt()), (&b"HOTRO giay phep"[..], 0, false));
    assert_eq!(shown(example::MO_UCS2)["text"], "Xin chào");
    let mt = message(example::MT);
    assert_eq!(mt.source, Address { ton: 5, npi: 0, addr: "DOITHOAI".into() });
    assert_eq!((mt.registered_delivery, mt.content()), (1, &b"Ho so cua ban da duoc tiep nhan"[..]));
}

#[test]
fn inspect_shows_a_receipt() {
    assert_eq!(
        shown(example::RECEIPT),
        json!({
            "command": "deliver_sm", "status": 0, "sequence": 1003,
            "source_addr": "84900000001", "source_addr_ton": 1, "source_addr_npi": 1,
            "destination_addr": "DOITHOAI", "destination_addr_ton": 5, "destination_addr_npi": 0,
            "esm_class": 4, "registered_delivery": 0, "data_coding": 0,
            "text": "id:00A1B2C3 sub:001 dlvrd:001 submit date:2609230809 done date:2609230810 stat:DELIVRD err:000 \
                text:Ho so cua ban da duo",
            "udh": null,
            "tlvs": {"receipted_message_id": "00A1B2C3", "message_state": 2},
            "receipt": {
                "id": "00A1B2C3", "sub": "001", "dlvrd": "001", "submit_date": "2609230809", "done_date": "2609230810",
                "stat": "DELIVRD", "err": "000", "text": "Ho so cua ban da duo",
            },
        })
    );
    let part = shown(example::LONG[1]);
    assert_eq!(part["udh"], json!({"ref": 42, "bits": 8, "total": 2, "part": 2}));
    assert_eq!(part["text"], "g ba ngày làm việc.");
}

/// The octets of an example with some changed, and the length made right again.
fn changed(hex: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut octets = octets(hex);
    change(&mut octets);
    let length = u32::try_from(octets.len()).unwrap();
    octets[..4].copy_from_slice(&length.to_be_bytes());
    octets
}

#[test]
fn every_fault_has_a_name() {
    let mo = octets(example::MO);
    let with_length = |length: u32| [&length.to_be_bytes(), &mo[4..]].concat();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (vec![], "too_short"),
        (mo[..15].to_vec(), "too_short"),
        (with_length(15), "absurd_length"),
        (with_length(u32::MAX), "absurd_length"),
        (with_length(70_000), "absurd_length"),
        (with_length(0x40), "length_mismatch"),
        (mo[..40].to_vec(), "length_mismatch"),
        ([&mo[..], &mo[..]].concat(), "length_mismatch"),
        (changed(example::MO, |octets| octets[7] = 0x77), "unknown_command"),
        (changed(example::MO, |octets| octets.truncate(16)), "body_too_short"),
        (changed(example::MO, |octets| octets.truncate(33)), "body_too_short"),
        (changed(example::MO, |octets| octets.truncate(25)), "c_string_without_end"),
        (changed(example::MO, |octets| drop(octets.splice(19..19, [b'8'; 30]))), "c_string_too_long"),
        (changed(example::MO, |octets| octets.truncate(50)), "short_message_overrun"),
        (changed(example::MO, |octets| octets.extend([0x04, 0x24, 0, 9, b'x'])), "tlv_overrun"),
        (changed(example::MO, |octets| octets.extend([0x04, 0x24, 0])), "trailing_octets"),
        (changed(example::BIND, |octets| octets.push(0)), "trailing_octets"),
        (changed(example::TAKEN, |octets| octets.truncate(24)), "c_string_without_end"),
    ];
    for (octets, name) in cases {
        let error = pdu::decode(&octets).unwrap_err();
        assert_eq!(error.name(), name, "{error}");
        assert_eq!(shown(&hex::encode(&octets))["error"], name);
    }
    // The header of a part that is longer than the message.
    let overrun = changed(example::LONG[1], |octets| octets[52] = 200);
    assert_eq!(shown(&hex::encode(overrun))["error"], "udh_overrun");
    assert_eq!(shown("0000 001")["error"], "not_hex");
    assert_eq!(shown("xyz")["error"], "not_hex");
    assert_eq!(pdu::decode(&[0; 16]).unwrap_err(), PduError::AbsurdLength(0));
}

#[test]
fn what_is_odd_and_harmless_is_read() {
    // A failed answer is the header alone; parameters may be unknown, repeated, of an odd size, without their NUL.
    assert_eq!(body(example::THROTTLED), Body::Taken { message_id: String::new(), tlvs: vec![] });
    let odd = changed(example::MO, |octets| {
        octets.extend(hex::decode("140000027a7a020c0001050427000000 1e000331324100".replace(' ', "")).unwrap())
    });
    let shown = shown(&hex::encode(&odd));
    assert_eq!(shown["error"], "trailing_octets", "an octet after the last parameter is named");
    let odd = &changed(example::MO, |octets| {
        octets.extend(hex::decode("140000027a7a020c0001050427000000 1e0003313241".replace(' ', "")).unwrap())
    });
    assert_eq!(
        inspect::smpp(&hex::encode(odd), Alphabet::Gsm)["tlvs"],
        json!({
            "0x1400": "7a7a", "sar_msg_ref_num": 5, "message_state": "", "receipted_message_id": "12A",
        })
    );
}

#[test]
fn a_long_text_may_stand_in_a_parameter() {
    let payload = changed(example::MO, |octets| {
        octets.truncate(48);
        octets[47] = 0;
        octets.extend([0x04, 0x24, 0, 5]);
        octets.extend(b"HOTRO");
    });
    assert_eq!(shown(&hex::encode(payload))["text"], "HOTRO");
}

proptest! {
    #[test]
    fn any_octets_are_a_pdu_or_an_error(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let _any = pdu::decode(&noise);
        let _any = inspect::smpp(&hex::encode(&noise), Alphabet::Latin1);
    }

    #[test]
    fn a_changed_pdu_is_a_pdu_or_an_error(place in 4usize..190, octet in any::<u8>(), cut in 0usize..190) {
        for hex in [example::RECEIPT, example::LONG[0], example::MO, example::BIND] {
            let octets = changed(hex, |octets| {
                octets.truncate(octets.len().saturating_sub(cut).max(16));
                let place = place.min(octets.len() - 1);
                octets[place] = octet;
            });
            if let Err(error) = pdu::decode(&octets) {
                prop_assert!(!error.name().is_empty());
            }
        }
    }
}

/// A `deliver_sm` as an independent writer makes it.
fn written_by_rusmpp(source: &str, destination: &str, esm_class: u8, data_coding: u8, text: &[u8], payload: &[u8]) -> Vec<u8> {
    use rusmpp::encode::{Encode, Length};
    use rusmpp::tlvs::MessageDeliveryRequestTlvValue as Parameter;
    use rusmpp::types::{AnyOctetString, COctetString, OctetString};
    use rusmpp::values::{DataCoding, EsmClass, MessagePayload, Npi, Ton};
    let deliver = rusmpp::pdus::DeliverSm::builder()
        .source_addr_ton(Ton::International)
        .source_addr_npi(Npi::Isdn)
        .source_addr(COctetString::from_slice(&[source.as_bytes(), b"\0"].concat()).unwrap())
        .destination_addr(COctetString::from_slice(&[destination.as_bytes(), b"\0"].concat()).unwrap())
        .esm_class(EsmClass::from(esm_class))
        .data_coding(DataCoding::from(data_coding))
        .short_message(OctetString::from_slice(text).unwrap())
        .push_tlv(Parameter::MessagePayload(MessagePayload::new(AnyOctetString::from_slice(payload))))
        .push_tlv(Parameter::SarMsgRefNum(0xBEEF))
        .build();
    let command = rusmpp::Command::new(rusmpp::CommandStatus::EsmeRok, 7, deliver);
    let mut octets = vec![0; 4 + command.length()];
    command.encode(&mut octets[4..]);
    let length = u32::try_from(octets.len()).unwrap();
    octets[..4].copy_from_slice(&length.to_be_bytes());
    octets
}

proptest! {
    #[test]
    fn what_another_writes_is_read(
        source in "[0-9A-Z]{0,20}", destination in "[0-9]{0,20}", esm_class in any::<u8>(), data_coding in any::<u8>(),
        text in prop::collection::vec(any::<u8>(), 0..255), payload in prop::collection::vec(any::<u8>(), 0..700),
    ) {
        let octets = written_by_rusmpp(&source, &destination, esm_class, data_coding, &text, &payload);
        let pdu = pdu::decode(&octets).unwrap();
        let Body::ShortMessage(message) = pdu.body else { panic!("{pdu:?}") };
        prop_assert_eq!((pdu.header.sequence, &message.source.addr, &message.destination.addr), (7, &source, &destination));
        prop_assert_eq!((message.source.ton, message.source.npi, message.esm_class, message.data_coding), (1, 1, esm_class, data_coding));
        prop_assert_eq!(message.content(), if text.is_empty() { &payload } else { &text });
        prop_assert_eq!(&message.short_message, &text);
        prop_assert_eq!(tlv::find(&message.tlvs, tlv::SAR_MSG_REF_NUM).and_then(tlv::Tlv::number), Some(0xBEEF));
    }
}
