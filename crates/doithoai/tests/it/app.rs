//! The program in one process with the test: its own database, a clock that the test sets, actors that speak HTTP.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use domain::case::Role;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use service::clock::{Clock, SetClock, SystemClock, SystemRandom};
use service::edit_reference::{self, Edit};
use service::intake::Intake;
use service::keys::Keys;
use service::mailboxes::{Entry, Mailbox};
use service::{City, Officer, Settings};
use sha2::Sha256;
use store::cases::CaseRow;
use store::messages::MessageRow;
use store::{Attachments, Db};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use web::app::{App, router};
use web::limit::Proxies;

pub use crate::actor::{Actor, administrator, client, sign_in};
use crate::database::Database;
use crate::letter::Letter;
use crate::outbox::Outbox;

/// A Thursday morning in office hours, before Tết 2026 (domain §2.2).
pub const MORNING: &str = "2026-02-05T09:00:00+07:00";
pub const PUBLIC: &str = "https://1022.example.gov.vn";
/// The mailbox of most tests and the business that writes to it.
pub const CITY_BOX: &str = "phananh@example.gov.vn";
pub const FIRM: &str = "ketoan@doanhnghiep.example";

/// A city for one test. Every test ends with [`TestApp::finish`].
pub struct TestApp {
    pub city: City,
    pub url: String,
    pub outbox: Outbox,
    clock: Option<Arc<SetClock>>,
    runners: Option<(TaskTracker, CancellationToken)>,
    database: Option<Database>,
    folder: TempDir,
    finished: bool,
}

/// A mailbox that only the hook fills and that sends to the server at `port`.
pub fn plain_mailbox(address: &str, port: u16) -> Mailbox {
    Mailbox {
        imap_host: String::new(),
        imap_port: 143,
        imap_security: "plain".into(),
        smtp_host: "127.0.0.1".into(),
        smtp_port: port,
        smtp_security: "plain".into(),
        login: address.into(),
        display_name: "Tổng đài 1022".into(),
        trusted_mx: "mx.example.gov.vn".into(),
        root_pem: String::new(),
        poll: false,
    }
}

/// Settings of a test's city.
pub fn settings(data: &Path, node: &str) -> Settings {
    Settings {
        public_url: PUBLIC.into(),
        node: node.into(),
        instance: "0123456789abcdef".into(),
        data: data.to_owned(),
        low_water: 1024 * 1024,
    }
}

/// A city on a database that is there already.
pub async fn open_city(url: &str, data: &Path, master: &[u8], clock: Arc<dyn Clock>, settings: Settings) -> City {
    // The first of a process counts; the others find it there.
    let _first = rustls::crypto::ring::default_provider().install_default();
    let db = Db::open(url).await.expect("the database opens");
    let attachments = Attachments::open(&data.join("attachments")).expect("a folder for attachments");
    let index = search::Index::open(&data.join(format!("index-{}", settings.node))).expect("an index");
    let keys = Keys::from_master(master).expect("a key");
    let http = channels::http::client().expect("a client");
    City::open(db, attachments, index, http, clock, Arc::new(SystemRandom), keys, settings).await.expect("the city opens")
}

impl TestApp {
    /// At [`MORNING`], by a clock that stands until the test sets it. Jobs run when the test says so.
    pub async fn start() -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), 1024 * 1024).await
    }

    /// The same with data on a disk of the test's choice, refusing below `low_water` free bytes.
    pub async fn start_in(folder: TempDir, low_water: u64) -> Self {
        let clock = Arc::new(SetClock::at(MORNING.parse().expect("a moment")));
        Self::build(clock.clone(), Some(clock), folder, low_water, &[], false).await
    }

    /// The same under its own address, so that vendors of the simulator can call what they are told to call.
    pub async fn reachable() -> Self {
        let clock = Arc::new(SetClock::at(MORNING.parse().expect("a moment")));
        Self::build(clock.clone(), Some(clock), tempfile::tempdir().expect("a folder"), 1024 * 1024, &[], true).await
    }

    /// The same with other numbers in the list of limits. Those per minute are read when the program starts.
    pub async fn start_with(limits: &[(&str, i64)]) -> Self {
        let clock = Arc::new(SetClock::at(MORNING.parse().expect("a moment")));
        Self::build(clock.clone(), Some(clock), tempfile::tempdir().expect("a folder"), 1024 * 1024, limits, false).await
    }

    /// By the machine's clock, with all runners at work.
    pub async fn live() -> Self {
        let mut app = Self::build(Arc::new(SystemClock), None, tempfile::tempdir().expect("a folder"), 1024 * 1024, &[], false).await;
        let stop = CancellationToken::new();
        app.runners = Some((service::jobs::start(&app.city, &stop), stop));
        app
    }

    async fn build(
        clock: Arc<dyn Clock>,
        set: Option<Arc<SetClock>>,
        folder: TempDir,
        low_water: u64,
        limits: &[(&str, i64)],
        reachable: bool,
    ) -> Self {
        let _told = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer().try_init();
        let database = Database::fresh(folder.path()).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let public_url = if reachable { url.clone() } else { PUBLIC.to_owned() };
        let settings = Settings { low_water, public_url, ..settings(folder.path(), "one") };
        let city = open_city(&database.url, folder.path(), &[7; 32], clock, settings).await;
        for (item, value) in limits {
            set_limit(&city, item, *value).await;
        }
        let app = App::new(city.clone(), Intake::start(city.clone()), Proxies(Vec::new())).expect("the limits are there");
        let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let outbox = Outbox::open().await;
        Self { city, url, outbox, clock: set, runners: None, database: Some(database), folder, finished: false }
    }

    /// Another node of the same city, by the same clock.
    pub async fn second_node(&self) -> City {
        let url = &self.database.as_ref().expect("the database is there until the end").url;
        let clock = self.clock.clone().expect("this test runs by the machine's clock");
        open_city(url, self.folder.path(), &[7; 32], clock, settings(self.folder.path(), "two")).await
    }

    /// Whether its runners are at work.
    pub fn is_live(&self) -> bool {
        self.runners.is_some()
    }

    /// The folder of its data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn set_clock(&self, moment: &str) {
        self.clock.as_ref().expect("this test runs by the machine's clock").set(moment.parse().expect("a moment"));
    }

    pub fn pass(&self, time: SignedDuration) {
        self.clock.as_ref().expect("this test runs by the machine's clock").advance(time);
    }

    /// Does everything that is due.
    pub async fn run_jobs(&self) {
        service::jobs::run_all(&self.city).await.expect("jobs can be run");
    }

    /// What happens because nothing happened, and the work of the night.
    pub async fn run_timers(&self) {
        while service::jobs::run_timers(&self.city).await.expect("timers can be looked at") > 0 {}
        service::jobs::run_nightly(&self.city).await.expect("the nightly work can be done");
        self.run_jobs().await;
    }

    /// Builds the search index anew.
    pub async fn index(&self) {
        service::jobs::rebuild_index(&self.city, |_| {}).await.expect("the index can be built");
    }

    /// The judge finds nothing.
    pub async fn verify(&self) {
        let (_, violations) = service::verify::verify(&self.city, |_| {}).await.expect("the judge can read");
        assert!(violations.is_empty(), "violations: {violations:#?}");
    }

    /// The end of every test: nothing is left to do, nothing is dead, nothing is wrong.
    pub async fn finish(self) {
        self.finish_with_dead(0).await;
    }

    /// Looks once more when all work is done, then ends.
    pub async fn finish_after(mut self, look: impl AsyncFnOnce(&Self)) {
        self.rest().await;
        look(&self).await;
        self.finish().await;
    }

    /// Runners stop and all work is done.
    async fn rest(&mut self) {
        if let Some((tasks, stop)) = self.runners.take() {
            stop.cancel();
            tasks.wait().await;
        }
        self.run_jobs().await;
    }

    /// The same where jobs were to be given up.
    pub async fn finish_with_dead(mut self, expected: usize) {
        self.rest().await;
        self.index().await;
        self.verify().await;
        let unfinished = store::jobs::unfinished(&mut self.city.db.read(), self.city.now(), 100).await.expect("jobs can be counted");
        assert_eq!(unfinished, 0, "due jobs are left");
        let dead = store::jobs::dead(&mut self.city.db.read(), i64::MAX, 100).await.expect("dead jobs can be listed");
        assert_eq!(dead.len(), expected, "dead jobs: {dead:#?}");
        self.finished = true;
        if let Some(database) = self.database.take() {
            database.remove().await;
        }
    }

    /// A sender or a robot: nobody in particular.
    pub fn anon(&self) -> Actor {
        Actor::at_browser(&self.url)
    }

    /// An officer of [`OFFICERS`] who is signed in.
    pub async fn officer(&self, login: &str) -> Actor {
        sign_in(&self.city, &self.url, login).await
    }

    /// A mailbox that only the hook fills and whose mail goes to [`TestApp::outbox`].
    pub async fn mailbox(&self, address: &str, agency: Option<&str>) -> Hook {
        let mailbox = plain_mailbox(address, self.outbox.port);
        Hook::set_up(&self.city, &self.url, address, agency, mailbox, "").await
    }

    /// Cases, oldest first.
    pub async fn cases(&self) -> Vec<CaseRow> {
        store::cases::all_after(&mut self.city.db.read(), Uuid::nil(), 1_000).await.expect("cases can be read")
    }

    /// The one case there is.
    pub async fn case(&self) -> CaseRow {
        let mut cases = self.cases().await;
        assert_eq!(cases.len(), 1, "one case");
        cases.remove(0)
    }

    pub async fn reread(&self, case: &CaseRow) -> CaseRow {
        store::cases::find(&mut self.city.db.read(), case.id).await.expect("the case is there")
    }

    pub async fn messages(&self, case: Uuid) -> Vec<MessageRow> {
        store::messages::of_case(&mut self.city.db.read(), case).await.expect("messages can be read")
    }

    /// Kinds of the events of a case, in order.
    pub async fn events(&self, case: Uuid) -> Vec<String> {
        let events = store::events::of_case(&mut self.city.db.read(), case).await.expect("events can be read");
        events.into_iter().map(|event| event.kind).collect()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        assert!(self.finished || std::thread::panicking(), "a test ends with finish(): nothing has been verified");
    }
}

/// An administrator's edit in the list of limits.
pub async fn set_limit(city: &City, item: &str, value: i64) {
    edit(city, "limit", item, |body| body["value"] = value.into()).await;
}

/// An administrator's edit of a row of the reference data.
pub async fn edit(city: &City, kind: &str, item: &str, change: impl FnOnce(&mut serde_json::Value)) {
    let reference = city.reference();
    let roles = vec![(Role::Administrator, reference.city)];
    let by = Officer::new(Uuid::nil(), "quantri".into(), "Quản trị".into(), roles, &reference.agencies, reference.city);
    let rows = edit_reference::list(city, &by, kind).await.expect("the list can be read");
    let row = rows.into_iter().find(|row| row.item == item).expect("a row of the list");
    let mut body = row.body.0;
    change(&mut body);
    let (valid_from, valid_to) = (row.valid_from, row.valid_to.unwrap_or_default());
    let edit = Edit {
        kind: row.kind,
        item: row.item,
        valid_from,
        valid_to,
        body,
        source: row.source,
        status: row.status,
        updated_at: row.updated_at,
    };
    edit_reference::save(city, &by, edit).await.expect("the row can be edited");
}

/// The hook of a mailbox, as a mail relay knows it.
#[derive(Clone)]
pub struct Hook {
    pub account: Uuid,
    key: String,
    url: String,
    client: reqwest::Client,
}

impl Hook {
    pub async fn set_up(city: &City, url: &str, address: &str, agency: Option<&str>, mailbox: Mailbox, password: &str) -> Self {
        let agency = agency.map(|code| city.reference().agency(code).expect("the agency is in the reference data").id);
        let entry = Entry { name: address.into(), address: address.into(), agency, enabled: true, mailbox, password: password.into() };
        let account = service::mailboxes::save(city, None, None, entry).await.expect("the mailbox can be saved");
        city.reload().await.expect("settings can be read");
        Self::of(city, url, account).await
    }

    /// The hook of a mailbox that is there.
    pub async fn of(city: &City, url: &str, account: Uuid) -> Self {
        let row = store::channel_accounts::find(&mut city.db.read(), account).await.expect("the mailbox is there");
        let key = service::mailboxes::secrets(city, &row).expect("its key opens").hook_key;
        Self { account, key, url: url.to_owned(), client: client() }
    }

    /// The same mailbox at another node.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub fn sign(&self, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).expect("any key");
        mac.update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    /// Hands the octets over; the answer may be missing when the program dies meanwhile.
    pub async fn try_deliver(&self, body: Vec<u8>, signature: &str) -> reqwest::Result<StatusCode> {
        let request = self.client.post(format!("{}/hooks/email/{}", self.url, self.account)).header("x-doithoai-signature", signature);
        Ok(request.body(body).send().await?.status())
    }

    pub async fn deliver_raw(&self, body: Vec<u8>) -> StatusCode {
        let signature = self.sign(&body);
        self.try_deliver(body, &signature).await.expect("the hook answers")
    }

    pub async fn deliver(&self, letter: &Letter) {
        assert_eq!(self.deliver_raw(letter.bytes()).await, StatusCode::ACCEPTED);
    }
}

/// Midnight at the end of a local day, as due dates are stored.
pub fn end_of(day: &str) -> Timestamp {
    domain::time::last_moment_of(day.parse().expect("a date"))
}
