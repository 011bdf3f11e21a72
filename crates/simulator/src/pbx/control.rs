//! `/control/pbx/…`: the handle over HTTP.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Cause, Hotline, Pbx};
use crate::control::{Answer, FaultSettings, done, faults_json};
use crate::refusal::Refusal;

/// Calls at once.
const MOST_CALLS: u32 = 10_000;

pub(crate) fn routes(pbx: Pbx) -> Router {
    Router::new()
        .route("/hotlines", get(hotlines).put(set_hotline))
        .route("/calls", get(calls).post(dial))
        .route("/calls/{id}/{act}", post(act))
        .route("/storm", post(storm))
        .route("/faults", get(faults).put(set_faults).delete(clear_faults))
        .with_state(pbx)
}

async fn hotlines(State(pbx): State<Pbx>) -> Json<Value> {
    Json(json!({"hotlines": pbx.hotlines()}))
}

async fn set_hotline(State(pbx): State<Pbx>, Json(hotline): Json<Hotline>) -> Answer {
    pbx.set_hotline(hotline);
    done()
}

async fn calls(State(pbx): State<Pbx>) -> Json<Value> {
    Json(json!({"calls": pbx.calls()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dial {
    hotline: String,
    person: String,
    /// The telephone that calls out; without one the person calls.
    extension: Option<String>,
}

async fn dial(State(pbx): State<Pbx>, Json(dial): Json<Dial>) -> Answer {
    let id = match &dial.extension {
        Some(extension) => pbx.dial_out(&dial.hotline, extension, &dial.person)?,
        None => pbx.dial(&dial.hotline, &dial.person)?,
    };
    Ok(Json(json!({"id": id})))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    Answer,
    Transfer,
    HangUp,
    End,
    Message,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct With {
    extension: String,
    cause: Option<Cause>,
    seconds: u32,
}

async fn act(State(pbx): State<Pbx>, Path((id, act)): Path<(String, Act)>, Json(with): Json<With>) -> Answer {
    match act {
        Act::Answer => pbx.answer(&id, &with.extension)?,
        Act::Transfer => pbx.transfer(&id, &with.extension)?,
        Act::HangUp => pbx.hang_up(&id)?,
        Act::End => pbx.end(&id, with.cause.ok_or_else(|| Refusal::new("a cause is needed"))?)?,
        Act::Message => pbx.leave_message(&id, with.seconds)?,
    }
    done()
}

#[derive(Deserialize)]
struct Storm {
    hotline: String,
    count: u32,
}

async fn storm(State(pbx): State<Pbx>, Json(storm): Json<Storm>) -> Answer {
    if storm.count > MOST_CALLS {
        return Err(Refusal::new(format!("at most {MOST_CALLS} at once")));
    }
    Ok(Json(json!({"ids": pbx.storm(&storm.hotline, storm.count)?})))
}

async fn faults(State(pbx): State<Pbx>) -> Json<Value> {
    let state = pbx.0.state();
    Json(faults_json(&state.faults))
}

async fn set_faults(State(pbx): State<Pbx>, Json(settings): Json<FaultSettings>) -> Answer {
    settings.apply(&mut pbx.0.state().faults)?;
    done()
}

async fn clear_faults(State(pbx): State<Pbx>) -> Answer {
    pbx.clear_faults();
    done()
}
