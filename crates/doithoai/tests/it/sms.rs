//! A business with any telephone: SMS through SMPP, the simulator's SMSC on the other end, the console as officers use it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use service::City;
use service::sms_accounts::{self, Entry, Route, RouteSecrets};
use simulator::smsc::{self, Counters, Mo};
use simulator::{Options, Simulator};
use store::cases::CaseRow;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::app::{MORNING, TestApp};
use crate::journey::{accepted_and_answered, routed};

pub const CODE: &str = "1022";
pub const PHONE: &str = "84901234567";
const PASSWORD: &str = "s3cret";

/// The program, an account with routes, and the SMSC to which they are bound.
pub struct Texts {
    pub app: TestApp,
    pub vendors: Simulator,
    pub account: Uuid,
    pub routes: Vec<Uuid>,
    links: Option<(TaskTracker, CancellationToken)>,
}

impl Texts {
    pub async fn start() -> Self {
        Self::with(TestApp::start().await, &[smsc_route("doithoai")]).await
    }

    /// One route of ours for each of the SMSC's.
    pub async fn with(app: TestApp, routes: &[smsc::Route]) -> Self {
        let moment: Timestamp = MORNING.parse().expect("a moment");
        let bind: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let options = Options { retry_speed: 1_000, ..Options::new(bind, 7, Arc::new(move || moment)) };
        let vendors = Simulator::start(options).await.expect("an SMSC");
        let account = open_account(&app.city).await;
        let mut ours = Vec::new();
        for route in routes {
            vendors.smsc().set_route(route.clone()).expect("a route");
            ours.push(add_route_in(&app.city, &vendors, account, &route.system_id).await);
        }
        app.city.reload().await.expect("settings can be read");
        let mut texts = Self { app, vendors, account, routes: ours, links: None };
        if texts.app.is_live() {
            texts.until_linked().await;
        } else {
            texts.link().await;
        }
        texts
    }

    /// Starts the links and waits until each stands.
    pub async fn link(&mut self) {
        let stop = CancellationToken::new();
        let tasks = service::jobs::start_links(&self.app.city, &stop);
        self.links = Some((tasks, stop));
        self.until_linked().await;
    }

    async fn until_linked(&self) {
        for route in self.routes.clone() {
            self.until("the link stands", async || self.app.city.links.session(self.account, route).is_some()).await;
        }
    }

    /// Ends the links as a program does that stops.
    pub async fn unlink(&mut self) {
        if let Some((tasks, stop)) = self.links.take() {
            stop.cancel();
            tasks.wait().await;
            self.until("nothing is held", async || !self.app.city.links.holds_any()).await;
        }
    }

    /// Waits for what another task does.
    pub async fn until(&self, what: &str, holds: impl AsyncFnMut() -> bool) {
        wait_for(what, Duration::from_secs(30), holds).await;
    }

    /// The same for the work of a load.
    pub async fn until_long(&self, what: &str, holds: impl AsyncFnMut() -> bool) {
        wait_for(what, Duration::from_secs(600), holds).await;
    }

    /// Everything that is under way arrives, is worked on, and what comes of it as well.
    pub async fn settle(&self) {
        for _ in 0..4 {
            self.vendors.settled().await;
            self.app.run_jobs().await;
        }
    }

    /// Time passes for everybody.
    pub fn pass(&self, time: SignedDuration) {
        self.app.pass(time);
        self.vendors.advance(time);
    }

    pub async fn writes(&self, phone: &str, text: &str) {
        self.vendors.smsc().write(phone, CODE, text).expect("a person can write");
        self.settle().await;
    }

    pub async fn inject(&self, mo: Mo) {
        self.vendors.smsc().inject(mo).expect("a person can write");
        self.settle().await;
    }

    /// What a handset showed, whole texts.
    pub fn said(&self, phone: &str) -> Vec<String> {
        self.vendors.smsc().sent(Some(phone)).iter().map(|sent| sent.text.clone()).collect()
    }

    pub fn counters(&self, route: &str) -> Counters {
        self.vendors.smsc().counters(route)
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

    /// State and reason of the newest message of a kind in a case.
    pub async fn state(&self, case: Uuid, kind: &str) -> (String, Option<String>) {
        let message = self.app.messages(case).await.into_iter().rev().find(|message| message.kind == kind).expect("such a message");
        (message.state, message.state_reason)
    }

    /// The end where the SMSC still has something to say.
    pub async fn finish_unsettled(mut self) {
        self.unlink().await;
        self.app.finish().await;
    }

    /// The end of a test with all runners at work.
    pub async fn finish_live(self) {
        assert_eq!(self.vendors.smsc().repeats().len(), 0, "nobody got a message twice: {:?}", self.vendors.smsc().repeats());
        self.app.finish().await;
    }

    pub async fn finish(self) {
        self.finish_told(0).await;
    }

    /// The same where so many texts were rightly said again.
    pub async fn finish_told(mut self, again: usize) {
        self.settle().await;
        self.unlink().await;
        assert_eq!(self.vendors.smsc().repeats().len(), again, "nobody got a message twice: {:?}", self.vendors.smsc().repeats());
        self.app.finish().await;
    }
}

async fn wait_for(what: &str, patience: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < patience, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub fn smsc_route(system_id: &str) -> smsc::Route {
    smsc::Route::new(system_id, PASSWORD).with_short_code(CODE)
}

pub async fn open_account(city: &City) -> Uuid {
    let entry = Entry { name: "SMS 1022".into(), address: CODE.into(), enabled: true, ..Entry::default() };
    sms_accounts::save(city, None, None, entry).await.expect("an account")
}

pub async fn add_route_in(city: &City, vendors: &Simulator, account: Uuid, system_id: &str) -> Uuid {
    let at = vendors.smsc().address();
    let route = Route {
        name: system_id.into(),
        host: at.ip().to_string(),
        port: at.port(),
        system_id: system_id.into(),
        per_second: 1000,
        answer_seconds: 4,
        ..Route::default()
    };
    let secrets = RouteSecrets { password: PASSWORD.into(), ..RouteSecrets::default() };
    sms_accounts::save_route(city, None, account, route, secrets).await.expect("a route")
}

/// Three parts in GSM, as people write on an old telephone.
const REPORT: &str = "Cong ty em nop ho so hoan thue GTGT hang xuat khau quy IV tu ngay 15/12, den nay qua 40 ngay van chua co tra loi. \
    Em da goi dien 3 lan, can bo noi cho. Von bi ket het, khong co tien tra luong cho 60 cong nhan va tien mua nguyen lieu. \
    Xin cho biet ho so dang o dau, thieu giay to gi, bao gio co ket qua, ai la nguoi giai quyet de em lien he.";

#[tokio::test]
async fn a_business_is_served_by_sms_from_report_to_rating() {
    let texts = Texts::start().await;
    texts.inject(Mo { parts: vec![3, 1, 2], ..Mo::new(PHONE, CODE, REPORT) }).await;
    let case = texts.app.case().await;
    assert_eq!((case.channel.as_str(), case.visibility.as_str(), case.language.as_str()), ("sms", "agencies", "vi"));
    let messages = texts.app.messages(case.id).await;
    let report = messages.iter().find(|message| message.direction == "in").expect("the report");
    assert_eq!(report.text, REPORT, "joined in their order");
    assert_eq!(case.proposal.0["fields"][0][0], "tax", "understood without diacritics");
    let code = service::receive::spaced(&case.code);
    let said = texts.said(PHONE);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with("1022 da nhan") && said[0].contains(&code) && said[0].contains(&format!("KQ {}", case.code)),
        "{}",
        said[0]
    );
    assert!(said[0].is_ascii() && said[0].len() <= 160, "one segment: {}", said[0]);
    assert_eq!(texts.counters("doithoai").accepted, 1, "one segment went out");
    assert_eq!(texts.state(case.id, "receipt").await.0, "delivered", "the handset said so");

    let routed = texts.route(&case).await;
    let said = texts.said(PHONE);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].contains(&code) && said[1].contains("cham nhat") && said[1].len() <= 160, "{}", said[1]);
    assert_eq!(texts.counters("doithoai").accepted, 2);

    texts.writes(PHONE, &format!("kq {}", case.code)).await;
    assert!(texts.said(PHONE)[2].contains(&code) && texts.said(PHONE)[2].contains("cham nhat"), "{:?}", texts.said(PHONE));
    assert_eq!(texts.app.cases().await.len(), 1, "a command is no report");

    let answered = texts.answer(&routed).await;
    let said = texts.said(PHONE);
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[3].contains("4417") && said[3].contains(&format!("DG {}", case.code)), "{}", said[3]);
    assert!(said[3].is_ascii(), "without diacritics: {}", said[3]);
    assert_eq!(texts.state(case.id, "answer").await.0, "delivered", "every part of it");
    let page = texts.app.officer("thue.nam").await.page(&format!("/console/c/{}", case.code)).await;
    assert!(page.contains("qua SMS") && page.contains("Đã tới"), "the officer sees it");

    // A stranger cannot rate, and learns nothing.
    let stranger = "84912345678";
    texts.writes(stranger, &format!("DG {} 5", case.code)).await;
    texts.writes(stranger, "DG 2640719235 5").await;
    let told = texts.said(stranger);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].replace(&code, ""), told[1].replace("26 4071 923 5", ""), "alike for what is there and what is not");
    assert_eq!(texts.app.reread(&answered).await.stage, "answered");

    texts.writes(PHONE, &format!("DG {} 5", case.code)).await;
    assert_eq!(texts.app.reread(&answered).await.stage, "closed");
    assert!(texts.said(PHONE)[4].contains("Cam on"), "{:?}", texts.said(PHONE));
    texts.writes(PHONE, "HUY").await;
    assert!(texts.said(PHONE)[5].contains("chi nhan ve ho so"), "{:?}", texts.said(PHONE));
    // Anything else is a report.
    texts.pass(SignedDuration::from_hours(1));
    texts.writes(PHONE, "KQ kiem tra quan an ngay 12 bao lau moi co, quan em cho mai").await;
    assert_eq!(texts.app.cases().await.len(), 2);
    texts.finish().await;
}
