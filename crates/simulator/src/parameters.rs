//! Parameters of a call: from the query, a form, JSON or a multipart body, all the same to some vendors.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Query, Request};
use axum::http::header;
use serde_json::{Map, Value};

/// JSON and forms.
const MOST_TEXT: usize = 1 << 20;
/// Parts of one body.
const MOST_PARTS: usize = 32;

/// What came with a call.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    pub values: Map<String, Value>,
    pub file: Option<File>,
}

/// The file of a multipart body.
#[derive(Debug)]
pub(crate) struct File {
    pub name: String,
    pub bytes: Bytes,
}

/// Why a call cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    TooLarge,
    Malformed(&'static str),
}

impl Parameters {
    /// Reads a call whose multipart bodies may have `most_multipart` bytes.
    pub async fn read(request: Request, most_multipart: usize) -> Result<Self, Unreadable> {
        let content_type =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        let mut parameters = Self::default();
        if let Ok(Query(query)) = Query::<Vec<(String, String)>>::try_from_uri(request.uri()) {
            parameters.add_pairs(query);
        }
        if content_type.starts_with("multipart/form-data") {
            parameters.read_multipart(request, most_multipart).await?;
        } else {
            let body = axum::body::to_bytes(request.into_body(), MOST_TEXT).await.map_err(|_| Unreadable::TooLarge)?;
            parameters.read_text(&content_type, &body)?;
        }
        Ok(parameters)
    }

    /// `a=1&b=2`
    pub fn add_form(&mut self, form: &str) -> Result<(), Unreadable> {
        let malformed = Unreadable::Malformed("Invalid form");
        let uri = format!("/?{form}").parse().map_err(|_| malformed)?;
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(|_| malformed)?;
        self.add_pairs(pairs);
        Ok(())
    }

    fn add_pairs(&mut self, pairs: Vec<(String, String)>) {
        self.values.extend(pairs.into_iter().map(|(name, value)| (name, Value::String(value))));
    }

    fn read_text(&mut self, content_type: &str, body: &[u8]) -> Result<(), Unreadable> {
        if body.is_empty() {
            return Ok(());
        }
        if content_type.starts_with("application/x-www-form-urlencoded") {
            let form = std::str::from_utf8(body).map_err(|_| Unreadable::Malformed("Invalid UTF-8"))?;
            return self.add_form(form);
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => {
                self.values.extend(object);
                Ok(())
            }
            _ => Err(Unreadable::Malformed("Invalid JSON in the request body")),
        }
    }

    async fn read_multipart(&mut self, request: Request, most: usize) -> Result<(), Unreadable> {
        let malformed = Unreadable::Malformed("Invalid multipart body");
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, most).await.map_err(|_| Unreadable::TooLarge)?;
        let mut request = Request::from_parts(head, body.into());
        // The size has been seen to above.
        DefaultBodyLimit::disable().apply(&mut request);
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| malformed)?;
        let mut count = 0;
        while let Some(part) = parts.next_field().await.map_err(|_| malformed)? {
            count += 1;
            if count > MOST_PARTS {
                return Err(Unreadable::Malformed("Too many parts"));
            }
            let field = part.name().unwrap_or_default().to_owned();
            // Some clients name no file.
            let is_file = part.file_name().is_some() || part.content_type().is_some_and(|kind| !kind.starts_with("text/"));
            if is_file {
                let name = part.file_name().unwrap_or("file").to_owned();
                self.file = Some(File { name, bytes: part.bytes().await.map_err(|_| malformed)? });
            } else {
                self.values.insert(field, Value::String(part.text().await.map_err(|_| malformed)?));
            }
        }
        Ok(())
    }

    /// A parameter as text, also when it was sent as a number.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A parameter as a truth value, in any of its spellings.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.values.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => match text.as_str() {
                "true" | "True" | "1" => Some(true),
                "false" | "False" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A parameter as an object or list; forms carry it as JSON text. `Err` when it is neither.
    pub fn json(&self, name: &str) -> Result<Option<Value>, Unreadable> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                serde_json::from_str(text).map(Some).map_err(|_| Unreadable::Malformed("A parameter is not valid JSON"))
            }
            Some(value) => Ok(Some(value.clone())),
        }
    }
}
