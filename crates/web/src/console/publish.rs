//! Publishing: the publisher reads exactly what everybody will read, before it goes.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use domain::time::local_date;
use serde::Deserialize;
use service::publish::{Draft, leftovers, propose, publish as go};
use service::read_case::{self, CaseView};

use super::conflict::Conflict;
use super::{at, mistakes, show};
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, spaced};
use crate::portal::prose;

#[derive(Template)]
#[template(path = "console/publish.html")]
struct PublishPage {
    page: Page,
    code: String,
    version: i64,
    /// The last event that stood on the page.
    seen: i64,
    conflict: Option<Conflict>,
    draft: Draft,
    agency: String,
    day: String,
    /// A mark of the texts in the preview; none before the first look.
    looked: Option<String>,
    errors: Option<ErrorSummary>,
    checks: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    version: i64,
    seen: i64,
    title: String,
    question: String,
    answer: String,
    /// Marks what the publisher last saw in the preview.
    looked: String,
    check: Vec<String>,
    step: String,
}

const CHECKS: [&str; 4] = ["names", "business", "accuracy", "consent"];

pub async fn page(State(app): State<App>, page: Page, signed_in: SignedIn, Path(code): Path<String>) -> Result<Response, Error> {
    let view = read_case::by_code(&app.city, &signed_in.officer, &code).await?;
    let draft = propose(&app.city, &signed_in.officer, view.row.id).await?;
    Ok(show(drawn(&app, page, &view, draft, None, None, Vec::new())))
}

fn drawn(
    app: &App,
    page: Page,
    view: &CaseView,
    draft: Draft,
    looked: Option<String>,
    errors: Option<ErrorSummary>,
    checks: Vec<String>,
) -> PublishPage {
    let reference = app.city.reference();
    let answered = view.row.answered_at.map_or(app.city.now(), at);
    PublishPage {
        agency: reference.name(view.state.lead.unwrap_or(view.row.agency_id)).to_owned(),
        day: page.tongue.day_year(local_date(answered)),
        page: page.at(Place::Cases),
        code: view.row.code.clone(),
        version: view.row.version,
        seen: view.seen(),
        conflict: None,
        draft,
        looked,
        errors,
        checks,
    }
}

impl PublishPage {
    fn is_checked(&self, check: &str) -> bool {
        self.checks.iter().any(|ticked| ticked == check)
    }
}

pub async fn publish(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(code): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let view = read_case::by_code(&app.city, &signed_in.officer, &code).await?;
    // Whoever may not publish gets no preview either.
    propose(&app.city, &signed_in.officer, view.row.id).await?;
    let draft = Draft { title: prose(&typed.title), question: prose(&typed.question), answer: prose(&typed.answer) };
    let seen = service::keys::token_hash(&format!("{}\0{}\0{}", draft.title, draft.question, draft.answer));
    let checked = CHECKS.iter().all(|check| typed.check.iter().any(|ticked| ticked == check));
    let mut errors = None;
    if typed.step == "publish" && typed.looked == seen {
        match go(&app.city, &signed_in.officer, view.row.id, typed.version, draft.clone(), checked).await {
            Ok(_) => return Ok(Redirect::to(&format!("/console/q/answered?done=publish&code={}", view.row.code)).into_response()),
            Err(service::Error::Stale) => {
                // Read anew: what is shown now is what can be published. The publisher looks at it once more.
                let view = read_case::read(&app.city, &signed_in.officer, view.row.id).await?;
                let ours = vec![draft.title.clone(), draft.question.clone(), draft.answer.clone()];
                let conflict = Some(Conflict::of(&app.city, page.tongue, &view, typed.seen, ours));
                let drawn = drawn(&app, page, &view, draft, None, None, typed.check);
                return Ok((StatusCode::CONFLICT, show(PublishPage { conflict, ..drawn })).into_response());
            }
            Err(error) => match mistakes(page.tongue, &error) {
                Some(said) => errors = Some(said),
                None => return Err(error.into()),
            },
        }
    } else {
        let problems = leftovers(&draft);
        if !problems.is_empty() {
            errors = mistakes(page.tongue, &service::Error::Invalid(problems));
        }
    }
    let status = if errors.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, show(drawn(&app, page, &view, draft, Some(seen), errors, typed.check))).into_response())
}

/// The code as people read it.
fn shown(code: &str) -> String {
    spaced(code)
}
