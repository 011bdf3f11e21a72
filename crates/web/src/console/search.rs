//! Search by code, sender or words.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::find::find;

use super::queue::{ListPart, Row, Views};
use super::show;
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::Empty;

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "console/search.html")]
struct SearchPage {
    page: Page,
    views: Views,
    words: String,
    list: ListPart,
}

pub async fn page(State(app): State<App>, page: Page, signed_in: SignedIn, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    let page = page.at(Place::Cases);
    let words = wanted.q.trim().to_owned();
    let lines = if words.is_empty() { Vec::new() } else { find(&app.city, &signed_in.officer, &words).await? };
    // A whole code leads straight to its case.
    if let [line] = lines.as_slice()
        && words.parse::<domain::tracking_code::TrackingCode>().is_ok()
    {
        return Ok(Redirect::to(&format!("/console/c/{}", line.code)).into_response());
    }
    let empty = Empty { title: page.t("search-empty"), text: page.t("search-empty-text") };
    let rows = lines.into_iter().map(|line| Row::of(&app.city, page.tongue, line, "")).collect();
    let list = ListPart { tongue: page.tongue, caption: page.t("search-title"), rows, empty, pager: None };
    let views = Views::of(page.tongue, &signed_in.officer, None);
    Ok(show(SearchPage { page, views, words, list }))
}
