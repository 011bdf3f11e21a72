//! Keeps a lease while what it guards is worked on.

use std::time::Duration;

use jiff::SignedDuration;
use store::leases::{self, Lease};
use tokio_util::sync::CancellationToken;

use crate::City;

/// Takes the lease again, for `length`, every so often; cancels `lost` once another holder has it. Ends when `lost` is
/// cancelled.
pub(super) async fn keep_lease(city: City, lease: Lease, length: SignedDuration, every: Duration, lost: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = lost.cancelled() => return,
        }
        let kept = leases::take(&city.db, &lease.name, &lease.holder, city.now(), length).await;
        if !matches!(kept, Ok(Some(ref kept)) if kept.fence == lease.fence) {
            tracing::warn!(lease = lease.name, "the lease is no longer ours");
            lost.cancel();
            return;
        }
    }
}
