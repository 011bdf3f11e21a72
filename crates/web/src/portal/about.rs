//! Pages that explain: personal data, access for everybody; and what robots ask for.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::Error;
use crate::page::Page;

#[derive(Template)]
#[template(path = "portal/about.html")]
struct About {
    page: Page,
    title: String,
    lead: String,
    /// Heading and text of each part.
    parts: Vec<(String, String)>,
}

pub async fn privacy(State(app): State<App>, page: Page) -> Result<Response, Error> {
    let reference = app.city.reference();
    let days = reference.number("link_days_after_closing")?;
    let parts = vec![
        (page.t("privacy-what"), page.t("privacy-what-text")),
        (page.t("privacy-why"), page.t("privacy-why-text")),
        (page.t("privacy-who"), page.t("privacy-who-text")),
        (page.t("privacy-public"), page.t("privacy-public-text")),
        (page.t("privacy-browser"), page.with("privacy-browser-text", [("days", days.into())])),
        (page.t("privacy-rights"), page.t("privacy-rights-text")),
    ];
    let about = About { title: page.t("nav-privacy"), lead: page.t("privacy-lead"), parts, page };
    super::show(StatusCode::OK, &about)
}

pub async fn help(page: Page) -> Result<Response, Error> {
    let parts = vec![
        (page.t("help-keys"), page.t("help-keys-text")),
        (page.t("help-size"), page.t("help-size-text")),
        (page.t("help-scripts"), page.t("help-scripts-text")),
        (page.t("help-lost"), page.t("help-lost-text")),
        (page.t("help-other"), page.t("help-other-text")),
    ];
    let about = About { title: page.t("nav-access"), lead: page.t("help-lead"), parts, page };
    super::show(StatusCode::OK, &about)
}

/// Robots read what is public; the cases of people are not.
pub async fn robots() -> Response {
    let text = "User-agent: *\nDisallow: /ho-so/\nDisallow: /l/\nDisallow: /console\nDisallow: /admin\n";
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response()
}

/// Pages carry their icon inside; this answers those who ask without reading one.
pub async fn favicon() -> Response {
    let icon = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 40\"><path fill=\"#0b4f43\" d=\"M0 0h40v40H0z\"/>\
        <path fill=\"#f3b83a\" d=\"M5 7h20v15H14l-5 6v-6H5z\"/><path fill=\"#fff\" d=\"M28 13h8v15h-3v6l-5-6H18v-4h10z\"/></svg>";
    let kind = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (kind, icon).into_response()
}
