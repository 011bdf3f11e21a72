//! Call events of every exchange that is described: read as they are meant, and nothing hurts.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use channels::cti::{self, CallEvent, CallKind, Direction, Fault, Mapping, shipped};
use proptest::prelude::*;

fn read(shape: &str, octets: &str) -> CallEvent {
    cti::parse(shipped(shape).unwrap(), octets.as_bytes()).unwrap_or_else(|fault| panic!("{octets}: {fault}"))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn zammad() {
    let call = read(
        "zammad",
        r#"{"event":"newCall","from":"84901234567","to":"842838000000","direction":"in","callId":"7d1c-1","user":["Trần Thị B","Lê C"],"queue":"hotro"}"#,
    );
    assert_eq!((call.kind, call.direction, call.call_id.as_str()), (CallKind::CallNew, Direction::In, "7d1c-1"));
    assert_eq!((call.from.clone(), call.to, call.queue), (some("84901234567"), some("842838000000"), some("hotro")));
    assert_eq!((call.agent, call.answering, call.cause), (some("Trần Thị B, Lê C"), None, None));
    let answer = read(
        "zammad",
        r#"{"event":"answer","callId":"7d1c-1","user":"Trần Thị B","from":"0901234567","to":"842838000000","direction":"in","answeringNumber":"101"}"#,
    );
    assert_eq!((answer.kind, answer.answering, answer.from), (CallKind::CallAnswered, some("101"), call.from));
    let hangup = read(
        "zammad",
        r#"{"event":"hangup","callId":"7d1c-1","cause":"normalClearing","from":"anonymous","to":"842838000000","direction":"in","answeringNumber":"101"}"#,
    );
    assert_eq!(
        (hangup.kind, hangup.cause.as_deref(), hangup.from),
        (CallKind::CallEnded, some("normalClearing").as_deref(), some("anonymous"))
    );
    let out =
        read("zammad", r#"{"event":"newCall","from":"842838000000","to":"+84 901 234 567","direction":"out","callId":"9","user":["B"]}"#);
    assert_eq!((out.direction, out.party()), (Direction::Out, Some("84901234567")));
}

#[test]
fn zammad_as_a_form_of_every_kind() {
    let json = read(
        "zammad",
        r#"{"event":"newCall","from":"84901234567","to":"1022","direction":"in","callId":"7","user":["Trần Thị B","Lê C"],"queue":"hotro"}"#,
    );
    let form = "event=newCall&from=%2B84901234567&to=1022&direction=in&callId=7&user[]=Tr%E1%BA%A7n+Th%E1%BB%8B+B&user%5B%5D=L%C3%AA+C&queue=hotro";
    let lines = "event=newCall\nfrom=+84901234567\nto=1022\ndirection=in\ncallId=7\nuser[]=Trần Thị B\nuser[]=Lê C\nqueue=hotro\n";
    let parts: String = [
        ("event", "newCall"),
        ("from", "0901234567"),
        ("to", "1022"),
        ("direction", "in"),
        ("callId", "7"),
        ("user[]", "Trần Thị B"),
        ("user[]", "Lê C"),
        ("queue", "hotro"),
    ]
    .iter()
    .map(|(name, value)| format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"))
    .collect();
    for form in [
        form,
        lines,
        &lines.replace('\n', "\r\n"),
        &format!("{parts}--xyz--\r\n"),
        &format!("/api/v1/cti/x?{form}"),
        &format!("https://a.example/x?{form}#y"),
        &format!("GET /x?{form} HTTP/1.1\r\nHost: a\r\n"),
    ] {
        assert_eq!(read("zammad", form), json, "{form}");
    }
}

#[test]
fn stringee() {
    let event = |status: &str, rest: &str| {
        read(
            "stringee",
            &format!(
                r#"{{"call_status":"{status}","call_id":"call-vn-1-ABC","project_id":1,"account_sid":"AC1","timestamp_ms":1790000000000,"request_from_user_id":"",
                "from":{{"number":"84901234567","alias":"84901234567","is_online":false,"type":"external"}},
                "to":{{"number":"agent1","alias":"842838000000","is_online":true,"type":"internal"}},"clientCustomData":""{rest}}}"#
            ),
        )
    };
    for (status, kind) in [
        ("created", CallKind::CallNew),
        ("started", CallKind::CallNew),
        ("ringing", CallKind::CallRinging),
        ("answered", CallKind::CallAnswered),
        ("ended", CallKind::CallEnded),
        ("agentEnded", CallKind::CallEnded),
    ] {
        let call = event(status, "");
        assert_eq!(
            (call.kind, call.direction, call.from.as_deref(), call.timestamp_ms),
            (kind, Direction::In, Some("84901234567"), Some(1_790_000_000_000)),
            "{status}"
        );
        assert_eq!(call.leg, status == "agentEnded");
    }
    assert_eq!((event("ringing", "").answering, event("answered", "").answering), (None, some("agent1")));
    assert_eq!(event("ringing", "").to.as_deref(), Some("842838000000"));
    let ended = event("ended", r#","endCallCause":"486 Busy Here","endedBy":"callee","duration":"12","answerDuration":0"#);
    assert_eq!((ended.cause.as_deref(), ended.duration_s, ended.talk_s), (Some("busy"), Some(12), Some(0)));
    let out = read(
        "stringee",
        r#"{"call_status":"created","call_id":"c","from":{"number":"842838000000","type":"internal"},"to":{"number":"84901234567","type":"external"}}"#,
    );
    assert_eq!((out.direction, out.party()), (Direction::Out, Some("84901234567")));
}

#[test]
fn omicall() {
    let record = r#"{"transaction_id":"tx1","direction":"inbound","source_number":"0901234567","destination_number":"101","disposition":"answered","bill_sec":42,"record_seconds":42,"duration":50,
        "time_start_to_answer":8,"recording_file_url":"https://media.example/a.wav","sip_user":"101","hotline":"02838000000","provider":"x","note":null,"tag":[],"is_voicemail":false,
        "created_date":1790000000000,"last_updated_date":1790000050}"#;
    let call = read("omicall", record);
    assert_eq!((call.kind, call.from.as_deref(), call.to.as_deref()), (CallKind::CallRecord, Some("84901234567"), Some("842838000000")));
    assert_eq!(
        (call.answering.as_deref(), call.extension.as_deref(), call.cause.as_deref()),
        (Some("101"), Some("101"), Some("normalClearing"))
    );
    assert_eq!((call.duration_s, call.talk_s, call.timestamp_ms), (Some(50), Some(42), Some(1_790_000_050_000)));
    assert_eq!(call.recording_url.as_deref(), Some("https://media.example/a.wav"));
    let missed = read("omicall", &record.replace("answered", "cancelled").replace("\"is_voicemail\":false", "\"is_voicemail\":true"));
    assert_eq!((missed.kind, missed.cause.as_deref(), missed.voicemail), (CallKind::CallMissed, Some("cancel"), true));
    let old = read("omicall", &record.replace("recording_file_url", "recording_file"));
    assert!(old.recording_url.is_some());
    for (state, kind) in [("ringing", CallKind::CallRinging), ("answered", CallKind::CallAnswered), ("hangup", CallKind::CallEnded)] {
        for name in ["state", "event"] {
            let live = format!(
                r#"{{"{name}":"{state}","transaction_id":"tx1","direction":"inbound","source_number":"0901234567","sip_user":"101","hotline":"1022"}}"#
            );
            assert_eq!(read("omicall", &live).kind, kind);
        }
    }
    assert_eq!(read("omicall", &record.replace("inbound", "outbound")).direction, Direction::Out);
}

#[test]
fn voicecloud() {
    let ring = read("voicecloud", "/call_in?phone=0901234567&queue=999&extension=101&callid=1790000000.12&event=RING&did=19001234");
    assert_eq!((ring.kind, ring.from.as_deref(), ring.to.as_deref()), (CallKind::CallRinging, Some("84901234567"), Some("19001234")));
    assert_eq!((ring.queue.as_deref(), ring.extension.as_deref(), ring.answering.as_deref()), (Some("999"), Some("101"), None));
    assert_eq!((ring.timestamp_ms, ring.direction), (None, Direction::In));
    let answer =
        read("voicecloud", "https://1022.example/hooks/x/call_in?phone=0901234567&extension=101&callid=1790000000.12&event=ANSWER");
    assert_eq!((answer.kind, answer.answering.as_deref()), (CallKind::CallAnswered, Some("101")));
    assert_eq!(read("voicecloud", "/hangup?callid=1790000000.12&phone=0901234567&extension=101").kind, CallKind::CallEnded);
    let record = read(
        "voicecloud",
        "/calldata?callid=1790000000.12&calldate=2026-09-22-08:40:10&duration=11&status=ANSWERED&extension=101&phone=0901234567&recordingfile=https://rec.example/a%20b.wav",
    );
    assert_eq!((record.kind, record.timestamp_ms, record.duration_s), (CallKind::CallRecord, Some(1_790_041_210_000), Some(11)));
    assert_eq!((record.cause.as_deref(), record.recording_url.as_deref()), (Some("normalClearing"), Some("https://rec.example/a b.wav")));
    let lines = "callid=1\nstatus=ANSWERED\nrecordingfile=https://rec.example/a%20b.wav\n";
    assert_eq!(read("voicecloud", lines).recording_url.as_deref(), Some("https://rec.example/a%20b.wav"));
    assert_eq!(read("voicecloud", "/calldata?callid=1&status=BUSY").cause.as_deref(), Some("busy"));
    let gone = read("voicecloud", "/calldata?callid=1&calldate=2026-09-22 08.40.10&status=ABANDON&queue=999&holdtime=35&phone=0901234567");
    assert_eq!((gone.kind, gone.duration_s, gone.cause.as_deref()), (CallKind::CallMissed, Some(35), Some("cancel")));
}

#[test]
fn three_cx() {
    let event =
        |rest: &str| read("3cx", &format!(r#"{{{rest}"callerid":"84901234567","did":"DID-842838000000","id":"230115121143_9-1"}}"#));
    let queue = event(r#""event":"ringing","user":"800","usertype":" queue","#);
    assert_eq!((queue.kind, queue.queue.as_deref(), queue.extension), (CallKind::CallRinging, Some("800"), None));
    assert_eq!((queue.from.as_deref(), queue.to.as_deref()), (Some("84901234567"), Some("842838000000")));
    let rings = event(r#""event":" ringing ","user":" 102","usertype":" ext","#);
    assert_eq!((rings.kind, rings.extension.as_deref(), rings.queue), (CallKind::CallRinging, Some("102"), None));
    let answered = event(r#""event":"hangupincoming","user":"102","usertype":" ext","#);
    assert_eq!((answered.kind, answered.answering.as_deref()), (CallKind::CallAnswered, Some("102")));
    let ended = event(r#""event":"incoming","user":"102","finishtype":"Ok","duration":"00:07","#);
    assert_eq!((ended.kind, ended.cause.as_deref(), ended.duration_s), (CallKind::CallEnded, Some("normalClearing"), Some(7)));
    assert_eq!(event(r#""event":"incoming","user":"800","finishtype":"Missed","#).kind, CallKind::CallMissed);
    let record = read(
        "3cx",
        r#"{"event":"incoming","callerid":"84901234567","user":"102","did":"empty","id":"230115121143_9-1","FILES":["https://pbx.example/r/1.mp3"]}"#,
    );
    assert_eq!(
        (record.kind, record.to, record.recording_url.as_deref()),
        (CallKind::CallRecord, None, Some("https://pbx.example/r/1.mp3"))
    );
    let other =
        read("3cx", r#"{"Event":"ringing","Callerid":"0901234567","User":"820","Usertype":"queue","Did":"","Id":"230307114903_10-0"}"#);
    assert_eq!((other.call(), other.call_id.as_str(), other.queue.as_deref()), ("230307114903_10", "230307114903_10-0", Some("820")));
    let out = event(r#""event":"outgoing","user":"102","#);
    assert_eq!((out.direction, out.from.as_deref(), out.party()), (Direction::Out, Some("102"), Some("84901234567")));
}

#[test]
fn what_is_no_event_is_told_in_words() {
    let fault = |octets: &str| cti::parse(shipped("zammad").unwrap(), octets.as_bytes()).unwrap_err();
    for nothing in ["", "x", "{}", "[]", "null", "\u{feff}", "a=&b=", "--", "--\r\n\r\n", "?", "/x?", r#"{"event":{"a":[]}}"#] {
        assert!(matches!(fault(nothing), Fault::Unreadable(_)), "{nothing}");
    }
    assert_eq!(fault(r#"{"event":"answer"}"#), Fault::NoCallId { looked: vec!["callId".into()] });
    let Fault::UnknownEvent { said } = fault(r#"{"event":"dance","callId":"1"}"#) else { panic!("a dance is no event") };
    assert_eq!(said, ["event: dance"]);
    let long = format!(r#"{{"event":"answer","callId":"{}"}}"#, "9".repeat(251));
    assert!(matches!(fault(&long), Fault::NoCallId { .. }));
}

#[test]
fn a_mapping_is_data() {
    let own = Mapping::read(
        "title = 'Tổng đài nhà'\nkinds = [{ kind = 'call_new', when = { loai = 'goi-den' } }]\n[fields]\ncall_id = ['ma']\nfrom = ['nguoi_goi.so']\n",
    )
    .unwrap();
    let call = cti::parse(&own, r#"{"loai":"GOI-DEN","ma":77,"nguoi_goi":{"so":901234567}}"#.as_bytes()).unwrap();
    assert_eq!((call.call_id.as_str(), call.from.as_deref(), own.title.as_str()), ("77", Some("901234567"), "Tổng đài nhà"));
    for (bad, word) in [
        ("", "title"),
        ("title = 'x'\nkinds = []\n[fields]\ncall_id = ['a']", "kinds"),
        ("title = 'x'\nkinds = [{ kind = 'call_gone', when = {} }]\n[fields]", "call_gone"),
        ("titel = 1", "titel"),
    ] {
        assert!(Mapping::read(bad).unwrap_err().to_string().contains(word), "{bad}");
    }
    assert!(Mapping::read(&" ".repeat(30_000)).is_err());
    for name in cti::names() {
        assert_eq!(&Mapping::read(cti::shipped_text(name).unwrap()).unwrap(), shipped(name).unwrap());
    }
    assert_eq!(cti::names().count(), 5);
}

#[test]
fn hostile_shapes_are_bounded() {
    let mapping = shipped("stringee").unwrap();
    let deep = format!("{{\"call_status\":\"ended\",\"call_id\":\"1\",\"from\":{}1{}}}", "{\"number\":".repeat(10_000), "}".repeat(10_000));
    assert_eq!(cti::parse(mapping, deep.as_bytes()).unwrap().from, None);
    let wide = format!("{{{}\"call_status\":\"ended\",\"call_id\":\"1\"}}", "\"a\":[\"1\",\"2\"],".repeat(100_000));
    assert!(cti::parse(mapping, wide.as_bytes()).is_err());
    let long = format!(
        r#"{{"call_status":"ended","call_id":"1","from":{{"number":"{}"}},"endCallCause":"{}"}}"#,
        "9".repeat(1_000_000),
        "ế".repeat(100_000)
    );
    let call = cti::parse(mapping, long.as_bytes()).unwrap();
    assert!(call.from.unwrap().len() <= 64 && call.cause.unwrap().chars().count() == 200);
    let scheme = cti::parse(shipped("zammad").unwrap(), br#"{"event":"recording","callId":"1","recording":"file:///etc/passwd"}"#).unwrap();
    assert_eq!(scheme.recording_url, None);
    cti::parse(mapping, "a=1&".repeat(300_000).as_bytes()).unwrap_err();
    cti::parse(mapping, "--a\r\n".repeat(300_000).as_bytes()).unwrap_err();
}

proptest! {
    #[test]
    fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        for name in cti::names() {
            let _any = cti::parse(shipped(name).unwrap(), &octets);
        }
    }

    #[test]
    fn any_values(event in ".{0,12}", id in ".{0,20}", from in ".{0,40}", time in "[0-9:. TZ+-]{0,30}", duration in ".{0,12}") {
        for body in [
            serde_json::json!({"event": event, "callId": id, "from": from, "time": time, "duration": duration}).to_string(),
            serde_json::json!({"event": "hangup", "callId": "1", "from": from, "time": time, "duration": duration}).to_string(),
            format!("event=answer&callId={id}&from={from}&time={time}&duration={duration}"),
            format!("/hangup?callid={id}&phone={from}&calldate={time}"),
        ] {
            for name in cti::names() {
                if let Ok(call) = cti::parse(shipped(name).unwrap(), body.as_bytes()) {
                    prop_assert!(!call.call_id.is_empty() && !call.call().is_empty());
                    prop_assert!(call.timestamp_ms.is_none_or(|ms| ms > 0));
                    let text = serde_json::to_string(&call).unwrap();
                    prop_assert!(!text.contains("\\u0000"));
                    prop_assert_eq!(serde_json::from_str::<CallEvent>(&text).unwrap(), call);
                }
            }
        }
    }
}
