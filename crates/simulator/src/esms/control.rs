//! `/control/esms/…`: the handle over HTTP.

use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Account, Esms, Fate};
use crate::control::{Answer, FaultSettings, SentQuery, done, faults_json, sent_json};

pub(crate) fn routes(esms: Esms) -> Router {
    Router::new()
        .route("/accounts", put(set_account))
        .route("/fates", put(set_fate))
        .route("/mo", post(write))
        .route("/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/sent", get(sent).delete(forget_sent))
        .with_state(esms)
}

async fn set_account(State(esms): State<Esms>, Json(account): Json<Account>) -> Answer {
    esms.set_account(account);
    done()
}

#[derive(Deserialize)]
struct NumberFate {
    number: String,
    fate: Fate,
}

async fn set_fate(State(esms): State<Esms>, Json(of): Json<NumberFate>) -> Answer {
    esms.set_fate(&of.number, of.fate);
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mo {
    from: String,
    to: String,
    text: String,
}

async fn write(State(esms): State<Esms>, Json(mo): Json<Mo>) -> Answer {
    Ok(Json(json!({"smsid": esms.write(&mo.from, &mo.to, &mo.text)?})))
}

async fn faults(State(esms): State<Esms>) -> Json<Value> {
    let state = esms.0.state();
    Json(faults_json(&state.faults))
}

async fn set_faults(State(esms): State<Esms>, Json(settings): Json<FaultSettings>) -> Answer {
    settings.apply(&mut esms.0.state().faults)?;
    done()
}

async fn clear_faults(State(esms): State<Esms>) -> Answer {
    esms.clear_faults();
    done()
}

async fn sent(State(esms): State<Esms>, query: SentQuery) -> Json<Value> {
    let state = esms.0.state();
    Json(sent_json(&state.ledger, &query))
}

async fn forget_sent(State(esms): State<Esms>) -> Answer {
    esms.0.state().ledger.clear();
    done()
}
