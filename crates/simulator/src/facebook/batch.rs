//! `POST /` with `batch`: several calls in one, each answered in the list with its own code, under HTTP 200.

use std::sync::Arc;

use axum::http::{Method, Uri};
use serde_json::{Value, json};

use super::Inner;
use super::call::Call;
use super::error::GraphError;
use crate::parameters::Parameters;

/// Meta's own limit.
const MOST: usize = 50;

impl Inner {
    pub(super) fn batch(self: &Arc<Self>, call: &Call) -> Result<Value, GraphError> {
        let batch = call.json("batch")?.ok_or_else(GraphError::unknown_path)?;
        let items = batch.as_array().ok_or_else(|| GraphError::parameter("The parameter batch must be an array"))?;
        if items.len() > MOST {
            return Err(GraphError::parameter("Too many requests in batch message. Maximum batch size is 50"));
        }
        let answers = items.iter().map(|item| {
            let result = one(item, call).and_then(|call| self.call(&call));
            let (code, body) = match result {
                Ok(value) => (200, value),
                Err(error) => (error.status.as_u16(), error.body(&self.trace())),
            };
            json!({"code": code, "headers": [], "body": body.to_string()})
        });
        Ok(answers.collect())
    }
}

/// One call of a batch; it may lean on the token of the whole.
fn one(item: &Value, whole: &Call) -> Result<Call, GraphError> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let method = text("method").parse::<Method>().map_err(|_| GraphError::parameter("A batch item needs a method"))?;
    let uri: Uri = format!("/{}", text("relative_url").trim_start_matches('/'))
        .parse()
        .map_err(|_| GraphError::parameter("A batch item needs a relative_url"))?;
    let mut parameters = Parameters::default();
    if let Some(token) = whole.parameters.values.get("access_token") {
        parameters.values.insert("access_token".into(), token.clone());
    }
    parameters.add_form(uri.query().unwrap_or_default())?;
    parameters.add_form(text("body"))?;
    let path = uri.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    Ok(Call { method, path, parameters, bearer: whole.bearer.clone(), strike: None })
}
