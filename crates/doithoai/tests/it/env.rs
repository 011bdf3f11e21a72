//! The one reader of the environment.

use std::path::PathBuf;

/// The engine that a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where their servers are")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub fn engine() -> Engine {
    match variable("TEST_ENGINE").as_deref() {
        None | Some("sqlite") => Engine::Sqlite,
        Some("postgres") => Engine::Postgres,
        Some(other) => panic!("TEST_ENGINE is {other}: sqlite or postgres is known"),
    }
}

/// The server on which databases are made; scripts/postgres.sh starts one.
pub fn postgres_url() -> String {
    variable("TEST_POSTGRES_URL").expect("TEST_ENGINE=postgres needs TEST_POSTGRES_URL: see scripts/postgres.sh")
}

/// Rounds of the kill loop.
pub fn kill_rounds() -> u32 {
    variable("KILL_ROUNDS").map_or(50, |rounds| rounds.parse().expect("KILL_ROUNDS is a number"))
}

/// Messages of the webhook replay and replies of the fault run; `make bench-large` asks for more.
pub fn chat_load(usual: usize) -> usize {
    variable("CHAT_LOAD").map_or(usual, |load| load.parse().expect("CHAT_LOAD is a number"))
}

/// Pace and length of the load of SMS: 1,000 a second for as many seconds as `SMS_LOAD` says.
pub fn sms_load(per_second: u64, seconds: u64) -> (u64, u64) {
    variable("SMS_LOAD").map_or((per_second, seconds), |seconds| (1_000, seconds.parse().expect("SMS_LOAD is a number of seconds")))
}

/// The mail servers that scripts/mail.sh started.
#[derive(Debug, Clone)]
pub struct MailHouse {
    pub host: String,
    pub authority: String,
    pub boxes: PathBuf,
    pub password: String,
    pub city: String,
    pub second: String,
    pub firm: String,
    pub other: String,
    pub imap: u16,
    pub imaps: u16,
    pub smtp: u16,
    pub submission: u16,
    pub smtps: u16,
}

/// `None` when no mail servers are up.
pub fn mail_house() -> Option<MailHouse> {
    let host = variable("TEST_MAIL_HOST")?;
    let text = |name: &str| variable(name).unwrap_or_else(|| panic!("TEST_MAIL_HOST is set, {name} is not: see scripts/mail.sh"));
    let port = |name: &str| text(name).parse().unwrap_or_else(|_| panic!("{name} is no port"));
    Some(MailHouse {
        host,
        authority: std::fs::read_to_string(text("TEST_MAIL_CA")).expect("the authority of the mail servers can be read"),
        boxes: text("TEST_MAIL_DIR").into(),
        password: text("TEST_MAIL_PASSWORD"),
        city: text("TEST_MAIL_CITY"),
        second: text("TEST_MAIL_CITY_SECOND"),
        firm: text("TEST_MAIL_FIRM"),
        other: text("TEST_MAIL_OTHER"),
        imap: port("TEST_IMAP_PORT"),
        imaps: port("TEST_IMAPS_PORT"),
        smtp: port("TEST_SMTP_PORT"),
        submission: port("TEST_SMTP_SUBMISSION_PORT"),
        smtps: port("TEST_SMTPS_PORT"),
    })
}

/// The built program.
pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_doithoai")
}

/// The reference data of the repository.
pub fn reference() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reference"))
}

/// The schema of the repository: what a template database is made from, beside the reference data.
pub fn migrations() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../store/migrations"))
}

/// A folder that outlives a test run.
pub fn kept_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}
