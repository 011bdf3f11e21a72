//! Chats on two nodes: a token that ends is renewed by one of them, and a database that stands still for a second makes no
//! vendor repeat itself. PostgreSQL only, like the other races.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use service::chat_accounts::{Entry, Secrets};
use service::chat_channel::ChatChannel;
use service::clock::{Clock, SystemClock};
use simulator::{Options, Simulator, Vendor, What, zalo};
use sqlx::Executor;
use uuid::Uuid;

use crate::chat::{OA, OA_SECRET, REPORT, ZALO_APP, ZALO_SECRET, entry};
use crate::race::Nodes;

struct TwoNodes {
    nodes: Nodes,
    vendors: Simulator,
    account: Uuid,
}

impl TwoNodes {
    async fn start() -> Option<Self> {
        let nodes = Nodes::start().await?;
        let bind = "127.0.0.1:0".parse().expect("an address");
        let vendors = Simulator::start(Options::new(bind, 7, Arc::new(|| SystemClock.now()))).await.expect("vendors");
        let zalo = vendors.zalo();
        zalo.add_app(zalo::App::new(ZALO_APP, ZALO_SECRET));
        zalo.add_account(zalo::Account::new(OA, "1022 TP.HCM", ZALO_APP, OA_SECRET)).expect("an account");
        let tokens = zalo.authorise(OA).expect("tokens");
        let secrets = Secrets {
            app_secret: ZALO_SECRET.into(),
            webhook: OA_SECRET.into(),
            access_token: tokens.access,
            refresh_token: tokens.refresh,
            ..Secrets::default()
        };
        let entry: Entry = entry(ChatChannel::Zalo, OA.into(), &vendors, secrets);
        let account = service::chat_accounts::save(&nodes.city, None, None, entry).await.expect("an account");
        Some(Self { nodes, vendors, account })
    }

    /// From now on webhooks go to this node.
    fn deliver_to(&self, node: usize) {
        let webhook = format!("{}/hooks/zalo/{}", self.nodes.urls()[node], self.account);
        self.vendors.zalo().set_webhook(ZALO_APP, &webhook).expect("an address");
    }

    /// Everybody has been answered and nothing is under way.
    async fn answered(&self, people: &[String]) {
        let begun = Instant::now();
        while people.iter().any(|person| self.vendors.zalo().sent(Some(person)).is_empty()) {
            assert!(begun.elapsed() < Duration::from_secs(120), "somebody has no answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.vendors.settled().await;
        self.nodes.worked_off(Duration::from_secs(60)).await;
    }

    async fn finish(self) {
        assert_eq!(self.vendors.zalo().repeats().len(), 0, "nobody got anything twice");
        self.nodes.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_renews_a_token_that_ended_and_nothing_is_lost() {
    let Some(two) = TwoNodes::start().await else { return };
    let zalo = two.vendors.zalo();
    let people = zalo.add_crowd(OA, 120).expect("people");
    let renewals = || {
        let calls = two.vendors.journal().into_iter().filter(|seen| seen.vendor == Vendor::Zalo);
        calls.filter(|seen| matches!(&seen.what, What::Call { call, .. } if call.contains("/oa/access_token"))).count()
    };
    // Both nodes have used the token before it ends.
    for (number, person) in people.iter().enumerate() {
        two.deliver_to(number % 2);
        if number == 40 {
            two.answered(&people[..40]).await;
            assert_eq!(renewals(), 0);
            zalo.expire_access(OA);
        }
        zalo.write(OA, person, REPORT).expect("a message");
    }
    two.answered(&people).await;
    assert_eq!(renewals(), 1, "one refresh");
    let row = store::channel_accounts::find(&mut two.nodes.city.db.read(), two.account).await.expect("the account");
    assert!(row.health.0.get("alarm").is_none_or(serde_json::Value::is_null), "{}", row.health.0);
    two.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stands_still_for_a_second_makes_no_vendor_repeat_itself() {
    let Some(two) = TwoNodes::start().await else { return };
    let zalo = two.vendors.zalo();
    let people = zalo.add_crowd(OA, 60).expect("people");
    two.deliver_to(0);
    zalo.write(OA, &people[0], REPORT).expect("a message");
    two.answered(&people[..1]).await;
    let mut held = two.nodes.connection().await;
    held.execute("BEGIN; LOCK TABLE delivery_in IN ACCESS EXCLUSIVE MODE").await.expect("the lock");
    let still = Instant::now();
    for person in &people[1..] {
        zalo.write(OA, person, REPORT).expect("a message");
    }
    // This is the stall itself.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(two.vendors.deliveries().iter().filter(|delivery| delivery.attempts.len() > 1).count(), 0);
    held.execute("COMMIT").await.expect("it goes on");
    let stood = still.elapsed();
    two.answered(&people).await;
    let repeated: BTreeSet<u64> =
        two.vendors.deliveries().into_iter().filter(|delivery| delivery.attempts.len() > 1).map(|delivery| delivery.number).collect();
    // Zalo gives up after two seconds and comes again; here it never had to.
    assert!(repeated.is_empty(), "after {stood:?} of standing still: {repeated:?}");
    two.finish().await;
}
