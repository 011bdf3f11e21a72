//! The phone page through its forms, as a browser without scripts uses it.

use futures_util::StreamExt;
use serde_json::json;
use simulator::facebook;

use crate::stage::{OA, OurSide, PAGE, SECRET, Stage, TOKEN, VERIFY, zalo_result};

/// Both vendors set up, one player.
async fn stage() -> (Stage, OurSide) {
    let (stage, ours) = Stage::zalo().await;
    let fb = stage.simulator.facebook();
    fb.add_app(facebook::App::new("1234567", SECRET));
    fb.add_page(facebook::Page::new(PAGE, "Đối Thoại", "1234567", TOKEN)).unwrap();
    fb.connect_webhook("1234567", &ours.url, VERIFY).await.unwrap();
    let location = press(&stage, "/phone/people", &[("name", "Cơ khí <b>Đông Nam</b>"), ("network", "zalo")]).await;
    assert_eq!(location, "/?network=zalo&person=1#viet");
    (stage, ours)
}

/// Sends a form; where the browser is sent next.
pub async fn press(stage: &Stage, path: &str, form: &[(&str, &str)]) -> String {
    let response = stage.client.post(stage.url(path)).form(form).send().await.unwrap();
    assert_eq!(response.status(), 303, "{path}");
    response.headers()["location"].to_str().unwrap().to_owned()
}

pub async fn page(stage: &Stage, query: &str) -> String {
    let response = stage.client.get(stage.url(&format!("/?{query}"))).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

#[tokio::test]
async fn a_business_writes_on_zalo_and_presses_a_button() {
    let (stage, ours) = stage().await;
    press(&stage, "/phone/zalo/1/text", &[("text", "mat dien <script>alert(1)</script>")]).await;
    stage.simulator.settled().await;
    let (name, body) = ours.events().remove(0);
    assert_eq!((name.as_str(), body["message"]["text"].as_str()), ("user_send_text", Some("mat dien <script>alert(1)</script>")));
    let person = body["sender"]["id"].as_str().unwrap();

    let buttons = json!({"recipient": {"user_id": person}, "message": {"attachment": {"type": "template", "payload": {
        "template_type": "button", "text": "Đúng không ạ?", "buttons": [{"title": "Đúng ạ", "type": "oa.query.show", "payload": "DUNG"}]}}}});
    let message = zalo_result(stage.zalo_post("/v3.0/oa/message/cs", buttons).await).1["message_id"].clone();
    let shown = page(&stage, "network=zalo&person=1").await;
    assert!(shown.contains("Đúng không ạ?") && shown.contains(">Đúng ạ</button>"), "{shown}");
    assert!(!shown.contains("<script>alert") && !shown.contains("<b>Đông"), "what people write is text");
    stage.simulator.settled().await;
    assert!(ours.events().iter().any(|(name, _)| name == "user_seen_message"), "who looks at the chat has seen it");

    press(&stage, "/phone/zalo/1/tap", &[("message", message.as_str().unwrap()), ("index", "0")]).await;
    press(&stage, "/phone/zalo/1/contact", &[]).await;
    press(&stage, "/phone/zalo/1/follow", &[]).await;
    stage.simulator.settled().await;
    let names: Vec<_> = ours.events().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["user_send_text", "user_submit_info", "follow"]);
    let shown = page(&stage, "network=zalo&person=1").await;
    assert!(shown.contains("Bỏ quan tâm"));
    assert!(shown.contains("tin nhắn mới") && shown.contains("Máy chủ đã nhận (200) sau"), "what just happened is told");
}

#[tokio::test]
async fn a_photo_goes_with_an_address_of_its_own() {
    let (stage, ours) = stage().await;
    let send = async |network: &str, bytes: Vec<u8>| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("anh.png");
        let form = reqwest::multipart::Form::new().part("picture", part);
        let response = stage.client.post(stage.url(&format!("/phone/{network}/1/picture"))).multipart(form).send().await.unwrap();
        assert_eq!(response.status(), 303);
        response.headers()["location"].to_str().unwrap().to_owned()
    };
    let png = b"\x89PNG\r\n\x1a\n rest".to_vec();
    send("zalo", png.clone()).await;
    send("messenger", png.clone()).await;
    stage.simulator.settled().await;
    let mut posts: Vec<_> = ours.take().iter().map(super::stage::Post::json).collect();
    posts.sort_by_key(|post| post.get("event_name").is_none());
    let zalo = posts[0]["message"]["attachments"][0]["payload"]["url"].as_str().unwrap();
    let facebook = posts[1]["entry"][0]["messaging"][0]["message"]["attachments"][0]["payload"]["url"].as_str().unwrap();
    for url in [zalo, facebook] {
        let response = stage.client.get(url).send().await.unwrap();
        assert_eq!(
            (response.headers()["content-type"].as_bytes(), response.headers()["x-content-type-options"].as_bytes()),
            (&b"image/png"[..], &b"nosniff"[..])
        );
        assert_eq!(response.bytes().await.unwrap(), png);
    }
    let error = send("zalo", b"<svg onload=alert(1)>".to_vec()).await;
    assert!(error.contains("error=picture"), "{error}");
    assert!(page(&stage, "network=zalo&person=1&error=picture").await.contains("hãy chọn một ảnh"));
    let mut large = png;
    large.resize(9 << 20, 0);
    assert!(send("zalo", large).await.contains("error=picture"), "over 8 MB");
    stage.simulator.settled().await;
    assert!(ours.take().is_empty());
}

#[tokio::test]
async fn comments_are_public_and_the_private_reply_waits_in_messenger() {
    let (stage, ours) = stage().await;
    let post = stage.simulator.facebook().add_post(PAGE, "Anh/chị vướng gì?").unwrap();
    press(&stage, "/phone/people", &[("name", "Chị Hoa"), ("network", "post")]).await;
    press(&stage, "/phone/post/1/comment", &[("post", &post), ("text", "ngập trước kho")]).await;
    stage.simulator.settled().await;
    let change = ours.changes().remove(0);
    let comment = change["comment_id"].as_str().unwrap();
    press(&stage, "/phone/post/2/comment", &[("post", &post), ("parent", comment), ("text", "bên em cũng vậy")]).await;
    let reply = json!({"recipient": {"comment_id": comment}, "message": {"text": "Mã 26 4075 001 2"}});
    assert_eq!(stage.graph("me/messages", reply).await.0, 200);

    let shown = page(&stage, "network=post&person=1").await;
    assert!(shown.contains("bên em cũng vậy") && shown.contains("Có 1 tin nhắn riêng ở Messenger"), "{shown}");
    assert!(!shown.contains("<p class=\"said\">Mã 26 4075 001 2"), "no private reply in public");
    assert!(!page(&stage, "network=messenger&person=2").await.contains("<p class=\"said\">Mã 26"), "nor with another person");
    assert!(page(&stage, "network=messenger&person=1").await.contains("<p class=\"said\">Mã 26 4075 001 2"));

    assert_eq!(stage.graph(comment, json!({"is_hidden": true})).await.0, 200);
    assert!(page(&stage, "network=post&person=1").await.contains("trang đã ẩn"));
    assert!(!page(&stage, "network=post&person=2").await.contains("ngập trước kho"), "others do not see it");
    let refused = press(&stage, "/phone/post/2/remove", &[("comment", comment)]).await;
    assert!(refused.contains("error=missing"), "only one's own");
    press(&stage, "/phone/post/1/remove", &[("comment", comment)]).await;
    assert!(!page(&stage, "network=post&person=1").await.contains("ngập trước kho"));
}

#[tokio::test]
async fn quick_replies_of_messenger_are_buttons_until_the_next_message() {
    let (stage, ours) = stage().await;
    press(&stage, "/phone/messenger/1/text", &[("text", "chào")]).await;
    stage.simulator.settled().await;
    let psid = ours.messaging("message")[0]["sender"]["id"].as_str().unwrap().to_owned();
    let asked = json!({"recipient": {"id": psid}, "message": {"text": "Việc gì?", "quick_replies": [{"content_type": "text", "title": "Thuế", "payload": "TAX"}]}});
    let mid = stage.graph("me/messages", asked).await.1["message_id"].as_str().unwrap().to_owned();
    assert!(page(&stage, "network=messenger&person=1").await.contains(">Thuế</button>"));
    press(&stage, "/phone/messenger/1/tap", &[("message", &mid), ("index", "0")]).await;
    stage.simulator.settled().await;
    let said = ours.messaging("message").into_iter().find(|item| item["sender"]["id"] == psid.as_str()).unwrap();
    assert_eq!(said["message"]["quick_reply"]["payload"], "TAX");
    assert!(!page(&stage, "network=messenger&person=1").await.contains(">Thuế</button>"));
}

#[tokio::test]
async fn odd_requests_are_answered_and_change_nothing() {
    let (stage, ours) = stage().await;
    for (path, form) in [
        ("/phone/zalo/999/text", vec![("text", "chào")]),
        ("/phone/zalo/1/text", vec![("text", "   ")]),
        ("/phone/zalo/1/tap", vec![("message", "unknown"), ("index", "0")]),
        ("/phone/post/1/comment", vec![("post", "unknown"), ("text", "chào")]),
        ("/phone/people", vec![("name", " ")]),
    ] {
        assert!(press(&stage, path, &form).await.contains("error="), "{path}");
    }
    let location = press(&stage, "/phone/zalo/1%0d%0aX:%201&error=x/text", &[("text", "chào")]).await;
    assert!(!location.contains('\n') && !location.contains("X:"), "{location}");
    assert_eq!(stage.client.post(stage.url("/phone/pigeon/1/text")).form(&[("text", "a")]).send().await.unwrap().status(), 400);
    let foreign = stage.client.post(stage.url("/phone/zalo/1/text")).header("sec-fetch-site", "cross-site").form(&[("text", "a")]);
    assert_eq!(foreign.send().await.unwrap().status(), 403, "another site's form");
    stage.simulator.settled().await;
    assert!(ours.take().is_empty());
    assert!(page(&stage, "network=zalo&person=%3Cscript%3E&error=%3Cscript%3E").await.contains("Điện thoại thử"));
}

#[tokio::test]
async fn the_page_says_when_nobody_listens() {
    let stage = Stage::new().await;
    assert!(page(&stage, "").await.contains("Anh/chị đóng vai ai?"));
    press(&stage, "/phone/people", &[("name", "Chị Hoa")]).await;
    assert!(page(&stage, "").await.contains("chưa được đặt sẵn tài khoản nào"));
    let zalo = stage.simulator.zalo();
    zalo.add_app(simulator::zalo::App::new("1", "s"));
    zalo.add_account(simulator::zalo::Account::new(OA, "1022 TP.HCM", "1", "k")).unwrap();
    let shown = page(&stage, "").await;
    assert!(shown.contains("1022 TP.HCM") && shown.contains("Chưa có máy chủ nào nhận tin"), "an account that came later is used");
}

#[tokio::test]
async fn an_open_page_is_told_to_look_again() {
    let (stage, _ours) = stage().await;
    let response = stage.client.get(stage.url("/phone/zalo/1/live")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.bytes_stream();
    let look = "event: changed\ndata: 1\n\n";
    assert_eq!(events.next().await.unwrap().unwrap(), look, "something may have happened since the page was drawn");
    press(&stage, "/phone/zalo/1/text", &[("text", "chào")]).await;
    assert_eq!(events.next().await.unwrap().unwrap(), look);
}
