//! A signed mail over HTTP until it is durable and acknowledged, beside two ceilings: the same handler storing nothing, and
//! commits of 128 of the same rows without any HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use service::City;
use service::intake::delivery;
use sha2::Sha256;
use store::deliveries_in::{self, NewDelivery};
use uuid::Uuid;

use super::http::{self, Pace};
use super::place::{Place, Server};
use super::table::{Bar, Figure, Table, quantile};

const CONNECTIONS: u32 = 64;
const MEASURED: Duration = Duration::from_secs(5);

pub async fn run(place: &Place, engine: &str, table: &mut Table) -> anyhow::Result<()> {
    let (account, key) = place.mailbox(25).await?;
    let (requests, bodies): (Vec<_>, Vec<_>) = requests(account, &key)?.into_iter().unzip();
    let requests = Arc::new(requests);
    let server = place.serve().await?;
    let grouped = http::load(server.address, &requests, CONNECTIONS, Pace::Closed, MEASURED).await?;
    let mut offered = http::load(server.address, &requests, CONNECTIONS, Pace::Offered(1_000), MEASURED).await?;
    drop(server);

    let bare = Server::start(handler(&place.city, false)).await?;
    let nothing = http::load(bare.address, &requests, CONNECTIONS, Pace::Closed, MEASURED).await?.per_second;
    drop(bare);
    let direct = direct(&place.city, account, &bodies).await?;
    place.city.db.commit_singly(true);
    let single = Server::start(handler(&place.city, true)).await?;
    let singly = http::load(single.address, &requests, CONNECTIONS, Pace::Closed, MEASURED).await?.per_second;
    drop(single);
    place.city.db.commit_singly(false);

    let sqlite = place.city.db.is_sqlite();
    let bar = |bar: Bar| if sqlite { bar } else { Bar::None };
    let ceiling = nothing.min(direct);
    let mut line = |name: &str, value: f64, unit: &str, ceiling: Option<f64>, bar: Bar| {
        table.line(Figure { name: &format!("{name}{engine}"), value, unit, ceiling, bar });
    };
    line("intake, 64 connections, durable", grouped.per_second, "/s", Some(ceiling), bar(Bar::AtLeast(7_000.0)));
    line("intake ÷ the lower ceiling", grouped.per_second / ceiling, "", None, bar(Bar::AtLeast(0.25)));
    line("ceiling: the handler storing nothing", nothing, "/s", None, Bar::None);
    line("ceiling: the same rows, 128 a commit", direct, "/s", None, Bar::None);
    line("intake, one commit each", singly, "/s", None, Bar::None);
    // PostgreSQL groups the commits of its connections by itself.
    line("intake, grouped ÷ one commit each", grouped.per_second / singly, "", None, bar(Bar::AtLeast(3.0)));
    let (p50, p99) = (quantile(&mut offered.times, 0.5), quantile(&mut offered.times, 0.99));
    line("intake at 1,000/s offered, p50", p50, "ms", None, Bar::None);
    line("intake at 1,000/s offered, p99", p99, "ms", None, Bar::AtMost(50.0));
    line("intake at 1,000/s offered, answered", offered.per_second, "/s", Some(1_000.0), Bar::None);
    Ok(())
}

/// Signed mails of a kilobyte, all different: the whole request, and its body.
fn requests(account: Uuid, key: &[u8]) -> anyhow::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut made = Vec::new();
    for number in 0..512 {
        let body = super::mail::letter("intake", number, super::mail::Shape::Plain);
        let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
        mac.update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let request = http::post(&format!("/hooks/email/{account}"), &[("x-doithoai-signature", &signature)], &body);
        made.push((request, body));
    }
    Ok(made)
}

/// The hook without the rest of the program: it checks the signature, and stores nothing or each mail by itself.
fn handler(city: &City, stores: bool) -> Router {
    async fn take(
        State((city, stores)): State<(City, bool)>,
        Path(account): Path<Uuid>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response, StatusCode> {
        let signature = headers.get("x-doithoai-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = service::mailboxes::check_hook(&city, account, signature, &body).await.map_err(|_| StatusCode::FORBIDDEN)?;
        let delivery = row(&city, known, body.to_vec());
        let id = delivery.id;
        if stores {
            let stored = async {
                let mut tx = city.db.begin().await?;
                deliveries_in::append(&mut tx, vec![delivery]).await?;
                tx.commit().await
            };
            stored.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        }
        Ok((StatusCode::ACCEPTED, axum::Json(serde_json::json!({ "id": id }))).into_response())
    }
    Router::new().route("/hooks/email/{account}", post(take)).with_state((city.clone(), stores))
}

fn row(city: &City, account: Option<Uuid>, body: Vec<u8>) -> NewDelivery {
    delivery(city, account, "email", serde_json::json!({ "via": "hook" }), body)
}

/// Rows a second of 128 to a commit, one after the other.
async fn direct(city: &City, account: Uuid, bodies: &[Vec<u8>]) -> anyhow::Result<f64> {
    let (begun, mut rows) = (Instant::now(), 0);
    while begun.elapsed() < MEASURED {
        let batch = bodies.iter().cycle().skip(rows % bodies.len()).take(128);
        let batch: Vec<_> = batch.map(|body| row(city, Some(account), body.clone())).collect();
        rows += batch.len();
        let mut tx = city.db.begin().await?;
        deliveries_in::append(&mut tx, batch).await?;
        tx.commit().await?;
    }
    Ok(rows as f64 / begun.elapsed().as_secs_f64())
}
