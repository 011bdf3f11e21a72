//! One error for all handlers, named for what the caller does next; its words are in the
//! language of the reader and its form is what the client asked for.

use std::time::Duration;

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use words::{Tongue, key};

use crate::page::{Page, Reader};

/// Why a request got no page. Details go to the log, never to the reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Unknown, or not to be known by this reader: the two are answered alike.
    #[error("not found")]
    NotFound,
    #[error("forbidden")]
    Forbidden,
    /// The request cannot be read. Mistakes in a form are not this: they come back as the form.
    #[error("invalid")]
    Invalid,
    /// Someone saved first.
    #[error("conflict")]
    Conflict,
    /// Too often; the time to wait.
    #[error("too many, wait {0:?}")]
    TooMany(Duration),
    #[error("too large")]
    TooLarge,
    #[error("method not allowed")]
    Method,
    /// Not now: disk full, database away, shutting down. The time to try again after.
    #[error("unavailable")]
    Unavailable(Duration),
    /// Ours; logged by whoever made it.
    #[error("internal")]
    Internal,
}

impl Error {
    pub fn status(&self) -> StatusCode {
        match self {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Forbidden => StatusCode::FORBIDDEN,
            Error::Invalid => StatusCode::BAD_REQUEST,
            Error::Conflict => StatusCode::CONFLICT,
            Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::Method => StatusCode::METHOD_NOT_ALLOWED,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error of a response that a layer or an extractor made without us.
    fn of_status(status: StatusCode) -> Error {
        match status {
            StatusCode::NOT_FOUND => Error::NotFound,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::Forbidden,
            StatusCode::CONFLICT => Error::Conflict,
            StatusCode::TOO_MANY_REQUESTS => Error::TooMany(Duration::from_secs(60)),
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
            StatusCode::METHOD_NOT_ALLOWED => Error::Method,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Error::Unavailable(Duration::from_secs(30)),
            status if status.is_client_error() => Error::Invalid,
            _ => Error::Internal,
        }
    }

    fn said(&self, tongue: Tongue) -> Fault {
        let (title, text) = match self {
            Error::NotFound => (key!("error-not_found-title"), tongue.t("error-not_found-text")),
            Error::Forbidden => (key!("error-forbidden-title"), tongue.t("error-forbidden-text")),
            Error::Invalid => (key!("error-invalid-title"), tongue.t("error-invalid-text")),
            Error::Conflict => (key!("error-conflict-title"), tongue.t("error-conflict-text")),
            Error::TooMany(time) => {
                let wait = wait(tongue, *time);
                let text = tongue.with("error-too_many-text", &[("wait", wait.into())]);
                (key!("error-too_many-title"), text)
            }
            Error::TooLarge => (key!("error-too_large-title"), tongue.t("error-too_large-text")),
            Error::Method => (key!("error-method-title"), tongue.t("error-method-text")),
            Error::Unavailable(_) => (key!("error-unavailable-title"), tongue.t("error-unavailable-text")),
            Error::Internal => (key!("error-internal-title"), tongue.t("error-internal-text")),
        };
        Fault { title: tongue.t(title).into_owned(), text: text.into_owned() }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Error::TooMany(wait) | Error::Unavailable(wait) => Some(seconds(*wait)),
            _ => None,
        }
    }
}

/// Whole seconds, at least one: a client told to wait for zero would not wait.
fn seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1) as u64
}

fn wait(tongue: Tongue, time: Duration) -> String {
    let seconds = seconds(time);
    let text = if seconds <= 90 {
        tongue.with("wait-seconds", &[("n", seconds.into())])
    } else {
        tongue.with("wait-minutes", &[("n", seconds.div_ceil(60).into())])
    };
    text.into_owned()
}

struct Fault {
    title: String,
    text: String,
}

impl IntoResponse for Error {
    /// The bare status; [`dress`] gives it the form the client reads.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(after) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layout/portal.html" %}{% block title %}{{ fault.title }}{% endblock %}{% block main %}<div class="wrap">{% include "parts/fault.html" %}</div>{% endblock %}"#
)]
struct PortalFault<'a> {
    page: &'a Page,
    fault: &'a Fault,
    home: &'static str,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layout/console.html" %}{% block title %}{{ fault.title }}{% endblock %}{% block main %}<div class="wrap">{% include "parts/fault.html" %}</div>{% endblock %}"#
)]
struct ConsoleFault<'a> {
    page: &'a Page,
    fault: &'a Fault,
    home: &'static str,
}

/// The same for htmx, put into the page's place for notices: what was typed stays.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<div class="notice">{{ crate::parts::Icon::Late }}<div><p><b>{{ fault.title }}</b></p><p>{{ fault.text }}</p></div></div>"#
)]
struct FaultNotice<'a> {
    fault: &'a Fault,
}

/// The outermost layer: turns every error, also those of axum and its layers, into a page, a
/// fragment or problem+json (RFC 9457), by what the client accepts.
pub async fn dress(request: Request, next: Next) -> Response {
    let mut page = Page::of_request(request.uri(), request.headers());
    let asked = Asked::by(request.headers());
    let mut response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let known = response.extensions_mut().remove::<Error>();
    if known.is_none() && told(response.headers()) {
        return response;
    }
    let error = known.unwrap_or_else(|| Error::of_status(status));
    if let Some(reader) = response.extensions_mut().remove::<Reader>() {
        page = page.read_by(reader);
    }
    let fault = error.said(page.tongue);
    let mut dressed = match asked {
        Asked::Page => Html(whole(&page, &fault)).into_response(),
        Asked::Fragment => {
            let mut response = Html(rendered(FaultNotice { fault: &fault })).into_response();
            let headers = response.headers_mut();
            headers.insert("hx-retarget", HeaderValue::from_static("#notices"));
            headers.insert("hx-reswap", HeaderValue::from_static("innerHTML"));
            response
        }
        Asked::Problem => problem(status, &fault),
    };
    *dressed.status_mut() = status;
    for (name, value) in response.headers() {
        if ![header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING].contains(name) {
            dressed.headers_mut().append(name, value.clone());
        }
    }
    dressed
}

fn whole(page: &Page, fault: &Fault) -> String {
    let console = page.path.starts_with("/console") || page.path.starts_with("/admin");
    if console { rendered(ConsoleFault { page, fault, home: "/console" }) } else { rendered(PortalFault { page, fault, home: "/" }) }
}

/// A template into a string fails only if a value's own display does; ours do not.
fn rendered(template: impl Template) -> String {
    template.render().unwrap_or_else(|error| {
        tracing::error!(%error, "error page");
        String::new()
    })
}

fn problem(status: StatusCode, fault: &Fault) -> Response {
    let body = serde_json::json!({
        "type": "about:blank",
        "status": status.as_u16(),
        "title": fault.title,
        "detail": fault.text,
    });
    ([(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// Whether a handler has already said in its own words what is wrong.
fn told(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"))
}

#[derive(Clone, Copy)]
enum Asked {
    Page,
    Fragment,
    Problem,
}

impl Asked {
    fn by(headers: &HeaderMap) -> Asked {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        if headers.contains_key("hx-request") {
            Asked::Fragment
        } else if accept.is_some_and(|kinds| kinds.contains("text/html")) {
            Asked::Page
        } else {
            Asked::Problem
        }
    }
}
