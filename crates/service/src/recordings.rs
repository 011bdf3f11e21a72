//! Recordings of calls: who may hear them, that it is written down, and that they go when their time is over.

use domain::permission::Act;
use jiff::SignedDuration;
use serde_json::json;
use store::calls::{self, CallRow, RecordingRow};
use store::{Query, Tx};
use uuid::Uuid;

use crate::change::{event_by, state_of};
use crate::{City, Error, Officer, Result};

/// Whether an officer may hear the recordings of a call. They are kept with its cases: one of these must allow it, and every
/// sealed one. A call without a case is the reception's.
pub async fn may_hear(q: &mut impl Query, officer: &Officer, call: &CallRow) -> Result<bool> {
    let cases = calls::cases(q, call.id).await?;
    if cases.is_empty() {
        return Ok(officer.viewer.receptions(Act::Listen).contains(&call.agency_id));
    }
    let mut may = false;
    for case in cases {
        let state = state_of(&store::cases::find(q, case).await?)?;
        let allowed = officer.viewer.may(Act::Listen, &(&state).into());
        if state.sealed && !allowed {
            return Ok(false);
        }
        may |= allowed;
    }
    Ok(may)
}

/// Hearing the same again within this time is one access.
const ONE_ACCESS: SignedDuration = SignedDuration::from_mins(10);

/// The octets of a recording, after its access was written down: as an event of each case of the call, else in the audit.
///
/// # Errors
/// [`Error::NotFound`] for whoever may not hear it, and when it is not kept.
pub async fn hear(city: &City, officer: &Officer, recording: Uuid) -> Result<(RecordingRow, Vec<u8>)> {
    let mut q = city.db.read();
    let row = calls::recording(&mut q, recording).await?;
    let call = calls::find(&mut q, row.call_id).await?;
    if !may_hear(&mut q, officer, &call).await? {
        return Err(Error::NotFound);
    }
    let (Some(sha256), "kept") = (row.sha256.clone(), row.state.as_str()) else { return Err(Error::NotFound) };
    let bytes = city.attachments.get(&sha256).await?;
    // Two that hear at once meet in the key of the chain: the later one writes after the other.
    for _ in 0..5 {
        let mut tx = city.db.begin().await?;
        match write_down(&mut tx, city, officer, &call, recording).await {
            Ok(()) => {}
            Err(Error::Stale) => continue,
            Err(error) => return Err(error),
        }
        match tx.commit().await.map_err(Error::from) {
            Ok(()) => return Ok((row, bytes)),
            Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Stale)
}

async fn write_down(tx: &mut Tx, city: &City, officer: &Officer, call: &CallRow, recording: Uuid) -> Result<()> {
    let since = (city.now() - ONE_ACCESS).as_microsecond();
    let actor = format!("officer:{}", officer.id);
    let heard = recording.to_string();
    let cases = calls::cases(tx, call.id).await?;
    for case in &cases {
        let events = store::events::of_case(tx, *case).await?;
        let again = events.iter().rev().take_while(|event| event.at >= since).any(|event| {
            event.kind == "recording_heard" && event.actor.0.as_str() == Some(&actor) && event.body.0["recording"].as_str() == Some(&heard)
        });
        if !again {
            event_by(tx, city, *case, &actor, "recording_heard", json!({ "call": call.id, "recording": recording }), None).await?;
        }
    }
    if cases.is_empty() {
        let told = json!({ "call": call.id });
        store::audit::add(tx, city.new_id(), city.now(), Some(officer.id), "recording_heard", &heard, told).await?;
    }
    Ok(())
}

/// Recordings whose time is over are removed; the row and its hash stay. Answers how many.
pub async fn forget(city: &City) -> Result<u64> {
    let days = city.reference().number("recording_days")?;
    let before = city.now() - SignedDuration::from_hours(24 * days);
    let mut removed = 0;
    loop {
        let old = calls::kept_before(&mut city.db.read(), before, 100).await?;
        if old.is_empty() {
            return Ok(removed);
        }
        for recording in old {
            let mut tx = city.db.begin().await?;
            calls::remove_recording(&mut tx, recording.id).await?;
            for case in calls::cases(&mut tx, recording.call_id).await? {
                event_by(&mut tx, city, case, "system", "recording_removed", json!({ "recording": recording.id }), None).await?;
            }
            tx.commit().await?;
            removed += 1;
        }
    }
}
