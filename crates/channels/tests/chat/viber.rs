//! A Viber bot: callbacks, messages, refusals.

use channels::event::{Event, Headers, Kind, Signature};
use channels::outbound::{Button, Content, Footing, Linked, Press, Recipient};
use channels::viber::account::Bot;
use channels::viber::{self, Access, account, send, verify};
use channels::{Attachment, Error, Outbound, Receipt};
use serde_json::json;

use crate::wire::{Heard, Reply, Wire, client, impatient, nobody};

const TOKEN: &str = "44aaaa0000000001-0123456789abcdef-0123456789abcdef";
const SIGNED: &str = r#"{"event":"message","timestamp":1790000000000,"message_token":5000000000000000001,"sender":{"id":"01234567890A=","name":"Nguyễn Văn A","language":"vi","country":"VN","api_version":10},"message":{"type":"text","text":"Xin chào"}}"#;
const RIGHT: &str = "f402b0dcc62247e005eb8fa6e0fa31f9ba3935881b3ce08d77e61f2c1a78d71c";
const SENT: &str = r#"{"status":0,"status_message":"ok","message_token":5000000000000000002,"chat_hostname":"x","billing_status":1}"#;

fn signed(value: &str) -> Headers {
    [("X-Viber-Content-Signature", value)].into_iter().collect()
}

fn event(body: &str) -> Event {
    let mut events = viber::parse(body.as_bytes()).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn message(message: &str) -> Event {
    event(&format!(
        r#"{{"event":"message","timestamp":1790000000000,"message_token":"5000000000000000003","sender":{{"id":"a/b+c=","name":"An","language":"vi"}},"message":{message}}}"#
    ))
}

#[test]
fn the_signature_is_over_the_octets() {
    let check = |headers: &Headers, token, body: &str| verify::signature(headers, token, body.as_bytes());
    assert_eq!(check(&signed(RIGHT), Some(TOKEN), SIGNED), Signature::Valid);
    assert_eq!(check(&signed(RIGHT), None, SIGNED), Signature::NotChecked);
    assert_eq!(check(&Headers::default(), Some(TOKEN), SIGNED), Signature::Invalid);
    let escaped = SIGNED.replace('à', "\\u00e0");
    assert_eq!(check(&signed(RIGHT), Some(TOKEN), &escaped), Signature::Invalid);
    for wrong in ["", &RIGHT[1..], &format!("sha256={RIGHT}"), &RIGHT.to_uppercase()] {
        assert_eq!(check(&signed(wrong), Some(TOKEN), SIGNED), Signature::Invalid, "{wrong}");
    }
    let (signature, events) = viber::inspect(&signed(RIGHT), Some(TOKEN), SIGNED.as_bytes()).unwrap();
    assert_eq!((signature, events[0].external_id.as_str()), (Signature::Valid, "5000000000000000001"));
    assert_eq!((events[0].sender_id.as_str(), events[0].text.as_deref()), ("01234567890A=", Some("Xin chào")));
    assert_eq!((events[0].language.as_deref(), events[0].timestamp_ms), (Some("vi"), Some(1_790_000_000_000)));
}

#[test]
fn messages() {
    let text = message(r#"{"type":"text","text":"Có","tracking_data":"tk-1"}"#);
    assert_eq!((text.kind, text.external_id.as_str(), text.sender_id.as_str()), (Kind::Message, "5000000000000000003", "a/b+c="));
    assert_eq!((text.tracking_id.as_deref(), text.contact_name.as_deref()), (Some("tk-1"), Some("An")));
    let media = |shape: &str| {
        let event = message(shape);
        assert_eq!(event.kind, Kind::Message);
        (event.text, event.attachments[0].clone())
    };
    let (caption, picture) =
        media(r#"{"type":"picture","media":"https://m.example/a","thumbnail":"t","text":"Ổ gà","file_name":"a.jpg","size":10}"#);
    assert_eq!((caption.as_deref(), picture.kind.as_str(), picture.url.as_deref()), (Some("Ổ gà"), "image", Some("https://m.example/a")));
    assert_eq!((picture.name.as_deref(), picture.size), (Some("a.jpg"), Some(10)));
    assert_eq!(media(r#"{"type":"video","media":"v","duration":3,"size":-1}"#).1.size, None);
    assert_eq!(media(r#"{"type":"file","media":"f","file_name":"b.pdf","size":7}"#).1.kind, "file");
    assert_eq!(media(r#"{"type":"sticker","sticker_id":46105,"media":"s"}"#).1.file_id.as_deref(), Some("46105"));
    let (_, place) = media(r#"{"type":"location","location":{"lat":10.77,"lon":106.70,"address":"Quận 1"}}"#);
    assert_eq!((place.coordinates.as_deref(), place.title.as_deref()), (Some("10.77,106.70"), Some("Quận 1")));
    let (_, link) = media(r#"{"type":"url","media":"https://b.example","text":"xem"}"#);
    assert_eq!((link.kind.as_str(), link.url.as_deref()), ("link", Some("https://b.example")));
    assert_eq!(media("{}").1.kind, "unsupported");
    let contact = message(r#"{"type":"contact","contact":{"name":"B","phone_number":"+84901234567"}}"#);
    assert_eq!((contact.contact_name.as_deref(), contact.contact_phone.as_deref()), (Some("B"), Some("+84901234567")));
    assert_eq!(contact.kind, Kind::Message, "anybody's card can be sent: no proof");
}

#[test]
fn other_callbacks() {
    let about = |name: &str, rest: &str| {
        event(&format!(r#"{{"event":"{name}","timestamp":1790000000000,"message_token":5000000000000000002{rest}}}"#))
    };
    let user = r#","user":{"id":"01234567890A=","name":"An","language":"vi"}"#;
    assert_eq!(about("webhook", "").kind, Kind::Ignored);
    let follow = about("subscribed", user);
    assert_eq!(
        (follow.kind, follow.sender_id.as_str(), follow.external_id.as_str()),
        (Kind::Follow, "01234567890A=", "5000000000000000002")
    );
    assert_eq!(about("unsubscribed", r#","user_id":"01234567890A=""#).kind, Kind::Unfollow);
    let started = about("conversation_started", &format!(r#","type":"open","context":"qr-7","subscribed":false{user}"#));
    assert_eq!((started.kind, started.referral.as_deref(), started.sender_id.as_str()), (Kind::Referral, Some("qr-7"), "01234567890A="));
    for (name, kind) in [("delivered", Kind::DeliveryReceipt), ("seen", Kind::ReadReceipt), ("failed", Kind::Failed)] {
        let receipt = about(name, r#","user_id":"01234567890A=","desc":"no device""#);
        assert_eq!((receipt.kind, receipt.external_id), (kind, format!("5000000000000000002:{name}")));
        assert_eq!((receipt.receipt_ids, receipt.reason.as_deref()), (vec!["5000000000000000002".to_owned()], Some("no device")));
    }
    assert_eq!(about("client_status", "").kind, Kind::Ignored);
    assert_eq!(event(r#"{"event":"subscribed"}"#).external_id.len(), 64);
    for unreadable in ["", "[]", "{}", r#"{"event":""}"#, r#"{"event":{}}"#, "nothing"] {
        assert!(viber::parse(unreadable.as_bytes()).is_err(), "{unreadable}");
    }
}

fn access(base: &str) -> Access {
    Access { base: base.into(), auth_token: TOKEN.into(), sender_name: "Đối Thoại".into(), avatar: None }
}

fn outbound(text: &str, buttons: Vec<Button>) -> Outbound {
    Outbound {
        id: "tk-1".into(),
        recipient: Recipient::Person("01234567890A=".into()),
        footing: Footing::Answer,
        content: Content::Text { text: text.into(), buttons },
        reply_to: None,
    }
}

async fn tried(reply: Reply) -> (Result<Receipt, Error>, Heard) {
    let wire = Wire::open(vec![reply]).await;
    let result = viber::send(&client(), &access(&wire.base), &outbound("Đã tiếp nhận", vec![])).await;
    (result, wire.heard().await.remove(0))
}

#[tokio::test]
async fn messages_are_sent() {
    let (result, heard) = tried(Reply::json(200, SENT)).await;
    assert_eq!(result.unwrap().external_id.as_deref(), Some("5000000000000000002"));
    assert_eq!(heard.line, "POST /pa/send_message");
    assert!(heard.says(&format!("x-viber-auth-token: {TOKEN}")), "{}", heard.fields);
    assert_eq!(
        heard.json(),
        json!({"receiver": "01234567890A=", "min_api_version": 1, "sender": {"name": "Đối Thoại"}, "tracking_data": "tk-1", "type": "text", "text": "Đã tiếp nhận"})
    );
    let buttons = vec![
        Button { title: "Có <b>".into(), press: Press::Answer("CO".into()) },
        Button { title: "Xem".into(), press: Press::Open("https://example.gov.vn".into()) },
        Button { title: "Số".into(), press: Press::ShareContact },
    ];
    let welcome = send::welcome(&Access { avatar: Some("https://example.gov.vn/a".into()), ..access("") }, "Chào", &buttons).unwrap();
    assert_eq!((welcome.get("receiver"), welcome["min_api_version"].as_u64()), (None, Some(3)));
    assert_eq!(welcome["sender"]["avatar"], "https://example.gov.vn/a");
    let keys = &welcome["keyboard"]["Buttons"];
    assert_eq!((&keys[0]["ActionType"], &keys[0]["ActionBody"], &keys[0]["Text"]), (&json!("reply"), &json!("CO"), &json!("Có &lt;b&gt;")));
    assert_eq!((&keys[1]["ActionType"], &keys[2]["ActionType"]), (&json!("open-url"), &json!("share-phone")));

    let file = Attachment { name: "a".into(), content_type: "image/png".into(), content_id: None, inline: false, bytes: vec![] };
    let refused = [
        Outbound { content: Content::File(file), ..outbound("", vec![]) },
        Outbound { recipient: Recipient::UnderComment("1".into()), ..outbound("x", vec![]) },
        outbound(&"x".repeat(30_000), vec![]),
        outbound("x", vec![buttons[0].clone(); 13]),
    ];
    for message in refused {
        let result = viber::send(&client(), &access(&nobody().await), &message).await;
        assert!(matches!(result, Err(Error::Rejected(_))), "{result:?}");
    }
}

#[tokio::test]
async fn files_go_out_by_their_address() {
    let file = |name: &str, content_type: &str, size: u64| Linked {
        address: "https://example.gov.vn/tep.pdf".into(),
        name: name.into(),
        content_type: content_type.into(),
        size,
    };
    let send = async |file: Linked| {
        let wire = Wire::open(vec![Reply::json(200, SENT)]).await;
        let message = Outbound { content: Content::Linked(file), ..outbound("", vec![]) };
        viber::send(&client(), &access(&wire.base), &message).await.unwrap();
        wire.heard().await.remove(0).json()
    };
    let body = send(file("giay-phep.pdf", "application/pdf", 9)).await;
    assert_eq!((&body["type"], &body["file_name"], &body["size"]), (&json!("file"), &json!("giay-phep.pdf"), &json!(9)));
    assert_eq!((&body["media"], body.get("text")), (&json!("https://example.gov.vn/tep.pdf"), None));
    let body = send(file("a.png", "image/png", 9)).await;
    assert_eq!((&body["type"], &body["text"]), (&json!("picture"), &json!("")));
    let body = send(file(&format!("{}.png", "a".repeat(300)), "image/png", 2 << 20)).await;
    assert_eq!(body["type"], "file");
    assert!(body["file_name"].as_str().is_some_and(|name| name.len() == 256 && name.ends_with(".png")), "{body}");
    let large = Outbound { content: Content::Linked(file("a.mp4", "video/mp4", 51 << 20)), ..outbound("", vec![]) };
    let refused = viber::send(&client(), &access(&nobody().await), &large).await;
    assert!(matches!(refused, Err(Error::Rejected(_))), "{refused:?}");
}

#[tokio::test]
async fn refusals_by_their_status() {
    for status in 0..=25 {
        let (result, _) = tried(Reply::json(200, &format!(r#"{{"status":{status},"status_message":"no"}}"#))).await;
        let error = result.unwrap_err();
        let right = match status {
            0 => matches!(error, Error::Lost(_)),
            1 | 2 | 7 | 8 | 9 | 10 | 15 | 16 | 17 | 18 => matches!(error, Error::Misconfigured(_)),
            5 | 6 | 11 => matches!(error, Error::PersonGone(_)),
            12 => matches!(error, Error::Throttled { .. }),
            23 | 24 => matches!(error, Error::OutOfQuota(_)),
            _ => matches!(error, Error::Rejected(_)),
        };
        assert!(right, "{status}: {error:?}");
    }
    let (result, _) = tried(Reply::with(429, "retry-after: 9\r\n", "")).await;
    assert!(matches!(&result, Err(Error::Throttled { after: Some(after), .. }) if after.as_secs() == 9), "{result:?}");
    assert!(matches!(tried(Reply::json(500, "")).await.0, Err(Error::Unreachable(_))));
    for lost in [Reply::json(200, "<html>"), Reply::json(504, ""), Reply::Reset, Reply::Half] {
        let (result, _) = tried(lost).await;
        assert!(matches!(result, Err(Error::Lost(_))), "{result:?}");
    }
    let wire = Wire::open(vec![Reply::Hang]).await;
    let hung = viber::send(&impatient(), &access(&wire.base), &outbound("x", vec![])).await;
    assert!(matches!(hung, Err(Error::Lost(_))), "{hung:?}");
    wire.heard().await;
    let refused = viber::send(&client(), &access(&nobody().await), &outbound("x", vec![])).await;
    assert!(matches!(refused, Err(Error::Unreachable(_))), "{refused:?}");
    let bad_token = Access { auth_token: "a\nb".into(), ..access(&nobody().await) };
    assert!(matches!(account::test(&client(), &bad_token).await, Err(Error::Misconfigured(_))));
}

#[tokio::test]
async fn the_bot_itself() {
    let wire = Wire::open(vec![
        Reply::json(200, r#"{"status":0,"status_message":"ok","event_types":["delivered"]}"#),
        Reply::json(200, r#"{"status":0,"id":"pa:1","name":"Đối Thoại","uri":"doithoai"}"#),
        Reply::json(200, r#"{"status":0,"user":{"id":"01234567890A=","name":"An"}}"#),
        Reply::json(200, r#"{"status":1,"status_message":"invalidUrl"}"#),
        Reply::Reset,
    ])
    .await;
    let (client, access) = (client(), access(&wire.base));
    account::set_webhook(&client, &access, "https://example.gov.vn/hooks/viber").await.unwrap();
    assert_eq!(account::test(&client, &access).await.unwrap(), Bot { name: "Đối Thoại".into(), uri: "doithoai".into() });
    assert_eq!(account::name(&client, &access, "01234567890A=").await.unwrap().as_deref(), Some("An"));
    assert!(matches!(account::set_webhook(&client, &access, "https://x.example").await, Err(Error::Misconfigured(_))));
    assert!(matches!(account::test(&client, &access).await, Err(Error::Unreachable(_))));
    let heard = wire.heard().await;
    assert_eq!(heard[0].line, "POST /pa/set_webhook");
    assert!(heard[0].body.contains("conversation_started"), "{}", heard[0].body);
    assert!(!format!("{access:?}").contains(TOKEN));
}
