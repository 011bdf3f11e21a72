//! Accounts on chat channels: set up, and their deliveries believed or not.

use std::sync::Arc;

pub use channels::Headers;
use channels::{facebook, zalo};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Json;
use store::channel_accounts::AccountRow;
use uuid::Uuid;

use crate::chat_channel::{AddressForm, ChatChannel, Signed};
use crate::{City, Error, Officer, Problem, Result};

/// What an administrator may see of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Zalo: id of the app that acts for the account.
    pub app_id: String,
    /// Base address of the vendor's interface; empty is the vendor's own.
    pub base: String,
    /// Zalo: base address of the token interface; empty is Zalo's own.
    pub oauth_base: String,
    /// Hosts from which media are fetched though their addresses are not public: a simulator on this machine.
    pub media_hosts: Vec<String>,
    /// Send `appsecret_proof` with every call.
    pub prove: bool,
    /// Zalo: name and body of the file that proves the domain, served at its root.
    pub proof_name: String,
    pub proof_body: String,
}

/// What rests encrypted.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Secrets {
    pub app_secret: String,
    /// Facebook: the verify token, ours. Zalo: the OA secret key. Telegram: what every update carries, ours.
    pub webhook: String,
    /// Telegram and Viber: the bot's own token, which has no end. Viber signs with it, too.
    pub access_token: String,
    pub refresh_token: String,
    /// Microseconds; 0 when the token has no date.
    pub expires_at: i64,
    /// Zalo: the code verifier whose challenge is saved in the console.
    pub verifier: String,
}

/// An account with everything that is needed to verify its deliveries and to call its vendor.
#[derive(Clone)]
pub struct ChatAccount {
    pub channel: ChatChannel,
    pub row: AccountRow,
    pub settings: Settings,
    pub secrets: Secrets,
}

impl ChatAccount {
    pub fn of(city: &City, row: AccountRow) -> Result<Self> {
        let channel = ChatChannel::of(&row.channel).ok_or(Error::NotFound)?;
        let settings = serde_json::from_value(row.settings.0.clone())?;
        let secrets = match &row.secret {
            Some(sealed) => serde_json::from_slice(&city.keys.open(&purpose(row.id), sealed)?)?,
            None => Secrets::default(),
        };
        Ok(Self { channel, row, settings, secrets })
    }

    /// How Zalo signed the first deliveries that were believed; since then no other way is.
    pub(crate) fn pinned(&self) -> Option<zalo::Variant> {
        serde_json::from_value(self.row.health.0.get(PINNED)?.clone()).ok()
    }
}

/// Where the health of an account keeps the way its vendor signs.
const PINNED: &str = "signed_as";

fn purpose(id: Uuid) -> String {
    format!("chat/{id}")
}

/// The account, from memory where it was asked for before; `None` when nobody knows it or it is switched off.
pub async fn find(city: &City, id: Uuid) -> Result<Option<Arc<ChatAccount>>> {
    if let Some(known) = city.chat_account(id) {
        return Ok(Some(known));
    }
    let row = match store::channel_accounts::find(&mut city.db.read(), id).await {
        Ok(row) if row.enabled && ChatChannel::of(&row.channel).is_some() => row,
        Ok(_) | Err(store::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let account = Arc::new(ChatAccount::of(city, row)?);
    city.keep_chat_account(account.clone());
    Ok(Some(account))
}

/// Checks the signature of a delivery. `None`: nobody knows the address, what came is stored and marked.
///
/// # Errors
/// [`Error::Forbidden`] when the signature is wrong.
pub async fn check_delivery(city: &City, channel: ChatChannel, id: Uuid, headers: &Headers, body: &[u8]) -> Result<Option<Uuid>> {
    let Some(account) = find(city, id).await?.filter(|account| account.channel == channel) else { return Ok(None) };
    match account.signed(headers, body) {
        Signed::Right => Ok(Some(id)),
        Signed::First(variant) => {
            crate::channel_health::note(city, id, &[(PINNED, serde_json::to_value(variant)?)]).await?;
            Ok(Some(id))
        }
        Signed::Wrong => Err(Error::Forbidden),
    }
}

/// The answer to Facebook's handshake, if the token is ours.
pub async fn challenge(city: &City, id: Uuid, mode: Option<&str>, token: Option<&str>, challenge: Option<&str>) -> Result<String> {
    let account = find(city, id).await?.filter(|account| account.channel == ChatChannel::Facebook).ok_or(Error::Forbidden)?;
    facebook::verify::challenge(mode, token, challenge, &account.secrets.webhook).map(str::to_owned).ok_or(Error::Forbidden)
}

/// The file that proves the domain to Zalo.
pub async fn proof_file(city: &City, name: &str) -> Result<String> {
    let rows = store::channel_accounts::all(&mut city.db.read()).await?;
    for row in rows.into_iter().filter(|row| row.enabled && row.channel == ChatChannel::Zalo.as_str()) {
        let settings: Settings = serde_json::from_value(row.settings.0)?;
        if !settings.proof_name.is_empty() && settings.proof_name == name {
            return Ok(settings.proof_body);
        }
    }
    Err(Error::NotFound)
}

/// What an administrator enters.
#[derive(Clone)]
pub struct Entry {
    pub channel: ChatChannel,
    pub name: String,
    /// By which the vendor knows it: id of the page, of the OA, of the bot; URI of a bot on Viber.
    pub address: String,
    pub agency: Option<Uuid>,
    pub enabled: bool,
    pub settings: Settings,
    /// Empty members keep what is stored.
    pub secrets: Secrets,
}

/// Stores a new account or the changes of one.
pub async fn save(city: &City, by: Option<&Officer>, id: Option<Uuid>, entry: Entry) -> Result<Uuid> {
    check(&entry)?;
    let mut tx = city.db.begin().await?;
    let stored = match id {
        Some(id) => Some(store::channel_accounts::find(&mut tx, id).await?),
        None => None,
    };
    let other = store::channel_accounts::by_address(&mut tx, entry.channel.as_str(), entry.address.trim()).await?;
    if other.is_some_and(|other| Some(other.id) != id) {
        return Err(Problem::new("address", "taken").into());
    }
    let mut secrets = match &stored {
        Some(row) => ChatAccount::of(city, row.clone())?.secrets,
        None => Secrets { verifier: new_verifier(city), ..Secrets::default() },
    };
    let take = |new: &str, kept: &mut String| {
        if !new.is_empty() {
            new.trim().clone_into(kept);
        }
    };
    take(&entry.secrets.app_secret, &mut secrets.app_secret);
    take(&entry.secrets.webhook, &mut secrets.webhook);
    take(&entry.secrets.refresh_token, &mut secrets.refresh_token);
    if !entry.secrets.access_token.is_empty() {
        entry.secrets.access_token.trim().clone_into(&mut secrets.access_token);
        secrets.expires_at = entry.secrets.expires_at;
    }
    if entry.channel.makes_webhook_secret() && secrets.webhook.is_empty() {
        secrets.webhook = crate::keys::new_token(city.random.as_ref());
    }
    let id = id.unwrap_or_else(|| city.new_id());
    let mut health = stored.as_ref().map_or_else(|| json!({}), |row| row.health.0.clone());
    // New secrets deserve a new try, and may sign in another way.
    if let Some(health) = health.as_object_mut() {
        health.remove("alarm");
        health.remove(PINNED);
    }
    let row = AccountRow {
        id,
        channel: entry.channel.as_str().to_owned(),
        name: entry.name.trim().to_owned(),
        address: entry.address.trim().to_owned(),
        agency_id: entry.agency,
        settings: Json(serde_json::to_value(&entry.settings)?),
        secret: Some(seal(city, id, &secrets)?),
        enabled: entry.enabled,
        health: Json(health.clone()),
        created_at: stored.as_ref().map_or(city.now().as_microsecond(), |row| row.created_at),
        version: stored.as_ref().map_or(1, |row| row.version),
    };
    match stored {
        Some(_) => {
            store::channel_accounts::update(&mut tx, &row).await?;
            store::channel_accounts::set_health(&mut tx, id, health).await?;
        }
        None => store::channel_accounts::insert(&mut tx, &row).await?,
    }
    let officer = by.map(|officer| officer.id);
    let told = json!({ "channel": entry.channel.as_str(), "enabled": entry.enabled });
    store::audit::add(&mut tx, city.new_id(), city.now(), officer, "chat_account_saved", &row.address, told).await?;
    tx.wake(store::notify::Topic::Settings).await?;
    tx.commit().await?;
    city.forget_account(id);
    Ok(id)
}

/// Longest secret, in characters; longest body of a proof file.
const SECRET: usize = 1000;
const PROOF: usize = 4000;

fn check(entry: &Entry) -> Result<()> {
    let mut problems = Vec::new();
    let mut wrong = |is: bool, field, code| {
        if is {
            problems.push(Problem::new(field, code));
        }
    };
    let digits = |text: &str| (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let word =
        |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let (settings, secrets, zalo) = (&entry.settings, &entry.secrets, entry.channel == ChatChannel::Zalo);
    wrong(entry.name.trim().is_empty(), "name", "missing");
    match entry.channel.address_form() {
        AddressForm::Digits => wrong(!digits(entry.address.trim()), "address", "digits"),
        AddressForm::Word => wrong(!word(entry.address.trim()), "address", "word"),
    }
    wrong(zalo && !digits(settings.app_id.trim()), "app_id", "digits");
    for (field, base) in [("base", &settings.base), ("oauth_base", &settings.oauth_base)] {
        wrong(!base.trim().is_empty() && !channels::http::is_base(base.trim()), field, "base");
    }
    wrong(settings.media_hosts.iter().any(|host| host.contains('/') || host.trim() != host), "media_hosts", "hosts");
    let name = settings.proof_name.as_str();
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let proof = name.starts_with("zalo_verifier") && name.ends_with(".html") && plain;
    wrong(!name.is_empty() && !proof, "proof_name", "proof");
    wrong(!name.is_empty() && settings.proof_body.trim().is_empty(), "proof_body", "missing");
    wrong(settings.proof_body.chars().count() > PROOF, "proof_body", "too_large");
    let typed = [("app_secret", &secrets.app_secret), ("webhook", &secrets.webhook), ("access_token", &secrets.access_token)];
    for (field, secret) in typed {
        let secret = secret.trim();
        wrong(secret.chars().count() > SECRET || secret.contains(char::is_whitespace), field, "secret");
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn seal(city: &City, id: Uuid, secrets: &Secrets) -> Result<Vec<u8>> {
    city.keys.seal(city.random.as_ref(), &purpose(id), &serde_json::to_vec(secrets)?)
}

fn new_verifier(city: &City) -> String {
    let mut bits = [0; 32];
    city.random.fill(&mut bits);
    zalo::oauth::verifier(bits)
}

/// Stores a new pair of tokens inside the caller's transaction: it is committed before anybody uses it.
pub async fn keep_tokens(tx: &mut store::Tx, city: &City, id: Uuid, tokens: &zalo::oauth::Tokens) -> Result<()> {
    let row = store::channel_accounts::find(tx, id).await?;
    let mut account = ChatAccount::of(city, row)?;
    account.secrets.access_token.clone_from(&tokens.access);
    account.secrets.refresh_token.clone_from(&tokens.refresh);
    let life = jiff::SignedDuration::try_from(tokens.expires_in).unwrap_or_default();
    account.secrets.expires_at = (city.now() + life).as_microsecond();
    account.row.secret = Some(seal(city, id, &account.secrets)?);
    store::channel_accounts::update(tx, &account.row).await?;
    tx.wake(store::notify::Topic::Settings).await?;
    Ok(())
}

/// Age of a token in words is the page's; here is when it ends.
pub fn token_ends(account: &ChatAccount) -> Option<Timestamp> {
    Some(account.secrets.expires_at).filter(|at| *at > 0).and_then(|at| store::time(at).ok())
}
