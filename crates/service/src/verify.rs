//! The judge: what DESIGN §6 says always holds, looked for in the database. Every line it prints is a violation.

use domain::case::CaseState;
use domain::event::{BrokenChain, Event, verify_chain};
use domain::tracking_code::TrackingCode;
use sha2::{Digest, Sha256};
use store::cases::CaseRow;
use store::events::EventRow;
use uuid::Uuid;

use crate::change::{draw, state_of};
use crate::reference::Reference;
use crate::{City, Result};

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub rule: String,
    pub subject: String,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    pub cases: u64,
    pub events: u64,
    pub deliveries: u64,
    pub files: u64,
}

/// Looks at everything; `told` hears of each violation and of progress.
pub async fn verify(city: &City, mut progress: impl FnMut(&Looked)) -> Result<(Looked, Vec<Violation>)> {
    let mut violations = Vec::new();
    let mut looked = Looked::default();
    for question in store::verify::questions() {
        for offender in store::verify::ask(&mut city.db.read(), &question).await? {
            violations.push(Violation { rule: question.rule.to_owned(), subject: offender.subject });
        }
    }
    let reference = city.reference();
    let mut after = Uuid::nil();
    loop {
        let rows = store::cases::all_after(&mut city.db.read(), after, 200).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            looked.cases += 1;
            let events = store::events::of_case(&mut city.db.read(), row.id).await?;
            looked.events += events.len() as u64;
            case(&reference, &row, &events, &mut violations)?;
        }
        progress(&looked);
    }
    let mut after = Uuid::nil();
    loop {
        let bodies = store::deliveries_in::bodies_after(&mut city.db.read(), after, 50).await?;
        let Some((last, ..)) = bodies.last() else { break };
        after = *last;
        for (id, channel, body, sha256) in bodies {
            looked.deliveries += 1;
            if channel != "web" && hex::encode(Sha256::digest(&body)) != sha256 {
                violations.push(broken("1: a delivery is stored byte for byte", id));
            }
        }
        progress(&looked);
    }
    let mut after = Uuid::nil();
    loop {
        let recordings = store::calls::contents_after(&mut city.db.read(), after, 500).await?;
        let Some((last, _)) = recordings.last() else { break };
        after = *last;
        for (id, sha256) in recordings {
            looked.files += 1;
            if !city.attachments.has(&sha256).await? {
                violations.push(broken("1: the contents of a recording are stored", id));
            }
        }
    }
    let mut after = Uuid::nil();
    loop {
        let files = store::files::contents_after(&mut city.db.read(), after, 500).await?;
        let Some((last, ..)) = files.last() else { break };
        after = *last;
        for (id, original, shown) in files {
            looked.files += 1;
            for contents in [Some(original), shown].into_iter().flatten() {
                if !city.attachments.has(&contents).await? {
                    violations.push(broken("1: the contents of a file are stored", id));
                }
            }
        }
        progress(&looked);
    }
    Ok((looked, violations))
}

fn broken(rule: &str, subject: impl std::fmt::Display) -> Violation {
    Violation { rule: rule.to_owned(), subject: subject.to_string() }
}

fn case(reference: &Reference, row: &CaseRow, events: &[EventRow], violations: &mut Vec<Violation>) -> Result<()> {
    if row.code.parse::<TrackingCode>().is_err() {
        violations.push(broken("3: a case has a code with a right check digit", &row.code));
    }
    let Ok(state) = state_of(row) else {
        violations.push(broken("3: the state of a case can be read", &row.code));
        return Ok(());
    };
    responsible(&state, row, violations);
    chain(row, events, &state, violations);
    columns(reference, row, &state, violations)?;
    if state.sealed && row.published_at.is_some() {
        violations.push(broken("7: nothing of a sealed case is published", &row.code));
    }
    Ok(())
}

fn responsible(state: &CaseState, row: &CaseRow, violations: &mut Vec<Violation>) {
    match state.responsible_agency() {
        Some(agency) if row.open && agency == row.agency_id => {}
        None if !row.open => {}
        _ => violations.push(broken("3: an open case has exactly one responsible agency", &row.code)),
    }
}

/// The chain holds, ends in the state that the case is in, and moved the due date only where the table allows.
fn chain(row: &CaseRow, events: &[EventRow], state: &CaseState, violations: &mut Vec<Violation>) {
    let mut links = Vec::with_capacity(events.len());
    for event in events {
        match link(event) {
            Some(link) => {
                if link.hash() != event.hash {
                    violations.push(broken("3: the hash of an event is of that event", format!("{} event {}", row.code, event.seq)));
                }
                links.push(link);
            }
            None => violations.push(broken("3: an event can be read", format!("{} event {}", row.code, event.seq))),
        }
    }
    if let Err(error) = check_chain(row.id, &links) {
        violations.push(broken("3: the chain of a case is whole", format!("{}: {error}", row.code)));
    }
    for event in events {
        if let (Some(personal), Some(salt), Some(hash)) = (&event.personal, &event.personal_salt, &event.personal_hash) {
            let salt = hex::decode(salt).unwrap_or_default();
            if domain::event::personal_hash(&salt, &personal.0) != *hash {
                violations
                    .push(broken("3: personal values beside an event are those it hashed", format!("{} event {}", row.code, event.seq)));
            }
        }
    }
    let label = events.iter().rev().find_map(|event| event.body.0.pointer("/after/label")?.as_str().map(str::to_owned));
    if label.as_deref() != Some(state.label().as_str()) {
        violations.push(broken("3: every change of a case has its event", &row.code));
    }
    let mut due = serde_json::Value::Null;
    for event in events {
        let Some(after) = event.body.0.pointer("/after/due") else { continue };
        let may_move = domain::case::row(&event.kind).is_some_and(|row| row.clock.may_move_due());
        if *after != due && !may_move {
            violations.push(broken("6: the due date moves only where the table allows", format!("{} event {}", row.code, event.seq)));
        }
        due = after.clone();
    }
}

fn check_chain(case: Uuid, links: &[Event]) -> std::result::Result<(), BrokenChain> {
    verify_chain(case, links).map(|_| ())
}

fn link(event: &EventRow) -> Option<Event> {
    Some(Event {
        case_id: event.case_id,
        seq: u64::try_from(event.seq).ok()?,
        at: store::time(event.at).ok()?,
        actor: event.actor.0.as_str()?.to_owned(),
        kind: event.kind.clone(),
        data: event.body.0.clone(),
        personal_hash: event.personal_hash.clone(),
        prev_hash: event.prev_hash.clone(),
    })
}

/// Lists show what the state says.
fn columns(reference: &Reference, row: &CaseRow, state: &CaseState, violations: &mut Vec<Violation>) -> Result<()> {
    let mut drawn = row.clone();
    draw(&mut drawn, state, reference, store::time(row.updated_at)?)?;
    let same = (
        &drawn.stage,
        &drawn.label,
        &drawn.queue,
        drawn.open,
        drawn.sealed,
        drawn.agency_id,
        drawn.officer_id,
        drawn.due_at,
        drawn.clock_at,
    ) == (&row.stage, &row.label, &row.queue, row.open, row.sealed, row.agency_id, row.officer_id, row.due_at, row.clock_at);
    if !same {
        violations.push(broken("the columns of a case are drawn from its state", &row.code));
    }
    Ok(())
}
