//! `/control/telegram/…`: the handle over HTTP.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Act, Bot, Telegram};
use crate::control::{Answer, FaultSettings, SentQuery, done, faults_json, sent_json};

pub(crate) fn routes(telegram: Telegram) -> Router {
    Router::new()
        .route("/bots", post(add_bot))
        .route("/bots/{bot}/people", post(add_person))
        .route("/bots/{bot}/people/{chat}/acts", post(act))
        .route("/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/sent", get(sent).delete(forget_sent))
        .with_state(telegram)
}

async fn add_bot(State(telegram): State<Telegram>, Json(bot): Json<Bot>) -> Answer {
    Ok(Json(json!({"id": telegram.add_bot(bot)?})))
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn add_person(State(telegram): State<Telegram>, Path(bot): Path<String>, Json(person): Json<Name>) -> Answer {
    Ok(Json(json!({"id": telegram.add_person(&bot, &person.name)?})))
}

async fn act(State(telegram): State<Telegram>, Path((bot, chat)): Path<(String, i64)>, Json(act): Json<Act>) -> Answer {
    Ok(Json(json!({"id": telegram.act(&bot, chat, act)?})))
}

async fn faults(State(telegram): State<Telegram>) -> Json<Value> {
    let state = telegram.0.state();
    Json(faults_json(&state.faults))
}

async fn set_faults(State(telegram): State<Telegram>, Json(settings): Json<FaultSettings>) -> Answer {
    settings.apply(&mut telegram.0.state().faults)?;
    done()
}

async fn clear_faults(State(telegram): State<Telegram>) -> Answer {
    telegram.clear_faults();
    done()
}

async fn sent(State(telegram): State<Telegram>, query: SentQuery) -> Json<Value> {
    let state = telegram.0.state();
    Json(sent_json(&state.ledger, &query))
}

async fn forget_sent(State(telegram): State<Telegram>) -> Answer {
    telegram.0.state().ledger.clear();
    done()
}
