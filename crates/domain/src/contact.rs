//! Where a person can be written to: a Vietnamese phone number or an e-mail address, in one
//! normal form so that the same contact compares equal however it was typed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A contact in its normal form. Serialised as `phone:+84…` or `email:…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ContactPoint {
    Phone(Phone),
    Email(Email),
}

/// A Vietnamese number, kept as `+84` and nine (mobile) or ten (fixed) digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(String);

/// An address with an ASCII lower-case domain. The local part is lower-cased too: mail boxes
/// that tell `An@` from `an@` are not met in practice, people who type both are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// What is wrong with a typed contact, so that a page can say it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    #[error("nothing was typed")]
    Empty,
    /// Mobile numbers have 10 digits.
    #[error("a mobile number has 10 digits, not {digits}")]
    MobileLength { digits: usize },
    /// Fixed lines have 11 digits (02…).
    #[error("a fixed-line number has 11 digits, not {digits}")]
    FixedLength { digits: usize },
    /// Neither a mobile (03, 05, 07, 08, 09) nor a fixed (02) prefix.
    #[error("no Vietnamese number begins like this")]
    Prefix,
    #[error("a phone number has digits only")]
    NotDigits,
    /// `digits` were typed of a number that does not begin with 0 or +84.
    #[error("a number begins with 0 or +84")]
    NoLeadingZero,
    #[error("there is no @ in the address")]
    NoAt,
    #[error("there is more than one @ in the address")]
    ManyAt,
    #[error("there is nothing before the @")]
    NoLocalPart,
    #[error("what follows the @ is no domain")]
    Domain,
    #[error("there is a blank or a control character in the address")]
    Blank,
    #[error("the address is too long")]
    TooLong,
}

impl Phone {
    /// Parses `0901 234 567`, `+84 901-234-567`, `84901234567`, `(028) 3822 1234`.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let compact: String =
            text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}')).collect();
        if compact.is_empty() {
            return Err(ContactError::Empty);
        }
        let (plus, digits) = match compact.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, compact.as_str()),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ContactError::NotDigits);
        }
        let national = if plus || (digits.starts_with("84") && digits.len() >= 11) {
            let rest = digits.strip_prefix("84").ok_or(ContactError::Prefix)?;
            // "+84 (0)901…" is written with the trunk zero too.
            rest.strip_prefix('0').unwrap_or(rest)
        } else if let Some(rest) = digits.strip_prefix("0084") {
            rest
        } else {
            digits.strip_prefix('0').ok_or(ContactError::NoLeadingZero)?
        };
        let typed = national.len() + 1;
        match national.as_bytes().first() {
            Some(b'3' | b'5' | b'7' | b'8' | b'9') if national.len() == 9 => {}
            Some(b'3' | b'5' | b'7' | b'8' | b'9') => {
                return Err(ContactError::MobileLength { digits: typed });
            }
            Some(b'2') if national.len() == 10 => {}
            Some(b'2') => return Err(ContactError::FixedLength { digits: typed }),
            _ => return Err(ContactError::Prefix),
        }
        Ok(Self(format!("+84{national}")))
    }

    /// International form, `+84901234567`.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// As dialled at home, `0901234567`.
    pub fn national(&self) -> String {
        format!("0{}", &self.0[3..])
    }

    /// Whether it can receive SMS.
    pub fn is_mobile(&self) -> bool {
        !self.0[3..].starts_with('2')
    }

    /// `09•• ••• 218`; a fixed line `02•• •••• 218`.
    pub fn masked(&self) -> String {
        let national = self.national();
        let middle = if self.is_mobile() { "•• •••" } else { "•• ••••" };
        format!("{}{middle} {}", &national[..2], &national[national.len() - 3..])
    }

    /// For people, in groups: `0901 234 567`.
    pub fn display(&self) -> String {
        let national = self.national();
        if self.is_mobile() {
            format!("{} {} {}", &national[..4], &national[4..7], &national[7..])
        } else {
            format!("{} {} {}", &national[..3], &national[3..7], &national[7..])
        }
    }
}

impl Email {
    /// Parses one bare address. Internationalised local parts are accepted; the domain must
    /// have a dot and no empty label.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        let text = text.strip_prefix("mailto:").unwrap_or(text);
        if text.is_empty() {
            return Err(ContactError::Empty);
        }
        if text.len() > 254 {
            return Err(ContactError::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(ContactError::Blank);
        }
        let (local, host) = text.split_once('@').ok_or(ContactError::NoAt)?;
        if host.contains('@') {
            return Err(ContactError::ManyAt);
        }
        if local.is_empty() {
            return Err(ContactError::NoLocalPart);
        }
        if local.len() > 64 {
            return Err(ContactError::TooLong);
        }
        if local.chars().any(|c| matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')' | '\\')) {
            return Err(ContactError::NoLocalPart);
        }
        let label_fits = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        if !host.contains('.') || !host.split('.').all(label_fits) {
            return Err(ContactError::Domain);
        }
        Ok(Self(format!("{}@{}", local.to_lowercase(), host.to_lowercase())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `a•••@x.vn`: the first letter and the domain.
    pub fn masked(&self) -> String {
        let (local, host) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let first: String = local.chars().take(1).collect();
        format!("{first}•••@{host}")
    }
}

impl ContactPoint {
    /// Reads what a person typed: with an @ it is an address, else a number.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ContactError::Empty);
        }
        if text.contains('@') {
            return Email::parse(text).map(Self::Email);
        }
        let looks_like_number = text.chars().filter(char::is_ascii_digit).count() * 2 >= text.chars().count();
        if looks_like_number { Phone::parse(text).map(Self::Phone) } else { Err(ContactError::NoAt) }
    }

    /// For everybody who was not allowed to unmask it.
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => phone.masked(),
            Self::Email(email) => email.masked(),
        }
    }

    /// The normal form without its kind: `+84…` or the address.
    pub fn value(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.e164(),
            Self::Email(email) => email.as_str(),
        }
    }
}

impl FromStr for ContactPoint {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ContactPoint {
    type Error = ContactError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.split_once(':') {
            Some(("phone", number)) => Phone::parse(number).map(Self::Phone),
            Some(("email", address)) => Email::parse(address).map(Self::Email),
            _ => Self::parse(&text),
        }
    }
}

impl From<ContactPoint> for String {
    fn from(contact: ContactPoint) -> Self {
        contact.to_string()
    }
}

impl fmt::Display for ContactPoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(phone) => write!(out, "phone:{}", phone.0),
            Self::Email(email) => write!(out, "email:{}", email.0),
        }
    }
}
