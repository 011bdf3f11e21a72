//! Hotlines: telephone numbers of the city whose exchange (PBX) tells about its calls.
//!
//! Exchanges sign nothing. So an account has an address that nobody guesses, and a list of the addresses that may call it.

use std::net::IpAddr;
use std::sync::Arc;

use channels::cti::{self, CallKind, Direction, Mapping};
pub use channels::cti::{CallEvent, Control, Fault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Json;
use store::channel_accounts::AccountRow;
use uuid::Uuid;

use crate::keys::{new_token, token_hash};
use crate::reference::Reference;
use crate::{City, Error, Officer, Problem, Result};

/// The channel of telephone calls, as accounts and cases carry it.
pub const CHANNEL: &str = "hotline";

/// What an administrator may see of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// One of [`cti::names`].
    pub shape: String,
    /// Its own mapping, where it differs from the shipped one.
    pub mapping: String,
    /// Addresses (`203.0.113.7`) and networks (`203.0.113.0/24`) from which the exchange calls; none is any.
    pub addresses: Vec<String>,
    /// Hosts from which recordings are fetched.
    pub recording_hosts: Vec<String>,
    /// Telephones of agencies, to which a caller is passed on.
    pub transfers: Vec<Transfer>,
    /// Numbers, E.164 without plus, whose calls are to be refused where the exchange asks.
    pub blocked: Vec<String>,
    /// How the exchange is asked to ring an officer and then a number.
    pub dial: Control,
    /// How it is asked to pass a call on.
    pub transfer: Control,
}

/// Where an agency is reached through the exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// An extension, or a whole number.
    pub number: String,
    /// Code of the agency.
    pub agency: String,
}

/// What rests encrypted.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Secrets {
    /// The part of the address that nobody guesses.
    address: String,
    /// What goes into the header field of dial and transfer.
    control: String,
}

/// An account with everything needed to take its events and to ask its exchange.
#[derive(Clone)]
pub struct Hotline {
    pub row: AccountRow,
    pub settings: Settings,
    secrets: Secrets,
}

impl Hotline {
    /// # Errors
    /// [`Error::NotFound`] when the account is of another channel.
    pub fn of(city: &City, row: AccountRow) -> Result<Self> {
        if row.channel != CHANNEL {
            return Err(Error::NotFound);
        }
        let mut settings: Settings = serde_json::from_value(row.settings.0.clone())?;
        let secrets: Secrets = match &row.secret {
            Some(sealed) => serde_json::from_slice(&city.keys.open(&purpose(row.id), sealed)?)?,
            None => Secrets::default(),
        };
        settings.dial.secret.clone_from(&secrets.control);
        settings.transfer.secret.clone_from(&secrets.control);
        Ok(Self { row, settings, secrets })
    }

    /// The address that goes into the exchange.
    pub fn address(&self, city: &City) -> String {
        city.link(&self.path())
    }

    /// The same without the public address in front.
    pub fn path(&self) -> String {
        format!("/hooks/{CHANNEL}/{}/{}", self.row.id, self.secrets.address)
    }

    pub fn has_control_secret(&self) -> bool {
        !self.secrets.control.is_empty()
    }

    /// What an exchange sent, read by the account's own mapping or the shipped one.
    ///
    /// # Errors
    /// [`Fault`] when it is no event.
    pub fn event(&self, octets: &[u8]) -> std::result::Result<CallEvent, Fault> {
        let own = if self.settings.mapping.trim().is_empty() { None } else { Mapping::read(&self.settings.mapping).ok() };
        let mapping = own.as_ref().or_else(|| cti::shipped(&self.settings.shape));
        let unknown = || Fault::Unreadable(channels::Unreadable("no shape is chosen".into()));
        cti::parse(mapping.ok_or_else(unknown)?, octets)
    }

    fn takes_from(&self, address: IpAddr) -> bool {
        self.settings.addresses.is_empty()
            || self.settings.addresses.iter().any(|known| Network::parse(known).is_some_and(|known| known.holds(address)))
    }

    /// The agencies that a caller may be passed on to: telephone and id.
    pub fn transfers<'a>(&'a self, reference: &'a Reference) -> impl Iterator<Item = (&'a str, Uuid)> {
        self.settings.transfers.iter().filter_map(|to| Some((to.number.as_str(), reference.agency(&to.agency)?.id)))
    }
}

/// An address, or all that share its first bits.
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(address, bits)| (address, Some(bits)));
        let address = address.parse::<IpAddr>().ok()?.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok()).filter(|bits| *bits <= most)?;
        Some(Self { address, bits })
    }

    fn holds(&self, other: IpAddr) -> bool {
        let head = |address: u128, width: u32| if self.bits == 0 { 0 } else { address >> (width - u32::from(self.bits)) };
        match (self.address, other.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => head(own.to_bits().into(), 32) == head(other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => head(own.to_bits(), 128) == head(other.to_bits(), 128),
            _ => false,
        }
    }
}

fn purpose(id: Uuid) -> String {
    format!("{CHANNEL}/{id}")
}

/// The account behind an address, if the address is right and the caller may be.
///
/// # Errors
/// [`Error::NotFound`] when nobody knows the address, [`Error::Forbidden`] when the caller is not in the account's list.
pub async fn check_delivery(city: &City, id: Uuid, secret: &str, from: IpAddr) -> Result<Hotline> {
    let row: Arc<AccountRow> = match city.account(id).await {
        Ok(row) if row.enabled && row.channel == CHANNEL => row,
        Ok(_) => return Err(Error::NotFound),
        Err(error) => return Err(error),
    };
    let hotline = Hotline::of(city, (*row).clone())?;
    // Hashes are compared: how long that takes tells nothing of the secret.
    if hotline.secrets.address.is_empty() || token_hash(secret) != token_hash(&hotline.secrets.address) {
        return Err(Error::NotFound);
    }
    if !hotline.takes_from(from) {
        tracing::warn!(account = %id, %from, "call events from an address that is not in the list of the account were refused");
        return Err(Error::Forbidden);
    }
    Ok(hotline)
}

/// What the exchange is told: Zammad's shape lets us refuse a call at its beginning.
pub fn reply(hotline: &Hotline, octets: &[u8]) -> Value {
    let blocked = hotline.settings.shape == "zammad"
        && !hotline.settings.blocked.is_empty()
        && hotline.event(octets).is_ok_and(|event| {
            event.kind == CallKind::CallNew
                && event.direction == Direction::In
                && event.from.is_some_and(|from| hotline.settings.blocked.contains(&from))
        });
    if blocked { json!({ "action": "reject", "reason": "busy" }) } else { json!({}) }
}

/// What an administrator enters.
#[derive(Clone)]
pub struct Entry {
    pub name: String,
    /// The hotline's own number.
    pub address: String,
    pub agency: Option<Uuid>,
    pub enabled: bool,
    pub settings: Settings,
    /// Empty keeps what is stored.
    pub control_secret: String,
}

/// Stores a new account or the changes of one.
pub async fn save(city: &City, by: Option<&Officer>, id: Option<Uuid>, entry: Entry) -> Result<Uuid> {
    check(&city.reference(), &entry)?;
    let mut tx = city.db.begin().await?;
    let stored = match id {
        Some(id) => Some(Hotline::of(city, store::channel_accounts::find(&mut tx, id).await?)?),
        None => None,
    };
    let other = store::channel_accounts::by_address(&mut tx, CHANNEL, entry.address.trim()).await?;
    if other.is_some_and(|other| Some(other.id) != id) {
        return Err(Problem::new("address", "taken").into());
    }
    let mut secrets = match &stored {
        Some(hotline) => hotline.secrets.clone(),
        None => Secrets { address: new_token(city.random.as_ref()), ..Secrets::default() },
    };
    if !entry.control_secret.trim().is_empty() {
        entry.control_secret.trim().clone_into(&mut secrets.control);
    }
    let id = id.unwrap_or_else(|| city.new_id());
    let row = AccountRow {
        id,
        channel: CHANNEL.into(),
        name: entry.name.trim().to_owned(),
        address: entry.address.trim().to_owned(),
        agency_id: entry.agency,
        settings: Json(serde_json::to_value(&entry.settings)?),
        secret: Some(seal(city, id, &secrets)?),
        enabled: entry.enabled,
        health: stored.as_ref().map_or_else(|| Json(json!({})), |hotline| hotline.row.health.clone()),
        created_at: stored.as_ref().map_or(city.now().as_microsecond(), |hotline| hotline.row.created_at),
        version: stored.as_ref().map_or(1, |hotline| hotline.row.version),
    };
    match stored {
        Some(_) => store::channel_accounts::update(&mut tx, &row).await?,
        None => store::channel_accounts::insert(&mut tx, &row).await?,
    }
    written(&mut tx, city, by, &row, "hotline_saved").await?;
    tx.commit().await?;
    city.forget_account(id);
    Ok(id)
}

/// A new address; the old one is good no more.
pub async fn renew_address(city: &City, by: &Officer, id: Uuid) -> Result<()> {
    may(by)?;
    let mut tx = city.db.begin().await?;
    let mut hotline = Hotline::of(city, store::channel_accounts::find(&mut tx, id).await?)?;
    hotline.secrets.address = new_token(city.random.as_ref());
    hotline.row.secret = Some(seal(city, id, &hotline.secrets)?);
    store::channel_accounts::update(&mut tx, &hotline.row).await?;
    written(&mut tx, city, Some(by), &hotline.row, "hotline_address_renewed").await?;
    tx.commit().await?;
    city.forget_account(id);
    Ok(())
}

async fn written(tx: &mut store::Tx, city: &City, by: Option<&Officer>, row: &AccountRow, act: &str) -> Result<()> {
    let told = json!({ "enabled": row.enabled });
    store::audit::add(tx, city.new_id(), city.now(), by.map(|officer| officer.id), act, &row.address, told).await?;
    tx.wake(store::notify::Topic::Settings).await?;
    Ok(())
}

fn seal(city: &City, id: Uuid, secrets: &Secrets) -> Result<Vec<u8>> {
    city.keys.seal(city.random.as_ref(), &purpose(id), &serde_json::to_vec(secrets)?)
}

/// Entries of one list of an account.
const LIST: usize = 200;

fn check(reference: &Reference, entry: &Entry) -> Result<()> {
    let mut problems = Vec::new();
    let mut wrong = |is: bool, field, code| {
        if is {
            problems.push(Problem::new(field, code));
        }
    };
    let settings = &entry.settings;
    let digits = |text: &str| (2..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    wrong(entry.name.trim().is_empty(), "name", "missing");
    wrong(!digits(entry.address.trim()), "address", "digits");
    wrong(cti::shipped(&settings.shape).is_none(), "shape", "missing");
    wrong(!settings.mapping.trim().is_empty() && Mapping::read(&settings.mapping).is_err(), "mapping", "mapping");
    wrong(settings.addresses.iter().any(|address| Network::parse(address).is_none()), "addresses", "network");
    let no_host = |host: &String| host.contains('/') || host.contains(char::is_whitespace) || host.is_empty();
    wrong(settings.recording_hosts.iter().any(no_host), "recording_hosts", "hosts");
    let no_transfer = |to: &Transfer| {
        reference.agency(&to.agency).is_none() || !(1..=32).contains(&to.number.len()) || to.number.contains(char::is_whitespace)
    };
    wrong(settings.transfers.iter().any(no_transfer), "transfers", "transfers");
    wrong(settings.blocked.iter().any(|number| !digits(number)), "blocked", "digits");
    let lists = [settings.addresses.len(), settings.recording_hosts.len(), settings.transfers.len(), settings.blocked.len()];
    wrong(lists.iter().any(|length| *length > LIST), "transfers", "too_large");
    for (field, control) in [("dial", &settings.dial), ("transfer", &settings.transfer)] {
        wrong(control.is_open() && control.check().is_err(), field, "control");
    }
    wrong(entry.control_secret.chars().count() > 2000, "control_secret", "secret");
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// A shape that is shipped: its name, what people call it, its text.
pub struct Shape {
    pub name: &'static str,
    pub title: &'static str,
    pub text: &'static str,
}

/// The shapes that are shipped.
pub fn shapes() -> Vec<Shape> {
    let shape = |name| Some(Shape { name, title: &cti::shipped(name)?.title, text: cti::shipped_text(name)? });
    cti::names().filter_map(shape).collect()
}

/// What is wrong with a mapping's text, in the parser's words; nothing when it is right.
pub fn mapping_fault(text: &str) -> Option<String> {
    Mapping::read(text).err().map(|fault| fault.to_string())
}

/// "Test this": what a pasted sample would become.
pub async fn try_sample(city: &City, by: &Officer, id: Uuid, sample: &str) -> Result<std::result::Result<CallEvent, Fault>> {
    may(by)?;
    if sample.trim().is_empty() {
        return Err(Problem::new("sample", "missing").into());
    }
    let hotline = Hotline::of(city, store::channel_accounts::find(&mut city.db.read(), id).await?)?;
    Ok(hotline.event(sample.as_bytes()))
}

fn may(by: &Officer) -> Result<()> {
    if by.viewer.may_administer() { Ok(()) } else { Err(Error::Forbidden) }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn addresses_and_networks() {
        let holds = |network: &str, address: &str| Network::parse(network).unwrap().holds(address.parse().unwrap());
        assert!(holds("203.0.113.7", "203.0.113.7") && !holds("203.0.113.7", "203.0.113.8"));
        assert!(holds("203.0.113.0/24", "203.0.113.255") && !holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("203.0.113.7", "::ffff:203.0.113.7"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1") && !holds("2001:db8::/32", "2001:db9::1"));
        for bad in ["", "x", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/", "1022"] {
            assert!(Network::parse(bad).is_none(), "{bad}");
        }
    }
}
