//! Links to the SMSCs of carriers: one node holds the links of an account, binds each route, and stores what comes before it
//! is acknowledged.

use std::sync::Arc;
use std::time::Duration;

use channels::sms::session::{self, Access, Deliveries, Delivery, Pace, Reply, Security, Server};
use channels::sms::{Backoff, Session, pdu};
use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::json;
use store::channel_accounts::AccountRow;
use store::deliveries_in::NewDelivery;
use store::leases::{self, Lease};
use store::notify::{Topic, until};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::each_account;
use super::keep_lease::keep_lease;
use crate::channel_health::{self, RouteState};
use crate::intake;
use crate::sms_accounts::{self, Route, RouteKind, SmsAccount};
use crate::{City, Result};

/// A crashed node's links are taken over after this long.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
const KEEP: Duration = Duration::from_secs(8);
/// Deliveries of one commit at most.
const BATCH: usize = 128;
/// A link that held this long was well.
const HELD: Duration = Duration::from_secs(10);
/// A carrier that refuses name or password is not asked often: it may lock the account. A person is called meanwhile.
const REFUSED: Duration = Duration::from_secs(10 * 60);

/// Looks after the links of every account.
pub(super) async fn run(city: City, stop: CancellationToken) {
    each_account::run(city, stop, |account| account.enabled && account.channel == sms_accounts::CHANNEL, look_after).await;
}

/// Holds an account's links whenever this node has its lease, until told to stop.
async fn look_after(city: City, account: AccountRow, stop: CancellationToken) {
    let (account, version) = (account.id, account.version);
    let name = format!("sms:{account}");
    // Another task of this node may still be leaving the links that an edit ended: a holder of its own waits for it.
    let holder = format!("{}/{}", city.settings.node, city.new_id());
    while !stop.is_cancelled() {
        let wait = match leases::take(&city.db, &name, &holder, city.now(), LEASE).await {
            Ok(Some(lease)) => match hold(&city, account, version, &lease, &stop).await {
                Ok(()) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(%error, %account, "the links of an account ended");
                    Duration::from_secs(2)
                }
            },
            // Another node holds them.
            Ok(None) => Duration::from_millis(500),
            Err(error) => {
                tracing::warn!(%error, "a lease could not be asked for");
                Duration::from_secs(2)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// All routes of an account, while the lease lasts.
async fn hold(city: &City, id: Uuid, version: i64, lease: &Lease, stop: &CancellationToken) -> Result<()> {
    let account = Arc::new(SmsAccount::of(city, store::channel_accounts::find(&mut city.db.read(), id).await?)?);
    if account.row.version != version {
        // Edited meanwhile: the links of the newer settings are about to begin.
        leases::release(&city.db, lease).await?;
        stop.cancelled().await;
        return Ok(());
    }
    let lost = stop.child_token();
    let keeper = tokio::spawn(keep_lease(city.clone(), lease.clone(), LEASE, KEEP, lost.clone()));
    city.links.hold(id);
    // What waited for somebody to hold the account may go now.
    let mut tx = city.db.begin().await?;
    tx.wake(Topic::Jobs).await?;
    tx.commit().await?;
    let smpp = account.settings.routes.iter().filter(|route| route.enabled && route.kind == RouteKind::Smpp);
    join_all(smpp.map(|route| link(city, &account, route, &lost))).await;
    // Without any the account is held all the same: its other routes need no link.
    lost.cancelled().await;
    city.links.leave(id);
    let _ended = keeper.await;
    Ok(leases::release(&city.db, lease).await?)
}

/// One route: binds, serves, binds again.
async fn link(city: &City, account: &SmsAccount, route: &Route, stop: &CancellationToken) {
    let mut backoff = Backoff::default();
    let access = access(account, route);
    while !stop.is_cancelled() {
        let opened = tokio::select! {
            opened = session::open(&access, pace(route)) => opened,
            () = stop.cancelled() => return,
        };
        let wait = match opened {
            Ok((session, deliveries)) => {
                let since = Instant::now();
                city.links.up(account.row.id, route.id, session.clone());
                told(city, account, route, RouteState::Up, "").await;
                let why = serve(city, account, route, session, deliveries, stop).await;
                city.links.down(account.row.id, route.id);
                if stop.is_cancelled() {
                    told(city, account, route, RouteState::Down, "").await;
                    return;
                }
                if since.elapsed() >= HELD {
                    backoff.reset();
                }
                told(city, account, route, RouteState::Down, &why).await;
                backoff.next(chance(city))
            }
            Err(channels::Error::Misconfigured(why)) => {
                told(city, account, route, RouteState::Refused, &why).await;
                REFUSED
            }
            Err(error) => {
                told(city, account, route, RouteState::Down, &error.to_string()).await;
                backoff.next(chance(city))
            }
        };
        let mut news = city.db.notices().listen();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            // Somebody tried the route and was let in.
            () = until(&mut news, Topic::Settings) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Stores what comes until the session ends; answers why it did.
async fn serve(
    city: &City,
    account: &SmsAccount,
    route: &Route,
    session: Session,
    mut deliveries: Deliveries,
    stop: &CancellationToken,
) -> String {
    let mut unbinding = std::pin::pin!(async {
        stop.cancelled().await;
        // What is under way is answered first.
        session.unbind().await
    });
    let mut unbound = false;
    loop {
        let first = tokio::select! {
            delivery = deliveries.next() => delivery,
            _ = &mut unbinding, if !unbound => {
                unbound = true;
                continue;
            }
        };
        let Some(first) = first else { break };
        let mut batch = vec![first];
        // What came meanwhile goes with it: one flush for many.
        while batch.len() < BATCH
            && let Some(Some(next)) = deliveries.next().now_or_never()
        {
            batch.push(next);
        }
        take(city, account, route, batch).await;
    }
    session.ended().await.to_string()
}

/// Octets and their jobs are committed, then acknowledged; what cannot be committed is asked for again later.
async fn take(city: &City, account: &SmsAccount, route: &Route, batch: Vec<Delivery>) {
    let (octets, answers): (Vec<Vec<u8>>, Vec<_>) = batch.into_iter().map(|delivery| (delivery.pdu, delivery.reply)).unzip();
    let rows = octets.into_iter().map(|octets| row(city, account, route, octets)).collect();
    let stored = match city.accepts_input() {
        Ok(()) => intake::store_together(city, rows).await.map_err(crate::Error::from),
        Err(full) => Err(full),
    };
    let reply = match stored {
        Ok(()) => Reply::Stored,
        Err(error) => {
            tracing::warn!(%error, account = %account.row.id, "messages were not taken; the SMSC will come again");
            Reply::Later
        }
    };
    fail::fail_point!("link_sms::before_answer");
    for answer in answers {
        answer.send(reply);
    }
}

fn row(city: &City, account: &SmsAccount, route: &Route, octets: Vec<u8>) -> NewDelivery {
    let sender = match pdu::decode(&octets) {
        Ok(pdu::Pdu { body: pdu::Body::ShortMessage(message), .. }) => Some(message.source.addr),
        _ => None,
    };
    let lane = sender.map(|sender| intake::lane_of(city, account.row.id, &sender));
    let told = json!({ "via": "smpp", "route": route.id });
    NewDelivery { lane, ..intake::delivery(city, Some(account.row.id), sms_accounts::CHANNEL, told, octets) }
}

/// Where the SMSC of a route is and who we are to it.
pub(crate) fn access(account: &SmsAccount, route: &Route) -> Access {
    let root = route.root_pem.trim();
    Access {
        server: Server {
            host: route.host.clone(),
            port: route.port,
            security: if route.tls { Security::Tls } else { Security::Plain },
            extra_root: (!root.is_empty()).then(|| root.as_bytes().to_vec()),
        },
        system_id: route.system_id.clone(),
        password: account.secrets_of(route.id).password,
        system_type: route.system_type.clone(),
    }
}

fn pace(route: &Route) -> Pace {
    let patience = Duration::from_secs(u64::from(route.answer_seconds.max(1)));
    Pace { window: usize::try_from(route.window).unwrap_or(1), answer: patience, enquire_link: patience }
}

fn chance(city: &City) -> u64 {
    let mut bits = [0; 8];
    city.random.fill(&mut bits);
    u64::from_le_bytes(bits)
}

async fn told(city: &City, account: &SmsAccount, route: &Route, state: RouteState, why: &str) {
    tracing::info!(route = route.name, state = state.as_str(), why, "a link of SMS");
    metrics::gauge!("sms_link_up", "route" => route.id.to_string()).set(if state == RouteState::Up { 1.0 } else { 0.0 });
    if let Err(error) = channel_health::note_route(city, account.row.id, route.id, state, why).await {
        tracing::warn!(%error, "the state of a link could not be noted");
    }
}
