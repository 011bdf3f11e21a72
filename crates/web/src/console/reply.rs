//! The answer with its files. Files are kept as soon as they have arrived: what is wrong with the text, or with one of them,
//! makes nobody choose the others again.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use service::answer::{self, Written};
use service::{City, Officer, enclose, read_case};
use uuid::Uuid;

use super::acts::{after, again};
use super::asked::Asked;
use super::case::{Shown, draw};
use super::composer::Wish;
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::Page;
use crate::parts::ErrorSummary;
use crate::portal::files::{self, Sent};

/// Sends the answer, or takes one of its files away (`drop`) and comes back with what was typed.
pub async fn reply(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(code): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let (city, officer) = (&app.city, &signed_in.officer);
    let case = read_case::id_of(city, &code).await?;
    // Who may not see the case does not fill the disk either.
    read_case::version(city, officer, case).await?;
    let sent = files::read(&app, request).await?;
    let mut asked = Asked::of_reply(&sent);
    let kept = keep(city, officer, case, &mut asked, &sent).await;
    let dropped = kept.is_ok() && !sent.get("drop").is_empty();
    let done = match kept {
        Ok(()) if dropped => drop_file(city, officer, case, &mut asked, sent.get("drop")).await.map(|()| None),
        Ok(()) if sent.refused.is_empty() => write(city, officer, case, &mut asked).await.map(Some),
        Ok(()) => Ok(None),
        Err(error) => Err(error),
    };
    let name = if sent.get("kind").is_empty() { "reply" } else { sent.get("kind") };
    match done {
        Ok(Some(Written::Submitted)) => Ok(after(&code, "submit", &asked.q)),
        Ok(Some(Written::Sent)) => Ok(after(&code, "reply", &asked.q)),
        // Approving has no words to keep.
        Ok(None) if dropped && name == "approve" => {
            let queue = service::queue::Queue::parse(&asked.q).map_or("", service::queue::Queue::as_str);
            Ok(Redirect::to(&format!("/console/c/{code}?k=approve&q={queue}")).into_response())
        }
        Ok(None) => {
            let view = read_case::read(city, officer, case).await?;
            let errors = mistakes(&page, &sent);
            let status = if errors.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            let from = asked.q.clone();
            let wish = Wish { kind: Some(name), typed: Some(asked), errors, reuse: None };
            Ok((status, draw(city, page, officer, &view, Shown { wish, from, ..Shown::default() })).into_response())
        }
        Err(error) => again(&app, page, officer, case, name, asked, error).await,
    }
}

async fn keep(city: &City, officer: &Officer, case: Uuid, asked: &mut Asked, sent: &Sent) -> service::Result<()> {
    asked.version = enclose::add(city, officer, case, asked.version, sent.files.clone()).await?;
    Ok(())
}

async fn drop_file(city: &City, officer: &Officer, case: Uuid, asked: &mut Asked, file: &str) -> service::Result<()> {
    let file = file.parse().map_err(|_| service::Error::NotFound)?;
    asked.version = enclose::remove(city, officer, case, asked.version, file).await?;
    Ok(())
}

async fn write(city: &City, officer: &Officer, case: Uuid, asked: &mut Asked) -> service::Result<Written> {
    let view = read_case::read(city, officer, case).await?;
    let files = view.enclosed.iter().map(|file| file.id).collect();
    answer::write(city, officer, case, asked.version, asked.parts(), files).await
}

/// The files that were not taken, by name.
fn mistakes(page: &Page, sent: &Sent) -> Option<ErrorSummary> {
    let said = |(name, problem): &(String, service::Problem)| {
        let (key, values) = files::refusal(name, problem);
        (Some("files"), page.tongue.with(key, values).into_owned())
    };
    let items: Vec<_> = sent.refused.iter().map(said).collect();
    let title = page.tongue.with("errors-title", [("n", items.len().into())]).into_owned();
    (!items.is_empty()).then_some(ErrorSummary { title, items })
}
