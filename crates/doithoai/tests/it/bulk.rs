//! Chats in bulk: webhooks replayed and shuffled over two nodes, thousands of replies to vendors that misbehave.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::SignedDuration;
use service::chat_channel::ChatChannel;
use service::clock::{Clock, SeededRandom, SystemClock};
use sha2::{Digest, Sha256};
use simulator::{CallKind, Fault, Options, Rule, Simulator};

use crate::app::client;
use crate::chat::{Chats, OA, OA_SECRET, ZALO_APP, entry, oa_account, open_oa};
use crate::env;
use crate::race::Nodes;

/// A webhook of Zalo as the vendor signs it.
fn webhook(person: &str, id: &str, milliseconds: i64, text: &str) -> (String, String) {
    let body = serde_json::json!({
        "app_id": ZALO_APP, "event_name": "user_send_text", "timestamp": milliseconds.to_string(),
        "sender": { "id": person }, "recipient": { "id": OA }, "message": { "text": text, "msg_id": id },
    })
    .to_string();
    let mac = Sha256::new().chain_update(ZALO_APP).chain_update(&body).chain_update(milliseconds.to_string()).chain_update(OA_SECRET);
    (body, format!("mac={}", hex::encode(mac.finalize())))
}

/// Longer than this nobody waits for so many messages.
fn patience(messages: usize) -> Duration {
    Duration::from_secs(200 + messages as u64 / 20)
}

/// Whether something that is to go out has not.
async fn waiting(city: &service::City) -> bool {
    for state in ["queued", "sending"] {
        if !store::messages::in_trouble(&mut city.db.read(), state, 1).await.expect("messages").is_empty() {
            return true;
        }
    }
    false
}

/// Vendors by the machine's clock.
async fn vendors() -> Simulator {
    let bind: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    Simulator::start(Options { hang: Duration::from_secs(40), ..Options::new(bind, 7, Arc::new(|| SystemClock.now())) })
        .await
        .expect("vendors")
}

/// Reliability F9: each webhook one to five times, shuffled, over two nodes at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replayed_and_shuffled_webhooks_make_one_message_each_in_the_order_of_the_vendor() {
    let Some(nodes) = Nodes::start().await else { return };
    let vendors = vendors().await;
    let oa = oa_account(&nodes.city, &vendors).await;
    // What the vendors say of it is replayed here.
    open_oa(&nodes.city, &vendors, oa, None).await;
    let messages = env::chat_load(3_000);
    let people = vendors.zalo().add_crowd(OA, (messages / 8).max(10)).expect("people");
    let dice = SeededRandom::new(9);
    let start = nodes.city.now().as_millisecond() - 600_000;
    let mut posts = Vec::new();
    let mut expected: HashMap<String, Vec<(i64, String)>> = HashMap::new();
    for number in 0..messages {
        let person = people[number % people.len()].clone();
        // Ten minutes of the vendor's time, no two at the same moment.
        let moment = start + i64::try_from(number * 600_000 / messages).expect("small");
        let text = format!("hồ sơ hoàn thuế số {number} chưa có kết quả");
        let (body, signature) = webhook(&person, &format!("m{number}"), moment, &text);
        expected.entry(person).or_default().push((moment, text));
        for _ in 0..=dice.below(5) {
            posts.push((body.clone(), signature.clone()));
        }
    }
    for place in (1..posts.len()).rev() {
        posts.swap(place, usize::try_from(dice.below(place as u64 + 1)).expect("small"));
    }
    let (urls, http) = (nodes.urls(), client());
    let sent = posts.len();
    let answers = futures_util::stream::iter(posts.into_iter().enumerate()).map(|(number, (body, signature))| {
        let request = http.post(format!("{}/hooks/zalo/{oa}", urls[number % 2])).header("x-zevent-signature", signature).body(body);
        async move { request.send().await.expect("the hook answers").status().as_u16() }
    });
    let refused = answers.buffer_unordered(32).filter(|status| std::future::ready(*status != 200)).count().await;
    assert_eq!(refused, 0, "every webhook is acknowledged");
    nodes.worked_off(patience(messages)).await;
    // What waits for its turn is no work that is due.
    let begun = std::time::Instant::now();
    while waiting(&nodes.city).await {
        assert!(begun.elapsed() < patience(messages), "something was not sent");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut kept = 0;
    for (person, wanted) in &expected {
        let identity =
            store::contacts::vouched(&mut nodes.city.db.read(), "zalo", &format!("{OA}/{person}")).await.expect("people").expect("known");
        let conversation =
            store::conversations::of_identity(&mut nodes.city.db.read(), oa, identity.id).await.expect("talks").expect("one");
        let written = store::messages::of_conversation(&mut nodes.city.db.read(), conversation.id).await.expect("messages");
        let answers = written.iter().filter(|message| message.direction == "out").count() as u64;
        assert!(answers > 0 && answers <= wanted.len() as u64, "{person}: never two answers to one message");
        assert_eq!(vendors.zalo().sent_to(person), answers, "{person}: each answer went out once");
        let written: Vec<(i64, String)> = written
            .into_iter()
            .filter(|message| message.direction == "in")
            .map(|message| (message.created_at / 1_000, message.text))
            .collect();
        assert_eq!(&written, wanted, "{person}: one message each, by the vendor's time");
        kept += written.len();
    }
    let answers = vendors.zalo().sent_total();
    println!("bulk: {sent} webhooks of {messages} messages over two nodes: {kept} messages, {answers} answers");
    assert_eq!(kept, messages);
    nodes.finish().await;
}

/// Reliability F10: vendors that are slow, full, broken and silent. Nobody gets anything twice; what is not known is said so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_replies_to_vendors_that_misbehave_reach_everybody_once() {
    let app = crate::app::TestApp::live().await;
    // Theirs goes on as well: they count calls by the minute.
    let chats = Chats::connect(app, || SystemClock.now()).await;
    let zalo = chats.vendors.zalo();
    let people = zalo.add_crowd(OA, env::chat_load(600)).expect("people");
    for (fault, rate) in [(Fault::TooMany, 0.05), (Fault::ServerError, 0.03), (Fault::Reset, 0.01), (Fault::LostReply, 0.002)] {
        zalo.add_fault(Rule::at_rate(CallKind::Send, fault, rate)).expect("a rule");
    }
    for person in &people {
        zalo.write(OA, person, "cty em nop ho so hoan thue tu thang 3 den nay chua thay tra loi").expect("a message");
    }
    let begun = std::time::Instant::now();
    loop {
        let waiting = waiting(&chats.app.city).await;
        let cases = store::cases::all_after(&mut chats.app.city.db.read(), uuid::Uuid::nil(), 100_000).await.expect("cases").len();
        if cases == people.len() && !waiting {
            break;
        }
        assert!(begun.elapsed() < patience(people.len()), "{cases} cases, something waits: {waiting}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    chats.vendors.settled().await;
    assert_eq!(zalo.repeats().len(), 0, "nobody got anything twice: {:?}", zalo.repeats().first());
    let reached = people.iter().filter(|person| zalo.sent_to(person) > 0).count();
    let unknown = store::messages::in_trouble(&mut chats.app.city.db.read(), "unknown", 10_000).await.expect("messages").len();
    let failed = store::messages::in_trouble(&mut chats.app.city.db.read(), "failed", 10_000).await.expect("messages").len();
    println!("bulk: {} replies, {reached} reached, {unknown} unknown, {failed} failed, in {:?}", people.len(), begun.elapsed());
    assert_eq!(failed, 0);
    assert!(reached + unknown >= people.len(), "{reached} + {unknown}");
    chats.finish().await;
}

/// A webhook that wants to cost much: deep, wide, long; unpacked in bounded time and memory, and nobody else waits.
#[tokio::test]
async fn hostile_webhooks_cost_little_and_lose_nothing() {
    let chats = Chats::start().await;
    let (http, hook) = (client(), format!("{}/hooks/zalo/{}", chats.app.url, chats.oa));
    let post = async |body: String| {
        let mac = Sha256::new().chain_update(ZALO_APP).chain_update(&body).chain_update("1").chain_update(OA_SECRET);
        let signature = format!("mac={}", hex::encode(mac.finalize()));
        let request = http.post(&hook).header("x-zevent-signature", signature).header("x-zevent-timestamp", "1").body(body);
        request.send().await.expect("an answer").status().as_u16()
    };
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let wide = format!(r#"{{"event_name":"user_send_text","x":[{}1]}}"#, "1,".repeat(400_000));
    let huge = r#"{"event_name":"user_send_text","timestamp":1e999,"sender":{"id":99999999999999999999999999999},"message":{"text":"\ud800\u0000"}}"#;
    assert_eq!(post(deep).await, 200, "signed, so it is stored");
    assert_eq!(post(wide).await, 200);
    assert_eq!(post(huge.to_owned()).await, 200);
    assert_eq!(post(r#"{"event_name":"user_send_text""#.to_owned()).await, 200);
    assert_eq!(post("x".repeat(1024 * 1024 + 1)).await, 413, "refused unread");
    // Signed with the time of the header, which the simulated vendor does not do: its way is learnt anew.
    let entry = entry(ChatChannel::Zalo, OA.into(), &chats.vendors, Default::default());
    service::chat_accounts::save(&chats.app.city, None, Some(chats.oa), entry).await.expect("saved");
    let person = chats.vendors.zalo().add_person(OA, "<script>alert(1)</script>\u{202e}").expect("a person");
    chats.zalo_writes(&person, "via he truoc quan bi chiem <img src=x onerror=alert(1)>").await;
    chats.pass(SignedDuration::from_mins(1));
    let case = chats.app.cases().await.pop().expect("the others are not disturbed");
    let page = chats.app.officer("tiepnhan").await.page(&format!("/console/c/{}", case.code)).await;
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains('\u{202e}'), "a name is text");
    let trouble = store::deliveries_in::in_trouble(&mut chats.app.city.db.read(), 10).await.expect("deliveries");
    assert!(trouble.iter().all(|delivery| delivery.size > 0), "the octets stay");
    let dead = store::jobs::dead(&mut chats.app.city.db.read(), i64::MAX, 10).await.expect("jobs").len();
    chats.app.finish_with_dead(dead).await;
}
