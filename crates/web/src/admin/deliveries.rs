//! One stored delivery: its envelope, its content for a reason, and another try.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use service::deliveries::{self, Content, Envelope};
use service::overview::DeliveryLine;
use uuid::Uuid;
use words::Tongue;

use super::Administrator;
use crate::app::App;
use crate::console::{at, mistakes, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{ErrorSummary, Icon, Status, Tone};

/// The newest deliveries of an account, on its page.
#[derive(Template)]
#[template(path = "admin/newest.html")]
pub struct Newest {
    tongue: Tongue,
    lines: Vec<Line>,
}

impl HtmlSafe for Newest {}

struct Line {
    id: Uuid,
    when: String,
    size: String,
    state: Status,
}

impl Newest {
    pub fn of(app: &App, tongue: Tongue, deliveries: Vec<DeliveryLine>) -> Newest {
        let now = app.city.now();
        let lines = deliveries.into_iter().map(|delivery| Line {
            id: delivery.id,
            when: tongue.short_moment(at(delivery.received_at), now),
            size: tongue.size(delivery.size.unsigned_abs()),
            state: state(tongue, &delivery.state),
        });
        Newest { tongue, lines: lines.collect() }
    }
}

fn state(tongue: Tongue, code: &str) -> Status {
    let (icon, tone) = match code {
        "unpacked" => (Icon::Tick, Tone::Good),
        "failed" => (Icon::Late, Tone::Bad),
        "unknown_account" => (Icon::Due, Tone::Warn),
        _ => (Icon::New, Tone::Calm),
    };
    Status { icon, tone, text: tongue.of("intake-in", code).into_owned() }
}

#[derive(Template)]
#[template(path = "admin/delivery.html")]
struct DeliveryPage {
    page: Page,
    envelope: Envelope,
    channel: String,
    when: String,
    size: String,
    state: Status,
    failed: bool,
    content: Option<Content>,
    errors: Option<ErrorSummary>,
}

fn draw(app: &App, page: Page, envelope: Envelope, content: Option<Content>, errors: Option<ErrorSummary>) -> Response {
    let tongue = page.tongue;
    let status = if errors.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let template = DeliveryPage {
        channel: tongue.of("channel", &envelope.channel).into_owned(),
        when: tongue.short_moment(at(envelope.received_at), app.city.now()),
        size: tongue.size(envelope.size as u64),
        state: state(tongue, &envelope.state),
        failed: envelope.state == "failed",
        page: page.at(Place::Admin),
        envelope,
        content,
        errors,
    };
    (status, show(template)).into_response()
}

pub async fn page(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<Uuid>,
) -> Result<Response, Error> {
    let envelope = deliveries::envelope(&app.city, &officer, id).await?;
    Ok(draw(&app, page, envelope, None, None))
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    reason: String,
}

/// The content, with the reason kept in the audit.
pub async fn read(
    State(app): State<App>,
    page: Page,
    Administrator(officer): Administrator,
    Path(id): Path<Uuid>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Error> {
    let envelope = deliveries::envelope(&app.city, &officer, id).await?;
    match deliveries::content(&app.city, &officer, id, &wanted.reason).await {
        Ok(content) => Ok(draw(&app, page, envelope, Some(content), None)),
        Err(error) => match mistakes(page.tongue, &error) {
            Some(errors) => Ok(draw(&app, page, envelope, None, Some(errors))),
            None => Err(error.into()),
        },
    }
}

pub async fn again(State(app): State<App>, Administrator(officer): Administrator, Path(id): Path<Uuid>) -> Result<Redirect, Error> {
    deliveries::unpack_again(&app.city, &officer, id).await?;
    Ok(Redirect::to(&format!("/admin/deliveries/{id}")))
}
