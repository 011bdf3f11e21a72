//! Asks an exchange to do something: to place a call, or to pass one on. How is data, since no two are alike.

use reqwest::{Client, Method, Url, header};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::answer;
use crate::http;

/// One thing that an exchange can be asked over HTTP. `{number}`, `{national}`, `{extension}`, `{call_id}`, `{hotline}` stand
/// for values, in the address and in the body.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Control {
    pub address: String,
    /// JSON when it begins with a brace, else a form; with nothing in it the call is a GET.
    pub body: String,
    /// Name of a header field, and its value: the right to ask.
    pub header: String,
    #[serde(skip)]
    pub secret: String,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("header", &self.header).finish_non_exhaustive()
    }
}

impl Control {
    /// Whether the exchange can be asked at all.
    pub fn is_open(&self) -> bool {
        !self.address.trim().is_empty()
    }

    /// Whether address and body can be used with any values.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] naming what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        self.request(&Order::default()).map(|_| ())
    }

    fn request(&self, order: &Order) -> Result<(Url, String), Error> {
        let address = order.fill(self.address.trim(), &query_escaped);
        // Only the values are from outside; the host is the setting's.
        let address = http::base(&address)?;
        let body = if self.is_json() { order.fill(self.body.trim(), &json_escaped) } else { order.fill(self.body.trim(), &query_escaped) };
        if self.is_json() && serde_json::from_str::<serde::de::IgnoredAny>(&body).is_err() {
            return Err(Error::Misconfigured("the body is no JSON".into()));
        }
        if !self.header.is_empty() && header::HeaderName::from_bytes(self.header.trim().as_bytes()).is_err() {
            return Err(Error::Misconfigured("the header field has no such name".into()));
        }
        Ok((address, body))
    }

    fn is_json(&self) -> bool {
        self.body.trim_start().starts_with('{')
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// E.164 without plus.
    pub number: String,
    /// The same as it is dialled at home.
    pub national: String,
    pub extension: String,
    pub call_id: String,
    pub hotline: String,
}

impl Order {
    fn fill(&self, template: &str, escape: &dyn Fn(&str) -> String) -> String {
        let values = [
            ("{number}", &self.number),
            ("{national}", &self.national),
            ("{extension}", &self.extension),
            ("{call_id}", &self.call_id),
            ("{hotline}", &self.hotline),
        ];
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            let known = values.iter().find(|(name, _)| rest.starts_with(name));
            let (taken, text) = known.map_or((1, "{".to_owned()), |(name, value)| (name.len(), escape(value)));
            filled.push_str(&text);
            rest = &rest[taken..];
        }
        filled + rest
    }
}

/// Everything but letters and digits, so that a value stays within its place of an address or a form.
fn query_escaped(value: &str) -> String {
    use std::fmt::Write;
    let mut escaped = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _written = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned()
}

/// Asks.
///
/// # Errors
/// As any call to a vendor; [`Error::Lost`] when nobody knows whether the exchange did it.
pub async fn send_order(client: &Client, control: &Control, order: &Order) -> Result<(), Error> {
    let (address, body) = control.request(order)?;
    let method = if body.is_empty() { Method::GET } else { Method::POST };
    let mut request = client.request(method, address);
    if !control.header.trim().is_empty() {
        request = request.header(control.header.trim(), control.secret.trim());
    }
    if !body.is_empty() {
        let kind = if control.is_json() { "application/json" } else { "application/x-www-form-urlencoded" };
        request = request.header(header::CONTENT_TYPE, kind).body(body);
    }
    let answer = answer::of(request).await?;
    if answer.status.is_success() { Ok(()) } else { Err(answer.refusal()) }
}

#[cfg(test)]
mod tests {
    use super::{Control, Order};

    #[test]
    fn values_stay_in_their_places() {
        let order = Order { number: "8490\"&x=1".into(), extension: "101/../2 ê".into(), ..Order::default() };
        let control = Control {
            address: "https://pbx.example/call/{extension}?to={number}".into(),
            body: r#"{"to":"{number}","x":{}}"#.into(),
            ..Control::default()
        };
        let (address, body) = control.request(&order).unwrap();
        assert_eq!(address.as_str(), "https://pbx.example/call/101%2F..%2F2%20%C3%AA?to=8490%22%26x%3D1");
        assert_eq!(body, r#"{"to":"8490\"&x=1","x":{}}"#);
        let at = |address: &str| Control { address: address.into(), ..Control::default() }.check();
        assert!(at("https://pbx.example/").is_ok() && at("http://127.0.0.1:9/").is_ok());
        assert!(at("http://pbx.example/").is_err() && at("{number}").is_err() && at("file:///x").is_err());
        assert!(Control { body: "{x".into(), address: "https://a.example".into(), ..Control::default() }.check().is_err());
    }
}
