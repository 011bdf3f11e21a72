//! What an exchange tells about a call, before it has a shape.

use super::call::Call;
use super::hotline::Hotline;

/// Something that happened to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// The exchange has it.
    New,
    /// The telephone of this extension rings; the queue, when none is named.
    Ringing(Option<String>),
    Answered,
    /// This extension has passed the call on.
    AgentEnded(String),
    Ended,
    /// The record that follows when all is over.
    Record,
}

impl Event {
    /// For the journal.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "call new",
            Self::Ringing(_) => "call ringing",
            Self::Answered => "call answered",
            Self::AgentEnded(_) => "call passed on",
            Self::Ended => "call ended",
            Self::Record => "call record",
        }
    }
}

/// All that a shape may tell.
pub(super) struct Told<'a> {
    pub event: &'a Event,
    pub call: &'a Call,
    pub hotline: &'a Hotline,
    /// Milliseconds since 1970.
    pub now_ms: i64,
    /// Where the recording can be fetched.
    pub recording: Option<String>,
}

impl Told<'_> {
    pub fn person(&self) -> String {
        if self.call.hidden { "anonymous".into() } else { self.hotline.numbers.write(&self.call.person) }
    }

    /// The telephone that is concerned.
    pub fn extension(&self) -> &str {
        match self.event {
            Event::Ringing(Some(extension)) | Event::AgentEnded(extension) => extension,
            _ => self.call.extension.as_deref().unwrap_or_default(),
        }
    }

    /// Caller and called.
    pub fn ends(&self) -> (String, String) {
        if self.call.outgoing { (self.hotline.number.clone(), self.person()) } else { (self.person(), self.hotline.number.clone()) }
    }

    pub fn was_answered(&self) -> bool {
        self.call.answered.is_some()
    }
}
