//! Viber: the handshake, signed events, sends, the welcome message.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulator::viber::{Act, Bot};
use simulator::{CallKind, Fault, Rule};

use crate::stage::{OurSide, Reply, Stage, answer};

const TOKEN: &str = "44aaaa0000000001-0123456789abcdef-0123456789abcdef";

async fn stage() -> (Stage, OurSide) {
    let stage = Stage::new().await;
    stage.simulator.viber().add_bot(Bot { uri: "doithoai".into(), name: "1022".into(), token: TOKEN.into() });
    (stage, OurSide::start().await)
}

async fn call(stage: &Stage, path: &str, body: Value) -> Value {
    let request = stage.client.post(stage.url(&format!("/pa/{path}"))).header("x-viber-auth-token", TOKEN).json(&body);
    answer(request.send().await.unwrap()).await.1
}

async fn connected() -> (Stage, OurSide) {
    let (stage, ours) = stage().await;
    assert_eq!(call(&stage, "set_webhook", json!({"url": ours.url})).await["status"], 0);
    let event = ours.take().remove(0).json();
    assert_eq!(event["event"], "webhook");
    (stage, ours)
}

#[tokio::test]
async fn a_webhook_is_set_only_where_it_is_answered() {
    let (stage, ours) = stage().await;
    ours.answer_next([Reply::Status(500)]);
    assert_eq!(call(&stage, "set_webhook", json!({"url": ours.url})).await["status"], 1);
    assert_eq!(call(&stage, "set_webhook", json!({"url": "http://127.0.0.1:1/"})).await["status"], 1);
    let known = call(&stage, "get_account_info", json!({})).await;
    assert_eq!((known["status"].as_u64(), known["webhook"].as_str()), (Some(0), Some("")));
    let by_body = stage.client.post(stage.url("/pa/get_account_info")).json(&json!({"auth_token": TOKEN}));
    assert_eq!(answer(by_body.send().await.unwrap()).await.1["status"], 0);
    let nobody = stage.client.post(stage.url("/pa/get_account_info")).json(&json!({"auth_token": "x"}));
    assert_eq!(answer(nobody.send().await.unwrap()).await.1["status"], 2);
}

#[tokio::test]
async fn a_message_and_its_answer() {
    let (stage, ours) = connected().await;
    let viber = stage.simulator.viber();
    let person = viber.add_person("doithoai", "Nguyễn Văn A").unwrap();
    let text =
        |text: &str| json!({"receiver": person, "sender": {"name": "Đối Thoại"}, "tracking_data": "tk-1", "type": "text", "text": text});
    assert_eq!(call(&stage, "send_message", text("chào")).await["status"], 6, "has not written");
    viber.act("doithoai", &person, Act::Text { text: "mất điện".into() }).unwrap();
    stage.simulator.settled().await;
    let post = ours.take().remove(0);
    assert_eq!(post.header("x-viber-content-signature").unwrap().len(), 64);
    assert!(post.json()["message_token"].as_u64().unwrap() > 1 << 53);

    let sent = call(&stage, "send_message", text("Đã tiếp nhận")).await;
    assert_eq!((sent["status"].as_u64(), sent["status_message"].as_str()), (Some(0), Some("ok")));
    viber.act("doithoai", &person, Act::Read).unwrap();
    viber.act("doithoai", &person, Act::Text { text: "vâng".into() }).unwrap();
    stage.simulator.settled().await;
    let events: Vec<_> = ours.take().iter().map(crate::stage::Post::json).collect();
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["delivered", "seen", "message"]);
    assert_eq!(events[0]["message_token"], sent["message_token"]);
    assert_eq!(events[2]["message"]["tracking_data"], "tk-1");
    let viber_says = |body: Value| call(&stage, "send_message", body);
    assert_eq!(viber_says(text(&"a".repeat(7_001))).await["status"], 3);
    assert_eq!(viber_says(json!({"receiver": person, "type": "text"})).await["status"], 4);
    assert_eq!(viber_says(json!({"receiver": "unknown=", "type": "text", "text": "a"})).await["status"], 5);
    assert_eq!(viber_says(json!({"receiver": person, "type": "text", "text": "a", "keyboard": {"Buttons": []}})).await["status"], 3);
    assert_eq!(
        viber_says(json!({"receiver": person, "type": "text", "text": "a", "pad": "b".repeat(31 << 10)})).await["status"],
        3,
        "30 kB"
    );
    viber.add_fault(Rule::next(CallKind::Send, Fault::TooMany)).unwrap();
    assert_eq!(viber_says(text("b")).await["status"], 12);
    viber.act("doithoai", &person, Act::Unsubscribe).unwrap();
    assert_eq!(viber_says(text("c")).await["status"], 6);
    assert_eq!(viber.sent(None).len(), 1);
    assert_eq!(stage.control(reqwest::Method::DELETE, "viber/sent", json!({})).await.0, 200);
    assert_eq!(stage.control(reqwest::Method::GET, "viber/sent", json!({})).await.1["total"], 0);
}

#[tokio::test]
async fn details_may_be_asked_for_twice_in_twelve_hours() {
    let (stage, _ours) = connected().await;
    let person = stage.simulator.viber().add_person("doithoai", "Nguyễn Văn A").unwrap();
    for status in [0, 0, 12] {
        assert_eq!(call(&stage, "get_user_details", json!({"id": person})).await["status"], status);
    }
    stage.simulator.advance(SignedDuration::from_hours(12));
    assert_eq!(call(&stage, "get_user_details", json!({"id": person})).await["user"]["name"], "Nguyễn Văn A");
}

#[tokio::test]
async fn one_message_welcomes_whoever_opens_the_chat() {
    let (stage, ours) = connected().await;
    let viber = stage.simulator.viber();
    let person = viber.add_person("doithoai", "Nguyễn Văn A").unwrap();
    ours.answer_next([Reply::Body(r#"{"type":"text","text":"1022 xin chào"}"#)]);
    viber.act("doithoai", &person, Act::Open { context: "hcm".into() }).unwrap();
    stage.simulator.settled().await;
    assert_eq!(viber.sent(Some(&person))[0].text, "1022 xin chào");
    let more = json!({"receiver": person, "type": "text", "text": "còn nữa"});
    assert_eq!(call(&stage, "send_message", more).await["status"], 6, "exactly one");
}
