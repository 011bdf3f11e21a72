//! Somebody was faster: what they did and wrote, beside what was typed here. Nothing is saved and nothing is lost.

use askama::Template;
use askama::filters::HtmlSafe;
use service::City;
use service::read_case::{AnswerRow, CaseView, EventRow};
use uuid::Uuid;
use words::Tongue;

use super::timeline;
use crate::parts::{self, Icon};

/// One act of somebody else with the words that belong to it.
struct Theirs {
    event: parts::Event,
    texts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "console/conflict.html")]
pub struct Conflict {
    tongue: Tongue,
    theirs: Vec<Theirs>,
    ours: Vec<String>,
}

impl HtmlSafe for Conflict {}

impl Conflict {
    /// `seen` is the last event that stood on the page before, `ours` what was typed on it.
    pub fn of(city: &City, tongue: Tongue, view: &CaseView, seen: i64, ours: Vec<String>) -> Conflict {
        let later = view.events.iter().filter(|event| event.seq > seen);
        let theirs = later.map(|event| Theirs { event: timeline::happened(city, tongue, view, event), texts: texts(tongue, view, event) });
        Conflict { tongue, theirs: theirs.collect(), ours }
    }
}

/// The words of an event as far as this reader may see them, each with its name. Reasons stand in the event's own line.
fn texts(tongue: Tongue, view: &CaseView, event: &EventRow) -> Vec<(String, String)> {
    let of = |name: &str| event.body.0.get(name).and_then(|id| id.as_str()).and_then(|id| id.parse::<Uuid>().ok());
    let mut texts: Vec<(String, String)> = Vec::new();
    if let Some(answer) = of("answer").and_then(|id| view.answers.iter().find(|answer| answer.id == id)) {
        texts.extend(parts_of(tongue, view, answer));
    }
    if let Some(note) = of("note").and_then(|id| view.notes.iter().find(|note| note.id == id)) {
        texts.push((String::new(), note.text.clone()));
    }
    if let Some(message) = of("message").and_then(|id| view.messages.iter().find(|message| message.id == id)) {
        texts.push((String::new(), message.text.clone()));
    }
    if let Some(file) = of("file").and_then(|id| view.enclosed.iter().find(|file| file.id == id)) {
        texts.push((String::new(), file.name.clone()));
    }
    let private = |name: &str| event.personal.as_ref().and_then(|values| values.0.get(name)).and_then(|text| text.as_str());
    texts.extend(["question", "text", "to"].into_iter().filter_map(private).map(|text| (String::new(), text.to_owned())));
    texts.retain(|(_, text)| !text.trim().is_empty());
    texts
}

/// An answer that has not gone out is read by those who write or approve it.
fn parts_of(tongue: Tongue, view: &CaseView, answer: &AnswerRow) -> Vec<(String, String)> {
    if answer.message_id.is_none() && !view.may_answer && !view.offers("approve") {
        return Vec::new();
    }
    let parts = [
        ("answer-checked", &answer.checked),
        ("answer-basis", &answer.legal_basis),
        ("answer-next", &answer.next_steps),
        ("answer-contact", &answer.contact_line),
    ];
    parts.into_iter().map(|(name, text)| (tongue.t(name).into_owned(), text.clone())).collect()
}
