//! Whoever goes away while asking for the writer (a browser that breaks off a request) leaves nothing behind.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use store::{Db, migrate, settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_given_up_at_any_moment_stops_nobody() {
    let file = std::env::temp_dir().join(format!("gone-{}.sqlite", std::process::id()));
    let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
    migrate::run(&db).await.unwrap();
    for looks in 0..400_usize {
        {
            let mut asking = pin!(db.begin());
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..looks % 40 {
                if asking.as_mut().poll(&mut context).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let mut tx = db.begin().await.unwrap();
        settings::set(&mut tx, "looks", serde_json::json!(looks), jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(settings::get(&mut db.read(), "looks").await.unwrap(), Some(serde_json::json!(399)));
}
