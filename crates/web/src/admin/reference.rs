//! Reference data: tables of dated rows, and the form of one row.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use service::edit_reference::{self, Edit};

use super::Administrator;
use super::body::{self, Field};
use crate::app::App;
use crate::console::{mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::ErrorSummary;

struct Row {
    item: String,
    from: String,
    to: String,
    says: String,
    source: String,
    status: String,
}

#[derive(Template)]
#[template(path = "admin/reference.html")]
struct ListPage {
    page: Page,
    kind: String,
    rows: Vec<Row>,
}

pub async fn list(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(kind): Path<String>,
) -> Result<Response, Error> {
    let found = edit_reference::list(&app.city, &officer, &kind).await?;
    let rows = found.into_iter().map(|row| Row {
        says: body::summary(&kind, &row.body.0),
        item: row.item,
        from: row.valid_from,
        to: row.valid_to.unwrap_or_default(),
        source: row.source,
        status: row.status,
    });
    let rows = rows.collect();
    Ok(show(ListPage { page: page.at(Place::Admin), kind, rows }))
}

#[derive(Template)]
#[template(path = "admin/row.html")]
struct FormPage {
    page: Page,
    kind: String,
    edit: Edit,
    fields: Vec<Field>,
    statuses: Vec<&'static str>,
    errors: Option<ErrorSummary>,
    /// What somebody else saved meanwhile: name and value of each field.
    theirs: Vec<(String, String)>,
}

impl FormPage {
    fn of(page: Page, edit: Edit, errors: Option<ErrorSummary>) -> FormPage {
        let fields = body::fields(&edit.kind, &edit.body);
        let statuses = body::statuses(&edit.kind);
        FormPage { page: page.at(Place::Admin), kind: edit.kind.clone(), edit, fields, statuses, errors, theirs: Vec::new() }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Wanted {
    item: String,
    from: String,
}

/// The form of a stored row, or of a new one: with an item but no day, a new row of that item begins with what holds now.
pub async fn page(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(kind): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    if !edit_reference::KINDS.contains(&kind.as_str()) {
        return Err(Error::NotFound);
    }
    let edit = if wanted.item.is_empty() || wanted.from.is_empty() {
        Edit { kind, item: wanted.item, valid_from: app.city.today().to_string(), body: json!({}), ..Edit::default() }
    } else {
        let row = edit_reference::read(&app.city, &officer, &kind, &wanted.item, &wanted.from).await?;
        Edit {
            kind: row.kind,
            item: row.item,
            valid_from: row.valid_from,
            valid_to: row.valid_to.unwrap_or_default(),
            body: row.body.0,
            source: row.source,
            status: row.status,
            updated_at: row.updated_at,
        }
    };
    Ok(show(FormPage::of(page, edit, None)))
}

pub async fn save(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(kind): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let text = |name: &str| pairs.iter().find(|(typed, _)| typed == name).map(|(_, text)| text.trim().to_owned()).unwrap_or_default();
    let (item, from) = (text("item"), text("valid_from"));
    let stored = match edit_reference::read(&app.city, &officer, &kind, &item, &from).await {
        Ok(row) => row.body.0,
        Err(service::Error::NotFound) => Value::Null,
        Err(error) => return Err(error.into()),
    };
    let edit = Edit {
        body: body::typed(&kind, &stored, &pairs),
        kind: kind.clone(),
        item,
        valid_from: from,
        valid_to: text("valid_to"),
        source: text("source"),
        status: text("status"),
        updated_at: text("updated_at").parse().unwrap_or_default(),
    };
    match edit_reference::save(&app.city, &officer, edit.clone()).await {
        Ok(()) => Ok(Redirect::to(&format!("/admin/reference/{kind}")).into_response()),
        Err(service::Error::Stale) => {
            // Both stay in sight: theirs above, ours in the form, which may be saved over it now that it was seen.
            let stored = edit_reference::read(&app.city, &officer, &kind, &edit.item, &edit.valid_from).await?;
            let fields = body::fields(&kind, &stored.body.0).into_iter().map(|field| (page.of("body", field.name), field.value));
            let theirs = fields.chain([(page.t("reference-source"), stored.source)]).filter(|(_, value)| !value.is_empty()).collect();
            let form = FormPage::of(page, Edit { updated_at: stored.updated_at, ..edit }, None);
            Ok((StatusCode::CONFLICT, show(FormPage { theirs, ..form })).into_response())
        }
        Err(error) => {
            let Some(errors) = mistakes(page.tongue, &error) else { return Err(error.into()) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(FormPage::of(page, edit, Some(errors)))).into_response())
        }
    }
}
