//! After an outage of ours the vendors' own lists are asked for what their webhooks could not bring.
//!
//! What is found enters like any delivery; what came by webhook as well is the same event.

use channels::{Event, facebook, zalo};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::deliveries_in;
use tokio_util::sync::CancellationToken;

use crate::chat_accounts::ChatAccount;
use crate::chat_channel::ChatChannel;
use crate::intake::delivery;
use crate::{City, Result};

/// A pause in the deliveries of an account that is taken for an outage.
const PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// Nothing older is asked for: by then the windows are closed.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Facebook's pace for reading conversations: two calls in a second.
const PACE: std::time::Duration = std::time::Duration::from_millis(500);
/// People of an official account whose talks are looked into, the last to have written first.
const PEOPLE: i64 = 200;
/// What marks a delivery as one of ours.
pub(super) const VIA: &str = "catch_up";

/// Once, when the program starts: that is when an outage has ended.
pub async fn run(city: City, stop: CancellationToken) {
    let rows = match store::channel_accounts::all(&mut city.db.read()).await {
        Ok(rows) => rows,
        Err(error) => return tracing::warn!(%error, "accounts could not be read to catch up"),
    };
    for row in rows.into_iter().filter(|row| row.enabled && ChatChannel::of(&row.channel).is_some()) {
        let Ok(account) = ChatAccount::of(&city, row) else { continue };
        if let Err(error) = account_since(&city, &account, &stop).await {
            tracing::warn!(account = %account.row.id, %error, "what an outage missed could not be asked for");
        }
    }
}

async fn account_since(city: &City, account: &ChatAccount, stop: &CancellationToken) -> Result<()> {
    let id = account.row.id;
    let Some(last) = deliveries_in::newest_of(&mut city.db.read(), id).await? else { return Ok(()) };
    let last = store::time(last)?;
    if city.now().duration_since(last) < PAUSE {
        return Ok(());
    }
    let holder = format!("{}/{}", city.settings.node, city.new_id());
    let name = format!("catch-up:{id}");
    let Some(lease) = store::leases::take(&city.db, &name, &holder, city.now(), SignedDuration::from_mins(30)).await? else {
        return Ok(());
    };
    let since = (last - SignedDuration::from_mins(5)).max(city.now() - LONGEST);
    let asked = match account.channel {
        ChatChannel::Facebook => of_page(city, account, since, stop).await,
        ChatChannel::Zalo => of_official_account(city, account, since, stop).await,
        // They have no such list: Telegram keeps updates for a day, Viber repeats for an hour.
        ChatChannel::Telegram | ChatChannel::Viber => Ok(()),
    };
    store::leases::release(&city.db, &lease).await?;
    asked
}

async fn of_page(city: &City, account: &ChatAccount, since: Timestamp, stop: &CancellationToken) -> Result<()> {
    let access = account.facebook();
    let told = |error: channels::Error| crate::Error::Unavailable(error.to_string());
    let mut cursor = facebook::poll::Cursor::since(&access, since).map_err(told)?;
    while !cursor.is_done() && !stop.is_cancelled() {
        let (events, next) = facebook::poll::step(&city.http, &access, &cursor).await.map_err(told)?;
        keep(city, account, events).await?;
        cursor = next;
        tokio::time::sleep(PACE).await;
    }
    Ok(())
}

async fn of_official_account(city: &City, account: &ChatAccount, since: Timestamp, stop: &CancellationToken) -> Result<()> {
    let access = account.zalo();
    let people = store::conversations::people_of(&mut city.db.read(), account.row.id, PEOPLE).await?;
    for person in people {
        let own = crate::tell::own_id(&person);
        // Ten messages a call; a talk that went on longer meanwhile is asked for in as many calls.
        for page in 0..5 {
            if stop.is_cancelled() {
                return Ok(());
            }
            let found = zalo::poll::conversation(&city.http, &access, own, page * 10).await;
            let mut events = found.map_err(|error| crate::Error::Unavailable(error.to_string()))?;
            let whole = events.len();
            events.retain(|event| event.timestamp_ms.is_some_and(|ms| ms >= since.as_millisecond()));
            let (fresh, full) = (events.len(), whole == 10);
            events.reverse();
            keep(city, account, events).await?;
            if fresh < whole || !full {
                break;
            }
        }
    }
    Ok(())
}

/// Stored as one delivery, in the shape of our own events.
async fn keep(city: &City, account: &ChatAccount, events: Vec<Event>) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let body = serde_json::to_vec(&events)?;
    let row = delivery(city, Some(account.row.id), account.channel.as_str(), json!({ "via": VIA }), body);
    let mut tx = city.db.begin().await?;
    deliveries_in::append(&mut tx, vec![row]).await?;
    tx.commit().await?;
    Ok(())
}
