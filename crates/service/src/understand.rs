//! What the program makes of a text before a person looks: a title, a field, a track, who would answer, by when that is
//! confirmed. Only ever a proposal; slow enough to stay outside any transaction.

use domain::deadline::{Step, compute};
use domain::route::{Place, choose};
use domain::time::local_date;
use domain::track::{Track, Urgency};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::reference::Reference;

/// A proposal, kept with the case so that the operator confirms or corrects it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub title: String,
    /// Best first, at most three: field code and certainty in percent.
    pub fields: Vec<(String, u8)>,
    pub track: Track,
    pub lead: Uuid,
    pub co: Vec<Uuid>,
    /// Why this agency, for a dispute.
    pub why: String,
    /// When a person will have confirmed it.
    pub confirm_by: Option<Timestamp>,
    /// `complaint`, `denunciation`, `emergency`: signs only; a person decides.
    pub smells: Vec<String>,
}

/// What is known beside the text.
#[derive(Debug, Clone, Default)]
pub struct Hints<'a> {
    pub subject: &'a str,
    pub field: Option<&'a str>,
    pub ward: Option<&'a str>,
    pub household: bool,
}

/// Reads a text.
pub fn understand(reference: &Reference, text: &str, hints: &Hints<'_>, received_at: Timestamp, reception: Uuid) -> Proposal {
    // The first pages say what it is about; the rest of a long mail would only cost time.
    let text = truncate(text, 8_000);
    let mut fields: Vec<(String, u8)> = match hints.field {
        Some(field) => vec![(field.to_owned(), 100)],
        None => Vec::new(),
    };
    let read = if hints.subject.is_empty() { text.to_owned() } else { format!("{}\n{text}", hints.subject) };
    for suggestion in reference.suggester.suggest(&read) {
        if fields.len() < 3 && !fields.iter().any(|(known, _)| *known == suggestion.field) {
            // A score between 0 and 1.
            fields.push((suggestion.field, (suggestion.score * 100.0).clamp(0.0, 100.0).round() as u8));
        }
    }
    let track = reference.suggester.track(&read, fields.first().map(|(field, _)| field.as_str()));
    let track = track.and_then(|track| track.parse().ok()).unwrap_or(Track::Question);
    let today = local_date(received_at);
    let place = Place { ward: hints.ward, zone: None, business: hints.household.then_some(domain::route::BusinessKind::Household) };
    let chosen = choose(&reference.routes, &reference.agencies, fields.first().map(|(field, _)| field.as_str()), place, today);
    let (lead, co, why) = match chosen {
        Some(chosen) => (chosen.lead, chosen.co, chosen.why.to_string()),
        None => (reception, Vec::new(), String::new()),
    };
    let confirm_by = compute(&reference.book, track, Urgency::Normal, Some(reception), Step::Screen, received_at).map(|due| due.at);
    Proposal { title: title(hints.subject, text), fields, track, lead, co, why, confirm_by, smells: smells(&read) }
}

/// The signs of a complaint, a denunciation or an emergency in a text.
pub fn smells(text: &str) -> Vec<String> {
    language::smell::smell(text).into_iter().map(|smell| smell.kind.as_str().to_owned()).collect()
}

fn title(subject: &str, text: &str) -> String {
    let subject = subject.trim();
    let made = if subject.chars().count() > 8 { language::title::title(subject) } else { language::title::title(text) };
    if made.is_empty() { "Chưa có nội dung".to_owned() } else { made }
}

/// At most `limit` bytes, cut at a character.
pub fn truncate(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
