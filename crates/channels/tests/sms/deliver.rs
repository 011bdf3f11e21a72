//! What an SMSC hands over.

use channels::Event;
use channels::event::Kind;
use channels::sms::deliver::{self, Delivered, Part, Unreadable, join};
use channels::sms::pdu::PduError;
use channels::sms::{Alphabet, concat::Concat};

use crate::example::{self, octets};

fn read(octets: &[u8]) -> Delivered {
    deliver::read(octets, Alphabet::Gsm).unwrap()
}

fn message(octets: &[u8]) -> Event {
    match read(octets) {
        Delivered::Message(event) => event,
        other => panic!("{other:?}"),
    }
}

/// A part of the worked example, as an SMSC would deliver it.
fn part(number: usize) -> Part {
    let mut octets = octets(example::LONG[number - 1]);
    octets[7] = 5;
    match read(&octets) {
        Delivered::Part(part) => part,
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages() {
    let event = message(&octets(example::MO));
    assert_eq!((event.kind, event.text.as_deref()), (Kind::Message, Some("HOTRO giay phep")));
    assert_eq!((event.sender_id.as_str(), event.recipient_id.as_str()), ("84900000001", "8088"));
    assert_eq!(message(&octets(example::MO_UCS2)).text.as_deref(), Some("Xin chào"));
    // As data_sm, whose text is a parameter.
    let mut data = octets(
        "00000000000001030000000000000007000101383439303030303030303100000138303838000000000424000548 4f54524f".replace(' ', "").as_str(),
    );
    data[3] = u8::try_from(data.len()).unwrap();
    assert_eq!(message(&data).text.as_deref(), Some("HOTRO"));
}

#[test]
fn a_repeat_is_known_by_its_fingerprint() {
    let first = message(&octets(example::MO));
    let mut again = octets(example::MO);
    again[12..16].copy_from_slice(&[0, 0, 9, 9]);
    assert_eq!(message(&again), first, "another sequence number is the same message");
    let mut other = octets(example::MO);
    *other.last_mut().unwrap() = b'q';
    assert_ne!(message(&other).external_id, first.external_id);
    let mut from_another = octets(example::MO);
    from_another[29] = b'2';
    assert_ne!(message(&from_another).external_id, first.external_id);
    assert_eq!(first.external_id.len(), 64);
}

#[test]
fn parts_make_one_message_in_whatever_order() {
    let [first, second] = [part(1), part(2)];
    assert_eq!(first.key, second.key);
    assert_eq!(first.key, "DOITHOAI>84900000001:42/8:2");
    assert_eq!(second.concat, Concat { reference: 42, bits: 8, total: 2, part: 2 });
    assert_ne!(first.fingerprint, second.fingerprint);
    let joined = join([&first, &second], Alphabet::Gsm).unwrap();
    assert_eq!((joined.event.text.as_deref(), joined.missing.len()), (Some(example::LONG_TEXT), 0));
    assert_eq!(join([&second, &first, &second], Alphabet::Gsm).unwrap(), joined);
    let stored: Part = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    assert_eq!(stored, first);
}

#[test]
fn what_never_came_is_said() {
    let lone = join([&part(2)], Alphabet::Gsm).unwrap();
    assert_eq!((lone.missing, lone.event.text.as_deref()), (vec![1], Some(" […] g ba ngày làm việc.")));
    let lone = join([&part(1)], Alphabet::Gsm).unwrap();
    assert_eq!(lone.missing, [2]);
    assert!(lone.event.text.unwrap().ends_with("tron […] "));
    assert!(join([], Alphabet::Gsm).is_none());
    // The middle of three.
    let of_three =
        |number: u8| Part { concat: Concat { total: 3, part: number, ..part(1).concat }, octets: vec![0, b'a' + number], ..part(1) };
    let joined = join([&of_three(3), &of_three(1)], Alphabet::Gsm).unwrap();
    assert_eq!((joined.missing, joined.event.text.as_deref()), (vec![2], Some("b […] d")));
}

#[test]
fn a_character_cut_in_two_is_whole_again() {
    let half = |number: u8, octets: &[u8]| Part { concat: Concat { part: number, ..part(1).concat }, octets: octets.to_vec(), ..part(1) };
    let joined = join([&half(1, &[0, b'a', 0xD8, 0x3D]), &half(2, &[0xDE, 0x00, 0, b'b'])], Alphabet::Gsm).unwrap();
    assert_eq!(joined.event.text.as_deref(), Some("a😀b"));
    let gsm = |number, octets| Part { data_coding: 0, ..half(number, octets) };
    let joined = join([&gsm(1, b"a\x1B"), &gsm(2, b"\x65b")], Alphabet::Gsm).unwrap();
    assert_eq!(joined.event.text.as_deref(), Some("a€b"));
    // Some telephones write each part in what it needs.
    let joined = join([&gsm(1, b"Xin ch"), &half(2, &[0, 0xE0, 0, b'o'])], Alphabet::Gsm).unwrap();
    assert_eq!(joined.event.text.as_deref(), Some("Xin chào"));
}

#[test]
fn parameters_join_as_a_header_does() {
    let mut octets = octets(example::MO);
    octets.extend([0x02, 0x0C, 0, 2, 0x12, 0x34, 0x02, 0x0E, 0, 1, 2, 0x02, 0x0F, 0, 1, 2]);
    octets[3] = u8::try_from(octets.len()).unwrap();
    let Delivered::Part(second) = read(&octets) else { panic!("no part") };
    assert_eq!(second.concat, Concat { reference: 0x1234, bits: 16, total: 2, part: 2 });
    *octets.last_mut().unwrap() = 1;
    let Delivered::Part(first) = read(&octets) else { panic!("no part") };
    assert_ne!(first.fingerprint, second.fingerprint, "the same words twice are two parts");
    // A part that cannot be, and the only one of one, are messages.
    for (total, number) in [(2, 3), (2, 0), (0, 0), (1, 1)] {
        let last = octets.len() - 1;
        octets[last] = number;
        octets[last - 5] = total;
        assert_eq!(message(&octets).text.as_deref(), Some("HOTRO giay phep"), "{number} of {total}");
    }
}

fn receipt(text: &str, parameters: &str) -> Event {
    let mut octets = octets(example::RECEIPT);
    octets.truncate(52);
    octets[51] = u8::try_from(text.len()).unwrap();
    octets.extend(text.as_bytes());
    octets.extend(hex::decode(parameters).unwrap());
    let length = u16::try_from(octets.len()).unwrap();
    octets[2..4].copy_from_slice(&length.to_be_bytes());
    match read(&octets) {
        Delivered::Receipt(event, _) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn receipts_tell_what_became_of_a_message() {
    let Delivered::Receipt(event, receipt_read) = read(&octets(example::RECEIPT)) else { panic!("no receipt") };
    assert_eq!((event.kind, event.receipt_ids.as_slice()), (Kind::DeliveryReceipt, &["00A1B2C3".to_owned()][..]));
    assert_eq!((event.sender_id.as_str(), event.recipient_id.as_str()), ("84900000001", "DOITHOAI"));
    assert_eq!(receipt_read.done_date.as_deref(), Some("2609230810"));
    let failed = receipt("id:7 stat:UNDELIV err:1B", "");
    assert_eq!((failed.kind, failed.reason.as_deref()), (Kind::Failed, Some("UNDELIV err 1B")));
    for pending in ["ENROUTE", "ACCEPTD", "UNKNOWN", "WHATEVER"] {
        let event = receipt(&format!("id:7 stat:{pending}"), "");
        assert_eq!((event.kind, event.vendor_kind.as_str()), (Kind::Ignored, pending));
    }
    let by_parameters = receipt("", "001e0002370004270001 02".replace(' ', "").as_str());
    assert_eq!((by_parameters.kind, by_parameters.message_id.as_deref()), (Kind::DeliveryReceipt, Some("7")));
    assert_eq!(receipt("nothing", "").kind, Kind::Ignored);
    assert_ne!(receipt("id:7 stat:ENROUTE", "").external_id, receipt("id:7 stat:DELIVRD", "").external_id);
}

#[test]
fn receipts_are_known_by_esm_class_or_by_their_state() {
    let with_class = |esm_class: u8, parameters: &str| {
        let mut octets = octets(example::MO);
        octets[38] = esm_class;
        octets.extend(hex::decode(parameters).unwrap());
        octets[3] = u8::try_from(octets.len()).unwrap();
        read(&octets)
    };
    for esm_class in [0x04, 0x20, 0x0C, 0x07] {
        assert!(matches!(with_class(esm_class, ""), Delivered::Receipt(..)), "0x{esm_class:02X}");
    }
    for esm_class in [0x00, 0x03, 0x08, 0x10, 0x80] {
        assert!(matches!(with_class(esm_class, ""), Delivered::Message(_)), "0x{esm_class:02X}: a person's words are not lost");
    }
    assert!(matches!(with_class(0, "0427000102"), Delivered::Receipt(..)));
}

#[test]
fn other_things_deliver_nothing() {
    let refused = |hex: &str| deliver::read(&octets(hex), Alphabet::Gsm).unwrap_err();
    assert_eq!(refused(example::ENQUIRE), Unreadable::OtherCommand("enquire_link".into()));
    assert_eq!(refused(example::MT), Unreadable::OtherCommand("submit_sm".into()));
    assert_eq!(deliver::read(b"x", Alphabet::Gsm).unwrap_err(), Unreadable::Pdu(PduError::TooShort(1)));
    let mut binary = octets(example::MO);
    binary[45] = 4;
    let event = message(&binary);
    assert_eq!((event.kind, event.text), (Kind::Ignored, None));
}
