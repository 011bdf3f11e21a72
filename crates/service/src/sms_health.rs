//! How an account for SMS fares: its routes, its figures, "gửi thử".

use std::time::Duration;

use channels::sms::session::{self, Pace};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::channel_health::{self, Class, DAYS, RouteNews, RouteState, Trouble};
use crate::sms_accounts::{Route, RouteKind, SmsAccount};
use crate::{City, Error, Officer, Problem, Result};

/// An SMSC that takes longer to let us in is taken for silent.
const PATIENCE: Duration = Duration::from_secs(8);

/// What was tried of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub route: String,
    pub outcome: std::result::Result<Found, Trouble>,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The link stands.
    Stands(Timestamp),
    /// It was not there; the carrier lets us in.
    LetsIn,
    /// A gateway has the keys it needs; only a message tells more.
    HasKeys,
    /// Switched off by an administrator.
    Off,
}

/// Tries every route; queues one test message to `phone` when there is one.
pub async fn test(city: &City, by: &Officer, id: Uuid, phone: &str) -> Result<Vec<Tried>> {
    may(by)?;
    let account = SmsAccount::of(city, store::channel_accounts::find(&mut city.db.read(), id).await?)?;
    let mut tried = Vec::new();
    for route in &account.settings.routes {
        tried.push(Tried { route: route.name.clone(), outcome: try_route(city, &account, route).await });
    }
    if !phone.trim().is_empty() {
        if !account.row.enabled {
            return Err(Problem::new("phone", "no_sms").into());
        }
        let reference = city.reference();
        let mut tx = city.db.begin().await?;
        let message =
            crate::sms_text::tell_by_sms_of(&mut tx, city, &reference, (id, &account.row.address), phone, "sms_test", None, vec![]).await?;
        let mut health = store::channel_accounts::find(&mut tx, id).await?.health.0;
        health["test"] = json!(message);
        store::channel_accounts::set_health(&mut tx, id, health).await?;
        store::audit::add(&mut tx, city.new_id(), city.now(), Some(by.id), "sms_test_sent", &account.row.address, json!({})).await?;
        tx.commit().await?;
    }
    Ok(tried)
}

async fn try_route(city: &City, account: &SmsAccount, route: &Route) -> std::result::Result<Found, Trouble> {
    if !route.enabled {
        return Ok(Found::Off);
    }
    let secrets = account.secrets_of(route.id);
    if route.kind == RouteKind::Esms {
        let missing = secrets.api_key.is_empty() || secrets.secret_key.is_empty();
        return if missing { Err(Trouble::new(Class::NoSecret, "")) } else { Ok(Found::HasKeys) };
    }
    if secrets.password.is_empty() {
        return Err(Trouble::new(Class::NoSecret, ""));
    }
    if let Some(RouteNews { state: RouteState::Up, since, .. }) = channel_health::route_news(&account.row, route.id) {
        // Another link beside it may be more than the carrier allows.
        return Ok(Found::Stands(since));
    }
    let pace = Pace { answer: PATIENCE, ..Pace::default() };
    match session::open(&crate::jobs::sms_access(account, route), pace).await {
        Ok((session, _)) => {
            session.unbind().await;
            // Whoever holds the links tries again at once rather than in its own time.
            let asked = async {
                let mut tx = city.db.begin().await?;
                tx.wake(store::notify::Topic::Settings).await?;
                tx.commit().await
            };
            if let Err(error) = asked.await {
                tracing::warn!(%error, "the links could not be told to try again");
            }
            Ok(Found::LetsIn)
        }
        Err(error) => Err(Trouble::of(&error)),
    }
}

/// How an account fares, from what is stored.
#[derive(Debug, Clone)]
pub struct Figures {
    pub common: channel_health::Figures,
    /// Messages and segments sent today, and in the last [`DAYS`] days.
    pub today: (i64, i64),
    pub week: (i64, i64),
    /// State and reason of the last test message.
    pub test: Option<(String, Option<String>)>,
}

pub async fn figures(city: &City, by: &Officer, id: Uuid) -> Result<Figures> {
    let common = channel_health::figures(city, by, id).await?;
    let mut q = city.db.read();
    let since = domain::time::local_date(city.now() - SignedDuration::from_hours(24 * (DAYS - 1)));
    let account = store::channel_accounts::find(&mut q, id).await?;
    let test = account.health.0["test"].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let test = match test {
        Some(message) => {
            let message = store::messages::find(&mut q, message).await?;
            Some((message.state, message.state_reason))
        }
        None => None,
    };
    Ok(Figures {
        common,
        today: store::sms::sent_on(&mut q, id, &city.today().to_string(), "").await?,
        week: store::sms::sent_since(&mut q, id, &since.to_string()).await?,
        test,
    })
}

fn may(by: &Officer) -> Result<()> {
    if by.viewer.may_administer() { Ok(()) } else { Err(Error::Forbidden) }
}
