//! Two nodes, one database: PostgreSQL shows the races that SQLite's single writer hides.
//!
//! A trigger of the test's own keeps a record of every claim and every end of a job, from which it is read afterwards what
//! ran when. Without PostgreSQL there is nothing to show here, and the tests say so and pass.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use service::City;
use service::clock::SystemClock;
use sqlx::{Executor, Row};
use store::cases::CaseRow;
use tempfile::TempDir;
use uuid::Uuid;

use crate::app::{Actor, CITY_BOX, FIRM, Hook, open_city, plain_mailbox, settings, sign_in};
use crate::database::Database;
use crate::env::{self, Engine};
use crate::letter::Letter;
use crate::outbox::Outbox;
use crate::program::{KEY, Program};

/// Two nodes of one city, and a third look at its database.
pub struct Nodes {
    database: Database,
    pub city: City,
    one: Option<Program>,
    two: Program,
    outbox: Outbox,
    folder: TempDir,
}

const RECORD: &str = "
CREATE TABLE job_record (at BIGSERIAL, what TEXT, job BIGINT, kind TEXT, lane TEXT, fence BIGINT);
CREATE FUNCTION record_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO job_record (what, job, kind, lane, fence) VALUES ('done', OLD.id, OLD.kind, OLD.lane, OLD.fence);
    RETURN OLD;
  END IF;
  IF NEW.state = 'leased' AND OLD.state = 'ready' THEN
    INSERT INTO job_record (what, job, kind, lane, fence) VALUES ('claimed', NEW.id, NEW.kind, NEW.lane, NEW.fence);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER job_record AFTER UPDATE OR DELETE ON job FOR EACH ROW EXECUTE FUNCTION record_job();
";

impl Nodes {
    /// `None`, said aloud, on a run for SQLite.
    pub async fn start() -> Option<Self> {
        if env::engine() == Engine::Sqlite {
            println!("race: nothing to show on SQLite, which has one node");
            return None;
        }
        let _first = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        for node in ["one", "two", "look"] {
            std::fs::create_dir(folder.path().join(node)).expect("a folder");
        }
        let database = Database::fresh(folder.path()).await;
        database.connection().await.execute(RECORD).await.expect("the record of jobs");
        let look = folder.path().join("look");
        let city = open_city(&database.url, &look, &KEY, Arc::new(SystemClock), settings(&look, "look")).await;
        let (one, _) = Program::serve(&folder.path().join("one"), &database.url, "one").await;
        let (two, _) = Program::serve(&folder.path().join("two"), &database.url, "two").await;
        let outbox = Outbox::open().await;
        Some(Self { database, city, one: Some(one), two, outbox, folder })
    }

    /// Addresses of the two.
    pub fn urls(&self) -> [String; 2] {
        [self.one().to_owned(), self.two.url.clone()]
    }

    /// A connection of the test's own.
    pub async fn connection(&self) -> sqlx::PgConnection {
        self.database.connection().await
    }

    fn one(&self) -> &str {
        &self.one.as_ref().expect("the first node lives").url
    }

    async fn hook(&self) -> Hook {
        let mailbox = plain_mailbox(CITY_BOX, self.outbox.port);
        Hook::set_up(&self.city, self.one(), CITY_BOX, None, mailbox, "").await
    }

    async fn cases(&self) -> Vec<CaseRow> {
        store::cases::all_after(&mut self.city.db.read(), Uuid::nil(), 1_000).await.expect("cases")
    }

    /// Waits until nothing is due, at most `patience`.
    pub async fn worked_off(&self, patience: Duration) {
        let begun = Instant::now();
        while store::jobs::unfinished(&mut self.city.db.read(), self.city.now(), 1).await.expect("jobs") > 0 {
            assert!(begun.elapsed() < patience, "work is left after {patience:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the trigger wrote of the jobs of a kind, in order: what, job, lane, fence.
    async fn record(&self, kind: &str) -> Vec<(String, i64, Option<String>, i64)> {
        let text = format!("SELECT what, job, lane, fence FROM job_record WHERE kind = '{kind}' ORDER BY at");
        let rows = self.database.connection().await.fetch_all(sqlx::AssertSqlSafe(text)).await.expect("the record");
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
    }

    pub async fn finish(self) {
        self.worked_off(Duration::from_secs(60)).await;
        let (_, violations) = service::verify::verify(&self.city, |_| {}).await.expect("the judge can read");
        assert!(violations.is_empty(), "{violations:#?}");
        let dead = store::jobs::dead(&mut self.city.db.read(), i64::MAX, 10).await.expect("jobs");
        assert!(dead.is_empty(), "{dead:#?}");
        drop(self.one);
        drop(self.two);
        self.database.remove().await;
        drop(self.folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_officers_who_save_the_same_version_exactly_one_wins() {
    let Some(nodes) = Nodes::start().await else { return };
    let hook = nodes.hook().await;
    // Two operators, each signed in at another node.
    let first = sign_in(&nodes.city, nodes.one(), "tiepnhan").await;
    let second = sign_in(&nodes.city, &nodes.two.url, "tiepnhan.hai").await;
    let lead = nodes.city.reference().agency("thue-tp").expect("the tax office").id.to_string();
    let (mut won, mut at_once) = ([0, 0], 0);
    for round in 0..25 {
        hook.deliver(&Letter::new(&format!("dn{round}@doanhnghiep.example"), CITY_BOX, &format!("dua-{round}"))).await;
        nodes.worked_off(Duration::from_secs(30)).await;
        let case = nodes.cases().await.pop().expect("a case");
        let (one, two) = tokio::join!(route(&first, &case, &lead, "một"), route(&second, &case, &lead, "hai"));
        match (one, two) {
            (StatusCode::SEE_OTHER, StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY) => won[0] += 1,
            (StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SEE_OTHER) => won[1] += 1,
            both => panic!("round {round}: {both:?}"),
        }
        if one == StatusCode::CONFLICT || two == StatusCode::CONFLICT {
            at_once += 1;
        }
        let events = store::events::of_case(&mut nodes.city.db.read(), case.id).await.expect("events");
        assert_eq!(events.iter().filter(|event| event.kind == "route").count(), 1, "round {round}");
    }
    println!("race: 25 saves by two at once, won {won:?}, refused as changed meanwhile {at_once}");
    nodes.finish().await;
}

async fn route(operator: &Actor, case: &CaseRow, lead: &str, why: &str) -> StatusCode {
    let decided = [("track", "HD"), ("field", "tax"), ("urgency", "normal"), ("lead", lead), ("why", why)];
    operator.act(case, "route", &decided).await.status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_mails_of_one_sender_over_two_nodes_keep_their_order() {
    let Some(nodes) = Nodes::start().await else { return };
    let hook = nodes.hook().await;
    let at = [hook.at(nodes.one()), hook.at(&nodes.two.url)];
    let mut ids = Vec::new();
    for number in 0..200_u32 {
        let date = format!("Thu, 5 Feb 2026 09:{:02}:{:02} +0700", number / 60, number % 60);
        let letter = Letter::new(FIRM, CITY_BOX, &format!("lan-{number}")).date(&date);
        at[usize::try_from(number % 2).unwrap_or(0)].deliver(&letter).await;
        // Every tenth comes again, at the other node.
        if number % 10 == 0 {
            at[usize::try_from((number + 1) % 2).unwrap_or(0)].deliver(&letter).await;
        }
        ids.push(letter.id);
    }
    nodes.worked_off(Duration::from_secs(60)).await;

    // One lane: never two at a time, and in the order in which they were acknowledged.
    let record = nodes.record("receive_mail").await;
    let mut running: Option<i64> = None;
    let mut lanes = std::collections::BTreeSet::new();
    for (what, job, lane, _) in &record {
        lanes.insert(lane.clone());
        match what.as_str() {
            "claimed" => assert_eq!(running.replace(*job), None, "two of one lane at a time"),
            _ => assert_eq!(running.take(), Some(*job)),
        }
    }
    assert_eq!(lanes.len(), 1, "one sender, one lane");
    let mut stored = Vec::new();
    for id in &ids {
        let mut found = store::messages::by_external(&mut nodes.city.db.read(), id).await.expect("messages");
        assert_eq!(found.len(), 1, "{id} is one message");
        stored.push((found.remove(0).stored_at, id.clone()));
    }
    let mut sorted = stored.clone();
    sorted.sort();
    assert_eq!(sorted.iter().map(|(_, id)| id).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>(), "received in the order they came");
    nodes.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_work_of_a_killed_node_is_taken_over() {
    let Some(mut nodes) = Nodes::start().await else { return };
    let hook = nodes.hook().await;
    let mut acknowledged = Vec::new();
    for number in 0..60 {
        let letter = Letter::new(&format!("dn{number}@doanhnghiep.example"), CITY_BOX, &format!("tiep-quan-{number}"));
        hook.deliver(&letter).await;
        acknowledged.push(letter.id);
    }
    // In the middle of that work, with leases in its hands.
    nodes.one.take().expect("the first node lives").kill();
    let mut connection = nodes.database.connection().await;
    let leased = connection.fetch_one("SELECT count(*) FROM job WHERE state = 'leased'").await.expect("jobs").get::<i64, _>(0);
    let begun = Instant::now();
    // A lease lasts a minute.
    nodes.worked_off(Duration::from_secs(100)).await;
    println!("race: a node died, {leased} jobs were leased at that moment, all was done after {:?}", begun.elapsed());
    for id in &acknowledged {
        assert_eq!(store::messages::by_external(&mut nodes.city.db.read(), id).await.expect("messages").len(), 1, "{id}");
    }
    nodes.finish().await;
}

#[tokio::test]
async fn one_node_polls_a_mailbox_at_a_time() {
    let Some(nodes) = Nodes::start().await else { return };
    let mut server = crate::outbox::silent_imap().await;
    let mut mailbox = plain_mailbox(CITY_BOX, nodes.outbox.port);
    mailbox.poll = true;
    mailbox.imap_host = "127.0.0.1".into();
    mailbox.imap_port = server.port;
    Hook::set_up(&nodes.city, nodes.one(), CITY_BOX, None, mailbox, "mat-khau").await;
    let first = server.next(Duration::from_secs(20)).await.expect("a node comes");
    // The other one looks every few seconds whether there is a mailbox for it; it has had time for several looks.
    let second = server.next(Duration::from_secs(8)).await;
    assert!(second.is_none(), "only the holder of the lease comes");
    let holders =
        nodes.database.connection().await.fetch_all("SELECT holder FROM lease WHERE name LIKE 'mailbox:%'").await.expect("leases");
    assert_eq!(holders.len(), 1);
    drop(first);
    nodes.finish().await;
}
