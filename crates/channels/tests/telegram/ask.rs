//! Presses answered, webhooks set, updates and files fetched.

use channels::Error;
use channels::telegram::send::answer_press;
use channels::telegram::{file, parse, poll, webhook};
use serde_json::json;

use crate::wire::{Reply, Wire, client};
use crate::{TOKEN, access, kind};

fn done() -> Reply {
    Reply::json(200, r#"{"ok":true,"result":true}"#)
}

#[tokio::test]
async fn a_press_is_answered_and_an_old_one_is_no_fault() {
    let wire = Wire::open(vec![
        done(),
        Reply::json(400, r#"{"ok":false,"error_code":400,"description":"Bad Request: query is too old and response timeout expired"}"#),
        Reply::json(400, r#"{"ok":false,"error_code":400,"description":"Bad Request: x"}"#),
        Reply::Reset,
    ])
    .await;
    let access = access(&wire.base);
    answer_press(&client(), &access, "p1", Some(&"ơ".repeat(300))).await.unwrap();
    answer_press(&client(), &access, "p1", None).await.unwrap();
    assert_eq!(kind(&answer_press(&client(), &access, "p1", None).await.unwrap_err()), "rejected");
    assert_eq!(kind(&answer_press(&client(), &access, "p1", None).await.unwrap_err()), "unreachable");
    let heard = wire.heard().await;
    assert_eq!(heard[0].json(), json!({"callback_query_id": "p1", "text": "ơ".repeat(200)}));
    assert_eq!(heard[1].json(), json!({"callback_query_id": "p1"}));
}

#[tokio::test]
async fn a_webhook_is_set_asked_for_and_taken_away() {
    let wire = Wire::open(vec![
        done(),
        Reply::json(
            200,
            r#"{"ok":true,"result":{"url":"https://1022.example/hooks/1","pending_update_count":3,"last_error_date":1790000000,"last_error_message":"Wrong response\n500"}}"#,
        ),
        Reply::json(200, r#"{"ok":true,"result":{"id":123456789,"is_bot":true,"first_name":"Tổng đài","username":"an_demo_bot"}}"#),
        done(),
    ])
    .await;
    let access = access(&wire.base);
    webhook::set(&client(), &access, "https://1022.example/hooks/1", "S3cret_-").await.unwrap();
    let info = webhook::info(&client(), &access).await.unwrap();
    assert_eq!((info.pending, info.last_error_at, info.last_error.as_deref()), (3, Some(1_790_000_000), Some("Wrong response 500")));
    let me = webhook::me(&client(), &access).await.unwrap();
    assert_eq!((me.id.as_str(), me.name.as_str(), me.username.as_str()), ("123456789", "Tổng đài", "an_demo_bot"));
    webhook::delete(&client(), &access).await.unwrap();
    let heard = wire.heard().await;
    assert_eq!(
        heard[0].json(),
        json!({"url": "https://1022.example/hooks/1", "secret_token": "S3cret_-",
            "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]})
    );
    assert_eq!(heard[2].line, format!("POST /bot{TOKEN}/getMe"));
}

#[tokio::test]
async fn updates_are_fetched_as_a_webhook_would_bring_them() {
    let wire = Wire::open(vec![
        Reply::json(200, r#"{"ok":true,"result":[{"update_id":7,"message":{"text":"a"}}, {"update_id":9,"poll":{}}]}"#),
        Reply::json(200, r#"{"ok":true,"result":[]}"#),
        Reply::json(200, r#"{"ok":true,"result":[{"update_id":9223372036854775807}]}"#),
        Reply::json(409, r#"{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active"}"#),
    ])
    .await;
    let access = access(&wire.base);
    let (updates, next) = poll::updates(&client(), &access, 0).await.unwrap();
    assert_eq!((updates.len(), next), (2, 10));
    assert_eq!(parse(updates[0].as_bytes()).unwrap()[0].external_id, "7");
    assert_eq!(poll::updates(&client(), &access, next).await, Ok((vec![], 10)));
    assert_eq!(poll::updates(&client(), &access, next).await.unwrap().1, i64::MAX);
    assert_eq!(kind(&poll::updates(&client(), &access, next).await.unwrap_err()), "misconfigured");
    assert_eq!(wire.heard().await[1].json()["offset"], json!(10));
}

#[tokio::test]
async fn a_file_is_found_and_leads_nowhere_else() {
    let path = |path: &str| -> Reply {
        let body = json!({"ok": true, "result": {"file_id": "f", "file_path": path}}).to_string();
        Reply::json(200, &body)
    };
    let wire = Wire::open(vec![path("photos/file_1.jpg")]).await;
    let address = file::address(&client(), &access(&wire.base), "f").await.unwrap();
    assert_eq!(address, format!("{}/file/bot{TOKEN}/photos/file_1.jpg", wire.base));
    for bad in ["", "../x", "a/../x", "/etc/passwd", "a//b", "a?b", "a b", "http://x.example/", "a#b", "%2e%2e/x", ".env"] {
        let wire = Wire::open(vec![path(bad)]).await;
        let result = file::address(&client(), &access(&wire.base), "f").await;
        assert!(matches!(result, Err(Error::Rejected(_))), "{bad}: {result:?}");
    }
    let wire = Wire::open(vec![Reply::json(400, r#"{"ok":false,"error_code":400,"description":"Bad Request: file is too big"}"#)]).await;
    assert_eq!(kind(&file::address(&client(), &access(&wire.base), "f").await.unwrap_err()), "rejected");
}
