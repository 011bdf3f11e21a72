//! Tax codes (mã số thuế): 10 digits for enterprises, 13 for dependent units, and since
//! 1 July 2025 the 12-digit personal ID for people and business households (Circular 86/2024).
//!
//! Wrong length or characters is an error; a wrong check digit is only a warning, because old
//! and foreign-contractor codes exist that do not follow it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

codes! {
    /// What a tax code names.
    pub enum TaxCodeKind {
        Enterprise = "enterprise",
        /// A dependent unit: the enterprise's code and three digits.
        Branch = "branch",
        /// A person or business household: personal data, always masked, never in a URL.
        PersonalId = "personal_id",
    }
}

/// A tax code of a right shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxCode {
    digits: String,
}

/// Why a text is no tax code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TaxCodeError {
    #[error("a tax code has digits only")]
    NotDigits,
    #[error("a tax code has 10, 12 or 13 digits, not {digits}")]
    Length { digits: usize },
    /// The three digits of a dependent unit are 001 to 999.
    #[error("a branch number is never 000")]
    Suffix,
    /// The seven digits after the province are not all 0.
    #[error("a serial number is never 0000000")]
    Serial,
}

codes! {
    /// What the check digit says. `Wrong` is shown as a warning that can be passed.
    pub enum CheckDigit {
        Right = "right",
        Wrong = "wrong",
        /// A personal ID has none.
        None = "none",
    }
}

const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];

impl TaxCode {
    pub fn kind(&self) -> TaxCodeKind {
        match self.digits.len() {
            10 => TaxCodeKind::Enterprise,
            13 => TaxCodeKind::Branch,
            _ => TaxCodeKind::PersonalId,
        }
    }

    /// Digits only.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The code of the enterprise itself: for a branch the first ten digits.
    pub fn enterprise(&self) -> Option<&str> {
        (self.kind() != TaxCodeKind::PersonalId).then(|| &self.digits[..10])
    }

    /// Check digit = 10 − (weighted sum mod 11); remainder 0 has no right digit, remainder 10
    /// has the digit 0.
    pub fn check(&self) -> CheckDigit {
        if self.kind() == TaxCodeKind::PersonalId {
            return CheckDigit::None;
        }
        let digits = self.digits.bytes().map(|byte| u32::from(byte - b'0'));
        let sum: u32 = WEIGHTS.iter().zip(digits).map(|(weight, digit)| weight * digit).sum();
        let expected = 10 - sum % 11;
        if expected == u32::from(self.digits.as_bytes()[9] - b'0') { CheckDigit::Right } else { CheckDigit::Wrong }
    }

    /// Whether the code may be shown and exported as it is.
    pub fn is_personal(&self) -> bool {
        self.kind() == TaxCodeKind::PersonalId
    }

    /// For people who may not see a personal ID: `079•••••••34`. Codes of enterprises are public.
    pub fn masked(&self) -> String {
        if self.is_personal() { format!("{}•••••••{}", &self.digits[..3], &self.digits[10..]) } else { self.to_string() }
    }
}

impl FromStr for TaxCode {
    type Err = TaxCodeError;

    /// Strips spaces, dots and dashes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '\u{2010}'..='\u{2015}')).collect();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TaxCodeError::NotDigits);
        }
        if !matches!(digits.len(), 10 | 12 | 13) {
            return Err(TaxCodeError::Length { digits: digits.len() });
        }
        if digits.len() != 12 && &digits[2..9] == "0000000" {
            return Err(TaxCodeError::Serial);
        }
        if digits.len() == 13 && &digits[10..] == "000" {
            return Err(TaxCodeError::Suffix);
        }
        Ok(Self { digits })
    }
}

impl TryFrom<String> for TaxCode {
    type Error = TaxCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TaxCode> for String {
    fn from(code: TaxCode) -> Self {
        code.digits
    }
}

impl fmt::Display for TaxCode {
    /// As written: `0314409058-002` for a branch.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            TaxCodeKind::Branch => write!(out, "{}-{}", &self.digits[..10], &self.digits[10..]),
            _ => out.write_str(&self.digits),
        }
    }
}
