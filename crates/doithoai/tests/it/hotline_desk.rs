//! Around the calls: who is called back, recordings and who hears them, the log, transfer and dial, an exchange connected.

use jiff::SignedDuration;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, RANGE};
use uuid::Uuid;

use crate::app::{Actor, TestApp, administrator};
use crate::hotline::{CALLER, Desk, WORDS};
use crate::journey::done;
use crate::sender::{location, value};

async fn waiting(desk: &Desk, officer: &Actor) -> Vec<service::call_backs::CallBackRow> {
    let found = service::call_backs::waiting(&desk.app.city, officer.officer()).await.expect("tasks can be read");
    found.into_iter().map(|waiting| waiting.task).collect()
}

#[tokio::test]
async fn a_missed_call_is_a_task_until_somebody_spoke() {
    let desk = Desk::start("zammad").await;
    let (one, two) = (desk.app.officer("tiepnhan").await, desk.app.officer("tiepnhan.hai").await);
    desk.missed(CALLER).await;
    desk.pass(SignedDuration::from_mins(10));
    desk.missed(CALLER).await;
    let tasks = waiting(&desk, &one).await;
    assert_eq!((tasks.len(), tasks[0].calls), (1, 2), "within a quarter of an hour they are one wish");
    desk.pass(SignedDuration::from_mins(16));
    desk.missed(CALLER).await;
    desk.vendors.pbx().dial_hidden("1022", "84907654321").expect("it rings");
    desk.settle().await;
    let hidden = desk.calls().await.into_iter().find(|call| call.live).expect("a hidden call");
    desk.vendors.pbx().hang_up(&hidden.external_id).expect("it rang");
    desk.settle().await;
    assert_eq!(waiting(&desk, &one).await.len(), 2, "a hidden number cannot be called back");
    // One officer takes it on; the other is told so.
    let act = async |officer: &Actor, task: Uuid, version: i64, doing: &str| {
        officer.post(&format!("/console/calls/missed/{task}/{doing}"), &[("version", &version.to_string())]).await
    };
    let task = waiting(&desk, &one).await.remove(0);
    assert_eq!(act(&one, task.id, task.version, "reached").await.status(), StatusCode::UNPROCESSABLE_ENTITY, "claim first");
    assert_eq!(act(&one, task.id, task.version, "claim").await.status(), StatusCode::SEE_OTHER);
    let late = act(&two, task.id, task.version, "claim").await;
    assert_eq!(late.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text().await.expect("a page").contains("tiepnhan đang gọi lại"));
    let now = waiting(&desk, &one).await.into_iter().find(|known| known.id == task.id).expect("the task");
    assert_eq!(act(&two, now.id, now.version, "reached").await.status(), StatusCode::UNPROCESSABLE_ENTITY, "it is another's");
    // Three times in vain is enough.
    for tries in 1..=3 {
        let now = waiting(&desk, &one).await.into_iter().find(|known| known.id == task.id).expect("the task");
        assert_eq!(now.tries, tries - 1);
        if now.officer_id.is_none() {
            assert_eq!(act(&one, now.id, now.version, "claim").await.status(), StatusCode::SEE_OTHER);
        }
        let now = waiting(&desk, &one).await.into_iter().find(|known| known.id == task.id).expect("the task");
        assert_eq!(act(&one, now.id, now.version, "no_answer").await.status(), StatusCode::SEE_OTHER);
    }
    assert_eq!(waiting(&desk, &one).await.len(), 1, "the first wish was tried as often as it may be");
    // They call again and are answered: the rest is settled.
    let id = desk.dial(CALLER).await;
    desk.vendors.pbx().answer(&id, "").expect("it rings");
    desk.settle().await;
    assert!(waiting(&desk, &one).await.is_empty());
    desk.finish().await;
}

#[tokio::test]
async fn a_message_of_a_moment_is_a_missed_call() {
    for shape in ["zammad", "stringee", "omicall", "voicecloud", "3cx"] {
        let desk = Desk::start(shape).await;
        let operator = desk.app.officer("tiepnhan").await;
        // Silence after the beep, and a message; the shortest one is the city's to say.
        let mut left = Vec::new();
        for (number, seconds) in [(CALLER, 1), ("84907654321", 2)] {
            let id = desk.dial(number).await;
            desk.vendors.pbx().leave_message(&id, seconds).expect("it rings");
            desk.settle().await;
            desk.pass(SignedDuration::from_mins(1));
            desk.settle().await;
            let call = desk.calls().await.into_iter().find(|call| call.external_id == id).expect("the call");
            let of = store::calls::recordings(&mut desk.app.city.db.read(), call.id).await.expect("recordings");
            assert_eq!((call.state.as_str(), of.len()), ("missed", 1), "{shape}");
            left.push((call.id, of[0].clone()));
        }
        let state = |at: usize| (left[at].1.state.as_str(), left[at].1.note.as_deref(), left[at].1.sha256.is_some());
        assert_eq!((state(0), state(1)), (("refused", Some("too_short"), false), ("kept", None, true)), "{shape}");
        assert_eq!(waiting(&desk, &operator).await.len(), 2, "{shape}: both are called back");
        let page = operator.page(&format!("/console/calls/{}", left[0].0)).await;
        assert!(!page.contains("<audio") && page.contains("Người gọi không để lại lời nhắn"), "{shape}");
        assert!(operator.page(&format!("/console/calls/{}", left[1].0)).await.contains("<audio"), "{shape}");
        desk.finish().await;
    }
}

#[tokio::test]
async fn whom_a_machine_answered_nobody_answered() {
    let desk = Desk::start("omicall").await;
    let operator = desk.app.officer("tiepnhan").await;
    let record = serde_json::json!({
        "transaction_id": "7d1c", "direction": "inbound", "source_number": CALLER, "hotline": "1022", "disposition": "answered",
        "bill_sec": 9, "record_seconds": 9, "is_voicemail": true,
        "recording_file_voicemail": format!("{}/pbx/recordings/none.wav", desk.vendors.origin()),
    });
    assert_eq!(desk.told(&record).await, StatusCode::OK);
    desk.app.run_jobs().await;
    assert_eq!((desk.call().await.state.as_str(), waiting(&desk, &operator).await.len()), ("missed", 1));
    for _ in 0..14 {
        desk.pass(SignedDuration::from_mins(31));
        desk.app.run_jobs().await;
    }
    desk.finish().await;
}

#[tokio::test]
async fn a_call_whose_end_is_never_told_is_called_back() {
    let desk = Desk::start("zammad").await;
    let operator = desk.app.officer("tiepnhan").await;
    let id = desk.dial(CALLER).await;
    let talk = desk.dial("84907654321").await;
    desk.vendors.pbx().answer(&talk, "102").expect("it rings");
    desk.settle().await;
    // From here on nothing comes.
    desk.pass(SignedDuration::from_mins(9));
    desk.app.run_timers().await;
    assert!(operator.page("/console/calls").await.contains("0901 234 567"), "it may still ring");
    assert!(waiting(&desk, &operator).await.is_empty());
    desk.pass(SignedDuration::from_mins(2));
    desk.app.run_timers().await;
    desk.app.run_timers().await;
    let of = async |id: &str| desk.calls().await.into_iter().find(|call| call.external_id == id).expect("the call");
    let call = of(&id).await;
    assert_eq!((call.state.as_str(), call.live, call.ended_at), ("missed", false, None));
    let tasks = waiting(&desk, &operator).await;
    assert_eq!((tasks.len(), tasks[0].calls, tasks[0].number.as_str()), (1, 1, CALLER));
    let live = service::calls::live(&desk.app.city, operator.officer()).await.expect("calls can be read");
    assert_eq!(live.iter().map(|live| live.call.external_id.as_str()).collect::<Vec<_>>(), [talk.as_str()], "the card is gone");
    let page = operator.page(&format!("/console/calls/{}", call.id)).await;
    assert!(page.contains("Gọi nhỡ") && page.contains("tổng đài không báo lúc kết thúc"));
    // The exchange finds its voice: they had waited in the queue.
    desk.vendors.pbx().answer(&id, "101").expect("it rings");
    desk.settle().await;
    assert_eq!(((of(&id).await).state.as_str(), waiting(&desk, &operator).await.len()), ("answered", 0));
    desk.vendors.pbx().hang_up(&id).expect("they speak");
    desk.settle().await;
    assert_eq!(of(&id).await.state, "ended");
    // A talk without an end is over one day, and nobody is called back.
    desk.pass(SignedDuration::from_hours(4));
    desk.app.run_timers().await;
    assert_eq!(((of(&talk).await).state.as_str(), waiting(&desk, &operator).await.len()), ("ended", 0));
    desk.finish().await;
}

#[tokio::test]
async fn the_exchange_dials_and_passes_on_where_it_can() {
    let desk = Desk::start("zammad").await;
    let operator = desk.app.officer("tiepnhan").await;
    desk.missed(CALLER).await;
    let task = waiting(&desk, &operator).await.remove(0);
    let act = async |version: i64, doing: &str| {
        operator.post(&format!("/console/calls/missed/{}/{doing}", task.id), &[("version", &version.to_string())]).await
    };
    assert_eq!(act(task.version, "claim").await.status(), StatusCode::SEE_OTHER);
    let blind = act(task.version + 1, "dial").await;
    assert!(blind.text().await.expect("a page").contains("Ghi số máy của anh/chị"), "which telephone is the officer's?");
    assert_eq!(operator.post("/console/calls/extension", &[("extension", "101")]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(operator.post("/console/calls/extension", &[("extension", "1 0;1")]).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(act(task.version + 1, "dial").await.status(), StatusCode::SEE_OTHER);
    desk.settle().await;
    let out = desk.vendors.pbx().calls().into_iter().find(|call| call.outgoing).expect("the exchange calls");
    assert_eq!((out.person.as_str(), out.extension.as_deref()), (CALLER, Some("101")));
    desk.vendors.pbx().answer(&out.id, "").expect("it rings there");
    desk.settle().await;
    assert!(waiting(&desk, &operator).await.is_empty(), "they spoke");
    desk.vendors.pbx().hang_up(&out.id).expect("they spoke");
    // From a case as well: the number stays masked on the page.
    let case = desk.write(&operator, desk.calls().await[0].id, &[]).await;
    let page = operator.page(&format!("/console/c/{}", case.code)).await;
    assert!(page.contains(&format!("/console/c/{}/call", case.code)));
    assert_eq!(operator.post(&format!("/console/c/{}/call", case.code), &[("version", "1")]).await.status(), StatusCode::SEE_OTHER);
    desk.settle().await;
    assert_eq!(desk.vendors.pbx().calls().into_iter().filter(|call| call.outgoing && call.person == CALLER).count(), 2);
    assert!(desk.app.events(case.id).await.contains(&"call_placed".to_owned()));
    // A call that goes on is passed to the tax office.
    let id = desk.dial("84907654321").await;
    desk.vendors.pbx().answer(&id, "101").expect("it rings");
    desk.settle().await;
    let call = desk.calls().await.into_iter().find(|call| call.external_id == id).expect("the call");
    let to = format!("/console/calls/{}/transfer", call.id);
    assert_eq!(operator.post(&to, &[("to", "999")]).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "not in the list");
    assert_eq!(operator.post(&to, &[("to", "102")]).await.status(), StatusCode::SEE_OTHER);
    desk.settle().await;
    assert_eq!(desk.vendors.pbx().call(&id).expect("known").extension.as_deref(), Some("102"));
    desk.vendors.pbx().hang_up(&id).expect("they speak");
    desk.settle().await;
    desk.pass(SignedDuration::from_mins(2));
    desk.finish().await;
    // Where it cannot be asked the number to dial is shown.
    let plain = Desk::with(TestApp::start().await, "zammad", |settings| {
        settings.dial = Default::default();
        settings.transfer = Default::default();
    });
    let plain = plain.await;
    let operator = plain.app.officer("tiepnhan").await;
    plain.dial(CALLER).await;
    let call = plain.call().await;
    let page = operator.page(&format!("/console/calls/{}", call.id)).await;
    assert!(page.contains("quay số") && page.contains("tel:0901234567"));
    let refused = operator.post(&format!("/console/calls/{}/transfer", call.id), &[("to", "102")]).await;
    assert!(refused.text().await.expect("a page").contains("Hãy bấm trên điện thoại"));
    plain.finish().await;
}

/// A call that was answered, written down and recorded; its case and recording.
async fn recorded(desk: &Desk, operator: &Actor) -> (store::cases::CaseRow, Uuid) {
    let id = desk.dial(CALLER).await;
    desk.vendors.pbx().answer(&id, "").expect("it rings");
    desk.settle().await;
    let call = desk.calls().await.into_iter().find(|call| call.external_id == id).expect("the call");
    let case = desk.write(operator, call.id, &[]).await;
    desk.pass(SignedDuration::from_secs(30));
    desk.vendors.pbx().hang_up(&id).expect("they speak");
    desk.settle().await;
    desk.pass(SignedDuration::from_mins(2));
    desk.settle().await;
    let of = store::calls::recordings(&mut desk.app.city.db.read(), call.id).await.expect("recordings");
    assert_eq!(of[0].state, "kept");
    (case, of[0].id)
}

#[tokio::test]
async fn a_recording_has_a_right_of_its_own_is_logged_and_goes_in_time() {
    let desk = Desk::start("zammad").await;
    let operator = desk.app.officer("tiepnhan").await;
    let (case, recording) = recorded(&desk, &operator).await;
    let to = format!("/console/calls/recordings/{recording}");
    let whole = operator.get(&to).await;
    assert_eq!((whole.status(), whole.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, "audio/wav"));
    let bytes = whole.bytes().await.expect("sound");
    assert!(bytes.starts_with(b"RIFF"));
    let part = reqwest::Client::clone(&crate::app::client());
    let part = part.get(format!("{}{to}", desk.app.url)).header("cookie", operator.cookie()).header(RANGE, "bytes=4-7");
    let part = part.send().await.expect("an answer");
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()[CONTENT_RANGE].to_str().unwrap(), format!("bytes 4-7/{}", bytes.len()));
    let heard = desk.app.events(case.id).await.into_iter().filter(|kind| kind == "recording_heard").count();
    assert_eq!(heard, 1, "hearing on is the same access");
    // Who handles the case reads it and does not hear it; its leader does.
    let agency = desk.app.city.reference().agency("thue-tp").expect("known").id.to_string();
    let form = [("track", "HD"), ("field", "tax"), ("urgency", "normal"), ("lead", agency.as_str()), ("why", "Thuế")];
    let routed = done(&desk.app, &operator, &desk.app.reread(&case).await, "route", &form).await;
    let handler = desk.app.officer("thue.nam").await;
    let timeline = handler.page(&format!("/console/c/{}", routed.code)).await;
    assert!(timeline.contains(WORDS) && !timeline.contains("<audio"));
    assert_eq!(handler.get(&to).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(handler.get("/console/calls").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(handler.get("/console/calls/live").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(desk.app.officer("thue.oanh").await.get(&to).await.status(), StatusCode::OK);
    assert_eq!(desk.app.officer("attp.lam").await.get(&to).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(desk.app.anon().get(&to).await.status(), StatusCode::SEE_OTHER);
    // A sealed case takes its recording out of everybody's hands but its receivers'.
    let two = desk.app.officer("tiepnhan.hai").await;
    let receiver = two.officer().id.to_string();
    let sealed = done(&desk.app, &operator, &routed, "seal", &[("receivers", &receiver), ("reason", "Có tố cáo")]).await;
    assert_eq!(operator.get(&to).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(desk.app.officer("thue.oanh").await.get(&to).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(two.get(&to).await.status(), StatusCode::OK);
    let call = desk.call().await;
    let page = operator.page(&format!("/console/calls/{}", call.id)).await;
    assert!(!page.contains(&sealed.title) && !page.contains(&sealed.code), "the call shows nothing of it");
    // The night after its time it is gone; the hash stays.
    desk.pass(SignedDuration::from_hours(24 * 181));
    desk.app.run_timers().await;
    let of = store::calls::recordings(&mut desk.app.city.db.read(), call.id).await.expect("recordings");
    assert_eq!((of[0].state.as_str(), of[0].sha256.is_some()), ("removed", true));
    assert_eq!(desk.app.officer("tiepnhan.hai").await.get(&to).await.status(), StatusCode::NOT_FOUND);
    assert!(desk.app.events(case.id).await.contains(&"recording_removed".to_owned()));
    desk.finish().await;
}

#[tokio::test]
async fn recordings_come_from_listed_hosts_only_and_may_never_come() {
    let desk = Desk::start("zammad").await;
    let wanted = async |id: &str, url: &str| {
        let event =
            serde_json::json!({"event": "record", "callId": id, "from": CALLER, "to": "1022", "direction": "in", "recordingUrl": url});
        assert_eq!(desk.told(&event).await, StatusCode::OK);
        desk.settle().await;
        let call = desk.calls().await.into_iter().find(|call| call.external_id == id).expect("the call");
        let of = store::calls::recordings(&mut desk.app.city.db.read(), call.id).await.expect("recordings");
        (of[0].state.clone(), of[0].note.clone().unwrap_or_default())
    };
    let origin = desk.vendors.origin().to_owned();
    assert_eq!(wanted("a", "https://169.254.169.254/latest").await, ("refused".into(), "host".into()));
    assert_eq!(wanted("b", &format!("{}/livez", desk.app.url)).await, ("refused".into(), "host".into()));
    assert_eq!(wanted("c", &format!("{origin}/")).await, ("refused".into(), "no_sound".into()), "a page is no sound");
    assert_eq!(wanted("d", &format!("{origin}/pbx/recordings/none.wav")).await.0, "wanted");
    for _ in 0..14 {
        desk.pass(SignedDuration::from_mins(31));
        desk.app.run_jobs().await;
    }
    let call = desk.calls().await.into_iter().find(|call| call.external_id == "d").expect("the call");
    let of = store::calls::recordings(&mut desk.app.city.db.read(), call.id).await.expect("recordings");
    assert_eq!((of[0].state.as_str(), of[0].note.as_deref()), ("refused", Some("never_came")));
    desk.finish().await;
}

#[tokio::test]
async fn the_log_is_searched_by_number_and_by_name() {
    let desk = Desk::start("voicecloud").await;
    let operator = desk.app.officer("tiepnhan").await;
    desk.missed("84907654321").await;
    desk.pass(SignedDuration::from_mins(1));
    desk.dial(CALLER).await;
    let call = desk.calls().await.remove(0);
    desk.write(&operator, call.id, &[]).await;
    desk.app.index().await;
    let found = async |words: &str| operator.post("/console/calls/log", &[("q", words)]).await.text().await.expect("a page");
    let log = operator.page("/console/calls/log").await;
    assert!(log.contains("0901 234 567") && log.contains("0907 654 321") && log.contains("Gọi nhỡ"));
    for words in ["0901234567", "0901 23", "+84901234567", "Văn An", "nguyen van an"] {
        let page = found(words).await;
        assert!(page.contains("0901 234 567") && !page.contains("0907 654 321"), "{words}");
    }
    assert!(found("0333").await.contains("Không thấy cuộc gọi nào"));
    // Page by page, newest first, to the end.
    for number in 0..60 {
        desk.pass(SignedDuration::from_secs(1));
        desk.dial(&format!("8491100{number:04}")).await;
    }
    let first = operator.page("/console/calls/log").await;
    assert_eq!(first.matches("data-row").count(), 50);
    let (_, next) = first.split_once("/console/calls/log?after=").expect("another page");
    let second = operator.page(&format!("/console/calls/log?after={}", next.split('"').next().unwrap_or_default())).await;
    assert_eq!(second.matches("data-row").count(), 12);
    assert_eq!(operator.get("/console/calls/log?after=x").await.status(), StatusCode::NOT_FOUND);
    desk.finish().await;
}

#[tokio::test]
async fn an_exchange_is_connected_step_by_step_and_tried() {
    let app = TestApp::start().await;
    let admin = administrator(&app.city, &app.url).await;
    let new = "/admin/channels/hotline/new";
    assert!(admin.page(new).await.contains("Zammad (dạng chung)"));
    let wrong = admin.post(new, &[("name", ""), ("address", "abc"), ("shape", "none")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().await.expect("a page").contains("Hãy chọn dạng của tổng đài"));
    let saved = admin.post(new, &[("name", "Đường dây nóng"), ("address", "1022"), ("shape", "3cx"), ("enabled", "yes")]).await;
    let to = location(&saved);
    let page = admin.page(&to).await;
    assert!(page.contains("/hooks/hotline/") && page.contains("WEBHOOK_URL") && page.contains("Chưa giới hạn địa chỉ gửi"));
    let tried = async |sample: &str| {
        let answer = admin.post(&to, &[("try_it", "yes"), ("sample", sample)]).await;
        answer.text().await.expect("a page")
    };
    let read =
        tried(r#"{"event":"ringing","callerid":"84901234567","user":"800","usertype":" queue","did":"DID-1022","id":"23_9-0"}"#).await;
    assert!(read.contains("Đổ chuông") && read.contains("0901 234 567") && read.contains("<dd>800</dd>"));
    assert!(tried("xin chào").await.contains("Không đọc được"));
    assert!(tried(r#"{"event":"ringing"}"#).await.contains("Đã tìm ở: id"));
    assert!(tried(r#"{"event":"nhay","id":"1"}"#).await.contains("event: nhay"));
    assert!(tried("").await.contains("Hãy dán một sự kiện"));
    // An exchange that speaks otherwise: its own mapping, whose mistakes are named.
    let base = [("name", "Tổng đài"), ("address", "1022"), ("shape", "zammad"), ("enabled", "yes")];
    let with = |more: &[(&'static str, &'static str)]| base.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    let bad = admin
        .post(&to, &with(&[("mapping", "titel = 1"), ("addresses", "x"), ("transfers", "201 = khong-co"), ("dial", "http://pbx.example")]))
        .await;
    let bad = bad.text().await.expect("a page");
    for said in ["titel", "203.0.113.0/24", "Mã phải có trong danh mục", "phải bắt đầu bằng https"] {
        assert!(bad.contains(said), "{said}");
    }
    let own = "title = 'Nhà'\nkinds = [{ kind = 'call_new', when = { loai = 'den' } }]\n[fields]\ncall_id = ['ma']\nfrom = ['so']";
    let good =
        admin.post(&to, &with(&[("mapping", own), ("addresses", "203.0.113.7\r\n10.0.0.0/8"), ("transfers", "201 = thue-tp")])).await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
    assert!(tried("loai=den\nma=5\nso=0901234567").await.contains("Cuộc gọi mới"));
    let operator = app.officer("tiepnhan").await;
    assert_eq!(operator.get(&to).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(operator.post(&to, &[("renew", "yes")]).await.status(), StatusCode::FORBIDDEN);
    assert!(admin.page("/admin/channels").await.contains("Tổng đài"));
    app.finish().await;
}

#[tokio::test]
async fn a_blocked_number_is_refused_at_once() {
    let desk = Desk::with(TestApp::start().await, "zammad", |settings| settings.blocked = vec!["84907654321".into()]).await;
    let operator = desk.app.officer("tiepnhan").await;
    let id = desk.dial("84907654321").await;
    assert_eq!(desk.vendors.pbx().call(&id).expect("known").cause, Some(simulator::pbx::Cause::Rejected));
    assert!(desk.vendors.pbx().hang_up(&id).is_err(), "it is over");
    let id = desk.dial(CALLER).await;
    assert_eq!(desk.vendors.pbx().call(&id).expect("known").cause, None);
    let page = operator.page("/console/calls").await;
    assert!(page.contains("0901 234 567"));
    let _form = value(&operator.page(&format!("/console/calls/{}", desk.calls().await[0].id)).await, "form_key");
    desk.finish().await;
}
