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

pub use kind::Kind;

/// What is taken. Settings of the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files of one message; counted by the caller.
    pub files: usize,
    /// Bytes of one file.
    pub bytes: usize,
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

/// A file that is not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Cleaned, with the sender's own extension.
    pub name: String,
    /// `file_empty`, `file_too_large` (with the megabytes allowed), `type_not_allowed`, `picture_too_large`, `file_damaged`.
    pub code: &'static str,
    pub number: Option<i64>,
}

/// Judges one file. Pure; takes time in proportion to its length.
pub fn examine(name: &str, bytes: &[u8], limits: &Limits) -> Result<Examined, Refused> {
    judge(name, bytes, limits).map_err(|reason| {
        let (code, number) = match reason {
            Reason::Empty => ("file_empty", None),
            Reason::TooLarge => ("file_too_large", i64::try_from(limits.bytes >> 20).ok()),
            Reason::Type => ("type_not_allowed", None),
            Reason::Picture => ("picture_too_large", None),
            Reason::Damaged => ("file_damaged", None),
        };
        Refused { name: names::safe(name), code, number }
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Empty,
    TooLarge,
    /// By content, whatever its name and the sender's word.
    Type,
    Picture,
    /// It begins like an allowed type and does not go on like one: what it carries cannot be removed.
    Damaged,
}

fn judge(name: &str, bytes: &[u8], limits: &Limits) -> Result<Examined, Reason> {
    if bytes.is_empty() {
        return Err(Reason::Empty);
    }
    if bytes.len() > limits.bytes {
        return Err(Reason::TooLarge);
    }
    let kind = Kind::of(bytes).ok_or(Reason::Type)?;
    let cleaned = match kind {
        Kind::Jpeg => Some(pictures::jpeg(bytes)?),
        Kind::Png => Some(pictures::png(bytes)?),
        Kind::Gif => Some(pictures::gif(bytes)?),
        Kind::Webp => Some(riff::webp(bytes)?),
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
