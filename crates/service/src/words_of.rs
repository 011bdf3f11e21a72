//! Values for message texts: names and dates as people read them.

use jiff::Timestamp;
use uuid::Uuid;
use words::{Lang, Tongue};

use crate::reference::Reference;

/// The words of a contact's language.
pub fn tongue(language: &str) -> Tongue {
    Tongue(Lang::parse(language).unwrap_or_default())
}

/// An agency and a moment, under the names that a text uses for them.
pub fn agency_and_date<'a>(
    reference: &Reference,
    agency_key: &'a str,
    agency: Uuid,
    date_key: &'a str,
    at: Option<Timestamp>,
    language: &str,
) -> Vec<(&'a str, String)> {
    let date = at.map_or_else(|| "—".to_owned(), |at| moment(at, language));
    vec![(agency_key, reference.name(agency).to_owned()), (date_key, date)]
}

/// A date with its weekday: "thứ Tư, 25/02/2026".
pub fn day(at: Timestamp, language: &str) -> String {
    tongue(language).day_year(domain::time::local_date(at))
}

/// A date with its hour when the hour matters, else the day alone (days end at 24:00).
pub fn moment(at: Timestamp, language: &str) -> String {
    let local = domain::time::local(at);
    if local.time() >= jiff::civil::time(23, 59, 0, 0) { day(at, language) } else { tongue(language).moment(at) }
}
