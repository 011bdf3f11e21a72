//! What every test stands on: a simulator whose clock stands still, a client, and our side as a small server that notes what it
//! is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use serde_json::{Value, json};
use simulator::facebook::{App, Page};
use simulator::{Options, Simulator, zalo};

pub const START: i64 = 1_790_000_000;
pub const SECRET: &str = "fb-demo-app-secret";
pub const PAGE: &str = "102030405060708";
pub const TOKEN: &str = "EAADEMOPAGETOKEN";
pub const VERIFY: &str = "verify-demo";

pub const ZALO_APP: &str = "1234567890123456789";
pub const ZALO_APP_SECRET: &str = "app-secret-demo";
pub const OA: &str = "3000000000000000002";
pub const OA_SECRET: &str = "OaSecretDemo";
pub const ACCESS: &str = "zalo-demo-access-token";

/// A client that speaks plain HTTP and waits at most 20 s.
pub fn client() -> reqwest::Client {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    #[expect(clippy::disallowed_methods, reason = "the tests' own client")]
    let builder = reqwest::Client::builder();
    let builder = builder.tls_backend_preconfigured(tls).no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.timeout(Duration::from_secs(20)).build().unwrap()
}

pub fn options() -> Options {
    Options::new(SocketAddr::from(([127, 0, 0, 1], 0)), 7, Arc::new(|| Timestamp::from_second(START).unwrap()))
}

/// A simulator and a client.
pub struct Stage {
    pub simulator: Simulator,
    pub client: reqwest::Client,
}

/// The JSON of an answer and its status.
pub type Answer = (u16, Value);

impl Stage {
    pub async fn new() -> Self {
        Self::with(options()).await
    }

    pub async fn with(options: Options) -> Self {
        Self { simulator: Simulator::start(options).await.unwrap(), client: client() }
    }

    /// With one page, and our side connected to it.
    pub async fn facebook() -> (Self, OurSide) {
        Self::facebook_with(options()).await
    }

    pub async fn facebook_with(options: Options) -> (Self, OurSide) {
        let stage = Self::with(options).await;
        let ours = OurSide::start().await;
        let facebook = stage.simulator.facebook();
        facebook.add_app(App::new("1234567", SECRET));
        facebook.add_page(Page::new(PAGE, "Đối Thoại", "1234567", TOKEN)).unwrap();
        facebook.connect_webhook("1234567", &ours.url, VERIFY).await.unwrap();
        (stage, ours)
    }

    /// With one account, authorised, and our side connected to it.
    pub async fn zalo() -> (Self, OurSide) {
        let stage = Self::new().await;
        let ours = OurSide::start().await;
        let zalo = stage.simulator.zalo();
        zalo.add_app(zalo::App { webhook: Some(ours.url.clone()), ..zalo::App::new(ZALO_APP, ZALO_APP_SECRET) });
        zalo.add_account(zalo::Account::new(OA, "1022 TP.HCM", ZALO_APP, OA_SECRET)).unwrap();
        let tokens = zalo::Tokens { access: ACCESS.into(), refresh: "refresh-demo".into() };
        zalo.authorise_with(OA, &tokens).unwrap();
        (stage, ours)
    }

    /// An OpenAPI call with the account's token and a JSON body.
    pub async fn zalo_post(&self, path: &str, body: Value) -> Answer {
        answer(self.client.post(self.url(path)).header("access_token", ACCESS).json(&body).send().await.unwrap()).await
    }

    pub async fn zalo_get(&self, path: &str, data: Value) -> Answer {
        let mut url = reqwest::Url::parse(&self.url(path)).unwrap();
        url.query_pairs_mut().append_pair("data", &data.to_string());
        answer(self.client.get(url).header("access_token", ACCESS).send().await.unwrap()).await
    }

    /// A text of the account to a person; the error number and the data.
    pub async fn zalo_send(&self, person: &str, text: &str) -> (i64, Value) {
        let body = json!({"recipient": {"user_id": person}, "message": {"text": text}});
        zalo_result(self.zalo_post("/v3.0/oa/message/cs", body).await)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.origin())
    }

    /// A Graph call with the page's token and a JSON body.
    pub async fn graph(&self, path: &str, body: Value) -> Answer {
        let request = self.client.post(self.url(&format!("/v25.0/{path}"))).bearer_auth(TOKEN).json(&body);
        answer(request.send().await.unwrap()).await
    }

    pub async fn graph_get(&self, path: &str) -> Answer {
        let request = self.client.get(self.url(&format!("/v25.0/{path}"))).bearer_auth(TOKEN);
        answer(request.send().await.unwrap()).await
    }

    /// A text of the page to a person.
    pub async fn send(&self, psid: &str, text: &str) -> Answer {
        let body = json!({"messaging_type": "RESPONSE", "recipient": {"id": psid}, "message": {"text": text}});
        self.graph(&format!("{PAGE}/messages"), body).await
    }

    pub async fn control(&self, method: reqwest::Method, path: &str, body: Value) -> Answer {
        let request = self.client.request(method, self.url(&format!("/control/{path}"))).json(&body);
        answer(request.send().await.unwrap()).await
    }
}

pub async fn answer(response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// The code and subcode of a Graph error.
pub fn graph_error(answer: &Answer) -> (u16, u64, u64) {
    let error = &answer.1["error"];
    (answer.0, error["code"].as_u64().unwrap_or(0), error["error_subcode"].as_u64().unwrap_or(0))
}

/// The error number and the data of an OpenAPI answer, which is always HTTP 200.
pub fn zalo_result(answer: Answer) -> (i64, Value) {
    assert_eq!(answer.0, 200, "{}", answer.1);
    (answer.1["error"].as_i64().unwrap(), answer.1["data"].clone())
}

/// One webhook as it arrived.
#[derive(Debug, Clone)]
pub struct Post {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Post {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// How our side answers the next webhooks; 200 once the list is used up.
#[derive(Debug, Clone, Copy)]
pub enum Reply {
    Status(u16),
    Body(&'static str),
    Hang,
}

#[derive(Default)]
struct Noted {
    posts: Vec<Post>,
    replies: VecDeque<Reply>,
}

/// Our side.
pub struct OurSide {
    pub url: String,
    noted: Arc<Mutex<Noted>>,
    _task: tokio::task::JoinSet<()>,
}

impl OurSide {
    pub async fn start() -> Self {
        let noted = Arc::new(Mutex::new(Noted::default()));
        let router = axum::Router::new().route("/hook", get(handshake).post(note)).with_state(Arc::clone(&noted));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let mut task = tokio::task::JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, noted, _task: task }
    }

    pub fn answer_next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.noted.lock().unwrap().replies.extend(replies);
    }

    /// What arrived since the last look.
    pub fn take(&self) -> Vec<Post> {
        std::mem::take(&mut self.noted.lock().unwrap().posts)
    }

    /// The items of `messaging` that arrived since the last look and carry this member.
    pub fn messaging(&self, member: &str) -> Vec<Value> {
        let items = self.take().into_iter().flat_map(|post| post.json()["entry"].as_array().cloned().unwrap_or_default());
        let items = items.flat_map(|entry| entry["messaging"].as_array().cloned().unwrap_or_default());
        items.filter(|item| item.get(member).is_some()).collect()
    }

    /// Names and bodies of the Zalo events that arrived since the last look.
    pub fn events(&self) -> Vec<(String, Value)> {
        self.take().iter().map(|post| (post.json()["event_name"].as_str().unwrap().to_owned(), post.json())).collect()
    }

    /// The values of `changes` that arrived since the last look.
    pub fn changes(&self) -> Vec<Value> {
        let items = self.take().into_iter().flat_map(|post| post.json()["entry"].as_array().cloned().unwrap_or_default());
        items.flat_map(|entry| entry["changes"].as_array().cloned().unwrap_or_default()).map(|change| change["value"].clone()).collect()
    }
}

async fn handshake(Query(query): Query<Vec<(String, String)>>) -> Response {
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if value("hub.mode") == Some("subscribe") && value("hub.verify_token") == Some(VERIFY) {
        value("hub.challenge").unwrap_or_default().to_owned().into_response()
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn note(State(noted): State<Arc<Mutex<Noted>>>, headers: HeaderMap, body: Bytes) -> Response {
    let reply = {
        let mut noted = noted.lock().unwrap();
        noted.posts.push(Post { headers, body });
        noted.replies.pop_front().unwrap_or(Reply::Status(200))
    };
    match reply {
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Reply::Body(body) => body.into_response(),
        Reply::Hang => std::future::pending().await,
    }
}

/// Our side where everything comes by GET: it notes the addresses it is called at, and answers 200 with a body.
pub struct Callbacks {
    pub origin: String,
    noted: Arc<Mutex<Vec<String>>>,
    _task: tokio::task::JoinSet<()>,
}

impl Callbacks {
    pub async fn start(answer: &'static str) -> Self {
        let noted = Arc::new(Mutex::new(Vec::new()));
        let router = axum::Router::new().fallback(call_back).with_state((Arc::clone(&noted), answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let mut task = tokio::task::JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, noted, _task: task }
    }

    /// Paths and queries that were called since the last look.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.noted.lock().unwrap())
    }
}

type Called = (Arc<Mutex<Vec<String>>>, &'static str);

async fn call_back(State((noted, answer)): State<Called>, request: axum::extract::Request) -> Response {
    if request.method() != axum::http::Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    noted.lock().unwrap().push(request.uri().to_string());
    answer.into_response()
}
