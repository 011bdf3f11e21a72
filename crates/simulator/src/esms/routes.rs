//! The paths of rest.esms.vn.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Esms;
use super::send::Code;
use crate::fault::{CallKind, Fault};
use crate::journal::What;
use crate::parameters::Parameters;
use crate::strike::{self, Strike, Struck};
use crate::vendor::Vendor;
use crate::world::World;

const MOST_BODY: usize = 64 << 10;

pub(crate) fn routes(esms: Esms) -> Router {
    Router::new()
        .route("/MainService.svc/json/SendMultipleMessage_V4_post_json", post(send))
        .route("/MainService.svc/json/SendMultipleMessage_V4_post_json/", post(send))
        .route("/MainService.svc/json/GetSendStatus", get(status))
        .route_layer(middleware::from_fn_with_state(esms.clone(), strike::layer::<Esms>))
        .with_state(esms)
}

async fn send(State(esms): State<Esms>, request: Request) -> Response {
    let strike = request.extensions().get::<Strike>().map(|strike| strike.0);
    let Ok(call) = Parameters::read(request, MOST_BODY).await else { return refused(Code::UNKNOWN) };
    let answered = strike != Some(Fault::LostReply);
    let result =
        if strike == Some(Fault::TokenExpired) { Err(Code::CREDENTIALS) } else { esms.0.send(&mut esms.0.state(), &call, answered) };
    let answer = match &result {
        _ if !answered => "lost".to_owned(),
        Ok(_) => "0".to_owned(),
        Err(code) => code.0.to_string(),
    };
    let (text, phone) = (call.text("Content").unwrap_or_default(), crate::handset::international(&call.text("Phone").unwrap_or_default()));
    let what = What::Call { call: "SendMultipleMessage".into(), answer, text };
    let account = call.text("Brandname").unwrap_or_default();
    esms.0.world.journal.note(esms.0.world.now(), Vendor::Esms, &account, Some(&phone), what);
    match result {
        Ok(body) => Json(body).into_response(),
        Err(code) => refused(code),
    }
}

/// `GetSendStatus?RefId=…`: how a message stands.
async fn status(State(esms): State<Esms>, request: Request) -> Response {
    let Ok(call) = Parameters::read(request, MOST_BODY).await else { return refused(Code::UNKNOWN) };
    let state = esms.0.state();
    let id = call.text("RefId").unwrap_or_default();
    let answer: Value = match (esms.0.account(&state, &call), state.messages.get(&id)) {
        (Err(code), _) => json!({"CodeResponse": code.0.to_string(), "SMSID": id}),
        (Ok(_), Some(outcome)) => outcome.json(),
        (Ok(_), None) => json!({"CodeResponse": Code::UNKNOWN.0.to_string(), "SMSID": id}),
    };
    Json(answer).into_response()
}

/// Refusals are said inside HTTP 200.
fn refused(code: Code) -> Response {
    Json(code.body()).into_response()
}

impl Struck for Esms {
    fn world(&self) -> &World {
        &self.0.world
    }

    fn kind(&self, method: &Method, _path: &str) -> CallKind {
        if method == Method::POST { CallKind::Send } else { CallKind::Read }
    }

    fn strike(&self, call: CallKind) -> Option<Fault> {
        let now = self.0.world.now();
        self.0.state().faults.strike(call, now)
    }

    fn too_many(&self) -> Response {
        refused(Code::UNKNOWN)
    }

    fn server_error(&self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }

    fn status(&self, status: u16) -> Response {
        if status < 200 { refused(Code(status, "")) } else { strike::http_status(status) }
    }

    fn spoiled(&self, method: &Method, path: &str, fault: Fault) {
        let what = What::Call { call: format!("{method} {path}"), answer: format!("{fault:?}"), text: String::new() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Esms, "", None, what);
    }
}
