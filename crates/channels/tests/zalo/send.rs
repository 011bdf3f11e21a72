//! Messages and files on the wire.

use channels::outbound::{Button, Content, Footing, Press, Quota, Recipient};
use channels::zalo::upload::{Asset, upload};
use channels::zalo::{Access, send};
use channels::{Attachment, Error, Outbound, Receipt};
use serde_json::json;

use crate::wire::{Heard, Reply, Wire, client, nobody};
use crate::{PERSON, access};

pub fn text(text: &str, buttons: Vec<Button>, reply_to: Option<&str>) -> Outbound {
    Outbound {
        id: "o-1".into(),
        recipient: Recipient::Person(PERSON.into()),
        footing: Footing::Answer,
        content: Content::Text { text: text.into(), buttons },
        reply_to: reply_to.map(str::to_owned),
    }
}

fn button(title: &str, press: Press) -> Button {
    Button { title: title.into(), press }
}

fn file(name: &str, content_type: &str, bytes: &[u8]) -> Attachment {
    Attachment { name: name.into(), content_type: content_type.into(), content_id: None, inline: false, bytes: bytes.into() }
}

pub async fn sending(replies: Vec<Reply>, outbound: &Outbound) -> (Result<Receipt, Error>, Vec<Heard>) {
    let wire = Wire::open(replies).await;
    let result = send(&client(), &access(&wire.base), outbound).await;
    (result, wire.heard().await)
}

fn taken() -> Reply {
    Reply::json(
        200,
        r#"{"data":{"message_id":"63ecf43f0df7dba892e6","user_id":"4000000000000000001","quota":{"quota_type":"reply","remain":"7","total":"8","expired_date":"1790000000000"}},"error":0,"message":"Success"}"#,
    )
}

#[tokio::test]
async fn a_text_is_sent_and_its_answer_understood() {
    let (sent, heard) = sending(vec![taken()], &text("Đa\u{303} tiếp nhận", vec![], Some("a1b2"))).await;
    let quota = Quota { kind: "reply".into(), left: Some(7), total: Some(8), until: Some("2026-09-21T14:13:20Z".parse().unwrap()) };
    assert_eq!(sent.unwrap(), Receipt { external_id: Some("63ecf43f0df7dba892e6".into()), answer: "0 Success".into(), quota: Some(quota) });
    assert_eq!(heard[0].line, "POST /v3.0/oa/message/cs");
    assert!(heard[0].says("access_token: zalo-demo-access-token") && heard[0].says("content-type: application/json"));
    assert!(!heard[0].fields.lines().any(|line| line.starts_with("authorization") || line.starts_with("appsecret_proof")));
    assert_eq!(heard[0].json(), json!({"recipient": {"user_id": PERSON}, "message": {"text": "Đã tiếp nhận", "quote_message_id": "a1b2"}}));
    // Since March 2026 the numbers may be left out.
    let (sent, heard) =
        sending(vec![Reply::json(200, r#"{"data":{"message_id":"m"},"error":0,"message":"Success"}"#)], &text("Vâng", vec![], None)).await;
    assert_eq!(sent.unwrap().quota, None);
    assert_eq!(heard[0].json()["message"], json!({"text": "Vâng"}));
}

#[tokio::test]
async fn buttons_and_requests_are_templates() {
    let buttons = vec![button("Việc khác", Press::Answer("other".into())), button("Xem hồ sơ", Press::Open("https://1022.example".into()))];
    let (_, heard) = sending(vec![taken()], &text("Chọn một việc", buttons, Some("a1b2"))).await;
    assert_eq!(
        heard[0].json()["message"],
        json!({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "Chọn một việc", "buttons": [
            {"title": "Việc khác", "type": "oa.query.show", "payload": "other"},
            {"title": "Xem hồ sơ", "type": "oa.open.url", "payload": {"url": "https://1022.example"}}]}}})
    );
    let ask = text("Để gọi lại cho anh/chị", vec![button("Chia sẻ số điện thoại", Press::ShareContact)], None);
    let wire = Wire::open(vec![taken()]).await;
    let access = Access { contact_image: Some("https://1022.example/a.png".into()), ..access(&wire.base) };
    send(&client(), &access, &ask).await.unwrap();
    assert_eq!(
        wire.heard().await[0].json()["message"],
        json!({"attachment": {"type": "template", "payload": {"template_type": "request_user_info", "elements": [
            {"title": "Chia sẻ số điện thoại", "subtitle": "Để gọi lại cho anh/chị", "image_url": "https://1022.example/a.png"}]}}})
    );
}

#[tokio::test]
async fn who_is_not_logged_in_is_answered_in_the_conversation() {
    let recipient = Recipient::Person(channels::zalo::parse::anonymous("a5", "c7"));
    let (_, heard) = sending(vec![taken()], &Outbound { recipient, ..text("Chào anh/chị", vec![], None) }).await;
    assert_eq!(heard[0].line, "POST /v2.0/oa/message");
    assert_eq!(heard[0].json(), json!({"recipient": {"anonymous_id": "a5", "conversation_id": "c7"}, "message": {"text": "Chào anh/chị"}}));
}

#[tokio::test]
async fn files_go_up_before_they_are_named() {
    let sending_file = |file: Attachment| Outbound { content: Content::File(file), ..text("", vec![], None) };
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 30]].concat();
    let (sent, heard) = sending(
        vec![Reply::json(200, r#"{"data":{"attachment_id":"A1"},"error":0,"message":"Success"}"#), taken()],
        &sending_file(file("a.png", "image/png", &png)),
    )
    .await;
    sent.unwrap();
    assert_eq!(heard[0].line, "POST /v2.0/oa/upload/image");
    assert!(heard[0].says("access_token: zalo-demo-access-token"));
    assert!(heard[0].body.contains("name=\"file\"; filename=\"a.png\""), "{}", heard[0].body);
    assert!(heard[0].octets.windows(png.len()).any(|part| part == png));
    assert_eq!(
        heard[1].json()["message"],
        json!({"attachment": {"type": "template", "payload": {"template_type": "media", "elements": [{"media_type": "image", "attachment_id": "A1"}]}}})
    );
    let gif = b"GIF89a\x40\x01\xf0\x00\x00\x00\x00;";
    let (_, heard) = sending(
        vec![Reply::json(200, r#"{"data":{"attachment_id":"G1"},"error":0}"#), taken()],
        &sending_file(file("a.gif", "image/gif", gif)),
    )
    .await;
    assert_eq!(heard[0].line, "POST /v2.0/oa/upload/gif");
    assert_eq!(
        heard[1].json()["message"]["attachment"]["payload"]["elements"][0],
        json!({"media_type": "gif", "attachment_id": "G1", "width": 320, "height": 240})
    );
    let (_, heard) = sending(
        vec![Reply::json(200, r#"{"data":{"token":"T1"},"error":0}"#), taken()],
        &sending_file(file("Giấy phép.PDF", "application/pdf", b"%PDF-1.7")),
    )
    .await;
    assert_eq!(heard[0].line, "POST /v2.0/oa/upload/file");
    assert_eq!(heard[1].json()["message"], json!({"attachment": {"type": "file", "payload": {"token": "T1"}}}));
    let kept: Asset = serde_json::from_str(&serde_json::to_string(&Asset::File { token: "T1".into() }).unwrap()).unwrap();
    assert_eq!(kept, Asset::File { token: "T1".into() });
}

#[tokio::test]
async fn a_lost_upload_may_be_repeated_and_a_refused_one_sends_nothing() {
    let pdf = file("a.pdf", "application/pdf", b"%PDF-1.7");
    let wire = Wire::open(vec![Reply::Reset]).await;
    let result = upload(&client(), &access(&wire.base), &pdf).await;
    assert!(matches!(result, Err(Error::Unreachable(_))), "{result:?}");
    let outbound = Outbound { content: Content::File(pdf), ..text("", vec![], None) };
    let (result, heard) = sending(vec![Reply::json(200, r#"{"error":-210,"message":"File is over limit"}"#)], &outbound).await;
    assert_eq!((result, heard.len()), (Err(Error::Rejected("-210 File is over limit".into())), 1));
}

#[tokio::test]
async fn what_zalo_has_no_message_for_is_refused_without_a_call() {
    let access = access(&nobody().await);
    let twice = vec![button("Số", Press::ShareContact), button("Khác", Press::Answer("x".into()))];
    let six = vec![button("a", Press::Answer("x".into())); 6];
    let refused = [
        text(&"ễ".repeat(2001), vec![], None),
        text("a", twice, None),
        text("a", six, None),
        text("a", vec![button("a", Press::Answer("x".repeat(1001)))], None),
        text("a", vec![button(&"a".repeat(101), Press::Answer("x".into()))], None),
        Outbound { recipient: Recipient::UnderComment("c".into()), ..text("a", vec![], None) },
        Outbound {
            recipient: Recipient::AuthorOf { comment: "c".into() },
            content: Content::File(file("a.pdf", "a/b", b"%PDF")),
            ..text("a", vec![], None)
        },
        Outbound { content: Content::File(file("a.exe", "application/octet-stream", b"MZ")), ..text("", vec![], None) },
        Outbound { content: Content::File(file("pdf", "application/pdf", b"%PDF")), ..text("", vec![], None) },
        Outbound { content: Content::File(file("a.jpg", "image/jpeg", &[0xff, 0xd8, 0xff].repeat(400_000))), ..text("", vec![], None) },
    ];
    for outbound in refused {
        let result = send(&client(), &access, &outbound).await;
        assert!(matches!(result, Err(Error::Rejected(_))), "{result:?}");
    }
    // Counted in NFC: 2000 characters that are 4000 when taken apart.
    let apart = "e\u{302}\u{303}".repeat(2000);
    let (sent, heard) = sending(vec![taken()], &text(&apart, vec![], None)).await;
    sent.unwrap();
    assert_eq!(heard[0].json()["message"]["text"].as_str().unwrap().chars().count(), 2000);
}
