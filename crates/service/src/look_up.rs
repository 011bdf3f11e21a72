//! Anybody who knows a code sees its status and dates, and nothing else. The code is never a credential.

use domain::case::{CaseState, Label, SenderStep};
use domain::tracking_code::TrackingCode;
use jiff::Timestamp;
use store::Query;

use crate::change::{explanation_of, state_of};
use crate::reference::Reference;
use crate::{City, Result};

/// What a code alone shows.
#[derive(Debug, Clone)]
pub struct Status {
    pub code: String,
    pub label: Label,
    pub step: SenderStep,
    pub received_at: Timestamp,
    /// The agency is public once it is decided.
    pub agency: Option<String>,
    pub due: Option<Timestamp>,
    pub explanation: Option<domain::deadline::Explanation>,
    pub answered_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub confirm_by: Option<Timestamp>,
    pub published: bool,
}

/// Looks a code up. Unknown, mistyped and sealed codes answer alike.
pub async fn look_up(city: &City, typed: &str) -> Result<Option<Status>> {
    let parsed = typed.parse::<TrackingCode>().ok();
    status(&mut city.db.read(), &city.reference(), parsed.as_ref()).await
}

/// The same for a code that was read already; `None` when what was typed is none.
pub async fn status(q: &mut impl Query, reference: &Reference, code: Option<&TrackingCode>) -> Result<Option<Status>> {
    // A mistyped code costs the same question to the database as a right one, so that time tells nothing.
    let asked = code.map_or("0000000000", TrackingCode::as_str);
    let Some(row) = store::cases::by_code(q, asked).await? else { return Ok(None) };
    let state = state_of(&row)?;
    if state.sealed || code.is_none() {
        return Ok(None);
    }
    Ok(Some(Status {
        code: row.code.clone(),
        label: state.label(),
        step: state.sender_step(),
        received_at: state.received_at,
        agency: agency_told(&state).map(|id| reference.name(id).to_owned()),
        due: state.due,
        explanation: explanation_of(&row),
        answered_at: state.answered_at,
        closed_at: state.closed_at,
        confirm_by: row.confirm_by.map(store::time).transpose()?,
        published: row.published_at.is_some(),
    }))
}

/// The agency that the sender was told of.
pub fn agency_told(state: &CaseState) -> Option<uuid::Uuid> {
    state.lead
}
