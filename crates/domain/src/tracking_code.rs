//! The tracking code of a case: two digits of the year, seven (later eight) random digits, one
//! check digit by Damm, so that one wrong or two swapped neighbouring digits are caught.
//!
//! Stored `2640719235`, shown `26 4071 923 5`. The code is never a credential.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Serials are drawn from here: a tax code has 0 or 1 in the place of the first digit today.
pub const SERIALS: std::ops::RangeInclusive<u32> = 2_000_000..=9_999_999;
/// Above four million codes in a year, serials are drawn from here: one digit more.
pub const LONG_SERIALS: std::ops::RangeInclusive<u32> = 20_000_000..=99_999_999;
/// Number of codes in a year from which the long serials are used.
pub const LONG_FROM: u64 = 4_000_000;

/// Quasigroup of order 10 by H. Michael Damm (2004).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

fn damm(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |interim, digit| DAMM[usize::from(interim)][usize::from((digit - b'0') % 10)])
}

/// A code whose check digit is right.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrackingCode(String);

/// Why a text is no tracking code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrackingCodeError {
    #[error("a tracking code has digits only")]
    NotDigits,
    /// How many digits were typed instead of 10 (or 11).
    #[error("a tracking code has 10 digits, not {digits}")]
    Length { digits: usize },
    /// One digit is wrong or two are swapped.
    #[error("one of the digits is wrong")]
    CheckDigit,
    #[error("no such serial number")]
    Serial,
}

impl TrackingCode {
    /// The code for a local year (2026 → `26`) and a serial from [`SERIALS`] or [`LONG_SERIALS`].
    pub fn from_parts(year: i16, serial: u32) -> Result<Self, TrackingCodeError> {
        if !SERIALS.contains(&serial) && !LONG_SERIALS.contains(&serial) {
            return Err(TrackingCodeError::Serial);
        }
        let mut code = format!("{:02}{serial}", year.rem_euclid(100));
        code.push(char::from(b'0' + damm(code.as_bytes())));
        Ok(Self(code))
    }

    /// Digits only, as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people: `26 4071 923 5`.
    pub fn display(&self) -> String {
        let (year, rest) = self.0.split_at(2);
        let (serial, check) = rest.split_at(rest.len() - 1);
        let (front, back) = serial.split_at(4);
        format!("{year} {front} {back} {check}")
    }

    /// Every well-formed code in a running text, each once, in order. Digits may be parted by
    /// single spaces, dots or dashes; a longer number is not searched for codes inside it.
    pub fn find_in(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let chars: Vec<char> = text.chars().collect();
        let mut start = 0;
        while start < chars.len() {
            if digit(chars[start]).is_none() || touches_word(&chars, start) {
                start += 1;
                continue;
            }
            let (groups, end) = groups_from(&chars, start);
            codes_of(&groups, &mut found);
            start = end;
        }
        found
    }
}

/// A digit directly after a letter belongs to that word ("A26…"), unless the word is the prefix.
fn touches_word(chars: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|index| chars[index]) else {
        return false;
    };
    if !before.is_alphanumeric() {
        return false;
    }
    let word: String = chars[..at].iter().rev().take_while(|c| c.is_alphanumeric()).flat_map(|c| c.to_uppercase()).collect();
    !matches!(word.as_str(), "TD" | "TĐ")
}

/// The run of digit groups that starts here, joined by single separators, and where it ends.
fn groups_from(chars: &[char], start: usize) -> (Vec<String>, usize) {
    let mut groups = vec![String::new()];
    let mut at = start;
    while at < chars.len() {
        if let Some(d) = digit(chars[at]) {
            if let Some(group) = groups.last_mut() {
                group.push(d);
            }
        } else if separator(chars[at]) && chars.get(at + 1).copied().and_then(digit).is_some() {
            groups.push(String::new());
        } else {
            break;
        }
        at += 1;
    }
    // "2640719235abc" is a word, not a code.
    if chars.get(at).is_some_and(|c| c.is_alphanumeric()) {
        groups.pop();
    }
    (groups, at)
}

/// Joins neighbouring groups to 10 or 11 digits and keeps those whose check digit is right.
fn codes_of(groups: &[String], found: &mut Vec<TrackingCode>) {
    let mut first = 0;
    while first < groups.len() {
        let mut joined = String::new();
        let mut next = first + 1;
        for (index, group) in groups.iter().enumerate().skip(first) {
            joined.push_str(group);
            if joined.len() > 11 {
                break;
            }
            if let Ok(code) = joined.parse::<TrackingCode>() {
                if !found.contains(&code) {
                    found.push(code);
                }
                next = index + 1;
                break;
            }
        }
        first = next;
    }
}

/// The ASCII digit of a digit, also a full-width one.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

fn separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '.' | '-' | '_' | '·' | '．' | '－' | '−' | '\u{2010}'..='\u{2015}' | '\u{200b}' | '\u{feff}' | '\u{2060}')
}

impl FromStr for TrackingCode {
    type Err = TrackingCodeError;

    /// Accepts any spaces, dots and dashes (also no-break and full-width ones), full-width
    /// digits and an optional `DT` or `ĐT` prefix.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest: Vec<char> = text.chars().filter(|c| !separator(*c)).collect();
        let prefixed = matches!(rest.as_slice(), [d, t, ..]
            if matches!(d, 'D' | 'd' | 'Đ' | 'đ' | 'Ｄ' | 'ｄ') && matches!(t, 'T' | 't' | 'Ｔ' | 'ｔ'));
        if prefixed {
            rest.drain(..2);
            if matches!(rest.first(), Some(':' | '#')) {
                rest.remove(0);
            }
        }
        let digits: String = rest.into_iter().map(digit).collect::<Option<_>>().ok_or(TrackingCodeError::NotDigits)?;
        if !matches!(digits.len(), 10 | 11) {
            return Err(TrackingCodeError::Length { digits: digits.len() });
        }
        if damm(digits.as_bytes()) != 0 {
            return Err(TrackingCodeError::CheckDigit);
        }
        if matches!(digits.as_bytes()[2], b'0' | b'1') {
            return Err(TrackingCodeError::Serial);
        }
        Ok(Self(digits))
    }
}

impl TryFrom<String> for TrackingCode {
    type Error = TrackingCodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TrackingCode> for String {
    fn from(code: TrackingCode) -> Self {
        code.0
    }
}

impl fmt::Display for TrackingCode {
    /// The stored form; [`TrackingCode::display`] is the one for people.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}
