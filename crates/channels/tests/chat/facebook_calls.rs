//! What is told to Facebook, and what its answers mean.

use channels::facebook::{self, Access, profile, send};
use channels::outbound::{Button, Content, Footing, Press, Recipient};
use channels::{Attachment, Error, Outbound, Receipt};
use serde_json::{Value, json};

use crate::wire::{Heard, Reply, Wire, client, impatient, nobody};

const TOKEN: &str = "EAADEMOPAGETOKEN";
const PROOF: &str = "?appsecret_proof=e548b6d33ee98e79a70e631093521964a234c40582daf447be29aa38c48d9364";
const SENT: &str = r#"{"recipient_id":"7000000000000001","message_id":"m_AbC"}"#;

pub fn access(base: &str) -> Access {
    Access {
        base: format!("{base}/v25.0"),
        page_id: "102030405060708".into(),
        page_token: TOKEN.into(),
        app_secret: Some("fb-demo-app-secret".into()),
    }
}

fn message(text: &str, buttons: Vec<Button>) -> Outbound {
    Outbound {
        id: "d-1".into(),
        recipient: Recipient::Person("7000000000000001".into()),
        footing: Footing::Answer,
        content: Content::Text { text: text.into(), buttons },
        reply_to: None,
    }
}

fn answer(title: &str, payload: &str) -> Button {
    Button { title: title.into(), press: Press::Answer(payload.into()) }
}

fn file(content_type: &str, octets: usize) -> Outbound {
    let file = Attachment {
        name: "ảnh.png".into(),
        content_type: content_type.into(),
        content_id: None,
        inline: false,
        bytes: vec![b'x'; octets],
    };
    Outbound { content: Content::File(file), ..message("", vec![]) }
}

/// Sends against one reply.
async fn tried(message: &Outbound, reply: Reply) -> (Result<Receipt, Error>, Heard) {
    let wire = Wire::open(vec![reply]).await;
    let result = facebook::send(&client(), &access(&wire.base), message).await;
    (result, wire.heard().await.remove(0))
}

/// What a message is on the wire.
async fn written(message: &Outbound) -> Value {
    let (result, heard) = tried(message, Reply::json(200, SENT)).await;
    assert_eq!(result.unwrap().external_id.as_deref(), Some("m_AbC"));
    assert_eq!(heard.line, format!("POST /v25.0/102030405060708/messages{PROOF}"));
    assert!(heard.fields.contains("authorization: Bearer EAADEMOPAGETOKEN"), "{}", heard.fields);
    serde_json::from_str(&heard.body).unwrap()
}

#[tokio::test]
async fn texts() {
    let plain = written(&message("Đã nhận phản ánh", vec![])).await;
    let to = json!({"id": "7000000000000001"});
    assert_eq!(plain, json!({"messaging_type": "RESPONSE", "recipient": to, "message": {"text": "Đã nhận phản ánh", "metadata": "d-1"}}));
    let human = written(&Outbound { footing: Footing::Human, ..message("x", vec![]) }).await;
    assert_eq!((human["messaging_type"].as_str(), human["tag"].as_str()), (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")));
    let private = written(&Outbound { recipient: Recipient::AuthorOf { comment: "55_1".into() }, ..message("x", vec![]) }).await;
    assert_eq!(private, json!({"recipient": {"comment_id": "55_1"}, "message": {"text": "x", "metadata": "d-1"}}));
}

#[tokio::test]
async fn buttons() {
    let share = Button { title: "Số điện thoại".into(), press: Press::ShareContact };
    let quick = written(&message("Chọn:", vec![answer("Có", "YES"), answer("Một câu dài hơn hai mươi chữ", "LONG"), share])).await;
    assert_eq!(
        quick["message"]["quick_replies"],
        json!([
            {"content_type": "text", "title": "Có", "payload": "YES"},
            {"content_type": "text", "title": "Một câu dài hơn hai…", "payload": "LONG"},
            {"content_type": "user_phone_number"},
        ])
    );
    let open = || Button { title: "Xem".into(), press: Press::Open("https://example.gov.vn/1".into()) };
    let template = written(&message("Chọn:", vec![answer("Có", "YES"), open()])).await;
    assert_eq!(
        template["message"]["attachment"]["payload"],
        json!({"template_type": "button", "text": "Chọn:", "buttons": [
            {"type": "postback", "title": "Có", "payload": "YES"},
            {"type": "web_url", "title": "Xem", "url": "https://example.gov.vn/1"},
        ]})
    );
    assert!(template["message"].get("text").is_none(), "text or attachment, not both");
    let long = "x".repeat(641);
    let in_the_text = written(&message(&long, vec![answer("Có", "YES"), open()])).await;
    assert_eq!(in_the_text["message"]["text"].as_str().unwrap(), format!("{long}\nXem: https://example.gov.vn/1"));
    assert_eq!(in_the_text["message"]["quick_replies"][0]["payload"], "YES");
    for wrong in [vec![answer("a", "b"); 14], vec![answer("a", &"b".repeat(1001))]] {
        let result = facebook::send(&client(), &access(&nobody().await), &message("x", wrong)).await;
        assert!(matches!(result, Err(Error::Rejected(_))), "{result:?}");
    }
}

#[tokio::test]
async fn files_are_uploaded_and_then_sent() {
    let wire = Wire::open(vec![Reply::json(200, r#"{"attachment_id":"1857777774821032"}"#), Reply::json(200, SENT)]).await;
    let receipt = facebook::send(&client(), &access(&wire.base), &file("image/png", 100)).await.unwrap();
    assert_eq!(receipt.external_id.as_deref(), Some("m_AbC"));
    let heard = wire.heard().await;
    assert_eq!(heard[0].line, format!("POST /v25.0/102030405060708/message_attachments{PROOF}"));
    assert!(heard[0].fields.contains("multipart/form-data"));
    for part in
        [r#"name="message""#, r#""is_reusable":true"#, r#""type":"image""#, r#"name="filedata"; filename="ảnh.png""#, &"x".repeat(100)]
    {
        assert!(heard[0].body.contains(part), "{part}: {}", heard[0].body);
    }
    let sent: Value = serde_json::from_str(&heard[1].body).unwrap();
    assert_eq!(sent["message"]["attachment"], json!({"type": "image", "payload": {"attachment_id": "1857777774821032"}}));

    let too_large = facebook::send(&client(), &access(&nobody().await), &file("image/png", 8 * 1024 * 1024 + 1)).await;
    assert!(matches!(too_large, Err(Error::Rejected(_))), "{too_large:?}");
    let under = Outbound { recipient: Recipient::UnderComment("55_1".into()), ..file("image/png", 1) };
    assert!(matches!(facebook::send(&client(), &access(&nobody().await), &under).await, Err(Error::Rejected(_))));
    // The upload's reply may get lost: nobody has got anything yet.
    assert!(matches!(tried(&file("image/png", 1), Reply::Reset).await.0, Err(Error::Unreachable(_))));
    assert_eq!(["image/png", "video/mp4", "audio/ogg", "application/pdf"].map(send::kind), ["image", "video", "audio", "file"]);
}

#[tokio::test]
async fn in_public() {
    let under = Outbound { recipient: Recipient::UnderComment("55_1".into()), ..message("Đã nhận, mã gửi qua tin nhắn", vec![]) };
    let (result, heard) = tried(&under, Reply::json(200, r#"{"id":"55_9"}"#)).await;
    assert_eq!(result.unwrap().external_id.as_deref(), Some("55_9"));
    assert_eq!(heard.line, format!("POST /v25.0/55_1/comments{PROOF}"));
    assert_eq!(serde_json::from_str::<Value>(&heard.body).unwrap(), json!({"message": "Đã nhận, mã gửi qua tin nhắn"}));
    let (result, _) = tried(&under, Reply::json(400, r#"{"error":{"message":"Duplicate","code":506}}"#)).await;
    assert!(matches!(result, Err(Error::Rejected(_))));

    for hidden in [true, false] {
        let wire = Wire::open(vec![Reply::json(200, r#"{"success":true}"#), Reply::json(200, r#"{"success":false}"#)]).await;
        let access = access(&wire.base);
        send::hide(&client(), &access, "55_1", hidden).await.unwrap();
        assert!(matches!(send::hide(&client(), &access, "55_1", hidden).await, Err(Error::Rejected(_))));
        let heard = wire.heard().await;
        assert_eq!(
            (heard[0].line.as_str(), heard[0].body.as_str()),
            (&*format!("POST /v25.0/55_1{PROOF}"), &*format!(r#"{{"is_hidden":{hidden}}}"#))
        );
    }
    // Ids come from outside: none leads to another address.
    for id in ["", "..", "1/2", "1?x=1", "1#", "%2e%2e", "1 2", "ế"] {
        let result = send::hide(&client(), &access(&nobody().await), id, true).await;
        assert!(matches!(result, Err(Error::Rejected(_))), "{id}: {result:?}");
    }
}

#[tokio::test]
async fn refusals_by_their_numbers() {
    let name = |error: &Error| match error {
        Error::Rejected(_) => "rejected",
        Error::Throttled { .. } => "throttled",
        Error::NotNow { .. } => "not now",
        Error::Unreachable(_) => "unreachable",
        Error::Misconfigured(_) => "misconfigured",
        Error::TokenExpired(_) => "token",
        Error::WindowClosed(_) => "window",
        Error::PersonGone(_) => "gone",
        Error::OutOfQuota(_) => "quota",
        Error::Lost(_) => "lost",
    };
    let table = [
        (500, 1, 0, "unreachable"),
        (500, 2, 0, "unreachable"),
        (400, 1200, 0, "unreachable"),
        (400, 4, 0, "throttled"),
        (400, 17, 0, "throttled"),
        (403, 32, 0, "throttled"),
        (400, 613, 0, "throttled"),
        (400, 10, 2018278, "window"),
        (200, 10, 2018278, "window"),
        (403, 10, 0, "misconfigured"),
        (403, 200, 0, "misconfigured"),
        (403, 230, 0, "misconfigured"),
        (400, 100, 2018001, "gone"),
        (400, 100, 33, "rejected"),
        (401, 190, 460, "misconfigured"),
        (200, 190, 0, "misconfigured"),
        (400, 368, 0, "misconfigured"),
        (400, 551, 0, "gone"),
        (403, 200, 1545041, "gone"),
        (400, 506, 0, "rejected"),
        (400, 9999, 0, "rejected"),
        (503, 9999, 0, "unreachable"),
        (429, 9999, 0, "throttled"),
    ];
    for (status, code, subcode, meaning) in table {
        let body = json!({"error": {"message": format!("No: {TOKEN}\nno"), "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "AbC"}});
        let (result, _) = tried(&message("x", vec![]), Reply::json(status, &body.to_string())).await;
        let error = result.unwrap_err();
        assert_eq!(name(&error), meaning, "{status} {code}/{subcode}: {error}");
        let said = error.to_string();
        assert!(said.contains(&format!("{code}/{subcode}")) && said.contains("AbC"), "{said}");
        assert!(!said.contains(TOKEN) && !said.contains('\n'), "{said}");
    }
    let wordless = [
        (200, "", "lost"),
        (200, "<html>", "lost"),
        (200, "{}", "lost"),
        (302, "", "misconfigured"),
        (400, "", "rejected"),
        (404, "<html>", "misconfigured"),
        (429, "", "throttled"),
        (500, "", "unreachable"),
        (502, "<html>", "lost"),
        (504, "", "lost"),
        (500, r#"{"error":"x"}"#, "unreachable"),
    ];
    for (status, body, meaning) in wordless {
        let (result, _) = tried(&message("x", vec![]), Reply::json(status, body)).await;
        let error = result.unwrap_err();
        assert_eq!(name(&error), meaning, "{status} {body}: {error}");
    }
    let (result, _) = tried(&message("x", vec![]), Reply::Answer(429, "retry-after: 17\r\n", String::new())).await;
    assert!(matches!(&result, Err(Error::Throttled { after: Some(after), .. }) if after.as_secs() == 17), "{result:?}");
}

#[tokio::test]
async fn broken_lines() {
    let message = message("x", vec![]);
    for reply in [Reply::Reset, Reply::Half] {
        let (result, _) = tried(&message, reply).await;
        assert!(matches!(result, Err(Error::Lost(_))), "{result:?}");
    }
    let wire = Wire::open(vec![Reply::Hang]).await;
    let hung = facebook::send(&impatient(), &access(&wire.base), &message).await;
    assert!(matches!(hung, Err(Error::Lost(_))), "{hung:?}");
    wire.heard().await;
    let refused = facebook::send(&client(), &access(&nobody().await), &message).await;
    assert!(matches!(refused, Err(Error::Unreachable(_))), "{refused:?}");
    for base in ["http://graph.example/v25.0", "ftp://x", "nothing"] {
        let result = facebook::send(&client(), &Access { base: base.into(), ..access("") }, &message).await;
        assert!(matches!(result, Err(Error::Misconfigured(_))), "{base}: {result:?}");
    }
}

#[tokio::test]
async fn the_page_and_its_people() {
    let wire = Wire::open(vec![
        Reply::json(200, r#"{"id":"102030405060708","name":"Trang 1022"}"#),
        Reply::json(200, r#"{"id":"5","name":"Khác"}"#),
        Reply::json(200, r#"{"first_name":"An","last_name":"Nguyễn Văn","id":"7"}"#),
        Reply::json(200, r#"{"id":"7"}"#),
        Reply::json(200, r#"{"success":true}"#),
        Reply::Reset,
    ])
    .await;
    let (client, access) = (client(), access(&wire.base));
    assert_eq!(profile::test(&client, &access).await.unwrap(), "Trang 1022");
    assert!(matches!(profile::test(&client, &access).await, Err(Error::Misconfigured(_))), "the token of another page");
    assert_eq!(profile::name(&client, &access, "7").await.unwrap().as_deref(), Some("Nguyễn Văn An"));
    assert_eq!(profile::name(&client, &access, "7").await.unwrap(), None);
    profile::subscribe(&client, &access).await.unwrap();
    assert!(matches!(profile::name(&client, &access, "7").await, Err(Error::Unreachable(_))), "a question may be asked again");
    let heard = wire.heard().await;
    assert!(heard[0].line.starts_with("GET /v25.0/me?fields=id%2Cname"), "{}", heard[0].line);
    assert!(heard[4].line.starts_with("POST /v25.0/102030405060708/subscribed_apps?subscribed_fields=messages%2C"), "{}", heard[4].line);
    assert!(heard.iter().all(|one| !one.line.contains(TOKEN)), "the token is in no address");
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", access("https://graph.facebook.com"));
    assert!(!shown.contains(TOKEN) && !shown.contains("secret") && shown.contains("102030405060708"), "{shown}");
}
