//! The page of one case: everything an officer needs to act on it, on one screen.

use std::convert::Infallible;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use service::queue::News;
use service::read_case::{self, CaseView};
use service::{City, Officer};
use uuid::Uuid;
use words::Tongue;

use super::composer::{Composer, Wish};
use super::conflict::Conflict;
use super::panel::{Clock, Other, Sender};
use super::timeline::{Body, Entry};
use super::{Left, at, show, timeline};
use crate::app::{App, SignedIn};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{Due, Icon, Push, Status};

/// A published answer that may serve again.
pub struct Similar {
    pub key: usize,
    pub id: Uuid,
    pub title: String,
    pub answer: String,
    pub day: String,
}

#[derive(Template)]
#[template(path = "console/case.html")]
struct CasePage {
    page: Page,
    code: String,
    title: String,
    kind: String,
    status: Status,
    due: Option<Due>,
    /// The list to go back to.
    from: String,
    entries: Vec<Entry>,
    composer: Composer,
    clock: Clock,
    agency: String,
    officer: String,
    co: Vec<String>,
    sender: Sender,
    may_unmask: bool,
    /// The exchange calls the sender when asked.
    can_call: bool,
    unmasked: Option<Vec<String>>,
    smells: Vec<String>,
    similar: Vec<Similar>,
    earlier: Vec<Other>,
    hint: Option<Other>,
    published: Option<String>,
    sealed: bool,
    conflict: Option<Conflict>,
    rating: String,
}

/// What a request wants of the page beside the case itself.
#[derive(Default)]
pub struct Shown<'a> {
    pub wish: Wish<'a>,
    pub from: String,
    pub unmasked: Option<Vec<String>>,
    /// The last event the reader saw before somebody else acted.
    pub conflict: Option<i64>,
}

#[derive(Deserialize)]
pub struct Wanted {
    k: Option<String>,
    #[serde(default)]
    q: String,
    #[serde(rename = "use")]
    reuse: Option<Uuid>,
}

pub async fn page(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(code): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let view = read_case::by_code(&app.city, &signed_in.officer, &code).await?;
    let wish = Wish { kind: wanted.k.as_deref(), reuse: wanted.reuse, ..Wish::default() };
    Ok(draw(&app.city, page, &signed_in.officer, &view, Shown { wish, from: wanted.q, ..Shown::default() }))
}

/// Draws the page of a case that was read for this officer.
pub fn draw(city: &City, page: Page, officer: &Officer, view: &CaseView, shown: Shown<'_>) -> Response {
    let page = page.at(Place::Cases);
    let tongue = page.tongue;
    let reference = city.reference();
    let english = tongue.lang() == words::Lang::En;
    let ours = || shown.wish.typed.as_ref().map_or_else(Vec::new, |typed| typed.texts().into_iter().map(str::to_owned).collect());
    let conflict = shown.conflict.map(|seen| Conflict::of(city, tongue, view, seen, ours()));
    let about = shown.wish.typed.as_ref().and_then(|typed| typed.message.parse().ok());
    let composer = Composer::of(city, tongue, officer, view, shown.wish);
    let field = view.state.field.as_deref().map_or("", |field| reference.field_name(field, english));
    let track = view.state.track.map(|track| tongue.of("track", track.as_str()).into_owned());
    let kind: Vec<&str> = [field].into_iter().chain(track.as_deref()).filter(|text| !text.is_empty()).collect();
    let from = service::queue::Queue::parse(&shown.from).map_or("", service::queue::Queue::as_str);
    let answered = view.ratings.last();
    let template = CasePage {
        code: view.row.code.clone(),
        title: view.row.title.clone(),
        kind: kind.join(" · "),
        status: Status::of(tongue, &view.row.label),
        due: due(city, tongue, view),
        from: from.to_owned(),
        entries: timeline::draw(city, tongue, view, about),
        clock: Clock::of(city, tongue, view),
        agency: reference.name(view.row.agency_id).to_owned(),
        officer: view.state.officer.and_then(|id| view.people.get(&id)).cloned().unwrap_or_default(),
        co: view.state.co_agencies.iter().map(|id| reference.name(*id).to_owned()).collect(),
        sender: Sender::of(tongue, view),
        may_unmask: view.may_unmask,
        can_call: view.callable.is_some(),
        unmasked: shown.unmasked,
        smells: match (&view.proposal, view.state.in_reception()) {
            (Some(proposal), true) => proposal.smells.iter().map(|smell| tongue.of("sign", smell).into_owned()).collect(),
            _ => Vec::new(),
        },
        similar: similar(tongue, view),
        earlier: view.earlier.iter().map(|line| Other::of(tongue, line)).collect(),
        hint: view.hint.as_ref().map(|line| Other::of(tongue, line)),
        published: view
            .publication
            .as_ref()
            .filter(|published| published.unpublished_at.is_none())
            .map(|published| published.id.to_string()),
        sealed: view.state.sealed,
        conflict,
        rating: answered.map_or_else(String::new, |rating| {
            let mark = tongue.of("rating", &rating.score.to_string());
            if rating.comment.is_empty() { mark.into_owned() } else { format!("{mark}: {}", rating.comment) }
        }),
        composer,
        page,
    };
    show(template)
}

impl CasePage {
    fn list(&self) -> String {
        if self.from.is_empty() { "/console".to_owned() } else { format!("/console/q/{}", self.from) }
    }
}

fn due(city: &City, tongue: Tongue, view: &CaseView) -> Option<Due> {
    if view.state.answered_at.is_some() || !view.row.open {
        return None;
    }
    let left = Left {
        received: at(view.row.received_at),
        due: view.state.due?,
        paused_until: view.state.waiting.as_ref().map(|waiting| waiting.until),
        brief: true,
    };
    Some(left.drawn(tongue, &city.reference(), city.today()))
}

fn similar(tongue: Tongue, view: &CaseView) -> Vec<Similar> {
    let found = view.similar.iter().filter(|published| published.case_id != view.row.id).take(9).enumerate();
    found
        .map(|(place, published)| Similar {
            key: place + 1,
            id: published.id,
            title: published.title.clone(),
            answer: published.answer.clone(),
            day: tongue.date_year(domain::time::local_date(at(published.answered_at))),
        })
        .collect()
}

#[derive(Deserialize)]
pub struct Seen {
    #[serde(default)]
    version: i64,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<div id="changed" class="notice">{{ Icon::Due }}<div><p>{{ tongue.t("work-changed") }} <a href="/console/c/{{ code }}">{{ tongue.t("work-reload") }}</a></p></div></div>"#
)]
struct Changed {
    tongue: Tongue,
    code: String,
}

/// Says when the case is no longer the one on the screen. What is being written stays.
pub async fn live(
    State(app): State<App>,
    page: Page,
    signed_in: SignedIn,
    Path(code): Path<String>,
    Query(seen): Query<Seen>,
) -> Result<Response, Error> {
    let (row, _) = read_case::row_by_code(&app.city, &signed_in.officer, &code).await?;
    let (id, code, tongue) = (row.id, row.code, page.tongue);
    let ringing = super::ringing::stream(&app.city, &signed_in, tongue, None);
    let listening = (News::of(&app.city), app.city, signed_in.token, true);
    let events = stream::unfold(Some(listening), move |listening| {
        let code = code.clone();
        async move {
            let (mut news, city, token, mut fresh) = listening?;
            loop {
                if !std::mem::take(&mut fresh) && !news.heard().await {
                    return None;
                }
                let (officer, _) = service::sign_in::officer_of(&city, &token).await.ok()??;
                let version = read_case::version(&city, &officer, id).await.ok()?;
                if version != seen.version {
                    let part = Changed { tongue, code }.render().ok()?;
                    let push = Push { id: "changed", part: &part }.render().ok()?;
                    // Once is enough: then the stream waits for the reader to go.
                    return Some((Ok::<_, Infallible>(Event::default().data(push)), None));
                }
            }
        }
    });
    let events = stream::select(futures_util::StreamExt::chain(events, stream::pending()), ringing);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}
