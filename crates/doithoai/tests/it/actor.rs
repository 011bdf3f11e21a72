//! People at a browser: senders, robots, officers who are signed in.

use domain::case::Role;
use reqwest::{Response, StatusCode};
use service::{City, Officer};
use store::cases::CaseRow;
use uuid::Uuid;

const PASSWORD: &str = "mat-khau-thu-nghiem";

/// Who works here: log-in, agency, roles.
const OFFICERS: [(&str, &str, &[Role]); 9] = [
    ("tiepnhan", "1022", &[Role::Operator, Role::Publisher]),
    ("tiepnhan.hai", "1022", &[Role::Operator]),
    ("thue.nam", "thue-tp", &[Role::Handler, Role::Coordinator]),
    ("thue.mai", "thue-tp", &[Role::Handler, Role::Coordinator]),
    ("thue.oanh", "thue-tp", &[Role::Leader]),
    ("thue.dung", "thue-tp", &[Role::Handler, Role::Leader]),
    ("attp.ha", "so-attp", &[Role::Handler, Role::Coordinator]),
    ("attp.lam", "so-attp", &[Role::Leader]),
    ("quantri", "1022", &[Role::Administrator]),
];

/// Adds the officer when he is not there yet, and signs him in.
pub async fn sign_in(city: &City, url: &str, login: &str) -> Actor {
    let (_, agency, roles) = OFFICERS.iter().find(|(known, ..)| *known == login).expect("an officer of the list");
    if store::officers::by_login(&mut city.db.read(), login).await.expect("officers can be read").is_none() {
        let agency = city.reference().agency(agency).expect("the agency is in the reference data").id;
        let roles: Vec<(Role, Uuid)> = roles.iter().map(|role| (*role, agency)).collect();
        service::sign_in::add_officer(city, login, login, PASSWORD.into(), &roles).await.expect("the officer can be added");
    }
    let typed = [("login", login), ("password", PASSWORD)];
    let answer = client().post(format!("{url}/console/login")).form(&typed).send().await.expect("the console answers");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{login} can sign in");
    let cookie = answer.headers().get("set-cookie").expect("a session").to_str().expect("letters");
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let token = cookie.split_once('=').expect("a name and a value").1;
    let (officer, _) = service::sign_in::officer_of(city, token).await.expect("sessions can be read").expect("the session is there");
    Actor { url: url.to_owned(), client: client(), cookie: Some(cookie), officer: Some(officer) }
}

/// The administrator, whose telephone makes codes from now on.
pub async fn administrator(city: &City, url: &str) -> Actor {
    let administrator = sign_in(city, url, "quantri").await;
    let page = administrator.page("/console/account/second-factor").await;
    let secret = crate::sender::value(&page, "secret");
    let bits = hex::decode(&secret).expect("a secret");
    let telephone = totp_rs::Builder::new().with_secret(bits).with_account_name("quantri").build().expect("a secret of 160 bits");
    let code = telephone.generate(u64::try_from(city.now().as_second()).expect("after 1970")).to_string();
    let form = [("secret", secret.as_str()), ("code", code.as_str())];
    let confirmed = administrator.post("/console/account/second-factor", &form).await;
    assert_eq!(confirmed.status(), StatusCode::SEE_OTHER, "the second factor is on");
    administrator
}

/// Follows no redirect: tests look at them.
pub fn client() -> reqwest::Client {
    client_at([127, 0, 0, 1])
}

/// The same from an address of its own: all of 127.0.0.0/8 is this machine.
#[expect(clippy::disallowed_methods, reason = "tests call the program as any browser does")]
fn client_at(address: [u8; 4]) -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.local_address(std::net::IpAddr::from(address)).build().expect("a client")
}

/// Somebody at a browser.
pub struct Actor {
    url: String,
    client: reqwest::Client,
    cookie: Option<String>,
    officer: Option<Officer>,
}

impl Actor {
    /// Nobody in particular, with a browser that knows nothing yet.
    pub fn at_browser(url: &str) -> Self {
        Self { url: url.to_owned(), client: client(), cookie: None, officer: None }
    }

    pub fn officer(&self) -> &Officer {
        self.officer.as_ref().expect("this actor is signed in")
    }

    /// The same person with a cookie that the program gave.
    pub fn with_cookie(self, cookie: &str) -> Self {
        Self { cookie: Some(cookie.to_owned()), ..self }
    }

    /// The same person at another address on the net.
    pub fn at(self, last: u8) -> Self {
        Self { client: client_at([127, 0, 0, last]), ..self }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    /// A page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.expect("a page is text")
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.send(self.client.post(format!("{}{path}", self.url)).form(form)).await
    }

    /// A form with header fields of a script.
    pub async fn post_with(&self, path: &str, form: &[(&str, &str)], fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.url)).form(form);
        self.send(fields.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    /// A form's octets as they are; the answer may be missing when the program hangs up on them.
    pub async fn try_post_raw(&self, path: &str, body: Vec<u8>) -> reqwest::Result<Response> {
        let request = self.client.post(format!("{}{path}", self.url)).header("content-type", "application/x-www-form-urlencoded");
        self.dressed(request.body(body)).send().await
    }

    /// A body of another kind than our forms have.
    pub async fn post_as(&self, path: &str, kind: &str, body: &str) -> Response {
        let request = self.client.post(format!("{}{path}", self.url)).header("content-type", kind);
        self.send(request.body(body.to_owned())).await
    }

    /// A form that a page of another site sends with this person's cookies.
    pub async fn post_from(&self, site: &str, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.url)).form(form);
        self.send(request.header("origin", site).header("sec-fetch-site", "cross-site")).await
    }

    /// The cookie that is sent along.
    pub fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap_or_default()
    }

    /// A form with files.
    pub async fn upload(&self, path: &str, form: reqwest::multipart::Form) -> Response {
        self.send(self.client.post(format!("{}{path}", self.url)).multipart(form)).await
    }

    /// An act on a case as its page sends it, on the version that the page showed.
    pub async fn act(&self, case: &CaseRow, act: &str, form: &[(&str, &str)]) -> Response {
        let version = case.version.to_string();
        let form: Vec<(&str, &str)> = form.iter().copied().chain([("version", version.as_str())]).collect();
        self.post(&format!("/console/c/{}/do/{act}", case.code), &form).await
    }

    fn dressed(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let request = request.header("accept", "text/html");
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Response {
        self.dressed(request).send().await.expect("the program answers")
    }
}
