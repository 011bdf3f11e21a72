//! Telegram: updates by webhook and by polling, sends, limits, blocking.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulator::telegram::{Act, Bot};
use simulator::{CallKind, Fault, Rule};

use crate::stage::{Answer, OurSide, Reply, Stage, answer};

const TOKEN: &str = "123456789:AADemoDemoDemoDemoDemoDemoDemoDemoDe";

async fn stage() -> (Stage, OurSide, String, i64) {
    let stage = Stage::new().await;
    let telegram = stage.simulator.telegram();
    let bot = telegram.add_bot(Bot { token: TOKEN.into(), name: "1022".into(), username: "doithoai_bot".into() }).unwrap();
    let chat = telegram.add_person(&bot, "An").unwrap();
    (stage, OurSide::start().await, bot, chat)
}

async fn call(stage: &Stage, method: &str, body: Value) -> Answer {
    answer(stage.client.post(stage.url(&format!("/bot{TOKEN}/{method}"))).json(&body).send().await.unwrap()).await
}

#[tokio::test]
async fn updates_come_with_the_secret_and_are_tried_again() {
    let (stage, ours, bot, chat) = stage().await;
    let telegram = stage.simulator.telegram();
    telegram.act(&bot, chat, Act::Text { text: "trước".into(), reply_to: None }).unwrap();
    let hook = json!({"url": ours.url, "secret_token": "geheim-1", "allowed_updates": ["message", "callback_query", "edited_message"]});
    assert_eq!(call(&stage, "setWebhook", hook).await.1["result"], true);
    stage.simulator.settled().await;
    assert_eq!(ours.take()[0].json()["message"]["text"], "trước", "what was kept goes to the new webhook");
    ours.answer_next([Reply::Status(500)]);
    telegram.act(&bot, chat, Act::Start { parameter: "hcm".into() }).unwrap();
    stage.simulator.settled().await;
    let (_, info) = call(&stage, "getWebhookInfo", json!({})).await;
    assert_eq!(
        (info["result"]["pending_update_count"].as_u64(), info["result"]["last_error_date"].as_i64()),
        (Some(1), Some(1_790_000_000))
    );
    stage.simulator.advance(SignedDuration::from_secs(1));
    stage.simulator.settled().await;
    let posts = ours.take();
    assert_eq!((posts.len(), posts[1].header("x-telegram-bot-api-secret-token")), (2, Some("geheim-1")));
    let update = posts[1].json();
    assert_eq!((update["update_id"].as_i64(), update["message"]["text"].as_str()), (Some(900_000_002), Some("/start hcm")));
    telegram.act(&bot, chat, Act::Block).unwrap();
    stage.simulator.settled().await;
    assert!(ours.take().is_empty(), "my_chat_member was not asked for");
    assert_eq!(call(&stage, "getUpdates", json!({})).await.0, 409);
    assert_eq!(call(&stage, "setWebhook", json!({"url": "http://example.com"})).await.0, 400, "HTTPS");
}

#[tokio::test]
async fn updates_can_be_fetched_instead() {
    let (stage, _ours, bot, chat) = stage().await;
    let telegram = stage.simulator.telegram();
    telegram.act(&bot, chat, Act::Text { text: "một".into(), reply_to: None }).unwrap();
    telegram.act(&bot, chat, Act::Contact { phone: "+84900000001".into() }).unwrap();
    let (_, first) = call(&stage, "getUpdates", json!({"limit": 1})).await;
    assert_eq!(first["result"].as_array().unwrap().len(), 1);
    let next = first["result"][0]["update_id"].as_i64().unwrap() + 1;
    let (_, second) = call(&stage, "getUpdates", json!({"offset": next})).await;
    assert_eq!(second["result"][0]["message"]["contact"]["user_id"], chat);
    let later = async {
        tokio::task::yield_now().await;
        telegram.act(&bot, chat, Act::Text { text: "ba".into(), reply_to: None }).unwrap();
    };
    let (waited, ()) = tokio::join!(call(&stage, "getUpdates", json!({"offset": next + 1, "timeout": 10})), later);
    assert_eq!(waited.1["result"][0]["message"]["text"], "ba");
}

#[tokio::test]
async fn a_bot_writes_to_whom_it_may() {
    let (stage, _ours, bot, chat) = stage().await;
    let telegram = stage.simulator.telegram();
    let send = async |body: Value| call(&stage, "sendMessage", body).await;
    let text = |text: &str| json!({"chat_id": chat, "text": text});
    assert_eq!(send(text("chào")).await.0, 403, "not started");
    telegram.act(&bot, chat, Act::Start { parameter: String::new() }).unwrap();
    let keyboard = json!({"inline_keyboard": [[{"text": "Hài lòng", "callback_data": "r:5"}]]});
    let (status, sent) = send(json!({"chat_id": chat, "text": "Đã nhận", "reply_markup": keyboard})).await;
    assert_eq!((status, sent["result"]["chat"]["id"].as_i64()), (200, Some(chat)));
    let number = sent["result"]["message_id"].as_i64().unwrap();
    telegram.act(&bot, chat, Act::Callback { message: number, data: "r:5".into() }).unwrap();
    let (_, updates) = call(&stage, "getUpdates", json!({})).await;
    assert_eq!(updates["result"][1]["callback_query"]["data"], "r:5");
    for (body, status) in [
        (text(""), 400),
        (text(&"a".repeat(4_096)), 200),
        (text(&"a".repeat(4_097)), 400),
        (json!({"chat_id": 1, "text": "a"}), 400),
        (json!({"chat_id": chat, "text": "a", "reply_parameters": {"message_id": 9_999}}), 400),
        (
            json!({"chat_id": chat, "text": "a", "reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "x".repeat(65)}]]}}),
            400,
        ),
    ] {
        assert_eq!(send(body).await.0, status);
    }
    let edit = json!({"chat_id": chat, "message_id": number, "text": "Đã nhận"});
    assert_eq!(call(&stage, "editMessageText", edit).await.1["description"], "Bad Request: message is not modified");
    telegram.add_fault(Rule::next(CallKind::Send, Fault::TooMany)).unwrap();
    let (status, flood) = send(text("b")).await;
    assert_eq!((status, flood["parameters"]["retry_after"].as_u64()), (429, Some(35)));
    telegram.act(&bot, chat, Act::Block).unwrap();
    assert_eq!(send(text("c")).await.1["description"], "Forbidden: bot was blocked by the user");
    telegram.revoke_token(&bot);
    assert_eq!(call(&stage, "getMe", json!({})).await.0, 401);
}

#[tokio::test]
async fn files_go_both_ways() {
    let (stage, _ours, bot, chat) = stage().await;
    stage.simulator.telegram().act(&bot, chat, Act::Photo { caption: "ảnh".into() }).unwrap();
    let (_, updates) = call(&stage, "getUpdates", json!({})).await;
    let file_id = updates["result"][0]["message"]["photo"][0]["file_id"].clone();
    let (_, file) = call(&stage, "getFile", json!({"file_id": file_id})).await;
    let path = file["result"]["file_path"].as_str().unwrap();
    let fetched = stage.client.get(stage.url(&format!("/file/bot{TOKEN}/{path}"))).send().await.unwrap();
    assert_eq!(fetched.bytes().await.unwrap().len() as u64, file["result"]["file_size"].as_u64().unwrap());

    let part = reqwest::multipart::Part::bytes(b"%PDF-1.7".to_vec()).file_name("gp.pdf");
    let form = reqwest::multipart::Form::new().text("chat_id", chat.to_string()).part("document", part);
    let sent = answer(stage.client.post(stage.url(&format!("/bot{TOKEN}/sendDocument"))).multipart(form).send().await.unwrap()).await;
    assert_eq!(sent.0, 200);
    assert!(sent.1["result"]["document"]["file_id"].is_string());
}
