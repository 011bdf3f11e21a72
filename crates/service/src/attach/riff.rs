//! RIFF files, chunk by chunk: WebP pictures and WAV sound.

use super::{Reason, le16, le32, orientation, pictures::fits};

struct Chunk<'a> {
    name: &'a [u8],
    body: &'a [u8],
}

/// WebP without EXIF, XMP and unknown chunks.
pub fn webp(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    let chunks = chunks(bytes)?;
    let turned = chunks.iter().find(|chunk| chunk.name == b"EXIF").and_then(|chunk| {
        // Some writers put the header of JPEG's block before it.
        orientation::of(chunk.body.strip_prefix(b"Exif\0\0").unwrap_or(chunk.body))
    });
    let mut out = begin(b"WEBP");
    let (mut picture, mut extended) = (false, false);
    for chunk in &chunks {
        let size = match chunk.name {
            b"VP8X" => {
                extended = true;
                let side = |at: usize| Some((le32(chunk.body, at)? & 0xFF_FFFF) + 1);
                side(4).zip(chunk.body.get(6..10).and_then(|bytes| Some((le32(bytes, 0)? >> 8) + 1)))
            }
            b"VP8 " => (le16(chunk.body, 6).zip(le16(chunk.body, 8))).map(|(w, h)| (u32::from(w & 0x3FFF), u32::from(h & 0x3FFF))),
            b"VP8L" => le32(chunk.body, 1).map(|bits| ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)),
            b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => Some((1, 1)),
            _ => continue,
        };
        let (width, height) = size.ok_or(Reason::Damaged)?;
        fits(width, height)?;
        picture |= matches!(chunk.name, b"VP8 " | b"VP8L" | b"ANMF");
        let at = out.len() + 8;
        push(&mut out, chunk.name, chunk.body);
        if chunk.name == b"VP8X" {
            // Bit 3 tells of EXIF, bit 2 of XMP.
            out[at] = out[at] & !0x0C | if turned.is_some() { 0x08 } else { 0 };
        }
    }
    if let Some(turned) = turned.filter(|_| extended) {
        push(&mut out, b"EXIF", &orientation::block(turned));
    }
    if picture { Ok(finish(out)) } else { Err(Reason::Damaged) }
}

/// WAV with its format and sound only.
pub fn wav(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut out = begin(b"WAVE");
    let (mut format, mut sound) = (false, false);
    for chunk in chunks(bytes)? {
        match chunk.name {
            b"fmt " => format = true,
            b"data" => sound = true,
            b"fact" => {}
            _ => continue,
        }
        push(&mut out, chunk.name, chunk.body);
    }
    if format && sound { Ok(finish(out)) } else { Err(Reason::Damaged) }
}

/// Recorders that were interrupted leave a last chunk shorter than it says: it goes to the end.
fn chunks(bytes: &[u8]) -> Result<Vec<Chunk<'_>>, Reason> {
    let mut chunks = Vec::new();
    let mut at = 12;
    while let (Some(name), Some(size)) = (bytes.get(at..at + 4), le32(bytes, at + 4)) {
        let end = (at + 8).saturating_add(size as usize).min(bytes.len());
        chunks.push(Chunk { name, body: &bytes[at + 8..end] });
        at = end + (size as usize & 1);
    }
    if chunks.is_empty() { Err(Reason::Damaged) } else { Ok(chunks) }
}

fn begin(form: &[u8]) -> Vec<u8> {
    [b"RIFF\0\0\0\0", form].concat()
}

fn push(out: &mut Vec<u8>, name: &[u8], body: &[u8]) {
    out.extend_from_slice(name);
    // A file is at most some megabytes long.
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

fn finish(mut out: Vec<u8>) -> Vec<u8> {
    let size = (out.len() - 8) as u32;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    out
}
