//! What a vendor answered to a call, before anybody knows what it means.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, StatusCode, header};

use crate::{Error, http};

/// Longest answer that is read, in octets; what is longer is cut and then unreadable.
const LONGEST: usize = 1024 * 1024;

/// Longest time that a vendor may send us away: an answer is not trusted to stop a channel for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    /// `Retry-After` in seconds.
    pub after: Option<Duration>,
    /// `Date`: the vendor's clock.
    pub date: Option<Timestamp>,
    pub body: String,
}

/// Makes the call.
///
/// # Errors
/// [`Error::Unreachable`] when nothing was sent, [`Error::Lost`] when no whole answer came, [`Error::Misconfigured`] when
/// the settings make no request.
pub(crate) async fn of(request: RequestBuilder) -> Result<Answer, Error> {
    // The address may carry a token: it is in no error.
    let mut response = request.send().await.map_err(|error| match error.is_builder() {
        true => Error::Misconfigured("the address or the token cannot be written in a request".into()),
        false => http::failure(&error.without_url()),
    })?;
    let field = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let after = field(header::RETRY_AFTER).and_then(|value| value.trim().parse().ok()).map(wait);
    let date = field(header::DATE).and_then(|value| jiff::fmt::rfc2822::parse(value).ok()).map(|date| date.timestamp());
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| http::failure(&error.without_url()))? {
        body.extend_from_slice(&chunk[..chunk.len().min(LONGEST - body.len())]);
        if body.len() == LONGEST {
            break;
        }
    }
    Ok(Answer { status, after, date, body: String::from_utf8_lossy(&body).into_owned() })
}

impl Answer {
    /// What the status alone says, for an answer that is not in the vendor's own words. A gateway that lost the server
    /// behind it (502, 504) leaves the outcome unknown; a server that says it failed has done nothing.
    pub(crate) fn refusal(&self) -> Error {
        let reason = format!("HTTP {}", self.status.as_u16());
        match self.status.as_u16() {
            200..=299 => Error::Lost(format!("{reason} with an unreadable answer")),
            502 | 504 => Error::Lost(reason),
            408 | 429 => Error::Throttled { after: self.after, reason },
            500..=599 if self.after.is_some() => Error::Throttled { after: self.after, reason },
            500..=599 => Error::Unreachable(reason),
            401 | 403 | 404 | 407 | 100..=199 | 300..=399 => Error::Misconfigured(reason),
            _ => Error::Rejected(reason),
        }
    }
}

/// Seconds that a vendor sends us away, within reason.
pub(crate) fn wait(seconds: u64) -> Duration {
    Duration::from_secs(seconds).min(LONGEST_WAIT)
}

/// A vendor's sentence as it may stand in a log: one line of at most 300 characters.
pub(crate) fn said(sentence: Option<String>) -> String {
    sentence.unwrap_or_default().chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// For a call that changes nothing, or nothing that matters when done twice: an unknown outcome is none at all.
pub(crate) fn repeatable(error: Error) -> Error {
    match error {
        Error::Lost(reason) => Error::Unreachable(reason),
        other => other,
    }
}
