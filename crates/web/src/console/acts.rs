//! Acts on a case. Whatever is refused or too late comes back as the page with what was typed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use domain::case::{Action, Role};
use serde::Deserialize;
use service::act::{self, act as perform};
use service::read_case;
use service::{Officer, Problem, answer, comments, note as notes, publish, resend};
use uuid::Uuid;

use super::asked::Asked;
use super::case::{Shown, draw};
use super::composer::Wish;
use super::mistakes;
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::limit::Client;
use crate::page::Page;

/// What leaves the case where it is: one stays with it.
const HERE: [&str; 5] = ["public", "hide", "show", "resend", "settle"];

pub async fn act(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    client: Client,
    Path((code, name)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Error> {
    let case = read_case::id_of(&app.city, &code).await?;
    let address = client.network().to_string();
    match done(&app, &signed_in.officer, case, &name, &asked, &address).await {
        // Whoever sealed it without naming himself has no page of it any more.
        Ok(_) if name == "seal" && read_case::version(&app.city, &signed_in.officer, case).await.is_err() => Ok(after_unseen(&asked.q)),
        Ok(_) if HERE.contains(&name.as_str()) => {
            let queue = service::queue::Queue::parse(&asked.q).map_or("", service::queue::Queue::as_str);
            Ok(Redirect::to(&format!("/console/c/{code}?q={queue}")).into_response())
        }
        Ok(told) => Ok(after(&code, told.unwrap_or(&name), &asked.q)),
        Err(error) => again(&app, page, &signed_in.officer, case, &name, asked, error).await,
    }
}

/// Where one goes after an act: on in the list after deciding, back to the case after writing.
pub(super) fn after(code: &str, name: &str, queue: &str) -> Response {
    let to = match service::queue::Queue::parse(queue) {
        Some(queue) => format!("/console/q/{}?done={name}&code={code}", queue.as_str()),
        None => format!("/console/c/{code}"),
    };
    Redirect::to(&to).into_response()
}

fn after_unseen(queue: &str) -> Response {
    let to = service::queue::Queue::parse(queue).map_or_else(|| "/console".to_owned(), |queue| format!("/console/q/{}", queue.as_str()));
    Redirect::to(&to).into_response()
}

/// Does it. Answers another name for what happened where the act alone does not say.
async fn done(app: &App, officer: &Officer, case: Uuid, name: &str, asked: &Asked, address: &str) -> service::Result<Option<&'static str>> {
    let city = &app.city;
    let version = asked.version;
    let competent = |lead: Uuid| city.reference().agencies.is_competent(lead, city.today());
    let action = match name {
        "route" => return act::route(city, officer, case, version, asked.routing()?).await.map(|_| None),
        "guide" => {
            let track = if asked.track.is_empty() { None } else { Some(asked.track()?) };
            return act::guide(city, officer, case, version, track, &asked.guide).await.map(|_| None);
        }
        "approve" => return answer::approve(city, officer, case, version).await.map(|_| None),
        "return_draft" => return answer::give_back(city, officer, case, version, asked.reason.clone()).await.map(|_| None),
        "unpublish" => return publish::unpublish(city, officer, case, version, asked.reason.clone()).await.map(|()| None),
        "public" => {
            let text = crate::portal::prose(&asked.public);
            return comments::answer(city, officer, case, version, asked.comment()?, &text).await.map(|()| None);
        }
        "hide" | "show" => return comments::hide(city, officer, case, asked.comment()?, name == "hide").await.map(|()| None),
        "resend" => return resend::again(city, officer, case, version, asked.message()?, !asked.twice.is_empty()).await.map(|_| None),
        "settle" => {
            let arrived = match asked.arrived.as_str() {
                "yes" => true,
                "no" => false,
                _ => return Err(Problem::new("arrived", "missing").into()),
            };
            return resend::settle(city, officer, case, version, asked.message()?, arrived).await.map(|()| None);
        }
        "reuse" => {
            let (track, field) = (asked.track()?, asked.field.clone());
            return answer::from_published(city, officer, case, version, asked.publication()?, track, field).await.map(|_| None);
        }
        "reroute" => {
            let lead = asked.lead.parse().map_err(|_| Problem::new("lead", "missing"))?;
            let co = asked.co.iter().filter_map(|co| co.parse().ok()).collect();
            Action::Reroute { lead, lead_competent: competent(lead), co, why: asked.why.clone() }
        }
        "accept" => {
            Action::Accept { officer: if asked.officer.is_empty() { officer.id } else { colleague(app, officer, case, asked).await? } }
        }
        "assign" => Action::Assign { officer: colleague(app, officer, case, asked).await? },
        "return" => Action::Return { reason: asked.reason.clone(), proposed: asked.proposed()? },
        "ask" => Action::AskInfo { question: asked.question.clone(), until: asked.until()? },
        "info_arrived" => Action::InfoArrived,
        "extend" => Action::Extend { until: asked.until()?, reason: asked.reason.clone() },
        "correct" => {
            Action::Correct { track: asked.track()?, field: asked.field.clone(), urgency: asked.urgency()?, reason: asked.reason.clone() }
        }
        "refuse" => {
            let ground = asked.ground.parse().map_err(|_| Problem::new("ground", "missing"))?;
            if asked.text.trim().is_empty() {
                return Err(Problem::new("text", "missing").into());
            }
            let second = service::sign_in::second_person(city, &asked.second_login, &asked.second, Role::Operator, address).await?;
            Action::Refuse { ground, text: asked.text.clone(), confirmed_by: second }
        }
        "send_back" => Action::SendBack { reason: asked.reason.clone() },
        "seal" => {
            let view = read_case::read(city, officer, case).await?;
            Action::Seal { receivers: asked.receivers(&view.receivers)?, reason: asked.reason.clone() }
        }
        "reopen" => Action::Reopen { reason: asked.reason.clone(), rating: None },
        _ => return Err(service::Error::NotFound),
    };
    perform(city, officer, case, version, action).await.map(|_| None)
}

/// Only somebody of the lead agency may be given the case.
async fn colleague(app: &App, officer: &Officer, case: Uuid, asked: &Asked) -> service::Result<Uuid> {
    let wanted = asked.officer()?;
    let view = read_case::read(&app.city, officer, case).await?;
    let known = wanted == officer.id || view.colleagues.iter().any(|(id, _)| *id == wanted);
    if known { Ok(wanted) } else { Err(Problem::new("officer", "missing").into()) }
}

/// The page again, with what was typed and what is wrong with it; when somebody was faster, with what they did.
pub(super) async fn again(
    app: &App,
    page: Page,
    officer: &Officer,
    case: Uuid,
    name: &str,
    asked: Asked,
    error: service::Error,
) -> Result<Response, Error> {
    let stale = matches!(error, service::Error::Stale);
    let errors = mistakes(page.tongue, &error);
    if errors.is_none() && !stale {
        return Err(error.into());
    }
    let view = read_case::read(&app.city, officer, case).await?;
    let (from, seen) = (asked.q.clone(), asked.seen);
    // A refusal says it of the case as it is now: what is shown is what can be tried again.
    let moved = view.row.version != asked.version;
    let wish = Wish { kind: Some(name), typed: Some(asked), errors, reuse: None };
    let shown = Shown { wish, from, unmasked: None, conflict: (stale || moved).then_some(seen) };
    let status = if stale { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, draw(&app.city, page, officer, &view, shown)).into_response())
}

pub async fn note(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(code): Path<String>,
    asked: Asked,
) -> Result<Response, Error> {
    let case = read_case::id_of(&app.city, &code).await?;
    match notes::add(&app.city, &signed_in.officer, case, &asked.note).await {
        Ok(()) => Ok(Redirect::to(&format!("/console/c/{code}?k=note&q={}", asked.q)).into_response()),
        Err(error) => again(&app, page, &signed_in.officer, case, "note", asked, error).await,
    }
}

pub async fn unmask(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(code): Path<String>,
    asked: Asked,
) -> Result<Response, Error> {
    let case = read_case::id_of(&app.city, &code).await?;
    match notes::unmask(&app.city, &signed_in.officer, case, &asked.reason).await {
        Ok(values) => {
            let view = read_case::read(&app.city, &signed_in.officer, case).await?;
            let shown = Shown { from: asked.q, unmasked: Some(values), ..Shown::default() };
            Ok(draw(&app.city, page, &signed_in.officer, &view, shown))
        }
        Err(error) => again(&app, page, &signed_in.officer, case, "unmask", asked, error).await,
    }
}

#[derive(Deserialize)]
pub struct Confirm {
    message: Uuid,
}

pub async fn confirm_address(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    Form(confirm): Form<Confirm>,
) -> Result<Redirect, Error> {
    let case = read_case::id_of(&app.city, &code).await?;
    notes::confirm_address(&app.city, &signed_in.officer, case, confirm.message).await?;
    Ok(Redirect::to(&format!("/console/c/{code}")))
}
