//! One Graph call, whichever way it came.

use axum::extract::Request;
use axum::http::{Method, header};
use serde_json::Value;

use super::error::GraphError;
use crate::fault::Fault;
use crate::parameters::{Parameters, Unreadable};
use crate::strike::Strike;

/// Multipart bodies: the 25 MB of an attachment and its wrapping.
const MOST_MULTIPART: usize = 26 << 20;

#[derive(Debug)]
pub(super) struct Call {
    pub method: Method,
    /// Behind the version.
    pub path: Vec<String>,
    pub parameters: Parameters,
    pub bearer: Option<String>,
    pub strike: Option<Fault>,
}

impl Call {
    pub async fn read(request: Request, prefix: &str) -> Result<Self, GraphError> {
        let method = request.method().clone();
        let path = request.uri().path();
        let path = path.strip_prefix(prefix).unwrap_or(path);
        let path = path.split('/').filter(|part| !part.is_empty()).map(unescape).collect();
        let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
        let strike = request.extensions().get::<Strike>().map(|strike| strike.0);
        let parameters = Parameters::read(request, MOST_MULTIPART).await?;
        Ok(Self { method, path, parameters, bearer, strike })
    }

    /// The token, from the parameter or the header.
    pub fn token(&self) -> Option<String> {
        self.text("access_token").or_else(|| self.bearer.clone())
    }

    /// A parameter as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.parameters.text(name)
    }

    /// A parameter as an object or list.
    pub fn json(&self, name: &str) -> Result<Option<Value>, GraphError> {
        Ok(self.parameters.json(name)?)
    }
}

impl From<Unreadable> for GraphError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::TooLarge => Self::too_large(),
            Unreadable::Malformed(why) => Self::parameter(why),
        }
    }
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
