//! Every event of a webhook, and hostile ones.

use channels::zalo::{inspect, parse};
use channels::{Event, Kind};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::verify::{keys, signed};
use crate::{ACCOUNT, PERSON};

/// One event of the vendor: `more` over the common envelope.
fn event(name: &str, more: Value) -> Event {
    let from_account = name.starts_with("oa_") || matches!(name, "user_received_message" | "user_seen_message");
    let (from, to) = if from_account { (ACCOUNT, PERSON) } else { (PERSON, ACCOUNT) };
    let mut body = json!({"app_id": "1234567890123456789", "event_name": name, "timestamp": "1790000000000",
        "sender": {"id": from}, "recipient": {"id": to}});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
        if value.is_null() {
            body.as_object_mut().unwrap().remove(key);
        }
    }
    one(&body.to_string())
}

pub fn one(body: &str) -> Event {
    let mut events = parse(body.as_bytes()).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn attached(name: &str, kind: &str, payload: Value) -> Event {
    let message = json!({"msg_id": "m1", "attachments": [{"type": kind, "payload": payload}]});
    event(name, json!({"message": message}))
}

#[test]
fn every_message_of_a_person_is_read() {
    for name in ["text", "image", "gif", "link", "audio", "video", "sticker", "location", "business_card", "file"] {
        let event = event(&format!("user_send_{name}"), json!({"message": {"msg_id": "m1", "text": "Xin chào", "quote_msg_id": "m0"}}));
        assert_eq!((event.kind, event.external_id.as_str(), event.sender_id.as_str()), (Kind::Message, "m1", PERSON), "{name}");
        assert_eq!((event.account_id.as_str(), event.reply_to.as_deref()), (ACCOUNT, Some("m0")));
        assert_eq!((event.text.as_deref(), event.timestamp_ms), (Some("Xin chào"), Some(1_790_000_000_000)));
    }
    let media = |name, kind, payload| attached(name, kind, payload).attachments.remove(0);
    let image = media("user_send_image", "image", json!({"url": "https://cdn.example/a.jpg", "thumbnail": "https://cdn.example/t.jpg"}));
    assert_eq!((image.kind.as_str(), image.url.as_deref()), ("image", Some("https://cdn.example/a.jpg")));
    assert_eq!(media("user_send_gif", "GIF", json!({"url": "u"})).kind, "gif");
    let link = media("user_send_link", "link", json!({"url": "https://vd.example", "description": "Trang chủ"}));
    assert_eq!((link.kind.as_str(), link.title.as_deref()), ("link", Some("Trang chủ")));
    assert_eq!(media("user_send_audio", "audio", json!({"url": "u.amr"})).kind, "audio");
    assert_eq!(media("user_send_video", "video", json!({"url": "u", "description": "d"})).title.as_deref(), Some("d"));
    let sticker = media("user_send_sticker", "sticker", json!({"id": 42, "url": "u"}));
    assert_eq!((sticker.kind.as_str(), sticker.file_id.as_deref(), sticker.url.as_deref()), ("sticker", Some("42"), Some("u")));
    for size in [json!("20480"), json!(20480)] {
        let file =
            media("user_send_file", "file", json!({"url": "u", "name": "giấy phép.pdf", "size": size, "checksum": "x", "type": "pdf"}));
        assert_eq!((file.name.as_deref(), file.size), (Some("giấy phép.pdf"), Some(20480)));
    }
    for place in [json!({"latitude": "10.7769", "longitude": "106.7009"}), json!({"lat": 10.7769, "long": 106.7009})] {
        for payload in [json!({"coordinates": place}), place.clone()] {
            let media = media("user_send_location", "location", payload);
            assert_eq!((media.kind.as_str(), media.coordinates.as_deref()), ("location", Some("10.7769,106.7009")));
        }
    }
    for nowhere in [json!({"latitude": "910", "longitude": "1"}), json!({"latitude": "NaN", "longitude": "1"}), json!({"latitude": "1"})] {
        assert_eq!(media("user_send_location", "location", json!({"coordinates": nowhere})).coordinates, None);
    }
    let card = json!({"description": r#"{"phone":"84901234567","qrCodeUrl":"https://qr.example/1"}"#, "url": "https://zalo.example/1"});
    let event = attached("user_send_business_card", "link", card);
    let card = &event.attachments[0];
    assert_eq!(
        (card.kind.as_str(), card.title.as_deref(), card.url.as_deref()),
        ("contact", Some("84901234567"), Some("https://qr.example/1"))
    );
    assert_eq!(event.contact_phone, None, "a card is no proof of a number");
}

#[test]
fn odd_shapes_are_read_too() {
    let beside = json!({"message": {"mid": "m9"}, "attachments": [{"type": "IMAGE", "payload": {"url": "u"}}]});
    let seen = event("user_send_image", beside);
    assert_eq!((seen.external_id.as_str(), seen.attachments[0].kind.as_str()), ("m9", "image"));
    let bare = event("user_send_image", json!({"message": {"msg_id": "m1", "attachments": [{"payload": {"url": "u"}}]}}));
    assert_eq!(bare.attachments[0].kind, "image");
    let numbers = one(
        r#"{"event_name":"user_send_text","timestamp":1790000000000,"sender":{"id":4000000000000000001},"recipient":{"id":3000000000000000002},"message":{"msg_id":17,"text":"a"}}"#,
    );
    assert_eq!((numbers.sender_id.as_str(), numbers.account_id.as_str(), numbers.external_id.as_str()), (PERSON, ACCOUNT, "17"));
    assert_eq!(numbers.timestamp_ms, Some(1_790_000_000_000));
    let decomposed =
        event("user_send_text", json!({"message": {"msg_id": "m1", "text": "Nguye\u{302}\u{303}n Thi\u{323} Hoa\u{300}ng Anh"}}));
    assert_eq!(decomposed.text.map(|text| text.chars().count()), Some(20));
}

#[test]
fn what_the_account_wrote_is_an_echo() {
    for name in ["text", "image", "gif", "list", "file", "sticker", "template", "anonymous_text"] {
        let event = event(
            &format!("oa_send_{name}"),
            json!({"sender": {"id": ACCOUNT, "admin_id": "77"}, "message": {"msg_id": "m2", "text": "Đã nhận"}}),
        );
        assert_eq!((event.kind, event.external_id.as_str()), (Kind::Echo, "m2"), "{name}");
        assert_eq!((event.account_id.as_str(), event.author_id.as_deref(), event.recipient_id.as_str()), (ACCOUNT, Some("77"), PERSON));
    }
    let ours = event("oa_send_text", json!({"message": {"msg_id": "m2"}}));
    assert_eq!(ours.author_id, None);
}

#[test]
fn who_is_not_logged_in_is_a_sender_with_a_conversation() {
    for name in ["text", "image", "file", "sticker"] {
        let event = event(&format!("anonymous_send_{name}"), json!({"message": {"msg_id": "m1", "conversation_id": "c7"}}));
        assert_eq!((event.kind, event.chat_id.as_deref()), (Kind::Message, Some("c7")), "{name}");
    }
}

#[test]
fn receipts_name_our_messages() {
    let delivered = event("user_received_message", json!({"message": {"msg_id": "m2"}}));
    assert_eq!(
        (delivered.kind, delivered.receipt_ids.as_slice(), delivered.account_id.as_str()),
        (Kind::DeliveryReceipt, ["m2".to_owned()].as_slice(), ACCOUNT)
    );
    assert_ne!(delivered.external_id, "m2", "the echo of the message has that id");
    let seen = event("user_seen_message", json!({"message": {"msg_ids": ["m2", "m3"]}}));
    assert_eq!((seen.kind, seen.receipt_ids), (Kind::ReadReceipt, vec!["m2".to_owned(), "m3".to_owned()]));
    let template = event(
        "user_received_message",
        json!({"recipient": {"id": "84901234567"}, "message": {"delivery_time": "1790000000001", "msg_id": "z1", "tracking_id": "d-42"}}),
    );
    assert_eq!(
        (template.kind, template.tracking_id.as_deref(), template.receipt_ids),
        (Kind::DeliveryReceipt, Some("d-42"), vec!["z1".to_owned()])
    );
}

#[test]
fn the_other_groups_have_their_kinds() {
    for name in ["user_reacted_message", "oa_reacted_message"] {
        let event = event(name, json!({"message": {"msg_id": "m1", "react_icon": "/-strong"}}));
        assert_eq!((event.kind, event.message_id.as_deref(), event.reaction.as_deref()), (Kind::Reaction, Some("m1"), Some("/-strong")));
        assert_ne!(event.external_id, "m1");
        assert_eq!(event.account_id, ACCOUNT);
    }
    for (name, kind) in [("follow", Kind::Follow), ("unfollow", Kind::Unfollow)] {
        let event =
            event(name, json!({"sender": null, "recipient": null, "follower": {"id": PERSON}, "oa_id": ACCOUNT, "source": "oa_profile"}));
        assert_eq!(
            (event.kind, event.sender_id.as_str(), event.recipient_id.as_str(), event.account_id.as_str()),
            (kind, PERSON, ACCOUNT, ACCOUNT)
        );
        assert_eq!(event.referral.as_deref(), Some("oa_profile"));
    }
    let shared = event(
        "user_submit_info",
        json!({"info": {"name": "Nguyễn Văn An", "phone": 84901234567_u64, "user_dob": "x", "gender": 1, "full_address": "x"}}),
    );
    assert_eq!(shared.kind, Kind::ContactShared);
    assert_eq!((shared.contact_name.as_deref(), shared.contact_phone.as_deref()), (Some("Nguyễn Văn An"), Some("84901234567")));
    assert_eq!(event("user_withdraw", json!({})).kind, Kind::ConsentWithdrawn);
    let chat = event("user_click_chatnow", json!({"sender": null, "recipient": null, "oa_id": ACCOUNT, "user_id": PERSON}));
    assert_eq!(
        (chat.kind, chat.sender_id.as_str(), chat.account_id.as_str(), chat.vendor_kind.as_str()),
        (Kind::Referral, PERSON, ACCOUNT, "user_click_chatnow")
    );
    for name in [
        "update_user_info",
        "add_user_to_tag",
        "remove_user_from_tag",
        "remove_tag",
        "user_call_oa",
        "oa_call_user",
        "oa_send_consent",
        "user_reply_consent",
        "user_send_group_text",
        "oa_send_group_text",
        "create_group",
        "user_join_group",
        "user_out_group",
        "change_template_status",
        "change_oa_daily_quota",
        "user_feedback",
        "something_new",
    ] {
        let event = event(name, json!({}));
        assert_eq!((event.kind, event.vendor_kind.as_str(), event.external_id.len()), (Kind::Ignored, name, 64));
    }
}

#[test]
fn what_has_no_id_is_known_by_its_body() {
    let follow = r#"{"event_name":"follow","timestamp":"1","oa_id":"3","follower":{"id":"4"}}"#;
    assert_eq!(one(follow).external_id, one(follow).external_id);
    assert_ne!(one(follow).external_id, one(&follow.replace("\"1\"", "\"2\"")).external_id);
    let long = "m".repeat(256);
    assert_eq!(event("user_send_text", json!({"message": {"msg_id": long, "text": "a"}})).external_id.len(), 64, "no key of 256 octets");
}

#[test]
fn hostile_bodies_are_bounded() {
    let deep = format!(r#"{{"event_name":"user_send_text","message":{{"text":"sâu","x":{}{}}}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(one(&deep).text.as_deref(), Some("sâu"));
    let objects = format!(r#"{{"event_name":"user_send_text","message":{}1{}}}"#, r#"{"message":"#.repeat(10_000), "}".repeat(10_000));
    assert_eq!(one(&objects).text, None);
    assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    assert!(parse("{\"a\":".repeat(100_000).as_bytes()).is_err());
    let item = r#"{"type":"image","payload":{"url":"u"}},"#;
    let many = format!(
        r#"{{"event_name":"user_send_image","message":{{"msg_id":"m1","attachments":[{}{{}}]}}}}"#,
        item.repeat(1024 * 1024 / item.len())
    );
    assert_eq!(one(&many).attachments.len(), 1000);
    let numbers = format!(r#"{{"event_name":"user_seen_message","timestamp":1e999,"message":{{"msg_ids":[{}1]}}}}"#, "1,".repeat(500_000));
    let numbers = one(&numbers);
    assert_eq!((numbers.receipt_ids.len(), numbers.timestamp_ms), (1000, None));
    for timestamp in ["-1", "99999999999999999999999", "9223372036854775807", "\"mai\"", "{}", "1.5", "true"] {
        assert_eq!(one(&format!(r#"{{"event_name":"follow","timestamp":{timestamp}}}"#)).timestamp_ms, None, "{timestamp}");
    }
    let odd =
        one(r#"{"event_name":"user_send_text","message":{"msg_id":"a\u000ab","text":"x\u0000\ud800y\ud83d\ude00","attachments":{"a":1}}}"#);
    assert_eq!(odd.external_id.len(), 64, "an id has no line ends");
    let text = odd.text.unwrap();
    assert!(text.starts_with("x\u{fffd}") && text.ends_with("y😀") && !text.contains('\0'), "{text:?}");
    let twice = one(r#"{"event_name":"x","event_name":"user_send_text","message":1,"message":{"msg_id":"m1","msg_id":"m2"}}"#);
    assert_eq!((twice.kind, twice.external_id.as_str()), (Kind::Message, "m2"));
    let mixed =
        one(r#"{"event_name":"user_send_text","sender":"x","recipient":[],"message":{"text":{"a":1},"attachments":[1,"a",null,[]]}}"#);
    assert_eq!((mixed.sender_id.as_str(), mixed.text, mixed.attachments.len()), ("", None, 0));
    let latin = [br#"{"event_name":"user_send_text","message":{"text":""#.as_slice(), b"caf\xe9", br#""}}"#].concat();
    assert_eq!(parse(&latin).unwrap()[0].text.as_deref(), Some("caf\u{fffd}"));
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = inspect(&signed(&"5".repeat(64)), &keys(), &body);
    }

    #[test]
    fn any_values_in_known_places_are_read(
        name in "(user|oa|anonymous)_(send|reacted|seen)_(text|message|location|file|business_card)",
        values in proptest::collection::vec(value(), 8),
    ) {
        let body = json!({"event_name": name, "timestamp": values[0], "sender": {"id": values[1]}, "recipient": values[2],
            "message": {"msg_id": values[3], "text": values[4], "msg_ids": values[5],
                "attachments": [{"type": values[6], "payload": values[7]}]}}).to_string();
        let events = parse(body.as_bytes()).unwrap();
        prop_assert_eq!(events.len(), 1);
        prop_assert!(!events[0].external_id.is_empty() && events[0].external_id.len() <= 255);
        prop_assert_eq!(&parse(body.as_bytes()).unwrap(), &events, "a repeat is the same event");
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("(id|url|coordinates|latitude|longitude|size|description)", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
