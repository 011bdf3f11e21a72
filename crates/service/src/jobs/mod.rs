//! What was enqueued is run here: one file per kind.
//!
//! A runner claims a batch with a lease and works on several jobs at a time. A job removes itself in the transaction that
//! holds its work; so it is done once or not at all. What fails comes back later and later; after its last try it is dead,
//! shown to the administrator, and its lane goes on.

mod calendar;
mod catch_up;
mod contents;
mod each_account;
mod fetch_media;
mod fetch_recording;
mod index;
mod keep_lease;
mod link_sms;
mod mail;
mod nightly;
mod poll_mailbox;
mod receive;
mod receive_event;
mod receive_mail;
mod refresh_token;
mod send;
mod send_chat;
mod send_sms;
mod send_sms_code;
mod take_call;
mod timers;
mod unpack;
mod unpack_sms;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::SignedDuration;
use store::jobs::{self, Job};
use store::notify::Topic;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chat_channel::ChatChannel;
use crate::{City, Error};

pub use catch_up::run as catch_up;
pub use index::rebuild as rebuild_index;
pub(crate) use link_sms::access as sms_access;
pub use nightly::pass as run_nightly;
pub(crate) use refresh_token::run as renew_token;
pub use timers::pass as run_timers;

/// Why a job was not done.
#[derive(Debug)]
pub enum Failure {
    /// It may work later: after this long, or by the runner's own schedule.
    Later { after: Option<SignedDuration>, why: String },
    /// Not its turn yet, whatever it is: no try is counted.
    Wait { after: SignedDuration, why: String },
    /// It will never work.
    Never(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Later { after: None, why: error.to_string() }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Failure::Later { after: None, why: error.to_string() }
    }
}

type Done = Result<(), Failure>;

/// Tries before a job is given up; with the waits of [`wait`] the last one comes about five days after the first.
const TRIES: i64 = 24;
/// The queue of what makes messages of deliveries.
const RECEIVING: &str = "receiving";
/// The queue of what goes out by mail.
pub(crate) const SENDING: &str = "sending";
/// The queue of what goes out by SMS: the node that holds the links works on it.
pub(crate) const SENDING_SMS: &str = "sending-sms";
/// Messages that one node has in hand at a time.
const SENDING_SMS_WIDTH: usize = 64;
/// The queue of recordings that are fetched from telephone exchanges.
const RECORDINGS: &str = "recordings";
/// The queue of due dates to be counted again.
const CALENDAR: &str = "calendar";
/// A crashed node's jobs are taken over after this long.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// So long a busy runner waits for half of its room before it claims again.
const GATHER: Duration = Duration::from_millis(5);
/// Jobs of receiving that one node has in hand; those that end together share a flush.
const RECEIVING_WIDTH: usize = 128;
/// Jobs that one transaction does together at most: others wait while it writes.
const TOGETHER: usize = 16;
/// Kinds of which it does several.
const SHARED: [&str; 2] = ["unpack", "receive_mail"];
/// Without a wake-up everybody looks by himself this often.
const LOOK: Duration = Duration::from_secs(2);

/// The runners of one node. They stop when `stop` is cancelled, after the jobs in hand.
pub fn start(city: &City, stop: &CancellationToken) -> TaskTracker {
    let tasks = TaskTracker::new();
    // Slow channels must not hold up what comes in.
    tasks.spawn(run(city.clone(), stop.clone(), RECEIVING, RECEIVING_WIDTH));
    tasks.spawn(run(city.clone(), stop.clone(), SENDING, 16));
    for channel in ChatChannel::ALL {
        tasks.spawn(run(city.clone(), stop.clone(), channel.sending_queue(), 16));
    }
    tasks.spawn(run(city.clone(), stop.clone(), RECORDINGS, 4));
    tasks.spawn(run(city.clone(), stop.clone(), SENDING_SMS, SENDING_SMS_WIDTH));
    tasks.spawn(run(city.clone(), stop.clone(), CALENDAR, 1));
    tasks.spawn(link_sms::run(city.clone(), stop.clone()));
    tasks.spawn(refresh_token::watch(city.clone(), stop.clone()));
    tasks.spawn(catch_up::run(city.clone(), stop.clone()));
    tasks.spawn(poll_mailbox::run(city.clone(), stop.clone()));
    tasks.spawn(timers::run(city.clone(), stop.clone()));
    tasks.spawn(nightly::run(city.clone(), stop.clone()));
    tasks.spawn(index::run(city.clone(), stop.clone()));
    tasks.spawn(reload_settings(city.clone(), stop.clone()));
    tasks.close();
    tasks
}

/// What a crash left in hand is offered again at once where nobody else can hold it: on the embedded engine, when the one
/// program starts. Between nodes the leases run out by themselves.
pub async fn take_back(city: &City) -> crate::Result<()> {
    if city.db.is_sqlite() {
        jobs::free_all(&city.db).await?;
        store::leases::free_all(&city.db).await?;
    }
    Ok(())
}

/// Only the runner that takes in what the channels delivered: for measuring it.
pub fn start_receiving(city: &City, stop: &CancellationToken) -> TaskTracker {
    let tasks = TaskTracker::new();
    tasks.spawn(run(city.clone(), stop.clone(), RECEIVING, RECEIVING_WIDTH));
    tasks.close();
    tasks
}

/// Only the runner of what goes out by SMS: for measuring it.
pub fn start_sending_sms(city: &City, stop: &CancellationToken) -> TaskTracker {
    let tasks = TaskTracker::new();
    tasks.spawn(run(city.clone(), stop.clone(), SENDING_SMS, SENDING_SMS_WIDTH));
    tasks.close();
    tasks
}

/// Only the links of SMS, for tests that run the jobs themselves.
pub fn start_links(city: &City, stop: &CancellationToken) -> TaskTracker {
    let tasks = TaskTracker::new();
    tasks.spawn(link_sms::run(city.clone(), stop.clone()));
    tasks.close();
    tasks
}

/// Stores a delivery and makes of it what is to be made, at once: for demonstrations that walk through the past.
pub async fn take_in(city: &City, account: uuid::Uuid, octets: Vec<u8>) -> crate::Result<()> {
    let channel = city.account(account).await?.channel.clone();
    let mut tx = city.db.begin().await?;
    let delivery = crate::intake::delivery(city, Some(account), &channel, serde_json::json!({}), octets);
    store::deliveries_in::append(&mut tx, vec![delivery]).await?;
    tx.commit().await?;
    run_queues(city, &[RECEIVING]).await
}

/// Runs everything that is due, until nothing is: for tests and for commands that must leave nothing behind.
pub async fn run_all(city: &City) -> crate::Result<()> {
    let mut queues = vec![RECEIVING, SENDING];
    queues.extend(ChatChannel::ALL.map(ChatChannel::sending_queue));
    queues.extend([SENDING_SMS, RECORDINGS, CALENDAR]);
    run_queues(city, &queues).await
}

async fn run_queues(city: &City, queues: &[&str]) -> crate::Result<()> {
    loop {
        let mut claimed = Vec::new();
        for queue in queues {
            claimed.extend(jobs::claim(&city.db, queue, 100, city.now(), LEASE).await?);
        }
        if claimed.is_empty() {
            return Ok(());
        }
        for job in claimed {
            work(city, job).await;
        }
    }
}

async fn run(city: City, stop: CancellationToken, queue: &'static str, width: usize) {
    let room = Arc::new(Semaphore::new(width));
    let mut news = city.db.notices().listen();
    while !stop.is_cancelled() {
        // Room first, so that no lease runs while a job waits for its turn.
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        // Under load many jobs end with one flush: claimed again together they cost one claim, not one each.
        let half = width / 2;
        if room.available_permits() < half {
            let _room = tokio::time::timeout(GATHER, room.acquire_many(u32::try_from(half).unwrap_or(1))).await;
        }
        let free = i64::try_from(room.available_permits() + 1).unwrap_or(1);
        if queue == SENDING_SMS && !city.links.holds_any() {
            // Another node's work.
            drop(permit);
            wait_for_news(&city, &mut news, &stop).await;
            continue;
        }
        let claimed = match jobs::claim(&city.db, queue, free, city.now(), LEASE).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "jobs could not be claimed");
                Vec::new()
            }
        };
        if claimed.is_empty() {
            drop(permit);
            wait_for_news(&city, &mut news, &stop).await;
            continue;
        }
        // A place for each: `free` counted them, and nobody else takes any.
        let Ok(mut places) = room.clone().acquire_many_owned(u32::try_from(claimed.len() - 1).unwrap_or(0)).await else { return };
        places.merge(permit);
        for together in grouped(claimed) {
            let turn = places.split(together.len());
            let city = city.clone();
            tokio::spawn(async move {
                work_together(&city, together).await;
                drop(turn);
            });
        }
    }
    // The jobs in hand end before the node does.
    let _all = room.acquire_many(u32::try_from(width).unwrap_or(1)).await;
}

async fn wait_for_news(city: &City, news: &mut tokio::sync::broadcast::Receiver<Topic>, stop: &CancellationToken) {
    if let Err(error) = jobs::reap(&city.db, city.now()).await {
        tracing::warn!(%error, "expired leases could not be freed");
    }
    let heard = async {
        loop {
            match news.recv().await {
                Ok(Topic::Jobs) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => return,
                Ok(_) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => std::future::pending::<()>().await,
            }
        }
    };
    tokio::select! {
        () = heard => {}
        () = tokio::time::sleep(LOOK) => {}
        () = stop.cancelled() => {}
    }
}

/// Jobs that one transaction does together, of kinds that can be; every other by itself.
fn grouped(claimed: Vec<Job>) -> Vec<Vec<Job>> {
    let mut groups: Vec<Vec<Job>> = Vec::new();
    for job in claimed {
        let shared = SHARED.contains(&job.kind.as_str());
        let fits = |group: &&mut Vec<Job>| shared && group.len() < TOGETHER && group.iter().all(|other| other.kind == job.kind);
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(job),
            None => groups.push(vec![job]),
        }
    }
    groups
}

/// When one of several cannot be done, each is done by itself.
async fn work_together(city: &City, jobs: Vec<Job>) {
    if jobs.len() > 1
        && let Ok(Ok(())) = std::panic::AssertUnwindSafe(dispatch(city, &jobs)).catch_unwind().await
    {
        return;
    }
    for job in jobs {
        work(city, job).await;
    }
}

/// Works on one job; whatever happens in it, the runner lives on.
async fn work(city: &City, job: Job) {
    let done = std::panic::AssertUnwindSafe(dispatch(city, std::slice::from_ref(&job))).catch_unwind().await;
    let failure = match done {
        Ok(Ok(())) => return,
        Ok(Err(failure)) => failure,
        Err(_) => Failure::Later { after: None, why: "the job panicked".into() },
    };
    let settled = async {
        let mut tx = city.db.begin().await?;
        match failure {
            Failure::Wait { after, why } => jobs::retry(&mut tx, &job, city.now() + after, &why, false).await?,
            Failure::Later { after, why } if job.attempts < TRIES => {
                let after = after.unwrap_or_else(|| wait(job.attempts));
                tracing::warn!(job = job.id, kind = job.kind, attempts = job.attempts, why, "a job will be tried again");
                jobs::retry(&mut tx, &job, city.now() + after, &why, true).await?;
            }
            Failure::Later { why, .. } | Failure::Never(why) => {
                tracing::error!(job = job.id, kind = job.kind, attempts = job.attempts, why, "a job was given up");
                bury(&mut tx, city, &job, &why).await?;
            }
        }
        tx.commit().await
    };
    if let Err(error) = settled.await {
        // Its lease runs out and it is offered again.
        tracing::warn!(%error, job = job.id, "a failed job could not be put back");
    }
}

/// A dead job leaves a mark on what it was for.
async fn bury(tx: &mut store::Tx, city: &City, job: &Job, why: &str) -> store::Result<()> {
    match job.kind.as_str() {
        "unpack" => unpack::give_up(tx, job, why).await?,
        "send" | "send_sms" => send::give_up(tx, city, job, why).await?,
        _ => {}
    }
    jobs::bury(tx, job, why).await
}

/// Does jobs of one kind: several of a kind that is [`SHARED`], one of any other.
async fn dispatch(city: &City, jobs: &[Job]) -> Done {
    let [job, ..] = jobs else { return Ok(()) };
    match job.kind.as_str() {
        "unpack" => unpack::run(city, jobs).await,
        "receive_mail" => receive_mail::run(city, jobs).await,
        "receive" => receive::run(city, job).await,
        "send" => send::run(city, job).await,
        "send_sms" => send_sms::run(city, job).await,
        "send_sms_code" => send_sms_code::run(city, job).await,
        "sms_incomplete" => unpack_sms::incomplete(city, job).await,
        "send_code" => send::run_code(city, job).await,
        "recording" => fetch_recording::run(city, job).await,
        "calendar" => calendar::run(city, job).await,
        other => Err(Failure::Never(format!("nobody knows how to do {other}"))),
    }
}

/// 2 s, 4 s, 8 s … up to six hours.
fn wait(attempts: i64) -> SignedDuration {
    let doubled = 1_i64 << attempts.clamp(0, 15);
    SignedDuration::from_secs(doubled.min(6 * 3600))
}

async fn reload_settings(city: City, stop: CancellationToken) {
    let mut news = city.db.notices().listen();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            topic = news.recv() => match topic {
                Ok(Topic::Settings) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                    if let Err(error) = city.reload().await {
                        tracing::error!(%error, "edited reference data could not be read; the earlier ones stay in force");
                    }
                }
                Ok(_) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            }
        }
    }
}
