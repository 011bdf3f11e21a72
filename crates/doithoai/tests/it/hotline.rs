//! A caller and an officer at the telephone: the simulator's exchange on the other end, the console as officers use it.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use service::hotlines::{self, Control, Entry, Hotline, Settings, Transfer};
use simulator::{Options, Simulator, pbx};
use store::calls::CallRow;
use store::cases::{After, CaseRow};
use uuid::Uuid;

use crate::app::{Actor, MORNING, TestApp};
use crate::sender::{location, value};

pub const NUMBER: &str = "1022";
pub const CALLER: &str = "84901234567";
const KEY: &str = "khoa-tong-dai";
/// What the caller says, as an officer types it.
pub const WORDS: &str = "Công ty em nộp hồ sơ hoàn thuế giá trị gia tăng từ tháng 3, đến nay chưa thấy trả lời.";

/// The program, a hotline, and its exchange.
pub struct Desk {
    pub app: TestApp,
    pub vendors: Simulator,
    pub account: Uuid,
    /// Where the exchange tells of calls.
    pub hook: String,
}

impl Desk {
    pub async fn start(shape: &str) -> Self {
        Self::with(TestApp::start().await, shape, |_| {}).await
    }

    /// The same with other settings.
    pub async fn with(app: TestApp, shape: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let bind: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let moment: Timestamp = MORNING.parse().expect("a moment");
        let options = Options { retry_speed: 1_000, ..Options::new(bind, 7, Arc::new(move || moment)) };
        let vendors = Simulator::start(options).await.expect("an exchange");
        let origin = vendors.origin().to_owned();
        let order = |path: &str, body: &str| Control {
            address: format!("{origin}/pbx/{path}"),
            body: body.into(),
            header: "X-Api-Key".into(),
            ..Control::default()
        };
        let mut settings = Settings {
            shape: shape.into(),
            recording_hosts: vec![vendors.address().to_string()],
            transfers: vec![Transfer { number: "102".into(), agency: "thue-tp".into() }],
            dial: order("call", r#"{"from":"{extension}","to":"{number}"}"#),
            transfer: order("transfer", r#"{"call_id":"{call_id}","to":"{extension}"}"#),
            ..Settings::default()
        };
        change(&mut settings);
        let entry = Entry {
            name: "Đường dây nóng".into(),
            address: NUMBER.into(),
            agency: None,
            enabled: true,
            settings,
            control_secret: KEY.into(),
        };
        let account = hotlines::save(&app.city, None, None, entry).await.expect("the hotline can be saved");
        app.city.reload().await.expect("settings can be read");
        let mut desk = Self { app, vendors, account, hook: String::new() };
        desk.hook = desk.path().await;
        let provider = serde_json::from_value(shape.into()).expect("a provider");
        let webhook = Some(format!("{}{}", desk.app.url, desk.hook));
        desk.vendors.pbx().set_hotline(pbx::Hotline { webhook, key: KEY.into(), ..pbx::Hotline::new(NUMBER, provider) });
        desk
    }

    /// The secret part of the address is there.
    pub async fn path(&self) -> String {
        let row = store::channel_accounts::find(&mut self.app.city.db.read(), self.account).await.expect("the account is there");
        Hotline::of(&self.app.city, row).expect("its secrets open").path()
    }

    /// Everything under way arrives and is worked on.
    pub async fn settle(&self) {
        for _ in 0..3 {
            self.vendors.settled().await;
            self.app.run_jobs().await;
        }
    }

    pub fn pass(&self, time: SignedDuration) {
        self.app.pass(time);
        self.vendors.advance(time);
    }

    /// Somebody dials; the exchange's id of the call.
    pub async fn dial(&self, number: &str) -> String {
        let id = self.vendors.pbx().dial(NUMBER, number).expect("the hotline rings");
        self.settle().await;
        id
    }

    /// Somebody dials and gives up.
    pub async fn missed(&self, number: &str) {
        let id = self.dial(number).await;
        self.vendors.pbx().hang_up(&id).expect("it rang");
        self.settle().await;
    }

    /// Events as the exchange would send them, in Zammad's shape.
    pub async fn told(&self, event: &serde_json::Value) -> StatusCode {
        self.app.anon().post_as(&self.hook, "application/json", &event.to_string()).await.status()
    }

    /// Calls, newest first.
    pub async fn calls(&self) -> Vec<CallRow> {
        let city = self.app.city.reference().city;
        store::calls::log(&mut self.app.city.db.read(), city, After::END, 100).await.expect("calls can be read")
    }

    pub async fn call(&self) -> CallRow {
        let mut calls = self.calls().await;
        assert_eq!(calls.len(), 1, "one call");
        calls.remove(0)
    }

    /// Writes a case down during a call, and expects it to be taken.
    pub async fn write(&self, operator: &Actor, call: Uuid, more: &[(&str, &str)]) -> CaseRow {
        let page = operator.page(&format!("/console/calls/{call}")).await;
        let key = value(&page, "form_key");
        let mut form = vec![("form_key", key.as_str()), ("text", WORDS), ("contact", "0901234567"), ("name", "Nguyễn Văn An")];
        form.extend(more);
        let answer = operator.post(&format!("/console/calls/{call}"), &form).await;
        let status = answer.status();
        assert_eq!(status, StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap_or_default());
        let code = location(&answer).rsplit_once("code=").expect("a code").1.to_owned();
        self.settle().await;
        store::cases::by_code(&mut self.app.city.db.read(), &code).await.expect("cases can be read").expect("the case is there")
    }

    pub async fn finish(self) {
        self.settle().await;
        self.app.finish().await;
    }
}

#[tokio::test]
async fn every_provider_drives_a_call_through_to_a_case_with_its_recording() {
    for shape in ["zammad", "stringee", "omicall", "voicecloud", "3cx"] {
        let desk = Desk::start(shape).await;
        let operator = desk.app.officer("tiepnhan").await;
        let id = desk.dial(CALLER).await;
        let call = desk.call().await;
        assert_eq!((call.number.as_deref(), call.live, call.direction.as_str()), (Some(CALLER), true, "in"), "{shape}");
        let board = operator.page("/console/calls").await;
        assert!(board.contains("0901 234 567") && board.contains(&format!("/console/calls/{}", call.id)), "{shape}");
        desk.vendors.pbx().answer(&id, "102").expect("it rings");
        desk.settle().await;
        let call = desk.call().await;
        assert_eq!((call.state.as_str(), call.extension.as_deref()), ("answered", Some("102")), "{shape}");
        let case = desk.write(&operator, call.id, &[]).await;
        assert_eq!((case.channel.as_str(), case.queue.as_str()), ("hotline", "screen"));
        desk.pass(SignedDuration::from_secs(40));
        desk.vendors.pbx().hang_up(&id).expect("they speak");
        desk.settle().await;
        let ended = desk.call().await;
        assert_eq!((ended.state.as_str(), ended.live), ("ended", false), "{shape}");
        let of = store::calls::recordings(&mut desk.app.city.db.read(), ended.id).await.expect("recordings can be read");
        assert_eq!((of.len(), of[0].state.as_str()), (1, "wanted"), "{shape}: it is not there at first");
        desk.pass(SignedDuration::from_secs(60));
        desk.settle().await;
        let of = store::calls::recordings(&mut desk.app.city.db.read(), ended.id).await.expect("recordings can be read");
        assert_eq!((of[0].state.as_str(), of[0].mime.as_str()), ("kept", "audio/wav"), "{shape}");
        let timeline = operator.page(&format!("/console/c/{}", case.code)).await;
        assert!(timeline.contains("<audio controls") && timeline.contains(WORDS), "{shape}");
        desk.finish().await;
    }
}

#[tokio::test]
async fn the_caller_is_a_hint_and_the_case_is_written_while_one_speaks() {
    let desk = Desk::start("zammad").await;
    let operator = desk.app.officer("tiepnhan").await;
    let (_, _) = crate::sender::report(&desk.app, "0901234567").await;
    let earlier = desk.app.case().await;
    desk.app.run_jobs().await;
    desk.dial(CALLER).await;
    let call = desk.call().await;
    let page = operator.page(&format!("/console/calls/{}", call.id)).await;
    assert!(page.contains(&earlier.title) && page.contains("không chứng minh ai đang gọi"), "the open case, as a hint");
    assert!(page.contains(crate::sender::TEXT), "the last words");
    let guess = operator.post("/console/calls/suggest", &[("text", WORDS)]).await.text().await.expect("a part");
    assert!(guess.contains("Thuế Thành phố"), "{guess}");
    // What is wrong is said at its field, and nothing that was typed is lost.
    let key = value(&page, "form_key");
    let to = format!("/console/calls/{}", call.id);
    let wrong = operator.post(&to, &[("form_key", key.as_str()), ("text", "abc"), ("contact", "090123456"), ("name", "An")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = wrong.text().await.expect("a page");
    assert!(wrong.contains("text-error") && wrong.contains("Số di động có 10 chữ số") && wrong.contains("value=\"An\""));
    let case = desk.write(&operator, call.id, &[("tax_code", "0312345678"), ("keep_tax_code", "1")]).await;
    let page = operator.page(&to).await;
    assert!(page.contains("Đọc mã cho người gọi") && page.contains(&format!("<span>{}</span>", &case.code[2..6])), "read out in groups");
    let identity = store::contacts::identities(&mut desk.app.city.db.read(), case.contact_id).await.expect("identities");
    assert_eq!((identity[0].kind.as_str(), identity[0].verified_at), ("typed_phone", None), "caller id is never proof");
    assert_ne!(case.contact_id, earlier.contact_id);
    // The same form again is the same case.
    let again = operator.post(&to, &[("form_key", key.as_str()), ("text", WORDS), ("contact", "0901234567")]).await;
    let first = location(&again);
    let again = operator.post(&to, &[("form_key", key.as_str()), ("text", WORDS), ("contact", "0901234567")]).await;
    assert_eq!(location(&again), first);
    // Words for a case that is there wait to be confirmed.
    let page = operator.page(&to).await;
    let key = value(&page, "form_key");
    let form = [("form_key", key.as_str()), ("text", "Em bổ sung: số biên nhận 4417."), ("code", earlier.code.as_str())];
    assert_eq!(operator.post(&to, &form).await.status(), StatusCode::SEE_OTHER);
    let messages = desk.app.messages(earlier.id).await;
    assert!(messages.iter().any(|message| message.unconfirmed && message.text.contains("4417")));
    assert!(desk.app.events(earlier.id).await.contains(&"call_tied".to_owned()));
    desk.finish().await;
}

#[tokio::test]
async fn the_code_goes_out_by_sms_where_there_is_such() {
    let desk = Desk::start("zammad").await;
    let operator = desk.app.officer("tiepnhan").await;
    desk.dial(CALLER).await;
    let call = desk.call().await;
    let case = desk.write(&operator, call.id, &[]).await;
    let to = format!("/console/calls/{}/code", call.id);
    assert!(operator.page(&format!("/console/calls/{}", call.id)).await.contains("Chưa nối SMS"));
    let none = operator.post(&to, &[("code", case.code.as_str()), ("phone", "0901234567")]).await;
    assert_eq!(none.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let sms = service::sms_accounts::Entry { name: "SMS".into(), address: NUMBER.into(), enabled: true, ..Default::default() };
    service::sms_accounts::save(&desk.app.city, None, None, sms).await.expect("an account for SMS");
    desk.app.city.reload().await.expect("settings can be read");
    let fixed = operator.post(&to, &[("code", case.code.as_str()), ("phone", "028 3822 1234")]).await;
    assert!(fixed.text().await.expect("a page").contains("Số cố định không nhận được tin nhắn"));
    let sent = operator.post(&to, &[("code", case.code.as_str()), ("phone", "0901234567")]).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let messages = desk.app.messages(case.id).await;
    let text = messages.iter().find(|message| message.kind == "call_code").expect("a message with the code");
    assert_eq!(text.recipient.as_deref(), Some(CALLER));
    assert!(text.text.contains(&case.code) && text.text.is_ascii() && text.text.len() <= 160, "{}", text.text);
    assert!(desk.app.events(case.id).await.contains(&"code_sent".to_owned()));
    // A case of another call is not sent by this one.
    desk.dial("84907654321").await;
    let other = desk.calls().await.into_iter().find(|other| other.id != call.id).expect("another call");
    let forged =
        operator.post(&format!("/console/calls/{}/code", other.id), &[("code", case.code.as_str()), ("phone", "0907654321")]).await;
    assert_eq!(forged.status(), StatusCode::NOT_FOUND);
    // No link to a carrier stands: what is queued stays so.
    desk.finish().await;
}

#[tokio::test]
async fn news_in_any_order_and_as_often_as_it_likes_is_one_call() {
    let desk = Desk::start("zammad").await;
    let event = |name: &str, more: serde_json::Value| {
        let mut body = serde_json::json!({"event": name, "callId": "7d1c", "from": "0901234567", "to": "1022", "direction": "in"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let hangup = event("hangup", serde_json::json!({"cause": "normalClearing"}));
    let answer = event("answer", serde_json::json!({"user": "Trần Thị B", "answeringNumber": "101"}));
    let new = event("newCall", serde_json::json!({"user": ["Trần Thị B"], "queue": "hotro"}));
    assert_eq!(desk.told(&hangup).await, StatusCode::OK);
    desk.settle().await;
    assert_eq!(desk.call().await.state, "missed", "as far as is known");
    assert_eq!(service::call_backs::waiting(&desk.app.city, desk.app.officer("tiepnhan").await.officer()).await.unwrap().len(), 1);
    for event in [&answer, &hangup, &new, &answer, &new, &hangup] {
        assert_eq!(desk.told(event).await, StatusCode::OK);
        desk.settle().await;
        assert_eq!(desk.call().await.state, "ended", "the answer was late; it does not go back");
    }
    assert_eq!(service::call_backs::waiting(&desk.app.city, desk.app.officer("tiepnhan").await.officer()).await.unwrap().len(), 0);
    let call = desk.call().await;
    assert_eq!((call.agent.as_deref(), call.queue.as_deref(), call.number.as_deref()), (Some("Trần Thị B"), Some("hotro"), Some(CALLER)));
    desk.finish().await;
}

#[tokio::test]
async fn forged_addresses_and_strangers_tell_nothing() {
    let desk = Desk::with(TestApp::start().await, "zammad", |settings| settings.addresses = vec!["127.0.0.0/31".into()]).await;
    let event = serde_json::json!({"event": "newCall", "callId": "1", "from": "0901234567", "direction": "in"}).to_string();
    let post = async |actor: Actor, path: &str, body: &str| actor.post_as(path, "application/json", body).await.status();
    let anon = || desk.app.anon();
    assert_eq!(post(anon(), &desk.hook, &event).await, StatusCode::OK);
    let (_, secret) = desk.hook.rsplit_once('/').expect("a secret");
    for forged in [
        desk.hook.replace(secret, "AAAAAAAAAAAAAAAAAAAAAA"),
        desk.hook.replace(&format!("/{secret}"), "/x"),
        desk.hook.replace(&desk.account.to_string(), &Uuid::nil().to_string()),
    ] {
        assert_eq!(post(anon(), &forged, &event).await, StatusCode::NOT_FOUND, "{forged}");
        assert_eq!(anon().get(&format!("{forged}/call_in?callid=1")).await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(post(anon().at(9), &desk.hook, &event).await, StatusCode::FORBIDDEN, "not in the list of addresses");
    assert_eq!(post(anon(), &desk.hook, &"x".repeat(1100 * 1024)).await, StatusCode::PAYLOAD_TOO_LARGE);
    desk.settle().await;
    assert_eq!(desk.calls().await.len(), 1, "nothing of a stranger was stored");
    // What is no event is kept and marked; what the mapping has no word for is nothing to us.
    assert_eq!(post(anon(), &desk.hook, "not a call").await, StatusCode::OK);
    assert_eq!(post(anon(), &desk.hook, r#"{"event":"dance","callId":"1"}"#).await, StatusCode::OK);
    desk.vendors.settled().await;
    desk.app.run_jobs().await;
    let failed = store::deliveries_in::in_trouble(&mut desk.app.city.db.read(), 10).await.expect("deliveries");
    assert_eq!(failed.len(), 1);
    // A new address ends the old one.
    let admin = crate::app::administrator(&desk.app.city, &desk.app.url).await;
    let renewed = admin.post(&format!("/admin/channels/{}", desk.account), &[("renew", "yes")]).await;
    assert_eq!(renewed.status(), StatusCode::SEE_OTHER);
    assert_eq!(post(anon(), &desk.hook, &event).await, StatusCode::NOT_FOUND);
    assert_eq!(post(anon(), &desk.path().await, &event).await, StatusCode::OK);
    desk.app.run_jobs().await;
    desk.app.finish_with_dead(1).await;
}
