//! Faults as the caller meets them.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use simulator::{CallKind, Fault, Rule, State};

use crate::stage::{PAGE, Stage, TOKEN, graph_error, options};

#[tokio::test]
async fn a_lost_reply_has_been_sent_and_echoed() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_crowd(PAGE, 1).unwrap().remove(0);
    facebook.add_fault(Rule::next(CallKind::Send, Fault::LostReply)).unwrap();
    let request = stage
        .client
        .post(stage.url("/v25.0/me/messages"))
        .bearer_auth(TOKEN)
        .json(&json!({"recipient": {"id": psid}, "message": {"text": "một"}}));
    let error = request.send().await.unwrap_err();
    assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
    stage.simulator.settled().await;

    let sent = facebook.sent(Some(&psid));
    assert_eq!((sent.len(), sent[0].answered, sent[0].text.as_str()), (1, false, "một"));
    assert_eq!(ours.messaging("message")[0]["message"]["mid"], sent[0].message_id.as_str());
    assert_eq!(stage.send(&psid, "một").await.0, 200);
    assert_eq!(facebook.repeats()[0].times, 2, "whoever sends again is found out");
}

#[tokio::test]
async fn a_reset_and_a_hang_do_nothing() {
    let (stage, _ours) = Stage::facebook_with(simulator::Options { hang: Duration::from_millis(50), ..options() }).await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_crowd(PAGE, 1).unwrap().remove(0);
    for fault in [Fault::Reset, Fault::Hang] {
        facebook.add_fault(Rule::next(CallKind::Send, fault)).unwrap();
        let request = stage
            .client
            .post(stage.url("/v25.0/me/messages"))
            .bearer_auth(TOKEN)
            .json(&json!({"recipient": {"id": psid}, "message": {"text": "một"}}));
        request.send().await.unwrap_err();
    }
    assert_eq!(facebook.sent_total(), 0);
    assert_eq!(stage.send(&psid, "một").await.0, 200, "the next call is well");
}

#[tokio::test]
async fn too_many_an_error_of_the_server_and_a_dying_token() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_crowd(PAGE, 1).unwrap().remove(0);
    facebook.add_fault(Rule::next(CallKind::Send, Fault::TooMany)).unwrap();
    facebook.add_fault(Rule::next(CallKind::Send, Fault::ServerError)).unwrap();
    facebook.add_fault(Rule::next(CallKind::Send, Fault::TokenExpired).after(1)).unwrap();
    assert_eq!(graph_error(&stage.send(&psid, "một").await), (429, 613, 0));
    assert_eq!(graph_error(&stage.send(&psid, "một").await), (500, 2, 0));
    assert_eq!(stage.send(&psid, "một").await.0, 200);
    assert_eq!(graph_error(&stage.send(&psid, "hai").await), (401, 190, 460));
    assert_eq!(graph_error(&stage.graph_get("me").await), (401, 190, 460), "it stays dead");
}

#[tokio::test]
async fn the_cap_holds_whatever_the_account() {
    let (stage, _ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_crowd(PAGE, 1).unwrap().remove(0);
    facebook.cap_sends(Some(2));
    for (text, status) in [("một", 200), ("hai", 200), ("ba", 429)] {
        assert_eq!(stage.send(&psid, text).await.0, status);
    }
    stage.simulator.advance(SignedDuration::from_secs(1));
    assert_eq!(stage.send(&psid, "ba").await.0, 200);
}

#[tokio::test]
async fn webhooks_come_twice_and_out_of_order() {
    let (stage, ours) = Stage::facebook().await;
    let facebook = stage.simulator.facebook();
    let psid = facebook.add_person(PAGE, "Nguyễn Văn A").unwrap();
    facebook.add_fault(Rule::next(CallKind::Webhook, Fault::Duplicate)).unwrap();
    facebook.add_fault(Rule::next(CallKind::Webhook, Fault::OutOfOrder)).unwrap();
    for text in ["một", "hai", "ba"] {
        facebook.write(PAGE, &psid, text).unwrap();
    }
    stage.simulator.settled().await;
    let texts: Vec<_> = ours.messaging("message").iter().map(|item| item["message"]["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, ["một", "một", "ba", "hai"]);

    facebook.add_fault(Rule::next(CallKind::Webhook, Fault::OutOfOrder)).unwrap();
    facebook.write(PAGE, &psid, "bốn").unwrap();
    stage.simulator.settled().await;
    assert!(ours.take().is_empty(), "held back to be overtaken");
    stage.simulator.advance(SignedDuration::from_secs(1));
    stage.simulator.settled().await;
    assert_eq!(ours.take().len(), 1, "but not for ever");
}

#[tokio::test]
async fn faults_are_set_and_read_over_http() {
    let (stage, _ours) = Stage::facebook().await;
    let psid = stage.simulator.facebook().add_crowd(PAGE, 1).unwrap().remove(0);
    let rules = json!({"rules": [{"call": "send", "fault": "too_many", "times": 1}], "per_second": 50});
    assert_eq!(stage.control(Method::PUT, "facebook/faults", rules).await.0, 200);
    assert_eq!(stage.send(&psid, "một").await.0, 429);
    let (_, faults) = stage.control(Method::GET, "facebook/faults", json!({})).await;
    assert_eq!(faults, json!({"rules": [], "per_second": 50}), "used up");
    let (status, refused) = stage.control(Method::PUT, "facebook/faults", json!({"rules": [{"call": "send", "fault": "duplicate"}]})).await;
    assert_eq!(status, 422, "{refused}");
    assert_eq!(stage.control(Method::DELETE, "facebook/faults", json!({})).await.0, 200);
    assert!(stage.simulator.deliveries().iter().all(|delivery| delivery.state == State::Accepted));
}

/// Many callers at once, every fault at its rate. What was sent is what was answered 200 and what was lost.
#[tokio::test]
async fn under_all_faults_the_ledger_is_the_truth() {
    let (stage, ours) = Stage::facebook_with(simulator::Options { hang: Duration::from_millis(20), ..options() }).await;
    let facebook = stage.simulator.facebook();
    let crowd = facebook.add_crowd(PAGE, 250).unwrap();
    for (fault, rate) in
        [(Fault::TooMany, 0.05), (Fault::ServerError, 0.03), (Fault::Hang, 0.02), (Fault::Reset, 0.02), (Fault::LostReply, 0.05)]
    {
        facebook.add_fault(Rule::at_rate(CallKind::Send, fault, rate)).unwrap();
    }
    let send = async |psid: &String| {
        let body = json!({"recipient": {"id": psid}, "message": {"text": "Đã nhận"}});
        let sent = stage.client.post(stage.url("/v25.0/me/messages")).bearer_auth(TOKEN).json(&body).send().await;
        sent.map(|answer| answer.status().as_u16()).unwrap_or(0)
    };
    let results: Vec<u16> = futures_util::future::join_all(crowd.iter().map(send)).await;
    stage.simulator.settled().await;

    let sent = facebook.sent(None);
    let answered = sent.iter().filter(|sent| sent.answered).count();
    let count = |status| results.iter().filter(|result| **result == status).count();
    assert_eq!(answered, count(200), "whoever was told 200 was sent to");
    assert!(sent.len() > answered, "some replies were lost");
    assert!(count(0) > sent.len() - answered, "and some callers heard nothing because nothing was done");
    assert!(count(429) > 0 && count(500) > 0);
    assert!(facebook.repeats().is_empty(), "nobody was sent to twice");
    let mut echoed: Vec<_> = ours
        .messaging("message")
        .iter()
        .filter(|item| item["message"]["is_echo"] == true)
        .map(|item| item["recipient"]["id"].as_str().unwrap().to_owned())
        .collect();
    let mut reached: Vec<_> = sent.iter().map(|sent| sent.to.clone()).collect();
    echoed.sort();
    reached.sort();
    assert_eq!(echoed, reached, "every one of them is echoed, also the lost ones");
}

#[tokio::test]
async fn a_stopped_simulator_is_gone() {
    let stage = Stage::new().await;
    let url = stage.url("/control/clock");
    assert_eq!(stage.client.get(&url).send().await.unwrap().status(), 200);
    drop(stage.simulator);
    stage.client.get(&url).send().await.unwrap_err();
}
