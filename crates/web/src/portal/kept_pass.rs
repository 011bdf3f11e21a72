//! The passes this browser holds: one cookie with the latest few, each a code and the token that opens its talk.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use service::follow::{self, SenderView};

use crate::app::App;
use crate::error::Error;

/// So many cases are open at once in one browser; the oldest gives way.
const MOST: usize = 8;

pub struct Passes(Vec<(String, String)>);

impl Passes {
    pub fn of(app: &App, headers: &HeaderMap) -> Passes {
        let text = app.cookie_value(headers, "passes").unwrap_or_default();
        let pairs = text.split('~').filter_map(|pair| pair.split_once('.')).take(MOST);
        Passes(pairs.map(|(code, token)| (code.to_owned(), token.to_owned())).collect())
    }

    fn token(&self, code: &str) -> Option<&str> {
        self.0.iter().find(|(of, _)| of == code).map(|(_, token)| token.as_str())
    }

    pub fn with(mut self, code: &str, token: &str) -> Passes {
        self.0.retain(|(of, _)| of != code);
        self.0.insert(0, (code.to_owned(), token.to_owned()));
        self.0.truncate(MOST);
        self
    }

    pub fn without(mut self, code: &str) -> Passes {
        self.0.retain(|(of, _)| of != code);
        self
    }

    /// The cookie to set; it lasts as long as the passes in it can.
    pub fn cookie(&self, app: &App) -> Result<HeaderValue, Error> {
        let hours = app.city.reference().number("sender_pass_hours").map_err(Error::from)?;
        let text: Vec<_> = self.0.iter().map(|(code, token)| format!("{code}.{token}")).collect();
        let age = Duration::from_secs(u64::try_from(hours).unwrap_or(0) * 3600);
        Ok(app.cookie("passes", Some(text.join("~").as_str()).filter(|text| !text.is_empty()), age))
    }
}

/// The case with this stored code, if this browser may open it.
pub async fn opened(app: &App, headers: &HeaderMap, code: &str) -> Result<Option<SenderView>, Error> {
    let passes = Passes::of(app, headers);
    let Some(token) = passes.token(code) else { return Ok(None) };
    let Some(case) = follow::case_of_pass(&mut app.city.db.read(), &app.city, token, code).await? else { return Ok(None) };
    Ok(Some(follow::view(&app.city, case).await?))
}
