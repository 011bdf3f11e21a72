//! What a text costs and how it is cut.

use channels::sms::deliver::{self, Delivered};
use channels::sms::pdu::Address;
use channels::sms::text::{Segment, TooLong, encoding, split};
use channels::sms::{Alphabet, Count, Encoding, Joining, Style, coding, count, submits};
use proptest::prelude::*;

use crate::example;

fn plain(text: &str) -> Count {
    count(text, Alphabet::Gsm, Joining::Udh8)
}

#[test]
fn customer_care_counts_so() {
    for (letters, parts, left) in [(0, 1, 160), (1, 1, 159), (160, 1, 0), (161, 2, 145), (306, 2, 0), (307, 3, 152), (459, 3, 0)] {
        let counted = plain(&"a".repeat(letters));
        assert_eq!(counted, Count { encoding: Encoding::Gsm, units: letters, parts, left }, "{letters}");
    }
    for (letters, parts, left) in [(70, 1, 0), (71, 2, 63), (134, 2, 0), (135, 3, 66)] {
        let counted = plain(&"đ".repeat(letters));
        assert_eq!(counted, Count { encoding: Encoding::Ucs2, units: letters, parts, left }, "{letters}");
    }
    assert_eq!(count(&"a".repeat(305), Alphabet::Gsm, Joining::Udh16).parts, 3);
    assert_eq!(count(&"đ".repeat(133), Alphabet::Gsm, Joining::Sar).parts, 3);
}

#[test]
fn characters_that_cost_two_are_not_cut() {
    // 152 letters and a bracket of two septets: the bracket begins the second part.
    let text = format!("{}[{}", "a".repeat(152), "b".repeat(100));
    let segments = split(&text, Alphabet::Gsm, Joining::Udh8).unwrap();
    assert_eq!((segments[0].octets.len(), &segments[1].octets[..2]), (152, &[0x1B, 0x3C][..]));
    assert_eq!((plain(&text).units, plain(&text).parts), (254, 2));
    // 160 euros are 320 septets: 76 of them in each part.
    assert_eq!(plain(&"€".repeat(160)), Count { encoding: Encoding::Gsm, units: 320, parts: 3, left: 153 - 16 });
    // A surrogate pair at the end of the first part.
    let text = format!("{}😀{}", "đ".repeat(66), "đ".repeat(10));
    let segments = split(&text, Alphabet::Gsm, Joining::Udh8).unwrap();
    assert_eq!((segments[0].octets.len(), &segments[1].octets[..4]), (132, &[0xD8, 0x3D, 0xDE, 0x00][..]));
}

#[test]
fn a_link_may_have_another_alphabet() {
    assert_eq!(encoding("è", Alphabet::Gsm), Encoding::Gsm);
    assert_eq!(encoding("è", Alphabet::Ascii), Encoding::Ucs2);
    assert_eq!(encoding("Δ€", Alphabet::Latin1), Encoding::Ucs2);
    assert_eq!(encoding("á", Alphabet::Latin1), Encoding::Ucs2, "no telephone has it in its own alphabet");
    assert_eq!(encoding("`", Alphabet::Ascii), Encoding::Ucs2);
    let written = |alphabet| split("@$è_[]", alphabet, Joining::Udh8).unwrap().remove(0).octets;
    assert_eq!(written(Alphabet::Latin1), b"@$\xE8_[]");
    assert_eq!(written(Alphabet::Gsm), [0x00, 0x02, 0x04, 0x11, 0x1B, 0x3C, 0x1B, 0x3E]);
    assert_eq!(coding::decode(b"@$\xE8_[]", 0, Alphabet::Latin1).unwrap(), "@$è_[]");
}

#[test]
fn decomposed_letters_count_once() {
    assert_eq!(plain("Nguye\u{302}\u{303}n").units, 6);
    assert_eq!(plain("e\u{300}"), Count { encoding: Encoding::Gsm, units: 1, parts: 1, left: 159 }, "è is of the alphabet");
}

#[test]
fn data_codings_are_read() {
    let read = |octets: &[u8], coding| coding::decode(octets, coding, Alphabet::Gsm);
    assert_eq!(read(&[0x00, 0x11], 0).as_deref(), Some("@_"));
    assert_eq!(read(b"@_[\n", 1).as_deref(), Some("@_[\n"));
    assert_eq!(read(b"\x1B\x28@", 1).as_deref(), Some("{¡"), "GSM in the name of ASCII");
    assert_eq!(read(&[0xE1], 3).as_deref(), Some("á"));
    assert_eq!(read(&[0x1E, 0xC7, 0xD8, 0x3D, 0xDE, 0x00], 8).as_deref(), Some("ệ😀"));
    assert_eq!(read(&[0xFE, 0xFF, 0x1E, 0xC7, 0xD8, 0x3D, 0x41], 8).as_deref(), Some("ệ\u{fffd}\u{fffd}"));
    assert_eq!(read(&[0xBF, 0xE0], 6).as_deref(), Some("Пр"));
    assert_eq!((read(b"x", 4), read(b"x", 0xF5)), (None, None));
    assert_eq!(read(&[0x00], 0xF1).as_deref(), Some("@"));
    assert_eq!((read(&[0x01, 0x11], 0x18), read(&[0x00], 0x10)), (Some("đ".into()), Some("@".into())));
}

fn style(joining: Joining) -> Style {
    Style { source: Address { ton: 5, npi: 0, addr: "DOITHOAI".into() }, alphabet: Alphabet::Gsm, joining, receipts: true }
}

#[test]
fn the_worked_example_is_cut_as_it_says() {
    let count = plain(example::LONG_TEXT);
    assert_eq!((count.units, count.parts, count.left), (86, 2, 67 - 19));
    let ours: Vec<Segment> = split(example::LONG_TEXT, Alphabet::Gsm, Joining::Udh8).unwrap();
    for (segment, hex) in ours.iter().zip(example::LONG) {
        assert!(hex.ends_with(&hex::encode(&segment.octets)));
    }
    let messages = submits(&style(Joining::Udh8), "84900000001", example::LONG_TEXT, 0x2A, 0).unwrap();
    let octets: Vec<String> = (4..).zip(&messages).map(|(sequence, message)| hex::encode(message.octets(sequence))).collect();
    assert_eq!(octets, example::LONG);
    let short = submits(&style(Joining::Udh8), "84900000001", "Ho so cua ban da duoc tiep nhan", 0x2A, 0).unwrap();
    assert_eq!(hex::encode(short[0].octets(3)), example::MT);
}

#[test]
fn what_cannot_be_sent() {
    let long = "a".repeat(153 * 255);
    assert_eq!(split(&long, Alphabet::Gsm, Joining::Udh8).unwrap().len(), 255);
    assert_eq!(split(&format!("{long}a"), Alphabet::Gsm, Joining::Udh8), Err(TooLong(256)));
    for number in ["", "+84900000001", "84 90", "849000000018490000000184900000001"] {
        let refused = submits(&style(Joining::Udh8), number, "x", 1, 0);
        assert!(matches!(refused, Err(channels::Error::Rejected(_))), "{number:?}");
    }
    let odd = Style { source: Address { addr: "Đối thoại".into(), ..Address::default() }, ..style(Joining::Udh8) };
    assert!(matches!(submits(&odd, "84900000001", "x", 1, 0), Err(channels::Error::Misconfigured(_))));
}

fn joining() -> impl Strategy<Value = Joining> {
    prop_oneof![Just(Joining::Udh8), Just(Joining::Udh16), Just(Joining::Sar)]
}

fn alphabet() -> impl Strategy<Value = Alphabet> {
    prop_oneof![Just(Alphabet::Gsm), Just(Alphabet::Ascii), Just(Alphabet::Latin1)]
}

fn letters() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~\n€èà]{0,500}", "[a-zđêệ😀e\u{302}\u{323}]{0,300}", "\\PC{0,200}"]
}

proptest! {
    #[test]
    fn nothing_is_lost_and_no_segment_is_too_long(text in letters(), joining in joining(), alphabet in alphabet()) {
        use unicode_normalization::UnicodeNormalization;
        let counted = count(&text, alphabet, joining);
        let segments = split(&text, alphabet, joining).unwrap();
        prop_assert_eq!(segments.len(), counted.parts);
        let most = if counted.parts == 1 { counted.encoding.single() } else { joining.each(counted.encoding) };
        let data_coding = if counted.encoding == Encoding::Ucs2 { 8 } else { 0 };
        let mut read = String::new();
        for segment in &segments {
            let part = coding::decode(&segment.octets, data_coding, alphabet).unwrap();
            // Each is read alone: no character is cut.
            read.push_str(&part);
            let part = count(&part, alphabet, joining);
            prop_assert!(counted.encoding == Encoding::Ucs2 || part.units <= most);
            prop_assert!(counted.encoding == Encoding::Gsm || segment.octets.len() <= 2 * most);
        }
        let composed: String = text.nfc().collect();
        prop_assert_eq!(read, composed);
        prop_assert!(counted.left < most || text.is_empty());
    }

    #[test]
    fn what_we_send_is_what_is_read(text in letters(), joining in joining(), reference in any::<u16>()) {
        let messages = submits(&style(joining), "84900000001", &text, reference, 0).unwrap();
        let mut parts = Vec::new();
        for message in &messages {
            let mut octets = message.octets(7);
            // As an SMSC passes it on.
            octets[7] = 0x05;
            match deliver::read(&octets, Alphabet::Gsm).unwrap() {
                Delivered::Part(part) => parts.push(part),
                Delivered::Message(event) => {
                    prop_assert_eq!(messages.len(), 1);
                    prop_assert_eq!(event.text.unwrap_or_default(), coding::tidy(&text));
                    return Ok(());
                }
                other => panic!("{other:?}"),
            }
        }
        parts.reverse();
        let joined = deliver::join(&parts, Alphabet::Gsm).unwrap();
        prop_assert_eq!((joined.missing, joined.event.text.unwrap_or_default()), (vec![], coding::tidy(&text)));
    }
}
