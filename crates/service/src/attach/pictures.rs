//! JPEG, PNG and GIF without what tells of place, device and author. The picture itself is copied bit by bit; what follows
//! its end (films of "moving photographs", other formats in disguise) is left out.

use super::{Reason, be16, be32, le16, orientation};

/// No camera makes more; what unpacks to more is made to fill somebody's memory.
const LONGEST_SIDE: u32 = 30_000;
const MOST_PIXELS: u64 = 200_000_000;

pub fn fits(width: u32, height: u32) -> Result<(), Reason> {
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > LONGEST_SIDE || pixels > MOST_PIXELS { Err(Reason::Picture) } else { Ok(()) }
}

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const COM: u8 = 0xFE;

/// ITU T.81 annex B, segment by segment.
pub fn jpeg(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    let mut out = vec![0xFF, SOI];
    let (mut at, mut sized, mut turned) = (2, false, false);
    loop {
        if bytes.get(at) != Some(&0xFF) {
            return Err(Reason::Damaged);
        }
        while bytes.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        let marker = *bytes.get(at + 1).ok_or(Reason::Damaged)?;
        if marker == EOI {
            break;
        }
        if marker == 0x01 || (0xD0..=0xD7).contains(&marker) {
            at += 2;
            continue;
        }
        let length = usize::from(be16(bytes, at + 2).ok_or(Reason::Damaged)?);
        let segment = bytes.get(at..at + 2 + length).filter(|_| length >= 2).ok_or(Reason::Damaged)?;
        let body = &segment[4..];
        at += segment.len();
        match marker {
            // Of JFIF the header without its thumbnail, which may show what was cut away later.
            0xE0 if body.starts_with(b"JFIF\0") && body.len() >= 14 => {
                out.extend_from_slice(&[0xFF, 0xE0, 0, 16]);
                out.extend_from_slice(&body[..12]);
                out.extend_from_slice(&[0, 0]);
            }
            0xE1 if body.starts_with(b"Exif\0") && !turned => {
                if let Some(orientation) = body.get(6..).and_then(orientation::of) {
                    out.extend_from_slice(b"\xFF\xE1\0\x22Exif\0\0");
                    out.extend_from_slice(&orientation::block(orientation));
                    turned = true;
                }
            }
            0xE2 if body.starts_with(b"ICC_PROFILE\0") => out.extend_from_slice(segment),
            // Adobe's, which tells the transform of colours.
            0xEE if body.starts_with(b"Adobe") => out.extend_from_slice(segment),
            0xE0..=0xEF | COM => {}
            SOS => {
                let end = at + scan(&bytes[at..]);
                out.extend_from_slice(segment);
                out.extend_from_slice(&bytes[at..end]);
                at = end;
                if !sized {
                    return Err(Reason::Damaged);
                }
                if at == bytes.len() {
                    break;
                }
            }
            _ => {
                // Frame headers: 0xC0 to 0xCF except tables (C4, CC) and the reserved C8.
                if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
                    let (height, width) = be16(body, 1).zip(be16(body, 3)).ok_or(Reason::Damaged)?;
                    fits(width.into(), height.into())?;
                    sized = true;
                }
                out.extend_from_slice(segment);
            }
        }
    }
    if !sized {
        return Err(Reason::Damaged);
    }
    out.extend_from_slice(&[0xFF, EOI]);
    Ok(out)
}

/// Length of coded data: up to a marker that is neither a stuffed zero nor a restart; all of it when the file was cut off.
fn scan(coded: &[u8]) -> usize {
    let marker = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF | 0xD0..=0xD7);
    coded.windows(2).position(marker).unwrap_or(coded.len())
}

/// PNG third edition, chunk by chunk: those that draw, and no others.
pub fn png(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    const DRAWING: [&[u8]; 19] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"bKGD", b"hIST", b"pHYs", b"acTL",
        b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI",
    ];
    let mut out = bytes[..8].to_vec();
    let mut at = 8;
    let (mut drawn, mut turned) = (false, false);
    loop {
        let length = be32(bytes, at).ok_or(Reason::Damaged)? as usize;
        let name = bytes.get(at + 4..at + 8).ok_or(Reason::Damaged)?;
        if at == 8 {
            let (width, height) = be32(bytes, 16).zip(be32(bytes, 20)).filter(|_| name == b"IHDR").ok_or(Reason::Damaged)?;
            fits(width, height)?;
        }
        let end = at.checked_add(12).and_then(|end| end.checked_add(length)).ok_or(Reason::Damaged)?;
        let Some(chunk) = bytes.get(at..end) else {
            // Cut off while uploading: what was drawn so far is a picture.
            if !drawn {
                return Err(Reason::Damaged);
            }
            chunk_of(&mut out, b"IEND", &[]);
            return Ok(out);
        };
        at = end;
        drawn |= name == b"IDAT";
        if DRAWING.contains(&name) {
            out.extend_from_slice(chunk);
        } else if name == b"eXIf"
            && !(drawn || turned)
            && let Some(orientation) = orientation::of(&chunk[8..8 + length])
        {
            chunk_of(&mut out, b"eXIf", &orientation::block(orientation));
            turned = true;
        }
        if name == b"IEND" {
            return if drawn { Ok(out) } else { Err(Reason::Damaged) };
        }
    }
}

fn chunk_of(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(&(body.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend_from_slice(name);
    out.extend_from_slice(body);
    let sum = crc(&out[start..]);
    out.extend_from_slice(&sum.to_be_bytes());
}

/// CRC-32 of PNG (annex D), bit by bit: it is only counted over a few bytes.
pub fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

/// GIF89a, block by block, without comments and the data of programs.
pub fn gif(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    const IMAGE: u8 = 0x2C;
    const EXTENSION: u8 = 0x21;
    const END: u8 = 0x3B;
    let (width, height) = le16(bytes, 6).zip(le16(bytes, 8)).ok_or(Reason::Damaged)?;
    fits(width.into(), height.into())?;
    let colours = |packed: u8| if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) };
    let mut at = 13 + colours(*bytes.get(10).ok_or(Reason::Damaged)?);
    let mut out = bytes.get(..at).ok_or(Reason::Damaged)?.to_vec();
    let mut drawn = false;
    loop {
        let start = at;
        let kind = match bytes.get(at) {
            Some(kind @ (&IMAGE | &EXTENSION)) => *kind,
            // The end, or cut off after a picture.
            Some(&END) | None if drawn => break,
            _ => return Err(Reason::Damaged),
        };
        let mut kept = true;
        if kind == IMAGE {
            let (width, height) = le16(bytes, at + 5).zip(le16(bytes, at + 7)).ok_or(Reason::Damaged)?;
            fits(width.into(), height.into())?;
            at += 11 + colours(*bytes.get(at + 9).ok_or(Reason::Damaged)?);
        } else {
            let label = *bytes.get(at + 1).ok_or(Reason::Damaged)?;
            let program = bytes.get(at + 3..at + 14);
            let loops = program == Some(b"NETSCAPE2.0") || program == Some(b"ANIMEXTS1.0");
            kept = matches!(label, 0x01 | 0xF9) || (label == 0xFF && loops);
            at += 2;
        }
        let whole = loop {
            match bytes.get(at) {
                Some(0) => break true,
                Some(length) if at + usize::from(*length) < bytes.len() => at += 1 + usize::from(*length),
                _ => break false,
            }
        };
        if !whole {
            if !drawn {
                return Err(Reason::Damaged);
            }
            break;
        }
        at += 1;
        drawn |= kind == IMAGE;
        if kept {
            out.extend_from_slice(&bytes[start..at]);
        }
    }
    out.push(END);
    Ok(out)
}
