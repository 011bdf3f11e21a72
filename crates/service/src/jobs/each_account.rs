//! One task for each account that this program itself goes to: a mailbox it polls, a carrier's links it holds.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use store::channel_accounts::AccountRow;
use store::notify::{Topic, until};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::City;

/// Accounts are looked at this often, whether or not an edit was heard of.
const LOOK: Duration = Duration::from_secs(3);

struct Running {
    version: i64,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Runs `work` for every account that is `wanted`, until told to stop. An edited account is begun anew with its new settings,
/// and so is one whose work ended by itself, which it should not.
pub(super) async fn run<Work, Done>(city: City, stop: CancellationToken, wanted: fn(&AccountRow) -> bool, work: Work)
where
    Work: Fn(City, AccountRow, CancellationToken) -> Done,
    Done: Future<Output = ()> + Send + 'static,
{
    let mut running: BTreeMap<Uuid, Running> = BTreeMap::new();
    let mut news = city.db.notices().listen();
    while !stop.is_cancelled() {
        match store::channel_accounts::all(&mut city.db.read()).await {
            Ok(mut accounts) => {
                accounts.retain(wanted);
                running.retain(|id, running| {
                    let same = accounts.iter().any(|account| account.id == *id && account.version == running.version);
                    if !same {
                        running.stop.cancel();
                    }
                    same && !running.task.is_finished()
                });
                for account in accounts {
                    running.entry(account.id).or_insert_with(|| {
                        let (version, stop) = (account.version, stop.child_token());
                        Running { version, task: tokio::spawn(work(city.clone(), account, stop.clone())), stop }
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "accounts of channels could not be listed"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = until(&mut news, Topic::Settings) => {}
            () = stop.cancelled() => {}
        }
    }
}
