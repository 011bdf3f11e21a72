//! A signed webhook until it is durable and acknowledged, and what one costs that was written to cost much.

use std::sync::Arc;
use std::time::Duration;

use service::chat_accounts::{Entry, Secrets, Settings};
use service::chat_channel::ChatChannel;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::http::{self, Pace};
use super::place::Place;
use super::table::{Bar, Figure, Table, quantile};

const CONNECTIONS: u32 = 64;
const MEASURED: Duration = Duration::from_secs(5);
const APP: &str = "1234567890123456789";
const OA: &str = "3000000000000000002";
const SECRET: &str = "bench";
/// The body cap of webhooks.
const MEBIBYTE: usize = 1_048_576;

pub async fn run(place: &Place, table: &mut Table) -> anyhow::Result<()> {
    let secrets = Secrets { webhook: SECRET.into(), ..Secrets::default() };
    let settings = Settings { app_id: APP.into(), ..Settings::default() };
    let entry =
        Entry { channel: ChatChannel::Zalo, name: "bench".into(), address: OA.into(), agency: None, enabled: true, settings, secrets };
    let account = service::chat_accounts::save(&place.city, None, None, entry).await?;
    place.city.reload().await?;
    let requests = Arc::new((0..512).map(|number| request(account, number)).collect::<Vec<_>>());
    let server = place.serve().await?;
    let closed = http::load(server.address, &requests, CONNECTIONS, Pace::Closed, MEASURED).await?;
    let mut offered = http::load(server.address, &requests, CONNECTIONS, Pace::Offered(1_000), MEASURED).await?;
    let mut line = |name: &str, value: f64, unit: &str, bar: Bar| table.line(Figure { name, value, unit, ceiling: None, bar });
    line("webhooks of Zalo, 64 connections, durable", closed.per_second, "/s", Bar::None);
    let (p50, p99) = (quantile(&mut offered.times, 0.5), quantile(&mut offered.times, 0.99));
    line("webhooks at 1,000/s offered, p50", p50, "ms", Bar::None);
    line("webhooks at 1,000/s offered, p99", p99, "ms", Bar::AtMost(50.0));
    for (name, body) in hostile() {
        let (cpu, memory) = cost(&body)?;
        line(&format!("webhook {name}, CPU to unpack"), cpu, "ms", Bar::AtMost(50.0));
        line(&format!("webhook {name}, memory to unpack"), memory, "MiB", Bar::AtMost(32.0));
    }
    Ok(())
}

/// One message, signed as Zalo signs.
fn request(account: Uuid, number: usize) -> Vec<u8> {
    let time = (1_790_000_000_000_u64 + number as u64).to_string();
    let body = serde_json::json!({
        "app_id": APP, "event_name": "user_send_text", "timestamp": time, "sender": { "id": format!("50000000000000{:05}", number % 97) },
        "recipient": { "id": OA }, "message": { "text": "cty em nop ho so hoan thue tu thang 3 den nay chua thay tra loi", "msg_id": format!("m{number}") },
    })
    .to_string();
    let mac = Sha256::new().chain_update(APP).chain_update(&body).chain_update(&time).chain_update(SECRET).finalize();
    let signature = format!("mac={}", hex::encode(mac));
    http::post(&format!("/hooks/zalo/{account}"), &[("x-zevent-signature", &signature), ("x-zevent-timestamp", &time)], body.as_bytes())
}

/// Bodies of the greatest size that is read at all.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let fill = |start: &str, again: &str, end: &str| {
        let times = (MEBIBYTE - start.len() - end.len()) / again.len();
        format!("{start}{}{end}", again.repeat(times)).into_bytes()
    };
    let levels = 10_000;
    vec![
        ("10,000 levels deep", format!("{}1{}", "[".repeat(levels), "]".repeat(levels)).into_bytes()),
        ("of half a million elements", fill(r#"{"event_name":"user_send_text","x":["#, "1,", "1]}")),
        ("of 100,000 fields", fill(r#"{"event_name":"user_send_text","message":{"#, r#""a":1,"#, r#""text":"x"}}"#)),
        ("of one long word", fill(r#"{"event_name":"user_send_text","message":{"text":""#, "a", r#""}}"#)),
        (
            "of many events",
            fill(r#"{"object":"page","entry":["#, r#"{"id":"1","messaging":[{"message":{"mid":"m","text":"x"}}]},"#, "{}]}"),
        ),
    ]
}

/// Milliseconds of this thread's processor and MiB over what was held before, of the costlier of the two readers.
fn cost(body: &[u8]) -> anyhow::Result<(f64, f64)> {
    let mut worst = (0.0_f64, 0.0_f64);
    for read in [channels::zalo::parse, channels::facebook::parse] {
        // The kernel's record of the most memory begins anew.
        std::fs::write("/proc/self/clear_refs", "5")?;
        let (held, begun) = (status("VmRSS")?, processor());
        let events = read(body);
        let spent = processor() - begun;
        let most = status("VmHWM")?.saturating_sub(held);
        drop(events);
        worst = (worst.0.max(spent.as_secs_f64() * 1_000.0), worst.1.max(most as f64 / 1_024.0));
    }
    Ok(worst)
}

fn processor() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// KiB of a line of this process's status.
fn status(name: &str) -> anyhow::Result<u64> {
    use anyhow::Context;
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with(name)).context("a line of the status")?;
    Ok(line.split_whitespace().nth(1).context("a number")?.parse()?)
}
