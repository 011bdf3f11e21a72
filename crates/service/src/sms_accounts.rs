//! Numbers of the city for SMS: a short code or a brand name, and the routes by which it is linked to carriers.

use std::collections::BTreeMap;
use std::sync::Arc;

pub use channels::sms::{Alphabet, Joining};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Json;
use store::channel_accounts::AccountRow;
use uuid::Uuid;

use crate::{City, Error, Officer, Problem, Result};

/// What an administrator may see of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub routes: Vec<Route>,
}

/// One way to the handsets. Which parts count depends on its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    pub id: Uuid,
    /// As officers read it: the carrier.
    pub name: String,
    pub kind: RouteKind,
    pub enabled: bool,
    /// Its share beside the others'; 0 sends nothing by it, though it still receives.
    pub weight: u32,
    /// The sender that handsets show: short code or brand name; empty is the account's number.
    pub sender: String,
    /// Calls in a second that the carrier allows.
    pub per_second: u32,
    /// SMPP: the carrier's SMSC.
    pub host: String,
    pub port: u16,
    pub tls: bool,
    /// SMPP: extra root certificate in PEM, for an SMSC with its own authority.
    pub root_pem: String,
    pub system_id: String,
    pub system_type: String,
    /// SMPP: requests without an answer at a time.
    pub window: u32,
    /// SMPP: seconds that an answer may take, and of silence after which the SMSC is asked whether it is there.
    pub answer_seconds: u32,
    /// SMPP: what data_coding 0 means there.
    pub alphabet: Alphabet,
    /// SMPP: how the parts of a long message say that they belong together.
    pub joining: Joining,
    /// SMPP: type of number and numbering plan of the sender.
    pub sender_ton: u8,
    pub sender_npi: u8,
    /// eSMS: base address of its interface; empty is its own.
    pub base: String,
    /// eSMS: kind of message (`SmsType`): 2 is a brand name for customer care, 8 a fixed number.
    pub sms_type: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteKind {
    #[default]
    Smpp,
    Esms,
}

impl Default for Route {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            name: String::new(),
            kind: RouteKind::Smpp,
            enabled: true,
            weight: 10,
            sender: String::new(),
            per_second: 10,
            host: String::new(),
            port: 2775,
            tls: false,
            root_pem: String::new(),
            system_id: String::new(),
            system_type: String::new(),
            window: 10,
            answer_seconds: 30,
            alphabet: Alphabet::Gsm,
            joining: Joining::Udh8,
            sender_ton: 0,
            sender_npi: 0,
            base: String::new(),
            sms_type: "2".into(),
        }
    }
}

/// What rests encrypted.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Secrets {
    /// Ours: the part of a hook's address that nobody guesses.
    pub hook: String,
    /// eSMS: the private key that signs messages from handsets.
    pub mo_key: String,
    /// V-COM: the secure key of theirs.
    pub vcom_key: String,
    pub routes: BTreeMap<Uuid, RouteSecrets>,
}

/// Of one route.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RouteSecrets {
    /// SMPP.
    pub password: String,
    /// eSMS.
    pub api_key: String,
    pub secret_key: String,
}

/// An account with everything needed to link it.
#[derive(Clone)]
pub struct SmsAccount {
    pub row: AccountRow,
    pub settings: Settings,
    pub secrets: Secrets,
}

impl SmsAccount {
    pub fn of(city: &City, row: AccountRow) -> Result<Self> {
        if row.channel != CHANNEL {
            return Err(Error::NotFound);
        }
        let settings = serde_json::from_value(row.settings.0.clone())?;
        let secrets = match &row.secret {
            Some(sealed) => serde_json::from_slice(&city.keys.open(&purpose(row.id), sealed)?)?,
            None => Secrets::default(),
        };
        Ok(Self { row, settings, secrets })
    }

    pub fn route(&self, id: Uuid) -> Option<&Route> {
        self.settings.routes.iter().find(|route| route.id == id)
    }

    /// The sender that handsets show of a route.
    pub fn sender<'a>(&'a self, route: &'a Route) -> &'a str {
        if route.sender.is_empty() { &self.row.address } else { &route.sender }
    }

    pub fn secrets_of(&self, route: Uuid) -> RouteSecrets {
        self.secrets.routes.get(&route).cloned().unwrap_or_default()
    }
}

/// The name under which accounts, identities and cases carry it.
pub const CHANNEL: &str = "sms";

fn purpose(id: Uuid) -> String {
    format!("sms/{id}")
}

/// The account, from memory where it was asked for before; `None` when nobody knows it or it is switched off.
pub async fn find(city: &City, id: Uuid) -> Result<Option<Arc<SmsAccount>>> {
    if let Some(known) = city.sms_account(id) {
        return Ok(Some(known));
    }
    let row = match store::channel_accounts::find(&mut city.db.read(), id).await {
        Ok(row) if row.enabled && row.channel == CHANNEL => row,
        Ok(_) | Err(store::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let account = Arc::new(SmsAccount::of(city, row)?);
    city.keep_sms_account(account.clone());
    Ok(Some(account))
}

/// What an administrator enters of the account itself; its routes are entered one by one.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub name: String,
    /// Short code or brand name.
    pub address: String,
    pub agency: Option<Uuid>,
    pub enabled: bool,
    /// Empty keeps what is stored.
    pub mo_key: String,
    pub vcom_key: String,
    /// Another secret part for the addresses of the hooks.
    pub renew_hook: bool,
}

/// Stores a new account or the changes of one.
pub async fn save(city: &City, by: Option<&Officer>, id: Option<Uuid>, entry: Entry) -> Result<Uuid> {
    check(&entry)?;
    let address = entry.address.trim().to_owned();
    let mut tx = city.db.begin().await?;
    let stored = match id {
        Some(id) => Some(SmsAccount::of(city, store::channel_accounts::find(&mut tx, id).await?)?),
        None => None,
    };
    let other = store::channel_accounts::by_address(&mut tx, CHANNEL, &address).await?;
    if other.is_some_and(|other| Some(other.id) != id) {
        return Err(Problem::new("address", "taken").into());
    }
    let (settings, mut secrets) = match &stored {
        Some(account) => (account.settings.clone(), account.secrets.clone()),
        None => (Settings::default(), Secrets::default()),
    };
    if entry.renew_hook || secrets.hook.is_empty() {
        secrets.hook = crate::keys::new_token(city.random.as_ref());
    }
    for (new, kept) in [(&entry.mo_key, &mut secrets.mo_key), (&entry.vcom_key, &mut secrets.vcom_key)] {
        if !new.trim().is_empty() {
            new.trim().clone_into(kept);
        }
    }
    let id = id.unwrap_or_else(|| city.new_id());
    let row = AccountRow {
        id,
        channel: CHANNEL.into(),
        name: entry.name.trim().to_owned(),
        address,
        agency_id: entry.agency,
        settings: Json(serde_json::to_value(&settings)?),
        secret: Some(seal(city, id, &secrets)?),
        enabled: entry.enabled,
        health: Json(stored.as_ref().map_or_else(|| json!({}), |account| account.row.health.0.clone())),
        created_at: stored.as_ref().map_or(city.now().as_microsecond(), |account| account.row.created_at),
        version: stored.as_ref().map_or(1, |account| account.row.version),
    };
    match stored {
        Some(_) => store::channel_accounts::update(&mut tx, &row).await?,
        None => store::channel_accounts::insert(&mut tx, &row).await?,
    }
    told(&mut tx, city, by, "sms_account_saved", &row.address, json!({ "enabled": row.enabled })).await?;
    tx.commit().await?;
    city.forget_account(id);
    Ok(id)
}

fn check(entry: &Entry) -> Result<()> {
    let mut problems = Vec::new();
    let address = entry.address.trim();
    let letters = (1..=11).contains(&address.len()) && address.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    if entry.name.trim().is_empty() {
        problems.push(Problem::new("name", "missing"));
    }
    if !letters {
        problems.push(Problem::new("address", "short_code"));
    }
    for (field, secret) in [("mo_key", &entry.mo_key), ("vcom_key", &entry.vcom_key)] {
        if !is_secret(secret) {
            problems.push(Problem::new(field, "secret"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn is_secret(secret: &str) -> bool {
    let secret = secret.trim();
    secret.chars().count() <= 1000 && !secret.contains(char::is_whitespace)
}

/// Stores a route: a new one when its id is nil. Empty secrets keep what is stored.
pub async fn save_route(city: &City, by: Option<&Officer>, account: Uuid, route: Route, secrets: RouteSecrets) -> Result<Uuid> {
    check_route(&route, &secrets)?;
    let mut route = trimmed(route);
    change(city, by, account, "sms_route_saved", |found| {
        if route.id.is_nil() {
            route.id = city.new_id();
            found.settings.routes.push(route.clone());
        } else {
            let stored = found.settings.routes.iter_mut().find(|stored| stored.id == route.id).ok_or(Error::NotFound)?;
            stored.clone_from(&route);
        }
        let kept = found.secrets.routes.entry(route.id).or_default();
        for (new, kept) in
            [(&secrets.password, &mut kept.password), (&secrets.api_key, &mut kept.api_key), (&secrets.secret_key, &mut kept.secret_key)]
        {
            if !new.trim().is_empty() {
                new.trim().clone_into(kept);
            }
        }
        Ok(())
    })
    .await?;
    Ok(route.id)
}

/// Takes a route away.
pub async fn remove_route(city: &City, by: Option<&Officer>, account: Uuid, route: Uuid) -> Result<()> {
    change(city, by, account, "sms_route_removed", |found| {
        found.settings.routes.retain(|stored| stored.id != route);
        found.secrets.routes.remove(&route);
        Ok(())
    })
    .await
}

async fn change(city: &City, by: Option<&Officer>, id: Uuid, act: &str, edit: impl FnOnce(&mut SmsAccount) -> Result<()>) -> Result<()> {
    let mut tx = city.db.begin().await?;
    let mut account = SmsAccount::of(city, store::channel_accounts::find(&mut tx, id).await?)?;
    edit(&mut account)?;
    account.row.settings = Json(serde_json::to_value(&account.settings)?);
    account.row.secret = Some(seal(city, id, &account.secrets)?);
    store::channel_accounts::update(&mut tx, &account.row).await?;
    told(&mut tx, city, by, act, &account.row.address, json!({ "routes": account.settings.routes.len() })).await?;
    tx.commit().await?;
    city.forget_account(id);
    Ok(())
}

async fn told(tx: &mut store::Tx, city: &City, by: Option<&Officer>, act: &str, address: &str, details: serde_json::Value) -> Result<()> {
    store::audit::add(tx, city.new_id(), city.now(), by.map(|officer| officer.id), act, address, details).await?;
    Ok(tx.wake(store::notify::Topic::Settings).await?)
}

fn check_route(route: &Route, secrets: &RouteSecrets) -> Result<()> {
    let mut problems = Vec::new();
    let mut wrong = |is: bool, field, code| {
        if is {
            problems.push(Problem::new(field, code));
        }
    };
    let ascii = |text: &str, most: usize| text.trim().len() <= most && text.trim().bytes().all(|byte| byte.is_ascii_graphic());
    wrong(route.name.trim().is_empty(), "route_name", "missing");
    wrong(route.weight > 100, "weight", "weight");
    wrong(!(1..=10_000).contains(&route.per_second), "per_second", "pace");
    wrong(!ascii(&route.sender, 11), "sender", "short_code");
    match route.kind {
        RouteKind::Smpp => {
            wrong(route.host.trim().is_empty() || route.host.trim().contains(['/', ' ', '@']), "host", "host");
            wrong(route.port == 0, "port", "port");
            wrong(route.system_id.trim().is_empty() || !ascii(&route.system_id, 15), "system_id", "system_id");
            wrong(!ascii(&route.system_type, 12), "system_type", "system_type");
            wrong(!ascii(&secrets.password, 8), "password", "smpp_password");
            wrong(!(1..=1000).contains(&route.window), "window", "window");
            wrong(!(1..=300).contains(&route.answer_seconds), "answer_seconds", "answer_seconds");
            wrong(route.sender_ton > 6, "sender_ton", "ton");
            wrong(route.sender_npi > 18, "sender_npi", "npi");
        }
        RouteKind::Esms => {
            wrong(!route.base.trim().is_empty() && !channels::http::is_base(route.base.trim()), "base", "base");
            wrong(!ascii(&route.sms_type, 2), "sms_type", "digits");
            wrong(!is_secret(&secrets.api_key), "api_key", "secret");
            wrong(!is_secret(&secrets.secret_key), "secret_key", "secret");
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn trimmed(route: Route) -> Route {
    let clean = |text: String| text.trim().to_owned();
    Route {
        name: clean(route.name),
        sender: clean(route.sender),
        host: clean(route.host),
        system_id: clean(route.system_id),
        system_type: clean(route.system_type),
        base: route.base.trim().trim_end_matches('/').to_owned(),
        sms_type: clean(route.sms_type),
        ..route
    }
}

fn seal(city: &City, id: Uuid, secrets: &Secrets) -> Result<Vec<u8>> {
    city.keys.seal(city.random.as_ref(), &purpose(id), &serde_json::to_vec(secrets)?)
}
