//! How accounts fare: alarms that pages can word, "test this", the figures of an account.

use channels::{facebook, telegram, viber, zalo};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::channel_accounts::AccountRow;
pub use store::deliveries_in::DeliveryLine;
use uuid::Uuid;

use crate::chat_accounts::ChatAccount;
use crate::chat_channel::ChatChannel;
use crate::{City, Error, Officer, Result};

/// What somebody has to do about it; pages word it (`trouble-<class>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It is switched off.
    Off,
    /// There is no token yet, or no secret.
    NoToken,
    NoSecret,
    /// The token is no longer good.
    Token,
    /// The token is that of another page or account.
    OtherAccount,
    /// Zalo's permission must be given again.
    Permission,
    /// A right, a setting or the address is wrong.
    Setup,
    Quota,
    Throttled,
    Unreachable,
    /// The vendor cannot reach us.
    Deaf,
    /// The comment or the person is gone.
    Gone,
    Refused,
}

impl Class {
    const ALL: [Class; 13] = [
        Class::Off,
        Class::NoToken,
        Class::NoSecret,
        Class::Token,
        Class::OtherAccount,
        Class::Permission,
        Class::Setup,
        Class::Quota,
        Class::Throttled,
        Class::Unreachable,
        Class::Deaf,
        Class::Gone,
        Class::Refused,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Off => "off",
            Class::NoToken => "no_token",
            Class::NoSecret => "no_secret",
            Class::Token => "token",
            Class::OtherAccount => "other_account",
            Class::Permission => "permission",
            Class::Setup => "setup",
            Class::Quota => "quota",
            Class::Throttled => "throttled",
            Class::Unreachable => "unreachable",
            Class::Deaf => "deaf",
            Class::Gone => "gone",
            Class::Refused => "refused",
        }
    }
}

/// Something that went wrong with a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub class: Class,
    /// The vendor's number, where its answer begins with one.
    pub code: Option<i64>,
    /// As the vendor said it: never with a token.
    pub said: String,
}

impl Trouble {
    pub fn new(class: Class, said: impl Into<String>) -> Self {
        let said = said.into();
        let head = said.split(|c: char| !(c.is_ascii_digit() || c == '-')).next().unwrap_or_default();
        Self { class, code: head.parse().ok(), said }
    }

    pub fn of(error: &channels::Error) -> Self {
        use channels::Error as E;
        match error {
            E::TokenExpired(said) => Self::new(Class::Token, said),
            E::Misconfigured(said) => {
                let trouble = Self::new(Class::Setup, said);
                // Facebook: the token itself, whatever its subcode.
                if trouble.code == Some(190) { Self { class: Class::Token, ..trouble } } else { trouble }
            }
            E::OutOfQuota(said) => Self::new(Class::Quota, said),
            E::Throttled { reason, .. } | E::NotNow { reason, .. } => Self::new(Class::Throttled, reason),
            E::Unreachable(said) | E::Lost(said) => Self::new(Class::Unreachable, said),
            E::PersonGone(said) | E::WindowClosed(said) => Self::new(Class::Gone, said),
            E::Rejected(said) => Self::new(Class::Refused, said),
        }
    }

    /// The vendor refuses an address of ours: a setting is wrong.
    fn of_setup(self) -> Self {
        if self.class == Class::Refused { Self { class: Class::Setup, ..self } } else { self }
    }

    /// Nothing can go out before a person has acted; else it may pass by itself.
    pub const fn needs_a_person(&self) -> bool {
        !matches!(self.class, Class::Off | Class::Throttled | Class::Unreachable | Class::Deaf | Class::Gone | Class::Refused)
    }
}

/// The alarm of an account, if one stands.
pub fn alarm_of(account: &AccountRow) -> Option<Trouble> {
    let health = &account.health.0;
    let said = health.get("alarm")?.as_str()?.to_owned();
    let class = health.get("alarm_class").and_then(Value::as_str);
    let class = Class::ALL.into_iter().find(|known| Some(known.as_str()) == class).unwrap_or(Class::Setup);
    Some(Trouble::new(class, said))
}

/// When the account last worked, and why it does not now: the newest news of the two counts.
pub fn last_error(account: &AccountRow) -> Option<String> {
    let at = |name: &str| account.health.0.get(name).and_then(Value::as_i64).unwrap_or(i64::MIN);
    let said = account.health.0.get("last_error")?.as_str()?;
    (at("last_error_at") >= at("last_ok_at")).then(|| said.to_owned())
}

/// Raises an alarm: a person is needed before anything can go out.
pub async fn raise(city: &City, id: Uuid, trouble: &Trouble) -> Result<()> {
    tracing::error!(account = %id, class = trouble.class.as_str(), why = trouble.said, "a channel account needs a person");
    let at = json!(city.now().as_microsecond());
    let said = json!(crate::understand::truncate(&trouble.said, 500));
    let class = json!(trouble.class.as_str());
    note(
        city,
        id,
        &[("alarm", said.clone()), ("alarm_class", class), ("alarm_at", at.clone()), ("last_error", said), ("last_error_at", at)],
    )
    .await
}

/// Ends an alarm: it works.
pub async fn calm(city: &City, id: Uuid) -> Result<()> {
    let at = json!(city.now().as_microsecond());
    note(city, id, &[("alarm", Value::Null), ("alarm_class", Value::Null), ("last_error", Value::Null), ("last_ok_at", at)]).await
}

/// What changed is written, the rest kept.
pub(crate) async fn note(city: &City, id: Uuid, news: &[(&str, Value)]) -> Result<()> {
    let mut tx = city.db.begin().await?;
    let mut health = store::channel_accounts::find(&mut tx, id).await?.health.0;
    for (name, value) in news {
        health[*name] = value.clone();
    }
    store::channel_accounts::set_health(&mut tx, id, health).await?;
    tx.commit().await?;
    city.forget_account(id);
    Ok(())
}

/// How a route of SMS stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteState {
    Up,
    /// It is tried again and again.
    Down,
    /// The carrier does not let us in: a person is needed.
    Refused,
}

impl RouteState {
    pub const fn as_str(self) -> &'static str {
        match self {
            RouteState::Up => "up",
            RouteState::Down => "down",
            RouteState::Refused => "refused",
        }
    }
}

/// A route as it was last heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteNews {
    pub state: RouteState,
    pub since: Timestamp,
    /// Why it is not up, in the other side's words.
    pub why: String,
}

/// Notes how a route stands. One that is refused raises an alarm, which ends when no route is.
pub async fn note_route(city: &City, id: Uuid, route: Uuid, state: RouteState, why: &str) -> Result<()> {
    let mut tx = city.db.begin().await?;
    let mut health = store::channel_accounts::find(&mut tx, id).await?.health.0;
    let said = crate::understand::truncate(why, 500);
    let at = city.now().as_microsecond();
    let was = health["routes"][route.to_string()]["state"].as_str() == Some(state.as_str());
    if was && state != RouteState::Refused {
        return Ok(tx.rollback().await?);
    }
    health["routes"][route.to_string()] = json!({ "state": state.as_str(), "at": at, "why": said });
    let refused = |routes: &Value| routes.as_object().is_some_and(|routes| routes.values().any(|route| route["state"] == "refused"));
    if state == RouteState::Refused {
        tracing::error!(account = %id, %route, why, "a carrier does not let us in: a person is needed");
        health["alarm"] = json!(said);
        health["alarm_class"] = json!(Class::Setup.as_str());
        health["alarm_at"] = json!(at);
    } else if !refused(&health["routes"]) && health["alarm_class"] == Class::Setup.as_str() {
        health["alarm"] = Value::Null;
        health["alarm_class"] = Value::Null;
    }
    match state {
        RouteState::Up => health["last_ok_at"] = json!(at),
        _ if why.is_empty() => {}
        _ => {
            health["last_error"] = json!(said);
            health["last_error_at"] = json!(at);
        }
    }
    store::channel_accounts::set_health(&mut tx, id, health).await?;
    tx.commit().await?;
    Ok(())
}

/// A message went out by SMS: an alarm that is no route's own is over.
pub async fn calm_unless_refused(city: &City, id: Uuid) -> Result<()> {
    let account = store::channel_accounts::find(&mut city.db.read(), id).await?;
    let refused = account.health.0["routes"].as_object().is_some_and(|routes| routes.values().any(|route| route["state"] == "refused"));
    if refused || alarm_of(&account).is_none() { Ok(()) } else { calm(city, id).await }
}

/// How a route stood when it was last heard of.
pub fn route_news(account: &AccountRow, route: Uuid) -> Option<RouteNews> {
    let news = &account.health.0["routes"][route.to_string()];
    let state = match news["state"].as_str()? {
        "up" => RouteState::Up,
        "refused" => RouteState::Refused,
        _ => RouteState::Down,
    };
    Some(RouteNews { state, since: store::time(news["at"].as_i64()?).ok()?, why: news["why"].as_str().unwrap_or_default().to_owned() })
}

/// One step of "test this": what was tried, and what it gave (the name of the page) or why it failed.
pub type Tried = (&'static str, std::result::Result<String, Trouble>);

/// "Test this": calls the vendor with what is stored, step by step, and stops at the first step that fails.
pub async fn test(city: &City, by: &Officer, id: Uuid) -> Result<Vec<Tried>> {
    may(by)?;
    let account = ChatAccount::of(city, store::channel_accounts::find(&mut city.db.read(), id).await?)?;
    let tried = match account.channel {
        ChatChannel::Facebook => test_facebook(city, &account).await,
        ChatChannel::Zalo => test_zalo(city, &account).await?,
        ChatChannel::Telegram => connect_telegram(city, &account).await,
        ChatChannel::Viber => connect_viber(city, &account).await,
    };
    match tried.iter().find_map(|(_, result)| result.as_ref().err()) {
        Some(trouble) if trouble.needs_a_person() => raise(city, id, trouble).await?,
        Some(_) => {}
        None => calm(city, id).await?,
    }
    Ok(tried)
}

async fn test_facebook(city: &City, account: &ChatAccount) -> Vec<Tried> {
    let mut tried = Vec::new();
    if account.secrets.app_secret.is_empty() {
        return vec![("secret", Err(Trouble::new(Class::NoSecret, "")))];
    }
    if account.secrets.access_token.is_empty() {
        return vec![("token", Err(Trouble::new(Class::NoToken, "")))];
    }
    let access = facebook::Access { app_secret: None, ..account.facebook() };
    let named = facebook::profile::test(&city.http, &access).await;
    tried.push((
        "token",
        named.map_err(|error| match &error {
            channels::Error::Misconfigured(said) if said.starts_with("the token") => Trouble::new(Class::OtherAccount, said),
            error => Trouble::of(error),
        }),
    ));
    if tried[0].1.is_ok() {
        // With the proof of the secret: of another app's secret Facebook says that the proof is wrong.
        let proven = facebook::Access { app_secret: Some(account.secrets.app_secret.clone()), ..access.clone() };
        let proof = facebook::profile::test(&city.http, &proven).await;
        let right = proof.is_ok();
        tried.push((
            "secret",
            proof.map(|_| String::new()).map_err(|error| match error {
                channels::Error::Rejected(said) => Trouble::new(Class::Setup, said),
                error => Trouble::of(&error),
            }),
        ));
        if right {
            let subscribed = facebook::profile::subscribe(&city.http, &account.facebook()).await;
            tried.push(("subscribe", subscribed.map(|()| String::new()).map_err(|error| Trouble::of(&error))));
        }
    }
    tried
}

async fn test_zalo(city: &City, account: &ChatAccount) -> Result<Vec<Tried>> {
    if account.secrets.app_secret.is_empty() || account.secrets.webhook.is_empty() {
        return Ok(vec![("secret", Err(Trouble::new(Class::NoSecret, "")))]);
    }
    if account.secrets.access_token.is_empty() && account.secrets.refresh_token.is_empty() {
        return Ok(vec![("token", Err(Trouble::new(Class::NoToken, "")))]);
    }
    let mut found = zalo::poll::account(&city.http, &account.zalo()).await;
    if matches!(found, Err(channels::Error::TokenExpired(_))) && crate::jobs::renew_token(city, account).await.is_ok() {
        let fresh = ChatAccount::of(city, store::channel_accounts::find(&mut city.db.read(), account.row.id).await?)?;
        found = zalo::poll::account(&city.http, &fresh.zalo()).await;
    }
    let named = match found {
        Ok(found) if found.oa_id.is_empty() || found.oa_id == account.row.address => Ok(found.name),
        Ok(found) => Err(Trouble::new(Class::OtherAccount, format!("{} {}", found.oa_id, found.name))),
        Err(error) => Err(Trouble::of(&error)),
    };
    Ok(vec![("token", named)])
}

/// Asks the bot who it is, has its updates sent to us, and looks how the last ones fared.
async fn connect_telegram(city: &City, account: &ChatAccount) -> Vec<Tried> {
    if let Some(missing) = nothing_to_connect(account) {
        return vec![missing];
    }
    let access = account.telegram();
    let named = match telegram::webhook::me(&city.http, &access).await {
        Ok(bot) if bot.id == account.row.address => Ok(format!("{} (@{})", bot.name, bot.username)),
        Ok(bot) => Err(Trouble::new(Class::OtherAccount, format!("{} @{}", bot.id, bot.username))),
        Err(error) => Err(Trouble::of(&error)),
    };
    let mut tried = vec![("token", named)];
    if tried[0].1.is_ok() {
        let address = crate::chat_wiring::webhook(city, account);
        let set = telegram::webhook::set(&city.http, &access, &address, &account.secrets.webhook).await;
        tried.push(("webhook", set.map(|()| String::new()).map_err(|error| Trouble::of(&error).of_setup())));
    }
    if tried.iter().all(|(_, result)| result.is_ok())
        && let Ok(deliveries) = telegram::webhook::info(&city.http, &access).await
        && let Some(said) = deliveries.last_error.filter(|_| deliveries.pending > 0)
    {
        tried.push(("deliveries", Err(Trouble::new(Class::Deaf, said))));
    }
    tried
}

/// Asks the bot who it is and has its callbacks sent to us: Viber calls back at once.
async fn connect_viber(city: &City, account: &ChatAccount) -> Vec<Tried> {
    if let Some(missing) = nothing_to_connect(account) {
        return vec![missing];
    }
    let access = account.viber();
    let named = match viber::account::test(&city.http, &access).await {
        Ok(bot) if bot.uri.is_empty() || bot.uri.eq_ignore_ascii_case(&account.row.address) => Ok(bot.name),
        Ok(bot) => Err(Trouble::new(Class::OtherAccount, format!("{} {}", bot.uri, bot.name))),
        Err(error) => Err(Trouble::of(&error)),
    };
    let mut tried = vec![("token", named)];
    if tried[0].1.is_ok() {
        let set = viber::account::set_webhook(&city.http, &access, &crate::chat_wiring::webhook(city, account)).await;
        tried.push(("webhook", set.map(|()| String::new()).map_err(|error| Trouble::of(&error).of_setup())));
    }
    tried
}

/// A bot without a token is asked nothing; one that is off would not answer its vendor.
fn nothing_to_connect(account: &ChatAccount) -> Option<Tried> {
    if account.secrets.access_token.is_empty() {
        return Some(("token", Err(Trouble::new(Class::NoToken, ""))));
    }
    (!account.row.enabled).then(|| ("webhook", Err(Trouble::new(Class::Off, ""))))
}

/// How an account fares, from what is stored.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The newest deliveries, newest first; the first is the last event received.
    pub deliveries: Vec<DeliveryLine>,
    pub last_sent: Option<Timestamp>,
    /// Of the last [`DAYS`] days, each counted up to [`MOST`].
    pub failed: i64,
    pub unknown: i64,
    pub waiting: i64,
    pub unread: i64,
}

/// How far back trouble is counted.
pub const DAYS: i64 = 7;
/// Counting ends here.
pub const MOST: i64 = 1000;
/// Deliveries and parts among which those of one account are looked for.
const AMONG: i64 = 5000;
/// Deliveries shown.
const SHOWN: i64 = 10;

pub async fn figures(city: &City, by: &Officer, id: Uuid) -> Result<Figures> {
    may(by)?;
    let mut q = city.db.read();
    let since = city.now() - SignedDuration::from_hours(24 * DAYS);
    let sent = store::message_parts::last_sent(&mut q, id, AMONG).await?;
    Ok(Figures {
        deliveries: store::deliveries_in::newest_of_account(&mut q, id, AMONG, SHOWN).await?,
        last_sent: sent.map(store::time).transpose()?,
        failed: store::messages::count_in_trouble(&mut q, id, "failed", since, MOST).await?,
        unknown: store::messages::count_in_trouble(&mut q, id, "unknown", since, MOST).await?,
        waiting: store::messages::count_in_trouble(&mut q, id, "queued", since, MOST).await?,
        unread: store::deliveries_in::count_failed(&mut q, id, since, MOST).await?,
    })
}

fn may(by: &Officer) -> Result<()> {
    if by.viewer.may_administer() { Ok(()) } else { Err(Error::Forbidden) }
}

#[cfg(test)]
mod tests {
    use super::{Class, Trouble};

    #[test]
    fn a_refusal_is_worded_by_its_number_and_its_class() {
        let of = |error: channels::Error| {
            let trouble = Trouble::of(&error);
            (trouble.class, trouble.code)
        };
        assert_eq!(of(channels::Error::Misconfigured("190/460 Error validating access token".into())), (Class::Token, Some(190)));
        assert_eq!(of(channels::Error::Misconfigured("-204 OA is off".into())), (Class::Setup, Some(-204)));
        assert_eq!(of(channels::Error::Misconfigured("HTTP 404".into())), (Class::Setup, None));
        assert_eq!(of(channels::Error::Lost("no answer".into())), (Class::Unreachable, None));
    }
}
