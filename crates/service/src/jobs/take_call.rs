//! News of a telephone call: the call moves forward; a missed one becomes a task, an answered one settles it, a recording is
//! sent for.

use channels::cti::{CallEvent, CallKind, Direction};
use domain::call::{Call, CallBack, CallState, Missed, News, Step, Task, can_be_called, missed};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::call_backs::{self, CallBackRow};
use store::calls::{self, CallRow};
use store::channel_accounts::AccountRow;
use store::deliveries_in::{self, Inbound};
use store::jobs::{self, Job, NewJob};
use store::{Json, Tx, change_feed};
use uuid::Uuid;

use super::{Done, RECORDINGS};
use crate::receive::reception_of;
use crate::reference::Reference;
use crate::{City, Result};

/// A clock of the exchange's that is further off than this is not believed.
const DRIFT: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn run(city: &City, job: &Job, inbound: &Inbound, account: &AccountRow) -> Done {
    let event: CallEvent = serde_json::from_value(inbound.payload.0.clone()).map_err(crate::Error::from)?;
    let received = store::time(inbound.received_at)?;
    let mut tx = city.db.begin().await?;
    take(&mut tx, city, &city.reference(), account, &event, received).await?;
    // It became no message: the call is its own record.
    deliveries_in::settle_inbound(&mut tx, inbound.id, "ignored", None).await?;
    jobs::finish(&mut tx, job).await?;
    fail::fail_point!("receive::before_commit");
    tx.commit().await?;
    Ok(())
}

async fn take(tx: &mut Tx, city: &City, reference: &Reference, account: &AccountRow, event: &CallEvent, received: Timestamp) -> Result<()> {
    let at = event.timestamp_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let at = at.filter(|at| at.duration_since(received).abs() <= DRIFT).map_or(received, |at| at.min(received));
    let known = calls::by_external(tx, account.id, event.call()).await?;
    let is_new = known.is_none();
    let mut row = known.unwrap_or_else(|| fresh(city, reference, account, event, at));
    let mut call: Call = serde_json::from_value(row.facts.0.clone())?;
    let before = call.clone();
    call.take(&News {
        step: step(event),
        at,
        outbound: event.direction == Direction::Out,
        cause: event.cause.as_deref(),
        talk_s: event.talk_s,
        picked_up: event.answering.is_some() || event.extension.is_some(),
        extension: event.answering.as_deref().or(event.extension.as_deref()),
    });
    tell(&mut row, event);
    draw(&mut row, &call, city.now())?;
    if is_new {
        calls::insert(tx, &row).await?;
    } else {
        calls::update(tx, &row).await?;
    }
    follow(tx, city, reference, &row, &before, &call).await?;
    if let Some(url) = &event.recording_url {
        let id = city.new_id();
        if calls::want_recording(tx, id, row.id, url, event.voicemail, city.now()).await? {
            let job = NewJob::now(RECORDINGS, "recording", &json!({ "recording": id }), city.now())?;
            jobs::enqueue(tx, vec![job], city.now()).await?;
        }
    }
    change_feed::add(tx, "call", row.id, city.now()).await?;
    Ok(())
}

/// What a call that moved means for who is to be called back.
async fn follow(tx: &mut Tx, city: &City, reference: &Reference, row: &CallRow, before: &Call, call: &Call) -> Result<()> {
    let Some(number) = row.number.as_deref().filter(|number| can_be_called(number)) else { return Ok(()) };
    calls::hold_number(tx, row.account_id, number).await?;
    if call.was_answered() && !before.was_answered() {
        let outcome = if call.outbound() { CallBack::Reached } else { CallBack::CalledAgain };
        call_backs::settle(tx, row.account_id, number, outcome.as_str(), row.begun_at, city.now()).await?;
    }
    if call.state() == CallState::Missed && before.state() != CallState::Missed {
        missed_call(tx, city, reference, row, number).await?;
    }
    Ok(())
}

/// Calls whose end the exchange never told are given up after a silence: who was not answered is to be called back. Answers
/// how many.
pub(super) async fn give_up_silent(city: &City) -> Result<usize> {
    let reference = city.reference();
    let since = |limit: &str| Ok::<_, crate::Error>(city.now() - SignedDuration::from_mins(reference.number(limit)?));
    let (unanswered, answered) = (since("call_ringing_minutes")?, since("call_open_minutes")?);
    let mut done = 0;
    for row in calls::silent(&mut city.db.read(), unanswered, answered, 100).await? {
        let call = row.id;
        match give_up(city, &reference, row).await {
            Ok(()) => done += 1,
            // The exchange, or another node, was faster.
            Err(crate::Error::Stale) => {}
            Err(error) => tracing::warn!(%error, %call, "a call could not be given up"),
        }
    }
    Ok(done)
}

async fn give_up(city: &City, reference: &Reference, mut row: CallRow) -> Result<()> {
    let before: Call = serde_json::from_value(row.facts.0.clone())?;
    let mut call = before.clone();
    call.give_up();
    draw(&mut row, &call, city.now())?;
    let mut tx = city.db.begin().await?;
    calls::update(&mut tx, &row).await?;
    follow(&mut tx, city, reference, &row, &before, &call).await?;
    change_feed::add(&mut tx, "call", row.id, city.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn missed_call(tx: &mut Tx, city: &City, reference: &Reference, call: &CallRow, number: &str) -> Result<()> {
    let begun = store::time(call.begun_at)?;
    let answered = calls::newest_answered(tx, call.account_id, number, call.begun_at).await?;
    let answered = answered.map(store::time).transpose()?;
    let open = call_backs::of_number(tx, call.account_id, number).await?;
    // Of several open ones the nearest in time is the same caller's same wish.
    let nearest = open.into_iter().min_by_key(|task| task.last_at.abs_diff(call.begun_at));
    let task = nearest.as_ref().map(|task| store::time(task.last_at)).transpose()?.map(|last_at| Task { last_at });
    let merge = SignedDuration::from_mins(reference.number("missed_call_minutes")?);
    match (missed(Some(number), begun, answered, task, merge), nearest) {
        (Missed::Merge, Some(mut task)) => {
            if call.begun_at > task.last_at {
                (task.last_at, task.call_id) = (call.begun_at, call.id);
            }
            task.first_at = task.first_at.min(call.begun_at);
            task.calls += 1;
            call_backs::update(tx, &task).await?;
        }
        (Missed::New, _) => {
            let task = CallBackRow {
                id: city.new_id(),
                account_id: call.account_id,
                agency_id: call.agency_id,
                number: number.to_owned(),
                call_id: call.id,
                calls: 1,
                first_at: call.begun_at,
                last_at: call.begun_at,
                open: true,
                officer_id: None,
                claimed_at: None,
                tries: 0,
                tried_at: None,
                outcome: None,
                settled_at: None,
                version: 1,
            };
            call_backs::insert(tx, &task).await?;
        }
        _ => {}
    }
    Ok(())
}

fn step(event: &CallEvent) -> Step {
    match event.kind {
        _ if event.leg => Step::LegEnded,
        // A machine took the message, whatever the record calls it.
        _ if event.voicemail => Step::Missed,
        CallKind::CallNew => Step::New,
        CallKind::CallRinging => Step::Ringing,
        CallKind::CallAnswered => Step::Answered,
        CallKind::CallEnded => Step::Ended,
        CallKind::CallMissed => Step::Missed,
        CallKind::CallRecord => Step::Record,
    }
}

fn fresh(city: &City, reference: &Reference, account: &AccountRow, event: &CallEvent, at: Timestamp) -> CallRow {
    CallRow {
        id: city.new_id(),
        account_id: account.id,
        agency_id: reception_of(reference, account.agency_id),
        external_id: event.call().to_owned(),
        direction: event.direction.as_str().into(),
        number: None,
        hotline: None,
        state: String::new(),
        live: false,
        facts: Json(json!({})),
        extension: None,
        queue: None,
        agent: None,
        cause: None,
        begun_at: at.as_microsecond(),
        answered_at: None,
        ended_at: None,
        duration_s: None,
        updated_at: 0,
        version: 1,
    }
}

/// What the event says beside where the call is. What is known stays, except that a number beats a hidden one and whoever
/// answers beats whoever rang.
fn tell(row: &mut CallRow, event: &CallEvent) {
    let ours = match event.direction {
        Direction::In => event.to.as_deref(),
        Direction::Out => event.from.as_deref(),
    };
    if row.number.as_deref().is_none_or(|known| known == channels::cti::ANONYMOUS) {
        row.number = event.party().map(str::to_owned).or(row.number.take());
    }
    let keep = |kept: &mut Option<String>, said: Option<&str>, better: bool| {
        if better || kept.is_none() {
            *kept = said.map(str::to_owned).or(kept.take());
        }
    };
    let answers = event.kind == CallKind::CallAnswered;
    keep(&mut row.hotline, ours, false);
    keep(&mut row.queue, event.queue.as_deref(), false);
    keep(&mut row.extension, event.answering.as_deref().or(event.extension.as_deref()), answers);
    keep(&mut row.agent, event.agent.as_deref(), answers);
    keep(&mut row.cause, event.cause.as_deref(), event.kind == CallKind::CallEnded);
    row.duration_s = row.duration_s.max(event.duration_s.map(i64::from));
}

/// Columns drawn from what is known of the call.
fn draw(row: &mut CallRow, call: &Call, now: Timestamp) -> Result<()> {
    let state = call.state();
    row.facts = Json(serde_json::to_value(call)?);
    row.state = state.as_str().into();
    row.live = state.is_live();
    if call.outbound() {
        row.direction = Direction::Out.as_str().into();
    }
    row.begun_at = call.begun_at.map_or(row.begun_at, Timestamp::as_microsecond);
    row.answered_at = call.answered_at.or(call.begun_at.filter(|_| call.was_answered())).map(Timestamp::as_microsecond);
    row.ended_at = call.ended_at.map(Timestamp::as_microsecond);
    row.updated_at = now.as_microsecond();
    Ok(())
}

/// What is told of one call is taken in one after the other.
pub(super) fn lane(city: &City, account: Uuid, event: &CallEvent) -> String {
    format!("call:{account}:{}", city.keys.hash("lane", event.call()))
}
