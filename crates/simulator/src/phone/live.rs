//! Server-sent events: "look again", whenever something went over a wire.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};

use super::Phone;

/// Pages are told at most this often.
const PAUSE: Duration = Duration::from_millis(150);

pub(super) async fn stream(State(phone): State<Phone>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changed = phone.world.journal.watch();
    // A page looks once as soon as it is connected: something may have happened since it was drawn, or while it was cut off.
    changed.mark_changed();
    let events = stream::unfold(changed, |mut changed| async move {
        changed.changed().await.ok()?;
        tokio::time::sleep(PAUSE).await;
        changed.mark_unchanged();
        // Browsers pass over an event without data.
        Some((Ok(Event::default().event("changed").data("1")), changed))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
