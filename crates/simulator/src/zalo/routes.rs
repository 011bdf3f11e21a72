//! The paths of openapi.zalo.me and oauth.zaloapp.com, the door of every call.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, http::StatusCode};
use serde_json::{Value, json};

use super::access::Rate;
use super::error::{ZaloError, answer};
use super::{Zalo, oauth, permission, upload};
use crate::fault::{CallKind, Fault};
use crate::journal::What;
use crate::strike::{self, Strike, Struck};
use crate::vendor::Vendor;
use crate::world::World;

/// JSON bodies.
const MOST_BODY: usize = 1 << 20;

pub(crate) fn routes(zalo: Zalo) -> Router {
    Router::new()
        .route("/v4/oa/permission", get(permission::show).post(permission::agree))
        .route("/v4/oa/access_token", post(oauth::access_token))
        .route("/v3.0/oa/message/cs", post(call))
        .route("/v2.0/oa/message", post(call))
        .route("/v3.0/oa/quota/message", post(call))
        .route("/v3.0/oa/user/detail", get(call))
        .route("/v2.0/oa/conversation", get(call))
        .route("/v2.0/oa/listrecentchat", get(call))
        .route("/v2.0/oa/getoa", get(call))
        .route("/v2.0/oa/upload/{kind}", post(upload::upload).layer(DefaultBodyLimit::max(upload::MOST_BODY)))
        .route_layer(middleware::from_fn_with_state(zalo.clone(), strike::layer::<Zalo>))
        .with_state(zalo)
}

/// Any call of the OpenAPI with a token and JSON, in the body or in `?data=`.
async fn call(Shared(zalo): Shared<Zalo>, request: Request) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let strike = request.extensions().get::<Strike>().map(|strike| strike.0);
    let headers = request.headers().clone();
    let data = match read(request).await {
        Ok(data) => data,
        Err(error) => return answer(Err(error)),
    };
    let inner = &zalo.0;
    let (result, rate) = {
        let mut state = inner.state();
        let (account, rate) = inner.account(&mut state, &headers, strike);
        let result = account.and_then(|account| {
            let result = match path.as_str() {
                "/v3.0/oa/message/cs" => inner.send(&mut state, &account, &data, strike),
                "/v2.0/oa/message" => inner.send_v2(&mut state, &account, &data),
                "/v3.0/oa/quota/message" => inner.quota(&mut state, &account, &data),
                "/v3.0/oa/user/detail" => inner.user(&mut state, &account, &data),
                "/v2.0/oa/conversation" => inner.conversation(&mut state, &account, &data),
                "/v2.0/oa/listrecentchat" => Ok(inner.recent(&state, &account, &data)),
                _ => Ok(inner.about(&state, &account)),
            };
            if method == Method::POST {
                zalo.note(&account, &path, &data, &result, strike);
            }
            result
        });
        (result, rate)
    };
    limits(answer(result), rate)
}

/// The object that a call carries.
async fn read(request: Request) -> Result<Value, ZaloError> {
    let data = if request.method() == Method::GET {
        let query = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).map_err(|_| ZaloError::BAD_PARAMETER)?;
        let data = query.0.into_iter().find(|(name, _)| name == "data");
        data.map_or(Ok(json!({})), |(_, data)| serde_json::from_str(&data))
    } else {
        let body = axum::body::to_bytes(request.into_body(), MOST_BODY).await.map_err(|_| ZaloError::OVER_LIMIT)?;
        serde_json::from_slice(&body)
    };
    data.ok().filter(Value::is_object).ok_or(ZaloError::BAD_PARAMETER)
}

pub(super) fn limits(mut response: Response, rate: Option<Rate>) -> Response {
    if let Some(rate) = rate {
        let headers: &mut HeaderMap = response.headers_mut();
        headers.insert("x-ratelimit-limit", HeaderValue::from(rate.limit));
        headers.insert("x-ratelimit-remain", HeaderValue::from(rate.remain));
    }
    response
}

impl Zalo {
    fn note(&self, account: &str, path: &str, data: &Value, result: &Result<Value, ZaloError>, strike: Option<Fault>) {
        let answer = match (result, strike) {
            (_, Some(Fault::LostReply)) => "lost".to_owned(),
            (Ok(_), _) => "0".to_owned(),
            (Err(error), _) => error.0.to_string(),
        };
        let text = data["message"]["text"].as_str().or_else(|| data["message"]["attachment"]["payload"]["text"].as_str());
        let what = What::Call { call: format!("POST {path}"), answer, text: text.unwrap_or_default().to_owned() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Zalo, account, data["recipient"]["user_id"].as_str(), what);
    }
}

impl Struck for Zalo {
    fn world(&self) -> &World {
        &self.0.world
    }

    fn kind(&self, _method: &Method, path: &str) -> CallKind {
        match path {
            "/v3.0/oa/message/cs" | "/v2.0/oa/message" => CallKind::Send,
            "/v4/oa/access_token" => CallKind::Token,
            path if path.starts_with("/v2.0/oa/upload/") => CallKind::Upload,
            _ => CallKind::Read,
        }
    }

    fn strike(&self, call: CallKind) -> Option<Fault> {
        let now = self.0.world.now();
        self.0.state().faults.strike(call, now)
    }

    fn too_many(&self) -> Response {
        answer(Err(ZaloError::TOO_MANY))
    }

    fn server_error(&self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, Json(ZaloError::SEND_FAILED.body())).into_response()
    }

    fn spoiled(&self, method: &Method, path: &str, fault: Fault) {
        let what = What::Call { call: format!("{method} {path}"), answer: format!("{fault:?}"), text: String::new() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Zalo, "", None, what);
    }
}
