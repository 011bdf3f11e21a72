//! Everything a page's webhook can say.

use channels::event::{Event, Headers, Kind, Media, Signature};
use channels::facebook::{self, verify};

const PAGE: &str = "102030405060708";
const PERSON: &str = "7000000000000001";
const SECRET: &str = "fb-demo-app-secret";
const SIGNED: &str = r#"{"object":"page","entry":[{"id":"102030405060708","time":1790000000123,"messaging":[{"sender":{"id":"7000000000000001"},"recipient":{"id":"102030405060708"},"timestamp":1790000000000,"message":{"mid":"m_demo01","text":"Xin ch\u00e0o"}}]}]}"#;
const RIGHT: &str = "sha256=812982f1e7348afa5a2c9e3e8a6e69fa25f899cc9b6565548fa0fc73a5ae58e4";

fn signed(value: &str) -> Headers {
    [("X-Hub-Signature-256", value)].into_iter().collect()
}

fn events(body: &str) -> Vec<Event> {
    facebook::parse(body.as_bytes()).unwrap()
}

/// One item of a chat.
fn chat(rest: &str) -> Event {
    let body = format!(
        r#"{{"object":"page","entry":[{{"id":"{PAGE}","time":1790000000123,"messaging":[{{"sender":{{"id":"{PERSON}"}},"recipient":{{"id":"{PAGE}"}},"timestamp":1790000000000,{rest}}}]}}]}}"#
    );
    let mut events = events(&body);
    assert_eq!(events.len(), 1, "{rest}");
    let event = events.remove(0);
    assert_eq!((event.sender_id.as_str(), event.recipient_id.as_str(), event.account_id.as_str()), (PERSON, PAGE, PAGE), "{rest}");
    assert_eq!(event.timestamp_ms, Some(1_790_000_000_000));
    assert!(!event.external_id.is_empty());
    event
}

/// One item of the page's feed, sent two seconds after.
fn public(value: &str) -> Event {
    change(&format!(r#"{{"field":"feed","value":{value}}}"#))
}

fn change(change: &str) -> Event {
    let mut events = events(&format!(r#"{{"object":"page","entry":[{{"id":"{PAGE}","time":1790000002,"changes":[{change}]}}]}}"#));
    assert_eq!(events.len(), 1, "{change}");
    events.remove(0)
}

#[test]
fn the_signature_is_over_the_octets() {
    assert_eq!(SIGNED.len(), 239);
    let check = |headers: &Headers, secret, body: &str| verify::signature(headers, secret, body.as_bytes());
    assert_eq!(check(&signed(RIGHT), Some(SECRET), SIGNED), Signature::Valid);
    assert_eq!(check(&signed(RIGHT), None, SIGNED), Signature::NotChecked);
    assert_eq!(check(&signed(RIGHT), Some(""), SIGNED), Signature::NotChecked);
    let decoded = SIGNED.replace("\\u00e0", "à");
    let of_decoded = "sha256=8a6ef931bca56581edd537cdf9c6e2e0963f5daf7a67e169f6627512713a8157";
    assert_eq!(check(&signed(of_decoded), Some(SECRET), &decoded), Signature::Valid, "the worked example of what is wrong");
    for wrong in
        [of_decoded, "", &RIGHT[7..], &RIGHT[..70], &format!("{RIGHT} "), &RIGHT.replace("sha256", "sha512"), &RIGHT.to_uppercase()]
    {
        assert_eq!(check(&signed(wrong), Some(SECRET), SIGNED), Signature::Invalid, "{wrong}");
    }
    assert_eq!(check(&Headers::default(), Some(SECRET), SIGNED), Signature::Invalid);
    assert_eq!(check(&signed(RIGHT), Some("other"), SIGNED), Signature::Invalid);
    assert_eq!(check(&signed(RIGHT), Some(SECRET), &format!("{SIGNED}\n")), Signature::Invalid);
    let (signature, events) = facebook::inspect(&signed(RIGHT), Some(SECRET), SIGNED.as_bytes()).unwrap();
    assert_eq!((signature, events.len(), events[0].text.as_deref()), (Signature::Valid, 1, Some("Xin chào")));
}

#[test]
fn the_handshake() {
    let ask = |mode, token, challenge, ours| verify::challenge(mode, token, challenge, ours);
    assert_eq!(ask(Some("subscribe"), Some("T"), Some("1158201444"), "T"), Some("1158201444"));
    assert_eq!(ask(Some("unsubscribe"), Some("T"), Some("1"), "T"), None);
    assert_eq!(ask(Some("subscribe"), Some("t"), Some("1"), "T"), None);
    assert_eq!(ask(Some("subscribe"), None, Some("1"), "T"), None);
    assert_eq!(ask(None, Some("T"), Some("1"), "T"), None);
    assert_eq!(ask(Some("subscribe"), Some("T"), None, "T"), None);
    assert_eq!(ask(Some("subscribe"), Some(""), Some("1"), ""), None, "no token is no token");
}

#[test]
fn the_proof_of_the_secret() {
    let proof = "e548b6d33ee98e79a70e631093521964a234c40582daf447be29aa38c48d9364";
    assert_eq!(verify::appsecret_proof(SECRET, "EAADEMOPAGETOKEN"), proof);
}

#[test]
fn messages() {
    let text = chat(r#""message":{"mid":"m_1","text":"Xin ch\u00e0o"}"#);
    assert_eq!((text.kind, text.external_id.as_str(), text.text.as_deref()), (Kind::Message, "m_1", Some("Xin chào")));
    assert_eq!((text.attachments.len(), text.vendor_kind.as_str()), (0, "message"));
    let quick = chat(r#""message":{"mid":"m_2","text":"Có","quick_reply":{"payload":"YES"}}"#);
    assert_eq!((quick.kind, quick.payload.as_deref()), (Kind::Message, Some("YES")));
    let reply = chat(r#""message":{"mid":"m_3","text":"x","reply_to":{"mid":"m_0","is_self_reply":false}}"#);
    assert_eq!(reply.reply_to.as_deref(), Some("m_0"));
    let edited = chat(r#""message_edit":{"mid":"m_1","text":"Xin chào chị","num_edit":"1"}"#);
    assert_eq!((edited.kind, edited.external_id.as_str(), edited.message_id.as_deref()), (Kind::EditedMessage, "m_1:edit:1", Some("m_1")));
    assert_eq!(edited.text.as_deref(), Some("Xin chào chị"));
    assert_eq!(chat(r#""message_edit":{"mid":"m_1","text":"y","num_edit":2}"#).external_id, "m_1:edit:2");
    let deleted = chat(r#""message":{"mid":"m_1","is_deleted":true}"#);
    assert_eq!(
        (deleted.kind, deleted.external_id.as_str(), deleted.message_id.as_deref()),
        (Kind::DeletedMessage, "m_1:deleted", Some("m_1"))
    );
    let hidden = chat(r#""message":{"mid":"m_4","is_unsupported":true}"#);
    assert_eq!((hidden.kind, hidden.text.as_deref(), hidden.attachments[0].kind.as_str()), (Kind::Message, None, "unsupported"));
}

#[test]
fn what_comes_with_messages() {
    let sent = |attachment: &str| -> Media {
        let event = chat(&format!(r#""message":{{"mid":"m_1","attachments":[{attachment}]}}"#));
        assert_eq!((event.kind, event.text), (Kind::Message, None));
        event.attachments[0].clone()
    };
    for kind in ["image", "audio", "video", "file", "reel", "ig_reel"] {
        let media = sent(&format!(r#"{{"type":"{kind}","payload":{{"url":"https://cdn.example/a?x=1&y=2"}}}}"#));
        assert_eq!((media.kind.as_str(), media.url.as_deref()), (kind, Some("https://cdn.example/a?x=1&y=2")));
    }
    let sticker = sent(r#"{"type":"image","payload":{"url":"https://cdn.example/s","sticker_id":369239263222822}}"#);
    assert_eq!((sticker.kind.as_str(), sticker.file_id.as_deref()), ("sticker", Some("369239263222822")));
    let place = sent(r#"{"type":"location","payload":{"coordinates":{"lat":21.02,"long":105.85}}}"#);
    assert_eq!((place.kind.as_str(), place.coordinates.as_deref()), ("location", Some("21.02,105.85")));
    let link = sent(r#"{"type":"fallback","title":"Tin","payload":{"url":"https://b.example"}}"#);
    assert_eq!((link.kind.as_str(), link.title.as_deref(), link.url.as_deref()), ("link", Some("Tin"), Some("https://b.example")));
    let bare = sent(r#"{"type":"fallback","title":"Tin"}"#);
    assert_eq!((bare.kind.as_str(), bare.url), ("link", None));
    assert_eq!(sent(r#"{"type":"appointment_booking","payload":{}}"#).kind, "appointment_booking");
    let several = chat(
        r#""message":{"mid":"m_1","text":"Hai ảnh","attachments":[{"type":"image","payload":{"url":"1"}},{"type":"image","payload":{"url":"2"}}]}"#,
    );
    assert_eq!(several.attachments.iter().filter_map(|media| media.url.as_deref()).collect::<Vec<_>>(), ["1", "2"]);
    let alone = chat(r#""message":{"mid":"m_1","sticker_id":369239343222814}"#);
    assert_eq!(alone.attachments[0].file_id.as_deref(), Some("369239343222814"));
}

#[test]
fn an_echo_names_its_author() {
    let body = format!(
        r#"{{"object":"page","entry":[{{"id":"{PAGE}","messaging":[{{"sender":{{"id":"{PAGE}"}},"recipient":{{"id":"{PERSON}"}},"timestamp":1790000000000,"message":{{"is_echo":true,"app_id":123,"metadata":"d-1","mid":"m_9","text":"Đã nhận"}}}}]}}]}}"#
    );
    let echo = &events(&body)[0];
    assert_eq!(
        (echo.kind, echo.external_id.as_str(), echo.sender_id.as_str(), echo.recipient_id.as_str()),
        (Kind::Echo, "m_9", PAGE, PERSON)
    );
    assert_eq!((echo.author_id.as_deref(), echo.tracking_id.as_deref(), echo.text.as_deref()), (Some("123"), Some("d-1"), Some("Đã nhận")));
}

#[test]
fn buttons_links_and_reactions() {
    let postback = chat(r#""postback":{"mid":"m_5","title":"Bắt đầu","payload":"START","referral":{"ref":"qr-7","source":"SHORTLINK"}}"#);
    assert_eq!((postback.kind, postback.external_id.as_str(), postback.payload.as_deref()), (Kind::Postback, "m_5", Some("START")));
    assert_eq!((postback.referral.as_deref(), postback.text.as_deref()), (Some("qr-7"), Some("Bắt đầu")));
    let old = chat(r#""postback":{"title":"Bắt đầu","payload":"START"}"#);
    assert_eq!((old.kind, old.external_id.len()), (Kind::Postback, 64));
    let referral = chat(r#""referral":{"ref":"qr-7","source":"SHORTLINK","type":"OPEN_THREAD"}"#);
    assert_eq!((referral.kind, referral.referral.as_deref()), (Kind::Referral, Some("qr-7")));
    assert_eq!(chat(r#""referral":{"source":"ADS","type":"OPEN_THREAD","ad_id":"55"}"#).referral.as_deref(), Some("55"));
    assert_eq!(chat(r#""optin":{"ref":"form"}"#).kind, Kind::Referral);
    assert_eq!(chat(r#""optin":{"type":"notification_messages","payload":"p"}"#).kind, Kind::Ignored);
    let sad = chat(r#""reaction":{"mid":"m_1","action":"react","emoji":"😢","reaction":"sad"}"#);
    assert_eq!((sad.kind, sad.message_id.as_deref(), sad.reaction.as_deref()), (Kind::Reaction, Some("m_1"), Some("😢")));
    let none = chat(r#""reaction":{"mid":"m_1","action":"unreact","emoji":"😢","reaction":"sad"}"#);
    assert_eq!((none.kind, none.reaction.as_deref()), (Kind::Reaction, Some("")));
    assert_ne!(sad.external_id, none.external_id);
}

#[test]
fn receipts() {
    let delivered = chat(r#""delivery":{"mids":["m_8","m_9"],"watermark":1790000000111}"#);
    assert_eq!((delivered.kind, delivered.receipt_ids.len(), delivered.watermark_ms), (Kind::DeliveryReceipt, 2, Some(1_790_000_000_111)));
    assert_eq!(chat(r#""delivery":{"watermark":1790000000111}"#).kind, Kind::DeliveryReceipt);
    assert_eq!(chat(r#""delivery":{}"#).kind, Kind::Ignored);
    let read = chat(r#""read":{"watermark":1790000000222}"#);
    assert_eq!((read.kind, read.watermark_ms), (Kind::ReadReceipt, Some(1_790_000_000_222)));
    let differently_written = chat(r#" "read" : { "watermark" : "1790000000222", "seq": 7 }"#);
    assert_eq!(read.external_id, differently_written.external_id, "the key is of the content");
    assert_ne!(read.external_id, chat(r#""read":{"watermark":1790000000223}"#).external_id);
}

#[test]
fn what_is_not_for_us() {
    let pass = chat(r#""pass_thread_control":{"new_owner_app_id":263902037430900,"metadata":"x"}"#);
    assert_eq!(
        (pass.kind, pass.vendor_kind.as_str(), pass.author_id.as_deref()),
        (Kind::Ignored, "pass_thread_control", Some("263902037430900"))
    );
    let policy = chat(r#""policy-enforcement":{"action":"block","reason":"spam"}"#);
    assert_eq!((policy.kind, policy.reason.as_deref()), (Kind::Ignored, Some("block: spam")));
    let unknown = chat(r#""video_call":{"id":1}"#);
    assert_eq!((unknown.kind, unknown.vendor_kind.as_str()), (Kind::Ignored, "video_call"));
    for odd in [r#""message":5"#, r#""message":null"#, r#""message":{}"#, r#""message_edit":{"text":"x"}"#, r#""reaction":{}"#] {
        assert_eq!(chat(odd).kind, Kind::Ignored, "{odd}");
    }
    let other = events(r#"{"object":"instagram","entry":[{"id":"1","messaging":[{"message":{"mid":"m_1","text":"x"}}]},7,{}]}"#);
    assert!(other.len() == 3 && other.iter().all(|event| event.kind == Kind::Ignored));
}

#[test]
fn standby_is_kept_aside() {
    let item = format!(
        r#"{{"sender":{{"id":"{PERSON}"}},"recipient":{{"id":"{PAGE}"}},"timestamp":1790000000000,"message":{{"mid":"m_1","text":"x"}}}}"#
    );
    let both = events(&format!(r#"{{"object":"page","entry":[{{"id":"{PAGE}","standby":[{item}],"messaging":[{item}]}}]}}"#));
    assert_eq!((both[0].kind, both[1].kind), (Kind::Message, Kind::Ignored));
    assert_eq!((both[1].text.as_deref(), both[1].vendor_kind.as_str()), (Some("x"), "standby.message"));
    assert_ne!(both[0].external_id, both[1].external_id);
}

#[test]
fn one_delivery_many_pages() {
    let body = r#"{"object":"page","entry":[
        {"id":1,"time":1790000000000,"messaging":[
            {"sender":{"id":7000000000000001},"recipient":{"id":1},"timestamp":1790000000,"message":{"mid":"m_1","text":"một"}},
            {"sender":{"id":7000000000000001},"recipient":{"id":1},"timestamp":1790000000,"message":{"mid":"m_1","text":"một"}}]},
        {"id":"2","time":1790000000000,"messaging":[
            {"sender":{"user_ref":"u-1"},"timestamp":1790000000001,"message":{"mid":"m_2","text":"hai"}}]}]}"#;
    let events = events(body);
    let seen: Vec<_> =
        events.iter().map(|e| (e.account_id.as_str(), e.external_id.as_str(), e.sender_id.as_str(), e.timestamp_ms)).collect();
    assert_eq!(
        seen,
        [
            ("1", "m_1", PERSON, Some(1_790_000_000_000)),
            ("1", "m_1", PERSON, Some(1_790_000_000_000)),
            ("2", "m_2", "u-1", Some(1_790_000_000_001)),
        ]
    );
}

#[test]
fn comments() {
    let add = public(
        r#"{"item":"comment","verb":"add","comment_id":"55_1","post_id":"102030405060708_55","parent_id":"102030405060708_55","from":{"id":"7000000000000001","name":"Trần Thị B"},"message":"Bao giờ xong?","created_time":1790000000}"#,
    );
    assert_eq!((add.kind, add.external_id.as_str(), add.sender_id.as_str()), (Kind::Comment, "55_1:add", PERSON));
    assert_eq!(
        (add.comment_id.as_deref(), add.post_id.as_deref(), add.verb.as_deref()),
        (Some("55_1"), Some("102030405060708_55"), Some("add"))
    );
    assert_eq!((add.parent_id.as_deref(), add.page_id.as_deref()), (Some("102030405060708_55"), Some(PAGE)));
    assert_eq!((add.contact_name.as_deref(), add.timestamp_ms), (Some("Trần Thị B"), Some(1_790_000_000_000)));
    assert_eq!((add.text.as_deref(), add.vendor_kind.as_str()), (Some("Bao giờ xong?"), "feed.comment"));

    let verb = |verb: &str, rest: &str| {
        public(&format!(
            r#"{{"item":"comment","verb":"{verb}","comment_id":"55_1","post_id":"1_55","parent_id":"55_0","from":{{"id":"7"}}{rest}}}"#
        ))
    };
    let edited = verb("edited", r#","message":"Bao giờ?","created_time":1790000000"#);
    assert!(edited.external_id.starts_with("55_1:edited:1790000002000:"), "{}", edited.external_id);
    assert_eq!(edited.timestamp_ms, Some(1_790_000_002_000), "it happened after the comment was written");
    assert_ne!(edited.external_id, verb("edited", r#","message":"Bao lâu?""#).external_id);
    let removed = verb("remove", "");
    assert_eq!((removed.kind, removed.text.as_deref(), removed.external_id.as_str()), (Kind::Comment, None, "55_1:remove"));
    assert_eq!(verb("hide", "").external_id, "55_1:hide:1790000002000");
    assert_eq!(verb("unhide", r#","message":"x""#).verb.as_deref(), Some("unhide"));
    assert_eq!(verb("block", "").kind, Kind::Ignored);

    let photo = verb("add", r#","photo":"https://cdn.example/p.jpg""#);
    assert_eq!((photo.attachments[0].kind.as_str(), photo.text), ("image", None));
    let nameless =
        public(r#"{"item":"comment","verb":"add","comment_id":"55_2","post_id":"1_55","message":"x","created_time":1790000000}"#);
    assert_eq!((nameless.kind, nameless.sender_id.as_str(), nameless.contact_name), (Kind::Comment, "", None));
    let old = public(r#"{"item":"comment","verb":"add","comment_id":"55_3","sender_id":7000000000000001,"sender_name":"C","message":"x"}"#);
    assert_eq!((old.sender_id.as_str(), old.contact_name.as_deref(), old.timestamp_ms), (PERSON, Some("C"), Some(1_790_000_002_000)));
    let ours = public(r#"{"item":"comment","verb":"add","comment_id":"55_4","from":{"id":"102030405060708"},"message":"Đã nhận"}"#);
    assert_eq!((ours.kind, ours.message_id.as_deref()), (Kind::Echo, Some("55_4")));
}

#[test]
fn posts_reactions_mentions() {
    for item in ["post", "status", "photo"] {
        let post = public(&format!(
            r#"{{"item":"{item}","verb":"add","post_id":"102030405060708_56","from":{{"id":"7","name":"D"}},"message":"Đường ngập","photos":["https://cdn.example/{}","https://cdn.example/2"],"created_time":1790000000}}"#,
            "1".repeat(300)
        ));
        assert_eq!((post.kind, post.external_id.as_str(), post.attachments.len()), (Kind::Comment, "102030405060708_56:add", 2), "{item}");
        let ours = public(&format!(r#"{{"item":"{item}","verb":"add","post_id":"1_57","from":{{"id":"{PAGE}"}},"message":"Thông báo"}}"#));
        assert_eq!(ours.kind, Kind::Ignored, "{item}");
    }
    let photo =
        public(r#"{"item":"photo","verb":"add","post_id":"1_58","from":{"id":"7"},"link":"https://cdn.example/p.jpg","photo_id":"9"}"#);
    assert_eq!(photo.attachments[0].kind, "image");
    for item in ["album", "event"] {
        assert_eq!(public(&format!(r#"{{"item":"{item}","verb":"add","from":{{"id":"7"}}}}"#)).kind, Kind::Ignored);
    }
    let love = public(
        r#"{"item":"reaction","verb":"add","reaction_type":"love","comment_id":"55_1","post_id":"1_55","from":{"id":"7"},"created_time":1790000000}"#,
    );
    assert_eq!((love.kind, love.reaction.as_deref(), love.message_id.as_deref()), (Kind::Reaction, Some("love"), Some("55_1")));
    let taken = public(r#"{"item":"reaction","verb":"remove","reaction_type":"love","comment_id":"55_1","from":{"id":"7"}}"#);
    assert_eq!((taken.kind, taken.reaction.as_deref()), (Kind::Reaction, Some("")));
    let mention = change(
        r#"{"field":"mention","value":{"item":"comment","verb":"add","post_id":"9_1","comment_id":"1_2","message":"@Trang ơi","created_time":1790000000}}"#,
    );
    assert_eq!((mention.kind, mention.vendor_kind.as_str(), mention.sender_id.as_str()), (Kind::Comment, "mention.comment", ""));
    let rating = change(r#"{"field":"ratings","value":{"item":"rating","verb":"add","reviewer_id":"7","review_text":"Tốt"}}"#);
    assert_eq!((rating.kind, rating.vendor_kind.as_str()), (Kind::Ignored, "ratings.rating"));
    let button = change(
        r#"{"field":"messages","value":{"sender":{"id":"12334"},"recipient":{"id":"23245"},"timestamp":"1527459824","message":{"mid":"test_message_id","text":"test_message"}}}"#,
    );
    assert_eq!((button.kind, button.timestamp_ms), (Kind::Message, Some(1_527_459_824_000)), "the button of the app's page");
}
