//! Call events in each provider's shape. [hotline.md §3]
//!
//! Not every provider tells everything: Zammad's own page knows neither ringing nor recordings; its `record` event here, Stringee's
//! `recording` and the fields around OMICall's `state` are not confirmed by a page of theirs.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::Cause;
use super::events::{Event, Told};
use super::hotline::Provider;
use crate::clock::in_viet_nam;
use crate::form::encode;

/// Where and what: a path after the webhook's address for a GET, or the body of a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Post {
    /// `call_in?phone=…`
    Get(String),
    Body(String),
}

/// The posts of an event; none when this provider does not tell it.
pub(super) fn shape(told: &Told<'_>) -> Vec<Post> {
    let post = match told.hotline.provider {
        Provider::Zammad => zammad(told),
        Provider::Stringee => stringee(told).map(json_body),
        Provider::Omicall => omicall(told).map(json_body),
        Provider::Voicecloud => voicecloud(told),
        Provider::ThreeCx => return three_cx(told).into_iter().map(json_body).collect(),
    };
    post.into_iter().collect()
}

fn json_body(body: Value) -> Post {
    Post::Body(body.to_string())
}

fn zammad(told: &Told<'_>) -> Option<Post> {
    let call = told.call;
    let (from, to) = told.ends();
    let direction = if call.outgoing { "out" } else { "in" };
    let mut body = json!({"callId": call.id, "from": from, "to": to, "direction": direction});
    let mut set = |name: &str, value: Value| body[name] = value;
    match told.event {
        Event::New => {
            set("event", "newCall".into());
            let user = |extension: &str| told.hotline.user(extension).to_owned();
            let users: Vec<String> = match (&call.extension, call.outgoing) {
                (Some(extension), true) => vec![user(extension)],
                _ => told.hotline.extensions.iter().map(|extension| extension.user.clone()).collect(),
            };
            set("user", users.into());
            set("queue", told.hotline.queue.clone().into());
        }
        Event::Answered => {
            set("event", "answer".into());
            set("user", told.hotline.user(told.extension()).into());
            set("answeringNumber", if call.outgoing { told.person() } else { told.extension().to_owned() }.into());
        }
        Event::Ended => {
            set("event", "hangup".into());
            let cause = match call.cause {
                None | Some(Cause::Normal) => "normalClearing",
                Some(Cause::Busy | Cause::Rejected) => "busy",
                Some(Cause::Cancel) => "cancel",
                Some(Cause::NoAnswer) => "noAnswer",
                Some(Cause::NotFound) => "notFound",
                Some(Cause::Congestion) => "congestion",
            };
            set("cause", cause.into());
            if told.was_answered() {
                set("answeringNumber", told.extension().into());
            }
        }
        Event::Record => {
            set("event", "record".into());
            set("recordingUrl", told.recording.clone()?.into());
            set("duration", call.duration().into());
        }
        Event::Ringing(_) | Event::AgentEnded(_) => return None,
    }
    Some(if told.hotline.form { Post::Body(form(&body)) } else { json_body(body) })
}

/// `user` becomes `user[]`, as often as there are values.
fn form(body: &Value) -> String {
    let Value::Object(fields) = body else { return String::new() };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs: Vec<(String, String)> = fields
        .iter()
        .flat_map(|(name, value)| match value {
            Value::Array(values) => values.iter().map(|value| (format!("{name}[]"), text(value))).collect::<Vec<_>>(),
            value => vec![(name.clone(), text(value))],
        })
        .collect();
    encode(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn stringee(told: &Told<'_>) -> Option<Value> {
    let call = told.call;
    let status = match told.event {
        Event::New => "created",
        Event::Ringing(_) => "ringing",
        Event::Answered => "answered",
        Event::AgentEnded(_) => "agentEnded",
        Event::Ended => "ended",
        Event::Record => {
            let url = told.recording.clone()?;
            return Some(json!({"event": "recording", "call_id": call.id, "recording_url": url, "duration": call.talk(),
                "timestamp_ms": told.now_ms}));
        }
    };
    let external = |number: String| json!({"number": number, "alias": number, "is_online": false, "type": "external"});
    let hotline = &told.hotline.number;
    let internal = |extension: &str| {
        let number = if extension.is_empty() { hotline } else { extension };
        json!({"number": number, "alias": hotline, "is_online": true, "type": "internal"})
    };
    let (from, to) = if call.outgoing {
        (internal(told.extension()), external(told.person()))
    } else {
        (external(told.person()), internal(told.extension()))
    };
    let mut body = json!({
        "call_status": status, "call_id": call.id, "project_id": 1022, "account_sid": "ACdemo0001", "timestamp_ms": told.now_ms,
        "request_from_user_id": if call.outgoing { told.extension() } else { "" }, "from": from, "to": to, "clientCustomData": "",
    });
    if matches!(told.event, Event::Ended | Event::AgentEnded(_)) {
        let cause = match call.cause {
            None | Some(Cause::Normal) => "200 OK",
            Some(Cause::Busy) => "486 Busy Here",
            Some(Cause::Cancel) => "487 Request Terminated",
            Some(Cause::NoAnswer) => "480 Temporarily Unavailable",
            Some(Cause::Rejected) => "603 Decline",
            Some(Cause::NotFound) => "404 Not Found",
            Some(Cause::Congestion) => "503 Service Unavailable",
        };
        body["endCallCause"] = cause.into();
        body["endedBy"] = if call.cause == Some(Cause::Cancel) { "caller" } else { "callee" }.into();
        body["duration"] = call.duration().into();
        body["answerDuration"] = call.talk().into();
    }
    Some(body)
}

fn omicall(told: &Told<'_>) -> Option<Value> {
    let call = told.call;
    let (source, destination) = told.ends();
    let mut body = json!({
        "transaction_id": call.id, "direction": if call.outgoing { "outbound" } else { "inbound" }, "source_number": source,
        "destination_number": destination, "hotline": told.hotline.number, "sip_user": told.extension(), "provider": "demo",
        // Milliseconds here, seconds there, as in its own answers.
        "created_date": call.begun.as_millisecond(), "last_updated_date": told.now_ms / 1_000,
    });
    match told.event {
        Event::New | Event::AgentEnded(_) => return None,
        Event::Ringing(_) => body["state"] = "ringing".into(),
        Event::Answered => body["state"] = "answered".into(),
        Event::Ended => body["state"] = "hangup".into(),
        Event::Record => {
            body["disposition"] = if told.was_answered() { "answered" } else { "cancelled" }.into();
            body["bill_sec"] = call.talk().into();
            body["record_seconds"] = if told.recording.is_some() { call.talk() } else { 0 }.into();
            body["duration"] = call.duration().into();
            let waited = call.answered.map_or(call.duration(), |answered| answered.duration_since(call.begun).as_secs());
            body["time_start_to_answer"] = waited.into();
            body["is_voicemail"] = call.voicemail.into();
            body["note"] = "".into();
            body["tag"] = json!([]);
            let field = if call.voicemail { "recording_file_voicemail" } else { "recording_file_url" };
            body[field] = told.recording.clone().unwrap_or_default().into();
        }
    }
    Some(body)
}

fn voicecloud(told: &Told<'_>) -> Option<Post> {
    let call = told.call;
    let phone = told.person();
    let path = if call.outgoing { "call_out" } else { "call_in" };
    let query = |path: &str, pairs: &[(&str, &str)]| {
        let always = [("phone", phone.as_str()), ("callid", call.id.as_str()), ("did", told.hotline.number.as_str())];
        Some(Post::Get(format!("{path}?{}", encode(always.iter().chain(pairs).copied()))))
    };
    let (extension, queue) = (("extension", told.extension()), ("queue", told.hotline.queue.as_str()));
    match told.event {
        Event::New | Event::AgentEnded(_) => None,
        Event::Ringing(None) => query(path, &[queue, ("event", "RING")]),
        Event::Ringing(Some(_)) => query(path, &[queue, extension, ("event", "RING")]),
        Event::Answered => query(path, &[queue, extension, ("event", "ANSWER")]),
        Event::Ended => query("hangup", &[extension]),
        Event::Record => {
            let date = call_date(call.ended.unwrap_or(call.begun));
            let duration = call.talk().to_string();
            let held = call.duration().to_string();
            let recording = told.recording.clone().unwrap_or_default();
            let status = match (told.was_answered(), call.cause) {
                (true, _) => "ANSWERED",
                (false, Some(Cause::Busy | Cause::Rejected)) => "BUSY",
                (false, _) => "ABANDON",
            };
            let mut pairs = vec![("calldate", date.as_str()), ("status", status), extension, queue];
            if told.was_answered() {
                pairs.push(("duration", &duration))
            } else {
                pairs.push(("holdtime", &held))
            }
            if !recording.is_empty() {
                pairs.push(("recordingfile", &recording));
            }
            query("calldata", &pairs)
        }
    }
}

/// Local time without a zone: `2026-09-22-08:40:10`.
fn call_date(at: Timestamp) -> String {
    in_viet_nam(at).strftime("%Y-%m-%d-%H:%M:%S").to_string()
}

/// Its values may begin with a blank, as on its own page. The number behind the id's dash counts the parts of the call.
fn three_cx(told: &Told<'_>) -> Vec<Value> {
    let call = told.call;
    let part = if told.was_answered() { 1 + call.transfers } else { 0 };
    let mut body = Map::new();
    body.insert("callerid".into(), told.person().into());
    body.insert("did".into(), format!("DID-{}", told.hotline.number).into());
    body.insert("id".into(), format!("{}-{part}", call.id).into());
    let mut set = |pairs: &[(&str, &str)]| pairs.iter().for_each(|(name, value)| drop(body.insert((*name).into(), (*value).into())));
    let extension = told.extension();
    match (told.event, call.outgoing) {
        (Event::Ringing(None), false) => set(&[("event", "ringing"), ("user", &told.hotline.queue), ("usertype", " queue")]),
        (Event::Ringing(Some(_)), false) => set(&[("event", "ringing"), ("user", extension), ("usertype", " ext")]),
        (Event::Answered, false) => {
            set(&[("event", "hangupincoming"), ("user", extension), ("usertype", " ext")]);
            set(&[("trtype", if call.transfers > 0 { "Blind" } else { "NotDef" })]);
        }
        (Event::Answered, true) => set(&[("event", "hangupoutgoing"), ("user", extension), ("usertype", " ext"), ("trtype", "NotDef")]),
        (Event::Ended, outgoing) => {
            set(&[("event", if outgoing { "outgoing" } else { "incoming" }), ("user", extension), ("transfer", "False")]);
            set(&[("finishtype", if told.was_answered() { "Ok" } else { "Missed" })]);
            set(&[("duration", &format!("{:02}:{:02}", call.talk() / 60, call.talk() % 60))]);
        }
        (Event::Record, outgoing) => {
            let Some(url) = &told.recording else { return Vec::new() };
            set(&[("event", if outgoing { "outgoing" } else { "incoming" }), ("user", extension), ("finishtype", "Ok")]);
            body.insert("FILES".into(), json!([url]));
        }
        (Event::New | Event::AgentEnded(_), _) | (Event::Ringing(_), true) => return Vec::new(),
    }
    vec![Value::Object(body)]
}
