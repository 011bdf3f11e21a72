//! Facebook in public: comments, private replies, subscriptions.

use jiff::SignedDuration;
use serde_json::json;
use simulator::facebook::Act;

use crate::stage::{PAGE, Stage, TOKEN, VERIFY, answer, graph_error};

#[tokio::test]
async fn comments_are_told_with_their_place() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let post = facebook.add_post(PAGE, "Hỏi gì cứ hỏi").unwrap();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    let comment = facebook.comment(PAGE, &psid, &post, "mất điện cả ngày").unwrap();
    let answer = Act::Comment { post: post.clone(), parent: Some(comment.clone()), text: "lô III".into(), photo: None };
    let second = facebook.act(PAGE, &psid, answer).unwrap();
    facebook.act(PAGE, &psid, Act::EditComment { comment: second.clone(), text: "lô III nhé".into() }).unwrap();
    facebook.act(PAGE, &psid, Act::RemoveComment { comment: second.clone() }).unwrap();
    stage.simulator.settled().await;

    let posts = ours.take();
    assert_eq!(posts[0].json()["entry"][0]["time"], 1_790_000_000, "seconds for changes");
    let changes: Vec<_> = posts.iter().map(|post| post.json()["entry"][0]["changes"][0]["value"].clone()).collect();
    assert_eq!(
        changes[0],
        json!({
            "item": "comment", "verb": "add", "comment_id": comment, "post_id": post, "parent_id": post,
            "from": {"id": psid, "name": "Nguyễn Văn A"}, "message": "mất điện cả ngày", "created_time": 1_790_000_000,
        })
    );
    assert_eq!(changes[1]["parent_id"], comment.as_str());
    assert_eq!((changes[2]["verb"].as_str(), changes[2]["message"].as_str()), (Some("edited"), Some("lô III nhé")));
    assert_eq!(changes[3]["verb"], "remove");
    assert!(changes[3].get("message").is_none(), "a removal carries no message");
    assert!(comment.starts_with(post.rsplit('_').next().unwrap()) && comment.split('_').count() == 2);
}

#[tokio::test]
async fn a_comment_has_one_private_reply_within_a_week_and_it_opens_no_window() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let post = facebook.add_post(PAGE, "Hỏi gì cứ hỏi").unwrap();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    let comment = facebook.comment(PAGE, &psid, &post, "mất điện").unwrap();
    let late = facebook.comment(PAGE, &psid, &post, "vẫn mất điện").unwrap();
    let reply = |comment: &str| json!({"recipient": {"comment_id": comment}, "message": {"text": "Đã nhận, mã 26"}});

    let (status, sent) = stage.graph("me/messages", reply(&comment)).await;
    assert_eq!((status, sent["recipient_id"].as_str()), (200, Some(psid.as_str())));
    assert_eq!(graph_error(&stage.graph("me/messages", reply(&comment)).await), (400, 10_900, 0));
    assert_eq!(graph_error(&stage.send(&psid, "nữa").await), (400, 10, 2_018_278), "the window opens when the person answers");
    facebook.write(PAGE, &psid, "vâng").unwrap();
    assert_eq!(stage.send(&psid, "nữa").await.0, 200);

    stage.simulator.advance(SignedDuration::from_hours(7 * 24 + 1));
    assert_eq!(graph_error(&stage.graph("me/messages", reply(&late)).await), (400, 10_903, 0));
    assert_eq!(graph_error(&stage.graph("me/messages", reply("1_2")).await), (400, 100, 33));
}

#[tokio::test]
async fn a_page_answers_hides_edits_and_deletes() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let post = facebook.add_post(PAGE, "Hỏi gì cứ hỏi").unwrap();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    let comment = facebook.comment(PAGE, &psid, &post, "mất điện").unwrap();
    stage.simulator.settled().await;
    ours.take();

    let (status, answered) = stage.graph(&format!("{comment}/comments"), json!({"message": "Đã nhận"})).await;
    assert_eq!(status, 200);
    let own = answered["id"].as_str().unwrap().to_owned();
    assert_eq!(graph_error(&stage.graph(&format!("{comment}/comments"), json!({"message": "Đã nhận"})).await), (400, 506, 0));
    assert_eq!(stage.graph(&comment, json!({"is_hidden": true})).await, (200, json!({"success": true})));
    assert_eq!(graph_error(&stage.graph(&own, json!({"is_hidden": true})).await), (403, 200, 0), "its own is not hidden");
    assert_eq!(graph_error(&stage.graph(&comment, json!({"message": "sửa lời người khác"})).await), (403, 200, 0));
    assert_eq!(stage.graph(&own, json!({"message": "Đã nhận rồi"})).await.0, 200);
    assert_eq!(stage.graph(&format!("{comment}/likes"), json!({})).await.0, 200);
    let delete = stage.client.delete(stage.url(&format!("/v25.0/{own}"))).bearer_auth(TOKEN);
    assert_eq!(answer(delete.send().await.unwrap()).await.0, 200);
    stage.simulator.settled().await;

    let seen: Vec<_> = ours
        .changes()
        .iter()
        .map(|value| (value["verb"].as_str().unwrap().to_owned(), value["from"]["id"].as_str().unwrap().to_owned()))
        .collect();
    let by = |verb: &str, who: &str| (verb.to_owned(), who.to_owned());
    let mut expected = vec![by("add", PAGE), by("hide", &psid), by("edited", PAGE), by("remove", PAGE)];
    let mut seen_sorted = seen;
    seen_sorted.sort();
    expected.sort();
    assert_eq!(seen_sorted, expected, "the page's own comments arrive as well");

    let (_, list) = stage.graph_get(&format!("{post}/comments?fields=message,is_hidden,can_reply_privately&filter=stream")).await;
    assert_eq!(list["data"], json!([{"id": comment, "message": "mất điện", "is_hidden": true, "can_reply_privately": true}]));
    let (_, feed) = stage.graph_get("me/feed?fields=message,comments{message}").await;
    assert_eq!(feed["data"][0]["comments"]["data"][0]["message"], "mất điện");
}

#[tokio::test]
async fn a_page_hears_only_what_it_subscribed_to() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    let post = facebook.add_post(PAGE, "Hỏi gì cứ hỏi").unwrap();
    let subscribe = async |fields: &str| stage.graph(&format!("{PAGE}/subscribed_apps?subscribed_fields={fields}"), json!({})).await;
    assert_eq!(subscribe("feed").await, (200, json!({"success": true})));
    assert_eq!(graph_error(&subscribe("nonsense").await), (400, 100, 0));
    facebook.write(PAGE, &psid, "chào").unwrap();
    facebook.comment(PAGE, &psid, &post, "chào").unwrap();
    stage.simulator.settled().await;
    assert_eq!(ours.take().len(), 1);
    assert_eq!(facebook.subscribed_fields(PAGE), ["feed"]);

    let delete = stage.client.delete(stage.url(&format!("/v25.0/{PAGE}/subscribed_apps"))).bearer_auth(TOKEN);
    assert_eq!(answer(delete.send().await.unwrap()).await.0, 200);
    facebook.comment(PAGE, &psid, &post, "còn đó không").unwrap();
    stage.simulator.settled().await;
    assert!(ours.take().is_empty());
}

#[tokio::test]
async fn a_webhook_is_connected_only_after_the_handshake() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    facebook.connect_webhook("1234567", &ours.url, "wrong").await.unwrap_err();
    facebook.connect_webhook("999", &ours.url, VERIFY).await.unwrap_err();
    let body = json!({
        "access_token": "1234567|fb-demo-app-secret", "object": "page", "callback_url": ours.url, "verify_token": VERIFY, "fields": "messages",
    });
    let answered = answer(stage.client.post(stage.url("/v25.0/1234567/subscriptions")).json(&body).send().await.unwrap()).await;
    assert_eq!(answered, (200, json!({"success": true})));
    let mut wrong = body;
    wrong["verify_token"] = "wrong".into();
    let answered = answer(stage.client.post(stage.url("/v25.0/1234567/subscriptions")).json(&wrong).send().await.unwrap()).await;
    assert_eq!(graph_error(&answered), (400, 2_200, 0));
}

#[tokio::test]
async fn a_visitors_post_and_a_mention_are_told() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    let post = facebook.act(PAGE, &psid, Act::Post { text: "Kẹt hàng ở cảng".into() }).unwrap();
    facebook.act(PAGE, &psid, Act::Mention { text: "Nhờ trang giúp".into() }).unwrap();
    stage.simulator.settled().await;
    let posts = ours.take();
    let change = |n: usize| posts[n].json()["entry"][0]["changes"][0].clone();
    assert_eq!((change(0)["field"].as_str(), change(0)["value"]["post_id"].as_str()), (Some("feed"), Some(post.as_str())));
    assert_eq!(change(1)["field"], "mention");
    assert!(change(1)["value"].get("from").is_none());
    let reply = json!({"recipient": {"post_id": post}, "message": {"text": "Đã nhận"}});
    assert_eq!(stage.graph("me/messages", reply).await.0, 200);
}
