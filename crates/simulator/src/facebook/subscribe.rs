//! Subscriptions of pages and apps, the token's own data, and the page's Messenger profile.

use serde_json::{Map, Value, json};

use super::access::Caller;
use super::call::Call;
use super::config::FIELDS;
use super::error::GraphError;
use super::{Facebook, Inner};

impl Inner {
    /// `POST /{page}/subscribed_apps`.
    pub(super) fn subscribe(&self, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let page = self.page(&mut state, call, node)?;
        let fields = match call.parameters.values.get("subscribed_fields") {
            Some(Value::Array(fields)) => fields.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => call.text("subscribed_fields").unwrap_or_default(),
        };
        let fields: Vec<_> = fields.split(',').map(|field| field.trim().to_owned()).filter(|field| !field.is_empty()).collect();
        if fields.is_empty() {
            return Err(GraphError::parameter("The parameter subscribed_fields is required"));
        }
        if let Some(unknown) = fields.iter().find(|field| !FIELDS.contains(&field.as_str())) {
            return Err(GraphError::parameter(format!("Param subscribed_fields: unknown field {unknown}")));
        }
        if let Some(page) = state.pages.get_mut(&page) {
            page.fields = fields.into_iter().collect();
            page.failing_since = None;
        }
        Ok(json!({"success": true}))
    }

    /// `GET /{page}/subscribed_apps`.
    pub(super) fn subscriptions_of_page(&self, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let page = self.page(&mut state, call, node)?;
        let Some(page) = state.pages.get(&page).filter(|page| !page.fields.is_empty()) else { return Ok(json!({"data": []})) };
        Ok(json!({"data": [{"id": page.config.app, "name": "App", "subscribed_fields": page.fields}]}))
    }

    /// `DELETE /{page}/subscribed_apps`.
    pub(super) fn unsubscribe(&self, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        let page = self.page(&mut state, call, node)?;
        if let Some(page) = state.pages.get_mut(&page) {
            page.fields.clear();
        }
        Ok(json!({"success": true}))
    }

    /// `GET /{app}/subscriptions`, with the app's own token.
    pub(super) fn subscriptions_of_app(&self, call: &Call, node: &str) -> Result<Value, GraphError> {
        let mut state = self.state();
        if self.caller(&mut state, call)? != Caller::App(node.to_owned()) {
            return Err(GraphError::permission());
        }
        let Some(url) = state.apps.get(node).and_then(|app| app.webhook.clone()) else { return Ok(json!({"data": []})) };
        let fields: Vec<_> = FIELDS.iter().map(|field| json!({"name": field, "version": "v25.0"})).collect();
        Ok(json!({"data": [{"object": "page", "callback_url": url, "active": true, "fields": fields}]}))
    }

    /// The app that may set its webhook with this call, and what to: `POST /{app}/subscriptions`.
    pub(super) fn wanted_webhook(&self, call: &Call, node: &str) -> Result<(String, String), GraphError> {
        let mut state = self.state();
        if self.caller(&mut state, call)? != Caller::App(node.to_owned()) {
            return Err(GraphError::permission());
        }
        if call.text("object").as_deref() != Some("page") {
            return Err(GraphError::parameter("Param object must be one of {page}"));
        }
        let url = call.text("callback_url").ok_or_else(|| GraphError::parameter("The parameter callback_url is required"))?;
        Ok((url, call.text("verify_token").unwrap_or_default()))
    }

    /// `GET /debug_token`.
    pub(super) fn debug_token(&self, call: &Call) -> Result<Value, GraphError> {
        let mut state = self.state();
        let caller = self.caller(&mut state, call)?;
        let token = call.text("input_token").ok_or_else(|| GraphError::parameter("The parameter input_token is required"))?;
        let page = state.pages.values().find(|page| page.config.token == token || page.token.as_ref() == Some(&token));
        let Some(page) =
            page.filter(|page| caller == Caller::App(page.config.app.clone()) || caller == Caller::Page(page.config.id.clone()))
        else {
            return Ok(json!({"data": {"is_valid": false, "error": {"code": 190, "message": "Invalid OAuth access token."}}}));
        };
        let valid = page.token.as_ref() == Some(&token);
        Ok(json!({"data": {
            "app_id": page.config.app, "type": "PAGE", "application": "App", "is_valid": valid, "expires_at": 0,
            "profile_id": page.config.id,
            "scopes": ["pages_messaging", "pages_manage_metadata", "pages_show_list", "pages_read_engagement",
                       "pages_read_user_content", "pages_manage_engagement"],
        }}))
    }

    /// `GET`, `POST` and `DELETE /me/messenger_profile`: Get Started, greeting, menu.
    pub(super) fn profile(&self, call: &Call, node: &str) -> Result<Value, GraphError> {
        const NAMES: [&str; 4] = ["get_started", "greeting", "ice_breakers", "persistent_menu"];
        let mut state = self.state();
        let page = self.page(&mut state, call, node)?;
        let Some(page) = state.pages.get_mut(&page) else { return Err(GraphError::no_such_object(node)) };
        if call.method == axum::http::Method::POST {
            for name in NAMES {
                if let Some(value) = call.json(name)? {
                    page.profile.insert(name.to_owned(), value);
                }
            }
        } else if call.method == axum::http::Method::DELETE {
            let fields = call.json("fields")?.unwrap_or_default();
            page.profile.retain(|name, _| !fields.as_array().is_some_and(|fields| fields.iter().any(|field| field == name)));
        } else {
            let wanted = call.text("fields").unwrap_or_default();
            let chosen: Map<_, _> =
                page.profile.clone().into_iter().filter(|(name, _)| wanted.split(',').any(|field| field == name)).collect();
            return Ok(if chosen.is_empty() { json!({"data": []}) } else { json!({"data": [chosen]}) });
        }
        Ok(json!({"result": "success"}))
    }
}

impl Facebook {
    /// `POST /{app}/subscriptions`: the one call that has to talk to our side before it is answered.
    pub(super) async fn subscribe_app(&self, call: &Call, node: &str) -> Result<Value, GraphError> {
        let (url, verify_token) = self.0.wanted_webhook(call, node)?;
        match self.connect_webhook(node, &url, &verify_token).await {
            Ok(()) => Ok(json!({"success": true})),
            Err(refusal) => Err(GraphError::callback_failed(&refusal.to_string())),
        }
    }
}
