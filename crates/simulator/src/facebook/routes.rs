//! The Graph paths, the door of every call.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::{Json, routing::any};
use serde_json::Value;

use super::call::Call;
use super::error::GraphError;
use super::{Facebook, Inner};
use crate::fault::{CallKind, Fault};
use crate::journal::What;
use crate::strike::{self, Struck};
use crate::vendor::Vendor;
use crate::world::World;

pub(crate) fn routes(facebook: Facebook) -> Router {
    let prefix = facebook.0.world.options.graph_prefix.clone();
    Router::new()
        .route(&format!("{prefix}/"), any(answer))
        .route(&format!("{prefix}/{{node}}"), any(answer))
        .route(&format!("{prefix}/{{node}}/"), any(answer))
        .route(&format!("{prefix}/{{node}}/{{edge}}"), any(answer))
        .route_layer(middleware::from_fn_with_state(facebook.clone(), strike::layer::<Facebook>))
        .with_state(facebook)
}

async fn answer(State(facebook): State<Facebook>, request: Request) -> Response {
    let inner = &facebook.0;
    let call = match Call::read(request, &inner.world.options.graph_prefix).await {
        Ok(call) => call,
        Err(error) => return error.answer(&inner.trace()),
    };
    let result = match call.path.as_slice() {
        [node, edge] if edge == "subscriptions" && call.method == Method::POST => facebook.subscribe_app(&call, node).await,
        [] => inner.batch(&call),
        _ => inner.call(&call),
    };
    inner.note(&call, &result);
    let mut response = match result {
        Ok(value) => (StatusCode::OK, Json(value)).into_response(),
        Err(error) => error.answer(&inner.trace()),
    };
    let headers = response.headers_mut();
    headers.insert("facebook-api-version", HeaderValue::from_static("v25.0"));
    let token = call.token().unwrap_or_default();
    if let Some((app, case)) = inner.page_with(&token).and_then(|page| inner.usage(&page))
        && let (Ok(app), Ok(case)) = (app.parse(), case.parse())
    {
        headers.insert("x-app-usage", app);
        headers.insert("x-business-use-case-usage", case);
    }
    response
}

impl Inner {
    /// One call, whether it came alone or in a batch.
    pub(super) fn call(self: &Arc<Self>, call: &Call) -> Result<Value, GraphError> {
        let path: Vec<_> = call.path.iter().map(String::as_str).collect();
        match (call.method.as_str(), path.as_slice()) {
            ("GET", ["debug_token"]) => self.debug_token(call),
            ("GET", [node]) => self.read_node(call, node),
            ("POST", [node]) => self.change_comment(call, node),
            ("DELETE", [node]) => self.delete_comment(call, node),
            ("POST", [node, "messages"]) => self.send(call, node),
            ("POST", [node, "message_attachments"]) => self.upload(call, node),
            ("POST", [node, "comments"]) => self.answer_publicly(call, node),
            ("POST", [node, "likes"]) => self.like(call, node, true),
            ("DELETE", [node, "likes"]) => self.like(call, node, false),
            ("POST", [node, "subscribed_apps"]) => self.subscribe(call, node),
            ("GET", [node, "subscribed_apps"]) => self.subscriptions_of_page(call, node),
            ("DELETE", [node, "subscribed_apps"]) => self.unsubscribe(call, node),
            ("GET", [node, "subscriptions"]) => self.subscriptions_of_app(call, node),
            ("GET" | "POST" | "DELETE", [node, "messenger_profile"]) => self.profile(call, node),
            ("GET", [node, edge]) => self.read_edge(call, node, edge),
            _ => Err(GraphError::unknown_path()),
        }
    }

    pub(super) fn trace(&self) -> String {
        format!("A{}", self.random.letters(22))
    }

    fn page_with(&self, token: &str) -> Option<String> {
        let state = self.state();
        state.pages.values().find(|page| page.token.as_deref() == Some(token)).map(|page| page.config.id.clone())
    }

    fn note(&self, call: &Call, result: &Result<Value, GraphError>) {
        if call.method == Method::GET {
            return;
        }
        let answer = match (result, call.strike) {
            (_, Some(Fault::LostReply)) => "lost".to_owned(),
            (Ok(_), _) => "200".to_owned(),
            (Err(error), _) => match error.subcode {
                Some(subcode) => format!("{}/{subcode}", error.code),
                None => error.code.to_string(),
            },
        };
        let message = call.json("message").ok().flatten();
        let text = message.as_ref().and_then(|message| message.get("text")).and_then(Value::as_str).map(str::to_owned);
        let text = text.or_else(|| call.text("message")).unwrap_or_default();
        let recipient = call.json("recipient").ok().flatten();
        let person = result.as_ref().ok().and_then(|value| value.get("recipient_id")).and_then(Value::as_str);
        let person = person.or_else(|| recipient.as_ref().and_then(|recipient| recipient.get("id")).and_then(Value::as_str));
        let token = call.token().unwrap_or_default();
        let account = self.page_with(&token).unwrap_or_default();
        let what = What::Call { call: format!("{} /{}", call.method, call.path.join("/")), answer, text };
        self.world.journal.note(self.world.now(), Vendor::Facebook, &account, person, what);
    }
}

impl Struck for Facebook {
    fn world(&self) -> &World {
        &self.0.world
    }

    fn kind(&self, method: &Method, path: &str) -> CallKind {
        match path.rsplit('/').next() {
            Some("messages" | "comments") if method == Method::POST => CallKind::Send,
            Some("message_attachments") => CallKind::Upload,
            _ => CallKind::Read,
        }
    }

    fn strike(&self, call: CallKind) -> Option<Fault> {
        let now = self.0.world.now();
        self.0.state().faults.strike(call, now)
    }

    fn too_many(&self) -> Response {
        GraphError::too_many().answer(&self.0.trace())
    }

    fn server_error(&self) -> Response {
        GraphError::temporary().answer(&self.0.trace())
    }

    fn spoiled(&self, method: &Method, path: &str, fault: Fault) {
        let what = What::Call { call: format!("{method} {path}"), answer: format!("{fault:?}"), text: String::new() };
        self.0.world.journal.note(self.0.world.now(), Vendor::Facebook, "", None, what);
    }
}
