//! The gateway over HTTP: the code table, repeats, receipts, people's messages.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::esms::{Account, Fate, ShortCode};
use simulator::{CallKind, Fault, Rule, State};

use crate::stage::{Callbacks, Stage, answer};

const AN: &str = "84901234567";
const SEND: &str = "/MainService.svc/json/SendMultipleMessage_V4_post_json/";

fn account() -> Account {
    Account::new("KEY", "SECRET", "DOITHOAI")
}

async fn stage(account: Account) -> Stage {
    let stage = Stage::new().await;
    stage.simulator.esms().set_account(account);
    stage
}

fn message(id: &str) -> Value {
    json!({
        "ApiKey": "KEY", "SecretKey": "SECRET", "Phone": "0901234567", "Content": "Da nhan", "Brandname": "DOITHOAI", "SmsType": "2",
        "IsUnicode": "0", "Sandbox": "0", "RequestId": id, "CallbackUrl": "", "SendDate": "",
    })
}

fn with(id: &str, changes: Value) -> Value {
    let mut message = message(id);
    for (name, value) in changes.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

/// The CodeResult and the whole answer.
async fn send(stage: &Stage, message: Value) -> (u64, Value) {
    let (status, body) = answer(stage.client.post(stage.url(SEND)).json(&message).send().await.unwrap()).await;
    assert_eq!(status, 200, "{body}");
    (body["CodeResult"].as_str().unwrap().parse().unwrap(), body)
}

#[tokio::test]
async fn the_code_table() {
    let stage = stage(Account { balance: 2_000, unregistered: vec![6], templates: vec!["Da nhan{}".into()], ..account() }).await;
    let esms = stage.simulator.esms();
    for (code, changes) in [
        (101, json!({"ApiKey": "x"})),
        (101, json!({"SecretKey": null})),
        (118, json!({"SmsType": "3"})),
        (108, json!({"Phone": "123"})),
        (104, json!({"Brandname": "KHAC"})),
        (146, json!({"Content": "Quang cao"})),
        (177, json!({"Phone": "0871234567"})),
        (99, json!({"RequestId": "x".repeat(51)})),
        (103, json!({"Content": format!("Da nhan{}", "a".repeat(400))})),
    ] {
        assert_eq!(send(&stage, with("a", changes)).await.0, code);
    }
    assert_eq!(send(&stage, with("a", json!({"Sandbox": "1"}))).await.0, 100, "tried, not sent");
    assert!(esms.sent(None).is_empty());
    let (code, sent) = send(&stage, message("a")).await;
    assert_eq!((code, sent["SMSID"].as_str().unwrap().len(), &sent["CountRegenerate"]), (100, 38, &json!(0)));
    assert_eq!(send(&stage, message("a")).await.0, 124, "the same RequestId");
    stage.simulator.advance(SignedDuration::from_hours(24));
    assert_eq!(send(&stage, message("a")).await.0, 100, "a day later it is new");
    assert_eq!(send(&stage, message("b")).await.0, 103, "the money is spent");
    assert_eq!(esms.repeats()[0].times, 2);
    esms.set_fate(AN, Fate::Refused(140));
    assert_eq!(send(&stage, message("c")).await.0, 140);
}

#[tokio::test]
async fn receipts_come_by_get() {
    let stage = stage(Account { receipt_after_seconds: 30, ..account() }).await;
    let esms = stage.simulator.esms();
    let ours = Callbacks::start("").await;
    let callback = json!({"CallbackUrl": format!("{}/hooks/esms?k=secret", ours.origin)});
    let id = send(&stage, with("dt-1", callback.clone())).await.1["SMSID"].as_str().unwrap().to_owned();
    stage.simulator.settled().await;
    assert!(ours.take().is_empty(), "not yet");
    stage.simulator.advance(SignedDuration::from_secs(30));
    stage.simulator.settled().await;
    let expected = format!(
        "/hooks/esms?k=secret&SMSID={id}&SendFailed=0&SendStatus=5&SendSuccess=1&TotalPrice=850&TotalReceiver=1&TotalSent=1\
         &RequestId=dt-1&TypeId=2&telcoid=2&phonenumber=84901234567&error_info="
    );
    assert_eq!(ours.take(), [expected]);

    for (number, fate, told) in [
        (2, Fate::Failed, Some("SendFailed=1&SendStatus=5&SendSuccess=0")),
        (3, Fate::Rejected, Some("SendFailed=1&SendStatus=4&SendSuccess=0")),
        (4, Fate::Silent, None),
    ] {
        let phone = format!("8490000000{number}");
        esms.set_fate(&phone, fate);
        let mut changes = callback.clone();
        changes["Phone"] = phone.into();
        let id = send(&stage, with(&format!("dt-{number}"), changes)).await.1["SMSID"].clone();
        stage.simulator.advance(SignedDuration::from_secs(30));
        stage.simulator.settled().await;
        let calls = ours.take();
        assert_eq!(calls.len(), usize::from(told.is_some()), "{fate:?}");
        assert!(calls.iter().all(|url| url.contains(told.unwrap_or_default())), "{calls:?}");
        let path = format!("/MainService.svc/json/GetSendStatus?RefId={}&ApiKey=KEY&SecretKey=SECRET", id.as_str().unwrap());
        let (_, status) = answer(stage.client.get(stage.url(&path)).send().await.unwrap()).await;
        assert_eq!((&status["CodeResponse"], &status["SendSuccess"]), (&json!("100"), &json!(0)));
    }
    let wrong = stage.client.get(stage.url("/MainService.svc/json/GetSendStatus?RefId=x&ApiKey=KEY&SecretKey=x"));
    assert_eq!(answer(wrong.send().await.unwrap()).await.1["CodeResponse"], "101");
}

#[tokio::test]
async fn a_receipt_is_tried_five_times() {
    let stage = stage(account()).await;
    send(&stage, with("a", json!({"CallbackUrl": "http://127.0.0.1:1/hooks"}))).await;
    for _ in 0..6 {
        stage.simulator.settled().await;
        stage.simulator.advance(SignedDuration::from_mins(1));
    }
    let delivery = stage.simulator.deliveries().remove(0);
    assert_eq!((delivery.attempts.len(), delivery.state), (5, State::GivenUp));
}

#[tokio::test]
async fn people_write_and_are_answered_in_xml() {
    let ours = Callbacks::start("<ClientResponse><Message>Da nhan &amp; chuyen</Message><Smsid>1</Smsid></ClientResponse>").await;
    let code = ShortCode {
        number: "8088".into(),
        webhook: format!("{}/receive_mo", ours.origin),
        cpid: "CP01".into(),
        private_key: "17priv".into(),
    };
    let stage = stage(Account { short_codes: vec![code], ..account() }).await;
    let esms = stage.simulator.esms();
    let id = esms.write(AN, "8088", "hotro giấy phép").unwrap();
    stage.simulator.settled().await;
    let url = ours.take().remove(0);
    assert!(
        url.starts_with("/receive_mo?sender=84901234567&content=hotro%20gi%E1%BA%A5y%20ph%C3%A9p&serviceNumber=8088&keyword=HOTRO&sign=")
    );
    assert!(url.ends_with(&format!("&cpid=CP01&smsid={id}&receiverTime=20260921211320")), "{url}");
    assert_eq!(esms.sent(Some(AN))[0].text, "Da nhan & chuyen");
    assert!(esms.write(AN, "1022", "a").is_err(), "no account has it");
    let (status, answer) = stage.control(Method::POST, "esms/mo", json!({"from": AN, "to": "8088", "text": "lai"})).await;
    assert_eq!((status, answer["smsid"].is_string()), (200, true));
}

#[tokio::test]
async fn faults_strike_the_gateway_too() {
    let stage = stage(account()).await;
    let esms = stage.simulator.esms();
    let next = |fault| esms.add_fault(Rule::next(CallKind::Send, fault)).unwrap();
    next(Fault::Status(140));
    assert_eq!(send(&stage, message("a")).await.0, 140, "a code inside 200");
    next(Fault::TooMany);
    assert_eq!(send(&stage, message("a")).await.0, 99);
    next(Fault::TokenExpired);
    assert_eq!(send(&stage, message("a")).await.0, 101);
    next(Fault::Status(502));
    assert_eq!(stage.client.post(stage.url(SEND)).json(&message("a")).send().await.unwrap().status(), 502);
    next(Fault::LostReply);
    stage.client.post(stage.url(SEND)).json(&message("a")).send().await.unwrap_err();
    assert_eq!(send(&stage, message("a")).await.0, 124, "it was accepted all the same");
    assert_eq!((esms.sent(None).len(), esms.sent(None)[0].answered), (1, false));
}
