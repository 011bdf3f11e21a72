//! `POST /` with `batch`: several calls in one, each answered in the list with its own code, under HTTP 200.

use std::sync::Arc;

use axum::extract::Query;
use axum::http::{Method, Uri};
use serde_json::{Map, Value, json};

use super::Inner;
use super::error::GraphError;
use super::parameters::Call;

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
    let mut parameters = Map::new();
    if let Some(token) = whole.parameters.get("access_token") {
        parameters.insert("access_token".into(), token.clone());
    }
    let form = format!("/?{}", text("body")).parse::<Uri>().unwrap_or_default();
    for uri in [&uri, &form] {
        if let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) {
            parameters.extend(pairs.into_iter().map(|(name, value)| (name, Value::String(value))));
        }
    }
    let path = uri.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    Ok(Call { method, path, parameters, bearer: whole.bearer.clone(), file: None, strike: None })
}
