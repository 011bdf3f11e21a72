//! What a file is, by its content. Everything else (SVG, HTML, programs, archives, HEIC, …) is nothing we take.

use super::{be32, le16, le32};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Jpeg,
    Png,
    Webp,
    Gif,
    Pdf,
    Docx,
    Xlsx,
    Pptx,
    Doc,
    Xls,
    Ppt,
    Mp4,
    Mov,
    M4a,
    Wav,
}

impl Kind {
    pub fn mime(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Webp => "image/webp",
            Kind::Gif => "image/gif",
            Kind::Pdf => "application/pdf",
            Kind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Kind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Kind::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Kind::Doc => "application/msword",
            Kind::Xls => "application/vnd.ms-excel",
            Kind::Ppt => "application/vnd.ms-powerpoint",
            Kind::Mp4 => "video/mp4",
            Kind::Mov => "video/quicktime",
            Kind::M4a => "audio/mp4",
            Kind::Wav => "audio/wav",
        }
    }

    /// Spellings of the extension, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Kind::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Kind::Png => &["png"],
            Kind::Webp => &["webp"],
            Kind::Gif => &["gif"],
            Kind::Pdf => &["pdf"],
            Kind::Docx => &["docx"],
            Kind::Xlsx => &["xlsx"],
            Kind::Pptx => &["pptx"],
            Kind::Doc => &["doc"],
            Kind::Xls => &["xls"],
            Kind::Ppt => &["ppt", "pps"],
            Kind::Mp4 => &["mp4", "m4v"],
            Kind::Mov => &["mov", "qt"],
            Kind::M4a => &["m4a"],
            Kind::Wav => &["wav"],
        }
    }

    pub fn is_picture(self) -> bool {
        matches!(self, Kind::Jpeg | Kind::Png | Kind::Webp | Kind::Gif)
    }

    pub(super) fn of(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Kind::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Kind::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Kind::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Kind::Webp),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Kind::Wav),
            [b'P', b'K', 3, 4, ..] => open_xml(bytes),
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => compound(bytes),
            [b'%', b'P', b'D', b'F', b'-', ..] | [0xEF, 0xBB, 0xBF, b'%', b'P', b'D', b'F', b'-', ..] => Some(Kind::Pdf),
            _ => film(bytes),
        }
    }
}

/// ISO base media and QuickTime, by the first brand; the oldest QuickTime files have none.
fn film(bytes: &[u8]) -> Option<Kind> {
    let size = be32(bytes, 0)?;
    match bytes.get(4..8)? {
        b"ftyp" if size >= 12 => match bytes.get(8..12)? {
            b"qt  " => Some(Kind::Mov),
            b"M4A " | b"M4B " => Some(Kind::M4a),
            b"isom" | b"iso2" | b"iso3" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V " | b"M4VH" | b"M4VP"
            | b"MSNV" | b"dash" | b"msdh" | b"3gp4" | b"3gp5" | b"3gp6" | b"3gp7" | b"XAVC" => Some(Kind::Mp4),
            _ => None,
        },
        b"moov" | b"mdat" | b"wide" if size == 1 || size >= 8 => Some(Kind::Mov),
        _ => None,
    }
}

/// A zip whose own list names the parts of an Office document, without macros.
fn open_xml(bytes: &[u8]) -> Option<Kind> {
    let (mut types, mut kind) = (false, None);
    for name in zip_names(bytes)? {
        match name {
            b"[Content_Types].xml" => types = true,
            b"word/document.xml" => kind = Some(Kind::Docx),
            b"xl/workbook.xml" | b"xl/workbook.bin" => kind = Some(Kind::Xlsx),
            b"ppt/presentation.xml" => kind = Some(Kind::Pptx),
            name if name.ends_with(b"vbaProject.bin") => return None,
            _ => {}
        }
    }
    kind.filter(|_| types)
}

/// Names in the central directory of a zip (APPNOTE 4.3.12, 4.3.16).
fn zip_names(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    const END: &[u8] = b"PK\x05\x06";
    // The end record is 22 bytes and a comment of at most 65,535.
    let from = bytes.len().saturating_sub(22 + 65_535);
    let end = from + bytes.get(from..)?.windows(END.len()).rposition(|window| window == END)?;
    let mut at = le32(bytes, end + 16)? as usize;
    let count = le16(bytes, end + 10)?;
    let mut names = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        let (name, extra, comment) = (le16(bytes, at + 28)?, le16(bytes, at + 30)?, le16(bytes, at + 32)?);
        names.push(bytes.get(at + 46..at + 46 + usize::from(name))?);
        at += 46 + usize::from(name) + usize::from(extra) + usize::from(comment);
    }
    Some(names)
}

/// An OLE compound file, by the streams its directory names (MS-CFB 2.6.1: 128 bytes an entry, name in UTF-16 first).
fn compound(bytes: &[u8]) -> Option<Kind> {
    const STREAM: u8 = 2;
    bytes.chunks_exact(128).skip(4).filter(|entry| entry[66] == STREAM).find_map(|entry| {
        let length = usize::from(le16(entry, 64)?).checked_sub(2)?;
        let name: String = entry.get(..length)?.chunks_exact(2).map(|unit| char::from(if unit[1] == 0 { unit[0] } else { 0 })).collect();
        match name.as_str() {
            "WordDocument" => Some(Kind::Doc),
            "Workbook" | "Book" => Some(Kind::Xls),
            "PowerPoint Document" => Some(Kind::Ppt),
            _ => None,
        }
    })
}
