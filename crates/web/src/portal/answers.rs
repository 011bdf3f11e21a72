//! Published answers: a list by field, a search, and each by itself.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::time::local_date;
use serde::Deserialize;
use service::publish::{self, PublicationRow};
use uuid::Uuid;
use words::Lang;

use crate::app::App;
use crate::error::Error;
use crate::limit::Client;
use crate::page::{Page, Place};
use crate::parts::{Empty, Pager};

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default, rename = "linh-vuc")]
    field: String,
    #[serde(rename = "sau")]
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/answers.html")]
struct List {
    page: Page,
    q: String,
    field: String,
    fields: Vec<(String, String)>,
    found: Vec<Line>,
    pager: Pager,
    empty: Empty,
}

struct Line {
    address: String,
    title: String,
    note: String,
}

#[derive(Template)]
#[template(path = "portal/answer.html")]
struct One {
    page: Page,
    title: String,
    note: String,
    field: String,
    question: String,
    answer: String,
    agency: String,
}

pub async fn list(State(app): State<App>, page: Page, client: Client, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let english = page.tongue.lang() == Lang::En;
    let reference = app.city.reference();
    let words = super::line(&asked.q);
    let words = service::understand::truncate(&words, 300);
    let field = Some(asked.field.as_str()).filter(|field| reference.fields.contains_key(*field));
    let (rows, next) = if words.is_empty() {
        publish::list(&app.city, field, asked.after.as_deref()).await?
    } else {
        app.limits.search.check(&client.network())?;
        (publish::search(&app.city, words, field).await?, None)
    };
    let later = next.map(|next| format!("/hoi-dap?linh-vuc={}&sau={next}", field.unwrap_or_default()));
    let found = rows
        .iter()
        .map(|row| Ok(Line { address: format!("/hoi-dap/{}", row.id.simple()), title: row.title.clone(), note: note(&app, &page, row)? }))
        .collect::<Result<_, Error>>()?;
    let empty = if words.is_empty() {
        Empty { title: page.t("answers-none"), text: page.t("answers-none-text") }
    } else {
        Empty { title: page.t("answers-no_hit"), text: page.t("answers-no_hit-text") }
    };
    let list = List {
        q: words.to_owned(),
        field: field.unwrap_or_default().to_owned(),
        fields: reference.fields.keys().map(|code| (code.clone(), reference.field_name(code, english).to_owned())).collect(),
        found,
        pager: Pager { tongue: page.tongue, earlier: None, later },
        empty,
        page: page.at(Place::Answers),
    };
    super::show(StatusCode::OK, &list)
}

pub async fn read(State(app): State<App>, page: Page, Path(id): Path<Uuid>) -> Result<Response, Error> {
    let row = publish::read(&app.city, id).await?;
    let reference = app.city.reference();
    let one = One {
        note: note(&app, &page, &row)?,
        field: reference.field_name(&row.field, page.tongue.lang() == Lang::En).to_owned(),
        agency: reference.name(row.agency_id).to_owned(),
        title: row.title,
        question: row.question,
        answer: row.answer,
        page: page.at(Place::Answers),
    };
    super::show(StatusCode::OK, &one)
}

fn note(app: &App, page: &Page, row: &PublicationRow) -> Result<String, Error> {
    let reference = app.city.reference();
    let at = page.tongue.date_year(local_date(super::time(row.answered_at)?));
    Ok(page.with("home-answered", [("agency", reference.name(row.agency_id).to_owned().into()), ("date", at.into())]))
}
