//! Parameters of a Graph call: from the query, a form, JSON or a multipart body, all the same to Graph.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Query, Request};
use axum::http::{Method, header};
use serde_json::{Map, Value};

use super::error::GraphError;
use crate::fault::Fault;
use crate::strike::Strike;

/// JSON and forms.
const MOST_TEXT: usize = 1 << 20;
/// Multipart bodies: the 25 MB of an attachment and its wrapping.
const MOST_MULTIPART: usize = 26 << 20;
/// Parts of one body.
const MOST_PARTS: usize = 32;

/// One Graph call, whichever way it came.
#[derive(Debug)]
pub(super) struct Call {
    pub method: Method,
    /// Behind the version.
    pub path: Vec<String>,
    pub parameters: Map<String, Value>,
    pub bearer: Option<String>,
    pub file: Option<File>,
    pub strike: Option<Fault>,
}

/// The file of a multipart body.
#[derive(Debug)]
pub(super) struct File {
    pub name: String,
    pub bytes: Bytes,
}

impl Call {
    pub async fn read(request: Request, prefix: &str) -> Result<Self, GraphError> {
        let method = request.method().clone();
        let path = request.uri().path();
        let path = path.strip_prefix(prefix).unwrap_or(path);
        let path = path.split('/').filter(|part| !part.is_empty()).map(unescape).collect();
        let bearer = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned);
        let strike = request.extensions().get::<Strike>().map(|strike| strike.0);
        let content_type =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();

        let mut parameters = Map::new();
        if let Ok(Query(query)) = Query::<Vec<(String, String)>>::try_from_uri(request.uri()) {
            parameters.extend(query.into_iter().map(|(name, value)| (name, Value::String(value))));
        }
        let mut file = None;
        if content_type.starts_with("multipart/form-data") {
            file = read_multipart(request, &mut parameters).await?;
        } else {
            let body = axum::body::to_bytes(request.into_body(), MOST_TEXT).await.map_err(|_| GraphError::too_large())?;
            read_text(&content_type, &body, &mut parameters)?;
        }
        Ok(Self { method, path, parameters, bearer, file, strike })
    }

    /// A parameter as text, also when it was sent as a number.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.parameters.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A parameter as a truth value, in any of its spellings.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.parameters.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A parameter as an object or list; forms carry it as JSON text.
    pub fn json(&self, name: &str) -> Result<Option<Value>, GraphError> {
        match self.parameters.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                serde_json::from_str(text).map(Some).map_err(|_| GraphError::parameter(format!("The parameter {name} is not valid JSON")))
            }
            Some(value) => Ok(Some(value.clone())),
        }
    }
}

fn read_text(content_type: &str, body: &[u8], parameters: &mut Map<String, Value>) -> Result<(), GraphError> {
    if body.is_empty() {
        return Ok(());
    }
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let text = std::str::from_utf8(body).map_err(|_| GraphError::parameter("Invalid UTF-8"))?;
        let query = format!("/?{text}").parse().map_err(|_| GraphError::parameter("Invalid form"))?;
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&query).map_err(|_| GraphError::parameter("Invalid form"))?;
        parameters.extend(pairs.into_iter().map(|(name, value)| (name, Value::String(value))));
        return Ok(());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => {
            parameters.extend(object);
            Ok(())
        }
        _ => Err(GraphError::parameter("Invalid JSON in the request body")),
    }
}

async fn read_multipart(request: Request, parameters: &mut Map<String, Value>) -> Result<Option<File>, GraphError> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MOST_MULTIPART).await.map_err(|_| GraphError::too_large())?;
    let bad = |_| GraphError::parameter("Invalid multipart body");
    let mut request = Request::from_parts(head, body.into());
    // The size has been seen to above.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| GraphError::parameter("Invalid multipart body"))?;
    let mut file = None;
    let mut count = 0;
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        count += 1;
        if count > MOST_PARTS {
            return Err(GraphError::parameter("Too many parts"));
        }
        let name = part.name().unwrap_or_default().to_owned();
        if name == "filedata" || part.file_name().is_some() {
            let name = part.file_name().unwrap_or("file").to_owned();
            file = Some(File { name, bytes: part.bytes().await.map_err(bad)? });
        } else {
            parameters.insert(name, Value::String(part.text().await.map_err(bad)?));
        }
    }
    Ok(file)
}

/// Percent escapes of a path, where they make UTF-8.
fn unescape(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| part.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok())).flatten();
        plain.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or_else(|_| part.to_owned())
}
