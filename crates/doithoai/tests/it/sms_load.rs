//! SMS under load, and the program killed in the middle of it: nothing lost, nothing doubled, the order kept per sender.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use service::City;
use service::clock::{Clock, SeededRandom, SystemClock};
use simulator::smsc::{self, DeliverKind};
use simulator::{Options, Simulator};
use store::messages::MessageRow;
use uuid::Uuid;

use crate::app::{TestApp, open_city, settings};
use crate::database::Database;
use crate::env::{self, Engine};
use crate::program::{KEY, Program, verify};
use crate::sms::{CODE, PHONE, Texts, add_route_in, open_account, smsc_route};

/// What came in from each number, in the order in which it was stored.
async fn stored(city: &City) -> BTreeMap<String, Vec<MessageRow>> {
    let mut found: BTreeMap<String, Vec<MessageRow>> = BTreeMap::new();
    let mut after = Uuid::nil();
    loop {
        let cases = store::cases::all_after(&mut city.db.read(), after, 1_000).await.expect("cases");
        let Some(last) = cases.last() else { break };
        after = last.id;
        for case in &cases {
            let conversation = store::conversations::find(&mut city.db.read(), case.conversation_id).await.expect("a talk");
            let identity = store::contacts::identity(&mut city.db.read(), conversation.identity_id).await.expect("somebody");
            let number = identity.value.rsplit('/').next().unwrap_or_default().to_owned();
            let messages = store::messages::of_case(&mut city.db.read(), case.id).await.expect("messages");
            found.entry(number).or_default().extend(messages.into_iter().filter(|message| message.direction == "in"));
        }
    }
    for messages in found.values_mut() {
        messages.sort_by_key(|message| (message.stored_at, message.id));
        messages.dedup_by_key(|message| message.id);
    }
    found
}

/// 1,000 messages a second for as many seconds as `SMS_LOAD` says; without it a short run at a pace that any machine keeps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_is_stored_in_order_and_answered_once() {
    let (per_second, seconds) = env::sms_load(150, 4);
    let route = smsc::Route { window: 200, ..smsc_route("doithoai") };
    let texts = Texts::with(TestApp::live().await, &[route]).await;
    let senders = (per_second * seconds).div_ceil(12).max(20);
    let total = per_second * seconds;
    let begun = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut written = 0_u64;
    while written < total {
        tick.tick().await;
        // What is due by now, so that a late tick does not lower the pace.
        let due = (begun.elapsed().as_millis() as u64 * per_second / 1_000).min(total);
        for number in written..due {
            let phone = format!("8491{:07}", number % senders);
            texts
                .vendors
                .smsc()
                .write(&phone, CODE, &format!("xuong chung toi bi ngung cap dien lan {:05}", number / senders))
                .expect("a person");
        }
        written = due;
    }
    let offered = begun.elapsed();
    texts
        .until_long("everything was taken", async || {
            let delivers = texts.counters("doithoai");
            delivers.acknowledged >= total
        })
        .await;
    let taken = begun.elapsed();
    texts
        .until_long("all work is done", async || {
            let city = &texts.app.city;
            let unfinished = store::jobs::unfinished(&mut city.db.read(), city.now(), 1).await.expect("jobs") > 0;
            !unfinished && texts.vendors.smsc().sent(None).len() as u64 + 1 > senders.min(2_000)
        })
        .await;
    let found = stored(&texts.app.city).await;
    assert_eq!(found.len() as u64, senders, "everybody who wrote has a case");
    let mut count = 0;
    for (phone, messages) in &found {
        let said: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
        let mut sorted = said.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(said, sorted, "{phone}: in order, each once");
        count += said.len() as u64;
    }
    assert_eq!(count, total, "nothing is lost");
    println!(
        "sms load: {total} messages of {senders} numbers offered in {offered:?}, acknowledged in {taken:?}, done in {:?}",
        begun.elapsed()
    );
    texts.finish_live().await;
}

/// Two nodes of one city: one of them binds, and when it goes the other does.
#[tokio::test]
async fn one_node_holds_the_links_and_another_takes_over() {
    let mut texts = Texts::start().await;
    let second = texts.app.second_node().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let links = service::jobs::start_links(&second, &stop);
    texts.writes(PHONE, "cong ty toi chua duoc hoan thue").await;
    assert_eq!(texts.counters("doithoai").binds, 1, "the second waits");
    assert!(!second.links.holds_any());
    let first = texts.app.case().await;
    texts.unlink().await;
    texts.until("the second binds", async || second.links.session(texts.account, texts.routes[0]).is_some()).await;
    assert_eq!((texts.counters("doithoai").binds, texts.counters("doithoai").links), (2, 1));
    // The first node takes no message of the other's links; the second sends it.
    texts.vendors.smsc().write(PHONE, CODE, &format!("KQ {}", first.code)).expect("a person");
    texts.vendors.settled().await;
    texts.app.run_jobs().await;
    assert_eq!(texts.said(PHONE).len(), 1, "it waits for the node that holds the links");
    texts.app.pass(jiff::SignedDuration::from_secs(2));
    service::jobs::run_all(&second).await.expect("jobs can be run");
    assert_eq!(texts.said(PHONE).len(), 2);
    texts.vendors.settled().await;
    stop.cancel();
    links.wait().await;
    texts.until("nobody holds them", async || !second.links.holds_any()).await;
    texts.finish_unsettled().await;
}

/// kill -9 between the commit and deliver_sm_resp, and everywhere else: the SMSC delivers again, and it is the same message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_to_the_smsc_survives_kills() {
    let folder = tempfile::tempdir_in(env::kept_folder()).expect("a folder on a real disk");
    let _first = rustls::crypto::ring::default_provider().install_default();
    let database = Database::on(Engine::Sqlite, folder.path()).await;
    let city = open_city(&database.url, folder.path(), &KEY, Arc::new(SystemClock), settings(folder.path(), "judge")).await;
    let bind: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    let options = Options { retry_speed: 1_000, ..Options::new(bind, 7, Arc::new(|| SystemClock.now())) };
    let vendors = Simulator::start(options).await.expect("an SMSC");
    vendors.smsc().set_route(smsc::Route { window: 64, ..smsc_route("doithoai") }).expect("a route");
    let account = open_account(&city).await;
    add_route_in(&city, &vendors, account, "doithoai").await;

    let dice = SeededRandom::new(1022);
    let rounds = env::kill_rounds().div_ceil(10);
    let mut written = 0;
    for round in 1..=rounds {
        let (program, _) = Program::serve(folder.path(), &database.url, "node").await;
        let until = Instant::now() + Duration::from_millis(300 + dice.below(1_200));
        while Instant::now() < until {
            vendors
                .smsc()
                .write(&format!("8492{:07}", written % 40), CODE, &format!("kho hang bi ngap lan {written:06}"))
                .expect("a person");
            written += 1;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        program.kill();
        let (content, said) = verify(folder.path(), &database.url);
        assert!(content, "round {round}: {said}");
    }
    let (program, _) = Program::serve(folder.path(), &database.url, "node").await;
    let begun = Instant::now();
    while vendors.smsc().delivers().iter().filter(|deliver| deliver.kind == DeliverKind::Message).any(|deliver| !acknowledged(deliver))
        || store::jobs::unfinished(&mut city.db.read(), city.now(), 1).await.expect("jobs") > 0
    {
        assert!(begun.elapsed() < Duration::from_secs(120), "the work of before the kills is not done: {}", program.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    program.kill();
    let (content, said) = verify(folder.path(), &database.url);
    assert!(content, "at the end: {said}");
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    for message in stored(&city).await.into_values().flatten() {
        *texts.entry(message.text).or_default() += 1;
    }
    let lost: Vec<usize> = (0..written).filter(|number| !texts.contains_key(&format!("kho hang bi ngap lan {number:06}"))).collect();
    let doubled: Vec<&String> = texts.iter().filter(|(_, times)| **times > 1).map(|(text, _)| text).collect();
    let unknown = store::messages::in_trouble(&mut city.db.read(), "unknown", 10_000).await.expect("messages").len();
    println!("sms kill: {rounds} rounds, {written} messages, {} lost, {} doubled, {unknown} answers unknown", lost.len(), doubled.len());
    assert!(written > 0 && lost.is_empty() && doubled.is_empty(), "lost {lost:?}, doubled {doubled:?}");
    assert_eq!(vendors.smsc().repeats().len(), 0, "nobody got anything twice: {:?}", vendors.smsc().repeats());
}

fn acknowledged(deliver: &smsc::Deliver) -> bool {
    deliver.attempts.iter().any(|attempt| attempt.status == Some(0))
}
