//! How much may still be written to a person.
//!
//! Since January 2026 answers within 48 hours are free without a number, and since March Zalo may leave the number out: what
//! it does not say stays unknown here.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde_json::json;

use super::{Access, call};
use crate::Error;
use crate::answer::repeatable;
use crate::http::Client;
use crate::json::{Object, milliseconds};
use crate::outbound::Quota;

/// What is left for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Both windows, 48 hours and seven days, count from here.
    pub last_interaction: Option<Timestamp>,
    /// Answers (consultation messages).
    pub answers: Option<Quota>,
    pub promotion: Option<Quota>,
}

/// Asks what is left for a person.
///
/// # Errors
/// As [`super::send`], but never [`Error::Lost`]: nothing is changed.
pub async fn ask(client: &Client, access: &Access, person: &str) -> Result<Allowance, Error> {
    let body = call::post(client, access, &access.bases.openapi, "/v3.0/oa/quota/message", &json!({"user_id": person}))
        .await
        .map_err(repeatable)?;
    let said = Object::read(&body).unwrap_or_default();
    let data = said.object("data");
    let part = |name: &str| of(&data.object(name)).map(|quota| Quota { kind: name.to_owned(), ..quota });
    Ok(Allowance {
        last_interaction: data.text("last_interaction").as_deref().and_then(moment),
        answers: part("cs_reply"),
        promotion: part("promotion"),
    })
}

/// A quota as an answer tells it; `None` when it tells nothing.
pub(super) fn of(said: &Object<'_>) -> Option<Quota> {
    let number = |names: [&str; 3]| names.iter().find_map(|name| said.integer(name));
    let quota = Quota {
        kind: said.text("quota_type").unwrap_or_default(),
        left: number(["remain", "remainingQuota", "daily_remain"]),
        total: number(["total", "dailyQuota", "daily_total"]),
        until: said.text("expired_date").as_deref().and_then(moment),
    };
    (quota != Quota { kind: String::new(), left: None, total: None, until: None }).then_some(quota)
}

/// A moment in one of the ways Zalo writes them: milliseconds, an ISO date with its offset, or a local date of Viet Nam with
/// or without the time; a date alone ends with its day.
fn moment(written: &str) -> Option<Timestamp> {
    let written = written.trim();
    if let Ok(number) = written.parse() {
        return Timestamp::from_millisecond(milliseconds(Some(number))?).ok();
    }
    if let Ok(moment) = written.parse() {
        return Some(moment);
    }
    let time = ["%Y-%m-%d %H:%M:%S", "%H:%M:%S %d/%m/%Y", "%d/%m/%Y %H:%M:%S"];
    let day = ["%d/%m/%Y", "%Y-%m-%d"];
    let local = time.iter().find_map(|form| DateTime::strptime(form, written).ok()).or_else(|| {
        let date = day.iter().find_map(|form| Date::strptime(form, written).ok())?;
        Some(date.at(23, 59, 59, 0))
    })?;
    Offset::constant(7).to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_are_read_in_every_way() {
        for (written, expected) in [
            ("1790000000000", Some("2026-09-21T14:13:20Z")),
            ("2026-09-21T14:13:20Z", Some("2026-09-21T14:13:20Z")),
            ("2026-09-21T21:13:20+07:00", Some("2026-09-21T14:13:20Z")),
            ("21:13:20 21/09/2026", Some("2026-09-21T14:13:20Z")),
            ("2026-09-21 21:13:20", Some("2026-09-21T14:13:20Z")),
            ("21/09/2026", Some("2026-09-21T16:59:59Z")),
            ("mai", None),
            ("99999999999999999", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(moment(written), expected.map(|m| m.parse().unwrap()), "{written}");
        }
    }
}
