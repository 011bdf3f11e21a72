//! `/control/facebook/…`: the handle over HTTP.

use axum::extract::{Path, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::act::Act;
use super::{App, Facebook, Page};
use crate::control::{Answer, FaultSettings, SentQuery, done, faults_json, sent_json};

pub(crate) fn routes(facebook: Facebook) -> Router {
    Router::new()
        .route("/", get(overview))
        .route("/apps", post(add_app))
        .route("/apps/{app}/webhook", put(connect_webhook))
        .route("/pages", post(add_page))
        .route("/pages/{page}/token", put(set_token).delete(expire_token))
        .route("/pages/{page}/posts", post(add_post))
        .route("/pages/{page}/people", post(add_person))
        .route("/pages/{page}/crowd", post(add_crowd))
        .route("/pages/{page}/people/{person}/acts", post(act))
        .route("/pages/{page}/people/{person}/inbox", post(answer_in_inbox))
        .route("/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/pages/{page}/items/{field}", post(post_item))
        .route("/sent", get(sent).delete(forget_sent))
        .with_state(facebook)
}

async fn overview(State(facebook): State<Facebook>) -> Json<Value> {
    let state = facebook.0.state();
    let apps: Vec<_> = state.apps.values().map(|app| json!({"id": app.config.id, "webhook": app.webhook})).collect();
    let pages: Vec<_> = state
        .pages
        .values()
        .map(|page| {
            json!({
                "id": page.config.id, "name": page.config.name, "app": page.config.app, "token_alive": page.token.is_some(),
                "subscribed_fields": page.fields, "posts": page.posts.iter().map(|post| &post.id).collect::<Vec<_>>(),
            })
        })
        .collect();
    Json(json!({"apps": apps, "pages": pages, "people": state.people.len()}))
}

async fn add_app(State(facebook): State<Facebook>, Json(app): Json<App>) -> Answer {
    facebook.add_app(app);
    done()
}

#[derive(Deserialize)]
struct Webhook {
    url: String,
    verify_token: String,
}

async fn connect_webhook(State(facebook): State<Facebook>, Path(app): Path<String>, Json(webhook): Json<Webhook>) -> Answer {
    facebook.connect_webhook(&app, &webhook.url, &webhook.verify_token).await?;
    done()
}

async fn add_page(State(facebook): State<Facebook>, Json(page): Json<Page>) -> Answer {
    facebook.add_page(page)?;
    done()
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

async fn set_token(State(facebook): State<Facebook>, Path(page): Path<String>, Json(token): Json<Token>) -> Answer {
    facebook.set_token(&page, &token.token)?;
    done()
}

async fn expire_token(State(facebook): State<Facebook>, Path(page): Path<String>) -> Answer {
    facebook.expire_token(&page);
    done()
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

async fn add_post(State(facebook): State<Facebook>, Path(page): Path<String>, Json(post): Json<Text>) -> Answer {
    Ok(Json(json!({"id": facebook.add_post(&page, &post.text)?})))
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn add_person(State(facebook): State<Facebook>, Path(page): Path<String>, Json(person): Json<Name>) -> Answer {
    Ok(Json(json!({"id": facebook.add_person(&page, &person.name)?})))
}

#[derive(Deserialize)]
struct Crowd {
    count: u32,
}

async fn add_crowd(State(facebook): State<Facebook>, Path(page): Path<String>, Json(crowd): Json<Crowd>) -> Answer {
    let count = crowd.count.min(crate::control::MOST_CROWD) as usize;
    Ok(Json(json!({"ids": facebook.add_crowd(&page, count)?})))
}

async fn act(State(facebook): State<Facebook>, Path((page, person)): Path<(String, String)>, Json(act): Json<Act>) -> Answer {
    Ok(Json(json!({"id": facebook.act(&page, &person, act)?})))
}

async fn answer_in_inbox(
    State(facebook): State<Facebook>,
    Path((page, person)): Path<(String, String)>,
    Json(answer): Json<Text>,
) -> Answer {
    Ok(Json(json!({"id": facebook.answer_in_inbox(&page, &person, &answer.text)?})))
}

async fn post_item(State(facebook): State<Facebook>, Path((page, field)): Path<(String, String)>, Json(item): Json<Value>) -> Answer {
    facebook.post_item(&page, &field, item);
    done()
}

async fn faults(State(facebook): State<Facebook>) -> Json<Value> {
    let state = facebook.0.state();
    Json(faults_json(&state.faults))
}

async fn set_faults(State(facebook): State<Facebook>, Json(settings): Json<FaultSettings>) -> Answer {
    settings.apply(&mut facebook.0.state().faults)?;
    done()
}

async fn clear_faults(State(facebook): State<Facebook>) -> Answer {
    facebook.clear_faults();
    done()
}

async fn sent(State(facebook): State<Facebook>, query: SentQuery) -> Json<Value> {
    let state = facebook.0.state();
    Json(sent_json(&state.ledger, &query))
}

async fn forget_sent(State(facebook): State<Facebook>) -> Answer {
    facebook.0.state().ledger.clear();
    done()
}
