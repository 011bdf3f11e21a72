//! Webhooks on their way to our side: posted, tried again by the vendor's schedule, given up.
//!
//! Envelopes of one person keep their order; different people are served side by side. Every attempt is kept for reading.

mod deliveries;
mod queue;

use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub(crate) use deliveries::Deliveries;

use crate::vendor::Vendor;

/// What a vendor wants to tell our side.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    /// Page, OA or bot.
    pub account: String,
    /// Whom it concerns; keeps the order.
    pub person: Option<String>,
    /// The vendor's name of the event.
    pub event: String,
    /// Exactly what is posted and signed; for a GET, what follows the address.
    pub body: Bytes,
}

/// How one vendor posts.
pub(crate) trait Postman: Send + Sync + 'static {
    fn vendor(&self) -> Vendor;
    /// Where webhooks of this account go now; `None` when nobody is subscribed.
    fn address(&self, account: &str) -> Option<String>;
    /// Signature and the like, for the attempt of this number (1 is the first).
    fn headers(&self, envelope: &Envelope, attempt: usize) -> Vec<(&'static str, String)>;
    /// The request that carries an envelope; most post JSON.
    fn request(&self, client: &reqwest::Client, address: &str, envelope: &Envelope) -> reqwest::RequestBuilder {
        client.post(address).header("content-type", "application/json").body(envelope.body.clone())
    }
    /// How long our side may take to answer.
    fn patience(&self) -> Duration;
    /// Whether an answer of this HTTP status means "received".
    fn accepts(&self, status: u16) -> bool {
        status == 200
    }
    /// How long to wait after so many failed attempts; `None` gives up.
    fn wait(&self, envelope: &Envelope, attempts: usize) -> Option<SignedDuration>;
    /// Told after each attempt. True when the vendor stops posting to this account because of it.
    fn heard(&self, envelope: &Envelope, accepted: bool, gave_up: bool, now: Timestamp) -> bool;
    /// Told what was answered; Viber takes a message from it.
    fn answer(&self, _envelope: &Envelope, _body: &[u8]) {}
}

/// One post of an envelope.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// When, by the simulator's clock.
    pub at: Timestamp,
    /// The HTTP status.
    pub status: Option<u16>,
    /// Why there was no status.
    pub failure: Option<String>,
    /// From the first byte sent to the answer.
    pub took_ms: u64,
}

/// Where an envelope stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// On its way, or waiting for its next attempt.
    Waiting,
    /// Our side answered 200.
    Accepted,
    /// The vendor tried as often as it does, or nobody is subscribed any more.
    GivenUp,
}

/// An envelope and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// Counted from 1 over all vendors.
    pub number: u64,
    /// Who posts it.
    pub vendor: Vendor,
    /// Page, OA or bot.
    pub account: String,
    /// Whom it concerns.
    pub person: Option<String>,
    /// The vendor's name of the event.
    pub event: String,
    /// The body as posted.
    pub body: String,
    /// Where it stands.
    pub state: State,
    /// So far.
    pub attempts: Vec<Attempt>,
    /// When it is tried again.
    pub next: Option<Timestamp>,
}
