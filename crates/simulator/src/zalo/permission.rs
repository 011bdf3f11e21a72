//! `/v4/oa/permission`: the page on which an account's administrator lets the app in.

use askama::Template;
use axum::Form;
use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::Zalo;
use super::oauth::OauthError;
use super::state::State;

/// What the link carries. No `code_challenge_method`, `scope` or `response_type`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Link {
    #[serde(default)]
    app_id: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    state: String,
    /// Chosen on the page.
    #[serde(default)]
    oa_id: String,
}

#[derive(Template)]
#[template(path = "permission.html")]
struct Page {
    link: Link,
    accounts: Vec<(String, String)>,
}

pub(super) async fn show(Shared(zalo): Shared<Zalo>, Query(link): Query<Link>) -> Response {
    let state = zalo.0.state();
    if let Err(error) = check(&state, &link) {
        return refused(error);
    }
    let accounts = state.accounts.values().filter(|account| account.config.app == link.app_id);
    let accounts = accounts.map(|account| (account.config.id.clone(), account.config.name.clone())).collect();
    drop(state);
    match (Page { link, accounts }).render() {
        // The form leads to another site, so its target is left open.
        Ok(page) => {
            let policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
            ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The administrator agreed: back to our side with a code.
pub(super) async fn agree(Shared(zalo): Shared<Zalo>, Form(link): Form<Link>) -> Response {
    let mut state = zalo.0.state();
    if let Err(error) = check(&state, &link) {
        return refused(error);
    }
    let known = state.accounts.get(&link.oa_id).is_some_and(|account| account.config.app == link.app_id);
    let Ok(mut back) = reqwest::Url::parse(&link.redirect_uri) else { return refused(OauthError::BAD_REDIRECT) };
    if !known || !matches!(back.scheme(), "http" | "https") {
        return refused(OauthError::BAD_REDIRECT);
    }
    let code = zalo.0.new_code(&mut state, &link.oa_id, &link.app_id, &link.code_challenge);
    back.query_pairs_mut().append_pair("code", &code).append_pair("oa_id", &link.oa_id).append_pair("state", &link.state);
    match HeaderValue::from_str(back.as_str()) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => refused(OauthError::BAD_REDIRECT),
    }
}

fn check(state: &State, link: &Link) -> Result<(), OauthError> {
    let app = state.apps.get(&link.app_id).ok_or(OauthError::BAD_APP)?;
    let same = |saved: &Option<String>, given: &str| saved.as_ref().map_or(!given.is_empty(), |saved| saved == given);
    if same(&app.config.redirect_uri, &link.redirect_uri) && same(&app.config.code_challenge, &link.code_challenge) {
        Ok(())
    } else {
        Err(OauthError::BAD_REDIRECT)
    }
}

fn refused(error: OauthError) -> Response {
    Json(error.body()).into_response()
}
