//! How an account on a chat channel is wired to its vendor: the addresses that go into the vendor's console, and the
//! permission that comes back from there.

use channels::{facebook, zalo};
use jiff::Timestamp;
use uuid::Uuid;

use crate::channel_health::{self, Class, Trouble};
use crate::chat_accounts::{ChatAccount, keep_tokens, token_ends};
use crate::chat_channel::ChatChannel;
use crate::{City, Error, Result};

/// What an administrator's page of a chat account shows beside what may be typed: nothing secret but the verify token, which
/// is ours.
#[derive(Clone)]
pub struct Wiring {
    /// The address the vendor delivers to.
    pub webhook: String,
    pub verify_token: String,
    /// Zalo: where it sends the administrator's browser back, and the challenge saved beside it.
    pub callback: String,
    pub challenge: String,
    /// Zalo: where the permission is given; `None` while the app is not known.
    pub permission: Option<String>,
    pub has_app_secret: bool,
    pub has_webhook_secret: bool,
    pub has_token: bool,
    pub token_ends: Option<Timestamp>,
    /// Facebook: the kinds of events the page is subscribed to.
    pub fields: &'static str,
}

pub fn wiring(city: &City, account: &ChatAccount) -> Wiring {
    let id = account.row.id;
    let (facebook, zalo) = (account.channel == ChatChannel::Facebook, account.channel == ChatChannel::Zalo);
    Wiring {
        webhook: webhook(city, account),
        verify_token: if facebook { account.secrets.webhook.clone() } else { String::new() },
        callback: if zalo { callback(city, id) } else { String::new() },
        challenge: if zalo { zalo::oauth::challenge(&account.secrets.verifier) } else { String::new() },
        permission: if zalo { permission_link(city, account).ok() } else { None },
        has_app_secret: !account.secrets.app_secret.is_empty(),
        has_webhook_secret: !account.secrets.webhook.is_empty(),
        has_token: !account.secrets.access_token.is_empty(),
        token_ends: token_ends(account),
        fields: facebook::profile::FIELDS,
    }
}

/// The address that a vendor delivers an account's events to.
pub fn webhook(city: &City, account: &ChatAccount) -> String {
    city.link(&format!("/hooks/{}/{}", account.channel.as_str(), account.row.id))
}

/// Where Zalo's administrator gives the permission, and where Zalo then sends the browser.
///
/// # Errors
/// [`Error::Setup`] when the base address is none.
pub fn permission_link(city: &City, account: &ChatAccount) -> Result<String> {
    let id = account.row.id;
    let challenge = zalo::oauth::challenge(&account.secrets.verifier);
    let state = city.keys.hash("zalo-state", &id.to_string());
    zalo::oauth::permission_link(&account.zalo(), &callback(city, id), &challenge, &state).map_err(|error| Error::Setup(error.to_string()))
}

/// The address that is saved in Zalo's console.
pub fn callback(city: &City, id: Uuid) -> String {
    city.link(&format!("/hooks/zalo/{id}/permission"))
}

/// Zalo sent the browser back with a code.
///
/// # Errors
/// [`Error::Forbidden`] when the state is not ours or the account is another one.
pub async fn take_permission(city: &City, id: Uuid, code: &str, oa: &str, state: &str) -> Result<()> {
    use subtle::ConstantTimeEq;
    let expected = city.keys.hash("zalo-state", &id.to_string());
    if !bool::from(expected.as_bytes().ct_eq(state.as_bytes())) {
        return Err(Error::Forbidden);
    }
    let account = ChatAccount::of(city, store::channel_accounts::find(&mut city.db.read(), id).await?)?;
    if !oa.is_empty() && oa != account.row.address {
        return Err(Error::Forbidden);
    }
    let tokens = zalo::oauth::exchange(&city.http, &account.zalo(), code, &account.secrets.verifier).await;
    let tokens = match tokens {
        Ok(tokens) => tokens,
        Err(error) => {
            // The page to which the browser goes back says it in words.
            channel_health::raise(city, id, &Trouble { class: Class::Permission, ..Trouble::of(&error) }).await?;
            return Err(Error::Setup(error.to_string()));
        }
    };
    let mut tx = city.db.begin().await?;
    keep_tokens(&mut tx, city, id, &tokens).await?;
    tx.commit().await?;
    channel_health::calm(city, id).await
}
