//! Quotas, conversations, names, templates.

use channels::outbound::Quota;
use channels::zalo::template::{self, Template};
use channels::zalo::{Access, poll, quota};
use channels::{Error, Event, Kind};
use serde_json::json;

use crate::parse::one;
use crate::wire::{Reply, Wire, client};
use crate::{ACCOUNT, BODY, PERSON, access, kind};

#[tokio::test]
async fn the_allowance_of_a_person_is_asked() {
    let wire = Wire::open(vec![
        Reply::json(200, r#"{"data":{"last_interaction":"1790000000000","cs_reply":{"remain":8,"total":8},"promotion":{"daily_total":1,"daily_remain":0}},"error":0}"#),
        Reply::json(200, r#"{"data":{},"error":0}"#),
        Reply::Reset,
        Reply::json(200, r#"{"error":-216,"message":"Access token is invalid"}"#),
    ])
    .await;
    let access = access(&wire.base);
    let left = quota::ask(&client(), &access, PERSON).await.unwrap();
    assert_eq!(left.last_interaction, Some("2026-09-21T14:13:20Z".parse().unwrap()));
    assert_eq!(left.answers, Some(Quota { kind: "cs_reply".into(), left: Some(8), total: Some(8), until: None }));
    assert_eq!(left.promotion.map(|quota| (quota.left, quota.total)), Some((Some(0), Some(1))));
    assert_eq!(quota::ask(&client(), &access, PERSON).await, Ok(quota::Allowance::default()));
    let error = quota::ask(&client(), &access, PERSON).await.unwrap_err();
    assert_eq!(kind(&error), "unreachable", "asking again harms nobody");
    assert_eq!(kind(&quota::ask(&client(), &access, PERSON).await.unwrap_err()), "token expired");
    let heard = wire.heard().await;
    assert_eq!((heard[0].line.as_str(), heard[0].json()), ("POST /v3.0/oa/quota/message", json!({"user_id": PERSON})));
}

#[tokio::test]
async fn a_conversation_gives_the_events_that_were_missed() {
    let wire = Wire::open(vec![Reply::json(
        200,
        r#"{"data":[
            {"src":1,"time":1790000000000,"type":"text","message":"Xin chào","message_id":"a1b2c3d4e5f60718","from_id":"4000000000000000001","to_id":"3000000000000000002","from_display_name":"An"},
            {"src":"0","time":"1790000001000","type":"text","message":"Đã nhận","message_id":"m2","from_id":"3000000000000000002","to_id":"4000000000000000001","from_display_name":"1022"},
            {"src":1,"type":"photo","message":"","url":"https://cdn.example/a.jpg","thumb":"t","message_id":"m3"},
            {"src":1,"type":"location","location":"{\"latitude\":10.5,\"longitude\":106.5}","message_id":"m4"},
            {"src":1,"type":"text","message":"không có mã"},
            7],"error":0,"message":"Success"}"#,
    )])
    .await;
    let events = poll::conversation(&client(), &access(&wire.base), PERSON, 0).await.unwrap();
    assert_eq!(
        wire.heard().await[0].line,
        "GET /v2.0/oa/conversation?data=%7B%22count%22%3A10%2C%22offset%22%3A0%2C%22user_id%22%3A%224000000000000000001%22%7D"
    );
    let kinds: Vec<(Kind, &str)> = events.iter().map(|event| (event.kind, event.external_id.as_str())).collect();
    assert_eq!(kinds, [(Kind::Message, "a1b2c3d4e5f60718"), (Kind::Echo, "m2"), (Kind::Message, "m3"), (Kind::Message, "m4")]);
    // The same event as by the webhook, but for the name, which a webhook has not.
    assert_eq!(Event { contact_name: None, ..events[0].clone() }, one(BODY));
    assert_eq!((events[0].contact_name.as_deref(), &events[1].contact_name), (Some("An"), &None));
    assert_eq!(
        (events[2].attachments[0].kind.as_str(), events[2].attachments[0].url.as_deref()),
        ("image", Some("https://cdn.example/a.jpg"))
    );
    assert_eq!(events[3].attachments[0].coordinates.as_deref(), Some("10.5,106.5"));
    assert_eq!(events[3].vendor_kind, "user_send_location");
}

#[tokio::test]
async fn health_and_names_are_asked_with_the_proof_if_wanted() {
    let wire = Wire::open(vec![
        Reply::json(200, r#"{"data":{"oa_id":"3000000000000000002","name":"Tổng đài 1022"},"error":0}"#),
        Reply::json(200, r#"{"data":{"display_name":"An","user_is_follower":true},"error":0}"#),
        Reply::json(200, r#"{"error":-213,"message":"User has not followed OA"}"#),
    ])
    .await;
    let access = Access { prove: true, ..access(&wire.base) };
    let account = poll::account(&client(), &access).await.unwrap();
    assert_eq!((account.oa_id.as_str(), account.name.as_str()), (ACCOUNT, "Tổng đài 1022"));
    let person = poll::person(&client(), &access, PERSON).await.unwrap();
    assert_eq!((person.display_name.as_deref(), person.follows), (Some("An"), true));
    assert_eq!(kind(&poll::person(&client(), &access, PERSON).await.unwrap_err()), "person gone");
    let heard = wire.heard().await;
    assert_eq!(heard[0].line, "GET /v2.0/oa/getoa");
    assert!(heard[0].says("appsecret_proof: bd7670ef00ef4fa23cfc0b7c4790acfed157df481726078851f949082297615b"));
    assert!(heard[1].line.starts_with("GET /v3.0/oa/user/detail?data=%7B"), "{}", heard[1].line);
}

#[tokio::test]
async fn templates_go_by_number_or_by_person() {
    let template = Template { id: "7895".into(), fields: json!({"code": "26 4071 923 5"}).as_object().unwrap().clone() };
    let wire = Wire::open(vec![
        Reply::json(200, r#"{"data":{"msg_id":"z1","sent_time":"1790000000000","quota":{"dailyQuota":"500","remainingQuota":"499"}},"error":0,"message":"Success"}"#),
        Reply::json(200, r#"{"data":{"message_id":"m5"},"error":0,"message":"Success"}"#),
        Reply::json(200, r#"{"error":-108,"message":"Phone number invalid"}"#),
    ])
    .await;
    let access = access(&wire.base);
    let sent = template::to_phone(&client(), &access, "84901234567", &template, "d-42").await.unwrap();
    assert_eq!(
        (sent.external_id.as_deref(), sent.quota.map(|quota| (quota.left, quota.total))),
        (Some("z1"), Some((Some(499), Some(500))))
    );
    assert_eq!(template::to_person(&client(), &access, PERSON, &template).await.unwrap().external_id.as_deref(), Some("m5"));
    let error = template::to_phone(&client(), &access, "84", &template, "d-43").await.unwrap_err();
    assert_eq!(kind(&error), "person gone");
    let long = template::to_phone(&client(), &access, "84901234567", &template, &"d".repeat(49)).await;
    assert!(matches!(long, Err(Error::Rejected(_))));
    let heard = wire.heard().await;
    assert_eq!(heard[0].line, "POST /message/template");
    assert_eq!(
        heard[0].json(),
        json!({"phone": "84901234567", "template_id": "7895", "template_data": {"code": "26 4071 923 5"}, "tracking_id": "d-42"})
    );
    assert_eq!(heard[1].json(), json!({"user_id": PERSON, "template_id": "7895", "template_data": {"code": "26 4071 923 5"}}));
}
