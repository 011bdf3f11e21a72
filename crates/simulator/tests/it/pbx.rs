//! The exchange: call events in five shapes, recordings, orders.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::pbx::{Cause, Hotline, NumberForm, Provider, Stage};
use simulator::{CallKind, Fault, Rule};

use crate::stage::{Callbacks, OurSide, Reply, Stage as Theatre, answer};

const AN: &str = "84901234567";

async fn stage(hotline: Hotline) -> (Theatre, OurSide) {
    let stage = Theatre::new().await;
    let ours = OurSide::start().await;
    stage.simulator.pbx().set_hotline(Hotline { webhook: Some(ours.url.clone()), ..hotline });
    (stage, ours)
}

/// A call that is answered after 7 s, passed on after 30 s and over after a minute, and one that nobody answers.
async fn two_calls(stage: &Theatre) -> (String, String) {
    let pbx = stage.simulator.pbx();
    let seconds = |seconds| stage.simulator.advance(SignedDuration::from_secs(seconds));
    let first = pbx.dial("1022", AN).unwrap();
    seconds(7);
    pbx.answer(&first, "").unwrap();
    seconds(23);
    pbx.transfer(&first, "102").unwrap();
    seconds(30);
    pbx.hang_up(&first).unwrap();
    let second = pbx.dial("1022", AN).unwrap();
    seconds(20);
    pbx.hang_up(&second).unwrap();
    stage.simulator.settled().await;
    (first, second)
}

fn jsons(ours: &OurSide) -> Vec<Value> {
    ours.take().iter().map(crate::stage::Post::json).collect()
}

/// The events of one call, named by this member, without blanks.
fn names(events: &[Value], id: &str, call: &str, name: &str) -> Vec<String> {
    let of_call = events.iter().filter(|event| event[id].as_str().is_some_and(|id| id.starts_with(call)));
    of_call.map(|event| event[name].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn zammad() {
    let (stage, ours) = stage(Hotline::new("1022", Provider::Zammad)).await;
    let (first, second) = two_calls(&stage).await;
    let events = jsons(&ours);
    assert_eq!(names(&events, "callId", &first, "event"), ["newCall", "answer", "answer", "hangup", "record"]);
    assert_eq!(names(&events, "callId", &second, "event"), ["newCall", "hangup"]);
    assert_eq!(
        events[0],
        json!({"event": "newCall", "from": AN, "to": "1022", "direction": "in", "callId": first, "user": ["Trần Thị B", "Lê Văn C"], "queue": "hotro"})
    );
    assert_eq!(
        (&events[1]["user"], &events[1]["answeringNumber"], &events[2]["answeringNumber"]),
        (&json!("Trần Thị B"), &json!("101"), &json!("102"))
    );
    assert_eq!((&events[3]["cause"], &events[6]["cause"]), (&json!("normalClearing"), &json!("cancel")));
}

#[tokio::test]
async fn zammad_as_a_form_and_a_call_that_is_refused() {
    let (stage, ours) = stage(Hotline { form: true, ..Hotline::new("1022", Provider::Zammad) }).await;
    stage.simulator.pbx().dial("1022", "anonymous").unwrap();
    stage.simulator.settled().await;
    let post = ours.take().remove(0);
    assert_eq!(post.header("content-type"), Some("application/x-www-form-urlencoded"));
    let body = String::from_utf8(post.body.to_vec()).unwrap();
    let users = "user%5B%5D=Tr%E1%BA%A7n%20Th%E1%BB%8B%20B&user%5B%5D=L%C3%AA%20V%C4%83n%20C";
    assert!(body.contains(users) && body.contains("from=anonymous") && body.contains("event=newCall"), "{body}");

    stage.simulator.pbx().set_hotline(Hotline { webhook: Some(ours.url.clone()), ..Hotline::new("1022", Provider::Zammad) });
    ours.answer_next([Reply::Body(r#"{"action":"reject"}"#)]);
    let call = stage.simulator.pbx().dial("1022", AN).unwrap();
    stage.simulator.settled().await;
    assert_eq!(stage.simulator.pbx().call(&call).unwrap().cause, Some(Cause::Rejected));
}

#[tokio::test]
async fn stringee() {
    let (stage, ours) = stage(Hotline::new("1022", Provider::Stringee)).await;
    let (first, second) = two_calls(&stage).await;
    let events = jsons(&ours);
    let statuses = names(&events, "call_id", &first, "call_status");
    assert_eq!(statuses, ["created", "ringing", "ringing", "answered", "agentEnded", "answered", "ended", ""]);
    assert_eq!(names(&events, "call_id", &second, "call_status"), ["created", "ringing", "ringing", "ended"]);
    assert_eq!((&events[0]["from"]["type"], &events[0]["from"]["number"]), (&json!("external"), &json!(AN)));
    assert_eq!(
        (&events[2]["to"]["number"], &events[2]["to"]["alias"], &events[2]["to"]["type"]),
        (&json!("101"), &json!("1022"), &json!("internal"))
    );
    let ended = &events[6];
    assert_eq!((&ended["duration"], &ended["answerDuration"], &ended["endCallCause"]), (&json!(60), &json!(53), &json!("200 OK")));
    let missed = events.last().unwrap();
    assert_eq!((&missed["answerDuration"], &missed["endCallCause"]), (&json!(0), &json!("487 Request Terminated")));
}

#[tokio::test]
async fn omicall() {
    let (stage, ours) = stage(Hotline::new("1022", Provider::Omicall)).await;
    let (first, second) = two_calls(&stage).await;
    let voice = stage.simulator.pbx().dial("1022", AN).unwrap();
    stage.simulator.pbx().leave_message(&voice, 12).unwrap();
    stage.simulator.settled().await;
    let events = jsons(&ours);
    assert_eq!(names(&events, "transaction_id", &first, "state"), ["ringing", "ringing", "answered", "answered", "hangup", ""]);
    let records: Vec<_> = events.iter().filter(|event| event.get("disposition").is_some()).collect();
    assert_eq!(
        (&records[0]["disposition"], &records[0]["bill_sec"], &records[0]["sip_user"]),
        (&json!("answered"), &json!(53), &json!("102"))
    );
    assert_eq!((&records[1]["transaction_id"], &records[1]["disposition"]), (&json!(second), &json!("cancelled")));
    assert!(records[2]["is_voicemail"].as_bool().unwrap() && records[2]["recording_file_voicemail"].as_str().unwrap().ends_with(".wav"));
    let created = records[0]["created_date"].as_i64().unwrap();
    assert_eq!((created, records[0]["last_updated_date"].as_i64().unwrap()), (1_790_000_000_000, 1_790_000_060));
}

#[tokio::test]
async fn voicecloud() {
    let stage = Theatre::new().await;
    let ours = Callbacks::start("").await;
    let url = format!("{}/hooks/secret/", ours.origin);
    stage.simulator.pbx().set_hotline(Hotline { webhook: Some(url), ..Hotline::new("1022", Provider::Voicecloud) });
    let (first, second) = two_calls(&stage).await;
    let queries = ours.take();
    let head = format!("/hooks/secret/call_in?phone=0901234567&callid={first}&did=1022&queue=800");
    assert_eq!(queries[0], format!("{head}&event=RING"));
    assert_eq!(queries[1], format!("{head}&extension=101&event=RING"));
    assert_eq!(queries[2], format!("{head}&extension=101&event=ANSWER"));
    assert_eq!(queries[3], format!("{head}&extension=102&event=ANSWER"));
    assert_eq!(queries[4], format!("/hooks/secret/hangup?phone=0901234567&callid={first}&did=1022&extension=102"));
    let data = &queries[5];
    assert!(
        data.contains("calldate=2026-09-21-21%3A14%3A20&status=ANSWERED&extension=102&queue=800&duration=53&recordingfile=http"),
        "{data}"
    );
    let abandoned = queries.last().unwrap();
    assert!(abandoned.contains(&second) && abandoned.contains("status=ABANDON") && abandoned.ends_with("&holdtime=20"), "{abandoned}");
}

#[tokio::test]
async fn three_cx() {
    let (stage, ours) = stage(Hotline { numbers: NumberForm::Plus, ..Hotline::new("1022", Provider::ThreeCx) }).await;
    let (first, second) = two_calls(&stage).await;
    let events = jsons(&ours);
    let names_of = |call| names(&events, "id", call, "event");
    assert_eq!(names_of(&first), ["ringing", "ringing", "hangupincoming", "hangupincoming", "incoming", "incoming"]);
    assert_eq!(names_of(&second), ["ringing", "ringing", "incoming"]);
    assert_eq!(
        events[0],
        json!({"event": "ringing", "callerid": "+84901234567", "user": "800", "usertype": " queue", "did": "DID-1022", "id": format!("{first}-0")})
    );
    assert_eq!(
        (&events[3]["id"], &events[3]["user"], &events[3]["trtype"]),
        (&json!(format!("{first}-2")), &json!("102"), &json!("Blind"))
    );
    assert_eq!((&events[4]["finishtype"], &events[4]["duration"]), (&json!("Ok"), &json!("00:53")));
    assert!(events[5]["FILES"][0].as_str().unwrap().ends_with(".wav"));
    assert_eq!(events[8]["finishtype"], "Missed");
}

#[tokio::test]
async fn a_recording_is_missing_at_first_then_real_sound() {
    let (stage, ours) = stage(Hotline { recording_after_seconds: 10, ..Hotline::new("1022", Provider::Zammad) }).await;
    two_calls(&stage).await;
    let url = jsons(&ours)[4]["recordingUrl"].as_str().unwrap().to_owned();
    let get = async || stage.client.get(&url).send().await.unwrap();
    // Twenty seconds have passed with the second call.
    let sound = get().await;
    assert_eq!((sound.status().as_u16(), sound.headers()["content-type"].as_bytes()), (200, &b"audio/wav"[..]));
    let bytes = sound.bytes().await.unwrap();
    assert_eq!((&bytes[..4], bytes.len()), (&b"RIFF"[..], 44 + 53 * 16_000));

    let pbx = stage.simulator.pbx();
    let call = pbx.dial("1022", AN).unwrap();
    pbx.answer(&call, "102").unwrap();
    stage.simulator.advance(SignedDuration::from_secs(4));
    pbx.hang_up(&call).unwrap();
    stage.simulator.settled().await;
    let url = jsons(&ours).pop().unwrap()["recordingUrl"].as_str().unwrap().to_owned();
    assert_eq!(stage.client.get(&url).send().await.unwrap().status(), 404, "not yet");
    stage.simulator.advance(SignedDuration::from_secs(10));
    pbx.add_fault(Rule::next(CallKind::Read, Fault::Status(503))).unwrap();
    assert_eq!(stage.client.get(&url).send().await.unwrap().status(), 503);
    assert_eq!(stage.client.get(&url).send().await.unwrap().status(), 200);
    assert_eq!(stage.client.get(stage.url("/pbx/recordings/x.wav")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn officers_call_out_pass_on_and_hang_up() {
    let hotline = Hotline { key: "k3y".into(), ..Hotline::new("1022", Provider::Zammad) };
    let (stage, ours) = stage(hotline).await;
    let order = async |path: &str, header: &str, body: Value| {
        let request = stage.client.post(stage.url(path)).header(header, "k3y").json(&body);
        answer(request.send().await.unwrap()).await
    };
    let plain = stage.client.post(stage.url("/pbx/call")).json(&json!({"from": "101", "to": AN}));
    assert_eq!(plain.send().await.unwrap().status(), 401, "without the key");
    let (status, called) = order("/pbx/call", "x-api-key", json!({"from": "101", "to": "0901234567"})).await;
    assert_eq!((status, &called["r"]), (200, &json!(0)));
    let id = called["call_id"].as_str().unwrap();
    let pbx = stage.simulator.pbx();
    let call = pbx.call(id).unwrap();
    assert_eq!((call.outgoing, call.person.as_str(), call.extension.as_deref(), call.stage), (true, AN, Some("101"), Stage::Ringing));
    pbx.answer(id, "").unwrap();
    assert_eq!(order("/pbx/transfer", "x-api-key", json!({"call_id": id, "to": "102"})).await.0, 200);
    assert_eq!(order("/pbx/hangup", "x-api-key", json!({"call_id": id})).await.0, 200);
    assert_eq!(order("/pbx/hangup", "x-api-key", json!({"call_id": id})).await.0, 404, "over");
    stage.simulator.settled().await;
    let events = jsons(&ours);
    assert_eq!(names(&events, "callId", id, "event"), ["newCall", "answer", "answer", "hangup", "record"]);
    assert_eq!((&events[0]["direction"], &events[0]["from"], &events[0]["to"]), (&json!("out"), &json!("1022"), &json!(AN)));
    assert_eq!(events[0]["user"], json!(["Trần Thị B"]), "the one who calls");

    let callout = json!({
        "from": {"type": "external", "number": "1022", "alias": "1022"}, "to": [{"type": "external", "number": AN, "alias": AN}],
        "actions": [{"action": "connect", "to": {"type": "internal", "number": "102", "alias": "102"}}],
    });
    let (status, called) = order("/v1/call2/callout", "x-stringee-auth", callout).await;
    assert_eq!(status, 200);
    let call = pbx.call(called["call_id"].as_str().unwrap()).unwrap();
    assert_eq!((call.extension.as_deref(), call.person.as_str()), (Some("102"), AN));
    pbx.end(&call.id, Cause::Busy).unwrap();
    stage.simulator.settled().await;
    assert_eq!(jsons(&ours).pop().unwrap()["cause"], "busy");
    assert_eq!(order("/pbx/call", "x-api-key", json!({"from": "101"})).await.0, 400);
}

#[tokio::test]
async fn events_come_twice_and_out_of_order() {
    let (stage, ours) = stage(Hotline::new("1022", Provider::Zammad)).await;
    let pbx = stage.simulator.pbx();
    let call = pbx.dial("1022", AN).unwrap();
    for fault in [Fault::OutOfOrder, Fault::Duplicate] {
        pbx.add_fault(Rule::next(CallKind::Webhook, fault)).unwrap();
    }
    pbx.answer(&call, "101").unwrap();
    pbx.hang_up(&call).unwrap();
    stage.simulator.settled().await;
    assert_eq!(names(&jsons(&ours), "callId", &call, "event"), ["newCall", "hangup", "answer", "hangup", "record"]);
}

#[tokio::test]
async fn calls_over_http() {
    let (stage, ours) = stage(Hotline::new("1022", Provider::Zammad)).await;
    let post = async |path: String, body: Value| stage.control(Method::POST, &format!("pbx/{path}"), body).await;
    let (_, dialled) = post("calls".into(), json!({"hotline": "1022", "person": AN})).await;
    let id = dialled["id"].as_str().unwrap();
    assert_eq!(post(format!("calls/{id}/answer"), json!({"extension": "101"})).await.0, 200);
    assert_eq!(post(format!("calls/{id}/answer"), json!({})).await.0, 422, "answered already");
    assert_eq!(post(format!("calls/{id}/hang_up"), json!({})).await.0, 200);
    assert_eq!(post("storm".into(), json!({"hotline": "1022", "count": 30})).await.1["ids"].as_array().unwrap().len(), 30);
    let (_, calls) = stage.control(Method::GET, "pbx/calls", json!({})).await;
    assert_eq!(calls["calls"].as_array().unwrap().len(), 31);
    assert_eq!(post("calls".into(), json!({"hotline": "113", "person": AN})).await.0, 422);
    let (_, known) = stage.control(Method::GET, "pbx/hotlines", json!({})).await;
    assert!(known["hotlines"][0].get("webhook").is_none(), "the address is a secret");
    stage.simulator.settled().await;
    assert_eq!(ours.take().len(), 34);
}
