//! kill -9 at random points under load, on SQLite: what was acknowledged is there, once.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use service::City;
use service::clock::{SeededRandom, SystemClock};
use tokio::sync::Mutex;

use crate::app::{CITY_BOX, Hook, open_city, settings};
use crate::database::Database;
use crate::env::{self, Engine};
use crate::letter::Letter;
use crate::outbox::Outbox;
use crate::program::{KEY, Program, verify};

/// Clients that write at the same time.
const SENDERS: usize = 16;

/// What the judge found: Message-IDs that were acknowledged and are missing, or are there more than once.
#[derive(Debug, Default, PartialEq, Eq)]
struct Judged {
    lost: Vec<String>,
    doubled: Vec<String>,
}

/// Every acknowledged mail has exactly one `inbound` row, whose octets are stored.
async fn judge(city: &City, account: uuid::Uuid, acknowledged: &BTreeSet<(String, String)>) -> Judged {
    let mut judged = Judged::default();
    let mut fingerprints: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    let mut after = uuid::Uuid::nil();
    loop {
        let stored = store::deliveries_in::bodies_after(&mut city.db.read(), after, 500).await.expect("deliveries");
        let Some((last, ..)) = stored.last() else { break };
        after = *last;
        for (.., body, sha256) in stored {
            fingerprints.insert(sha256, channels::email::fingerprint(&body));
        }
    }
    for (id, sha256) in acknowledged {
        let Some(fingerprint) = fingerprints.get(sha256) else {
            judged.lost.push(id.clone());
            continue;
        };
        // The id under which unpacking keeps it for ever; unfinished work keeps its octets and its job.
        let external = format!("{id}#{}", &fingerprint[..16]);
        let inbound = store::deliveries_in::inbound_by_external(&mut city.db.read(), account, &external).await.expect("events");
        let messages = store::messages::by_external(&mut city.db.read(), id).await.expect("messages");
        match messages.len() {
            2.. => judged.doubled.push(id.clone()),
            1 => assert!(inbound.is_some(), "a message without its event: {id}"),
            _ => {}
        }
    }
    judged
}

/// Waits until the program has worked off what it took: then every acknowledged mail is a message.
async fn worked_off(city: &City) {
    let begun = std::time::Instant::now();
    while store::jobs::unfinished(&mut city.db.read(), city.now(), 1).await.expect("jobs") > 0 {
        assert!(begun.elapsed() < Duration::from_secs(120), "the work of before the kill is not done");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn messages_missing(city: &City, acknowledged: &BTreeSet<(String, String)>) -> Vec<String> {
    let mut missing = Vec::new();
    for (id, _) in acknowledged {
        if store::messages::by_external(&mut city.db.read(), id).await.expect("messages").len() != 1 {
            missing.push(id.clone());
        }
    }
    missing
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kills_at_random_points() {
    let folder = tempfile::tempdir_in(env::kept_folder()).expect("a folder on a real disk");
    let _first = rustls::crypto::ring::default_provider().install_default();
    let database = Database::on(Engine::Sqlite, folder.path()).await;
    let outbox = Outbox::open().await;
    let city = open_city(&database.url, folder.path(), &KEY, Arc::new(SystemClock), settings(folder.path(), "judge")).await;
    let hook = Hook::set_up(&city, "http://nowhere.invalid", CITY_BOX, None, crate::app::plain_mailbox(CITY_BOX, outbox.port), "").await;

    let dice = SeededRandom::new(1022);
    let rounds = env::kill_rounds();
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let (mut ready, mut unanswered) = (Vec::new(), 0_u64);
    for round in 1..=rounds {
        let (program, took) = Program::serve(folder.path(), &database.url, "node").await;
        ready.push(took);
        unanswered += load(&hook.at(&program.url), round, Duration::from_millis(100 + dice.below(400)), &acknowledged, program).await;
        if round % 10 == 0 || round == rounds {
            let (content, said) = verify(folder.path(), &database.url);
            assert!(content, "round {round}: {said}");
            let acknowledged = acknowledged.lock().await;
            assert_eq!(judge(&city, hook.account, &acknowledged).await, Judged::default(), "round {round}");
        }
    }

    // Left alone, the program finishes what the kills interrupted.
    let (program, _) = Program::serve(folder.path(), &database.url, "node").await;
    worked_off(&city).await;
    program.kill();
    let (content, said) = verify(folder.path(), &database.url);
    assert!(content, "at the end: {said}");
    let mut acknowledged = acknowledged.lock().await.clone();
    assert!(!acknowledged.is_empty(), "the load was a load");
    let judged = judge(&city, hook.account, &acknowledged).await;
    let missing = messages_missing(&city, &acknowledged).await;
    ready.sort();
    let at = |part: usize| ready[(ready.len() * part / 100).min(ready.len() - 1)];
    println!(
        "kill: {rounds} rounds, {} mails acknowledged, {unanswered} cut off unanswered, {} lost, {} doubled, {} not one message; \
         restart to ready p50 {:?}, p99 {:?}",
        acknowledged.len(),
        judged.lost.len(),
        judged.doubled.len(),
        missing.len(),
        at(50),
        at(99)
    );
    assert_eq!(judged, Judged::default());
    assert_eq!(missing, Vec::<String>::new());

    // The judge himself: a mail that nobody acknowledged is reported as lost.
    let invented = ("bia-dat@doanhnghiep.example".to_owned(), "0".repeat(64));
    acknowledged.insert(invented.clone());
    assert_eq!(judge(&city, hook.account, &acknowledged).await.lost, vec![invented.0.clone()], "the judge sees a loss");
    assert_eq!(messages_missing(&city, &acknowledged).await, vec![invented.0]);
}

/// Writes with all senders until the program is killed after `time`. Answers how many mails got no answer.
async fn load(hook: &Hook, round: u32, time: Duration, acknowledged: &Arc<Mutex<BTreeSet<(String, String)>>>, program: Program) -> u64 {
    let unanswered = Arc::new(AtomicU64::new(0));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (hook, acknowledged, unanswered) = (hook.clone(), acknowledged.clone(), unanswered.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    let letter = Letter::new(&format!("dn{sender}@doanhnghiep.example"), CITY_BOX, &format!("k{round}-{sender}-{number}"));
                    let body = letter.bytes();
                    let sha256 = sha256(&body);
                    let signature = hook.sign(&body);
                    match hook.try_deliver(body, &signature).await {
                        Ok(StatusCode::ACCEPTED) => {
                            acknowledged.lock().await.insert((letter.id, sha256));
                        }
                        Ok(other) => panic!("the hook answered {other}"),
                        Err(_) => {
                            unanswered.fetch_add(1, Ordering::Relaxed);
                            return;
                        }
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep(time).await;
    program.kill();
    for sender in senders {
        sender.await.expect("a sender ends when the program is gone");
    }
    unanswered.load(Ordering::Relaxed)
}

fn sha256(body: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(body))
}

/// The judge needs to see what is not there: the folder of a program that never ran.
#[tokio::test]
async fn the_judge_reports_a_mail_that_is_not_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let path: &Path = folder.path();
    let database = Database::on(Engine::Sqlite, path).await;
    let city = open_city(&database.url, path, &KEY, Arc::new(SystemClock), settings(path, "judge")).await;
    let expected = BTreeSet::from([("mot@doanhnghiep.example".to_owned(), "1".repeat(64))]);
    assert_eq!(judge(&city, uuid::Uuid::nil(), &expected).await.lost, vec!["mot@doanhnghiep.example".to_owned()]);
}
