//! Receipts in the shapes that SMSCs give them.

use channels::sms::receipt::{Outcome, Receipt, State, id_forms, same_id};
use channels::sms::tlv::{MESSAGE_STATE, NETWORK_ERROR_CODE, RECEIPTED_MESSAGE_ID, Tlv};
use proptest::prelude::*;

fn fields(text: &str) -> [Option<String>; 8] {
    let Receipt { id, sub, dlvrd, submit_date, done_date, stat, err, text } = Receipt::read(text);
    [id, sub, dlvrd, submit_date, done_date, stat, err, text]
}

fn some<const N: usize>(values: [&str; N]) -> [Option<String>; N] {
    values.map(|value| (!value.is_empty()).then(|| value.to_owned()))
}

#[test]
fn every_shape_is_read() {
    let shapes = [
        (
            "id:00A1B2C3 sub:001 dlvrd:001 submit date:2609230809 done date:2609230810 stat:DELIVRD err:000 text:Ho so cua ban",
            ["00A1B2C3", "001", "001", "2609230809", "2609230810", "DELIVRD", "000", "Ho so cua ban"],
        ),
        // Another order, no sub and dlvrd.
        (
            "stat:UNDELIV err:1E id:4711 done date:2609230810 submit date:2609230809",
            ["4711", "", "", "2609230809", "2609230810", "UNDELIV", "1E", ""],
        ),
        // Seconds; four digits of the year; Text.
        (
            "id:4711 sub:1 dlvrd:0 submit date:260923080955 done date:20260923081001 stat:EXPIRED err:0x2F Text:Xin chao",
            ["4711", "1", "0", "260923080955", "20260923081001", "EXPIRED", "0x2F", "Xin chao"],
        ),
        // Without the blank in the names, with other letters, line ends and commas.
        (
            "ID: 4711, SUBMITDATE: 2609230809,\r\ndone_date: 2609230810\nStat:delivrd; Err:",
            ["4711", "", "", "2609230809", "2609230810", "delivrd", "", ""],
        ),
        // The text has words that look like fields, and colons.
        (
            "id:7 stat:REJECTD err:003 text:id:9 stat:DELIVRD 10:30 text:x",
            ["7", "", "", "", "", "REJECTD", "003", "id:9 stat:DELIVRD 10:30 text:x"],
        ),
        // The text stands before what matters.
        ("text:Ho so id:7 stat:DELIVRD", ["7", "", "", "", "", "DELIVRD", "", "Ho so"]),
        // Letters and hyphens in the id; nothing after the last colon.
        ("id:a1b2-c3d4_5 stat:ACCEPTD err:", ["a1b2-c3d4_5", "", "", "", "", "ACCEPTD", "", ""]),
        // Nothing but what nobody sees.
        ("id:\u{17} stat:\u{1}DELIVRD\u{2} err:\r\n", ["", "", "", "", "", "DELIVRD", "", ""]),
        // Fields that nobody knows.
        ("id:7 smsc:VN1 stat:DELIVRD mcc:452 err:0; net:01 sub:001", ["7", "001", "", "", "", "DELIVRD", "0", ""]),
        // No receipt.
        ("Xin chao: grid:7 constat:x", ["", "", "", "", "", "", "", ""]),
        ("", ["", "", "", "", "", "", "", ""]),
    ];
    for (text, expected) in shapes {
        assert_eq!(fields(text), some(expected), "{text}");
    }
}

#[test]
fn parameters_count_more() {
    let tlv = |tag, value: &[u8]| Tlv { tag, value: value.to_vec() };
    let tlvs = [tlv(RECEIPTED_MESSAGE_ID, b"00A1B2C3\0"), tlv(MESSAGE_STATE, &[5]), tlv(NETWORK_ERROR_CODE, &[3, 0, 27])];
    let receipt = Receipt::of("id:10597059 stat:DELIVRD", &tlvs);
    assert_eq!((receipt.id.as_deref(), receipt.stat.as_deref(), receipt.err.as_deref()), (Some("00A1B2C3"), Some("UNDELIV"), Some("027")));
    // With nothing else; with nonsense in them the text counts.
    assert_eq!(Receipt::of("", &tlvs).state(), Some(State::Undeliv));
    let nonsense = [tlv(RECEIPTED_MESSAGE_ID, b"\0"), tlv(MESSAGE_STATE, &[99]), tlv(MESSAGE_STATE, &[2])];
    let receipt = Receipt::of("id:7 stat:EXPIRED err:5", &nonsense);
    assert_eq!((receipt.id.as_deref(), receipt.state(), receipt.err.as_deref()), (Some("7"), Some(State::Expired), Some("5")));
}

#[test]
fn states_and_what_they_mean() {
    let outcome = |word: &str| State::of_word(word).map(State::outcome);
    for failed in ["EXPIRED", "DELETED", "UNDELIV", "REJECTD", "undelivered"] {
        assert_eq!(outcome(failed), Some(Outcome::Failed), "{failed}");
    }
    for pending in ["ENROUTE", "ACCEPTD", "UNKNOWN"] {
        assert_eq!(outcome(pending), Some(Outcome::Pending), "{pending}");
    }
    assert_eq!((outcome("DELIVRD"), outcome("delivered"), outcome("DONE")), (Some(Outcome::Delivered), Some(Outcome::Delivered), None));
    for number in 1..=8 {
        let state = State::of_number(number).unwrap();
        assert_eq!(State::of_word(state.as_str()), Some(state));
    }
    assert_eq!((State::of_number(0), State::of_number(9)), (None, None));
}

#[test]
fn ids_in_both_numbers() {
    // submit_sm_resp in decimal, the receipt in hexadecimal, and the reverse.
    assert!(same_id("10597059", "A1B2C3") && same_id("00A1B2C3", "10597059") && same_id("a1b2c3", "A1B2C3"));
    assert!(same_id("0000000016", "10") && same_id("0016", "16") && same_id("msg-1", "msg-1"));
    assert!(!same_id("17", "16") && !same_id("msg-1", "msg-2") && !same_id("", "0"));
    let forms = id_forms("00A1B2C3");
    assert_eq!((forms[0].as_str(), forms.contains(&"10597059".to_owned())), ("00A1B2C3", true));
    // The id itself comes first: a store looks for the likeliest.
    assert_eq!(id_forms("10")[..2], ["10", "A"]);
    assert!(id_forms(&"9".repeat(200)).len() <= 2 && id_forms(&"F".repeat(33)).len() == 2);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,300}", words in prop::collection::vec("(id|sub|stat|err|text|submit date|done date|x) ?:|[ \ta-z0-9]{0,9}", 0..40)) {
        for text in [text, words.concat()] {
            let receipt = Receipt::read(&text);
            prop_assert!([&receipt.id, &receipt.stat, &receipt.err].into_iter().flatten().all(|value| value.chars().count() <= 255));
        }
    }

    #[test]
    fn the_order_of_fields_does_not_matter(order in Just(vec!["id:4711", "sub:001", "submit date:2609230809", "stat:DELIVRD", "err:000"]).prop_shuffle()) {
        prop_assert_eq!(fields(&order.join(" ")), some(["4711", "001", "", "2609230809", "", "DELIVRD", "000", ""]));
    }

    #[test]
    fn a_number_is_the_same_in_both_forms(number in 1u64..) {
        let (decimal, short, padded) = (number.to_string(), format!("{number:x}"), format!("{number:08X}"));
        prop_assert!(same_id(&decimal, &short) && same_id(&padded, &decimal));
    }
}
