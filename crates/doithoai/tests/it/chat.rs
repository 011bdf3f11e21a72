//! A business in a chat: Facebook and Zalo of the simulator on the other end, the console as officers use it.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use service::chat_accounts::{Entry, Secrets, Settings};
use service::chat_channel::ChatChannel;
use simulator::{CallKind, Fault, Options, Rule, Sent, Simulator, facebook, zalo};
use store::cases::CaseRow;
use uuid::Uuid;

use crate::app::{MORNING, TestApp};
use crate::journey::{accepted_and_answered, routed};

pub const PAGE: &str = "102030405060708";
pub const FB_APP: &str = "700800900100200";
pub const OA: &str = "3000000000000000002";
pub const ZALO_APP: &str = "1234567890123456789";
const FB_SECRET: &str = "bi-mat-ung-dung-fb";
pub const OA_SECRET: &str = "bi-mat-oa";
pub const ZALO_SECRET: &str = "bi-mat-ung-dung-zalo";
const PAGE_TOKEN: &str = "EAADEMOPAGETOKEN";

/// The program, and the two vendors connected to it.
pub struct Chats {
    pub app: TestApp,
    pub vendors: Simulator,
    pub page: Uuid,
    pub oa: Uuid,
}

impl Chats {
    pub async fn start() -> Self {
        let morning: Timestamp = MORNING.parse().expect("a moment");
        Self::connect(TestApp::start().await, move || morning).await
    }

    /// The vendors go by this clock, and by what is added to it.
    pub async fn connect(app: TestApp, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let bind: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let vendors = Simulator::start(Options { retry_speed: 1_000, ..Options::new(bind, 7, Arc::new(clock)) }).await.expect("vendors");
        let page = page_account(&app, &vendors).await;
        let oa = oa_account(&app.city, &vendors).await;
        app.city.reload().await.expect("settings can be read");
        let chats = Self { app, vendors, page, oa };
        chats.open_facebook().await;
        chats.open_zalo().await;
        chats
    }

    async fn open_facebook(&self) {
        let facebook = self.vendors.facebook();
        facebook.add_app(facebook::App::new(FB_APP, FB_SECRET));
        facebook.add_page(facebook::Page::new(PAGE, "1022 TP.HCM", FB_APP, PAGE_TOKEN)).expect("a page");
        let row = store::channel_accounts::find(&mut self.app.city.db.read(), self.page).await.expect("the page is there");
        let token = service::chat_accounts::ChatAccount::of(&self.app.city, row).expect("its secrets open").secrets.webhook;
        let webhook = format!("{}/hooks/facebook/{}", self.app.url, self.page);
        facebook.connect_webhook(FB_APP, &webhook, &token).await.expect("the handshake is answered");
    }

    async fn open_zalo(&self) {
        let webhook = format!("{}/hooks/zalo/{}", self.app.url, self.oa);
        open_oa(&self.app.city, &self.vendors, self.oa, Some(webhook)).await;
    }

    /// Everything that is under way arrives, is worked on, and what comes of it as well.
    pub async fn settle(&self) {
        for _ in 0..3 {
            self.vendors.settled().await;
            self.app.run_jobs().await;
        }
    }

    /// Time passes for everybody.
    pub fn pass(&self, time: SignedDuration) {
        self.app.pass(time);
        self.vendors.advance(time);
    }

    pub fn zalo_said(&self, person: &str) -> Vec<String> {
        texts(&self.vendors.zalo().sent(Some(person)))
    }

    pub fn facebook_said(&self, person: &str) -> Vec<String> {
        texts(&self.vendors.facebook().sent(Some(person)))
    }

    pub async fn zalo_writes(&self, person: &str, text: &str) {
        self.vendors.zalo().write(OA, person, text).expect("the person can write");
        self.settle().await;
    }

    pub async fn facebook_writes(&self, person: &str, text: &str) {
        self.vendors.facebook().write(PAGE, person, text).expect("the person can write");
        self.settle().await;
    }

    /// Routed to the tax office by the operator.
    pub async fn route(&self, case: &CaseRow) -> CaseRow {
        let routed = routed(&self.app, case).await;
        self.settle().await;
        routed
    }

    /// Accepted, answered and approved by the tax office.
    pub async fn answer(&self, case: &CaseRow) -> CaseRow {
        let answered = accepted_and_answered(&self.app, case).await;
        self.settle().await;
        answered
    }

    pub async fn finish(self) {
        assert_eq!(self.vendors.zalo().repeats().len() + self.vendors.facebook().repeats().len(), 0, "nobody got a message twice");
        self.app.finish().await;
    }
}

fn texts(sent: &[Sent]) -> Vec<String> {
    sent.iter().map(|sent| sent.text.clone()).collect()
}

pub fn entry(channel: ChatChannel, address: String, vendors: &Simulator, secrets: Secrets) -> Entry {
    let origin = vendors.origin().to_owned();
    let host = origin.trim_start_matches("http://").to_owned();
    let base = if channel == ChatChannel::Facebook { format!("{origin}/v25.0") } else { origin.clone() };
    let settings = Settings { app_id: ZALO_APP.into(), base, oauth_base: origin, media_hosts: vec![host], ..Settings::default() };
    Entry { channel, name: "1022".into(), address, agency: None, enabled: true, settings, secrets }
}

async fn page_account(app: &TestApp, vendors: &Simulator) -> Uuid {
    let secrets = Secrets { app_secret: FB_SECRET.into(), access_token: PAGE_TOKEN.into(), ..Secrets::default() };
    service::chat_accounts::save(&app.city, None, None, entry(ChatChannel::Facebook, PAGE.into(), vendors, secrets)).await.expect("a page")
}

/// The vendors know the official account, tell what happens there to `webhook`, and let the city in.
pub async fn open_oa(city: &service::City, vendors: &Simulator, oa: Uuid, webhook: Option<String>) {
    let zalo = vendors.zalo();
    zalo.add_app(zalo::App { webhook, ..zalo::App::new(ZALO_APP, ZALO_SECRET) });
    zalo.add_account(zalo::Account::new(OA, "1022 TP.HCM", ZALO_APP, OA_SECRET)).expect("an account");
    let tokens = zalo.authorise(OA).expect("tokens");
    let secrets = Secrets { access_token: tokens.access, refresh_token: tokens.refresh, ..Secrets::default() };
    let row = store::channel_accounts::find(&mut city.db.read(), oa).await.expect("the account is there");
    let entry = entry(ChatChannel::Zalo, row.address, vendors, secrets);
    service::chat_accounts::save(city, None, Some(oa), entry).await.expect("tokens can be saved");
    city.reload().await.expect("settings can be read");
}

/// An official account that calls these vendors.
pub async fn oa_account(city: &service::City, vendors: &Simulator) -> Uuid {
    let secrets = Secrets { app_secret: ZALO_SECRET.into(), webhook: OA_SECRET.into(), ..Secrets::default() };
    service::chat_accounts::save(city, None, None, entry(ChatChannel::Zalo, OA.into(), vendors, secrets)).await.expect("an account")
}

pub const REPORT: &str = "cty em nop ho so hoan thue tu thang 3 den nay chua thay tra loi, von bi ket het";

#[tokio::test]
async fn a_business_is_served_on_zalo_without_leaving_the_chat() {
    let chats = Chats::start().await;
    let zalo = chats.vendors.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").expect("a person");
    chats.zalo_writes(&person, REPORT).await;
    let case = chats.app.case().await;
    assert_eq!((case.channel.as_str(), case.visibility.as_str()), ("zalo", "agencies"));
    let contact = store::contacts::find(&mut chats.app.city.db.read(), case.contact_id).await.expect("a contact");
    assert_eq!(contact.name, "Trần Thị B", "the vendor was asked for the name");
    let code = service::receive::spaced(&case.code);
    let said = chats.zalo_said(&person);
    assert_eq!(said.len(), 1, "one answer to one message: {said:?}");
    assert!(said[0].contains(&code) && said[0].contains("Thuế, hóa đơn, hoàn thuế"), "{}", said[0]);
    assert!(said[0].contains("chậm nhất") && said[0].contains("mã số thuế"), "when a person reads it, and what is missing: {}", said[0]);

    // Half a minute later a photo belongs to the same report.
    chats.pass(SignedDuration::from_secs(20));
    let url = chats.vendors.keep_file(crate::mail::photo_with_place());
    zalo.act(OA, &person, zalo::Act::Image { urls: vec![url], text: None }).expect("a photo");
    chats.settle().await;
    let files = store::files::of_case(&mut chats.app.city.db.read(), case.id).await.expect("files");
    assert_eq!(files.len(), 1);
    assert_eq!((files[0].mime.as_str(), files[0].refused.as_deref()), ("image/jpeg", None));
    assert_eq!(chats.zalo_said(&person).len(), 1, "nothing is said to that");

    // What was asked waits for its answer.
    chats.pass(SignedDuration::from_mins(2));
    chats.zalo_writes(&person, "MST 0100109106").await;
    let named = chats.app.reread(&case).await;
    assert!(named.business_id.is_some());
    assert!(chats.zalo_said(&person)[1].contains("0100109106"));

    let routed = chats.route(&named).await;
    let said = chats.zalo_said(&person);
    let agency = chats.app.city.reference().name(chats.app.city.reference().agency("thue-tp").expect("known").id).to_owned();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(
        said[2].contains(&agency) && said[2].contains("chậm nhất") && said[2].contains("https://1022.example.gov.vn/l/"),
        "{}",
        said[2]
    );

    chats.zalo_writes(&person, &code).await;
    assert!(chats.zalo_said(&person)[3].contains("Đã chuyển"), "{:?}", chats.zalo_said(&person));

    chats.answer(&routed).await;
    let said = chats.zalo_said(&person);
    assert_eq!(said.len(), 5);
    assert!(said[4].contains("4417") && said[4].contains("mấy sao"), "{}", said[4]);
    let message = chats.app.messages(case.id).await.into_iter().rev().find(|message| message.kind == "answer").expect("an answer");
    assert!(matches!(message.state.as_str(), "delivered" | "read"), "the phone said so: {}", message.state);

    chats.zalo_writes(&person, "5 sao").await;
    let closed = chats.app.reread(&case).await;
    assert_eq!(closed.stage, "closed");
    assert!(chats.zalo_said(&person)[5].contains("Cảm ơn"), "{:?}", chats.zalo_said(&person));
    chats.finish().await;
}

#[tokio::test]
async fn a_business_is_served_on_facebook_by_message_and_by_comment() {
    let chats = Chats::start().await;
    let facebook = chats.vendors.facebook();
    let person = facebook.add_person(PAGE, "Lê Văn C").expect("a person");
    chats.facebook_writes(&person, "Chào ad").await;
    assert!(chats.app.cases().await.is_empty(), "a greeting is no case");
    assert!(chats.facebook_said(&person)[0].contains("đang vướng việc gì"));
    chats.facebook_writes(&person, REPORT).await;
    let case = chats.app.case().await;
    assert!(chats.facebook_said(&person)[1].contains(&service::receive::spaced(&case.code)));

    // "Không đúng": the sender chooses.
    chats.facebook_writes(&person, "Không đúng").await;
    assert!(chats.facebook_said(&person)[2].contains("1. "), "{:?}", chats.facebook_said(&person));
    chats.facebook_writes(&person, "1").await;
    let chosen = chats.app.reread(&case).await;
    assert_ne!(chosen.proposal.0["fields"][0][0], "tax");
    assert!(chats.facebook_said(&person)[3].starts_with("Đã ghi"), "{:?}", chats.facebook_said(&person));

    // By comment: nearly nothing in public, the code in the one private reply.
    let commenter = facebook.add_person(PAGE, "Phạm Thị D").expect("a person");
    let post = facebook.add_post(PAGE, "Hỏi đáp thuế tháng 2").expect("a post");
    facebook.comment(PAGE, &commenter, &post, REPORT).expect("a comment");
    chats.settle().await;
    let cases = chats.app.cases().await;
    assert_eq!(cases.len(), 2);
    let commented = cases.iter().find(|found| found.id != case.id).expect("the comment's case");
    let code = service::receive::spaced(&commented.code);
    let all: Vec<Sent> = facebook.sent(None);
    let public: Vec<&Sent> = all.iter().filter(|sent| sent.kind == "comment").collect();
    assert_eq!(public.len(), 1, "{all:?}");
    assert!(public[0].text.contains("đã nhận") && !public[0].text.contains(&code), "never a code in public: {}", public[0].text);
    let private = chats.facebook_said(&commenter);
    assert!(private.iter().any(|text| text.contains(&code)), "{private:?}");

    // Another comment under the same post is the same case.
    chats.pass(SignedDuration::from_mins(5));
    facebook.comment(PAGE, &commenter, &post, "em bổ sung: mã hồ sơ ở cơ quan thuế là 4417").expect("a comment");
    chats.settle().await;
    assert_eq!(chats.app.cases().await.len(), 2);
    // Answering the private reply opens the chat, and belongs to the case.
    chats.facebook_writes(&commenter, "OK").await;
    let routed = chats.route(&chats.app.reread(commented).await).await;
    chats.answer(&routed).await;
    let said = chats.facebook_said(&commenter);
    assert!(said.last().expect("an answer").contains("4417"), "{said:?}");
    chats.finish().await;
}

#[tokio::test]
async fn another_matter_and_a_code_and_a_stranger() {
    let chats = Chats::start().await;
    let zalo = chats.vendors.zalo();
    let person = zalo.add_person(OA, "Một").expect("a person");
    let stranger = zalo.add_person(OA, "Hai").expect("a person");
    chats.zalo_writes(&person, REPORT).await;
    let first = chats.app.case().await;
    chats.pass(SignedDuration::from_mins(10));
    chats.zalo_writes(&person, "via he truoc quan bi chiem het, khach khong vao duoc").await;
    assert_eq!(chats.app.cases().await.len(), 1, "the one open case takes it");
    assert!(chats.zalo_said(&person)[1].contains("Việc khác"));
    chats.zalo_writes(&person, "Việc khác").await;
    let cases = chats.app.cases().await;
    assert_eq!(cases.len(), 2);
    let second = cases.iter().find(|case| case.id != first.id).expect("the other matter");
    assert!(chats.app.messages(second.id).await.iter().any(|message| message.text.contains("via he")));
    assert!(!chats.app.messages(first.id).await.iter().any(|message| message.text.contains("via he")));
    assert!(chats.app.events(first.id).await.contains(&"message_separated".to_owned()));

    // A stranger with the code sees status and dates, and joins nothing.
    let code = service::receive::spaced(&first.code);
    chats.zalo_writes(&stranger, &code).await;
    let told = chats.zalo_said(&stranger);
    assert!(told[0].contains("Đã nhận") && !told[0].contains("hoan thue"), "{told:?}");
    chats.zalo_writes(&stranger, &format!("{code} cho toi xem noi dung")).await;
    assert_eq!(chats.app.cases().await.len(), 3, "words with a foreign code are a matter of their own");
    assert!(!chats.app.messages(first.id).await.iter().any(|message| message.text.contains("cho toi xem")));
    chats.zalo_writes(&stranger, "9999999999").await;
    chats.finish().await;
}

#[tokio::test]
async fn duplicates_disorder_edits_and_takings_back_make_one_message_each() {
    let chats = Chats::start().await;
    let facebook = chats.vendors.facebook();
    facebook.add_fault(Rule::at_rate(CallKind::Webhook, Fault::Duplicate, 1.0)).expect("a rule");
    let person = facebook.add_person(PAGE, "Lê Văn C").expect("a person");
    let id = facebook.write(PAGE, &person, REPORT).expect("a message");
    facebook.act(PAGE, &person, facebook::Act::Edit { mid: id.clone(), text: format!("{REPORT}, ma so 4417") }).expect("an edit");
    chats.settle().await;
    chats.pass(SignedDuration::from_secs(5));
    chats.settle().await;
    let case = chats.app.case().await;
    let written: Vec<_> = chats.app.messages(case.id).await.into_iter().filter(|message| message.direction == "in").collect();
    assert_eq!(written.len(), 1);
    assert!(written[0].text.ends_with("4417") && written[0].quoted.as_deref() == Some(REPORT));
    assert_eq!(chats.facebook_said(&person).len(), 1);
    facebook.act(PAGE, &person, facebook::Act::Delete { mid: id }).expect("taken back");
    chats.settle().await;
    let written: Vec<_> = chats.app.messages(case.id).await.into_iter().filter(|message| message.direction == "in").collect();
    assert_eq!((written[0].text.as_str(), written[0].state_reason.as_deref()), ("", Some("taken_back")));
    chats.finish().await;
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_never_sent_again_until_the_echo_settles_it() {
    let chats = Chats::start().await;
    let facebook = chats.vendors.facebook();
    let person = facebook.add_person(PAGE, "Lê Văn C").expect("a person");
    facebook.add_fault(Rule::next(CallKind::Send, Fault::LostReply)).expect("a rule");
    facebook.write(PAGE, &person, REPORT).expect("a message");
    chats.vendors.settled().await;
    chats.app.run_jobs().await;
    let case = chats.app.case().await;
    let receipt =
        |messages: Vec<store::messages::MessageRow>| messages.into_iter().find(|message| message.kind == "receipt").expect("a receipt");
    assert!(chats.app.events(case.id).await.contains(&"delivery_unknown".to_owned()));
    chats.settle().await;
    assert!(chats.app.events(case.id).await.contains(&"delivery_settled".to_owned()));
    let state = receipt(chats.app.messages(case.id).await).state;
    assert!(matches!(state.as_str(), "sent" | "delivered" | "read"), "the echo settles it: {state}");
    assert_eq!(chats.facebook_said(&person).len(), 1, "sent once");
    chats.finish().await;
}

#[tokio::test]
async fn a_message_that_no_window_allows_goes_back_to_the_officer() {
    let chats = Chats::start().await;
    let facebook = chats.vendors.facebook();
    let person = facebook.add_person(PAGE, "Lê Văn C").expect("a person");
    chats.facebook_writes(&person, REPORT).await;
    let case = chats.app.case().await;
    chats.pass(SignedDuration::from_hours(30));
    let routed = chats.route(&case).await;
    let messages = chats.app.messages(case.id).await;
    let told = messages.iter().find(|message| message.kind == "routed").expect("words");
    assert_eq!(
        (told.state.as_str(), told.state_reason.as_deref()),
        ("failed", Some("window_closed")),
        "the program may not write after 24 hours"
    );
    assert!(chats.app.events(case.id).await.contains(&"delivery_failed".to_owned()));
    chats.answer(&routed).await;
    let messages = chats.app.messages(case.id).await;
    let answer = messages.iter().find(|message| message.kind == "answer").expect("an answer");
    assert!(matches!(answer.state.as_str(), "sent" | "delivered" | "read"), "a human may: {}", answer.state);
    let page = chats.app.officer("thue.nam").await.page(&format!("/console/c/{}", case.code)).await;
    assert!(page.contains("Không tới"), "the officer sees it");
    chats.finish().await;
}

#[tokio::test]
async fn an_answer_typed_in_the_vendors_inbox_is_recorded() {
    let chats = Chats::start().await;
    let zalo = chats.vendors.zalo();
    let person = zalo.add_person(OA, "Trần Thị B").expect("a person");
    chats.zalo_writes(&person, REPORT).await;
    let case = chats.app.case().await;
    zalo.answer_in_chat_tool(OA, &person, "Chị gọi 028 3829 0000 giúp em").expect("an answer");
    chats.settle().await;
    let messages = chats.app.messages(case.id).await;
    let typed: Vec<_> = messages.iter().filter(|message| message.kind == "vendor_inbox").collect();
    assert_eq!(typed.len(), 1);
    assert_eq!((typed[0].direction.as_str(), typed[0].state.as_str()), ("out", "sent"));
    chats.finish().await;
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_once_and_nothing_is_lost() {
    let chats = Chats::start().await;
    let zalo = chats.vendors.zalo();
    let people = zalo.add_crowd(OA, 20).expect("people");
    zalo.add_fault(Rule::next(CallKind::Send, Fault::TokenExpired).after(5)).expect("a rule");
    for person in &people {
        zalo.write(OA, person, REPORT).expect("a message");
    }
    chats.settle().await;
    chats.pass(SignedDuration::from_mins(1));
    chats.settle().await;
    for person in &people {
        assert_eq!(chats.zalo_said(person).len(), 1, "{person}");
    }
    let row = store::channel_accounts::find(&mut chats.app.city.db.read(), chats.oa).await.expect("the account");
    assert!(row.health.0.get("alarm").is_none_or(serde_json::Value::is_null), "{}", row.health.0);

    // The reply to the refresh is lost: both tokens are dead, and a person is called.
    zalo.add_fault(Rule::next(CallKind::Token, Fault::LostReply)).expect("a rule");
    zalo.add_fault(Rule::next(CallKind::Send, Fault::TokenExpired)).expect("a rule");
    chats.pass(SignedDuration::from_hours(1));
    zalo.write(OA, &people[0], "viec khac: can cap lai hoa don dien tu cho cong ty").expect("a message");
    chats.settle().await;
    chats.pass(SignedDuration::from_mins(1));
    chats.settle().await;
    let row = store::channel_accounts::find(&mut chats.app.city.db.read(), chats.oa).await.expect("the account");
    assert!(row.health.0["alarm"].is_string(), "{}", row.health.0);

    // A person gives the permission again; what waited goes out.
    let tokens = zalo.authorise(OA).expect("tokens");
    let secrets = Secrets { access_token: tokens.access, refresh_token: tokens.refresh, ..Secrets::default() };
    service::chat_accounts::save(&chats.app.city, None, Some(chats.oa), entry(ChatChannel::Zalo, OA.into(), &chats.vendors, secrets))
        .await
        .expect("saved");
    chats.app.city.reload().await.expect("settings");
    for _ in 0..3 {
        chats.pass(SignedDuration::from_mins(2));
        chats.settle().await;
    }
    assert_eq!(chats.zalo_said(&people[0]).len(), 2);
    chats.finish().await;
}

#[tokio::test]
async fn what_an_outage_missed_is_asked_for_and_comes_in_once() {
    let chats = Chats::start().await;
    let (zalo, facebook) = (chats.vendors.zalo(), chats.vendors.facebook());
    let person = zalo.add_person(OA, "Trần Thị B").expect("a person");
    let other = facebook.add_person(PAGE, "Lê Văn C").expect("a person");
    chats.zalo_writes(&person, "Chào ad").await;
    chats.facebook_writes(&other, "Chào ad").await;
    chats.pass(SignedDuration::from_hours(1));
    // Nobody hears the vendors now.
    zalo.set_webhook(ZALO_APP, "http://127.0.0.1:9/hooks").expect("an address");
    zalo.write(OA, &person, REPORT).expect("a message");
    chats.app.run_jobs().await;
    assert!(chats.app.cases().await.is_empty());
    service::jobs::catch_up(chats.app.city.clone(), tokio_util::sync::CancellationToken::new()).await;
    chats.app.run_jobs().await;
    let case = chats.app.case().await;
    assert_eq!(case.channel, "zalo");
    // The vendor repeats what was not answered: it is there already.
    zalo.set_webhook(ZALO_APP, &format!("{}/hooks/zalo/{}", chats.app.url, chats.oa)).expect("an address");
    chats.pass(SignedDuration::from_mins(10));
    chats.settle().await;
    assert_eq!(chats.app.cases().await.len(), 1);
    let written = chats.app.messages(case.id).await.into_iter().filter(|message| message.direction == "in").count();
    assert_eq!(written, 1);
    chats.finish().await;
}

#[tokio::test]
async fn the_way_an_account_signs_is_pinned_by_its_first_delivery() {
    use sha2::{Digest, Sha256};
    let chats = Chats::start().await;
    let hook = format!("{}/hooks/zalo/{}", chats.app.url, chats.oa);
    let http = crate::app::client();
    let post = async |first: &str, time: &str, secret: &str| {
        let body = format!(r#"{{"app_id":"{ZALO_APP}","oa_id":"{OA}","event_name":"oa_test","timestamp":"1790000000000"}}"#);
        let mac = Sha256::new().chain_update(first).chain_update(&body).chain_update(time).chain_update(secret).finalize();
        let request = http.post(&hook).header("x-zevent-signature", format!("mac={}", hex::encode(mac)));
        request.header("x-zevent-timestamp", "1790000000999").body(body).send().await.expect("an answer").status().as_u16()
    };
    let (body_time, header_time) = ("1790000000000", "1790000000999");
    assert_eq!(post(ZALO_APP, body_time, "sai").await, 403);
    assert_eq!(post(ZALO_APP, body_time, OA_SECRET).await, 200);
    for (first, time, secret) in [(ZALO_APP, header_time, OA_SECRET), (OA, body_time, OA_SECRET), (ZALO_APP, body_time, ZALO_SECRET)] {
        assert_eq!(post(first, time, secret).await, 403, "another way than the first");
    }
    assert_eq!(post(ZALO_APP, body_time, OA_SECRET).await, 200);
    // Settings saved anew: whatever comes first now is the way.
    let entry = entry(ChatChannel::Zalo, OA.into(), &chats.vendors, Secrets::default());
    service::chat_accounts::save(&chats.app.city, None, Some(chats.oa), entry).await.expect("saved");
    assert_eq!(post(OA, header_time, OA_SECRET).await, 200);
    assert_eq!(post(ZALO_APP, body_time, OA_SECRET).await, 403);
    chats.finish().await;
}

#[tokio::test]
async fn webhooks_that_are_not_the_vendors_are_refused() {
    let chats = Chats::start().await;
    let body = r#"{"object":"page","entry":[]}"#;
    let client = crate::app::client();
    let hook = format!("{}/hooks/facebook/{}", chats.app.url, chats.page);
    let post = async |url: &str, signature: &str, body: String| {
        client.post(url).header("x-hub-signature-256", signature).body(body).send().await.expect("an answer").status()
    };
    assert_eq!(post(&hook, "sha256=00", body.into()).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&hook, "", body.into()).await, StatusCode::FORBIDDEN);
    let nobody = format!("{}/hooks/zalo/{}", chats.app.url, Uuid::from_u128(9));
    assert_eq!(post(&nobody, "", body.into()).await, StatusCode::OK, "stored and marked");
    let large = "x".repeat(1024 * 1024 + 1);
    assert_eq!(post(&hook, "sha256=00", large).await, StatusCode::PAYLOAD_TOO_LARGE);
    let wrong = client.get(format!("{hook}?hub.mode=subscribe&hub.verify_token=sai&hub.challenge=1")).send().await.expect("an answer");
    assert_eq!(wrong.status(), StatusCode::FORBIDDEN);
    let trouble = store::deliveries_in::in_trouble(&mut chats.app.city.db.read(), 10).await.expect("deliveries");
    assert_eq!(trouble.len(), 1);
    assert!(chats.app.cases().await.is_empty());
    chats.finish().await;
}
