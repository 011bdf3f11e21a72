//! `/control/smsc/…`: the handle over HTTP.

use axum::extract::{Path, Query, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fate, Mo, Route, Smsc};
use crate::control::{Answer, FaultSettings, MOST_CROWD, SentQuery, done, faults_json, sent_json};
use crate::refusal::Refusal;

pub(crate) fn routes(smsc: Smsc) -> Router {
    Router::new()
        .route("/", get(overview))
        .route("/routes", put(set_route))
        .route("/routes/{system_id}/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/routes/{system_id}/drop", post(drop_links))
        .route("/routes/{system_id}/silence", put(set_silent))
        .route("/fates", put(set_fate))
        .route("/mo", post(inject))
        .route("/storm", post(storm))
        .route("/delivers", get(delivers))
        .route("/submits", get(submits))
        .route("/sent", get(sent).delete(forget_sent))
        .with_state(smsc)
}

async fn overview(State(smsc): State<Smsc>) -> Json<Value> {
    let routes = smsc.routes().into_iter().map(|route| json!({"counters": smsc.counters(&route.system_id), "route": route}));
    Json(json!({"address": smsc.address(), "routes": routes.collect::<Vec<_>>()}))
}

async fn set_route(State(smsc): State<Smsc>, Json(route): Json<Route>) -> Answer {
    smsc.set_route(route)?;
    done()
}

async fn faults(State(smsc): State<Smsc>, Path(system_id): Path<String>) -> Answer {
    smsc.0.with_route(&system_id, |known| Json(faults_json(&known.faults)))
}

async fn set_faults(State(smsc): State<Smsc>, Path(system_id): Path<String>, Json(settings): Json<FaultSettings>) -> Answer {
    smsc.0.with_route(&system_id, |known| settings.apply(&mut known.faults))??;
    done()
}

async fn clear_faults(State(smsc): State<Smsc>, Path(system_id): Path<String>) -> Answer {
    smsc.0.with_route(&system_id, |known| known.faults.clear())?;
    done()
}

async fn drop_links(State(smsc): State<Smsc>, Path(system_id): Path<String>) -> Json<Value> {
    Json(json!({"links": smsc.drop_links(&system_id)}))
}

#[derive(Deserialize)]
struct Silence {
    silent: bool,
}

async fn set_silent(State(smsc): State<Smsc>, Path(system_id): Path<String>, Json(silence): Json<Silence>) -> Answer {
    smsc.set_silent(&system_id, silence.silent)?;
    done()
}

#[derive(Deserialize)]
struct NumberFate {
    number: String,
    fate: Fate,
}

async fn set_fate(State(smsc): State<Smsc>, Json(of): Json<NumberFate>) -> Answer {
    smsc.set_fate(&of.number, of.fate);
    done()
}

async fn inject(State(smsc): State<Smsc>, Json(mo): Json<Mo>) -> Answer {
    Ok(Json(json!({"numbers": smsc.inject(mo)?})))
}

#[derive(Deserialize)]
struct Storm {
    to: String,
    text: String,
    count: u32,
}

async fn storm(State(smsc): State<Smsc>, Json(storm): Json<Storm>) -> Answer {
    if storm.count > MOST_CROWD {
        return Err(Refusal::new(format!("at most {MOST_CROWD} at once")));
    }
    smsc.storm(&storm.to, &storm.text, storm.count)?;
    done()
}

async fn delivers(State(smsc): State<Smsc>) -> Json<Value> {
    Json(json!({"delivers": smsc.delivers()}))
}

#[derive(Deserialize)]
struct To {
    to: Option<String>,
}

async fn submits(State(smsc): State<Smsc>, Query(query): Query<To>) -> Json<Value> {
    Json(json!({"submits": smsc.submits(query.to.as_deref())}))
}

async fn sent(State(smsc): State<Smsc>, query: SentQuery) -> Json<Value> {
    let state = smsc.0.state();
    Json(sent_json(&state.ledger, &query))
}

async fn forget_sent(State(smsc): State<Smsc>) -> Answer {
    let mut state = smsc.0.state();
    state.ledger.clear();
    state.submits.clear();
    done()
}
