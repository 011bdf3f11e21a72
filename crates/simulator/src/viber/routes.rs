//! The paths of chatapi.viber.com.

use axum::extract::{Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

use super::Viber;
use super::error::ViberError;
use crate::fault::{CallKind, Fault};
use crate::journal::What;
use crate::strike::{self, Strike, Struck};
use crate::vendor::Vendor;
use crate::world::World;

/// The JSON of a whole request. [viber.md §6 "Limits"]
const MOST_BODY: usize = 30 << 10;

pub(crate) fn routes(viber: Viber) -> Router {
    Router::new()
        .route("/pa/set_webhook", post(call))
        .route("/pa/send_message", post(call))
        .route("/pa/broadcast_message", post(call))
        .route("/pa/get_account_info", post(call))
        .route("/pa/get_user_details", post(call))
        .route("/pa/get_online", post(call))
        .route_layer(middleware::from_fn_with_state(viber.clone(), strike::layer::<Viber>))
        .with_state(viber)
}

async fn call(Shared(viber): Shared<Viber>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let strike = request.extensions().get::<Strike>().map(|strike| strike.0);
    let token = request.headers().get("x-viber-auth-token").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let data = match axum::body::to_bytes(request.into_body(), MOST_BODY).await {
        Ok(body) if body.is_empty() => Value::Object(serde_json::Map::new()),
        Ok(body) => match serde_json::from_slice::<Value>(&body) {
            Ok(data @ Value::Object(_)) => data,
            _ => return answer(Err(ViberError::BAD_DATA)),
        },
        Err(_) => return answer(Err(ViberError::BAD_DATA)),
    };
    let token = token.or_else(|| data["auth_token"].as_str().map(str::to_owned)).unwrap_or_default();
    let bot = viber.0.bot(&mut viber.0.state(), &token, strike);
    let bot = match bot {
        Ok(bot) => bot,
        Err(error) => return answer(Err(error)),
    };
    let answered = strike != Some(Fault::LostReply);
    let result = if path == "/pa/set_webhook" {
        viber.set_webhook(&bot, &data).await
    } else {
        let mut state = viber.0.state();
        match path.as_str() {
            "/pa/send_message" => viber.0.send(&mut state, &bot, &data, answered),
            "/pa/broadcast_message" => viber.0.broadcast(&mut state, &bot, &data, answered),
            "/pa/get_user_details" => viber.0.user_details(&mut state, &bot, &data),
            "/pa/get_online" => viber.0.online(&mut state, &bot, &data),
            _ => Ok(viber.0.account_info(&state, &bot)),
        }
    };
    viber.note(&bot, &path, &data, &result, answered);
    answer(result)
}

fn answer(result: Result<Value, ViberError>) -> Response {
    let body = match result {
        Ok(mut body) => {
            body["status"] = 0.into();
            body["status_message"] = "ok".into();
            body
        }
        Err(error) => error.body(),
    };
    Json(body).into_response()
}

impl Viber {
    fn note(&self, bot: &str, path: &str, data: &Value, result: &Result<Value, ViberError>, answered: bool) {
        let answer = match result {
            _ if !answered => "lost".to_owned(),
            Ok(_) => "0".to_owned(),
            Err(error) => error.0.to_string(),
        };
        let text = data["text"].as_str().unwrap_or_default().to_owned();
        let what = What::Call { call: format!("POST {path}"), answer, text };
        self.0.world.journal.note(self.0.world.now(), Vendor::Viber, bot, data["receiver"].as_str(), what);
    }
}

impl Struck for Viber {
    fn world(&self) -> &World {
        &self.0.world
    }

    fn kind(&self, _method: &Method, path: &str) -> CallKind {
        if matches!(path, "/pa/send_message" | "/pa/broadcast_message") { CallKind::Send } else { CallKind::Read }
    }

    fn strike(&self, call: CallKind) -> Option<Fault> {
        let now = self.0.world.now();
        self.0.state().faults.strike(call, now)
    }

    fn too_many(&self) -> Response {
        answer(Err(ViberError::TOO_MANY))
    }

    fn server_error(&self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }

    fn spoiled(&self, method: &Method, path: &str, fault: Fault) {
        let what = What::Call { call: format!("{method} {path}"), answer: format!("{fault:?}"), text: String::new() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Viber, "", None, what);
    }
}
