//! Webhooks that our side does not take: tried again, given up.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use simulator::{Options, State};

use crate::stage::{PAGE, Reply, Stage, VERIFY, options};

#[tokio::test]
async fn facebook_tries_again_less_and_less_often() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    ours.answer_next([Reply::Status(500), Reply::Status(201), Reply::Status(302)]);
    facebook.write(PAGE, &psid, "chào").unwrap();
    for (wait, arrived) in [(0, 1), (14, 0), (1, 1), (59, 0), (1, 1), (300, 1), (86_400, 0)] {
        stage.simulator.advance(SignedDuration::from_secs(wait));
        stage.simulator.settled().await;
        assert_eq!(ours.take().len(), arrived, "after {wait} s more");
    }
    let deliveries = stage.simulator.deliveries();
    assert_eq!(deliveries[0].state, State::Accepted);
    let statuses: Vec<_> = deliveries[0].attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(500), Some(201), Some(302), Some(200)], "anything but 200 is tried again");
}

#[tokio::test]
async fn messages_are_lost_after_an_hour_and_the_page_is_unsubscribed() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    ours.answer_next([Reply::Status(503); 100]);
    facebook.write(PAGE, &psid, "mất tin").unwrap();
    for _ in 0..70 {
        stage.simulator.settled().await;
        stage.simulator.advance(SignedDuration::from_mins(1));
    }
    stage.simulator.settled().await;
    let lost = &stage.simulator.deliveries()[0];
    assert_eq!((lost.state, lost.attempts.len()), (State::GivenUp, 6));
    assert!(facebook.subscribed_fields(PAGE).is_empty());
    ours.take();

    facebook.write(PAGE, &psid, "không ai nghe").unwrap();
    stage.simulator.settled().await;
    assert!(ours.take().is_empty());
    stage.graph(&format!("{PAGE}/subscribed_apps?subscribed_fields=messages"), json!({})).await;
    facebook.write(PAGE, &psid, "nghe lại").unwrap();
    stage.simulator.settled().await;
    assert_eq!(ours.take().len(), 1);
}

#[tokio::test]
async fn a_hanging_receiver_is_not_waited_for() {
    let options = Options { webhook_patience: Some(Duration::from_millis(80)), ..options() };
    let (stage, ours) = Stage::facebook_with(options).await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    ours.answer_next([Reply::Hang]);
    facebook.write(PAGE, &psid, "chào").unwrap();
    stage.simulator.settled().await;
    let delivery = &stage.simulator.deliveries()[0];
    assert_eq!((delivery.state, delivery.attempts[0].failure.as_deref()), (State::Waiting, Some("timed out")));
}

#[tokio::test]
async fn retries_can_be_hurried_in_real_time() {
    let clock = std::sync::Arc::new(std::sync::Mutex::new(jiff::Timestamp::from_second(crate::stage::START).unwrap()));
    let hand = std::sync::Arc::clone(&clock);
    let options = Options { clock: std::sync::Arc::new(move || *clock.lock().unwrap()), retry_speed: 1_000, ..options() };
    let (stage, ours) = Stage::facebook_with(options).await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    ours.answer_next([Reply::Status(500)]);
    facebook.write(PAGE, &psid, "chào").unwrap();
    stage.simulator.settled().await;
    *hand.lock().unwrap() += SignedDuration::from_millis(15);
    stage.simulator.settled().await;
    assert_eq!(ours.take().len(), 2, "15 s became 15 ms, by the caller's own clock");
}

#[tokio::test]
async fn many_events_share_one_post() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    let post = facebook.add_post(PAGE, "Hỏi gì cứ hỏi").unwrap();
    facebook.gather();
    facebook.write(PAGE, &psid, "một").unwrap();
    facebook.comment(PAGE, &psid, &post, "hai").unwrap();
    facebook.post_gathered();
    stage.simulator.settled().await;
    let posts = ours.take();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].json()["entry"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_test_in_another_language_can_do_all_of_it() {
    let stage = Stage::new().await;
    let ours = crate::stage::OurSide::start().await;
    let call = |method, path: &str, body| {
        let path = path.to_owned();
        let stage = &stage;
        async move { stage.control(method, &path, body).await }
    };
    assert_eq!(call(Method::POST, "facebook/apps", json!({"id": "1", "secret": "s"})).await.0, 200);
    let page = json!({"id": PAGE, "name": "Đối Thoại", "app": "1", "token": "EAADEMOPAGETOKEN"});
    assert_eq!(call(Method::POST, "facebook/pages", page.clone()).await.0, 200);
    assert_eq!(call(Method::POST, "facebook/pages", page).await.0, 422, "there already");
    let webhook = json!({"url": ours.url, "verify_token": "wrong"});
    assert_eq!(call(Method::PUT, "facebook/apps/1/webhook", webhook).await.0, 422);
    let webhook = json!({"url": ours.url, "verify_token": VERIFY});
    assert_eq!(call(Method::PUT, "facebook/apps/1/webhook", webhook).await.0, 200);

    let (_, person) = call(Method::POST, &format!("facebook/pages/{PAGE}/people"), json!({"name": "Nguyễn Văn A"})).await;
    let psid = person["id"].as_str().unwrap().to_owned();
    let acts = format!("facebook/pages/{PAGE}/people/{psid}/acts");
    let (_, said) = call(Method::POST, &acts, json!({"kind": "text", "text": "chào"})).await;
    assert!(said["id"].as_str().unwrap().starts_with("m_"));
    assert_eq!(call(Method::POST, &acts, json!({"kind": "text"})).await.0, 422);
    assert_eq!(call(Method::POST, "settle", json!({})).await.0, 200);
    assert_eq!(ours.take().len(), 1);
    assert_eq!(stage.send(&psid, "một").await.0, 200);

    let (_, sent) = call(Method::GET, &format!("facebook/sent?to={psid}"), json!({})).await;
    assert_eq!((sent["count"].as_u64(), sent["repeats"].as_array().map(Vec::len)), (Some(1), Some(0)));
    let (_, list) = call(Method::GET, "deliveries?vendor=facebook&event=messages", json!({})).await;
    assert_eq!(list["deliveries"][0]["attempts"][0]["status"], 200);
    let (_, clock) = call(Method::POST, "clock", json!({"advance_seconds": 3_600})).await;
    assert_eq!(clock["now"], "2026-09-21T15:13:20Z");
    let (_, overview) = call(Method::GET, "facebook", json!({})).await;
    assert_eq!((overview["pages"][0]["id"].as_str(), overview["apps"][0]["webhook"].as_str()), (Some(PAGE), Some(ours.url.as_str())));
    assert!(!overview.to_string().contains("EAADEMO"), "no secret is shown");
}
