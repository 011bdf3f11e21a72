//! Attached files as they come in: judged by their content, named so that the name can do no harm, and freed of where and
//! with what they were made.
//!
//! The bytes as received are kept; what is shown and sent on is the copy made here. Nothing is decoded: pictures and films
//! are walked block by block, so neither a pixel flood nor a compressed bomb costs memory.

mod films;
mod kind;
mod names;
mod orientation;
mod pictures;
mod riff;
#[cfg(test)]
mod tests;

use crate::Problem;

pub use kind::Kind;
pub use names::clean as clean_name;

/// What is taken. Settings of the city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Files of one message.
    pub files: usize,
    /// Bytes of one file.
    pub bytes: usize,
    /// Pixels of the longer side of a picture.
    pub side: u32,
    /// Pixels of a picture in all.
    pub pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 10, bytes: 25 << 20, side: 30_000, pixels: 200_000_000 }
    }
}

/// A file that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    pub kind: Kind,
    /// Cleaned, with the extension of what the file is.
    pub name: String,
    pub mime: &'static str,
    /// The copy to show, without place and device; `None`: the original is fine. Of PDF and Office files, whose inside is
    /// not changed, it is always `None`.
    pub shown: Option<Vec<u8>>,
}

/// Why a file is not taken. `Problem` codes: see `From`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("empty")]
    Empty,
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// By content, whatever its name and the sender's word.
    #[error("type not allowed")]
    Type,
    #[error("too many pixels")]
    Picture,
    /// It begins like an allowed type and does not go on like one: what it carries cannot be removed.
    #[error("damaged")]
    Damaged,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Empty => Problem::new("files", "file_empty"),
            Refusal::TooLarge(bytes) => Problem::with("files", "file_too_large", bytes >> 20),
            Refusal::Type => Problem::new("files", "type_not_allowed"),
            Refusal::Picture => Problem::new("files", "picture_too_large"),
            Refusal::Damaged => Problem::new("files", "file_damaged"),
        }
    }
}

/// So many files in one message?
pub fn count(files: usize, limits: &Limits) -> Result<(), Problem> {
    if files > limits.files { Err(Problem::with("files", "too_many_files", limits.files)) } else { Ok(()) }
}

/// Judges one file. Pure; takes time in proportion to its length.
pub fn examine(name: &str, bytes: &[u8], limits: &Limits) -> Result<Examined, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.len() > limits.bytes {
        return Err(Refusal::TooLarge(limits.bytes));
    }
    let kind = Kind::of(bytes).ok_or(Refusal::Type)?;
    let cleaned = match kind {
        Kind::Jpeg => Some(pictures::jpeg(bytes, limits)?),
        Kind::Png => Some(pictures::png(bytes, limits)?),
        Kind::Gif => Some(pictures::gif(bytes, limits)?),
        Kind::Webp => Some(riff::webp(bytes, limits)?),
        Kind::Wav => Some(riff::wav(bytes)?),
        Kind::Mp4 | Kind::Mov | Kind::M4a => Some(films::without_metadata(bytes)?),
        Kind::Pdf | Kind::Docx | Kind::Xlsx | Kind::Pptx | Kind::Doc | Kind::Xls | Kind::Ppt => None,
    };
    let shown = cleaned.filter(|copy| copy != bytes);
    Ok(Examined { kind, name: names::clean(name, kind), mime: kind.mime(), shown })
}

/// Big-endian and little-endian numbers at a place that may not be there.
fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
