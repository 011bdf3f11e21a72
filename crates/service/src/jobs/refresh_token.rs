//! Tokens that end: one holder refreshes, and the new pair is stored before anybody uses it.

use channels::zalo;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::channel_health::{self, Class, Trouble};
use crate::chat_accounts::{self, ChatAccount};
use crate::chat_channel::ChatChannel;
use crate::{City, Error, Result};

/// How long one refresh may take before another node may try.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// A token is renewed when it has less than this to live (Zalo's lives 25 hours).
const EARLY: SignedDuration = SignedDuration::from_hours(5);
/// How often tokens are looked at.
const LOOK: std::time::Duration = std::time::Duration::from_secs(30);

/// Renews what is about to end, again and again.
pub(super) async fn watch(city: City, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = look(&city).await {
            tracing::warn!(%error, "tokens could not be looked at");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn look(city: &City) -> Result<()> {
    let rows = store::channel_accounts::all(&mut city.db.read()).await?;
    for row in rows.into_iter().filter(|row| row.enabled && row.channel == ChatChannel::Zalo.as_str()) {
        let account = ChatAccount::of(city, row)?;
        let ends = chat_accounts::token_ends(&account);
        let alarmed = account.row.health.0.get("alarm").is_some_and(|alarm| !alarm.is_null());
        if !alarmed && ends.is_some_and(|ends| ends.duration_since(city.now()) < EARLY) {
            // What went wrong is on the account's page.
            let _told = run(city, &account).await;
        }
    }
    Ok(())
}

/// Gets a new token for an account, `used` as it was when its token was refused, unless somebody has already.
pub(crate) async fn run(city: &City, used: &ChatAccount) -> Result<()> {
    let id = used.row.id;
    if used.channel != ChatChannel::Zalo {
        channel_health::raise(city, id, &Trouble::new(Class::Token, "the token is no longer good")).await?;
        return Err(Error::Setup("only a person can renew this token".into()));
    }
    // A name of its own for each try: of two in one program one waits as well.
    let holder = format!("{}/{}", city.settings.node, city.new_id());
    let Some(lease) = store::leases::take(&city.db, &format!("refresh:{id}"), &holder, city.now(), LEASE).await? else {
        city.forget_account(id);
        return Err(Error::Unavailable("somebody else renews the token".into()));
    };
    let done = renew(city, id, used, &lease).await;
    store::leases::release(&city.db, &lease).await?;
    city.forget_account(id);
    done
}

async fn renew(city: &City, id: Uuid, used: &ChatAccount, lease: &store::leases::Lease) -> Result<()> {
    let account = ChatAccount::of(city, store::channel_accounts::find(&mut city.db.read(), id).await?)?;
    if account.secrets.access_token != used.secrets.access_token {
        return Ok(());
    }
    let access = account.zalo();
    let mut answer = zalo::oauth::refresh(&city.http, &access, &account.secrets.refresh_token).await;
    if matches!(answer, Err(channels::Error::Lost(_))) {
        // The old token may be spent and the new one lost with the answer: one more try tells.
        answer = zalo::oauth::refresh(&city.http, &access, &account.secrets.refresh_token).await;
    }
    match answer {
        Ok(tokens) => {
            fail::fail_point!("refresh::before_commit");
            let mut tx = city.db.begin().await?;
            if !store::leases::check(&mut tx, lease).await? {
                return Err(Error::Stale);
            }
            chat_accounts::keep_tokens(&mut tx, city, id, &tokens).await?;
            tx.commit().await?;
            channel_health::calm(city, id).await
        }
        Err(error @ (channels::Error::Misconfigured(_) | channels::Error::Rejected(_) | channels::Error::Lost(_))) => {
            channel_health::raise(city, id, &Trouble { class: Class::Permission, ..Trouble::of(&error) }).await?;
            Err(Error::Setup(error.to_string()))
        }
        Err(error) => Err(Error::Unavailable(error.to_string())),
    }
}
