//! Wake-ups: who waits for work is told at once instead of asking every second.
//!
//! Within one process a broadcast suffices; between nodes `LISTEN`/`NOTIFY` carries the topic. A wake-up is only ever a
//! hint: everybody also looks by himself every few seconds, so a lost one costs time and nothing else.

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// What there is news about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Jobs are ready.
    Jobs,
    /// The change feed has grown.
    Changes,
    /// Settings or reference data were edited: caches are to be read anew.
    Settings,
}

impl Topic {
    const ALL: [Topic; 3] = [Topic::Jobs, Topic::Changes, Topic::Settings];

    pub(crate) fn bit(self) -> u8 {
        match self {
            Topic::Jobs => 1,
            Topic::Changes => 2,
            Topic::Settings => 4,
        }
    }

    fn channel(self) -> &'static str {
        match self {
            Topic::Jobs => "dt_jobs",
            Topic::Changes => "dt_changes",
            Topic::Settings => "dt_settings",
        }
    }

    pub(crate) fn notify_statement(self) -> &'static str {
        match self {
            Topic::Jobs => "NOTIFY dt_jobs",
            Topic::Changes => "NOTIFY dt_changes",
            Topic::Settings => "NOTIFY dt_settings",
        }
    }
}

/// Waits for news about one topic. What was missed for lagging behind is not told: whoever waits also looks by himself now and
/// then, and trying a carrier that refused too soon may cost the account. Never ends once there will be none any more.
pub async fn until(news: &mut broadcast::Receiver<Topic>, topic: Topic) {
    loop {
        match news.recv().await {
            Ok(heard) if heard == topic => return,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// The sending and the listening side.
#[derive(Clone)]
pub struct Notices {
    local: broadcast::Sender<Topic>,
}

impl Notices {
    pub(crate) fn local() -> Self {
        Self { local: broadcast::Sender::new(256) }
    }

    pub(crate) fn postgres(options: PgConnectOptions) -> Self {
        let notices = Self::local();
        let local = notices.local.clone();
        tokio::spawn(async move {
            while !(local.receiver_count() == 0 && local.strong_count() == 1) {
                if let Err(error) = listen(&options, &local).await {
                    tracing::warn!(%error, "listening for wake-ups failed, trying again");
                }
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        });
        notices
    }

    /// Hears every wake-up from now on. One that lags behind misses some, and should then look for itself.
    pub fn listen(&self) -> broadcast::Receiver<Topic> {
        self.local.subscribe()
    }

    pub(crate) fn sent(&self, wakes: u8) {
        for topic in Topic::ALL {
            if wakes & topic.bit() != 0 {
                // Nobody listening is fine.
                let _heard = self.local.send(topic);
            }
        }
    }
}

async fn listen(options: &PgConnectOptions, local: &broadcast::Sender<Topic>) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen_all(Topic::ALL.map(Topic::channel)).await?;
    // What was said while nobody listened is not repeated.
    for topic in Topic::ALL {
        let _heard = local.send(topic);
    }
    loop {
        let notice = listener.recv().await?;
        if let Some(topic) = Topic::ALL.into_iter().find(|topic| topic.channel() == notice.channel()) {
            let _heard = local.send(topic);
        }
    }
}
