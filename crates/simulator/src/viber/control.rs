//! `/control/viber/…`: the handle over HTTP.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Act, Bot, Viber};
use crate::control::{Answer, FaultSettings, SentQuery, done, faults_json, sent_json};

pub(crate) fn routes(viber: Viber) -> Router {
    Router::new()
        .route("/bots", post(add_bot))
        .route("/bots/{bot}/people", post(add_person))
        .route("/bots/{bot}/people/{person}/acts", post(act))
        .route("/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/sent", get(sent).delete(forget_sent))
        .with_state(viber)
}

async fn add_bot(State(viber): State<Viber>, Json(bot): Json<Bot>) -> Answer {
    viber.add_bot(bot);
    done()
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn add_person(State(viber): State<Viber>, Path(bot): Path<String>, Json(person): Json<Name>) -> Answer {
    Ok(Json(json!({"id": viber.add_person(&bot, &person.name)?})))
}

async fn act(State(viber): State<Viber>, Path((bot, person)): Path<(String, String)>, Json(act): Json<Act>) -> Answer {
    viber.act(&bot, &person, act)?;
    done()
}

async fn faults(State(viber): State<Viber>) -> Json<Value> {
    let state = viber.0.state();
    Json(faults_json(&state.faults))
}

async fn set_faults(State(viber): State<Viber>, Json(settings): Json<FaultSettings>) -> Answer {
    settings.apply(&mut viber.0.state().faults)?;
    done()
}

async fn clear_faults(State(viber): State<Viber>) -> Answer {
    viber.clear_faults();
    done()
}

async fn sent(State(viber): State<Viber>, query: SentQuery) -> Json<Value> {
    let state = viber.0.state();
    Json(sent_json(&state.ledger, &query))
}

async fn forget_sent(State(viber): State<Viber>) -> Answer {
    viber.0.state().ledger.clear();
    done()
}
