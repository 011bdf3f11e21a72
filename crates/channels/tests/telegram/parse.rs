//! Every kind of update, and hostile ones.

use channels::telegram::{inspect, parse};
use channels::{Event, Headers, Kind, Media, Signature};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An update of one kind.
fn update(kind: &str, content: Value) -> Event {
    one(&json!({"update_id": 900000001, kind: content}).to_string())
}

fn one(body: &str) -> Event {
    let mut events = parse(body.as_bytes()).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// A message in a private chat.
fn message(content: Value) -> Event {
    update("message", told(content))
}

fn told(content: Value) -> Value {
    let mut message = json!({"message_id": 41, "date": 1790000000, "chat": {"id": 700000001, "type": "private", "first_name": "An"},
        "from": {"id": 700000001, "is_bot": false, "first_name": "Nguyễn", "last_name": "An", "username": "an_demo", "language_code": "vi"}});
    for (key, value) in content.as_object().unwrap() {
        message[key] = value.clone();
    }
    message
}

fn media(content: Value) -> Media {
    let event = message(content);
    assert_eq!((event.kind, event.attachments.len()), (Kind::Message, 1), "{event:?}");
    event.attachments[0].clone()
}

#[test]
fn a_text_is_a_message() {
    let event = message(json!({"text": "Xin cha\u{300}o", "entities": [], "reply_to_message": {"message_id": 40}}));
    assert_eq!(
        serde_json::to_value(&event).unwrap(),
        json!({"event_kind": "message", "external_id": "900000001", "sender_id": "700000001", "recipient_id": "", "text": "Xin chào",
            "attachments": [], "timestamp_ms": 1790000000000_i64, "vendor_kind": "message", "message_id": "41", "reply_to": "40",
            "chat_id": "700000001", "contact_name": "Nguyễn An", "language": "vi"})
    );
    let edited = update("edited_message", told(json!({"text": "Xin chào ạ", "edit_date": 1790000060})));
    assert_eq!(
        (edited.kind, edited.message_id.as_deref(), edited.timestamp_ms),
        (Kind::EditedMessage, Some("41"), Some(1_790_000_060_000))
    );
    let group = message(json!({"text": "a", "chat": {"id": -1001234567890_i64, "type": "supergroup"}}));
    assert_eq!((group.chat_id.as_deref(), group.sender_id.as_str()), (Some("-1001234567890"), "700000001"));
}

#[test]
fn every_content_is_read() {
    let sizes = json!([{"file_id": "s", "file_size": 1000}, {"file_id": "l", "file_unique_id": "u", "file_size": 90000}]);
    let photo = message(json!({"photo": sizes, "caption": "Đường hỏng", "media_group_id": "g1"}));
    assert_eq!((photo.text.as_deref(), photo.attachments.len()), (Some("Đường hỏng"), 1));
    let photo = &photo.attachments[0];
    assert_eq!((photo.kind.as_str(), photo.file_id.as_deref(), photo.size, &photo.url), ("image", Some("l"), Some(90000), &None));
    let document =
        media(json!({"document": {"file_id": "d", "file_name": "giấy phép.pdf", "mime_type": "application/pdf", "file_size": 7}}));
    assert_eq!((document.kind.as_str(), document.name.as_deref(), document.size), ("file", Some("giấy phép.pdf"), Some(7)));
    for (name, kind) in [("video", "video"), ("video_note", "video"), ("audio", "audio"), ("voice", "audio")] {
        let seen = media(json!({name: {"file_id": "f", "duration": 3}}));
        assert_eq!((seen.kind.as_str(), seen.file_id.as_deref()), (kind, Some("f")), "{name}");
    }
    let animation = media(json!({"animation": {"file_id": "f"}, "document": {"file_id": "f"}}));
    assert_eq!(animation.kind, "video");
    let sticker = media(json!({"sticker": {"file_id": "f", "emoji": "👍", "set_name": "x", "is_animated": false}}));
    assert_eq!((sticker.kind.as_str(), sticker.title.as_deref()), ("sticker", Some("👍")));
    let place = media(json!({"location": {"latitude": 10.7769, "longitude": 106.7009}}));
    assert_eq!((place.kind.as_str(), place.coordinates.as_deref()), ("location", Some("10.7769,106.7009")));
    let location = json!({"latitude": 10.7769, "longitude": 106.7009});
    let venue = media(json!({"location": location, "venue": {"location": location, "title": "Chợ Bến Thành", "address": "Lê Lợi"}}));
    assert_eq!((venue.coordinates.as_deref(), venue.title.as_deref()), (Some("10.7769,106.7009"), Some("Chợ Bến Thành, Lê Lợi")));
    let filled = message(json!({"web_app_data": {"data": "{\"a\":1}", "button_text": "Gửi"}}));
    assert_eq!((filled.kind, filled.payload.as_deref(), filled.text.as_deref()), (Kind::Postback, Some("{\"a\":1}"), Some("Gửi")));
}

#[test]
fn only_the_own_number_is_shared() {
    let own = message(json!({"contact": {"phone_number": "84901234567", "first_name": "An", "user_id": 700000001}}));
    assert_eq!(
        (own.kind, own.contact_phone.as_deref(), own.contact_name.as_deref()),
        (Kind::ContactShared, Some("84901234567"), Some("An"))
    );
    for card in [
        json!({"phone_number": "84901234567", "first_name": "Bình", "user_id": 700000002}),
        json!({"phone_number": "84901234567", "first_name": "Bình"}),
    ] {
        let event = message(json!({"contact": card}));
        assert_eq!((event.kind, event.contact_phone), (Kind::Message, None));
        assert_eq!((event.attachments[0].kind.as_str(), event.attachments[0].title.as_deref()), ("contact", Some("Bình, 84901234567")));
    }
    let nobody = one(r#"{"update_id":1,"message":{"contact":{"phone_number":"1","user_id":""}}}"#);
    assert_eq!(nobody.kind, Kind::Message, "two absent ids are not the same one");
}

#[test]
fn a_start_is_a_referral_unless_something_is_said() {
    for (text, parameter) in
        [("/start abc_123", Some("abc_123")), ("/start@an_demo_bot abc_123", Some("abc_123")), ("/start", None), ("/start ", None)]
    {
        let event = message(json!({"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}));
        assert_eq!((event.kind, event.referral.as_deref(), event.text), (Kind::Referral, parameter, None), "{text}");
    }
    for text in ["/starter", "start", "a /start b", "/stop"] {
        let event = message(json!({"text": text}));
        assert_eq!((event.kind, event.text.as_deref()), (Kind::Message, Some(text)));
    }
    let with_photo = message(json!({"photo": [{"file_id": "f"}], "caption": "/start x"}));
    assert_eq!(with_photo.kind, Kind::Message);
}

#[test]
fn a_press_says_where_and_what() {
    let event = update(
        "callback_query",
        json!({"id": "4382bfdwdsb323b2d9", "from": {"id": 700000001, "first_name": "An"}, "chat_instance": "9", "data": "r:5",
            "message": {"message_id": 42, "date": 1790000000, "chat": {"id": 700000001, "type": "private"}}}),
    );
    assert_eq!((event.kind, event.payload.as_deref(), event.sender_id.as_str()), (Kind::Postback, Some("r:5"), "700000001"));
    assert_eq!(
        (event.tracking_id.as_deref(), event.reply_to.as_deref(), event.chat_id.as_deref()),
        (Some("4382bfdwdsb323b2d9"), Some("42"), Some("700000001"))
    );
    assert_eq!(event.timestamp_ms, None);
}

#[test]
fn reactions_and_blocks_are_told() {
    let react = |now: Value| {
        update(
            "message_reaction",
            json!({"chat": {"id": 700000001, "type": "private"}, "message_id": 42, "date": 1790000000,
            "user": {"id": 700000001, "first_name": "An"}, "old_reaction": [], "new_reaction": now}),
        )
    };
    let event = react(json!([{"type": "emoji", "emoji": "👍"}]));
    assert_eq!(
        (event.kind, event.reaction.as_deref(), event.message_id.as_deref(), event.sender_id.as_str()),
        (Kind::Reaction, Some("👍"), Some("42"), "700000001")
    );
    assert_eq!(react(json!([{"type": "custom_emoji", "custom_emoji_id": "53"}])).reaction.as_deref(), Some("53"));
    assert_eq!(react(json!([])).reaction.as_deref(), Some(""), "taken back");
    let member = |chat: &str, status: &str| {
        update(
            "my_chat_member",
            json!({"chat": {"id": 700000001, "type": chat}, "from": {"id": 700000001, "first_name": "An"},
            "date": 1790000000, "old_chat_member": {"status": "member"}, "new_chat_member": {"status": status}}),
        )
    };
    assert_eq!(member("private", "kicked").kind, Kind::Unfollow);
    assert_eq!((member("private", "member").kind, member("private", "member").sender_id.as_str()), (Kind::Follow, "700000001"));
    assert_eq!(member("group", "kicked").kind, Kind::Ignored);
    assert_eq!(member("private", "administrator").kind, Kind::Ignored);
}

#[test]
fn everything_else_is_ignored_with_its_name() {
    for kind in [
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
        "something_new",
    ] {
        let event = update(kind, told(json!({"text": "a"})));
        assert_eq!((event.kind, event.vendor_kind.as_str(), event.external_id.as_str()), (Kind::Ignored, kind, "900000001"));
    }
    for service in [
        json!({"new_chat_members": [{"id": 1}]}),
        json!({"left_chat_member": {"id": 1}}),
        json!({"pinned_message": {"message_id": 1}}),
        json!({"group_chat_created": true}),
        json!({"migrate_to_chat_id": -100123}),
    ] {
        assert_eq!(message(service).kind, Kind::Ignored);
    }
    assert_eq!(one(r#"{"update_id":7}"#).kind, Kind::Ignored);
    for body in ["", "x", "[]", "{}", r#"{"message":{}}"#, r#"{"update_id":null}"#, r#"{"update_id":[1]}"#] {
        assert!(parse(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn the_secret_is_compared() {
    let header = |value: &str| -> Headers { [("X-Telegram-Bot-Api-Secret-Token", value)].into_iter().collect() };
    let body = br#"{"update_id":7}"#;
    for (headers, secret, expected) in [
        (header("S3cret_-"), Some("S3cret_-"), Signature::Valid),
        (header("S3cret_"), Some("S3cret_-"), Signature::Invalid),
        (header("s3cret_-"), Some("S3cret_-"), Signature::Invalid),
        (header(""), Some("S3cret_-"), Signature::Invalid),
        (Headers::default(), Some("S3cret_-"), Signature::Invalid),
        (header("S3cret_-"), None, Signature::NotChecked),
        (header(""), Some(""), Signature::NotChecked),
    ] {
        let (signature, events) = inspect(&headers, secret, body).unwrap();
        assert_eq!((signature, events.len()), (expected, 1), "{headers:?}");
    }
}

#[test]
fn hostile_bodies_are_bounded() {
    let deep = format!(r#"{{"update_id":1,"message":{{"text":"sâu","x":{}{}}}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(one(&deep).text.as_deref(), Some("sâu"));
    let replies = format!(r#"{{"update_id":1,"message":{}1{}}}"#, r#"{"reply_to_message":"#.repeat(10_000), "}".repeat(10_000));
    assert_eq!(one(&replies).kind, Kind::Ignored);
    assert!(parse("{\"a\":".repeat(100_000).as_bytes()).is_err());
    let item = r#"{"file_id":"f"},"#;
    let many = format!(r#"{{"update_id":1,"message":{{"photo":[{}{{}}]}}}}"#, item.repeat(1024 * 1024 / item.len()));
    assert_eq!(one(&many).attachments.len(), 1);
    let wide = format!(r#"{{"update_id":1,{}"message":{{"text":"a"}}}}"#, r#""poll":1,"#.repeat(100_000));
    assert_eq!(one(&wide).vendor_kind, "poll");
    for date in ["-1", "99999999999999999999", "9223372036854775807", "1e400", "\"x\"", "[]"] {
        assert_eq!(one(&format!(r#"{{"update_id":1,"message":{{"text":"a","date":{date}}}}}"#)).timestamp_ms, None, "{date}");
    }
    let odd = one(r#"{"update_id":1,"message":{"text":"x\u0000\udfffy"}}"#).text.unwrap();
    assert!(odd.starts_with("x\u{fffd}") && odd.ends_with('y'), "{odd:?}");
    let name = format!(r#"{{"update_id":1,"a\n{}":{{}}}}"#, "b".repeat(1000));
    assert_eq!(one(&name).vendor_kind, format!("a{}", "b".repeat(63)));
    assert_eq!(one(r#"{"update_id":1,"update_id":2,"message":{"text":"a","text":"b"}}"#).external_id, "2");
    let mixed = one(r#"{"update_id":1,"message":{"text":{},"photo":{},"contact":1,"location":[],"from":"x","chat":7,"venue":true}}"#);
    assert_eq!(mixed.sender_id, "");
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = inspect(&Headers::default(), Some("s"), &body);
    }

    #[test]
    fn any_text_is_read(id in any::<i64>(), text in ".{1,40}", from in any::<i64>()) {
        let body = json!({"update_id": id, "message": {"text": text, "from": {"id": from}}}).to_string();
        let events = parse(body.as_bytes()).unwrap();
        prop_assert_eq!(events[0].external_id.clone(), id.to_string());
        prop_assert_eq!(events[0].sender_id.clone(), from.to_string());
    }
}
