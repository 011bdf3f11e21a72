//! `/control/…`: everything the handles do, for tests in other languages. JSON in, JSON out; what cannot be done is 422 with
//! a sentence in `error`.

use axum::extract::{FromRequestParts, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::{Faults, Rule};
use crate::ledger::Ledger;
use crate::refusal::Refusal;
use crate::smsc::Smsc;
use crate::vendor::Vendor;
use crate::world::World;

/// People made at once.
pub(crate) const MOST_CROWD: u32 = 200_000;

pub(crate) type Answer = Result<Json<Value>, Refusal>;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": self.to_string()}))).into_response()
    }
}

pub(crate) fn done() -> Answer {
    Ok(Json(json!({"done": true})))
}

pub(crate) fn routes(world: World, smsc: Smsc) -> Router {
    Router::new()
        .route("/clock", get(clock).post(advance))
        .route("/deliveries", get(deliveries))
        .route("/journal", get(journal))
        .with_state(world.clone())
        .route("/settle", post(settle))
        .with_state((world, smsc))
}

async fn clock(State(world): State<World>) -> Json<Value> {
    Json(json!({"now": world.now()}))
}

#[derive(Deserialize)]
struct Advance {
    advance_seconds: i64,
}

async fn advance(State(world): State<World>, Json(by): Json<Advance>) -> Json<Value> {
    world.clock.advance(SignedDuration::from_secs(by.advance_seconds));
    clock(State(world)).await
}

/// Answers when every webhook and deliver_sm that is due has been sent and answered.
async fn settle(State((world, smsc)): State<(World, Smsc)>) -> Answer {
    world.deliveries.settled().await;
    smsc.0.settled().await;
    done()
}

#[derive(Deserialize)]
struct Which {
    vendor: Option<Vendor>,
    account: Option<String>,
    person: Option<String>,
    event: Option<String>,
}

impl Which {
    fn matches(&self, vendor: Vendor, account: &str, person: Option<&str>) -> bool {
        self.vendor.is_none_or(|wanted| wanted == vendor)
            && self.account.as_ref().is_none_or(|wanted| wanted == account)
            && self.person.as_ref().is_none_or(|wanted| Some(wanted.as_str()) == person)
    }
}

async fn deliveries(State(world): State<World>, Query(which): Query<Which>) -> Json<Value> {
    let deliveries = world.deliveries.list(|delivery| {
        which.matches(delivery.vendor, &delivery.account, delivery.person.as_deref())
            && which.event.as_ref().is_none_or(|wanted| *wanted == delivery.event)
    });
    Json(json!({ "deliveries": deliveries }))
}

async fn journal(State(world): State<World>, Query(which): Query<Which>) -> Json<Value> {
    let happenings = world.journal.last(|happening| which.matches(happening.vendor, &happening.account, happening.person.as_deref()));
    Json(json!({ "happenings": happenings }))
}

/// The body of `PUT /control/{vendor}/faults`: what is in force from now on, instead of what was.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultSettings {
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    per_second: Option<u32>,
}

impl FaultSettings {
    pub fn apply(self, faults: &mut Faults) -> Result<(), Refusal> {
        self.rules.iter().try_for_each(Rule::check)?;
        faults.clear();
        faults.cap(self.per_second);
        self.rules.into_iter().try_for_each(|rule| faults.add(rule))?;
        Ok(())
    }
}

pub(crate) fn faults_json(faults: &Faults) -> Value {
    let (rules, per_second) = faults.rules();
    json!({"rules": rules, "per_second": per_second})
}

/// `?to=…&limit=…`
#[derive(Debug, Deserialize)]
pub(crate) struct SentQuery {
    to: Option<String>,
    limit: Option<usize>,
}

impl<S: Send + Sync> FromRequestParts<S> for SentQuery {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let Query(query) = Query::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        Ok(query)
    }
}

pub(crate) fn sent_json(ledger: &Ledger, query: &SentQuery) -> Value {
    let mut last = ledger.last(query.to.as_deref());
    let skip = last.len().saturating_sub(query.limit.unwrap_or(100));
    last.drain(..skip);
    let count = query.to.as_deref().map_or(ledger.total(), |to| ledger.count(to));
    json!({"total": ledger.total(), "count": count, "people": ledger.people(), "repeats": ledger.repeats(), "last": last})
}
