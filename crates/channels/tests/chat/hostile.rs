//! Deliveries made to hurt: the answer is bounded, says what it can, and never panics.

use channels::event::{Event, Kind, Unreadable};
use channels::{facebook, viber};
use proptest::prelude::*;

fn page(rest: &str) -> Vec<Event> {
    facebook::parse(format!(r#"{{"object":"page","entry":[{{"id":"1","time":1790000000123,{rest}}}]}}"#).as_bytes()).unwrap()
}

fn texts(events: &[Event]) -> Vec<&str> {
    events.iter().filter_map(|event| event.text.as_deref()).collect()
}

#[test]
fn what_is_no_delivery_is_refused() {
    let cut = r#"{"object":"page","entry":[{"id":"1","messaging":[{"mess"#;
    for body in ["", "x", "null", "[]", "{}", "\u{feff}{}", r#"{"entry":{}}"#, r#"{"entry":7}"#, r#"{"object":"page"}"#, cut, "{} {}"] {
        let refused: Result<_, Unreadable> = facebook::parse(body.as_bytes());
        assert!(refused.is_err(), "{body}");
    }
    assert!(facebook::parse(br#"{"object":"page","entry":[]}"#).unwrap().is_empty());
}

#[test]
fn ten_thousand_levels() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        let beside = page(&format!(
            r#""messaging":[{{"sender":{{"id":"7"}},"deep":{deep},"message":{{"mid":"m_1","text":"chữ","attachments":{deep},"x":{deep}}}}},{deep}]"#
        ));
        assert_eq!(texts(&beside), ["chữ"], "a message is read whatever stands beside it");
        assert!(facebook::parse(deep.as_bytes()).is_err());
        assert!(facebook::parse(open.repeat(10_000).as_bytes()).is_err());
        assert!(viber::parse(deep.as_bytes()).is_err());
        let callback =
            format!(r#"{{"event":"message","message_token":1,"sender":{deep},"message":{{"type":"text","text":"chữ","x":{deep}}}}}"#);
        assert_eq!(texts(&viber::parse(callback.as_bytes()).unwrap()), ["chữ"]);
    }
}

#[test]
fn a_flood_of_nothing() {
    for filler in ["{},", "1,", "[],", "null,", "\"\","] {
        let flood = filler.repeat(1024 * 1024 / filler.len());
        let message = r#"{"sender":{"id":"7"},"message":{"mid":"m_1","text":"chữ"}}"#;
        let events = page(&format!(r#""messaging":[{flood}{message}]"#));
        assert_eq!(texts(&events), ["chữ"], "what is said in a flood is heard");
        assert_eq!(events.len(), 1002, "a thousand, the message, and how many more");
        assert!(events[1001].reason.as_deref().unwrap().contains("more"));
        assert!(facebook::parse(format!(r#"{{"entry":[{flood}1]}}"#).as_bytes()).unwrap().len() <= 1001);
        viber::parse(format!(r#"{{"event":"message","message":{{"type":"text","text":"x","l":[{flood}1]}}}}"#).as_bytes()).unwrap();
    }
}

#[test]
fn a_flood_of_messages_is_told_to_the_last() {
    let flood: Vec<String> = (0..20_000).map(|n| format!(r#"{{"sender":{{"id":{n}}},"message":{{"mid":{n}}}}}"#)).collect();
    let events = page(&format!(r#""messaging":[{}]"#, flood.join(",")));
    assert_eq!(events.len(), 20_000);
    for (n, event) in events.iter().enumerate() {
        assert_eq!((event.kind, event.external_id.parse()), (Kind::Message, Ok(n)));
    }
}

#[test]
fn odd_letters() {
    let say = |text: &str| {
        let events = page(&format!(r#""messaging":[{{"sender":{{"id":"7"}},"message":{{"mid":"m_1","text":"{text}"}}}}]"#));
        let callback = format!(r#"{{"event":"message","message_token":1,"message":{{"type":"text","text":"{text}"}}}}"#);
        assert_eq!(viber::parse(callback.as_bytes()).unwrap()[0].text, events[0].text);
        events[0].text.clone().unwrap_or_default()
    };
    assert_eq!(say("a\\u0000b"), "ab", "no database stores NUL");
    for lone in ["\\ud800", "\\udc00", "\\ud800\\ud800"] {
        let said = say(&format!("a{lone}b"));
        assert!(said.starts_with("a\u{fffd}") && said.ends_with("\u{fffd}b"), "{said:?}");
    }
    assert_eq!(say("\\ud83d\\ude22"), "😢");
    assert_eq!(say("Nguye\\u0302\\u0303n"), "Nguyễn", "NFC");
    let mut broken = br#"{"event":"message","message_token":1,"message":{"type":"text","text":"ab"}}"#.to_vec();
    let place = broken.windows(2).position(|two| two == b"ab").unwrap();
    broken[place] = 0xff;
    assert_eq!(viber::parse(&broken).unwrap()[0].text.as_deref(), Some("\u{fffd}b"));
    // Names of members, too.
    assert_eq!(texts(&page(r#""messaging":[{"sender":{"id":"7"},"message":{"mid":"m_1","text":"x"},"\u0000":1,"é":2}]"#)), ["x"]);
}

#[test]
fn odd_numbers_and_names() {
    let at = |timestamp: &str| {
        let events =
            page(&format!(r#""messaging":[{{"sender":{{"id":"7"}},"timestamp":{timestamp},"message":{{"mid":"m_1","text":"x"}}}}]"#));
        events[0].timestamp_ms
    };
    for nonsense in ["-1", "0", "1e400", "99999999999999999999999", "9223372036854775807", "\"\"", "null", "{}", "true", "1.5"] {
        assert_eq!(at(nonsense), None, "{nonsense}");
    }
    assert_eq!(at("999999999999"), None, "seconds beyond the year 9999");
    assert_eq!((at("1790000000"), at("\"1790000000000\"")), (Some(1_790_000_000_000), Some(1_790_000_000_000)));
    let twice = page(r#""messaging":[{"sender":{"id":"1"},"sender":{"id":"2"},"message":{"mid":"a","mid":"b","text":"x","text":"y"}}]"#);
    assert_eq!((twice[0].sender_id.as_str(), twice[0].external_id.as_str(), texts(&twice)), ("2", "b", vec!["y"]), "the last one counts");
    let huge = page(&format!(r#""messaging":[{{"sender":{{"id":"7"}},"message":{{"mid":"{}","text":"x"}}}}]"#, "m".repeat(100_000)));
    assert_eq!(huge[0].external_id.len(), 64, "an id that fits into no index is none");
    let token = viber::parse(br#"{"event":"message","message_token":18446744073709551615,"message":{"type":"text","text":"x"}}"#).unwrap();
    assert_eq!(token[0].external_id, "18446744073709551615", "above what a double can hold");
}

/// JSON of the shapes in which vendors speak, and of others.
fn json() -> impl Strategy<Value = String> {
    let names = prop_oneof![
        Just("entry"),
        Just("id"),
        Just("time"),
        Just("messaging"),
        Just("standby"),
        Just("changes"),
        Just("sender"),
        Just("recipient"),
        Just("timestamp"),
        Just("message"),
        Just("mid"),
        Just("text"),
        Just("attachments"),
        Just("type"),
        Just("payload"),
        Just("url"),
        Just("field"),
        Just("value"),
        Just("item"),
        Just("verb"),
        Just("comment_id"),
        Just("from"),
        Just("read"),
        Just("delivery"),
        Just("watermark"),
        Just("event"),
        Just("message_token"),
        Just("user"),
        Just("contact"),
        Just("location"),
        Just("size"),
        Just("é"),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("1e999".to_owned()),
        Just(r#""\ud800\u0000""#.to_owned()),
        Just(r#""feed""#.to_owned()),
        Just(r#""comment""#.to_owned()),
        Just(r#""add""#.to_owned()),
        Just(r#""message""#.to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-zế]{0,6}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((names.clone(), inner), 0..7).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn all(body: &[u8]) {
    for events in [facebook::parse(body), viber::parse(body)].into_iter().flatten() {
        for event in events {
            assert!(!event.external_id.is_empty() && event.external_id.len() <= 400, "{}", event.external_id);
            assert!(!serde_json::to_string(&event).unwrap().contains("\\u0000"));
        }
    }
}

proptest! {
    #[test]
    fn any_octets(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        all(&body);
    }

    #[test]
    fn any_json(value in json()) {
        all(value.as_bytes());
        all(format!(r#"{{"entry":{value}}}"#).as_bytes());
        all(format!(r#"{{"entry":[{{"id":"1","messaging":[{value}],"standby":{value},"changes":[{value},{{"field":"feed","value":{value}}}]}}]}}"#).as_bytes());
        all(format!(r#"{{"event":"message","message":{value},"sender":{value}}}"#).as_bytes());
    }

    #[test]
    fn the_order_is_kept(mids in proptest::collection::vec(0..50u32, 0..60), entry in 1..9usize) {
        let items: Vec<String> = mids.iter().map(|mid| format!(r#"{{"sender":{{"id":"7"}},"message":{{"mid":"m_{mid}","text":"x"}}}}"#)).collect();
        let entries: Vec<String> = items.chunks(entry).map(|some| format!(r#"{{"id":"1","messaging":[{}]}}"#, some.join(","))).collect();
        let events = facebook::parse(format!(r#"{{"object":"page","entry":[{}]}}"#, entries.join(",")).as_bytes()).unwrap();
        let ids: Vec<String> = events.into_iter().map(|event| event.external_id).collect();
        prop_assert_eq!(ids, mids.iter().map(|mid| format!("m_{mid}")).collect::<Vec<_>>());
    }
}
