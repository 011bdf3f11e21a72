//! Officers sign in: passwords behind a small semaphore, delay and lock-out per account and address, a second factor for
//! administrators, sessions that can be seen and revoked.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use domain::case::Role;
use jiff::SignedDuration;
use serde_json::json;
use store::officers::OfficerRow;
pub use store::sessions::SessionRow;
use tokio::sync::Semaphore;
use totp_rs::{Builder, Totp};
use uuid::Uuid;

use crate::keys::{new_token, token_hash};
use crate::{City, Error, Officer, Problem, Result};

/// Argon2 takes 19 MiB and a core for a while: more than two at a time would slow everybody.
static HASHING: Semaphore = Semaphore::const_new(2);

/// How a sign-in went.
#[derive(Debug)]
pub enum SignedIn {
    /// The session's token, for the cookie.
    Session(String),
    /// The password is right; the code of the second factor is wanted too. The ticket stands for the password in
    /// [`with_code`] for five minutes.
    CodeWanted(String),
    /// An administrator without a second factor has to set one up first; the session allows nothing else.
    SetUpWanted(String),
}

/// Signs in. Unknown logins and wrong passwords answer alike and cost the same.
pub async fn sign_in(city: &City, login: &str, password: &str, address: &str, agent: &str) -> Result<SignedIn> {
    let officer = check(city, login, password, address).await?;
    if officer.totp_secret.is_some() {
        let until = (city.now() + TICKET).as_microsecond();
        let ticket = city.keys.seal(city.random.as_ref(), "sign-in", format!("{} {until}", officer.login).as_bytes())?;
        return Ok(SignedIn::CodeWanted(hex::encode(ticket)));
    }
    begin(city, &officer, address, agent).await
}

/// How long the code may be typed after the password.
const TICKET: SignedDuration = SignedDuration::from_mins(5);

/// The second step: the code of the second factor. A ticket that is too old or not ours is [`Error::NotFound`].
pub async fn with_code(city: &City, ticket: &str, code: &str, address: &str, agent: &str) -> Result<SignedIn> {
    let sealed = hex::decode(ticket).map_err(|_| Error::NotFound)?;
    let opened = city.keys.open("sign-in", &sealed).map_err(|_| Error::NotFound)?;
    let opened = String::from_utf8(opened).map_err(|_| Error::NotFound)?;
    let (login, until) = opened.rsplit_once(' ').ok_or(Error::NotFound)?;
    if until.parse::<i64>().map_err(|_| Error::NotFound)? < city.now().as_microsecond() {
        return Err(Error::NotFound);
    }
    let subjects = subjects(login, address);
    not_locked(city, &subjects).await?;
    let officer = store::officers::by_login(&mut city.db.read(), login).await?.filter(|officer| officer.disabled_at.is_none());
    let officer = officer.ok_or(Error::NotFound)?;
    let sealed = officer.totp_secret.clone().ok_or(Error::NotFound)?;
    if !accept_code(city, &officer, &sealed, code).await? {
        failed(city, &subjects).await?;
        return Err(Problem::new("code", "wrong").into());
    }
    begin(city, &officer, address, agent).await
}

/// A second person confirms an act at somebody else's screen, by login and password. Guarded like signing in.
///
/// # Errors
/// [`Error::Invalid`] on the field `second` when they are wrong or the person does not hold `role`.
pub async fn second_person(city: &City, login: &str, password: &str, role: Role, address: &str) -> Result<Uuid> {
    let wrong = || Problem::new("second", "wrong").into();
    let officer = match check(city, login, password, address).await {
        Err(Error::Invalid(_)) => return Err(wrong()),
        other => other?,
    };
    let roles = store::officers::roles(&mut city.db.read(), officer.id, &city.today().to_string()).await?;
    if roles.iter().any(|held| held.role == role.as_str()) { Ok(officer.id) } else { Err(wrong()) }
}

fn subjects(login: &str, address: &str) -> [String; 2] {
    [format!("login:{login}"), format!("address:{address}")]
}

/// Whether account and address may try now.
async fn not_locked(city: &City, subjects: &[String]) -> Result<()> {
    let now = city.now().as_microsecond();
    let mut left = 0;
    for subject in subjects {
        left = left.max(store::officers::guard(&mut city.db.read(), subject).await?.locked_until - now);
    }
    if left > 0 {
        return Err(Error::TooMany { retry_after: u64::try_from(left / 1_000_000 + 1).unwrap_or(1) });
    }
    Ok(())
}

/// Login and password, under the guard.
async fn check(city: &City, login: &str, password: &str, address: &str) -> Result<OfficerRow> {
    let login = login.trim().to_lowercase();
    let subjects = subjects(&login, address);
    not_locked(city, &subjects).await?;
    let officer = store::officers::by_login(&mut city.db.read(), &login).await?.filter(|officer| officer.disabled_at.is_none());
    let right = verify(officer.as_ref().map(|officer| officer.password_hash.clone()), password.to_owned()).await?;
    match officer.filter(|_| right) {
        Some(officer) => Ok(officer),
        None => Err(failed(city, &subjects).await?),
    }
}

/// Begins a session.
async fn begin(city: &City, officer: &OfficerRow, address: &str, agent: &str) -> Result<SignedIn> {
    let now = city.now();
    let login = officer.login.clone();
    let roles = store::officers::roles(&mut city.db.read(), officer.id, &city.today().to_string()).await?;
    let administrator = roles.iter().any(|role| role.role == Role::Administrator.as_str());
    let token = new_token(city.random.as_ref());
    let session = SessionRow {
        token_hash: token_hash(&token),
        officer_id: officer.id,
        created_at: now.as_microsecond(),
        last_seen_at: now.as_microsecond(),
        address: address.to_owned(),
        agent: crate::understand::truncate(agent, 200).to_owned(),
    };
    let mut tx = city.db.begin().await?;
    store::officers::forgive(&mut tx, &subjects(&login, address)[0]).await?;
    store::sessions::insert(&mut tx, &session).await?;
    store::audit::add(&mut tx, city.new_id(), now, Some(officer.id), "sign_in", &login, json!({ "address": address })).await?;
    tx.commit().await?;
    Ok(if administrator && officer.totp_secret.is_none() { SignedIn::SetUpWanted(token) } else { SignedIn::Session(token) })
}

/// Counts the failure and locks after too many: 1, 2, 4 … seconds from the third on, at most 15 minutes.
async fn failed(city: &City, subjects: &[String]) -> Result<Error> {
    let now = city.now();
    let mut tx = city.db.begin().await?;
    for subject in subjects {
        let failures = store::officers::failed(&mut tx, subject, now, now - SignedDuration::from_mins(30)).await?;
        // Many people may share an address: it is locked later than an account.
        let free = if subject.starts_with("login:") { 3 } else { 20 };
        if failures >= free {
            let seconds = 1_i64 << (failures - free).min(10);
            store::officers::lock(&mut tx, subject, now + SignedDuration::from_secs(seconds.min(900))).await?;
        }
    }
    tx.commit().await?;
    Ok(Problem::new("password", "wrong").into())
}

/// Signs out: this session ends.
pub async fn sign_out(city: &City, officer: &Officer, token: &str) -> Result<()> {
    end_session(city, officer, &token_hash(token)).await
}

/// Ends one of the officer's own sessions.
pub async fn end_session(city: &City, officer: &Officer, hash: &str) -> Result<()> {
    let mut tx = city.db.begin().await?;
    store::sessions::end(&mut tx, officer.id, hash).await?;
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(officer.id), "end_session", &officer.login, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Who holds a session: 30 minutes idle and 12 hours at most, by the list of limits. Being seen is written at most once a
/// minute.
pub async fn officer_of(city: &City, token: &str) -> Result<Option<(Officer, bool)>> {
    let reference = city.reference();
    let now = city.now();
    let idle = SignedDuration::from_mins(reference.number("session_idle_minutes")?);
    let whole = SignedDuration::from_hours(reference.number("session_hours")?);
    let mut q = city.db.read();
    let Some(session) = store::sessions::find(&mut q, &token_hash(token), now - whole, now - idle).await? else { return Ok(None) };
    let row = store::officers::find(&mut q, session.officer_id).await?;
    if row.disabled_at.is_some() {
        return Ok(None);
    }
    if store::time(session.last_seen_at)? < now - SignedDuration::from_mins(1) {
        let mut tx = city.db.begin().await?;
        store::sessions::seen(&mut tx, &session.token_hash, now).await?;
        tx.commit().await?;
    }
    let roles = store::officers::roles(&mut q, row.id, &city.today().to_string()).await?;
    let roles: Vec<(Role, Uuid)> = roles.into_iter().filter_map(|role| Some((role.role.parse().ok()?, role.agency_id))).collect();
    let administrator = roles.iter().any(|(role, _)| *role == Role::Administrator);
    let must_set_up = administrator && row.totp_secret.is_none();
    Ok(Some((Officer::new(row.id, row.login, row.name, roles, &reference.agencies, reference.city), must_set_up)))
}

/// Changes the officer's own password. Every other session ends, on all nodes.
pub async fn change_password(city: &City, officer: &Officer, token: &str, old: &str, new: String) -> Result<()> {
    let mut row = store::officers::find(&mut city.db.read(), officer.id).await?;
    let subject = [format!("login:{}", row.login)];
    not_locked(city, &subject).await?;
    if !verify(Some(row.password_hash.clone()), old.to_owned()).await? {
        failed(city, &subject).await?;
        return Err(Problem::new("old", "wrong").into());
    }
    row.password_hash = hash(city, new).await?;
    let kept = token_hash(token);
    let mut tx = city.db.begin().await?;
    store::officers::update(&mut tx, &row).await?;
    for session in store::sessions::of_officer(&mut tx, officer.id).await? {
        if session.token_hash != kept {
            store::sessions::end(&mut tx, officer.id, &session.token_hash).await?;
        }
    }
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(officer.id), "password_changed", &row.login, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// The officer's sessions, newest use first.
pub async fn sessions(city: &City, officer: &Officer) -> Result<Vec<SessionRow>> {
    Ok(store::sessions::of_officer(&mut city.db.read(), officer.id).await?)
}

/// A new secret for a second factor, with its `otpauth:` address for the QR code.
pub fn new_second_factor(city: &City, officer: &Officer) -> Result<(String, String)> {
    let mut bits = [0; 20];
    city.random.fill(&mut bits);
    let address = totp(bits.to_vec(), &officer.login)?.to_url().map_err(|error| Error::Internal(error.to_string()))?;
    Ok((hex::encode(bits), address))
}

/// The `otpauth:` address of a secret that was made before.
pub fn factor_address(officer: &Officer, secret: &str) -> Result<String> {
    let bits = hex::decode(secret).map_err(|_| Problem::new("code", "wrong"))?;
    totp(bits, &officer.login)?.to_url().map_err(|error| Error::Internal(error.to_string()))
}

/// Turns the second factor on, once a code proves that the phone has it.
pub async fn set_second_factor(city: &City, officer: &Officer, secret: &str, code: &str) -> Result<()> {
    let bits = hex::decode(secret).map_err(|_| Problem::new("code", "wrong"))?;
    let sealed = city.keys.seal(city.random.as_ref(), "totp", &bits)?;
    let mut row = store::officers::find(&mut city.db.read(), officer.id).await?;
    if !accept_code(city, &row, &sealed, code).await? {
        return Err(Problem::new("code", "wrong").into());
    }
    row.totp_secret = Some(sealed);
    let mut tx = city.db.begin().await?;
    store::officers::update(&mut tx, &row).await?;
    store::audit::add(&mut tx, city.new_id(), city.now(), Some(officer.id), "second_factor", &officer.login, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

async fn accept_code(city: &City, officer: &OfficerRow, sealed: &[u8], code: &str) -> Result<bool> {
    let secret = city.keys.open("totp", sealed)?;
    let totp = totp(secret, &officer.login)?;
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let seconds = u64::try_from(city.now().as_second()).unwrap_or(0);
    let Some(step) = totp.check(&digits, seconds).and_then(|step| i64::try_from(step).ok()) else { return Ok(false) };
    let mut tx = city.db.begin().await?;
    // A code that was accepted before is refused, even within its half minute.
    let fresh = store::officers::accept_step(&mut tx, officer.id, step).await?;
    tx.commit().await?;
    Ok(fresh)
}

/// Six digits, half a minute, one step of tolerance either way (RFC 6238).
fn totp(secret: Vec<u8>, login: &str) -> Result<Totp> {
    Builder::new()
        .with_secret(secret)
        .with_account_name(login)
        .with_issuer(Some("Đối Thoại 1022"))
        .build()
        .map_err(|error| Error::Internal(error.to_string()))
}

/// Hashes a password (argon2id, the crate's defaults: 19 MiB, 2 passes).
pub async fn hash(city: &City, password: String) -> Result<String> {
    check_password(&password)?;
    let mut salt = [0; 16];
    city.random.fill(&mut salt);
    let _turn = HASHING.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash: argon2::PasswordHash| hash.to_string())
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))?
    .map_err(|error| Error::Internal(error.to_string()))
}

fn check_password(password: &str) -> Result<()> {
    match password.chars().count() {
        ..12 => Err(Problem::with("password", "too_short", 12).into()),
        201.. => Err(Problem::with("password", "too_long", 200).into()),
        _ => Ok(()),
    }
}

/// Checks a password; without a stored one it works as long on a made-up one.
async fn verify(stored: Option<String>, password: String) -> Result<bool> {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let _turn = HASHING.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(move || {
        let known = stored.is_some();
        let hash = stored.as_deref().unwrap_or(NOBODY);
        Argon2::default().verify_password(password.as_bytes(), hash).is_ok() && known
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))
}

/// Adds an officer with roles.
pub async fn add_officer(city: &City, login: &str, name: &str, password: String, roles: &[(Role, Uuid)]) -> Result<Uuid> {
    let login = login.trim().to_lowercase();
    if login.is_empty() || !login.chars().all(|c| c.is_ascii_alphanumeric() || ".-_@".contains(c)) {
        return Err(Problem::new("login", "letters").into());
    }
    let password_hash = hash(city, password).await?;
    let row = OfficerRow {
        id: city.new_id(),
        login,
        name: name.trim().to_owned(),
        password_hash,
        totp_secret: None,
        totp_last_step: 0,
        disabled_at: None,
        created_at: city.now().as_microsecond(),
        version: 1,
    };
    let mut tx = city.db.begin().await?;
    store::officers::insert(&mut tx, &row).await.map_err(|error| match error {
        store::Error::Conflict(_) => Error::from(Problem::new("login", "taken")),
        other => other.into(),
    })?;
    for (role, agency) in roles {
        let role = store::officers::RoleRow {
            officer_id: row.id,
            agency_id: *agency,
            role: role.as_str().into(),
            valid_from: city.today().to_string(),
            valid_to: None,
        };
        store::officers::add_role(&mut tx, &role).await?;
    }
    store::audit::add(&mut tx, city.new_id(), city.now(), None, "officer_added", &row.login, json!({})).await?;
    tx.commit().await?;
    Ok(row.id)
}
