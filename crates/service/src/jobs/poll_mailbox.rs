//! Fetches mail by IMAP: one node per mailbox, woken by IDLE, cursor and octets stored in one transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use channels::email::imap::{self, Cursor, Fetched, Idle, Position};
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::channel_accounts::{AccountRow, MailCursorRow};
use store::deliveries_in::NewDelivery;
use store::leases::{self, Lease};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::each_account;
use super::keep_lease::keep_lease;
use crate::{City, Error, Result, mailboxes};

/// A crashed node's mailboxes are taken over after this long.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
const KEEP: Duration = Duration::from_secs(15);
/// Mails fetched at a time: 20 of the largest are still no burden.
const BATCH: usize = 20;

/// Looks after every mailbox that is to be polled.
pub(super) async fn run(city: City, stop: CancellationToken) {
    each_account::run(city, stop, is_polled, poll).await;
}

fn is_polled(account: &AccountRow) -> bool {
    account.enabled && account.channel == "email" && mailboxes::of(account).is_ok_and(|mailbox| mailbox.poll)
}

/// Polls one mailbox whenever this node holds its lease, until told to stop.
async fn poll(city: City, account: AccountRow, stop: CancellationToken) {
    let account = account.id;
    let mut failures: u32 = 0;
    while !stop.is_cancelled() {
        let name = format!("mailbox:{account}");
        let wait = match leases::take(&city.db, &name, &city.settings.node, city.now(), LEASE).await {
            Ok(Some(lease)) => match hold(&city, account, &lease, &stop).await {
                Ok(()) => Duration::from_secs(1),
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, %account, "a mailbox could not be read");
                    if let Ok(row) = store::channel_accounts::find(&mut city.db.read(), account).await {
                        let _kept = mailboxes::note_trouble(&city, &row, &error.to_string()).await;
                    }
                    Duration::from_secs(2 << failures.min(7))
                }
            },
            // Another node reads it.
            Ok(None) => Duration::from_secs(15),
            Err(error) => {
                tracing::warn!(%error, "a lease could not be asked for");
                Duration::from_secs(5)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Works on a mailbox while the lease lasts.
async fn hold(city: &City, account: Uuid, lease: &Lease, stop: &CancellationToken) -> Result<()> {
    let lost = stop.child_token();
    let keeper = tokio::spawn(keep_lease(city.clone(), lease.clone(), LEASE, KEEP, lost.clone()));
    let work = read(city, account, lease, &lost).await;
    lost.cancel();
    let _ended = keeper.await;
    leases::release(&city.db, lease).await?;
    work
}

async fn read(city: &City, account: Uuid, lease: &Lease, lost: &CancellationToken) -> Result<()> {
    let row = store::channel_accounts::find(&mut city.db.read(), account).await?;
    let settings = mailboxes::imap_settings(city, &row)?;
    let unreachable = |error: channels::Error| Error::Unavailable(error.to_string());
    let mut session = imap::connect(&settings).await.map_err(unreachable)?;
    mailboxes::note_success(city, &row).await?;
    while !lost.is_cancelled() {
        city.accepts_input()?;
        let cursor = cursor(city, account).await?;
        let (mails, next) = session.poll(&cursor, BATCH).await.map_err(unreachable)?;
        let any = !mails.is_empty();
        if any || next != cursor {
            store(city, &row, lease, &mails, &cursor, &next).await?;
        }
        let mut seen: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for mail in &mails {
            seen.entry(&mail.folder).or_default().push(mail.uid);
        }
        for (folder, uids) in seen {
            session.mark_seen(folder, &uids).await.map_err(unreachable)?;
        }
        if any {
            continue;
        }
        tokio::select! {
            // Even an idle link is asked again every few minutes, in case it is dead; Junk has no IDLE of its own.
            idle = session.idle(Duration::from_secs(120)) => match idle.map_err(unreachable)? {
                Idle::Changed | Idle::Elapsed => {}
                Idle::Unsupported => tokio::time::sleep(Duration::from_secs(20)).await,
            },
            () = lost.cancelled() => return Ok(()),
        }
    }
    session.log_out().await;
    Ok(())
}

async fn cursor(city: &City, account: Uuid) -> Result<Cursor> {
    let rows = store::channel_accounts::mail_cursors(&mut city.db.read(), account).await?;
    let position = |row: &MailCursorRow| Position {
        uidvalidity: u32::try_from(row.uidvalidity).unwrap_or(0),
        uid: u32::try_from(row.uid).unwrap_or(0),
    };
    Ok(Cursor(rows.iter().map(|row| (row.folder.clone(), position(row))).collect()))
}

/// Octets, their jobs and the cursor, all or nothing, and only while the lease is ours.
async fn store(city: &City, account: &AccountRow, lease: &Lease, mails: &[Fetched], before: &Cursor, next: &Cursor) -> Result<()> {
    let now = city.now();
    let deliveries = mails.iter().map(|mail| NewDelivery {
        id: city.new_id(),
        account_id: Some(account.id),
        channel: "email".into(),
        headers: json!({ "folder": mail.folder, "uidvalidity": mail.uidvalidity, "uid": mail.uid, "header_only": mail.header_only, "size": mail.size }),
        sha256: hex::encode(Sha256::digest(&mail.raw)),
        body: mail.raw.clone(),
        received_at: now,
        lane: crate::intake::sender_lane(city, account.id, &mail.raw),
    });
    let mut tx = city.db.begin().await?;
    if !leases::check(&mut tx, lease).await? {
        return Err(Error::Stale);
    }
    store::deliveries_in::append(&mut tx, deliveries.collect()).await?;
    for (folder, position) in next.0.iter().filter(|(folder, position)| before.0.get(*folder) != Some(position)) {
        let row = MailCursorRow { folder: folder.clone(), uidvalidity: i64::from(position.uidvalidity), uid: i64::from(position.uid) };
        store::channel_accounts::set_mail_cursor(&mut tx, account.id, &row).await?;
    }
    fail::fail_point!("poll::before_commit");
    tx.commit().await?;
    fail::fail_point!("poll::before_seen");
    Ok(())
}
