//! A hotline: its number, the provider whose shape its events have, the telephones behind it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whose shape call events have. [hotline.md §3]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Zammad's generic CTI, JSON or a form.
    #[default]
    Zammad,
    /// Call events of a Stringee project.
    Stringee,
    /// OMICall: call webhook and call record.
    Omicall,
    /// VoiceCloud and its like: GET with everything in the query.
    Voicecloud,
    /// The webhook module beside 3CX.
    #[serde(rename = "3cx")]
    ThreeCx,
}

/// How an exchange writes the numbers of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberForm {
    /// `84901234567`
    #[default]
    International,
    /// `0901234567`
    National,
    /// `+84901234567`
    Plus,
}

impl NumberForm {
    /// Short codes, extensions and hidden numbers are the same in every form.
    pub(super) fn write(self, number: &str) -> String {
        match (self, number.strip_prefix("84")) {
            (Self::National, Some(rest)) if rest.len() >= 8 => format!("0{rest}"),
            (Self::Plus, Some(rest)) if rest.len() >= 8 => format!("+84{rest}"),
            _ => number.to_owned(),
        }
    }
}

/// A telephone behind the hotline and who sits at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// `101`
    pub number: String,
    /// As the exchange knows the officer.
    pub user: String,
}

/// A hotline.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hotline {
    /// `1022`
    pub number: String,
    /// Whose shape the events have.
    #[serde(default)]
    pub provider: Provider,
    /// Where they are posted; VoiceCloud's paths are added to it. Its secret is part of it: nobody signs anything.
    #[serde(default, skip_serializing)]
    pub webhook: Option<String>,
    /// What must stand in `Authorization: Bearer`, `X-Api-Key` or `X-STRINGEE-AUTH` of an order; empty: nothing.
    #[serde(default, skip_serializing)]
    pub key: String,
    /// Telephones, in the order in which they ring.
    #[serde(default)]
    pub extensions: Vec<Extension>,
    /// The name of the queue, or its number.
    #[serde(default)]
    pub queue: String,
    /// How numbers of people are written.
    #[serde(default)]
    pub numbers: NumberForm,
    /// Zammad: as a form instead of JSON.
    #[serde(default)]
    pub form: bool,
    /// Answered calls are recorded.
    #[serde(default = "yes")]
    pub records: bool,
    /// A recording answers 404 for so many seconds of the clock after the call.
    #[serde(default = "recording_after")]
    pub recording_after_seconds: u32,
}

fn yes() -> bool {
    true
}

fn recording_after() -> u32 {
    3
}

impl Hotline {
    /// A hotline with two telephones, whose calls are recorded.
    pub fn new(number: &str, provider: Provider) -> Self {
        let extension = |number: &str, user: &str| Extension { number: number.into(), user: user.into() };
        Self {
            number: number.to_owned(),
            provider,
            webhook: None,
            key: String::new(),
            extensions: vec![extension("101", "Trần Thị B"), extension("102", "Lê Văn C")],
            queue: if provider == Provider::Zammad { "hotro".into() } else { "800".into() },
            numbers: if provider == Provider::Voicecloud { NumberForm::National } else { NumberForm::International },
            form: false,
            records: yes(),
            recording_after_seconds: recording_after(),
        }
    }

    /// The name of whoever sits there; the number itself when nobody is known.
    pub(super) fn user<'a>(&'a self, extension: &'a str) -> &'a str {
        self.extensions.iter().find(|known| known.number == extension).map_or(extension, |known| &known.user)
    }

    /// The first telephone.
    pub(super) fn first_extension(&self) -> &str {
        self.extensions.first().map_or("", |extension| &extension.number)
    }
}

impl fmt::Debug for Hotline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hotline({}, {:?})", self.number, self.provider)
    }
}
