//! A shape of call events as data: one file of `reference/cti` each; the README there says what its parts mean.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Fault;
use super::event::{CallEvent, CallKind, Direction};
use super::fields::Fields;
use super::moment::{moment, seconds};
use super::number::number;

/// The shapes that are shipped, as they are called, each with its text.
const SHIPPED: [(&str, &str); 5] = [
    ("zammad", include_str!("../../../../reference/cti/zammad.toml")),
    ("stringee", include_str!("../../../../reference/cti/stringee.toml")),
    ("omicall", include_str!("../../../../reference/cti/omicall.toml")),
    ("voicecloud", include_str!("../../../../reference/cti/voicecloud.toml")),
    ("3cx", include_str!("../../../../reference/cti/3cx.toml")),
];

/// Names of the shapes that are shipped.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// Longest text of a mapping in octets.
const LENGTH: usize = 20_000;

/// Longest call id in octets (Zammad's are up to 250).
const CALL_ID: usize = 250;

/// Longest other text that is kept, in characters.
const TEXT: usize = 200;

/// How the events of one exchange are read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What people call it.
    pub title: String,
    kinds: Vec<KindRule>,
    #[serde(default)]
    directions: Vec<DirectionRule>,
    fields: Sources,
    #[serde(default)]
    causes: BTreeMap<String, String>,
    #[serde(default)]
    absent: Vec<String>,
    #[serde(default)]
    leg_mark: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindRule {
    kind: CallKind,
    #[serde(default)]
    leg: bool,
    when: When,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectionRule {
    direction: Direction,
    when: When,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sources {
    call_id: Vec<Source>,
    from: Vec<Source>,
    to: Vec<Source>,
    answering: Vec<Source>,
    extension: Vec<Source>,
    queue: Vec<Source>,
    agent: Vec<Source>,
    cause: Vec<Source>,
    duration: Vec<Source>,
    talk: Vec<Source>,
    time: Vec<Source>,
    recording: Vec<Source>,
    voicemail: Vec<Source>,
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Source {
    Path(String),
    Only { path: String, when: When },
}

/// Values that paths must have; all of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct When(BTreeMap<String, Wanted>);

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Wanted {
    One(String),
    Any(Vec<String>),
}

/// What is wrong with the text of a mapping, with the line where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadMapping(pub String);

impl Mapping {
    /// Reads a shape as the files of `reference/cti` have it.
    ///
    /// # Errors
    /// [`BadMapping`] when it is no such table, names no call id, or tells no kinds apart.
    pub fn read(text: &str) -> Result<Self, BadMapping> {
        if text.len() > LENGTH {
            return Err(BadMapping(format!("it is longer than {LENGTH} octets")));
        }
        let mapping: Mapping = toml::from_str(text).map_err(|error| BadMapping(error.to_string()))?;
        if mapping.kinds.is_empty() || mapping.fields.call_id.is_empty() {
            return Err(BadMapping("kinds and fields.call_id are needed".into()));
        }
        Ok(mapping)
    }

    pub(super) fn event(&self, fields: &Fields) -> Result<CallEvent, Fault> {
        let rule = self.kinds.iter().find(|rule| rule.when.holds(fields)).ok_or_else(|| self.unknown(fields))?;
        let direction = self.directions.iter().find(|rule| rule.when.holds(fields)).map(|rule| rule.direction).unwrap_or_default();
        let from = &self.fields;
        let call_id = self.value(fields, &from.call_id).filter(|id| id.len() <= CALL_ID);
        let call_id =
            call_id.ok_or_else(|| Fault::NoCallId { looked: from.call_id.iter().map(|source| source.path().to_owned()).collect() })?;
        let text = |sources: &[Source]| self.value(fields, sources).map(|value| value.chars().take(TEXT).collect::<String>());
        let telephone = |sources: &[Source]| self.value(fields, sources).and_then(number);
        let span = |sources: &[Source]| self.value(fields, sources).and_then(seconds);
        let call_octets =
            self.leg_mark.as_deref().filter(|mark| !mark.is_empty()).and_then(|mark| call_id.rfind(mark)).filter(|at| *at > 0);
        Ok(CallEvent {
            kind: rule.kind,
            leg: rule.leg,
            direction,
            from: telephone(&from.from),
            to: telephone(&from.to),
            answering: telephone(&from.answering),
            extension: text(&from.extension),
            queue: text(&from.queue),
            agent: self.values(fields, &from.agent),
            cause: text(&from.cause).map(|cause| self.cause(cause)),
            duration_s: span(&from.duration),
            talk_s: span(&from.talk),
            timestamp_ms: self.value(fields, &from.time).and_then(moment),
            recording_url: self.value(fields, &from.recording).filter(|url| is_address(url)).map(str::to_owned),
            voicemail: self.value(fields, &from.voicemail).is_some_and(|said| matches!(said, "true" | "1")),
            call_octets,
            call_id: call_id.to_owned(),
        })
    }

    fn value<'f>(&self, fields: &'f Fields, sources: &[Source]) -> Option<&'f str> {
        let present = |value: &&str| !self.absent.iter().any(|absent| absent.eq_ignore_ascii_case(value));
        sources.iter().filter(|source| source.applies(fields)).find_map(|source| fields.get(source.path()).filter(present))
    }

    /// Every text of a list, one after the other.
    fn values(&self, fields: &Fields, sources: &[Source]) -> Option<String> {
        let source = sources.iter().find(|source| source.applies(fields) && fields.get(source.path()).is_some())?;
        let all: Vec<&str> = fields.all(source.path()).collect();
        Some(all.join(", ").chars().take(TEXT).collect())
    }

    fn cause(&self, said: String) -> String {
        let head = said.split(' ').next().unwrap_or_default();
        let of = |word: &str| self.causes.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, cause)| cause.clone());
        of(&said).or_else(|| of(head)).unwrap_or(said)
    }

    /// What stands at the paths by which kinds are told apart.
    fn unknown(&self, fields: &Fields) -> Fault {
        let mut said: Vec<String> = Vec::new();
        for path in self.kinds.iter().flat_map(|rule| rule.when.0.keys()) {
            let value = fields.get(path).unwrap_or("-");
            let line = format!("{path}: {}", value.chars().take(40).collect::<String>());
            if !said.contains(&line) && said.len() < 8 {
                said.push(line);
            }
        }
        Fault::UnknownEvent { said }
    }
}

impl Source {
    fn path(&self) -> &str {
        match self {
            Source::Path(path) | Source::Only { path, .. } => path,
        }
    }

    fn applies(&self, fields: &Fields) -> bool {
        match self {
            Source::Path(_) => true,
            Source::Only { when, .. } => when.holds(fields),
        }
    }
}

impl When {
    fn holds(&self, fields: &Fields) -> bool {
        self.0.iter().all(|(path, wanted)| fields.get(path).is_some_and(|value| wanted.takes(value)))
    }
}

impl Wanted {
    fn takes(&self, value: &str) -> bool {
        let is = |wanted: &String| wanted == "*" || wanted.eq_ignore_ascii_case(value);
        match self {
            Wanted::One(wanted) => is(wanted),
            Wanted::Any(wanted) => wanted.iter().any(is),
        }
    }
}

fn is_address(text: &str) -> bool {
    text.len() <= 2048 && (text.starts_with("https://") || text.starts_with("http://"))
}

/// A shape as it is shipped; none of another name.
pub fn shipped(name: &str) -> Option<&'static Mapping> {
    static ALL: LazyLock<Vec<(&str, Mapping)>> =
        LazyLock::new(|| SHIPPED.iter().filter_map(|(name, text)| Some((*name, Mapping::read(text).ok()?))).collect());
    ALL.iter().find(|(known, _)| *known == name).map(|(_, mapping)| mapping)
}

/// Its text, for whoever wants to edit it.
pub fn shipped_text(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
