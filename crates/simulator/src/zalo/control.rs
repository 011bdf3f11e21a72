//! `/control/zalo/…`: the handle over HTTP.

use axum::extract::{Path, State};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Account, Act, App, Tokens, Zalo};
use crate::control::{Answer, FaultSettings, SentQuery, done, faults_json, sent_json};

pub(crate) fn routes(zalo: Zalo) -> Router {
    Router::new()
        .route("/", get(overview))
        .route("/apps", post(add_app))
        .route("/apps/{app}/webhook", put(set_webhook))
        .route("/accounts", post(add_account))
        .route("/accounts/{account}/tokens", post(authorise))
        .route("/accounts/{account}/access", delete(expire_access))
        .route("/accounts/{account}/refresh", delete(revoke_refresh))
        .route("/accounts/{account}/events/{event}", post(post_event))
        .route("/accounts/{account}/people", post(add_person))
        .route("/accounts/{account}/crowd", post(add_crowd))
        .route("/accounts/{account}/people/{person}/acts", post(act))
        .route("/accounts/{account}/people/{person}/chat-tool", post(answer_in_chat_tool))
        .route("/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/sent", get(sent).delete(forget_sent))
        .with_state(zalo)
}

async fn overview(State(zalo): State<Zalo>) -> Json<Value> {
    let state = zalo.0.state();
    let apps = state.apps.values().map(|app| json!({"id": app.config.id, "webhook": app.config.webhook, "disabled": app.disabled}));
    let accounts = state.accounts.values().map(
        |account| json!({"id": account.config.id, "name": account.config.name, "app": account.config.app, "paid_left": account.paid_left}),
    );
    Json(json!({"apps": apps.collect::<Vec<_>>(), "accounts": accounts.collect::<Vec<_>>(), "people": state.people.len()}))
}

async fn add_app(State(zalo): State<Zalo>, Json(app): Json<App>) -> Answer {
    zalo.add_app(app);
    done()
}

#[derive(Deserialize)]
struct Webhook {
    url: String,
}

async fn set_webhook(State(zalo): State<Zalo>, Path(app): Path<String>, Json(webhook): Json<Webhook>) -> Answer {
    zalo.set_webhook(&app, &webhook.url)?;
    done()
}

async fn add_account(State(zalo): State<Zalo>, Json(account): Json<Account>) -> Answer {
    zalo.add_account(account)?;
    done()
}

/// Tokens of the caller's choice, or none of them.
#[derive(Deserialize)]
struct Chosen {
    access_token: Option<String>,
    refresh_token: Option<String>,
}

async fn authorise(State(zalo): State<Zalo>, Path(account): Path<String>, Json(chosen): Json<Chosen>) -> Answer {
    let tokens = match (chosen.access_token, chosen.refresh_token) {
        (Some(access), Some(refresh)) => {
            let tokens = Tokens { access, refresh };
            zalo.authorise_with(&account, &tokens)?;
            tokens
        }
        _ => zalo.authorise(&account)?,
    };
    Ok(Json(json!({"access_token": tokens.access, "refresh_token": tokens.refresh})))
}

async fn expire_access(State(zalo): State<Zalo>, Path(account): Path<String>) -> Answer {
    zalo.expire_access(&account);
    done()
}

async fn revoke_refresh(State(zalo): State<Zalo>, Path(account): Path<String>) -> Answer {
    zalo.revoke_refresh(&account);
    done()
}

async fn post_event(State(zalo): State<Zalo>, Path((account, event)): Path<(String, String)>, Json(body): Json<Value>) -> Answer {
    zalo.post_event(&account, &event, body);
    done()
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn add_person(State(zalo): State<Zalo>, Path(account): Path<String>, Json(person): Json<Name>) -> Answer {
    Ok(Json(json!({"id": zalo.add_person(&account, &person.name)?})))
}

#[derive(Deserialize)]
struct Crowd {
    count: u32,
}

async fn add_crowd(State(zalo): State<Zalo>, Path(account): Path<String>, Json(crowd): Json<Crowd>) -> Answer {
    let count = crowd.count.min(crate::control::MOST_CROWD) as usize;
    Ok(Json(json!({"ids": zalo.add_crowd(&account, count)?})))
}

async fn act(State(zalo): State<Zalo>, Path((account, person)): Path<(String, String)>, Json(act): Json<Act>) -> Answer {
    Ok(Json(json!({"id": zalo.act(&account, &person, act)?})))
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

async fn answer_in_chat_tool(
    State(zalo): State<Zalo>,
    Path((account, person)): Path<(String, String)>,
    Json(answer): Json<Text>,
) -> Answer {
    Ok(Json(json!({"id": zalo.answer_in_chat_tool(&account, &person, &answer.text)?})))
}

async fn faults(State(zalo): State<Zalo>) -> Json<Value> {
    let state = zalo.0.state();
    Json(faults_json(&state.faults))
}

async fn set_faults(State(zalo): State<Zalo>, Json(settings): Json<FaultSettings>) -> Answer {
    settings.apply(&mut zalo.0.state().faults)?;
    done()
}

async fn clear_faults(State(zalo): State<Zalo>) -> Answer {
    zalo.clear_faults();
    done()
}

async fn sent(State(zalo): State<Zalo>, query: SentQuery) -> Json<Value> {
    let state = zalo.0.state();
    Json(sent_json(&state.ledger, &query))
}

async fn forget_sent(State(zalo): State<Zalo>) -> Answer {
    zalo.0.state().ledger.clear();
    done()
}
