//! What the forms of a case send. One set of fields for all of them: a form sends those it has, and what was typed goes
//! back into the form when it could not be done.

use std::collections::BTreeSet;

use axum::extract::{FromRequest, Request};
use axum_extra::extract::{Form, FormRejection};
use domain::track::{Track, Urgency};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use service::Problem;
use service::act::Routing;
use service::answer::Parts;
use uuid::Uuid;

use crate::portal::files::Sent;
use crate::portal::prose;

/// Everything that may be typed about a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The version of the case that was on the screen, and its last event.
    pub version: i64,
    pub seen: i64,
    /// The list to go back to.
    pub q: String,
    pub track: String,
    pub field: String,
    pub urgency: String,
    pub lead: String,
    pub co: Vec<String>,
    pub title: String,
    pub why: String,
    pub reason: String,
    pub proposed: String,
    pub question: String,
    pub until: String,
    pub ground: String,
    pub text: String,
    pub second_login: String,
    pub second: String,
    pub guide: String,
    pub officer: String,
    pub checked: String,
    pub legal_basis: String,
    pub next_steps: String,
    pub contact_line: String,
    pub note: String,
    pub publication: String,
    pub receivers: Vec<String>,
    /// A message of ours; that it may arrive twice; whether it arrived.
    pub message: String,
    pub twice: String,
    pub arrived: String,
    /// Words under a comment, and the comment.
    pub public: String,
    pub comment: String,
}

type Read<T> = std::result::Result<T, service::Error>;

impl<S: Send + Sync> FromRequest<S> for Asked {
    type Rejection = FormRejection;

    /// Words as officers typed them, without the control characters that no page shows and PostgreSQL does not store.
    async fn from_request(request: Request, state: &S) -> std::result::Result<Self, FormRejection> {
        let Form(mut asked) = Form::<Asked>::from_request(request, state).await?;
        for words in asked.words() {
            *words = prose(words);
        }
        Ok(asked)
    }
}

impl Asked {
    pub fn routing(&self) -> Read<Routing> {
        Ok(Routing {
            track: self.track()?,
            field: self.field.clone(),
            urgency: self.urgency()?,
            lead: id(&self.lead, "lead")?,
            co: self.co.iter().filter(|co| !co.is_empty()).map(|co| id(co, "co")).collect::<Read<_>>()?,
            why: self.why.clone(),
            title: self.title.clone(),
        })
    }

    pub fn track(&self) -> Read<Track> {
        self.track.parse().map_err(|_| Problem::new("track", "missing").into())
    }

    pub fn urgency(&self) -> Read<Urgency> {
        self.urgency.parse().map_err(|_| Problem::new("urgency", "missing").into())
    }

    /// The last moment of the day that was chosen.
    pub fn until(&self) -> Read<Timestamp> {
        let day: Date = self.until.parse().map_err(|_| Problem::new("until", "date"))?;
        Ok(domain::time::last_moment_of(day))
    }

    pub fn officer(&self) -> Read<Uuid> {
        id(&self.officer, "officer")
    }

    pub fn proposed(&self) -> Read<Option<Uuid>> {
        if self.proposed.is_empty() { Ok(None) } else { id(&self.proposed, "proposed").map(Some) }
    }

    pub fn publication(&self) -> Read<Uuid> {
        id(&self.publication, "publication")
    }

    pub fn message(&self) -> Read<Uuid> {
        id(&self.message, "message")
    }

    /// The comment that was chosen; none is the newest.
    pub fn comment(&self) -> Read<Option<Uuid>> {
        if self.comment.is_empty() { Ok(None) } else { id(&self.comment, "comment").map(Some) }
    }

    pub fn parts(&self) -> Parts {
        Parts {
            checked: self.checked.clone(),
            legal_basis: self.legal_basis.clone(),
            next_steps: self.next_steps.clone(),
            contact_line: self.contact_line.clone(),
        }
    }

    /// What the form of an answer sends beside its files.
    pub fn of_reply(sent: &Sent) -> Asked {
        let text = |name: &str| prose(sent.get(name));
        Asked {
            version: sent.get("version").parse().unwrap_or_default(),
            seen: sent.get("seen").parse().unwrap_or_default(),
            q: sent.get("q").to_owned(),
            reason: text("reason"),
            checked: text("checked"),
            legal_basis: text("legal_basis"),
            next_steps: text("next_steps"),
            contact_line: text("contact_line"),
            ..Asked::default()
        }
    }

    /// Every field that takes free words.
    fn words(&mut self) -> [&mut String; 11] {
        [
            &mut self.title,
            &mut self.why,
            &mut self.reason,
            &mut self.question,
            &mut self.text,
            &mut self.checked,
            &mut self.legal_basis,
            &mut self.next_steps,
            &mut self.contact_line,
            &mut self.note,
            &mut self.field,
        ]
    }

    /// The texts that were typed, to be kept in sight when the form itself is gone.
    pub fn texts(&self) -> Vec<&str> {
        let texts = [
            &self.checked,
            &self.legal_basis,
            &self.next_steps,
            &self.contact_line,
            &self.question,
            &self.reason,
            &self.text,
            &self.why,
            &self.note,
            &self.public,
        ];
        texts.into_iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect()
    }

    /// Whom to name for a sealed case, each of them known to the page.
    pub fn receivers(&self, known: &[(Uuid, String)]) -> Read<BTreeSet<Uuid>> {
        let one = |text: &String| id(text, "receivers").ok().filter(|id| known.iter().any(|(of, _)| of == id));
        let chosen = self.receivers.iter().map(|text| one(text).ok_or_else(|| Problem::new("receivers", "unknown").into()));
        chosen.collect()
    }

    pub fn has_receiver(&self, id: &str) -> bool {
        self.receivers.iter().any(|receiver| receiver == id)
    }

    pub fn has_co(&self, id: &str) -> bool {
        self.co.iter().any(|co| co == id)
    }
}

fn id(text: &str, field: &'static str) -> Read<Uuid> {
    text.parse().map_err(|_| Problem::new(field, "missing").into())
}
