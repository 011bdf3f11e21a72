//! What every use case needs, in one place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use domain::agency::AgencyTree;
use domain::case::Role;
use domain::permission::Viewer;
use domain::time::local_date;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use store::channel_accounts::AccountRow;
use store::{Attachments, Db};
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::chat_accounts::ChatAccount;
use crate::clock::{Clock, Random, new_id};
use crate::keys::Keys;
use crate::lines::Lines;
use crate::reference::Reference;
use crate::sms_accounts::SmsAccount;
use crate::sms_links::SmsLinks;
use crate::{Error, Result};

/// Deliveries of megabytes that are in memory at a time.
const LARGE: usize = 4;

/// The city at work. Clones share everything.
#[derive(Clone)]
pub struct City {
    pub db: Db,
    pub attachments: Attachments,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub keys: Keys,
    pub search: search::Index,
    /// Calls vendors.
    pub http: channels::http::Client,
    pub settings: Arc<Settings>,
    /// How the channel accounts fare.
    pub lines: Arc<Lines>,
    /// The routes of SMS that stand on this node.
    pub links: Arc<SmsLinks>,
    reference: Arc<RwLock<Arc<Reference>>>,
    /// Room for what is large and in memory whole.
    large: Arc<Semaphore>,
    /// Keys of mail hooks, kept in memory because each delivery asks; emptied when settings change.
    hook_keys: Arc<RwLock<BTreeMap<Uuid, Vec<u8>>>>,
    /// Rows of channel accounts, likewise: each event asks. How an account fares is not to be read here.
    accounts: Arc<RwLock<BTreeMap<Uuid, Arc<AccountRow>>>>,
    /// Pages and official accounts with their secrets, likewise.
    chat_accounts: Arc<RwLock<BTreeMap<Uuid, Arc<ChatAccount>>>>,
    /// Numbers for SMS, likewise.
    sms_accounts: Arc<RwLock<BTreeMap<Uuid, Arc<SmsAccount>>>>,
}

/// What is known at start and does not change while the program runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://1022.example.gov.vn`, without a slash at the end: what links in messages begin with.
    pub public_url: String,
    /// Names this node in leases.
    pub node: String,
    /// Marks our own mail, so that a loop is recognised.
    pub instance: String,
    /// Where the database, attachments and index rest.
    pub data: PathBuf,
    /// Below this many free bytes nothing new is taken.
    pub low_water: u64,
}

impl Settings {
    /// The host of the public address: the right side of our Message-IDs.
    pub fn mail_host(&self) -> &str {
        let rest = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or("localhost")
    }
}

impl City {
    /// Puts the parts together and reads the reference data.
    pub async fn open(
        db: Db,
        attachments: Attachments,
        search: search::Index,
        http: channels::http::Client,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        keys: Keys,
        settings: Settings,
    ) -> Result<Self> {
        let reference = Reference::read(&db, local_date(clock.now())).await?;
        Ok(Self {
            db,
            attachments,
            clock,
            random,
            keys,
            search,
            http,
            settings: Arc::new(settings),
            lines: Arc::default(),
            links: Arc::default(),
            reference: Arc::new(RwLock::new(Arc::new(reference))),
            large: Arc::new(Semaphore::new(LARGE)),
            hook_keys: Arc::default(),
            accounts: Arc::default(),
            chat_accounts: Arc::default(),
            sms_accounts: Arc::default(),
        })
    }

    /// The reference data as they are now; hold it for the length of one act.
    pub fn reference(&self) -> Arc<Reference> {
        self.reference.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Reads the reference data anew after an edit.
    pub async fn reload(&self) -> Result<()> {
        let fresh = Arc::new(Reference::read(&self.db, self.today()).await?);
        *self.reference.write().unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
        self.hook_keys.write().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        self.accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        self.chat_accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        self.sms_accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        Ok(())
    }

    /// The key that signs deliveries to a mailbox; none when nobody knows it or it is switched off.
    pub async fn hook_key(&self, account: Uuid) -> Result<Option<Vec<u8>>> {
        if let Some(key) = self.hook_keys.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&account) {
            return Ok(Some(key.clone()));
        }
        let row = match store::channel_accounts::find(&mut self.db.read(), account).await {
            Ok(row) if row.enabled && row.channel == "email" => row,
            Ok(_) | Err(store::Error::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let key = crate::mailboxes::secrets(self, &row)?.hook_key.into_bytes();
        self.hook_keys.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(account, key.clone());
        Ok(Some(key))
    }

    /// Waits until something large may be in memory; it may as long as the permit is held.
    pub(crate) async fn room_for_large(&self) -> Result<SemaphorePermit<'_>> {
        self.large.acquire().await.map_err(|closed| Error::Internal(closed.to_string()))
    }

    /// A channel account as an administrator set it up.
    pub async fn account(&self, id: Uuid) -> Result<Arc<AccountRow>> {
        if let Some(known) = self.accounts.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id) {
            return Ok(known.clone());
        }
        let row = Arc::new(store::channel_accounts::find(&mut self.db.read(), id).await?);
        self.accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(id, row.clone());
        Ok(row)
    }

    pub(crate) fn chat_account(&self, id: Uuid) -> Option<Arc<ChatAccount>> {
        self.chat_accounts.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn keep_chat_account(&self, account: Arc<ChatAccount>) {
        self.chat_accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(account.row.id, account);
    }

    pub(crate) fn sms_account(&self, id: Uuid) -> Option<Arc<SmsAccount>> {
        self.sms_accounts.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn keep_sms_account(&self, account: Arc<SmsAccount>) {
        self.sms_accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(account.row.id, account);
    }

    /// What is kept of an account in memory is read anew: it was edited.
    pub(crate) fn forget_account(&self, id: Uuid) {
        self.accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
        self.hook_keys.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
        self.chat_accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
        self.sms_accounts.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&id);
    }

    /// The same city by another clock.
    pub fn at(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self.clone() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The local date.
    pub fn today(&self) -> Date {
        local_date(self.now())
    }

    pub fn new_id(&self) -> Uuid {
        new_id(self.clock.as_ref(), self.random.as_ref())
    }

    /// Refuses new input before it is accepted when the disk is nearly full (DESIGN §6.9), or has nothing left where no mark
    /// is set. Reading goes on.
    pub fn accepts_input(&self) -> Result<()> {
        match self.free_bytes() {
            Some(free) if free < self.settings.low_water.max(1) => Err(Error::Unavailable("the disk is nearly full".into())),
            _ => Ok(()),
        }
    }

    /// Commits a small row, as health asks: an empty transaction touches no disk. That alone would not tell of a full one,
    /// for SQLite's log keeps some room from before: so the free bytes are asked too.
    pub async fn commits(&self) -> Result<()> {
        self.accepts_input()?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        store::settings::set(&mut tx, &format!("probe/{}", self.settings.node), json!(now.to_string()), now).await?;
        Ok(tx.commit().await?)
    }

    /// Free bytes on the disk of the data folder, if the system tells.
    pub fn free_bytes(&self) -> Option<u64> {
        free_bytes(&self.settings.data)
    }

    /// Address of a page for messages.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_url)
    }
}

/// Free bytes on the disk of a folder, if the system tells.
fn free_bytes(folder: &std::path::Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// An officer who is signed in, with the roles in force today.
#[derive(Debug, Clone)]
pub struct Officer {
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub roles: Vec<(Role, Uuid)>,
    pub viewer: Viewer,
}

impl Officer {
    pub fn new(id: Uuid, login: String, name: String, roles: Vec<(Role, Uuid)>, tree: &AgencyTree, city: Uuid) -> Self {
        let viewer = Viewer::officer(id, &roles, tree, city);
        Self { id, login, name, roles, viewer }
    }

    pub fn has(&self, role: Role) -> bool {
        self.roles.iter().any(|(held, _)| *held == role)
    }

    /// The agencies in which a role is held.
    pub fn agencies(&self, role: Role) -> impl Iterator<Item = Uuid> {
        self.roles.iter().filter(move |(held, _)| *held == role).map(|(_, agency)| *agency)
    }

    /// Every agency in which any role is held, each once, in the order of the roles.
    pub fn all_agencies(&self) -> Vec<Uuid> {
        let mut found = Vec::new();
        for (_, agency) in &self.roles {
            if !found.contains(agency) {
                found.push(*agency);
            }
        }
        found
    }
}
