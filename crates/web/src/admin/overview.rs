//! What is broken, and what somebody must do about it.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{Redirect, Response};
use serde::Deserialize;
use service::overview::{self, MessageRow};
use words::Tongue;

use super::Administrator;
use super::channels::{is_set_up, trouble_of};
use crate::app::App;
use crate::console::{at, show};
use crate::error::Error;
use crate::page::{Page, Place};
use crate::parts::{Icon, Status, Tone};

/// One line of a list: what, when, why.
pub struct Line {
    what: String,
    when: String,
    why: String,
    /// Where it can be looked into.
    address: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    page: Page,
    health: Status,
    dead: usize,
    unread: Vec<Line>,
    failed: Vec<Line>,
    unknown: Vec<Line>,
    accounts: Vec<Line>,
}

pub async fn page(State(app): State<App>, page: Page, Administrator(officer): Administrator) -> Result<Response, Error> {
    let found = overview::read(&app.city, &officer).await?;
    let tongue = page.tongue;
    let now = app.city.now();
    let health = match found.refusing {
        None => Status { icon: Icon::Tick, tone: Tone::Good, text: page.t("admin-healthy") },
        Some(why) => Status { icon: Icon::Late, tone: Tone::Bad, text: page.with("admin-refusing", [("why", why.into())]) },
    };
    let message = |message: MessageRow| said(tongue, message, now);
    let unread = found.unread.into_iter().map(|delivery| Line {
        what: tongue.of("channel", &delivery.channel).into_owned(),
        when: tongue.short_moment(at(delivery.received_at), now),
        address: Some(format!("/admin/deliveries/{}", delivery.id)),
        why: delivery.note.unwrap_or_else(|| tongue.of("intake-in", &delivery.state).into_owned()),
    });
    let accounts = found.accounts.into_iter().filter(|account| is_set_up(&account.channel)).map(|account| {
        let when = account.health.0.get("last_ok_at").and_then(serde_json::Value::as_i64);
        Line {
            why: trouble_of(tongue, &account).unwrap_or_default(),
            address: Some(format!("/admin/channels/{}", account.id)),
            what: format!(
                "{}: {}",
                tongue.of("channel", &account.channel),
                if account.name.is_empty() { account.address } else { account.name }
            ),
            when: when.map_or_else(|| "—".into(), |when| tongue.ago(at(when), now)),
        }
    });
    Ok(show(OverviewPage {
        health,
        dead: found.dead.len(),
        unread: unread.collect(),
        failed: found.failed.into_iter().map(message).collect(),
        unknown: found.unknown.into_iter().map(message).collect(),
        accounts: accounts.collect(),
        page: page.at(Place::Admin),
    }))
}

fn said(tongue: Tongue, message: MessageRow, now: jiff::Timestamp) -> Line {
    let why = message.state_reason.unwrap_or_default();
    let key = format!("delivery-turn-{why}");
    let kind = format!("said-{}", message.kind);
    let kind = if tongue.knows(&kind) { tongue.t(&kind) } else { tongue.t("said-other") };
    // The address stays out: who must act finds it on the case. What is said in a chat has no subject.
    Line {
        what: if message.subject.trim().is_empty() { words::capital(&kind) } else { message.subject },
        when: tongue.short_moment(at(message.state_at), now),
        why: if tongue.knows(&key) { tongue.t(&key).into_owned() } else { why },
        address: None,
    }
}

struct Dead {
    id: i64,
    kind: String,
    attempts: i64,
    when: String,
    why: String,
}

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct JobsPage {
    page: Page,
    dead: Vec<Dead>,
    audit: Vec<Line>,
}

pub async fn jobs(State(app): State<App>, page: Page, Administrator(officer): Administrator) -> Result<Response, Error> {
    let found = overview::read(&app.city, &officer).await?;
    let tongue = page.tongue;
    let now = app.city.now();
    let dead = found.dead.into_iter().map(|job| Dead {
        id: job.id,
        kind: job.kind,
        attempts: job.attempts,
        when: tongue.short_moment(at(job.created_at), now),
        why: job.last_error.unwrap_or_default(),
    });
    let audit = overview::audit(&app.city, &officer).await?;
    let audit = audit.into_iter().map(|row| {
        let reason = row.details.0.get("reason").and_then(|reason| reason.as_str()).map(|reason| format!(": {reason}")).unwrap_or_default();
        Line { what: row.act, when: tongue.short_moment(at(row.at), now), why: format!("{}{reason}", row.subject), address: None }
    });
    Ok(show(JobsPage { page: page.at(Place::Admin), dead: dead.collect(), audit: audit.collect() }))
}

#[derive(Deserialize)]
pub struct Revive {
    job: i64,
}

pub async fn revive(State(app): State<App>, Administrator(officer): Administrator, Form(typed): Form<Revive>) -> Result<Redirect, Error> {
    overview::revive(&app.city, &officer, typed.job).await?;
    Ok(Redirect::to("/admin/jobs"))
}
