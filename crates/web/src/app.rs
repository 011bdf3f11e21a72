//! The program's HTTP side put together: what handlers share, and every route in one list.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use service::intake::Intake;
use service::{City, Officer};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use crate::error::{self, Error};
use crate::limit::{self, Limit, Proxies};
use crate::page::{self, Reader};
use crate::{admin, assets, console, hooks, portal};

/// What every handler can reach. Clones share it.
#[derive(Clone)]
pub struct App {
    pub city: City,
    pub intake: Intake,
    pub limits: Arc<Limits>,
    proxies: Arc<Proxies>,
    /// Cookies are marked `Secure` (with the `__Host-` prefix) when the public address is https.
    pub secure: bool,
}

/// Limits of the public doors, per network and minute. They keep floods out of one node; caps that must hold over nodes
/// and restarts are counted in the database.
pub struct Limits {
    /// Forms that store something.
    pub forms: Limit<IpAddr>,
    /// Look-up by code: guessing must not pay.
    pub lookup: Limit<IpAddr>,
    /// Look-up in all, whoever asks.
    pub lookup_city: Limit<()>,
    pub links: Limit<IpAddr>,
    pub sign_in: Limit<IpAddr>,
    pub suggest: Limit<IpAddr>,
    pub search: Limit<IpAddr>,
    /// Call events of telephone exchanges.
    pub hotline: Limit<IpAddr>,
}

impl Limits {
    /// From the list of limits an administrator edits; read at start.
    pub fn of(city: &City) -> service::Result<Self> {
        let reference = city.reference();
        let number = |item: &str| -> service::Result<NonZeroU32> {
            let value = u32::try_from(reference.number(item)?).unwrap_or(u32::MAX);
            Ok(NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN))
        };
        let forms = number("form_per_minute")?;
        let lookup = number("lookup_per_minute")?;
        let city_wide = number("lookup_per_minute_city")?;
        let twice = |n: NonZeroU32| n.saturating_mul(NonZeroU32::MIN.saturating_add(1));
        Ok(Self {
            forms: Limit::new(forms, twice(forms)),
            lookup: Limit::new(lookup, twice(lookup)),
            lookup_city: Limit::new(city_wide, city_wide),
            links: Limit::new(lookup, twice(lookup)),
            sign_in: Limit::new(lookup, lookup),
            suggest: Limit::new(twice(twice(lookup)), twice(twice(lookup))),
            search: Limit::new(twice(lookup), twice(lookup)),
            hotline: Limit::new(number("hotline_per_minute")?, number("hotline_per_minute")?),
        })
    }
}

impl App {
    pub fn new(city: City, intake: Intake, proxies: Proxies) -> service::Result<Self> {
        let secure = city.settings.public_url.starts_with("https://");
        let limits = Arc::new(Limits::of(&city)?);
        Ok(Self { city, intake, limits, proxies: Arc::new(proxies), secure })
    }

    /// The name of a cookie: `__Host-` binds it to this host and to https.
    pub fn cookie_name(&self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// A cookie for a token. `None` as the token takes it away.
    pub fn cookie(&self, name: &str, token: Option<&str>, max_age: Duration) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let (value, age) = token.map_or(("", 0), |token| (token, max_age.as_secs()));
        let text = format!("{}={value}; Path=/; Max-Age={age}; SameSite=Lax; HttpOnly{secure}", self.cookie_name(name));
        // Tokens are URL-safe letters.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    /// The value of one of our cookies.
    pub fn cookie_value(&self, headers: &axum::http::HeaderMap, name: &str) -> Option<String> {
        let wanted = format!("{}=", self.cookie_name(name));
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(wanted.as_str()).map(str::to_owned))
    }
}

/// Every route of the program.
pub fn router(app: App) -> Router {
    let pages = Router::new()
        .merge(portal::routes())
        .merge(console::routes())
        .merge(admin::routes())
        .layer(CsrfLayer::new())
        .layer(CompressionLayer::new().gzip(true).br(true));
    Router::new()
        .merge(pages)
        .merge(hooks::routes())
        .route("/assets/{hash}/{name}", get(assets::serve))
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .fallback(|| async { Error::NotFound })
        .layer(DefaultBodyLimit::max(1024 * 1024))
        .layer(middleware::from_fn_with_state(app.clone(), find_officer))
        .layer(middleware::from_fn_with_state(app.proxies.clone(), limit::find_client))
        .layer(middleware::from_fn(page::remember_language))
        .layer(middleware::from_fn(error::dress))
        .layer(middleware::from_fn(page::safe_headers))
        .layer(CatchPanicLayer::new())
        // A phone on a slow line may take minutes for its pictures; one that stops sending is let go much sooner.
        .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(30)))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(900)))
        .with_state(app)
}

/// Health tells the truth: not ready while nothing can be committed.
async fn ready(State(app): State<App>) -> Response {
    match app.city.commits().await {
        Ok(()) => Json(serde_json::json!({ "ready": true })).into_response(),
        Err(error) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(serde_json::json!({ "ready": false, "why": error.to_string() }))).into_response()
        }
    }
}

/// An officer who is signed in, as handlers take it. Pages of the console and the administration send everybody else to
/// the sign-in page; parts and live streams answer 401.
#[derive(Clone)]
pub struct SignedIn {
    pub officer: Officer,
    /// The session's token: to sign out.
    pub token: String,
    /// An administrator without a second factor may only set one up.
    pub must_set_up: bool,
}

async fn find_officer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !(path.starts_with("/console") || path.starts_with("/admin")) {
        return next.run(request).await;
    }
    let Some(token) = app.cookie_value(request.headers(), "session") else { return next.run(request).await };
    match service::sign_in::officer_of(&app.city, &token).await {
        Ok(Some((officer, must_set_up))) => {
            let reader = Reader {
                name: officer.name.clone(),
                administers: officer.viewer.may_administer(),
                takes_calls: service::calls::takes_calls(&officer),
            };
            request.extensions_mut().insert(reader.clone());
            request.extensions_mut().insert(SignedIn { officer, token, must_set_up });
            let mut response = next.run(request).await;
            response.extensions_mut().insert(reader);
            response
        }
        Ok(None) => next.run(request).await,
        Err(error) => Error::from(error).into_response(),
    }
}

/// Where somebody goes who must sign in first.
pub struct ToSignIn(Option<String>);

impl IntoResponse for ToSignIn {
    fn into_response(self) -> Response {
        match self.0 {
            Some(address) => Redirect::to(&address).into_response(),
            None => StatusCode::UNAUTHORIZED.into_response(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ToSignIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ToSignIn> {
        let page = parts.method == axum::http::Method::GET && !parts.headers.contains_key("hx-request");
        match parts.extensions.get::<SignedIn>() {
            Some(signed_in) if signed_in.must_set_up && !parts.uri.path().starts_with("/console/account") => {
                Err(ToSignIn(page.then(|| "/console/account/second-factor".to_owned())))
            }
            Some(signed_in) => Ok(signed_in.clone()),
            None => Err(ToSignIn(Some("/console/login".to_owned()).filter(|_| page || parts.method == axum::http::Method::POST))),
        }
    }
}

impl From<service::Error> for Error {
    /// Problems of forms are shown with the form before it comes to this.
    fn from(error: service::Error) -> Self {
        match error {
            service::Error::NotFound => Error::NotFound,
            service::Error::Forbidden | service::Error::Refused(domain::case::Refused::NotYourRole) => Error::Forbidden,
            service::Error::Refused(_) | service::Error::Stale => Error::Conflict,
            service::Error::Invalid(_) => Error::Invalid,
            service::Error::TooMany { retry_after } => Error::TooMany(Duration::from_secs(retry_after)),
            service::Error::Unavailable(why) => {
                tracing::warn!(why, "refused for now");
                Error::Unavailable(Duration::from_secs(10))
            }
            service::Error::Setup(why) | service::Error::Internal(why) => {
                tracing::error!(why, "a request failed");
                Error::Internal
            }
        }
    }
}
