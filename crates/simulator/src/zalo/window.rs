//! When an account may write, and what it costs. [zalo.md §6 "Windows"]

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::error::ZaloError;
use super::state::{Account, Person};
use crate::clock::{in_viet_nam, later};

/// After the person's last interaction answers are free, as many as the account has.
pub(super) const FREE: SignedDuration = SignedDuration::from_hours(48);
/// After this nothing but a template may go.
const CHARGED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Takes one message from the quota it falls under; the `quota` of the answer.
pub(super) fn take(account: &mut Account, person: &mut Person, now: Timestamp) -> Result<Value, ZaloError> {
    let last = person.last_interaction.ok_or(ZaloError::NO_INTERACTION)?;
    let since = now.duration_since(last);
    if since > CHARGED {
        return Err(ZaloError::OUTSIDE_7_DAYS);
    }
    let total = account.config.free_replies;
    if since <= FREE && person.free_used < total {
        person.free_used += 1;
        return Ok(quota("reply", total - person.free_used, total, later(last, FREE)));
    }
    account.paid_left = account.paid_left.checked_sub(1).ok_or(ZaloError::OUT_OF_QUOTA)?;
    Ok(quota("sub_quota", account.paid_left, account.config.paid_messages, later(last, CHARGED)))
}

/// Numbers are text here; the date's form is not documented.
fn quota(kind: &str, remain: u32, total: u32, until: Timestamp) -> Value {
    json!({"quota_type": kind, "remain": remain.to_string(), "total": total.to_string(), "expired_date": day(until)})
}

/// `DD/MM/YYYY` in Viet Nam.
pub(super) fn day(at: Timestamp) -> String {
    in_viet_nam(at).strftime("%d/%m/%Y").to_string()
}
