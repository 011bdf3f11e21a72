//! Messages and files on the wire, and what refusals mean.

use std::time::Duration;

use channels::outbound::{Button, Content, Footing, Press, Recipient};
use channels::telegram::{Access, send};
use channels::{Attachment, Error, Outbound, Receipt};
use serde_json::json;

use crate::wire::{Heard, Reply, Wire, client, impatient, nobody};
use crate::{TOKEN, access, kind};

fn taken() -> Reply {
    Reply::json(200, r#"{"ok":true,"result":{"message_id":77,"date":1790000000,"chat":{"id":700000001}}}"#)
}

fn text(text: &str, buttons: Vec<Button>, reply_to: Option<&str>) -> Outbound {
    Outbound {
        id: "o-1".into(),
        recipient: Recipient::Person("700000001".into()),
        footing: Footing::Answer,
        content: Content::Text { text: text.into(), buttons },
        reply_to: reply_to.map(str::to_owned),
    }
}

fn carrying(name: &str, bytes: &[u8]) -> Outbound {
    let content_type = "application/octet-stream".into();
    let file = Attachment { name: name.into(), content_type, content_id: None, inline: false, bytes: bytes.into() };
    Outbound { content: Content::File(file), ..text("", vec![], Some("41")) }
}

fn button(title: &str, press: Press) -> Button {
    Button { title: title.into(), press }
}

async fn sending(reply: Reply, outbound: &Outbound) -> (Result<Receipt, Error>, Heard) {
    let wire = Wire::open(vec![reply]).await;
    let result = send(&client(), &access(&wire.base), outbound).await;
    (result, wire.heard().await.remove(0))
}

#[tokio::test]
async fn a_text_is_sent_with_buttons_below() {
    let buttons = vec![button("Hài lòng", Press::Answer("r:5".into())), button("Xem hồ sơ", Press::Open("https://1022.example".into()))];
    let (sent, heard) = sending(taken(), &text("Đa\u{303} tiếp nhận", buttons, Some("41"))).await;
    assert_eq!(sent, Ok(Receipt { external_id: Some("77".into()), answer: "ok".into(), quota: None }));
    assert_eq!(heard.line, format!("POST /bot{TOKEN}/sendMessage"));
    assert!(heard.says("content-type: application/json"));
    assert_eq!(
        heard.json(),
        json!({"chat_id": "700000001", "text": "Đã tiếp nhận", "link_preview_options": {"is_disabled": true},
            "reply_parameters": {"message_id": 41, "allow_sending_without_reply": true},
            "reply_markup": {"inline_keyboard": [[{"text": "Hài lòng", "callback_data": "r:5"}], [{"text": "Xem hồ sơ", "url": "https://1022.example"}]]}})
    );
    let (_, heard) = sending(taken(), &text("Số?", vec![button("Gửi số điện thoại", Press::ShareContact)], None)).await;
    assert_eq!(
        heard.json()["reply_markup"],
        json!({"keyboard": [[{"text": "Gửi số điện thoại", "request_contact": true}]], "resize_keyboard": true, "one_time_keyboard": true})
    );
    let (_, heard) = sending(taken(), &text("a", vec![], Some("not ours"))).await;
    assert_eq!(heard.json(), json!({"chat_id": "700000001", "text": "a", "link_preview_options": {"is_disabled": true}}));
}

#[tokio::test]
async fn a_picture_is_a_photo_and_all_else_a_document() {
    let (sent, heard) = sending(taken(), &carrying("a.png", b"\x89PNG\r\n\x1a\n....")).await;
    assert_eq!(sent.unwrap().external_id.as_deref(), Some("77"));
    assert!(heard.line.ends_with("/sendPhoto"), "{}", heard.line);
    let body = heard.body;
    for part in ["name=\"chat_id\"", "700000001", "name=\"photo\"; filename=\"a.png\"", "name=\"reply_parameters\"", "\"message_id\":41"] {
        assert!(body.contains(part), "{part} in {body}");
    }
    let (_, heard) = sending(taken(), &carrying("a.pdf", b"%PDF-1.7")).await;
    assert!(heard.line.ends_with("/sendDocument") && heard.body.contains("name=\"document\"; filename=\"a.pdf\""));
}

#[tokio::test]
async fn what_telegram_has_no_message_for_is_refused_without_a_call() {
    let access = access(&nobody().await);
    for outbound in [
        text(&"ễ".repeat(4097), vec![], None),
        text("a", vec![button("a", Press::Answer("x".repeat(65)))], None),
        text("a", vec![button("a", Press::Answer(String::new()))], None),
        text("a", vec![button("Số", Press::ShareContact), button("b", Press::Answer("x".into()))], None),
        text("a", vec![button("b", Press::Answer("x".into())), button("Số", Press::ShareContact)], None),
        Outbound { recipient: Recipient::UnderComment("c".into()), ..text("a", vec![], None) },
        carrying("a.bin", &vec![0; 50 * 1024 * 1024 + 1]),
    ] {
        let result = send(&client(), &access, &outbound).await;
        assert!(matches!(result, Err(Error::Rejected(_))), "{result:?}");
    }
    let (sent, _) = sending(taken(), &text(&"e\u{302}\u{303}".repeat(4096), vec![], None)).await;
    sent.unwrap();
}

#[tokio::test]
async fn every_refusal_has_its_meaning() {
    for (status, body, expected) in [
        (
            429,
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#,
            "throttled",
        ),
        (401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, "misconfigured"),
        (404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#, "misconfigured"),
        (409, r#"{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}"#, "misconfigured"),
        (403, r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#, "person gone"),
        (403, r#"{"ok":false,"error_code":403,"description":"Forbidden: user is deactivated"}"#, "person gone"),
        (403, r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the group chat"}"#, "person gone"),
        (400, r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#, "person gone"),
        (
            400,
            r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded","parameters":{"migrate_to_chat_id":-1001}}"#,
            "person gone",
        ),
        (400, r#"{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}"#, "rejected"),
        (400, r#"{"ok":false,"error_code":400,"description":"Bad Request: can't parse entities"}"#, "rejected"),
        (413, r#"{"ok":false,"error_code":413,"description":"Request Entity Too Large"}"#, "rejected"),
        (500, r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#, "unreachable"),
        (502, r#"{"ok":false,"error_code":502,"description":"Bad Gateway"}"#, "unreachable"),
        (502, "<html>", "lost"),
        (504, "", "lost"),
        (500, "", "unreachable"),
        (403, "<html>", "misconfigured"),
        (429, "", "throttled"),
        (200, "<html>", "lost"),
        (200, r#"{"ok":false}"#, "lost"),
        (302, "", "misconfigured"),
    ] {
        let (result, _) = sending(Reply::json(status, body), &text("a", vec![], None)).await;
        assert_eq!(kind(&result.unwrap_err()), expected, "{status} {body}");
    }
    let (result, _) = sending(Reply::with(503, "Retry-After: 7\r\n", ""), &text("a", vec![], None)).await;
    assert!(matches!(result, Err(Error::Throttled { after: Some(after), .. }) if after.as_secs() == 7));
    for (seconds, waits) in [("35", 35), ("99999999999", 86_400)] {
        let body = format!(r#"{{"ok":false,"error_code":429,"description":"x","parameters":{{"retry_after":{seconds}}}}}"#);
        let (result, _) = sending(Reply::json(429, &body), &text("a", vec![], None)).await;
        assert_eq!(result, Err(Error::Throttled { after: Some(Duration::from_secs(waits)), reason: "429 x".into() }));
    }
}

#[tokio::test]
async fn silence_is_lost_and_a_closed_door_is_not() {
    for reply in [Reply::Reset, Reply::Half] {
        let (result, _) = sending(reply, &text("a", vec![], None)).await;
        assert_eq!(kind(&result.unwrap_err()), "lost");
    }
    let wire = Wire::open(vec![Reply::Hang]).await;
    let error = send(&impatient(), &access(&wire.base), &text("a", vec![], None)).await.unwrap_err();
    assert_eq!(kind(&error), "lost");
    let error = send(&client(), &access(&nobody().await), &text("a", vec![], None)).await.unwrap_err();
    assert_eq!(kind(&error), "unreachable");
    let base = nobody().await;
    for access in [
        access("http://telegram.example"),
        access("nothing"),
        Access { base: base.clone(), ..Access::new("") },
        Access { base: base.clone(), ..Access::new("1:AADemo/../x") },
        Access { base, ..Access::new("1:AADemo\n") },
    ] {
        let error = send(&client(), &access, &text("a", vec![], None)).await.unwrap_err();
        let expected = if access.token.ends_with('\n') { "unreachable" } else { "misconfigured" };
        assert_eq!(kind(&error), expected, "{access:?}");
    }
    assert_eq!(format!("{:?}", Access::new(TOKEN)), "telegram::Access(bot 123456789 at https://api.telegram.org)");
}
